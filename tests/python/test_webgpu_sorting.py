"""Sorting on a device: NumPy's order of everything, whatever the length, the axis and the number of lines."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from webgpu_cases import on_device, pulled, pytestmark  # noqa: F401
from wengert.webgpu._device import current

# Short lines and long ones, one and many, side by side and apart; more than 65,535 elements and lines.
LINES = [
    ((1,), 0),
    ((7,), 0),
    ((64,), 0),
    ((65,), 0),
    ((512,), 0),
    ((513,), 0),
    ((70_001,), 0),
    ((3, 64, 5), 1),
    ((3, 5, 600), 2),
    ((600, 3, 5), 0),
    ((3, 600, 5), 1),
    ((300, 100), 1),
    ((70_000, 3), 1),
]


def numbers(shape: tuple[int, ...]) -> list[Any]:
    """Of each type some that are alike, and all that is odd: NaNs, infinities, zeros, the ends of a range."""
    rng = np.random.default_rng(len(shape) + shape[0])
    x = rng.normal(size=shape).astype(np.float32)
    odd = [np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, np.finfo(np.float32).max]
    at = rng.random(shape) < 0.3
    x[at] = rng.choice(np.array(odd, np.float32), at.sum())
    whole = rng.integers(-(2**31), 2**31, shape).astype(np.int32)
    return [x, whole, rng.integers(-3, 3, shape).astype(np.int32), x > 0]


@pytest.mark.parametrize(("shape", "axis"), LINES)
def test_the_order_of_an_axis_is_numpys_and_stable(shape, axis):
    given = numbers(shape)
    found = on_device(lambda *all: [wnp.argsort(x, axis=axis) for x in all], *given)
    for x, order in zip(given, found, strict=True):
        np.testing.assert_array_equal(order, np.argsort(x, axis=axis, kind="stable"))


@pytest.mark.parametrize(("shape", "axis"), [((7,), 0), ((600, 3), 0), ((3, 600), 1), ((70_001,), 0)])
def test_sorted_arrays_are_numpys_forwards_and_backwards(shape, axis):
    given = numbers(shape)

    def f(*all: Any) -> Any:
        return [wnp.sort(x, axis=axis) for x in all], [wnp.sort(-x, axis=axis, descending=True) for x in all[:3]]

    up, down = on_device(f, *given)
    for x, y in zip(given, up, strict=True):
        np.testing.assert_array_equal(y, np.sort(x, axis=axis, kind="stable"))
    for x, y in zip(given, down, strict=False):
        np.testing.assert_array_equal(y, wnp.sort(-x, axis=axis, descending=True))


@pytest.mark.parametrize("n", [5, 1000])
def test_what_is_in_order_already_or_the_other_way_round_or_all_alike(n):
    x = np.arange(n, dtype=np.float32)
    for y in (x, x[::-1].copy(), np.zeros_like(x), np.where(x % 2 == 0, 0.0, -0.0).astype(np.float32)):
        np.testing.assert_array_equal(on_device(wnp.argsort, y), np.argsort(y, kind="stable"))


@pytest.mark.parametrize("shape", [(3, 40), (4, 900)])
def test_derivatives_follow_the_elements_that_are_sorted(shape):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    bar = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    y, (pulled_back,) = on_device(pulled(lambda x: wnp.sort(x, axis=1)), bar, x)
    exact = np.empty_like(x)
    np.put_along_axis(exact, np.argsort(x, axis=1, kind="stable"), bar, 1)
    np.testing.assert_array_equal(y, np.sort(x, axis=1))
    np.testing.assert_array_equal(pulled_back, exact)


@pytest.mark.parametrize("shape", [(3, 41), (2, 900)])
def test_medians_and_quantiles_and_their_derivatives(shape):
    x = np.random.default_rng(2).normal(size=shape).astype(np.float32)

    def f(x: Any) -> Any:
        return wnp.sum(wnp.median(x, axis=1) ** 2) + wnp.sum(wnp.quantile(x, np.float32(0.3), axis=0))

    wide = x.astype(np.float64)
    value, slope = on_device(wg.value_and_grad(f), x)
    np.testing.assert_allclose(value, f(wide), rtol=1e-6)
    np.testing.assert_allclose(slope, wg.grad(f)(wide), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["CPU", "DiscreteGPU"])
@pytest.mark.parametrize("shape", [(300,), (200_000,), (40, 700), (3000, 6)])
def test_each_way_to_sort_is_right_and_gives_the_same_bits_each_time(shape, kind, monkeypatch):
    monkeypatch.setattr(current(), "kind", kind)
    x = numbers(shape)[0]
    f = wg.compile(lambda x: (wnp.argsort(x), wnp.sort(x)), device="webgpu")
    order, y = (a.numpy() for a in f(x))
    np.testing.assert_array_equal(order, np.argsort(x, kind="stable"))
    for _ in range(3):
        np.testing.assert_array_equal(f(x)[1].numpy().view(np.int32), y.view(np.int32))
    assert f.stats()["allocations"] == 0
    again = -x[..., ::-1].copy()
    np.testing.assert_array_equal(f(again)[0].numpy(), np.argsort(again, kind="stable"))


def test_two_short_lines_in_one_kernel_have_room_in_shared_memory():
    a, b = (np.random.default_rng(k).normal(size=(9, n)).astype(np.float32) for k, n in enumerate((40, 50)))
    f = wg.compile(lambda a, b: (wnp.argsort(a), wnp.argsort(b), wnp.sum(a, axis=1)), device="webgpu")
    found = [x.numpy() for x in f(a, b)]
    np.testing.assert_array_equal(found[0], np.argsort(a))
    np.testing.assert_array_equal(found[1], np.argsort(b))


@pytest.mark.parametrize("kind", ["CPU", "DiscreteGPU"])
def test_kernels_that_sort_have_no_arrays_of_a_threads_own_which_drivers_compile_for_seconds(kind, monkeypatch):
    monkeypatch.setattr(current(), "kind", kind)
    f = wg.compile(wg.grad(lambda x: wnp.sum(wnp.sort(x) * wnp.sort(-x))), device="webgpu")
    f(numbers((6000,))[0]).numpy()
    assert not any(re.search(r"\bvar \w+: array<", text) for text in f.plan()["kernels"])
