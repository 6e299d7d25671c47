"""Loops of many steps, as one node of the tape: fori_loop, while_loop, scan."""

from __future__ import annotations

import operator
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._arrays import where
from wengert._budget import Budget
from wengert._compile import Unrecordable
from wengert._core import Array
from wengert._custom import recomputed
from wengert._frames import boundary
from wengert._loop import FINISHED, Loop, Span, last_work
from wengert._steps import Carried, Steps, strong
from wengert._transforms import Function, require_function, to_numpy
from wengert.errors import ArgumentError, DTypeError, InstallationError, OptionError, ShapeError

__all__ = ["fori_loop", "loop_work", "scan", "while_loop"]

Path = str | os.PathLike[str]
LARGEST = 2**62  # of the numbers of steps
MOST_INLINED = 200_000  # operations that a program takes in of a loop, step by step


@boundary
def fori_loop(
    lower: int,
    upper: int,
    body: Function,
    init: Any,
    *,
    snapshots: int | None = None,
    block: int | None = None,
    memory: int | str | None = None,
    storage: Path | None = None,
    progress: bool = False,
) -> Any:
    """The state after `upper - lower` steps, of which body(k, state) is one; one node of the tape.

    lower, upper : plain integers; no steps where upper <= lower
    body      : (k, state) -> state; k an int64, the state a tree of arrays whose shapes stay the same; pure; may close
                over recorded arrays
    init      : the first state; its types become those that the body returns, where these are wider
    snapshots : how many states are kept for the way back; it does the fewest steps again that so many allow
    block     : steps whose tape is there at a time
    memory    : bytes ("64MB") for snapshots and tapes, shared out so that the fewest steps are done again; 256 MB where
                nothing is said, in which most loops keep everything
    storage   : a directory, where a file takes more snapshots than memory has room for; nothing is left there
    progress  : shows a bar (tqdm)
    returns   : the last state
    raises    : ShapeError, DTypeError where the body returns another structure or other shapes; MemoryBudgetError
                where a step does not fit into `memory`; StorageError
    cost      : the body is recorded once, and again where a branch goes another way; then steps run in C++. Back: one
                step with its reverse each, and the steps that are done again: docs/checkpointing.md
    source    : Griewank & Walther, Algorithm 799: revolve, ACM TOMS 26 (2000)

    >>> from wengert import grad
    >>> grad(lambda x: fori_loop(0, 3, lambda k, y: y * x, 1.0))(2.0)
    np.float64(12.0)
    """
    require_function("fori_loop", body)
    budget = Budget.of("fori_loop", snapshots, block, memory, storage)
    first, last = _whole("fori_loop: lower", lower), _whole("fori_loop: upper", upper)
    carried = Carried("fori_loop", init)
    count = max(last - first, 0)

    def step(k: Any, state: list[Any], _: list[Any]) -> tuple[list[Any], list[Any]]:
        return carried.returned(body(k, carried.unflatten(state))), []

    steps = Steps("fori_loop", body, step, len(carried.leaves))
    with Bar("fori_loop", count, progress) as bar:
        loop = Loop(steps, carried, [], Span(first, 1, count), budget, bar.tick)
        state, _ = _run(loop, None)
    return _finished(carried, state, carried.plain)


def _whole(what: str, n: Any) -> int:
    try:
        found = operator.index(n)
    except TypeError:
        raise DTypeError(f"{what}: a whole number: given {n!r}", 306) from None
    if not -LARGEST <= found <= LARGEST:
        raise OptionError(f"{what}: at most 2^62 in size: given {n}")
    return found


@boundary
def while_loop(
    cond: Function,
    body: Function,
    init: Any,
    *,
    snapshots: int | None = None,
    memory: int | str | None = None,
    progress: bool = False,
) -> Any:
    """The first state for which cond(state) is not true, body(state) being the next one; one node of the tape.

    cond, body : state -> one truth value; state -> state, as in fori_loop
    init       : the first state
    snapshots  : how many states are kept for the way back: 1,000 where nothing is said; the number of steps is not
                 known before, and the schedule does at most 4 % more steps than if it were
    memory, progress : as fori_loop
    returns    : the last state. Inside vmap lanes that are done wait for the others
    raises, cost : as fori_loop
    source     : Stumm & Walther, SIAM J. Sci. Comput. 32 (2010); Wang, Moin & Iaccarino, ibid. 31 (2009)

    >>> from wengert import grad
    >>> grad(lambda x: while_loop(lambda y: y < 100.0, lambda y: y * x, 1.0))(3.0)
    np.float64(405.0)
    """
    require_function("while_loop", cond)
    require_function("while_loop", body)
    budget = Budget.of("while_loop", snapshots, None, memory)
    carried = Carried("while_loop", init)

    def again(state: list[Any]) -> Array:
        return _truth(cond(carried.unflatten([_core.alias(x) for x in state])))

    def step(_: Any, state: list[Any], __: list[Any]) -> tuple[list[Any], list[Any]]:
        kept = [_core.alias(x) for x in state]
        new = carried.returned(body(carried.unflatten(state)))
        if steps.lanes:  # lanes that are done wait
            on = again(kept)
            new = [where(on, y, x) for x, y in zip(kept, new, strict=True)]
        more = again(new)
        if _core.lane_mask(more):  # the state has them then too: it ends lane by lane
            new, more = [_core.spread_over(x, _core.lane_mask(more)) for x in new], _any_lane(more)
        return new, [more]

    steps = Steps("while_loop", body, step, len(carried.leaves), tells=True)
    on = again([_core.detached(x) for x in carried.leaves])
    goes_on = bool(_any_lane(on))
    with Bar("while_loop", None, progress) as bar:
        loop = Loop(steps, carried, [], Span(), budget, bar.tick, goes_on)
        state, _ = _run(loop, again)
    return _finished(carried, state, carried.plain)


