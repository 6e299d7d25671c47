"""Partial derivatives of every elementwise primitive, within their ulp of the exact ones, in float64 and float32."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from mpmath import mp, mpf

import wengert as wg
import wengert.numpy as wnp
from laws import one_ulp_error
from oracles import ORACLES, PRECISION, with_whole_operands

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


def sampled(primitive: Any, dtype: type, n: int = 40) -> Operands:
    rng = np.random.default_rng(17)
    x = [rng.uniform(lo, hi, n).astype(dtype) for lo, hi in primitive.domains]
    return with_whole_operands(primitive.name, x)


def computed(primitive: Any, k: int, x: Operands) -> npt.NDArray[Any]:
    """The partial by operand k, as a reverse sweep gives it."""
    f = getattr(wnp, primitive.name)
    y, pull = wg.vjp(lambda moved: f(*x[:k], moved, *x[k + 1 :]), x[k])
    return np.asarray(pull(np.ones_like(y))[0])


@functools.cache
def exact(name: str, k: int, point: tuple[float, ...]) -> mpf:
    f = ORACLES[name].exact
    assert f is not None
    with mp.workprec(PRECISION):
        at = [mpf(x) for x in point]
        return mp.diff(lambda t: f(*at[:k], t, *at[k + 1 :]), at[k])


@FLOATS
def test_partials_are_exact_to_the_ulp_over_the_domain(differentiable: Any, dtype: type) -> None:
    name, x = differentiable.name, sampled(differentiable, dtype)
    allowed, _ = ALLOWED.get(name, (4.0, ""))
    for k in range(differentiable.arity):
        if k == ORACLES[name].whole:
            continue
        points = list(zip(*(a.tolist() for a in x), strict=True))
        got = computed(differentiable, k, x)
        errors = [one_ulp_error(g, exact(name, k, p)) for g, p in zip(got, points, strict=True)]
        worst = int(np.argmax(errors))
        assert errors[worst] <= allowed, (
            f"{name}, partial {k} at {points[worst]} is {got[worst]!r}, {errors[worst]:.1f} ulp off"
        )
