"""vmap: what a function of one sample gives for each of many, side by side; in every mix with derivatives."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from agreement import assert_same, leaves, quietly
from structural_cases import CASES, Case
from surface_cases import FLAT, SMOOTH
from wengert._core import elementwise

SMOOTH_ROWS = [*CASES, *SMOOTH]
ROWS = [*SMOOTH_ROWS, *FLAT]
SIZES_BY_VALUE = {"setdiff1d", "setxor1d", "union1d", "where of one"}  # one shape in each lane is luck
every = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
smooth = pytest.mark.parametrize("row", SMOOTH_ROWS, ids=[row.name for row in SMOOTH_ROWS])


def lanes(row: Case, count: int = 3, dtype: type = np.float64) -> list[tuple[Any, ...]]:
    """Arguments for each lane."""
    return [row.arguments(seed, dtype) for seed in range(count)]


def stacked(samples: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(np.stack(each) for each in zip(*samples, strict=True))


def one_by_one(f: Any, samples: list[tuple[Any, ...]]) -> list[Any]:
    """The leaves of f's results, those of all samples side by side."""
    found = [leaves(quietly(f, *x)) for x in samples]
    return [np.stack([np.asarray(y) for y in each]) for each in zip(*found, strict=True)]


def in_lanes(f: Any, *args: Any, **axes: Any) -> list[Any]:
    return leaves(quietly(wg.vmap(lambda *x: tuple(leaves(f(*x))), **axes), *args))


def floats(row: Case, *x: Any) -> list[Any]:
    """The results that are floats, complex ones as their parts."""
    found = [y for y in leaves(row.f(wnp, *x)) if isinstance(y, wg.Array) and y.dtype.kind in "fc"]
    return [part for y in found for part in ([y] if y.dtype.kind == "f" else [wnp.real(y), wnp.imag(y)])]


def scalar(row: Case) -> Any:
    """A number that depends on every element of every result."""

    def f(*x: Any) -> Any:
        return sum(wnp.sum(y * np.cos(np.arange(y.size)).reshape(y.shape)) for y in floats(row, *x))

    return f


@every
def test_lanes_are_the_samples_one_by_one(row: Case) -> None:
    samples = lanes(row)
    if row.name in SIZES_BY_VALUE:
        return
    expected = one_by_one(lambda *x: row.f(wnp, *x), samples)
    got = in_lanes(lambda *x: row.f(wnp, *x), *stacked(samples))
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        assert_same(one, other)


@every
def test_an_argument_may_be_the_same_for_all_lanes(row: Case) -> None:
    samples = lanes(row)
    alike = [(*x[:-1], samples[0][-1]) for x in samples]
    if len(samples[0]) == 1 or row.name in SIZES_BY_VALUE:
        return
    expected = one_by_one(lambda *x: row.f(wnp, *x), alike)
    last = [np.stack(each, axis=-1) for each in zip(*(x[:-1] for x in alike), strict=True)]
    got = in_lanes(lambda *x: row.f(wnp, *x), *last, samples[0][-1], in_axes=(*[-1] * len(last), None))
    for one, other in zip(got, expected, strict=True):
        assert_same(one, other)


@smooth
def test_a_gradient_in_lanes_is_a_gradient_each(row: Case) -> None:
    samples = lanes(row)
    count = tuple(range(len(samples[0])))
    gradient = wg.grad(scalar(row), count)
    expected = one_by_one(gradient, samples)
    for one, other in zip(leaves(quietly(wg.vmap(gradient), *stacked(samples))), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)

    def total(*x: Any) -> Any:
        return wnp.sum(wg.vmap(scalar(row))(*x))

    for one, other in zip(leaves(quietly(wg.grad(total, count), *stacked(samples))), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


@smooth
def test_second_derivatives_in_lanes_are_those_of_each(row: Case) -> None:
    samples = lanes(row, 2)
    directions = stacked(lanes(row, 2)[::-1])

    def product(x: tuple[Any, ...], v: tuple[Any, ...]) -> Any:
        return wg.hvp(scalar(row), x, v)

    expected = one_by_one(lambda *both: product(both[: len(samples[0])], both[len(samples[0]) :]),
                          [(*x, *v) for x, v in zip(samples, samples[::-1], strict=True)])  # fmt: skip
    got = leaves(quietly(wg.vmap(lambda x, v: product(x, v)), stacked(samples), directions))
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9)


