"""Programs that Python loops over elements write: the work of a gradient grows as the loop does, not as its square."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg


def valley(x):
    total = 0.0
    for i in range(x.shape[0] - 1):
        total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def dense_and_elements(x):
    total = np.sum(x**2)
    for i in range(x.shape[0]):
        total = total + np.sin(x[i]) * x[-1 - i]
    return total + np.sum(np.exp(-x))


def elements_of_a_middle(x):
    y = np.tanh(x) * 3
    total = 0.0
    for i in range(0, y.shape[0], 2):
        total = total + y[i] * y[i - 1]
    return total + np.sum(y * x)


def rows(x):
    m = x.reshape(-1, 4)
    total = 0.0
    for i in range(m.shape[0]):
        total = total + np.sum(m[i] * m[i - 1]) * np.max(m[i])
    return total


def two_indices(x):
    m = x.reshape(4, -1)
    total = 0.0
    for i in range(4):
        for j in range(1, m.shape[1]):
            total = total + m[i, j] * m[i - 1, j - 1] ** 2
    return total


def windows(x):
    total = 0.0
    for i in range(x.shape[0] - 3):
        total = total + np.prod(x[i : i + 3]) * x[i]
    return total


def steps(x):
    total = np.sum(x[::-1][::3])
    for i in range(1, 12):
        total = total + np.sum(x[::i]) * x[i]
    return total


def written(x):
    y = np.zeros_like(x)
    for i in range(1, x.shape[0]):
        y[i] = y[i - 1] * 0.5 + x[i] * x[i - 1]
    return np.sum(y * y)


def one_element_often(x):
    total = 0.0
    for i in range(40):
        total = total + x[3] * x[i % 5] * (i + 1)
    return total


FUNCTIONS = (
    valley,
    dense_and_elements,
    elements_of_a_middle,
    rows,
    two_indices,
    windows,
    steps,
    written,
    one_element_often,
)


def point(n, dtype="float64"):
    return np.random.default_rng(n).normal(size=n).astype(dtype)


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("n", [16, 64, 600, 1200])
def test_a_compiled_gradient_has_the_bits_of_the_functions(f, n):
    x = point(n)
    value, slope = wg.value_and_grad(f)(x)
    fast = wg.compile(wg.value_and_grad(f))
    for _ in range(2):
        again, found = fast(x)
        assert again == value
        np.testing.assert_array_equal(found, slope)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_gradients_agree_with_differences(f):
    wg.testing.check_grads(f, (point(32),), modes=("fwd", "rev"), order=1)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_float32_stays_float32(f):
    x = point(64, "float32")
    found = wg.compile(wg.grad(f))(x)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, wg.grad(f)(x))


@pytest.mark.parametrize("f", FUNCTIONS)
def test_second_derivatives_agree_between_modes(f):
    x, v = point(48), point(48)[::-1].copy()
    product = wg.hvp(f, x, v)
    np.testing.assert_allclose(wg.jvp(wg.grad(f), (x,), (v,))[1], product, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(wg.grad(lambda x: np.sum(wg.grad(f)(x) * v))(x), product, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(wg.hessian(f)(x) @ v, product, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(wg.compile(wg.hessian(f))(x), wg.hessian(f)(x), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_lanes_have_the_derivatives_of_each_alone(f):
    points = np.stack([point(32), point(32) + 1, point(32) * 2])
    each = np.stack([wg.grad(f)(x) for x in points])
    np.testing.assert_array_equal(wg.vmap(wg.grad(f))(points), each)
    np.testing.assert_array_equal(wg.compile(wg.vmap(wg.grad(f)))(points), each)
    np.testing.assert_array_equal(wg.compile(wg.grad(f)).batch(points), each)


def test_a_jacobian_of_a_loop_is_that_of_the_formula():
    def f(x):
        return np.stack([x[i] ** 2 * x[i - 1] for i in range(x.shape[0])])

    x = point(40)
    expected = np.diag(2 * x * np.roll(x, 1)) + np.diag(x**2) @ np.roll(np.eye(40), -1, axis=1)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(wg.jacobian(f, mode=mode)(x), expected, rtol=1e-14)


def test_complex_elements_have_their_adjoints():
    def f(z):
        total = 0.0
        for i in range(z.shape[0]):
            total = total + np.abs(z[i] * z[i - 1]) ** 2
        return total

    z = point(40) + 1j * point(40)[::-1]
    np.testing.assert_array_equal(wg.compile(wg.grad(f))(z), wg.grad(f)(z))


@pytest.mark.parametrize("f", [valley, dense_and_elements, elements_of_a_middle, rows, windows])
def test_the_work_of_a_gradient_grows_as_the_loop_does(f):
    work = {n: wg.record(wg.grad(f), point(n)).stats() for n in (512, 1024, 2048)}
    for count in ("operations", "flops", "arena_bytes", "recorded_operations"):
        assert work[2048][count] <= 2.2 * work[1024][count] <= 2.2 * 2.2 * work[512][count]
    others = 2048 if f in (rows, windows) else 0  # a maximum or a product each time around
    assert work[2048]["calls"] <= others + 8


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_large_array_that_is_no_row_by_row_is_read_the_same(f):
    x = point(2400)[::2]
    fast = wg.compile(wg.grad(f))
    np.testing.assert_array_equal(fast(x), wg.grad(f)(x.copy()))
    np.testing.assert_array_equal(fast(wg.asarray(point(2400))[::2]), wg.grad(f)(x.copy()))


@pytest.mark.parametrize("f", [valley, dense_and_elements])
def test_saved_programs_of_loops_are_themselves(f, tmp_path):
    x = point(700)
    program = wg.record(wg.grad(f), x)
    program.save(tmp_path / "p")
    np.testing.assert_array_equal(wg.load(tmp_path / "p")(x), program(x))


def test_debug_names_the_operation_of_an_element_in_a_recorded_sweep():
    def f(x):
        total = 0.0
        for i in range(x.shape[0]):
            total = total + np.sqrt(x[i])
        return total

    x = np.ones(20)
    x[7] = 0.0
    with wg.debug(), pytest.raises(wg.NonFiniteError, match="sqrt"):
        wg.grad(lambda x: np.sum(wg.grad(f)(x)))(x)


def picked(x):
    total = np.sum(x * x)
    at = np.array([0, 3, 3, 7])
    for i in range(x.shape[0] - 7):
        total = total + np.prod(x[at + i]) * x[i]
    return total + np.sum(x[[1, 1, 2]]) * np.sum(np.take(x, [[0, 5], [5, -1]]))


@pytest.mark.parametrize("n", [16, 64, 1200])
def test_elements_at_positions_that_repeat_are_added_in_the_functions_order(n):
    x = point(n)
    slope = wg.grad(picked)(x)
    np.testing.assert_array_equal(wg.compile(wg.grad(picked))(x), slope)
    np.testing.assert_allclose(wg.jacobian(picked, mode="forward")(x), slope, rtol=1e-11, atol=1e-12)
    v = np.cos(np.arange(n))
    product = wg.hvp(picked, x, v)
    along = wg.grad(lambda x: np.sum(wg.grad(picked)(x) * v))(x)
    np.testing.assert_allclose(along, product, rtol=1e-10, atol=1e-10)
    points = np.stack([x, x + 0.5])
    np.testing.assert_array_equal(wg.vmap(wg.grad(picked))(points), np.stack([wg.grad(picked)(p) for p in points]))


def test_the_work_of_picking_grows_as_the_loop_does():
    work = {n: wg.record(wg.grad(picked), point(n)).stats() for n in (512, 1024, 2048)}
    for count in ("operations", "arena_bytes", "recorded_operations"):
        assert work[2048][count] <= 2.2 * work[1024][count] <= 2.2 * 2.2 * work[512][count]
