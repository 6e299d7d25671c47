"""Eigenvalues, singular values and orthogonal factors: the definitions, NumPy's choices, derivatives, equal values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import wengert as wg
import wengert.numpy as wnp
from laws import assert_close

linalg = wnp.linalg
SHAPES = [(1, 1), (2, 2), (5, 3), (3, 5), (2, 3, 4, 4), (40, 30), (30, 40), (2, 70, 70)]
EMPTY = [(0, 0), (0, 3), (3, 0), (0, 2, 3), (2, 0, 0)]


def swap(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def symmetric(x: Any) -> Any:
    return x + wnp.swapaxes(x, -1, -2)


def of_rank(rng: np.random.Generator, shape: tuple[int, ...], rank: int) -> Any:
    *stack, m, n = shape
    return rng.normal(size=(*stack, m, rank)) @ rng.normal(size=(*stack, rank, n))


def assert_orthonormal(q: Any) -> None:
    expected = np.broadcast_to(np.eye(q.shape[-1]), (*q.shape[:-2], q.shape[-1], q.shape[-1]))
    np.testing.assert_allclose(swap(q) @ q, expected, atol=2e-14)


def arrays(parts: Any) -> tuple[Any, ...]:
    return tuple(np.asarray(part) for part in parts)


def assert_like(got: Any, expected: Any) -> None:
    """The same fields of the same shapes and types."""
    assert getattr(got, "_fields", None) == getattr(expected, "_fields", None)
    for one, other in zip(got, expected, strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)


# Values


@pytest.mark.parametrize("UPLO", ["L", "U", "l"])
@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_eigenvectors_are_those_of_the_triangle_that_is_read(rng: np.random.Generator, n: int, UPLO: str) -> None:
    a = rng.normal(size=(2, n, n))
    a = {"L": np.tril, "U": np.triu}[UPLO.upper()](a) + 0.0
    whole = a + swap(a) - np.eye(n) * a
    got, expected = linalg.eigh(a, UPLO), np.linalg.eigh(a, UPLO)
    assert_like(got, expected)
    w, v = arrays(got)
    assert_close(w, expected.eigenvalues, rtol=2e-14)
    assert_close(whole @ v, v * w[..., None, :], rtol=1e-13)
    assert_orthonormal(v)
    assert_close(linalg.eigvalsh(a, UPLO), w, rtol=2e-14)


@pytest.mark.parametrize("rank", [0, 1, 99])
@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_and_vectors_make_up_the_matrix(
    rng: np.random.Generator, shape: tuple[int, ...], rank: int
) -> None:
    k = min(shape[-2:])
    a = of_rank(rng, shape, min(rank, k))
    for full in (False, True):
        got, expected = linalg.svd(a, full), np.linalg.svd(a, full)
        assert_like(got, expected)
        u, s, vt = arrays(got)
        assert_close(s, expected.S, rtol=1e-14)
        assert_close((u[..., :k] * s[..., None, :]) @ vt[..., :k, :], a, rtol=1e-13)
        assert_orthonormal(u)
        assert_orthonormal(swap(vt))
    assert_close(linalg.svdvals(a), expected.S, rtol=1e-14)
    assert_close(np.linalg.svd(wg.asarray(a), compute_uv=False), expected.S, rtol=1e-14)


@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonal_triangular_factors_are_numpys_signs_and_all(
    rng: np.random.Generator, shape: tuple[int, ...], scale: float
) -> None:
    a = rng.normal(size=shape)
    for mode in ("reduced", "complete"):
        got, expected = linalg.qr(scale * a, mode), np.linalg.qr(a, mode)
        assert_like(got, expected)
        assert_close(got.Q, expected.Q, rtol=1e-13)
        assert_close(np.asarray(got.R) / scale, expected.R, rtol=1e-13)
    assert_close(np.asarray(linalg.qr(scale * a, mode="r")) / scale, np.linalg.qr(a, mode="r"), rtol=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_factors_of_less_rank_make_up_the_matrix(rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    a = of_rank(rng, shape, 1)
    for mode in ("reduced", "complete"):
        q, r = arrays(linalg.qr(a, mode))
        assert_close(q @ r, a, rtol=1e-13)
        assert_orthonormal(q)
        assert np.array_equal(r, np.triu(r))


@pytest.mark.parametrize("shape", EMPTY)
def test_empty_matrices_have_the_shapes_of_numpy(shape: tuple[int, ...]) -> None:
    a = np.zeros(shape)
    for call in (
        lambda x, a: x.svd(a),
        lambda x, a: x.svd(a, full_matrices=False),
        lambda x, a: (x.svdvals(a),),
        lambda x, a: x.qr(a),
        lambda x, a: x.qr(a, "complete"),
        *([lambda x, a: x.eigh(a), lambda x, a: (x.eigvalsh(a),)] if shape[-1] == shape[-2] else []),
    ):
        assert_like(call(linalg, a), call(np.linalg, a))
        _, pull = wg.vjp(lambda a, call=call: tuple(call(linalg, a)), a)
        assert pull(tuple(np.ones(part.shape) for part in call(np.linalg, a)))[0].shape == shape
        wg.jvp(lambda a, call=call: tuple(call(linalg, a)), (a,), (a,))


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_types_are_numpys(rng: np.random.Generator, dtype: type) -> None:
    a = (3 * rng.normal(size=(4, 3))).astype(dtype)
    tolerance = 1e-5 if dtype == np.float32 else 1e-13
    for got, expected in (
        (linalg.eigh(a.T @ a), np.linalg.eigh(a.T @ a)),
        (linalg.svd(a), np.linalg.svd(a)),
        (linalg.qr(a), np.linalg.qr(a)),
    ):
        assert_like(got, expected)
        for one, other in zip(got, expected, strict=True):
            assert_close(np.abs(np.asarray(one)), np.abs(other), rtol=tolerance)


def test_zeros_and_identities_decompose() -> None:
    assert linalg.eigvalsh(np.zeros((3, 3))).tolist() == [0, 0, 0]
    assert linalg.svdvals(np.zeros((3, 2))).tolist() == [0, 0]
    assert linalg.qr(np.zeros((3, 2))).R.tolist() == [[0, 0], [0, 0]]
    assert_close(linalg.eigh(np.eye(3)).eigenvectors, np.eye(3), rtol=1e-15)


# Derivatives

WEIGHTS = np.sin(np.arange(1.0, 26.0)).reshape(5, 5)


def weighted(x: Any) -> Any:
    """A number that tells the elements apart, where there are no more than 5 by 5."""
    return wnp.sum(x * WEIGHTS[: x.shape[-2], : x.shape[-1]]) if x.ndim > 1 else wnp.sum(x * WEIGHTS[0, : x.shape[0]])


def function_of(a: Any) -> Any:
    """A function of a symmetric matrix."""
    w, v = linalg.eigh(symmetric(a))
    return wnp.matmul(v * wnp.tanh(w)[..., None, :], wnp.swapaxes(v, -1, -2))


def projector(a: Any) -> Any:
    v = linalg.eigh(symmetric(a)).eigenvectors[..., :2]
    return v @ v.T


def rebuilt(a: Any) -> Any:
    u, s, vt = linalg.svd(a, False)
    return wnp.matmul(u * wnp.sin(s)[..., None, :], vt)


def unseen(a: Any) -> Any:
    """The projector on what a matrix does not reach."""
    u = np.linalg.svd(a).U[:, a.shape[1] :]
    return u @ u.T


def unseen_by_qr(a: Any) -> Any:
    q = np.linalg.qr(a, "complete").Q[:, a.shape[1] :]
    return wnp.sin(q @ q.T)


SMOOTH: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "eigvalsh": (lambda a: linalg.eigvalsh(symmetric(a)), (4, 4)),
    "eigvalsh of a stack": (lambda a: wnp.sin(linalg.eigvalsh(symmetric(a), "U")), (2, 3, 3)),
    "a function of a symmetric matrix": (function_of, (2, 3, 3)),
    "a projector": (projector, (4, 4)),
    "one eigenvector": (lambda a: linalg.eigh(symmetric(a))[1][:, 0] ** 2, (3, 3)),
    "svdvals": (lambda a: linalg.svdvals(a), (2, 4, 3)),
    "a tall matrix rebuilt": (rebuilt, (4, 3)),
    "wide matrices rebuilt": (rebuilt, (2, 2, 3)),
    "a polar factor": (lambda a: (lambda u, s, vt: u @ vt)(*linalg.svd(a, False)), (4, 3)),
    "what a matrix does not reach": (unseen, (4, 2)),
    "what a matrix does not reach, by qr": (unseen_by_qr, (4, 2)),
    "qr": (lambda a: linalg.qr(a), (4, 3)),
    "qr of stacks": (lambda a: linalg.qr(a), (2, 3, 3)),
    "qr of a wide matrix": (lambda a: linalg.qr(a), (2, 4)),
    "norm of order 2": (lambda a: linalg.norm(a, 2), (3, 4)),
    "norm of order -2": (lambda a: linalg.norm(a, -2, (0, 2)), (3, 2, 3)),
    "nuclear norm": (lambda a: linalg.norm(a, "nuc"), (3, 4)),
    "cond": (lambda a: linalg.cond(a), (2, 3, 4)),
    "singular values of lstsq": (lambda a: linalg.lstsq(a, np.ones(4)).s, (4, 3)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_are_those_of_differences_to_second_order(rng: np.random.Generator, name: str) -> None:
    f, shape = SMOOTH[name]
    wg.testing.check_grads(f, (rng.normal(size=shape),), order=2, atol=2e-6, rtol=2e-6)


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_of_float32_are_those_of_float64(rng: np.random.Generator, name: str) -> None:
    f, shape = SMOOTH[name]
    a = rng.normal(size=shape)

    def bent(a: Any) -> Any:
        y = f(a)
        return sum(wnp.sum(wnp.cos(part)) for part in (y if isinstance(y, tuple) else (y,)))

    got, expected = wg.grad(bent)(a.astype(np.float32)), wg.grad(bent)(a)
    assert got.dtype == np.float32
    assert_close(got, expected, rtol=2e-3)


def test_the_derivative_of_a_matrix_function_is_the_frechet_derivative(rng: np.random.Generator) -> None:
    a, da = (x + x.T for x in rng.normal(size=(2, 5, 5)))

    def exponential(a: Any) -> Any:
        w, v = np.linalg.eigh(a)
        return (v * np.exp(w)) @ v.T

    assert_close(wg.jvp(exponential, (a,), (da,))[1], scipy.linalg.expm_frechet(a, da, compute_expm=False), rtol=1e-12)


def test_the_gradient_of_eigenvalues_falls_on_both_triangles_equally(rng: np.random.Generator) -> None:
    a = np.tril(rng.normal(size=(3, 3)))
    g = wg.grad(lambda a: linalg.eigvalsh(a)[0])(a)
    assert_close(g, g.T, rtol=1e-15)
    v = np.linalg.eigh(a).eigenvectors[:, 0]
    assert_close(g, np.outer(v, v), rtol=1e-13)


# Equal values


def test_symmetric_functions_of_equal_eigenvalues_have_their_gradient() -> None:
    one = np.eye(4)
    assert_close(wg.grad(lambda a: wnp.sum(linalg.eigvalsh(a)))(one), one, rtol=1e-14)
    assert_close(wg.grad(lambda a: wnp.sum(wnp.exp(linalg.eigh(a)[0])))(2 * one), np.exp(2) * one, rtol=1e-14)
    assert not np.any(wg.hessian(lambda a: wnp.sum(linalg.eigvalsh(a)))(one))


def test_the_projector_on_a_space_of_equal_eigenvalues_has_its_derivatives(rng: np.random.Generator) -> None:
    q = np.linalg.qr(rng.normal(size=(4, 4))).Q
    a = q @ np.diag([1.0, 1.0, 2.0, 2.0]) @ q.T / 2  # symmetric() doubles it
    wg.testing.check_grads(projector, (a,), order=1, atol=1e-6, rtol=1e-6)


def test_the_nuclear_norm_of_an_orthogonal_matrix_has_its_derivatives_to_second_order(rng: np.random.Generator) -> None:
    q = np.linalg.qr(rng.normal(size=(4, 3))).Q
    assert_close(wg.grad(lambda a: linalg.norm(a, "nuc"))(q), q, rtol=1e-13)
    wg.testing.check_grads(lambda a: linalg.norm(a, "nuc"), (q,), order=2, atol=1e-5, rtol=1e-5)


def test_the_polar_factor_at_the_identity_has_its_derivative() -> None:
    def polar(a: Any) -> Any:
        u, _, vt = linalg.svd(a)
        return u @ vt

    da = np.arange(9.0).reshape(3, 3)
    assert_close(wg.jvp(polar, (np.eye(3),), (da,))[1], (da - da.T) / 2, rtol=1e-14)


@pytest.mark.parametrize("n", [2, 3])
def test_a_singular_value_of_zero_has_slope_zero(rng: np.random.Generator, n: int) -> None:
    a, b = rng.normal(size=3), rng.normal(size=n)
    x = np.outer(a, b)
    expected = x / (np.linalg.norm(a) * np.linalg.norm(b))
    for order in (2, "nuc"):
        assert_close(wg.grad(lambda x, order=order: linalg.norm(x, order))(x), expected, rtol=1e-13)
        assert not np.any(wg.grad(lambda x, order=order: linalg.norm(x, order))(0 * x))
    assert np.all(np.isfinite(wg.grad(lambda x: weighted(rebuilt(x)))(x)))


def test_what_independent_columns_decide_keeps_its_derivative_in_qr(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(2, 4))
    a = np.stack([x, 2 * x, y], 1)

    def decided(a: Any) -> Any:
        q, r = linalg.qr(a)
        return weighted(r[:1]) + weighted(q[:, :1])

    wg.testing.check_grads(decided, (a,), order=1, atol=1e-6, rtol=1e-6)
    for f in (lambda a: weighted(linalg.qr(a).Q), lambda a: weighted(linalg.qr(a).R)):
        assert np.all(np.isfinite(wg.grad(f)(a)))
        assert np.all(np.isfinite(wg.grad(f)(np.zeros((4, 3)))))


def test_columns_of_very_different_size_are_no_dependent_ones() -> None:
    a = np.array([[1.0, 2e-30], [3.0, -1e-30]])
    g = wg.grad(lambda a: wnp.log(wnp.abs(linalg.qr(a).R[1, 1])))(a)
    assert_close(g[:, 1], np.array([3.0, -1.0]) / (3 * 2e-30 + 1e-30), rtol=1e-12)


# Refusals

X = np.ones((2, 3))
BAD: dict[str, tuple[Callable[[], Any], type, str]] = {
    "eigh of an oblong": (lambda: linalg.eigh(X), wg.ShapeError, r"eigh: not square: .*\(2, 3\)"),
    "eigvalsh of a vector": (lambda: linalg.eigvalsh(X[0]), wg.ShapeError, r"eigvalsh: .*\(3,\)"),
    "eigh with a triangle": (lambda: linalg.eigh(np.eye(2), "X"), wg.OptionError, r"eigh: .*UPLO is 'X'"),
    "eigh of NaN": (lambda: linalg.eigh(np.nan * np.eye(2)), wg.DomainError, r"eigh: .*NaN"),
    "svd of infinity": (lambda: linalg.svd(np.inf * X), wg.DomainError, r"svd: .*infinity"),
    "svd of a vector": (lambda: linalg.svd(X[0]), wg.ShapeError, r"svd: .*\(3,\)"),
    "svdvals of a number": (lambda: linalg.svdvals(1.0), wg.ShapeError, r"svdvals: .*\(\)"),
    "svd, hermitian": (lambda: linalg.svd(np.eye(2), hermitian=True), wg.OptionError, r"svd: hermitian.*eigh"),
    "qr of a vector": (lambda: linalg.qr(X[0]), wg.ShapeError, r"qr: .*\(3,\)"),
    "qr, raw": (lambda: linalg.qr(X, "raw"), wg.OptionError, r"qr: mode: given 'raw'"),
    "cond of nothing": (lambda: linalg.cond(np.zeros((0, 0))), wg.ShapeError, r"cond: no elements.*\(0, 0\)"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_name(name: str) -> None:
    call, error, message = BAD[name]
    with pytest.raises(error, match=message):
        call()


def test_nan_passes_through_qr() -> None:
    assert np.isnan(linalg.qr(np.full((3, 2), np.nan)).R[0, 0])


def test_the_condition_of_a_singular_matrix_is_infinite() -> None:
    assert float(linalg.cond(np.zeros((2, 2)))) == np.inf
    assert float(linalg.cond(np.diag([1.0, 0.0]))) == np.inf
    assert float(linalg.cond(np.diag([1.0, 0.0]), -2)) == 0


# Complex matrices


def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def adjoint(x: Any) -> Any:
    return wnp.conj(wnp.swapaxes(x, -1, -2))


def hermitian(x: Any) -> Any:
    return x + adjoint(x)


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (5, 3), (3, 5), (2, 30, 20)])
def test_factors_of_complex_matrices_are_what_they_are_called(rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    a = drawn(rng, shape)
    k = min(shape[-2:])
    for full in (False, True):
        got, expected = linalg.svd(a, full), np.linalg.svd(a, full)
        assert_like(got, expected)
        u, s, vt = arrays(got)
        assert_close(s, expected.S, rtol=1e-14)
        assert_close((u[..., :k] * s[..., None, :]) @ vt[..., :k, :], a, rtol=1e-13)
        for q in (u, swap(vt)):
            np.testing.assert_allclose(
                swap(q.conj()) @ q,
                np.broadcast_to(np.eye(q.shape[-1]), (*q.shape[:-2], q.shape[-1], q.shape[-1])),
                atol=2e-14,
            )
    for mode in ("reduced", "complete"):
        factors, expected = linalg.qr(a, mode), np.linalg.qr(a, mode)
        assert_like(factors, expected)
        assert_close(factors.Q, expected.Q, rtol=1e-13)
        assert_close(factors.R, expected.R, rtol=1e-13)


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_hermitian_matrices_have_real_eigenvalues(rng: np.random.Generator, UPLO: str) -> None:
    a = np.asarray(hermitian(drawn(rng, (2, 5, 5))))
    read = {"L": np.tril, "U": np.triu}[UPLO](a)
    got, expected = linalg.eigh(read, UPLO), np.linalg.eigh(read, UPLO)
    assert_like(got, expected)
    w, v = arrays(got)
    assert_close(w, expected.eigenvalues, rtol=1e-14)
    assert_close(a @ v, v * w[..., None, :], rtol=1e-13)
    assert_close(linalg.eigvalsh(read, UPLO), w, rtol=1e-14)


COMPLEX: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "a function of a Hermitian matrix": (
        lambda a: (lambda w, v: (v * wnp.tanh(w)) @ adjoint(v))(*linalg.eigh(hermitian(a))),
        (3, 3),
    ),
    "eigvalsh": (lambda a: linalg.eigvalsh(hermitian(a), "U"), (2, 3, 3)),
    "svdvals": (lambda a: linalg.svdvals(a), (2, 2, 3)),
    "a tall matrix rebuilt": (lambda a: (lambda u, s, vt: (u * wnp.sin(s)) @ vt)(*linalg.svd(a, False)), (4, 3)),
    "a wide matrix rebuilt": (lambda a: (lambda u, s, vt: (u * wnp.sin(s)) @ vt)(*linalg.svd(a, False)), (2, 4)),
    "what a matrix does not reach": (lambda a: (lambda u: u @ adjoint(u))(linalg.svd(a).U[:, 2:]), (4, 2)),
    "qr": (lambda a: linalg.qr(a), (4, 3)),
    "qr of a square": (lambda a: linalg.qr(a), (3, 3)),
    "qr of a wide matrix": (lambda a: linalg.qr(a), (2, 3)),
    "eigvals": (lambda a: linalg.eigvals(a), (2, 3, 3)),
    "eig": (lambda a: linalg.eig(a), (3, 3)),
    "nuclear norm": (lambda a: linalg.norm(a, "nuc"), (3, 4)),
    "cond": (lambda a: linalg.cond(a), (3, 3)),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_derivatives_of_complex_factors(rng: np.random.Generator, name: str) -> None:
    f, shape = COMPLEX[name]
    wg.testing.check_grads(f, (drawn(rng, shape),), order=2, atol=5e-6, rtol=5e-6)


# Eigenvalues of matrices that are not symmetric


@pytest.mark.parametrize("shape", [(1, 1), (2, 5, 5), (40, 40), (0, 0), (2, 0, 0)])
@pytest.mark.parametrize("kind", ["real", "complex", "real values"])
def test_a_matrix_times_its_eigenvectors_is_these_times_the_eigenvalues(
    rng: np.random.Generator, shape: tuple[int, ...], kind: str
) -> None:
    a = drawn(rng, shape) if kind == "complex" else rng.normal(size=shape)
    a = np.triu(a) if kind == "real values" else a
    got, expected = linalg.eig(a), np.linalg.eig(a)
    assert_like(got, expected)
    w, v = arrays(got)
    assert_close(np.sort_complex(w), np.sort_complex(expected.eigenvalues), rtol=1e-11)
    assert_close(a @ v, v * w[..., None, :], rtol=1e-11)
    np.testing.assert_allclose(np.linalg.norm(v, axis=-2), np.ones(v.shape[:-1]), rtol=1e-14)
    top = np.take_along_axis(v, np.argmax(np.abs(v), -2)[..., None, :], -2) if v.size else v
    assert np.abs(top.imag).max(initial=0) == 0
    assert_close(linalg.eigvals(a), w, rtol=1e-11)


def test_eigenvectors_of_a_complex_matrix_are_numpys_phase_and_all(rng: np.random.Generator) -> None:
    a = drawn(rng, (5, 5))
    (w, v), expected = arrays(linalg.eig(a)), np.linalg.eig(a)
    for value, vector in zip(*expected[:1], expected.eigenvectors.T, strict=True):
        assert_close(v[:, np.argmin(np.abs(w - value))], vector, rtol=1e-12)


@pytest.mark.parametrize("name", ["pairs", "real values", "vectors of pairs", "a function of a matrix"])
def test_derivatives_of_eigenvalues_by_real_numbers(rng: np.random.Generator, name: str) -> None:
    turn = np.array([[0.3, -2.0, 0.1], [1.5, 0.2, 0.4], [-0.2, 0.5, 3.0]])
    f: Callable[[Any], Any] = {
        "pairs": lambda a: linalg.eigvals(a),
        "real values": lambda a: linalg.eigvals(a @ a.T + np.diag([0, 5, 9])),
        "vectors of pairs": lambda a: linalg.eig(a).eigenvectors,
        "a function of a matrix": lambda a: (lambda w, v: wnp.real((v * wnp.exp(w)) @ linalg.inv(v)))(*linalg.eig(a)),
    }[name]
    wg.testing.check_grads(f, (turn,), order=2, atol=5e-6, rtol=5e-6)
    if name == "a function of a matrix":
        assert_close(f(turn), scipy.linalg.expm(turn), rtol=1e-12)


def test_the_sum_of_eigenvalues_has_the_gradient_of_the_trace_where_they_are_equal() -> None:
    assert_close(wg.grad(lambda a: wnp.sum(linalg.eigvals(a)))(2 * np.eye(3)), np.eye(3), rtol=1e-14)


def test_what_has_no_eigenvalues_is_refused() -> None:
    with pytest.raises(wg.DomainError, match=r"eig: .*NaN"):
        linalg.eigvals(np.full((2, 2), np.nan))
    with pytest.raises(wg.ShapeError, match=r"eig: not square: .*\(2, 3\)"):
        linalg.eig(X)


# Lanes


@pytest.mark.parametrize("f", [linalg.eigh, linalg.eig, linalg.svd, linalg.qr, lambda a: linalg.qr(a, "complete")])
def test_lanes_are_decomposed_one_beside_the_other(rng: np.random.Generator, f: Callable[[Any], Any]) -> None:
    a = rng.normal(size=(3, 2, 4, 4)) + 9 * np.diag(np.arange(4.0))
    for got, *each in zip(wg.vmap(f)(a), *(f(x) for x in a), strict=True):
        assert_close(got, np.stack([np.asarray(y) for y in each]), rtol=1e-14)


def test_eigenvalues_are_real_where_those_of_every_lane_are() -> None:
    a = np.array([[[1.0, 0.0], [0.0, 2.0]], [[0.0, -1.0], [1.0, 0.0]]])
    assert wg.vmap(linalg.eigvals)(a[:1]).dtype == np.float64
    assert wg.vmap(linalg.eigvals)(a).dtype == np.complex128
