"""wengert.numpy is a namespace of the array API standard: names, signatures, element types, devices, masks, edges.

The consortium's own suite is larger; `tests/array_api/run` runs it, and docs/array-api.md says what it finds.
"""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import standard
import wengert as wg
import wengert.numpy as wnp
from agreement import assert_same, filled, quietly

DTYPES = standard.DTYPES.split()
KINDS = {
    **dict.fromkeys(("int8", "int16", "int32", "int64"), "signed integer"),
    **dict.fromkeys(("uint8", "uint16", "uint32", "uint64"), "unsigned integer"),
    **dict.fromkeys(("float32", "float64"), "real floating"),
    **dict.fromkeys(("complex64", "complex128"), "complex floating"),
    "bool": "bool",
}


def signatures(text: str) -> list[Any]:
    """The lines of the standard, with the signatures they state."""
    return [pytest.param(name, signature, id=name) for name, signature in map(stated, text.split("\n")) if name]


def stated(line: str) -> tuple[str, inspect.Signature | None]:
    name, _, rest = line.strip().partition("(")
    return (name, inspect.signature(eval(f"lambda {rest[:-1]}: 0"))) if name else ("", None)


def assert_takes_what_the_standard_says(f: Any, expected: inspect.Signature) -> None:
    """Positional parameters in order, under their names where these may be used; keywords under their names."""
    mine = list(inspect.signature(f).parameters.values())
    at = 0
    for p in expected.parameters.values():
        if p.kind == p.KEYWORD_ONLY:
            found = inspect.signature(f).parameters[p.name]
            assert found.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)
            continue
        assert mine[at].kind == p.kind or (p.kind == p.POSITIONAL_ONLY and mine[at].kind == p.POSITIONAL_OR_KEYWORD)
        assert mine[at].name == p.name or p.kind != p.POSITIONAL_OR_KEYWORD
        assert p.default is p.empty or mine[at].default is not p.empty
        at += 1
    assert all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in mine[at:])


@pytest.mark.parametrize(("name", "signature"), signatures(standard.NAMESPACE))
def test_functions_have_the_standards_signatures(name: str, signature: inspect.Signature) -> None:
    assert_takes_what_the_standard_says(getattr(wnp, name), signature)


# Parts of the extensions are tested from the day that they are there.
DECOMPOSITIONS = {"eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals"}
LINALG = [p for p in signatures(standard.LINALG) if p.id not in DECOMPOSITIONS or hasattr(wnp.linalg, p.id)]
FFT = signatures(standard.FFT if hasattr(wnp, "fft") else "")


@pytest.mark.parametrize(("name", "signature"), LINALG)
def test_linear_algebra_has_the_standards_signatures(name: str, signature: inspect.Signature) -> None:
    assert_takes_what_the_standard_says(getattr(wnp.linalg, name), signature)


@pytest.mark.parametrize(("name", "signature"), FFT)
def test_fourier_transforms_have_the_standards_signatures(name: str, signature: inspect.Signature) -> None:
    assert_takes_what_the_standard_says(getattr(wnp.fft, name), signature)


@pytest.mark.parametrize(("name", "signature"), signatures(standard.METHODS))
def test_methods_have_the_standards_signatures(name: str, signature: inspect.Signature) -> None:
    assert_takes_what_the_standard_says(getattr(wg.asarray([1.0]), name), signature)


def test_every_function_of_the_namespace_states_its_parameters() -> None:
    bare = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    for module in (wnp, wnp.linalg):
        for name in dir(module):
            f = getattr(module, name)
            if name.startswith("_") or not callable(f) or isinstance(f, type):
                continue
            kinds = {p.kind for p in inspect.signature(f).parameters.values()}
            assert kinds != bare, name


