"""Memory of a device: buffers of exact sizes, used again, within a budget.

A buffer goes back to the pool when the last who holds its lease lets go. Work is done in the order of submission, so it
may be written again at once. Buffers are never destroyed by hand: a submission that names a destroyed one ends the
process. So one is gone only when nothing names it any more: bind groups, which name buffers that are free, are told.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from wengert.errors import DeviceMemoryError

__all__ = ["Holder", "Lease", "Pool"]

FREE_SHARE = 8  # of the budget one in so many may be free buffers of sizes that others than the last ones had


class Holder(Protocol):
    """What holds memory, or names it, only to be quicker the next time."""

    def forget(self, gone: set[int]) -> None:
        """Names none of these buffers any more."""

    def let_go(self) -> None:
        """Gives back what it can have anew, unless it is at work."""


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
    held, free  : bytes of all buffers, and of those that are free
    allocations : buffers made so far
    """

    def __init__(self, device: Any, usage: int, budget: int) -> None:
        self._device, self._usage, self.budget = device, usage, budget
        self._free: OrderedDict[int, list[Any]] = OrderedDict()  # sizes used last come last
        # Those in use too: a lease that the collector finds in a cycle must not be all that keeps its buffer, which
        # would be finalised with it, and then come back here as a shell.
        self._all: dict[int, Any] = {}
        self._holders: OrderedDict[int, weakref.ref[Holder]] = OrderedDict()  # those at work last come last
        self._lock = threading.RLock()  # a lease may end while the pool is at work, by the collector
        self.held = self.free = self.allocations = 0

    def take(self, size: int) -> Lease:
        """A buffer of exactly this size; what is in it is arbitrary."""
        with self._lock:
            return Lease(self, self._pop(size) if self._free.get(size) else self._made(size), size)

    def _pop(self, size: int) -> Any:
        self._free.move_to_end(size)
        self.free -= size
        return self._free[size].pop()

    def _made(self, size: int) -> Any:
        self._drop_free(size, self.budget // FREE_SHARE)
        if self.held + size > self.budget:
            self._make_room(size)
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
                self.give_back(self._made(size), size)

    def give_back(self, buffer: Any, size: int) -> None:
        with self._lock:
            self._free.setdefault(size, []).append(buffer)
            self._free.move_to_end(size)
            self.free += size

    def at_work(self, holder: Holder) -> None:
        """What is at work now is the last that is asked to let go of something."""
        key, holders = id(holder), self._holders
        if key not in holders:
            holders[key] = weakref.ref(holder, lambda _: holders.pop(key, None))
        holders.move_to_end(key)

    def _tell(self, what: Callable[[Holder], bool | None]) -> None:
        """Calls it with each holder, the longest unused first, until it says that this will do."""
        for holder in [reference() for reference in list(self._holders.values())]:
            if holder is not None and what(holder):
                return

    def _make_room(self, size: int) -> None:
        """Lets go of what is free, then of what is kept for later, longest unused first, until so much more fits."""
        self.trim()

        def room_after(holder: Holder) -> bool:
            if self.held + size > self.budget:
                holder.let_go()
                self.trim()
            return self.held + size <= self.budget

        self._tell(room_after)

    def _drop_free(self, but: int, most: int) -> None:
        """Lets go of free buffers of all sizes but one until few bytes are free, sizes longest unused first."""
        gone = set()
        for size in [size for size in self._free if size != but]:
            if self.free <= most:
                break
            for buffer in self._free.pop(size):
                self.free -= size
                self.held -= size
                del self._all[id(buffer)]
                gone.add(id(buffer))
        if gone:
            self._tell(lambda holder: holder.forget(gone))

    def trim(self) -> None:
        """Lets go of buffers that nobody uses."""
        with self._lock:
            self._drop_free(-1, 0)
