"""What a review found at the edges, in constants and in messages: each failed when it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

X = np.array([1.0, 2.0, 3.0])
M = np.array([True, False, True])


# ---- edges: docs/semantics.md says these hold in both modes and at every order ---------------------------------------

EDGES: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "sqrt(x) * 0 at 0": (lambda x: wnp.sum(np.sqrt(x) * 0.0), [0.0, 4.0], [0.0, 0.0]),
    "a pole times a mask": (lambda x: wnp.sum((x > 0) * np.sqrt(x)), [0.0, 4.0], [0.0, 0.25]),
    "a pole of the largest": (lambda x: np.sqrt(np.max(x)), [0.0, -1.0], [np.inf, 0.0]),
    "a pole of the larger": (lambda x: np.sqrt(np.maximum(x[0], x[1])), [0.0, -1.0], [np.inf, 0.0]),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", EDGES)
def test_an_unused_pole_contributes_nothing_in_either_mode(name: str, mode: str) -> None:
    f, x, expected = EDGES[name]
    np.testing.assert_array_equal(wg.jacobian(f, mode=mode)(np.array(x)), expected)


def test_a_tangent_is_the_same_number_whether_or_not_it_is_recorded() -> None:
    def slope(x: Any) -> Any:
        return wg.jvp(lambda x: np.sqrt(x) * 0.0, (x,), (1.0,))[1]

    assert slope(0.0) == 0.0
    assert wg.value_and_grad(slope)(0.0)[0] == 0.0


def test_a_gradient_is_the_same_number_whether_or_not_it_is_recorded() -> None:
    g = wg.grad(lambda x: np.where(False, np.cumprod(1.0 / x)[1], 0.0))
    x = np.array([0.0, 1.0])
    np.testing.assert_array_equal(wg.jvp(g, (x,), (np.zeros(2),))[0], g(x))


def test_the_gradient_of_a_determinant_at_a_singular_matrix_is_its_adjugate() -> None:
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(wg.grad(np.linalg.det)(a), [[4.0, -2.0], [-2.0, 1.0]], atol=1e-14)


def test_the_gradient_of_slogdet_at_a_singular_matrix_names_slogdet() -> None:
    with pytest.raises(wg.DomainError, match="slogdet"):
        wg.grad(lambda a: np.linalg.slogdet(a)[1])(np.ones((2, 2)))


# name: (function, point, slope to full accuracy)
SLOPES: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "sigmoid": (wnp.sigmoid, 40.0, 4.248354255291589e-18),
    "expm1": (np.expm1, -40.0, 4.248354255291589e-18),
    "arcsinh": (np.arcsinh, 1e200, 1e-200),
    "arccosh": (np.arccosh, 1e200, 1e-200),
    "arctan2, tiny": (lambda a: np.arctan2(a, 1e-200), 1e-200, 5e199),
    "arctan2, huge": (lambda a: np.arctan2(a, 1e200), 1e200, 5e-201),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_are_accurate_far_out(name: str) -> None:
    f, x, slope = SLOPES[name]
    assert wg.grad(f)(x) == pytest.approx(slope, rel=1e-12, abs=0)


# ---- NumPy in, NumPy out; what has no derivative is a constant -------------------------------------------------------


def test_a_gradient_of_plain_numbers_is_numpys_inside_another_transform_too() -> None:
    assert wg.grad(lambda x: x * float(wg.grad(lambda z: (z - 1.0) ** 2)(3.0)))(2.0) == 4.0


def test_a_gradient_of_plain_numbers_is_numpys_while_a_tape_is_open() -> None:
    with wg.Tape():
        assert isinstance(wg.grad(lambda x: x * x)(1.0), np.float64)


CONSTANT: dict[str, Callable[[Any], Any]] = {
    "a NumPy mask on the left of &": lambda x: wnp.sum(np.where(M & (x > 0), x, 0.0)),
    "a NumPy mask on the left of |": lambda x: wnp.sum(np.where(M | (x > 9), x, 0.0)),
    "a NumPy array under a recorded mask": lambda x: wnp.sum(np.arange(3.0)[x > 1]) * x[0],
    "a NumPy array written under a recorded mask": lambda x: written_where(x > 1) * x[0],
    "nonzero": lambda x: x[np.nonzero(x > 1)[0][0]],
    "count_nonzero": lambda x: np.count_nonzero(x > 1) * x[0],
    "allclose": lambda x: x[0] * 2.0 if np.allclose(x, X) else x[0],
    "amax": lambda x: np.amax(x) + np.amin(x),
    "around": lambda x: wnp.sum(np.around(x) * x),
}
GRADIENTS: dict[str, list[float]] = {
    "a NumPy mask on the left of &": [1.0, 0.0, 1.0],
    "a NumPy mask on the left of |": [1.0, 0.0, 1.0],
    "a NumPy array under a recorded mask": [3.0, 0.0, 0.0],
    "a NumPy array written under a recorded mask": [2.0, 0.0, 0.0],
    "nonzero": [0.0, 1.0, 0.0],
    "count_nonzero": [2.0, 0.0, 0.0],
    "allclose": [2.0, 0.0, 0.0],
    "amax": [1.0, 0.0, 1.0],
    "around": [1.0, 2.0, 3.0],
}


def written_where(mask: Any) -> Any:
    a = np.zeros(3)
    a[mask] = 1.0
    return a.sum()


@pytest.mark.parametrize("name", CONSTANT)
def test_what_has_no_derivative_is_usable_as_plain_numbers(name: str) -> None:
    assert wg.grad(CONSTANT[name])(X).tolist() == GRADIENTS[name]


# ---- errors that name what happened ----------------------------------------------------------------------------------


def test_linspace_to_a_recorded_end_is_no_endless_recursion() -> None:
    try:
        got = wg.grad(lambda x: wnp.sum(np.linspace(0.0, x, 5)))(2.0)
    except (wg.DTypeError, wg.TracedValueError):
        return
    assert got == pytest.approx(2.5)


def test_the_line_in_a_refusal_is_the_users_not_numpys() -> None:
    with pytest.raises(wg.TracedValueError, match=r"test_review_findings_edges\.py:\d+"):
        wg.grad(lambda x: wnp.sum(np.full(3, x)))(2.0)


def test_a_memory_error_says_what_was_asked_for() -> None:
    with pytest.raises(MemoryError, match=r"1000000000000000"):
        wg.zeros(10**15)


def test_where_with_one_branch_is_refused_by_name() -> None:
    with pytest.raises((TypeError, ValueError), match="where: "):
        wnp.where(wnp.ones(2) > 0, 1.0)


def test_a_pad_of_two_constants_is_done_or_refused_for_what_it_is() -> None:
    try:
        got = np.pad(wg.asarray(X), 1, constant_values=(1.0, 2.0))
    except wg.Error as error:
        assert "constant_values" in str(error)  # noqa: PT017
    else:
        assert got.tolist() == [1.0, 1.0, 2.0, 3.0, 2.0]


@pytest.mark.parametrize("argnums", ["a", {0, 1}, np.array([0, 1])], ids=["string", "set", "array"])
def test_strange_argnums_are_refused_by_name_or_obeyed(argnums: Any) -> None:
    try:
        got = wg.grad(lambda x, y: x * y, argnums=argnums)(2.0, 3.0)
    except (TypeError, ValueError) as error:
        assert "argnums" in str(error)  # noqa: PT017
    else:
        assert tuple(got) == (3.0, 2.0)


def test_hessian_and_hvp_name_themselves_in_their_errors() -> None:
    with pytest.raises(wg.ShapeError, match="hessian: "):
        wg.hessian(lambda x: x)(X)
    with pytest.raises(wg.DTypeError, match="hvp: "):
        wg.hvp(wnp.sum, np.arange(3), np.arange(3))


def test_a_callable_without_a_repr_has_a_gradient() -> None:
    class Loss:
        def __call__(self, x: Any) -> Any:
            return x * x

        def __repr__(self) -> str:
            raise RuntimeError("no text for this")

    assert wg.grad(Loss())(3.0) == 6.0


def test_a_number_is_in_an_array() -> None:
    assert 1.0 in wg.asarray([[1.0, 2.0], [3.0, 4.0]])
    assert 9.0 not in wg.asarray([[1.0, 2.0], [3.0, 4.0]])
