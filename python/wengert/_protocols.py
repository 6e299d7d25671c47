"""What makes an Array at home in Python and NumPy: methods, printing, pickling, and NumPy's dispatch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from wengert import _core
from wengert import numpy as wnp
from wengert._arrays import asarray, stop_gradient
from wengert._core import Array
from wengert.errors import DTypeError, Error, ShapeError

_METHODS = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "clip",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "max",
    "mean",
    "min",
    "prod",
    "ptp",
    "ravel",
    "repeat",
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
    return asarray(x, dtype) if np.dtype(dtype) != x.dtype else +x if copy and x.dtype != bool else x


def _copy(x: Array) -> Array:
    """An array of its own: writes to one are not seen by the other."""
    return _core.reshape(x, x.shape)


def _sort(x: Array, axis: int = -1) -> None:
    """Puts an axis in ascending order, in place."""
    x[...] = wnp.sort(x, axis)


def _round(x: Array, digits: int | None = None) -> Any:
    """round(x): a number's value, rounded; refused while recorded."""
    return round(_item(x), digits)


def _fill(x: Array, value: Any) -> None:
    """Writes one value to all elements."""
    x[...] = value


def _item(x: Array, *at: int) -> Any:
    """An element as a Python number; refused while recorded."""
    if at:
        return _item(x[at if len(at) > 1 else np.unravel_index(at[0], x.shape)])
    if x.size != 1:
        raise ShapeError(f"item: more or less than one element: the array is {x.shape}")
    y = wnp.reshape(x, ())
    return float(y) if x.dtype.kind == "f" else bool(y) if x.dtype.kind == "b" else int(y)


def _tolist(x: Array) -> Any:
    """Nested lists of Python numbers; refused while recorded."""
    return np.asarray(x).tolist()


def _repr(x: Array) -> str:
    try:
        values = np.asarray(_core.values(x))
    except Error as error:
        return f"<Array out of reach: {error}>"
    text = np.array2string(values, separator=", ", prefix="Array(")
    note = "" if x.dtype == np.float64 or x.dtype.kind in "b" or x.dtype == np.int64 else f", dtype={x.dtype}"
    return f"Array({text}{note}{', recorded' if x.recorded else ''})"


def _str(x: Array) -> str:
    return str(_core.values(x))


def _iterate(x: Array) -> Iterable[Array]:
    if x.ndim == 0:
        raise TypeError("iteration: the array has shape ()")
    return (x[k] for k in range(x.shape[0]))


def _pickled(x: Array) -> tuple[Callable[..., Array], tuple[Any, ...]]:
    return asarray, (np.asarray(x),)


def _deepcopy(x: Array, memo: dict[int, Any]) -> Array:
    return _copy(x)


def _format(x: Array, spec: str) -> str:
    return format(_item(stop_gradient(x)), spec) if x.ndim == 0 else format(str(x), spec)


def _complex(x: Array) -> complex:
    return complex(float(x))


def _dlpack(x: Array, **options: Any) -> Any:
    """The values as a DLPack capsule; refused while recorded."""
    return np.asarray(x).__dlpack__(**options)


def _dlpack_device(x: Array) -> tuple[int, int]:
    return (1, 0)  # the CPU


def _namespace(x: Array, api_version: str | None = None) -> Any:
    return wnp


