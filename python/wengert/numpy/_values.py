"""Functions whose values are whole numbers or answers: they have no derivative, and give constants.

They read the values of recorded arrays. A function whose values are floats and whose derivative is not known
here refuses recorded arrays instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert._arrays import refused
from wengert.numpy._axes import constants, plain, refuse_recorded

__all__ = ["without_derivative", "without_rule"]

WHOLE = {
    "allclose": "Are all elements close?",
    "argpartition": "Positions that put the k-th smallest element of an axis in its place.",
    "argwhere": "Positions of the elements that are not zero, one a row.",
    "array_equal": "Are shapes and elements equal?",
    "array_equiv": "Are elements equal after broadcasting?",
    "bitwise_and": "Bits that are set in both.",
    "bitwise_count": "How many bits are set.",
    "bitwise_or": "Bits that are set in one or both.",
    "bitwise_xor": "Bits that are set in exactly one.",
    "diag_indices": "Positions of the main diagonal.",
    "diag_indices_from": "Positions of the main diagonal of an array.",
    "digitize": "Number of the bin that each element falls into.",
    "einsum_path": "The order in which einsum takes its operands, and what it costs.",
    "flatnonzero": "Positions of the elements that are not zero in the flattened array.",
    "gcd": "Greatest common divisor.",
    "histogram": "How many elements fall into each bin, and the edges of the bins.",
    "histogram_bin_edges": "Edges of the bins of a histogram.",
    "histogram2d": "How many points fall into each cell, and the edges of the cells.",
    "histogramdd": "How many points fall into each cell, and the edges of the cells.",
    "indices": "The positions along each axis of a grid.",
    "invert": "Each bit turned over.",
    "isclose": "Are elements close?",
    "isin": "Is each element one of these?",
    "isneginf": "Is x minus infinity?",
    "isposinf": "Is x plus infinity?",
    "lcm": "Least common multiple.",
    "left_shift": "Bits moved up.",
    "lexsort": "Positions that sort by several keys, the last one first.",
    "mask_indices": "Positions where a mask of a square array holds.",
    "nanargmax": "Position of the largest element that is no NaN.",
    "nanargmin": "Position of the smallest element that is no NaN.",
    "nonzero": "Positions of the elements that are not zero, one array an axis.",
    "ravel_multi_index": "Position in the flattened array, from one position an axis.",
    "right_shift": "Bits moved down.",
    "searchsorted": "Positions at which to insert into a sorted array.",
    "signbit": "Is the sign bit set?",
    "tri": "Ones at and below a diagonal.",
    "tril_indices": "Positions of the lower triangle.",
    "tril_indices_from": "Positions of the lower triangle of an array.",
    "triu_indices": "Positions of the upper triangle.",
    "triu_indices_from": "Positions of the upper triangle of an array.",
    "unravel_index": "One position an axis, from positions in the flattened array.",
}
FLOATS = {
    "nextafter": "The next number from a towards b.",
    "roots": "The zeros of a polynomial, from its coefficients; value only.",
    "spacing": "Distance to the next number.",
}


def without_derivative(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function on values: its results are constants."""

    def f(*args: Any, **kwargs: Any) -> Any:
        try:
            return constants(function(*plain(args), **plain(kwargs)))
        except (TypeError, ValueError) as error:
            raise refused(function.__name__, error, *args, *kwargs.values()) from None

    return f


def _signed(f: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """f with the signature of NumPy's function, as `inspect` reads it."""
    if not isinstance(function, np.ufunc):
        f.__wrapped__ = function  # type: ignore[attr-defined]
        return f
    if function.nin == 1:
        return lambda x, /, **kwargs: f(x, **kwargs)
    return lambda x1, x2, /, **kwargs: f(x1, x2, **kwargs)


def without_rule(function: Callable[..., Any], name: str = "") -> Callable[..., Any]:
    """NumPy's function as it is on values that nothing records; it refuses recorded ones."""
    name = name or getattr(function, "__name__", str(function))

    def f(*args: Any, **kwargs: Any) -> Any:
        refuse_recorded(name, (args, tuple(kwargs.values())))
        return function(*plain(args), **plain(kwargs))

    return f


def table() -> dict[str, Callable[..., Any]]:
    """The functions of both tables by name."""
    rows = [(name, without_derivative, doc) for name, doc in WHOLE.items()]
    rows += [(name, without_rule, doc) for name, doc in FLOATS.items()]
    found = {}
    for name, kind, doc in rows:
        f = _signed(kind(getattr(np, name)), getattr(np, name))
        f.__name__, f.__qualname__, f.__doc__ = name, name, doc
        found[name] = f
    return found
