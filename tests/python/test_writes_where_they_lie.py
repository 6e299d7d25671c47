"""Recorded arrays that are filled element by element: written where they lie, where nobody can tell."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg

N = 96  # elements: fewer than 64 are always copied


def filled(x):
    y = np.zeros_like(x)
    for i in range(1, x.shape[0]):
        y[i] = y[i - 1] * 0.5 + x[i] * x[i - 1]
    return np.sum(y * y)


def filled_from_behind(x):
    y = np.zeros_like(x)
    for i in reversed(range(x.shape[0] - 1)):
        y[i] = np.sin(y[i + 1]) + x[i] ** 2
    return np.sum(y * y)


def rows_of_a_matrix(x):
    y = np.zeros((x.shape[0] // 4, 4)) + 0 * x[0]
    y[0] = x[:4]
    for i in range(1, y.shape[0]):
        y[i] = np.tanh(y[i - 1]) * x[i] + y[i - 1, ::-1]
    return np.sum(y**2)


def columns_of_a_matrix(x):
    y = np.zeros((4, x.shape[0] // 4)) + 0 * x[0]
    for i in range(1, y.shape[1]):
        y[:, i] = np.sin(y[:, i - 1]) * x[i] + x[i : i + 4]
    return np.sum(y**2)


def written_twice(x):
    y = x * 1.0
    for _ in range(3):
        for i in range(1, 30):
            y[i] = np.tanh(y[i] * y[i - 1])
    return np.sum(np.sin(y))


def read_before_it_is_written_over(x):
    y = x * 1.0
    y[0] = 2.0
    kept = [y[i] * 1.0 for i in range(10)]
    shown = y[20:30]
    before = np.sum(shown * shown)
    for i in range(40):
        y[i] = x[i] ** 2
    return before + sum(k * k for k in kept) + np.sum(shown**3) + np.sum(y)


def read_as_a_whole_meanwhile(x):
    y = x * 1.0
    total = 0.0
    for i in range(8):
        y[i] = y[i] * 2
        total = total + np.sum(np.exp(-(y**2)))
    return total


def copied_meanwhile(x):
    y = x * 1.0
    copies = []
    for i in range(8):
        y[i] = y[i] * x[i + 1]
        copies.append(y.copy() if i % 2 else y[:])
    return sum(np.sum(c * c * (k + 1)) for k, c in enumerate(copies))


def of_itself(x):
    y = x * 1.0
    y[0] = 1.0
    y[2:12] = y[:10]
    y[5:9] = y[4:8]
    y[::2] = y[1::2] * y[::2]
    return np.sum(y**3)


def by_other_types(x):
    y = x * 1.0
    for i in range(5):
        y[i] = i
        y[i + 5] = np.float32(0.5) * x[i]
        y[i + 10] = True
    y[20:30] = np.arange(10)
    return np.sum(y * y * x)


def two_arrays_in_turn(x):
    y, z = np.zeros_like(x), np.ones_like(x)
    for i in range(1, x.shape[0]):
        y[i] = z[i - 1] * x[i]
        z[i] = y[i] + z[i - 1] * 0.5
    return np.sum(y * z)


def added_to(x):
    y = x * 0.0
    for i in range(x.shape[0]):
        y[(i * i) % 70] += x[i] * y[i % 3]
        y[80:84] *= 1 + x[i] * 0.01
        y[84:] += x[i]
    return np.sum(y**2)


FUNCTIONS = (
    added_to,
    filled,
    filled_from_behind,
    rows_of_a_matrix,
    columns_of_a_matrix,
    written_twice,
    read_before_it_is_written_over,
    read_as_a_whole_meanwhile,
    copied_meanwhile,
    of_itself,
    by_other_types,
    two_arrays_in_turn,
)


def point(n=N):
    return np.random.default_rng(n).normal(size=n)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_values_are_numpys(f):
    assert wg.value_and_grad(f)(point())[0] == pytest.approx(f(point()), rel=1e-14)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_gradients_are_those_of_forward_mode(f):
    x, slope = point(), wg.grad(f)(point())
    np.testing.assert_allclose(wg.jacobian(f, mode="forward")(x), slope, rtol=1e-12, atol=1e-12)
    along = np.array([wg.jvp(f, (x,), (e,))[1] for e in np.eye(N)[:20]])
    np.testing.assert_allclose(along, slope[:20], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_compiled_gradients_have_the_same_bits(f):
    x, slope = point(), wg.grad(f)(point())
    fast = wg.compile(wg.grad(f))
    for _ in range(2):
        np.testing.assert_array_equal(fast(x), slope)
    np.testing.assert_allclose(wg.grad(wg.compile(f))(x), slope, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_second_derivatives_agree(f):
    x, v = point(), point()[::-1].copy()
    product = wg.jvp(wg.grad(f), (x,), (v,))[1]
    np.testing.assert_allclose(wg.grad(lambda x: np.sum(wg.grad(f)(x) * v))(x), product, rtol=1e-11, atol=1e-11)
    step = 1e-5 * v
    np.testing.assert_allclose(
        (wg.grad(f)(x + step) - wg.grad(f)(x - step)) / 2e-5, product, rtol=1e-6, atol=1e-5 * np.abs(product).max()
    )


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_tape_answers_twice(f):
    x = point()
    with wg.Tape() as tape:
        given = tape.watch(x)
        y = f(given)
        first = tape.gradient(y, given)
    np.testing.assert_array_equal(first, wg.grad(f)(x))


@pytest.mark.parametrize("f", FUNCTIONS)
def test_checkpoints_and_lanes_agree(f):
    x = point()
    np.testing.assert_array_equal(wg.grad(wg.checkpoint(f))(x), wg.grad(f)(x))
    points = np.stack([x, x + 0.5])
    np.testing.assert_allclose(
        wg.vmap(wg.grad(f))(points), np.stack([wg.grad(f)(p) for p in points]), rtol=1e-13, atol=1e-13
    )


def test_an_array_of_an_outer_transform_is_copied_where_an_inner_one_writes():
    seen = []

    def f(x):
        y = x * 1.0
        y[0] = x[1]
        before = y * 1.0

        def inner(z):
            y[1] = z * z
            return np.sum(y * y) * z

        seen.append(float(wg.stop_gradient(wg.grad(inner)(2.0))))
        with pytest.raises(wg.TapeError, match="outside of its recording"):
            np.sum(y)
        return np.sum(before**2)

    x = point()
    slope = wg.grad(f)(x)
    rest = x[1] ** 2 + np.sum(x[2:] ** 2)
    assert seen[0] == pytest.approx(5 * 2.0**4 + rest, rel=1e-13)
    np.testing.assert_allclose(slope, [0.0, 4 * x[1], *(2 * x[2:])], rtol=1e-15)


def test_an_exception_between_writes_leaves_the_array_whole():
    def f(x):
        y = x * 1.0
        y[0] = x[1] * 2
        with pytest.raises((IndexError, wg.ShapeError)):
            y[N + 3] = 1.0
        with pytest.raises(wg.ShapeError):
            y[:3] = x[:4]
        y[1] = y[0]
        return np.sum(y * y)

    g = wg.grad(f)(point())
    np.testing.assert_allclose(g, wg.jacobian(f, mode="forward")(point()), rtol=1e-13)


def test_memory_grows_as_the_array_does():
    code = (
        "import numpy as np, resource, sys, wengert as wg\n"
        "def f(x):\n    y = np.zeros_like(x)\n"
        "    for i in range(1, len(x)): y[i] = y[i - 1] * 0.5 + x[i]; y[i // 2] += y[i]\n    return np.sum(y * y)\n"
        "wg.grad(f)(np.ones(100)); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "wg.grad(f)(np.ones(10_000)); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    kilobytes = int(subprocess.check_output([sys.executable, "-c", code], text=True))
    assert kilobytes < 40_000  # copies would take 800,000


PART = st.tuples(st.integers(0, 60), st.integers(1, 30), st.sampled_from([1, 1, 2, -1]))
STEP = st.tuples(st.sampled_from(["number", "part", "self", "look", "use", "whole", "copy"]), PART, PART)


def run(steps, x, np=np):
    y = x * 1.0
    total, looks = 0.0, []
    for what, (i, n, step), (j, m, _) in steps:
        here = slice(i, i + n, step) if step > 0 else slice(i + n, i, step)
        if what == "number":
            y[i] = y[j] * x[j] + 0.5
        elif what == "part":
            y[here] = np.sin(x[here]) * 2
        elif what == "self":
            size = min(n, m)
            y[i : i + size] = y[j : j + size] * 1.0
        elif what == "look":
            looks.append(y[here])
        elif what == "use" and looks:
            total = total + np.sum(looks[m % len(looks)] ** 2)
        elif what == "whole":
            total = total + np.sum(np.cos(y))
        elif what == "copy":
            looks.append(y[here].copy())
    return total + np.sum(y * y) + sum(np.sum(np.sin(v)) for v in looks)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, min_size=1, max_size=25))
def test_whatever_is_written_and_looked_at_values_and_both_modes_agree(steps):
    x = point()
    value, slope = wg.value_and_grad(lambda x: run(steps, x))(x)
    assert value == pytest.approx(run(steps, x.copy()), rel=1e-12)
    v = np.cos(np.arange(N))
    along = wg.jvp(lambda x: run(steps, x), (x,), (v,))[1]
    assert np.sum(slope * v) == pytest.approx(along, rel=1e-10, abs=1e-10)
    small = 1e-6
    difference = (run(steps, x + small * v) - run(steps, x - small * v)) / (2 * small)
    assert along == pytest.approx(difference, rel=1e-4, abs=1e-4)
    np.testing.assert_array_equal(wg.compile(wg.grad(lambda x: run(steps, x)))(x), slope)
