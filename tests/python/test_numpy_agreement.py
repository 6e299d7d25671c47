"""Shapes, dtypes and values are NumPy 2's: elementwise functions, reductions, products and linear algebra."""

from __future__ import annotations

import random
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from agreement import DTYPES, arrays, assert_agrees, broadcastable, filled, quietly, shapes
from oracles import ORACLES, with_whole_operands
from wengert._core import elementwise

REDUCTIONS = ["sum", "prod", "max", "min", "mean", "var", "std"]
POSITIONS = ["argmax", "argmin"]
ARITHMETIC = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
    "power",
    "maximum",
    "less",
]


def operands_of(draw: random.Random, arity: int) -> list[Any]:
    return [filled(shape, draw.choice(DTYPES), draw.randrange(100)) for shape in broadcastable(draw, arity)]


@given(draw=st.randoms(use_true_random=True))
def test_elementwise_values_shapes_and_dtypes_are_numpys(numpys: Any, draw: random.Random) -> None:
    operands = operands_of(draw, numpys.arity)
    got = quietly(getattr(elementwise, numpys.name), *operands)
    assert_agrees(got, quietly(ORACLES[numpys.name].numpy, *operands))


@given(draw=st.randoms(use_true_random=True))
def test_elementwise_functions_that_numpy_lacks_keep_float_dtypes_and_broadcast(
    not_numpys: Any, draw: random.Random
) -> None:
    dtype = draw.choice(["float64", "float32"])
    operands = [x.astype(dtype) for x in operands_of(draw, not_numpys.arity)]
    operands = with_whole_operands(not_numpys.name, operands)
    f = getattr(elementwise, not_numpys.name)
    spread = np.broadcast_arrays(*operands)
    in_a_row = np.asarray(f(*(np.ravel(x) for x in spread)))
    assert in_a_row.dtype == dtype
    assert_agrees(f(*operands), in_a_row.reshape(spread[0].shape))


@pytest.mark.parametrize("name", ARITHMETIC)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scalar", [True, 2, 2.0, np.float32(2), np.float64(2), np.int32(2), np.int64(2)], ids=repr)
def test_python_scalars_are_weak_and_numpy_scalars_are_strong(name: str, dtype: str, scalar: Any) -> None:
    x = np.abs(filled((4,), dtype, 1))
    f, reference = getattr(wnp, name), getattr(np, name)
    assert_agrees(quietly(f, x, scalar), quietly(reference, x, scalar))
    assert_agrees(quietly(f, scalar, wg.asarray(x)), quietly(reference, scalar, x))


@pytest.mark.parametrize("name", REDUCTIONS)
@given(x=arrays(), data=st.data(), keepdims=st.booleans())
def test_reductions_are_numpys(name: str, x: Any, data: st.DataObject, keepdims: bool) -> None:
    one_axis = st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.none()
    axis = data.draw(st.none() | one_axis | hnp.valid_tuple_axes(x.ndim))
    got = quietly(getattr(wnp, name), x, axis=axis, keepdims=keepdims)
    assert_agrees(got, quietly(getattr(np, name), x, axis=axis, keepdims=keepdims))


@pytest.mark.parametrize("name", POSITIONS)
@given(x=arrays(), data=st.data(), keepdims=st.booleans())
def test_positions_of_extremes_are_numpys(name: str, x: Any, data: st.DataObject, keepdims: bool) -> None:
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1)) if x.ndim else None
    got = quietly(getattr(wnp, name), x, axis=axis, keepdims=keepdims)
    assert_agrees(got, quietly(getattr(np, name), x, axis=axis, keepdims=keepdims))


@pytest.mark.parametrize("name", [*REDUCTIONS, *POSITIONS])
def test_an_axis_out_of_range_is_refused(name: str) -> None:
    for axis in (2, -3):
        with pytest.raises(ValueError, match=name):
            getattr(wnp, name)(np.ones((2, 3)), axis=axis)


