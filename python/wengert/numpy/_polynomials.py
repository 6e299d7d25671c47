"""Polynomials by their coefficients, the highest power first, as numpy.polyval has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError, ShapeError
from wengert.numpy import linalg
from wengert.numpy._axes import floating, of_one_type, shapes_differ
from wengert.numpy._calculus import convolve
from wengert.numpy._creation import vander
from wengert.numpy._products import outer
from wengert.numpy._reductions import norm
from wengert.numpy._shapes import reshape

__all__ = ["polyadd", "polyder", "polyfit", "polyint", "polymul", "polysub", "polyval"]


def polyval(p: ArrayLike, x: ArrayLike) -> Array:
    """The polynomial with coefficients p (n,) at x, of any shape."""
    coefficients, at = of_one_type(p, x)
    if coefficients.ndim != 1:
        raise ShapeError(f"polyval: coefficients are not a vector: p is {coefficients.shape}", 207)
    if coefficients.size == 0:
        return asarray(x) * 0
    powers = asarray(vander(reshape(at, (at.size,)), coefficients.size), at.dtype)
    return reshape(_core.matmul(powers, coefficients), at.shape)


def _aligned(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    p, q = (reshape(asarray(x), (1,)) if asarray(x).ndim == 0 else asarray(x) for x in (a, b))
    n = max(p.size, q.size)
    padded = [_core.pad(x, (n,), (n - x.size, 1, x.size)) for x in (p, q)]
    return padded[0], padded[1]


def polyadd(a1: ArrayLike, a2: ArrayLike) -> Array:
    """Coefficients of the sum."""
    p, q = _aligned(a1, a2)
    return p + q


def polysub(a1: ArrayLike, a2: ArrayLike) -> Array:
    """Coefficients of the difference."""
    p, q = _aligned(a1, a2)
    return p - q


def polymul(a1: ArrayLike, a2: ArrayLike) -> Array:
    """Coefficients of the product."""
    return convolve(_trimmed(a1), _trimmed(a2))


def _trimmed(a: ArrayLike) -> Array:
    """Without the zeros in front, of which one stays if there is nothing else."""
    p = asarray(a)
    p = reshape(p, (1,)) if p.ndim == 0 else p
    nonzero = np.flatnonzero(_core.values(p))
    return p[nonzero[0] if nonzero.size else p.size - 1 :] if p.size else asarray(np.zeros(1))


def polyder(p: ArrayLike, m: int = 1) -> Array:
    """Coefficients of the m-th derivative."""
    if m < 0:
        raise DomainError(f"polyder: a negative order: m is {m}", 405)
    a = asarray(p)
    for _ in range(m):
        a = a[:-1] * asarray(np.arange(a.size - 1, 0, -1))
    return a


def polyint(p: ArrayLike, m: int = 1, k: ArrayLike = None) -> Array:
    """Coefficients of the m-th integral, with m constants (zeros unless told)."""
    if m < 0:
        raise DomainError(f"polyint: a negative order: m is {m}", 405)
    constants = asarray(np.zeros(m) if k is None else k)
    constants = reshape(constants, (1,)) if constants.ndim == 0 else constants
    constants = constants * np.ones(m) if constants.size == 1 else constants
    if constants.ndim != 1 or constants.size < m:
        raise shapes_differ("polyint", k=constants.shape, m=m)
    a = asarray(p)
    for i in range(m):
        a = _core.concatenate([a / asarray(np.arange(a.size, 0, -1)), constants[i : i + 1]], 0)
    return a


def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: ArrayLike = None,
    cov: bool | str = False,
) -> Any:
    """Coefficients of the polynomial of degree deg that is closest to y at x, by (weighted) squares.

    x, y, w : (n,), or y (n, k) for k fits
    returns : (deg + 1,) or (deg + 1, k); with `full` residuals, rank, singular values and rcond too, with `cov`
              the covariances of the coefficients
    """
    at, values = floating(x) + 0.0, floating(y) + 0.0
    if at.ndim != 1 or values.ndim not in (1, 2) or at.shape[:1] != values.shape[:1] or at.size == 0:
        raise shapes_differ("polyfit", x=at.shape, y=values.shape)
    if deg < 0:
        raise DomainError(f"polyfit: a negative degree: deg is {deg}", 405)
    cut = at.size * float(np.finfo(at.dtype).eps) if rcond is None else rcond
    powers = vander(at, deg + 1)
    if w is not None:
        weights = floating(w)
        if weights.shape != at.shape:
            raise shapes_differ("polyfit", w=weights.shape, x=at.shape)
        powers = powers * reshape(weights, (-1, 1))
        values = values * (weights if values.ndim == 1 else reshape(weights, (-1, 1)))
    scale = norm(powers, 0)
    found, residuals, rank, singular = linalg.lstsq(powers / scale, values, cut)
    c = found / (scale if values.ndim == 1 else reshape(scale, (-1, 1)))
    if full:
        return c, residuals, rank, singular, cut
    return (c, _covariances(powers / scale, scale, residuals, at.size, deg + 1, cov, values)) if cov else c


def _covariances(
    a: Array, scale: Array, residuals: Array, n: int, order: int, kind: bool | str, values: Array
) -> Array:
    base = linalg.inv(_core.matmul(a.T, a)) / outer(scale, scale)
    if values.ndim == 2:
        base = reshape(base, (*base.shape, 1))
    if kind == "unscaled":
        return base
    if n <= order:
        raise ShapeError(f"polyfit: too few points for covariances: given {n}, the coefficients are {order}", 209)
    return base * (residuals / (n - order))