def test_attributes_and_constants_are_there() -> None:
    x = wg.asarray(np.arange(6.0).reshape(2, 3))
    assert [getattr(x, name) for name in ("ndim", "shape", "size", "dtype", "device")] == [
        2, (2, 3), 6, np.dtype("float64"), "cpu",
    ]  # fmt: skip
    assert all(hasattr(x, name) for name in standard.ATTRIBUTES.split())
    assert all(hasattr(wnp, name) for name in standard.CONSTANTS.split())
    assert x.mT.tolist() == x.T.tolist()


# The namespace


def test_an_array_knows_its_namespace() -> None:
    x = wg.asarray([1.0])
    assert x.__array_namespace__() is x.__array_namespace__(api_version="2023.12") is wnp
    assert x.__array_namespace__(api_version=wnp.__array_api_version__) is wnp
    with pytest.raises(ValueError, match=r"unknown version: given '1\.0'"):
        x.__array_namespace__(api_version="1.0")
    wg.grad(lambda x: wnp.sum(x) if x.__array_namespace__() is wnp else 0.0)(np.ones(2))


def test_inspection_says_what_there_is() -> None:
    info = wnp.__array_namespace_info__()
    assert info.capabilities() == {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 32}
    assert info.devices() == (info.default_device(),) == ("cpu",)
    assert set(info.dtypes()) == set(DTYPES)
    made = {"real floating": 1.0, "complex floating": 1j, "integral": 1}
    assert info.default_dtypes() == {kind: wnp.asarray(x).dtype for kind, x in made.items()} | {
        "indexing": wnp.argmax([1.0]).dtype
    }
    for kind in (*KINDS.values(), "integral", "numeric"):
        found = info.dtypes(kind=kind, device="cpu")
        assert found == {name: np.dtype(name) for name in DTYPES if np.isdtype(np.dtype(name), kind)}
    assert set(info.dtypes(kind=("bool", "real floating"))) == {"bool", "float32", "float64"}
    with pytest.raises(ValueError, match="unknown kind: given 'decimal'"):
        info.dtypes(kind="decimal")
    with pytest.raises(ValueError, match="device"):
        info.default_dtypes(device="cuda")


def test_the_most_axes_are_those_that_inspection_states() -> None:
    most = wnp.__array_namespace_info__().capabilities()["max dimensions"]
    assert wnp.zeros((1,) * most).ndim == most
    with pytest.raises(ValueError, match="32 dimensions"):
        wnp.zeros((1,) * (most + 1))


# Element types


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_element_type_has_a_name_and_values(dtype: str) -> None:
    d = getattr(wnp, dtype)
    x = wnp.asarray([1, 0, 1], dtype=d)
    assert x.dtype == d == np.dtype(dtype)
    assert wnp.isdtype(x.dtype, KINDS[dtype])
    assert_same(x, np.array([1, 0, 1], dtype))
    for made in (wnp.zeros, wnp.ones, wnp.empty):
        assert made((2, 3), dtype=d).dtype == d
    assert_same(wnp.full((2,), 1, dtype=d), np.full((2,), 1, d))
    assert_same(wnp.full_like(x, 0), np.zeros(3, d))


@pytest.mark.parametrize(("a", "b"), list(itertools.product(DTYPES, DTYPES)))
def test_types_are_promoted_as_numpy_does(a: str, b: str) -> None:
    x, y = np.ones(2, a), np.ones(2, b)
    p, q = wg.asarray(x), wg.asarray(y)
    assert wnp.result_type(p, q) == wnp.result_type(p, b) == np.result_type(x, y)
    assert wnp.can_cast(p, b) == np.can_cast(np.dtype(a), b)
    for f in ("multiply", "equal", "where"):
        mask = (np.array([True, False]),) if f == "where" else ()
        assert_same(getattr(wnp, f)(*mask, p, q), getattr(np, f)(*mask, x, y))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", [True, 3, 2.5, 1j], ids=str)
