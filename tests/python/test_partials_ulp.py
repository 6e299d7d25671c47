"""Partial derivatives of every elementwise primitive, within their ulp of the exact ones, in float64 and float32."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from mpmath import mp, mpf

import wengert as wg
from laws import one_ulp_error
from oracles import ORACLES, PRECISION, with_whole_operands
from wengert._core import elementwise

Operands = list[npt.NDArray[Any]]
FLOATS = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])

# Where a partial's formula costs more than 4 ulp over the domain of the table: how many, and why (docs/semantics.md).
NEAR_A_ZERO = "a difference near one of its zeros: the error is an ulp or two of what is subtracted"
ALLOWED: dict[str, tuple[float, str]] = {
    "tanh": (100, "1 - y y: an ulp of 1"),
    "logaddexp": (10, "the sigmoid of a rounded difference"),
    "digamma_difference": (40, "a difference of trigammas, where b is small beside a"),
    "rel_entr": (60, NEAR_A_ZERO),
    "j1": (30, NEAR_A_ZERO),
    "bessel_j": (30, NEAR_A_ZERO),
    "y1": (30, NEAR_A_ZERO),
    "bessel_y": (30, NEAR_A_ZERO),
    "i1e": (400, NEAR_A_ZERO),
}

ROUNDED_VALUE = "the square of the rounded value, which is large at the ends, is raised"
AT_WEAK_SPOTS: dict[str, tuple[float, str]] = {
    "tanh": (8e6, "an ulp of 1, which is 4e6 of what is left at 8.25"),
    "power": (16, "by a: b - 1 is rounded where b is below 1/2"),
    "erfinv": (40, ROUNDED_VALUE),
    "erfcinv": (40, ROUNDED_VALUE),
    "ndtri": (40, ROUNDED_VALUE),
}


def sampled(primitive: Any, dtype: type, n: int = 40) -> Operands:
    rng = np.random.default_rng(17)
    x = [rng.uniform(lo, hi, n).astype(dtype) for lo, hi in primitive.domains]
    return with_whole_operands(primitive.name, x)


def computed(primitive: Any, k: int, x: Operands) -> npt.NDArray[Any]:
    """The partial by operand k, as a reverse sweep gives it."""
    f = getattr(elementwise, primitive.name)
    y, pull = wg.vjp(lambda moved: f(*x[:k], moved, *x[k + 1 :]), x[k])
    return np.asarray(pull(np.ones_like(y))[0])


@functools.cache
def exact(name: str, k: int, point: tuple[float, ...]) -> mpf | None:
    """The exact partial; None outside of where the function is real, and at its jumps."""
    if name in ("fmod", "remainder") and np.fmod(*point) == 0:
        return None
    f = ORACLES[name].exact
    assert f is not None
    with mp.workprec(PRECISION):
        at = [mpf(x) for x in point]
        try:
            slope = mp.diff(lambda t: f(*at[:k], t, *at[k + 1 :]), at[k])
        except (ValueError, ZeroDivisionError):
            return None
        return None if isinstance(slope, mp.mpc) else slope


# Weak spots of formulas: next to 0 and 1 on both sides, where sums and roots cancel, and far out.
NEAR = [0.999, 1 - 1e-7, 1 - 1e-13, 1 + 1e-13, 1.001, 1e-3, 1e-7, 1e-13, 0.5, 2.5, 8.25]


def at_weak_spots(primitive: Any, dtype: type) -> Operands:
    """Both signs, unless the domain has only one; pairs of what is near with what is near, and with what is not."""
    x = np.array(NEAR if primitive.domains[0][0] >= 0 else [s * v for v in NEAR for s in (1, -1)]).astype(dtype)
    if primitive.arity == 1:
        return [x]
    pairs = [np.concatenate([x, x]), np.concatenate([np.roll(x, 5), np.nextafter(x, dtype(9))])]
    return with_whole_operands(primitive.name, pairs)


@FLOATS
def test_partials_are_exact_to_the_ulp_over_the_domain(differentiable: Any, dtype: type) -> None:
    allowed, _ = ALLOWED.get(differentiable.name, (4.0, ""))
    assert_partials(differentiable, sampled(differentiable, dtype), allowed)


@FLOATS
def test_partials_are_exact_to_the_ulp_at_weak_spots(public_differentiable: Any, dtype: type) -> None:
    name = public_differentiable.name
    allowed, _ = AT_WEAK_SPOTS.get(name) or ALLOWED.get(name, (4.0, ""))
    assert_partials(public_differentiable, at_weak_spots(public_differentiable, dtype), allowed)


def test_the_partial_of_fmod_counts_whole_times_where_the_quotient_rounds_up() -> None:
    """-0.001 over 1e-5 rounds to -100, but 1e-5 goes 99 times into 0.001."""
    assert wg.grad(np.fmod, 1)(-0.001, 1e-5) == 99.0
    assert wg.grad(np.fmod, 1)(0.999, 0.001) == -998.0


def assert_partials(primitive: Any, x: Operands, allowed: float) -> None:
    points = list(zip(*(a.tolist() for a in x), strict=True))
    for k in range(primitive.arity):
        if k == ORACLES[primitive.name].whole:
            continue
        with np.errstate(all="ignore"):
            got = computed(primitive, k, x)
        reals = [exact(primitive.name, k, p) for p in points]
        errors = [0.0 if real is None else one_ulp_error(g, real) for g, real in zip(got, reals, strict=True)]
        worst = int(np.argmax(errors))
        assert errors[worst] <= allowed, (
            f"{primitive.name}, partial {k} at {points[worst]} is {got[worst]!r}, {errors[worst]:.1f} ulp off"
        )
