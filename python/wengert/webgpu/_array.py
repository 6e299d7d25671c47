"""Arrays on a device: where they are, what they look like, and the way back, which is never taken unasked."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from wengert import _core
from wengert._arrays import dtype_name
from wengert._core import Array
from wengert._frames import boundary
from wengert.errors import (
    ArgumentError,
    DeviceArrayError,
    DeviceAttributeError,
    DeviceUnsupportedError,
    DTypeError,
    ExchangeError,
    OptionError,
)
from wengert.webgpu._device import Device, current
from wengert.webgpu._pool import Lease

__all__ = ["DeviceArray", "asarray", "buffer_bytes", "stored"]

# How elements lie on a device: by the name of their type here.
STORED = {"float32": np.float32, "int32": np.int32, "int64": np.int32, "bool": np.uint32}
BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul", "and", "or", "xor")
IN_PLACE = tuple(f"i{name}" for name in BINARY if name != "divmod")
OTHERS = (
    "neg",
    "pos",
    "abs",
    "invert",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "getitem",
    "setitem",
    "delitem",
    "contains",
)
NUMBERS = ("bool", "float", "int", "index", "complex", "round", "trunc", "floor", "ceil")
HINT = "it lies on a device: ask for its numbers by .numpy(), .item() or .to('cpu')"


def buffer_bytes(elements: int) -> int:
    """Bytes of a buffer: registers of four, and what drivers like."""
    return max((elements * 4 + 255) // 256 * 256, 256)


def stored(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The elements as they lie on a device.

    raises : DeviceUnsupportedError for float64 and others; DTypeError for integers that need more than 32 bits
    """
    kind = STORED.get(x.dtype.name)
    if kind is None:
        raise DeviceUnsupportedError(
            f"webgpu: element type: a device computes in float32, int32 and bool: given {x.dtype}", 502
        )
    if x.dtype == np.int64 and x.size and (x.max() > 2**31 - 1 or x.min() < -(2**31)):
        raise DTypeError("webgpu: integers have 32 bits on a device: given some that need more", 306)
    return np.ascontiguousarray(x, kind)


