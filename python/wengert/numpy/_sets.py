"""Different elements, and sets made of them: the derivative is that of the first of equal ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.numpy._axes import Axis, along, known, one_axis, some_axes
from wengert.numpy._joining import concatenate
from wengert.numpy._shapes import ravel

__all__ = [
    "intersect1d",
    "setdiff1d",
    "setxor1d",
    "trim_zeros",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


def unique(
    x: ArrayLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """The different elements (or slices along an axis) in order; the derivative is that of the first of equal ones."""
    a = asarray(x)
    _, at, inverse, counts = np.unique(known(a), True, True, True, axis=axis, equal_nan=equal_nan)
    k = 0 if axis is None else one_axis("unique", axis, a.ndim)
    picked = (a._view_as((a.size,)) if axis is None else a)[along(k, at)]
    extra = [(return_index, at), (return_inverse, inverse), (return_counts, counts)]
    asked = [asarray(part) for wanted, part in extra if wanted]
    return (picked, *asked) if asked else picked


def unique_values(x: ArrayLike, /) -> Array:
    """The different elements in order."""
    return unique(x, equal_nan=False)  # type: ignore[no-any-return]


class UniqueAllResult(NamedTuple):
    """The different elements, where the first of each was, where each went, and how often."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCountsResult(NamedTuple):
    """The different elements, and how often each occurs."""

    values: Array
    counts: Array


class UniqueInverseResult(NamedTuple):
    """The different elements, and where each went."""

    values: Array
    inverse_indices: Array


def unique_all(x: ArrayLike, /) -> UniqueAllResult:
    """The different elements in order, where the first of each was, where each element went, and how often."""
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: ArrayLike, /) -> UniqueCountsResult:
    """The different elements in order, and how often each occurs."""
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: ArrayLike, /) -> UniqueInverseResult:
    """The different elements in order, and at which of them each element of x went."""
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def _different(x: ArrayLike, assume_unique: bool) -> Array:
    return ravel(x) if assume_unique else unique(x)


def union1d(ar1: ArrayLike, ar2: ArrayLike) -> Array:
    """The different elements of both."""
    return unique(concatenate((ar1, ar2), None))  # type: ignore[no-any-return]


def intersect1d(ar1: ArrayLike, ar2: ArrayLike, assume_unique: bool = False) -> Array:
    """The different elements of ar1 that ar2 has too."""
    a, b = unique(ar1), asarray(ar2)
    return asarray(a[np.isin(known(a), known(b))], np.promote_types(a.dtype, b.dtype))


def setdiff1d(ar1: ArrayLike, ar2: ArrayLike, assume_unique: bool = False) -> Array:
    """The different elements of ar1 that ar2 lacks."""
    a = _different(ar1, assume_unique)
    return a[~np.isin(known(a), known(ar2))]


def setxor1d(ar1: ArrayLike, ar2: ArrayLike, assume_unique: bool = False) -> Array:
    """The different elements that only one of the two has."""
    return union1d(setdiff1d(ar1, ar2), setdiff1d(ar2, ar1))


def trim_zeros(filt: ArrayLike, trim: str = "fb", axis: Axis = None) -> Array:
    """An array without the zeros in front ("f") and behind ("b") along axes."""
    a = asarray(filt)
    axes, there = some_axes("trim_zeros", axis, a.ndim), np.nonzero(np.atleast_1d(known(a)))
    if a.ndim == 0:
        return a
    if not there[0].size:
        return a[tuple(slice(0, 0 if k in axes else n) for k, n in enumerate(a.shape))]
    first = [int(at.min()) if k in axes and "f" in trim.lower() else 0 for k, at in enumerate(there)]
    end = [int(at.max()) + 1 if k in axes and "b" in trim.lower() else a.shape[k] for k, at in enumerate(there)]
    return a[tuple(slice(i, j) for i, j in zip(first, end, strict=True))]
