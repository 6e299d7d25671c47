"""Small arrays in programs: they share their places in memory with each other, and nobody may notice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from test_programs import assert_same_bits

SIZES = (1, 2, 3, 4, 5, 8, 9)

# Each takes the arrays so far, of any shapes of one or two axes, and three numbers to choose by.
Operation = Callable[[list[Any], int, int, int], Any]


def alike(all_: list[Any], i: int, j: int) -> tuple[Any, Any]:
    """Two arrays that broadcast against each other, if there are any."""
    a = all_[i % len(all_)]
    others = [b for b in all_ if fits(a.shape, b.shape)]
    return a, others[j % len(others)]


def fits(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


def partner(a: Any, all_: list[Any], j: int) -> Any:
    """What `a` can be multiplied with as a matrix."""
    size = a.shape[-1]
    others = [b for b in all_ if b.ndim and (b.shape[-2] if b.ndim > 1 else b.shape[0]) == size]
    return others[j % len(others)] if others else wnp.ones(size)


def product(all_: list[Any], i: int, j: int, k: int) -> Any:
    a = all_[i % len(all_)]
    if a.ndim == 0:
        return a * 2.0
    a = a.T if k % 2 else a
    return 0.3 * (a @ partner(a, all_, j))


def sliced(all_: list[Any], i: int, j: int, k: int) -> Any:
    a = all_[i % len(all_)]
    if a.ndim == 0:
        return a[None]
    start, step = j % a.shape[0], (1, 2, -1)[k % 3]
    part = a[start::step]
    return part[:, k % a.shape[1] :] if a.ndim == 2 and i % 2 else part


def assigned(all_: list[Any], i: int, j: int, k: int) -> Any:
    a = wnp.asarray(all_[i % len(all_)])
    if a.ndim == 0:
        return wnp.stack([a, a * 0.5])
    y = a * 1.0
    y[j % a.shape[0]] = y[k % a.shape[0]] * 0.5
    return y


def summed(all_: list[Any], i: int, j: int, k: int) -> Any:
    a = all_[i % len(all_)]
    axis = (None, 0, -1)[j % 3] if a.ndim else None
    return wnp.sum(a, axis=axis, keepdims=bool(k % 2)) * 0.5


def joined(all_: list[Any], i: int, j: int, k: int) -> Any:
    a = all_[i % len(all_)]
    others = [b for b in all_ if b.shape[1:] == a.shape[1:] and b.ndim == a.ndim > 0]
    return wnp.concatenate([a, others[j % len(others)]])[:9] if others else wnp.stack([a, a * 0.7])


def turned(all_: list[Any], i: int, j: int, k: int) -> Any:
    a = all_[i % len(all_)]
    return (a.T, wnp.ravel(a), wnp.expand_dims(a, j % (a.ndim + 1)))[k % 3] if a.ndim < 2 or k % 3 < 2 else a[:, ::-1]


def spread(all_: list[Any], i: int, j: int, k: int) -> Any:
    a = all_[i % len(all_)]
    return wnp.broadcast_to(a, (2, *a.shape))[k % 2] if a.ndim == 2 else wnp.outer(a, a)[:9, :9] * 0.4


def chosen(all_: list[Any], i: int, j: int, k: int) -> Any:
    a, b = alike(all_, i, j)
    return wnp.where(a * 1.0 > b, a * 0.5, b)


OPERATIONS: list[Operation] = [
    lambda all_, i, j, k: np.add(*alike(all_, i, j)),
    lambda all_, i, j, k: 0.5 * np.multiply(*alike(all_, i, j)),
    lambda all_, i, j, k: np.subtract(*alike(all_, i, j)),
    lambda all_, i, j, k: np.maximum(*alike(all_, i, j)),
    lambda all_, i, j, k: np.tanh(all_[i % len(all_)]),
    lambda all_, i, j, k: np.sin(all_[i % len(all_)]) * np.cos(all_[i % len(all_)]),
    lambda all_, i, j, k: 1.0 - all_[i % len(all_)],
    product, product, sliced, assigned, summed, joined, turned, spread, chosen,
]  # fmt: skip


def program(steps: list[tuple[int, int, int, int]]) -> Callable[..., Any]:
    def f(*x: Any) -> Any:
        all_ = list(x)
        for op, i, j, k in steps:
            y = OPERATIONS[op](all_, i, j, k)
            if y.ndim <= 2 and y.size <= 90:
                all_.append(y)
        return sum(wnp.sum(np.sin(y)) for y in all_)

    return f


numbers = st.integers(0, 1000)
drawn = st.lists(st.tuples(st.integers(0, len(OPERATIONS) - 1), numbers, numbers, numbers), min_size=1, max_size=25)
shapes = st.one_of(st.tuples(st.sampled_from(SIZES)), st.tuples(st.sampled_from(SIZES), st.sampled_from(SIZES)))


@settings(max_examples=300, deadline=None)
@given(drawn, st.lists(shapes, min_size=2, max_size=3), st.integers(0, 2**32 - 1))
def test_drawn_programs_are_what_they_were_recorded_from(
    steps: list[tuple[int, int, int, int]], sizes: list[tuple[int, ...]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    f = program(steps)
    compiled, everything = wg.compile(f), tuple(range(len(sizes)))
    derivative, gradient = wg.compile(wg.grad(f, everything)), wg.grad(f, everything)
    layouts = (np.array, np.array, np.asfortranarray, lambda a: np.repeat(a, 2, axis=-1)[..., ::2])
    for layout in layouts:
        x = [wg.asarray(layout(rng.normal(size=size))) for size in sizes]
        assert_same_bits(compiled(*x), f(*x))
        for got, expected in zip(derivative(*x), gradient(*x), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-11)


def network(W: Any, b: Any, x: Any) -> Any:
    for _ in range(5):
        x = np.tanh(W @ x + b)
    return wnp.sum(x)


@pytest.fixture
def weights(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.normal(size=(10, 10)) * 0.3, rng.normal(size=10), rng.normal(size=10)


def test_a_small_network_is_steps_on_small_arrays_alone(weights: tuple[Any, ...]) -> None:
    stats = wg.record(wg.value_and_grad(network, argnums=(0, 1, 2)), *weights).stats()
    assert (stats["groups"], stats["calls"]) == (0, 0)
    # Forward: product, sum and tanh; back: square, difference, scaling, product, and two sums in place.
    assert stats["operations_on_small_arrays"] <= 9 * 5 + 3


def test_inputs_that_lie_by_columns_or_backwards(weights: tuple[Any, ...]) -> None:
    compiled = wg.compile(network)
    W, b, x = map(wg.asarray, weights)
    for arrays in ((W, b, x), (W.T, b, x), (W[::-1], b[::-1], x), (W, wnp.broadcast_to(b[:1], 10), x), (W, b, x)):
        assert_same_bits(compiled(*arrays), network(*arrays))
        as_numpys = compiled(*(np.array(a).T.copy().T if a.ndim == 2 else np.array(a) for a in arrays))
        np.testing.assert_allclose(as_numpys, network(*arrays), rtol=1e-12)


def test_a_look_at_an_array_outlives_the_array() -> None:
    def f(x: Any) -> Any:
        y = np.exp(x)
        middle, last = y[2:4], y.reshape(2, 3)[1]
        for _ in range(4):  # takes the places that are free
            x = np.sin(x) + 1.0
        return x[:2] * middle, last * x[3:], y[5]

    x = np.linspace(-1, 1, 6)
    assert_same_bits(wg.compile(f)(x), f(wg.asarray(x)))


def test_an_accumulator_that_is_needed_later_is_not_written_over(rng: np.random.Generator) -> None:
    def f(a: Any, b: Any, c: Any) -> Any:
        first = c * 2.0
        second = first + wnp.outer(a, b)
        third = second + wnp.outer(b, a)
        return first * third, second + wnp.outer(a, a) + wnp.outer(b, b)

    a, b, c = rng.normal(size=5), rng.normal(size=5), rng.normal(size=(5, 5))
    assert_same_bits(wg.compile(f)(a, b, c), f(*map(wg.asarray, (a, b, c))))


def test_outputs_stay_as_they_are_in_the_next_run(weights: tuple[Any, ...]) -> None:
    compiled = wg.compile(lambda W, b, x: (np.tanh(W @ x + b), W * 2.0, x))
    first = compiled(*weights)
    before = [np.array(y) for y in first]
    compiled(*(3.0 * each for each in weights))
    assert_same_bits(list(first), before)


@pytest.mark.parametrize("columns", SIZES)
@pytest.mark.parametrize("rows", SIZES)
def test_infinities_and_nans_stay_in_their_rows(rows: int, columns: int) -> None:
    """What is computed in whole registers must not meet its neighbours."""
    W = np.arange(1.0, rows * columns + 1).reshape(rows, columns)
    with np.errstate(invalid="ignore"):
        for special in (np.inf, np.nan):
            for k in range(W.size):
                A = W.copy()
                A.flat[k] = special
                for left, right in ((A, np.ones(columns)), (A.T, np.ones(rows)), (A, np.zeros(columns))):
                    got = wg.compile(wnp.matmul)(left, right)
                    np.testing.assert_allclose(np.asarray(got), [np.sum(row * right) for row in left], rtol=1e-14)


def test_products_with_numbers_arrays_and_constants_of_every_layout(rng: np.random.Generator) -> None:
    constant = rng.normal(size=(6, 4))

    def f(x: Any, s: Any) -> Any:
        y = constant @ x * s
        z = constant.T @ y + constant[::2].T @ y[::2]
        return wnp.sum(z) * np.array([[1.0], [2.0]]) + np.outer(np.array([1.0, 2.0]), z)

    x = rng.normal(size=4)
    for s in (2.0, -1.5):
        assert_same_bits(wg.compile(f)(x, s), f(wg.asarray(x), wg.asarray(s)))


def test_many_threads_have_places_of_their_own(weights: tuple[Any, ...]) -> None:
    compiled = wg.compile(wg.value_and_grad(network, argnums=(0, 1, 2)))
    points = [tuple(each * (1 + 0.01 * k) for each in weights) for k in range(64)]
    alone = [compiled(*point) for point in points]
    with ThreadPoolExecutor(8) as pool:
        for one, other in zip(alone, pool.map(lambda point: compiled(*point), points), strict=True):
            assert_same_bits(one, other)


def test_a_jacobian_and_a_hessian_of_small_arrays(weights: tuple[Any, ...]) -> None:
    W, b, x = weights
    for f in (wg.jacobian(lambda x: np.tanh(W @ x + b) * x), wg.hessian(lambda x: network(W, b, x))):
        np.testing.assert_allclose(wg.compile(f)(x), f(x), rtol=1e-12, atol=1e-14)


def swing(x: Any, W: Any, steps: int) -> Any:
    """Two variables, one of which is put together anew each time."""
    for k in range(steps):
        y = np.sin(W @ x) + 0.1 * x[::-1]
        x = wnp.concatenate([x[1:], y[:1] * 0.9]) + 0.01 * wnp.sum(y)
        if k % 7 == 3:
            x = x * 0.5
    return x


def nested(x: Any, W: Any, steps: int) -> Any:
    for _ in range(steps):
        for _ in range(6):
            x = np.tanh(W @ x)
        x = x - 0.1 * x**2
    return x


@pytest.mark.parametrize("steps", [1, 4, 5, 63, 200])
@pytest.mark.parametrize("loop", [swing, nested])
def test_loops_written_out_are_rolled_up_again(loop: Any, steps: int, rng: np.random.Generator) -> None:
    def f(x: Any, W: Any) -> Any:
        return wnp.sum(loop(x, W, steps) ** 2)

    x, W = rng.normal(size=5), rng.normal(size=(5, 5)) * 0.4
    program = wg.record(f, x, W)
    derivative = wg.record(wg.value_and_grad(f, argnums=(0, 1)), x, W)
    if steps == 200:
        assert program.stats()["repeats"] >= 1
        assert derivative.stats()["repeats"] >= 2
    for _ in range(2):
        assert_same_bits(program(x, W), f(wg.asarray(x), wg.asarray(W)))
        value, slopes = derivative(x, W)
        expected, others = wg.value_and_grad(f, argnums=(0, 1))(x, W)
        np.testing.assert_allclose(value, expected, rtol=1e-14)
        for slope, other in zip(slopes, others, strict=True):
            np.testing.assert_allclose(slope, other, rtol=1e-9, atol=1e-13)
        x, W = rng.normal(size=5), rng.normal(size=(5, 5)) * 0.4


def test_a_look_at_an_array_that_was_copied_waits_for_the_copy() -> None:
    """Large operations read a small array before it was among the numbers."""

    def f(x: Any, v: Any) -> Any:
        e = np.exp(x)  # large
        s = np.sin(v)
        return e, e - v[:, None], s

    def g(y: Any) -> Any:
        m, t = wnp.sum(y, axis=1), y * y
        u = m + m
        return u[:, None] * (y - m[:, None]) + t

    x, v, y = np.zeros((24, 24)), np.arange(24.0), np.arange(1.0, 601.0).reshape(200, 3)
    compiled, other = wg.compile(f), wg.compile(g)
    for k in range(3):
        assert_same_bits(compiled(x, v + k), f(wg.asarray(x), wg.asarray(v + k)))
        assert_same_bits(other(y + k), g(wg.asarray(y + k)))


@pytest.mark.parametrize("seed", range(40))
def test_small_and_large_arrays_together(seed: int) -> None:
    """Reductions of large arrays, small operations on these, and back into large ones."""
    rng = np.random.default_rng(seed)
    rows, columns = ((23, 23), (200, 3), (3, 200), (40, 13), (513, 2))[seed % 5]
    choices = rng.integers(0, 1000, size=(12, 3))

    def f(y: Any, v: Any) -> Any:
        large, small, numbers = [y], [v], [wnp.sum(v)]
        for kind, i, j in choices:
            a, r, s = large[i % len(large)], small[j % len(small)], numbers[i % len(numbers)]
            match kind % 7:
                case 0:
                    large.append(np.sin(a) * 0.5 + large[j % len(large)])
                case 1:
                    small.append((wnp.sum, wnp.max, wnp.mean)[j % 3](a, axis=1))
                case 2:
                    small.append(r * 0.3 + np.cos(small[i % len(small)]))
                case 3:
                    large.append(a * 0.5 - r[:, None])
                case 4:
                    numbers.append(wnp.sum(r) * 0.01)
                case 5:
                    small.append(r + s)
                case _:
                    large.append(a + np.sin(s))
        return large[-1], small[-1], numbers[-1]

    def total(y: Any, v: Any) -> Any:
        return sum(wnp.sum(np.sin(each)) for each in f(y, v))

    compiled, slopes = wg.compile(f), wg.compile(wg.grad(total, argnums=(0, 1)))
    for _ in range(2):
        y, v = rng.normal(size=(rows, columns)), rng.normal(size=rows)
        for _ in range(2):
            assert_same_bits(compiled(y, v), f(wg.asarray(y), wg.asarray(v)))
            for got, expected in zip(slopes(y, v), wg.grad(total, argnums=(0, 1))(y, v), strict=True):
                np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


def test_a_number_that_goes_through_an_array_of_one_is_in_its_place_in_time() -> None:
    """Operations on numbers were sorted without looking through reshapes; the interpreter crashed."""

    def f(x: Any) -> Any:
        y = np.sin(np.sin(np.sin(x)))
        z = np.reshape(y, 1)[0] * 2.0
        return z + (1.0 if np.ravel(z)[0] > 0 else 2.0) * np.atleast_1d(y)[0]

    compiled = wg.compile(f)
    for x in (0.3, 0.7, -0.3):
        assert_same_bits(compiled(x), f(wg.asarray(x)))
