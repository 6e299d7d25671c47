"""NumPy's and Python's protocols: unchanged NumPy code on Arrays, buffers, DLPack, pickling, copying."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from agreement import DTYPES, assert_agrees, assert_same, filled
from laws import assert_close, five_point

DUPLICATES = [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy]
X = np.array([[0.3, 1.2, -0.7], [2.1, 0.4, 0.9]])

# Plain NumPy code: nothing here knows of wengert.
PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "ufuncs": lambda x: np.sin(x) * np.exp(-x) + np.sqrt(x * x + 1.0) - np.arctan2(x, 2.0),
    "ufunc with an array first": lambda x: np.add(np.ones(3), x),
    "reductions": lambda x: np.sum(x) + np.mean(x, axis=0) + np.max(x, axis=1, keepdims=True) - np.prod(x),
    "ufunc methods": lambda x: np.add.reduce(x, axis=0) + np.multiply.reduce(x[0]),
    "joining": lambda x: np.concatenate([x, x[::-1]], axis=0) * np.concatenate([np.stack([x[0], x[1]]), x]),
    "moving": lambda x: np.reshape(np.transpose(x), (2, 3)) + np.swapaxes(x.T, 0, 1),
    "products": lambda x: np.dot(x, x.T) + x @ np.ones((3, 2)) + np.matmul(x, x.T),
    "where": lambda x: np.where(x > 0.5, x, x * x),
    "clip": lambda x: np.clip(x, 0.0, 1.0),
    "linear algebra": lambda x: np.linalg.solve(x @ x.T + np.eye(2), x[:, 0]),
    "norm": lambda x: np.linalg.norm(x),
    "cumulative": lambda x: np.cumsum(x, axis=1) * np.cumprod(x, axis=1),
    "sorting": lambda x: np.sort(x, axis=1) * x[np.argsort(x[:, 0])],
    "variance": lambda x: np.var(x) + np.std(x, axis=0),
    "likes": lambda x: x + np.zeros_like(x) + np.ones_like(x) * x,
    "diagonals": lambda x: np.diag(x @ x.T) + np.trace(x @ x.T) + np.sum(np.triu(x @ x.T)),
    "padding": lambda x: np.pad(x, 1) * 2.0,
    "outer": lambda x: np.outer(x[0], x[1]),
    "questions": lambda x: x * np.shape(x)[1] + np.ndim(x) * x[0] / np.size(x),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_unchanged_numpy_code_is_differentiated(name: str) -> None:
    f = PROGRAMS[name]
    v = np.cos(5 * X)
    y, dy = wg.jvp(f, (X,), (v,))
    assert_close(y, f(X), rtol=1e-14)
    assert_close(dy, five_point(lambda t: f(X + t * v)), rtol=1e-9)
    (adjoint,) = wg.vjp(f, X)[1](np.ones_like(y))
    assert np.sum(adjoint * v) == pytest.approx(np.sum(dy), rel=1e-11)


@pytest.mark.parametrize("name", PROGRAMS)
def test_unchanged_numpy_code_gives_arrays_for_arrays(name: str) -> None:
    got = PROGRAMS[name](wg.asarray(X))
    assert isinstance(got, wg.Array)
    assert_close(np.asarray(got), PROGRAMS[name](X), rtol=1e-14)


def test_numpy_functions_that_are_not_known_are_refused_by_name() -> None:
    for f in (np.poly, np.polydiv, np.kaiser):
        with pytest.raises(TypeError, match=f.__name__):
            wg.grad(lambda x, f=f: f(x).sum())(np.ones((2, 2)))


def test_unknown_ufuncs_and_their_arguments_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="nextafter"):
        wg.grad(lambda x: np.nextafter(x, 2.0))(1.0)
    with pytest.raises(TypeError):
        np.add(wg.asarray([1.0]), 2.0, where=np.array([True]))


NAMED = [
    name
    for name in dir(np)
    if getattr(getattr(np, name), "_implementation", None)
    and hasattr(wnp, name)
    and not name.startswith("unique_")  # NumPy's dispatch of these takes no keyword
    and [p.default is p.empty for p in inspect.signature(getattr(np, name)).parameters.values()][:2] != [True, True]
    and next(iter(inspect.signature(getattr(np, name)).parameters.values())).kind.name == "POSITIONAL_OR_KEYWORD"
]


@pytest.mark.parametrize("name", NAMED)
def test_the_array_may_be_given_under_the_name_it_has_in_numpy(name: str) -> None:
    f = getattr(np, name)
    first = next(iter(inspect.signature(f).parameters))
    x: Any = np.array([3.0, 1.0, 2.0]) if name != "block" else [np.ones(2), np.zeros(1)]
    if name.endswith("indices_from") or name in ("trace", "diagonal", "fill_diagonal", "fliplr", "rot90", "vsplit"):
        x = np.arange(9.0).reshape(3, 3)
    given = wg.asarray(x) if name != "block" else [wg.asarray(part) for part in x]
    assert_same(f(**{first: given}), f(**{first: x}))


def test_a_numpy_array_is_never_written_through_out() -> None:
    out = np.zeros(2)
    with pytest.raises(TypeError):
        wg.grad(lambda x: np.multiply(x, 2.0, out=out).sum())(np.ones(2))
    assert out.tolist() == [0.0, 0.0]


def test_a_type_with_a_higher_claim_gets_its_turn() -> None:
    class Unit:
        __array_ufunc__ = None

        def __radd__(self, other: Any) -> str:
            return "unit"

        __rmul__ = __rmatmul__ = __radd__

    x = wg.asarray([1.0])
    assert x + Unit() == x * Unit() == x @ Unit() == "unit"


@pytest.mark.parametrize("dtype", DTYPES)
def test_concrete_arrays_become_numpys_of_the_same_dtype(dtype: str) -> None:
    for shape in ((), (3,), (2, 0), (2, 3, 4)):
        value = filled(shape, dtype, 3)
        assert_agrees(np.asarray(wg.asarray(value)), value)
        assert_agrees(np.array(wg.asarray(value)[..., :]) if shape else value, value)
    assert np.asarray(wg.asarray([1.0, 2.0]), dtype=np.float32).dtype == np.float32
    assert np.array(wg.asarray([1.0]), copy=True).flags.writeable


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32"])
def test_the_buffer_protocol_exposes_shape_format_and_values(dtype: str) -> None:
    value = filled((2, 3), dtype, 4)
    view = memoryview(wg.asarray(value))
    assert view.shape == (2, 3)
    assert view.tolist() == value.tolist()
    assert np.dtype(view.format) == value.dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_round_trips(dtype: str) -> None:
    value = filled((2, 3), dtype, 5)
    assert_agrees(np.from_dlpack(wg.asarray(value)), value)


def test_recorded_arrays_are_not_exported() -> None:
    for export in (memoryview, np.from_dlpack, pickle.dumps):
        with pytest.raises((TypeError, BufferError, RuntimeError)):
            wg.grad(lambda x, export=export: export(x) and x.sum())(np.ones(2))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("duplicate", DUPLICATES, ids=["pickle", "copy", "deepcopy"])
def test_copies_are_equal_and_independent(duplicate: Callable[[Any], Any], dtype: str) -> None:
    for shape in ((), (2, 3), (0, 2)):
        value = filled(shape, dtype, 6)
        original = wg.asarray(value)
        twin = duplicate(original)
        assert type(twin) is wg.Array
        assert_agrees(np.asarray(twin), value)
        twin[...] = 0
        assert_agrees(np.asarray(original), value)


def test_a_copy_of_a_recorded_array_carries_its_derivative() -> None:
    for duplicate in (copy.copy, copy.deepcopy, lambda x: x.copy()):
        assert wg.grad(lambda x, d=duplicate: wnp_sum_of_squares(d(x)))(np.array([1.0, 2.0])).tolist() == [
            2.0,
            4.0,
        ]


def wnp_sum_of_squares(x: Any) -> Any:
    return (x * x).sum()


def test_the_array_namespace_is_wengert_numpy() -> None:
    import wengert.numpy as wnp

    assert wg.asarray(1.0).__array_namespace__() is wnp
