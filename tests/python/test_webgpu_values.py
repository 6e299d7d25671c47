"""The device's mathematics: its error in the last digit, and what it does at zeros, infinities, NaNs, tiny numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import scipy.special
from mpmath import mp, mpf

import wengert as wg
from webgpu_cases import FLOAT, on_device, pytestmark, ulps  # noqa: F401
from wengert._core import elementwise

# Name: least and largest operand over which the error is stated, and the error in units of the last digit.
RANGES = {
    "exp": (-87, 88.7, 2),
    "exp2": (-126, 127.9, 2),
    "expm1": (-10, 88, 2),
    "log": (1e-37, 1e38, 2),
    "log2": (1e-37, 1e38, 2),
    "log10": (1e-37, 1e38, 2),
    "log1p": (-0.9999, 1e6, 3),
    "sin": (-10_000, 10_000, 3),
    "cos": (-10_000, 10_000, 3),
    "tan": (-10_000, 10_000, 4),
    "arcsin": (-1, 1, 4),
    "arccos": (-1, 1, 4),
    "arctan": (-1e6, 1e6, 4),
    "sinh": (-89, 89, 4),
    "cosh": (-89, 89, 4),
    "tanh": (-20, 20, 4),
    "arcsinh": (-1e6, 1e6, 4),
    "arccosh": (1, 1e6, 4),
    "arctanh": (-0.9999, 0.9999, 4),
    "sqrt": (0, 1e38, 1),
    "cbrt": (-1e38, 1e38, 1),
    "erf": (-6, 6, 4),
    "erfc": (-4, 9, 4),
    "ndtr": (-12, 8, 4),
    "sigmoid": (-80, 80, 4),
    "softplus": (-80, 80, 4),
}


def spread(lo: float, hi: float, n: int = 20_000) -> Any:
    """Numbers of every size in a range, with more of them near zero and near its ends."""
    rng = np.random.default_rng(7)
    even = rng.uniform(lo, hi, n)
    small = rng.uniform(-1, 1, n) * 10.0 ** rng.uniform(-30, 0, n)
    tiny = 10.0 ** rng.uniform(-30, 0, n)
    near = np.concatenate([lo + (hi - lo) * tiny, hi - (hi - lo) * tiny])
    ratio = np.exp(rng.uniform(np.log(max(lo, 1e-37)), np.log(hi), n)) if lo >= 0 and hi > 1e3 else even
    with np.errstate(under="ignore"):
        x = np.concatenate([even, small, near, ratio, [lo, hi]]).astype(np.float32)
    return x[(x >= lo) & (x <= hi) & ((np.abs(x) > 1e-36) | (x == 0))]


# In float64, with an error far below float32's last digit.
EXACT = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "erf": scipy.special.erf, "erfc": scipy.special.erfc,
    "ndtr": scipy.special.ndtr, "sigmoid": scipy.special.expit,
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
}  # fmt: skip


@pytest.mark.parametrize("name", RANGES)
def test_functions_are_within_their_stated_error(name):
    lo, hi, most = RANGES[name]
    x = spread(lo, hi)
    exact = EXACT.get(name) or getattr(np, name)
    assert ulps(on_device(getattr(elementwise, name), x), exact(x.astype(np.float64))) <= most


def test_the_oracle_is_mpmaths():
    with mp.workdps(30):
        for name, x in [("sin", 9999.5), ("tanh", 1e-7), ("erfc", 8.5), ("expm1", 1e-6)]:
            exact = getattr(mp, name)(mpf(float(np.float32(x))))
            found = on_device(getattr(elementwise, name), np.array([x], np.float32))
            assert ulps(found, np.array([float(exact)])) <= 4


def test_powers():
    rng = np.random.default_rng(2)
    a = np.exp(rng.uniform(-40, 40, 50_000)).astype(np.float32)
    b = (rng.uniform(-85, 85, a.size) / np.maximum(np.abs(np.log(a.astype(np.float64))), 1e-3)).astype(np.float32)
    assert ulps(on_device(elementwise.power, a, b), a.astype(np.float64) ** b.astype(np.float64)) <= 4
    whole = rng.integers(-5, 6, a.size).astype(np.float32)
    x = rng.uniform(-9, 9, a.size).astype(np.float32)
    assert ulps(on_device(elementwise.power, x, whole), x.astype(np.float64) ** whole.astype(np.float64)) <= 4


def test_angles_and_lengths():
    rng = np.random.default_rng(4)
    a, b = (rng.normal(size=50_000) * 10.0 ** rng.uniform(-15, 15, 50_000) for _ in range(2))
    a, b = a.astype(np.float32), b.astype(np.float32)
    for name in ("arctan2", "hypot"):
        exact = getattr(np, name)(a.astype(np.float64), b.astype(np.float64))
        assert ulps(on_device(getattr(elementwise, name), a, b), exact) <= 4


EDGES = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3e38, -3e38, 88.0, -120.0], np.float32
)
UNARY = [p.name for p in wg.testing.primitives() if p.elementwise and p.arity == 1 and p.name in {
    *RANGES, "negative", "positive", "square", "reciprocal", "absolute", "sign", "floor", "ceil", "trunc", "rint",
    "isnan", "isinf", "isfinite", "relu",
}]  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_zeros_infinities_and_nans_are_the_processors(name):
    x = EDGES[np.abs(np.nan_to_num(EDGES)) < 1e4] if name in {"sin", "cos", "tan"} else EDGES
    f = getattr(elementwise, name)
    found, exact = on_device(f, x), np.asarray((np.negative if name == "negative" else f)(x.astype(np.float64)))
    if found.dtype == bool:
        np.testing.assert_array_equal(found, exact)
        return
    with np.errstate(over="ignore"):
        narrow = exact.astype(np.float32)
    found = np.where((found == 0) & (np.abs(exact) < FLOAT.smallest_normal), narrow, found)  # taken for zero
    assert ulps(found, exact) <= 4, dict(
        zip(x.tolist(), zip(found.tolist(), narrow.tolist(), strict=True), strict=True)
    )
    where = ~np.isnan(narrow) & (narrow != 0)
    assert (np.signbit(found) == np.signbit(narrow))[where].all()
    if name not in {"softplus", "log1p", "relu", "erfc", "sign"}:
        zeros = ~np.isnan(narrow)
        assert (np.signbit(found) == np.signbit(narrow))[zeros].all()


@pytest.mark.parametrize(
    "name", ["add", "multiply", "divide", "maximum", "minimum", "power", "arctan2", "hypot", "copysign", "fmod",
             "scale", "scale_both", "greater", "equal", "not_equal", "less_equal", "logical_and", "xlogy"]
)  # fmt: skip
def test_pairs_of_zeros_infinities_and_nans_are_the_processors(name):
    a, b = (x.ravel() for x in np.meshgrid(EDGES, EDGES))
    f = getattr(elementwise, name)
    found, exact = on_device(f, a, b), np.asarray(f(a, b))
    if found.dtype == bool:
        np.testing.assert_array_equal(found, exact)
        return
    if name == "fmod":  # exact where the quotient has few digits
        few = (np.abs(a) < 1e3) | (np.abs(b) > 1e3) | ~np.isfinite(a)
        found, exact = found[few], exact[few]
    wrong = ~((np.isnan(found) & np.isnan(exact)) | np.isclose(found, exact, rtol=1e-6, atol=0))
    wrong &= (np.abs(exact) >= FLOAT.smallest_normal) | (found != 0)  # smaller ones may be zero
    assert not wrong.any(), [(a[k], b[k], found[k], exact[k]) for k in np.flatnonzero(wrong)[:8]]


def test_the_smallest_normal_numbers():
    x = np.array([1.1754944e-38, 2e-38, 1e-37, -1e-37], np.float32)
    for name in ("sin", "tanh", "expm1", "log1p", "arctan", "arcsinh", "sinh", "erf", "cbrt"):
        f = getattr(elementwise, name)
        assert ulps(on_device(f, x), np.asarray(f(x.astype(np.float64)))) <= 4, name


@pytest.mark.parametrize("name", [name for name in UNARY if name not in {"isnan", "isinf", "isfinite"}])
def test_numbers_below_the_normal_ones_are_taken_as_they_are_or_for_zero(name):
    x = np.array([1e-45, 3e-41, 1.1e-38, -1e-45, -3e-41, -1.1e-38], np.float32)
    f = getattr(elementwise, name)
    found = on_device(f, x)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        exact, zero = np.asarray(f(x.astype(np.float64))), np.asarray(f(np.copysign(0.0, x.astype(np.float64))))
    pairs = [(found, exact), (found, zero), (np.where(np.abs(found) < FLOAT.smallest_normal, 0, found), zero)]
    each = [min(ulps(a[k : k + 1], b[k : k + 1]) for a, b in pairs) for k in range(x.size)]
    assert max(each) <= 4, dict(zip(x.tolist(), found.tolist(), strict=True))


def test_where_takes_one_side_only_and_so_does_its_adjoint():
    x = np.array([4.0, 0.0, -1.0, np.nan, np.inf], np.float32)

    def f(x: Any) -> Any:
        return np.where(x > 0, np.sqrt(x), 0.0)

    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(on_device(f, x), f(x))
    np.testing.assert_array_equal(on_device(wg.grad(lambda x: np.sum(f(x))), x), [0.25, 0, 0, 0, 0])


def test_a_maximum_passes_nans_on_and_finds_infinities():
    x = np.full((4, 70), -np.inf, np.float32)
    x[1, 3], x[2, 69], x[3] = np.nan, 5, -3e38
    np.testing.assert_array_equal(
        on_device(lambda x: np.max(x, axis=1), x), np.array([-np.inf, np.nan, 5, -3e38], np.float32)
    )
    np.testing.assert_array_equal(on_device(np.max, x), np.nan)


def test_whole_numbers_and_truth_values():
    a, b = (x.ravel() for x in np.meshgrid(np.arange(-7, 8), [-3, -2, -1, 1, 2, 5]))

    def f(a: Any, b: Any) -> Any:
        both = (a > 0) & (b > 0)
        return a + b, a * b - a, a // b, a % b, -a, np.abs(a), np.maximum(a, b), both | (a == b), ~both, np.sum(both)

    for dtype in (np.int32, np.int64):
        args = a.astype(dtype), b.astype(dtype)
        for found, y in zip(on_device(f, *args), f(*args), strict=True):
            np.testing.assert_array_equal(found, y)
            assert found.dtype == np.asarray(y).dtype


def test_a_device_tells_what_its_arithmetic_is_like():
    found = wg.webgpu.numerics()
    assert found.sound
    assert set(found.ulps) == {"exp", "log", "sin", "tanh", "sqrt"}
    assert not dataclasses.replace(found, ulps={"exp": 62.0}).sound
    assert not dataclasses.replace(found, nans=False).sound
