"""Sums, extrema and what is made of them."""

from __future__ import annotations

from typing import Any

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import ShapeError

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "average",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "ptp",
    "sort",
    "std",
    "sum",
    "var",
]

Axis = int | tuple[int, ...] | None


def _axes(axis: Axis) -> tuple[int, ...] | None:
    return axis if axis is None else tuple(axis) if isinstance(axis, tuple | list) else (int(axis),)


def sum(x: ArrayLike, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """Sum along axes (all unless told); bools and integers add up as int64."""
    return _core.reduce("sum", x if dtype is None else asarray(x, dtype), _axes(axis), keepdims)


def prod(x: ArrayLike, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """Product along axes; its derivative is exact where elements are zero."""
    return _core.reduce("prod", x if dtype is None else asarray(x, dtype), _axes(axis), keepdims)


def max(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Largest element along axes; equal ones share the slope."""
    return _core.reduce("max", x, _axes(axis), keepdims)


def min(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Smallest element along axes; equal ones share the slope."""
    return _core.reduce("min", x, _axes(axis), keepdims)


def ptp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Largest minus smallest element along axes."""
    return max(x, axis, keepdims) - min(x, axis, keepdims)


def logsumexp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Logarithm of the sum of exponentials along axes, without overflow."""
    return _core.reduce("logsumexp", x, _axes(axis), keepdims)


def norm(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Euclidean length along axes; its gradient is 0 where it is 0."""
    return _core.reduce("norm", x, _axes(axis), keepdims)


def _count(name: str, x: Array, axis: Axis) -> int:
    n = 1
    for k in range(x.ndim) if axis is None else _axes(axis) or ():
        if not -x.ndim <= k < x.ndim:
            raise ShapeError(f"{name}: axis out of range: axis is {k}, the array has {x.ndim} dimensions")
        n *= x.shape[k]
    return n


def mean(x: ArrayLike, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """Arithmetic mean along axes; integers become float64."""
    a = asarray(x, dtype)
    count = _count("mean", a, axis)
    return sum(a if a.dtype.kind == "f" else asarray(a, "float64"), axis, None, keepdims) / count


def average(x: ArrayLike, axis: Axis = None, weights: ArrayLike = None, keepdims: bool = False) -> Array:
    """Mean along axes, weighted where weights are given."""
    if weights is None:
        return mean(x, axis, None, keepdims)
    a, w = asarray(x), asarray(weights)
    if w.ndim != a.ndim and isinstance(axis, int):
        w = w._view_as(tuple(n if k == axis % a.ndim else 1 for k, n in enumerate(a.shape)))
    return sum(a * w, axis, None, keepdims) / sum(_core.broadcast_to(w, a.shape), axis, None, keepdims)


def var(x: ArrayLike, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Array:
    """Variance along axes, the sum of squares over n - ddof."""
    return _variance("var", asarray(x, dtype), axis, ddof, keepdims)


def _variance(name: str, a: Array, axis: Axis, ddof: float, keepdims: bool) -> Array:
    count = _count(name, a, axis) - ddof
    return sum(_core.elementwise.square(a - mean(a, axis, None, True)), axis, None, keepdims) / count


def std(x: ArrayLike, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Array:
    """Standard deviation along axes."""
    return _core.elementwise.sqrt(_variance("std", asarray(x, dtype), axis, ddof, keepdims))


def all(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Are all elements true?"""
    return (
        _core.reduce("min", _core.elementwise.not_equal(x, 0), _axes(axis), keepdims)
        if asarray(x).size
        else asarray(True)
    )


def any(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Is any element true?"""
    return (
        _core.reduce("max", _core.elementwise.not_equal(x, 0), _axes(axis), keepdims)
        if asarray(x).size
        else asarray(False)
    )


def _line(x: ArrayLike, axis: int | None) -> tuple[Array, int]:
    """One axis to run along: the flattened array's where none is given."""
    a = asarray(x)
    return (_core.reshape(a, (a.size,)), 0) if axis is None else (a, int(axis))


def _position(name: str, x: ArrayLike, axis: int | None, keepdims: bool) -> Array:
    a, k = _line(x, axis)
    found = _core.reduce(name, a, (k,), keepdims)
    return _core.reshape(found, (1,) * asarray(x).ndim) if keepdims and axis is None else found


def argmax(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Array:
    """Position of the largest element, the first of equal ones; in the flattened array unless an axis is given."""
    return _position("argmax", x, axis, keepdims)


def argmin(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Array:
    """Position of the smallest element, the first of equal ones; in the flattened array unless an axis is given."""
    return _position("argmin", x, axis, keepdims)


def cumsum(x: ArrayLike, axis: int | None = None) -> Array:
    """Running sum along an axis, of the flattened array unless one is given."""
    return _core.cumsum(*_line(x, axis))


def cumprod(x: ArrayLike, axis: int | None = None) -> Array:
    """Running product along an axis, of the flattened array unless one is given."""
    return _core.cumprod(*_line(x, axis))


def sort(x: ArrayLike, axis: int | None = -1) -> Array:
    """Elements in ascending order along an axis; the derivative follows the elements."""
    return _core.sort(*_line(x, axis))


def argsort(x: ArrayLike, axis: int | None = -1, kind: str | None = None, stable: bool | None = None) -> Array:
    """Positions that put an axis in ascending order; equal elements keep theirs, whatever is asked."""
    return _core.argsort(*_line(x, axis))
