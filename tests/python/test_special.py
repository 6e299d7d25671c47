"""wengert.special is scipy.special: a loop over a table of where each function is sampled."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

import special_oracles as so
import wengert as wg
import wengert.numpy as wnp
from agreement import broadcastable
from laws import assert_close

special = wg.special
WIDE = np.linspace(-2.9, 3.1, 7)
OVER = np.array([0.2, 0.9, 1.6, 2.5, 4.3])
INSIDE = np.array([0.03, 0.2, 0.55, 0.81, 0.97])

ONE: dict[str, Any] = {
    "cbrt": OVER,
    "digamma": OVER,
    "entr": OVER,
    "erf": WIDE,
    "erfc": WIDE,
    "erfcinv": 2 * INSIDE,
    "erfcx": WIDE,
    "erfinv": 2 * INSIDE - 1,
    "exp2": WIDE,
    "exp10": WIDE,
    "expit": WIDE,
    "expm1": WIDE,
    "exprel": WIDE,
    "gamma": np.array([-1.3, -0.4, 0.3, 1.7, 5.2]),
    "gammaln": OVER,
    "gammasgn": np.array([-2.3, -1.3, -0.4, 0.3, 1.7]),
    "i0": WIDE,
    "i0e": WIDE,
    "i1": WIDE,
    "i1e": WIDE,
    "j0": WIDE,
    "j1": WIDE,
    "log1p": OVER,
    "log_expit": WIDE,
    "log_ndtr": np.array([-31.0, -21.0, -8.0, -1.2, 0.4, 2.2]),
    "log_softmax": WIDE,
    "loggamma": OVER,
    "logit": INSIDE,
    "logsumexp": WIDE,
    "ndtr": WIDE,
    "ndtri": INSIDE,
    "psi": OVER,
    "rgamma": np.array([-1.3, -0.4, 0.3, 1.7, 5.2]),
    "softmax": WIDE,
    "y0": OVER,
    "y1": OVER,
}
TWO: dict[str, tuple[Any, Any]] = {
    "beta": (OVER, OVER[::-1].copy()),
    "betaln": (OVER, OVER[::-1].copy()),
    "binom": (OVER + 2.0, INSIDE),
    "boxcox": (OVER, INSIDE - 0.5),
    "boxcox1p": (OVER, INSIDE - 0.5),
    "gammainc": (OVER, OVER[::-1].copy()),
    "gammaincc": (OVER, OVER[::-1].copy()),
    "huber": (OVER, np.array([1.0, -0.3, 2.2, -4.0, 3.0])),
    "inv_boxcox": (INSIDE, INSIDE[::-1] - 0.5),
    "inv_boxcox1p": (INSIDE, INSIDE[::-1] - 0.5),
    "kl_div": (OVER, INSIDE),
    "logaddexp": (WIDE, 0.3 * WIDE),
    "poch": (OVER, INSIDE),
    "pseudo_huber": (OVER, np.array([1.0, -0.3, 2.2, -4.0, 3.0])),
    "rel_entr": (OVER, INSIDE),
    "xlog1py": (OVER, INSIDE),
    "xlogy": (OVER, INSIDE),
    "zeta": (OVER + 1.0, OVER[::-1].copy()),
}
THREE: dict[str, tuple[Any, Any, Any]] = {"betainc": (OVER, OVER[::-1].copy(), INSIDE)}
ROWS: dict[str, tuple[Any, ...]] = {name: (x,) for name, x in ONE.items()} | TWO | THREE
PRIMITIVES = {p.name for p in wg.testing.primitives()} | {"expit", "gammaln", "psi"}
ALONG_AXES = {"log_softmax", "logsumexp", "softmax"}
NOT_SCIPYS = {"relu", "softplus", "sinc", "logaddexp"}
ELSEWHERE = {"polygamma", "multigammaln"}  # of a whole number too: below


def reference(name: str) -> Any:
    return {"sinc": np.sinc, "logaddexp": np.logaddexp}.get(name) or getattr(scipy.special, name)


def test_every_function_has_a_row() -> None:
    assert set(special.__all__) - ELSEWHERE - set(ROWS) <= NOT_SCIPYS


@pytest.mark.parametrize("name", ROWS)
def test_values_and_dtypes_are_scipys(name: str) -> None:
    f, x = getattr(special, name), ROWS[name]
    got, expected = np.asarray(f(*x)), reference(name)(*x)
    assert got.dtype == np.float64
    assert_close(got, expected, rtol=1e-12)
    single = tuple(a.astype(np.float32) for a in x)
    assert np.asarray(f(*single)).dtype == np.float32
    np.testing.assert_allclose(np.asarray(f(*single)), reference(name)(*single), rtol=2e-4, atol=2e-5)
    for shape in ((0,), (0, 2)):
        if name not in ALONG_AXES:
            assert np.asarray(f(*(np.zeros(shape) for _ in x))).shape == shape


@pytest.mark.parametrize("name", ROWS)
def test_derivatives_are_those_of_differences_to_second_order(name: str) -> None:
    wg.testing.check_grads(getattr(special, name), ROWS[name], order=2, atol=2e-6, rtol=2e-6)


@pytest.mark.parametrize("name", [name for name in ROWS if name not in PRIMITIVES])
def test_third_derivatives_are_those_of_differences(name: str) -> None:
    """Those of the primitives are compared with exact ones, in test_rules.py."""
    if name in ALONG_AXES:
        return
    x = tuple(a[1:3] for a in ROWS[name])
    wg.testing.check_grads(getattr(special, name), x, order=3, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in ROWS if name not in ALONG_AXES])
@given(draw=st.randoms(use_true_random=True))
def test_shapes_dtypes_and_strides_are_numpys(name: str, draw: random.Random) -> None:
    """Broadcast, reversed, transposed and empty operands of both float types, numbers too."""
    shapes = broadcastable(draw, len(ROWS[name]))
    dtype = draw.choice([np.float64, np.float32])
    seed = draw.randrange(10)
    x = [arranged(a, shape, seed, dtype) for a, shape in zip(ROWS[name], shapes, strict=True)]
    got, expected = np.asarray(getattr(special, name)(*x)), np.asarray(reference(name)(*x))
    assert (got.shape, got.dtype) == (np.broadcast_shapes(*shapes), dtype)
    tolerance = 1e-12 if dtype is np.float64 else 2e-4
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


def arranged(values: Any, shape: tuple[int, ...], seed: int, dtype: Any) -> Any:
    """Values of a row in that shape, in an order of memory that depends on the seed."""
    picked = np.resize(np.roll(values, seed), shape[::-1] if seed % 2 else shape).astype(dtype)
    turned = picked.T if seed % 2 else picked
    return turned[tuple(slice(None, None, -1) for _ in shape)] if seed % 3 else turned


@pytest.mark.parametrize("name", [name for name in ROWS if name not in ALONG_AXES])
def test_lanes_are_what_the_points_are(name: str) -> None:
    f, x = getattr(special, name), ROWS[name]
    np.testing.assert_array_equal(wg.vmap(f)(*x), np.asarray(f(*x)))
    slope = wg.grad(f, argnums=len(x) - 1)
    got = np.asarray(wg.vmap(slope)(*x))
    np.testing.assert_array_equal(got, [slope(*point) for point in zip(*(a.tolist() for a in x), strict=True)])


@pytest.mark.parametrize("name", [name for name in ROWS if isinstance(getattr(scipy.special, name, None), np.ufunc)])
def test_scipys_own_ufuncs_are_differentiated(name: str) -> None:
    f, x = reference(name), ROWS[name]
    y, dy = wg.jvp(f, x, tuple(np.ones_like(a) for a in x))
    assert_close(y, f(*x), rtol=1e-12)
    assert_close(dy, wg.jvp(getattr(special, name), x, tuple(np.ones_like(a) for a in x))[1], rtol=1e-14)


def test_functions_of_a_whole_number_are_scipys() -> None:
    assert_close(special.polygamma(2, OVER), scipy.special.polygamma(2, OVER), rtol=1e-12)
    assert_close(special.multigammaln(OVER + 2, 3), scipy.special.multigammaln(OVER + 2, 3), rtol=1e-12)
    wg.testing.check_grads(lambda a: special.multigammaln(a, 3), (OVER + 2,), order=2)
    with pytest.raises(wg.DomainError, match=r"multigammaln: .*3.*0\.2"):
        special.multigammaln(OVER, 3)


def test_weighted_sums_of_exponentials_are_scipys() -> None:
    x, b = np.array([[1.0, 2.0, -1.0], [800.0, 799.0, 3.0]]), np.array([[1.0, -2.0, 0.5], [2.0, 1.0, 0.0]])
    assert_close(special.logsumexp(x[1:], b=b[1:]), scipy.special.logsumexp(x[1:], b=b[1:]), rtol=1e-14)
    got = special.logsumexp(x, axis=1, b=b, keepdims=True, return_sign=True)
    expected = scipy.special.logsumexp(x, axis=1, b=b, keepdims=True, return_sign=True)
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other, rtol=1e-14)
        assert np.shape(one) == np.shape(other)
    wg.testing.check_grads(lambda x, b: special.logsumexp(x, 1, b, return_sign=True)[0], (x, b), order=2)


EDGES: dict[str, tuple[Any, ...]] = {
    "entr": (np.array([0.0, -1.0, 2.0]),),
    "rel_entr": (np.array([0.0, 0.0, 1.0, -1.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0, 3.0])),
    "kl_div": (np.array([0.0, 0.0, 1.0, -1.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0, 3.0])),
    "erfinv": (np.array([-1.0, 0.0, 1.0, 2.0, np.nan, 1 - 1e-15, -1e-300, 0.5]),),
    "erfcinv": (np.array([0.0, 1.0, 2.0, 3.0, np.nan, 1e-300, 1e-15, 1.5]),),
    "ndtri": (np.array([0.0, 0.5, 1.0, 1e-200, np.nan]),),
    "log_ndtr": (np.array([-1e10, -300.0, -20.0, 0.0, 9.0, 40.0]),),
    "gamma": (np.array([1.0, 2.0, 11.0, 100.5]),),
    "rgamma": (np.array([-2.0, -1.0, 0.0, 1.0]),),
    "logit": (np.array([0.0, 0.5, 1.0, 2.0]),),
    "exprel": (np.array([0.0, 1e-9, -1e-4, 1e-5]),),
    "boxcox": (np.array([1.0, 2.0, 3.0]), np.array([0.0, 1e-9, 0.0])),
    "inv_boxcox": (np.array([1.0, 2.0, 3.0]), np.array([0.0, 1e-9, 0.0])),
    "i0": (np.array([0.0, 50.0, -600.0]),),
    "i1e": (np.array([0.0, 50.0, -600.0]),),
    "huber": (np.array([-1.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0])),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", EDGES)
def test_values_at_the_edges_are_scipys(name: str) -> None:
    np.testing.assert_allclose(
        np.asarray(getattr(special, name)(*EDGES[name])), reference(name)(*EDGES[name]), rtol=1e-12, atol=1e-300
    )


@given(x=st.floats(-0.999999, 0.999999))
def test_erfinv_is_the_inverse_of_erf_to_third_order(x: float) -> None:
    y = float(special.erfinv(x))
    assert float(special.erf(y)) == pytest.approx(x, rel=1e-14, abs=1e-300)
    slope = wg.grad(special.erfinv)(x)
    assert slope == pytest.approx(np.sqrt(np.pi) / 2 * np.exp(y * y), rel=1e-10)
    assert wg.grad(wg.grad(special.erfinv))(x) == pytest.approx(2 * y * slope**2, rel=1e-9, abs=1e-12)
    third = 2 * slope**3 + 8 * y * y * slope**3
    assert wg.grad(wg.grad(wg.grad(special.erfinv)))(x) == pytest.approx(third, rel=1e-7)


def test_entropies_have_no_slope_where_nothing_is() -> None:
    assert wg.grad(lambda y: wnp.sum(special.rel_entr([0.0, 1.0], y)))(np.array([0.0, 2.0])).tolist() == [0.0, -0.5]
    assert wg.grad(lambda x: wnp.sum(special.huber(1.0, x)))(np.array([0.0, 0.5, -3.0])).tolist() == [0, 0.5, -1]


@pytest.mark.parametrize("x", [0.0, 1e-9, 1e-5, -2e-5, 1e-3, -0.1, 30.0])
def test_higher_derivatives_of_exprel_do_not_cancel_near_zero(x: float) -> None:
    f = special.exprel
    for n in (1, 2, 3):
        f = wg.grad(f)
        assert float(f(x)) == pytest.approx(float(so.exprel_moment(mpf(n), mpf(x))), rel=1e-15)


@pytest.mark.parametrize("power", [1e-9, 1e-5, -2e-5, 1e-3, -0.1, 3.0])
def test_higher_derivatives_of_inv_boxcox_do_not_cancel_near_zero(power: float) -> None:
    f = lambda p: special.inv_boxcox(0.7, p)
    with mp.workprec(400):
        exact = mp.taylor(lambda t: mp.exp(mp.log1p(0.7 * t) / t), mpf(power), 2)
    assert float(wg.grad(f)(power)) == pytest.approx(float(exact[1]), rel=1e-13)
    assert float(wg.grad(wg.grad(f))(power)) == pytest.approx(float(2 * exact[2]), rel=1e-13)


def test_rgamma_has_its_slope_at_the_poles_of_gamma() -> None:
    slopes = wg.jvp(special.rgamma, (-np.arange(5.0),), (np.ones(5),))[1]
    assert_close(slopes, [1.0, -1.0, 2.0, -6.0, 24.0], rtol=1e-15)


def test_polygamma_far_below_zero_has_all_terms() -> None:
    x = np.array([-1e7 - 0.3, -2.5e6 - 0.25])
    with mp.workprec(200):
        exact = [(mp.pi / mp.sin(mp.pi * mpf(v))) ** 2 - mp.psi(1, 1 - mpf(v)) for v in x]
    assert_close(special.polygamma(1, x), [float(v) for v in exact], rtol=1e-15)