class DeviceArray:
    """An array on a device. It is computed when it is computed; only .numpy(), .item() and .to("cpu") wait and copy.

    >>> wengert.asarray([1.0, 2.0], "float32", device="webgpu").numpy()  # doctest: +SKIP
    array([1., 2.], dtype=float32)
    """

    __slots__ = ("_lease", "dtype", "owner", "shape")

    def __init__(self, owner: Device, lease: Lease, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.owner, self._lease, self.shape, self.dtype = owner, lease, shape, dtype

    @property
    def device(self) -> str:
        return "webgpu"

    @property
    def buffer(self) -> Any:
        return self._lease.buffer

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes on the device."""
        return self._lease.bytes

    @boundary
    def numpy(self) -> npt.NDArray[Any]:
        """Its numbers, copied into an array of NumPy's.

        raises : DeviceLostError, and what of the computation comes to light only now
        cost   : waits for the device; one copy
        """
        if not self.size:
            return np.zeros(self.shape, self.dtype)
        raw = self.owner.read(self.buffer, self.size * 4)
        here = np.frombuffer(raw, STORED[self.dtype.name], self.size).reshape(self.shape)
        return here.astype(self.dtype)

    @boundary
    def item(self) -> Any:
        """Its one number, as Python has it.

        raises : ValueError where it has more than one element
        """
        if self.size != 1:
            raise OptionError(f"item: one element only: the array is {self.shape}")
        return self.numpy().item()

    @boundary
    def to(self, device: str) -> Any:
        """Itself on "webgpu"; on "cpu" an Array that holds a copy."""
        if device == "webgpu":
            return self
        if device != "cpu":
            raise OptionError(f'to: unknown device: given {device!r}, expected "cpu" or "webgpu"')
        from wengert._arrays import asarray as on_cpu

        return on_cpu(self.numpy())

    @boundary
    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise DeviceArrayError(f"asarray: no copy unasked: {HINT}")

    @boundary
    def __array_ufunc__(self, ufunc: np.ufunc, method: str, /, *_: Any, **__: Any) -> NoReturn:
        raise DeviceArrayError(f"{ufunc.__name__}: outside of a function compiled for the device: {HINT}")

    @boundary
    def _refused(self, *_: Any) -> NoReturn:
        raise DeviceArrayError(f"DeviceArray: no number of Python's unasked: {HINT}")

    @boundary
    def _not_here(self, *_: Any) -> NoReturn:
        raise DeviceArrayError(f"DeviceArray: computed with outside of a function compiled for the device: {HINT}")

    @boundary
    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or not hasattr(Array, name):
            raise AttributeError(f"'DeviceArray' object has no attribute {name!r}")
        raise DeviceAttributeError(f"DeviceArray: {name}: outside of a function compiled for the device: {HINT}")

    @boundary
    def __dlpack__(self, **_: Any) -> NoReturn:
        raise ExchangeError(f"dlpack: memory of a device is not handed to other libraries: {HINT}")

    @boundary
    def __reduce__(self) -> NoReturn:
        raise DeviceArrayError(f"pickle, copy: an array on a device belongs to its process: {HINT}")

    @boundary
    def __format__(self, form: str) -> str:
        if form:
            raise DeviceArrayError(f"format: no number of Python's unasked: {HINT}")
        return repr(self)

    __hash__ = object.__hash__

    @boundary
    def __len__(self) -> int:
        if not self.shape:
            raise ArgumentError("len: the array has shape ()")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"DeviceArray(shape={self.shape}, dtype={self.dtype}, device='webgpu')"


for _name in (*BINARY, *(f"r{name}" for name in BINARY), *IN_PLACE, *OTHERS):
    setattr(DeviceArray, f"__{_name}__", DeviceArray._not_here)
for _name in NUMBERS:
    setattr(DeviceArray, f"__{_name}__", DeviceArray._refused)


def _here(x: Any, dtype: Any) -> npt.NDArray[Any]:
    """x as NumPy has it, in the type asked for: numbers of Python's take the device's."""
    here = np.asarray(x if isinstance(x, np.ndarray | np.generic) else _core.asarray(x))
    if here.dtype.kind not in "biufc":
        raise DTypeError(f"asarray: no array of numbers: its elements are {here.dtype}", 305)
    if dtype is None:
        return here.astype(np.float32) if type(x) is float else here
    return here.astype(dtype_name(dtype))


def asarray(x: Any, dtype: Any = None) -> DeviceArray:
    """x on the device: what wengert.asarray(x, dtype, device="webgpu") returns.

    x       : any array or number; float64 only with a dtype, for it would lose digits without a word
    dtype   : "float32", "int32", "int64" (held in 32 bits) or "bool"
    raises  : DeviceUnsupportedError for other types; DTypeError for what holds no numbers, and integers that need more
              than 32 bits; DeviceUnavailableError where there is no device
    returns : DeviceArray of x's shape, in its unit
    cost    : one copy to the device, at once
    source  : numpy.asarray

    >>> asarray([1.0, 2.0], "float32")  # doctest: +SKIP
    DeviceArray(shape=(2,), dtype=float32, device='webgpu')
    """
    if isinstance(x, DeviceArray):
        if dtype is None or np.dtype(dtype) == x.dtype:
            return x
        raise DeviceUnsupportedError(
            f"asarray: another element type on the device: it is {x.dtype}, asked for {dtype}", 502
        )
    if isinstance(x, Array) and (x.recorded or x._lanes):
        raise DeviceUnsupportedError(
            "asarray: a recorded array cannot leave its recording: compile the function for the device", 504
        )
    here = _here(x, dtype)
    data = stored(here)
    device = current()
    with device.work():
        lease = device.pool.take(buffer_bytes(here.size))
        if here.size:
            device.upload(lease.buffer, data)
    return DeviceArray(device, lease, here.shape, here.dtype)
