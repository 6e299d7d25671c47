"""Every row of surface_cases.py and structural_cases.py on drawn input: any sizes, none too, any types, any strides."""

from __future__ import annotations

import dataclasses
import random
import warnings
from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from agreement import leaves
from structural_cases import CASES, Case, Reference
from surface_cases import FLAT, SMOOTH

Vector = npt.NDArray[Any]
REFERENCE = Reference()
ROWS = [*((row, np) for row in [*SMOOTH, *FLAT]), *((row, REFERENCE) for row in CASES)]
REAL = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]
DTYPES = [*REAL, "complex64", "complex128"]

# What is not compared, and why.
#: Values that rounding decides where drawn ones are equal.
UNDECIDED = {"eigh", "svd", "qr", "pinv of less rank", "cond"}
#: NumPy loses an axis or a type of empty arrays, leaves positions in them unread, and gives what memory holds (irfft2).
NOT_EMPTY = {"nanquantile", "compress", "take along an axis", "polymul", "pinv", "cov", "corrcoef", "take", "irfft2"}
#: Minus an unsigned number wraps around, in the reference or in the row.
NOT_UNSIGNED = {"geomspace of arrays", "slogdet", "logsumexp", "softmax", "log_softmax"}
#: Complex numbers are refused by name (docs/numpy.md), or weighed by their squares instead of their sizes (polyfit).
NOT_COMPLEX = {
    "clip",
    "interp",
    "put",
    "cov, weighted",
    "fill_diagonal",
    "put_along_axis",
    "scatter_set",
    "complex_of",
    "logsumexp",
    "softmax",
    "log_softmax",
    "zeta",
    "polyfit",
}
#: SciPy makes float64 of float32.
NOT_SINGLE = {"polygamma", "multigammaln"}
#: Vectors of two are an older reading of NumPy's, which it warns of.
NOT_TWO = {"cross"}


def base(row: Case) -> str:
    return row.name.split()[0].rstrip(",")


def cast(a: Vector, dtype: str) -> Vector:
    """The numbers as those of a type: rounded, without signs, or with an imaginary part."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return a > 0
    whole = np.round(3 * a) if kind in "iu" else a + 0.5j * np.cos(7 * a) if kind == "c" else a
    return (np.abs(whole) if kind == "u" else whole).astype(dtype)


def backwards(a: Vector) -> Vector:
    return a[(*(slice(None, None, -1) for _ in a.shape), ...)]


def stepped(a: Vector) -> Vector:
    """The same numbers, every other one of a larger array in each direction."""
    view = np.zeros([2 * n for n in a.shape], a.dtype)[(*(slice(None, None, 2) for _ in a.shape), ...)]
    view[...] = a
    return view


LAYOUTS: list[Callable[[Vector], Vector]] = [
    np.asarray,
    np.asfortranarray,
    lambda a: backwards(np.ascontiguousarray(backwards(a))),
    stepped,
]


def arguments(row: Case, draw: random.Random) -> list[Vector]:
    """Operands whose sizes belong together as those of the row do; one type for all, or one for each."""
    now = {n: draw.choice([n, n, n, 0, 1, 2, 3, 4]) for shape in row.shapes for n in shape if n > 1}
    drawn = dataclasses.replace(row, shapes=tuple(tuple(now.get(n, n) for n in shape) for shape in row.shapes))
    values = drawn.arguments(draw.randrange(10))
    one = draw.choice(DTYPES)
    dtypes = [one if draw.random() < 0.5 else draw.choice(DTYPES) for _ in values]
    return [draw.choice(LAYOUTS)(cast(np.asarray(a), dtype)) for a, dtype in zip(values, dtypes, strict=True)]


def result(f: Any, *x: Any) -> Any:
    """f's value without warnings, or the exception by which it refuses."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return f(*x)
        except Exception as refusal:
            return refusal


