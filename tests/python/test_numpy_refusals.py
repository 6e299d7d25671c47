"""What has no derivative is refused by name, bad input too; writes in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from agreement import assert_same

REFUSED: dict[str, Callable[[Any], Any]] = {
    "roots": lambda x: wnp.roots(x[0]),
    "nextafter": lambda x: np.nextafter(x, 1.0),
    "put": lambda x: np.put(np.zeros(3), [0], x[0]),
    "copyto": lambda x: np.copyto(np.zeros((2, 2)), x),
    "fill_diagonal": lambda x: wnp.fill_diagonal(np.zeros((2, 2)), x[0]),
    "add: out": lambda x: np.add(x, 1.0, out=np.zeros((2, 2))),
    "sum: out": lambda x: np.sum(x, out=np.zeros(())),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_a_derivative_is_refused_by_name(name: str) -> None:
    with pytest.raises(wg.DTypeError, match=name):
        wg.grad(lambda x: REFUSED[name](x) and 0.0)(np.array([[1.0, 2.0], [0.5, 3.0]]))


def test_functions_without_a_derivative_are_numpys_on_values_that_nothing_records() -> None:
    x = wg.asarray([[2.0, 0.5], [0.5, 1.0]])
    assert_same(np.roots(x[0]), np.roots([2.0, 0.5]))


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
    "meshgrid": (lambda: wnp.meshgrid([1.0], indexing="zz"), wg.OptionError, r"meshgrid: .*'zz'"),
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
    "pad": (lambda: wnp.pad(X, 1, mode="median"), wg.OptionError, r"pad: .*'median'"),
    "max": (lambda: wnp.max(X, where=X > 2), wg.DomainError, r"max: where"),
    "median": (lambda: wnp.median(X, axis=2), wg.ShapeError, r"median: axis .*2"),
    "quantile": (lambda: wnp.quantile(X, 1.2), wg.DomainError, r"quantile: .*1\.2"),
    "percentile": (lambda: wnp.percentile(X, 50, method="best"), wg.OptionError, r"percentile: .*'best'"),
    "average": (lambda: wnp.average(X, weights=np.ones(2)), wg.ShapeError, r"average: .*\(2,\).*\(2, 3\)"),
    "average of nothing": (lambda: wnp.average(X, weights=0 * X), wg.DomainError, r"average: .*zero"),
    "cumulative_sum": (lambda: wnp.cumulative_sum(X), wg.DomainError, r"cumulative_sum: .*\(2, 3\)"),
    "diff": (lambda: wnp.diff(X, -1), wg.DomainError, r"diff: .*-1"),
    "gradient": (lambda: wnp.gradient(X, 1.0, 1.0, 1.0), wg.DomainError, r"gradient: .*3"),
    "gradient of few": (lambda: wnp.gradient(np.ones(1)), wg.ShapeError, r"gradient: .*\(1,\)"),
    "cov": (lambda: wnp.cov(np.ones((2, 2, 2))), wg.ShapeError, r"cov: .*\(2, 2, 2\)"),
    "take": (lambda: wnp.take(X, 9), wg.IndexError, r"9"),
    "take by a mode": (lambda: wnp.take(X, 0, mode="far"), wg.OptionError, r"take: .*'far'"),
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
    "correlate": (lambda: wnp.correlate([1.0], [1.0], "some"), wg.OptionError, r"correlate: .*'some'"),
    "interp": (lambda: wnp.interp(0.0, [1.0, 2.0], [1.0]), wg.ShapeError, r"interp: .*\(2,\).*\(1,\)"),
    "polyval": (lambda: wnp.polyval(X, 1.0), wg.ShapeError, r"polyval: .*\(2, 3\)"),
    "polyfit": (lambda: wnp.polyfit(X[0], X[:, 0], 1), wg.ShapeError, r"polyfit: .*\(3,\).*\(2,\)"),
    "ldexp": (lambda: wnp.ldexp(1.0, 0.5), wg.DomainError, r"ldexp: .*float64"),
    "norm": (lambda: wnp.linalg.norm(X, "max"), wg.OptionError, r"norm: .*'max'"),
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
