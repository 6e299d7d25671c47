"""One loop: run by a program of its body, forward and, under a schedule of snapshots, back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wengert import _core
from wengert._budget import Budget
from wengert._compile import Unrecordable
from wengert._core import Array
from wengert._custom import Packing
from wengert._steps import Carried, Steps, Wider
from wengert._transforms import jvp, vjp

FINISHED = -1  # in the place of the number of steps that are done


@dataclass
class Span:
    """The numbers that the steps are told, and how many steps there are; None where the body says."""

    start: int = 0
    stride: int = 1
    count: int | None = None
    backwards: bool = False  # rows of sequences are taken from the last to the first

    def reversed(self, count: int) -> Span:
        """The same steps, the last one first."""
        return Span(self.start + (count - 1) * self.stride, -self.stride, count, not self.backwards)


@dataclass
class Loop:
    """Everything that makes one loop: what it does, on what, and what its way back may take."""

    steps: Steps
    carried: Carried
    sequences: list[Array]  # rows first, whatever lanes there are
    span: Span
    budget: Budget = field(default_factory=Budget)
    tick: Callable[[int, bool], None] | None = None
    goes_on: bool = True  # of a body that says how many steps there are: is there a first one?
    keep: Any = "all"  # what a step's tape may hold: a policy of checkpoint

    def record(self) -> None:
        """Records the first step: again, until types and lanes of the state are those of the step after it."""
        rows = [self._row(x) for x in self.sequences]
        mask = 0
        for x in (*self.carried.leaves, *rows):
            mask |= _core.lane_mask(x)
        self.steps.lanes |= mask
        while True:
            _, outputs = self.steps.record(np.int64(self.span.start), self.carried.leaves, rows)
            state = outputs[: self.steps.state]
            for x in outputs:
                self.steps.lanes |= _core.lane_mask(x)
            if not self.carried.widened(state, self.steps.lanes):
                break
            self.steps.forget()
        self._shown = outputs[self.steps.state :]

    def _row(self, x: Array) -> Any:
        """The row that the first step sees; one of zeros where there is none."""
        mask, whole = _core.lane_mask(x), rows_first(x)
        first = whole[-1 if self.span.backwards else 0] if whole.shape[0] else np.zeros(whole.shape[1:], whole.dtype)
        return _core.with_lanes(_core.detached(first if isinstance(first, Array) else _core.asarray(first)), mask)

    def run(self) -> tuple[list[Array], list[Array]]:
        """Leaves of the last state, and of the results of all steps."""
        while True:
            self.record()
            try:
                return self._run_recorded()
            except Wider as found:  # from the start: what went before was of too narrow a state
                for y in found.outputs:
                    self.steps.lanes |= _core.lane_mask(y)
                self.carried.widened(found.outputs[: self.steps.state], self.steps.lanes)
                self.steps.forget()

    def _run_recorded(self) -> tuple[list[Array], list[Array]]:
        if not self._is_recorded():
            state, results = self.machine().run(self.goes_on)
            self.told(back=False)
            results = results or self.empty_results()
        if self._is_recorded():  # also where a later step was the first to meet a recorded array
            if self.steps.opaque:
                raise Unrecordable
            state, results = Reversible(self).recorded()
        lanes = self.steps.lanes
        return [_core.with_lanes(y, lanes) for y in state], [rows_behind(y, lanes) for y in results]

    def told(self, back: bool) -> None:
        """A sweep has come to its end."""
        if self.tick is not None:
            self.tick(FINISHED, back)

    def _is_recorded(self) -> bool:
        """Has it a place on a tape?"""
        return _core.is_recording() and any(x.recorded for x in self.operands())

    def no_steps(self) -> tuple[list[Array], list[Array]]:
        """The same of a loop without steps, whose body says what its results would look like."""
        self.record()
        return list(self.carried.leaves), [rows_behind(y, self.steps.lanes) for y in self.empty_results()]

    def operands(self) -> list[Array]:
        """All arrays that go in: whole ones, lanes are axes like others."""
        return [
            *(_core.bare(x) for x in self.carried.leaves),
            *(rows_first(x) for x in self.sequences),
            *(_core.bare(x) for x in self.steps.captured),
        ]

    def parts(self, operands: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """The operands sorted: state, sequences, captured arrays."""
        a = self.steps.state
        b = a + len(self.sequences)
        return list(operands[:a]), list(operands[a:b]), list(operands[b:])

    def machine(self, operands: Sequence[Any] | None = None) -> Any:
        """The loop in C++, at these operands."""
        state, sequences, captured = self.parts(self.operands() if operands is None else operands)
        span = self.span
        count = -1 if span.count is None else span.count
        plain = [_core.detached(x) for x in sequences], [_core.detached(x) for x in captured]
        machine = _core.Loop(
            span.start, span.stride, span.backwards, count, [_core.detached(x) for x in state], *plain,
            self.steps.other, self.tick, self.keep,
        )  # fmt: skip
        for way in self.steps.ways:
            machine.add_way(way.program)
        return machine

    def empty_results(self) -> list[Array]:
        """The results of no steps."""
        if self.span.count is None:
            return []
        return [_core.asarray(np.zeros((0, *_core.bare(y).shape), y.dtype)) for y in self._shown]


def rows_first(x: Array) -> Array:
    """A sequence with its rows as the first axis, before those of vmap's lanes: all of them axes like others."""
    hidden = _core.bare(x).ndim - x.ndim
    return moved_axis(_core.bare(x), hidden, 0)


