"""The logarithm of the gamma function and its derivatives on a device: errors against mpmath, zeros, poles, orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import wengert as wg
from webgpu_cases import FLOAT, on_device, pytestmark, ulps  # noqa: F401
from wengert._core import elementwise

ROOT = 1.4616321449683622  # of digamma
COUNT = 500


def logarithmic(lo: float, hi: float, seed: int = 0) -> Any:
    return np.exp(np.random.default_rng(seed).uniform(np.log(lo), np.log(hi), COUNT))


def about(center: float) -> Any:
    """Numbers as near to one as they come."""
    return center + np.random.default_rng(1).choice([-1, 1], COUNT) * logarithmic(1e-7, 0.1, 2)


def uniform(lo: float, hi: float) -> Any:
    return np.random.default_rng(3).uniform(lo, hi, COUNT + 1)  # odd: an element a thread


def exactly(f: Any, x: Any) -> Any:
    with mp.workdps(40):
        return np.array([float(f(mpf(float(each)))) for each in x])


ORACLES = {"lgamma": lambda x: mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x), "digamma": mp.digamma}
EVERYWHERE = [logarithmic(1e-37, 0.5), uniform(0.5, 1.5), uniform(1.5, 3), uniform(3, 9), logarithmic(9, 1e36)]
ON_THE_LEFT = [-logarithmic(1e-36, 0.1), uniform(-0.5, -0.1)]


@pytest.mark.parametrize("name", ORACLES)
def test_the_logarithm_of_gamma_and_its_derivative_are_within_their_stated_error_at_their_zeros_too(name):
    special = {"lgamma": [about(1), about(2), uniform(-1.999, -0.5)], "digamma": [about(ROOT), about(2)]}[name]
    x = np.concatenate([*EVERYWHERE, *ON_THE_LEFT, *special]).astype(np.float32)
    assert ulps(on_device(getattr(elementwise, name), x), exactly(ORACLES[name], x)) <= 4


@pytest.mark.parametrize("name", ORACLES)
def test_left_of_zero_the_error_is_small_beside_the_parts_that_cancel(name):
    x = np.concatenate([uniform(-2, -0.5), uniform(-10, -2), uniform(-1000, -10)]).astype(np.float32)
    x = x[x != np.round(x)]
    exact = exactly(ORACLES[name], x)
    wide = np.abs(x.astype(np.float64))
    part = exactly(mp.loggamma, wide) if name == "lgamma" else np.pi / np.tan(np.pi * wide)
    unit = np.spacing(np.maximum(np.maximum(np.abs(exact), np.abs(part)), 1).astype(np.float32))
    error = np.abs(on_device(getattr(elementwise, name), x) - exact) / unit
    assert error.max() <= 6


ORDERS = [(1, 1), (2, 2), (3, 9), (10, 70)]


@pytest.mark.parametrize(("least", "most"), ORDERS)
def test_derivatives_of_digamma_of_every_order_are_within_their_stated_error(least, most):
    x = np.concatenate([logarithmic(1e-3, 1), uniform(1, 20), logarithmic(9, 1000), logarithmic(1e3, 1e12)])
    x = x.astype(np.float32)
    order = np.random.default_rng(4).integers(least, most + 1, x.size)

    def exact(n: int, x: Any) -> Any:
        y = (-1) ** (n + 1) * mp.factorial(n) * mp.zeta(n + 1, mpf(float(x)))
        return float(y if abs(y) < mpf("1e300") else mp.sign(y) * mp.inf)

    with mp.workdps(40):
        values = np.array([exact(*each) for each in zip(order.tolist(), x, strict=True)])
    found = on_device(lambda x: elementwise.polygamma(order.astype(np.float32), x), x)
    normal = ~(np.abs(values) < FLOAT.smallest_normal)
    assert (np.abs(found[~normal]) <= FLOAT.smallest_normal).all()
    assert ulps(found[normal], values[normal]) <= 4


def test_trigamma_left_of_zero_is_within_its_stated_error():
    x = np.concatenate([uniform(-20, 0), -logarithmic(1e-15, 0.1)]).astype(np.float32)
    x = x[x != np.round(x)]
    found = on_device(lambda x: elementwise.polygamma(1.0, x), x)
    assert ulps(found, exactly(lambda x: mp.polygamma(1, x), x)) <= 4


EDGES = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1, 2, -1, -2, -3, -1e7, -3e38, 3e38, 4.08e36, 4.09e36, 1e-45, -1e-45, 1e-40,
     -1e-40, 1.2e-38, -1.2e-38, 16777216.0, -8388606.5], np.float32,
)  # fmt: skip


def alike(found: Any, exact: Any) -> Any:
    """Equal to some digits, with the same sign; what is below the smallest normal number may be taken for zero."""
    small = (np.abs(exact) < FLOAT.smallest_normal) & (np.abs(found) <= FLOAT.smallest_normal)
    near = np.isclose(found, exact, rtol=1e-6, atol=0) | small
    return (near & (np.signbit(found) == np.signbit(exact))) | (np.isnan(found) & np.isnan(exact))


@pytest.mark.parametrize("order", [None, 0, 1, 2, 3, 34, 35, 70, 71, -1, 0.5, np.nan])
def test_the_gamma_functions_at_zeros_poles_infinities_and_nans_are_the_processors(order):
    names = {"lgamma": elementwise.lgamma, "digamma": elementwise.digamma}
    fs = names if order is None else {"polygamma": lambda x: elementwise.polygamma(order, x)}
    x = EDGES if order is None else EDGES[:-1]  # half way between poles all cancels, on the processor too
    for name, f in fs.items():
        found, exact = on_device(f, x), np.asarray(f(x.astype(np.float64)))
        with np.errstate(over="ignore"):
            narrow = exact.astype(np.float32)
            at_zero = np.asarray(f(np.copysign(0.0, x.astype(np.float64)))).astype(np.float32)
        wrong = ~alike(found, narrow) & ~((np.abs(x) < FLOAT.smallest_normal) & alike(found, at_zero))
        assert not wrong.any(), (name, x[wrong], found[wrong], narrow[wrong])


def test_gradients_and_hessians_of_a_likelihood_with_gamma_functions_are_the_processors():
    rng = np.random.default_rng(5)
    x, a = rng.gamma(2.0, 1.5, 203).astype(np.float32), rng.uniform(0.2, 6, 7).astype(np.float32)

    def likelihood(a: Any) -> Any:
        return np.sum((a - 1) * np.log(x)[:, None] - x[:, None] - wg.special.gammaln(a)) / x.size

    def all_of(a: Any) -> Any:
        third = wg.jvp(wg.hessian(likelihood), (a,), (a,))[1]
        return wg.value_and_grad(likelihood)(a), wg.hessian(likelihood)(a), third

    exact = wg._tree.flatten(all_of(a.astype(np.float64)))[0]
    for found, y in zip(wg._tree.flatten(on_device(all_of, a))[0], exact, strict=True):
        assert np.max(np.abs(found - y)) <= 2e-6 * np.max(np.abs(y))
