"""x[i] = v and its augmented forms, on concrete and recorded arrays: values, derivatives, whose memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from laws import five_point

MASK = np.array([True, False, True])
INDICES: dict[str, Any] = {
    "integer": 1,
    "negative integer": -1,
    "slice": np.s_[1:],
    "negative step": np.s_[::-2],
    "column": np.s_[:, 1],
    "element": (2, 1),
    "ellipsis": np.s_[..., 0],
    "everything": np.s_[...],
    "newaxis": np.s_[None, 1:, 2],
    "empty": np.s_[3:],
    "integer array": np.array([2, 0]),
    "list": [0, 2],
    "pairs": (np.array([0, 1]), np.array([3, 1])),
    "array beside a slice": np.s_[1:, np.array([3, 0])],
    "mask of rows": MASK,
    "mask of elements": np.arange(12).reshape(3, 4) % 5 == 0,
    "mask beside a slice": np.s_[MASK, 1:3],
}
VALUES: dict[str, Callable[[Any], Any]] = {
    "python number": lambda x: 2.5,
    "numpy array": lambda x: np.array(1.5),
    "a part of itself": lambda x: x[0, 0] * x[2, 3],
    "integer": lambda x: 3,
}


def matrix() -> Any:
    return np.linspace(-1.3, 2.2, 12).reshape(3, 4)


def assigned(x: Any, index: Any, value: Callable[[Any], Any]) -> Any:
    y = x * 1.0
    y[index] = value(x)
    return y


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("index", INDICES)
def test_assignment_is_numpys_in_value_and_derivative(index: str, value: str) -> None:
    def f(x: Any) -> Any:
        return assigned(x, INDICES[index], VALUES[value])

    x, weights = matrix(), np.cos(matrix())
    assert np.asarray(f(wg.asarray(x))).tolist() == f(x).tolist()
    direction = np.sin(7 * x)
    difference = five_point(lambda t: np.sum(weights * f(x + t * direction)))
    assert wg.vjp(f, x)[0].tolist() == f(x).tolist()
    gradient = wg.grad(lambda x: wnp.sum(weights * f(x)))(x)
    assert np.sum(gradient * direction) == pytest.approx(difference, abs=1e-10)
    assert np.sum(weights * wg.jvp(f, (x,), (direction,))[1]) == pytest.approx(difference, abs=1e-10)


@pytest.mark.parametrize("index", INDICES)
def test_augmented_assignment_is_numpys_in_value_and_derivative(index: str) -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        y[INDICES[index]] += x[0, 1]
        y[INDICES[index]] *= y[INDICES[index]]
        y[INDICES[index]] -= 0.5
        return y

    x = matrix()
    direction = np.sin(7 * x)
    assert np.asarray(f(wg.asarray(x))).tolist() == f(x).tolist()
    difference = five_point(lambda t: np.sum(f(x + t * direction)))
    gradient = wg.grad(lambda x: wnp.sum(f(x)))(x)
    assert np.sum(gradient * direction) == pytest.approx(difference, abs=1e-10)


def test_a_function_writes_into_its_own_copy_never_into_the_callers_array() -> None:
    x = np.array([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        x[0] = 5.0
        x[1:] *= 2.0
        x += 1.0
        return wnp.sum(x * x)

    assert wg.grad(f)(x).tolist() == [0.0, 20.0, 28.0]
    assert wg.jvp(f, (x,), (np.ones(3),))[1] == 48.0
    assert x.tolist() == [1.0, 2.0, 3.0]
    assert wg.grad(f)(x).tolist() == [0.0, 20.0, 28.0], "the second call sees the same x"


def test_a_recorded_value_may_be_written_into_an_array_made_inside() -> None:
    def f(x: Any) -> Any:
        y = wnp.zeros(4)
        for k in range(4):
            y[k] = x**k
        return y @ np.ones(4)

    assert wg.grad(f)(2.0) == 1 + 4 + 12
    assert wg.grad(wg.grad(f))(2.0) == 2 + 12


def test_a_recorded_value_written_into_an_outer_concrete_array_is_tracked() -> None:
    def f(x: Any) -> Any:
        table = wg.asarray([1.0, 2.0])
        table[0] = x * x
        return wnp.sum(table * table)

    assert wg.grad(f)(3.0) == 4 * 27.0


def test_reading_before_a_write_is_not_changed_by_it() -> None:
    def f(x: Any) -> Any:
        before = x * 1.0
        squares = before * before
        before[:] = 0.0
        return wnp.sum(squares) + wnp.sum(before)

    assert wg.grad(f)(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]


def test_the_last_of_several_writes_wins_value_and_adjoint() -> None:
    def f(x: Any) -> Any:
        y = wnp.zeros(2)
        y[0] = x[0]
        y[0] = x[1]
        y[np.array([1, 1])] = wnp.stack([x[0], x[2]])
        return wnp.sum(y)

    assert np.asarray(f(wg.asarray([1.0, 2.0, 3.0]))) == 5.0
    assert wg.grad(f)(np.array([1.0, 2.0, 3.0])).tolist() == [0.0, 1.0, 1.0]


def test_assignment_converts_to_the_arrays_dtype() -> None:
    x = wg.asarray([1, 2, 3])
    x[0] = 2.7
    assert (x.tolist(), x.dtype) == ([2, 2, 3], np.int64)
    y = wg.asarray([1.0, 2.0])
    y[1] = True
    assert y.tolist() == [1.0, 1.0]


def test_assigning_a_shape_that_does_not_fit_names_both() -> None:
    x = wg.asarray(np.zeros((2, 3)))
    with pytest.raises(wg.ShapeError, match=r"\(4,\)"):
        x[0] = np.ones(4)
    with pytest.raises(wg.ShapeError, match=r"\(2,\)"):
        wg.grad(lambda x: assigned(x, 0, lambda x: np.ones(2)).sum())(np.zeros((2, 3)))
    assert not np.any(np.asarray(x)), "the array is unharmed"


def test_assigning_out_of_range_is_an_index_error() -> None:
    x = wg.asarray(np.zeros((2, 3)))
    for index in (2, -3, (0, 3), (0, 0, 0), np.array([0, 2]), np.ones(3, bool)):
        with pytest.raises(IndexError):
            x[index] = 1.0
    assert not np.any(np.asarray(x))


def test_assignment_to_a_scalar_array_is_by_the_empty_index() -> None:
    x = wg.asarray(1.0)
    x[()] = 2.0
    assert float(x) == 2.0
    with pytest.raises(IndexError):
        x[0] = 1.0


def test_deleting_elements_is_refused() -> None:
    with pytest.raises((TypeError, ValueError)):
        del wg.asarray([1.0, 2.0])[0]


def test_augmenting_a_scalar_makes_a_new_one_as_a_number_does() -> None:
    def f(x: Any) -> Any:
        y = x
        y += x * x
        return x + y

    assert wg.grad(f)(2.0) == 6.0
    a = b = wg.asarray(1.0)
    a *= 2.0
    assert (float(a), float(b)) == (2.0, 1.0)


def test_augmenting_a_view_of_one_element_writes_it() -> None:
    y = wg.asarray(np.ones(3))
    element = y[0, ...]
    element *= 5.0
    assert y.tolist() == [5.0, 1.0, 1.0]
