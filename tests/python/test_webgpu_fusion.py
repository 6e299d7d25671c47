"""What shares a kernel on a device: exact counts, and results that do not change by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
from test_webgpu import network, softmax_loss
from webgpu_cases import assert_near, on_device, pytestmark  # noqa: F401
from wengert._core import elementwise


def counted(f: Any, *args: Any) -> tuple[int, Any, Any]:
    """Dispatches of a call, the plan, and the results as NumPy's arrays."""
    g = wg.compile(f, device="webgpu")
    found = [y.numpy() for y in wg._tree._flatten_general(g(*args))[0]]
    return g.stats()["dispatches"], g.plan(), found


def softmax(x: Any, axis: int = -1) -> Any:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


@pytest.mark.parametrize(("sizes", "batch"), [([784, 256, 128, 10], 128), ([20, 16, 12, 10], 32)])
def test_the_gradient_of_three_layers_with_softmax_is_eight_dispatches_and_wastes_no_memory(sizes, batch):
    args = network(sizes, batch)
    f = wg.value_and_grad(softmax_loss)
    dispatches, plan, found = counted(f, *args)
    assert dispatches == 8
    assert sum(plan["slots"]) <= 1.1 * plan["most_live"]
    exact = wg._tree.flatten(f(*wg._tree.mapped(lambda x: x.astype(np.float64), args)))[0]
    for a, b in zip(found, exact, strict=True):
        assert np.max(np.abs(a - b)) <= 2e-6 * np.max(np.abs(b))


@pytest.mark.parametrize("shape", [(5, 3), (70, 12), (3, 4, 8), (90, 300), (2, 1), (6, 1)])
@pytest.mark.parametrize("axis", [0, -1])
def test_softmax_is_one_kernel_along_any_axis(shape, axis):
    x = (3 * np.random.default_rng(0).normal(size=shape)).astype(np.float32)
    f = lambda x: softmax(x, axis)
    dispatches, _, (found,) = counted(f, x)
    assert dispatches == 1
    assert_near(found, f(x.astype(np.float64)), f(x), of_max=4e-7)


