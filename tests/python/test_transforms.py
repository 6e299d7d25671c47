"""grad, value_and_grad, jvp, vjp, hvp, jacobian, hessian and Tape: arguments, trees, types, control flow."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

Point = namedtuple("Point", "x y")


@dataclass(frozen=True)
class Layer:
    weight: Any
    bias: Any


def cubic(a: Any, b: Any, c: Any) -> Any:
    return a * b * b + c


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [(0, 9.0), (1, 12.0), (2, 1.0), (-1, 1.0), (-3, 9.0),
     ((0, 1), (9.0, 12.0)), ((2, -2), (1.0, 12.0)), ((1,), (12.0,)), ((), ())],
)  # fmt: skip
def test_argnums_choose_and_order_the_gradients(argnums: Any, expected: Any) -> None:
    assert wg.grad(cubic, argnums=argnums)(2.0, 3.0, 5.0) == expected
    assert wg.value_and_grad(cubic, argnums)(2.0, 3.0, 5.0) == (23.0, expected)


def test_argnums_out_of_range_are_refused() -> None:
    for argnums in (3, -4, (0, 5)):
        with pytest.raises((TypeError, ValueError, IndexError), match="argnums"):
            wg.grad(cubic, argnums=argnums)(2.0, 3.0, 5.0)


def test_auxiliary_output_is_passed_through_as_plain_data() -> None:
    def f(x: Any) -> Any:
        return wnp.sum(x**2), {"norm": wnp.sqrt(wnp.sum(x**2)), "name": "f", "n": 2}

    x = np.array([3.0, 4.0])
    gradient, aux = wg.grad(f, has_aux=True)(x)
    (value, same), again = wg.value_and_grad(f, has_aux=True)(x)
    assert gradient.tolist() == again.tolist() == [6.0, 8.0]
    assert value == 25.0
    assert aux == same == {"norm": 5.0, "name": "f", "n": 2}
    assert isinstance(aux["norm"], (float, np.ndarray)), "no recorded value gets out"


def test_has_aux_wants_a_pair() -> None:
    with pytest.raises((TypeError, ValueError), match="has_aux"):
        wg.grad(lambda x: x * x, has_aux=True)(1.0)


def test_keyword_arguments_reach_the_function_but_are_not_differentiated() -> None:
    def f(x: Any, *, scale: float, table: Any = None) -> Any:
        return scale * x * x

    assert wg.grad(f)(3.0, scale=2.0) == 12.0
    assert wg.value_and_grad(f)(3.0, scale=2.0, table={"a": "b"}) == (18.0, 12.0)
    assert wg.jacobian(f)(3.0, scale=2.0) == 12.0


VECTOR = np.array([2.0, 3.0])
TREES = {
    "tuple": ((1.0, VECTOR), lambda t: t[0] * wnp.sum(t[1]), lambda g: g),
    "list": ([1.0, VECTOR], lambda t: t[0] * wnp.sum(t[1]), lambda g: g),
    "dict": (
        {"a": 1.0, "b": VECTOR}, lambda t: t["a"] * wnp.sum(t["b"]), lambda g: (g["a"], g["b"])),
    "namedtuple": (Point(1.0, VECTOR), lambda t: t.x * wnp.sum(t.y), lambda g: (g.x, g.y)),
    "dataclass": (
        Layer(1.0, VECTOR), lambda t: t.weight * wnp.sum(t.bias), lambda g: (g.weight, g.bias)),
    "None inside": (
        [1.0, None, (VECTOR, None)], lambda t: t[0] * wnp.sum(t[2][0]), lambda g: (g[0], g[2][0])),
    "nested": ({"a": [1.0, ()], "b": ({"c": VECTOR},)},
               lambda t: t["a"][0] * wnp.sum(t["b"][0]["c"]), lambda g: (g["a"][0], g["b"][0]["c"])),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_gradients_of_trees_are_trees_of_the_same_kind(name: str) -> None:
    tree, f, leaves = TREES[name]
    gradient = wg.grad(f)(tree)
    assert type(gradient) is type(tree)
    first, second = leaves(gradient)
    assert first == 5.0
    assert second.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", TREES)
def test_results_may_be_trees_in_both_modes(name: str) -> None:
    tree, _, leaves = TREES[name]
    y, dy = wg.jvp(lambda t: t, (tree,), (tree,))
    assert type(y) is type(dy) is type(tree)
    assert leaves(dy)[1].tolist() == [2.0, 3.0]
    y, pull = wg.vjp(lambda t: t, tree)
    (adjoint,) = pull(y)
    assert type(adjoint) is type(tree)
    assert leaves(adjoint)[0] == 1.0


def test_trees_that_differ_are_refused() -> None:
    with pytest.raises((TypeError, ValueError), match="jvp"):
        wg.jvp(lambda t: t["a"], ({"a": 1.0},), ({"b": 1.0},))
    with pytest.raises((TypeError, ValueError), match="jvp"):
        wg.jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))
    _, pull = wg.vjp(lambda x: (x, x), 1.0)
    with pytest.raises((TypeError, ValueError), match=r"pull|vjp"):
        pull(1.0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (1, 1, 1)])
def test_numpy_in_numpy_out(dtype: type, shape: tuple[int, ...]) -> None:
    x = np.full(shape, 2.0, dtype)

    def f(x: Any) -> Any:
        assert isinstance(x, wg.Array)
        return wnp.sum(x * x)

    results = [wg.grad(f)(x), *wg.jvp(lambda x: x * x, (x,), (x,)), *wg.vjp(lambda x: x * x, x)[1](x)]
    for result in results:
        assert isinstance(result, np.ndarray | np.generic)
        assert (result.shape, result.dtype) == (shape, dtype)
    assert wg.grad(f)(x).tolist() == np.full(shape, 4.0).tolist()


def test_a_float_gives_a_numpy_float() -> None:
    assert type(wg.grad(lambda x: x * x)(3.0)) is np.float64
    value, gradient = wg.value_and_grad(lambda x: x * x)(3.0)
    assert (type(value), type(gradient)) == (np.float64, np.float64)
    assert [type(a) for a in wg.jvp(lambda x: x * x, (3.0,), (1.0,))] == [np.float64, np.float64]


def test_an_argument_is_an_array_inside_and_unharmed_outside() -> None:
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    assert wg.grad(lambda x: wnp.sum(x**3))(x).tolist() == [3.0, 12.0]
    assert x.tolist() == [1.0, 2.0]


def test_a_returned_gradient_belongs_to_the_caller() -> None:
    gradient = wg.grad(lambda x: wnp.sum(x))(np.ones(3))
    again = wg.grad(lambda x: wnp.sum(x))(np.ones(3))
    gradient[:] = 7.0
    assert again.tolist() == [1.0, 1.0, 1.0]


def test_pull_can_be_called_again_and_again_with_other_adjoints() -> None:
    x = np.array([1.0, 2.0, 3.0])
    y, pull = wg.vjp(lambda x: wnp.sin(x) * x[0], x)
    first = pull(np.array([1.0, 0.0, 0.0]))[0]
    pull(np.array([0.0, 5.0, 0.0]))
    np.testing.assert_array_equal(pull(np.array([1.0, 0.0, 0.0]))[0], first)
    np.testing.assert_array_equal(pull(np.zeros(3))[0], np.zeros(3))
    np.testing.assert_allclose(pull(2 * np.eye(3)[0])[0], 2 * first, rtol=1e-15)
    assert y.shape == (3,)


def test_pull_refuses_adjoints_of_another_shape() -> None:
    _, pull = wg.vjp(lambda x: x * 2.0, np.ones((2, 3)))
    for wrong in (np.ones((3, 2)), np.ones(6), 1.0, np.ones((1, 3))):
        with pytest.raises(wg.ShapeError, match=r"\(2, 3\)"):
            pull(wrong)
    assert pull(np.ones((2, 3)))[0].tolist() == [[2.0] * 3] * 2


def test_tangents_of_another_shape_are_refused() -> None:
    with pytest.raises(wg.ShapeError, match=r"\(3,\).*\(2,\)|\(2,\).*\(3,\)"):
        wg.jvp(wnp.sin, (np.ones(3),), (np.ones(2),))


def test_values_and_gradients_plug_into_an_optimiser_loop() -> None:
    f = wg.value_and_grad(lambda x: wnp.sum((x - np.arange(3.0)) ** 2))
    x = np.zeros(3)
    for _ in range(60):
        _, gradient = f(x)
        x -= 0.25 * gradient
    np.testing.assert_allclose(x, np.arange(3.0), atol=1e-12)


def test_a_function_that_ignores_its_argument_has_gradient_zero() -> None:
    assert wg.grad(lambda x: 3.0)(2.0) == 0.0
    assert wg.grad(lambda x, y: y * y, argnums=(0, 1))(np.ones((2, 2)), 3.0)[0].tolist() == [
        [0.0, 0.0],
        [0.0, 0.0],
    ]
    y, dy = wg.jvp(lambda x: 3.0, (2.0,), (1.0,))
    assert (y, dy) == (3.0, 0.0)
    assert wg.vjp(lambda x: np.ones(2), 2.0)[1](np.ones(2)) == (0.0,)
    assert wg.jacobian(lambda x: wnp.ones(2))(np.ones(3)).tolist() == [[0.0] * 3] * 2
    assert wg.hessian(lambda x: wnp.sum(x))(np.ones(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_an_argument_may_be_returned_as_it_is_and_twice() -> None:
    assert wg.grad(lambda x: x)(2.0) == 1.0
    _, pull = wg.vjp(lambda x: (x, x), np.array([1.0, 2.0]))
    assert pull((np.array([1.0, 2.0]), np.array([10.0, 20.0])))[0].tolist() == [11.0, 22.0]


def test_integers_may_stand_among_the_arguments() -> None:
    def f(x: Any, n: int, index: Any) -> Any:
        return wnp.sum(x[index] ** n)

    assert wg.grad(f)(np.array([1.0, 2.0]), 3, np.array([1, 1])).tolist() == [0.0, 24.0]
    _, pull = wg.vjp(lambda tree: tree["x"] * tree["n"], {"x": 2.0, "n": 3.0})
    assert pull(1.0)[0] == {"x": 3.0, "n": 2.0}


def test_control_flow_of_python_is_followed() -> None:
    def branch(x: Any) -> Any:
        return x * x if x > 0 else -x

    def newton(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-14:
            x = 0.5 * (x + a / x)
        return x

    def recursion(x: Any, n: int) -> Any:
        return 1.0 if n == 0 else x * recursion(x, n - 1)

    assert [wg.grad(branch)(x) for x in (3.0, -3.0)] == [6.0, -1.0]
    assert wg.grad(newton)(2.0) == pytest.approx(0.5 / np.sqrt(2.0), rel=1e-13)
    assert wg.grad(recursion)(2.0, 10) == 10 * 2.0**9
    assert wg.jvp(partial(recursion, n=10), (2.0,), (1.0,))[1] == 10 * 2.0**9


def test_a_recorded_value_can_count_and_choose() -> None:
    def f(x: Any, n: Any) -> Any:
        y = x
        for _ in range(int(n)):
            y = y * x
        return y if bool(n > 2) else 0.0 * y

    assert wg.grad(f)(2.0, 3.0) == 4 * 2.0**3


def test_closures_over_arrays_are_constants() -> None:
    weights, concrete = np.array([1.0, 2.0]), wg.asarray([3.0, 4.0])
    assert wg.grad(lambda x: wnp.sum(x * weights * concrete))(np.ones(2)).tolist() == [3.0, 8.0]


@pytest.mark.parametrize("shapes", [((3,), (2,)), ((2, 2), (3,)), ((), (4,)), ((3,), ()), ((2,), (2, 3))], ids=str)
def test_jacobians_by_all_modes_agree(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    inputs, outputs = shapes
    rng = np.random.default_rng(1)
    a, x = rng.normal(size=(*outputs, *inputs)), rng.normal(size=inputs)

    def f(x: Any) -> Any:
        return wnp.sin(wnp.sum(wnp.reshape(a * x, (*outputs, -1)), axis=-1))

    expected = np.cos(np.asarray(np.sum(a * x, axis=tuple(range(len(outputs), a.ndim)))))
    expected = expected.reshape(outputs + (1,) * len(inputs)) * a
    for mode in ("auto", "forward", "reverse"):
        got = wg.jacobian(f, mode=mode)(x)
        assert got.shape == outputs + inputs
        np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_jacobians_of_several_arguments_and_trees() -> None:
    first, second = wg.jacobian(lambda a, b: a * b, argnums=(0, 1))(np.array([1.0, 2.0]), 3.0)
    assert first.tolist() == [[3.0, 0.0], [0.0, 3.0]]
    assert second.tolist() == [1.0, 2.0]
    tree = wg.jacobian(lambda t: t["a"] * t["b"])({"a": 2.0, "b": np.array([1.0, 2.0])})
    assert tree["a"].tolist() == [1.0, 2.0]
    assert tree["b"].tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_an_unknown_jacobian_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="sideways"):
        wg.jacobian(wnp.sin, mode="sideways")(1.0)


def test_hvp_is_the_hessian_times_v() -> None:
    rng = np.random.default_rng(2)
    x, v, a = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(4, 4))

    def f(x: Any) -> Any:
        return wnp.sum(wnp.tanh(a @ x) ** 2) * x[0]

    hessian = wg.hessian(f)(x)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(wg.hvp(f, (x,), (v,))[0], hessian @ v, rtol=1e-12)
    np.testing.assert_allclose(wg.jacobian(wg.grad(f))(x), hessian, rtol=1e-12, atol=1e-14)


def test_stop_gradient_is_a_constant_in_both_modes() -> None:
    def f(x: Any) -> Any:
        return x * wg.stop_gradient(x * x)

    assert wg.grad(f)(3.0) == 9.0
    assert wg.jvp(f, (3.0,), (1.0,))[1] == 9.0
    assert wg.grad(wg.grad(f))(3.0) == 0.0


def test_transforms_keep_the_name_of_the_function() -> None:
    assert wg.grad(cubic).__wrapped__ is cubic
    assert "cubic" in wg.grad(cubic).__name__
