"""Arrays made from nothing, from other arrays, and cut loose from the tape."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.exceptions import ComplexWarning

from wengert import _core
from wengert._core import Array

__all__ = [
    "Array",
    "arange",
    "asarray",
    "eye",
    "full",
    "ones",
    "ones_like",
    "release_memory",
    "stop_gradient",
    "where",
    "zeros",
    "zeros_like",
]

ArrayLike = Any
Shape = int | Sequence[int]


def shape_tuple(shape: Shape) -> tuple[int, ...]:
    """A shape as NumPy takes it: one size, or a sequence of sizes."""
    return (int(shape),) if isinstance(shape, int | np.integer) else tuple(operator.index(n) for n in shape)


def asarray(x: ArrayLike, dtype: Any = None) -> Array:
    """Array of the numbers in x: a number, an array, or nested lists of these.

    x       : any of NumPy's bools, integers, floats and complex numbers, of any shape; float16 becomes float32,
              longer types are refused. A recorded array keeps its place on the tape
    dtype   : element type of the result, by default that of x
    returns : Array of x's shape; it holds a copy, so later writes to x are not seen
    raises  : DTypeError for strings, objects, longdouble
    cost    : one copy; none if x is an Array already, or a large NumPy array that owns its memory and is read-only

    >>> asarray([1.0, 2.0]).shape
    (2,)
    """
    y = x if isinstance(x, Array) else _core.asarray(x)
    if dtype is None:
        return y
    if y.dtype.kind == "c" and np.dtype(dtype).kind not in "cb":
        warnings.warn(
            "asarray: a complex number becomes real: its imaginary part is discarded", ComplexWarning, stacklevel=2
        )
    return _core.converted(y, np.dtype(dtype).name)


def stop_gradient(x: ArrayLike) -> Array:
    """The value of x with no derivative: a constant to every transform.

    x       : array or number, any shape
    returns : Array of the same values, not recorded; `float` and `numpy.asarray` of it are allowed

    >>> float(stop_gradient(2.0))
    2.0
    """
    return _core.detached(asarray(x))


def full(shape: Shape, fill_value: ArrayLike, dtype: Any = None) -> Array:
    """Array of the given shape, every element `fill_value`; float64 unless told (or the type of an integer or bool).

    shape      : (n, ...)
    fill_value : a number or an array that broadcasts to the shape; it may be recorded

    >>> full((2,), 7.0)
    Array([7., 7.])
    """
    if isinstance(fill_value, Array) or np.ndim(fill_value):
        return _core.broadcast_to(asarray(fill_value, dtype), shape_tuple(shape))
    name = np.dtype(dtype).name if dtype is not None else np.asarray(fill_value).dtype.name
    wide = isinstance(fill_value, int | np.integer) and abs(int(fill_value)) >= 2**53
    if wide or isinstance(fill_value, complex | np.complexfloating):
        return asarray(np.full(shape_tuple(shape), fill_value, name))
    return _core.full(shape_tuple(shape), float(fill_value), name)


def zeros(shape: Shape, dtype: Any = None) -> Array:
    """Array of zeros, float64 unless told.

    >>> zeros(2)
    Array([0., 0.])
    """
    return full(shape, 0.0, dtype)


def ones(shape: Shape, dtype: Any = None) -> Array:
    """Array of ones, float64 unless told.

    >>> ones(2)
    Array([1., 1.])
    """
    return full(shape, 1.0, dtype)


def zeros_like(
    x: ArrayLike, dtype: Any = None, order: str = "K", subok: bool = True, shape: Shape | None = None
) -> Array:
    """Zeros in the shape and type of x.

    >>> zeros_like([1.0, 2.0])
    Array([0., 0.])
    """
    y = asarray(x)
    return zeros(y.shape if shape is None else shape, dtype or y.dtype)


def ones_like(
    x: ArrayLike, dtype: Any = None, order: str = "K", subok: bool = True, shape: Shape | None = None
) -> Array:
    """Ones in the shape and type of x.

    >>> ones_like([1.0, 2.0])
    Array([1., 1.])
    """
    y = asarray(x)
    return ones(y.shape if shape is None else shape, dtype or y.dtype)


def eye(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> Array:
    """Ones on the k-th diagonal of an (n, m) array of zeros; m is n unless told.

    >>> eye(2)
    Array([[1., 0.],
           [0., 1.]])
    """
    return asarray(np.eye(n, m, k, dtype=dtype or float))


def arange(*args: float, dtype: Any = None) -> Array:
    """Evenly spaced numbers, as numpy.arange(start, stop, step).

    >>> arange(3)
    Array([0, 1, 2])
    """
    return asarray(np.arange(*args, dtype=dtype))


def where(condition: ArrayLike, x: ArrayLike = None, y: ArrayLike = None) -> Any:
    """x where the condition holds, y elsewhere; the side not taken gets a gradient of exactly 0, never NaN.

    condition, x, y : arrays that broadcast against each other
    returns         : Array of the broadcast shape; without x and y the positions where the condition holds

    >>> where([True, False], 1.0, 2.0)
    Array([1., 2.])
    """
    if x is None and y is None:
        return tuple(asarray(i) for i in np.nonzero(_core.values(asarray(condition))))
    if x is None or y is None:
        raise TypeError("where: one branch is missing: give both x and y, or neither for the positions")
    return _core.select(condition, x, y)


def release_memory() -> None:
    """Hands memory that waits to be used again back to the system."""
    _core.release_memory()
