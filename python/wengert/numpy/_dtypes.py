"""Element types: NumPy's, asked of Arrays too."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert._core import Array

__all__ = ["can_cast", "finfo", "iinfo", "result_type"]


def _type_of(x: Any) -> Any:
    return x.dtype if isinstance(x, Array) else x


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The element type that a sum of these would have; Python's numbers take that of the others."""
    return np.result_type(*map(_type_of, arrays_and_dtypes))


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    """May an element type be cast to another?"""
    return np.can_cast(_type_of(from_), to, casting)


def finfo(dtype: Any, /) -> Any:
    """The limits of a floating element type, or of an Array's."""
    return np.finfo(_type_of(dtype))


def iinfo(type: Any, /) -> Any:
    """The limits of an integer element type, or of an Array's."""
    return np.iinfo(_type_of(type))
