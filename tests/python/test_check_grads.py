"""check_grads accepts right derivatives, rejects wrong ones of any order and mode, names the worst one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

check = wg.testing.check_grads
X = np.array([0.3, -0.8, 1.4])


def smooth(x: Any, y: Any) -> Any:
    return wnp.sin(x) * wnp.exp(y) + x[0] * y


def wrong_first(x: Any) -> Any:
    """x**2, whose derivative comes out as x."""
    return x * wg.stop_gradient(x)


def wrong_second(x: Any) -> Any:
    """sin(x), with the right slope and the wrong curvature (0): sin(a) + cos(a) (x - a) at a = x."""
    a = wg.stop_gradient(x)
    return wnp.sin(a) + wnp.cos(a) * (x - a)


def wrong_at(place: int) -> Any:
    def f(x: Any) -> Any:
        y = x * x
        y[place] = wrong_first(x[place])
        return y

    return f


def test_right_derivatives_are_accepted() -> None:
    check(smooth, (X, np.cos(X)))
    check(lambda x: wnp.sum(x**3), (X,), order=3)
    check(wnp.tanh, (0.4,))
    check(lambda tree: tree["a"] * tree["b"][0], ({"a": X, "b": (2.0,)},))


@pytest.mark.parametrize("modes", [("fwd",), ("rev",), ("fwd", "rev")], ids="-".join)
def test_a_wrong_first_derivative_is_rejected(modes: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError):
        check(wrong_first, (X,), order=1, modes=modes)


@pytest.mark.parametrize("modes", [("fwd",), ("rev",)], ids="-".join)
def test_a_wrong_second_derivative_is_rejected_at_order_two_only(modes: tuple[str, ...]) -> None:
    check(wrong_second, (X,), order=1, modes=modes)
    with pytest.raises(AssertionError):
        check(wrong_second, (X,), order=2, modes=modes)


@pytest.mark.parametrize("place", range(3))
def test_the_worst_element_is_named(place: int) -> None:
    with pytest.raises(AssertionError, match=rf"\({place},\)|\[{place}\]"):
        check(wrong_at(place), (X,), order=1)


def test_a_wrong_derivative_by_one_of_several_arguments_is_rejected() -> None:
    check(lambda a, b: a * b, (X, X))
    with pytest.raises(AssertionError):
        check(lambda a, b: a * wg.stop_gradient(b), (X, X), order=1)


def test_a_dropped_derivative_is_rejected() -> None:
    with pytest.raises(AssertionError):
        check(lambda x: wg.stop_gradient(wnp.sin(x)), (0.7,), order=1)


def test_tolerances_are_the_callers() -> None:
    def nearly(x: Any) -> Any:
        return x * x + 1e-4 * wg.stop_gradient(x)

    with pytest.raises(AssertionError):
        check(nearly, (X,), order=1, rtol=1e-8, atol=1e-8)
    check(nearly, (X,), order=1, rtol=1e-2, atol=1e-2)


def test_float32_is_checked_with_its_own_tolerance() -> None:
    check(smooth, (X.astype(np.float32), np.cos(X).astype(np.float32)), order=1)
    with pytest.raises(AssertionError):
        check(wrong_first, (X.astype(np.float32),), order=1)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="sideways"):
        check(wnp.sin, (0.5,), modes=("sideways",))
