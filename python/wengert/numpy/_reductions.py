"""Sums, products, extrema along axes, running ones, and order."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError
from wengert.numpy._axes import Axis, axis_number, known, line, one_axis, plain, reduced_axes

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "logsumexp",
    "max",
    "min",
    "norm",
    "partition",
    "prod",
    "ptp",
    "sort",
    "sum",
]


def _axes(name: str, axis: Any) -> tuple[int, ...] | None:
    given = axis if isinstance(axis, tuple | list) else (axis,)
    return None if axis is None else tuple(axis_number(name, k) for k in given)


def _reduce(name: str, x: ArrayLike, axis: Axis, keepdims: bool, initial: ArrayLike, where: Any, unit: Any) -> Array:
    """A reduction of what a mask lets through; `unit` changes nothing."""
    if where is not True:
        if unit is None and initial is None:
            raise DomainError(f"{name}: where without initial: no value to give where nothing is taken", 405)
        a = asarray(x)
        x = _core.select(where, a, asarray(initial if unit is None else unit, a.dtype))
    if (axis == 0 or axis == -1) and asarray(x).ndim == 0:
        axis = None
    return _core.reduce(name, x, _axes(name, axis), bool(keepdims))


def sum(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: ArrayLike = None,
    where: ArrayLike = True,
) -> Array:
    """Sum along axes (all unless told); bools and integers add up in 64 bits."""
    if axis is None and dtype is None and initial is None and where is True:
        return _core.reduce("sum", x, None, keepdims)
    y = _reduce("sum", x if dtype is None else asarray(x, dtype), axis, keepdims, initial, where, 0)
    y = y if dtype is None else asarray(y, dtype)
    return y if initial is None else y + asarray(initial, y.dtype)


def prod(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: ArrayLike = None,
    where: ArrayLike = True,
) -> Array:
    """Product along axes; its derivative is exact where elements are zero."""
    y = _reduce("prod", x if dtype is None else asarray(x, dtype), axis, keepdims, initial, where, 1)
    y = y if dtype is None else asarray(y, dtype)
    return y if initial is None else y * asarray(initial, y.dtype)


def _extreme(name: str, x: ArrayLike, axis: Axis, keepdims: bool, initial: ArrayLike, where: Any) -> Array:
    if axis is None and initial is None and where is True:
        return _core.reduce(name, x, None, keepdims)
    if initial is None:
        return _reduce(name, x, axis, keepdims, initial, where, None)
    a, choose = asarray(x), getattr(_core.elementwise, name + "imum")
    start = asarray(initial, a.dtype)
    if 0 in (a.shape[k] for k in reduced_axes(name, axis, a.ndim)):
        return sum(a, axis, a.dtype, keepdims=keepdims) + start
    return choose(_reduce(name, a, axis, keepdims, start, where, None), start)  # type: ignore[no-any-return]


def max(
    x: ArrayLike, axis: Axis = None, *, keepdims: bool = False, initial: ArrayLike = None, where: ArrayLike = True
) -> Array:
    """Largest element along axes; equal ones share the slope."""
    return _extreme("max", x, axis, keepdims, initial, where)


def min(
    x: ArrayLike, axis: Axis = None, *, keepdims: bool = False, initial: ArrayLike = None, where: ArrayLike = True
) -> Array:
    """Smallest element along axes; equal ones share the slope."""
    return _extreme("min", x, axis, keepdims, initial, where)


amax, amin = max, min


def ptp(x: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """Largest minus smallest element along axes."""
    return max(x, axis, keepdims=keepdims) - min(x, axis, keepdims=keepdims)


def logsumexp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Logarithm of the sum of exponentials along axes, without overflow."""
    return _core.reduce("logsumexp", x, _axes("logsumexp", axis), keepdims)


