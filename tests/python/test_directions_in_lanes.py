"""Jacobians and Hessians whose directions are lanes: steps that are alike in all lanes are multiplied before the lanes.

The reference is the same derivative along one direction after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
from laws import assert_close

N = 40  # enough for lanes to be worth it
rng = np.random.default_rng(5)
X, W = rng.normal(size=(300, N)), 0.3 * rng.normal(size=N)
GAPS = np.where(np.arange(N) % 3 == 0, np.nan, 1.0 + np.arange(N))

FUNCTIONS: dict[str, Any] = {
    "logistic": lambda w: np.mean(np.logaddexp(0.0, X @ w)),
    "chain": lambda w: np.sum(np.tanh(np.sin(X @ w) * np.exp(-((X @ w) ** 2)))),
    "fork": lambda w: np.sum((z := X @ w) * np.sin(z) - np.cos(z) / (1.0 + z**2)),
    "where": lambda w: np.sum(np.where((z := X @ w) > 0.2, z**3, -z) * np.where(z > 0, z, 2.0)),
    "clip": lambda w: np.sum(np.clip(X @ w, -0.5, 0.5) ** 2),
    "two products": lambda w: np.sum(np.sin(X @ w) * np.cos(X[::-1] @ w)),
    "rows and columns": lambda w: np.sum(np.sin(w[:, None] * w) * X[:N]),
    "turned": lambda w: np.sum(np.exp(0.1 * (w @ X.T))),
    "float32": lambda w: np.sum(np.tanh(X.astype(np.float32) @ w.astype(np.float32))),
    "outer": lambda w: np.sum(np.outer(w, w) ** 2 * X[:N]) + np.sum(w**4),
    "solve": lambda w: np.sum(np.linalg.solve(X[:N] + 9 * np.eye(N), np.sin(w)) ** 2),
}
each = pytest.mark.parametrize("name", FUNCTIONS)


def one_by_one(f: Any, w: Any) -> Any:
    return np.stack([np.asarray(wg.jvp(f, (w,), (e,))[1]) for e in np.eye(w.size)], axis=-1)


@each
def test_a_hessian_is_that_of_one_direction_after_the_other(name: str) -> None:
    f = FUNCTIONS[name]
    rtol = 2e-5 if name == "float32" else 1e-11
    assert_close(wg.hessian(f)(W), one_by_one(wg.grad(f), W), rtol=rtol)


@each
def test_a_jacobian_is_that_of_one_direction_after_the_other(name: str) -> None:
    def g(w: Any) -> Any:
        return np.stack([FUNCTIONS[name](w * k) for k in range(1, N + 5)])

    rtol = 2e-5 if name == "float32" else 1e-11
    assert_close(wg.jacobian(g, mode="forward")(W), one_by_one(g, W), rtol=rtol)


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"float32", "clip"}))  # rounding, kinks
def test_third_derivatives_in_lanes_are_differences_of_hessians(name: str) -> None:
    f, v, h = FUNCTIONS[name], np.cos(np.arange(N)), 1e-4
    got = wg.jvp(wg.hessian(f), (W,), (v,))[1]
    expected = (np.asarray(wg.hessian(f)(W + h * v)) - np.asarray(wg.hessian(f)(W - h * v))) / (2 * h)
    assert np.max(np.abs(got - expected)) < 1e-5 * np.max(np.abs(expected))


def test_what_a_mask_leaves_out_stays_out_in_every_lane() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(np.isnan(GAPS), 0.0, (GAPS * x) ** 2))

    assert_close(wg.hessian(f)(np.ones(N)), np.diag(np.where(np.isnan(GAPS), 0.0, 2 * GAPS**2)), rtol=1e-15)


def test_a_nan_in_the_factor_of_a_masked_one_does_not_reach_the_other_lanes() -> None:
    x = np.linspace(-1.0, 1.0, N)
    with np.errstate(invalid="ignore"):
        got = wg.jacobian(np.sqrt, mode="forward")(x)
        twice = wg.hessian(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(x)
    assert not np.any(got[~np.eye(N, dtype=bool)])
    assert np.array_equal(np.isnan(np.diag(got)), x < 0)
    expected = np.diag(np.where(x > 0, -0.25 * np.where(x > 0, x, 1.0) ** -1.5, 0.0))
    assert_close(twice, expected, rtol=1e-14)


def test_a_row_with_an_infinity_has_its_own_derivatives_only() -> None:
    a = X[:N].copy()
    a[3, 4] = np.inf
    assert np.array_equal(wg.jacobian(lambda w: a @ w, mode="forward")(W), a)
    with wg.strict(), np.errstate(invalid="ignore"):
        assert np.isnan(wg.jacobian(lambda w: a @ w, mode="forward")(W)[3]).any()


def test_only_what_leads_to_a_result_is_swept() -> None:
    @wg.custom_jvp
    def refuses(x: Any) -> Any:
        return x * 2

    @refuses.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        raise AssertionError("nobody wants this tangent")

    def f(x: Any) -> Any:
        refuses(x)
        return np.sin(x)

    assert_close(wg.jvp(f, (np.ones(3),), (np.ones(3),))[1], np.cos(np.ones(3)), rtol=1e-15)
