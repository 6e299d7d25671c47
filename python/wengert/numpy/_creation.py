"""Arrays made from numbers: ranges, grids, matrices of a kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, Shape, asarray, eye, full, on_cpu, refused, shape_tuple, zeros
from wengert._core import Array
from wengert.errors import ArgumentError, DomainError, DTypeError, ExchangeError, OptionError, ShapeError
from wengert.numpy._axes import axis_number, constants, floats
from wengert.numpy._indexing import diag
from wengert.numpy._reductions import cumprod
from wengert.numpy._shapes import broadcast_arrays, broadcast_to, moveaxis, ravel, reshape

__all__ = [
    "astype",
    "copy",
    "diagflat",
    "empty",
    "empty_like",
    "from_dlpack",
    "fromfunction",
    "full_like",
    "geomspace",
    "identity",
    "linspace",
    "logspace",
    "meshgrid",
    "vander",
]


def _floats(start: ArrayLike, stop: ArrayLike) -> tuple[Array, Array]:
    spread = broadcast_arrays(*floats(start, stop))
    return spread[0], spread[1]


def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: str | None = None,
) -> Any:
    """`num` evenly spaced numbers from start to stop, both included unless `endpoint` is false.

    start, stop   : numbers or arrays (...), that may be recorded
    num           : how many, at least 0
    endpoint      : is stop the last of them?
    retstep       : return their distance too
    dtype         : of the result, as asarray
    axis          : where the new axis goes
    device        : "cpu"
    returns       : Array (num, ...), the new axis at `axis`; with `retstep` the distance too
    raises        : DomainError for a negative num or ends that do not fit; ArgumentError for what is no number
    cost          : one pass over the elements
    source        : numpy.linspace

    >>> linspace(0.0, 1.0, 3)
    Array([0. , 0.5, 1. ])
    """
    on_cpu("linspace", device)
    if axis_number("linspace", num, "num") < 0:
        raise DomainError(f"linspace: a negative number of samples: num is {num}", 405)
    if not isinstance(start, Array) and not isinstance(stop, Array):
        numpys: Any = np.linspace
        try:
            return constants(numpys(start, stop, num, endpoint, retstep, dtype, axis))
        except (TypeError, ValueError) as error:
            raise refused("linspace", error, start, stop, num) from None
    a, b = _floats(start, stop)
    gaps = num - 1 if endpoint else num
    step = (b - a) / gaps if gaps > 0 else (b - a) * np.nan
    k = np.arange(num).reshape((-1,) + (1,) * a.ndim)
    y = a + step * asarray(k, a.dtype) if gaps > 0 else broadcast_to(a, (num, *a.shape))
    y = moveaxis(_core.select(k == gaps, b, y) if endpoint and num > 1 else y, 0, axis)
    if dtype is not None:
        y = asarray(_core.elementwise.floor(y) if np.dtype(dtype).kind in "iu" else y, dtype)
    return (y, step) if retstep else y


def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: ArrayLike = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    """base to the power of evenly spaced numbers."""
    power = linspace(start, stop, num, endpoint, axis=axis)
    y = _core.elementwise.power(base, power)
    return y if dtype is None else asarray(y, dtype)


def geomspace(
    start: ArrayLike, stop: ArrayLike, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Array:
    """Numbers from start to stop, each the same multiple of the one before; of one sign, and none of them zero.

    Complex ones lie on a spiral.
    """
    a, b = (asarray(x, np.result_type(x.dtype, "float64")) for x in _floats(start, stop))
    sign, other = np.sign(_core.values(a)), np.sign(_core.values(b))
    if np.any(sign * other == 0) or (a.dtype.kind != "c" and np.any(sign != other)):
        raise DomainError("geomspace: zero lies in between: start and stop must be of one sign", 405)
    log10, turned = _core.elementwise.log10, np.conj(sign)
    y = logspace(log10(a * turned), log10(b * turned), num, endpoint, axis=0) * sign
    k = np.arange(num).reshape((-1,) + (1,) * a.ndim)
    y = _core.select(k == 0, a, _core.select(k == num - 1, b, y) if endpoint else y)
    y = moveaxis(y, 0, axis)
    return y if dtype is None else asarray(y, dtype)


def meshgrid(*xi: ArrayLike, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Array, ...]:
    """The coordinates of a grid from those of its axes: (m,), (n,) -> (n, m), (n, m), or (m, n) for indexing "ij"."""
    if indexing not in ("xy", "ij"):
        raise OptionError(f"meshgrid: unknown indexing: given {indexing!r}, expected 'xy' or 'ij'")
    n = len(xi)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    open_grid = [reshape(x, [-1 if k == place else 1 for k in range(n)]) for x, place in zip(xi, places, strict=True)]
    return tuple(open_grid) if sparse else broadcast_arrays(*open_grid)


def full_like(
    x: ArrayLike,
    fill_value: ArrayLike,
    dtype: Any = None,
    order: Any = None,
    subok: bool = True,
    shape: Any = None,
    *,
    device: str | None = None,
) -> Array:
    """One value in the shape and type of x."""
    a = asarray(x)
    return full(a.shape if shape is None else shape, fill_value, dtype or a.dtype, device=device)


def empty(shape: Shape, dtype: Any = None, order: Any = None, *, device: str | None = None) -> Array:
    """Array of zeros, for a program that fills it."""
    return zeros(shape, dtype, device=device)


def empty_like(
    x: ArrayLike,
    dtype: Any = None,
    order: Any = None,
    subok: bool = True,
    shape: Any = None,
    *,
    device: str | None = None,
) -> Array:
    """Zeros in the shape and type of x, for a program that fills them."""
    return full_like(x, 0, dtype, shape=shape, device=device)


def from_dlpack(x: Any, /, *, device: str | None = None, copy: bool | None = None) -> Array:
    """Array of what another library holds, by the DLPack protocol; a recorded array is refused.

    x       : an object with `__dlpack__` and `__dlpack_device__`, on the CPU
    copy    : by default memory that its owner marks as read-only is shared, other memory is copied; True always copies;
              False always shares, and derivatives are right only as long as nobody writes to it
    raises  : BufferError for other devices, element types that are not known here, and what cannot be shared

    >>> from_dlpack(np.array([1.0, 2.0]))
    Array([1., 2.])
    """
    on_cpu("from_dlpack", device)
    if not hasattr(x, "__dlpack_device__"):
        raise DTypeError(
            f"from_dlpack: no array of another library: given {type(x).__name__}, which has no __dlpack__", 305
        )
    if x.__dlpack_device__()[0] != 1:
        raise ExchangeError(f"from_dlpack: device: given {tuple(x.__dlpack_device__())}, expected the CPU (1, 0)")
    options = {"max_version": (1, 0)} | ({} if copy is None else {"copy": copy})
    try:
        capsule = x.__dlpack__(**options)
    except TypeError:  # a library of before 2023.12
        capsule = x.__dlpack__()
    return _core.from_dlpack(capsule, copy)


def copy(x: ArrayLike, order: str = "K", subok: bool = False) -> Array:
    """An array of its own: writes to one are not seen by the other."""
    a = asarray(x)
    return _core.reshape(a, a.shape)


def astype(x: ArrayLike, dtype: Any, /, *, copy: bool = True, device: str | None = None) -> Array:
    """The same values in another element type."""
    on_cpu("astype", device)
    y = asarray(x, dtype)
    return _core.reshape(y, y.shape) if copy and y is x else y


def identity(n: int, dtype: Any = None) -> Array:
    """Ones on the diagonal of an (n, n) array of zeros."""
    return eye(axis_number("identity", n, "n"), dtype=dtype)


def fromfunction(function: Callable[..., Any], shape: Sequence[int], *, dtype: Any = float, **kwargs: Any) -> Any:
    """function of the positions along each axis of a grid."""
    if not callable(function):
        raise ArgumentError(f"fromfunction: no function: given {type(function).__name__}")
    return function(*(asarray(i) for i in np.indices(shape_tuple(shape), dtype=dtype)), **kwargs)


def diagflat(v: ArrayLike, k: int = 0) -> Array:
    """The elements of v on the k-th diagonal of a matrix of zeros."""
    return diag(ravel(v), k)


def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> Array:
    """Powers of x (m,) as columns (m, N), falling unless told."""
    a = asarray(x)
    if a.ndim != 1:
        raise ShapeError(f"vander: not a vector: the array is {a.shape}", 207)
    columns = a.shape[0] if N is None else N
    a = asarray(a, np.promote_types(a.dtype, int))
    ones = _core.full((a.shape[0], 1), 1.0, a.dtype.name)
    rising = _core.concatenate([ones, broadcast_to(reshape(a, (-1, 1)), (a.shape[0], max(columns - 1, 0)))], 1)
    powers = cumprod(rising, 1)[:, :columns]
    return powers if increasing else powers[:, ::-1]
