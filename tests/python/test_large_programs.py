"""Programs drawn by lot on arrays too large for the second-level cache, run slice by slice and block by block:
the bits of eager, gradients too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
from unrolled import assert_same_bits

SHAPES = [(300, 150), (40, 90, 12), (6, 1000, 10), (1500, 33)]
UNARY = [np.sin, np.tanh, np.square, np.negative, np.exp, lambda t: t * 0.5, lambda t: np.where(t > 0, t, 0.1 * t)]
BINARY = [np.add, np.subtract, np.multiply, np.maximum, lambda a, b: a / (2.0 + np.square(b))]


def reduced(t: Any, random: np.random.Generator) -> Any:
    """Some reduction, its axis kept: it broadcasts again."""
    axis = int(random.integers(t.ndim))
    way = int(random.integers(4))
    if way == 0:
        return np.max(t, axis=axis, keepdims=True)
    if way == 1:
        return wg.numpy.logsumexp(t, axis=axis, keepdims=True)
    return np.sum(t, axis=axis, keepdims=True) * 0.01


def multiplied(t: Any, random: np.random.Generator, weights: Any) -> Any:
    w = weights[: t.shape[-1], : t.shape[-1]]
    return (t @ w if random.integers(2) else t @ w.T) * 0.1


def program_of(seed: int, shape: tuple[int, ...]) -> Any:
    """A function of (x, row, column, weights) that draws its operations by lot; the same each time it is called."""

    def f(x: Any, row: Any, column: Any, weights: Any) -> Any:
        random = np.random.default_rng(seed)
        values = [x, row, column]

        def some() -> Any:
            return values[int(random.integers(max(0, len(values) - 6), len(values)))]

        for _ in range(int(random.integers(6, 22))):
            way = int(random.integers(10))
            large = next(v for v in (some(), *values[::-1]) if v.shape == shape)
            if way < 3:
                y = UNARY[int(random.integers(len(UNARY)))](some())
            elif way < 7:
                y = BINARY[int(random.integers(len(BINARY)))](large, some())
            elif way < 9:
                y = reduced(large, random)
            else:
                y = multiplied(large, random, weights)
            values.append(np.tanh(y))
        return sum(np.sum(v * v) for v in values[3:]), values[-1]

    return f


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("seed", range(12))
def test_large_programs_and_their_gradients_have_the_bits_of_eager(shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    n = shape[-1]
    at = [rng.normal(size=s) for s in (shape, (n,), (*shape[:-1], 1), (n, n))]
    given = [wg.asarray(a) for a in at]
    f = program_of(seed, shape)
    gradient = wg.value_and_grad(f, argnums=(0, 1, 2, 3), has_aux=True)
    assert_same_bits(wg.compile(f)(*given), f(*given))
    assert_same_bits(wg.compile(gradient)(*given), gradient(*given))


@pytest.mark.parametrize("both", [np.subtract, np.arctan2, np.hypot, np.maximum], ids=lambda f: f.__name__)
def test_an_operand_that_comes_twice_takes_its_shares_in_the_order_of_a_recorded_sweep(both: Any) -> None:
    x = wg.asarray(np.random.default_rng(0).normal(size=(12, 5)))

    def f(x: Any) -> Any:
        u, v = np.tanh(both(x, x)), np.tanh(np.sin(x))
        return np.sum(u * u) + np.sum(v * v) + np.sum(u * v) * 0.3

    assert_same_bits(wg.compile(wg.grad(f))(x), wg.grad(f)(x))


@pytest.mark.parametrize("rows", [65, 129, 400])
@pytest.mark.parametrize("columns", [1, 2])
def test_a_matrix_times_a_vector_is_added_to_an_adjoint_as_a_whole(
    rows: int, columns: int, rng: np.random.Generator
) -> None:
    a, b, c = (wg.asarray(rng.normal(size=s)) for s in ((rows, 64), (64, columns), (rows, columns)))

    def f(a: Any, b: Any) -> Any:
        return np.sum(c * (a @ b)) - np.sum(b) + np.sum(c * (b.T @ a.T).T)

    gradient = wg.grad(f, argnums=(0, 1))
    assert_same_bits(wg.compile(gradient)(a, b), gradient(a, b))


@pytest.mark.parametrize("n", [130, 200, 300])
def test_a_product_of_many_terms_is_added_to_an_adjoint_as_a_whole(n: int, rng: np.random.Generator) -> None:
    a, b, c = (wg.asarray(rng.normal(size=(n, n))) for _ in range(3))

    def f(a: Any) -> Any:
        return np.sum((a @ b) * c) + np.sum((a @ c) * b) + np.sum(np.sin(a))

    assert_same_bits(wg.compile(wg.grad(f))(a), wg.grad(f)(a))
