"""Loops as one node of the tape: value and every derivative are those of the same loop written in Python."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unrolled
import wengert as wg
import wengert.numpy as wnp
from unrolled import assert_same, assert_same_bits

OURS = SimpleNamespace(fori_loop=wg.fori_loop, while_loop=wg.while_loop, scan=wg.scan)
X = np.array([0.3, -0.2, 0.5])
LANES = np.random.default_rng(1).normal(size=(4, 3)) * 0.5
W = np.random.default_rng(0).normal(size=(3, 3)) * 0.4
ROWS = np.random.default_rng(2).normal(size=(5, 3))


def affine(loops: Any, x: Any, p: Any) -> Any:
    """A step that knows its number and closes over an array."""
    return (loops.fori_loop(0, 7, lambda k, y: wnp.sin(W @ y) * p + 0.5 * y + 0.01 * k, x) ** 2).sum()


def carried(loops: Any, x: Any, p: Any) -> Any:
    """Trees, whole numbers among them, with results of each step."""

    def body(s: Any, rows: Any) -> Any:
        (a, m), n = s
        r, c = rows
        a = wnp.sin(a * r) + m * p.sum()
        return ((a, 0.9 * m + 0.1 * a.sum()), n + c), (a * n, n * 2, (m, None))

    ((a, m), _), (ya, _, (ym, _)) = loops.scan(body, ((x, np.float64(0.5)), np.int64(2)), (ROWS * p, np.arange(5)))
    return (a**2).sum() + 3.0 * m + (ya**2).sum() + (ym**3).sum()


def backwards(loops: Any, x: Any, p: Any) -> Any:
    state, ys = loops.scan(lambda s, r: (wnp.cos(s + r), s * r), x, ROWS * p, reverse=True)
    return (state * ys).sum()


def without_rows(loops: Any, x: Any, p: Any) -> Any:
    return loops.scan(lambda s, _: (s * p + 0.1, s), x, None, 6)[1].sum()


def counted(loops: Any, x: Any, p: Any) -> Any:
    """The state says how long."""
    s = loops.while_loop(lambda s: s[1] < 6, lambda s: (wnp.sin(s[0]) * p + 0.3, s[1] + 1, s[2] * s[0]), (x, 0, p))
    return s[2].sum()


def until(loops: Any, x: Any, p: Any) -> Any:
    return loops.while_loop(lambda y: y < 30.0, lambda y: y * (1.3 + wnp.cos(x).mean()) + p.mean(), 1.0)


def both_ways(loops: Any, x: Any, p: Any) -> Any:
    """Branches of Python on the step's number and on the state; one of them is the first to use p."""

    def body(k: Any, y: Any) -> Any:
        if k % 3 == 0:
            return y * 1.1
        if loops is not OURS or not y._lanes:
            return y * p - 0.5 if y.sum() > 0 else wnp.sin(y) + 0.3
        return wg.where(y.sum() > 0, y * p - 0.5, wnp.sin(y) + 0.3)

    return (loops.fori_loop(0, 10, body, x) ** 2).sum()


def loop_in_loop(loops: Any, x: Any, p: Any) -> Any:
    def body(j: Any, y: Any) -> Any:
        return loops.fori_loop(0, 3, lambda k, z: wnp.sin(z * x) * p + 0.1 * k * j, y) + y

    return loops.fori_loop(0, 4, body, x * 1.0).sum()


def scan_in_loop(loops: Any, x: Any, p: Any) -> Any:
    def body(j: Any, y: Any) -> Any:
        return loops.scan(lambda s, r: (s * wnp.cos(r) + j, s), y, wnp.stack([y, x, y * p]))[1].sum(axis=0)

    return loops.fori_loop(0, 3, body, x * 1.0).sum()


def while_in_scan(loops: Any, x: Any, p: Any) -> Any:
    def body(s: Any, r: Any) -> Any:
        return loops.while_loop(lambda y: y.sum() < 10.0 * r, lambda y: y * 1.3 + x**2 + 0.1, s * 0.01), s * p

    return loops.scan(body, x * 1.0, np.arange(1.0, 5.0))[1].sum()


def chosen(loops: Any, x: Any, p: Any) -> Any:
    def body(k: Any, y: Any) -> Any:
        return wg.cond(y.sum() > 0.5, lambda z: z * p, lambda z: z + wnp.cos(z), y) + wg.where(y > 1, y * y, 0.1 * k)

    return loops.fori_loop(0, 5, body, x).sum()


