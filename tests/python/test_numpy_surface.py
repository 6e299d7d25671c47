"""wengert.numpy is NumPy: a loop over surface_cases.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from agreement import assert_agrees, assert_same, leaves, quietly
from structural_cases import CASES, Case
from surface_cases import ELEMENTWISE, FLAT, MADE, SMOOTH
from wengert import _protocols
from wengert._core import elementwise
from wengert.numpy import _values

smooth = pytest.mark.parametrize("row", SMOOTH, ids=[row.name for row in SMOOTH])
every = pytest.mark.parametrize("row", [*SMOOTH, *FLAT], ids=[row.name for row in [*SMOOTH, *FLAT]])
flat = pytest.mark.parametrize("row", FLAT, ids=[row.name for row in FLAT])
WITHOUT_FLOAT32 = {"pinv of less rank"}  # the rank is a matter of rounding
NOT_EMPTY = {"einsum of a diagonal", "nanquantile"}  # NumPy reads beyond the end of it, and loses an axis


def of_numpy(row: Case, *x: Any) -> Any:
    """NumPy's result without its warnings, or the exception by which it refuses."""
    try:
        return quietly(row.f, np, *x)
    except Exception as refusal:
        return refusal


@every
def test_values_shapes_and_dtypes_are_numpys(row: Case) -> None:
    x = row.arguments()
    expected = of_numpy(row, *x)
    assert not isinstance(expected, Exception), expected
    assert_same(row.f(wnp, *x), expected)
    assert_same(row.f(wnp, *(wg.asarray(a) for a in x)), expected)


@every
def test_the_same_is_reached_through_numpy(row: Case) -> None:
    x = row.arguments()
    got = row.f(np, *(wg.asarray(a) for a in x))
    assert_same(got, of_numpy(row, *x))
    assert all(isinstance(leaf, wg.Array | int | bool) for leaf in leaves(got))


@smooth
def test_derivatives_are_those_of_differences_to_second_order(row: Case) -> None:
    wg.testing.check_grads(lambda *x: row.f(np, *x), row.arguments(), order=2, atol=2e-6, rtol=2e-6)


@pytest.mark.parametrize("row", ELEMENTWISE, ids=[row.name for row in ELEMENTWISE])
def test_third_derivatives_of_elementwise_functions_are_those_of_differences(row: Case) -> None:
    wg.testing.check_grads(lambda *x: row.f(np, *x), row.arguments(), order=3, atol=1e-5, rtol=1e-5)


@smooth
def test_recorded_values_are_the_bits_of_concrete_ones(row: Case) -> None:
    x = row.arguments()
    got, expected = wg.vjp(lambda *x: row.f(wnp, *x), *x)[0], row.f(wnp, *x)
    for one, other in zip(leaves(got), leaves(expected), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@flat
def test_whole_numbers_and_answers_are_constants(row: Case) -> None:
    seen = []

    def f(*x: Any) -> Any:
        assert all(a.recorded for a in x)
        seen.extend([row.f(wnp, *x), row.f(np, *x)])
        return wnp.sum(x[0])

    wg.grad(f)(*row.arguments())
    expected = of_numpy(row, *row.arguments())
    for got in seen:
        assert not any(isinstance(leaf, wg.Array) and leaf.recorded for leaf in leaves(got))
        assert_same(got, expected)


@every
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_other_dtypes_stay_as_numpy_has_them(row: Case, dtype: type) -> None:
    x = row.arguments() if dtype == np.float32 else tuple(np.round(3 * a) for a in row.arguments())
    x = tuple(a.astype(dtype) for a in x)
    expected = of_numpy(row, *x)
    if row.name in WITHOUT_FLOAT32 or isinstance(expected, Exception) or spoilt(expected):
        return
    assert_same(row.f(wnp, *x), expected, rtol=3e-4 if dtype == np.float32 else 1e-12)


@smooth
def test_adjoints_of_float32_are_float32(row: Case) -> None:
    x = row.arguments(dtype=np.float32)
    y, pull = wg.vjp(lambda *x: leaves(row.f(wnp, *x))[0], *x)
    assert [a.dtype for a in pull(np.ones_like(y))] == [np.float32] * len(x)
    assert np.asarray(wg.jvp(lambda *x: leaves(row.f(wnp, *x))[0], x, x)[1]).dtype == np.asarray(y).dtype


def spoilt(y: Any) -> bool:
    """Not of a dtype that exists here, or infinite."""
    return any(np.asarray(a).dtype.kind == "c" or not np.all(np.isfinite(a)) for a in leaves(y))


@every
@pytest.mark.parametrize("cut", ["empty", "number", "one"])
def test_empty_arrays_and_numbers_are_what_numpy_makes_of_them(row: Case, cut: str) -> None:
    part = {
        "empty": lambda a: np.atleast_1d(a)[:0],
        "number": lambda a: a.reshape(-1)[0],
        "one": lambda a: np.atleast_1d(a)[:1],
    }
    x = [part[cut](a) for a in row.arguments()]
    expected = of_numpy(row, *map(np.asarray, x))
    if isinstance(expected, Exception) or spoilt(expected) or row.name in NOT_EMPTY:
        return
    assert_agrees(quietly(row.f, wnp, *map(np.asarray, x)), expected)


@pytest.mark.parametrize("name", MADE)
def test_arrays_made_from_numbers_are_numpys(name: str) -> None:
    assert_same(MADE[name](wnp), MADE[name](np))


# The document, and the table itself

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "numpy.md").read_text()
TABLE = [p for p in wg.testing.primitives() if p.elementwise]
PRIMITIVES = {p.name for p in TABLE if not p.internal} | {"abs", "matmul"}
OLDER = {case.name.split()[0].rstrip(",") for case in CASES} | {"array", "asarray", "logsumexp"}