def _truth(x: Any) -> Array:
    given = strong(x)
    if given.shape != ():
        raise ShapeError(
            f"while_loop: cond must return one truth value: it returned an array of shape {given.shape}", 209
        )
    return given if given.dtype == np.bool_ else given != 0


def _any_lane(x: Array) -> Array:
    """Is it true in any lane? x itself where there are none."""
    return _core.bare(x).any() if _core.lane_mask(x) else x


@boundary
def scan(
    body: Function,
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    *,
    snapshots: int | None = None,
    block: int | None = None,
    memory: int | str | None = None,
    storage: Path | None = None,
    progress: bool = False,
) -> tuple[Any, Any]:
    """A loop along the first axis of arrays, which collects a result of each step; one node of the tape.

    body    : (state, x) -> (state, y); x is a tree of rows of xs, y a tree of arrays, or None
    init    : the first state, as in fori_loop
    xs      : a tree of arrays with a first axis of the same length; None, with `length` steps
    length  : how many steps, where there are no xs
    reverse : from the last row to the first
    returns : the last state, and the ys, stacked along a first axis in the order of xs
    snapshots, block, memory, storage, progress, raises, cost : as fori_loop; results of all steps are kept in any case
    source  : Bradbury et al., JAX (2018): the name and the order of arguments

    >>> scan(lambda total, x: (total + x, total * x), 0.0, np.arange(4.0))
    (np.float64(6.0), array([0., 0., 2., 9.]))
    """
    require_function("scan", body)
    budget = Budget.of("scan", snapshots, block, memory, storage)
    carried = Carried("scan", init)
    leaves, rows_tree = _tree.flatten(xs)
    sequences = [_sequence(x) for x in leaves]
    count = _length(sequences, length)
    shown: list[Any] = []

    def step(_: Any, state: list[Any], rows: list[Any]) -> tuple[list[Any], list[Any]]:
        pair = body(carried.unflatten(state), rows_tree(rows))
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ArgumentError(f"scan: the body must return (state, y): it returned {type(pair).__name__}")
        results, unflatten = _tree.flatten(pair[1])
        for y in results:
            if not _tree.is_number(y):
                raise DTypeError(f"scan: no array: the body returned y with {type(y).__name__} in it", 305)
        form, text = _tree.structure(pair[1])[1], _tree.describe(pair[1])
        if shown and shown[1] != form:
            raise ShapeError(f"scan: trees differ: the body returned y as {text}, another time as {shown[2]}", 204)
        shown[:] = [unflatten, form, text]
        return carried.returned(pair[0]), [strong(y) for y in results]

    steps = Steps("scan", body, step, len(carried.leaves))
    plain = carried.plain and not any(isinstance(x, Array) for x in leaves)
    with Bar("scan", count, progress) as bar:
        loop = Loop(steps, carried, sequences, Span(0, 1, count, reverse), budget, bar.tick)
        state, results = _run(loop, None)
    last = _finished(carried, state, plain)
    return last, shown[0]([to_numpy(y, plain and not _tree.is_traced(y)) for y in results])


def _sequence(x: Any) -> Array:
    if not _tree.is_number(x):
        raise DTypeError(f"scan: no array: xs holds {type(x).__name__}", 305)
    if np.ndim(x) == 0:
        raise ShapeError("scan: no rows: an array of xs has shape ()", 209)
    return strong(x)


def _length(sequences: list[Array], length: int | None) -> int:
    sizes = {x.shape[0] for x in sequences}
    if length is not None:
        sizes.add(_whole("scan: length", length))
    if len(sizes) != 1 or min(sizes) < 0:
        found = ", ".join(str(x.shape) for x in sequences)
        raise ShapeError(f"scan: lengths differ: the arrays of xs are [{found}], length is {length}", 209)
    return sizes.pop()


