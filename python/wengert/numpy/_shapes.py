"""The same elements in other shapes, and arrays put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, Shape, asarray, full, shape_tuple
from wengert._core import Array
from wengert.errors import DomainError, ShapeError

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "flip",
    "hstack",
    "moveaxis",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
    "vstack",
]


def reshape(x: ArrayLike, shape: Shape) -> Array:
    """The same elements under another shape; one size may be -1. A view where NumPy gives one."""
    return asarray(x)._view_as(shape_tuple(shape))


def ravel(x: ArrayLike) -> Array:
    """All elements along one axis."""
    return reshape(x, (-1,)) if asarray(x).size else reshape(x, (0,))


def transpose(x: ArrayLike, axes: Sequence[int] | None = None) -> Array:
    """A view with axes in another order, in reverse unless told."""
    a = asarray(x)
    return a.T if axes is None else a._transpose_as(tuple(axes))


def swapaxes(x: ArrayLike, axis1: int, axis2: int) -> Array:
    """A view with two axes exchanged."""
    a = asarray(x)
    order = list(range(a.ndim))
    i, j = (np.lib.array_utils.normalize_axis_index(k, a.ndim) for k in (axis1, axis2))
    order[i], order[j] = order[j], order[i]
    return a._transpose_as(tuple(order))


def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """A view with axes at other places."""
    a = asarray(x)
    normal = np.lib.array_utils.normalize_axis_tuple
    at, to = normal(source, a.ndim), normal(destination, a.ndim)
    order = [k for k in range(a.ndim) if k not in at]
    for place, k in sorted(zip(to, at, strict=True)):
        order.insert(place, k)
    return a._transpose_as(tuple(order))


def expand_dims(x: ArrayLike, axis: int | tuple[int, ...]) -> Array:
    """A view with new axes of size 1."""
    a = asarray(x)
    axes = axis if isinstance(axis, tuple) else (axis,)
    places = np.lib.array_utils.normalize_axis_tuple(axes, a.ndim + len(axes))
    sizes = list(a.shape)
    for k in sorted(places):
        sizes.insert(k, 1)
    return a._view_as(tuple(sizes))


def squeeze(x: ArrayLike, axis: int | tuple[int, ...] | None = None) -> Array:
    """A view without axes of size 1 (all of them unless told)."""
    a = asarray(x)
    axes = (
        [k for k, n in enumerate(a.shape) if n == 1] if axis is None else axis if isinstance(axis, tuple) else (axis,)
    )
    gone = {k % a.ndim for k in axes}
    if any(a.shape[k] != 1 for k in gone):
        raise ShapeError(f"squeeze: an axis is not of size 1: axis is {axis}, the array is {a.shape}")
    return a._view_as(tuple(n for k, n in enumerate(a.shape) if k not in gone))


def broadcast_to(x: ArrayLike, shape: Shape) -> Array:
    """x repeated along new axes and axes of size 1."""
    return asarray(x)._broadcast_as(shape_tuple(shape))


def concatenate(arrays: Sequence[ArrayLike], axis: int | None = 0) -> Array:
    """Arrays one behind the other along an axis; flattened where axis is None."""
    parts = [asarray(a) for a in arrays]
    return _core.concatenate([ravel(a) for a in parts], 0) if axis is None else _core.concatenate(parts, axis)


def stack(arrays: Sequence[ArrayLike], axis: int = 0) -> Array:
    """Arrays of one shape along a new axis."""
    parts = [asarray(a) for a in arrays]
    shapes = {a.shape for a in parts}
    if len(shapes) > 1:
        raise ShapeError(f"stack: shapes differ: given {', '.join(map(str, sorted(shapes)))}")
    return concatenate([expand_dims(a, axis) for a in parts], axis)


def atleast_1d(x: ArrayLike) -> Array:
    """x, a number with an axis of size 1."""
    a = asarray(x)
    return a if a.ndim else reshape(a, (1,))


def atleast_2d(x: ArrayLike) -> Array:
    """x with at least two axes, new ones in front."""
    a = asarray(x)
    return a if a.ndim > 1 else reshape(a, (1, a.size))


def hstack(arrays: Sequence[ArrayLike]) -> Array:
    """Arrays side by side: along the second axis, the first of vectors."""
    parts = [atleast_1d(a) for a in arrays]
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1)


def vstack(arrays: Sequence[ArrayLike]) -> Array:
    """Arrays below one another: along the first axis, vectors as rows."""
    return concatenate([atleast_2d(a) for a in arrays], 0)


def flip(x: ArrayLike, axis: int | tuple[int, ...] | None = None) -> Array:
    """Elements in reverse order along axes (all of them unless told)."""
    a = asarray(x)
    for k in range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,):
        a = _core.flip(a, k)
    return a


def roll(x: ArrayLike, shift: int, axis: int | None = None) -> Array:
    """Elements moved along an axis, those that leave at the end coming in at the front."""
    a = asarray(x)
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), a.shape)
    n = a.shape[axis]
    by = shift % n if n else 0
    before = (slice(None),) * (axis % a.ndim)
    return a if by == 0 else concatenate([a[(*before, slice(n - by, n))], a[(*before, slice(0, n - by))]], axis)


def tile(x: ArrayLike, reps: int | Sequence[int]) -> Array:
    """x repeated as a whole along each axis."""
    a, counts = asarray(x), shape_tuple(reps)
    counts = (1,) * (a.ndim - len(counts)) + counts
    a = reshape(a, (1,) * (len(counts) - a.ndim) + a.shape)
    for k, n in enumerate(counts):
        a = concatenate([a] * n, k) if n else a[(*(slice(None),) * k, slice(0, 0))]
    return a


def repeat(x: ArrayLike, repeats: int | Sequence[int], axis: int | None = None) -> Array:
    """Each element (or slice along an axis) repeated in its place."""
    a = ravel(x) if axis is None else asarray(x)
    k = 0 if axis is None else axis % a.ndim
    places = np.repeat(np.arange(a.shape[k]), repeats)
    return a[(*(slice(None),) * k, places)]


def pad(x: ArrayLike, pad_width: Any, mode: str = "constant", constant_values: float = 0) -> Array:
    """x with elements added around it: a constant, or by NumPy's modes that repeat x's own elements.

    pad_width : n, (before, after), or a pair for each axis
    mode      : "constant", or "edge", "reflect", "symmetric", "wrap"
    """
    a = asarray(x)
    widths = [tuple(pair) for pair in np.broadcast_to(pad_width, (a.ndim, 2)).tolist()]
    if mode == "constant" and np.ndim(constant_values) == 0:
        whole = tuple(n + before + after for n, (before, after) in zip(a.shape, widths, strict=True))
        at = [number for n, (before, _) in zip(a.shape, widths, strict=True) for number in (before, 1, n)]
        zero = _core.pad(a, whole, at)
        if constant_values == 0:
            return zero
        inside = _core.pad(full(a.shape, True), whole, at)
        return _core.select(inside, zero, asarray(constant_values, a.dtype))
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise DomainError(f"pad: mode not supported: given {mode!r}")
    places = [np.pad(np.arange(n), pair, mode=mode) for n, pair in zip(a.shape, widths, strict=True)]  # type: ignore[call-overload]
    return a[np.ix_(*places)]
