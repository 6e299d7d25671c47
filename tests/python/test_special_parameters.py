"""gammainc, gammaincc, betainc and zeta: values and derivatives by every operand against mpmath, edges, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special
from mpmath import mp, mpf

import wengert as wg
from laws import one_ulp_error
from wengert._core import elementwise

special = wg.special
RNG = np.random.default_rng(5)


def spread(low: float, high: float, n: int = 8) -> Any:
    """Numbers of every magnitude between powers of ten."""
    return 10.0 ** RNG.uniform(low, high, n)


EXACT: dict[str, Callable[..., Any]] = {
    "gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
    "betainc": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
    "zeta": mp.zeta,
}
# Function, operands, and the ulp that are allowed: two, and more where a or b lies far below 1.
VALUES: list[tuple[str, tuple[Any, ...], float]] = [
    ("gammainc", (spread(-2, 2), spread(-2, 2)), 2),
    ("gammainc", (RNG.uniform(100, 300, 6), RNG.uniform(100, 300, 6)), 2),
    ("gammainc", (RNG.uniform(1e5, 1.01e5, 3), RNG.uniform(1e5, 1.01e5, 3)), 2),
    ("gammainc", (RNG.uniform(20, 40, 4), spread(-3, 0, 4)), 2),
    ("gammaincc", (spread(-2, 2), spread(-2, 2)), 2),
    ("gammaincc", (spread(-12, 0), RNG.uniform(0.01, 3, 8)), 2),
    ("betainc", (spread(-0.3, 1.5), spread(-0.3, 1.5), RNG.uniform(0, 1, 8)), 2),
    ("betainc", (RNG.uniform(50, 300, 6), RNG.uniform(50, 300, 6), RNG.uniform(0.3, 0.7, 6)), 2),
    ("betainc", (RNG.uniform(1e4, 2e4, 4), RNG.uniform(1, 5, 4), 1 - spread(-5, -3, 4)), 2),
    ("betainc", (spread(-8, 0), spread(-8, 0), RNG.uniform(0, 1, 8)), 4),
    ("zeta", (RNG.uniform(1.01, 20, 8), RNG.uniform(0.1, 20, 8)), 2),
    ("zeta", (RNG.uniform(1.001, 1.1, 8), spread(-5, 5)), 2),
]
IDS = [f"{name}-{k}" for k, (name, _, _) in enumerate(VALUES)]


def worst(got: Any, exact: list[mpf]) -> float:
    return max(one_ulp_error(g, e) for g, e in zip(np.asarray(got), exact, strict=True))


def points(x: tuple[Any, ...]) -> list[list[mpf]]:
    return [[mpf(float(v)) for v in point] for point in zip(*x, strict=True)]


@pytest.mark.parametrize(("name", "x", "allowed"), VALUES, ids=IDS)
def test_values_are_exact_to_the_ulp(name: str, x: tuple[Any, ...], allowed: float) -> None:
    with mp.workprec(200):
        exact = [mp.re(EXACT[name](*p)) for p in points(x)]
    assert worst(getattr(special, name)(*x), exact) <= allowed


@pytest.mark.parametrize(("name", "x", "allowed"), VALUES[::3], ids=IDS[::3])
def test_float32_is_rounded_once(name: str, x: tuple[Any, ...], allowed: float) -> None:
    single = tuple(np.float32(a) for a in x)
    got = np.asarray(getattr(special, name)(*single))
    assert got.dtype == np.float32
    expected = np.asarray(getattr(special, name)(*(np.float64(a) for a in single)))
    np.testing.assert_array_equal(got, expected.astype(np.float32))


@pytest.mark.parametrize(("name", "x", "allowed"), VALUES, ids=IDS)
def test_partials_by_every_operand_are_exact_to_the_ulp(name: str, x: tuple[Any, ...], allowed: float) -> None:
    x = tuple(a[:4] for a in x)
    f = getattr(special, name)
    bars = wg.vjp(f, *x)[1](np.ones(len(x[0])))
    for k, bar in enumerate(bars):
        with mp.workprec(220):
            order = tuple(int(j == k) for j in range(len(x)))
            exact = [mp.re(mp.diff(EXACT[name], tuple(p), order)) for p in points(x)]
        assert worst(bar, exact) <= allowed, f"{name}, partial {k}"


MIXED = {
    "gammainc": ([0.7, 6.0, 20.0], [1.1, 2.0, 24.0]),
    "gammaincc": ([0.3, 6.0, 14.0], [0.4, 9.0, 9.0]),
    "betainc": ([0.4, 3.0, 30.0], [2.5, 0.8, 20.0], [0.3, 0.9, 0.55]),
    "zeta": ([1.5, 4.0, 2.2], [0.6, 3.0, 30.0]),
}


@pytest.mark.parametrize("name", MIXED)
def test_derivatives_are_those_of_differences_to_third_order(name: str) -> None:
    x = tuple(np.array(a) for a in MIXED[name])
    wg.testing.check_grads(getattr(special, name), x, order=3, atol=2e-6, rtol=2e-6)


@pytest.mark.parametrize("name", MIXED)
def test_the_fifth_derivative_by_parameters_is_refused(name: str) -> None:
    def derived(n: int) -> Any:
        f = lambda t: getattr(special, name)(t, *(a[0] for a in MIXED[name][1:]))
        for _ in range(n):
            f = wg.grad(f)
        return f(MIXED[name][0][0])

    with mp.workprec(300):
        rest = [mpf(a[0]) for a in MIXED[name][1:]]
        exact = float(mp.diff(lambda t: EXACT[name](t, *rest), mpf(MIXED[name][0][0]), 4))
    assert float(derived(4)) == pytest.approx(exact, rel=1e-12)
    with pytest.raises(wg.DomainError, match=rf"{name}: no derivative of this order: given 5.*up to 4"):
        derived(5)


inf, nan = np.inf, np.nan
EDGES: dict[str, list[tuple[float, ...]]] = {
    "gammainc": [(0, 1), (1, 0), (inf, 1), (1, inf), (-1, 1), (1, -1), (0, 0), (nan, 1), (1, nan), (1e-300, 2)],
    "gammaincc": [(0, 1), (1, 0), (inf, 1), (1, inf), (-1, 1), (1, -1), (0, 0), (nan, 1), (1, nan), (2, 1e-300)],
    "betainc": [(0, 1, 0.5), (1, 0, 0.5), (0, 1, 0), (1, 0, 1), (inf, 1, 0.5), (1, inf, 0.5), (1, 1, 2), (1, 1, -1),
                (0, 0, 0.5), (2, 3, 0), (2, 3, 1), (nan, 1, 0.5), (1, nan, 0.5), (1, 1, nan), (inf, inf, 0.5)],
    "zeta": [(2, -0.5), (3, -3.5), (2.5, -0.5), (2, -1), (2, 0), (1, 2), (0.5, 1), (inf, 2), (inf, 1), (2, inf),
             (nan, 1), (2, nan), (500, 0.5)],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", EDGES)
def test_values_at_the_edges_are_scipys(name: str) -> None:
    x = np.array(EDGES[name], float).T
    np.testing.assert_allclose(np.asarray(getattr(special, name)(*x)), getattr(scipy.special, name)(*x), rtol=1e-12)


def test_slopes_where_the_density_ends() -> None:
    slope = wg.grad(lambda x, a: special.gammainc(a, x))
    assert [float(slope(0.0, a)) for a in (0.5, 1.0, 2.0)] == [inf, 1.0, 0.0]
    assert float(wg.grad(slope)(0.0, 1.0)) == -1.0
    assert float(wg.grad(slope)(0.0, 2.0)) == 1.0
    slope = wg.grad(lambda x, a, b: special.betainc(a, b, x))
    assert float(slope(0.0, 1.0, 3.0)) == pytest.approx(3.0, rel=1e-15)
    assert float(slope(1.0, 3.0, 1.0)) == pytest.approx(3.0, rel=1e-15)
    assert float(wg.grad(slope)(0.0, 1.0, 3.0)) == pytest.approx(-6.0, rel=1e-15)
    assert float(wg.grad(slope)(1.0, 3.0, 1.0)) == pytest.approx(6.0, rel=1e-15)
    assert [float(slope(0.0, a, 2.0)) for a in (0.5, 3.0)] == [inf, 0.0]
    assert float(wg.grad(lambda a: special.gammainc(a, 0.0))(2.0)) == 0.0


def test_what_would_take_too_many_terms_is_nan_and_not_a_guess() -> None:
    a = 1e10
    assert float(special.gammainc(a, a - 1e4)) == pytest.approx(scipy.special.gammainc(a, a - 1e4), rel=1e-13)
    assert np.isnan(float(special.gammainc(1e12, 1e12 - 1e5)))


RIEMANN = np.array([-21.5, -20.0, -3.0, -1.5, -0.5, 0.0, 0.3, 0.9, 1.2, 3.0, 40.0])


def test_riemanns_zeta_is_scipys_everywhere() -> None:
    np.testing.assert_allclose(np.asarray(special.zeta(RIEMANN)), scipy.special.zeta(RIEMANN), rtol=1e-12, atol=1e-15)
    slopes = [wg.grad(special.zeta)(s) for s in RIEMANN]
    np.testing.assert_allclose(slopes, [float(mp.diff(mp.zeta, s)) for s in RIEMANN], rtol=1e-11)
    wg.testing.check_grads(special.zeta, (RIEMANN[2:],), order=2, atol=1e-5, rtol=1e-5)


def test_scipys_own_zeta_is_ours() -> None:
    f = lambda s: np.sum(scipy.special.zeta(s, 2.0) + scipy.special.zeta(s))
    exact = [float(mp.diff(lambda t: mp.zeta(t, 2) + mp.zeta(t), s)) for s in (1.5, 3.0)]
    np.testing.assert_allclose(wg.grad(f)(np.array([1.5, 3.0])), exact, rtol=1e-14)


def test_operands_are_broadcast_and_brought_to_one_type() -> None:
    a, b, x = np.array([[1.0], [2.0]], np.float32), 3, np.array([0.2, 0.5, 0.7])
    y = special.betainc(a, b, x)
    assert (y.shape, y.dtype) == ((2, 3), np.float64)
    bars = wg.vjp(lambda a, x: special.betainc(a, b, x), a, x)[1](np.ones((2, 3)))
    assert [(g.shape, g.dtype) for g in bars] == [((2, 1), np.float32), ((3,), np.float64)]
    with pytest.raises(wg.ShapeError, match=r"betainc: .*\(2,\).*\(3,\)"):
        special.betainc(np.ones(2), 1.0, np.ones(3) / 2)


@pytest.mark.parametrize("name", ["polygamma", "sinc_derivative", "bessel_j", "erfcx_moment"])
def test_a_recorded_order_is_refused(name: str) -> None:
    """Its derivative would be a silent zero."""
    f = getattr(elementwise, name)
    with pytest.raises(wg.DomainError, match=rf"{name}: no derivative by the first operand, a whole number"):
        wg.grad(lambda n: f(n, 2.0))(2.0)
    assert np.isfinite(wg.grad(lambda x: f(wg.stop_gradient(x) * 0 + 2.0, x))(1.5))
