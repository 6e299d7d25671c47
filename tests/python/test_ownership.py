"""Whose memory is whose: what a caller writes later never reaches a recording, and results belong to the caller."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

SIZES = pytest.mark.parametrize("n", [1, 3, 100, 100_000], ids=lambda n: f"n={n}")


@SIZES
def test_writing_into_an_argument_after_the_call_leaves_pull_as_it_was(n: int) -> None:
    x = np.full(n, 2.0)
    _, pull = wg.vjp(lambda x: x * x * x, x)
    x[:] = 100.0
    assert pull(np.ones(n))[0].tolist() == [12.0] * n


@SIZES
def test_writing_into_a_result_leaves_pull_as_it_was(n: int) -> None:
    y, pull = wg.vjp(wnp.exp, np.zeros(n))
    y[...] = 100.0
    assert pull(np.ones(n))[0].tolist() == [1.0] * n


@SIZES
def test_writing_into_a_seed_or_an_adjoint_changes_nothing_else(n: int) -> None:
    _, pull = wg.vjp(lambda x: (x, x + 0.0), np.zeros(n))
    seed = np.ones(n)
    first = pull((seed, seed))[0]
    first[...] = 50.0
    assert seed.tolist() == [1.0] * n
    second = pull((seed, seed))[0]
    seed[...] = 9.0
    assert second.tolist() == [2.0] * n


@SIZES
def test_a_buffer_that_the_function_fills_again_and_again_is_read_when_it_is_used(n: int) -> None:
    def f(x: Any) -> Any:
        buffer, y = np.zeros(n), 0.0 * x
        for k in range(1, 4):
            buffer[:] = k
            y = y + x * x * buffer
        buffer[:] = 1e9
        return wnp.sum(y)

    assert wg.grad(f)(np.ones(n)).tolist() == [12.0] * n
    assert wg.jvp(f, (np.ones(n),), (np.ones(n),))[1] == 12.0 * n


@SIZES
def test_an_array_filled_again_and_again_is_read_when_it_is_used(n: int) -> None:
    def f(x: Any) -> Any:
        buffer, y = wnp.zeros(n), 0.0 * x
        for k in range(1, 4):
            buffer[:] = k * x
            y = y + buffer * x
        return wnp.sum(y)

    assert wg.grad(f)(np.ones(n)).tolist() == [12.0] * n


@SIZES
def test_an_array_given_to_a_transform_is_not_written_by_the_function(n: int) -> None:
    def f(x: Any) -> Any:
        x *= 3.0
        x[0] = x[-1] * x[-1]
        return wnp.sum(x)

    concrete = wg.asarray(np.ones(n))
    wg.grad(f)(concrete)
    wg.jvp(f, (concrete,), (np.ones(n),))
    wg.vjp(f, concrete)
    wg.hessian(f)(np.ones(2))
    assert np.asarray(concrete).tolist() == [1.0] * n


@SIZES
def test_numpy_arrays_made_from_an_array_are_not_changed_by_later_writes(n: int) -> None:
    x = wg.asarray(np.ones(n))
    copy = np.array(x)
    seen = np.asarray(x).tolist()
    x[...] = 5.0
    assert copy.tolist() == seen == [1.0] * n


@SIZES
def test_a_constant_of_an_outer_scope_may_be_overwritten_between_two_calls(n: int) -> None:
    weights = np.ones(n)
    gradient = wg.grad(lambda x: wnp.sum(x * weights))
    assert gradient(np.ones(n)).tolist() == [1.0] * n
    weights[:] = 4.0
    assert gradient(np.ones(n)).tolist() == [4.0] * n


def test_a_value_of_an_inner_transform_written_into_an_outer_array_is_a_leak() -> None:
    def f(x: Any) -> Any:
        kept = wnp.zeros(2) * x

        def inner(y: Any) -> Any:
            kept[0] = y
            return y * x

        wg.grad(inner)(1.0)
        return wnp.sum(kept)

    with pytest.raises(wg.TapeError):
        wg.grad(f)(2.0)


def test_pull_outlives_the_names_of_everything_it_needs() -> None:
    def make() -> Any:
        x = np.array([0.5, 1.5])
        return wg.vjp(lambda x: wnp.sin(x) @ wnp.cos(x), x)[1]

    pulls = [make() for _ in range(50)]
    expected = np.cos(2 * np.array([0.5, 1.5]))
    for pull in pulls:
        np.testing.assert_allclose(pull(1.0)[0], expected, rtol=1e-14)


def test_two_pulls_at_once_do_not_disturb_each_other() -> None:
    pulls = [wg.vjp(lambda x, k=k: x**k, 2.0)[1] for k in range(1, 6)]
    for _ in range(2):
        assert [float(pull(1.0)[0]) for pull in pulls] == [1.0, 4.0, 12.0, 32.0, 80.0]
    del pulls[::2]
    assert [float(pull(1.0)[0]) for pull in pulls] == [4.0, 32.0]