def _array_function(
    x: Array, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """NumPy's functions by name: ours where we have it, NumPy's own where nothing is recorded."""
    ours = _OURS.get(func)
    if ours is not None:
        return ours(*args, **kwargs)
    return _without_rule(func, args, kwargs)


def _without_rule(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """A function that has no derivative here: allowed on plain values, refused on recorded ones."""
    import optree

    given: Any = (args, dict(kwargs))
    leaves: list[Any]
    leaves, tree = optree.tree_flatten(given)
    if any(isinstance(leaf, Array) and leaf.recorded for leaf in leaves):
        name = getattr(func, "__name__", str(func))
        raise DTypeError(
            f"{name}: no derivative rule: given a recorded array; use wengert.stop_gradient where none is meant"
        )
    plain = [_core.values(leaf) if isinstance(leaf, Array) else leaf for leaf in leaves]
    new_args, new_kwargs = optree.tree_unflatten(tree, plain)
    return func(*new_args, **new_kwargs)


def _ufunc(ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """The ufunc calls that C++ did not take: keywords, reductions, and ufuncs that are no primitive."""
    out = kwargs.pop("out", None)
    result = _ufunc_result(ufunc, method, inputs, kwargs)
    if out is None:
        return result
    (target,) = out
    if not isinstance(target, Array):
        if asarray(result).recorded:
            raise DTypeError(f"{ufunc.__name__}: out: a recorded result cannot be written into a plain NumPy array")
        target[...] = np.asarray(result)
        return target
    target[...] = result
    return target


def _ufunc_result(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    name = _UFUNC_NAMES.get(ufunc.__name__, ufunc.__name__)
    ours = getattr(wnp, name, None)
    where, dtype = kwargs.pop("where", True), kwargs.pop("dtype", None)
    if where is not True:
        raise DTypeError(f"{ufunc.__name__}: where: not supported on an Array; use numpy.where")
    if method == "__call__" and ours is not None and not kwargs:
        y = ours(*inputs)
        return y if dtype is None else asarray(y, dtype)
    if method == "reduce" and name in _REDUCTIONS:
        options = {k: v for k, v in kwargs.items() if k in ("axis", "keepdims") and v is not None}
        return getattr(wnp, _REDUCTIONS[name])(inputs[0], **{"axis": 0, **options})
    if method == "outer" and ours is not None:
        a, b = (asarray(x) for x in inputs)
        return ours(wnp.reshape(a, a.shape + (1,) * b.ndim), b)
    return _without_rule(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)


_UFUNC_NAMES = {
    "conjugate": "positive",
    "true_divide": "divide",
    "abs": "absolute",
    "mod": "remainder",
    "fabs": "absolute",
}
_REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}


def _numpys_functions() -> dict[Any, Callable[..., Any]]:
    """NumPy's functions that have a namesake here."""
    found: dict[Any, Callable[..., Any]] = {}
    for theirs, mine in ((np, wnp), (np.linalg, wnp.linalg)):
        for name in dir(mine):
            function = getattr(theirs, name, None)
            if callable(function) and not name.startswith("_") and not isinstance(function, type | np.ufunc):
                found[function] = getattr(mine, name)
    return found


_OURS = _numpys_functions()
_OURS |= {
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x, axis=None: x.size if axis is None else x.shape[axis],
    np.copy: lambda x, order="K", subok=False: _copy(x),
    np.array_repr: lambda x, *_, **__: _repr(x),
    np.array_str: lambda x, *_, **__: _str(x),
    np.zeros_like: lambda x, dtype=None, order="K", subok=True, shape=None: wnp.zeros(
        shape or x.shape, dtype or x.dtype
    ),
    np.ones_like: lambda x, dtype=None, order="K", subok=True, shape=None: wnp.ones(shape or x.shape, dtype or x.dtype),
    np.full_like: lambda x, value, dtype=None, order="K", subok=True, shape=None: wnp.full(
        shape or x.shape, value, dtype or x.dtype
    ),
    np.round: lambda x, decimals=0, out=None: _core.elementwise.rint(x * 10.0**decimals) / 10.0**decimals,
}


def install() -> None:
    """Gives the compiled type what is written in Python."""
    for name in _METHODS:
        setattr(Array, name, getattr(wnp, name))
    named = {
        "transpose": _transpose,
        "astype": _astype,
        "copy": _copy,
        "fill": _fill,
        "item": _item,
        "tolist": _tolist,
        "sort": _sort,
        "__round__": _round,
        "flatten": lambda x: _copy(wnp.ravel(x)),
        "__repr__": _repr,
        "__str__": _str,
        "__iter__": _iterate,
        "__reduce__": _pickled,
        "__copy__": _copy,
        "__deepcopy__": _deepcopy,
        "__format__": _format,
        "__complex__": _complex,
        "__dlpack__": _dlpack,
        "__dlpack_device__": _dlpack_device,
        "__array_namespace__": _namespace,
        "__array_function__": _array_function,
        "__array_priority__": 1000.0,
    }
    for name, value in named.items():
        setattr(Array, name, value)
    _core.set_ufunc_fallback(_ufunc)
