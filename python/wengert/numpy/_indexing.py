"""Elements picked, bounded, and read along diagonals; elements written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError, DTypeError, IndexError, OptionError, ShapeError
from wengert.numpy._axes import along, line, of_one_type, one_axis, plain, positions, recorded, shapes_differ, whole
from wengert.numpy._reductions import sum
from wengert.numpy._shapes import broadcast_arrays, broadcast_to, ravel, reshape

__all__ = [
    "choose",
    "clip",
    "compress",
    "copyto",
    "diag",
    "diagonal",
    "extract",
    "fill_diagonal",
    "ix_",
    "piecewise",
    "place",
    "put",
    "put_along_axis",
    "putmask",
    "select",
    "take",
    "take_along_axis",
    "trace",
    "tril",
    "triu",
]


def clip(
    x: ArrayLike, /, min: ArrayLike = None, max: ArrayLike = None, *, a_min: ArrayLike = None, a_max: ArrayLike = None
) -> Array:
    """x, but at least min and at most max (or a_min and a_max); a value at its bound keeps its slope."""
    low, high = a_min if min is None else min, a_max if max is None else max
    a = asarray(x)
    if low is None and high is None:
        return +a
    kind = a.dtype.kind
    limits = np.iinfo(a.dtype) if kind in "iu" else None
    lowest, highest = (limits.min, limits.max) if limits else (False, True) if kind == "b" else (-np.inf, np.inf)
    low = lowest if low is None or (limits and type(low) is int and low < lowest) else low
    high = highest if high is None or (limits and type(high) is int and high > highest) else high
    return _core.clip(
        a, *(asarray(bound, a.dtype) if limits and type(bound) is int else bound for bound in (low, high))
    )


def take(x: ArrayLike, indices: ArrayLike, axis: int | None = None, *, mode: str = "raise") -> Array:
    """Elements at positions along an axis, of the flattened array unless one is given.

    mode : "raise" refuses positions outside, "wrap" counts on from the other end, "clip" takes the nearest
    """
    a, k = line("take", x, axis)
    return a[along(k, _inside("take", positions(indices), a.shape[k], mode))]


def _inside(name: str, at: Any, n: int, mode: str) -> Any:
    if mode not in ("raise", "wrap", "clip"):
        raise OptionError(f"{name}: unknown mode: given {mode!r}, expected 'raise', 'wrap' or 'clip'")
    if at.size and at.dtype.kind not in "iub":
        raise DTypeError(f"{name}: positions are not integers: given {at.dtype}", 306)
    at = at.astype(np.intp)
    return at if mode == "raise" else at % n if mode == "wrap" else np.clip(at, 0, n - 1)


def _line_by_line(name: str, x: ArrayLike, indices: ArrayLike, axis: int | None) -> tuple[Array, tuple[Any, ...]]:
    """The array, and the key of positions that differ from line to line along an axis."""
    a, k = line(name, x, axis)
    at = positions(indices)
    at = at.ravel() if axis is None else at
    if at.ndim != a.ndim:
        raise shapes_differ(name, x=a.shape, indices=at.shape)
    if at.dtype.kind not in "iu":
        raise IndexError(f"{name}: positions are not integers: given {at.dtype}")
    grid = np.indices((*a.shape[:k], 1, *a.shape[k + 1 :]), sparse=True)
    return a, tuple(at if j == k else grid[j] for j in range(a.ndim))


def take_along_axis(x: ArrayLike, indices: ArrayLike, axis: int | None = -1) -> Array:
    """Elements at positions that differ from line to line, as argsort gives them."""
    a, key = _line_by_line("take_along_axis", x, indices, axis)
    return a[key]


def put_along_axis(x: Array, indices: ArrayLike, values: ArrayLike, axis: int | None) -> None:
    """Writes at positions that differ from line to line; x must be an Array if values are recorded."""
    target = _writable("put_along_axis", x, values)
    if not isinstance(target, Array):
        return np.put_along_axis(target, positions(indices), plain(values), axis)
    a, key = _line_by_line("put_along_axis", target, indices, axis)
    a[key] = values


def _writable(name: str, x: Any, *values: Any) -> Any:
    """x, if what is to be written into it may be."""
    if isinstance(x, Array) or not recorded(*values):
        return x if isinstance(x, Array) else np.asarray(x)
    raise DTypeError(
        f"{name}: recorded values cannot be written into a plain NumPy array: make it wengert.asarray(x)", 304
    )


def _write(name: str, x: Any, values: ArrayLike, key: Callable[[Any], Any]) -> None:
    target = _writable(name, x, values)
    target[key(target)] = values if isinstance(target, Array) else plain(values)


def put(x: Any, ind: ArrayLike, v: ArrayLike, mode: str = "raise") -> None:
    """Writes v, over and over, at positions in the flattened array."""
    at = whole(ind).ravel()
    at, values = _inside("put", at, x.size, mode), ravel(v)
    if not at.size or not values.size:
        return
    if mode == "raise" and not -x.size <= at.min() <= at.max() < x.size:
        raise IndexError(f"put: out of range: positions are {at.tolist()}, the array has {x.size} elements")
    key = at % x.size
    _write("put", x, values[np.arange(at.size) % values.size], lambda a: np.unravel_index(key, a.shape))


def putmask(x: Any, mask: ArrayLike, values: ArrayLike) -> None:
    """Writes where a mask holds: the value at the same place, or of values that repeat."""
    target, holds = _writable("putmask", x, values), asarray(mask)
    if holds.size != target.size:
        raise shapes_differ("putmask", mask=holds.shape, x=target.shape)
    if asarray(values).size:
        repeated = reshape(ravel(values)[np.arange(target.size) % asarray(values).size], target.shape)
        chosen = _core.select(reshape(holds, target.shape), repeated, asarray(target))
        _write("putmask", target, chosen, lambda a: ...)


def place(x: Any, mask: ArrayLike, vals: ArrayLike) -> None:
    """Writes values, one behind the other, where a mask holds."""
    if np.size(plain(mask)) != x.size:
        raise shapes_differ("place", mask=np.shape(plain(mask)), x=x.shape)
    at, v = np.flatnonzero(plain(mask)), ravel(vals)
    if at.size and not v.size:
        raise ShapeError(f"place: nothing to write: vals is {v.shape}, the mask holds {at.size} times", 209)
    if at.size:
        _write("place", x, v[np.arange(at.size) % v.size], lambda a: np.unravel_index(at, a.shape))


def copyto(dst: Any, src: ArrayLike, casting: str = "same_kind", where: ArrayLike = True) -> None:
    """Writes src into dst, where a mask holds."""
    target = _writable("copyto", dst, src)
    given = np.result_type(src, target.dtype) if type(src) in (bool, int, float, complex) else asarray(src).dtype
    if not np.can_cast(given, target.dtype, casting):  # type: ignore[arg-type]
        raise DTypeError(f"copyto: not cast by the rule {casting!r}: src is {given}, dst is {target.dtype}", 306)
    values = asarray(src, target.dtype)
    _write("copyto", target, _core.select(where, values, asarray(target)), lambda a: ...)


def fill_diagonal(x: Any, val: ArrayLike, wrap: bool = False) -> None:
    """Writes on the main diagonal; that of a tall matrix begins again below itself where `wrap` is true."""
    if x.ndim < 2 or (x.ndim > 2 and len(set(x.shape)) > 1):
        raise ShapeError(f"fill_diagonal: not a matrix, nor equal sizes along all axes: the array is {x.shape}", 207)
    columns = x.shape[1]
    step = columns + 1 if x.ndim == 2 else 1 + int(np.cumprod(x.shape[:-1]).sum())
    stop = columns * columns if x.ndim == 2 and not wrap else x.size
    at = np.arange(0, min(stop, x.size), step)
    v = ravel(val)
    if at.size and v.size:
        _write("fill_diagonal", x, v[np.arange(at.size) % v.size], lambda a: np.unravel_index(at, a.shape))


def choose(x: ArrayLike, choices: Sequence[ArrayLike], *, mode: str = "raise") -> Array:
    """Elements of several arrays: at each place the one that x says."""
    at = whole(x)
    parts = [asarray(c) for c in choices]
    if at.dtype.kind not in "iub" or (mode == "raise" and at.size and not (0 <= at.min() <= at.max() < len(parts))):
        raise DomainError(
            f"choose: not a number of one of {len(parts)} choices: given {at.tolist()} of {at.dtype}", 405
        )
    at = asarray(_inside("choose", at, len(parts), mode))
    spread = broadcast_arrays(at, *parts)
    whole_stack = _core.concatenate([reshape(part, (1, *part.shape)) for part in spread[1:]], 0)
    return take_along_axis(whole_stack, reshape(spread[0], (1, *spread[0].shape)), 0)[0]


def select(condlist: Sequence[ArrayLike], choicelist: Sequence[ArrayLike], default: ArrayLike = 0) -> Array:
    """At each place the choice of the first condition that holds there."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ShapeError(f"select: numbers differ: conditions are {len(condlist)}, choices are {len(choicelist)}", 209)
    if any(asarray(c).dtype != bool for c in condlist):
        raise DTypeError(f"select: conditions are not bool: given {[asarray(c).dtype.name for c in condlist]}", 306)
    *choices, y = of_one_type(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        y = _core.select(condition, choice, y)
    return y


def piecewise(x: ArrayLike, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """At each place the function (or number) of the last condition that holds there; one more for where none does."""
    a = asarray(x)
    conditions = condlist if np.ndim(plain(condlist[0])) or not a.ndim else [condlist]
    masks = [np.asarray(plain(c), bool) for c in conditions]
    if len(funclist) not in (len(masks), len(masks) + 1):
        raise ShapeError(f"piecewise: numbers differ: conditions are {len(masks)}, functions are {len(funclist)}", 209)
    if len(funclist) > len(masks):
        masks.append(~np.any(masks, axis=0))
    y = _core.full(a.shape, 0.0, a.dtype.name)
    for mask, f in zip(masks, funclist, strict=True):
        y = _piece(y, np.broadcast_to(mask, a.shape), a, f, args, kw)
    return y


def _piece(y: Array, mask: Any, a: Array, f: Any, args: Any, kw: Any) -> Array:
    at = np.flatnonzero(mask)
    if not at.size:
        return y
    part = f(ravel(a)[at], *args, **kw) if callable(f) else f
    values = broadcast_to(asarray(part, y.dtype), at.shape)
    return reshape(_core.scatter_set(ravel(y), asarray(at), values), y.shape)


def compress(condition: ArrayLike, x: ArrayLike, axis: int | None = None) -> Array:
    """The elements (or slices along an axis) for which a condition holds."""
    a, k = line("compress", x, axis)
    mask = plain(condition)
    if np.ndim(mask) != 1:
        raise ShapeError(f"compress: condition is not a vector: it is {np.shape(mask)}", 207)
    return a[along(k, np.flatnonzero(mask))]


def extract(condition: ArrayLike, x: ArrayLike) -> Array:
    """The elements of the flattened array for which a condition holds."""
    return ravel(x)[np.flatnonzero(plain(condition))]


def ix_(*args: ArrayLike) -> tuple[Array, ...]:
    """Positions along each axis, shaped so that together they index a grid."""
    return tuple(asarray(part) for part in np.ix_(*(whole(x) for x in args)))


def tril(x: ArrayLike, k: int = 0) -> Array:
    """The lower triangle, zeros above the k-th diagonal."""
    return _core.tril(_matrix(x), k)


def triu(x: ArrayLike, k: int = 0) -> Array:
    """The upper triangle, zeros below the k-th diagonal."""
    return _core.triu(_matrix(x), k)


def _matrix(x: ArrayLike) -> Array:
    """x, a vector as the row of a square matrix."""
    a = asarray(x)
    return broadcast_to(a, (a.size, a.size)) if a.ndim == 1 else a


def diagonal(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Elements of the offset-th diagonal of two axes, along a new last axis."""
    a = asarray(x)
    if a.ndim < 2:
        raise ShapeError(f"diagonal: fewer than two axes: the array is {a.shape}", 207)
    i, j = (one_axis("diagonal", k, a.ndim) for k in (axis1, axis2))
    if i == j:
        raise ShapeError(f"diagonal: one axis twice: given {axis1} and {axis2}", 209)
    rest = [k for k in range(a.ndim) if k not in (i, j)]
    matrix = a._transpose_as((*rest, i, j))
    count = max(0, min(a.shape[i] + min(offset, 0), a.shape[j] - max(offset, 0)))
    positions = np.arange(count)
    return matrix[(..., positions - min(offset, 0), positions + max(offset, 0))]


def diag(x: ArrayLike, k: int = 0) -> Array:
    """The k-th diagonal of a matrix, or the matrix with a vector on it."""
    a = asarray(x)
    if a.ndim == 2:
        return diagonal(a, k)
    if a.ndim != 1:
        raise ShapeError(f"diag: neither a vector nor a matrix: the array is {a.shape}", 207)
    n = a.shape[0] + abs(k)
    steps = np.arange(a.shape[0])
    places = (steps - min(k, 0)) * n + steps + max(k, 0)
    flat = _core.scatter_set(_core.full((n * n,), 0.0, a.dtype.name), asarray(places), a)
    return _core.reshape(flat, (n, n))


def trace(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Array:
    """Sum along a diagonal of two axes."""
    return sum(diagonal(x, offset, axis1, axis2), -1, dtype)