def written_into(loops: Any, x: Any, p: Any) -> Any:
    def body(k: Any, y: Any) -> Any:
        z = y * 1.0
        z[1] = z[0] * p[2]
        z[0] += 0.1 * k
        y[2] = z[1]
        return z + 0.1 * y

    return (loops.fori_loop(0, 5, body, wg.asarray(x) * 1.0) ** 2).sum()


def descent(loops: Any, x: Any, p: Any) -> Any:
    """The body is itself a derivative."""
    return loops.fori_loop(0, 4, lambda _, y: y - 0.1 * wg.grad(lambda z: (wnp.sin(z) * p + z**2).sum())(y), x).sum()


def lanes_inside(loops: Any, x: Any, p: Any) -> Any:
    return loops.fori_loop(0, 3, lambda k, y: wg.vmap(lambda z: wnp.sin(z * p.sum()) + 0.1 * k)(y), x).sum()


def of_its_own_rule(loops: Any, x: Any, p: Any) -> Any:
    return loops.fori_loop(0, 5, lambda k, y: tripled(y) * p + y * k, x).sum()


def by_tangents(loops: Any, x: Any, p: Any) -> Any:
    return loops.fori_loop(0, 5, lambda k, y: quintupled(y) * p + 0.1 * y * k, x).sum()


def checkpointed(loops: Any, x: Any, p: Any) -> Any:
    return wg.checkpoint(lambda a, b: loops.fori_loop(0, 5, lambda k, y: wnp.sin(a * y) + b * k, a).sum())(x, p)


@wg.custom_vjp
def tripled(x: Any) -> Any:
    return wnp.sin(x)


tripled.defvjp(lambda x: (wnp.sin(x), x), lambda x, ybar: (3.0 * ybar * wnp.cos(x),))


@wg.custom_jvp
def quintupled(x: Any) -> Any:
    return wnp.sin(x)


quintupled.defjvps(lambda dx, y, x: 5.0 * dx * wnp.cos(x))

PROGRAMS = [affine, carried, backwards, without_rows, counted, until, both_ways, loop_in_loop, scan_in_loop,
            while_in_scan, chosen, written_into, descent, lanes_inside, of_its_own_rule, by_tangents,
            checkpointed]  # fmt: skip
BATCHED = [f for f in PROGRAMS if f not in (until, while_in_scan)]  # their reference asks a lane for a truth value

TRANSFORMS = {
    "value": lambda f: f,
    "grad": lambda f: wg.grad(f, (0, 1)),
    "grad of what it starts from": wg.grad,
    "grad of what it closes over": lambda f: wg.grad(f, 1),
    "jvp": lambda f: lambda x, p: wg.jvp(f, (x, p), (p, x)),
    "jvp of jvp": lambda f: lambda x, p: wg.jvp(lambda y: wg.jvp(f, (y, p), (y, p)), (x,), (p,)),
    "hvp": lambda f: lambda x, p: wg.hvp(lambda y: f(y, p), x, p),
    "grad of grad": lambda f: wg.grad(lambda x, p: (wg.grad(f)(x, p) * p).sum(), (0, 1)),
    "grad of a grad that closes over": lambda f: wg.grad(
        lambda x, p: (wg.grad(lambda z: f(x * z, p))(p) * x).sum(), (0, 1)
    ),
    "grad of jvp": lambda f: wg.grad(lambda x, p: wg.jvp(f, (x, p), (p, x))[1], (0, 1)),
    "hessian": lambda f: wg.hessian(f, (0, 1)),
    "forward jacobian": lambda f: wg.jacobian(f, (0, 1), mode="forward"),
    "linearize": lambda f: lambda x, p: wg.linearize(f, x, p)[1](p, x),
    "compiled grad": lambda f: wg.compile(wg.grad(f, (0, 1))),
    "grad of compiled": lambda f: wg.grad(wg.compile(f), (0, 1)),
    "grad of checkpointed": lambda f: wg.grad(wg.checkpoint(f), (0, 1)),
}  # fmt: skip

