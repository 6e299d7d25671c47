"""Axes and plain values: what the functions of this namespace ask before they begin."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import ArgumentError, AxisError, DTypeError, ShapeError

Axis = int | Sequence[int] | None


def axis_number(name: str, axis: Any, what: str = "axis") -> int:
    """An axis, or another whole number, as it was given, if it is an integer."""
    try:
        return operator.index(axis)
    except TypeError:
        raise ArgumentError(f"{name}: {what}: an integer is wanted: given {axis!r:.80}") from None


def one_axis(name: str, axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    k = axis_number(name, axis)
    if not -ndim <= k < ndim:
        raise AxisError(f"{name}: axis out of range: axis is {k}, the array has {ndim} dimensions")
    return k % ndim


def some_axes(name: str, axis: Axis, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front, each once; all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    axes = tuple(one_axis(name, k, ndim) for k in given)
    if len(set(axes)) < len(axes):
        raise ShapeError(f"{name}: an axis is given twice: axis is {axis}", 209)
    return axes


def reduced_axes(name: str, axis: Axis, ndim: int) -> tuple[int, ...]:
    """Axes to reduce over; a number has one by courtesy."""
    return () if ndim == 0 and axis in (0, -1) else some_axes(name, axis, ndim)


def along(k: int, part: Any) -> tuple[Any, ...]:
    """The index that takes `part` of axis k and all of those before it."""
    return (*(slice(None),) * k, part)


def line(name: str, x: ArrayLike, axis: int | None) -> tuple[Array, int]:
    """One axis to run along: the flattened array's where none is given."""
    a = asarray(x)
    numbered = a.ndim == 0 and axis in (0, -1)
    return (a._view_as((a.size,)), 0) if axis is None or numbered else (a, one_axis(name, axis, a.ndim))


def shapes_differ(name: str, **given: Any) -> ShapeError:
    """The error for shapes that do not fit: what each of the operands was."""
    return ShapeError(f"{name}: shapes differ: {', '.join(f'{k} is {v}' for k, v in given.items())}", 201)


def known(x: ArrayLike) -> Any:
    """The values of x as a NumPy array, cut loose from any recording."""
    return np.asarray(_core.values(asarray(x)))


def whole(x: ArrayLike) -> Any:
    """The values of x as NumPy has them: an array of the integer type that was given."""
    return known(x) if isinstance(x, Array) or _holds_array(x) else np.asarray(x)


def positions(x: ArrayLike) -> Any:
    """Positions as NumPy has them; an Array of them where they differ from lane to lane of a vmap."""
    return x if isinstance(x, Array) and x._levels else whole(x)


def _holds_array(x: Any) -> bool:
    return isinstance(x, Array) or (isinstance(x, list | tuple) and any(map(_holds_array, x)))


def floating(x: ArrayLike, dtype: Any = None) -> Array:
    """x as an Array of floats, real or complex: integers and bools become float64."""
    a = asarray(x, dtype)
    return a if a.dtype.kind in "fc" else asarray(a, "float64")


def of_reals(name: str, x: ArrayLike) -> Array:
    """x as an Array of real floats; a function of real numbers refuses complex ones by its name."""
    a = floating(x)
    if a.dtype.kind == "c":
        raise DTypeError(f"{name}: element type: no meaning for {a.dtype}", 306)
    return a


def squared(x: Array) -> Array:
    """The square of the size: real for complex numbers too."""
    square = _core.elementwise.square
    return square(x) if x.dtype.kind != "c" else square(_core.real(x)) + square(_core.imag(x))


def floats(*operands: ArrayLike) -> tuple[Array, ...]:
    """Operands as Arrays of their common type, a float or complex; Python's numbers take that of the others."""
    d = common_type(*operands)
    return tuple(asarray(x, d if d.kind in "fc" else "float64") for x in operands)


def common_type(*operands: ArrayLike) -> np.dtype[Any]:
    """NumPy's type of a result: Python's numbers take that of the others."""
    return np.result_type(*(x if type(x) in (bool, int, float, complex) else asarray(x).dtype for x in operands))


def of_one_type(*operands: ArrayLike) -> tuple[Array, ...]:
    """Operands as Arrays of their common type."""
    d = common_type(*operands)
    return tuple(asarray(x, d) for x in operands)


def recorded(*operands: Any) -> bool:
    """Is one of these, or of what lists of these hold, on a tape?"""
    return any(x.recorded if isinstance(x, Array) else isinstance(x, list | tuple) and recorded(*x) for x in operands)


def plain(x: Any) -> Any:
    """x with NumPy's arrays in the place of Arrays, inside of lists, tuples and dicts too."""
    if isinstance(x, Array):
        return _core.values(x)
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


def constants(y: Any) -> Any:
    """NumPy's results as Arrays: arrays and their scalars, in tuples too; other things as they are."""
    if isinstance(y, tuple | list):
        each = [constants(part) for part in y]
        return type(y)(*each) if hasattr(y, "_fields") else type(y)(each)
    known_type = isinstance(y, np.ndarray | np.generic) and y.dtype.kind in "fiubc"
    return asarray(y) if known_type else y


def refuse_recorded(name: str, operands: Any) -> None:
    """Raises where a derivative would be lost without a word."""
    if recorded(*(operands.values() if isinstance(operands, dict) else operands)):
        raise DTypeError(
            f"{name}: no derivative rule: given a recorded array; use wengert.stop_gradient where none is meant", 303
        )