@pytest.mark.parametrize("name", ["max", "min", "sum", "mean"])
def test_long_reductions_are_numpys_whatever_the_axis(name: str, rng: np.random.Generator) -> None:
    x = rng.normal(size=(7, 1003, 5))
    for axis in (None, 0, 1, 2, (0, 2), (1, 2)):
        assert_agrees(getattr(wnp, name)(x, axis=axis), getattr(np, name)(x, axis=axis))


@given(data=st.data())
def test_matmul_is_numpys_for_all_ranks(data: st.DataObject) -> None:
    signature = np.matmul.signature
    drawn = data.draw(hnp.mutually_broadcastable_shapes(signature=signature, min_side=0, max_side=3, max_dims=2))
    a, b = (data.draw(arrays(shape)) for shape in drawn.input_shapes)
    assert_agrees(quietly(wnp.matmul, a, b), quietly(np.matmul, a, b))
    assert_agrees(quietly(lambda: wg.asarray(a) @ b), quietly(np.matmul, a, b))


@given(a=arrays(), b=arrays())
def test_products_of_unrelated_shapes_are_refused_as_numpy_refuses_them(a: Any, b: Any) -> None:
    for name in ("matmul", "dot"):
        assert_agrees(quietly(getattr(wnp, name), a, b), quietly(getattr(np, name), a, b))


@given(a=arrays(), b=arrays())
def test_unrelated_shapes_broadcast_or_are_refused_as_numpys(a: Any, b: Any) -> None:
    assert_agrees(quietly(wnp.add, a, b), quietly(np.add, a, b))


def test_a_large_matmul_is_numpys(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(130, 257)), rng.normal(size=(257, 67))
    np.testing.assert_allclose(np.asarray(wnp.matmul(a, b)), a @ b, rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(np.asarray(wnp.matmul(b.T, a.T)), (a @ b).T, rtol=1e-12, atol=1e-11)


@st.composite
def regular_matrices(draw: st.DrawFn) -> Any:
    """Stacks of symmetric positive definite matrices, so that every factorisation exists."""
    stack, n = draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=2)), draw(st.integers(1, 4))
    a = filled((*stack, n, n), draw(st.sampled_from(["float64", "float32", "int64"])), draw(st.integers(0, 99)))
    return a @ np.swapaxes(a, -1, -2) + 40 * np.eye(n).astype(a.dtype)


@pytest.mark.parametrize("name", ["cholesky", "inv", "slogdet"])
@given(a=regular_matrices())
def test_factorisations_are_numpys(name: str, a: Any) -> None:
    got, expected = getattr(wnp.linalg, name)(a), getattr(np.linalg, name)(a)
    assert_agrees(tuple(got) if name == "slogdet" else got, tuple(expected) if name == "slogdet" else expected)


@given(a=regular_matrices(), columns=st.integers(0, 3), seed=st.integers(0, 99))
def test_solve_is_numpys(a: Any, columns: int, seed: int) -> None:
    b = filled((*a.shape[:-1], columns), a.dtype.name, seed)
    assert_agrees(wnp.linalg.solve(a, b), np.linalg.solve(a, b))
    vector = filled((a.shape[-1],), a.dtype.name, seed)
    assert_agrees(wnp.linalg.solve(a, vector), np.linalg.solve(a, vector))


@given(x=arrays(dtype="float64"), data=st.data(), keepdims=st.booleans())
def test_the_two_norm_is_numpys(x: Any, data: st.DataObject, keepdims: bool) -> None:
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1)) if x.ndim else None
    got = quietly(wnp.linalg.norm, x, axis=axis, keepdims=keepdims)
    assert_agrees(got, quietly(np.linalg.norm, x, axis=axis, keepdims=keepdims))


@given(x=arrays(shapes), low=st.none() | st.integers(-2, 1), high=st.none() | st.integers(-1, 2))
def test_clip_is_numpys(x: Any, low: int | None, high: int | None) -> None:
    assert_agrees(quietly(wnp.clip, x, low, high), quietly(np.clip, x, low, high))


@given(draw=st.randoms(use_true_random=True))
def test_where_is_numpys(draw: random.Random) -> None:
    condition, a, b = operands_of(draw, 3)
    assert_agrees(quietly(wnp.where, condition, a, b), quietly(np.where, condition, a, b))
