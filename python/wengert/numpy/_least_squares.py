"""Pseudo-inverses and least squares.

The derivative is not that of the singular values and vectors, which would be cut where values are equal: these serve
as constants that make the normal equations perfectly conditioned. With a = u s v^T at hand, c = a w and b = z^T a have
orthonormal columns and rows for w = v / s, z = u / s, and a = c (z^T c)^-1 b holds for all matrices of the same rank
near by. So the derivative is exact along changes that keep the rank, and there is none along others.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.numpy._axes import floating, floats, known, shapes_differ, squared
from wengert.numpy._decompositions import matrices, svd
from wengert.numpy._reductions import sum
from wengert.numpy._shapes import matrix_transpose, reshape

__all__ = ["LstsqResult", "lstsq", "matrix_rank", "pinv"]


class LstsqResult(NamedTuple):
    """Least squares: the solution, sums of squares left over, rank (a constant) and singular values."""

    x: Array
    residuals: Array
    rank: Any
    s: Array


def _inverted(s: Any, cut: Any) -> tuple[Any, Any]:
    """1 / s where s is above the cut, else 0; and where that is."""
    kept = s > cut
    return np.divide(1.0, s, where=kept, out=np.zeros_like(s)), kept


def _turned(x: Array) -> Array:
    """The conjugate transpose."""
    return matrix_transpose(_core.conjugate(x))


def _pseudo_inverse(a: Array, u: Any, s: Any, vt: Any, cut: Any) -> Array:
    inverse, kept = _inverted(s, cut)
    w = np.swapaxes(vt, -1, -2).conj() * inverse[..., None, :]
    z = np.swapaxes(u * inverse[..., None, :], -1, -2).conj()
    fill = (1.0 - kept)[..., None, :] * np.eye(s.shape[-1])
    fill = fill.astype(a.dtype)
    m, n = a.shape[-2:]
    c, b = _core.matmul(a, w), _core.matmul(z, a)
    left = _core.solve(_core.matmul(_turned(c), c) + fill, _turned(c))
    if np.all(kept) and m >= n:
        return _core.matmul(w, left)
    right = _turned(_core.solve(_core.matmul(b, _turned(b)) + fill, b))
    if np.all(kept) and m <= n:
        return _core.matmul(right, z)
    return _core.matmul(_core.matmul(right, _core.matmul(z, c)), left)


def pinv(a: ArrayLike, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Array:
    """Pseudo-inverse (..., n, m) of matrices (..., m, n).

    rcond : singular values below it, times the largest, count as zero; 1e-15 unless told
    """
    x = matrices("pinv", a)
    if x.size == 0:
        return _core.full((*x.shape[:-2], x.shape[-1], x.shape[-2]), 0.0, x.dtype.name)
    u, s, vt = map(known, svd(_core.detached(x), False))
    share = 1e-15 if rcond is None and rtol is None else rcond if rtol is None else rtol
    return _pseudo_inverse(x, u, s, vt, np.asarray(share)[..., None] * s.max(-1, keepdims=True))


def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> LstsqResult:
    """x that makes the sum of squares of a x - b least, the shortest of all such.

    a, b    : (m, n), and (m,) or (m, k)
    returns : x (n,) or (n, k); residuals, empty unless m > n and the rank is n; rank, a constant; singular values
    """
    p, q = floats(floating(a), floating(b))
    if p.ndim != 2 or q.ndim not in (1, 2) or p.shape[0] != q.shape[0]:
        raise shapes_differ("lstsq", a=p.shape, b=q.shape)
    m, n = p.shape
    if 0 in p.shape:
        zero = _core.full((n, *q.shape[1:]), 0.0, np.result_type(p.dtype, q.dtype).name)
        none = asarray(np.zeros(0, np.finfo(p.dtype).dtype))
        return LstsqResult(zero, reshape(sum(squared(q), 0), (-1,)) if n < m else none, np.int32(0), none)
    u, singular, vt = svd(p, False)
    s = known(singular)
    share = float(np.finfo(p.dtype).eps) * max(m, n) if rcond is None else rcond
    x = _core.matmul(_pseudo_inverse(p, known(u), s, known(vt), share * s[0]), q)
    rank = int(np.sum(s > share * s[0]))
    left = squared(_core.matmul(p, x) - q)
    squares = reshape(sum(left, 0), (-1,)) if rank == n < m else asarray(np.zeros(0, s.dtype))
    return LstsqResult(x, squares, np.int32(rank), singular)


def matrix_rank(a: ArrayLike, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """How many singular values are above a tolerance; a constant."""
    return asarray(np.linalg.matrix_rank(known(a), tol, hermitian, rtol=rtol))