def public(module: Any) -> set[str]:
    return {name for name in dir(module) if not name.startswith("_")} - {"annotations", "fft", "linalg", "special"}


def documented(heading: str) -> set[str]:
    """The names in the tables below a heading."""
    part = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return {name for line in part.splitlines() if line.startswith("|") for name in re.findall(r"`(\w+)`", line)}


def test_the_document_lists_the_namespaces() -> None:
    assert documented("wengert.numpy") <= public(wnp)
    assert public(wnp) - documented("wengert.numpy") <= PRIMITIVES
    assert documented("wengert.numpy.linalg") == set(wnp.linalg.__all__)
    assert documented("wengert.numpy.fft") == set(wnp.fft.__all__)
    assert documented("wengert.special") == set(wg.special.__all__)
    own = {name for name, f in vars(wg.random.Generator).items() if callable(f) and not name.startswith("_")}
    assert documented("wengert.random") == own - {"spawn"}


def test_every_function_has_a_row() -> None:
    rows = {row.name.split()[0].rstrip(",") for row in [*SMOOTH, *FLAT]} | {name.split()[0] for name in MADE}
    functions = {name for name in public(wnp) if callable(getattr(wnp, name)) and hasattr(np, name)}
    types = {name for name in functions if isinstance(getattr(wnp, name), type)}
    types |= {"broadcast_shapes", "finfo", "from_dlpack", "iinfo", "isdtype"}  # test_array_api.py and test_dlpack.py
    assert functions - types - rows - PRIMITIVES - OLDER - set(_values.FLOATS) - set(wnp._SAME) == set()
    of_linalg = {name for name in wnp.linalg.__all__ if hasattr(np.linalg, name)}
    assert of_linalg - rows - OLDER == set()
    assert set(wnp.fft.__all__) - rows - OLDER == set()


def test_primitives_that_are_only_derivatives_have_no_public_name() -> None:
    internal = {p.name for p in TABLE if p.internal}
    assert {"bessel_j", "scale_both", "integer_power"} <= internal
    for names in (dir(wnp), dir(wg.special), dir(wg), re.findall(r"`(\w+)`", DOCUMENT)):
        assert not internal & set(names)
    assert internal <= set(dir(elementwise))


def test_every_function_is_documented_and_reached_through_numpy() -> None:
    for module, numpys in ((wnp, np), (wnp.linalg, np.linalg), (wnp.fft, np.fft), (wg.special, None)):
        for name in public(module):
            f = getattr(module, name)
            if not callable(f) or name in ("NamedTuple", "Callable", "Sequence", "Any"):
                continue
            assert f.__doc__, name
            if numpys and getattr(getattr(numpys, name, None), "_implementation", None):
                assert _protocols._OURS[getattr(numpys, name)] is f
