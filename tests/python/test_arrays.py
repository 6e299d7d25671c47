"""The Array type: operators, methods, conversions and Python's protocols, concrete and recorded."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from agreement import DTYPES, assert_agrees, filled, quietly

BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]
UNARY = ["neg", "pos", "abs"]


@pytest.fixture(params=["concrete", "recorded"])
def inside(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls f with its arguments as concrete arrays, or as recorded ones; the result is NumPy's."""
    if request.param == "concrete":
        return lambda f, *x: np.asarray(f(*(wg.asarray(a) for a in x)))
    return lambda f, *x: wg.vjp(f, *x)[0]


@pytest.mark.parametrize("name", [*BINARY, *COMPARISONS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_binary_operators_are_numpys_on_either_side(name: str, dtype: str) -> None:
    f = getattr(operator, name)
    a, b = filled((2, 3), dtype, 1), filled((3,), dtype, 2)
    for x, y in ((a, b), (a, 2), (2, a), (a, 1.5), (1.5, b)):
        expected = quietly(f, x, y)
        if isinstance(x, np.ndarray):
            assert_agrees(quietly(f, wg.asarray(x), y), expected)
        if isinstance(y, np.ndarray):
            assert_agrees(quietly(f, x, wg.asarray(y)), expected)


@pytest.mark.parametrize("name", BINARY)
def test_operators_between_an_array_and_numpy_give_an_array(name: str) -> None:
    f = getattr(operator, name)
    a, b = np.array([1.0, 2.0]), wg.asarray([3.0, 4.0])
    for result in (f(a, b), f(b, a), f(np.float64(2.0), b), f(b, np.float64(2.0))):
        assert isinstance(result, wg.Array)


@pytest.mark.parametrize("name", UNARY)
def test_unary_operators_are_numpys(name: str, inside: Callable[..., Any]) -> None:
    x = np.array([-1.5, 0.0, 2.0])
    assert_agrees(inside(getattr(operator, name), x), getattr(operator, name)(x))


def test_matmul_operator_works_from_both_sides(inside: Callable[..., Any]) -> None:
    a, b = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    assert_agrees(inside(lambda x: x @ b, a), a @ b)
    assert_agrees(inside(lambda x: a @ x, b), a @ b)


def test_divmod_is_floor_division_and_remainder() -> None:
    quotient, rest = divmod(wg.asarray([7.0, -7.0]), 2.0)
    assert quotient.tolist() == [3.0, -4.0]
    assert rest.tolist() == [1.0, 1.0]


def test_operators_refuse_what_is_not_a_number() -> None:
    for other in ("a", [], {}, object()):
        with pytest.raises((TypeError, ValueError)):
            wg.asarray([1.0, 2.0]) + other


METHODS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: x.sum(axis=0),
    "mean": lambda x: x.mean(axis=1, keepdims=True),
    "prod": lambda x: x.prod(),
    "max": lambda x: x.max(axis=-1),
    "min": lambda x: x.min(),
    "reshape": lambda x: x.reshape(3, 2) + x.reshape((3, 2)),
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(),
    "transpose with an order": lambda x: x[None].transpose(2, 0, 1),
    "T": lambda x: x.T,
    "astype": lambda x: x.astype(np.float32),
    "copy": lambda x: x.copy(),
    "dot": lambda x: x.dot(x.T),
    "cumsum": lambda x: x.cumsum(axis=0),
    "cumprod": lambda x: x.cumprod(axis=1),
    "clip": lambda x: x.clip(0.0, 2.0),
    "squeeze": lambda x: x[:1].squeeze(),
    "std": lambda x: x.std(axis=0),
    "var": lambda x: x.var(ddof=1),
    "trace": lambda x: x.trace(1),
    "diagonal": lambda x: x.diagonal(),
    "take": lambda x: x.take([0, 2, 2], axis=1),
    "repeat": lambda x: x.repeat(2, axis=0),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "round": lambda x: x.round(),
    "choose": lambda x: (x > 0).astype(np.int64).choose([x, -x]),
    "compress": lambda x: x.compress([True, False, True], axis=1),
    "conj": lambda x: x.conj(),
    "conjugate": lambda x: x.conjugate(),
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "mT": lambda x: x.mT,
    "all": lambda x: x.all(axis=0),
    "any": lambda x: x.any(),
    "nonzero": lambda x: (x > 0).nonzero()[1],
    "searchsorted": lambda x: x.ravel().searchsorted(0.7),
    "argpartition": lambda x: x.argpartition(1),
    "argmax": lambda x: x.argmax(axis=1),
    "argmin": lambda x: x.argmin(),
    "argsort": lambda x: x.argsort(axis=1),
    "round trip": lambda x: x.reshape(-1)[::-1].reshape(x.shape),
}

ANSWERS = {"argmax", "argmin", "argsort", "argpartition", "all", "any", "nonzero", "searchsorted"}
ELSEWHERE = {
    "device", "dtype", "fill", "item", "itemsize", "nbytes", "ndim", "partition", "put", "shape", "size", "sort",
    "to_device", "tolist",
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_numpys(name: str, inside: Callable[..., Any]) -> None:
    x = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]])
    if name in ANSWERS:
        assert_agrees(np.asarray(METHODS[name](wg.asarray(x))), METHODS[name](x))
    else:
        assert_agrees(inside(METHODS[name], x), METHODS[name](x))


