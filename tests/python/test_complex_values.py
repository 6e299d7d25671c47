"""Values of functions of complex numbers: exact ones by mpmath, special ones and those on branch cuts by NumPy."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from complex_cases import COMPARED, EXACT, Vector, exactly, operands, points
from wengert._core import elementwise

TABLE = [p for p in wg.testing.primitives() if p.elementwise]
TAKEN = [p for p in TABLE if p.complex]
PARTS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 2.0, 3.5, -3.5, np.inf, -np.inf, np.nan]
GRID = np.array([complex(a, b) for a in PARTS for b in PARTS])

taken = pytest.mark.parametrize("p", TAKEN, ids=lambda p: p.name)


@pytest.fixture(autouse=True)
def quiet() -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def test_every_function_of_complex_numbers_has_an_oracle() -> None:
    assert {p.name for p in TAKEN} == set(EXACT) | COMPARED


@pytest.mark.parametrize("name", sorted(EXACT))
def test_values_are_exact_relative_to_their_size(name: str) -> None:
    arity = next(p.arity for p in TAKEN if p.name == name)
    z = operands(name, arity, 60)
    got = np.asarray(getattr(elementwise, name)(*z))
    expected = np.array([exactly(name, *point) for point in zip(*z, strict=True)])
    error = np.abs(got - expected) / np.abs(expected) / np.finfo(float).eps
    assert got.dtype == np.complex128
    assert error.max() < (40 if name in ("power", "sinc", "sinc_derivative") else 8), z[0][error.argmax()]


@pytest.mark.parametrize("name", ["expm1", "log1p", "sinc", "arcsin", "arctan", "arcsinh", "arctanh", "tan"])
def test_values_near_zero_are_exact_in_each_part(name: str) -> None:
    z = points(40) * 1e-9
    got, expected = np.asarray(getattr(wnp, name)(z)), np.array([exactly(name, x) for x in z])
    np.testing.assert_allclose(got.real, expected.real, rtol=2e-15)
    np.testing.assert_allclose(got.imag, expected.imag, rtol=4e-15, atol=1e-300 if name != "sinc" else 1e-24)


def numpys(name: str) -> Any:
    f = getattr(np, name, None)
    return f if isinstance(f, np.ufunc) else None


# Between infinities and NaNs NumPy and C99 leave some parts open, and its own products and powers differ by platform.
OPEN = {"power", "reciprocal", "square", "exp2", "log2", "log10", "log1p", "expm1", "divide", "multiply"}


def same(got: Any, expected: Any) -> Vector:
    """Equal parts, within rounding; a zero's sign counts, that of a NaN does not."""
    parts = [(np.asarray(got).real, expected.real), (np.asarray(got).imag, expected.imag)]
    return np.all([np.isclose(a, b, rtol=1e-14, atol=1e-15, equal_nan=True) for a, b in parts], axis=0)


def signs(got: Any, expected: Any) -> Vector:
    parts = [(np.asarray(got).real, expected.real), (np.asarray(got).imag, expected.imag)]
    return np.all([(np.signbit(a) == np.signbit(b)) | np.isnan(b) | (np.abs(b) > 1e-14) for a, b in parts], axis=0)


@pytest.mark.parametrize("p", [p for p in TAKEN if p.arity == 1 and numpys(p.name)], ids=lambda p: p.name)
def test_special_values_and_both_sides_of_the_branch_cuts_are_numpys(p: Any) -> None:
    z = GRID[np.isfinite(GRID)] if p.name in OPEN else GRID
    z = z[z != 0] if p.name in ("reciprocal", "log1p", "log2", "log10") else z
    z = z[z != -1] if p.name == "log1p" else z
    got, expected = np.asarray(getattr(wnp, p.name)(z)), numpys(p.name)(z)
    assert got.dtype == expected.dtype
    if got.dtype == bool:
        np.testing.assert_array_equal(got, expected)
        return
    bad = ~same(got, expected)
    assert not bad.any(), list(zip(z[bad], got[bad], expected[bad], strict=True))[:6]
    bad = ~signs(got, expected)
    assert not bad.any(), list(zip(z[bad], got[bad], expected[bad], strict=True))[:6]


