"""The laws of test_rules.py for structural primitives and compositions: a loop over structural_cases.py."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from laws import MODES, assert_close, derived, five_point, inner, moved
from structural_cases import CASES, Case, Reference

WORDS = list(itertools.product(MODES, repeat=2))
REFERENCE = Reference()
ELSEWHERE = {"astype", "stop"}  # test_arrays.py, test_guards.py


@pytest.fixture(params=CASES, ids=[c.name for c in CASES], scope="session")
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


def here(case: Case) -> Any:
    return lambda *x: case.f(wnp, *x)


def concrete(case: Case) -> Any:
    """The case's value, computed with Arrays that nothing records."""
    return np.asarray(case.f(wnp, *(wg.asarray(a) for a in case.arguments())))


def curved(case: Case) -> Any:
    """A scalar that bends even where the case is linear."""

    def f(*x: Any) -> Any:
        y = case.f(wnp, *x)
        return wnp.sum(wnp.sin(y) * weights(y.shape))

    return f


def weights(shape: tuple[int, ...]) -> Any:
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)


def directions(x: tuple[Any, ...], seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    return tuple(np.asarray(rng.uniform(-1, 1, a.shape)) for a in x)


def test_every_structural_primitive_has_a_case() -> None:
    covered = set().union(*(case.covers for case in CASES))
    table = {p.name for p in wg.testing.primitives() if not p.elementwise}
    assert table
    assert table - ELSEWHERE <= covered


def test_no_two_cases_share_a_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_values_are_the_references(case: Case) -> None:
    x = case.arguments()
    got, expected = concrete(case), case.f(REFERENCE, *x)
    assert (got.shape, got.dtype) == (np.shape(expected), np.asarray(expected).dtype)
    assert_close(got, expected, rtol=1e-13)


def test_recorded_values_are_the_bits_of_concrete_ones(case: Case) -> None:
    x = case.arguments()
    np.testing.assert_array_equal(wg.vjp(here(case), *x)[0], concrete(case))
    np.testing.assert_array_equal(wg.jvp(here(case), x, directions(x, 1))[0], concrete(case))


def test_tangents_are_the_references_differences(case: Case) -> None:
    x = case.arguments()
    v = directions(x, 1)
    difference = five_point(lambda t: case.f(REFERENCE, *moved(x, v, t)))
    assert_close(wg.jvp(here(case), x, v)[1], difference, rtol=2e-9)


def test_the_adjoint_is_the_transpose_of_the_tangent(case: Case) -> None:
    x = case.arguments()
    v = directions(x, 2)
    y, pull = wg.vjp(here(case), *x)
    (ybar,) = directions((y,), 3)
    adjoints = pull(ybar)
    assert [a.shape for a in adjoints] == [a.shape for a in x]
    assert float(inner(adjoints, v)) == pytest.approx(
        float(inner(ybar, wg.jvp(here(case), x, v)[1])), rel=1e-11, abs=1e-12
    )


@pytest.mark.parametrize("word", WORDS, ids="-".join)
def test_second_derivatives_are_differences_of_first_ones_in_every_mix_of_modes(
    case: Case, word: tuple[str, ...]
) -> None:
    x = case.arguments()
    v = directions(x, 4)
    first = derived(["forward"], curved(case), v)
    difference = five_point(lambda t: first(*moved(x, v, t)))
    assert_close(derived(word, curved(case), v)(*x), difference, rtol=5e-8)


def test_third_derivatives_agree_in_every_mix_of_modes(case: Case) -> None:
    x = case.arguments()
    v = directions(x, 4)
    words = [("forward",) * 3, ("reverse", "forward", "reverse"), ("forward", "reverse", "reverse")]
    expected, *others = (float(derived(word, curved(case), v)(*x)) for word in words)
    assert others == pytest.approx([expected] * 2, rel=1e-9, abs=1e-9)


def test_the_hessian_is_symmetric(case: Case) -> None:
    x = case.arguments()
    u, v = directions(x, 5), directions(x, 6)
    one, other = (float(inner(wg.hvp(curved(case), x, a), b)) for a, b in ((u, v), (v, u)))
    assert one == pytest.approx(other, rel=1e-10, abs=1e-11)


def test_zero_seeds_add_nothing(case: Case) -> None:
    x = case.arguments()
    zeros = tuple(np.zeros_like(a) for a in x)
    assert not np.any(wg.jvp(here(case), x, zeros)[1])
    y, pull = wg.vjp(here(case), *x)
    assert not any(np.any(a) for a in pull(np.zeros_like(y)))


def test_float32_stays_float32_in_value_tangent_and_adjoint(case: Case) -> None:
    x, exact = case.arguments(dtype=np.float32), case.arguments()
    v = directions(exact, 7)
    y, dy = wg.jvp(here(case), x, tuple(a.astype(np.float32) for a in v))
    adjoints = wg.vjp(here(case), *x)[1](np.ones_like(y))
    assert {y.dtype, dy.dtype, *(a.dtype for a in adjoints)} == {np.dtype(np.float32)}
    y64, dy64 = wg.jvp(here(case), exact, v)
    assert_close(y, y64, rtol=1e-4)
    assert_close(dy, dy64, rtol=1e-3)
