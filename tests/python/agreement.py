"""What it means to agree with NumPy: the same dtype, shape, values, and the same kind of refusal."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

import wengert as wg

DTYPES = ["float64", "float32", "int64", "int32", "bool"]
REFUSALS = (TypeError, ValueError, IndexError)
TOLERANCE = {"float64": 1e-13, "float32": 2e-5, "float16": 2e-3}

dtypes = st.sampled_from(DTYPES)
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)


def filled(shape: tuple[int, ...], dtype: str, seed: int) -> npt.NDArray[Any]:
    """Small multiples of a half, so that ties, zeros and signs occur; reproducible."""
    values = np.random.default_rng(seed).integers(-6, 7, shape)
    return np.asarray(values > 0 if dtype == "bool" else values / 2 if "float" in dtype else values).astype(dtype)


@st.composite
def arrays(draw: st.DrawFn, shape: Any = shapes, dtype: Any = dtypes) -> npt.NDArray[Any]:
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    dtype = draw(dtype) if isinstance(dtype, st.SearchStrategy) else dtype
    return filled(shape, dtype, draw(st.integers(0, 99)))


def broadcastable(draw: random.Random, count: int) -> list[tuple[int, ...]]:
    """Shapes that broadcast with each other: up to four axes, of none to three elements."""
    whole = [draw.randrange(4) for _ in range(draw.randrange(5))]
    cut = [whole[draw.randrange(len(whole) + 1) if draw.random() < 0.4 else 0 :] for _ in range(count)]
    return [tuple(1 if draw.random() < 0.25 else n for n in sizes) for sizes in cut]


def quietly(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """f's value, or the exception by which it refuses, without NumPy's warnings."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return f(*args, **kwargs)
        except REFUSALS as refusal:
            return refusal


def assert_agrees(got: Any, expected: Any) -> None:
    """`got` equals NumPy's `expected` (a result, a tuple of them, or an exception of the same kind)."""
    if isinstance(expected, Exception):
        kinds = tuple(kind for kind in REFUSALS if isinstance(expected, kind))
        assert isinstance(got, kinds), f"NumPy refuses ({expected!r}), here: {got!r}"
    elif isinstance(got, Exception):
        foreign = not isinstance(expected, tuple) and np.asarray(expected).dtype.name not in DTYPES
        assert foreign, f"NumPy gives {expected!r}, here: {got!r}"
        assert isinstance(got, wg.DTypeError)
    elif isinstance(expected, tuple | list):
        for one, other in zip(got, expected, strict=True):
            assert_agrees(one, other)
    else:
        assert_same_array(np.asarray(got), np.asarray(expected))


def assert_same_array(got: npt.NDArray[Any], expected: npt.NDArray[Any]) -> None:
    assert got.shape == expected.shape
    if expected.dtype != np.float16:
        assert got.dtype == expected.dtype
    tolerance = TOLERANCE.get(expected.dtype.name, 0.0)
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


def leaves(y: Any) -> list[Any]:
    """The arrays in tuples and lists."""
    return [leaf for part in y for leaf in leaves(part)] if isinstance(y, tuple | list) else [y]


def assert_same(got: Any, expected: Any, rtol: float = 1e-12) -> None:
    """NumPy's values, shapes, dtypes, and kind of container."""
    assert isinstance(got, tuple) == isinstance(expected, tuple)
    assert isinstance(got, list) == isinstance(expected, list)
    for one, other in zip(leaves(got), leaves(expected), strict=True):
        mine, numpys = np.asarray(one), np.asarray(other)
        assert (mine.shape, mine.dtype) == (numpys.shape, numpys.dtype.newbyteorder("="))
        np.testing.assert_allclose(mine, numpys, rtol=rtol, atol=rtol)
