"""wengert.numpy on random input: contractions, parts and wholes, copies with changes, statistics, filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from agreement import arrays, assert_agrees, assert_same, filled, quietly

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
        "shifts": lambda a: ((a > 1).astype("int64") << 3) >> 1,
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


@pytest.mark.parametrize("sizes", [(6000, 2500), (3000, 3000)])
def test_two_long_sequences_are_convolved_piece_by_piece(sizes: tuple[int, int]) -> None:
    a, v = filled(sizes[:1], "float64", 1), filled(sizes[1:], "float64", 2)
    y, pull = wg.vjp(wnp.convolve, a, v)
    assert_same(y, np.convolve(a, v), rtol=1e-10)
    ybar = filled(y.shape, "float64", 3)
    abar, vbar = pull(ybar)
    assert_same(abar, np.correlate(ybar, v, "valid"), rtol=1e-10)
    assert_same(vbar, np.correlate(ybar, a, "valid"), rtol=1e-10)
    slope = wg.jvp(wnp.convolve, (a, v), (abar, vbar))[1]
    assert_same(slope, np.convolve(abar, v) + np.convolve(a, vbar), rtol=1e-10)


# Along axes


ALONG: dict[str, Callable[..., Any]] = {
    name: lambda xp, x, name=name, **options: getattr(xp, name)(x, **options)
    for name in [
        "ptp", "median", "nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanmedian", "all",
        "any", "average",
    ]
} | {
    "quantile": lambda xp, x, **options: xp.quantile(x, [0.0, 0.3, 1.0], **options),
    "percentile": lambda xp, x, **options: xp.percentile(x, 40, method="hazen", **options),
    "nanquantile": lambda xp, x, **options: xp.nanquantile(x, 0.7, **options),
    "var, corrected": lambda xp, x, **options: xp.var(x, ddof=1, **options),
    "sum where": lambda xp, x, **options: xp.sum(x, where=x > 0, initial=2, **options),
    "sum as int32": lambda xp, x, **options: xp.sum(x, dtype="int32", **options),
    "prod as float32": lambda xp, x, **options: xp.prod(x, dtype="float32", **options),
    "mean where": lambda xp, x, **options: xp.mean(x, where=x > 0, **options),
    "max with a start": lambda xp, x, **options: xp.max(x, initial=1, **options),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONG)
@given(x=arrays(), data=st.data(), keepdims=st.booleans(), gaps=st.booleans())
def test_what_goes_along_axes_is_numpys(name: str, x: Any, data: st.DataObject, keepdims: bool, gaps: bool) -> None:
    if gaps and x.dtype.kind == "f":
        x = np.where(np.random.default_rng(x.size).random(x.shape) < 0.4, x.dtype.type(np.nan), x)
    axis = data.draw(
        st.none() | (st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.none()) | hnp.valid_tuple_axes(x.ndim)
    )
    try:
        expected = quietly(ALONG[name], np, x, axis=axis, keepdims=keepdims)
    except ArithmeticError:
        return
    if x.dtype == bool or (x.size == 0 and name.startswith(("nan", "median", "quantile", "percentile"))):
        return
    assert_agrees(quietly(ALONG[name], wnp, x, axis=axis, keepdims=keepdims), expected)


@given(x=arrays(dtype="float64"), data=st.data())
def test_einsum_by_axes_is_the_sum(x: Any, data: st.DataObject) -> None:
    letters = "abcd"[: x.ndim]
    kept = "".join(data.draw(st.permutations(letters))[: data.draw(st.integers(0, x.ndim))])
    assert_same(wnp.einsum(f"{letters}->{kept}", x), np.einsum(f"{letters}->{kept}", x))
