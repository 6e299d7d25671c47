"""The body of a loop: recorded as a program, and again where a guard asks for another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._compile import Family, Recorded, Unrecordable
from wengert._core import Array
from wengert.errors import DTypeError, ShapeError, TapeError

Step = Callable[[Any, list[Any], list[Any]], tuple[list[Any], list[Any]]]
PATIENCE = 16  # recordings in a row, each for one step only, after which a body is called as it is


class Wider(Exception):  # noqa: N818  (a way out, not a failure)
    """A later step returned a wider type than those before it, or lanes of vmap that they did not have."""

    def __init__(self, outputs: Sequence[Array]) -> None:
        self.outputs = outputs


def strong(x: Any) -> Array:
    """An array with a type of its own: a number that Python wrote out has NumPy's default one."""
    if isinstance(x, Array):
        return x
    return _core.asarray(x if isinstance(x, np.ndarray | np.generic) else np.asarray(x))


def is_weak(x: Any) -> bool:
    """Is it a number that Python wrote out, which takes the type of what it meets?"""
    return isinstance(x, int | float | complex) and not isinstance(x, bool | np.generic)


class Carried:
    """What a loop hands from step to step: a tree of arrays whose structure, shapes and types stay the same."""

    def __init__(self, name: str, tree: Any) -> None:
        self.name = name
        leaves, self.unflatten = _tree.flatten(tree)
        self._form, self._text = _tree.structure(tree)[1], _tree.describe(tree)
        for x in leaves:
            if not _tree.is_number(x):
                raise DTypeError(f"{name}: no array: the state holds {type(x).__name__}: {x!r}", 305)
        self.plain = not any(isinstance(x, Array) for x in leaves)
        self.leaves = [_core.alias(strong(x)) for x in leaves]
        self._note_types()

    def _note_types(self) -> None:
        """Shapes and types apart: to ask an array of outside inside of a recording is to capture it."""
        self._types = [(x.shape, x.dtype) for x in self.leaves]

    def returned(self, tree: Any) -> list[Array]:
        """The leaves of what the body returned."""
        leaves, _ = _tree.flatten(tree)
        if _tree.structure(tree)[1] != self._form:
            raise ShapeError(
                f"{self.name}: trees differ: the body returned {_tree.describe(tree)}, given {self._text}", 204
            )
        return [self._fitting(k, y) for k, y in enumerate(leaves)]

    def _fitting(self, k: int, y: Any) -> Array:
        """A leaf that the body returned, of the type that it was given: or of a wider one, which the state has then."""
        shape, dtype = self._types[k]
        if not _tree.is_number(y):
            raise DTypeError(
                f"{self.name}: no array: the body returned {type(y).__name__} for leaf {k} of the state", 305
            )
        weak, y = is_weak(y), strong(y)
        if y.shape != shape:
            raise ShapeError(
                f"{self.name}: shapes differ: leaf {k} of the state is {shape}, the body returned {y.shape}", 204
            )
        narrow = weak and np.can_cast(y.dtype, dtype, "same_kind")
        wide = dtype if narrow else np.result_type(dtype, y.dtype)
        return y if y.dtype == wide else _core.converted(y, str(wide))

    def widened(self, outputs: Sequence[Array], lanes: int) -> bool:
        """Takes over the types of what a step returned, and its lanes; says whether anything is another one now."""
        changed = False
        for k, y in enumerate(outputs):
            x = self.leaves[k]
            if y.dtype != x.dtype:
                x, changed = _core.converted(x, str(y.dtype)), True
            if lanes & ~_core.lane_mask(x):
                x, changed = _core.spread_over(x, lanes), True
            self.leaves[k] = x
        self._note_types()
        return changed


