"""Memory of a device: buffers of exact sizes, used again, within a budget.

A buffer goes back to the pool when the last who holds its lease lets go. Work is done in the order of submission, so it
may be written again at once. Buffers are never destroyed by hand: a submission that names a destroyed one ends the
process.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

from wengert.errors import DeviceMemoryError

__all__ = ["Lease", "Pool"]


class Lease:
    """A buffer in use; its memory returns to the pool with this object."""

    __slots__ = ("__weakref__", "_pool", "buffer", "bytes")

    def __init__(self, pool: Pool, buffer: Any, size: int) -> None:
        self._pool, self.buffer, self.bytes = pool, buffer, size

    def __del__(self) -> None:
        self._pool.give_back(self.buffer, self.bytes)


class Pool:
    """Free buffers by size.

    budget      : bytes that may be held, in use and free together
    allocations : buffers made so far
    """

    def __init__(self, device: Any, usage: int, budget: int) -> None:
        self._device, self._usage, self.budget = device, usage, budget
        self._free: dict[int, list[Any]] = defaultdict(list)
        # Those in use too: a lease that the collector finds in a cycle must not be all that keeps its buffer, which
        # would be finalised with it, and then come back here as a shell.
        self._all: dict[int, Any] = {}
        self._lock = threading.RLock()  # a lease may end while the pool is at work, by the collector
        self.held = self.allocations = 0

    def take(self, size: int) -> Lease:
        """A buffer of exactly this size; what is in it is arbitrary."""
        with self._lock:
            free = self._free.get(size)
            return Lease(self, free.pop() if free else self._made(size), size)

    def _made(self, size: int) -> Any:
        if self.held + size > self.budget:
            self.trim()
        if self.held + size > self.budget:
            raise DeviceMemoryError(
                f"webgpu: memory beyond the budget: {self.held} bytes in use and {size} more, of {self.budget}; "
                "see wengert.webgpu.set_memory_budget"
            )
        buffer = self._device.create_buffer(size=size, usage=self._usage)
        self._all[id(buffer)] = buffer
        self.held += size
        self.allocations += 1
        return buffer

    def reserve(self, size: int) -> None:
        """Makes one for later, if none is free."""
        with self._lock:
            if not self._free.get(size):
                self._free[size].append(self._made(size))

    def give_back(self, buffer: Any, size: int) -> None:
        with self._lock:
            self._free[size].append(buffer)

    def trim(self) -> None:
        """Lets go of buffers that nobody uses."""
        with self._lock:
            for size, free in self._free.items():
                self.held -= size * len(free)
                for buffer in free:
                    del self._all[id(buffer)]
            self._free.clear()
