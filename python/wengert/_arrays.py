"""Arrays made from nothing, from other arrays, and cut loose from the tape."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.exceptions import ComplexWarning

from wengert import _core, _tree
from wengert._core import Array
from wengert._frames import hide
from wengert.errors import ArgumentError, AxisError, DomainError, DTypeError, Error, OptionError

__all__ = [
    "Array",
    "arange",
    "array",
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
    one = isinstance(shape, int | np.integer) or getattr(shape, "ndim", None) == 0
    try:
        return (operator.index(shape),) if one else tuple(operator.index(n) for n in shape)  # type: ignore[arg-type, union-attr]
    except TypeError as error:
        raise (
            error
            if isinstance(error, Error)
            else ArgumentError(f"shape: whole numbers are wanted: given {shape!r:.80}")
        ) from None


@lru_cache(maxsize=256)
def dtype_name(dtype: Any) -> str:
    """The name of an element type, however it is given; NumPy takes microseconds to spell one."""
    try:
        return str(np.dtype(dtype).name)
    except TypeError:
        raise DTypeError(f"dtype: unknown: given {dtype!r:.80}", 305) from None


def refused(name: str, error: Exception, *given: Any) -> Error:
    """What NumPy says of its arguments, as an error of ours of the same kind that names the operation."""
    if isinstance(error, Error):
        return error
    shown = ", ".join(f"an array of {x.dtype} {x.shape}" if hasattr(x, "dtype") else f"{x!r:.40}" for x in given)
    text = f"{name}: NumPy takes no such arguments: given {shown}: {str(error).partition('. ')[0]:.200}"
    if isinstance(error, np.exceptions.AxisError):
        return AxisError(text)
    return ArgumentError(text) if isinstance(error, TypeError) else DomainError(text, 405)


def on_cpu(name: str, device: Any, known: str = '"cpu"') -> None:
    """Refuses any device but those known."""
    if device is not None and device != "cpu":
        raise OptionError(f"{name}: unknown device: given {device!r}, expected {known}")


def asarray(
    x: ArrayLike, dtype: Any = None, order: Any = None, *, device: str | None = None, copy: bool | None = None
) -> Array:
    """Array of the numbers in x: a number, an array, or nested lists of these.

    x       : any of NumPy's bools, integers, floats and complex numbers, of any shape; float16 becomes float32,
              longer types are refused. A recorded array keeps its place on the tape
    dtype   : element type of the result, by default that of x
    order   : as NumPy has it; the layout of memory cannot be told
    device  : "cpu"; or "webgpu", for a wengert.webgpu.DeviceArray (see docs/webgpu.md)
    copy    : True: an Array of its own; False: x itself, or an error; by default x itself where that can be
    returns : Array of x's shape; it holds a copy of what is no Array, so later writes to x are not seen
    raises  : DTypeError for strings, objects, longdouble; DomainError where copy=False cannot be, and for an integer
              of Python's that dtype cannot hold; OptionError for another device
    cost    : one copy; none if x is an Array already, or a large NumPy array that owns its memory and is read-only
    source  : numpy.asarray; device and copy as in the array API standard

    >>> asarray([1.0, 2.0]).shape
    (2,)
    """
    try:
        if device is not None and device != "cpu":
            return _on_device(x, dtype, device)  # type: ignore[no-any-return]  # what only device="webgpu" gives
        y = x if isinstance(x, Array) else _core.asarray(x)
        if dtype is not None:
            if type(x) in (int, list, tuple):
                _in_range(y, np.dtype(dtype))
            y = _converted(y, dtype_name(dtype))
        if copy is None:
            return y
        if copy is False and (not isinstance(x, Array) or x.dtype != y.dtype):
            said = f"the values have to be copied: given {_described(x)} for {y.dtype}"
            raise DomainError(f"asarray: copy=False: {said}", 405)
        return _core.alias(y) if copy else x if copy is False else y
    except BaseException as error:
        hide(error)
        raise


def _on_device(x: Any, dtype: Any, device: Any) -> Any:
    if device != "webgpu":
        on_cpu("asarray", device, '"cpu" or "webgpu"')
    from wengert.webgpu import asarray as there

    return there(x, dtype)


def _in_range(y: Array, target: np.dtype[Any]) -> None:
    """Refuses Python's integers that the type cannot hold, where NumPy's would wrap around."""
    whole = y.dtype.kind in "iu" and target.kind in "iu" and y.dtype != target
    if not whole or y.size == 0 or y._levels:
        return
    numbers, limits = np.asarray(y), np.iinfo(target)
    for n in (int(numbers.min()), int(numbers.max())):
        if not limits.min <= n <= limits.max:
            raise DomainError(f"asarray: integer out of range: {n} does not fit {target}", 405)


def _converted(y: Array, name: str) -> Array:
    if y.dtype.kind == "c" and name[0] not in "cb":
        text = "asarray: a complex number becomes real: its imaginary part is discarded"
        warnings.warn(text, ComplexWarning, stacklevel=3)
    return _core.converted(y, name)


def _described(x: ArrayLike) -> str:
    return f"{type(x).__name__} of {x.dtype}" if hasattr(x, "dtype") else type(x).__name__


def array(
    x: ArrayLike,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: Any = None,
    subok: bool = False,
    ndmin: int = 0,
) -> Array:
    """Array of the numbers in x, one of its own unless told; with axes of size 1 in front of fewer than `ndmin`.

    >>> array([1.0, 2.0], ndmin=2).shape
    (1, 2)
    """
    y = asarray(x, dtype, copy=copy)
    return y if y.ndim >= ndmin else _core.reshape(y, (1,) * (ndmin - y.ndim) + y.shape)


def stop_gradient(x: Any) -> Any:
    """The value of x with no derivative: a constant to every transform.

    x       : array or number, any shape, or a tree of these
    returns : Array of the same values (a tree of them), not recorded; `float` and `numpy.asarray` of it are allowed
    raises  : DTypeError for what is no number
    cost    : none
    source  : Bradbury et al., JAX (2018): the name

    >>> float(stop_gradient(2.0))
    2.0
    """
    if isinstance(x, Array | np.ndarray | np.generic | float | int | complex):
        return _core.detached(asarray(x))
    leaves, unflatten = _tree.flatten(x)
    return unflatten([_core.detached(asarray(leaf)) for leaf in leaves])


def full(
    shape: Shape, fill_value: ArrayLike, dtype: Any = None, order: Any = None, *, device: str | None = None
) -> Array:
    """Array of the given shape, every element `fill_value`; float64 unless told (or the type of an integer or bool).

    shape                : (n, ...), or one size
    fill_value           : a number or an array that broadcasts to the shape; it may be recorded
    dtype, order, device : as asarray
    returns              : Array of that shape
    raises               : ShapeError if the value does not broadcast; OptionError for another device
    cost                 : one pass over the elements; none for an array that is spread
    source               : numpy.full

    >>> full((2,), 7.0)
    Array([7., 7.])
    """
    on_cpu("full", device)
    if isinstance(fill_value, float | bool):
        kind: Any = type(fill_value) if dtype is None else dtype
        return _core.full(shape_tuple(shape), float(fill_value), dtype_name(kind))
    if isinstance(fill_value, Array) or np.ndim(fill_value):
        return _core.broadcast_to(asarray(fill_value, dtype), shape_tuple(shape))
    if not isinstance(fill_value, int | complex | np.generic):
        asarray(fill_value)  # refuses what is no number
    return asarray(np.full(shape_tuple(shape), fill_value, dtype))


def zeros(shape: Shape, dtype: Any = None, order: Any = None, *, device: str | None = None) -> Array:
    """Array of zeros, float64 unless told.

    shape, dtype, order, device, returns, raises, cost : as full
    source : numpy.zeros

    >>> zeros(2)
    Array([0., 0.])
    """
    return full(shape, 0.0, dtype, device=device)


def ones(shape: Shape, dtype: Any = None, order: Any = None, *, device: str | None = None) -> Array:
    """Array of ones, float64 unless told.

    shape, dtype, order, device, returns, raises, cost : as full
    source : numpy.ones

    >>> ones(2)
    Array([1., 1.])
    """
    return full(shape, 1.0, dtype, device=device)


def zeros_like(
    x: ArrayLike,
    dtype: Any = None,
    order: Any = None,
    subok: bool = True,
    shape: Shape | None = None,
    *,
    device: str | None = None,
) -> Array:
    """Zeros in the shape and type of x.

    x       : array, number or nested list
    dtype, order : as full; the type is x's unless told
    subok   : taken as NumPy has it; there are no subclasses
    shape   : another one than x's
    device, returns, raises, cost : as full
    source  : numpy.zeros_like

    >>> zeros_like([1.0, 2.0])
    Array([0., 0.])
    """
    y = asarray(x)
    return zeros(y.shape if shape is None else shape, dtype or y.dtype, device=device)


def ones_like(
    x: ArrayLike,
    dtype: Any = None,
    order: Any = None,
    subok: bool = True,
    shape: Shape | None = None,
    *,
    device: str | None = None,
) -> Array:
    """Ones in the shape and type of x.

    x, dtype, order, subok, shape, device, returns, raises, cost : as zeros_like
    source : numpy.ones_like

    >>> ones_like([1.0, 2.0])
    Array([1., 1.])
    """
    y = asarray(x)
    return ones(y.shape if shape is None else shape, dtype or y.dtype, device=device)


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: Any = None,
    order: Any = None,
    *,
    device: str | None = None,
) -> Array:
    """Ones on the k-th diagonal of an (N, M) array of zeros.

    N, M                 : rows and columns; as many columns as rows unless told
    k                    : which diagonal: above the main one if positive, below it if negative
    dtype, order, device : as full
    returns              : Array (N, M)
    raises               : OptionError for another device; ArgumentError and DomainError for what is no size
    cost                 : one pass over the elements
    source               : numpy.eye

    >>> eye(2)
    Array([[1., 0.],
           [0., 1.]])
    """
    on_cpu("eye", device)
    columns = N if M is None else M
    try:
        return asarray(np.eye(N, M, max(-N, min(k, columns)), dtype=dtype or float))  # k may be of any size
    except (TypeError, ValueError) as error:
        raise refused("eye", error, N, M, k) from None


def arange(
    start: float,
    /,
    stop: float | None = None,
    step: float | None = 1,
    *,
    dtype: Any = None,
    device: str | None = None,
) -> Array:
    """Evenly spaced numbers from start (0 where it is the only one) to before stop.

    start, stop, step : plain numbers, in one unit
    dtype, device     : as full; the type is that of the numbers unless told
    returns           : Array (ceil((stop - start) / step),)
    raises            : OptionError for another device; DomainError for a step of 0; ArgumentError for what is no number
    cost              : one pass over the elements
    source            : numpy.arange

    >>> arange(3)
    Array([0, 1, 2])
    """
    on_cpu("arange", device)
    numpys: Any = np.arange
    first, end = (0, start) if stop is None and start is not None else (start, stop)
    try:
        return asarray(numpys(first, end, step, dtype=dtype))
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise refused("arange", error, start, stop, step) from None


def where(condition: ArrayLike, x: ArrayLike = None, y: ArrayLike = None, /) -> Any:
    """x where the condition holds, y elsewhere; the side not taken gets a gradient of exactly 0, never NaN.

    condition, x, y : arrays that broadcast against each other; x and y in one unit
    returns         : Array of the broadcast shape; without x and y the positions where the condition holds
    raises          : ShapeError if they do not broadcast; TypeError for one of x and y without the other
    cost            : one pass over the elements; both sides are computed by the caller
    source          : numpy.where

    >>> where([True, False], 1.0, 2.0)
    Array([1., 2.])
    """
    if x is None and y is None:
        return tuple(asarray(i) for i in np.nonzero(_core.values(asarray(condition))))
    if x is None or y is None:
        raise ArgumentError("where: one branch is missing: give both x and y, or neither for the positions")
    return _core.select(condition, x, y)


def release_memory() -> None:
    """Hands memory that waits to be used again back to the system.

    raises : nothing
    cost   : the next large arrays take the system's time for new pages

    >>> release_memory()
    """
    _core.release_memory()