def excused(row: Case, x: list[Vector]) -> bool:
    kinds = {a.dtype.kind for a in x}
    excuses = {
        "": UNDECIDED,
        "empty": NOT_EMPTY if any(a.size == 0 for a in x) else set(),
        "unsigned": NOT_UNSIGNED if "u" in kinds else set(),
        "complex": NOT_COMPLEX if "c" in kinds else set(),
        "single": NOT_SINGLE if any(bits(a) == 32 for a in x) else set(),
        "two": NOT_TWO if any(2 in a.shape for a in x) else set(),
    }
    return any({row.name, base(row)} & names for names in excuses.values())


def bits(a: Vector) -> int:
    """Of one real number."""
    return 8 * a.dtype.itemsize // (2 if a.dtype.kind == "c" else 1)


def assert_close_of_type(got: Vector, expected: Vector, x: list[Vector]) -> None:
    """The same shape, type and values; of small integers float64 is made here, where NumPy makes less."""
    assert got.shape == expected.shape
    if expected.dtype.kind != "f" or not any(a.dtype.kind in "biu" and bits(a) < 32 for a in x):
        assert got.dtype == expected.dtype
    if expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(got, expected)
        return
    eps = float(np.finfo(np.float64 if all(bits(a) == 64 for a in (got, expected, *x)) else np.float32).eps)
    largest = float(np.max(np.abs(expected), initial=1.0, where=np.isfinite(expected)))
    np.testing.assert_allclose(got, expected, rtol=4e3 * eps, atol=4e3 * eps * largest)