@pytest.mark.parametrize("p", [p for p in TAKEN if p.arity == 2 and numpys(p.name)], ids=lambda p: p.name)
def test_pairs_of_special_values_are_numpys(p: Any) -> None:
    z = GRID[np.isfinite(GRID)] if p.name in OPEN else GRID
    a, b = np.array(list(itertools.product(z, repeat=2))).T
    a, b = (a[b != 0], b[b != 0]) if p.name in ("divide", "power") else (a, b)
    got, expected = np.asarray(getattr(wnp, p.name)(a, b)), numpys(p.name)(a, b)
    assert got.dtype == expected.dtype
    bad = (got != expected) if got.dtype == bool else ~same(got, expected)
    assert not bad.any(), list(zip(a[bad], b[bad], got[bad], expected[bad], strict=True))[:6]


CUTS = {
    "sqrt": [-2.0], "log": [-2.0], "log2": [-2.0], "log10": [-2.0], "log1p": [-3.0],
    "arcsin": [2.0, -2.0], "arccos": [2.0, -2.0], "arctanh": [2.0, -2.0], "arccosh": [0.5, -2.0],
    "arctan": [2j, -2j], "arcsinh": [2j, -2j],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CUTS))
def test_the_sign_of_a_zero_tells_the_side_of_a_branch_cut(name: str) -> None:
    for point in CUTS[name]:
        for side in (0.0, -0.0):
            step = 1e-18 if side == 0 and not np.signbit(side) else -1e-18
            on = complex(point.real, side) if isinstance(point, float) else complex(side, point.imag)
            off = on + (1j * step if isinstance(point, float) else step)
            beside = exactly(name, np.complex128(complex(on.real or step, on.imag or step)))
            got = complex(getattr(wnp, name)(wg.asarray(on)))
            assert got == pytest.approx(beside, rel=1e-14, abs=1e-14), (on, off)


@pytest.mark.parametrize("p", [p for p in TABLE if not p.complex], ids=lambda p: p.name)
def test_functions_of_real_numbers_refuse_complex_ones_by_name(p: Any) -> None:
    z = [points(3)] * p.arity
    if p.name in ("absolute", "sign"):
        return
    with pytest.raises(wg.DTypeError, match=f"{p.name}: element type: no meaning for complex128"):
        getattr(elementwise, p.name)(*z)


@taken
def test_complex64_is_computed_in_complex128_and_rounded_once(p: Any) -> None:
    z = [x.astype(np.complex64) for x in operands(p.name, p.arity, 20)]
    got = np.asarray(getattr(elementwise, p.name)(*z))
    wide = np.asarray(getattr(elementwise, p.name)(*(x.astype(np.complex128) for x in z)))
    np.testing.assert_array_equal(got, wide if wide.dtype == bool else wide.astype(np.complex64))


@taken
def test_shapes_broadcast_and_may_be_empty(p: Any) -> None:
    f = getattr(elementwise, p.name)
    shapes = [(2, 1), (3,)] if p.arity == 2 else [(2, 3)]
    z = [x[: int(np.prod(s))].reshape(s) for x, s in zip(operands(p.name, p.arity, 6), shapes, strict=True)]
    y = np.asarray(f(*z))
    assert y.shape == (2, 3)
    assert y[1, 2] == np.asarray(f(*(np.broadcast_to(x, (2, 3))[1, 2] for x in z)))
    assert np.asarray(f(*(np.zeros((0, 2), complex) for _ in z))).shape == (0, 2)
    assert np.asarray(f(*(np.complex128(1 + 1j) for _ in z))).shape == ()


@pytest.mark.parametrize("name", ["absolute", "sign", "real", "imag", "conj", "conjugate", "angle"])
@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_parts_sizes_and_directions_are_numpys(name: str, dtype: Any) -> None:
    for z in (GRID.astype(dtype), points(12).reshape(3, 4).T.astype(dtype), np.zeros((0, 2), dtype), dtype(3 - 4j)):
        got, expected = np.asarray(getattr(wnp, name)(z)), np.asarray(getattr(np, name)(z))
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(got, expected, rtol=4 * np.finfo(dtype).eps)
        assert signs(got, expected).all()


