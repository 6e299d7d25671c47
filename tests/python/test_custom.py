"""Functions with rules of their own, and functions computed again: the same derivatives of any order, in any mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
from wengert import _core

X = np.array([0.3, -0.7, 1.1])
V = np.array([1.0, 0.5, -2.0])
W = np.array([[1.0, 2.0, 0.5], [-0.3, 0.4, 1.5]])


def log_sum_exp(x: Any) -> Any:
    return np.log(np.sum(np.exp(x)))


@wg.custom_vjp
def by_vjp(x: Any) -> Any:
    return log_sum_exp(x)


def _forward(x: Any) -> Any:
    y = log_sum_exp(x)
    return y, (x, y)


by_vjp.defvjp(_forward, lambda kept, ybar: (ybar * np.exp(kept[0] - kept[1]),))


@wg.custom_jvp
def by_jvp(x: Any) -> Any:
    return log_sum_exp(x)


@by_jvp.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    y = by_jvp(x)
    return y, np.sum(np.exp(x - y) * dx)


@wg.custom_jvp
def by_shares(x: Any) -> Any:
    return log_sum_exp(x)


by_shares.defjvps(lambda dx, y, x: np.sum(np.exp(x - y) * dx))

SAME: dict[str, Callable[[Any], Any]] = {
    "custom_vjp": by_vjp,
    "custom_jvp": by_jvp,
    "custom_jvp by shares": by_shares,
    "checkpoint": wg.checkpoint(log_sum_exp),
    "checkpoint in checkpoint": wg.checkpoint(lambda x: wg.checkpoint(log_sum_exp)(x * 1.0)),
}


def close(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("f", SAME.values(), ids=SAME)
def test_derivatives_of_every_order_and_mode_are_those_of_the_plain_function(f: Callable[[Any], Any]) -> None:
    def inside(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: g(x * x) ** 2 + np.sum(x)

    a, b = inside(f), inside(log_sum_exp)
    assert f(X) == log_sum_exp(X)
    close(wg.grad(a)(X), wg.grad(b)(X))
    close(wg.jvp(a, (X,), (V,)), wg.jvp(b, (X,), (V,)))
    close(wg.hvp(a, X, V), wg.hvp(b, X, V))
    close(wg.hessian(a)(X), wg.hessian(b)(X))
    close(wg.jacobian(wg.grad(a), mode="reverse")(X), wg.hessian(b)(X))
    close(wg.jvp(lambda x: wg.jvp(a, (x,), (V,))[1], (X,), (V,))[1], V @ wg.hessian(b)(X) @ V)
    close(wg.grad(lambda x: wg.jvp(a, (x,), (V,))[1])(X), wg.hvp(b, X, V))
    close(wg.grad(lambda x: V @ wg.hvp(a, x, V))(X), wg.grad(lambda x: V @ wg.hvp(b, x, V))(X))


def model(again: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """A closure over recorded weights, trees in and out, and a function of no argument at all."""

    def loss(w: Any, x: Any) -> Any:
        parts = again(lambda z: {"wave": np.sin(w @ z), "level": np.cos(z).sum(), "name": "kept", "count": 3})(x)
        assert (parts["name"], parts["count"]) == ("kept", 3)
        product = again(lambda: parts["wave"] * parts["level"])()
        return (product**2).sum()

    return loss


def test_a_checkpoint_may_close_over_recorded_arrays() -> None:
    a, b = model(wg.checkpoint), model(lambda f: f)
    for got, expected in zip(wg.grad(a, (0, 1))(W, X), wg.grad(b, (0, 1))(W, X), strict=True):
        close(got, expected)
    close(wg.jacobian(wg.grad(a), 1)(W, X), wg.jacobian(wg.grad(b), 1)(W, X))
    close(wg.hessian(a, 1)(W, X), wg.hessian(b, 1)(W, X))


def test_a_pullback_through_a_checkpoint_works_after_its_transform_ended() -> None:
    _, pull = wg.vjp(model(wg.checkpoint), W, X)
    expected = wg.grad(model(lambda f: f), (0, 1))(W, X)
    for _ in range(2):
        for got, want in zip(pull(1.0), expected, strict=True):
            close(got, want)


def test_a_checkpoint_runs_once_for_the_value_and_once_for_each_sweep() -> None:
    runs: list[int] = []

    def counted(x: Any) -> Any:
        runs.append(1)
        return np.sin(x)

    f = wg.checkpoint(counted)
    _, pull = wg.vjp(lambda x: np.sum(f(x)), X)
    assert len(runs) == 1
    pull(1.0)
    pull(1.0)
    assert len(runs) == 3


def test_a_checkpoint_keeps_no_intermediate_values() -> None:
    def deep(x: Any) -> Any:
        for _ in range(1_000):
            x = np.sin(x)
        return x

    sizes = []
    for f in (deep, wg.checkpoint(deep)):
        scope = _core.Scope("grad", f)
        scope.enter()
        y = f(scope.watch(X))
        sizes.append(scope.size)
        del y
        scope.close()
    assert sizes[0] >= 1_000 > 10 >= sizes[1]


def test_writing_into_an_array_from_outside_of_a_checkpoint_is_refused() -> None:
    def f(x: Any) -> Any:
        y = x * 1.0

        def inner(z: Any) -> Any:
            y[0] = 5.0
            return z * y

        return np.sum(wg.checkpoint(inner)(x))

    with pytest.raises(wg.TapeError, match=r"assignment: into a recorded array from outside"):
        wg.grad(f)(X)


def test_a_rule_that_closes_over_a_recorded_array_is_refused_and_named() -> None:
    def f(z: Any) -> Any:
        g = wg.custom_vjp(lambda x: x * z)
        g.defvjp(lambda x: (x * z, None), lambda _, ybar: (ybar,))
        return g(z * 1.0)

    with pytest.raises(wg.TapeError, match=r"custom_vjp: .* not among its arguments"):
        wg.grad(f)(2.0)


def test_a_rule_may_call_code_that_knows_nothing_of_derivatives() -> None:
    @wg.custom_vjp
    def outside(x: Any) -> Any:
        return np.frompyfunc(lambda v: v**3, 1, 1)(np.asarray(x)).astype(float)

    outside.defvjp(lambda x: (outside.f(x), x), lambda x, ybar: (3.0 * x**2 * ybar,))
    close(wg.grad(lambda x: np.sum(outside(x)))(X), 3 * X**2)


def test_trees_fixed_arguments_and_keywords() -> None:
    scaled = wg.custom_vjp(lambda n, tree: {"y": n * tree["a"]}, nondiff_argnums=(0,))
    scaled.defvjp(
        lambda n, tree: ({"y": n * tree["a"]}, None), lambda n, _, ybar: ({"a": 10.0 * ybar["y"], "b": None},)
    )
    with pytest.raises(wg.ShapeError, match=r"custom_vjp: trees differ"):
        wg.grad(lambda x: scaled(3, {"a": x, "b": x})["y"])(2.0)
    scaled.defvjp(
        lambda n, tree: ({"y": n * tree["a"]}, None),
        lambda n, _, ybar: ({"a": 10.0 * ybar["y"], "b": 0.0 * ybar["y"]},),
    )
    assert wg.grad(lambda x: scaled(3, {"a": x, "b": x})["y"])(2.0) == 10.0
    with_keyword = wg.custom_vjp(lambda x, n=2: x**n)
    with_keyword.defvjp(lambda x, n: (x**n, (x, n)), lambda kept, ybar: (7.0 * ybar, None))
    assert wg.grad(lambda x: with_keyword(x, n=3))(2.0) == 7.0


@pytest.mark.parametrize("bars", [None, (), (1.0, 2.0)], ids=["nothing", "none", "two"])
def test_a_rule_that_returns_the_wrong_number_of_adjoints_is_told_both(bars: Any) -> None:
    f = wg.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (x * x, None), lambda _, ybar: bars)
    with pytest.raises(wg.ShapeError, match=r"custom_vjp: bwd returned .* expected a tuple of 1"):
        wg.grad(f)(2.0)


def test_a_rule_that_returns_a_wrong_shape_is_told_both() -> None:
    f = wg.custom_vjp(lambda x: np.sum(x))
    f.defvjp(lambda x: (np.sum(x), None), lambda _, ybar: (ybar,))
    with pytest.raises(wg.ShapeError, match=r"custom_vjp: shapes differ: the adjoint is \(\), expected \(3,\)"):
        wg.grad(f)(X)


def test_a_function_without_a_rule_says_how_to_state_it() -> None:
    with pytest.raises(TypeError, match=r"custom_vjp: no rule: call .*defvjp"):
        wg.custom_vjp(np.sin)(1.0)
    with pytest.raises(TypeError, match=r"custom_jvp: no rule: call .*defjvp"):
        wg.custom_jvp(np.sin)(1.0)


def test_an_exception_inside_leaves_everything_as_it_was() -> None:
    def fails(x: Any) -> Any:
        raise RuntimeError("inside")

    def f(x: Any) -> Any:
        with pytest.raises(RuntimeError, match="inside"):
            wg.checkpoint(fails)(x)
        return x * x

    assert wg.grad(f)(3.0) == 6.0


def test_linearize_pushes_again_and_again() -> None:
    y, push = wg.linearize(lambda x: np.sin(x) * x, X)
    close(y, np.sin(X) * X)
    for v in (V, 2 * V):
        close(push(v), wg.jvp(lambda x: np.sin(x) * x, (X,), (v,))[1])
    with pytest.raises(wg.ShapeError, match=r"linearize: "):
        push(1.0)
