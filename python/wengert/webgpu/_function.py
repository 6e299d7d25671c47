"""Functions that run on a device: recorded once a signature, lowered, and run from then on."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import update_wrapper
from pathlib import Path
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._compile import Call, Unrecordable, guard_failed, record_call
from wengert._core import Array
from wengert._frames import boundary
from wengert.errors import ArgumentError, DeviceError, DeviceUnsupportedError, GuardError
from wengert.webgpu._array import DeviceArray
from wengert.webgpu._device import current
from wengert.webgpu._guards import HostGuards
from wengert.webgpu._run import Execution, Stats

__all__ = ["DeviceFunction"]

MOST_SIGNATURES, MOST_WAYS = 64, 16


def _leaf(x: Any) -> Any:
    """A leaf as it goes to the device: NumPy's arrays for what holds numbers; others belong to the signature."""
    if isinstance(x, DeviceArray) or type(x) is np.ndarray:
        return x
    if type(x) is float:  # takes the type of the arrays beside it
        return np.asarray(x, np.float32)
    if isinstance(x, Array):
        if x.recorded or x._lanes or _core.in_vmap():
            raise DeviceUnsupportedError(
                "compile: a function for a device inside of a transform: compile the derivative instead: "
                "wengert.compile(wengert.grad(f), device='webgpu')",
                504,
            )
        return np.asarray(x)
    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x)
    return x


def _is_array(x: Any) -> bool:
    return isinstance(x, DeviceArray | np.ndarray)