def test_numbers_are_put_together_from_their_parts() -> None:
    z = wg.complex_of(np.array([[1.0], [-0.0]]), np.array([np.inf, -0.0, 3.0]))
    assert (z.shape, z.dtype) == ((2, 3), np.complex128)
    assert np.asarray(z)[0, 0] == complex(1, np.inf)
    assert np.signbit(np.asarray(z)[1, 1].imag)
    assert wg.complex_of(np.float32(1), np.ones(2, np.float32)).dtype == np.complex64
    assert wg.complex_of(np.float32(1), np.float64(1)).dtype == np.complex128
    assert wg.complex_of(1, 2).dtype == np.complex128
    with pytest.raises(wg.DTypeError, match=r"complex_of: element type: .* complex128"):
        wg.complex_of(1j, 1.0)
    with pytest.raises(wg.ShapeError, match=r"complex_of: .*\(2,\).*\(3,\)"):
        wg.complex_of(np.ones(2), np.ones(3))


QUESTIONS = ["iscomplex", "isreal", "iscomplexobj", "isrealobj"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_about_complex_numbers_are_numpys(name: str) -> None:
    for x in (np.array([1j, 2.0, 0j]), np.ones(2), np.array([1, 2])):
        np.testing.assert_array_equal(np.asarray(getattr(wnp, name)(x)), getattr(np, name)(x))


def test_real_if_close_is_numpys() -> None:
    for imag in (1e-16, 1e-3, 0.0):
        x = np.array([1 + 1j * imag, 2.0])
        got, expected = np.asarray(wnp.real_if_close(x)), np.real_if_close(x)
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", ["maximum", "minimum", "max", "min", "argmax", "argmin", "sort", "argsort"])
def test_order_goes_by_the_real_then_the_imaginary_part(name: str) -> None:
    z = np.array([1 + 2j, 1 - 2j, 0 + 5j, 1 + 2j, -3j])
    with_nan = np.array([1.0, complex(np.nan, 1), complex(1, np.nan), complex(0, np.nan), 2j, complex(np.nan, np.nan)])
    for x in (z, with_nan):
        args = (x, x[::-1]) if name.endswith("imum") else (x,)
        more = {"kind": "stable"} if name == "argsort" else {}
        got = np.asarray(getattr(wnp, name)(*args))
        np.testing.assert_array_equal(got, getattr(np, name)(*args, **more))


def test_a_python_complex_takes_the_precision_of_what_it_meets() -> None:
    assert (wg.ones(2, "float32") * 1j).dtype == np.complex64
    assert (wg.ones(2, "complex64") + (1 + 1j)).dtype == np.complex64
    assert (wg.ones(2) + 1j).dtype == np.complex128
    assert (wg.ones(2, "int8") * 1j).dtype == np.complex128
    assert (wg.ones(2, "complex64") * np.complex128(1j)).dtype == np.complex128


def test_a_cast_to_real_numbers_warns_as_numpys_does() -> None:
    z = wg.asarray(np.array([1 + 2j]))
    with pytest.warns(np.exceptions.ComplexWarning, match="imaginary part is discarded"):
        assert np.asarray(z.astype("float64")) == [1.0]


def test_arrays_print_and_pickle() -> None:
    import copy
    import pickle

    z = wg.asarray(np.array([1 + 2j, -0.5j]))
    assert repr(z) == "Array([ 1.+2.j , -0.-0.5j], dtype=complex128)"
    for other in (pickle.loads(pickle.dumps(z)), copy.deepcopy(z)):
        np.testing.assert_array_equal(np.asarray(other), np.asarray(z))
    assert z.tolist() == [1 + 2j, -0.5j]
    assert z[0].item() == 1 + 2j
    assert f"{z[0]:.1f}" == "1.0+2.0j"
