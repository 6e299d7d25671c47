"""Sums of rows at the end of a group of elementwise operations, and short rows such groups read: the bits of eager."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
from unrolled import assert_same_bits

LINES = [1, 2, 3, 7, 8, 10, 16, 31, 33, 64, 65, 70, 300]


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def several(x: Any) -> Any:
    y = np.sin(x) * x
    return np.sum(y, axis=1), np.sum(y * y, axis=1, keepdims=True), np.sum(y), y


def broadcast(x: Any, row: Any, column: Any) -> Any:
    return np.sum((x - row) * column, axis=1) + np.sum(row * column, axis=1)


@pytest.mark.parametrize("n", LINES)
@pytest.mark.parametrize("rows", [1, 5, 100, 1000])
def test_groups_that_end_in_sums_of_rows_have_the_bits_of_eager(n: int, rows: int, rng: np.random.Generator) -> None:
    x, row, column = rng.normal(size=(rows, n)), rng.normal(size=n), rng.normal(size=(rows, 1))
    for f, at in ((softmax, (x,)), (several, (x,)), (broadcast, (x, row, column))):
        given = [wg.asarray(a) for a in at]
        assert_same_bits(wg.compile(f)(*given), f(*given))


@pytest.mark.parametrize("n", [3, 10, 40, 200])
def test_gradients_through_rows_have_the_bits_of_eager(n: int, rng: np.random.Generator) -> None:
    x, row, column = rng.normal(size=(300, n)), rng.normal(size=n), rng.normal(size=(300, 1))

    def loss(x: Any, row: Any, column: Any) -> Any:
        return np.sum(np.sum((x - row) ** 2 * column, axis=1) ** 2) + np.sum(softmax(x)[:, 0])

    gradient = wg.grad(loss, argnums=(0, 1, 2))
    assert_same_bits(wg.compile(gradient)(x, row, column), gradient(x, row, column))


def test_short_rows_of_parts_of_an_array_come_from_where_they_lie(rng: np.random.Generator) -> None:
    x, large = rng.normal(size=(6, 50, 7)), rng.normal(size=(8, 50, 20))

    def f(x: Any, large: Any) -> Any:
        part = large[1:7, :, 5:12]
        return x * part[0] + part[:, :1] * x[:, ::-1] + part[2, 3] - part[..., 2:3]

    given = wg.asarray(x), wg.asarray(large)
    assert_same_bits(wg.compile(f)(*given), f(*given))
    np.testing.assert_allclose(np.asarray(f(*given)), f(x, large), rtol=1e-15)


def test_sums_of_rows_are_done_within_their_group() -> None:
    x = np.ones((500, 10))
    at_once = wg.record(lambda x: np.sum(np.sin(x) ** 2, axis=1), x).stats()
    assert (at_once["groups"], at_once["calls"]) == (1, 0)
    apart = wg.record(lambda x: np.sum(np.sin(x) ** 2, axis=0), x).stats()
    assert (apart["groups"], apart["calls"]) == (1, 1)


def test_threads_do_not_change_the_bits_of_sums_of_rows(rng: np.random.Generator) -> None:
    x = rng.normal(size=(40_000, 10))
    f = wg.compile(lambda x: np.sum(np.exp(np.sin(x)), axis=1))
    alone = f(x)
    before = wg.thread_count()
    try:
        for count in (1, 2, 3):
            wg.set_thread_count(count)
            assert_same_bits(f(x), alone)
    finally:
        wg.set_thread_count(before)


def test_what_a_later_pass_over_slices_computes_again_is_still_there(rng: np.random.Generator) -> None:
    """x - row is computed again by the pass that comes last: x and row have to wait for it."""
    x, row, column = rng.normal(size=(300, 200)), rng.normal(size=200), rng.normal(size=(300, 1))

    def loss(x: Any, row: Any, column: Any) -> Any:
        return np.sum(np.sum((x - row) ** 2 * column, axis=1) ** 2) + np.sum(softmax(x)[:, 0])

    gradient = wg.grad(loss, argnums=(0, 1, 2))
    program = wg.record(gradient, x, row, column)
    assert program.stats()["repeats"] > 1
    assert_same_bits(program(x, row, column), gradient(x, row, column))