@pytest.mark.parametrize("name", [name for name in METHODS if name not in ANSWERS | {"astype"}])
def test_methods_have_derivatives_to_second_order_in_every_mix_of_modes_and_in_lanes(name: str) -> None:
    x = np.array([[3.1, -1.2, 1.9], [0.6, 4.2, -2.7]])
    wg.testing.check_grads(METHODS[name], (x,), order=2)
    assert_agrees(wg.vmap(METHODS[name])(np.stack([x, -x])), np.stack([METHODS[name](x), METHODS[name](-x)]))


def test_every_method_of_numpys_arrays_is_sampled() -> None:
    methods = {name for name in dir(np.ndarray) if not name.startswith("_") and hasattr(wg.Array, name)}
    assert methods - ELSEWHERE <= set(METHODS)


def test_sort_works_in_place() -> None:
    x = wg.asarray([3.0, 1.0, 2.0])
    assert x.sort() is None
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_shape_dtype_ndim_size_and_len_are_numpys() -> None:
    for value in (np.zeros((2, 0, 3)), np.float32(2.0), np.arange(4), np.ones((1, 2), bool)):
        x = wg.asarray(value)
        assert (x.shape, x.dtype, x.ndim, x.size) == (value.shape, value.dtype, value.ndim, value.size)
    assert len(wg.asarray(np.zeros((3, 2)))) == 3
    with pytest.raises(TypeError):
        len(wg.asarray(1.0))


def test_iteration_goes_over_the_first_axis(inside: Callable[..., Any]) -> None:
    x = np.arange(6.0).reshape(3, 2)
    assert_agrees(inside(lambda x: wnp.stack(list(x)[::-1]), x), x[::-1])
    assert_agrees(inside(lambda x: sum(row[0] * row[1] for row in x), x), np.sum(x[:, 0] * x[:, 1]))
    first, *_ = wg.asarray(x)
    assert isinstance(first, wg.Array)
    with pytest.raises(TypeError):
        iter(wg.asarray(1.0))


def test_concrete_scalars_convert_freely() -> None:
    x = wg.asarray(2.5)
    assert (float(x), int(x), bool(x), complex(x), x.item()) == (2.5, 2, True, 2.5 + 0j, 2.5)
    assert math.sin(x) == math.sin(2.5)
    assert bool(wg.asarray([0.0])) is False
    assert [type(wg.asarray(v).item()) for v in (1, 1.0, True)] == [int, float, bool]
    assert round(x) == 2
    assert f"{x:.2f}" == "2.50"


def test_integer_arrays_are_indices() -> None:
    assert [10, 20, 30][wg.asarray(1)] == 20
    assert list(range(wg.asarray(3))) == [0, 1, 2]
    with pytest.raises(TypeError):
        operator.index(wg.asarray(1.0))
    with pytest.raises(TypeError):
        operator.index(wg.asarray([1, 2]))


def test_bool_and_int_of_a_recorded_scalar_are_its_value() -> None:
    def f(x: Any) -> Any:
        assert bool(x) is True
        assert int(x) == 2
        assert bool(x - x) is False
        return x * int(x)

    assert wg.grad(f)(2.5) == 2.0


def test_membership_is_by_value() -> None:
    x = wg.asarray([1.0, 2.0])
    assert 2.0 in x
    assert 3.0 not in x


def test_arrays_are_not_hashable_and_equality_is_elementwise() -> None:
    x = wg.asarray([1.0, 2.0])
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
    assert (x == x).tolist() == [True, True]
    assert isinstance(x == 1.0, wg.Array)


def test_repr_shows_values_and_says_what_is_recorded() -> None:
    assert repr(wg.asarray([1.0, 2.0])) == "Array([1., 2.])"
    assert "float32" in repr(wg.asarray(np.float32([1.5])))
    assert str(wg.asarray(2.5)) == "2.5"
    seen = []
    wg.grad(lambda x: seen.append((repr(x), str(x), f"{x}")) or x * x)(2.5)
    assert all("2.5" in text for text in seen[0])
    assert len(repr(wg.asarray(np.zeros(10**6)))) < 500


def test_tolist_gives_python_numbers() -> None:
    assert wg.asarray([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert type(wg.asarray([1]).tolist()[0]) is int
    assert type(wg.asarray([True]).tolist()[0]) is bool


def test_asarray_takes_what_numpy_takes_and_copies_it() -> None:
    source = np.array([1.0, 2.0])
    x = wg.asarray(source)
    source[0] = 9.0
    assert x.tolist() == [1.0, 2.0]
    for value in (3, 2.5, True, [1, 2.5], (1, 2), [[1.0], [2.0]], np.arange(3, dtype=np.int32), range(3)):
        assert_agrees(np.asarray(wg.asarray(value)), np.asarray(value))
    assert wg.asarray([1, 2], dtype=np.float32).dtype == np.float32
    assert wg.asarray([1.7, 2.2], dtype="int64").tolist() == [1, 2]


def test_astype_between_floats_is_differentiated_and_to_integers_is_cut() -> None:
    assert wg.grad(lambda x: wnp.sum(x.astype(np.float32) ** 2))(np.array([1.0, 3.0])).tolist() == [2.0, 6.0]
    assert wg.grad(lambda x: wnp.sum(x.astype(np.int64) * x))(np.array([1.5, 3.5])).tolist() == [1.0, 3.0]


def test_mixed_precision_adjoints_have_their_operands_dtype() -> None:
    gradients = wg.grad(lambda a, b: wnp.sum(a * b), argnums=(0, 1))(np.ones(2, np.float32), np.ones(2))
    assert [g.dtype for g in gradients] == [np.float32, np.float64]