IN_LANES = {
    "vmap": lambda f: wg.vmap(f),
    "vmap over the first state": lambda f: lambda x, p: wg.vmap(f, (0, None))(x, p[0]),
    "vmap over what it closes over": lambda f: lambda x, p: wg.vmap(f, (None, 0))(x[0], p),
    "vmap of grad": lambda f: wg.vmap(wg.grad(f, (0, 1))),
    "vmap of grad, one shared": lambda f: lambda x, p: wg.vmap(wg.grad(f, (0, 1)), (None, 0))(x[0], p),
    "grad of vmap": lambda f: wg.grad(lambda x, p: (wg.vmap(f)(x, p) ** 2).sum(), (0, 1)),
    "vmap of hvp": lambda f: wg.vmap(lambda x, p: wg.hvp(lambda y: f(y, p), x, p)),
    "vmap of vmap": lambda f: lambda x, p: wg.vmap(wg.vmap(f, (0, None)), (None, 0))(x, p),
    "grad of vmap of vmap": lambda f: wg.grad(
        lambda x, p: wg.vmap(wg.vmap(f, (0, None)), (None, 0))(x, p).sum(), (0, 1)
    ),
    "compiled": lambda f: wg.compile(wg.vmap(wg.grad(f, (0, 1)))),
}  # fmt: skip


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_derivative_is_the_written_out_loops(program: Any, transform: str) -> None:
    def of(loops: Any) -> Any:
        return TRANSFORMS[transform](lambda x, p: program(loops, x, p))(X, X[::-1] * 0.7)

    assert_same(of(OURS), of(unrolled))


@pytest.mark.parametrize("transform", IN_LANES)
@pytest.mark.parametrize("program", [p for p in BATCHED if p is not both_ways])  # whose lanes go different ways
def test_lanes_are_the_written_out_loops(program: Any, transform: str) -> None:
    def of(loops: Any) -> Any:
        return IN_LANES[transform](lambda x, p: program(loops, x, p))(LANES, LANES[::-1] * 0.7)

    assert_same(of(OURS), of(unrolled))


@pytest.mark.parametrize("of", [lambda f: f, wg.grad, lambda f: wg.grad(wg.grad(f))], ids=["value", "grad", "second"])
def test_a_lane_that_is_done_waits_for_the_others(of: Any) -> None:
    def f(loops: Any) -> Any:
        return of(lambda x: loops.while_loop(lambda y: y < 50.0, lambda y: y * x + np.sin(y), 1.0))

    x = np.array([1.4, 1.5, 2.9, 60.0])
    assert_same(wg.vmap(f(OURS))(x), np.array([f(unrolled)(t) for t in x]))


