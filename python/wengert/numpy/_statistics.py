"""Means, spreads, quantiles, and the same without the NaNs."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from math import prod as prod_of
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError, DTypeError, OptionError, ShapeError
from wengert.numpy._axes import (
    Axis,
    common_type,
    floating,
    known,
    of_one_type,
    plain,
    reduced_axes,
    shapes_differ,
    squared,
)
from wengert.numpy._reductions import cumprod, cumsum, max, min, prod, sum
from wengert.numpy._shapes import broadcast_to, reshape

__all__ = [
    "average",
    "corrcoef",
    "cov",
    "mean",
    "median",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "percentile",
    "quantile",
    "std",
    "var",
]


def _count(name: str, a: Array, axis: Axis, where: Any, keepdims: bool) -> Any:
    """How many elements go into each result."""
    if where is True and axis is None:
        return a.size
    axes = reduced_axes(name, axis, a.ndim)
    if where is True:
        return prod_of(a.shape[k] for k in axes)
    return np.sum(np.broadcast_to(plain(where), a.shape), axis=axes, keepdims=keepdims)


def mean(
    x: ArrayLike, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, where: ArrayLike = True
) -> Array:
    """Arithmetic mean along axes; integers become float64."""
    return _mean("mean", floating(x, dtype), axis, keepdims, where)


def _mean(name: str, a: Array, axis: Axis, keepdims: bool, where: Any) -> Array:
    count = _count(name, a, axis, where, keepdims)
    y: Array = sum(a, axis, keepdims=keepdims, where=where) / _divisor(count, a)
    return y


def _divisor(count: Any, a: Array) -> Any:
    """A number of elements as it is, many of them in the type of the array."""
    return asarray(count, np.zeros(0, a.dtype).real.dtype) if isinstance(count, np.ndarray | np.generic) else count


def average(
    x: ArrayLike, axis: Axis = None, weights: ArrayLike = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """Mean along axes, weighted where weights are given; with `returned` the sum of the weights too."""
    a = floating(x)
    if weights is None:
        y = mean(a, axis, keepdims=keepdims)
        return (y, _core.full(y.shape, a.size / builtins.max(y.size, 1), y.dtype.name)) if returned else y
    a, w = of_one_type(a, weights)
    w = _spread("average", w, a, axis)
    total = sum(w, axis, keepdims=keepdims)
    if not np.all(known(total)):
        raise DomainError("average: weights sum to zero", 405)
    y = sum(a * w, axis, keepdims=keepdims) / total
    return (y, total * 1.0) if returned else y


def _spread(name: str, w: Array, a: Array, axis: Axis) -> Array:
    """Weights of the averaged axes, in the shape of the array."""
    if w.shape == a.shape:
        return w
    axes = reduced_axes(name, axis, a.ndim)
    if axis is None or w.shape != tuple(a.shape[k] for k in axes):
        raise shapes_differ(name, weights=w.shape, x=a.shape)
    order = sorted(range(len(axes)), key=lambda j: axes[j])
    apart = reshape(w._transpose_as(order), [n if k in axes else 1 for k, n in enumerate(a.shape)])
    return broadcast_to(apart, a.shape)


def var(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: ArrayLike = True,
    mean: ArrayLike = None,
    correction: float | None = None,
) -> Array:
    """Variance along axes, the sum of squares over n - ddof."""
    return _variance("var", floating(x, dtype), axis, ddof if correction is None else correction, keepdims, where, mean)


def _variance(name: str, a: Array, axis: Axis, ddof: float, keepdims: bool, where: Any, center: Any = None) -> Array:
    count = _count(name, a, axis, where, keepdims) - ddof
    count = np.maximum(count, 0) if isinstance(count, np.ndarray | np.generic) else builtins.max(count, 0)
    center = _mean(name, a, axis, True, where) if center is None else center
    squares = sum(squared(a - center), axis, keepdims=keepdims, where=where)
    y: Array = squares / _divisor(count, a)
    return y


def std(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: ArrayLike = True,
    mean: ArrayLike = None,
    correction: float | None = None,
) -> Array:
    """Standard deviation along axes."""
    a, less = floating(x, dtype), ddof if correction is None else correction
    return _core.elementwise.sqrt(_variance("std", a, axis, less, keepdims, where, mean))


# Quantiles: y is sorted along its last axis, and read at positions that q says.

# Plotting positions n q + alpha + q (1 - alpha - beta) - 1: Hyndman and Fan, The American Statistician 50 (1996).
_CONTINUOUS = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0.0, 1.0),
}


def _middle(at: Any) -> Any:
    return (np.floor(at) + np.ceil(at)) / 2


def _halves(at: Any) -> Any:
    return np.where(at == np.floor(at), at + 0.5, np.ceil(at))


_STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "nearest": lambda n, q: np.rint((n - 1) * q),
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1),
    "closest_observation": lambda n, q: np.rint(n * q) - 1,
    "midpoint": lambda n, q: _middle((n - 1) * q),
    "averaged_inverted_cdf": lambda n, q: _halves(n * q - 1),
}
_BETWEEN = (*_CONTINUOUS, "midpoint", "averaged_inverted_cdf")  # methods that mean two elements


def _position(name: str, method: str, n: Any, q: Array) -> Array:
    """Where in n sorted elements the quantile lies."""
    if method in _STEPS:
        return asarray(_STEPS[method](n, known(q)), q.dtype)
    if method not in _CONTINUOUS:
        raise OptionError(f"{name}: unknown method: given {method!r}, expected one of {[*_CONTINUOUS, *_STEPS]}")
    alpha, beta = _CONTINUOUS[method]
    count: Array = asarray(n, q.dtype)
    return (count - 1) * q if method == "linear" else count * q + (alpha - 1) + q * (1 - alpha - beta)


def _lines(name: str, x: ArrayLike, axis: Axis) -> tuple[Array, tuple[int, ...], tuple[int, ...]]:
    """The array with the axes in question as its last one; the shapes of the result, without and with them kept."""
    a = asarray(x)
    axes = reduced_axes(name, axis, a.ndim)
    rest = [k for k in range(a.ndim) if k not in axes]
    shape = tuple(a.shape[k] for k in rest)
    kept = tuple(1 if k in axes else n for k, n in enumerate(a.shape))
    count = prod_of(a.shape[k] for k in axes)
    return reshape(a._transpose_as((*rest, *axes)), (*shape, count)), shape, kept


def _fractions(name: str, q: ArrayLike, x: ArrayLike, percent: bool) -> Array:
    a = asarray(x)
    weak = isinstance(q, int | float)
    of_parts = np.finfo(a.dtype).dtype if a.dtype.kind in "fc" else None
    f = asarray(q, of_parts if weak else None)
    f = floating(f / asarray(100, of_parts) if percent and of_parts else f / 100.0 if percent else f)
    values = known(f)
    if not np.all((values >= 0) & (values <= 1)):
        raise DomainError(f"{name}: outside of [0, {100 if percent else 1}]: q is {plain(q)}", 405)
    return f


def _quantile(name: str, x: ArrayLike, f: Array, axis: Axis, method: str, keepdims: bool, skip: bool) -> Array:
    lines, shape, kept = _lines(name, floating(x) if method in _BETWEEN else x, axis)
    n = lines.shape[-1]
    result = f.shape + (kept if keepdims else shape)
    if n == 0:
        return _core.full(result, np.nan, lines.dtype.name)
    counts = n - np.isnan(known(lines)).sum(-1) if skip else np.full(shape, n)
    at = _position(name, method, counts, reshape(f, f.shape + (1,) * len(shape)))
    ordered = _core.sort(lines, lines.ndim - 1)
    y = _read(ordered, at, counts, method in _BETWEEN)
    if skip:
        y = _core.select(counts == 0, np.nan, y) if (counts == 0).any() else y
    elif lines.dtype.kind in "fc":  # NaNs come last: nothing here goes by values, so that a program may hold it
        y = _core.select(_core.elementwise.isnan(ordered[..., -1]), np.nan, y)
    return reshape(y, result)


def _read(y: Array, at: Array, counts: Any, between: bool) -> Array:
    """Sorted lines (..., n), read at positions (q..., ...) between elements."""
    last = np.maximum(counts - 1, 0)
    at = _core.clip(at, 0.0, asarray(last, at.dtype))
    low = np.minimum(np.floor(known(at)).astype(int), last)
    high = np.minimum(low + 1, last)
    grids = tuple(np.indices(y.shape[:-1], sparse=True))
    if not between:
        return y[(*grids, low)]
    below, above = y[(*grids, low)], y[(*grids, high)]
    return below + (above - below) * (at - asarray(low, at.dtype))


def quantile(
    x: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    *,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    weights: None = None,
) -> Array:
    """Values that a share q of the elements lies below, by any of NumPy's methods; also differentiable in q.

    q       : () or (k,) in [0, 1]
    returns : Array q.shape + the shape without the axes
    """
    return _unweighted("quantile", x, q, axis, method, keepdims, weights, False, False)


def percentile(
    x: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    *,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    weights: None = None,
) -> Array:
    """Values that q percent of the elements lie below."""
    return _unweighted("percentile", x, q, axis, method, keepdims, weights, True, False)


def nanquantile(
    x: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    *,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    weights: None = None,
) -> Array:
    """Values that a share q of the elements that are no NaN lies below."""
    return _unweighted("nanquantile", x, q, axis, method, keepdims, weights, False, True)


def nanpercentile(
    x: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    *,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    weights: None = None,
) -> Array:
    """Values that q percent of the elements that are no NaN lie below."""
    return _unweighted("nanpercentile", x, q, axis, method, keepdims, weights, True, True)


def _unweighted(
    name: str,
    x: ArrayLike,
    q: ArrayLike,
    axis: Axis,
    method: str,
    keepdims: bool,
    weights: ArrayLike,
    percent: bool,
    skip: bool,
) -> Array:
    if weights is not None:
        raise OptionError(f"{name}: weights not supported: given {np.shape(plain(weights))}")
    if asarray(x).dtype.kind == "c":
        raise DTypeError(f"{name}: element type: quantiles are of real numbers: given {asarray(x).dtype}", 306)
    return _quantile(name, x, _fractions(name, q, x, percent), axis, method, keepdims, skip)


def median(x: ArrayLike, axis: Axis = None, *, overwrite_input: bool = False, keepdims: bool = False) -> Array:
    """The middle element along axes, or the mean of the two middle ones."""
    return _quantile("median", x, _fractions("median", 0.5, x, False), axis, "linear", keepdims, False)


def nanmedian(x: ArrayLike, axis: Axis = None, *, overwrite_input: bool = False, keepdims: bool = False) -> Array:
    """The middle element of those that are no NaN."""
    return _quantile("nanmedian", x, _fractions("nanmedian", 0.5, x, False), axis, "linear", keepdims, True)


# Without the NaNs.


def _filled(x: ArrayLike, value: float, dtype: Any = None) -> Array:
    a = asarray(x, dtype)
    return _core.select(_core.elementwise.isnan(a), value, a) if a.dtype.kind in "fc" else a


def nansum(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: ArrayLike = None,
    where: ArrayLike = True,
) -> Array:
    """Sum of the elements that are no NaN."""
    return sum(_filled(x, 0.0, dtype), axis, keepdims=keepdims, initial=initial, where=where)


def nanprod(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: ArrayLike = None,
    where: ArrayLike = True,
) -> Array:
    """Product of the elements that are no NaN."""
    return prod(_filled(x, 1.0, dtype), axis, keepdims=keepdims, initial=initial, where=where)


def nancumsum(x: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Running sum that passes over NaNs."""
    return cumsum(_filled(x, 0.0, dtype), axis)


