"""Linear algebra, over stacks of matrices in the last two axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import ArgumentError, DomainError, ShapeError
from wengert.numpy import _indexing, _products
from wengert.numpy._axes import floating, known, shapes_differ, some_axes
from wengert.numpy._decompositions import (
    EighResult,
    EigResult,
    QRResult,
    SVDResult,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    qr,
    svd,
    svdvals,
)
from wengert.numpy._least_squares import LstsqResult, lstsq, matrix_rank, pinv
from wengert.numpy._norms import cond, matrix_norm, norm, vector_norm
from wengert.numpy._products import tensordot, vecdot
from wengert.numpy._shapes import matrix_transpose, reshape

__all__ = [
    "EigResult",
    "EighResult",
    "LstsqResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "expm",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]

matmul = _core.matmul


class SlogdetResult(NamedTuple):
    """Sign of a determinant, and the logarithm of its size."""

    sign: Array
    logabsdet: Array


def solve(a: ArrayLike, b: ArrayLike) -> Array:
    """x with a x = b; b is a vector where it has one axis, else a stack of matrices.

    raises : DomainError if a is singular; ShapeError if it is not square
    cost   : one LU factorisation, and another in each sweep
    """
    return _core.solve(floating(a), floating(b))


def solve_triangular(
    a: ArrayLike, b: ArrayLike, lower: bool = True, trans: bool = False, unit_diagonal: bool = False
) -> Array:
    """x with t x = b, t the lower (or upper) triangle of a; the rest of a is not read."""
    return _core.triangular_solve(floating(a), floating(b), bool(lower), bool(trans), bool(unit_diagonal))


def inv(a: ArrayLike) -> Array:
    """Inverse of square matrices."""
    return _core.inv(asarray(a))


def cholesky(a: ArrayLike, /, *, upper: bool = False) -> Array:
    """Triangular factor of Hermitian positive definite matrices, the lower unless told; only it is read.

    Its derivative is that along Hermitian changes; real symmetric matrices are Hermitian.
    """
    m = asarray(a)
    if not upper:
        return _core.cholesky(m)
    return matrix_transpose(_core.conjugate(_core.cholesky(_core.conjugate(matrix_transpose(m)))))


def _square(name: str, a: ArrayLike) -> Array:
    """Matrices that have a determinant."""
    m = asarray(a)
    if m.ndim < 2 or m.shape[-1] != m.shape[-2]:
        raise ShapeError(f"{name}: not square: the matrix is {m.shape}", 207)
    return m


def slogdet(a: ArrayLike) -> SlogdetResult:
    """Sign and logarithm of the size of the determinant; the sign of a real one carries no derivative."""
    m = _square("slogdet", a)
    both = _core.slogdet(m)
    return SlogdetResult(both[..., 0], _core.real(both[..., 1]))


def det(a: ArrayLike) -> Array:
    """Determinant; its derivative is exact where matrices are singular."""
    m = _square("det", a)
    regular = known(slogdet(_core.detached(m)).sign) != 0
    if np.all(regular):
        sign, log = slogdet(m)
        return (sign if sign.dtype.kind == "c" else _core.detached(sign)) * _core.elementwise.exp(log)
    inside = _core.select(regular[..., None, None], m, np.eye(m.shape[-1], dtype=m.dtype))
    return _core.select(regular, det(inside), _polynomial_det(floating(m)))


def _polynomial_det(a: Array) -> Array:
    """Determinant by matrix products and traces alone (Faddeev and Le Verrier): smooth where a is singular."""
    n = a.shape[-1]
    one = np.eye(n, dtype=a.dtype)
    m: Any = asarray(np.broadcast_to(one, a.shape).copy())
    c: Any = 1.0
    for k in range(1, n + 1):
        product = _core.matmul(a, m)
        c = -trace(product) / k
        m = product + reshape(c, (*c.shape, 1, 1)) * one
    return c * (-1.0) ** n  # type: ignore[no-any-return]


def matrix_power(a: ArrayLike, n: int) -> Array:
    """Square matrices to a whole power, by repeated squaring; of the inverse where n is negative."""
    m = asarray(a)
    if m.ndim < 2 or m.shape[-1] != m.shape[-2]:
        raise ShapeError(f"matrix_power: not square: the matrix is {m.shape}", 207)
    if not isinstance(n, int | np.integer):
        raise ArgumentError(f"matrix_power: the power is no integer: given {n!r}")
    m, n = (inv(m), -n) if n < 0 else (m, n)
    y: Array | None = None
    while n:
        y = m if n % 2 and y is None else _core.matmul(y, m) if n % 2 else y
        n //= 2
        m = _core.matmul(m, m) if n else m
    return asarray(np.broadcast_to(np.eye(m.shape[-1], dtype=m.dtype), m.shape).copy()) if y is None else y


def multi_dot(arrays: Sequence[ArrayLike]) -> Array:
    """The product of matrices (the first and last may be vectors), in the order that costs least."""
    parts = [asarray(a) for a in arrays]
    if len(parts) < 2:
        raise ShapeError(f"multi_dot: fewer than two arrays: given {len(parts)}", 209)
    ends = parts[0].ndim == 1, parts[-1].ndim == 1
    parts[0] = reshape(parts[0], (1, -1)) if ends[0] else parts[0]
    parts[-1] = reshape(parts[-1], (-1, 1)) if ends[1] else parts[-1]
    if any(a.ndim != 2 for a in parts) or any(a.shape[1] != b.shape[0] for a, b in pairwise(parts)):
        raise ShapeError(f"multi_dot: shapes differ: given {', '.join(str(a.shape) for a in parts)}", 201)
    y = _chained(parts, _splits([a.shape[0] for a in parts] + [parts[-1].shape[1]]), 0, len(parts) - 1)
    return reshape(y, tuple(n for n, gone in zip(y.shape, ends, strict=True) if not gone))


def _splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to cut each run of a chain of matrices, by the cost of all shorter runs."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    cut: dict[tuple[int, int], int] = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            costs = {k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)}
            cut[i, j] = min(costs, key=costs.__getitem__)
            cost[i, j] = costs[cut[i, j]]
    return cut


def _chained(parts: list[Array], cut: dict[tuple[int, int], int], i: int, j: int) -> Array:
    if i == j:
        return parts[i]
    k = cut[i, j]
    return _core.matmul(_chained(parts, cut, i, k), _chained(parts, cut, k + 1, j))


def tensorsolve(a: ArrayLike, b: ArrayLike, axes: Sequence[int] | None = None) -> Array:
    """x with tensordot(a, x, x.ndim) = b."""
    p, q = asarray(a), asarray(b)
    if axes is not None:
        behind = some_axes("tensorsolve", tuple(axes), p.ndim)
        p = p._transpose_as((*(k for k in range(p.ndim) if k not in behind), *behind))
    shape = p.shape[q.ndim :]
    n = int(np.prod(shape, dtype=np.int64))
    if p.size != n * n or q.size != n:
        raise shapes_differ("tensorsolve", a=p.shape, b=q.shape)
    return reshape(solve(reshape(p, (n, n)), reshape(q, (n,))), shape)


def tensorinv(a: ArrayLike, ind: int = 2) -> Array:
    """The array b with tensordot(b, a, ind) the identity; the first ind axes of a are its rows."""
    p = asarray(a)
    if ind <= 0:
        raise DomainError(f"tensorinv: no rows: ind is {ind}", 405)
    rows, columns = p.shape[:ind], p.shape[ind:]
    n = int(np.prod(columns, dtype=np.int64))
    if p.size != n * n:
        raise ShapeError(f"tensorinv: not square: the array is {p.shape}, ind is {ind}", 207)
    return reshape(inv(reshape(p, (n, n))), (*columns, *rows))


# The coefficients (26 - k)! 13! / (26! k! (13 - k)!) of the diagonal Pade approximant of order 13, and the 1-norm
# up to which it is exact to rounding.
# source : Higham, SIAM Journal on Matrix Analysis 26 (2005)
_PADE_NORM = 5.371920351148152


def expm(a: ArrayLike) -> Array:
    """Exponential of square matrices, by a Pade approximant and repeated squaring."""
    m = floating(a)
    if m.ndim < 2 or m.shape[-1] != m.shape[-2]:
        raise ShapeError(f"expm: not square: the matrix is {m.shape}", 207)
    if m.size == 0:
        return m * 1.0
    size = float(np.max(np.abs(known(m)).sum(-2)))
    squarings = max(0, int(np.ceil(np.log2(size / _PADE_NORM)))) if np.isfinite(size) and size else 0
    odd, even = _pade(m / 2.0**squarings)
    y = _core.solve(even - odd, even + odd)
    for _ in range(squarings):
        y = _core.matmul(y, y)
    return y


def _pade(a: Array) -> tuple[Array, Array]:
    """The odd and the even terms of the numerator of order 13."""
    c = [1.0]
    for k in range(13):
        c.append(c[-1] * (13 - k) / ((26 - k) * (k + 1)))
    one = np.eye(a.shape[-1], dtype=a.dtype)
    a2 = _core.matmul(a, a)
    a4 = _core.matmul(a2, a2)
    a6 = _core.matmul(a4, a2)

    def half(k: int) -> Array:
        high = a6 * c[12 + k] + a4 * c[10 + k] + a2 * c[8 + k]
        return _core.matmul(a6, high) + a6 * c[6 + k] + a4 * c[4 + k] + a2 * c[2 + k] + one * c[k]

    return _core.matmul(a, half(1)), half(0)


def diagonal(x: ArrayLike, /, *, offset: int = 0) -> Array:
    """The offset-th diagonal of matrices (..., m, n)."""
    return _indexing.diagonal(x, offset, -2, -1)


def trace(x: ArrayLike, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """Sums along the offset-th diagonal of matrices (..., m, n)."""
    return _indexing.trace(x, offset, -2, -1, dtype)


def outer(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """All products of an element of one vector with one of another."""
    a, b = asarray(x1), asarray(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise shapes_differ("outer", x1=a.shape, x2=b.shape)
    return _products.outer(a, b)


def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array:
    """The vectors at right angles to both, of vectors of three along an axis."""
    return _products.cross(x1, x2, axis=axis)
