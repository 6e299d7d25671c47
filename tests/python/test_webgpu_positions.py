"""Many positions on a device: they are sorted there, and what each element gets is added up in a fixed order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from webgpu_cases import on_device, pytestmark  # noqa: F401
from wengert.webgpu._device import current

# Elements, positions: all of them alike, few and many, more than a round of sorting has digits for, none for most.
SIZES = [(1, 9_000), (3, 100_000), (1000, 300_000), (70_000, 9_000), (1 << 20, 9_001)]


def of_gather(shape: tuple[int, ...]) -> Any:
    """The adjoint of taking rows of a table of that shape: f(positions, adjoints)."""
    return lambda at, bar: wg.vjp(lambda t: t[at], wnp.zeros(shape, "float32"))[1](bar)[0]


def sums(shape: tuple[int, ...], at: Any, bar: Any) -> Any:
    """What is right, and the sum of what is added in size."""
    exact, size = np.zeros(shape), np.zeros(shape)
    np.add.at(exact, at, bar.astype(np.float64))
    np.add.at(size, at, np.abs(bar.astype(np.float64)))
    return exact, size


def assert_sums(found: Any, at: Any, bar: Any) -> None:
    exact, size = sums(found.shape, at, bar)
    counts = np.bincount(at.ravel() % found.shape[0], minlength=found.shape[0])
    allowed = (np.minimum(counts, 256 + counts / 256) + 2).reshape(-1, *[1] * (found.ndim - 1)) * 2.0**-24
    assert (np.abs(found - exact) <= allowed * size).all()


@pytest.mark.parametrize(("size", "count"), SIZES)
def test_the_adjoint_of_many_positions_is_a_sum_for_each_element(size, count):
    rng = np.random.default_rng(count)
    at, bar = rng.integers(-size, size, count), rng.normal(size=count).astype(np.float32)
    assert_sums(on_device(of_gather((size,)), at, bar), at, bar)


@pytest.mark.parametrize(("size", "count"), SIZES)
def test_sums_at_many_positions_are_the_same_bits_each_time(size, count):
    rng = np.random.default_rng(count)
    at, bar = rng.integers(-size, size, count), rng.normal(size=count).astype(np.float32)
    f = wg.compile(of_gather((size,)), device="webgpu")
    first = f(at, bar).numpy()
    for _ in range(3):
        np.testing.assert_array_equal(first, f(at, bar).numpy())
    other = np.sort(at)[::-1].copy()
    assert_sums(f(other, bar).numpy(), other, bar)


@pytest.mark.parametrize(("size", "count"), SIZES)
def test_of_many_positions_written_to_the_last_counts(size, count):
    rng = np.random.default_rng(count)
    at, v = rng.integers(-size, size, count), rng.normal(size=count).astype(np.float32)
    exact = np.ones(size, np.float32)
    exact[at] = v
    np.testing.assert_array_equal(on_device(lambda v: wnp.ones(size, "float32").at[at].set(v), v), exact)
    whole = np.arange(count, dtype=np.int32)
    counted = on_device(lambda n: wnp.zeros(size, "int32").at[at].add(n * 0 + 1), whole)
    np.testing.assert_array_equal(counted, np.bincount(at % size, minlength=size))


@pytest.mark.parametrize("row", [(3,), (32,), (4, 5)])
def test_positions_of_rows_are_sorted_as_rows(row):
    size, count = 700, 5000
    rng = np.random.default_rng(7)
    at, bar = rng.integers(-size, size, count), rng.normal(size=(count, *row)).astype(np.float32)
    given, closed = wg.compile(of_gather((size, *row)), device="webgpu"), of_gather((size, *row))
    constant = wg.compile(lambda bar: closed(at, bar), device="webgpu")
    for f, args in ((given, (at, bar)), (constant, (bar,))):
        found = f(*args).numpy()
        assert_sums(found, at, bar)
        np.testing.assert_array_equal(found, f(*args).numpy())
        lengths = {b[2] for b in f.plan()["buffers"] if b[1] == "int32"}
        # An order of rows, the innermost ones at least, and not one of all their elements.
        assert lengths & {2 * count, 2 * count * math.prod(row[:-1])}
        assert 2 * count * math.prod(row) not in lengths


def test_positions_that_count_through_other_axes_are_no_rows():
    rng = np.random.default_rng(3)
    at, bar = rng.integers(0, 6, 900), rng.normal(size=(4, 900, 5)).astype(np.float32)
    f = wg.compile(
        lambda at, bar: wg.vjp(lambda t: t[:, at], wnp.zeros((4, 6, 5), "float32"))[1](bar)[0], device="webgpu"
    )
    exact = np.zeros((4, 6, 5))
    np.add.at(exact, (slice(None), at), bar.astype(np.float64))
    np.testing.assert_allclose(f(at, bar).numpy(), exact, atol=2e-5)
    odd = rng.integers(0, 3 * 7 - 3, 9000)  # three in a row, which begin anywhere
    flat = (odd[:, None] + np.arange(3)).ravel()
    v = rng.normal(size=flat.size).astype(np.float32)
    assert_sums(on_device(lambda v: wnp.zeros(21, "float32").at[flat].add(v), v), flat, v)


@pytest.mark.parametrize("row", [(3,), (4, 5)])
def test_adjoints_of_rows_are_sums_of_rows(row):
    rng = np.random.default_rng(8)
    at, bar = rng.integers(-700, 700, 5000), rng.normal(size=(5000, *row)).astype(np.float32)
    assert_sums(on_device(of_gather((700, *row)), at, bar), at, bar)


@pytest.mark.parametrize(("kind", "dispatches"), [("CPU", 1), ("DiscreteGPU", 2)])
def test_positions_that_are_constants_are_sorted_once(kind, dispatches, monkeypatch):
    monkeypatch.setattr(current(), "kind", kind)
    rng = np.random.default_rng(1)
    at, bar = rng.integers(0, 1000, 20_000), rng.normal(size=20_000).astype(np.float32)
    f = wg.compile(lambda bar: of_gather((1000,))(at, bar), device="webgpu")
    first = f(bar).numpy()
    assert f.stats()["dispatches"] > dispatches
    np.testing.assert_array_equal(f(bar).numpy(), first)
    assert f.stats()["dispatches"] == dispatches
    assert f.stats()["allocations"] == 0
    assert_sums(f(2 * bar).numpy(), at, 2 * bar)


@pytest.mark.parametrize("size", [500, 5000])
def test_tables_that_share_positions_share_their_order(size):
    rng = np.random.default_rng(2)
    at = rng.integers(0, size, 6000)
    u, v = (rng.normal(size=6000).astype(np.float32) for _ in range(2))
    f = wg.compile(lambda at, u, v: (of_gather((size,))(at, u), of_gather((size,))(at, v)), device="webgpu")
    a, b = (x.numpy() for x in f(at, u, v))
    assert_sums(a, at, u)
    assert_sums(b, at, v)
    alone = wg.compile(of_gather((size,)), device="webgpu")
    alone(at, u)
    alone(at, u)
    f(at, u, v)
    assert f.stats()["dispatches"] <= alone.stats()["dispatches"] + 2


@pytest.mark.parametrize("kind", ["CPU", "DiscreteGPU"])
@pytest.mark.parametrize(("size", "count"), SIZES)
def test_each_way_to_put_positions_in_order_is_right(size, count, kind, monkeypatch):
    monkeypatch.setattr(current(), "kind", kind)
    rng = np.random.default_rng(count)
    at, bar = rng.integers(-size, size, count), rng.normal(size=count).astype(np.float32)
    given = wg.compile(of_gather((size,)), device="webgpu")
    closed = wg.compile(lambda bar: of_gather((size,))(at, bar), device="webgpu")
    for f, args in ((given, (at, bar)), (closed, (bar,))):
        found = f(*args).numpy()
        assert_sums(found, at, bar)
        np.testing.assert_array_equal(f(*args).numpy(), found)
        assert f.stats()["allocations"] == 0
    exact = np.ones(size, np.float32)
    exact[at] = bar
    f = wg.compile(lambda at, v: wnp.ones(size, "float32").at[at].set(v), device="webgpu")
    np.testing.assert_array_equal(f(at, bar).numpy(), exact)
    yes = bar > 0
    f = wg.compile(lambda at, v: wnp.zeros(size, "bool").at[at].set(v), device="webgpu")
    truth = np.zeros(size, bool)
    truth[at] = yes
    np.testing.assert_array_equal(f(at, yes).numpy(), truth)


@pytest.mark.parametrize("row", [(), (3,)])
@pytest.mark.parametrize("often", [False, True])
def test_threads_that_own_rows_add_as_numpy_does_one_after_the_other(row, often, monkeypatch):
    monkeypatch.setattr(current(), "kind", "CPU")
    size, count = 5000, 120_000  # more than one thread may go through, turn by turn
    rng = np.random.default_rng(5)
    at = np.full(count, 17) if often else rng.integers(-size, size, count)
    bar = rng.normal(size=(count, *row)).astype(np.float32)
    exact = np.zeros((size, *row), np.float32)
    np.add.at(exact, at, bar)
    f = wg.compile(of_gather((size, *row)), device="webgpu")
    np.testing.assert_array_equal(f(at, bar).numpy(), exact)
    f = wg.compile(lambda at, v: (wnp.ones((size, *row), "float32") * 2).at[at].set(v) + 1, device="webgpu")
    written = np.full((size, *row), 2, np.float32)
    written[at] = bar
    np.testing.assert_array_equal(f(at, bar).numpy(), written + 1)


def test_positions_that_are_turned_round_twice_are_found_before_the_end():
    """Below -n a position is the first one, whatever else is done to it."""
    at = np.array([0, -5, 4, 3] * 3000)
    bar = np.ones(at.size, np.float32)
    f = wg.compile(of_gather((1000,)), device="webgpu")
    f(at, bar)
    beyond = np.where(at == -5, -1500, np.where(at == 4, 2000, at))
    found = f(beyond, bar).numpy()
    assert (found[0], found[3], found[999], found.sum()) == (6000, 3000, 3000, 12000)


@pytest.mark.parametrize("shape", [(100,), (5, 20)])
def test_what_is_added_to_few_elements_is_added_apart_and_not_sorted(shape, monkeypatch):
    monkeypatch.setattr(current(), "kind", "CPU")
    rng = np.random.default_rng(11)
    at, bar = rng.integers(0, 100, 20_000), rng.normal(size=20_000).astype(np.float32)
    exact = np.zeros(shape)
    np.add.at(exact, np.unravel_index(at, shape), bar)

    def adjoint(at: Any, bar: Any) -> Any:
        key = at if len(shape) == 1 else (at // shape[1], at % shape[1])
        return wg.vjp(lambda t: t[key], wnp.zeros(shape, "float32"))[1](bar)[0] * 2 - 1

    f = wg.compile(adjoint, device="webgpu")
    found = f(at, bar).numpy()
    np.testing.assert_allclose(found, 2 * exact - 1, atol=2e-4)
    np.testing.assert_array_equal(f(at, bar).numpy(), found)
    assert f.stats()["dispatches"] <= 3
    whole = wg.compile(lambda n: wnp.ones(100, "int32").at[at].add(n), device="webgpu")
    np.testing.assert_array_equal(whole(np.int32(2)).numpy(), 1 + 2 * np.bincount(at, minlength=100))
    assert whole.stats()["dispatches"] == 2


@pytest.mark.parametrize(("size", "count"), [(1 << 22, 60_000), (1 << 24, 3000)])
def test_of_more_rows_than_a_thread_can_own_positions_are_sorted(size, count):
    """It was refused on the software adapter: a thread would have had too many terms to go through."""
    rng = np.random.default_rng(size)
    at, bar = rng.integers(-size, size, count), rng.normal(size=count).astype(np.float32)
    assert_sums(on_device(of_gather((size,)), at, bar), at, bar)
