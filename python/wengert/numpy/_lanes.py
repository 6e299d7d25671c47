"""Functions that have to know values, inside vmap: once for each lane, their results side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

from wengert import _core
from wengert._core import Array
from wengert.errors import ShapeError
from wengert.numpy._values import FLOATS, WHOLE

__all__ = ["READ_VALUES", "READ_VALUES_OF_MATRICES", "one_lane_at_a_time", "wrap_those"]

P = ParamSpec("P")
R = TypeVar("R")

READ_VALUES = set(WHOLE) - {"indices", "tri"} | {
    *FLOATS, "angle", "average", "bincount", "compress", "count_nonzero", "extract", "frexp", "geomspace", "gradient",
    "heaviside", "interp", "intersect1d", "ldexp", "median", "nanmax", "nanmean", "nanmedian", "nanmin",
    "nanpercentile", "nanquantile", "nanstd", "nanvar", "partition", "percentile", "piecewise", "polyfit", "polymul",
    "quantile", "real_if_close", "setdiff1d", "setxor1d", "trim_zeros", "union1d", "unique", "unique_all",
    "unique_counts", "unique_inverse", "unique_values", "unwrap",
}  # fmt: skip
# Those that have to know one operand alone.
READ_AN_OPERAND = {
    "choose": "x", "delete": "obj", "insert": "obj", "mean": "where", "repeat": "repeats",
    "roll": "shift", "std": "where", "var": "where",
}  # fmt: skip
READ_VALUES_OF_MATRICES = {"det", "expm", "lstsq", "matrix_rank", "pinv"}


def differing(*operands: Any) -> int:
    """The vmaps, a bit each, that one of these differs along, or of what lists and dicts of these hold."""
    found = 0
    for x in operands:
        if isinstance(x, Array):
            found |= x._levels
        elif isinstance(x, list | tuple):
            found |= differing(*x)
        elif isinstance(x, dict):
            found |= differing(*x.values())
    return found


def by_lane(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """function(*args, **kwargs) for one lane after the other; the results must have one shape."""
    given = (args, dict(kwargs))
    levels = differing(given)
    sizes = tuple(_sizes(levels, given).values())
    results = []
    for at in np.ndindex(*sizes):
        one_args, one_kwargs = _lane(given, levels, at)
        results.append(function(*one_args, **one_kwargs))
    if not results:
        raise ShapeError(f"{name}: vmap over no lanes: the shape of the result is not known", 206)
    return _side_by_side(name, results, sizes, levels)


def one_lane_at_a_time(function: Callable[P, R], operand: str | None = None) -> Callable[P, R]:
    """A function that has to know the values of one operand, or of all, which all lanes of a vmap at once have not."""

    def known_to_differ(*args: P.args, **kwargs: P.kwargs) -> int:
        if operand is None:
            return differing(args, kwargs)
        return differing(signature(function).bind(*args, **kwargs).arguments.get(operand))

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if _core.in_vmap() and known_to_differ(*args, **kwargs):
            return by_lane(function.__name__, function, args, kwargs)  # type: ignore[no-any-return]
        return function(*args, **kwargs)

    return wrapped


def wrap_those(names: Iterable[str] | Mapping[str, str], namespace: dict[str, Any]) -> None:
    """Puts functions of these names that can run inside vmap in the places of those that cannot.

    names : of functions; or to each the name of the one operand that it has to know
    """
    operands = names if isinstance(names, Mapping) else dict.fromkeys(names)
    for name, operand in operands.items():
        if name in namespace:
            namespace[name] = one_lane_at_a_time(namespace[name], operand)


def _bits(levels: int) -> list[int]:
    return [1 << k for k in range(levels.bit_length()) if levels >> k & 1]


def _sizes(levels: int, tree: Any) -> dict[int, int]:
    found: dict[int, int] = {}

    def look(x: Any) -> None:
        if isinstance(x, Array):
            found.update(zip(_bits(x._levels), x._lanes, strict=True))
        for part in x.values() if isinstance(x, dict) else x if isinstance(x, list | tuple) else ():
            look(part)

    look(tree)
    return {bit: found[bit] for bit in _bits(levels)}


def _lane(x: Any, levels: int, at: tuple[int, ...]) -> Any:
    """x of one lane."""
    if isinstance(x, Array):
        return _core.one_lane(x, levels, at)
    if isinstance(x, dict):
        return {key: _lane(value, levels, at) for key, value in x.items()}
    return type(x)(_lane(part, levels, at) for part in x) if type(x) in (list, tuple) else x


def _side_by_side(name: str, results: list[Any], sizes: tuple[int, ...], levels: int) -> Any:
    first = results[0]
    if isinstance(first, tuple | list):
        parts = [_side_by_side(name, list(each), sizes, levels) for each in zip(*results, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    if not isinstance(first, Array | np.ndarray | np.generic | int | float | complex):
        return first
    shapes = {np.shape(y) for y in results}
    if len(shapes) > 1:
        raise ShapeError(f"{name}: the shape of the result differs from lane to lane of vmap: {sorted(shapes)}", 209)
    return _core.side_by_side(results, levels, sizes)
