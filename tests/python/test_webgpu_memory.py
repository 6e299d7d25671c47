"""A device's memory: the pool counts what is there, caches are bounded, and what is kept for later makes room."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as wg
from webgpu_cases import pytestmark  # noqa: F401
from wengert.webgpu._device import current
from wengert.webgpu._pool import FREE_SHARE, Lease, Pool
from wengert.webgpu._run import MOST_BINDINGS_KEPT, Execution

MB = 1 << 20


class Made:
    """Buffers that were made, as long as they are there: seen from outside of the pool."""

    def __init__(self, make: Any) -> None:
        self._make, self._sizes, self._there = make, dict[int, int](), weakref.WeakValueDictionary[int, Any]()

    def create_buffer(self, size: int, usage: int) -> Any:
        buffer = self._make(size=size, usage=usage)
        self._sizes[len(self._sizes)] = size
        self._there[len(self._sizes) - 1] = buffer
        return buffer

    def bytes(self) -> int:
        gc.collect()
        return sum(self._sizes[k] for k in self._there)


class Buffer:
    def __init__(self, size: int, usage: int) -> None:
        pass


@pytest.fixture
def counted(monkeypatch: Any) -> Iterator[Any]:
    """The device's pool with a budget to be set, empty but for what others hold, and what was made since."""
    pool, before = current().pool, current().pool.budget
    gc.collect()
    pool.trim()
    made = Made(pool._device.create_buffer)
    monkeypatch.setattr(pool, "_device", made)
    held = pool.held
    yield pool, made, lambda: pool.held - held
    wg.webgpu.set_memory_budget(before)


def test_what_the_pool_counts_is_what_is_there_whatever_is_taken_and_given_back():
    rng = np.random.default_rng(0)
    made = Made(Buffer)
    pool = Pool(made, 0, 64 * MB)
    leases: list[Lease] = []
    for _ in range(3000):
        if leases and rng.random() < 0.5:
            leases.pop(int(rng.integers(len(leases))))
        else:
            try:
                leases.append(pool.take(256 * int(rng.integers(1, 4000))))
            except wg.DeviceMemoryError:
                leases.clear()
        assert pool.held <= pool.budget
        assert pool.held == pool.free + sum(lease.bytes for lease in leases)
    assert made.bytes() == pool.held
    leases.clear()
    pool.trim()
    assert made.bytes() == pool.held == pool.free == 0


def test_free_buffers_of_sizes_that_nobody_asks_for_any_more_are_let_go():
    made = Made(Buffer)
    pool = Pool(made, 0, 80 * MB)
    for k in range(200):
        pool.take(MB + 256 * k)
    assert made.bytes() == pool.held == pool.free <= 80 * MB // FREE_SHARE + 2 * MB
    both = [pool.take(MB + 256 * 199), pool.take(MB + 256 * 198)]
    assert pool.allocations == 200
    assert len(both) == 2


def test_bind_groups_do_not_keep_what_the_pool_let_go_of(counted):
    pool, made, held = counted
    f = wg.compile(lambda x: x + 1, device="webgpu")
    x = wg.asarray(np.ones(MB, np.float32), device="webgpu")
    kept = [f(x) for _ in range(8)]  # eight results, eight sets of bind groups that name them
    assert made.bytes() == held() >= 36 * MB
    del kept
    pool.trim()
    assert made.bytes() == held() <= 8 * MB
    assert f(x).numpy().sum() == 2 * MB


def test_a_thousand_signatures_do_not_grow_without_end(counted):
    pool, made, held = counted
    f = wg.compile(lambda x, k: np.sin(x) * 2 + np.sum(x) * 0, device="webgpu")
    steps = []
    for k in range(1000):
        f(np.ones(5000 if k % 10 else 5000 + 8 * (k // 100), np.float32), k)
        if k in (199, 999):
            steps.append((held(), len(f._ready), len(pool._holders), len(current()._pipelines)))
    gc.collect()
    alive = [x for x in gc.get_objects() if type(x) is Execution]
    assert len(f._ready) == 64
    assert len(alive) <= len(pool._holders) <= steps[0][2] + 1
    assert all(len(x._bindings) <= MOST_BINDINGS_KEPT for x in alive)
    assert steps[1][0] <= 1.3 * steps[0][0]
    assert made.bytes() == held()


def test_what_is_kept_between_calls_makes_room_for_other_functions(counted):
    _, made, held = counted

    def f(k: int) -> Any:
        def steps(x: Any) -> Any:
            y = np.cumsum(x) * k  # what lies between kernels
            return np.sum(np.cumsum(y[::-1]) * x)

        return steps

    x = (np.arange(2 * MB) % 7 == 0).astype(np.float32)
    there = wg.asarray(x, device="webgpu")
    functions = [wg.compile(f(k), device="webgpu") for k in range(1, 7)]
    first = [g(there).item() for g in functions[:1]]
    alone = held()
    wg.webgpu.set_memory_budget(current().pool.held + alone)
    for _ in range(2):
        found = [g(there).item() for g in functions]
        assert current().pool.held <= current().pool.budget
        np.testing.assert_allclose(found, first[0] * np.arange(1, 7), rtol=1e-5)
    assert made.bytes() == held() <= 2 * alone


def test_positions_in_order_that_were_let_go_of_are_sorted_again(counted):
    rng = np.random.default_rng(1)
    at, bar = rng.integers(0, 1000, 20_000), rng.normal(size=20_000).astype(np.float32)
    zeros = np.zeros(1000, np.float32)
    f = wg.compile(lambda bar: wg.asarray(zeros).at[at].add(bar), device="webgpu")
    first = f(bar).numpy()
    f(bar)
    sorted_once = f.stats()["dispatches"]
    next(reversed(f._ready.values()))[-1].execution.let_go()
    counted[0].trim()
    np.testing.assert_array_equal(f(bar).numpy(), first)
    assert f.stats()["dispatches"] > sorted_once
    np.testing.assert_array_equal(f(bar).numpy(), first)
    assert (f.stats()["dispatches"], f.stats()["allocations"]) == (sorted_once, 0)