def rows_behind(x: Array, lanes: int) -> Array:
    """The other way round."""
    return _core.with_lanes(moved_axis(x, 0, lanes.bit_count()), lanes)


def moved_axis(x: Array, source: int, target: int) -> Array:
    """x with one axis elsewhere."""
    if source == target:
        return x
    axes = [k for k in range(x.ndim) if k != source]
    axes.insert(target, source)
    return x.transpose(axes)


def is_float(x: Array) -> bool:
    """Does it have a derivative?"""
    return x.dtype.kind in "fc"


class Reversible:
    """A loop as one node of the tape, and its rules."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.all = loop.operands()
        self._machine: Any = None

    def recorded(self) -> tuple[list[Array], list[Array]]:
        """The results, as a node."""
        loop = self.loop
        machine = loop.machine(self.all)
        if _core.only_forward():  # nobody will come back
            state, results = machine.run(loop.goes_on)
        else:
            state, results = loop.budget.forward(loop, machine)
        loop.told(back=False)
        self.all = [*self.all, *(_core.bare(x) for x in loop.steps.captured[len(self.all) - self._fixed() :])]
        self.at = [k for k, x in enumerate(self.all) if x.recorded and is_float(x)]
        loop.steps.closed = True
        self._machine = machine
        self.count = machine.work()["steps"]
        leaves = [*state, *(results or loop.empty_results())]
        self.packing = Packing(leaves)
        if not self.packing:
            return state, leaves[len(state) :]
        self.leaves = leaves
        y = _core.custom_whole(
            loop.steps.name, [self.all[k] for k in self.at], self.packing.packed(leaves), self.adjoint, self.tangent
        )
        self.all = [_core.detached(x) for x in self.all]
        whole = self.packing.unpacked(y)
        return whole[: len(state)], whole[len(state) :]

    def _fixed(self) -> int:
        return self.loop.steps.state + len(self.loop.sequences)

    def adjoint(self, operands: list[Array], _: Array, ybar: Array) -> Sequence[Any]:
        """Adjoints of the operands: values by the loop in C++, others by loops that can be differentiated again."""
        bars = [bar if is_float(y) else np.zeros(y.shape, y.dtype)
                for y, bar in zip(self.leaves, self.packing.unpacked(ybar), strict=True)]  # fmt: skip
        if any(x.recorded or x._lanes for x in (*operands, ybar)):
            return self._adjoint_by_loops(self._with(operands), bars)
        machine, self._machine = self._machine, None  # of several threads one finds what the forward sweep kept
        if machine is None or not machine.reversible:
            machine = self.loop.machine(self.all)
            self.loop.budget.forward(self.loop, machine)
        found = machine.reverse(bars[: self.loop.steps.state], bars[self.loop.steps.state :])
        self.loop.told(back=True)
        note_work(machine, self.loop)
        if machine.reversible:
            self._machine = machine
        return [found[k] for k in self.at]

    def _with(self, operands: Sequence[Array]) -> list[Any]:
        """All operands, these in their places."""
        given = dict(zip(self.at, operands, strict=True))
        return [given.get(k, x) for k, x in enumerate(self.all)]

    def tangent(self, operands: list[Array], _: Array, directions: list[Array]) -> Any:
        """The tangent of the results: a loop over states and their tangents."""
        loop, steps = self.loop, self.loop.steps
        state, sequences, captured = loop.parts(self._with(operands))
        given = dict(zip(self.at, directions, strict=True))
        floats = [k for k, x in enumerate(state) if is_float(x)]
        a, b = steps.state, self._fixed()
        moving = [k for k in range(len(sequences)) if a + k in given]
        held = [k for k in range(len(captured)) if b + k in given]

        def step(k: Any, x: list[Any], rows: list[Any]) -> tuple[list[Any], list[Any]]:
            plain_rows, tangent_rows = rows[: len(sequences)], rows[len(sequences) :]

            def primal(*changed: Any) -> Any:
                new = iter(changed)
                xs = replaced(x[:a], floats, new)
                rs = replaced(plain_rows, moving, new)
                new_state, result = steps.call(k, xs, rs, replaced(captured, held, new))
                return (*new_state, *result)

            at = (*(x[j] for j in floats), *(plain_rows[j] for j in moving), *(captured[j] for j in held))
            along = (*x[a:], *tangent_rows, *(given[b + j] for j in held))
            y, dy = jvp(primal, at, along)
            dots = [dot for dot, v in zip(dy[a:], y[a:], strict=True) if is_float(v)]
            return [*y[:a], *(dy[j] for j in floats)], dots

        start = [given[j] if j in given else zeros_of(state[j]) for j in floats]
        found, results = derived_loop(
            loop, step, [*state, *start], [*sequences, *(given[a + j] for j in moving)], loop.span, self.count
        )
        dots = iter([*found[a:], *results])
        return self.packing.packed([next(dots) if is_float(y) else y for y in self.leaves])

    def _adjoint_by_loops(self, operands: list[Any], bars: list[Any]) -> Sequence[Any]:
        """A loop that keeps all states, and one back over them: both can be differentiated again."""
        loop, steps = self.loop, self.loop.steps
        state, sequences, captured = loop.parts(operands)
        a, b = steps.state, self._fixed()
        floats = [k for k, x in enumerate(state) if is_float(x)]
        moving = [k for k in range(len(sequences)) if a + k in self.at]
        held = [k for k in range(len(captured)) if b + k in self.at]

        def remembering(k: Any, x: list[Any], rows: list[Any]) -> tuple[list[Any], list[Any]]:
            return steps.call(k, x, rows, captured)[0], list(x)

        _, history = derived_loop(loop, remembering, state, sequences, loop.span, self.count)
        seeds = [bar for bar in bars[a:] if is_float(bar)]

        def back(k: Any, xbar: list[Any], rows: list[Any]) -> tuple[list[Any], list[Any]]:
            x, rest = rows[:a], rows[a:]
            plain_rows, row_seeds = rest[: len(sequences)], rest[len(sequences) :]

            def primal(*changed: Any) -> Any:
                new = iter(changed)
                xs = replaced(x, floats, new)
                rs = replaced(plain_rows, moving, new)
                new_state, result = steps.call(k, xs, rs, replaced(captured, held, new))
                return (*(new_state[j] for j in floats), *(y for y in result if is_float(y)))

            at = (*(x[j] for j in floats), *(plain_rows[j] for j in moving), *(captured[j] for j in held))
            found = vjp(primal, *at)[1]((*xbar[: len(floats)], *row_seeds))
            n, m = len(floats), len(floats) + len(moving)
            sums = [s + more for s, more in zip(xbar[n:], found[m:], strict=True)]
            return [*found[:n], *sums], list(found[n:m])

        start = [*(bars[j] for j in floats), *(zeros_of(captured[j]) for j in held)]
        found, row_bars = derived_loop(
            loop, back, start, [*history, *sequences, *seeds], loop.span.reversed(self.count), self.count
        )
        n = len(floats)
        by_place = dict(zip([*floats, *(a + j for j in moving), *(b + j for j in held)],
                            [*found[:n], *row_bars, *found[n:]], strict=True))  # fmt: skip
        return [by_place[k] for k in self.at]


def replaced(given: Sequence[Any], places: Sequence[int], new: Any) -> list[Any]:
    """A list with the next of `new` in these places."""
    changed = list(given)
    for k in places:
        changed[k] = next(new)
    return changed


def zeros_of(x: Any) -> Array:
    """Zeros like x, of a constant."""
    return _core.asarray(np.zeros(x.shape, x.dtype))


def derived_loop(
    loop: Loop, step: Any, state: list[Any], sequences: list[Any], span: Span, count: int
) -> tuple[list[Array], list[Array]]:
    """A loop made from one: on its steps, of a known number, within its budget."""
    carried = Carried(loop.steps.name, list(state))
    steps = Steps(loop.steps.name, loop.steps.f, step, len(carried.leaves))
    here = Span(span.start, span.stride, count, span.backwards)
    return Loop(steps, carried, sequences, here, loop.budget).run()


last_work: dict[str, Any] = {}


def note_work(machine: Any, loop: Loop) -> None:
    """What the last sweep back did."""
    last_work.clear()
    last_work.update(machine.work(), programs=len(loop.steps.ways), recordings=loop.steps.recordings)
