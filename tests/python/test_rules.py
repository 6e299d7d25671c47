"""Laws of every elementwise primitive's derivatives: a new line of the table is tested by being there."""

from __future__ import annotations

import functools
import itertools
import random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from agreement import broadcastable
from laws import MODES, assert_close, derived, inner, same_values
from oracles import ORACLES, slope, with_whole_operands
from wengert._core import elementwise

Vector = npt.NDArray[Any]
WORDS = {order: list(itertools.product(MODES, repeat=order)) for order in (1, 2, 3)}
POLES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 5e-324, 1e308, -1e308, np.inf, -np.inf]


def function(primitive: Any) -> Any:
    """The primitive; an operand that is a whole number is a constant in it."""
    f = getattr(elementwise, primitive.name)
    return (lambda n, x: f(wg.stop_gradient(n), x)) if ORACLES[primitive.name].whole == 0 else f


def sampled(primitive: Any, n: int, dtype: type = np.float64) -> tuple[list[Vector], list[Vector]]:
    """A point of the domain and a direction, zero for operands that are not differentiated."""
    rng = np.random.default_rng(11)
    x = [rng.uniform(lo, hi, n).astype(dtype) for lo, hi in primitive.domains]
    v = [rng.uniform(0.5, 1.5, n).astype(dtype) for _ in x]
    if (place := ORACLES[primitive.name].whole) is not None:
        v[place] = np.zeros(n, dtype)
    return with_whole_operands(primitive.name, x), v


def exact_slopes(primitive: Any, x: list[Vector], v: list[Vector], order: int) -> Vector:
    rows = zip(zip(*x, strict=True), zip(*v, strict=True), strict=True)
    return np.array([exact_slope(primitive.name, point, direction, order) for point, direction in rows])


@functools.cache  # every word of modes asks for the same ones
def exact_slope(name: str, point: tuple[float, ...], direction: tuple[float, ...], order: int) -> float:
    return slope(ORACLES[name], point, direction, order)


@pytest.mark.parametrize("word", WORDS[1], ids="-".join)
def test_first_derivatives_are_exact_in_both_modes(differentiable: Any, word: tuple[str, ...]) -> None:
    x, v = sampled(differentiable, 40)
    got = derived(word, function(differentiable), v, elementwise=True)(*x)
    assert_close(got, exact_slopes(differentiable, x, v, 1), rtol=2e-13)


@pytest.mark.parametrize("word", WORDS[2], ids="-".join)
def test_second_derivatives_are_exact_in_every_mix_of_modes(differentiable: Any, word: tuple[str, ...]) -> None:
    x, v = sampled(differentiable, 9)
    got = derived(word, function(differentiable), v, elementwise=True)(*x)
    assert_close(got, exact_slopes(differentiable, x, v, 2), rtol=1e-11)


@pytest.mark.parametrize("word", WORDS[3], ids="-".join)
def test_third_derivatives_are_exact_in_every_mix_of_modes(differentiable: Any, word: tuple[str, ...]) -> None:
    x, v = sampled(differentiable, 4)
    got = derived(word, function(differentiable), v, elementwise=True)(*x)
    assert_close(got, exact_slopes(differentiable, x, v, 3), rtol=1e-10)


def test_scalars_have_the_derivatives_of_array_elements(differentiable: Any) -> None:
    x, v = sampled(differentiable, 6)
    for mode in MODES:
        whole = derived([mode], function(differentiable), v, elementwise=True)(*x)
        for k in range(6):
            point, direction = [a[k] for a in x], [a[k] for a in v]
            alone = derived([mode], function(differentiable), direction, elementwise=True)(*point)
            assert alone == pytest.approx(whole[k], rel=4e-15, abs=1e-300)


def test_float32_derivatives_are_float32_and_as_exact(differentiable: Any) -> None:
    x, v = sampled(differentiable, 20, np.float32)
    for mode in MODES:
        got = derived([mode], function(differentiable), v, elementwise=True)(*x)
        assert got.dtype == np.float32
        assert_close(got, exact_slopes(differentiable, x, v, 1), rtol=1e-4)


def test_the_adjoint_is_the_transpose_of_the_tangent(differentiable: Any) -> None:
    x, v = sampled(differentiable, 50)
    ybar = np.random.default_rng(3).normal(size=50)
    _, dy = wg.jvp(function(differentiable), tuple(x), tuple(v))
    _, pull = wg.vjp(function(differentiable), *x)
    assert float(inner(pull(ybar), tuple(v))) == pytest.approx(float(inner(ybar, dy)), rel=1e-12)