class Steps:
    """The programs of one body, found by what their guards saw.

    step  : number of the step, leaves of the state, rows of the sequences -> leaves of the state, leaves of a result
    state : how many leaves the state has
    tells : its result is whether there is another step
    """

    def __init__(self, name: str, f: Any, step: Step, state: int, tells: bool = False) -> None:
        self.name, self.f, self.step, self.state, self.tells = name, f, step, state, tells
        self.captured: list[Array] = []  # of transforms around, in the order in which they were met
        self.ways: list[Recorded] = []
        self.lanes = 0  # levels of vmap that everything differs along
        self.recordings = 0
        self.closed = False  # nothing new may be captured: where it came from may have ended
        self._number: dict[Recorded, int] = {}
        self._family = Family()
        self._earlier: Any = None  # the recorder that knows the captured arrays
        self._latest: Recorded | None = None
        self._in_vain = 0

    @property
    def opaque(self) -> bool:
        """Is there a program that holds functions with rules of their own, and has no derivative?"""
        return any(way.program.opaque for way in self.ways)

    def record(self, number: Any, state: Sequence[Any], rows: Sequence[Any]) -> tuple[Recorded, list[Array]]:
        """A program of this step, and what it returned."""
        if self.closed and self.lanes:
            raise TapeError(
                f"{self.name}: a step on the way back takes a way through the body that none took before", 107
            )
        while True:
            recorder = _core.Recorder(self.name, self.f)
            recorder.enter()
            try:
                k, *given = [recorder.input(x) for x in (number, *state, *rows)]
                if self._earlier is not None:
                    recorder.recapture(self._earlier, self.captured, not self.closed)
                new_state, result = self.step(k, given[: self.state], given[self.state :])
                outputs = [_core.spread_over(y, self.lanes) for y in (*new_state, *([] if self.tells else result))]
                outputs += result if self.tells else []  # one answer for all lanes
                program = recorder.finish(outputs)
                shown = [_core.shown(y) for y in outputs]
                del k, given, new_state, result, outputs
            finally:
                recorder.exit()
            again = len(recorder.outer) > len(self.captured)
            self._earlier, self.captured = recorder, recorder.outer
            if not again:
                break
        self.recordings += 1
        if self.ways:
            self._require_same(shown)
        else:
            self._types = [(y.shape, y.dtype) for y in shown]
        return self._kept(Recorded(program, [], list)), shown

    def _require_same(self, outputs: Sequence[Array]) -> None:
        """Another way returns what the first one did. A wider state, or lanes that were not known of, are new."""
        if any(_core.lane_mask(y) & ~self.lanes for y in outputs):
            raise Wider(outputs)
        for k, ((shape, dtype), y) in enumerate(zip(self._types, outputs, strict=True)):
            if y.dtype != dtype and k < self.state:
                raise Wider(outputs)
            if y.shape != shape:
                raise ShapeError(
                    f"{self.name}: shapes differ: the body returned y as {y.shape}, another time as {shape}", 204
                )
            if y.dtype != dtype:
                raise DTypeError(
                    f"{self.name}: types differ: the body returned y as {y.dtype}, another time as {dtype}", 306
                )

    def _kept(self, recorded: Recorded) -> Recorded:
        self._family.add(recorded)
        self._number[recorded] = len(self.ways)
        self.ways.append(recorded)
        return recorded

    def forget(self) -> None:
        """The programs are not for the types that the state has now."""
        self.ways, self._number, self._family, self._latest = [], {}, Family(), None

    def other(self, way: int, guard: int, outcome: bytes, inputs: list[Array]) -> tuple[Any, list[Array]]:
        """Another way through the body, for a guard that saw something else; and what it is the first to capture."""
        found = self._family.other(self.ways[way], guard, outcome)
        if found is not None and found is not self.ways[way]:
            self._in_vain = 0
            return self._number[found], []
        self._in_vain += 1
        if self._in_vain > PATIENCE:
            raise Unrecordable
        known = len(self.captured)
        end = 1 + self.state
        given = [_core.with_lanes(x, self.lanes) for x in inputs[1 : len(inputs) - known]]
        recorded, _ = self.record(inputs[0], given[: end - 1], given[end - 1 :])
        return recorded.program, self.captured[known:]

    def call(
        self, number: Any, state: Sequence[Any], rows: Sequence[Any], captured: Sequence[Any]
    ) -> tuple[list[Array], list[Array]]:
        """One step on variables: its operations are recorded one by one where they are."""
        inputs = [strong(x) for x in (number, *state, *rows, *captured)]
        recorded = self._latest or self.ways[-1]
        while True:
            found = recorded.program.run_on_variables(inputs[: recorded.program.inputs])
            if type(found) is list:
                self._latest = recorded
                return found[: self.state], found[self.state :]
            way, _ = self.other(self._number[recorded], found[0], found[1], [_core.detached(x) for x in inputs])
            recorded = self.ways[way if isinstance(way, int) else -1]
