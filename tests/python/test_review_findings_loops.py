"""What a review found in loops and checkpoints: each test is one finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import wengert as wg
import wengert.numpy as wnp

A = np.array([1.0, 2.0])


def in_loop(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda s: wg.fori_loop(0, 1, lambda k, y: g(y), s)


APART = [in_loop, wg.checkpoint, lambda g: wg.checkpoint(g, "nothing")]


@pytest.mark.parametrize("apart", APART)
def test_an_array_and_a_lane_of_it_are_two_arrays_to_a_closure(apart: Any) -> None:
    def f(x: Any) -> Any:
        return wg.vmap(lambda a: apart(lambda s: s * a * x.sum())(1.0))(x).sum()

    value, gradient = wg.value_and_grad(f)(A)
    assert value == 9.0
    assert_allclose(gradient, [6.0, 6.0])
    assert_allclose(wg.jvp(f, (A,), (A,)), (9.0, 18.0))
    assert_allclose(wg.vmap(f)(np.stack([A, 2 * A])), [9.0, 36.0])


@pytest.mark.parametrize("apart", APART)
def test_lanes_of_two_levels_are_two_arrays_to_a_closure(apart: Any) -> None:
    def f(x: Any) -> Any:
        return wg.vmap(lambda a: wg.vmap(lambda b: apart(lambda s: s * a * b * b)(1.0))(x))(x).sum()

    assert wg.value_and_grad(f)(A)[0] == 15.0


def test_a_while_loop_whose_condition_alone_differs_from_lane_to_lane() -> None:
    counted = wg.vmap(lambda a: wg.while_loop(lambda s: s < a, lambda s: s + 1, 0))(np.array([0, 3, 5]))
    assert_allclose(counted, [0, 3, 5])
    ends = np.array([0.5, 3.0, 9.0])
    doubled = lambda z: wg.vmap(lambda a: wg.while_loop(lambda s: s < a, lambda s: s * 2.0, z))(ends)
    assert_allclose(doubled(1.0), [1.0, 4.0, 16.0])
    assert wg.grad(lambda z: doubled(z).sum())(1.0) == 21.0


def test_a_while_loop_over_lanes_inside_of_a_program() -> None:
    grown = lambda t: wg.while_loop(lambda t: (t**2).sum() < 4, lambda t: t * 1.5, t)
    x = np.array([[0.1, 0.2], [0.9, 0.8]])
    expected = [grown(row) for row in x]
    assert_allclose(wg.compile(wg.vmap(grown))(x), expected)
    assert_allclose(wg.vmap(wg.compile(grown))(x), expected)
    inner = wg.vmap(lambda row: wg.fori_loop(0, 2, lambda k, s: grown(s) * 0.5, row))(x)
    assert_allclose(inner, [wg.fori_loop(0, 2, lambda k, s: grown(s) * 0.5, row) for row in x])


@pytest.mark.parametrize("policy", ["nothing", "products", ["x"]])
def test_a_policy_leaves_constants_constants(policy: Any) -> None:
    def f(z: Any) -> Any:
        return z * 2.0, 1, True, 2.5, "text", None

    def seen(z: Any) -> Any:
        found = wg.checkpoint(f, policy)(z)
        assert found[1:] == (1, True, 2.5, "text", None)
        assert found[2] is True
        return found[0]

    assert wg.grad(seen)(1.0) == 2.0


def test_a_name_changes_no_type() -> None:
    assert isinstance(np.sin(wg.checkpoint_name(np.ones(2), "h")), np.ndarray)
    assert type(wg.checkpoint_name(2.0, "h")) is float
    kept = wg.vjp(lambda z: z * wg.checkpoint_name(2.0, "h"), np.ones(2, np.float32))[0]
    assert kept.dtype == np.float32
    for wrong in ((A, A), None, "text"):
        with pytest.raises(TypeError, match="checkpoint_name"):
            wg.checkpoint_name(wrong, "h")


def test_the_order_of_keys_is_no_structure() -> None:
    found = wg.fori_loop(0, 1, lambda k, s: dict(b=s["b"], a=s["a"] + 1), dict(a=A, b=A))
    assert_allclose(found["a"], A + 1)
    assert_allclose(found["b"], A)


def test_no_steps_return_an_array_of_their_own() -> None:
    x = A.copy()
    found = wg.fori_loop(0, 0, lambda k, s: wnp.sin(s), x)
    assert_allclose(found, x)
    found[0] = 7.0
    assert x[0] == 1.0
    assert wg.fori_loop(0, 0, lambda k, s: s + 0.5, 0).dtype == np.float64
