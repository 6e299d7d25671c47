"""wengert.numpy is NumPy: a loop over surface_cases.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from agreement import assert_agrees, filled, quietly
from structural_cases import CASES, Case
from surface_cases import FLAT, MADE, SMOOTH
from wengert import _protocols

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


def leaves(y: Any) -> list[Any]:
    return [leaf for part in y for leaf in leaves(part)] if isinstance(y, tuple | list) else [y]


def assert_same(got: Any, expected: Any, rtol: float = 1e-12) -> None:
    """NumPy's values, shapes, dtypes, and kind of container."""
    assert isinstance(got, tuple) == isinstance(expected, tuple)
    assert isinstance(got, list) == isinstance(expected, list)
    for one, other in zip(leaves(got), leaves(expected), strict=True):
        mine, numpys = np.asarray(one), np.asarray(other)
        assert (mine.shape, mine.dtype) == (numpys.shape, numpys.dtype.newbyteorder("="))
        np.testing.assert_allclose(mine, numpys, rtol=rtol, atol=rtol)


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


# einsum


@st.composite
def contractions(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """Subscripts and shapes that belong to them: repeated labels, sizes of 1, an ellipsis, an output or none."""
    sizes = {label: draw(st.integers(1, 3)) for label in "ijkl"}
    hidden = tuple(draw(st.lists(st.integers(1, 2), max_size=2)))
    terms, shapes = [], []
    for _ in range(draw(st.integers(1, 3))):
        labels = "".join(draw(st.lists(st.sampled_from("ijkl"), max_size=3)))
        dots = draw(st.integers(0, len(hidden)))
        at = draw(st.integers(0, len(labels)))
        shape = [sizes[c] for c in labels]
        terms.append(labels[:at] + "..." * bool(dots) + labels[at:])
        shapes.append((*shape[:at], *hidden[len(hidden) - dots :], *shape[at:]) if dots else tuple(shape))
    text = ",".join(terms)
    used = sorted({c for c in text if c.isalpha()})
    if draw(st.booleans()):
        out = "".join(draw(st.permutations(used))[: draw(st.integers(0, len(used)))])
        text += "->" + ("..." if "." in text else "") + out
    return text, shapes


@given(contraction=contractions(), seed=st.integers(0, 99), optimize=st.booleans())
def test_einsum_is_numpys_and_its_adjoint_is_its_transpose(
    contraction: tuple[str, list[tuple[int, ...]]], seed: int, optimize: bool
) -> None:
    text, shapes = contraction
    x = [filled(shape, "float64", seed + k) for k, shape in enumerate(shapes)]
    dx = [filled(shape, "float64", seed + k + 50) for k, shape in enumerate(shapes)]
    expected = np.einsum(text, *x)
    assert_same(wnp.einsum(text, *x, optimize=optimize), expected)
    changes = [np.einsum(text, *x[:k], dx[k], *x[k + 1 :]) for k in range(len(x))]
    y, dy = wg.jvp(lambda *x: wnp.einsum(text, *x, optimize=optimize), tuple(x), tuple(dx))
    np.testing.assert_allclose(dy, sum(changes), rtol=1e-12, atol=1e-10)
    ybar = filled(np.shape(y), "float64", seed + 7)
    adjoints = wg.vjp(lambda *x: np.einsum(text, *x), *x)[1](ybar)
    got = sum(float(np.vdot(a, d)) for a, d in zip(adjoints, dx, strict=True))
    assert got == pytest.approx(float(np.vdot(ybar, dy)), rel=1e-10, abs=1e-8)


# Parts and wholes


@given(data=st.data(), axis=st.integers(0, 2))
def test_parts_put_together_are_the_whole(data: st.DataObject, axis: int) -> None:
    shape = tuple(data.draw(st.integers(0, 4)) for _ in range(3))
    x = filled(shape, "float64", 3)
    cuts = sorted(data.draw(st.lists(st.integers(0, 5), max_size=3)))
    parts = data.draw(st.sampled_from([cuts, len(cuts) + 1]))
    split = wnp.array_split if isinstance(parts, int) else wnp.split
    assert_same(split(x, parts, axis), getattr(np, split.__name__)(x, parts, axis))
    together = lambda x: wnp.concatenate(split(x, parts, axis), axis)
    y, pull = wg.vjp(together, x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(pull(2 * x)[0], 2 * x)


@given(data=st.data())
def test_stacks_taken_apart_are_what_was_stacked(data: st.DataObject) -> None:
    count, axis = data.draw(st.integers(1, 4)), data.draw(st.integers(-3, 2))
    x = [filled((2, 3), "float64", k) for k in range(count)]
    for one, other in zip(wnp.unstack(wnp.stack(x, axis), axis=axis), x, strict=True):
        assert_same(one, other)


# Changes of a copy: x.at


AT: dict[str, Callable[[Any, Any, Any], None]] = {
    "add": np.add.at,
    "subtract": np.subtract.at,
    "multiply": np.multiply.at,
    "divide": np.divide.at,
    "power": np.power.at,
    "min": np.minimum.at,
    "max": np.maximum.at,
}
INDICES = [np.array([0, 2, 0, 0]), (slice(None), 1), (np.array([1, 1]), np.array([2, 2])), np.s_[::2], 0]


@pytest.mark.parametrize("index", INDICES, ids=repr)
@pytest.mark.parametrize("name", AT)
def test_changes_of_a_copy_count_every_value_as_numpys_do(name: str, index: Any) -> None:
    x = np.abs(filled((3, 4), "float64", 1)) + 0.7
    v = 0.4 + np.arange(x[index].size).reshape(x[index].shape) / 7
    expected = x.copy()
    AT[name](expected, index, v)
    f = lambda x, v: getattr(wg.asarray(x).at[index], name)(v)
    assert_same(f(x, v), expected)
    written = wg.asarray(x) + 0.0
    AT[name](written, index, v)
    assert_same(written, expected)
    if name not in ("min", "max"):
        wg.testing.check_grads(f, (x, v), order=2, atol=1e-5, rtol=1e-5)


def test_set_get_and_apply_are_jax_s() -> None:
    x = wg.asarray(np.arange(4.0))
    assert x.at[1:3].set(9.0).tolist() == [0, 9, 9, 3]
    assert x.at[1].get().tolist() == 1.0
    assert x.at[[0, 3]].apply(lambda t: t + 0.5).tolist() == [0.5, 1, 2, 3.5]
    assert x.at[x > 1].mul(2.0).tolist() == [0, 1, 4, 6]
    assert x.tolist() == [0, 1, 2, 3]
    assert wg.grad(lambda x: wnp.sum(x.at[0].set(x[1] ** 2)))(np.array([3.0, 2.0])).tolist() == [0.0, 5.0]


# ufuncs' methods


METHODS: dict[str, Callable[[Any], Any]] = {
    "add.reduce": lambda x: np.add.reduce(x, axis=1),
    "multiply.reduce": lambda x: np.multiply.reduce(x),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=None),
    "minimum.reduce": lambda x: np.minimum.reduce(x, keepdims=True),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=1),
    "add.accumulate": lambda x: np.add.accumulate(x),
    "multiply.accumulate": lambda x: np.multiply.accumulate(x, axis=1),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=1),
    "minimum.accumulate": lambda x: np.minimum.accumulate(x),
    "subtract.outer": lambda x: np.subtract.outer(x[0], x),
    "hypot.outer": lambda x: np.hypot.outer(x, [1.0, 2.0]),
    "vecdot": lambda x: np.vecdot(x, x, axis=0),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_ufuncs_are_numpys_and_have_derivatives(name: str) -> None:
    x = np.array([[0.3, 1.2, -0.7, 0.5], [2.1, 0.4, 0.9, -1.1]])
    assert_same(METHODS[name](wg.asarray(x)), METHODS[name](x))
    wg.testing.check_grads(METHODS[name], (x,), order=2)


