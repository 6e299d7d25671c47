"""What the way back of a loop may take, and the schedule that makes the most of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert import _core
from wengert.errors import MemoryBudgetError, OptionError

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
USUAL = 256_000_000  # bytes, where nothing is said
MOST_KEPT = 2**40  # snapshots of any schedule
MOST_ONLINE = 1_000  # snapshots of a loop whose number of steps is not known before
SMALL_TAPE = 1_000_000  # bytes that a block's tape may take beside snapshots


def bytes_of(name: str, memory: int | str) -> int:
    """A number of bytes, written as one or as "64MB"."""
    text = str(memory).strip().upper().replace(" ", "")
    digits = text.rstrip("BKMGTI")
    try:
        size = int(float(digits) * UNITS[text[len(digits) :] or "B"])
    except (ValueError, KeyError, OverflowError):
        size = 0
    if size < 1 or isinstance(memory, bool):
        raise OptionError(f"{name}: memory: a number of bytes, or text such as '64MB': given {memory!r}")
    return size


@dataclass
class Budget:
    """How many snapshots, of blocks of how many steps, in how much memory, and where others lie."""

    name: str = "loop"
    snapshots: int | None = None
    block: int | None = None
    memory: int | None = None
    storage: str = ""
    on_disk: int = 10_000  # snapshots, at most

    @classmethod
    def of(
        cls,
        name: str,
        snapshots: int | None = None,
        block: int | None = None,
        memory: int | str | None = None,
        storage: str | os.PathLike[str] | None = None,
    ) -> Budget:
        """Checked."""
        for what, n in (("snapshots", snapshots), ("block", block)):
            if n is not None and (not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1):
                raise OptionError(f"{name}: {what}: a whole number from 1 on: given {n!r}")
        if snapshots is not None and memory is not None:
            raise OptionError(f"{name}: snapshots and memory: give one of them: given {snapshots!r} and {memory!r}")
        size = None if memory is None else bytes_of(name, memory)
        kept = None if snapshots is None else min(int(snapshots), MOST_KEPT)
        return cls(
            name, kept, None if block is None else int(block), size, "" if storage is None else os.fspath(storage)
        )

    def forward(self, loop: Any, machine: Any) -> tuple[list[Any], list[Any]]:
        """Runs the loop, and keeps what its way back needs."""
        sizes = machine.sizes()
        count = loop.span.count
        sizes = max(sizes[0], 1), sizes[1]  # a state may be nothing at all
        if count is None:
            snapshots, block = self._online(*sizes), 1
        else:
            snapshots, block = self.chosen(max(count, 1), *sizes)
        disk = self.on_disk if self.storage and snapshots * block < (count or snapshots + 1) else 0
        found: tuple[list[Any], list[Any]] = machine.forward(snapshots, disk, block, self.storage, loop.goes_on)
        return found

    def chosen(self, count: int, state: int, tape: int) -> tuple[int, int]:
        """Snapshots and steps in a block, for so many steps and bytes of a state and of a step's tape."""
        if self.snapshots is not None:
            block = self.block or max(1, max(SMALL_TAPE, self.snapshots * state) // tape)
            return self.snapshots, min(block, count)
        memory = self.memory or USUAL
        best: tuple[int, int, int] | None = None
        for block in self._blocks(count):
            snapshots = (memory - block * tape) // state
            if snapshots < 1:
                break
            blocks = -(-count // block)
            snapshots = min(snapshots, blocks)
            cost = _core.least_advances(blocks, snapshots) * block
            if best is None or cost < best[0]:
                best = cost, block, snapshots
        if best is None:
            if self.memory is None:
                return 1, 1
            raise self._too_little(state, tape, self.block or 1)
        return best[2], best[1]

    def _blocks(self, count: int) -> list[int]:
        if self.block is not None:
            return [min(self.block, count)]
        sizes = {count}
        size = 1.0
        while size < count:
            sizes.add(int(size))
            size *= 1.19
        return sorted(sizes)

    def _online(self, state: int, tape: int) -> int:
        if self.snapshots is not None:
            return self.snapshots
        fit = ((self.memory or USUAL) - tape) // state
        if fit < 1 and self.memory is not None:
            raise self._too_little(state, tape, 1)
        return max(1, min(fit, MOST_ONLINE))

    def _too_little(self, state: int, tape: int, block: int) -> MemoryBudgetError:
        return MemoryBudgetError(
            f"{self.name}: memory: {self.memory} bytes: a state takes {state} and the tape of a step {tape}: "
            f"at least {state + block * tape} are needed"
        )
