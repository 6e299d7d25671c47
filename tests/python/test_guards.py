"""Guards: whatever a recorded value tells Python, a program that runs again is checked against it."""

from __future__ import annotations

import concurrent.futures
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from test_programs import assert_same_bits

POINTS = [np.random.default_rng(seed).normal(size=4) for seed in range(40)]


def newton(x: Any) -> Any:
    """As many steps as it needs."""
    y, steps = x, 0
    while np.abs(y * y - 2.0).max() > 1e-10 and steps < 50:
        y = y - (y * y - 2.0) / (2.0 * y)
        steps += 1
    return y * steps


def bisected(x: Any) -> Any:
    low, high = 0.0 * x[0], 4.0 + 0.0 * x[0]
    for _ in range(20):
        middle = 0.5 * (low + high)
        if middle**3 + middle * np.exp(x[0]) > 5.0:
            high = middle
        else:
            low = middle
    return low


def written(x: Any) -> Any:
    y = wnp.zeros(4)
    for i in range(4):
        y[i] = x[i] * i if x[i] > 0 else -x[i]
    y[y > 1.0] = 1.0
    return y


TOLD: dict[str, Any] = {
    "branch": lambda x: np.sin(x) if x[0] > 0 else x * 2,
    "branch of three": lambda x: x if x[0] > 0.5 else (x * x if x[0] > -0.5 else np.exp(x)),
    "chained comparison": lambda x: x.sum() if -0.5 < x[0] < 0.5 else x.prod(),
    "and, or, not": lambda x: x * 3 if (x[0] > 0 and x[1] > 0) or not x[2] > 0 else x,
    "any": lambda x: x * 2 if (x > 1).any() else x * 3,
    "all of an array": lambda x: x * 2 if np.all(x > -1) else x,
    "truth of a float": lambda x: x * 2 if np.floor(x[0]) else x,
    "max of Python": lambda x: max(x[0], x[1], x[2]) * x,
    "sorted of Python": lambda x: np.stack(sorted([x[0], x[1], x[2]])),
    "min with a key": lambda x: min([0, 1, 2], key=lambda k: x[k]) * x,
    "int": lambda x: x * int(x[0] * 3),
    "index": lambda x: x[wnp.argmax(x)] * x,
    "integer index": lambda x: np.arange(4.0)[int(wnp.argmax(x))] * x,
    "range": lambda x: sum([x * k for k in range(int(abs(x[0]) * 3))], x),
    "while": newton,
    "bisection": bisected,
    "mask": lambda x: x[x > 0].sum() * x,
    "nonzero": lambda x: x * len(wnp.nonzero(x > 0)[0]),
    "where of one": lambda x: wnp.where(x > 0)[0].sum() * x,
    "unique": lambda x: wnp.unique(wnp.floor(x)).size * x,
    "median": lambda x: np.median(x) * x,
    "percentile": lambda x: np.percentile(x, 30.0) * x,
    "interp": lambda x: np.interp(x, np.arange(3.0), np.array([1.0, 3.0, 2.0])),
    "searchsorted": lambda x: np.searchsorted(np.arange(-2.0, 2.0), x) * x,
    "sort": lambda x: np.sort(x) * x,
    "argsort": lambda x: x[np.argsort(x)] * np.arange(4.0),
    "partition": lambda x: np.partition(x, 2),
    "written": written,
    "choose": lambda x: np.choose((x > 0).astype(int), [x, x * 2]),
    "select": lambda x: np.select([x > 1, x > 0], [x, x * x], default=-x),
    "clip": lambda x: np.clip(x, x.min() / 2, 0.5),
    "equality": lambda x: x * 2 if x[0] == x[0] else x,
    "stop": lambda x: wg.stop_gradient(np.exp(x)) * x,
    "tolist of integers": lambda x: x * sum((x > 0).tolist()),
    "asarray of truth": lambda x: x * np.asarray(x > 0).sum(),
    "iteration": lambda x: sum((v * v if v > 0 else v) for v in x),
    "enumerate, zip": lambda x: sum(k * v for k, v in zip(range(9), x, strict=False)),
    "dictionary": lambda x: {"a": x, "b": [x * 2, (x.sum(), 3)]},
    "cond": lambda x: wg.cond(x[0] > 0, lambda y: y * 2, lambda y: np.exp(y), x),
    "det": lambda x: np.linalg.det(x.reshape(2, 2)) * x,
    "logsumexp": lambda x: wg.special.logsumexp(x, b=np.array([1.0, -0.5, 2.0, 1.0])) * x,
    "norm": lambda x: np.linalg.norm(x, 2) * x,
    "isfinite": lambda x: x if np.isfinite(np.log(x)).all() else -x,
    "integers": lambda x: (np.floor(x).astype(int) % 3) * x,
    "checkpoint": lambda x: wg.checkpoint(lambda y: np.sin(y) * y)(x),
    "inner gradient": lambda x: wg.grad(lambda y: (y**3).sum() if y[0] > 0 else (y**2).sum())(x),
    "inner hessian": lambda x: wg.hessian(lambda y: np.sum(np.sin(y) * y[0]))(x),
    "inner vmap": lambda x: wg.vmap(lambda v: np.sin(v) * v)(x),
    "fixed point": lambda x: wg.fixed_point(lambda y, a: np.cos(y) * 0.5 + a, np.zeros(4), x * 0.1),
}
told = pytest.mark.parametrize("name", TOLD)