@pytest.mark.parametrize(("row", "reference"), ROWS, ids=[f"{row.name}" for row, _ in ROWS])
@hypothesis.settings(max_examples=max(8, hypothesis.settings.default.max_examples // 5))
@given(draw=st.randoms(use_true_random=True), inside=st.booleans())
def test_drawn_shapes_types_and_strides_give_what_numpy_gives(
    row: Case, reference: Any, draw: random.Random, inside: bool
) -> None:
    """Where NumPy refuses there is nothing to compare: what is refused here stands in test_numpy_refusals.py."""
    x = arguments(row, draw)
    expected = result(row.f, reference, *(a.copy(order="K") for a in x))
    if isinstance(expected, Exception) or excused(row, x):
        return
    got = result(row.f, wnp, *(wg.asarray(a) if inside else a for a in x))
    assert not isinstance(got, Exception), got
    for one, other in zip(leaves(got), leaves(expected), strict=True):
        assert_close_of_type(np.asarray(one), np.asarray(other), x)


# What the law found, each by its name.

SINGLE = np.linspace(-1.3, 2.1, 12, dtype=np.float32).reshape(3, 4)
BYTES = np.array([1, 2], np.uint8)


def written(xp: Any, name: str, x: Vector, *rest: Any) -> Any:
    """What a function that writes leaves of a copy."""
    y = np.array(x) if xp is np else wg.asarray(x)
    getattr(xp, name)(y, *rest)
    return y


FOUND: dict[str, Callable[[Any], Any]] = {
    "put beyond the end is refused, and does not wrap": lambda xp: written(xp, "put", np.zeros(4), [0, 7], [1.0]),
    "put far below zero is refused": lambda xp: written(xp, "put", np.zeros(4), [-5], [1.0]),
    "put of nothing writes nothing": lambda xp: written(xp, "put", np.zeros(4), [0, 1], []),
    "putmask of nothing writes nothing": lambda xp: written(xp, "putmask", np.zeros(2), [True, True], []),
    "fill_diagonal with nothing writes nothing": lambda xp: written(xp, "fill_diagonal", np.zeros((2, 2)), []),
    "a shorter mask of putmask is refused": lambda xp: written(xp, "putmask", np.zeros(4), [True] * 3, [2.0]),
    "a shorter mask of place is refused": lambda xp: written(xp, "place", np.zeros(4), [True] * 3, [2.0]),
    "place of nothing is refused": lambda xp: written(xp, "place", np.zeros(2), [True, True], []),
    "copyto does not drop a fraction": lambda xp: written(xp, "copyto", np.zeros(2, np.int32), np.ones(2)),
    "copyto does not drop a sign": lambda xp: written(xp, "copyto", np.zeros(2, np.uint32), np.ones(2, np.int64)),
    "copyto takes a Python number": lambda xp: written(xp, "copyto", np.zeros(2, np.uint32), 3),
    "cov of float32 is computed in float64": lambda xp: xp.cov(SINGLE),
    "cov of no variables is of float64": lambda xp: xp.cov(SINGLE[:0]),
    "cov as float32 is float32": lambda xp: xp.cov(SINGLE, dtype=np.float32),
    "average weighed by int16 stays complex64": lambda xp: xp.average(
        SINGLE + 1j, axis=0, weights=np.arange(1, 4, dtype=np.int16)
    ),
    "median of complex64 stays complex64": lambda xp: xp.median(SINGLE + 1j, axis=0),
    "nanmedian of complex64 stays complex64": lambda xp: xp.nanmedian(SINGLE + 1j, axis=0),
    "select weighs all choices for its type": lambda xp: xp.select(
        [SINGLE > 1, SINGLE > 0], [SINGLE, np.array(3, np.uint8)], 4.0
    ),
    "conj of truth values is int8": lambda xp: xp.conj(SINGLE > 0),
    "the largest column of none is 0": lambda xp: xp.linalg.norm(np.zeros((3, 0)), 1),
    "the largest element of none is 0": lambda xp: xp.linalg.norm(np.zeros(0), np.inf),
    "the smallest of none is refused": lambda xp: xp.linalg.norm(np.zeros((3, 0)), -1),
    "solve of int8 and float32 is float64": lambda xp: xp.linalg.solve(np.eye(3, dtype=np.int8), SINGLE[:, 0]),
    "lstsq of float32 and float64 is float64": lambda xp: xp.linalg.lstsq(SINGLE, np.ones(3))[3],
    "lstsq without unknowns leaves everything over": lambda xp: xp.linalg.lstsq(np.zeros((2, 0)), np.ones((2, 3)))[1],
    "interp with a period is computed in float64": lambda xp: xp.interp(SINGLE, [0.0, 1.0, 2.0], [1, 3, 2], period=3.3),
    "polyint takes more constants than it needs": lambda xp: xp.polyint([1.0, 2.0], 1, [3.0, 4.0]),
    "linspace of complex64 and int8 is complex64": lambda xp: xp.linspace(SINGLE[0] + 1j, np.int8(3), 4),
    "polyval of bytes has room for its coefficients": lambda xp: xp.polyval([1, 0, 0], np.array([20], np.int8)),
    "clip by what a byte cannot be leaves it": lambda xp: xp.clip(BYTES, -1, 300),
}
TOO_LARGE: dict[str, Callable[[Any], Any]] = {
    "a lower bound of clip": lambda xp: xp.clip(BYTES, 300, None),
    "asarray": lambda xp: xp.asarray([300], dtype=np.uint8),
    "the start of a sum": lambda xp: xp.sum(BYTES, initial=-3),
    "the start of a maximum": lambda xp: xp.max(BYTES, initial=-3),
}


@pytest.mark.parametrize("name", FOUND)
def test_drawn_input_found(name: str) -> None:
    expected, got = result(FOUND[name], np), result(FOUND[name], wnp)
    if isinstance(expected, Exception):
        assert isinstance(got, wg.Error | IndexError), got
        return
    assert not isinstance(got, Exception), got
    one, other = np.asarray(got), np.asarray(expected)
    assert_close_of_type(one, other, [other])


@pytest.mark.parametrize("name", TOO_LARGE)
def test_integers_that_a_type_cannot_hold_do_not_wrap(name: str) -> None:
    with pytest.raises(OverflowError):
        TOO_LARGE[name](np)
    with pytest.raises(wg.DomainError, match="integer out of range"):
        TOO_LARGE[name](wnp)


def test_lists_of_integers_of_a_lane_are_converted() -> None:
    got = wg.vmap(lambda i: wnp.asarray([i, 2], dtype=np.int32))(np.array([1, 2]))
    np.testing.assert_array_equal(got, [[1, 2], [2, 2]])
