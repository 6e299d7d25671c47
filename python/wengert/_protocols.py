"""What makes an Array at home in Python and NumPy: methods, printing, pickling, and NumPy's dispatch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from wengert import _core, special
from wengert import numpy as wnp
from wengert._arrays import asarray, dtype_name, stop_gradient
from wengert._at import At
from wengert._core import Array
from wengert._frames import hide
from wengert.errors import ArgumentError, DTypeError, Error, ExchangeError, OptionError, ShapeError
from wengert.numpy import _values

_API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")
_METHODS = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "choose",
    "clip",
    "conj",
    "conjugate",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "max",
    "mean",
    "min",
    "nonzero",
    "prod",
    "ptp",
    "put",
    "ravel",
    "repeat",
    "round",
    "searchsorted",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "trace",
    "var",
]


def _transpose(x: Array, *axes: Any) -> Array:
    """A view with axes in another order, in reverse unless told."""
    if not axes or axes == (None,):
        return x.T
    return wnp.transpose(x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


def _astype(x: Array, dtype: Any, copy: bool = True) -> Array:
    """The same values in another element type."""
    return asarray(x, dtype) if dtype_name(dtype) != x.dtype.name else +x if copy and x.dtype != bool else x


def _sort(x: Array, axis: int = -1) -> None:
    """Puts an axis in ascending order, in place."""
    x[...] = wnp.sort(x, axis)


def _partition(x: Array, kth: Any, axis: int = -1) -> None:
    """Puts the k-th element of an axis in its place, in place."""
    x[...] = wnp.partition(x, kth, axis)


def _compress(x: Array, condition: Any, axis: int | None = None) -> Array:
    """The elements (or slices along an axis) for which a condition holds."""
    return wnp.compress(condition, x, axis)


def _round(x: Array, digits: int | None = None) -> Any:
    """round(x): a number's value, rounded; refused while recorded."""
    return round(_item(x), digits)


def _contains(x: Array, value: Any) -> bool:
    """value in x: is any element equal to it?"""
    return bool(np.any(_core.values(x == value)))


def _fill(x: Array, value: Any) -> None:
    """Writes one value to all elements."""
    x[...] = value


def _set_real(x: Array, value: Any) -> None:
    """x.real = v"""
    x[...] = wnp.complex_of(wnp.broadcast_to(value, x.shape), wnp.imag(x)) if x.dtype.kind == "c" else value


def _set_imag(x: Array, value: Any) -> None:
    """x.imag = v"""
    if x.dtype.kind != "c":
        raise DTypeError(f"imag: element type: {x.dtype} has no imaginary part to write to", 306)
    x[...] = wnp.complex_of(wnp.real(x), wnp.broadcast_to(value, x.shape))


def _item(x: Array, *at: int) -> Any:
    """An element as a Python number; refused while recorded."""
    if at:
        return _item(x[at if len(at) > 1 else np.unravel_index(at[0], x.shape)])
    if x.size != 1:
        raise ShapeError(f"item: more or less than one element: the array is {x.shape}", 209)
    y = wnp.reshape(x, ())
    kinds = {"f": float, "c": complex, "b": bool}
    return kinds.get(x.dtype.kind, int)(y)


def _tolist(x: Array) -> Any:
    """Nested lists of Python numbers; refused while recorded."""
    return np.asarray(x).tolist()


def _repr(x: Array) -> str:
    try:
        values, lanes = np.asarray(_core.values_in_lanes(x)), x._lanes
    except Error as error:
        return f"<Array out of reach: {error}>"
    start = f"Array(lanes {lanes}: " if lanes else "Array("
    text = np.array2string(values, separator=", ", prefix=start)
    note = "" if x.dtype == np.float64 or x.dtype.kind in "b" or x.dtype == np.int64 else f", dtype={x.dtype}"
    return f"{start}{text}{note}{', recorded' if x.recorded else ''})"


def _str(x: Array) -> str:
    return repr(x) if x._lanes else str(_core.values(x))


def _iterate(x: Array) -> Iterable[Array]:
    if x.ndim == 0:
        raise ArgumentError("iteration: the array has shape ()")
    return (x[k] for k in range(x.shape[0]))


def _pickled(x: Array) -> tuple[Callable[..., Array], tuple[Any, ...]]:
    return asarray, (np.asarray(x),)


def _deepcopy(x: Array, memo: dict[int, Any]) -> Array:
    return wnp.copy(x)