def norm(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Euclidean length along axes; its gradient is 0 where it is 0."""
    a = asarray(x)
    size = _core.elementwise.absolute(a) if a.dtype.kind == "c" else a
    return _core.reduce("norm", size, _axes("norm", axis), keepdims)


def _question(name: str, x: ArrayLike, axis: Axis, keepdims: bool, where: Any) -> Array:
    if where is True and asarray(x).size:
        extreme = "min" if name == "all" else "max"
        return _core.detached(
            _core.reduce(extreme, _core.elementwise.not_equal(x, 0), _axes(name, axis), bool(keepdims))
        )
    answers = getattr(np, name)(known(x), axis=plain(axis), keepdims=keepdims, where=plain(where))
    return asarray(answers)


def all(x: ArrayLike, axis: Axis = None, *, keepdims: bool = False, where: ArrayLike = True) -> Array:
    """Are all elements true?"""
    return _question("all", x, _checked("all", x, axis), keepdims, where)


def any(x: ArrayLike, axis: Axis = None, *, keepdims: bool = False, where: ArrayLike = True) -> Array:
    """Is any element true?"""
    return _question("any", x, _checked("any", x, axis), keepdims, where)


def count_nonzero(x: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """How many elements are not zero, along axes; a constant."""
    return asarray(np.count_nonzero(known(x), axis, keepdims=keepdims))


def _checked(name: str, x: ArrayLike, axis: Axis) -> Axis:
    return axis if axis is None else reduced_axes(name, axis, asarray(x).ndim)


def _position(name: str, x: ArrayLike, axis: int | None, keepdims: bool) -> Array:
    a, k = line(name, x, axis)
    found = _core.reduce(name, a, (k,), keepdims)
    found = _core.reshape(found, (1,) * asarray(x).ndim) if keepdims and axis is None else found
    return _core.detached(found)


def argmax(x: ArrayLike, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Position of the largest element, the first of equal ones; in the flattened array unless an axis is given."""
    return _position("argmax", x, axis, keepdims)


def argmin(x: ArrayLike, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Position of the smallest element, the first of equal ones; in the flattened array unless an axis is given."""
    return _position("argmin", x, axis, keepdims)


def cumsum(x: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Running sum along an axis, of the flattened array unless one is given."""
    y = _core.cumsum(*line("cumsum", asarray(x, dtype), axis))
    return y if dtype is None else asarray(y, dtype)


def cumprod(x: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Running product along an axis, of the flattened array unless one is given."""
    y = _core.cumprod(*line("cumprod", asarray(x, dtype), axis))
    return y if dtype is None else asarray(y, dtype)


def _running(name: str, x: ArrayLike, axis: int | None, dtype: Any, include_initial: bool) -> Array:
    a = asarray(x, dtype)
    if axis is None and a.ndim > 1:
        raise DomainError(f"cumulative_{name}: no axis given: the array is {a.shape}", 405)
    a, k = (a if a.ndim else a._view_as((1,))), one_axis(f"cumulative_{name}", axis or 0, a.ndim or 1)
    y = (_core.cumsum if name == "sum" else _core.cumprod)(a, k)
    y = y if dtype is None else asarray(y, dtype)
    if not include_initial:
        return y
    first = _core.full((*a.shape[:k], 1, *a.shape[k + 1 :]), 0.0 if name == "sum" else 1.0, y.dtype.name)
    return _core.concatenate([first, y], k)


def cumulative_sum(
    x: ArrayLike, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Array:
    """Running sum along an axis, the empty sum in front where asked for."""
    return _running("sum", x, axis, dtype, include_initial)


def cumulative_prod(
    x: ArrayLike, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Array:
    """Running product along an axis, the empty product in front where asked for."""
    return _running("prod", x, axis, dtype, include_initial)


def sort(
    x: ArrayLike,
    axis: int | None = -1,
    kind: Any = None,
    order: Any = None,
    *,
    descending: bool = False,
    stable: bool | None = True,
) -> Array:
    """Elements in ascending order along an axis; the derivative follows the elements. Always stable."""
    a = asarray(x)
    a, k = line("sort", a, axis if axis is None else one_axis("sort", axis, a.ndim))
    return _core.flip(_core.sort(_core.flip(a, k), k), k) if descending else _core.sort(a, k)


def argsort(
    x: ArrayLike,
    axis: int | None = -1,
    kind: Any = None,
    order: Any = None,
    *,
    descending: bool = False,
    stable: bool | None = True,
) -> Array:
    """Positions that put an axis in ascending order; equal elements keep theirs, whatever is asked."""
    a = asarray(x)
    a, k = line("argsort", a, axis if a.ndim else None)
    if descending:
        return _core.detached(a.shape[k] - 1 - _core.flip(_core.argsort(_core.flip(a, k), k), k))
    return _core.detached(_core.argsort(a, k))


def partition(x: ArrayLike, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Array:
    """Elements along an axis so that the k-th is in its place, none above it before, none below it behind."""
    from wengert.numpy._indexing import take_along_axis

    a, k = line("partition", x, axis)
    return take_along_axis(a, np.argpartition(known(a), plain(kth), k), k)
