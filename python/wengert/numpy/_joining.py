"""Arrays put together, taken apart, repeated, and edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, Shape, asarray, shape_tuple, zeros
from wengert._core import Array
from wengert.errors import ShapeError
from wengert.numpy._axes import along, axis_number, line, one_axis, plain, whole
from wengert.numpy._shapes import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_to,
    moveaxis,
    ravel,
    reshape,
)

__all__ = [
    "append",
    "array_split",
    "block",
    "column_stack",
    "concat",
    "concatenate",
    "delete",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "insert",
    "repeat",
    "resize",
    "split",
    "stack",
    "tile",
    "unstack",
    "vsplit",
    "vstack",
]


def concatenate(
    arrays: Sequence[ArrayLike], axis: int | None = 0, *, dtype: Any = None, casting: str = "same_kind"
) -> Array:
    """Arrays one behind the other along an axis; flattened where axis is None."""
    parts = [asarray(a) for a in arrays]
    if not parts:
        raise ShapeError("concatenate: no arrays: given an empty sequence", 209)
    y = (
        _core.concatenate([ravel(a) for a in parts], 0)
        if axis is None
        else _core.concatenate(parts, axis_number("concatenate", axis))
    )
    return y if dtype is None else asarray(y, dtype)


concat = concatenate


def stack(arrays: Sequence[ArrayLike], axis: int = 0, *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """Arrays of one shape along a new axis."""
    y = _core.stack([asarray(a) for a in arrays], axis_number("stack", axis))
    return y if dtype is None else asarray(y, dtype)


def hstack(arrays: Sequence[ArrayLike], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """Arrays side by side: along the second axis, the first of vectors."""
    parts = [atleast_1d(a) for a in arrays]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1, dtype=dtype)


def vstack(arrays: Sequence[ArrayLike], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """Arrays below one another: along the first axis, vectors as rows."""
    return concatenate([atleast_2d(a) for a in arrays], 0, dtype=dtype)


def dstack(arrays: Sequence[ArrayLike]) -> Array:
    """Arrays behind one another: along the third axis."""
    return concatenate([atleast_3d(a) for a in arrays], 2)


def column_stack(arrays: Sequence[ArrayLike]) -> Array:
    """Arrays side by side, vectors as columns."""
    parts = [asarray(a) for a in arrays]
    return concatenate([a if a.ndim > 1 else reshape(a, (-1, 1)) for a in parts], 1)


def block(arrays: Any) -> Array:
    """One array from nested lists of blocks: the innermost lists join along the last axis."""
    depth = _depth(arrays)
    return _block(arrays, depth, max(depth, _most_axes(arrays)))


def _depth(x: Any) -> int:
    return 1 + max(map(_depth, x), default=0) if isinstance(x, list) else 0


def _most_axes(x: Any) -> int:
    return max(map(_most_axes, x), default=0) if isinstance(x, list) else asarray(x).ndim


def _block(x: Any, depth: int, axes: int) -> Array:
    if isinstance(x, list):
        return concatenate([_block(part, depth - 1, axes) for part in x], -depth)
    a = asarray(x)
    return reshape(a, (1,) * (axes - a.ndim) + a.shape)


def unstack(x: ArrayLike, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The arrays that lie along an axis."""
    a = asarray(x)
    if a.ndim == 0:
        raise ShapeError("unstack: no axis: the array is ()", 209)
    k = one_axis("unstack", axis, a.ndim)
    return tuple(a[along(k, i)] for i in range(a.shape[k]))


def array_split(x: ArrayLike, indices_or_sections: ArrayLike, axis: int = 0) -> list[Array]:
    """Views of parts along an axis: so many of about one size, or cut before positions."""
    a = asarray(x)
    k = one_axis("array_split", axis, a.ndim)
    parts = np.asarray(plain(indices_or_sections))
    return _cut(a, k, [int(i) for i in parts] if parts.ndim else _even_cuts(a.shape[k], int(parts)))


def _cut(a: Array, k: int, cuts: list[int]) -> list[Array]:
    before = (slice(None),) * k
    return [a[(*before, slice(i, j))] for i, j in zip([0, *cuts], [*cuts, a.shape[k]], strict=True)]


