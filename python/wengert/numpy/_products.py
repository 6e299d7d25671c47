"""Products of vectors and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DTypeError, ShapeError
from wengert.numpy._axes import known, one_axis, plain, shapes_differ, some_axes
from wengert.numpy._shapes import broadcast_arrays, moveaxis, ravel, reshape

__all__ = ["bincount", "cross", "dot", "inner", "kron", "matvec", "outer", "tensordot", "vdot", "vecdot", "vecmat"]


def dot(a: ArrayLike, b: ArrayLike) -> Array:
    """Product of numbers, vectors and matrices; of more axes, the last of a with the last but one of b."""
    p, q = asarray(a), asarray(b)
    if p.ndim == 0 or q.ndim == 0:
        return p * q
    if p.shape[-1] != q.shape[-min(q.ndim, 2)]:
        raise ShapeError(f"dot: inner sizes differ: a is {p.shape}, b is {q.shape}", 201)
    if q.ndim <= 2:
        return _core.matmul(p, q)
    order = (q.ndim - 2, *range(q.ndim - 2), q.ndim - 1)
    flat = reshape(q._transpose_as(order), (q.shape[-2], _count(q.shape[:-2]) * q.shape[-1]))
    return reshape(_core.matmul(p, flat), (*p.shape[:-1], *q.shape[:-2], q.shape[-1]))


def _count(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def vdot(a: ArrayLike, b: ArrayLike) -> Array:
    """Sum of the products of all elements, those of a conjugated."""
    return dot(_core.conjugate(ravel(a)), ravel(b))


def vecdot(x1: ArrayLike, x2: ArrayLike, *, axis: int = -1) -> Array:
    """Sums of products along an axis, those of x1 conjugated, the rest broadcasting."""
    a, b = _core.conjugate(asarray(x1)), asarray(x2)
    if a.ndim == 0 or b.ndim == 0:
        raise shapes_differ("vecdot", x1=a.shape, x2=b.shape)
    a, b = moveaxis(a, axis, -1), moveaxis(b, axis, -1)
    if a.shape[-1] != b.shape[-1]:
        raise shapes_differ("vecdot", x1=a.shape, x2=b.shape)
    y = _core.matmul(reshape(a, (*a.shape[:-1], 1, a.shape[-1])), reshape(b, (*b.shape, 1)))
    return y[..., 0, 0]


def matvec(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Matrices (..., m, n) times vectors (..., n)."""
    b = asarray(x2)
    return _core.matmul(x1, reshape(b, (*b.shape, 1)))[..., 0]


def vecmat(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Vectors (..., m), conjugated, times matrices (..., m, n)."""
    a = _core.conjugate(asarray(x1))
    return _core.matmul(reshape(a, (*a.shape[:-1], 1, a.shape[-1])), x2)[..., 0, :]


def inner(a: ArrayLike, b: ArrayLike) -> Array:
    """Sum of products over the last axes."""
    p, q = asarray(a), asarray(b)
    if p.ndim == 0 or q.ndim == 0:
        return p * q
    if p.shape[-1] != q.shape[-1]:
        raise shapes_differ("inner", a=p.shape, b=q.shape)
    rows = [reshape(x, (_count(x.shape[:-1]), x.shape[-1])) for x in (p, q)]
    return reshape(_core.matmul(rows[0], rows[1].T), (*p.shape[:-1], *q.shape[:-1]))


def outer(a: ArrayLike, b: ArrayLike) -> Array:
    """All products of an element of a with one of b."""
    p, q = ravel(a), ravel(b)
    return reshape(p, (p.size, 1)) * reshape(q, (1, q.size))


def tensordot(a: ArrayLike, b: ArrayLike, axes: Any = 2) -> Array:
    """Sum of products over axes: so many of the last of a and the first of b, or a pair of lists of them."""
    p, q = asarray(a), asarray(b)
    if np.ndim(plain(axes)) == 0 and not isinstance(axes, tuple | list):
        count = int(axes)
        pair: Any = (tuple(range(p.ndim - count, p.ndim)), tuple(range(count)))
    else:
        pair = tuple(axes)
    left, right = some_axes("tensordot", pair[0], p.ndim), some_axes("tensordot", pair[1], q.ndim)
    if [p.shape[k] for k in left] != [q.shape[k] for k in right]:
        raise shapes_differ("tensordot", a=p.shape, b=q.shape, axes=(left, right))
    rows, columns = ([k for k in range(x.ndim) if k not in used] for x, used in ((p, left), (q, right)))
    shape = (*(p.shape[k] for k in rows), *(q.shape[k] for k in columns))
    n = _count([p.shape[k] for k in left])
    flat_a = reshape(p._transpose_as((*rows, *left)), (_count([p.shape[k] for k in rows]), n))
    flat_b = reshape(q._transpose_as((*right, *columns)), (n, _count([q.shape[k] for k in columns])))
    return reshape(_core.matmul(flat_a, flat_b), shape)


def kron(a: ArrayLike, b: ArrayLike) -> Array:
    """Each element of a times all of b, put together to one array."""
    p, q = asarray(a), asarray(b)
    n = max(p.ndim, q.ndim)
    p, q = (reshape(x, (1,) * (n - x.ndim) + x.shape) for x in (p, q))
    apart_a = reshape(p, [m for size in p.shape for m in (size, 1)])
    apart_b = reshape(q, [m for size in q.shape for m in (1, size)])
    return reshape(apart_a * apart_b, tuple(i * j for i, j in zip(p.shape, q.shape, strict=True)))


def cross(
    a: ArrayLike, b: ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    """The vectors at right angles to both, of vectors (..., 3)."""
    if axis is not None:
        axisa = axisb = axisc = axis
    p, q = asarray(a), asarray(b)
    p = moveaxis(p, one_axis("cross", axisa, p.ndim), -1)
    q = moveaxis(q, one_axis("cross", axisb, q.ndim), -1)
    if p.shape[-1] != 3 or q.shape[-1] != 3:
        raise ShapeError(f"cross: not vectors of three: a is {p.shape}, b is {q.shape}", 207)
    p, q = broadcast_arrays(p, q)
    turn, back = [1, 2, 0], [2, 0, 1]
    y = p[..., turn] * q[..., back] - p[..., back] * q[..., turn]
    return moveaxis(y, -1, one_axis("cross", axisc, y.ndim))


def bincount(x: ArrayLike, /, weights: ArrayLike = None, minlength: int = 0) -> Array:
    """How often each whole number occurs, or the sum of the weights where it does; differentiable in the weights."""
    at = known(x)
    if weights is None or at.ndim != 1:
        return asarray(np.bincount(at, None, minlength))
    if asarray(weights).dtype.kind == "c":
        raise DTypeError("bincount: element type: the weights are complex: count their real and imaginary parts", 306)
    w = asarray(weights, "float64")
    if w.shape != at.shape:
        raise shapes_differ("bincount", x=at.shape, weights=w.shape)
    counts = np.bincount(at, None, minlength)
    return _core.scatter_add(_core.full(counts.shape, 0.0, "float64"), asarray(at), w)