def nancumprod(x: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Running product that passes over NaNs."""
    return cumprod(_filled(x, 1.0, dtype), axis)


def _nan_extreme(f: Callable[..., Array], x: ArrayLike, worst: float, axis: Axis, keepdims: bool) -> Array:
    a = asarray(x)
    y = f(_filled(a, worst), axis, keepdims=keepdims)
    if a.dtype.kind not in "fc":
        return y
    nothing = np.isnan(known(a)).all(axis=reduced_axes("nanmax", axis, a.ndim), keepdims=keepdims)
    return _core.select(nothing, np.nan, y) if nothing.any() else y


def nanmax(x: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """Largest element that is no NaN; NaN where there is none."""
    return _nan_extreme(max, x, -np.inf, axis, keepdims)


def nanmin(x: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """Smallest element that is no NaN; NaN where there is none."""
    return _nan_extreme(min, x, np.inf, axis, keepdims)


def nanmean(
    x: ArrayLike, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, where: ArrayLike = True
) -> Array:
    """Mean of the elements that are no NaN."""
    a = floating(x, dtype)
    return _mean("nanmean", a, axis, keepdims, ~np.isnan(known(a)) & plain(where))


def nanvar(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: ArrayLike = True,
    mean: ArrayLike = None,
    correction: float | None = None,
) -> Array:
    """Variance of the elements that are no NaN; NaN where there are not more than ddof."""
    a, less = floating(x, dtype), ddof if correction is None else correction
    return _nan_variance("nanvar", a, axis, less, keepdims, where, mean)


def _nan_variance(name: str, a: Array, axis: Axis, ddof: float, keepdims: bool, where: Any, center: Any) -> Array:
    there = ~np.isnan(known(a)) & plain(where)
    y = _variance(name, a, axis, ddof, keepdims, there, center)
    few = _count(name, a, axis, there, keepdims) <= ddof
    return _core.select(few, np.nan, y) if np.any(few) else y


def nanstd(
    x: ArrayLike,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: ArrayLike = True,
    mean: ArrayLike = None,
    correction: float | None = None,
) -> Array:
    """Standard deviation of the elements that are no NaN."""
    a, less = floating(x, dtype), ddof if correction is None else correction
    return _core.elementwise.sqrt(_nan_variance("nanstd", a, axis, less, keepdims, where, mean))


# Several variables.


def _observations(name: str, x: ArrayLike, rowvar: bool) -> Array:
    a = floating(x)
    if a.ndim > 2:
        raise ShapeError(f"{name}: more than two axes: the array is {a.shape}", 209)
    a = reshape(a, (1, a.size)) if a.ndim < 2 else a
    return a if rowvar or a.shape[0] == 1 else a.T


def cov(
    m: ArrayLike,
    y: ArrayLike = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: ArrayLike = None,
    aweights: ArrayLike = None,
    *,
    dtype: Any = None,
) -> Array:
    """Covariances of variables (k, n), one a row unless told: (k, k)."""
    given = [m] if y is None else [m, y]
    d = np.result_type(common_type(*given), np.float64) if dtype is None else dtype
    x = _core.concatenate([_observations("cov", asarray(each, d), rowvar) for each in given], 0)
    less = ddof if ddof is not None else 0 if bias else 1
    if x.shape[0] == 0:
        return _core.full((0, 0), 0.0, x.dtype.name)
    w = None if fweights is None else floating(fweights)
    w = w if aweights is None else floating(aweights) if w is None else w * aweights
    total = x.shape[1] if w is None else sum(w)
    center = (sum(x, 1, keepdims=True) if w is None else sum(x * w, 1, keepdims=True)) / total
    apart = x - center
    squares = sum(asarray(aweights) * w) if aweights is not None and w is not None else total
    divisor = total - less * squares / total if aweights is not None else total - less
    divisor = builtins.max(divisor, 0) if isinstance(divisor, int) else _core.elementwise.maximum(divisor, 0)
    c = _core.matmul(apart if w is None else apart * w, _core.conjugate(apart.T)) / divisor
    return reshape(c, tuple(n for n in c.shape if n != 1)) if 1 in c.shape else c


def corrcoef(x: ArrayLike, y: ArrayLike = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    """Correlations of variables (k, n), one a row unless told: (k, k), within [-1, 1]."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    scale = _core.elementwise.sqrt(_core.real(c[np.arange(c.shape[0]), np.arange(c.shape[0])]))
    c = c / reshape(scale, (-1, 1)) / scale
    if c.dtype.kind != "c":
        return _core.clip(c, -1.0, 1.0)
    return _core.complex_of(*(_core.clip(part, -1.0, 1.0) for part in (_core.real(c), _core.imag(c))))