def layer_norm(x: Any, scale: Any, shift: Any) -> Any:
    mean = np.mean(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(np.mean((x - mean) ** 2, axis=-1, keepdims=True) + 1e-5) * scale + shift


def test_a_layer_norm_is_one_kernel_and_its_gradient_is_the_processors():
    rng = np.random.default_rng(1)
    x, scale, shift = (rng.normal(size=s).astype(np.float32) for s in [(70, 24), (24,), (24,)])
    dispatches, _, (found,) = counted(layer_norm, x, scale, shift)
    assert dispatches == 1
    wide = [a.astype(np.float64) for a in (x, scale, shift)]
    assert_near(found, layer_norm(*wide), layer_norm(x, scale, shift), of_max=1e-6)
    g = wg.grad(lambda *a: np.sum(np.sin(layer_norm(*a))), argnums=(0, 1, 2))
    dispatches, _, found = counted(g, x, scale, shift)
    assert dispatches <= 6
    for a, b, c in zip(found, g(*wide), g(x, scale, shift), strict=True):
        assert_near(a, b, c, of_max=2e-6)


def test_what_waits_for_something_else_of_the_rows_is_not_joined_in_a_circle():
    x = np.random.default_rng(2).normal(size=(16, 16)).astype(np.float32)

    def f(x: Any) -> Any:
        s = np.sum(x, axis=1)  # the product waits for it, and the second sum for the product
        y = (x * s[:, None]) @ x
        return s, np.sum(y, axis=1), np.sum(x + np.sum(y, axis=1)[:, None], axis=1)

    _, _, found = counted(f, x)
    for a, b, c in zip(found, f(x.astype(np.float64)), f(x), strict=True):
        assert_near(a, b, c, of_max=2e-6)


def test_groups_that_were_joined_along_rows_wait_for_all_that_each_of_them_waited_for():
    """Another join did not see it, and kernels waited for one another in a circle."""
    x = np.random.default_rng(26).uniform(-1, 1, (2, 3, 5)).astype(np.float32)

    def f(x: Any) -> Any:
        n, level = np.linalg.norm(x, axis=1), wg.special.logsumexp(x, axis=2)
        sums = np.sin(n * np.max(n, axis=1, keepdims=True)), np.sin(softmax(level, 1))
        return np.sum(np.sin(level)) + sum(np.sum(y) for y in sums)

    _, _, found = counted(wg.value_and_grad(f), x)
    for a, b in zip(found, wg.value_and_grad(f)(x.astype(np.float64)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_view_of_elements_in_another_order_is_read_where_it_lies():
    x = np.random.default_rng(3).normal(size=(12, 12)).astype(np.float32)

    def f(x: Any) -> Any:
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        return e.T + np.sum(e, axis=1), e[::-1] / np.sum(e, axis=1)[:, None], np.sum(e.T, axis=1)

    _, _, found = counted(f, x)
    for a, b, c in zip(found, f(x.astype(np.float64)), f(x), strict=True):
        assert_near(a, b, c, of_max=1e-6)


def test_rows_of_long_and_few_and_of_short_and_many():
    rng = np.random.default_rng(4)
    for shape in [(3, 4000), (4000, 3), (1, 700), (700, 1), (64, 64)]:
        x = rng.normal(size=shape).astype(np.float32)
        for axis in (0, 1):
            f = lambda x, axis=axis: (
                softmax(x, axis), np.argmax(x, axis=axis), np.argmin(x, axis=axis), wg.special.logsumexp(x, axis=axis),
                np.linalg.norm(x, axis=axis), np.any(x > 3, axis=axis), np.all(x < 2, axis=axis),
            )  # fmt: skip
            for a, b, c in zip(counted(f, x)[2], f(x.astype(np.float64)), f(x), strict=True):
                assert_near(a, b, c, of_max=1e-6)


def test_the_best_place_of_a_long_row_is_the_first_one_and_a_nan_wins():
    x = np.zeros((4, 1000), np.float32)
    x[0, [400, 900]], x[1, [7, 500]], x[2, [123, 124]] = 2, np.nan, -1
    found = on_device(lambda x: (np.argmax(x, axis=1), np.argmin(x, axis=1)), x)
    np.testing.assert_array_equal(found[0], np.argmax(x, axis=1))
    np.testing.assert_array_equal(found[1], np.argmin(x, axis=1))


def test_small_kernels_that_do_not_wait_for_one_another_are_one():
    xs = [np.random.default_rng(k).normal(size=(k + 2, 3)).astype(np.float32) for k in range(3)]

    def f(*xs: Any) -> Any:
        return [np.sum(np.sin(x)) for x in xs]

    dispatches, plan, found = counted(f, *xs)
    assert dispatches == 1
    assert plan["kernels"][0].count("fn part") == 3
    np.testing.assert_allclose(found, f(*xs), rtol=1e-6)


def test_a_function_of_a_sine_of_a_sine_keeps_its_exponent():
    """One compiler lost it where the sine's sign was taken from a number, and given to one by its bits later on."""
    x = np.array([-0.9], np.float32)
    names = ["sin", "cos", "tanh", "arctan", "sinh", "cbrt", "erf"]

    def f(x: Any) -> Any:
        return [getattr(elementwise, outer)(elementwise.sin(getattr(elementwise, inner)(x)))
                for outer in names for inner in ("sin", "tanh", "cos")]  # fmt: skip

    for found, exact in zip(on_device(f, x), f(x.astype(np.float64)), strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-5)


def test_the_sign_that_is_given_to_a_function_of_a_result_leaves_its_exponent_as_it_is():
    """One compiler lost it where the sign's bit was put in: tanh(logsumexp(x)) was 2.007, and tanh(ndtr(x)) 1e-38."""
    x = np.linspace(-0.95, 0.95, 18).astype(np.float32).reshape(3, 2, 3)

    def f(x: Any) -> Any:
        y = np.tanh(wg.special.logsumexp(3 * x[0, 0]))
        z = np.tanh(elementwise.ndtr(9 * np.tanh(x)))
        return y, z, np.sum(z), np.tanh(elementwise.lgamma(4 * np.linalg.norm(x, axis=2) + 0.1)), np.tanh(z) + x

    for found, exact in zip(on_device(f, x), f(x.astype(np.float64)), strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-5)


@pytest.mark.parametrize("last", [lambda x: x, np.sum], ids=["as it is", "summed up"])
def test_a_long_chain_is_cut_into_kernels_that_a_driver_compiles_soon(last):
    def f(x):
        for _ in range(600):
            x = np.sin(x) * 1.1
        return last(x)

    x = np.linspace(-1, 1, 5).astype(np.float32)
    compiled = wg.compile(f, device="webgpu")
    assert np.allclose(compiled(x).numpy(), np.asarray(f(x)), rtol=0, atol=1e-3)
    assert 1200 / 512 <= compiled.stats()["dispatches"] <= 1200 / 512 + 3
