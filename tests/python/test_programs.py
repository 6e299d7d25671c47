"""Programs: recorded once, run again without Python, equal to the function itself bit for bit, whatever the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from agreement import leaves, quietly
from structural_cases import CASES, Case
from surface_cases import FLAT, SMOOTH

ROWS = [*CASES, *SMOOTH, *FLAT]
every = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
smooth = pytest.mark.parametrize("row", [*CASES, *SMOOTH], ids=[row.name for row in [*CASES, *SMOOTH]])


def assert_same_bits(got: Any, expected: Any) -> None:
    some, others = wg._tree.flatten(got)[0], wg._tree.flatten(expected)[0]
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        x, y = np.asarray(one), np.asarray(other)
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        assert x.tobytes() == y.tobytes()


def scalar(row: Case) -> Any:
    """A number that depends on every element of every result."""

    def f(*x: Any) -> Any:
        return sum(
            wnp.sum(y * np.cos(np.arange(y.size)).reshape(y.shape))
            for y in leaves(row.f(wnp, *x))
            if isinstance(y, wg.Array) and y.dtype.kind == "f"
        )

    return f


@every
def test_a_compiled_function_is_the_function_at_every_point(row: Case) -> None:
    compiled = wg.compile(lambda *x: row.f(wnp, *x))
    for seed in (0, 1, 2, 0):
        x = [wg.asarray(each) for each in row.arguments(seed)]
        assert_same_bits(quietly(compiled, *x), quietly(lambda *x: row.f(wnp, *x), *x))


@smooth
def test_compiled_gradients_are_the_gradients(row: Case) -> None:
    f, everything = scalar(row), tuple(range(len(row.arguments(0))))
    if not isinstance(quietly(f, *map(wg.asarray, row.arguments(0))), wg.Array):
        return
    compiled, inside = wg.compile(wg.grad(f, everything)), wg.grad(wg.compile(f), everything)
    for seed in (0, 1, 2):
        x = row.arguments(seed)
        expected = quietly(wg.grad(f, everything), *x)
        for one, other, third in zip(quietly(compiled, *x), expected, quietly(inside, *x), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-13)
            np.testing.assert_allclose(third, other, rtol=1e-13, atol=1e-13)


def test_vmap_of_a_compiled_function_is_one_program_of_all_lanes() -> None:
    calls = []

    def f(x: Any, y: Any) -> Any:
        calls.append(1)
        return np.sin(x) * y, np.sum(x) if np.ndim(x) else x * x

    g, x, y = wg.compile(f), np.linspace(0.0, 1.0, 12).reshape(4, 3), np.array([1.0, 2.0, 3.0])
    for _ in range(3):
        assert_same_bits(wg.vmap(g, (0, None))(x, y), wg.vmap(f, (0, None))(wg.asarray(x), wg.asarray(y)))
    assert len(calls) == 3 + 1  # one recording, found again
    assert_same_bits(wg.vmap(wg.vmap(g))(x, x * 2), wg.vmap(wg.vmap(f))(wg.asarray(x), wg.asarray(x * 2)))


def test_vmap_of_a_compiled_function_under_other_transforms() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.exp(x) * x)

    g, x = wg.compile(f), np.linspace(0.0, 1.0, 12).reshape(4, 3)
    expected = wg.vmap(wg.grad(f))(x)
    assert_same_bits(wg.vmap(wg.grad(g))(x), expected)
    np.testing.assert_allclose(wg.grad(lambda x: np.sum(wg.vmap(g)(x)))(x), expected, rtol=1e-15)
    assert_same_bits(wg.vmap(wg.compile(wg.grad(g)))(x), expected)
    assert_same_bits(wg.vmap(lambda x: g(x) + 1.0)(x), wg.vmap(lambda x: f(x) + 1.0)(x))


def test_vmap_of_a_compiled_function_raises_what_vmap_raises() -> None:
    g = wg.compile(lambda x: x if x > 0 else -x)
    with pytest.raises(wg.TracedValueError, match="differs from lane to lane"):
        wg.vmap(g)(np.array([1.0, -1.0]))
    with pytest.raises(wg.ShapeError, match="numbers of lanes differ"):
        wg.vmap(wg.compile(lambda x, y: x + y))(np.ones(2), np.ones(3))


def test_compiling_the_derivative_of_a_compiled_function_is_the_derivative() -> None:
    """The inner function's attributes, its function among them, went over to the outer one with functools.wraps."""
    g = wg.compile(lambda x: np.sin(x) * x)
    assert wg.compile(wg.grad(g))(0.5) == wg.grad(lambda x: np.sin(x) * x)(0.5)
    assert wg.compile(wg.grad(wg.compile(wg.grad(g))))(0.5) == wg.grad(wg.grad(lambda x: np.sin(x) * x))(0.5)