def test_numbers_take_the_type_of_the_array(dtype: str, number: Any) -> None:
    x = np.ones(2, dtype)
    expected = quietly(lambda: x * number)
    assert_same(wg.asarray(x) * number, expected)
    assert wnp.result_type(wg.asarray(x), number) == expected.dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_limits_of_types_and_of_arrays(dtype: str) -> None:
    limits = wnp.iinfo if "int" in dtype else wnp.finfo
    numpys: Any = np.iinfo if "int" in dtype else np.finfo
    if dtype == "bool":
        with pytest.raises(ValueError, match="bool"):
            limits(wnp.bool)
        return
    for given_type in (getattr(wnp, dtype), wnp.zeros(2, dtype=dtype)):
        assert limits(given_type).max == numpys(dtype).max
        assert limits(given_type).bits == numpys(dtype).bits


# Making and moving


def test_a_copy_is_made_when_asked_for_and_only_then() -> None:
    x = wg.asarray([1.0, 2.0])
    same, other = wnp.asarray(x, copy=False), wnp.asarray(x, copy=True)
    x[0] = 7.0
    assert (same.tolist(), other.tolist()) == ([7.0, 2.0], [1.0, 2.0])
    assert wnp.astype(x, wnp.float64, copy=False) is x
    for refused in ([1.0], np.ones(2), 1.0):
        with pytest.raises(ValueError, match="copy=False"):
            wnp.asarray(refused, copy=False)
    with pytest.raises(ValueError, match="copy=False"):
        wnp.asarray(x, dtype=wnp.float32, copy=False)


def test_array_makes_one_of_its_own() -> None:
    x = wg.asarray([1.0, 2.0])
    y = wnp.array(x)
    y[0] = 7.0
    assert x.tolist() == [1.0, 2.0]
    assert wnp.array(x, copy=False) is x
    assert_same(wnp.array([1, 2], ndmin=3), np.array([1, 2], ndmin=3))
    assert wg.grad(lambda x: wnp.sum(wnp.array(x, copy=True) ** 2))(np.array([3.0])).tolist() == [6.0]


def test_there_is_one_device() -> None:
    x = wg.asarray([1.0])
    assert x.to_device("cpu") is x
    with pytest.raises(ValueError, match="given 'cuda'"):
        x.to_device("cuda")
    with pytest.raises(ValueError, match="stream"):
        x.to_device("cpu", stream=1)
    makers = {
        "asarray": 1.0, "zeros": 2, "ones": 2, "empty": 2, "arange": 2, "eye": 2, "zeros_like": x, "ones_like": x,
        "empty_like": x,
    }  # fmt: skip
    for name, given_value in makers.items():
        assert getattr(wnp, name)(given_value, device="cpu").device == "cpu"
        with pytest.raises(ValueError, match="device"):
            getattr(wnp, name)(given_value, device="gpu")
    for f, given_values in ((wnp.full, (2, 1.0)), (wnp.full_like, (x, 1.0)), (wnp.linspace, (0, 1, 3))):
        assert f(*given_values, device="cpu").device == "cpu"
        with pytest.raises(ValueError, match="device"):
            f(*given_values, device="gpu")


@given(st.integers(), st.integers(0, 4), st.integers(0, 4))
def test_ones_on_a_diagonal_however_far_away(k: int, n: int, m: int) -> None:
    near = max(-5, min(5, k))
    assert_same(wnp.eye(n, m, k=k), np.eye(n, m, k=near))


@pytest.mark.parametrize("args", [(5,), (1, 9), (0.5, 3, 0.5), (3, 0, -1), (0, 0)])
def test_ranges_are_numpys(args: Any) -> None:
    assert_same(wnp.arange(*args), np.arange(*args))


def test_ranges_take_the_standards_keywords() -> None:
    assert wnp.arange(5, step=2).tolist() == [0, 2, 4]
    assert wnp.arange(3, stop=5, dtype=wnp.float32).dtype == np.float32


# Masks

ARRAYS = [filled(shape, "float64", 1) for shape in [(), (3,), (2, 3), (2, 0), (2, 3, 4)]]