def _run(loop: Loop, again: Callable[[list[Any]], Array] | None) -> tuple[list[Any], list[Any]]:
    """By programs; step by step where another recording is to hold all of it, or no program can be had."""
    if loop.span.count == 0:
        return loop.no_steps()
    if _core.records_all():
        return _inlined(loop, again)
    before = list(loop.carried.leaves)
    try:
        return loop.run()
    except Unrecordable:
        loop.carried.leaves = before
        return _step_by_step(loop, again, recomputed)


def _inlined(loop: Loop, again: Callable[[list[Any]], Array] | None) -> tuple[list[Any], list[Any]]:
    """Into the program that is being recorded; refused where that would be too long."""
    size, done = _core.recording_size(), 0

    def watched(step: Function) -> Function:
        def one(*args: Any) -> Any:
            nonlocal done
            found = step(*args)
            done += 1
            grown = (_core.recording_size() - size) / done
            if grown * max(loop.span.count or done, done) > MOST_INLINED:
                raise Unrecordable
            return found

        return one

    return _step_by_step(loop, again, watched)


def _step_by_step(
    loop: Loop, again: Callable[[list[Any]], Array] | None, wrapped: Callable[[Function], Function]
) -> tuple[list[Any], list[Any]]:
    """The body as it is, called by Python."""
    span, state = loop.span, list(loop.carried.leaves)
    step = wrapped(lambda k, x, rows: loop.steps.step(k, x, rows))
    collected: list[list[Any]] = []
    done = 0
    while done < span.count if span.count is not None else _holds(loop, again, state):
        row = (span.count or 0) - 1 - done if span.backwards else done
        rows = [x[row] for x in loop.sequences]
        state, result = step(np.int64(span.start + done * span.stride), state, rows)
        if loop.carried.widened([strong(x) for x in state], 0):
            state = [_core.converted(strong(x), str(y.dtype)) for x, y in zip(state, loop.carried.leaves, strict=True)]
        collected.append(result)
        done += 1
        if loop.tick is not None:
            loop.tick(done, False)
    if again is not None:
        return state, []
    if span.backwards:
        collected.reverse()
    return state, [_core.stack([strong(y) for y in column], 0) for column in zip(*collected, strict=True)]


def _holds(loop: Loop, again: Any, state: list[Any]) -> bool:
    on = again(state)
    loop.steps.lanes |= _core.lane_mask(on)  # lanes that are done wait
    return bool(_any_lane(on))


def _finished(carried: Carried, state: list[Any], plain: bool) -> Any:
    """The last state as the caller sees it: NumPy's where all that went in was."""
    return carried.unflatten([to_numpy(x, plain and not _tree.is_traced(x)) for x in state])


def loop_work() -> dict[str, Any]:
    """What the last way back of a loop did.

    returns : a dict, empty before the first. steps, advanced, taped: steps of the loop; those done without a tape, also
              by the first sweep, and with one. snapshots, snapshots_on_disk: states kept at one time, at most.
              snapshot_bytes, tape_bytes: of one of them; of a block's tape, at most. programs, recordings: ways
              through the body; how often it was recorded
    raises  : nothing
    cost    : none

    >>> from wengert import grad
    >>> _ = grad(lambda x: fori_loop(0, 9, lambda k, y: y * x, 1.0, snapshots=2))(2.0)
    >>> loop_work()["taped"]
    9
    """
    return dict(last_work)


class Bar:
    """A bar that moves ten times a second at most; none where it is not wanted."""

    def __init__(self, name: str, count: int | None, wanted: bool) -> None:
        self._name, self._count, self._bar = name, count, None
        self._last = self._done = 0.0
        self._back = False
        self.tick: Any = self._tick if wanted else None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _open(self, back: bool) -> None:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            raise InstallationError(f"{self._name}: progress=True needs tqdm: pip install tqdm") from None
        self._close()
        self._bar = tqdm(total=self._count, desc=self._name + (" back" if back else ""), unit="step")
        self._back, self._done = back, 0

    def _tick(self, done: int, back: bool) -> None:
        now = time.monotonic()
        last = done == FINISHED
        if last:
            done = self._count or int(self._done)
        if now - self._last < 0.1 and not last:
            return
        self._last = now
        if self._bar is None or back != self._back:
            self._open(back)
        bar: Any = self._bar
        bar.update(max(done - self._done, 0))
        self._done = max(done, self._done)
        if last:
            self._close()

    def _close(self) -> None:
        bar: Any = self._bar
        if bar is not None:
            bar.close()
        self._bar = None
