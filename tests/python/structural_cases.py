"""One case or more for each structural primitive and composition: a function of a namespace and of arrays.

Run with `Reference` below, which is NumPy, a case gives the expected value; run with `wengert.numpy`
it is what the laws in test_structural_rules.py hold for. `covers` names the primitives that it exercises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

import wengert as wg

Shape = tuple[int, ...]


class Linalg:
    """numpy.linalg, and SciPy's expm and solve_triangular."""

    expm = staticmethod(scipy.linalg.expm)

    def __getattr__(self, name: str) -> Any:
        return getattr(np.linalg, name)

    @staticmethod
    def solve_triangular(a: Any, b: Any, lower: bool = True, trans: bool = False) -> Any:
        triangle = np.tril(a) if lower else np.triu(a)
        return np.linalg.solve(triangle.T if trans else triangle, b)


class Reference:
    """NumPy, SciPy's logsumexp, and JAX's complex."""

    linalg = Linalg()

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def complex_of(re: Any, im: Any) -> Any:
        return re + 1j * im

    @staticmethod
    def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        top = np.max(x, axis=axis, keepdims=True)
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
        return y if keepdims else np.squeeze(y, axis=axis)


def special(xp: Any) -> Any:
    """The special functions that belong to a namespace."""
    return scipy.special if isinstance(xp, Reference) else wg.special


@dataclass(frozen=True)
class Case:
    name: str
    f: Callable[..., Any]
    shapes: tuple[Shape, ...]
    covers: frozenset[str] = field(default_factory=frozenset)

    def arguments(self, seed: int = 0, dtype: type = np.float64) -> tuple[Any, ...]:
        """Normal numbers, no two of which are close: order statistics are smooth there."""
        rng = np.random.default_rng(seed)
        sizes = [int(np.prod(shape)) for shape in self.shapes]
        values = rng.permutation(np.linspace(-1.7, 2.1, sum(sizes)) + 0.003)
        parts = np.split(values, np.cumsum(sizes)[:-1])
        return tuple(part.reshape(shape).astype(dtype) for part, shape in zip(parts, self.shapes, strict=True))


def case(name: str, f: Callable[..., Any], *shapes: Shape, covers: str = "") -> Case:
    return Case(name, f, shapes, frozenset((covers or name.split()[0]).split()))


def positive_definite(xp: Any, x: Any) -> Any:
    return xp.matmul(x, xp.swapaxes(x, -1, -2)) + 3 * np.eye(x.shape[-1], dtype=x.dtype)


def regular(x: Any) -> Any:
    return x + 5 * np.eye(x.shape[-1], dtype=x.dtype)


def symmetric(xp: Any, x: Any) -> Any:
    """Symmetric, or Hermitian."""
    return x + xp.conj(xp.swapaxes(x, -1, -2)) + np.diag(2.0 * np.arange(x.shape[-1])).astype(x.dtype)


def apart(xp: Any, x: Any) -> Any:
    """Of real eigenvalues where x is real."""
    return x + np.diag(12.0 * np.arange(x.shape[-1])).astype(x.dtype)


def averaged(xp: Any, values: Any, vectors: Any) -> Any:
    """What depends neither on the order of eigenvalues nor on the phase of eigenvectors."""
    return xp.matmul(vectors * xp.conj(vectors), xp.expand_dims(values, -1))


def sizes(xp: Any, x: Any) -> Any:
    return x * xp.conj(x)


def without_signs(xp: Any, values: Any, vectors: Any) -> Any:
    """Values in a row over the sizes of their vectors: what does not depend on signs and phases."""
    return xp.concatenate([xp.expand_dims(values, -2), vectors * xp.conj(vectors)], -2)


def assigned(xp: Any, x: Any, index: Any, value: Any) -> Any:
    y = 1.0 * x
    y[index] = value
    return y


def accumulated(xp: Any, x: Any, index: Any, value: Any) -> Any:
    y = 1.0 * x
    y[index] += value
    return y


def filled_row_by_row(xp: Any, x: Any) -> Any:
    y = xp.zeros((3, *x.shape), dtype=x.dtype)
    for k in range(3):
        y[k] = x * y[k - 1] + k * x
    return y


MASK = np.array([True, False, True, True])
ROWS, COLUMNS = np.array([2, 0, 2, 1]), np.array([1, 3, 1, 0])

