"""Differences, integrals, interpolation and filters along an axis; polynomials."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError, OptionError, ShapeError
from wengert.numpy._axes import (
    Axis,
    along,
    common_type,
    floating,
    known,
    of_reals,
    one_axis,
    plain,
    shapes_differ,
    some_axes,
)
from wengert.numpy._reductions import sum
from wengert.numpy._shapes import broadcast_to, flip, ravel, reshape

__all__ = [
    "convolve",
    "correlate",
    "diff",
    "ediff1d",
    "gradient",
    "interp",
    "trapezoid",
    "unwrap",
]


def diff(x: ArrayLike, n: int = 1, axis: int = -1, prepend: ArrayLike = None, append: ArrayLike = None) -> Array:
    """Each element minus the one before it along an axis, n times over."""
    a = asarray(x)
    if n < 0:
        raise DomainError(f"diff: a negative order: n is {n}", 405)
    if a.ndim == 0:
        raise ShapeError("diff: no axis: the array is ()", 209)
    k = one_axis("diff", axis, a.ndim)
    if n and (prepend is not None or append is not None):
        ends = [None if v is None else _end(v, a, k) for v in (prepend, append)]
        a = _core.concatenate([part for part in (ends[0], a, ends[1]) if part is not None], k)
    step = _core.elementwise.not_equal if a.dtype.kind == "b" else _core.elementwise.subtract
    for _ in range(n):
        a = step(a[along(k, slice(1, None))], a[along(k, slice(None, -1))])
    return a


def _end(v: ArrayLike, a: Array, k: int) -> Array:
    b = asarray(v)
    return broadcast_to(b, (*a.shape[:k], 1, *a.shape[k + 1 :])) if b.ndim == 0 else b


def ediff1d(x: ArrayLike, to_end: ArrayLike = None, to_begin: ArrayLike = None) -> Array:
    """Differences of the flattened array, with numbers put in front and behind."""
    a = ravel(x)
    ends = [None if v is None else asarray(ravel(v), a.dtype) for v in (to_begin, to_end)]
    parts = [part for part in (ends[0], a[1:] - a[:-1], ends[1]) if part is not None]
    return _core.concatenate(parts, 0)


def trapezoid(y: ArrayLike, x: ArrayLike = None, dx: ArrayLike = 1.0, axis: int = -1) -> Array:
    """Integral along an axis by the trapezoidal rule, at positions x or at distances dx."""
    a = asarray(y)
    if a.ndim == 0:
        raise ShapeError("trapezoid: no axis: the array is ()", 209)
    k = one_axis("trapezoid", axis, a.ndim)
    step: Any = dx if np.ndim(plain(dx)) == 0 else asarray(dx)
    if x is not None:
        points = asarray(x)
        step = diff(points, axis=axis if points.ndim > 1 else 0)
        if points.ndim == 1:
            step = reshape(step, [-1 if j == k else 1 for j in range(a.ndim)])
    return sum(step * (a[along(k, slice(1, None))] + a[along(k, slice(None, -1))]) / 2.0, k)


def gradient(f: ArrayLike, *varargs: ArrayLike, axis: Axis = None, edge_order: int = 1) -> Any:
    """Central differences along axes, one-sided ones at the edges.

    varargs : one distance for all axes, or for each axis a distance or the positions (n,); they may be recorded
    returns : an Array shaped like f; for several axes a tuple of them
    """
    a = floating(f)
    axes = some_axes("gradient", axis, a.ndim)
    spaces = list(varargs) or [1.0]
    spaces = spaces * len(axes) if len(spaces) == 1 and np.ndim(plain(spaces[0])) == 0 else spaces
    if len(spaces) != len(axes):
        raise DomainError(f"gradient: number of distances: given {len(spaces)}, the axes are {axes}", 405)
    if edge_order not in (1, 2):
        raise OptionError(f"gradient: edge_order: given {edge_order}, expected 1 or 2")
    slopes = tuple(_slope(a, k, space, edge_order) for k, space in zip(axes, spaces, strict=True))
    return slopes[0] if len(axes) == 1 else slopes


def _slope(a: Array, k: int, space: ArrayLike, edge_order: int) -> Array:
    """Differences along axis k, by the parabola through three neighbours (uneven distances included)."""
    n, h = a.shape[k], asarray(space)
    if n < edge_order + 1:
        raise ShapeError(f"gradient: too few elements for edge_order {edge_order}: the array is {a.shape}", 209)
    if h.ndim and h.shape != (n,):
        raise shapes_differ("gradient", positions=h.shape, x=a.shape)
    even = h.ndim == 0
    gaps = broadcast_to(h, (n - 1,)) if even else h[1:] - h[:-1]
    rises = a[along(k, slice(1, None))] - a[along(k, slice(None, -1))]
    column = [-1 if j == k else 1 for j in range(a.ndim)]
    secants = rises / reshape(gaps, column)
    left, right = reshape(gaps[:-1], column), reshape(gaps[1:], column)
    before, behind = secants[along(k, slice(None, -1))], secants[along(k, slice(1, None))]
    inner = (before * right + behind * left) / (left + right)
    first, last = secants[along(k, slice(0, 1))], secants[along(k, slice(-1, None))]
    if edge_order == 2:
        first = first - (secants[along(k, slice(1, 2))] - first) * _share(gaps[0], gaps[1])
        last = last + (last - secants[along(k, slice(-2, -1))]) * _share(gaps[-1], gaps[-2])
    slopes = _core.concatenate([first, inner, last], k)
    return asarray(slopes, a.dtype)


def _share(outer: Array, inner: Array) -> Array:
    return outer / (outer + inner)


def unwrap(p: ArrayLike, discont: float | None = None, axis: int = -1, *, period: float = 2 * np.pi) -> Array:
    """Angles along an axis with jumps of more than half a period taken out; slope 1."""
    a = asarray(p)
    values = known(a)
    smooth = np.unwrap(values, discont, axis=axis, period=plain(period))
    y: Array = a + (smooth - values)
    return y


def interp(
    x: ArrayLike,
    xp: ArrayLike,
    fp: ArrayLike,
    left: ArrayLike = None,
    right: ArrayLike = None,
    period: float | None = None,
) -> Array:
    """Values at x of the polygon through the points (xp, fp), xp rising: differentiable in all three.

    left, right : values below xp[0] and above xp[-1], by default fp[0] and fp[-1]
    """
    at, points = (asarray(of_reals("interp", each), "float64") for each in (x, xp))
    values = asarray(fp, common_type(asarray(fp), np.zeros(0)))
    if points.ndim != 1 or points.shape != values.shape or points.size == 0:
        raise shapes_differ("interp", xp=points.shape, fp=values.shape)
    if period is not None:
        at, points, values = _one_period(at, points, values, abs(period))
        left = right = None
    edge_left, edge_right = values[0] if left is None else left, values[-1] if right is None else right
    where, n = known(at), points.size
    low = np.clip(np.searchsorted(known(points), where, side="right") - 1, 0, max(n - 2, 0))
    high = np.minimum(low + 1, n - 1)
    run = points[high] - points[low] if n > 1 else 1.0
    y = values[low] + (at - points[low]) * ((values[high] - values[low]) / run)
    y = _core.select(where > known(points)[-1], edge_right, y)
    return _core.select(where < known(points)[0], edge_left, y)


def _one_period(x: Array, xp: Array, fp: Array, period: float) -> tuple[Array, Array, Array]:
    x, xp = _core.elementwise.remainder(x, period), _core.elementwise.remainder(xp, period)
    order = np.argsort(known(xp))
    xp, fp = xp[order], fp[order]
    ends = [xp[-1:] - period, xp, xp[:1] + period]
    return x, _core.concatenate(ends, 0), _core.concatenate([fp[-1:], fp, fp[:1]], 0)


def convolve(a: ArrayLike, v: ArrayLike, mode: str = "full") -> Array:
    """Sums of products of a (n,) and the reverse of v (m,), moved past each other: (n + m - 1,) for mode "full".

    cost : n m in time; in memory a few times n + m, and two million numbers at most where both are long
    """
    p, q = _sequences("convolve", a, v)
    p, q = (q, p) if q.size > p.size else (p, q)
    return _part("convolve", _convolved(p, q), p.size, q.size, mode)


def correlate(a: ArrayLike, v: ArrayLike, mode: str = "valid") -> Array:
    """Sums of products of a (n,) and conj(v) (m,), moved past each other: the overlapping ones for mode "valid"."""
    p, q = _sequences("correlate", a, v)
    y = _convolved(p, flip(_core.conjugate(q)))
    longer, shorter = max(p.size, q.size), min(p.size, q.size)
    if p.size < q.size:
        return flip(_part("correlate", flip(y), longer, shorter, mode))
    return _part("correlate", y, longer, shorter, mode)


def _sequences(name: str, a: ArrayLike, v: ArrayLike) -> tuple[Array, Array]:
    p, q = (reshape(asarray(x), (1,)) if asarray(x).ndim == 0 else asarray(x) for x in (a, v))
    if p.ndim != 1 or q.ndim != 1 or p.size == 0 or q.size == 0:
        raise shapes_differ(name, a=p.shape, v=q.shape)
    return p, q


def _convolved(p: Array, q: Array) -> Array:
    """The full convolution of p (n,) and q (m,): by rows of products, or in blocks where these would be large."""
    p, q = (q, p) if q.size > p.size else (p, q)
    if p.size * q.size > 2**16 and np.isfinite(known(p)).all() and np.isfinite(known(q)).all():
        return _in_blocks(p, q)
    return sum(_skewed(reshape(q, (q.size, 1)) * reshape(p, (1, p.size))), 0, np.promote_types(p.dtype, q.dtype))


def _skewed(rows: Array) -> Array:
    """Rows (m, n), each moved one further than the one before: (m, n + m - 1). They are read with a longer stride."""
    m, n = rows.shape
    wide = _core.pad(rows, (m, n + m), (0, 1, m, 0, 1, n))
    return reshape(reshape(wide, (m * (n + m),))[: m * (n + m - 1)], (m, n + m - 1))


_BLOCK = 1024  # a matrix of moved copies of so many numbers, 16 MiB, is quick to multiply by


def _in_blocks(p: Array, q: Array) -> Array:
    """Blocks of p times one matrix of moved copies of q, each result reaching into the next block's place."""
    n, m = p.size, q.size
    if m > _BLOCK:
        pieces = range(0, m, _BLOCK)
        each = [(k, _in_blocks(p, q[k : k + _BLOCK])) for k in pieces]
        return functools.reduce(operator.add, (_core.pad(y, (n + m - 1,), (k, 1, y.size)) for k, y in each))
    count = -(-n // m)
    moved = _skewed(broadcast_to(q, (m, m)))
    blocks = reshape(_core.pad(p, (count * m,), (0, 1, n)), (count, m))
    y = _core.pad(_core.matmul(blocks, moved), (count, 2 * m), (0, 1, count, 0, 1, 2 * m - 1))
    size = (count + 1) * m
    here, beyond = reshape(y[:, :m], (count * m,)), reshape(y[:, m:], (count * m,))
    return (_core.pad(here, (size,), (0, 1, count * m)) + _core.pad(beyond, (size,), (m, 1, count * m)))[: n + m - 1]


def _part(name: str, y: Array, n: int, m: int, mode: str) -> Array:
    """The middle of a full convolution; n is the longer size."""
    start = {"full": 0, "same": (m - 1) // 2, "valid": m - 1}.get(mode)
    if start is None:
        raise OptionError(f"{name}: unknown mode: given {mode!r}, expected 'full', 'same' or 'valid'")
    return y[start : start + {"full": n + m - 1, "same": n, "valid": n - m + 1}[mode]]
