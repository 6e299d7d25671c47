"""Linear algebra, over stacks of matrices in the last two axes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError, ShapeError
from wengert.numpy import _reductions as reductions

__all__ = ["SlogdetResult", "cholesky", "det", "inv", "norm", "slogdet", "solve", "solve_triangular"]


class SlogdetResult(NamedTuple):
    """Sign of a determinant, and the logarithm of its size."""

    sign: Array
    logabsdet: Array


def norm(x: ArrayLike, ord: Any = None, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Array:
    """Length of vectors: ord 1, 2 (the default; Frobenius of matrices), inf, -inf, 0 or any power.

    The gradient of the Euclidean length is 0 where the length is.
    """
    a = asarray(x)
    if ord in (None, 2, "fro") and not (ord == 2 and axis is None and a.ndim > 1):
        return reductions.norm(a, axis, keepdims)
    if (a.ndim > 1 and axis is None) or isinstance(axis, tuple):
        raise DomainError(f"norm: matrix norm not supported: ord is {ord!r}, the array is {a.shape}")
    size = _core.elementwise.absolute(a)
    if ord in (np.inf, -np.inf):
        return (reductions.max if ord > 0 else reductions.min)(size, axis, keepdims)
    if ord == 1:
        return reductions.sum(size, axis, None, keepdims)
    if ord == 0:
        return reductions.sum(asarray(a != 0, "float64"), axis, None, keepdims)
    return _core.elementwise.power(reductions.sum(_core.elementwise.power(size, ord), axis, None, keepdims), 1.0 / ord)


def solve(a: ArrayLike, b: ArrayLike) -> Array:
    """x with a x = b; b is a vector where it has one axis, else a stack of matrices.

    raises : DomainError if a is singular; ShapeError if it is not square
    cost   : one LU factorisation, and another in each sweep
    """
    return _core.solve(asarray(a), asarray(b))


def solve_triangular(
    a: ArrayLike, b: ArrayLike, lower: bool = True, trans: bool = False, unit_diagonal: bool = False
) -> Array:
    """x with t x = b, t the lower (or upper) triangle of a; the rest of a is not read."""
    return _core.triangular_solve(asarray(a), asarray(b), bool(lower), bool(trans), bool(unit_diagonal))


def inv(a: ArrayLike) -> Array:
    """Inverse of square matrices."""
    return _core.inv(asarray(a))


def cholesky(a: ArrayLike) -> Array:
    """Lower triangular factor of symmetric positive definite matrices, read from their lower triangle."""
    return _core.cholesky(asarray(a))


def slogdet(a: ArrayLike) -> SlogdetResult:
    """Sign and logarithm of the size of the determinant; the sign carries no derivative."""
    m = asarray(a)
    if m.ndim < 2:
        raise ShapeError(f"slogdet: not square: the matrix is {m.shape}")
    both = _core.slogdet(m)
    return SlogdetResult(both[..., 0], both[..., 1])


def det(a: ArrayLike) -> Array:
    """Determinant."""
    sign, log = slogdet(a)
    return _core.detached(sign) * _core.elementwise.exp(log)
