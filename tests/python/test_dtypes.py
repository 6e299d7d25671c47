"""All of NumPy's bools, integers, floats and complex numbers: NumPy's values, result types and wrapping around."""

from __future__ import annotations

import itertools
import operator
import re
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import wengert as wg
import wengert.numpy as wnp
from laws import same_values

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float32", "float64", "complex64", "complex128"]
DTYPES = ["bool", *INTEGERS, *FLOATS]
PAIRS = list(itertools.product(DTYPES, repeat=2))
Vector = npt.NDArray[Any]

dtype = pytest.mark.parametrize("dtype", DTYPES)
integer = pytest.mark.parametrize("dtype", INTEGERS)
pair = pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda d: d)


@pytest.fixture(autouse=True)
def quiet() -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def numbers(dtype: str, shape: tuple[int, ...] = (2, 3), seed: int = 0) -> Vector:
    """Numbers of a type, the edges of the integers among them."""
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        x = rng.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
        x.flat[:2] = limits.min, limits.max
        return x
    parts = rng.normal(size=(2, *shape))
    return (parts[0] + 1j * parts[1]).astype(dtype) if dtype.startswith("c") else parts[0].astype(dtype)


def agrees(got: Any, expected: Any, rtol: float = 0.0) -> None:
    got, expected = np.asarray(got), np.asarray(expected)
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    if got.dtype.kind in "fc":
        eps = np.finfo(got.dtype).eps
        np.testing.assert_allclose(got, expected, rtol=max(rtol, 8 * eps), atol=8 * eps)
    else:
        np.testing.assert_array_equal(got, expected)


@dtype
def test_a_type_comes_back_from_numpy_as_it_went(dtype: str) -> None:
    for x in (numbers(dtype), numbers(dtype)[:, ::2], numbers(dtype).T, numbers(dtype, ()), numbers(dtype, (0, 2))):
        y = wg.asarray(x)
        assert (y.dtype, y.shape, y.itemsize) == (x.dtype, x.shape, x.itemsize)
        np.testing.assert_array_equal(np.asarray(y), x)
        assert same_values(np.asarray(wg.asarray(x.astype(x.dtype.newbyteorder()))), x)


@pytest.mark.parametrize("foreign", ["longdouble", "clongdouble", "S3", "datetime64[s]"])
def test_longer_and_other_types_are_refused_by_name(foreign: str) -> None:
    x = np.zeros(2, foreign)
    with pytest.raises(wg.DTypeError, match=f"asarray: element type: not supported: given {re.escape(str(x.dtype))}"):
        wg.asarray(x)


def test_half_precision_becomes_single() -> None:
    assert wg.asarray(np.ones(2, np.float16)).dtype == np.float32


@pair
def test_a_cast_is_numpys(one: str, other: str) -> None:
    x = np.abs(numbers(one)) if one in FLOATS and other.startswith("u") else numbers(one)
    agrees(wg.asarray(x).astype(other), x.astype(other))


@pair
def test_two_types_meet_in_numpys(one: str, other: str) -> None:
    a, b = numbers(one), numbers(other, seed=1)
    agrees(wg.asarray(a) + wg.asarray(b), a + b)
    agrees(wnp.multiply(a, b), np.multiply(a, b))
    agrees(wnp.where(numbers("bool"), a, b), np.where(numbers("bool"), a, b))
    agrees(wnp.concatenate([a, b]), np.concatenate([a, b]))


@dtype
@pytest.mark.parametrize("number", [2, 2.5, True, 1.5 - 2j], ids=str)
def test_a_number_that_a_program_wrote_out_takes_the_other_type(dtype: str, number: Any) -> None:
    x = numbers(dtype)
    agrees(wg.asarray(x) * number, x * number)
    agrees(number + wg.asarray(x), number + x)


@integer
def test_an_integer_that_does_not_fit_is_refused_but_compared(dtype: str) -> None:
    x = wg.asarray(numbers(dtype))
    if dtype not in ("int64", "uint64"):
        big = int(np.iinfo(dtype).max) + 1
        with pytest.raises(wg.DomainError, match=f"{big} does not fit {dtype}"):
            x + big
        assert np.all(np.asarray(x < big))
        assert not np.any(np.asarray(x == big))
    if dtype.startswith("u"):
        with pytest.raises(wg.DomainError, match=f"-1 does not fit {dtype}"):
            x - -1
        assert np.all(np.asarray(x > -1))


