"""Kinks, poles, ties and untaken branches: the conventions, in both modes, for scalars and for arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from laws import MODES, same_values
from wengert._core import elementwise

Function = Callable[..., Any]
INF, NAN, PI = np.inf, np.nan, np.pi
CONTAINERS = {"scalar": (), "one element": (1,), "long": (19,), "empty row": (2, 0)}
DTYPES = {"float64": np.float64, "float32": np.float32}


def partials(mode: str, f: Function, x: tuple[Any, ...]) -> tuple[Any, ...]:
    """Partial derivative by each operand of a function that works element by element."""
    if mode == "reverse":
        y, pull = wg.vjp(f, *x)
        return pull(np.ones_like(y))
    units = [tuple(np.ones_like(a) if j == k else np.zeros_like(a) for j, a in enumerate(x)) for k in range(len(x))]
    return tuple(wg.jvp(f, x, unit)[1] for unit in units)


# name: (function, point, partial by each operand; None where the convention leaves it open)
FIRST: dict[str, tuple[Function, tuple[float, ...], tuple[float | None, ...]]] = {
    "absolute at 0": (wnp.absolute, (0.0,), (0.0,)),
    "absolute at -0": (wnp.absolute, (-0.0,), (0.0,)),
    "relu at 0": (wnp.relu, (0.0,), (0.0,)),
    "relu above 0": (wnp.relu, (5e-30,), (1.0,)),
    "sign at 0": (lambda x: wnp.sign(x) + 0 * x, (0.0,), (0.0,)),
    "clip at its lower bound": (lambda x: wnp.clip(x, -1.0, 2.0), (-1.0,), (1.0,)),
    "clip at its upper bound": (lambda x: wnp.clip(x, -1.0, 2.0), (2.0,), (1.0,)),
    "clip inside": (lambda x: wnp.clip(x, -1.0, 2.0), (0.0,), (1.0,)),
    "clip outside": (lambda x: wnp.clip(x, -1.0, 2.0), (2.5,), (0.0,)),
    "clip below a recorded bound": (lambda x, low: wnp.clip(x, low, 9.0), (1.0, 2.0), (0.0, 1.0)),
    "clip above a recorded bound": (lambda x, high: wnp.clip(x, 0.0, high), (3.0, 2.0), (0.0, 1.0)),
    "maximum at a tie": (wnp.maximum, (2.0, 2.0), (0.5, 0.5)),
    "maximum at two zeros": (wnp.maximum, (0.0, -0.0), (0.5, 0.5)),
    "maximum above": (wnp.maximum, (3.0, 2.0), (1.0, 0.0)),
    "minimum at a tie": (wnp.minimum, (2.0, 2.0), (0.5, 0.5)),
    "minimum below": (wnp.minimum, (1.0, 2.0), (1.0, 0.0)),
    "sqrt at 0": (wnp.sqrt, (0.0,), (INF,)),
    "cbrt at 0": (wnp.cbrt, (0.0,), (INF,)),
    "log at 0": (wnp.log, (0.0,), (INF,)),
    "reciprocal at 0": (wnp.reciprocal, (0.0,), (-INF,)),
    "arcsin at 1": (wnp.arcsin, (1.0,), (INF,)),
    "arctanh at 1": (wnp.arctanh, (1.0,), (INF,)),
    "hypot at the origin": (wnp.hypot, (0.0, 0.0), (0.0, 0.0)),
    "hypot on an axis": (wnp.hypot, (0.0, 2.0), (0.0, 1.0)),
    "power 0**0 by the base": (lambda x: wnp.power(x, 0.0), (0.0,), (0.0,)),
    "power 0**y": (wnp.power, (0.0, 2.5), (0.0, 0.0)),
    "power 0**1": (wnp.power, (0.0, 1.0), (1.0, 0.0)),
    "power 0**0 by both": (wnp.power, (0.0, 0.0), (0.0, None)),
    "power 0**0.5": (lambda x: x**0.5, (0.0,), (INF,)),
    "power inf**0": (lambda x: x**0.0, (INF,), (0.0,)),
    "power of a negative base": (lambda x: x**3, (-2.0,), (12.0,)),
    "power of a negative base, whole float": (lambda x: x**3.0, (-2.0,), (12.0,)),
    "power of a negative base, recorded exponent": (wnp.power, (-2.0, 3.0), (12.0, None)),
    "power 0**2": (lambda x: x**2, (0.0,), (0.0,)),
    "power 0**1, whole": (lambda x: x**1, (0.0,), (1.0,)),
    "power 0**0, whole": (lambda x: x**0, (0.0,), (0.0,)),
    "power 0**-1": (lambda x: x**-1, (0.0,), (-INF,)),
    "power 2**x": (lambda x: 2.0**x, (0.0,), (np.log(2.0),)),
    "power 0**x": (lambda x: 0.0**x, (1.5,), (0.0,)),
    "xlogy at 0, 0": (wnp.xlogy, (0.0, 0.0), (-INF, 0.0)),
    "xlogy at 0, y": (wnp.xlogy, (0.0, 1.0), (0.0, 0.0)),
    "xlog1py at 0, -1": (wnp.xlog1py, (0.0, -1.0), (-INF, 0.0)),
    "log1p at 0": (wnp.log1p, (0.0,), (1.0,)),
    "log1p at the least number": (wnp.log1p, (1e-40,), (1.0,)),
    "expm1 at 0": (wnp.expm1, (0.0,), (1.0,)),
    "sinc at 0": (wnp.sinc, (0.0,), (0.0,)),
    "arctan2 on the x axis": (wnp.arctan2, (0.0, 2.0), (0.5, 0.0)),
    "arctan2 on the negative x axis": (wnp.arctan2, (0.0, -2.0), (-0.5, 0.0)),
    "arctan2 on the y axis": (wnp.arctan2, (2.0, 0.0), (0.0, -0.5)),
    "logaddexp at a tie": (wnp.logaddexp, (3.0, 3.0), (0.5, 0.5)),
    "logaddexp at a huge tie": (wnp.logaddexp, (1e6, 1e6), (0.5, 0.5)),
    "logaddexp of -inf": (wnp.logaddexp, (-INF, 1.0), (0.0, 1.0)),
    "softplus far above": (wnp.softplus, (1e4,), (1.0,)),
    "softplus far below": (wnp.softplus, (-1e4,), (0.0,)),
    "sigmoid far above": (wnp.sigmoid, (1e4,), (0.0,)),
    "sigmoid far below": (wnp.sigmoid, (-1e4,), (0.0,)),
    "tanh far out": (wnp.tanh, (-1e4,), (0.0,)),
    "fmod": (wnp.fmod, (-7.0, 2.0), (1.0, 3.0)),
    "remainder": (wnp.remainder, (-7.0, 2.0), (1.0, 4.0)),
    "copysign": (wnp.copysign, (2.0, -1.0), (-1.0, 0.0)),
    "copysign of a negative": (wnp.copysign, (-2.0, -1.0), (1.0, 0.0)),
    "where guards sqrt": (lambda x: wnp.where(x > 0, wnp.sqrt(x), 0.0), (0.0,), (0.0,)),
    "where guards log": (lambda x: wnp.where(x > 0, wnp.log(x), 0.0), (-1.0,), (0.0,)),
    "where guards a division": (lambda x: wnp.where(x == 0, 1.0, wnp.sin(x) / x), (0.0,), (0.0,)),
    "where takes the other one": (lambda x: wnp.where(x > 0, wnp.sqrt(x), 3.0 * x), (0.0,), (3.0,)),
    "where in where": (lambda x: wnp.where(x < 0, x, wnp.where(x > 0, wnp.log(x), 2.0 * x)), (0.0,), (2.0,)),
    "NaN on the taken path": (lambda x: wnp.where(x > 0, wnp.sqrt(x), 0.0) * NAN, (1.0,), (NAN,)),
    "NaN comes in": (wnp.sin, (NAN,), (NAN,)),
    "scale by nothing": (elementwise.scale, (0.0, INF), (None, 0.0)),
}  # fmt: skip


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FIRST)
def test_first_derivatives_follow_the_convention(name: str, mode: str, dtype: str, container: str) -> None:
    f, point, expected = FIRST[name]
    shape, kind = CONTAINERS[container], DTYPES[dtype]
    got = partials(mode, f, tuple(np.full(shape, a, kind) for a in point))
    for partial, value in zip(got, expected, strict=True):
        if value is not None:
            assert same_values(partial, np.full(shape, value, kind), signed_zero=False), f"{partial} is not {value}"


# name: (scalar function of one scalar, point, its derivatives of order 1, 2, 3, ...; None where left open)
HIGHER: dict[str, tuple[Function, float, tuple[float | None, ...]]] = {
    "sinc at 0": (wnp.sinc, 0.0, (0.0, -(PI**2) / 3, 0.0, PI**4 / 5)),
    "x**2 at 0": (lambda x: x**2, 0.0, (0.0, 2.0, 0.0, 0.0)),
    "x**2.0 at 0": (lambda x: wnp.power(x, 2.0), 0.0, (0.0, 2.0, 0.0, 0.0)),
    "x**3 at 0": (lambda x: x**3, 0.0, (0.0, 0.0, 6.0, 0.0)),
    "x**0 at 0": (lambda x: x**0, 0.0, (0.0, 0.0, 0.0)),
    "square at 0": (wnp.square, 0.0, (0.0, 2.0, 0.0)),
    "absolute at 0": (wnp.absolute, 0.0, (0.0, 0.0)),
    "relu at 0": (wnp.relu, 0.0, (0.0, 0.0)),
    "hypot at the origin": (lambda x: wnp.hypot(x, 0.0), 0.0, (0.0, 0.0)),
    "expm1 at 0": (wnp.expm1, 0.0, (1.0, 1.0, 1.0)),
    "log1p at 0": (wnp.log1p, 0.0, (1.0, -1.0, 2.0)),
    "softplus far out": (wnp.softplus, -1e4, (0.0, 0.0, 0.0)),
    "logaddexp of -inf": (lambda x: wnp.logaddexp(x, -INF), 1.0, (1.0, 0.0)),
    "xlogy with 0": (lambda x: wnp.xlogy(0.0, x), 0.0, (0.0, 0.0)),
    "where guards sqrt": (lambda x: wnp.where(x > 0, wnp.sqrt(x), 0.0), 0.0, (0.0, 0.0, 0.0)),
    "where guards log": (lambda x: wnp.where(x > 0, wnp.log(x), x * x), 0.0, (0.0, 2.0, 0.0)),
    "x**y by both at 0, 2": (lambda x: wnp.power(x, 2.0 + 0.0 * x), 0.0, (0.0, 2.0)),
    "prod with one zero": (lambda x: wnp.prod(wnp.stack([x, x + 2.0, 1.0 * x])), 0.0, (0.0, 4.0, 6.0)),
    "max at a tie": (lambda x: wnp.max(wnp.stack([x * x, x, -x])), 1.0, (1.5, 1.0)),
    "norm at 0": (lambda x: wnp.linalg.norm(wnp.stack([x, 2.0 * x])), 0.0, (0.0, 0.0)),
    "logsumexp of -inf": (lambda x: wnp.logsumexp(wnp.stack([x, x * 0.0 - INF])), 1.0, (1.0, 0.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", HIGHER)
def test_higher_derivatives_follow_the_convention_in_every_mix_of_modes(name: str) -> None:
    f, x, expected = HIGHER[name]
    for first in MODES:
        for rest in MODES:
            g = f
            for order, value in enumerate(expected):
                g = slope_of(g, first if order == 0 else rest)
                if value is not None:
                    assert float(g(x)) == pytest.approx(value, rel=1e-14, abs=1e-14), (first, rest, order + 1)


def slope_of(f: Function, mode: str) -> Function:
    return wg.grad(f) if mode == "reverse" else lambda x: wg.jvp(f, (x,), (wnp.ones_like(x),))[1]


# name: (scalar function of a vector, point, gradient)
VECTORS: dict[str, tuple[Function, list[Any], list[Any]]] = {
    "max shared by the maximisers": (wnp.max, [3.0, 1.0, 3.0, 3.0], [1 / 3, 0.0, 1 / 3, 1 / 3]),
    "min shared by the minimisers": (wnp.min, [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
    "max of infinities": (wnp.max, [INF, 1.0, INF], [0.5, 0.0, 0.5]),
    "max rows": (lambda x: wnp.sum(wnp.max(x, axis=1)), [[1.0, 1.0], [0.0, 2.0]], [[0.5, 0.5], [0.0, 1.0]]),
    "norm at 0": (wnp.linalg.norm, [0.0, 0.0], [0.0, 0.0]),
    "norm of rows, one of them 0": (
        lambda x: wnp.sum(wnp.linalg.norm(x, axis=1)), [[0.0, 0.0], [3.0, 4.0]], [[0.0, 0.0], [0.6, 0.8]]),
    "prod with one zero": (wnp.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    "prod with two zeros": (wnp.prod, [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]),
    "cumprod with a zero": (lambda x: wnp.sum(wnp.cumprod(x)), [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
    "logsumexp of -inf": (wnp.logsumexp, [-INF, 0.0, 0.0], [0.0, 0.5, 0.5]),
    "logsumexp of huge numbers": (wnp.logsumexp, [1e4, 1e4], [0.5, 0.5]),
    "logsumexp of numbers far apart": (wnp.logsumexp, [-1e4, 1e4], [0.0, 1.0]),
    "sum of one element": (wnp.sum, [2.0], [1.0]),
    "sort of ties": (lambda x: wnp.sum(wnp.sort(x) * np.arange(3.0)), [1.0, 1.0, 0.0], [1.0, 2.0, 0.0]),
    "a zero adjoint at a pole": (lambda x: wnp.sum(0.0 * wnp.sqrt(x)), [0.0, 1.0], [0.0, 0.0]),
    "a zero slope under an infinite adjoint": (lambda x: wnp.sqrt(wnp.max(x)), [0.0, -1.0], [INF, 0.0]),
    "a pole times its own zero": (lambda x: wnp.sum(wnp.sqrt(x * x)), [0.0, 3.0], [0.0, 1.0]),
    "an unused pole": (lambda x: wnp.sqrt(x)[1], [0.0, 4.0], [0.0, 0.25]),
    "a masked pole": (lambda x: wnp.sum(wnp.log(x)[x > 0]), [0.0, 4.0], [0.0, 0.25]),
    "an overwritten pole": (lambda x: overwritten(wnp.log(x)), [0.0, 4.0], [0.0, 0.25]),
}  # fmt: skip


def overwritten(y: Any) -> Any:
    y[0] = 0.0
    return wnp.sum(y)


@pytest.mark.parametrize("name", VECTORS)
def test_gradients_of_vectors_follow_the_convention(name: str) -> None:
    f, point, expected = VECTORS[name]
    x, gradient = np.array(point), np.array(expected)
    np.testing.assert_allclose(wg.grad(f)(x), gradient, rtol=4e-16, atol=0)
    for k in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[k] = 1.0
        assert wg.jvp(f, (x,), (unit,))[1] == pytest.approx(gradient[k], rel=4e-16), k


def test_the_gradient_of_an_empty_sum_is_empty() -> None:
    assert wg.grad(wnp.sum)(np.zeros((0, 3))).shape == (0, 3)


def test_the_hessian_of_a_product_with_zeros_is_exact() -> None:
    expected = [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    np.testing.assert_array_equal(wg.hessian(wnp.prod)(np.array([0.0, 0.0, 3.0])), expected)


def test_the_hessian_of_logsumexp_with_minus_infinity_has_no_nan() -> None:
    got = wg.hessian(wnp.logsumexp)(np.array([-INF, 0.0, 0.0]))
    np.testing.assert_allclose(got, [[0, 0, 0], [0, 0.25, -0.25], [0, -0.25, 0.25]], atol=1e-16)


def test_logsumexp_of_minus_infinities_is_minus_infinity() -> None:
    assert float(wnp.logsumexp(np.full(3, -INF))) == -INF


def test_a_nan_partial_with_a_zero_adjoint_is_zero_but_with_another_one_stays() -> None:
    x = np.array([-1.0, 4.0])
    _, pull = wg.vjp(wnp.sqrt, x)
    np.testing.assert_array_equal(pull(np.array([0.0, 1.0]))[0], [0.0, 0.25])
    assert np.isnan(pull(np.array([1.0, 1.0]))[0][0])


def test_rounding_has_derivative_zero_and_does_not_cut_the_rest() -> None:
    x = np.array([0.3, 1.5, -2.0])
    for f in (wnp.floor, wnp.ceil, wnp.rint, wnp.trunc, wnp.sign, lambda x: wnp.floor_divide(x, 0.7)):
        np.testing.assert_array_equal(wg.grad(lambda x, f=f: wnp.sum(f(x) * x))(x), np.asarray(f(x)))