def _format(x: Array, spec: str) -> str:
    return format(_item(stop_gradient(x)), spec) if x.ndim == 0 else format(str(x), spec)


def _dlpack(
    x: Array, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """The values as a DLPack capsule, read-only; a copy for libraries that know no read-only ones."""
    if stream is not None:
        raise ExchangeError(f"__dlpack__: stream: the CPU has none: given {stream!r}")
    if dl_device is not None and tuple(map(int, dl_device)) != _dlpack_device(x):
        raise ExchangeError(f"__dlpack__: device: given {tuple(dl_device)}, expected the CPU (1, 0)")
    return _core.to_dlpack(x, max_version is not None and max_version[0] >= 1, copy)


def _dlpack_device(x: Array) -> tuple[int, int]:
    return (1, 0)  # the CPU


def _to_device(x: Array, device: str, /, *, stream: Any = None) -> Array:
    """x itself: there is one device."""
    if device != "cpu" or stream is not None:
        raise OptionError(f"to_device: only 'cpu' is there, without streams: given {device!r}, stream {stream!r}")
    return x


def _namespace(x: Array, *, api_version: str | None = None) -> ModuleType:
    """wengert.numpy, which follows the array API standard of this and of older versions."""
    if api_version is not None and api_version not in _API_VERSIONS:
        known = ", ".join(_API_VERSIONS)
        raise OptionError(f"array API: unknown version: given {api_version!r}, expected one of {known}")
    return wnp


def _array_function(
    x: Array, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """NumPy's functions: ours of the same name, else NumPy's own where nothing is recorded."""
    try:
        ours = _OURS.get(func) or _values.without_rule(func)
        if not args and kwargs:
            args, kwargs = _first_in_front(func, kwargs)
        if kwargs.get("out") is None:
            return ours(*args, **{k: v for k, v in kwargs.items() if k != "out"})
        options = dict(kwargs)
        return _into(options.pop("out"), ours(*args, **options), func.__name__)
    except BaseException as error:
        hide(error)
        raise


def _first_in_front(func: Callable[..., Any], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """The array that was given under the name it has in NumPy (a, m, ary, ...), which is not ours."""
    name = next(iter(inspect.signature(func).parameters))
    rest = {k: v for k, v in kwargs.items() if k != name}
    return ((kwargs[name],), rest) if name in kwargs else ((), rest)


def _ufunc(ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """The ufunc calls that C++ did not take: keywords, methods, and ufuncs that are no primitive."""
    out = kwargs.pop("out", None)
    try:
        result = _ufunc_result(ufunc, method, inputs, kwargs)
        if out is None:
            return result
        if len(out) == 1:
            return _into(out[0], result, ufunc.__name__)
        return tuple(_into(target, part, ufunc.__name__) for target, part in zip(out, result, strict=True))
    except BaseException as error:
        hide(error)
        raise


def _into(target: Any, result: Any, name: str) -> Any:
    """Writes a result into the array that was given for it."""
    if target is None:
        return result
    if not isinstance(target, Array) and asarray(result).recorded:
        raise DTypeError(f"{name}: out: a recorded result cannot be written into a plain NumPy array", 304)
    target[...] = result if isinstance(target, Array) else np.asarray(result)
    return target


def _ufunc_result(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    name = _UFUNC_NAMES.get(ufunc.__name__, ufunc.__name__)
    ours = getattr(wnp, name, None) or getattr(special, name, None)
    if method in _METHODS_OF and name in _METHODS_OF[method]:
        return _METHODS_OF[method][name](*inputs, **_axis_first(method, kwargs))
    where, dtype = kwargs.pop("where", True), kwargs.pop("dtype", None)
    if where is not True:
        raise ArgumentError(f"{ufunc.__name__}: where: not supported on an Array; use numpy.where")
    if method == "__call__" and ours is not None and not kwargs.keys() - ({"axis"} if ufunc.signature else set()):
        y = ours(*inputs, **kwargs)
        return y if dtype is None else asarray(y, dtype)
    if method == "outer" and ours is not None:
        a, b = (asarray(x) for x in inputs)
        return ours(wnp.reshape(a, a.shape + (1,) * b.ndim), b)
    return _values.without_rule(ufunc if method == "__call__" else getattr(ufunc, method), ufunc.__name__)(
        *inputs, **kwargs
    )


def _axis_first(method: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a ufunc's method: they run along the first axis unless told."""
    return kwargs if method == "at" else {"axis": 0} | {k: v for k, v in kwargs.items() if k == "axis" or v is not None}


def _highest(x: Array, axis: int) -> Array:
    """Running maximum: the element at the position of the largest one so far."""
    return _running(x, axis, np.maximum)


def _lowest(x: Array, axis: int) -> Array:
    """Running minimum."""
    return _running(x, axis, np.minimum)


def _running(x: Array, axis: int, extreme: np.ufunc) -> Array:
    values = np.moveaxis(_core.values(x), axis, -1)
    best = extreme.accumulate(values, axis=-1)
    new = np.ones(values.shape, bool)
    new[..., 1:] = best[..., 1:] != best[..., :-1]
    at = np.maximum.accumulate(np.where(new, np.arange(values.shape[-1]), 0), axis=-1)
    return wnp.take_along_axis(x, np.moveaxis(at, -1, axis), axis)


def _in_place(name: str) -> Callable[..., None]:
    """ufunc.at: an Array's elements changed, every one of the values counting."""

    def write(x: Array, index: Any, values: Any) -> None:
        x[...] = getattr(x.at[index], name)(values)

    return write


_UFUNC_NAMES = {
    "conjugate": "conj",
    "true_divide": "divide",
    "abs": "absolute",
    "mod": "remainder",
    "_zeta": "zeta",  # scipy.special.zeta calls it
    "_riemann_zeta": "zeta",
}
_METHODS_OF: dict[str, dict[str, Callable[..., Any]]] = {
    "reduce": {
        "add": wnp.sum,
        "multiply": wnp.prod,
        "maximum": wnp.max,
        "minimum": wnp.min,
        "logical_and": wnp.all,
        "logical_or": wnp.any,
        "logaddexp": wnp.logsumexp,
    },
    "accumulate": {"add": wnp.cumsum, "multiply": wnp.cumprod, "maximum": _highest, "minimum": _lowest},
    "at": {
        name: _in_place(short)
        for name, short in {
            "add": "add",
            "subtract": "subtract",
            "multiply": "multiply",
            "divide": "divide",
            "power": "power",
            "maximum": "max",
            "minimum": "min",
        }.items()
    },
}


def _numpys_functions() -> dict[Any, Callable[..., Any]]:
    """NumPy's functions that have a namesake here."""
    found: dict[Any, Callable[..., Any]] = {}
    for theirs, mine in ((np, wnp), (np.linalg, wnp.linalg), (np.fft, wnp.fft)):
        for name in dir(mine):
            function = getattr(theirs, name, None)
            if callable(function) and not name.startswith("_") and not isinstance(function, type | np.ufunc):
                found[function] = getattr(mine, name)
    return found


_OURS = _numpys_functions()
_OURS |= {np.array_repr: lambda x, *_, **__: _repr(x), np.array_str: lambda x, *_, **__: _str(x)}


def install() -> None:
    """Gives the compiled type what is written in Python."""
    for name in _METHODS:
        setattr(Array, name, getattr(wnp, name))
    named = {
        "transpose": _transpose,
        "astype": _astype,
        "copy": wnp.copy,
        "fill": _fill,
        "item": _item,
        "tolist": _tolist,
        "sort": _sort,
        "compress": _compress,
        "partition": _partition,
        "__round__": _round,
        "flatten": lambda x, order="C": wnp.copy(wnp.ravel(x, order)),
        "__repr__": _repr,
        "__str__": _str,
        "__iter__": _iterate,
        "__reduce__": _pickled,
        "__copy__": lambda x: wnp.copy(x),
        "__deepcopy__": _deepcopy,
        "__format__": _format,
        "__dlpack__": _dlpack,
        "__dlpack_device__": _dlpack_device,
        "__array_namespace__": _namespace,
        "device": property(lambda x: "cpu"),
        "to_device": _to_device,
        "__array_function__": _array_function,
        "__array_priority__": 1000.0,
        "__contains__": _contains,
        "at": property(At),
        "__lshift__": wnp.left_shift,  # type: ignore[attr-defined]
        "__rshift__": wnp.right_shift,  # type: ignore[attr-defined]
        "real": property(wnp.real, _set_real),
        "imag": property(wnp.imag, _set_imag),
        "mT": property(wnp.matrix_transpose),
        "nbytes": property(lambda x: x.size * x.itemsize),
    }
    for name, value in named.items():
        setattr(Array, name, value)
    _core.set_ufunc_fallback(_ufunc)