BINARY = ["add", "subtract", "multiply", "floor_divide", "remainder", "fmod", "maximum", "minimum", "divide"]
COMPARISONS = ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_xor"]


@integer
@pytest.mark.parametrize("name", [*BINARY, *COMPARISONS])
def test_integer_arithmetic_is_numpys_and_wraps_around(dtype: str, name: str) -> None:
    a, b = numbers(dtype, (40,)), numbers(dtype, (40,), seed=1)
    b[:6] = 0, 1, 2, 3, b.dtype.type(0) - b.dtype.type(1), 5
    agrees(getattr(wnp, name)(a, b), getattr(np, name)(a, b))


@integer
@pytest.mark.parametrize("name", ["negative", "positive", "absolute", "sign", "square", "logical_not", "floor", "rint"])
def test_functions_of_one_integer_are_numpys(dtype: str, name: str) -> None:
    x = numbers(dtype, (40,))
    expected = getattr(np, name)(x)
    agrees(getattr(wnp, name)(x), expected if name != "rint" else np.rint(x.astype(float)))


@integer
def test_powers_of_integers_wrap_around_and_negative_ones_are_refused(dtype: str) -> None:
    a, b = numbers(dtype, (30,)), np.arange(30).astype(dtype)
    agrees(wg.asarray(a) ** wg.asarray(b), a**b)
    if dtype.startswith("i"):
        with pytest.raises(wg.DomainError, match="negative integer power"):
            wg.asarray(a) ** wg.asarray(-b)


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
@pytest.mark.parametrize("op", [operator.and_, operator.or_, operator.xor], ids=lambda f: f.__name__)
def test_bits_are_numpys(dtype: str, op: Any) -> None:
    a, b = numbers(dtype), numbers(dtype, seed=1)
    agrees(op(wg.asarray(a), wg.asarray(b)), op(a, b))
    agrees(~wg.asarray(a), ~a)


@dtype
@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "argmax", "argmin", "cumsum", "cumprod", "any", "all"])
def test_reductions_are_numpys(dtype: str, name: str) -> None:
    x = numbers(dtype, (3, 5))
    for axis in (None, 0, 1):
        agrees(getattr(wnp, name)(x, axis=axis), getattr(np, name)(x, axis=axis), rtol=1e-6)


@dtype
def test_order_is_numpys(dtype: str) -> None:
    x = numbers(dtype, (4, 9))
    x[:, 4] = x[:, 2]
    agrees(wnp.sort(x), np.sort(x))
    agrees(wnp.sort(x, axis=0), np.sort(x, axis=0))
    agrees(wnp.argsort(x, axis=1), np.argsort(x, axis=1, kind="stable"))


@dtype
def test_products_of_matrices_are_numpys(dtype: str) -> None:
    a, b = numbers(dtype, (2, 3, 4)), numbers(dtype, (4, 5), seed=1)
    agrees(wg.asarray(a) @ wg.asarray(b), a @ b)
    agrees(wg.asarray(a[0]) @ wg.asarray(b[:, 0]), a[0] @ b[:, 0])
    agrees(wg.asarray(a[0, 0]) @ wg.asarray(b), a[0, 0] @ b)
    agrees(wg.asarray(b[:, 1]) @ wg.asarray(b[:, 0]), b[:, 1] @ b[:, 0])
    agrees(wg.asarray(b.T) @ wg.asarray(b), b.T @ b)


@dtype
def test_elements_are_moved_whatever_their_size(dtype: str) -> None:
    x, rows = numbers(dtype, (3, 4)), np.array([2, 0, 2])
    y = wg.asarray(x)
    agrees(y.T.reshape(2, 6)[::-1, 1:4], x.T.reshape(2, 6)[::-1, 1:4])
    agrees(y[rows], x[rows])
    agrees(wnp.pad(y, 1), np.pad(x, 1))
    agrees(wnp.broadcast_to(y[0], (2, 4)) == y[:2], np.broadcast_to(x[0], (2, 4)) == x[:2])
    y, x = +y if dtype != "bool" else wnp.copy(y), x.copy()
    y[rows, 1], x[rows, 1] = y[0, 3], x[0, 3]
    y[:, ::2], x[:, ::2] = y[1:2, ::2], x[1:2, ::2]
    agrees(y, x)
    agrees(y.at[rows].set(y[0]), np.stack([x[0], x[1], x[0]]))


