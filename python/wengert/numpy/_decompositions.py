"""Decompositions into orthogonal factors, over stacks of matrices in the last two axes.

Vectors of equal eigenvalues or singular values can turn among themselves, those of any can change their sign: which
ones are given is the algorithm's choice, and not always NumPy's. What does not depend on the choice has its derivative;
the terms that only turn equals count as 0 (docs/semantics.md).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike
from wengert._core import Array
from wengert.errors import OptionError, ShapeError
from wengert.numpy._axes import floating
from wengert.numpy._joining import concatenate
from wengert.numpy._shapes import matrix_transpose

__all__ = [
    "EigResult",
    "EighResult",
    "QRResult",
    "SVDResult",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "qr",
    "svd",
    "svdvals",
]


class EigResult(NamedTuple):
    """Eigenvalues (..., n), in no order, and eigenvectors (..., n, n), the columns."""

    eigenvalues: Array
    eigenvectors: Array


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
        raise ShapeError(f"{name}: fewer than two axes: the array is {a.shape}", 207)
    return a


def _square(name: str, a: ArrayLike) -> Array:
    m = floating(a)
    if m.ndim < 2 or m.shape[-1] != m.shape[-2]:
        raise ShapeError(f"{name}: not square: the matrix is {m.shape}", 207)
    return m


def _apart(packed: Array) -> tuple[Array, Array]:
    """Values, which stand in the first row, and vectors below them."""
    return packed[..., 0, :], packed[..., 1:, :]


def _lower(name: str, a: ArrayLike, UPLO: str) -> Array:
    """Matrices of which the lower triangle is to be read."""
    m = _square(name, a)
    if UPLO.upper() not in ("L", "U"):
        raise OptionError(f"{name}: neither L nor U: UPLO is {UPLO!r}")
    return m if UPLO.upper() == "L" else _turned(m)


def _turned(x: Array) -> Array:
    """The conjugate transpose."""
    return _core.conjugate(matrix_transpose(x))


def eig(a: ArrayLike) -> EigResult:
    """Eigenvalues and right eigenvectors of square matrices; real where all of them are and the matrices too.

    returns : eigenvalues (..., n), in no order; eigenvectors (..., n, n), the columns, of length 1; the largest element
              of each is real, and positive where others are complex
    raises  : DomainError where a matrix holds NaN or infinity
    Derivatives are those of matrices whose eigenvectors make a basis; they grow without bound towards others.
    """
    m = _square("eig", a)
    w, v = _apart(_core.eig(m, True))
    return EigResult(_core.real(w), _core.real(v)) if _all_real(m, w) else EigResult(w, v)


def eigvals(a: ArrayLike) -> Array:
    """Eigenvalues (..., n) of square matrices, in no order; real where all of them are and the matrices too."""
    m = _square("eigvals", a)
    w = _core.eig(m, m.recorded)[..., 0, :]  # a derivative needs the vectors too
    return _core.real(w) if _all_real(m, w) else w


def _all_real(a: Array, eigenvalues: Array) -> bool:
    """Are the matrices real and all of their eigenvalues too, in every lane?"""
    return a.dtype.kind == "f" and not np.any(np.asarray(_core.values_in_lanes(eigenvalues)).imag)


def eigh(a: ArrayLike, UPLO: str = "L") -> EighResult:
    """Eigenvalues and eigenvectors of symmetric or Hermitian matrices; only the lower (or upper) triangle is read.

    returns : eigenvalues (..., n), ascending; eigenvectors (..., n, n), the columns, of length 1 and any sign or phase
    raises  : DomainError where a matrix holds NaN or infinity
    The derivative is that of the symmetric matrix: it falls on both triangles equally. Complex vectors do not turn by
    a phase.
    """
    w, v = _apart(_core.eigh(_lower("eigh", a, UPLO), True))
    return EighResult(_core.real(w), v)


def eigvalsh(a: ArrayLike, UPLO: str = "L") -> Array:
    """Eigenvalues (..., n) of symmetric or Hermitian matrices, ascending; only one triangle is read."""
    m = _lower("eigvalsh", a, UPLO)
    return _core.real(_core.eigh(m, m.recorded)[..., 0, :])  # a derivative needs the vectors too


def svd(a: ArrayLike, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Singular values and vectors of matrices (..., m, n); k is the smaller of m and n.

    returns : U (..., m, m), S (..., k), descending, Vh (..., n, n), so that (U[..., :k] * S) @ Vh[..., :k, :] is a;
              with full_matrices=False only the first k columns of U and rows of Vh; with compute_uv=False S alone
    raises  : DomainError where a matrix holds NaN or infinity, and for hermitian=True: eigh is for such
    """
    if hermitian:
        raise OptionError("svd: hermitian: not supported: given True; use eigh")
    if not compute_uv:
        return svdvals(a)
    x = matrices("svd", a)
    packed = _core.svd(x, True)
    m = x.shape[-2]
    u, v = packed[..., 1 : m + 1, :], packed[..., m + 1 :, :]
    if full_matrices:
        u, v = _completed(u), _completed(v)
    return SVDResult(u, _core.real(packed[..., 0, :]), _turned(v))


def svdvals(x: ArrayLike, /) -> Array:
    """Singular values (..., k) of matrices, descending."""
    a = matrices("svdvals", x)
    return _core.real(_core.svd(a, a.recorded)[..., 0, :])


def qr(a: ArrayLike, mode: str = "reduced") -> Any:
    """Matrices (..., m, n) as products of orthonormal columns and an upper triangle; k is the smaller of m and n.

    mode    : "reduced": Q (..., m, k), R (..., k, n); "complete": Q (..., m, m), R (..., m, n); "r": R (..., k, n)
    raises  : DomainError for other modes
    The signs are those of Householder's method, as in NumPy.
    """
    if mode not in ("reduced", "complete", "r"):
        raise OptionError(f"qr: mode: given {mode!r} (supported: reduced complete r)")
    x = matrices("qr", a)
    m, n = x.shape[-2:]
    k = min(m, n)
    packed = _core.qr(x[..., :k])
    q, r = matrix_transpose(packed[..., :m]), packed[..., m:]
    if n > k:  # the first k columns decide about q
        r = concatenate([r, _core.matmul(_core.conjugate(packed[..., :m]), x[..., k:])], -1)
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
    free = more - _core.matmul(q, _core.matmul(_turned(q), more))
    size = _core.cholesky(_core.matmul(_turned(free), free))
    more = _turned(_core.triangular_solve(size, _turned(free), True, False, False))
    return concatenate([q, more], -1)