REDUCTIONS = [
    case("sum", lambda xp, x: xp.sum(x), (3, 4)),
    case("sum of an axis", lambda xp, x: xp.sum(x, axis=0), (3, 4)),
    case("sum of axes, kept", lambda xp, x: xp.sum(x, axis=(0, -1), keepdims=True), (2, 3, 4)),
    case("prod", lambda xp, x: xp.prod(x), (5,)),
    case("prod of an axis", lambda xp, x: xp.prod(x, axis=-1), (3, 4)),
    case("max", lambda xp, x: xp.max(x), (3, 4)),
    case("max of axes", lambda xp, x: xp.max(x, axis=(0, 2)), (2, 3, 4)),
    case("min of an axis, kept", lambda xp, x: xp.min(x, axis=1, keepdims=True), (3, 4)),
    case("mean", lambda xp, x: xp.mean(x, axis=1), (3, 4)),
    case("var", lambda xp, x: xp.var(x, axis=0), (3, 4)),
    case("std", lambda xp, x: xp.std(x), (3, 4)),
    case("logsumexp", lambda xp, x: xp.logsumexp(x), (3, 4)),
    case("logsumexp of an axis, kept", lambda xp, x: xp.logsumexp(x, axis=-1, keepdims=True), (3, 4)),
    case("logsumexp of an axis", lambda xp, x: xp.logsumexp(x, axis=0), (3, 4)),
    case("norm", lambda xp, x: xp.linalg.norm(x), (3, 4)),
    case("norm of an axis", lambda xp, x: xp.linalg.norm(x, axis=1), (3, 4)),
    case("trace", lambda xp, x: xp.trace(x), (3, 4)),
    case("cumsum", lambda xp, x: xp.cumsum(x, axis=1), (3, 4)),
    case("cumsum of all", lambda xp, x: xp.cumsum(x), (3, 4)),
    case("cumprod", lambda xp, x: xp.cumprod(x, axis=0), (3, 4)),
]

