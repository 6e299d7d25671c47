"""Decompositions into orthogonal factors, over stacks of matrices in the last two axes.

Vectors of equal eigenvalues or singular values can turn among themselves, those of any can change their sign: which
ones are given is the algorithm's choice, and not always NumPy's. What does not depend on the choice has its derivative;
the terms that only turn equals count as 0 (docs/semantics.md).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from wengert import _core
from wengert._arrays import ArrayLike
from wengert._core import Array
from wengert.errors import DomainError, ShapeError
from wengert.numpy._axes import floating
from wengert.numpy._joining import concatenate
from wengert.numpy._shapes import matrix_transpose

__all__ = ["EighResult", "QRResult", "SVDResult", "eigh", "eigvalsh", "qr", "svd", "svdvals"]


class EighResult(NamedTuple):
    """Eigenvalues (..., n), ascending, and eigenvectors (..., n, n), the columns."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """Orthonormal columns, and the upper triangle that makes the matrix of them."""

    Q: Array
    R: Array


class SVDResult(NamedTuple):
    """Left singular vectors, the columns; singular values, descending; right singular vectors, the rows."""

    U: Array
    S: Array
    Vh: Array


def matrices(name: str, x: ArrayLike) -> Array:
    """x as a stack of matrices of floats."""
    a = floating(x)
    if a.ndim < 2:
        raise ShapeError(f"{name}: fewer than two axes: the array is {a.shape}")
    return a


def _lower(name: str, a: ArrayLike, UPLO: str) -> Array:
    """Matrices whose lower triangle is the one to read."""
    m = floating(a)
    if m.ndim < 2 or m.shape[-1] != m.shape[-2]:
        raise ShapeError(f"{name}: not square: the matrix is {m.shape}")
    if UPLO.upper() not in ("L", "U"):
        raise DomainError(f"{name}: neither L nor U: UPLO is {UPLO!r}")
    return m if UPLO.upper() == "L" else matrix_transpose(m)


def eigh(a: ArrayLike, UPLO: str = "L") -> EighResult:
    """Eigenvalues and eigenvectors of symmetric matrices; only the lower (or upper) triangle is read.

    returns : eigenvalues (..., n), ascending; eigenvectors (..., n, n), the columns, of length 1 and any sign
    raises  : DomainError where a matrix holds NaN or infinity
    The derivative is that of the symmetric matrix: it falls on both triangles equally.
    """
    packed = _core.eigh(_lower("eigh", a, UPLO), True)
    return EighResult(packed[..., 0, :], packed[..., 1:, :])


def eigvalsh(a: ArrayLike, UPLO: str = "L") -> Array:
    """Eigenvalues (..., n) of symmetric matrices, ascending; only the lower (or upper) triangle is read."""
    m = _lower("eigvalsh", a, UPLO)
    return _core.eigh(m, m.recorded)[..., 0, :]  # a derivative needs the vectors too


def svd(a: ArrayLike, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Singular values and vectors of matrices (..., m, n); k is the smaller of m and n.

    returns : U (..., m, m), S (..., k), descending, Vh (..., n, n), so that (U[..., :k] * S) @ Vh[..., :k, :] is a;
              with full_matrices=False only the first k columns of U and rows of Vh; with compute_uv=False S alone
    raises  : DomainError where a matrix holds NaN or infinity, and for hermitian=True: eigh is for such
    """
    if hermitian:
        raise DomainError("svd: hermitian: not supported: given True; use eigh")
    if not compute_uv:
        return svdvals(a)
    x = matrices("svd", a)
    packed = _core.svd(x, True)
    m = x.shape[-2]
    u, v = packed[..., 1 : m + 1, :], packed[..., m + 1 :, :]
    if full_matrices:
        u, v = _completed(u), _completed(v)
    return SVDResult(u, packed[..., 0, :], matrix_transpose(v))


def svdvals(x: ArrayLike, /) -> Array:
    """Singular values (..., k) of matrices, descending."""
    a = matrices("svdvals", x)
    return _core.svd(a, a.recorded)[..., 0, :]


def qr(a: ArrayLike, mode: str = "reduced") -> Any:
    """Matrices (..., m, n) as products of orthonormal columns and an upper triangle; k is the smaller of m and n.

    mode    : "reduced": Q (..., m, k), R (..., k, n); "complete": Q (..., m, m), R (..., m, n); "r": R (..., k, n)
    raises  : DomainError for other modes
    The signs are those of Householder's method, as in NumPy.
    """
    if mode not in ("reduced", "complete", "r"):
        raise DomainError(f"qr: mode: given {mode!r} (supported: reduced complete r)")
    x = matrices("qr", a)
    m, n = x.shape[-2:]
    k = min(m, n)
    packed = _core.qr(x[..., :k])
    q, r = matrix_transpose(packed[..., :m]), packed[..., m:]
    if n > k:  # the first k columns decide about q
        r = concatenate([r, _core.matmul(packed[..., :m], x[..., k:])], -1)
    if mode == "r":
        return r
    if mode == "complete" and m > k:
        q = _completed(q)
        r = concatenate([r, _core.full((*r.shape[:-2], m - k, n), 0.0, r.dtype.name)], -2)
    return QRResult(q, r)


def _completed(q: Array) -> Array:
    """Orthonormal columns (..., m, k) with m - k more, which turn no more than it takes to stay at right angles."""
    m, k = q.shape[-2:]
    if m == k:
        return q
    more = _core.complement(_core.detached(q))
    free = more - _core.matmul(q, _core.matmul(matrix_transpose(q), more))
    size = _core.cholesky(_core.matmul(matrix_transpose(free), free))
    more = matrix_transpose(_core.triangular_solve(size, matrix_transpose(free), True, False, False))
    return concatenate([q, more], -1)
