"""Indexing, joining, moving, sorting and creating arrays agree with NumPy 2."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp
from agreement import DTYPES, arrays, assert_agrees, dtypes, filled, quietly

some_axes = hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)


@st.composite
def mixed_indices(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """A tuple of integers, slices, integer arrays, masks, None and Ellipsis; not always a legal one."""
    together = draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=3))
    index: list[Any] = []
    for n in shape[: draw(st.integers(0, len(shape)))]:
        steps = st.slices(n)
        positions = hnp.arrays(np.int64, together, elements=st.integers(-n, max(n - 1, -n)))
        masks = hnp.arrays(np.bool_, n)
        index.append(draw(st.one_of(steps, st.integers(-n, max(n - 1, -n)), positions, masks)))
        if draw(st.integers(0, 9)) == 0:
            index.append(None)
    if draw(st.booleans()):
        index.insert(draw(st.integers(0, len(index))), Ellipsis)
    return tuple(index)


@given(x=arrays(), data=st.data())
def test_basic_indexing_is_numpys(x: Any, data: st.DataObject) -> None:
    index = data.draw(hnp.basic_indices(x.shape, allow_newaxis=True, allow_ellipsis=True))
    assert_agrees(wg.asarray(x)[index], x[index])


@given(x=arrays(hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)), data=st.data())
def test_integer_array_indexing_is_numpys(x: Any, data: st.DataObject) -> None:
    index = data.draw(hnp.integer_array_indices(x.shape))
    assert_agrees(wg.asarray(x)[index], x[index])


@given(x=arrays(some_axes), data=st.data())
def test_boolean_indexing_is_numpys(x: Any, data: st.DataObject) -> None:
    axes = data.draw(st.integers(1, x.ndim))
    mask = data.draw(hnp.arrays(np.bool_, x.shape[:axes]))
    assert_agrees(wg.asarray(x)[mask], x[mask])
    assert_agrees(wg.asarray(x)[wg.asarray(mask)], x[mask])


APART = [
    np.s_[0, :, [0, 1]],
    np.s_[[0, 1], :, 0],
    np.s_[:, 0, :, [0, 1]],
    np.s_[0, :, [0, 1], 1:],
    np.s_[0, [0, 1]],
    np.s_[:, [0, 1], 0],
    np.s_[:, np.array(0), None, [0, 1]],
    np.s_[0, ..., [0, 1]],
    np.s_[[[0], [1]], :, 1, [0, 1]],
    np.s_[:, [True, False, True], :, 1],
]


@pytest.mark.parametrize("index", APART, ids=repr)
def test_integers_beside_index_arrays_count_as_index_arrays(index: Any) -> None:
    """Apart from each other, they send their axes to the front; together, they stay in place."""
    x = np.arange(120.0).reshape(2, 3, 4, 5)
    assert_agrees(wg.asarray(x)[index], x[index])


@settings(max_examples=200)
@given(x=arrays(some_axes), data=st.data())
def test_mixed_indexing_is_numpys_or_refused_with_it(x: Any, data: st.DataObject) -> None:
    index = data.draw(mixed_indices(x.shape))
    assert_agrees(quietly(lambda: wg.asarray(x)[index]), quietly(lambda: x[index]))


@given(x=arrays(some_axes), data=st.data())
def test_lists_index_as_arrays_do(x: Any, data: st.DataObject) -> None:
    positions = data.draw(st.lists(st.integers(-5, 5), max_size=4))
    assert_agrees(quietly(lambda: wg.asarray(x)[positions]), quietly(lambda: x[np.array(positions, np.int64)]))


@given(x=arrays(some_axes), data=st.data(), kinds=st.lists(dtypes, min_size=1, max_size=3))
def test_concatenate_and_stack_are_numpys(x: Any, data: st.DataObject, kinds: list[str]) -> None:
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    lengths = [data.draw(st.integers(0, 3)) for _ in kinds]
    parts = [
        filled((*x.shape[: axis % x.ndim], n, *x.shape[axis % x.ndim + 1 :]), kind, n)
        for n, kind in zip(lengths, kinds, strict=True)
    ]
    assert_agrees(wnp.concatenate(parts, axis=axis), np.concatenate(parts, axis=axis))
    assert_agrees(wnp.concatenate(parts, axis=None), np.concatenate(parts, axis=None))
    layers = [x.astype(kind) for kind in kinds]
    between = data.draw(st.integers(-x.ndim - 1, x.ndim))
    assert_agrees(wnp.stack(layers, axis=between), np.stack(layers, axis=between))


@given(x=arrays(some_axes), data=st.data())
def test_pad_with_constants_is_numpys(x: Any, data: st.DataObject) -> None:
    widths = [(data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))) for _ in x.shape]
    value = data.draw(st.integers(0, 2))
    assert_agrees(quietly(wnp.pad, x, widths, constant_values=value), quietly(np.pad, x, widths, constant_values=value))
    assert_agrees(quietly(wnp.pad, x, 1), quietly(np.pad, x, 1))


@given(x=arrays(), data=st.data())
def test_flip_and_transpose_are_numpys(x: Any, data: st.DataObject) -> None:
    axes = data.draw(st.none() | hnp.valid_tuple_axes(x.ndim))
    assert_agrees(wnp.flip(x, axis=axes), np.flip(x, axis=axes))
    order = data.draw(st.permutations(range(x.ndim)))
    assert_agrees(wnp.transpose(x, order), np.transpose(x, order))
    assert_agrees(wnp.transpose(x), np.transpose(x))


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@given(x=arrays(), data=st.data())
def test_cumulative_functions_are_numpys(name: str, x: Any, data: st.DataObject) -> None:
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1)) if x.ndim else None
    assert_agrees(quietly(getattr(wnp, name), x, axis=axis), quietly(getattr(np, name), x, axis=axis))


@given(x=arrays(some_axes), data=st.data())
def test_sort_is_numpys_and_argsort_is_the_stable_one(x: Any, data: st.DataObject) -> None:
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    assert_agrees(wnp.sort(x, axis=axis), np.sort(x, axis=axis))
    assert_agrees(wnp.argsort(x, axis=axis), np.argsort(x, axis=axis, kind="stable"))


def test_sort_puts_nan_last_and_keeps_infinities_in_order() -> None:
    x = np.array([np.nan, 1.0, np.inf, -np.inf, np.nan, 0.0])
    assert_agrees(wnp.sort(x), np.sort(x))


@given(x=arrays(hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)), data=st.data())
def test_take_is_numpys_and_refuses_what_is_out_of_range(x: Any, data: st.DataObject) -> None:
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    positions = data.draw(hnp.arrays(np.int64, st.sampled_from([(), (2,), (2, 1)]), elements=st.integers(-4, 4)))
    assert_agrees(quietly(wnp.take, x, positions, axis=axis), quietly(np.take, x, positions, axis=axis))


@given(x=arrays(hnp.array_shapes(min_dims=2, max_dims=4, min_side=0, max_side=4)), k=st.integers(-3, 3))
def test_triangles_and_traces_are_numpys(x: Any, k: int) -> None:
    for name in ("triu", "tril"):
        assert_agrees(getattr(wnp, name)(x, k=k), getattr(np, name)(x, k=k))
    assert_agrees(quietly(wnp.trace, x, offset=k), quietly(np.trace, x, offset=k))


@given(x=arrays(hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=4)), k=st.integers(-2, 2))
def test_diag_is_numpys(x: Any, k: int) -> None:
    assert_agrees(wnp.diag(x, k=k), np.diag(x, k=k))


MOVES = {
    "reshape to a row": lambda xp, x: xp.reshape(x, (1, -1)),
    "reshape to anything": lambda xp, x: xp.reshape(x, (4, 3, 2)),
    "ravel": lambda xp, x: xp.ravel(x),
    "squeeze": lambda xp, x: xp.squeeze(x[:1, :, None]),
    "squeeze an axis": lambda xp, x: xp.squeeze(x[:, :1], axis=1),
    "expand_dims": lambda xp, x: xp.expand_dims(x, 1),
    "swapaxes": lambda xp, x: xp.swapaxes(x, 0, -1),
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, 2),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x[:, :1], (5, 2, 3, 4)),
    "outer": lambda xp, x: xp.outer(x[0, 0], x[1, 2]),
    "dot": lambda xp, x: xp.dot(x[0], x[1].T),
    "zeros_like": lambda xp, x: xp.zeros_like(x),
    "ones_like": lambda xp, x: xp.ones_like(x[0]),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MOVES)
def test_moves_are_numpys(name: str, dtype: str) -> None:
    x = filled((2, 3, 4), dtype, 5)
    assert_agrees(MOVES[name](wnp, x), MOVES[name](np, x))
    assert_agrees(MOVES[name](wnp, wg.asarray(x)), MOVES[name](np, x))


CREATIONS = {
    "zeros": [((3,), {}), (((2, 0),), {}), ((4, np.float32), {}), (((),), {"dtype": np.int32})],
    "ones": [((3,), {}), (((2, 3),), {"dtype": bool})],
    "full": [((3, 2.5), {}), (((2, 2), 7), {}), ((2, True), {}), ((2, 1), {"dtype": np.float32})],
    "eye": [((3,), {}), ((2, 3), {}), ((3,), {"k": 1}), ((3,), {"dtype": np.int64})],
    "arange": [((5,), {}), ((2, 7), {}), ((1, 2, 0.3), {}), ((5.0,), {}), ((3, 0, -1), {})],
    "linspace": [((0, 1, 5), {}), ((0, 1), {}), ((1, 2, 1), {}), ((0, 1, 4, False), {}), ((3, 3, 0), {})],
    "asarray": [((3,), {}), ((2.5,), {}), (([[1, 2], [3, 4]],), {}), ((True,), {}), (([1, 2.5], "f4"), {})],
}  # fmt: skip


@pytest.mark.parametrize("name", CREATIONS)
def test_creation_functions_are_numpys(name: str) -> None:
    for args, kwargs in CREATIONS[name]:
        assert_agrees(getattr(wnp, name)(*args, **kwargs), getattr(np, name)(*args, **kwargs))
        assert_agrees(getattr(wg, name)(*args, **kwargs), getattr(np, name)(*args, **kwargs))
