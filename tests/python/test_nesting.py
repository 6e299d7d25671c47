"""Transforms inside transforms: no perturbation is confused with another, in any mix of modes, any depth."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from laws import MODES

Function = Callable[..., Any]
PAIRS = list(itertools.product(MODES, MODES))


def by_tape(f: Function) -> Function:
    def derivative(x: Any) -> Any:
        with wg.Tape() as tape:
            watched = tape.watch(x)
            y = f(watched)
        return tape.gradient(y, [watched])[0]

    return derivative


D: dict[str, Callable[[Function], Function]] = {
    "forward": lambda f: lambda x: wg.jvp(f, (x,), (1.0,))[1],
    "reverse": lambda f: wg.grad(f),
    "tape": by_tape,
}
ALL_PAIRS = list(itertools.product(D, D))


@pytest.mark.parametrize(("outer", "inner"), ALL_PAIRS)
def test_the_classic_sum_is_not_confused(outer: str, inner: str) -> None:
    """d/dx (x * d/dy (x + y)) is 1, not 2 (Siskind & Pearlmutter)."""
    assert D[outer](lambda x: x * D[inner](lambda y: x + y)(1.0))(1.0) == 1.0


@pytest.mark.parametrize(("outer", "inner"), ALL_PAIRS)
def test_the_classic_product_is_not_confused(outer: str, inner: str) -> None:
    """d/dx (x * d/dy (x * y)) is 2 x."""
    assert D[outer](lambda x: x * D[inner](lambda y: x * y)(5.0))(3.0) == 6.0


@pytest.mark.parametrize(("outer", "inner"), ALL_PAIRS)
def test_the_inner_point_may_depend_on_the_outer_one(outer: str, inner: str) -> None:
    """d/dx of (d/dy x**2 y**3 at y = x) = d/dx 3 x**4 = 12 x**3."""
    assert D[outer](lambda x: D[inner](lambda y: x * x * y * y * y)(x))(2.0) == 96.0


@pytest.mark.parametrize(("outer", "inner"), ALL_PAIRS)
def test_an_offset_function_closed_over_is_not_confused(outer: str, inner: str) -> None:
    """s u f x = f (x + u); D applied to s, twice, gives the second derivative: not zero, and no wrong one.

    Manzyuk et al., Perturbation confusion in forward AD of higher-order functions (2019).
    """

    def offset(u: Any) -> Function:
        return lambda f: lambda x: f(x + u)

    def derived_offset(f: Function) -> Function:
        return lambda x: D[outer](lambda u: offset(u)(f)(x))(0.0)

    assert derived_offset(derived_offset(lambda x: x**3))(2.0) == pytest.approx(12.0, rel=1e-15)
    twice = D[outer](lambda u: D[inner](lambda x: (x + u) ** 3)(2.0))(0.0)
    assert twice == pytest.approx(12.0, rel=1e-15)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_an_inner_derivative_that_ignores_its_variable_is_a_plain_zero(outer: str, inner: str) -> None:
    assert D[outer](lambda x: x * D[inner](lambda y: x * x)(1.0))(3.0) == 0.0
    assert D[outer](lambda x: D[inner](lambda y: y * y)(3.0))(1.0) == 0.0


@pytest.mark.parametrize("word", list(itertools.product(MODES, repeat=5)), ids="-".join)
def test_any_word_of_five_modes_gives_the_fifth_derivative(word: tuple[str, ...]) -> None:
    f: Function = lambda x: wnp.sin(x) * x
    for mode in word:
        f = D[mode](f)
    assert f(0.7) == pytest.approx(0.7 * math.cos(0.7) + 5 * math.sin(0.7), rel=1e-13)


def test_ten_nested_gradients_give_the_tenth_derivative() -> None:
    f: Function = wnp.exp
    for _ in range(10):
        f = wg.grad(f)
    assert f(0.5) == pytest.approx(math.exp(0.5), rel=1e-14)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_arrays_are_not_confused_either(outer: str, inner: str) -> None:
    """d/ds sum of (gradient of sum(s a y**2) at y = s b), with vectors inside and a scalar outside."""
    a, b = np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 2.0])
    directional = {
        "reverse": lambda f: wg.grad(f),
        "forward": lambda f: lambda y: wnp.stack([wg.jvp(f, (y,), (unit,))[1] for unit in np.eye(3)]),
    }[inner]

    def f(s: Any) -> Any:
        return wnp.sum(directional(lambda y: wnp.sum(s * a * y * y))(s * b))

    assert D[outer](f)(2.0) == pytest.approx(float(4 * 2.0 * np.sum(a * b)), rel=1e-14)


def test_pull_may_be_differentiated_by_its_adjoint_and_by_its_point() -> None:
    def f(x: Any, ybar: Any) -> Any:
        return wg.vjp(lambda x: x**3, x)[1](ybar)[0]

    assert wg.grad(f, argnums=(0, 1))(2.0, 5.0) == (60.0, 12.0)
    _, tangent = wg.jvp(f, (2.0, 5.0), (1.0, 1.0))
    assert tangent == 72.0


def test_the_tangent_of_jvp_may_be_differentiated() -> None:
    assert wg.grad(lambda v: wg.jvp(wnp.sin, (0.3,), (v,))[1])(7.0) == pytest.approx(math.cos(0.3), rel=1e-15)


def test_jacobian_of_jacobian_and_hessian_of_parts() -> None:
    x = np.array([0.3, -0.7])
    second = wg.jacobian(wg.jacobian(lambda x: wnp.stack([x[0] * x[1], x[0] ** 3])))(x)
    np.testing.assert_allclose(second, [[[0, 1], [1, 0]], [[6 * 0.3, 0], [0, 0]]], rtol=1e-15)
    inside = wg.grad(lambda x: wnp.trace(wg.hessian(lambda z: wnp.sum(z**3))(x)))(x)
    np.testing.assert_allclose(inside, [6.0, 6.0], rtol=1e-15)


def test_a_tape_gives_adjoints_of_intermediates_during_and_after_its_block() -> None:
    with wg.Tape() as tape:
        x = tape.watch(3.0)
        y = x * x
        z = wnp.sin(y)
        early = wg.stop_gradient(tape.gradient(z, [y])[0])
    late = tape.gradient(z, [x, y, z])
    assert float(early) == float(late[1]) == pytest.approx(math.cos(9.0), rel=1e-15)
    assert float(late[0]) == pytest.approx(6 * math.cos(9.0), rel=1e-15)
    assert float(late[2]) == 1.0


def test_a_tape_inside_grad_and_grad_inside_a_tape() -> None:
    assert wg.grad(by_tape(lambda x: x**3))(2.0) == 12.0
    with wg.Tape() as tape:
        x = tape.watch(2.0)
        y = wg.grad(lambda z: z**3 * x)(x)
    assert float(tape.gradient(y, [x])[0]) == 3 * 3 * 2.0**2