@pytest.mark.parametrize(
    ("shape", "mask"), [((1,), (0,)), ((3,), (0,)), ((2, 3), (0, 3)), ((2, 3), (2, 0)), ((2, 3), (0,))], ids=str
)
def test_a_mask_without_elements_fits_any_axis_as_in_numpy(shape: Any, mask: Any) -> None:
    x, picked = np.ones(shape), np.zeros(mask, bool)
    assert_same(wg.asarray(x)[picked], x[picked])
    assert not np.any(wg.grad(lambda x: (x[picked] * 2).sum())(x))
    y = wg.asarray(x)
    y[picked] = 5.0
    assert_same(y, x)


def masks(x: Any) -> list[Any]:
    """Truth values for the first axes of x, from none of them to all."""
    draw = np.random.default_rng(2)
    return [*(draw.random(x.shape[:axes]) > 0.5 for axes in range(x.ndim + 1)), True, False]


@pytest.mark.parametrize("x", ARRAYS, ids=lambda a: str(a.shape))
def test_masks_pick_and_write_what_numpys_do(x: Any) -> None:
    for mask in masks(x):
        assert_same(wg.asarray(x)[mask], x[mask])
        for value in (7.0, wg.asarray(7.0)):
            changed, expected = wnp.array(x), x.copy()
            changed[mask], expected[mask] = value, 7.0
            assert_same(changed, expected)


def test_masks_carry_derivatives() -> None:
    def f(x: Any) -> Any:
        y = x * x
        y[x > 1.0] = 3.0 * x[x > 1.0]
        y[True] += x
        return y[y > 0.5]

    wg.testing.check_grads(f, (np.array([0.9, 2.0, 0.2, 5.0]),), order=2)


ALL = slice(None)


@pytest.mark.parametrize("key", [(True, 1), (1, True), (ALL, True), ([0, 1], True), (True, ALL, [0, 1]), (None, False)])
def test_a_truth_value_among_other_indices(key: Any) -> None:
    x = np.arange(12.0).reshape(3, 4)
    try:
        expected = x[key]
    except IndexError:
        with pytest.raises((IndexError, ValueError)):
            wg.asarray(x)[key]
        return
    assert_same(wg.asarray(x)[key], expected)


# Axes

ALONG = ["sum", "max", "all", "argmax", "cumulative_sum", "sort", "argsort", "flip", "roll", "mean", "std", "diff"]
ALONG += ["expand_dims", "squeeze", "unstack", "take"]


@pytest.mark.parametrize("name", ALONG)
@pytest.mark.parametrize("axis", [3, -4])
def test_an_axis_that_is_not_there_is_numpys_error(name: str, axis: int) -> None:
    f, more = getattr(wnp, name), {"roll": (1,), "take": ([0],)}.get(name, ())
    for error in (np.exceptions.AxisError, wg.ShapeError):
        with pytest.raises(error, match=f"{axis}"):
            f(wg.asarray(np.ones((1, 1))), *more, axis=axis)


def test_joining_along_an_axis_that_is_not_there_is_numpys_error() -> None:
    for f in (lambda x: wnp.concat([x, x], axis=2), lambda x: wnp.stack([x, x], axis=4)):
        with pytest.raises(np.exceptions.AxisError, match="axis"):
            f(wg.asarray(np.ones((1, 1))))
    with pytest.raises(np.exceptions.AxisError, match="axis"):
        wnp.permute_dims(wg.asarray(np.ones((1, 1))), (0, 2))


# Order and sets


@given(st.lists(st.integers(-3, 3), max_size=8), st.booleans())
def test_falling_order_is_stable_and_is_the_reverse_of_rising(values: list[int], nested: bool) -> None:
    x = np.array([values, values[::-1]] if nested else values, float)
    at = np.asarray(wnp.argsort(x, descending=True))
    falling = np.take_along_axis(x, at, -1)
    assert_same(wnp.sort(x, descending=True), np.sort(x)[..., ::-1])
    np.testing.assert_array_equal(falling, np.sort(x)[..., ::-1])
    assert np.all((falling[..., 1:] < falling[..., :-1]) | (at[..., 1:] > at[..., :-1]))


