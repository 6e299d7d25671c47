"""Solutions are differentiated by the implicit function theorem: closed forms, modes, orders, closures, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize

import wengert as wg
import wengert.numpy as wnp

A = np.array([[4.0, 1.0], [1.0, 3.0]])
B = np.array([0.5, -2.0])


def close(a: Any, b: Any, rtol: float = 1e-9) -> None:
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-11)


def square_root(a: Any) -> Any:
    return wg.root(lambda x, a: x * x - a, 1.0, a)


def square_root_by_closure(a: Any) -> Any:
    return wg.fixed_point(lambda x: 0.5 * (x + a / x), 1.0)


def square_root_by_descent(a: Any) -> Any:
    return wg.argmin(lambda x, a: x**3 / 3.0 - a * x, 1.0, a)


def square_root_by_hand(a: Any) -> Any:
    def newton(f: Any, x: Any) -> Any:
        for _ in range(50):
            x = x - f(x) / (2.0 * x)
        return x

    return wg.root(lambda x, a: x * x - a, 1.0, a, solver=newton)


@pytest.mark.parametrize("f", [square_root, square_root_by_closure, square_root_by_descent, square_root_by_hand])
def test_a_square_root_has_its_derivatives_in_every_mode_and_order(f: Any) -> None:
    a = 2.3
    close(f(a), np.sqrt(a))
    first, second, third = 0.5 * a**-0.5, -0.25 * a**-1.5, 0.375 * a**-2.5
    close(wg.grad(f)(a), first)
    close(wg.jvp(f, (a,), (2.0,)), (np.sqrt(a), 2 * first))
    close(wg.grad(wg.grad(f))(a), second)
    close(wg.hvp(f, a, 1.0), second)
    close(wg.jvp(lambda x: wg.jvp(f, (x,), (1.0,))[1], (a,), (1.0,))[1], second)
    close(wg.grad(lambda x: wg.jvp(f, (x,), (1.0,))[1])(a), second)
    close(wg.grad(wg.grad(wg.grad(f)))(a), third)


def system(x: Any, w: Any, b: Any) -> Any:
    return np.tanh(w @ x) + 2.0 * x - b


def test_a_system_of_equations_has_the_derivatives_of_its_solution() -> None:
    def value(w: Any, b: Any) -> Any:
        return scipy.optimize.root(system, np.zeros(2), args=(w, b), tol=1e-14).x

    jacobians = wg.jacobian(lambda w, b: wg.root(system, np.zeros(2), w, b), argnums=(0, 1))(A, B)
    h = 1e-6
    for k in np.ndindex(2, 2):
        step = np.zeros((2, 2))
        step[k] = h
        close(jacobians[0][:, k[0], k[1]], (value(A + step, B) - value(A - step, B)) / (2 * h), rtol=1e-6)
    for k in range(2):
        step = np.eye(2)[k] * h
        close(jacobians[1][:, k], (value(A, B + step) - value(A, B - step)) / (2 * h), rtol=1e-6)
    wg.testing.check_grads(lambda w, b: np.sum(wg.root(system, np.zeros(2), w, b) ** 2), (A, B), order=2)


def test_ridge_regression_by_argmin_has_the_derivatives_of_the_closed_form() -> None:
    data = np.random.default_rng(3)
    x, y = data.normal(size=(20, 3)), data.normal(size=20)

    def fitted(penalty: Any) -> Any:
        return wg.argmin(lambda w: np.sum((x @ w - y) ** 2) + penalty * np.sum(w * w), np.zeros(3))

    def closed(penalty: Any) -> Any:
        return wnp.linalg.solve(x.T @ x + penalty * np.eye(3), x.T @ y)

    close(fitted(0.7), closed(0.7))
    close(wg.jacobian(fitted)(0.7), wg.jacobian(closed)(0.7))
    close(wg.hessian(lambda p: np.sum(fitted(p) ** 2))(0.7), wg.hessian(lambda p: np.sum(closed(p) ** 2))(0.7))


def test_nothing_recorded_gives_numpy_and_shapes_are_kept() -> None:
    x = wg.root(lambda x: x**3 - 8.0, np.ones((2, 1)))
    assert isinstance(x, np.ndarray)
    assert x.shape == (2, 1)
    close(x, np.full((2, 1), 2.0))
    assert wg.root(lambda x: x - 1.0, 0.0).shape == ()
    gradient = wg.grad(lambda a: np.sum(wg.root(lambda x: x**3 - a, np.ones((2, 1)))))(np.full((2, 1), 8.0))
    close(gradient, np.full((2, 1), 1 / 12))


def test_the_start_has_no_influence() -> None:
    assert wg.grad(lambda s: wg.root(lambda x: x * x - 4.0, s))(1.5) == 0.0


def test_failures_say_who_failed_and_by_how_much() -> None:
    with pytest.raises(wg.DomainError, match=r"root: the solver gave up: .* \(the residual is"):
        wg.root(lambda x: x * x + 1.0, 1.0)
    with pytest.raises(wg.DomainError, match=r"fixed_point: not settled after 10,000 iterations"):
        wg.fixed_point(lambda x: x + 1.0, 1.0)
    with pytest.raises(wg.ShapeError, match=r"fixed_point: shapes differ: f returned \(3,\), x0 is \(2,\)"):
        wg.fixed_point(lambda x: np.zeros(3), np.zeros(2))
    with pytest.raises(wg.ShapeError, match=r"root: shapes differ: the solver returned \(1,\), x0 is \(2,\)"):
        wg.root(lambda x: x, np.zeros(2), solver=lambda f, x: x[:1])
    with pytest.raises(wg.DomainError, match=r"singular"):
        wg.grad(lambda a: wg.root(lambda x: a * x**2, 0.0))(1.0)


@pytest.mark.parametrize("f", [square_root, square_root_by_closure, square_root_by_descent, square_root_by_hand])
def test_solutions_are_found_lane_by_lane_and_differentiated_in_any_mix(f: Any) -> None:
    a = np.array([1.0, 2.3, 4.0])
    close(wg.vmap(f)(a), np.sqrt(a))
    close(wg.vmap(wg.grad(f))(a), 0.5 * a**-0.5)
    close(wg.vmap(wg.grad(wg.grad(f)))(a), -0.25 * a**-1.5)
    close(wg.grad(lambda a: np.sum(wg.vmap(f)(a)))(a), 0.5 * a**-0.5)
    close(wg.jacobian(wg.vmap(f), mode="forward")(a), np.diag(0.5 * a**-0.5))


def test_solutions_under_two_vmaps_with_what_is_alike_in_lanes() -> None:
    a, b = np.array([1.0, 2.0]), np.array([1.0, 3.0, 5.0])

    def solved(a: Any, b: Any) -> Any:
        return wg.root(lambda x, d: x**3 - a * d["b"], 1.0, {"b": b})

    def table(f: Any) -> Any:
        return wg.vmap(wg.vmap(f, in_axes=(None, 0)), in_axes=(0, None))

    close(table(solved)(a, b), np.cbrt(np.outer(a, b)))
    close(table(wg.grad(solved))(a, b), b / (3.0 * np.outer(a, b) ** (2 / 3)))
    shared = wg.grad(lambda c: np.sum(wg.vmap(lambda k: k * wg.root(lambda x: x**3 - c, 1.0))(b)))
    close(shared(8.0), np.sum(b) / 12.0)
    close(wg.vmap(lambda start: wg.root(lambda x: x * x - 4.0, start))(np.array([-1.0, 1.0])), [-2.0, 2.0])


def test_solvers_that_run_into_nan_or_infinity_say_so() -> None:
    said = r"fixed_point: x is not finite after 1023 iterations"
    with np.errstate(over="ignore"), pytest.raises(wg.DomainError, match=said):
        wg.fixed_point(lambda x: 2.0 * x + 1.0, 1.0)
    with pytest.raises(wg.DomainError, match=r"root: the solver gave up: .* \(the residual is nan\)"):
        wg.root(lambda x: np.where(x > 5.0, x, np.nan), 1.0)


def test_starts_and_residuals_of_other_kinds_are_refused_by_name() -> None:
    with pytest.raises(wg.DTypeError, match=r"root: x0: solutions are real: given complex128"):
        wg.root(lambda x: x * x + 1.0, 1j)
    with pytest.raises(wg.DTypeError, match=r"argmin: x0: no array of numbers: given dict"):
        wg.argmin(lambda x: x["a"], {"a": 1.0})
    with pytest.raises(wg.ShapeError, match=r"root: shapes differ: the residual is \(2,\), x is \(\)"):
        wg.root(lambda x: np.stack([x, x]), 1.0)
    with pytest.raises(wg.ShapeError, match=r"argmin: the output is not a scalar: the function returned shape \(2,\)"):
        wg.argmin(lambda x: np.stack([x, x]), 1.0)


def test_cond_runs_one_branch() -> None:
    def f(x: Any) -> Any:
        return wg.cond(x > 1.0, lambda v: v**2, lambda v: 1.0 / 0.0, x)

    assert wg.grad(f)(3.0) == 6.0
    assert wg.grad(lambda x: wg.cond(x[0] < 0, np.sin, np.sum, x))(np.ones(2)).tolist() == [1.0, 1.0]
    with pytest.raises(wg.ShapeError, match=r"cond: one truth value is wanted: the condition has shape \(2,\)"):
        wg.cond(wg.asarray([True, False]), np.sin, np.cos, 1.0)
