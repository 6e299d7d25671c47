"""Checkpoints that keep what a policy says: the same derivatives, bit by bit, and nothing but that in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import wengert as wg
import wengert.numpy as wnp

POLICIES: list[Any] = ["nothing", "products", "all", ["hidden"], ["hidden", "nobody"], []]
random = np.random.default_rng(7)
X, W = random.normal(size=4), random.normal(size=(4, 4)) / 2


def layered(x: Any, w: Any) -> Any:
    hidden = wg.checkpoint_name(wnp.tanh(w @ x), "hidden")
    return {"y": wnp.sin(w @ hidden) * x, "n": 3, "sum": (hidden * hidden).sum()}


def loss_of(f: Callable[..., Any]) -> Callable[..., Any]:
    def loss(x: Any, w: Any) -> Any:
        found = f(x, w)
        return (found["y"] ** 2).sum() * found["n"] + found["sum"]

    return loss


@pytest.mark.parametrize("policy", POLICIES)
def test_gradients_are_those_of_the_function(policy: Any) -> None:
    got = wg.grad(loss_of(wg.checkpoint(layered, policy)), (0, 1))(X, W)
    for a, b in zip(got, wg.grad(loss_of(layered), (0, 1))(X, W), strict=True):
        assert_allclose(a, b, rtol=1e-13, atol=1e-14)
    for a, b in zip(got, wg.grad(loss_of(wg.checkpoint(layered, "all")), (0, 1))(X, W), strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_transform(policy: Any) -> None:
    f, g = loss_of(wg.checkpoint(layered, policy)), loss_of(layered)
    rows = random.normal(size=(3, 4))
    assert_allclose(wg.hvp(lambda x: f(x, W), (X,), (X + 1,))[0], wg.hvp(lambda x: g(x, W), (X,), (X + 1,))[0])
    assert_allclose(wg.jvp(f, (X, W), (X + 1, W)), wg.jvp(g, (X, W), (X + 1, W)))
    assert_allclose(wg.hessian(lambda x: f(x, W))(X), wg.hessian(lambda x: g(x, W))(X), atol=1e-12)
    assert_allclose(wg.vmap(wg.grad(f), (0, None))(rows, W), [wg.grad(g)(row, W) for row in rows])
    assert_allclose(wg.compile(wg.grad(f))(X, W), wg.grad(g)(X, W))
    assert_allclose(wg.grad(wg.checkpoint(f, policy))(X, W), wg.grad(g)(X, W))
    in_loop = wg.grad(lambda x: wg.fori_loop(0, 3, lambda _, y: wg.checkpoint(layered, policy)(y, W)["y"], x).sum())
    assert_allclose(in_loop(X), wg.grad(lambda x: wg.fori_loop(0, 3, lambda _, y: layered(y, W)["y"], x).sum())(X))


@pytest.mark.parametrize(("policy", "kept"), [("nothing", 0), ("products", 2), (["hidden"], 1)])
def test_no_more_is_kept_than_the_policy_says(policy: Any, kept: int) -> None:
    size = 1000
    w = np.eye(size)
    wg.grad(loss_of(wg.checkpoint(layered, policy)), 0)(np.ones(size), w)
    taken = wg.loop_work()["tape_bytes"]
    assert kept * size * 8 <= taken < (kept + 1) * size * 8


def test_closures_branches_and_arguments_that_are_no_arrays() -> None:
    def f(x: Any, times: int, flag: str) -> Any:
        return x * W[0, 0] if flag == "linear" and x.sum() > 0 else wnp.sin(x) ** times

    checked = wg.checkpoint(f, "products")
    for flag in ("linear", "other"):
        assert_allclose(
            wg.grad(lambda x, flag=flag: checked(x, 3, flag).sum())(X),
            wg.grad(lambda x, flag=flag: f(x, 3, flag).sum())(X),
        )
    outer = wg.grad(lambda a: wg.checkpoint(lambda x: (a * x).sum(), "nothing")(X * a))
    assert_allclose(outer(2.0), 4 * X.sum())


def test_rules_of_ones_own_are_called_again_as_they_are() -> None:
    clipped = wg.custom_vjp(lambda x: x * 1.0)
    clipped.defvjp(lambda x: (x * 1.0, None), lambda _, bar: (bar * 7.0,))
    assert wg.grad(wg.checkpoint(clipped, "nothing"))(2.0) == 7.0


@pytest.mark.parametrize("policy", ["everything", 3, [1], ""])
def test_unknown_policies_are_refused(policy: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        wg.checkpoint(layered, policy)


def test_names_change_nothing() -> None:
    assert wg.checkpoint_name(2.0, "x") == 2.0
    assert wg.grad(lambda x: wg.checkpoint_name(x, "x") * 3.0)(2.0) == 3.0
    with pytest.raises(TypeError, match="name"):
        wg.checkpoint_name(2.0, 3)  # type: ignore[arg-type]