def _even_cuts(n: int, sections: int) -> list[int]:
    if sections <= 0:
        raise ShapeError(f"array_split: fewer than one section: given {sections}", 202)
    each, longer = divmod(n, sections)
    return [k * each + min(k, longer) for k in range(1, sections)]


def split(x: ArrayLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Views of parts along an axis: so many of one size, or cut before positions."""
    a = asarray(x)
    n = a.shape[one_axis("split", axis, a.ndim)]
    parts = np.asarray(plain(indices_or_sections))
    if parts.ndim == 0 and (sections := int(parts)) > 0 and n % sections:
        raise ShapeError(f"split: no equal parts: the axis is of size {n}, the sections are {sections}", 202)
    return array_split(a, parts, axis)


def _split_along(name: str, x: ArrayLike, parts: Any, least: int, axis: int) -> list[Array]:
    a = asarray(x)
    if a.ndim < least:
        raise ShapeError(f"{name}: fewer than {least} axes: the array is {a.shape}", 209)
    return split(a, parts, axis)


def hsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Array]:
    """Parts side by side: along the second axis, the first of a vector."""
    return _split_along("hsplit", x, indices_or_sections, 1, min(asarray(x).ndim - 1, 1))


def vsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Array]:
    """Parts below one another: along the first of two or more axes."""
    return _split_along("vsplit", x, indices_or_sections, 2, 0)


def dsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Array]:
    """Parts behind one another: along the third axis."""
    return _split_along("dsplit", x, indices_or_sections, 3, 2)


def tile(x: ArrayLike, reps: int | Sequence[int]) -> Array:
    """x repeated as a whole along each axis."""
    a, counts = asarray(x), shape_tuple(plain(reps))
    counts = (1,) * (a.ndim - len(counts)) + counts
    sizes = (1,) * (len(counts) - a.ndim) + a.shape
    apart = reshape(a, [n for size in sizes for n in (1, size)])
    spread = broadcast_to(apart, [n for pair in zip(counts, sizes, strict=True) for n in pair])
    return reshape(spread, tuple(n * size for n, size in zip(counts, sizes, strict=True)))


def repeat(x: ArrayLike, repeats: int | Sequence[int], axis: int | None = None) -> Array:
    """Each element (or slice along an axis) repeated in its place."""
    a, k = line("repeat", x, axis)
    return a[along(k, np.repeat(np.arange(a.shape[k]), whole(repeats)))]


def append(arr: ArrayLike, values: ArrayLike, axis: int | None = None) -> Array:
    """values behind the elements of an array; both flattened unless an axis is given."""
    return concatenate([arr, values], axis)


def delete(arr: ArrayLike, obj: Any, axis: int | None = None) -> Array:
    """The elements that are not at these positions along an axis."""
    a, k = line("delete", arr, axis)
    return a[along(k, np.delete(np.arange(a.shape[k]), plain(obj)))]


def insert(arr: ArrayLike, obj: Any, values: ArrayLike, axis: int | None = None) -> Array:
    """values in front of positions along an axis."""
    a, k = line("insert", arr, axis)
    n, at = a.shape[k], plain(obj)
    places = np.arange(n)[at] if isinstance(at, slice) else np.asarray(at)
    count = int(places.sum()) if places.dtype == bool else places.size
    v = asarray(values, a.dtype)
    v = reshape(v, (1,) * (a.ndim - v.ndim) + v.shape)
    v = moveaxis(v, 0, k) if places.ndim == 0 else v
    count = v.shape[k] if count == 1 else count
    v = broadcast_to(v, (*a.shape[:k], count, *a.shape[k + 1 :]))
    order = np.insert(np.arange(n), at, n + np.arange(count))
    return _core.concatenate([a, v], k)[along(k, order)]


def resize(x: ArrayLike, new_shape: Shape) -> Array:
    """The elements over and over, until the new shape is full."""
    a, sizes = asarray(x), shape_tuple(new_shape)
    if any(n < 0 for n in sizes):
        raise ShapeError(f"resize: a negative size: the shape asked for is {sizes}", 209)
    if a.size == 0:
        return zeros(sizes, a.dtype)
    count = int(np.prod(sizes, dtype=np.int64))
    return reshape(ravel(a)[np.arange(count) % a.size], sizes)
