"""Functions recorded once and run again in C++, without Python: soundly.

Every way in which a recorded value can tell Python something (a branch, a number, an index, the elements themselves)
is a guard of the program. A run whose guard fails looks for the program of the other outcome, and records one where
there is none. What no guard can see is told in docs/programs.md.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._batching import vmap
from wengert._core import Array
from wengert._frames import boundary, hide
from wengert._transforms import Function, require_function, vjp
from wengert.errors import GuardError, MemoryBudgetError, OptionError, ShapeError

__all__ = ["compile"]

GUARDS = ("retrace", "raise")
MOST_SIGNATURES, MOST_PROGRAMS = 64, 64
PATIENCE = 8  # recordings in a row, none of which ever ran again, after which a function is called as it is


class Unrecordable(Exception):  # noqa: N818  (a way out, not a failure)
    """No program can be had of this, or only one that is too long: the function is called as it is."""


class Recorded:
    """One program and what its function returned beside arrays."""

    def __init__(self, program: Any, leaves: list[Any], unflatten: Callable[[Sequence[Any]], Any]) -> None:
        self.program = program
        self._leaves, self._unflatten = leaves, unflatten
        self._at = [k for k, x in enumerate(leaves) if x is _ARRAY]
        tree = unflatten(leaves)
        self.tree = tree if _tree.is_plain(tree, leaves) else None
        self.prefixes = [0]
        self.outcomes = program.outcomes
        for outcome in self.outcomes:
            self.prefixes.append(hash((self.prefixes[-1], outcome)))

    def fit(self, name: str, memory: int) -> None:
        """Makes it a program that takes no more memory than this at a time."""
        program, least = self.program.within(memory)
        if program is None:
            raise MemoryBudgetError(
                f"{name}: memory: {memory} bytes: the values of the program take {max(self.program.live_bytes())} at a "
                f"time, and {least} where as much as can be is computed again"
            )
        self.program = program

    def result(self, arrays: Sequence[Any]) -> Any:
        """The tree that the function returns, with these arrays in it."""
        leaves = list(self._leaves)
        for k, array in zip(self._at, arrays, strict=True):
            leaves[k] = array
        return self._unflatten(leaves)

    def batch_result(self, arrays: Sequence[Any], count: int) -> Any:
        """The tree of results at many points: what is the same at all of them is repeated."""
        leaves = [
            np.repeat(np.asarray(x)[None], count, 0) if x is not _ARRAY and _tree.is_number(x) else x
            for x in self._leaves
        ]
        for k, array in zip(self._at, arrays, strict=True):
            leaves[k] = array
        return self._unflatten(leaves)

    def lead(self, shortcut: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Calls with arguments like these go the short way from now on, if their results can."""
        if self.tree is not None:
            shortcut.lead(args, kwargs, self.program, self.tree, _ARRAY)

    def run(self, call: Call) -> Any:
        """The arrays of the result, or which guard failed and what it saw."""
        if call.traced:
            return self.program.run_on_variables(call.arrays)
        return self.program.run(call.arrays, call.plain)


_ARRAY = object()  # stands where a recorded result has an array


class Call:
    """The arguments of one call, the arrays apart from what is part of its signature."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.leaves, self.structure, self.unflatten = _tree.structure((args, kwargs) if kwargs else args)
        self.form, self.others, self.arrays, self.traced, self.batched, self.plain = _core.signature(self.leaves)
        self.has_keywords = bool(kwargs)

    def key(self) -> Any:
        return (self.structure, self.form, self.others, self.has_keywords)

    def arguments(self, arrays: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other arrays for those given."""
        rest = iter(arrays)
        form = _core.array_leaves(self.leaves)
        tree = self.unflatten([next(rest) if is_array else x for x, is_array in zip(self.leaves, form, strict=True)])
        return tree if self.has_keywords else (tuple(tree), {})


class Family:
    """The programs of one signature, found by what their guards saw."""

    def __init__(self) -> None:
        self.latest: Recorded | None = None
        self.programs: OrderedDict[Recorded, None] = OrderedDict()
        self._after: dict[tuple[int, bytes], Recorded] = {}
        self.in_vain = 0
        self.gave_up = False

    def add(self, recorded: Recorded) -> None:
        self.latest = recorded
        self.programs[recorded] = None
        for prefix, outcome in zip(recorded.prefixes, recorded.outcomes, strict=False):
            self._after.setdefault((prefix, outcome), recorded)
        if len(self.programs) > MOST_PROGRAMS:
            self._forget(self.programs.popitem(last=False)[0])

    def _forget(self, old: Recorded) -> None:
        self._after = {key: r for key, r in self._after.items() if r is not old}

    def other(self, recorded: Recorded, guard: int, outcome: bytes) -> Recorded | None:
        """A program that took the same way up to this guard, and the other way there."""
        return self._after.get((recorded.prefixes[guard], outcome))

    def use(self, recorded: Recorded) -> None:
        self.latest = recorded
        self.programs.move_to_end(recorded)
        self.in_vain = 0