@smooth
def test_lanes_of_lanes(row: Case) -> None:
    samples = lanes(row, 4)
    expected = one_by_one(lambda *x: row.f(wnp, *x), samples)
    square = [x.reshape(2, 2, *x.shape[1:]) for x in stacked(samples)]
    inner = wg.vmap(lambda *x: tuple(leaves(row.f(wnp, *x))), in_axes=tuple(min(1, x.ndim - 2) for x in square))
    got = leaves(quietly(wg.vmap(inner), *(np.moveaxis(x, 1, min(2, x.ndim - 1)) for x in square)))
    for one, other in zip(got, expected, strict=True):
        assert_same(one.reshape(4, *one.shape[2:]), other)


@smooth
def test_a_jacobian_has_the_same_elements_by_lanes_forward_or_reverse(row: Case) -> None:
    x = row.arguments()

    def flat(*x: Any) -> Any:
        return wnp.concatenate([wnp.ravel(y) for y in floats(row, *x)])

    forward, reverse = (
        leaves(quietly(wg.jacobian(flat, tuple(range(len(x))), mode=m), *x)) for m in ("forward", "reverse")
    )
    for one, other in zip(forward, reverse, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


PRIMITIVES = [p for p in wg.testing.primitives() if p.elementwise]


@pytest.mark.parametrize(("arity", "name"), [(p.arity, p.name) for p in PRIMITIVES])
def test_elementwise_primitives_broadcast_within_a_lane(arity: int, name: str) -> None:
    f = getattr(elementwise, name)
    x = [np.linspace(0.2, 0.9, 6).reshape(2, 3) + 0.01 * k for k in range(arity)]
    shapes = ((2, 3), (2,), ())[:arity]  # a vector in each lane beside a number in each
    given = [
        a[tuple(slice(n) for n in shape)] if len(shape) == 2 else a[:, 0] for a, shape in zip(x, shapes, strict=True)
    ]
    expected = one_by_one(f, list(zip(*given, strict=True)))
    assert_same(in_lanes(f, *given)[0], expected[0])


# What is picked or weighed in each lane by whole numbers and masks of its own.
BY_LANE: dict[str, Any] = {
    "take": lambda x, i: wnp.take(x, i, axis=1),
    "take, wrapped": lambda x, i: wnp.take(x, i + 7, mode="wrap"),
    "take_along_axis": lambda x, i: wnp.take_along_axis(x, i[:, None], 0),
    "put_along_axis": lambda x, i: written(wnp.put_along_axis, x, i[:, None], 2.0 * x[0], 0),
    "putmask": lambda x, i: written(wnp.putmask, x, x > 0.1, [1.5, 2.5]),
    "copyto": lambda x, i: written(lambda y: wnp.copyto(y, -x, where=x > 0.1), x),
    "choose": lambda x, i: wnp.choose(i[0] % 2, [x[0], x[1] ** 2]),
    "repeat": lambda x, i: wnp.repeat(x[:2], i * 0 + 2, axis=0),
    "roll": lambda x, i: wnp.roll(x, i[0]),
    "delete": lambda x, i: wnp.delete(x, i[0], axis=1),
    "insert": lambda x, i: wnp.insert(x, i[0], x[:, 0], axis=1),
    "mean where": lambda x, i: wnp.mean(x, where=x > -0.5),
    "std where": lambda x, i: wnp.std(x, where=x > -0.5),
    "at.add": lambda x, i: x.at[i, 0].add(x[:2, 1]),
    "at.multiply": lambda x, i: x.at[i].multiply(2.0),
    "at.min": lambda x, i: x.at[:, i].min(0.3),
    "searchsorted": lambda x, i: wnp.searchsorted(wnp.sort(x[0]), x[1]) * x[0, 0],
    "logsumexp, weighted": lambda x, i: wg.special.logsumexp(x, b=1.0 + i[:, None, None]),
}


def written(f: Any, x: Any, *rest: Any) -> Any:
    y = wnp.copy(x)
    f(y, *rest)
    return y


@pytest.mark.parametrize("name", BY_LANE)
def test_lanes_may_pick_by_positions_and_masks_of_their_own(name: str) -> None:
    f, count = BY_LANE[name], 3
    x = np.sin(np.arange(count * 12.0)).reshape(count, 3, 4)
    i = np.array([[0, 2], [2, 2], [1, 0]])
    g = wg.grad(lambda x, i: wnp.sum(wnp.sin(f(x, i))))
    assert_same(
        in_lanes(f, x, i)[0], np.stack([np.asarray(f(wg.asarray(x[k]), wg.asarray(i[k]))) for k in range(count)])
    )
    assert_same(in_lanes(g, x, i)[0], np.stack([g(x[k], i[k]) for k in range(count)]))


def test_axes_are_trees_and_go_where_they_are_told() -> None:
    x, y = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(4, 3)
    f = wg.vmap(lambda p, z: {"sum": p["a"] + z, "all": p["b"]}, in_axes=({"a": 1, "b": None}, 1),
                out_axes={"sum": -1, "all": None})  # fmt: skip
    out = f({"a": x, "b": 7.0}, y[:2])
    np.testing.assert_array_equal(out["sum"], x + y[:2])
    assert out["all"] == 7.0
    assert wg.vmap(lambda x: x, out_axes=1)(np.ones((2, 3, 4))).shape == (3, 2, 4)
    assert wg.vmap(lambda *, x: x * 2.0)(x=np.ones(3)).shape == (3,)


def test_a_result_that_does_not_depend_on_the_lane_is_repeated() -> None:
    assert_same(wg.vmap(lambda x: 3.0)(np.ones(4)), np.full(4, 3.0))


def test_lanes_may_be_none_or_one() -> None:
    assert wg.vmap(lambda x: x * np.ones(3))(np.ones(0)).shape == (0, 3)
    assert wg.vmap(wg.grad(lambda x: np.sum(np.sin(x))))(np.ones((1, 2))).shape == (1, 2)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: wg.vmap(lambda x, y: x)(np.ones(2), np.ones(3)), wg.ShapeError, "numbers of lanes differ"),
        (lambda: wg.vmap(lambda x: x)(1.0), wg.ShapeError, "axis out of range"),
        (lambda: wg.vmap(lambda x: x, in_axes=2)(np.ones((2, 2))), wg.ShapeError, "axis out of range"),
        (lambda: wg.vmap(lambda x: x, in_axes=None)(np.ones(2)), wg.ShapeError, "no lanes"),
        (lambda: wg.vmap(lambda x: x, in_axes=(0, 0))(np.ones(2)), wg.ShapeError, "in_axes has 2 entries"),
        (lambda: wg.vmap(lambda x: x, in_axes="0")(np.ones(2)), TypeError, "in_axes"),
        (lambda: wg.vmap(lambda x: x, in_axes=({"a": 0},))(np.ones(2)), wg.ShapeError, "trees differ"),
        (lambda: wg.vmap(lambda x: x, out_axes=None)(np.ones(2)), wg.ShapeError, "out_axes is None"),
        (lambda: wg.vmap(lambda x: x, out_axes=3)(np.ones(2)), wg.ShapeError, "axis"),
        (lambda: wg.vmap(lambda x: "text")(np.ones(2)), wg.DTypeError, "returned str"),
        (lambda: wg.vmap(3)(np.ones(2)), TypeError, "vmap"),
        (lambda: wg.vmap(lambda x: x if x > 0 else -x)(np.ones(2)), wg.TracedValueError, "wengert.where"),
        (lambda: wg.vmap(lambda x: float(x))(np.ones(2)), wg.TracedValueError, "lane"),
        (lambda: wg.vmap(lambda x: int(x))(np.ones(2)), wg.TracedValueError, "lane"),
        (lambda: wg.vmap(lambda x: np.asarray(x))(np.ones(2)), wg.TracedValueError, "lane"),
        (lambda: wg.vmap(lambda x: wnp.union1d(x, x))(np.triu(np.ones((2, 2)))), wg.ShapeError, "lane to lane"),
        (lambda: wg.vmap(lambda x: x[x > 0])(np.ones((2, 2))), wg.TracedValueError, "mask"),
        (lambda: wg.vmap(lambda x: x + np.ones(3))(np.ones((2, 2))), wg.ShapeError, r"\(2,\).*\(3,\)"),
        (lambda: wg.vmap(lambda x, i: x[i], (None, 0))(np.ones(3), np.array([0, 3])), IndexError, "position 3 of"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(call: Any, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_an_array_that_leaves_its_vmap_is_found_out() -> None:
    kept: list[Any] = []
    wg.vmap(lambda x: kept.append(x) or x)(np.ones(3))
    with pytest.raises(wg.TapeError, match="outside of its vmap"):
        kept[0] + 1.0
    assert "out of reach" in repr(kept[0]) or "lanes" in repr(kept[0])


def test_another_thread_does_not_see_the_lanes() -> None:
    found: list[Any] = []

    def f(x: Any) -> Any:
        def elsewhere() -> None:
            try:
                x + 1.0
            except wg.TapeError as error:
                found.append(error)

        worker = threading.Thread(target=elsewhere)
        worker.start()
        worker.join()
        return x

    wg.vmap(f)(np.ones(2))
    assert len(found) == 1


def test_an_error_inside_ends_the_vmap() -> None:
    with pytest.raises(ZeroDivisionError):
        wg.vmap(lambda x: 1 // 0)(np.ones(2))
    assert wg.vmap(lambda x: x + 1.0)(np.ones(2)).tolist() == [2.0, 2.0]


def test_writing_in_lanes_writes_in_each() -> None:
    def f(x: Any, i: Any) -> Any:
        y = 1.0 * x
        y[i] = -1.0
        y[0] += x[2]
        return y

    x, i = np.arange(6.0).reshape(2, 3), np.array([1, 2])
    assert_same(wg.vmap(f)(x, i), np.stack([f(a, k) for a, k in zip(x, i, strict=True)]))


def test_a_write_into_an_array_of_all_lanes_does_not_reach_the_caller() -> None:
    shared = np.zeros(3)

    def f(x: Any, s: Any) -> Any:
        s[0] = x
        return s

    out = wg.vmap(f, in_axes=(0, None))(np.array([1.0, 2.0]), shared)
    np.testing.assert_array_equal(out, [[1, 0, 0], [2, 0, 0]])
    assert not shared.any()


def test_conditions_that_differ_take_each_its_branch() -> None:
    f = wg.vmap(wg.grad(lambda x: wg.cond(x > 0, lambda x: x * x, lambda x: -x, x)))
    np.testing.assert_array_equal(f(np.array([3.0, -2.0])), [6.0, -1.0])


@pytest.mark.parametrize("outer", ["vmap of grad", "grad of vmap"])
def test_rules_of_ones_own_are_written_for_one_lane(outer: str) -> None:
    @wg.custom_vjp
    def sine(x: Any) -> Any:
        return np.sin(x).sum()

    sine.defvjp(lambda x: (np.sin(x).sum(), np.cos(x)), lambda cosine, ybar: (10.0 * ybar * cosine,))

    @wg.custom_jvp
    def cube(x: Any) -> Any:
        return (x**3).sum()

    cube.defjvp(lambda x, dx: (cube(x[0]), (5.0 * x[0] ** 2 * dx[0]).sum()))
    x = np.linspace(0.1, 1.0, 6).reshape(2, 3)
    for f, slope in ((sine, 10.0 * np.cos(x)), (cube, 5.0 * x**2)):
        g = wg.vmap(wg.grad(f)) if outer == "vmap of grad" else wg.grad(lambda x, f=f: wg.vmap(f)(x).sum())
        np.testing.assert_allclose(g(x), slope, rtol=1e-14)
    np.testing.assert_allclose(wg.jacobian(lambda x: wg.vmap(cube)(x))(x)[1, 1], 5.0 * x[1] ** 2, rtol=1e-14)


def test_a_checkpoint_that_closes_over_lanes_is_computed_again_in_them() -> None:
    x = np.linspace(0.1, 1.0, 6).reshape(2, 3)

    def total(p: Any) -> Any:
        return np.sum(wg.vmap(lambda row: wg.checkpoint(lambda q: np.tanh(q * row).sum())(p))(x))

    np.testing.assert_allclose(wg.grad(total)(0.7), (x / np.cosh(0.7 * x) ** 2).sum(), rtol=1e-13)
    each = wg.vmap(wg.grad(wg.checkpoint(lambda p, row: np.tanh(p * row).sum())), in_axes=(None, 0))(0.7, x)
    np.testing.assert_allclose(each, (x / np.cosh(0.7 * x) ** 2).sum(1), rtol=1e-13)


def test_a_solver_that_asks_for_values_runs_lane_by_lane() -> None:
    a = np.array([1.0, 4.0])
    np.testing.assert_allclose(wg.vmap(lambda a: wg.root(lambda x: x * x - a, 1.0))(a), [1.0, 2.0], rtol=1e-12)


def test_tapes_and_pulls_work_inside() -> None:
    def f(x: Any) -> Any:
        with wg.Tape() as tape:
            z = tape.watch(x)
            y = np.sum(z * z)
        _, pull = wg.vjp(np.sin, x)
        return tape.gradient(y, z) + pull(np.ones(2))[0]

    x = np.arange(4.0).reshape(2, 2)
    np.testing.assert_allclose(wg.vmap(f)(x), 2 * x + np.cos(x))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_run_in_pieces_where_memory_is_short(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert._derivatives._most_at_once", lambda *_: 3)
    a = np.arange(35.0).reshape(7, 5)
    assert_same(wg.jacobian(lambda x: np.tanh(a @ x), mode=mode)(np.zeros(5)), a)
