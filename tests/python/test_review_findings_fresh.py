"""What a new user of NumPy and JAX stumbled over: each failed when it was written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg

X = np.array([1.0, 2.0, 3.0])


# ---- what f returns beside its value, of every transform ----


def with_aux(x: Any) -> Any:
    return np.sum(x**3), {"twice": 2.0 * x, "note": "seen"}


def test_every_transform_passes_on_what_the_function_returns_beside_its_value() -> None:
    jacobian, aux = wg.jacobian(lambda x: (x**2, x[0]), has_aux=True)(X)
    np.testing.assert_array_equal(jacobian, np.diag(2.0 * X))
    assert aux == 1.0
    for found in (
        wg.hessian(with_aux, has_aux=True)(X),
        wg.vjp(with_aux, X, has_aux=True),
        wg.jvp(with_aux, (X,), (X,), has_aux=True),
        wg.linearize(with_aux, X, has_aux=True),
        wg.grad(with_aux, has_aux=True)(X),
    ):
        np.testing.assert_array_equal(found[-1]["twice"], 2.0 * X)
        assert type(found[-1]["twice"]) is np.ndarray
        assert found[-1]["note"] == "seen"
    np.testing.assert_array_equal(wg.hessian(with_aux, has_aux=True)(X)[0], np.diag(6.0 * X))
    assert wg.jvp(with_aux, (X,), (X,), has_aux=True)[1] == 3.0 * np.sum(X**3)
    assert wg.linearize(with_aux, X, has_aux=True)[1](X) == 3.0 * np.sum(X**3)
    np.testing.assert_array_equal(wg.vjp(with_aux, X, has_aux=True)[1](1.0)[0], 3.0 * X**2)


def test_what_is_returned_beside_the_value_is_differentiated_by_the_transform_around() -> None:
    def outer(x: Any) -> Any:
        return np.sum(wg.hessian(lambda y: (np.sum(y**3), x * y), has_aux=True)(x)[1])

    np.testing.assert_array_equal(wg.grad(outer)(X), 2.0 * X)
    with pytest.raises(TypeError, match=r"jacobian: has_aux: the function must return \(value, aux\)"):
        wg.jacobian(lambda x: x, has_aux=True)(X)


def test_stop_gradient_takes_trees() -> None:
    kept = wg.stop_gradient({"a": X, "b": (2.0, None)})
    np.testing.assert_array_equal(kept["a"], X)
    assert kept["b"][1] is None
    assert wg.grad(lambda p: p["a"] * wg.stop_gradient(p)["a"])({"a": 3.0})["a"] == 3.0


# ---- NumPy's exceptions ----


@pytest.mark.parametrize(
    "broken",
    [
        lambda a: np.linalg.cholesky(a - 9.0 * np.eye(2)),
        lambda a: np.linalg.inv(0.0 * a),
        lambda a: np.linalg.solve(0.0 * a, a),
        lambda a: np.linalg.eigh(a * np.nan)[0],
        lambda a: np.linalg.svd(a * np.inf)[1],
    ],
)
def test_code_that_catches_numpys_linalg_error_catches_ours(broken: Any) -> None:
    def retried(a: Any) -> Any:
        try:
            return np.sum(broken(a))
        except np.linalg.LinAlgError:
            return np.sum(np.linalg.cholesky(a))

    wanted = wg.grad(lambda a: np.sum(np.linalg.cholesky(a)))(np.eye(2))
    np.testing.assert_array_equal(wg.grad(retried)(np.eye(2)), wanted)
    with pytest.raises(wg.DomainError):
        broken(wg.asarray(np.eye(2)))


# ---- what NumPy refuses, and what is refused by name ----


@pytest.mark.parametrize("axis", [1.0, 0.5, "q", (0.0,)])
@pytest.mark.parametrize("name", ["sum", "max", "mean", "concatenate", "stack", "cumsum", "all"])
def test_an_axis_that_is_no_integer_is_refused_by_name(name: str, axis: Any) -> None:
    x = wg.asarray(np.ones((2, 2)))
    with pytest.raises(TypeError, match=rf"{name}: axis: an integer is wanted: given"):
        getattr(np, name)([x, x] if name in ("concatenate", "stack") else x, axis=axis)


def test_a_power_of_a_matrix_that_is_no_integer_is_refused() -> None:
    with pytest.raises(TypeError, match=r"matrix_power: the power is no integer: given 0.5"):
        np.linalg.matrix_power(wg.asarray(np.eye(2)), 0.5)  # type: ignore[call-overload]


def test_interp_at_complex_positions_is_refused() -> None:
    with pytest.raises(wg.DTypeError, match=r"interp: element type: no meaning for complex128"):
        np.interp(1j * wg.asarray(X), X, X)
    values = np.interp(wg.asarray([1.5]), X, 1j * X)
    np.testing.assert_array_equal(values, np.interp([1.5], X, 1j * X))


def test_from_dlpack_names_what_is_no_array_of_another_library() -> None:
    with pytest.raises(wg.DTypeError, match=r"from_dlpack: no array of another library: given list"):
        wg.numpy.from_dlpack([1.0])