class Batches:
    """The programs that lately were right for all points of batches like this one."""

    def __init__(self) -> None:
        self._programs: OrderedDict[Any, Recorded] = OrderedDict()

    def get(self, call: Call) -> Recorded | None:
        try:
            return self._programs.get(call.key())
        except TypeError:  # an argument that cannot be told from another one
            return None

    def put(self, call: Call, recorded: Recorded) -> None:
        self._programs[call.key()] = recorded
        if len(self._programs) > MOST_SIGNATURES:
            self._programs.popitem(last=False)


class Compiled:
    """A function that runs as programs: what `compile` returns."""

    def __init__(self, f: Function, guards: str, memory: int | None = None) -> None:
        self.f = f
        self.guards = guards
        self.memory = memory
        self._families: OrderedDict[Any, Family] = OrderedDict()
        self._shortcut = _core.Shortcut()
        self._runs = self._recordings = 0
        self._lanes: dict[Any, Compiled] = {}
        self._batches = Batches()
        self._pull: Compiled | None = None  # the way back of one with a budget
        update_wrapper(self, f, updated=())  # a wrapped function's attributes may be a compiled function's

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            found = self._shortcut.run(*args, **kwargs)
            if found is not None:
                return found
            return self._general(args, kwargs)
        except BaseException as error:
            hide(error)
            raise

    def _general(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = Call(args, kwargs)
        if self.memory is not None and call.traced and not _core.records_all():
            return self._as_node(args, kwargs)
        found = None if call.batched or _core.in_vmap() else self._run(call)
        if found is None:
            return self.f(*args, **kwargs)
        recorded, arrays = found
        if not call.traced:
            recorded.lead(self._shortcut, args, kwargs)
        return recorded.result(arrays)

    def _as_node(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """One node of the tape: its value by a program, its adjoint by another one, both within the budget."""
        from wengert._custom import Leaves, Packing, recomputed, recorded_call, rules_of

        leaves, capture = Leaves((args, kwargs)), _core.Capture()
        with capture:
            inner_args, inner_kwargs = leaves.apart()
            result = self(*inner_args, **inner_kwargs)
        if capture.outer:
            return recomputed(self.f)(*args, **kwargs)
        packing = Packing(result)

        def again(*operands: Any) -> Any:
            new_args, new_kwargs = leaves.replaced(operands)
            return packing.packed(self.f(*new_args, **new_kwargs))

        by_operations, tangent = rules_of(again)

        def adjoint(operands: list[Array], y: Array, ybar: Array) -> Sequence[Any]:
            if any(x.recorded or x._lanes for x in (*operands, ybar)):
                return by_operations(operands, y, ybar)
            self._pull = self._pull or Compiled(self._pulled, self.guards, self.memory)
            found: Sequence[Any] = self._pull(leaves.replaced(operands), leaves.at, ybar)
            return found

        return recorded_call("compile", leaves.traced, result, adjoint, tangent)

    def _pulled(self, given: Any, at: tuple[int, ...], ybar: Any) -> Sequence[Any]:
        """Adjoints of those leaves of the arguments."""
        from wengert._custom import Packing

        leaves, unflatten = _tree.flatten(given)

        def packed(*operands: Any) -> Any:
            changed = list(leaves)
            for k, x in zip(at, operands, strict=True):
                changed[k] = x
            args, kwargs = unflatten(changed)
            y = self.f(*args, **kwargs)
            return Packing(y).packed(y)

        found: Sequence[Any] = vjp(packed, *(leaves[k] for k in at))[1](ybar)
        return found

    def _run(self, call: Call) -> tuple[Recorded, list[Any]] | None:
        """The program for these arguments, and its results; None where the function has to be called as it is."""
        family = self._family(call)
        if family is None or family.gave_up:
            return None
        recorded = family.latest
        while recorded is not None:
            if call.traced and recorded.program.opaque:
                return None
            found = recorded.run(call)
            if type(found) is list:
                family.use(recorded)
                self._runs += 1
                return recorded, found
            self._refuse(recorded, *found)
            recorded = family.other(recorded, *found)
        return self._first(family, call)

    @boundary
    def batch(self, *args: Any) -> Any:
        """The results at many points: every array has one axis more in front, the points.

        returns : the results, with the points as their first axis
        raises  : ShapeError where the arrays do not agree on the number of points; what f raises
        cost    : points that take the same way through f run together: in lanes, many points a step, where all of f's
                  values are numbers
        """
        call = Call(args, {})
        count = number_of_points("batch", call)
        known = self._batches.get(call)
        if known is not None:
            results, held = known.program.run_batch(call.arrays, count, call.plain)
            if all(held):
                self._runs += 1
                return known.batch_result(results, count)
        points, arrays, result = np.arange(count), [], None
        while points.size or result is None:
            sample = Call(*call.arguments([_core.point(x, int(points[0])) for x in call.arrays]))
            found = self._run(sample)
            if found is None:
                return self._one_by_one(call, count)
            recorded = found[0]
            here = call.arrays if points.size == count else [np.asarray(x)[points] for x in call.arrays]
            results, held = recorded.program.run_batch(here, points.size, call.plain)
            if all(held) and points.size == count:
                self._batches.put(call, recorded)
                return recorded.batch_result(results, count)
            taken = np.array(held)
            arrays.append((points[taken], [np.asarray(y)[taken] for y in results]))
            points, result = points[~taken], recorded
        return result.batch_result(gathered(arrays, count, call.plain), count)

    def _in_lanes(self, in_axes: Any, out_axes: Any) -> Compiled | None:
        """vmap of it: the program of all lanes. The same one for the same axes, that its programs are found again."""
        try:
            found = self._lanes.get((in_axes, out_axes))
        except TypeError:  # axes in lists or dicts
            return None
        if found is None and len(self._lanes) < MOST_SIGNATURES:
            found = Compiled(vmap(self.f, in_axes, out_axes), self.guards, self.memory)
            self._lanes[in_axes, out_axes] = found
        return found

    def _one_by_one(self, call: Call, count: int) -> Any:
        each = [self.f(*call.arguments([_core.point(x, k) for x in call.arrays])[0]) for k in range(count)]
        leaves = [_tree.flatten(y)[0] for y in each]
        stacked = [np.stack([np.asarray(y) for y in column]) for column in zip(*leaves, strict=True)]
        return _tree.flatten(each[0])[1](stacked)

    def _family(self, call: Call) -> Family | None:
        try:
            key = call.key()
            family = self._families.get(key)
        except TypeError:  # an argument that is no array and cannot be told from another one
            return None
        if family is None:
            family = self._families[key] = Family()
            if len(self._families) > MOST_SIGNATURES:
                self._families.popitem(last=False)
        else:
            self._families.move_to_end(key)
        return family

    def _first(self, family: Family, call: Call) -> tuple[Recorded, list[Any]] | None:
        try:
            recorded = record_call("compile", self.f, call)
        except Unrecordable:
            family.gave_up = True
            return None
        if recorded is None or (call.traced and recorded.program.opaque):
            return None
        if self.memory is not None:
            recorded.fit("compile", self.memory)
        self._recordings += 1
        family.in_vain += 1
        family.gave_up = family.in_vain > PATIENCE
        family.add(recorded)
        found = recorded.run(call)
        return (recorded, found) if type(found) is list else None

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickles as its function; programs are recorded anew where it is unpickled."""
        from wengert import _saved

        return _saved.global_name(self) or (compile, (self.f, self.guards, self.memory))

    def _refuse(self, recorded: Recorded, guard: int, outcome: bytes) -> None:
        if self.guards == "raise":
            raise GuardError(guard_failed("compile", recorded, guard))

    def stats(self) -> dict[str, int]:
        """Counts: signatures and programs at hand, recordings and runs so far, operations recorded and kept; and how
        many bytes the values of a run take at a time, at most."""
        programs = [r.program for family in self._families.values() for r in family.programs]
        return {
            "signatures": len(self._families),
            "programs": len(programs),
            "recordings": self._recordings,
            "runs": self._runs + self._shortcut.runs,
            "gave_up": sum(family.gave_up for family in self._families.values()),
            "recorded_operations": sum(p.recorded for p in programs),
            "operations": sum(p.size for p in programs),
            "arena_bytes": max((p.statistics()["arena_bytes"] for p in programs), default=0),
        }

    def latest(self) -> Recorded:
        """The program that ran last, or was recorded last."""
        found = next(reversed(self._families.values())).latest
        assert found is not None
        return found

    def programs(self) -> list[str]:
        """The listings of the programs at hand."""
        return [str(r.program) for family in self._families.values() for r in family.programs]


def number_of_points(name: str, call: Call) -> int:
    """The size of the first axis of all arrays."""
    sizes = {x.shape[0] if np.ndim(x) else None for x in call.arrays}
    if len(sizes) != 1 or None in sizes or call.batched or call.traced:
        shapes = ", ".join(str(np.shape(x)) for x in call.arrays)
        raise ShapeError(
            f"{name}: the points are the first axis of every array, and as many in each: given {shapes}", 206
        )
    count = int(sizes.pop() or 0)
    if count == 0:
        raise ShapeError(f"{name}: no points: the first axis has size 0", 206)
    return count


def gathered(parts: list[tuple[Any, list[Any]]], count: int, plain: bool) -> list[Any]:
    """Results of some points each, put together in the order of the points."""
    whole = [np.empty((count, *y.shape[1:]), y.dtype) for y in parts[0][1]]
    for points, results in parts:
        for into, y in zip(whole, results, strict=True):
            into[points] = y
    return whole if plain else [_core.asarray(y) for y in whole]


def guard_failed(name: str, recorded: Recorded, guard: int) -> str:
    """The message of a guard that did not hold."""
    kind, node, seen = _core.program_guards(recorded.program)[guard]
    then = bool(seen) if kind == "truth" else seen
    line = _core.program_line(recorded.program, node)
    return (
        f"{name}: guard {guard} of {len(recorded.outcomes)}: Python went by a value that was {then!s:.40} when the "
        "program was recorded, and is another one now" + (f"\n  recorded at {line}" if line else "")
    )


def record_call(name: str, f: Function, call: Call) -> Recorded | None:
    """One call of f as a program; None where it closes over arrays of a transform around it."""
    recorder = _core.Recorder(name, f)
    recorder.enter()
    try:
        args, kwargs = call.arguments([recorder.input(x) for x in call.arrays])
        leaves, unflatten = _tree.flatten(f(*args, **kwargs))
        program = recorder.finish([x for x in leaves if isinstance(x, Array)])
        foreign = recorder.foreign
        held = [_ARRAY if isinstance(x, Array) else x for x in leaves]
        del args, kwargs, leaves
    finally:
        recorder.exit()
    return None if foreign else Recorded(program, held, unflatten)


@boundary
def compile(f: Function, guards: str = "retrace", memory: int | str | None = None, device: str = "cpu") -> Any:
    """f, recorded at its first call and run in C++ from then on.

    f       : trees of arrays -> a tree of arrays; pure. Arguments that are no arrays (ints, strings, ...) are part of
              the signature, as are shapes and element types: one program each
    guards  : where the values that Python code branched on are others now, "retrace" records another program and keeps
              it, "raise" raises
    memory  : bytes, or text such as "256MB", that the values of a run may take at a time, arguments apart: what is
              needed again late is computed again, in the least work that the budget allows. Of f's derivatives too,
              whose values before and behind the call are the caller's. What runs as no program (it closes over arrays
              of a transform, or never repeats) has no budget
    device  : "cpu"; or "webgpu": a wengert.webgpu.DeviceFunction, on a graphics processor (docs/webgpu.md)
    returns : function with f's arguments and results; composes with every transform. `.stats()` counts
    raises  : GuardError, with guards="raise"; MemoryBudgetError, which says the least that can be; TracedValueError
              where f asks a recorded array for plain floats; what f raises
    cost    : the first call of a signature records, which takes the memory of all values, whatever the budget; others
              cost their arithmetic
    source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 6; of budgets Beaumont et al., Optimal
              checkpointing for heterogeneous chains (2019)

    >>> from wengert import grad
    >>> f = compile(grad(lambda x: x**3)); f(2.0), f(3.0), f.stats()["recordings"]
    (np.float64(12.0), np.float64(27.0), 1)
    """
    require_function("compile", f)
    if guards not in GUARDS:
        raise OptionError(f"compile: unknown guards: given {guards!r}, expected one of {', '.join(GUARDS)}")
    if device not in ("cpu", "webgpu"):
        raise OptionError(f'compile: unknown device: given {device!r}, expected "cpu" or "webgpu"')
    if memory is not None:
        from wengert._budget import bytes_of

        if device != "cpu":
            raise OptionError("compile: memory: only programs on the processor are held to a budget")
        return Compiled(f, guards, bytes_of("compile", memory))
    if device == "webgpu":
        from wengert.webgpu import DeviceFunction

        return DeviceFunction(f, guards)
    return Compiled(f, guards)