PRODUCTS = [
    case("matmul of vectors", lambda xp, a, b: xp.matmul(a, b), (4,), (4,)),
    case("matmul of a matrix and a vector", lambda xp, a, b: a @ b, (3, 4), (4,)),
    case("matmul of a vector and a matrix", lambda xp, a, b: a @ b, (3,), (3, 4)),
    case("matmul of matrices", lambda xp, a, b: a @ b, (2, 3), (3, 4)),
    case("matmul of stacks", lambda xp, a, b: a @ b, (2, 2, 3), (2, 3, 2)),
    case("matmul of broadcast stacks", lambda xp, a, b: a @ b, (2, 1, 2, 3), (3, 3, 2)),
    case("matmul of a stack and a vector", lambda xp, a, b: a @ b, (2, 2, 3), (3,)),
    case("matmul of a vector and a stack", lambda xp, a, b: a @ b, (2,), (3, 2, 3)),
    case("matmul of a matrix and its transpose", lambda xp, a: a @ a.T, (2, 3)),
    case("dot", lambda xp, a, b: xp.dot(a, b), (2, 3), (3, 2), covers="matmul"),
    case("outer", lambda xp, a, b: xp.outer(a, b), (2,), (3,), covers="multiply"),
    case("solve", lambda xp, a, b: xp.linalg.solve(regular(a), b), (3, 3), (3,)),
    case("solve of columns", lambda xp, a, b: xp.linalg.solve(regular(a), b), (3, 3), (3, 2)),
    case("solve of a stack", lambda xp, a, b: xp.linalg.solve(regular(a), b), (2, 2, 2), (2, 2, 1)),
    case("inv", lambda xp, a: xp.linalg.inv(regular(a)), (3, 3)),
    case("inv of a stack", lambda xp, a: xp.linalg.inv(regular(a)), (2, 2, 2)),
    case("gammainc", lambda xp, a, x: special(xp).gammainc(xp.exp(a), xp.exp(x)), (3, 1), (2,), covers="parametric"),
    case("gammaincc", lambda xp, a, x: special(xp).gammaincc(xp.exp(a), xp.exp(x)), (2,), (2,), covers="parametric"),
    case(
        "betainc",
        lambda xp, a, b, x: special(xp).betainc(xp.exp(a), xp.exp(b), 0.5 + 0.2 * x),
        (2, 1),
        (),
        (2,),
        covers="parametric",
    ),
    case(
        "zeta", lambda xp, s, q: special(xp).zeta(1.5 + xp.exp(s), 1.5 + xp.exp(q)), (2,), (2, 2), covers="parametric"
    ),
    case("softmax", lambda xp, x: special(xp).softmax(x, axis=1), (3, 4), covers="logsumexp"),
    case("log_softmax", lambda xp, x: special(xp).log_softmax(x), (3, 4), covers="logsumexp"),
    case("logsumexp, weighted", lambda xp, x, b: special(xp).logsumexp(x, 1, b**2), (3, 4), (4,), covers="logsumexp"),
    case("logsumexp and its sign", lambda xp, x, b: special(xp).logsumexp(x, 0, b, False, True)[0], (3, 4), (4,)),
    case("polygamma", lambda xp, x: special(xp).polygamma(2, xp.exp(x)), (4,)),
    case("multigammaln", lambda xp, x: special(xp).multigammaln(3.0 + x, 2), (4,)),
    case("zeta of Riemann", lambda xp, x: special(xp).zeta(x - 3.0), (4,), covers="parametric"),
    case("expm", lambda xp, a: xp.linalg.expm(a), (3, 3)),
    case("expm of a stack", lambda xp, a: xp.linalg.expm(a), (2, 3, 3)),
    case("slogdet", lambda xp, a: xp.linalg.slogdet(regular(a))[1], (3, 3)),
    case("slogdet of a stack", lambda xp, a: xp.linalg.slogdet(-regular(a))[1], (2, 3, 3)),
    case("cholesky", lambda xp, a: xp.linalg.cholesky(positive_definite(xp, a)), (3, 3)),
    case("cholesky of a stack", lambda xp, a: xp.linalg.cholesky(positive_definite(xp, a)), (2, 2, 2)),
    case("triangular_solve", lambda xp, a, b: xp.linalg.solve_triangular(regular(a), b), (3, 3), (3, 2)),
    case("eigh", lambda xp, a: without_signs(xp, *xp.linalg.eigh(symmetric(xp, a))), (3, 3)),
    case("eigh of a stack", lambda xp, a: without_signs(xp, *xp.linalg.eigh(symmetric(xp, a))), (2, 3, 3)),
    case("eig", lambda xp, a: averaged(xp, *xp.linalg.eig(apart(xp, a))), (2, 3, 3)),
    case("eigvals", lambda xp, a: xp.sum(xp.linalg.eigvals(apart(xp, a)) ** 2), (3, 3), covers="eig"),
    case("eigvalsh", lambda xp, a: xp.linalg.eigvalsh(symmetric(xp, a)), (3, 3), covers="eigh"),
    case("svd", lambda xp, a: sizes(xp, xp.linalg.svd(a)[0]), (3, 2), covers="svd complement"),
    case("svd of a stack", lambda xp, a: without_signs(xp, *xp.linalg.svd(a, False)[1::-1]), (2, 2, 3)),
    case("svdvals", lambda xp, a: xp.linalg.svd(a, compute_uv=False), (3, 2), covers="svd"),
    case("qr", lambda xp, a: xp.concatenate(xp.linalg.qr(a)), (4, 3)),
    case("qr of a wide one", lambda xp, a: xp.concatenate(xp.linalg.qr(a), -1), (2, 2, 3)),
    case(
        "triangular_solve, upper",
        lambda xp, a, b: xp.linalg.solve_triangular(regular(a), b, lower=False),
        (3, 3),
        (3,),
        covers="triangular_solve",
    ),
    case(
        "triangular_solve, transposed",
        lambda xp, a, b: xp.linalg.solve_triangular(regular(a), b, trans=True),
        (3, 3),
        (3,),
        covers="triangular_solve",
    ),
]

TRANSFORMS = [
    case("fft", lambda xp, x: xp.real(xp.fft.fft(x)), (2, 6), covers="fourier"),
    case("ifft", lambda xp, x: xp.imag(xp.fft.ifft(x, 7, 0, "ortho")), (5, 2), covers="fourier"),
]

