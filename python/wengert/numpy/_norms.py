"""Lengths of vectors and matrices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import OptionError, ShapeError
from wengert.numpy import _reductions as reductions
from wengert.numpy._axes import Axis, floating, some_axes
from wengert.numpy._decompositions import svdvals
from wengert.numpy._shapes import moveaxis

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]

# Norms made of singular values; an empty matrix has none, and size 0.
SINGULAR: dict[Any, Callable[..., Array]] = {
    2: partial(reductions.max, initial=0.0),
    -2: reductions.min,
    "nuc": reductions.sum,
}


def norm(x: ArrayLike, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Array:
    """Length of vectors, or size of matrices where there are two axes: NumPy's orders.

    ord    : of vectors 2 (the default), 1, inf, -inf, 0 or any power; of matrices "fro" (the default), 1, -1, inf,
             -inf, and by singular values 2 (the largest), -2 (the smallest) and "nuc" (their sum)
    raises : DomainError for other orders

    The gradient of the Euclidean length, and of "fro", is 0 where the length is; so is that of a singular value.
    """
    if ord is None and axis is None:
        return reductions.norm(x, None, keepdims)
    a = floating(x)
    if ord is None or (ord in (2, "fro") and axis is None and a.ndim == (1 if ord == 2 else 2)):
        return reductions.norm(a, axis if axis is None else some_axes("norm", axis, a.ndim), keepdims)
    axes = some_axes("norm", axis, a.ndim)
    if len(axes) == 1:
        return _vectors(a, ord, axes, keepdims)
    if len(axes) == 2:
        return _matrices(a, ord, axes, keepdims)
    raise ShapeError(f"norm: neither vectors nor matrices: ord is {ord!r}, axis is {axis}, the array is {a.shape}", 207)


def _vectors(a: Array, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Array:
    if isinstance(ord, str):
        raise OptionError(f"norm: order of a vector: given {ord!r}")
    if isinstance(ord, int | float) and ord == 2:
        return reductions.norm(a, axes, keepdims)
    size = _core.elementwise.absolute(a)
    if isinstance(ord, int | float) and abs(ord) == np.inf:
        return _furthest(size, ord, axes, keepdims)
    if isinstance(ord, int | float) and ord == 0:
        return reductions.sum(asarray(_core.elementwise.not_equal(a, 0), size.dtype), axes, keepdims=keepdims)
    if isinstance(ord, int | float) and ord == 1:
        return reductions.sum(size, axes, keepdims=keepdims)
    powers = reductions.sum(_core.elementwise.power(size, ord), axes, keepdims=keepdims)
    return _core.elementwise.power(powers, 1.0 / ord)


def _matrices(a: Array, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Array:
    if ord == "fro":
        return reductions.norm(a, axes, keepdims)
    if ord in SINGULAR:
        s = svdvals(moveaxis(a, axes, (-2, -1)))
        size = SINGULAR[ord](s, -1)
        return _core.reshape(size, _reduced(a, axes, True)) if keepdims else size
    if ord not in (1, -1, np.inf, -np.inf):
        raise OptionError(f"norm: order of a matrix: given {ord!r}")
    along, over = axes if abs(ord) == 1 else axes[::-1]
    lines = reductions.sum(_core.elementwise.absolute(a), along, keepdims=True)
    return _core.reshape(_furthest(lines, ord, over, True), _reduced(a, axes, keepdims))


def _furthest(sizes: Array, ord: Any, axis: Axis, keepdims: bool) -> Array:
    """The largest size, or the smallest for an order below 0; the largest of none is 0."""
    if ord < 0:
        return reductions.min(sizes, axis, keepdims=keepdims)
    return reductions.max(sizes, axis, keepdims=keepdims, initial=None if sizes.size else 0.0)


def _reduced(a: Array, axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    """The shape of a without some axes, or with size 1 in their places."""
    return tuple(1 if k in axes else n for k, n in enumerate(a.shape) if keepdims or k not in axes)


def vector_norm(x: ArrayLike, /, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """Length of vectors along axes; of all elements unless told."""
    a = floating(x)
    return _vectors(a, ord, some_axes("vector_norm", axis, a.ndim), keepdims)


def matrix_norm(x: ArrayLike, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """Size of matrices in the last two axes."""
    a = floating(x)
    if a.ndim < 2:
        raise ShapeError(f"matrix_norm: fewer than two axes: the array is {a.shape}", 207)
    return _matrices(a, ord, (a.ndim - 2, a.ndim - 1), keepdims)


def cond(x: ArrayLike, p: Any = None) -> Array:
    """Condition number of matrices: size times size of the inverse; with p None or 2 by singular values."""
    if p is not None and p not in (2, -2):
        a = floating(x)
        return matrix_norm(a, ord=p) * matrix_norm(_core.inv(a), ord=p)
    s = svdvals(x)
    if 0 in s.shape[-1:]:
        raise ShapeError(f"cond: no elements: the array is {asarray(x).shape}", 209)
    ratio = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return _core.select(_core.elementwise.equal(s[..., 0], 0.0), np.inf, ratio)