def recorded_call(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One call of f as a program.

    raises : DeviceUnsupportedError where the function is no one list of operations
    """
    try:
        recorded = record_call("compile", f, Call(args, kwargs))
    except Unrecordable:
        recorded = None
    if recorded is None:
        raise DeviceUnsupportedError(
            "compile: no program for a device: the function closes over arrays of a transform around it, or holds "
            "a loop that is too long for one list of operations",
            504,
        )
    return recorded


def goes_by_values(program: Any, guard: int = 0) -> DeviceUnsupportedError:
    """The error of a program that Python was told something in."""
    kind, node, value = _core.program_guards(program)[guard]
    told = f"{kind} of v{node} is {value}" if np.size(value) == 1 else f"{kind} of v{node}"
    line = _core.program_line(program, node)
    return DeviceUnsupportedError(
        "compile: the function goes by values that it computes from arrays (a branch, an int(), a mask), which are not "
        f"known on a device before they are asked for: {told}; use wengert.where, or compile for the CPU"
        + (f"\n  at {line}" if line else ""),
        503,
    )


def recording(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One call of f as a program that is right for all values.

    raises : DeviceUnsupportedError where the function goes by values too
    """
    recorded = recorded_call(f, args, kwargs)
    if recorded.outcomes:
        raise goes_by_values(recorded.program)
    return recorded


class _Ready:
    """A program on a device, the tree of its results, and what its branches went by."""

    def __init__(self, recorded: Any, arrays: list[Any]) -> None:
        self.recorded, self.guards = recorded, None
        if recorded.outcomes:
            self.guards = HostGuards(recorded.program, arrays)
            if self.guards.first_elsewhere is not None:
                raise goes_by_values(recorded.program, self.guards.first_elsewhere)
        self.execution = Execution(current(), recorded.program)

    def first_other(self, arrays: list[Any]) -> int | None:
        """The first guard for which it is not the program of these arguments."""
        return None if self.guards is None else self.guards.first_other(arrays)


class DeviceFunction:
    """A function whose programs run on a device: what `compile(f, device="webgpu")` returns.

    Arguments are arrays on the device, or NumPy's, which are copied there in each call; results are on the device.

    >>> f = wengert.compile(np.sin, device="webgpu"); f(np.ones(3, np.float32))  # doctest: +SKIP
    DeviceArray(shape=(3,), dtype=float32, device='webgpu')
    """

    def __init__(self, f: Callable[..., Any], guards: str = "retrace") -> None:
        self.f, self.guards = f, guards
        self._ready: OrderedDict[Any, list[_Ready]] = OrderedDict()  # by signature: those used last come last
        self._stats = Stats()
        self._recordings = 0
        update_wrapper(self, f, updated=())

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, structure, unflatten = _tree.structure((args, kwargs) if kwargs else args)
        leaves = [_leaf(x) for x in leaves]
        arrays = [x for x in leaves if _is_array(x)]
        device = current()
        for x in arrays:
            if isinstance(x, DeviceArray) and x.owner is not device:
                with x.owner.work():
                    pass
        key = (
            structure,
            tuple((x.shape, x.dtype) if _is_array(x) else (type(x), x) for x in leaves),
            id(device),
            bool(kwargs),
        )
        stats = Stats()
        ready = self._found(key, arrays)
        if ready is None:
            before = device.readbacks
            ready = self._first(key, leaves, arrays, unflatten, bool(kwargs))
            stats.readbacks = device.readbacks - before
        found = ready.recorded.result(ready.execution.run(arrays, stats))
        self._stats = stats
        return found

    def _found(self, key: Any, arrays: list[Any]) -> _Ready | None:
        """The program of these arguments, if there is one.

        raises : ArgumentError for an argument that no signature can hold; GuardError where another way is refused
        """
        try:
            ways = self._ready.get(key)
        except TypeError as error:
            raise ArgumentError(f"compile: an argument that is no array has to be hashable: {error}") from None
        if ways is None:
            return None
        self._ready.move_to_end(key)
        other = None
        for ready in reversed(ways):
            other = ready.first_other(arrays)
            if other is None:
                ways.remove(ready)
                ways.append(ready)
                return ready
        if self.guards == "raise" and other is not None:
            raise GuardError(guard_failed("compile", ways[0].recorded, other))
        return None

    def _first(self, key: Any, leaves: list[Any], arrays: list[Any], unflatten: Any, keywords: bool) -> _Ready:
        """Records at these numbers: those on the device are read back for it, once a signature."""
        tree = unflatten([x.numpy() if isinstance(x, DeviceArray) else x for x in leaves])
        args, kwargs = tree if keywords else (tuple(tree), {})
        ready = _Ready(recorded_call(self.f, args, kwargs), arrays)
        ways = self._ready.setdefault(key, [])
        ways.append(ready)
        self._recordings += 1
        if len(ways) > MOST_WAYS:
            del ways[0]
        if len(self._ready) > MOST_SIGNATURES:
            self._ready.popitem(last=False)
        return ready

    def stats(self) -> dict[str, int]:
        """What the last call did.

        returns : a dict. dispatches, submissions: kernels run; times that work was handed over. readbacks, bytes_down:
                  copies from the device, by the call itself: the first of a signature needs numbers. allocations:
                  buffers made. bytes_up: of arguments that did not lie on the device. temp_bytes: between the kernels
        """
        return asdict(self._stats)

    @boundary
    def export(
        self, folder: str | os.PathLike[str], *args: Any, html: bool = False, update: Mapping[str, str] | None = None
    ) -> Path:
        """Writes what a page needs to run this function without Python: see docs/webgpu.md, "In a page".

        folder  : is made; gets plan.json (kernels, buffers, steps), weights.bin (constants, and args as first values of
                  the inputs, in 32 bits each, little-endian) and wengert.js, which runs them
        args    : of one call; shapes and types are what they are from then on
        html    : an index.html too, which shows inputs and results, and runs
        update  : name of an output (or what names of several begin with) -> of an input, whose value it becomes after
                  each run, on the device: {"weights": "weights"} makes a loop of a training step
        returns : the folder
        raises  : DeviceUnsupportedError, DeviceLimitError as a call does; ValueError for an update that does not fit
        cost    : one call of the function on the processor; needs no device, nor wgpu

        >>> import numpy as np, tempfile
        >>> from wengert import compile, grad
        >>> slope = compile(grad(lambda x: np.sum(x**3)), device="webgpu")
        >>> sorted(x.name for x in slope.export(tempfile.mkdtemp(), np.ones(3, "float32"), html=True).iterdir())
        ['index.html', 'plan.json', 'weights.bin', 'wengert.js']
        """
        from wengert.webgpu._export import export

        if not isinstance(folder, str | os.PathLike):
            raise ArgumentError(f"export: folder: a path: given {type(folder).__name__}")
        if not isinstance(update, Mapping | None):
            raise ArgumentError(f"export: update: a dict of names: given {type(update).__name__}")
        return export(self.f, Path(folder), tuple(args), html, update or {})

    @boundary
    def plan(self) -> dict[str, Any]:
        """The plan of the signature that ran last: kernels' texts, buffers, steps. Plain data."""
        if not self._ready:
            raise DeviceError("webgpu: plan: there is none before the first call")
        return next(reversed(self._ready.values()))[-1].execution.plan