def quiet(f: Any, *x: Any) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return f(*x)


@told
def test_a_program_is_its_function_wherever_it_is_run(name: str) -> None:
    f = TOLD[name]
    compiled = wg.compile(f)
    for x in [*POINTS, *POINTS[:10]]:
        assert_same_bits(quiet(compiled, wg.asarray(x)), quiet(f, wg.asarray(x)))


@told
def test_its_gradient_too(name: str) -> None:
    f = TOLD[name]

    def loss(x: Any) -> Any:
        y = f(x)
        y = y["a"] if isinstance(y, dict) else y
        return np.sum(y * y)

    compiled, inside = wg.compile(wg.grad(loss)), wg.grad(wg.compile(loss))
    for x in POINTS[:15]:
        expected = quiet(wg.grad(loss), x)
        np.testing.assert_allclose(quiet(compiled, x), expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(quiet(inside, x), expected, rtol=1e-12, atol=1e-12)


def test_each_way_is_recorded_once() -> None:
    compiled = wg.compile(TOLD["branch of three"])
    for x in POINTS:
        compiled(x)
    assert compiled.stats()["recordings"] == 3
    assert compiled.stats()["programs"] == 3


def test_a_guard_that_fails_may_raise_instead() -> None:
    compiled = wg.compile(TOLD["branch"], guards="raise")
    compiled(np.ones(4))
    with pytest.raises(wg.GuardError, match="guard 0 of 1"):
        compiled(-np.ones(4))
    program = wg.record(TOLD["branch"], np.ones(4))
    with pytest.raises(wg.GuardError):
        program(-np.ones(4))


def test_a_function_whose_every_call_is_another_program_is_called_as_it_is() -> None:
    compiled = wg.compile(lambda x: x * wnp.unique(wnp.sin(x))[0])
    for k in range(30):
        assert compiled(np.arange(3.0) + k) is not None
    assert compiled.stats()["gave_up"] == 1
    assert compiled.stats()["recordings"] < 15


def test_a_float_from_a_recorded_array_is_refused_as_under_a_transform() -> None:
    with pytest.raises(wg.TracedValueError):
        wg.compile(lambda x: float(x[0]) * x)(np.ones(3))


@pytest.mark.parametrize("f", [lambda x: x + np.ones(7), lambda x: np.linalg.inv(x - x), lambda x: x[9]])
def test_exceptions_are_those_of_the_function(f: Any) -> None:
    x = np.ones((3, 3))
    with pytest.raises((wg.Error, ValueError)) as plain:
        f(wg.asarray(x))
    with pytest.raises(type(plain.value)):
        wg.compile(f)(x)


def test_an_exception_in_a_run_is_that_of_the_function_and_leaves_the_program_whole() -> None:
    compiled = wg.compile(lambda a: np.linalg.solve(a, np.ones(2)).sum())
    compiled(np.eye(2))
    for _ in range(3):
        with pytest.raises(wg.DomainError):
            compiled(np.zeros((2, 2)))
        assert compiled(2 * np.eye(2)) == 1.0


def test_a_result_nobody_needs_still_raises() -> None:
    def f(a: Any) -> Any:
        np.linalg.cholesky(a)
        return a.sum()

    compiled = wg.compile(f)
    compiled(np.eye(2))
    with pytest.raises(wg.DomainError):
        compiled(-np.eye(2))


def test_signatures_are_kept_apart() -> None:
    compiled = wg.compile(lambda x, n=1, how="a": x * n if how == "a" else x + n)
    assert compiled(np.ones(2), 3)[0] == 3
    assert compiled(np.ones(2), 4)[0] == 4
    assert compiled(np.ones(3, np.float32), 4).dtype == np.float32
    assert compiled(np.ones(2), n=4, how="b")[0] == 5
    assert compiled(2.0, 3) == 6.0
    assert compiled.stats()["signatures"] == 5


def test_true_and_one_are_different_signatures() -> None:
    compiled = wg.compile(lambda x, flag: (x, type(flag).__name__))
    assert [compiled(1.0, flag)[1] for flag in (True, 1, "1", None)] == ["bool", "int", "str", "NoneType"]


def test_a_python_float_stays_weak() -> None:
    compiled = wg.compile(lambda x, y: x * y)
    assert compiled(np.ones(2, np.float32), 2.0).dtype == np.float32
    assert compiled(np.ones(2, np.float32), 3.0)[0] == 3.0
    assert compiled(np.ones(2, np.float32), np.float64(3.0)).dtype == np.float64


def test_arguments_that_cannot_be_told_apart_are_passed_as_they_are() -> None:
    compiled = wg.compile(lambda x, options: x * len(options["list"].data))

    class Unhashable:
        __hash__ = None  # type: ignore[assignment]
        data = (1, 2)

    assert compiled(2.0, {"list": Unhashable()}) == 4.0


def test_callers_arrays_are_not_written_and_results_are_ones_own() -> None:
    def f(x: Any) -> Any:
        x[0] = 5.0
        return x, x

    compiled = wg.compile(f)
    x = np.ones(3)
    for _ in range(3):
        one, other = compiled(x)
        assert x[0] == 1.0
        one[:] = 7.0
        assert other[0] == 5.0
    same = wg.compile(lambda x: x)
    same(x)
    y = same(x)
    y[0] = 9.0
    assert x[0] == 1.0


def test_closures_over_arrays_of_a_transform_around_it_are_right() -> None:
    def f(w: Any) -> Any:
        inner = wg.compile(lambda x: np.sum(x * w))
        return inner(np.arange(3.0)) ** 2

    w = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(wg.grad(f)(w), 2 * (w @ np.arange(3.0)) * np.arange(3.0))
    np.testing.assert_allclose(wg.compile(wg.grad(f))(w), wg.grad(f)(w))
    np.testing.assert_allclose(wg.compile(f)(w * 2), f(w * 2))


def test_functions_with_rules_of_their_own_keep_them() -> None:
    @wg.custom_vjp
    def clipped(x: Any) -> Any:
        return x * 1.0

    clipped.defvjp(lambda x: (x * 1.0, None), lambda _, ybar: (np.clip(ybar, -1.0, 1.0),))

    def f(x: Any) -> Any:
        return np.sum(5.0 * clipped(x) ** 2)

    for x in POINTS[:4]:
        np.testing.assert_allclose(wg.grad(wg.compile(f))(x), wg.grad(f)(x))
        np.testing.assert_allclose(wg.compile(wg.grad(f))(x), wg.grad(f)(x))
        np.testing.assert_allclose(wg.compile(f)(x), f(x))


@pytest.mark.parametrize("f", [lambda x: np.sum(np.sin(x) * x), lambda x: np.sum(x**3 if x[0] > 0 else x)])
def test_every_transform_composes_in_both_orders(f: Any) -> None:
    v = np.arange(4.0)
    for x in POINTS[:6]:
        for transform in (wg.grad, wg.jacobian, wg.hessian, wg.value_and_grad):
            expected = transform(f)(x)
            for got in (transform(wg.compile(f))(x), wg.compile(transform(f))(x)):
                for one, other in zip(wg._tree.flatten(got)[0], wg._tree.flatten(expected)[0], strict=True):
                    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
        for pushed in (lambda g: lambda z: wg.jvp(g, (z,), (v,))[1], lambda g: lambda z: wg.hvp(g, z, v)):
            np.testing.assert_allclose(pushed(wg.compile(f))(x), pushed(f)(x), rtol=1e-12)
            np.testing.assert_allclose(wg.compile(pushed(f))(x), pushed(f)(x), rtol=1e-12)


def test_vmap_of_a_compiled_function_and_a_compiled_vmap() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    rows = np.stack(POINTS)
    expected = wg.vmap(f)(rows)
    np.testing.assert_array_equal(wg.vmap(wg.compile(f))(rows), expected)
    np.testing.assert_array_equal(wg.compile(wg.vmap(f))(rows), expected)
    np.testing.assert_array_equal(wg.vmap(wg.compile(wg.grad(f)))(rows), wg.vmap(wg.grad(f))(rows))


def test_many_threads_run_one_program_at_once() -> None:
    compiled = wg.compile(wg.value_and_grad(lambda x: np.sum(np.exp(-(x**2)) * np.sin(x)) if x[0] > 0 else np.sum(x)))
    inputs = [np.random.default_rng(k).normal(size=5000) for k in range(64)]
    expected = [compiled(x) for x in inputs]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            for (y, g), (value, gradient) in zip(pool.map(compiled, inputs), expected, strict=True):
                assert y == value
                assert g.tobytes() == gradient.tobytes()


STEPS = st.lists(
    st.tuples(st.sampled_from("+-*se<mvwri"), st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=14
)


def straight(steps: list[tuple[str, int, int]]) -> Any:
    """A function made of steps: arithmetic, branches, loops, writes, views, reductions."""

    def f(x: Any) -> Any:
        pool = [x, x[::-1], x * 2.0, np.sum(x), x[:2], np.outer(x, x)[0]]
        for op, i, j in steps:
            a, b = pool[i % len(pool)], pool[j % len(pool)]
            if np.shape(a) != np.shape(b) and np.ndim(a) and np.ndim(b):
                b = np.sum(b)
            pool.append(one_step(op, a, b))
        return sum(np.sum(y) for y in pool), pool[-1]

    return f


def one_step(op: str, a: Any, b: Any) -> Any:
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "s":
            return np.sin(a)
        case "e":
            return np.exp(-(a * a)) + b
        case "<":
            return a if np.sum(a) < np.sum(b) else b * 0.5
        case "m":
            return np.where(a < b, a, b * 2.0)
        case "v":
            return (a + b)[::-1] if np.ndim(a + b) else a
        case "r":
            y = a
            for _ in range(int(np.abs(np.sum(b))) % 3):
                y = y * 0.5 + b
            return y
        case "i":
            return np.sum(a) * b if np.ndim(a) == 0 else a[wnp.argmax(a)] + b
        case _:
            y = a * 1.0
            if np.ndim(y):
                y[0] = np.sum(b)
                y[1:] += 1.0
            return y


@settings(max_examples=500, deadline=None)
@given(STEPS)
def test_random_programs_equal_their_functions_bit_for_bit_at_many_points(steps: list[tuple[str, int, int]]) -> None:
    f = straight(steps)
    compiled = wg.compile(f)
    for x in POINTS[:8]:
        y = wg.asarray(np.round(x, 2))
        assert_same_bits(quiet(compiled, y), quiet(f, y))


def test_a_guard_that_waits_for_the_step_of_another_one_still_has_its_value() -> None:
    def f(x: Any, y: Any) -> Any:
        a, b = x * 2.0, y * 2.0  # two groups, for they have two shapes
        p, q = b > 2.0, a < 2.0  # q is computed in the first group, and looked at after p
        if p:
            b = b + 1.0
        return (a - 100.0 if q else a), b

    compiled, y = wg.compile(f), np.array([[3.0]])
    for x in (np.array([3.0]), np.array([-3.0]), np.array([3.0])):
        np.testing.assert_array_equal(compiled(x, y)[0], f(x, y)[0])


def test_quantiles_do_not_go_by_values_and_are_recorded_once():
    x = np.random.default_rng(0).normal(size=(4, 31))
    for f in (
        lambda x: np.median(x, axis=1),
        lambda x: np.quantile(x, [0.1, 0.5], axis=1),
        lambda x: np.percentile(x, 30),
    ):
        compiled = wg.compile(f)
        for shift in range(3):
            np.testing.assert_array_equal(compiled(np.cos(x + shift)), f(np.cos(x + shift)))
        spoilt = np.where(x == x[1, 2], np.nan, x)
        np.testing.assert_array_equal(compiled(spoilt), f(spoilt))
        assert compiled.stats()["recordings"] == 1
