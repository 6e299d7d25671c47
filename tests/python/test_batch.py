"""Programs at many points at once equal themselves at one after the other, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
from test_programs import assert_same_bits


def chained(x: Any, y: Any) -> Any:
    for k in range(40):
        x, y = x * 0.9 + np.sin(y) * 0.1, np.exp(-x * x) + y / (1.0 + k)
    return x, y * x


FUNCTIONS: dict[str, Any] = {
    "chain": chained,
    "branch": lambda x, y: x * y if x > y else x - y,
    "three ways": lambda x, y: (x if x > 1 else x * x, y) if y > 0 else (np.tanh(x), y),
    "loop": lambda x, y: sum([x * k for k in range(int(abs(y) * 3))], y),
    "select": lambda x, y: np.where(x > y, x, np.exp(y)),
    "constant": lambda x, y: (x, 3.0 * np.cos(1.0), y),
    "its argument": lambda x, y: (y, x),
    "arrays": lambda x, y: np.sum(np.stack([x, y, x * y]) ** 2),
    "matrices": lambda x, y: np.linalg.det(np.stack([np.stack([x, y]), np.stack([y + 2.0, x * x])])),
    "gradient": wg.value_and_grad(lambda x, y: np.exp(-x * x) * y + np.log1p(x * x), (0, 1)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("count", [1, 7, 600])
def test_a_batch_is_its_points(name: str, count: int) -> None:
    rng = np.random.default_rng(count)
    x, y = rng.normal(size=count), rng.normal(size=count)
    compiled = wg.compile(FUNCTIONS[name])
    expected = [compiled(p, q) for p, q in zip(x, y, strict=True)]
    columns = zip(*(wg._tree.flatten(e)[0] for e in expected), strict=True)
    got = wg._tree.flatten(wg.compile(FUNCTIONS[name]).batch(x, y))[0]
    for one, column in zip(got, columns, strict=True):
        assert_same_bits(one, np.array(column))


def test_points_may_be_arrays() -> None:
    x = np.random.default_rng(0).normal(size=(9, 4))
    compiled = wg.compile(lambda x: np.sum(x**2) if x[0] > 0 else np.sum(np.sin(x)))
    assert_same_bits(compiled.batch(x), np.array([compiled(row) for row in x]))
    assert compiled.stats()["programs"] == 2


def test_a_long_program_runs_fewer_points_a_pass() -> None:
    def f(x: Any) -> Any:
        kept = [x]
        for k in range(3000):
            kept.append(kept[-1] * 0.999 + np.sin(kept[k // 2]) * 1e-3)
        return sum(kept[::7])

    program = wg.record(f, 0.5)
    x = np.linspace(-1.0, 1.0, 50)
    assert_same_bits(program.batch(x), np.array([program(v) for v in x]))


def test_a_program_says_where_a_guard_does_not_hold() -> None:
    program = wg.record(lambda x: x if x > 0 else -x, 1.0)
    assert_same_bits(program.batch(np.array([1.0, 2.0])), np.array([1.0, 2.0]))
    with pytest.raises(wg.GuardError, match="point 1 of 2"):
        program.batch(np.array([1.0, -2.0]))


@pytest.mark.parametrize(
    "points", [(np.ones(3), np.ones(4)), (np.ones(()), np.ones(2)), (np.ones(0), np.ones(0))], ids=str
)
def test_points_that_do_not_agree_are_named(points: Any) -> None:
    with pytest.raises(wg.ShapeError, match="batch: "):
        wg.compile(lambda x, y: x * y).batch(*points)


def test_a_function_that_cannot_be_a_program_runs_point_by_point() -> None:
    class Options:
        __hash__ = None  # type: ignore[assignment]

    compiled = wg.compile(lambda x, o: x * 2.0)
    assert_same_bits(compiled.batch(np.arange(3.0), Options()), np.arange(3.0) * 2)


def test_a_program_of_more_numbers_than_rows_can_be_counted_runs_point_by_point() -> None:
    many = 70_000
    program = wg.record(lambda *x: sum(x[1:], x[0]), *(float(k) for k in range(many)))
    points = [np.array([k, 2.0 * k]) for k in range(many)]
    total = float(sum(range(many)))
    np.testing.assert_array_equal(program.batch(*points), [total, 2.0 * total])


def test_the_jacobian_of_numbers_by_numbers_is_a_program_of_numbers() -> None:
    """Two reshapes of each derivative made a program of arrays of it, run point by point."""

    def f(x: Any, y: Any, z: Any) -> Any:
        return x * np.sin(y) / z, x - y * z

    rng = np.random.default_rng(5)
    points = rng.uniform(1, 2, size=(3, 2000))
    for mode in ("forward", "reverse"):
        blocks = wg.compile(wg.jacobian(f, argnums=(0, 1, 2), mode=mode))
        x, y, z = points
        expected = (np.sin(y) / z, x * np.cos(y) / z, -x * np.sin(y) / z**2), (1 + 0 * x, -z, -y)
        np.testing.assert_allclose(blocks.batch(x, y, z), expected, rtol=1e-14)
        (listing,) = blocks.programs()
        assert "(1,)" not in listing


def test_selections_run_in_lanes_and_as_numbers() -> None:
    """They ran as calls: 25 times as slow as what is beside them, and no batch of theirs ran in lanes."""

    def f(x: Any, y: Any) -> Any:
        for _ in range(5):
            x = np.where(x > y, x * 0.5 - y, np.maximum(np.minimum(y, 0.6), x) + 0.1)
        return x * wg.where(y < 0.0, 1.0, x)

    x, y = np.random.default_rng(5).normal(size=(2, 400))
    for g in (f, wg.value_and_grad(f, argnums=(0, 1))):
        program = wg.record(g, x[0], y[0])
        assert program.stats()["calls"] == 0
        whole = program.batch(x, y)
        for k in (0, 1, 17, 399):
            one = wg._tree.flatten(program(x[k], y[k]))[0]
            assert one == wg._tree.flatten(g(x[k], y[k]))[0]
            assert one == [column[k] for column in wg._tree.flatten(whole)[0]]
