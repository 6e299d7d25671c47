"""x.at[index]: copies of an array with some of its elements changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DTypeError, ShapeError
from wengert.numpy._lanes import differing, one_lane_at_a_time

__all__ = ["At", "Place"]


class At:
    """What x.at is: index it to say which elements are meant."""

    def __init__(self, x: Array) -> None:
        self._x = x

    def __getitem__(self, index: Any) -> Place:
        return Place(self._x, index)


class Place:
    """Elements of x at an index. Where positions repeat, every one of the values counts.

    Each method returns a new Array; x stays as it is.
    """

    def __init__(self, x: Array, index: Any) -> None:
        self._x, self._index = x, index

    def get(self) -> Array:
        """The elements."""
        return self._x[self._index]

    def set(self, values: ArrayLike) -> Array:
        """x with values in their place, the last one where positions repeat."""
        y = _core.reshape(self._x, self._x.shape)
        y[self._index] = values
        return y

    def apply(self, f: Callable[[Array], ArrayLike]) -> Array:
        """x with f of the elements in their place: f once, also where positions repeat."""
        return self.set(f(self.get()))

    def add(self, values: ArrayLike) -> Array:
        """x with values added."""
        at, v = _positions(self._x, self._index, "add", values)
        if v.dtype.kind == "c" != self._x.dtype.kind:
            raise DTypeError(f"at.add: element type: the array is {self._x.dtype}, the values are {v.dtype}", 306)
        flat = _core.reshape(self._x, (self._x.size,))
        d = np.promote_types(flat.dtype, v.dtype) if flat.dtype.kind == v.dtype.kind else flat.dtype
        moved = _core.scatter_add(asarray(flat, d), asarray(at), asarray(v, d))
        return asarray(_core.reshape(moved, self._x.shape), self._x.dtype)

    def subtract(self, values: ArrayLike) -> Array:
        """x with values subtracted."""
        return self.add(-asarray(values))

    def multiply(self, values: ArrayLike) -> Array:
        """x with elements times values."""
        return _grouped(self._x, self._index, "multiply", "prod", 1, values)

    def divide(self, values: ArrayLike) -> Array:
        """x with elements over values."""
        return _grouped(self._x, self._index, "divide", "prod", 1, values)

    def power(self, values: ArrayLike) -> Array:
        """x with elements to the power of values, one power after the other where positions repeat."""
        return _grouped(self._x, self._index, "power", "prod", 1, values)

    def min(self, values: ArrayLike) -> Array:
        """x with the smaller of elements and values."""
        return _grouped(self._x, self._index, "minimum", "min", np.inf, values)

    def max(self, values: ArrayLike) -> Array:
        """x with the larger of elements and values."""
        return _grouped(self._x, self._index, "maximum", "max", -np.inf, values)

    mul = multiply


def _positions(x: Array, index: Any, name: str, values: ArrayLike) -> tuple[Any, Array]:
    """Positions in the flattened array, and a value for each."""
    numbers = np.arange(x.size).reshape(x.shape)
    if differing(index):
        at: Any = asarray(numbers)[index]
    else:
        at = np.asarray(numbers[tuple(map(_plain, index)) if isinstance(index, tuple) else _plain(index)])
    v = asarray(values) if isinstance(values, Array) or np.ndim(values) else asarray(values, _weak(values, x))
    try:
        return at.ravel(), _core.reshape(_core.broadcast_to(v, at.shape), (at.size,))
    except ShapeError:
        raise ShapeError(f"at.{name}: shapes differ: the place is {at.shape}, the values are {v.shape}", 201) from None


def _grouped_at_known(x: Array, index: Any, name: str, reduction: str, unit: float, values: ArrayLike) -> Array:
    """One step for all values that meet at a position: what `reduction` makes of them."""
    at, v = _positions(x, index, name, values)
    places, group, counts = np.unique(at, return_inverse=True, return_counts=True)
    repeated = counts.size and counts.max() > 1
    v = _reduced(v, group, counts, reduction, unit) if repeated else v[np.argsort(group)]
    flat = _core.reshape(x, (x.size,))
    y = getattr(_core.elementwise, name)(flat[places], v)
    changed = _core.scatter_set(flat, asarray(places), asarray(y, flat.dtype))
    return _core.reshape(changed, x.shape)


_grouped = one_lane_at_a_time(_grouped_at_known, "index")


def _plain(index: Any) -> Any:
    return _core.values(index) if isinstance(index, Array) else index


def _weak(value: Any, x: Array) -> Any:
    """The type that a Python number takes beside x."""
    return x.dtype if type(value) in (int, bool) or (type(value) is float and x.dtype.kind in "fc") else None


def _reduced(v: Array, group: Any, counts: Any, reduction: str, unit: float) -> Array:
    """Values of each group in a row, filled up with a number that changes nothing, and reduced."""
    order = np.argsort(group, kind="stable")
    rank = np.arange(v.size) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((counts.size, counts.max()), v.size)
    table[group[order], rank] = order
    limits = np.iinfo(v.dtype) if v.dtype.kind in "iu" else None
    fill = unit if limits is None or reduction == "prod" else limits.max if unit > 0 else limits.min
    padded = _core.concatenate([v, asarray(np.full(1, fill, v.dtype))], 0)
    return _core.reduce(reduction, padded[table], (1,), False)