@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS])
def test_repeated_positions_add_up_and_wrap_around(dtype: str) -> None:
    x, expected, rows = numbers(dtype, (4,)), numbers(dtype, (4,)), np.array([2, 0, 2, 2])
    np.add.at(expected, rows, x)
    agrees(wg.asarray(x).at[rows].add(x), expected)


@integer
def test_every_integer_is_a_position(dtype: str) -> None:
    x, at = np.arange(5.0), np.array([3, 0, 2], dtype)
    agrees(wg.asarray(x)[at], x[at])
    agrees(wg.asarray(x)[wg.asarray(at)], x[at])
    agrees(wg.asarray(x)[wg.asarray(at)[0]], x[at[0]])
    agrees(wg.grad(lambda t: t[at].sum())(x), np.isin(np.arange(5), at).astype(float))


@integer
def test_clipping_is_numpys(dtype: str) -> None:
    x = numbers(dtype, (20,))
    agrees(wnp.clip(x, 3, 100), np.clip(x, 3, 100))
    agrees(wnp.clip(x, 3, None), np.clip(x, 3, None))


@dtype
def test_python_numbers_come_out_of_one_element(dtype: str) -> None:
    x = numbers(dtype, (2,))[1]
    y = wg.asarray(x)
    assert y.item() == x.item()
    assert type(y.item()) is type(x.item())
    assert complex(y) == complex(x)
    assert bool(y) == bool(x)
    if dtype.startswith("c"):
        for cast in (float, int):
            with pytest.raises((wg.DTypeError, TypeError), match=f"{cast.__name__}: element type: a complex number"):
                cast(y)
    else:
        assert float(y) == float(x)
        assert int(y) == int(x)
    if dtype in INTEGERS:
        assert operator.index(y) == operator.index(x)


@pytest.mark.parametrize(
    ("to", "value"), [("float64", 1j), ("int8", 1.5), ("uint8", np.int64(-3)), ("bool", 2)], ids=lambda v: str(v)
)
def test_a_write_in_place_that_would_lose_is_refused(to: str, value: Any) -> None:
    x = wg.ones(2, to)
    with pytest.raises(wg.DTypeError, match=f"in-place operation: .* array is {to}"):
        x += np.full(2, value)


def test_a_complex_value_is_not_written_into_a_real_array() -> None:
    x = wg.zeros(2)
    with pytest.raises(wg.DTypeError, match=r"assignment: .* float64.* complex128"):
        x[0] = 1j
    with pytest.raises(wg.DTypeError, match=r"at.add: .* float64.* complex128"):
        x.at[0].add(1j)


@pytest.mark.parametrize("n", [2**63, 2**64 - 1])
def test_integers_that_only_fit_unsigned_are_uint64(n: int) -> None:
    assert wg.asarray(n).dtype == np.uint64
    assert int(wg.asarray(n)) == n


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
def test_integers_carry_no_derivative(dtype: str) -> None:
    with pytest.raises(wg.DTypeError, match=f"grad: .* {dtype}"):
        wg.grad(lambda x: wnp.sum(x))(numbers(dtype))
    x = np.abs(numbers(dtype, (3,)) % 5) if dtype != "bool" else numbers(dtype, (3,))
    np.testing.assert_array_equal(wg.grad(lambda t: wnp.sum(t * wg.asarray(x)))(np.ones(3)), x.astype(float))


@dtype
def test_creation_takes_every_type(dtype: str) -> None:
    for name in ("zeros", "ones", "empty"):
        assert getattr(wnp, name)((2, 3), dtype=dtype).dtype == dtype
    agrees(wnp.full(2, 3, dtype), np.full(2, 3, dtype))
    agrees(wnp.eye(2, dtype=dtype), np.eye(2, dtype=dtype))
    agrees(wnp.zeros_like(numbers(dtype)), np.zeros_like(numbers(dtype)))
    if dtype != "bool":
        agrees(wnp.arange(4, dtype=dtype), np.arange(4, dtype=dtype))


def test_the_types_are_exported() -> None:
    for name in DTYPES:
        exported = getattr(wnp, "bool_" if name == "bool" else name)
        assert np.dtype(exported).name == name
