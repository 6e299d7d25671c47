"""Runs a plan: uploads, encodes, submits once. It knows no operation; the plan is data."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from wengert import _core
from wengert.errors import DeviceLimitError, DeviceUnsupportedError
from wengert.webgpu._array import DeviceArray, buffer_bytes, stored
from wengert.webgpu._device import Device
from wengert.webgpu._pool import Lease

__all__ = ["Execution", "Stats", "prelude"]

MOST_BINDINGS_KEPT = 16  # sets of bind groups, by the buffers of a call


@cache
def prelude() -> str:
    """The functions that kernels may call."""
    here = Path(__file__).parent
    files = ("math.wgsl", "special.wgsl", "gamma.wgsl")
    return "\n".join((here / name).read_text(encoding="utf-8") for name in files)


def lowered(program: Any, software: bool = False) -> dict[str, Any]:
    """The plan of a program: plain data.

    software : for an adapter that the CPU carries out: as right elsewhere, not as fast
    raises   : DeviceUnsupportedError, DeviceLimitError: with the primitive and the line it comes from
    """
    from wengert import _webgpu

    plan: dict[str, Any] = json.loads(_webgpu.plan(_core.program_source(program), prelude(), software))
    if "error" in plan:
        line = _core.program_line(program, plan["node"])
        raise (DeviceLimitError if plan["limit"] else DeviceUnsupportedError)(
            plan["error"] + (f"\n  at {line}" if line else "")
        )
    return plan


@dataclass
class Stats:
    """What one call did."""

    dispatches: int = 0
    submissions: int = 0
    readbacks: int = 0
    allocations: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    temp_bytes: int = 0


@dataclass
class _Bindings:
    """Bind groups of one set of buffers, which they keep alive."""

    groups: list[Any]
    buffers: list[Any] = field(default_factory=list)


class Execution:
    """A plan on a device: kernels compiled, constants in place, room for what lies between."""

    def __init__(self, device: Device, program: Any) -> None:
        self.device = device
        plan = self.plan = lowered(program, device.kind == "CPU")
        self._buffers = plan["buffers"]
        self._outputs = plan["outputs"]
        self._results = [(tuple(shape), np.dtype(kind)) for kind, shape in _core.program_results(program)]
        before = device.pool.allocations
        with device.work():
            self._steps = [
                (*device.pipeline(plan["kernels"][kernel], len(reads), len(writes)), grid, reads + writes)
                for kernel, grid, reads, writes, _ in plan["steps"]
            ]
            self._slots: list[Lease] = []
            self._own: list[Lease | None] = [None] * len(self._buffers)
            self._bindings: OrderedDict[tuple[int, ...], _Bindings] = OrderedDict()
            self._busy = True
            device.pool.at_work(self)
            for k, (role, _, _, size, number) in enumerate(self._buffers):
                if role == "constant":
                    lease = self._own[k] = device.pool.take(size)
                    device.upload(lease.buffer, stored(_core.program_constant(program, number)))
                elif role == "output":
                    device.pool.reserve(size)
            self._take_room()
        self._unread_allocations = device.pool.allocations - before
        self._spared = self._busy = False

    def _take_room(self) -> None:
        """Room for what lies between kernels, and for what the first steps leave for all calls."""
        take = self.device.pool.take
        self._slots = [take(size) for size in self.plan["slots"]]
        for k, (role, _, _, size, number) in enumerate(self._buffers):
            if role in ("temporary", "kept"):
                self._own[k] = self._slots[number] if role == "temporary" else take(size)
        self._done = 0  # steps, the first ones, that need not run again: positions that are constants are in order
        self._has_room = True

    def forget(self, gone: set[int]) -> None:
        """Lets go of bind groups that name these buffers."""
        for key in [key for key in self._bindings if not gone.isdisjoint(key)]:
            del self._bindings[key]

    def let_go(self) -> None:
        """Gives back all but the constants; the next run takes it anew."""
        if not self._busy:
            self._bindings.clear()
            self._slots, self._spared, self._has_room = [], False, False
            self._own = [x if b[0] == "constant" else None for b, x in zip(self._buffers, self._own, strict=True)]

    @contextmanager
    def _working(self) -> Iterator[None]:
        """With all that is needed in place, which stays there until the end."""
        with self.device.work():
            self.device.pool.at_work(self)
            self._busy = True
            try:
                if not self._has_room:
                    self._take_room()
                yield
            finally:
                self._busy = False

    def run(self, inputs: Sequence[Any], stats: Stats) -> list[DeviceArray]:
        """The results, which need not be there yet. `inputs` are arrays on this device, or NumPy's."""
        device = self.device
        before = device.pool.allocations
        with self._working():
            leases: list[Any] = [None] * len(self._buffers)
            for k, (role, _, elements, size, number) in enumerate(self._buffers):
                if role == "input":
                    leases[k] = self._given(k, inputs[number], elements, stats)
                elif role == "output":
                    leases[k] = device.pool.take(size)
                else:
                    leases[k] = self._own[k]
            if not self._spared:  # the caller holds these results while the next ones come about
                for role, _, _, size, _ in self._buffers:
                    if role == "output":
                        device.pool.reserve(size)
                self._spared = True
            self._submit([lease.buffer for lease in leases], stats)
            stats.allocations += device.pool.allocations - before + self._unread_allocations
            self._unread_allocations = 0
            stats.temp_bytes = sum(lease.bytes for lease in self._slots)
        return [
            DeviceArray(device, leases[k], shape, dtype)
            for k, (shape, dtype) in zip(self._outputs, self._results, strict=True)
        ]

    def _given(self, k: int, x: Any, elements: int, stats: Stats) -> Any:
        if isinstance(x, DeviceArray):
            return x._lease
        lease = self._own[k]
        if lease is None:
            lease = self._own[k] = self.device.pool.take(buffer_bytes(elements))
        if elements:
            data = stored(x)
            self.device.upload(lease.buffer, data)
            stats.bytes_up += data.nbytes
        return lease

    def _submit(self, buffers: list[Any], stats: Stats) -> None:
        if not self._steps:
            return
        device = self.device.device
        groups = self._bind_groups(buffers)
        steps = list(zip(self._steps, groups, strict=True))[self._done :]
        encoder = device.create_command_encoder()
        encoded = encoder.begin_compute_pass()
        last = None  # each word to wgpu takes two microseconds
        for (_, pipeline, grid, _), group in steps:
            if pipeline is not last:
                encoded.set_pipeline(pipeline)
            last = pipeline
            encoded.set_bind_group(0, group)
            encoded.dispatch_workgroups(*grid)
        encoded.end()
        self.device.submit(encoder)
        self._done = self.plan["once"]
        stats.submissions += 1
        stats.dispatches += len(steps)
        self.device.wait_if_many(buffers[0])

    def _bind_groups(self, buffers: list[Any]) -> list[Any]:
        key = tuple(map(id, buffers))
        found = self._bindings.get(key)
        if found is None:
            create = self.device.device.create_bind_group
            groups = [
                create(
                    layout=layout,
                    entries=[{"binding": n, "resource": {"buffer": buffers[b]}} for n, b in enumerate(used)],
                )
                for layout, _, _, used in self._steps
            ]
            found = self._bindings[key] = _Bindings(groups, buffers)
            if len(self._bindings) > MOST_BINDINGS_KEPT:
                self._bindings.popitem(last=False)
        else:
            self._bindings.move_to_end(key)
        return found.groups
