"""Elements picked, bounded, and read along diagonals; products of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import ShapeError
from wengert.numpy._reductions import sum
from wengert.numpy._shapes import ravel, reshape

__all__ = [
    "clip",
    "diag",
    "diagonal",
    "dot",
    "inner",
    "outer",
    "take",
    "take_along_axis",
    "trace",
    "tril",
    "triu",
    "vdot",
]


def clip(
    x: ArrayLike, a_min: ArrayLike = None, a_max: ArrayLike = None, *, min: ArrayLike = None, max: ArrayLike = None
) -> Array:
    """x, but at least a_min and at most a_max; a value at its bound keeps its slope."""
    low, high = a_min if min is None else min, a_max if max is None else max
    a = asarray(x)
    if low is None and high is None:
        return +a
    kind = a.dtype.kind
    limits = np.iinfo(a.dtype) if kind == "i" else None
    lowest, highest = (limits.min, limits.max) if limits else (False, True) if kind == "b" else (-np.inf, np.inf)
    return _core.clip(a, lowest if low is None else low, highest if high is None else high)


def take(x: ArrayLike, indices: ArrayLike, axis: int | None = None) -> Array:
    """Elements at positions along an axis, of the flattened array unless one is given."""
    a = ravel(x) if axis is None else asarray(x)
    k = 0 if axis is None else np.lib.array_utils.normalize_axis_index(axis, a.ndim)
    picked = a[(*(slice(None),) * k, asarray(indices))]
    return picked if isinstance(picked, Array) else asarray(picked)


def take_along_axis(x: ArrayLike, indices: ArrayLike, axis: int | None = -1) -> Array:
    """Elements at positions that differ from line to line, as argsort gives them."""
    a, at = (ravel(x), ravel(indices)) if axis is None else (asarray(x), asarray(indices))
    k = 0 if axis is None else axis % a.ndim
    key = [
        at if j == k else np.arange(n).reshape([-1 if i == j else 1 for i in range(a.ndim)])
        for j, n in enumerate(at.shape)
    ]
    return a[tuple(key)]


def tril(x: ArrayLike, k: int = 0) -> Array:
    """The lower triangle, zeros above the k-th diagonal."""
    return _core.tril(asarray(x), k)


def triu(x: ArrayLike, k: int = 0) -> Array:
    """The upper triangle, zeros below the k-th diagonal."""
    return _core.triu(asarray(x), k)


def diagonal(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Elements of the offset-th diagonal of two axes, along a new last axis."""
    a = asarray(x)
    if a.ndim < 2:
        raise ShapeError(f"diagonal: fewer than two axes: the array is {a.shape}")
    i, j = (np.lib.array_utils.normalize_axis_index(k, a.ndim) for k in (axis1, axis2))
    rest = [k for k in range(a.ndim) if k not in (i, j)]
    matrix = a._transpose_as((*rest, i, j))
    count = max(0, min(a.shape[i] + min(offset, 0), a.shape[j] - max(offset, 0)))
    line = np.arange(count)
    return matrix[(..., line - min(offset, 0), line + max(offset, 0))]


def diag(x: ArrayLike, k: int = 0) -> Array:
    """The k-th diagonal of a matrix, or the matrix with a vector on it."""
    a = asarray(x)
    if a.ndim == 2:
        return diagonal(a, k)
    if a.ndim != 1:
        raise ShapeError(f"diag: neither a vector nor a matrix: the array is {a.shape}")
    n = a.shape[0] + abs(k)
    line = np.arange(a.shape[0])
    places = (line - min(k, 0)) * n + line + max(k, 0)
    flat = _core.scatter_set(_core.full((n * n,), 0.0, a.dtype.name), asarray(places), a)
    return _core.reshape(flat, (n, n))


def trace(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Sum along a diagonal of two axes."""
    return sum(diagonal(x, offset, axis1, axis2), -1)


def dot(a: ArrayLike, b: ArrayLike) -> Array:
    """Product of numbers, vectors and matrices; of more axes, the last of a with the last but one of b."""
    p, q = asarray(a), asarray(b)
    if p.ndim == 0 or q.ndim == 0:
        return p * q
    if q.ndim <= 2:
        return _core.matmul(p, q)
    order = (q.ndim - 2, *range(q.ndim - 2), q.ndim - 1)
    flat = reshape(q._transpose_as(order), (q.shape[-2], -1))
    return reshape(_core.matmul(p, flat), (*p.shape[:-1], *q.shape[:-2], q.shape[-1]))


def vdot(a: ArrayLike, b: ArrayLike) -> Array:
    """Sum of the products of all elements."""
    return dot(ravel(a), ravel(b))


def inner(a: ArrayLike, b: ArrayLike) -> Array:
    """Sum of products over the last axes."""
    p, q = asarray(a), asarray(b)
    if p.ndim == 0 or q.ndim == 0:
        return p * q
    y = _core.matmul(reshape(p, (-1, p.shape[-1])), reshape(q, (-1, q.shape[-1])).T)
    return reshape(y, (*p.shape[:-1], *q.shape[:-1]))


def outer(a: ArrayLike, b: ArrayLike) -> Any:
    """All products of an element of a with one of b."""
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))
