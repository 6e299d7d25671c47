"""wengert.random draws NumPy's numbers, and differentiates them by the parameters of their distribution."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

LOC, SCALE = np.array([[0.3], [-1.0]]), np.array([0.5, 1.5, 2.0])

MOVED = ["normal", "uniform", "gumbel", "laplace", "logistic", "lognormal"]
SCALED = ["exponential", "rayleigh", "weibull", "pareto"]


def parameters(name: str) -> tuple[Any, ...]:
    return (LOC, SCALE + LOC**2) if name in MOVED else (SCALE,)


@pytest.mark.parametrize("size", [None, (4, 2, 3)])
@pytest.mark.parametrize("name", MOVED + SCALED)
def test_draws_are_numpys_of_the_same_seed(name: str, size: Any) -> None:
    got = getattr(wg.random.default_rng(7), name)(*parameters(name), size=size)
    expected = getattr(np.random.default_rng(7), name)(*parameters(name), size=size)
    assert isinstance(got, wg.Array)
    np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-13)


@pytest.mark.parametrize("name", MOVED + SCALED)
def test_draws_are_differentiated_by_their_parameters(name: str) -> None:
    def draw(*x: Any) -> Any:
        return getattr(wg.random.default_rng(11), name)(*x, size=(5, 2, 3))

    wg.testing.check_grads(draw, parameters(name), order=2)


def test_a_mean_of_draws_has_the_slopes_of_the_mean() -> None:
    def mean(loc: Any, scale: Any) -> Any:
        return wnp.mean(wg.random.default_rng(0).normal(loc, scale, 100_000))

    by_loc, by_scale = wg.grad(mean, argnums=(0, 1))(1.0, 2.0)
    assert by_loc == pytest.approx(1.0)
    assert abs(by_scale) < 0.01


def test_other_draws_are_constants() -> None:
    ours, numpys = wg.random.default_rng(3), np.random.default_rng(3)
    for name, args in {
        "integers": (0, 9, (2, 3)), "random": (4,), "standard_normal": (3,), "poisson": (2.0, 3),
        "gamma": (2.0, 1.0, 3),
    }.items():  # fmt: skip
        got = getattr(ours, name)(*args)
        assert isinstance(got, wg.Array)
        np.testing.assert_array_equal(np.asarray(got), getattr(numpys, name)(*args))
    assert ours.random().shape == ()


def test_whole_numbers_are_drawn_from_values_and_floats_refuse_what_is_recorded() -> None:
    def f(x: Any) -> Any:
        assert not wg.random.default_rng(0).poisson(x, (3, 2)).recorded
        with pytest.raises(wg.DTypeError, match="gamma"):
            wg.random.default_rng(0).gamma(x)
        return wnp.sum(x)

    wg.grad(f)(np.array([1.0, 2.0]))


def test_permutations_and_choices_carry_derivatives() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    for axis in (0, 1):
        got = wg.random.default_rng(5).permutation(wg.asarray(x), axis)
        np.testing.assert_array_equal(np.asarray(got), np.random.default_rng(5).permutation(x, axis))
    assert wg.random.default_rng(5).permutation(4).tolist() == np.random.default_rng(5).permutation(4).tolist()
    got = wg.random.default_rng(5).choice(x, 2, p=[0.2, 0.3, 0.5])
    np.testing.assert_array_equal(np.asarray(got), np.random.default_rng(5).choice(x, 2, p=[0.2, 0.3, 0.5]))
    counts = wg.grad(lambda x: wnp.sum(wg.random.default_rng(5).choice(x, 40)))(x)
    assert counts.sum() == 80
    assert wg.random.default_rng(5).choice(9).dtype == np.int64


def test_a_generator_goes_on_where_another_stands() -> None:
    numpys = np.random.default_rng(2)
    assert wg.random.default_rng(numpys).normal().item() == np.random.default_rng(2).normal()
    ours = wg.random.default_rng(4)
    assert wg.random.default_rng(ours) is ours
    assert copy.deepcopy(ours).normal().item() == ours.normal().item()
    first, second = wg.random.default_rng(2).spawn(2)
    assert first.random().item() != second.random().item()