# What has no derivative here, and bad input


REFUSED: dict[str, Callable[[Any], Any]] = {
    "roots": lambda x: wnp.roots(x[0]),
    "nextafter": lambda x: np.nextafter(x, 1.0),
    "norm of order 2": lambda x: np.linalg.norm(x, 2),
    "norm of order 'nuc'": lambda x: wnp.linalg.norm(x, "nuc"),
    "cond of order None": lambda x: wnp.linalg.cond(x),
    "put": lambda x: np.put(np.zeros(3), [0], x[0]),
    "copyto": lambda x: np.copyto(np.zeros((2, 2)), x),
    "fill_diagonal": lambda x: wnp.fill_diagonal(np.zeros((2, 2)), x[0]),
    "eigvalsh": lambda x: np.linalg.eigvalsh(x),
    "add: out": lambda x: np.add(x, 1.0, out=np.zeros((2, 2))),
    "sum: out": lambda x: np.sum(x, out=np.zeros(())),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_a_derivative_is_refused_by_name(name: str) -> None:
    with pytest.raises(wg.DTypeError, match=name):
        wg.grad(lambda x: REFUSED[name](x) and 0.0)(np.array([[1.0, 2.0], [0.5, 3.0]]))


def test_functions_without_a_derivative_are_numpys_on_values_that_nothing_records() -> None:
    x = wg.asarray([[2.0, 0.5], [0.5, 1.0]])
    assert_same(wnp.linalg.norm(x, 2), np.linalg.norm(np.asarray(x), 2))
    assert_same(wnp.linalg.cond(x), np.linalg.cond(np.asarray(x)))
    assert_same(np.roots(x[0]), np.roots([2.0, 0.5]))
    assert_same(np.linalg.eigvalsh(x), np.linalg.eigvalsh(np.asarray(x)))


def test_results_are_written_into_arrays_that_are_given_for_them() -> None:
    x, out = wg.asarray([[1.0, 2.0], [3.0, 4.0]]), wg.asarray([0.0, 0.0])
    assert np.sum(x, axis=0, out=out) is out
    assert out.tolist() == [4.0, 6.0]
    plain = np.zeros(2)
    np.median(x, axis=0, out=plain)
    assert plain.tolist() == [2.0, 3.0]


X = np.ones((2, 3))
BAD: dict[str, tuple[Callable[[], Any], type, str]] = {
    "linspace": (lambda: wnp.linspace(0, 1, -1), wg.DomainError, r"linspace: .*num is -1"),
    "geomspace": (lambda: wnp.geomspace(-1.0, 1.0), wg.DomainError, r"geomspace: "),
    "meshgrid": (lambda: wnp.meshgrid([1.0], indexing="zz"), wg.DomainError, r"meshgrid: .*'zz'"),
    "vander": (lambda: wnp.vander(X), wg.ShapeError, r"vander: .*\(2, 3\)"),
    "split": (lambda: wnp.split(X, 2, 1), wg.ShapeError, r"split: .*3.*2"),
    "array_split": (lambda: wnp.array_split(X, 0), wg.ShapeError, r"array_split: .*0"),
    "vsplit": (lambda: wnp.vsplit(np.ones(3), 3), wg.ShapeError, r"vsplit: .*\(3,\)"),
    "concatenate": (lambda: wnp.concatenate([]), wg.ShapeError, r"concatenate: .*empty"),
    "stack": (lambda: wnp.stack([X, X.T]), wg.ShapeError, r"stack: .*\(2, 3\).*\(3, 2\)"),
    "unstack": (lambda: wnp.unstack(1.0), wg.ShapeError, r"unstack: "),
    "roll": (lambda: wnp.roll(X, 1, 2), wg.ShapeError, r"roll: axis .*2.* 2 dimensions"),
    "flip": (lambda: wnp.flip(X, (0, 0)), wg.ShapeError, r"flip: .*twice.*\(0, 0\)"),
    "squeeze": (lambda: wnp.squeeze(X, 5), wg.ShapeError, r"squeeze: axis .*5"),
    "moveaxis": (lambda: wnp.moveaxis(X, [0, 1], 0), wg.ShapeError, r"moveaxis: "),
    "broadcast_arrays": (lambda: wnp.broadcast_arrays(X, X.T), wg.ShapeError, r"broadcast_arrays: .*\(2, 3\), \(3"),
    "pad": (lambda: wnp.pad(X, 1, mode="median"), wg.DomainError, r"pad: .*'median'"),
    "max": (lambda: wnp.max(X, where=X > 2), wg.DomainError, r"max: where"),
    "median": (lambda: wnp.median(X, axis=2), wg.ShapeError, r"median: axis .*2"),
    "quantile": (lambda: wnp.quantile(X, 1.2), wg.DomainError, r"quantile: .*1\.2"),
    "percentile": (lambda: wnp.percentile(X, 50, method="best"), wg.DomainError, r"percentile: .*'best'"),
    "average": (lambda: wnp.average(X, weights=np.ones(2)), wg.ShapeError, r"average: .*\(2,\).*\(2, 3\)"),
    "average of nothing": (lambda: wnp.average(X, weights=0 * X), wg.DomainError, r"average: .*zero"),
    "cumulative_sum": (lambda: wnp.cumulative_sum(X), wg.DomainError, r"cumulative_sum: .*\(2, 3\)"),
    "diff": (lambda: wnp.diff(X, -1), wg.DomainError, r"diff: .*-1"),
    "gradient": (lambda: wnp.gradient(X, 1.0, 1.0, 1.0), wg.DomainError, r"gradient: .*3"),
    "gradient of few": (lambda: wnp.gradient(np.ones(1)), wg.ShapeError, r"gradient: .*\(1,\)"),
    "cov": (lambda: wnp.cov(np.ones((2, 2, 2))), wg.ShapeError, r"cov: .*\(2, 2, 2\)"),
    "take": (lambda: wnp.take(X, 9), wg.IndexError, r"9"),
    "take by a mode": (lambda: wnp.take(X, 0, mode="far"), wg.DomainError, r"take: .*'far'"),
    "take_along_axis": (lambda: wnp.take_along_axis(X, [0], 1), wg.ShapeError, r"take_along_axis: .*\(2, 3\).*\(1,\)"),
    "choose": (lambda: wnp.choose([0, 2], [X[0, :2], X[1, :2]]), wg.DomainError, r"choose: .*2 choices"),
    "select": (lambda: wnp.select([X > 0], []), wg.ShapeError, r"select: .*1.*0"),
    "select by numbers": (lambda: wnp.select([X], [X]), wg.DTypeError, r"select: .*float64"),
    "piecewise": (lambda: wnp.piecewise(X, [X > 0], []), wg.ShapeError, r"piecewise: .*1.*0"),
    "fill_diagonal": (lambda: wnp.fill_diagonal(np.ones(3), 0.0), wg.ShapeError, r"fill_diagonal: .*\(3,\)"),
    "diagonal": (lambda: wnp.diagonal(X, 0, 1, 1), wg.ShapeError, r"diagonal: .*1 and 1"),
    "at": (lambda: wg.asarray(X).at[0].add(np.ones(2)), wg.ShapeError, r"at\.add: .*\(3,\).*\(2,\)"),
    "einsum": (lambda: wnp.einsum("ij,jk", X, X), wg.ShapeError, r"einsum: .*'j'.*\(2, 3\)"),
    "einsum of too many": (lambda: wnp.einsum("ij,jk", X), wg.ShapeError, r"einsum: .*2.*1"),
    "einsum of an axis more": (lambda: wnp.einsum("i", X), wg.ShapeError, r"einsum: .*'i'.*2"),
    "einsum to nowhere": (lambda: wnp.einsum("ij->k", X), wg.DomainError, r"einsum: .*ij->k"),
    "einsum of signs": (lambda: wnp.einsum("i?", X), wg.DomainError, r"einsum: .*'i\?'"),
    "tensordot": (lambda: wnp.tensordot(X, X, 1), wg.ShapeError, r"tensordot: .*\(2, 3\), b is \(2, 3\)"),
    "vecdot": (lambda: wnp.vecdot(X, np.ones(2)), wg.ShapeError, r"vecdot: .*\(2, 3\).*\(2,\)"),
    "inner": (lambda: wnp.inner(X, X.T), wg.ShapeError, r"inner: .*\(2, 3\).*\(3, 2\)"),
    "cross": (lambda: wnp.cross(np.ones(2), np.ones(3)), wg.ShapeError, r"cross: .*\(2,\).*\(3,\)"),
    "convolve": (lambda: wnp.convolve(X, X), wg.ShapeError, r"convolve: .*\(2, 3\)"),
    "correlate": (lambda: wnp.correlate([1.0], [1.0], "some"), wg.DomainError, r"correlate: .*'some'"),
    "interp": (lambda: wnp.interp(0.0, [1.0, 2.0], [1.0]), wg.ShapeError, r"interp: .*\(2,\).*\(1,\)"),
    "polyval": (lambda: wnp.polyval(X, 1.0), wg.ShapeError, r"polyval: .*\(2, 3\)"),
    "polyfit": (lambda: wnp.polyfit(X[0], X[:, 0], 1), wg.ShapeError, r"polyfit: .*\(3,\).*\(2,\)"),
    "ldexp": (lambda: wnp.ldexp(1.0, 0.5), wg.DomainError, r"ldexp: .*float64"),
    "norm": (lambda: wnp.linalg.norm(X, "max"), wg.DomainError, r"norm: .*'max'"),
    "norm of three axes": (lambda: wnp.linalg.norm(np.ones((1, 2, 3)), 1), wg.ShapeError, r"norm: .*\(1, 2, 3\)"),
    "matrix_norm": (lambda: wnp.linalg.matrix_norm(np.ones(3)), wg.ShapeError, r"matrix_norm: .*\(3,\)"),
    "pinv": (lambda: wnp.linalg.pinv(np.ones(3)), wg.ShapeError, r"pinv: .*\(3,\)"),
    "lstsq": (lambda: wnp.linalg.lstsq(X, np.ones(3)), wg.ShapeError, r"lstsq: .*\(2, 3\).*\(3,\)"),
    "matrix_power": (lambda: wnp.linalg.matrix_power(X, 2), wg.ShapeError, r"matrix_power: .*\(2, 3\)"),
    "multi_dot": (lambda: wnp.linalg.multi_dot([X, X]), wg.ShapeError, r"multi_dot: .*\(2, 3\), \(2, 3\)"),
    "tensorsolve": (lambda: wnp.linalg.tensorsolve(X, X), wg.ShapeError, r"tensorsolve: .*\(2, 3\)"),
    "tensorinv": (lambda: wnp.linalg.tensorinv(X, 1), wg.ShapeError, r"tensorinv: .*\(2, 3\)"),
    "expm": (lambda: wnp.linalg.expm(X), wg.ShapeError, r"expm: .*\(2, 3\)"),
    "cross of linalg": (lambda: wnp.linalg.outer(X, X), wg.ShapeError, r"outer: .*\(2, 3\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_an_error_names_the_operation_and_what_was_given(name: str) -> None:
    call, error, message = BAD[name]
    with pytest.raises(error, match=message):
        call()


# The document, and the table itself

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "numpy.md").read_text()
PRIMITIVES = {p.name for p in wg.testing.primitives()} | {"abs", "matmul"}
OLDER = {case.name.split()[0].rstrip(",") for case in CASES} | {"array", "asarray", "logsumexp"}


def public(module: Any) -> set[str]:
    return {name for name in dir(module) if not name.startswith("_")} - {"annotations", "linalg"}


def documented(heading: str) -> set[str]:
    """The names in the tables below a heading."""
    part = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return {name for line in part.splitlines() if line.startswith("|") for name in re.findall(r"`(\w+)`", line)}


def test_the_document_lists_the_namespaces() -> None:
    assert documented("wengert.numpy") <= public(wnp)
    assert public(wnp) - documented("wengert.numpy") <= PRIMITIVES
    assert documented("wengert.numpy.linalg") == set(wnp.linalg.__all__)
    assert documented("wengert.special") == set(wg.special.__all__)
    own = {name for name, f in vars(wg.random.Generator).items() if callable(f) and not name.startswith("_")}
    assert documented("wengert.random") == own - {"spawn"}


def test_every_function_has_a_row() -> None:
    rows = {row.name.split()[0].rstrip(",") for row in [*SMOOTH, *FLAT]} | {name.split()[0] for name in MADE}
    functions = {name for name in public(wnp) if callable(getattr(wnp, name)) and hasattr(np, name)}
    types = {name for name in functions if isinstance(getattr(wnp, name), type)}
    assert functions - types - rows - PRIMITIVES - OLDER - set(REFUSED) - set(wnp._SAME) - {"spacing"} == set()
    of_linalg = {name for name in wnp.linalg.__all__ if hasattr(np.linalg, name)}
    assert of_linalg - rows - OLDER == set()


def test_every_function_is_documented_and_reached_through_numpy() -> None:
    for module, numpys in ((wnp, np), (wnp.linalg, np.linalg), (wg.special, None)):
        for name in public(module):
            f = getattr(module, name)
            if not callable(f) or name in ("NamedTuple", "Sequence", "Any"):
                continue
            assert f.__doc__, name
            if numpys and getattr(getattr(numpys, name, None), "_implementation", None):
                assert _protocols._OURS[getattr(numpys, name)] is f


def test_arrays_have_numpys_methods() -> None:
    x = np.array([[3.0, 1.0, 2.0], [0.5, -1.0, 4.0]])
    methods: dict[str, Callable[[Any], Any]] = {
        "round": lambda a: a.round(),
        "nonzero": lambda a: a.nonzero(),
        "compress": lambda a: a.compress([True, False, True], axis=1),
        "choose": lambda a: (a > 1).astype("int64").choose([a, -a]),
        "searchsorted": lambda a: a[0].searchsorted(2.0),
        "argpartition": lambda a: a.argpartition(1),
        "conj": lambda a: a.conj() + a.real + a.imag,
        "mT": lambda a: a.mT * a.nbytes,
        "order": lambda a: a.reshape(3, 2, order="F") + a.ravel("F").reshape(3, 2) + a.flatten("F").reshape(3, 2),
        "sum": lambda a: a.sum(0, where=x > 0, initial=1.0) + a.max(0, initial=0.0),
    }
    for f in methods.values():
        assert_same(f(wg.asarray(x)), f(x))
    y = wg.asarray(x)
    y.partition(1)
    assert_same(y, np.partition(x, 1))
    y.put([0, -1], 7.0)
    assert y.ravel()[[0, -1]].tolist() == [7.0, 7.0]


@pytest.mark.parametrize("sizes", [(1000, 80), (77, 991), (300, 300)])
def test_long_convolutions_are_numpys_and_differentiable(sizes: tuple[int, int]) -> None:
    a, v = filled(sizes[:1], "float64", 1), filled(sizes[1:], "float64", 2)
    for mode in ("full", "same", "valid"):
        assert_same(wnp.convolve(a, v, mode), np.convolve(a, v, mode), rtol=1e-10)
        assert_same(wnp.correlate(a, v, mode), np.correlate(a, v, mode), rtol=1e-10)
    assert_same(wnp.convolve(a.astype(int), v.astype(int)), np.convolve(a.astype(int), v.astype(int)))
    wg.testing.check_grads(lambda a, v: wnp.convolve(a, v) / 100, (a, v), order=1, atol=1e-5, rtol=1e-5)
    a[3] = np.inf
    assert_same(wnp.convolve(a, np.abs(v) + 1), np.convolve(a, np.abs(v) + 1), rtol=1e-10)


WRITES: dict[str, Callable[[Any, Any], None]] = {
    "put": lambda xp, x: xp.put(x, [0, 5], [7.0, 8.0]),
    "putmask": lambda xp, x: xp.putmask(x, np.arange(6).reshape(2, 3) % 2 == 0, [7.0, 8.0]),
    "place": lambda xp, x: xp.place(x, np.arange(6).reshape(2, 3) % 2 == 0, [7.0, 8.0]),
    "copyto": lambda xp, x: xp.copyto(x, [7.0, 8.0, 9.0]),
    "fill_diagonal": lambda xp, x: xp.fill_diagonal(x, 7.0),
    "put_along_axis": lambda xp, x: xp.put_along_axis(x, np.array([[1], [2]]), 7.0, 1),
    "put_along_axis, flat": lambda xp, x: xp.put_along_axis(x, np.array([1, 5]), 7.0, None),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes_in_place_reach_arrays_of_numpy_and_ours(name: str) -> None:
    expected = np.ones((2, 3))
    WRITES[name](np, expected)
    plain, ours, dispatched = np.ones((2, 3)), wg.asarray(np.ones((2, 3))), wg.asarray(np.ones((2, 3)))
    WRITES[name](wnp, plain)
    WRITES[name](wnp, ours)
    WRITES[name](np, dispatched)
    for got in (plain, ours, dispatched):
        assert_same(got, expected)
