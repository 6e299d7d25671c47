"""One recorded call of a function, as a program: to run, differentiate, print, save."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from wengert import _core, _tree
from wengert._compile import (
    Call,
    Compiled,
    Recorded,
    Unrecordable,
    compile,
    guard_failed,
    number_of_points,
    record_call,
)
from wengert._derivatives import hessian, hvp, jacobian
from wengert._frames import boundary, hide
from wengert._transforms import ArgNums, Function, grad, jvp, require_function, value_and_grad, vjp
from wengert.errors import FormatError, GuardError, ShapeError, TapeError

if TYPE_CHECKING:
    from wengert.explore._explorer import Explorer

__all__ = ["Program", "record"]


class Program:
    """One recorded call of a function, to be run on other numbers of the same shapes and types: from `record`.

    >>> p = record(lambda x: x * x, 3.0); p(2.0), p.hessian(2.0)
    (np.float64(4.0), np.float64(2.0))
    """

    def __init__(self, f: Function, args: tuple[Any, ...]) -> None:
        self._f = f
        self._call = Call(args, {})
        if self._call.batched or self._call.traced:
            raise TapeError("record: the arguments belong to a transform: record on plain arrays, or use compile", 107)
        try:
            recorded = record_call("record", f, self._call)
        except Unrecordable:
            raise TapeError(
                "record: a loop inside of the function is too long to become one list of operations", 109
            ) from None
        if recorded is None:
            raise TapeError("record: the function uses recorded arrays that are not among its arguments", 105)
        self._recorded = recorded
        self._derived: dict[Any, Compiled] = {}
        self._shortcut = _core.Shortcut()

    @classmethod
    def _of(cls, f: Function, call: Call, recorded: Recorded) -> Program:
        """A program that is there already; f stands for its function."""
        self = cls.__new__(cls)
        self._f, self._call, self._recorded, self._derived = f, call, recorded, {}
        self._shortcut = _core.Shortcut()
        return self

    def __call__(self, *args: Any) -> Any:
        """The result on these arguments.

        raises : ShapeError for other shapes, types or structures than recorded; GuardError where a branch would go
                 another way
        """
        try:
            known = self._shortcut.run(*args)
            if known is not None:
                return known
            call = Call(args, {})
            if call.structure != self._call.structure or call.others != self._call.others:
                raise ShapeError(
                    f"program: trees differ: given {_tree.describe(args)}, recorded with "
                    f"{self._call.unflatten(['*'] * len(self._call.leaves))}",
                    204,
                )
            if call.batched or _core.in_vmap() or (call.traced and self._recorded.program.opaque):
                return self._f(*args)
            found = self._recorded.run(call)
            if type(found) is not list:
                raise GuardError(guard_failed("program", self._recorded, found[0]))
            if not call.traced:
                self._recorded.lead(self._shortcut, args, {})
            return self._recorded.result(found)
        except BaseException as error:
            hide(error)
            raise

    @boundary
    def to(self, device: str) -> Any:
        """This program on a device: "cpu" is itself, "webgpu" a wengert.webgpu.DeviceFunction (see docs/webgpu.md)."""
        return self if device == "cpu" else compile(self, device=device)

    @boundary
    def batch(self, *args: Any) -> Any:
        """The results at many points: every array has one axis more in front, the points.

        raises : GuardError where a branch would go another way at one of them
        """
        call = Call(args, {})
        count = number_of_points("batch", call)
        results, held = self._recorded.program.run_batch(call.arrays, count, call.plain)
        if not all(held):
            raise GuardError(f"program: a guard does not hold at point {held.index(False)} of {count}")
        return self._recorded.batch_result(results, count)

    def _compiled(self, kind: str, transform: Callable[..., Function], *options: Any) -> Compiled:
        key = (kind, *options)
        if key not in self._derived:
            self._derived[key] = compile(transform(self, *options), guards="raise")
        return self._derived[key]

    @boundary
    def grad(self, *args: Any, argnums: ArgNums = 0) -> Any:
        """The gradient at these arguments: a program too, made at the first call."""
        return self._compiled("grad", grad, argnums)(*args)

    @boundary
    def value_and_grad(self, *args: Any, argnums: ArgNums = 0) -> Any:
        """Value and gradient at these arguments."""
        return self._compiled("value_and_grad", value_and_grad, argnums)(*args)

    @boundary
    def jacobian(self, *args: Any, argnums: ArgNums = 0) -> Any:
        """The Jacobian at these arguments."""
        return self._compiled("jacobian", jacobian, argnums)(*args)

    @boundary
    def hessian(self, *args: Any, argnums: ArgNums = 0) -> Any:
        """The Hessian at these arguments."""
        return self._compiled("hessian", hessian, argnums)(*args)

    @boundary
    def jvp(self, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """Value and tangent."""
        return self._compiled("jvp", lambda f: lambda p, t: jvp(f, p, t))(tuple(primals), tuple(tangents))

    @boundary
    def vjp(self, primals: tuple[Any, ...], ybar: Any) -> Any:
        """Value and adjoints of the primals."""
        return self._compiled("vjp", _value_and_pull)(tuple(primals), ybar)

    @boundary
    def hvp(self, primals: Any, tangents: Any) -> Any:
        """Product of the Hessian with a vector."""
        return self._compiled("hvp", lambda f: lambda p, t: hvp(f, p, t))(primals, tangents)

    @boundary
    def save(self, file: str | os.PathLike[str] | IO[bytes]) -> None:
        """Writes the program to a file that `load` reads: names, sizes and numbers, no code.

        file   : a path, whose old file stays until the new one is whole; or a file open for writing bytes
        raises : FormatError where the arguments or results hold what has no form in a file (an object that is no
                 number, string, array, tuple, list, dict, namedtuple or dataclass); OSError
        """
        from wengert import _saved

        _saved.save(self, file)

    def __reduce__(self) -> tuple[Any, ...]:
        from wengert import _saved

        return _saved.unpickled, _saved.to_bytes(self)

    def stats(self) -> dict[str, Any]:
        """What became of the operations, and what a run takes.

        returns : a dict. recorded_operations, operations, guards: before and after; what a run looks at. groups,
                  repeats, calls: steps of a run: elementwise operations together, parts that run slice by slice or
                  again and again, others. operations_on_numbers; operations_on_small_arrays, of up to 512 elements:
                  done one after another. arena_bytes, flops: most memory at a time; floating-point operations,
                  functions counted as what they take
        """
        p = self._recorded.program
        counts = {"recorded_operations": p.recorded, "operations": p.size, "guards": len(self._recorded.outcomes)}
        return {**counts, **p.statistics()}

    @boundary
    def memory(self, sweep: bool = True) -> np.ndarray[Any, np.dtype[np.int64]]:
        """How many bytes are alive at each step of a run: a timeline, to be plotted.

        sweep   : of the forward sweep and the reverse sweep behind it; else of the values alone
        returns : (steps,) bytes, those of arguments and constants apart; a step is an operation or a group of them
        cost    : the first time a derivative, at the arguments that the program was recorded with
        """
        program = self._recorded.program
        if sweep:
            args, _ = self._call.arguments(self._call.arrays)
            pull = self._compiled("vjp", _value_and_pull)
            pull(args, _tree.mapped(np.ones_like, self(*args)))
            program = pull.latest().program
        return np.array(program.live_bytes(), np.int64)

    def explore(self, *args: Any, path: str | os.PathLike[str] | None = None, title: str | None = None) -> Explorer:
        """The program as an interactive graph: see `wengert.explore`. Without arguments at the recorded ones."""
        from wengert.explore import explore

        return explore(self, *args, path=path, title=title)

    def to_dot(self) -> str:
        """The graph in Graphviz's language: `dot -Tsvg`. Inputs are oval, outputs have a double rim."""
        from wengert.explore._dot import dot

        return dot(self)

    def _repr_html_(self) -> str | None:
        """For a notebook: the explorer; nothing, where the program cannot be explored."""
        try:
            return self.explore()._repr_html_()
        except FormatError:
            return None

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        try:
            return self.explore()._repr_mimebundle_(**kwargs)
        except FormatError:
            return {"text/plain": repr(self)}

    def __str__(self) -> str:
        return str(self._recorded.program)


def _value_and_pull(f: Function) -> Function:
    """Value and adjoints as one function."""

    def pulled(p: tuple[Any, ...], bar: Any) -> Any:
        y, pull = vjp(f, *p)
        return y, pull(bar)

    return pulled


@boundary
def record(f: Function, *args: Any) -> Program:
    """A call of f as a program: its operations without Python, which run again on other numbers.

    f       : trees of arrays -> a tree of arrays; pure
    args    : the arguments to record with: arrays, or trees of them
    returns : Program: call it with arguments of the same shapes and types; `.grad`, `.jvp`, `.vjp`, `.jacobian`,
              `.hessian`; `print(program)` lists the operations
    raises  : TracedValueError where f asks a recorded array for plain floats; what f raises
    cost    : one f, and as much again
    source  : Wengert, A simple automatic derivative evaluation program, CACM 7 (1964)

    >>> p = record(lambda x: x * x + x * x, 3.0); p(2.0), p.grad(2.0)
    (np.float64(8.0), np.float64(8.0))
    """
    require_function("record", f)
    return Program(f, args)