def test_falling_order_takes_derivatives_along() -> None:
    weights = np.array([1.0, 10.0, 100.0])
    g = wg.grad(lambda x: wnp.sum(wnp.sort(x, descending=True) * weights))(np.array([2.0, 3.0, 1.0]))
    assert g.tolist() == [10.0, 1.0, 100.0]


def test_sets_have_names_for_their_parts() -> None:
    x = np.array([[2.0, 1.0], [2.0, np.nan]])
    everything = wnp.unique_all(x)
    assert everything._fields == ("values", "indices", "inverse_indices", "counts")
    assert everything.counts.tolist() == [1, 2, 1]
    assert_same(everything.values[everything.inverse_indices], x)
    assert wnp.unique_counts(x)._fields == ("values", "counts")
    assert wnp.unique_inverse(x).inverse_indices.shape == x.shape


# Edges: what the standard says of infinities, zeros and NaN is what NumPy does

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 1.5, 7.0, np.inf, -np.inf, np.nan]
LINES = [line.strip() for line in standard.NAMESPACE.split("\n")]
ELEMENTWISE = [line.split("(")[0] for line in LINES if line.endswith(("(x, /)", "(x1, x2, /)"))]
APART = {
    "nonzero", "matrix_transpose", "matmul", "unique_all", "unique_counts", "unique_inverse", "unique_values",
}  # fmt: skip


# One over an infinite complex number is NaN in NumPy, and 0 here; powers of complex64 are computed in complex128 here.
OTHERWISE = {("pow", "complex64"), ("pow", "complex128"), ("reciprocal", "complex64"), ("reciprocal", "complex128")}


def edges(dtype: str) -> Any:
    """Numbers of a type at which functions are special."""
    if dtype == "bool":
        return np.array([False, True])
    if "int" in dtype:
        limits = np.iinfo(dtype)
        return np.array([limits.min, limits.max, *(k for k in (-3, -1, 0, 1, 2, 7) if k >= limits.min)], dtype)
    if "float" in dtype:
        return np.array(EDGES, dtype)
    grid = np.empty((len(EDGES), len(EDGES)), dtype)
    grid.real, grid.imag = np.array(EDGES)[:, None], EDGES
    return grid.ravel()


def operands(f: Any) -> int:
    return len([p for p in inspect.signature(f).parameters.values() if p.kind != p.VAR_KEYWORD])


def refused_or(f: Any, *args: Any) -> Any:
    try:
        return quietly(f, *args)
    except Exception as refusal:
        return refusal


CASES = [
    (name, dtype)
    for name, dtype in itertools.product(ELEMENTWISE, DTYPES)
    if name not in APART and (name, dtype) not in OTHERWISE
]


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_edges_are_numpys(name: str, dtype: str) -> None:
    x = edges(dtype)
    args = [x[:, None], x] if operands(getattr(wnp, name)) == 2 else [x]
    expected = refused_or(getattr(np, name), *args)
    whole = dtype == "bool" or "int" in dtype
    if isinstance(expected, Exception) or (whole and expected.dtype not in (bool, np.float64, dtype)):
        return  # functions of reals, of short integers: float64 here; NumPy has float16 and float32 for some
    got = np.asarray(quietly(getattr(wnp, name), *map(wg.asarray, args)))
    assert got.dtype == expected.dtype
    rtol = {"float32": 2e-6, "complex64": 5e-6}.get(dtype, 1e-14)
    np.testing.assert_allclose(got.real, expected.real, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(got.imag, expected.imag, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_the_least_whole_powers_of_complex_infinities_are_products(power: int) -> None:
    x = edges("complex128")
    got, expected = np.asarray(wg.asarray(x) ** np.complex128(power)), quietly(np.power, x, np.complex128(power))
    np.testing.assert_array_equal(got.real, expected.real)
    np.testing.assert_array_equal(got.imag, expected.imag)