MOVEMENT = [
    case("broadcast_to", lambda xp, x: xp.broadcast_to(x, (2, 3, 4)), (3, 1)),
    case("reshape", lambda xp, x: xp.reshape(x, (4, -1)), (2, 3, 2)),
    case("transpose", lambda xp, x: xp.transpose(x), (2, 3)),
    case("transpose with an order", lambda xp, x: xp.transpose(x, (2, 0, 1)), (2, 3, 4)),
    case("concatenate", lambda xp, a, b: xp.concatenate([a, b, a], axis=1), (2, 3), (2, 1)),
    case("stack", lambda xp, a, b: xp.stack([a, b], axis=1), (2, 3), (2, 3), covers="concatenate"),
    case("pad", lambda xp, x: xp.pad(x, ((1, 0), (0, 2))), (2, 3)),
    case("flip", lambda xp, x: xp.flip(x, axis=1), (2, 3), covers="slice"),
    case("triu", lambda xp, x: xp.triu(x, k=1), (3, 4), covers="select"),
    case("tril", lambda xp, x: xp.tril(x, k=-1), (2, 3, 3), covers="select"),
    case("diag of a vector", lambda xp, x: xp.diag(x, k=1), (3,), covers="scatter_set"),
    case("diag of a matrix", lambda xp, x: xp.diag(x, k=-1), (4, 3), covers="gather"),
    case("take", lambda xp, x: xp.take(x, ROWS, axis=0), (3, 4), covers="gather"),
    case("sort", lambda xp, x: xp.sort(x, axis=0), (5, 2)),
    case("sort of the last axis", lambda xp, x: xp.sort(x), (2, 5)),
    case("argsort", lambda xp, x: x[xp.argsort(x)], (6,), covers="argsort gather"),
    case("argmax", lambda xp, x: x[xp.argmax(x)], (6,), covers="argmax argmin gather"),
    case("where", lambda xp, a, b: xp.where(a > b, a * b, b), (3, 4), (4,), covers="select"),
    case("clip", lambda xp, x: xp.clip(x, -0.5, 0.7), (3, 4)),
    case("clip between arrays", lambda xp, x, a: xp.clip(x, a - 0.4, a + 0.4), (3, 4), (4,), covers="clip"),
    case("squeeze and ravel", lambda xp, x: xp.ravel(xp.squeeze(x)), (1, 3, 2), covers="reshape"),
]

INDEXING = [
    case("slice", lambda xp, x: x[1:, ::-2], (3, 4)),
    case("slice with an integer, None and ...", lambda xp, x: x[..., None, 1], (3, 4)),
    case("gather", lambda xp, x: x[ROWS], (3, 4)),
    case("gather of pairs", lambda xp, x: x[ROWS, COLUMNS], (3, 4)),
    case("gather beside a slice", lambda xp, x: x[:, COLUMNS, None], (3, 4)),
    case("gather apart", lambda xp, x: x[ROWS, :, COLUMNS], (3, 2, 4)),
    case("gather by a mask", lambda xp, x: x[:, MASK], (3, 4)),
    case("gather by a whole mask", lambda xp, x: x[np.stack([MASK, ~MASK, MASK])], (3, 4)),
    case(
        "scatter_add",
        lambda xp, x: x[ROWS] ** 2 * x[ROWS, COLUMNS][:, None],
        (3, 4),
        covers="gather scatter_add",
    ),
    case("scatter_set", lambda xp, x, v: assigned(xp, x, ROWS[:2], v), (3, 4), (2, 4)),
    case("scatter_set of one value", lambda xp, x, v: assigned(xp, x, (ROWS, COLUMNS), v), (3, 4), ()),
    case(
        "scatter_set of a slice",
        lambda xp, x, v: assigned(xp, x, np.s_[1:, ::2], v),
        (3, 4),
        (2, 2),
        covers="slice_set",
    ),
    case("scatter_set by a mask", lambda xp, x, v: assigned(xp, x, np.s_[:, MASK], v), (3, 4), (3, 1)),
    case("scatter_set of itself", lambda xp, x: assigned(xp, x, np.s_[0], x[1] * x[2]), (3, 4)),
    case("scatter_set of a scalar", lambda xp, x: assigned(xp, x, 1, 2.5), (3, 4)),
    case(
        "augmented assignment",
        lambda xp, x, v: accumulated(xp, x, np.s_[1:], v),
        (3, 4),
        (4,),
        covers="scatter_set",
    ),
    case("assignment row by row", filled_row_by_row, (4,), covers="scatter_set"),
]

COMPLEX = [
    case("real_part", lambda xp, x: xp.real(xp.exp((0.5 - 1j) * x)), (3, 4)),
    case("imaginary_part", lambda xp, x: xp.imag(xp.exp((0.5 - 1j) * x)), (3, 4)),
    case("conjugate", lambda xp, x: xp.imag(xp.conj(xp.exp(1j * x)) * xp.square(x * 1j + 1)), (3, 4)),
    case("complex_of", lambda xp, a, b: xp.imag(xp.sin(xp.complex_of(a, b))), (3, 4), (4,)),
    case("modulus", lambda xp, x: xp.abs(xp.sin((1 + 1j) * x)), (3, 4)),
    case("phase", lambda xp, x: xp.real(xp.sign(xp.sin((1 + 1j) * x))), (3, 4)),
]

CASES = [*COMPLEX, *REDUCTIONS, *PRODUCTS, *TRANSFORMS, *MOVEMENT, *INDEXING]