@given(draw=st.randoms(use_true_random=True))
def test_the_adjoint_of_broadcasting_is_the_sum_over_the_copies(differentiable: Any, draw: random.Random) -> None:
    shapes = broadcastable(draw, differentiable.arity)
    together = np.broadcast_shapes(*shapes)
    rng = np.random.default_rng(draw.randrange(100))
    domains = zip(differentiable.domains, shapes, strict=True)
    x = with_whole_operands(differentiable.name, [rng.uniform(lo, hi, shape) for (lo, hi), shape in domains])
    ybar = rng.normal(size=together)
    _, pull = wg.vjp(function(differentiable), *x)
    copies = [np.broadcast_to(a, together).copy() for a in x]
    _, pull_copies = wg.vjp(function(differentiable), *copies)
    for a, got, whole in zip(x, pull(ybar), pull_copies(ybar), strict=True):
        assert got.shape == a.shape
        assert_close(got, summed_to(whole, a.shape), rtol=1e-12)


def summed_to(whole: Vector, shape: tuple[int, ...]) -> Vector:
    extra = whole.ndim - len(shape)
    widened = tuple(k for k in range(whole.ndim) if k < extra or (shape[k - extra] == 1 and whole.shape[k] != 1))
    return whole.sum(axis=widened, keepdims=True).reshape(shape)


def poles(primitive: Any) -> list[Vector]:
    points = np.array(list(itertools.product(POLES, repeat=primitive.arity)))
    return with_whole_operands(primitive.name, list(points.T.copy()))


def test_a_zero_tangent_adds_nothing_even_at_a_pole(differentiable: Any) -> None:
    x = poles(differentiable)
    _, dy = wg.jvp(function(differentiable), tuple(x), tuple(np.zeros_like(a) for a in x))
    assert not np.any(dy), f"at {[a[dy != 0] for a in x]}"


def test_a_zero_adjoint_adds_nothing_even_at_a_pole(differentiable: Any) -> None:
    x = poles(differentiable)
    y, pull = wg.vjp(function(differentiable), *x)
    for adjoint in pull(np.zeros_like(y)):
        assert not np.any(adjoint), f"at {[a[adjoint != 0] for a in x]}"


def test_a_zero_tangent_of_one_operand_leaves_the_other_ones_alone(differentiable_binary: Any) -> None:
    a, b = poles(differentiable_binary)
    f, one, zero = function(differentiable_binary), np.ones_like(a), np.zeros_like(a)
    first = wg.jvp(lambda a: f(a, b), (a,), (one,))[1]
    second = wg.jvp(lambda b: f(a, b), (b,), (one,))[1]
    assert same_values(wg.jvp(f, (a, b), (one, zero))[1], first, signed_zero=False)
    assert same_values(wg.jvp(f, (a, b), (zero, one))[1], second, signed_zero=False)


def test_the_modes_agree_bitwise_at_poles_too(differentiable: Any) -> None:
    x = poles(differentiable)
    f = function(differentiable)
    y, pull = wg.vjp(f, *x)
    for k, adjoint in enumerate(pull(np.ones_like(y))):
        direction = [np.ones_like(a) if j == k else np.zeros_like(a) for j, a in enumerate(x)]
        assert same_values(adjoint, wg.jvp(f, tuple(x), tuple(direction))[1], signed_zero=False)


def test_flat_primitives_have_derivative_zero_in_both_modes(flat: Any) -> None:
    x = [np.linspace(lo, hi, 7) + 0.01 for lo, hi in flat.domains]

    def f(*x: Any) -> Any:
        return wnp.sum(1.0 * function(flat)(*x)) + 0.0 * wnp.sum(x[0])

    for adjoint in wg.grad(f, argnums=tuple(range(flat.arity)))(*x):
        assert same_values(adjoint, np.zeros(7), signed_zero=False)
    assert wg.jvp(f, tuple(x), tuple(np.ones_like(a) for a in x))[1] == 0.0


def test_shapes_that_do_not_broadcast_are_named(binary: Any) -> None:
    with pytest.raises(wg.ShapeError, match=rf"{binary.name}: .*\(2, 3\).*\(3, 2\)"):
        function(binary)(np.ones((2, 3)), np.ones((3, 2)))


@pytest.mark.parametrize(
    "bad",
    [np.array(["a", "b"]), np.array([1, None], object), np.ones(2, np.clongdouble)],
    ids=lambda x: x.dtype.name,
)
def test_foreign_dtypes_are_named(primitive: Any, bad: Vector) -> None:
    with pytest.raises(wg.DTypeError, match=rf"{primitive.name}: .*{bad.dtype}"):
        getattr(elementwise, primitive.name)(*[bad] * primitive.arity)


def test_a_wrong_number_of_operands_is_a_type_error(primitive: Any) -> None:
    with pytest.raises(TypeError, match=primitive.name):
        getattr(elementwise, primitive.name)(*[1.0] * (primitive.arity + 2))
    with pytest.raises(TypeError, match=primitive.name):
        getattr(elementwise, primitive.name)()