def test_a_number_that_is_assigned_is_an_input() -> None:
    """It was a constant: the weak number lost its node on the way to the array's type."""
    cases: list[Any] = [
        lambda y, s: y.at[0].set(s),
        lambda y, s: assigned(y, 0, s),
        lambda y, s: assigned(y, slice(None, 2), s),
        lambda y, s: assigned(y, [0, 2], s),
        lambda y, s: assigned(y, np.array([True, False, True]), s),
        lambda y, s: assigned(y, ..., s),
    ]
    for case in cases:
        for dtype in (np.float64, np.float32, np.complex128):
            y = wg.asarray(np.zeros(3, dtype))
            compiled, program = wg.compile(case), wg.record(case, y, 0.5)
            for s in (0.5, 0.75):
                assert_same_bits(compiled(y, s), case(y, s))
                assert_same_bits(program(y, s), case(y, s))


def assigned(y: Any, key: Any, s: Any) -> Any:
    z = y.copy()
    z[key] = s
    return z


@pytest.mark.parametrize("n", [4, 6, 17])
def test_a_product_does_not_tell_how_numpys_arrays_lie(n: int, rng: np.random.Generator) -> None:
    """A function sees row-major copies, and so does its program."""
    a, b, v = rng.normal(size=(n, n)), rng.normal(size=(n, n)), rng.normal(size=2 * n)

    def f(a: Any, b: Any, v: Any) -> Any:
        return a @ b, v @ v, v @ a, np.sum(a)

    compiled = wg.compile(f)
    for x in ((a, b, v[::2]), (np.asfortranarray(a), b, v[:n]), (a[::-1], b.T, v[n:][::-1])):
        assert_same_bits(compiled(*x), f(*map(wg.asarray, x)))


@pytest.mark.parametrize(
    "nothing",
    [
        lambda t: t * 1.0,
        lambda t: t / 1.0,
        lambda t: t - 0.0,
        lambda t: -np.negative(t),
        lambda t: +t,
        lambda t: t.astype(float),
    ],
)
def test_what_changes_no_bit_still_lays_an_array_row_by_row(nothing: Any, rng: np.random.Generator) -> None:
    x = rng.normal(size=(6, 6))
    looks: list[Any] = [
        lambda x: x.T,
        lambda x: x[::-1],
        lambda x: x[:, ::-1],
        lambda x: x[::2, ::2],
        lambda x: x[:, 0],
    ]
    for look in looks:

        def f(x: Any, look: Any = look) -> Any:
            y = nothing(look(x))
            return y @ y.T, y.T @ y

        assert_same_bits(wg.compile(f)(x), f(wg.asarray(x)))


def test_the_timeline_of_memory_has_a_peak_where_both_sweeps_meet() -> None:
    p = wg.record(lambda x, w: (np.tanh(w @ np.sin(x)) ** 2).sum(), np.ones(1000), np.ones((800, 1000)))
    values, both = p.memory(sweep=False), p.memory()
    assert values.max() == p.stats()["arena_bytes"]
    assert both.argmax() > both.size // 2  # the adjoint of w is the largest array
    assert both.max() >= 800 * 1000 * 8
    assert values.max() < 3 * 8 * 1000
