"""The same elements in other shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, Shape, asarray, full, shape_tuple
from wengert._core import Array
from wengert.errors import DomainError, OptionError, ShapeError
from wengert.numpy._axes import Axis, one_axis, plain, shapes_differ, some_axes

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "ndim",
    "pad",
    "permute_dims",
    "ravel",
    "reshape",
    "roll",
    "rollaxis",
    "rot90",
    "shape",
    "size",
    "squeeze",
    "swapaxes",
    "transpose",
]


def shape(x: ArrayLike) -> tuple[int, ...]:
    """Sizes of the axes."""
    return asarray(x).shape


def ndim(x: ArrayLike) -> int:
    """Number of axes."""
    return asarray(x).ndim


def size(x: ArrayLike, axis: Axis = None) -> int:
    """Number of elements, or of places along axes."""
    a = asarray(x)
    return int(np.prod([a.shape[k] for k in some_axes("size", axis, a.ndim)], dtype=np.int64))


def reshape(x: ArrayLike, shape: Shape, order: str = "C", *, copy: bool | None = None) -> Array:
    """The same elements under another shape; one size may be -1. A view where NumPy gives one."""
    a, sizes = asarray(x), shape_tuple(shape)
    if order == "F":
        return reshape(a.T, sizes[::-1]).T
    y = a._view_as(sizes)
    return _core.alias(y) if copy else y


def ravel(x: ArrayLike, order: str = "C") -> Array:
    """All elements along one axis."""
    a = asarray(x)
    return reshape(a.T if order == "F" else a, (a.size,))


def transpose(x: ArrayLike, axes: Sequence[int] | None = None) -> Array:
    """A view with axes in another order, in reverse unless told."""
    a = asarray(x)
    return a.T if axes is None else a._transpose_as(tuple(axes))


permute_dims = transpose


def matrix_transpose(x: ArrayLike) -> Array:
    """A view with the last two axes exchanged."""
    a = asarray(x)
    if a.ndim < 2:
        raise ShapeError(f"matrix_transpose: fewer than two axes: the array is {a.shape}", 207)
    return swapaxes(a, -1, -2)


def swapaxes(x: ArrayLike, axis1: int, axis2: int) -> Array:
    """A view with two axes exchanged."""
    a = asarray(x)
    order = list(range(a.ndim))
    i, j = (one_axis("swapaxes", k, a.ndim) for k in (axis1, axis2))
    order[i], order[j] = order[j], order[i]
    return a._transpose_as(tuple(order))


def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """A view with axes at other places."""
    a = asarray(x)
    at, to = some_axes("moveaxis", source, a.ndim), some_axes("moveaxis", destination, a.ndim)
    if len(at) != len(to):
        raise shapes_differ("moveaxis", source=source, destination=destination)
    order = [k for k in range(a.ndim) if k not in at]
    for place, k in sorted(zip(to, at, strict=True)):
        order.insert(place, k)
    return a._transpose_as(tuple(order))


def rollaxis(x: ArrayLike, axis: int, start: int = 0) -> Array:
    """A view with one axis moved in front of another."""
    a = asarray(x)
    k, before = one_axis("rollaxis", axis, a.ndim), one_axis("rollaxis", start, a.ndim + 1)
    if start < 0:
        before = start + a.ndim
    return moveaxis(a, k, before - (k < before))


def expand_dims(x: ArrayLike, axis: int | Sequence[int]) -> Array:
    """A view with new axes of size 1."""
    a = asarray(x)
    count = len(axis) if isinstance(axis, tuple | list) else 1
    sizes = list(a.shape)
    for k in sorted(some_axes("expand_dims", axis, a.ndim + count)):
        sizes.insert(k, 1)
    return a._view_as(tuple(sizes))


def squeeze(x: ArrayLike, axis: Axis = None) -> Array:
    """A view without axes of size 1 (all of them unless told)."""
    a = asarray(x)
    if axis is None:
        return a._view_as(tuple(n for n in a.shape if n != 1))
    gone = some_axes("squeeze", axis, a.ndim)
    if any(a.shape[k] != 1 for k in gone):
        raise ShapeError(f"squeeze: an axis is not of size 1: axis is {axis}, the array is {a.shape}", 209)
    return a._view_as(tuple(n for k, n in enumerate(a.shape) if k not in gone))


def broadcast_to(x: ArrayLike, shape: Shape, subok: bool = False) -> Array:
    """x repeated along new axes and axes of size 1."""
    return asarray(x)._broadcast_as(shape_tuple(shape))


def broadcast_arrays(*args: ArrayLike, subok: bool = False) -> tuple[Array, ...]:
    """Arrays repeated to the one shape that they have in common."""
    parts = [asarray(a) for a in args]
    try:
        common = np.broadcast_shapes(*(a.shape for a in parts))
    except ValueError:
        raise ShapeError(
            f"broadcast_arrays: shapes differ: given {', '.join(str(a.shape) for a in parts)}", 201
        ) from None
    return tuple(broadcast_to(a, common) for a in parts)


def _each(f: Any, args: tuple[ArrayLike, ...]) -> Any:
    """f of one array, or a tuple of f of each of several."""
    return f(asarray(args[0])) if len(args) == 1 else tuple(f(asarray(a)) for a in args)


def atleast_1d(*arys: ArrayLike) -> Any:
    """Arrays, numbers among them with an axis of size 1."""
    return _each(lambda a: a if a.ndim else reshape(a, (1,)), arys)


def atleast_2d(*arys: ArrayLike) -> Any:
    """Arrays with at least two axes, new ones in front."""
    return _each(lambda a: a if a.ndim > 1 else reshape(a, (1, a.size)), arys)


def atleast_3d(*arys: ArrayLike) -> Any:
    """Arrays with at least three axes: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1)."""
    return _each(lambda a: a if a.ndim > 2 else reshape(a, (*((1,) * (a.ndim < 2)), *(a.shape or (1,)), 1)), arys)


def flip(x: ArrayLike, axis: Axis = None) -> Array:
    """Elements in reverse order along axes (all of them unless told); a view."""
    a = asarray(x)
    turned = some_axes("flip", axis, a.ndim)
    return a[tuple(slice(None, None, -1 if k in turned else None) for k in range(a.ndim)) or ...]


def flipud(x: ArrayLike) -> Array:
    """Rows in reverse order."""
    return flip(x, 0)


def fliplr(x: ArrayLike) -> Array:
    """Columns in reverse order."""
    return flip(x, 1)


def rot90(x: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """x turned by k right angles, from the first of two axes towards the second."""
    a = asarray(x)
    first, second = some_axes("rot90", tuple(axes), a.ndim)
    turned = [
        lambda: a,
        lambda: swapaxes(flip(a, second), first, second),
        lambda: flip(a, (first, second)),
        lambda: flip(swapaxes(a, first, second), second),
    ]
    return turned[k % 4]()


def roll(x: ArrayLike, shift: int | Sequence[int], axis: Axis = None) -> Array:
    """Elements moved along axes, those that leave at the end coming in at the front."""
    a = asarray(x)
    if type(shift) is int and type(axis) is int:
        return _rolled(a, shift, one_axis("roll", axis, a.ndim))
    if axis is None:
        return reshape(_rolled(ravel(a), int(np.sum(plain(shift))), 0), a.shape)
    for by, k in np.broadcast(plain(shift), axis):
        a = _rolled(a, int(by), one_axis("roll", k, a.ndim))
    return a


def _rolled(a: Array, shift: int, k: int) -> Array:
    n = a.shape[k]
    by = shift % n if n else 0
    before = (slice(None),) * k
    return _core.concatenate([a[(*before, slice(n - by, n))], a[(*before, slice(0, n - by))]], k) if by else a


def pad(x: ArrayLike, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Array:
    """x with elements added around it: constants, or by NumPy's modes that repeat x's own elements.

    pad_width       : n, (before, after), or a pair for each axis; or a dict of axes and these
    mode            : "constant", or "edge", "reflect", "symmetric", "wrap", "empty" (zeros)
    constant_values : a number that may be recorded, or plain ones as pad_width has them
    """
    a = asarray(x)
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(k, pad_width.get(k - a.ndim, 0)) for k in range(a.ndim)]
        pad_width = [(n, n) if np.ndim(n) == 0 else tuple(n) for n in pad_width]
    widths = [tuple(pair) for pair in np.broadcast_to(pad_width, (a.ndim, 2)).tolist()]
    if any(n < 0 for pair in widths for n in pair):
        raise DomainError(f"pad: negative width: given {pad_width!r}", 405)
    if mode in ("constant", "empty"):
        return _padded(a, widths, constant_values if mode == "constant" else 0)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise OptionError(f"pad: mode not supported: given {mode!r}")
    places = [np.pad(np.arange(n), pair, mode=mode) for n, pair in zip(a.shape, widths, strict=True)]  # type: ignore[call-overload]
    return a[np.ix_(*places)]


def _padded(a: Array, widths: list[tuple[int, ...]], value: Any) -> Array:
    grown = tuple(n + before + after for n, (before, after) in zip(a.shape, widths, strict=True))
    at = [number for n, (before, _) in zip(a.shape, widths, strict=True) for number in (before, 1, n)]
    zero = _core.pad(a, grown, at)
    if not isinstance(value, Array) and np.ndim(value):
        around = np.pad(np.zeros(a.shape, a.dtype), widths, constant_values=value)
        return zero + asarray(around)
    if not isinstance(value, Array) and value == 0:
        return zero
    inside = _core.pad(full(a.shape, True), grown, at)
    return _core.select(inside, zero, asarray(value, a.dtype))
