"""The laws of structural primitives over complex numbers, and linear algebra of complex matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from complex_cases import points
from laws import assert_close
from structural_cases import CASES, Case, Reference

REAL_ONLY = {"logsumexp", "clip", "parametric"}
# Of symmetric matrices these are; of Hermitian ones below. `argsort` and the like pick, `norm` is no matrix's here.
ELSEWHERE = {"cholesky", "cholesky of a stack"}
ELSEWHERE |= {"polygamma", "multigammaln"}  # of real numbers alone
TAKEN = [
    c
    for c in CASES
    if not c.covers & (REAL_ONLY | {"complex_of", "real_part", "imaginary_part", "modulus", "phase", "conjugate"})
    and c.name not in ELSEWHERE
]

cases = pytest.mark.parametrize("case", TAKEN, ids=[c.name for c in TAKEN])


def arguments(case: Case, dtype: Any = np.complex128) -> tuple[Any, ...]:
    return tuple((x * np.exp(1j * np.arange(x.size).reshape(x.shape))).astype(dtype) for x in case.arguments())


def here(case: Case) -> Any:
    return lambda *z: case.f(wnp, *z)


@cases
def test_values_are_numpys(case: Case) -> None:
    z = arguments(case)
    got, expected = np.asarray(case.f(wnp, *map(wg.asarray, z))), np.asarray(case.f(Reference(), *z))
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    assert_close(got, expected, rtol=1e-13)


@cases
def test_derivatives_are_differences_in_every_mix_of_modes(case: Case) -> None:
    wg.testing.check_grads(here(case), arguments(case), order=2, atol=5e-6, rtol=5e-6)


@cases
def test_complex64_stays_complex64(case: Case) -> None:
    z = arguments(case, np.complex64)
    y, pull = wg.vjp(here(case), *z)
    assert np.asarray(y).dtype in (np.complex64, np.float32)
    assert {b.dtype for b in pull(np.ones_like(y))} == {np.dtype(np.complex64)}
    assert_close(y, case.f(Reference(), *arguments(case)), rtol=1e-4)


def hermitian(n: int = 3, seed: int = 0, batch: tuple[int, ...] = ()) -> Any:
    a = points(n * n * int(np.prod(batch)), seed).reshape(*batch, n, n)
    return a @ np.swapaxes(a.conj(), -1, -2) + 2 * np.eye(n)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("batch", [(), (2,)], ids=str)
def test_cholesky_of_hermitian_matrices(upper: bool, batch: tuple[int, ...]) -> None:
    a = hermitian(batch=batch)
    expected = np.linalg.cholesky(a, upper=upper)
    np.testing.assert_allclose(np.asarray(wnp.linalg.cholesky(a, upper=upper)), expected, rtol=1e-13, atol=1e-14)

    def f(b: Any) -> Any:
        return wnp.linalg.cholesky(b @ wnp.swapaxes(wnp.conj(b), -1, -2) + np.eye(3), upper=upper)

    wg.testing.check_grads(
        f, (points(9 * int(np.prod(batch)), 4).reshape(*batch, 3, 3),), order=2, atol=3e-6, rtol=3e-6
    )


def test_the_gradient_of_cholesky_is_hermitian_as_jaxs() -> None:
    weights = np.array([[1, 2], [3j, 1 + 1j]])

    def f(a: Any) -> Any:
        return wnp.real(wnp.sum(wnp.linalg.cholesky(a) * weights))

    gradient = wg.grad(f)(np.array([[4, 1 + 1j], [1 - 1j, 3]]))
    jax = np.array([[0.10202847, -0.07905694 - 0.67094306j], [-0.07905694 + 0.67094306j, 0.31622777]])
    np.testing.assert_allclose(gradient, jax, atol=1e-8)


def test_the_sign_of_a_complex_determinant_turns() -> None:
    a = points(9, 3).reshape(3, 3)
    sign, log = wnp.linalg.slogdet(wg.asarray(a))
    expected = np.linalg.slogdet(a)
    assert (sign.dtype, log.dtype) == (np.complex128, np.float64)
    np.testing.assert_allclose([complex(sign), float(log)], [expected.sign, expected.logabsdet], rtol=1e-13)
    wg.testing.check_grads(lambda m: tuple(wnp.linalg.slogdet(m)), (a,), order=2, atol=3e-6, rtol=3e-6)
    wg.testing.check_grads(wnp.linalg.det, (a,), order=2, atol=3e-6, rtol=3e-6)
    adjugate = np.linalg.det(a) * np.linalg.inv(a).T
    np.testing.assert_allclose(wg.grad(wnp.linalg.det, holomorphic=True)(a), adjugate, rtol=1e-12)


def test_singular_complex_matrices_have_their_cofactors() -> None:
    a = np.array([[1 + 1j, 2], [1 + 1j, 2]])
    got = wg.grad(wnp.linalg.det, holomorphic=True)(a)
    np.testing.assert_allclose(got, [[2, -1 - 1j], [-2, 1 + 1j]], atol=1e-14)
    with pytest.raises(wg.DomainError, match="inv: singular matrix"):
        wnp.linalg.inv(a)


def test_real_and_complex_operands_meet() -> None:
    a, b = np.eye(3) * 3 + np.ones((3, 3)), points(3, 2)
    for f, expected in (
        (wnp.linalg.solve, np.linalg.solve(a, b)),
        (wnp.matmul, a @ b),
        (wnp.linalg.solve_triangular, np.linalg.solve(np.tril(a), b)),
    ):
        np.testing.assert_allclose(np.asarray(f(a, b)), expected, rtol=1e-13)
        wg.testing.check_grads(f, (a, b), order=2)
        bars = wg.vjp(f, a, b)[1](points(3, 7))
        assert [x.dtype for x in bars] == [np.float64, np.complex128]


OTHERS = {
    "vdot": lambda xp, a, b: xp.vdot(a, b),
    "vecdot": lambda xp, a, b: xp.vecdot(a, b),
    "vecmat": lambda xp, a, b: xp.vecmat(a[0], b),
    "inner": lambda xp, a, b: xp.inner(a, b),
    "outer": lambda xp, a, b: xp.outer(a, b),
    "tensordot": lambda xp, a, b: xp.tensordot(a, b, 1),
    "kron": lambda xp, a, b: xp.kron(a, b),
    "einsum": lambda xp, a, b: xp.einsum("ij,kj->ik", a, b),
    "norm": lambda xp, a, b: xp.linalg.norm(a) + xp.linalg.norm(b, 1) + xp.linalg.norm(a[0], 3),
    "matrix_power": lambda xp, a, b: xp.linalg.matrix_power(a, -2) @ b,
    "multi_dot": lambda xp, a, b: xp.linalg.multi_dot([a, b, a]),
    "convolve": lambda xp, a, b: xp.convolve(a[0], b[0]),
    "correlate": lambda xp, a, b: xp.correlate(a[0], b[0], "full"),
    "cov": lambda xp, a, b: xp.cov(a, b),
    "corrcoef": lambda xp, a, b: xp.corrcoef(a),
    "average": lambda xp, a, b: xp.average(a, weights=np.array([1.0, 2, 3]), axis=0),
    "diff": lambda xp, a, b: xp.diff(a) + xp.gradient(b, axis=0)[:, 1:],
    "polyval": lambda xp, a, b: xp.polyval(a[0], b),
    "interp": lambda xp, a, b: xp.interp(np.array([0.5, 1.2]), np.arange(3.0), a[0]),
    "linspace": lambda xp, a, b: xp.linspace(a[0, 0], b[0, 0], 4),
    "nanmean": lambda xp, a, b: xp.nanmean(a, axis=0),
    "logical": lambda xp, a, b: xp.where(xp.isclose(a, b), a, b),
    "float_power": lambda xp, a, b: xp.float_power(a, 2.5),
    "pinv": lambda xp, a, b: xp.linalg.pinv(a[:, :2]) @ xp.linalg.pinv(b[:2]),
    "pinv of rank one": lambda xp, a, b: xp.linalg.pinv(xp.outer(a[0], b[0]), rcond=1e-6),
    "lstsq": lambda xp, a, b: xp.linalg.lstsq(a[:, :2], b[0], rcond=None)[0],
    "nanvar": lambda xp, a, b: xp.nanvar(a, axis=0) + xp.nanstd(b),
    "geomspace": lambda xp, a, b: xp.geomspace(a[0], b[0], 4),
    "around": lambda xp, a, b: xp.around(a, 1) + b,
    "median": lambda xp, a, b: xp.median(a, axis=0) + b[0],
}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_compositions_over_complex_numbers_are_numpys_and_differentiable(name: str) -> None:
    a, b = points(9, 1).reshape(3, 3), points(9, 2).reshape(3, 3)
    f = OTHERS[name]
    got, expected = np.asarray(f(wnp, wg.asarray(a), wg.asarray(b))), np.asarray(f(np, a, b))
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)
    wg.testing.check_grads(lambda a, b: f(wnp, a, b), (a, b), order=2, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "name",
    sorted(
        REAL_ONLY - {"parametric"}
        | {"fabs", "deg2rad", "ldexp", "quantile", "percentile", "heaviside", "logaddexp", "arctan2", "floor"}
    ),
)
def test_functions_of_ordered_numbers_refuse_complex_ones(name: str) -> None:
    z = points(3)
    args = {"clip": (z, 0.0, 1.0), "logaddexp": (z, z), "arctan2": (z, z), "heaviside": (z, 0.5), "ldexp": (z, 2)}
    args |= {name: (z, 0.5) for name in ("quantile", "percentile")}
    with pytest.raises(wg.DTypeError, match="element type"):
        getattr(wnp, name)(*args.get(name, (z,)))


@pytest.mark.parametrize("name", ["gammainc", "gammaincc", "betainc", "zeta", "erf", "digamma"])
def test_special_functions_refuse_complex_numbers_instead_of_reading_them_as_reals(name: str) -> None:
    count = {"betainc": 3, "erf": 1, "digamma": 1}.get(name, 2)
    with pytest.raises(wg.DTypeError, match=f"{name}: element type: no meaning for complex"):
        getattr(wg.special, name)(*[points(3)] * count)


def test_expm_of_a_skew_hermitian_matrix_is_unitary() -> None:
    a = hermitian() * 0.3j
    u = np.asarray(wnp.linalg.expm(a))
    np.testing.assert_allclose(u @ u.conj().T, np.eye(3), atol=1e-13)
    wg.testing.check_grads(wnp.linalg.expm, (a,), order=1, atol=1e-5, rtol=1e-5)


def test_empty_complex_arrays() -> None:
    empty = np.zeros((0, 2), complex)
    assert np.asarray(wnp.sum(empty)) == 0
    assert np.asarray(wnp.matmul(empty.T, empty)).tolist() == [[0, 0], [0, 0]]
    assert wg.grad(lambda z: wnp.sum(wnp.abs(z)))(empty).shape == (0, 2)
    assert np.asarray(wnp.linalg.det(np.zeros((0, 0), complex))) == 1