@given(
    n=st.integers(0, 40),
    shape=st.lists(st.integers(0, 4), max_size=2),
    dtype=st.sampled_from(["float32", "float64", "complex128"]),
    word=st.lists(st.sampled_from(["sin", "product", "step", "row", "wave"]), min_size=1, max_size=5),
    reverse=st.booleans(),
    snapshots=st.none() | st.integers(1, 9),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_drawn_bodies(
    n: int, shape: list[int], dtype: str, word: list[str], reverse: bool, snapshots: Any, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, p = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    rows = rng.normal(size=(n, *shape)).astype(dtype)

    def body(s: Any, row: Any) -> Any:
        y, k = s["y"], s["k"]
        for letter in word:
            y = {"sin": lambda y: wnp.sin(y), "product": lambda y: y * p_ * 0.7,
                 "step": lambda y: y + 0.01 * k.astype("float32"), "row": lambda y: y * 0.5 + row,
                 "wave": lambda y: wnp.cos(y) * y}[letter](y)  # fmt: skip
        return {"y": y, "k": k + 1}, (y * 2.0, k)

    def f(scan: Any, **options: Any) -> Any:
        def total(x: Any, p: Any, rows: Any) -> Any:
            nonlocal p_
            p_ = p
            last, (ys, ks) = scan(body, {"y": x, "k": np.int32(0)}, rows, reverse=reverse, **options)
            return wnp.real(
                (last["y"] ** 2).sum() + (ys * wg.asarray(ks).astype("float32").reshape(-1, *[1] * len(shape))).sum()
            )

        return wg.value_and_grad(total, (0, 1, 2))(x, p, rows)

    p_: Any = None
    options = {} if snapshots is None else {"snapshots": snapshots, "block": 1}
    got = f(wg.scan, **options)
    if n:
        assert_same(got, f(unrolled.scan), 2e-4 if dtype == "float32" else 1e-12)
    else:
        assert_same(
            got[1], (x * 2 if dtype != "complex128" else got[1][0], np.zeros_like(p), np.zeros_like(rows)), 1e-6
        )


def test_results_are_stacked_in_the_order_of_the_rows() -> None:
    for reverse in (False, True):
        state, (ys, ks, nothing) = wg.scan(
            lambda s, x: (s + x, (s * x, wnp.asarray(x).astype("int64"), None)), 0.0, np.arange(4.0), reverse=reverse
        )
        expected = unrolled.scan(lambda s, x: (s + x, (s * x,)), 0.0, np.arange(4.0), reverse=reverse)
        assert_same((state, (ys,)), expected)
        assert nothing is None
        assert ks.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("of", [lambda f: f, wg.compile, wg.vmap, lambda f: wg.compile(wg.vmap(f))])
def test_no_rows_are_no_results(of: Any) -> None:
    x = np.ones(2)
    state, (ys, ks) = of(lambda x: wg.scan(lambda s, r: (s * r, (s, 2)), x, np.zeros(0)))(x)
    assert state.tolist() == [1.0, 1.0]
    assert ys.size == ks.size == 0
    assert ks.dtype == np.int64


def test_a_state_may_be_nothing() -> None:
    assert wg.fori_loop(0, 3, lambda k, s: None, None) is None
    assert wg.grad(lambda x: wg.scan(lambda s, r: ((), r * x), (), np.arange(3.0))[1].sum())(2.0) == 3.0
    assert wg.grad(lambda x: wg.fori_loop(0, 3, lambda k, y: y * x, np.zeros((0, 2))).sum() + x)(2.0) == 1.0


def test_scans_have_results_in_programs() -> None:
    f = wg.compile(lambda x: wg.scan(lambda s, r: (s * r, (s, 2)), x, np.arange(1.0, 4.0)))
    state, (ys, ks) = f(2.0)
    assert (state, ys.tolist(), ks.tolist()) == (12.0, [2.0, 2.0, 4.0], [2, 2, 2])


def test_a_program_takes_no_more_than_it_can_hold() -> None:
    assert wg.compile(lambda x: wg.fori_loop(0, 400_000, lambda k, y: 0.5 * y * x, 1.0))(2.0) == 1.0


def test_each_way_through_the_body_is_recorded_once() -> None:
    def body(k: Any, y: Any) -> Any:
        if k % 3 == 0:
            return y * 1.1
        return y - 0.5 if y.sum() > 0 else np.sin(y) + 0.3

    wg.grad(lambda x: wg.fori_loop(0, 300, body, x).sum())(X)
    assert wg.loop_work()["programs"] == wg.loop_work()["recordings"] == 3


def test_a_body_of_as_many_ways_as_steps_runs_as_it_is() -> None:
    def f(loops: Any) -> Any:
        return wg.grad(lambda x: loops.fori_loop(0, 60, lambda k, y: np.sin(y) * (1 + 0.01 * int(k)) * x, x))

    assert_same(f(OURS)(0.7), f(unrolled)(0.7))
    assert_same(wg.vmap(f(OURS))(np.array([0.7, 0.8])), np.array([f(unrolled)(t) for t in (0.7, 0.8)]))


@pytest.mark.parametrize("options", [{}, {"snapshots": 2, "block": 1}, {"snapshots": 2, "block": 3}])
def test_adjoints_asked_for_again_and_by_threads_at_once_are_the_same_bits(options: Any) -> None:
    _, pull = wg.vjp(lambda x: wg.fori_loop(0, 50, lambda k, y: np.sin(y * x) + 0.5 * y, x, **options), X)
    first = [pull(row) for row in np.eye(3)]
    found: list[Any] = [None] * 6

    def ask(k: int) -> None:
        found[k] = pull(np.eye(3)[k % 3])

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_same_bits(found, first * 2)


def test_what_the_caller_changes_after_the_loop_changes_no_adjoint() -> None:
    for wrap in (np.array, wg.asarray):
        p, rows, x = wrap(np.array([1.0, 2.0, 3.0])), wrap(np.ones((4, 3))), X.copy()
        f = lambda x, p=p, rows=rows: wg.scan(
            lambda y, r: (np.sin(y * p) * x.sum() * r, y), x, rows, snapshots=1, block=1
        )[0]
        expected = wg.vjp(f, x)[1](np.ones(3))
        pull = wg.vjp(f, x)[1]
        p[0], rows[0, 0], x[:] = 100.0, 3.0, 7.0
        assert_same_bits(pull(np.ones(3)), expected)


def test_a_body_that_writes_into_its_state_writes_into_nothing_of_the_callers() -> None:
    def body(k: Any, y: Any) -> Any:
        y[0] = y[1] + k
        return y

    for x in (X.copy(), wg.asarray(X)):
        wg.fori_loop(0, 3, body, x)
        wg.grad(lambda x: wg.fori_loop(0, 3, body, x).sum())(x)
        wg.scan(lambda s, r: (body(0, s), body(1, r)), x, np.stack([X, X]))
        wg.while_loop(lambda s: s[2] < 5.0, lambda s: body(0, s) * 2.0, x)
        assert_same_bits(x, X)


def test_a_state_becomes_as_wide_as_what_the_body_returns() -> None:
    for start in (1, np.int32(1), np.float32(1), True):

        def cube(x: Any, start: Any = start) -> Any:
            return wg.fori_loop(0, 3, lambda k, state: state * x, start)

        y = cube(np.float64(2.0))
        assert (y, y.dtype) == (8.0, np.float64)
        assert wg.grad(cube)(2.0) == 12.0
        assert wg.compile(cube)(2.0) == 8.0
    y = wg.fori_loop(0, 3, lambda k, y: y * 2.0, np.float32(1.0))
    assert y.dtype == np.float32


def late(loops: Any, x: Any, q: Any) -> Any:
    """Only later steps meet q."""
    return loops.fori_loop(0, 10, lambda k, y: wnp.sin(y) if k < 5 else y * q, x)


@pytest.mark.parametrize(
    "of",
    [
        lambda f: wg.grad(f, 1)(0.3, 0.7),
        lambda f: wg.vmap(f, (None, 0))(0.3, np.array([0.7, 0.8])),
        lambda f: wg.vmap(wg.grad(f, (0, 1)), (None, 0))(0.3, np.array([0.7, 0.8])),
        lambda f: wg.grad(lambda q: (wg.vmap(f, (None, 0))(0.3, q) ** 2).sum())(np.array([0.7, 0.8])),
        lambda f: wg.hessian(f, 1)(0.3, 0.7),
        lambda f: wg.jvp(lambda q: f(0.3, q), (0.7,), (1.0,)),
    ],
    ids=["grad", "vmap", "vmap of grad", "grad of vmap", "hessian", "jvp"],
)
def test_what_only_a_later_step_meets_has_its_derivative_and_its_lanes(of: Any) -> None:
    """It was a constant: no derivative, and the first lane's value for all of them."""
    assert_same(of(lambda x, q: late(OURS, x, q)), of(lambda x, q: late(unrolled, x, q)))


def test_a_later_step_may_return_a_wider_state() -> None:
    y = wg.fori_loop(0, 6, lambda k, y: y + 1 if k < 4 else y * 0.5, 1)
    assert (y, y.dtype) == (1.25, np.float64)
    assert wg.grad(lambda x: wg.fori_loop(0, 6, lambda k, y: y + 1 if k < 4 else y * x, 1))(0.5) == 5.0


def test_later_results_are_like_the_first() -> None:
    with pytest.raises(
        wg.ShapeError, match=r"scan: shapes differ: the body returned y as \(2,\), another time as \(\)"
    ):
        wg.scan(lambda s, k: (s, s if k < 2 else wnp.stack([s, s])), 1.0, np.arange(4))
    with pytest.raises(
        wg.DTypeError, match="scan: types differ: the body returned y as int64, another time as float64"
    ):
        wg.scan(lambda s, k: (s, s if k < 2 else k), 1.0, np.arange(4))


@pytest.mark.parametrize("options", [{}, {"snapshots": 2, "block": 1}])
def test_a_second_pull_of_a_body_of_several_ways(options: Any) -> None:
    """The way that was taken last does not hold for the first step."""
    _, pull = wg.vjp(
        lambda x, q: wg.fori_loop(0, 10, lambda k, y: np.sin(y) if k < 5 else y * q, x, **options), 0.3, 0.7
    )
    assert_same_bits(pull(1.0), pull(1.0))


def test_a_loop_that_ends_by_its_state_in_many_lanes_answers_once() -> None:
    """The answer of each lane was written behind the one that there was room for."""

    def f(loops: Any) -> Any:
        return wg.vmap(wg.vmap(lambda x, p: counted(loops, x, p), (0, None)), (None, 0))

    x = np.linspace(0.1, 0.9, 40)
    assert_same(wg.grad(lambda x: f(OURS)(x, x).sum())(x), wg.grad(lambda x: f(unrolled)(x, x).sum())(x))


def test_bounds_are_any_whole_numbers() -> None:
    assert wg.fori_loop(-2, 2, lambda k, y: y + k, 1.0) == -1.0
    assert wg.fori_loop(np.int8(2), np.int16(5), lambda k, y: y + k, 1) == 10
    assert wg.fori_loop(5, 3, lambda k, y: y + k, 1.0) == 1.0
    assert wg.fori_loop(2**62 - 3, 2**62, lambda k, y: k, 1) == 2**62 - 1
