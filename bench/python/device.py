"""A fused elementwise loss with its gradient on a device beside a kernel that only copies, 8 bytes an element, both;
the adjoint of x[index] beside NumPy's add.at on the processor, sorting beside NumPy's, and what a call costs the host.

python bench/python/device.py
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np

import wengert as wg
import wengert.numpy as wnp
from wengert.webgpu._device import current

COPY = """
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) at: vec3<u32>) { y[at.x] = x[at.x]; }
"""


def loss(x: Any) -> Any:
    return np.sum(np.exp(-(x**2)) * np.sin(x))


def seconds(device: Any, run: Any, look: Any, times: int) -> float:
    """A run's least time, of nine looks at `times` runs."""
    best = np.inf
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(times):
            run()
        device.read(look(), 4)
        best = min(best, (time.perf_counter() - start) / times)
    return best


def copier(device: Any, x: Any) -> tuple[Any, Any]:
    layout, pipeline = device.pipeline(COPY, 1, 1)
    lease = device.pool.take(x.nbytes)
    entries = [{"binding": k, "resource": {"buffer": b}} for k, b in enumerate((x.buffer, lease.buffer))]
    group = device.device.create_bind_group(layout=layout, entries=entries)

    def run() -> None:
        encoder = device.device.create_command_encoder()
        encoded = encoder.begin_compute_pass()
        encoded.set_pipeline(pipeline)
        encoded.set_bind_group(0, group)
        encoded.dispatch_workgroups(x.size // 1024)
        encoded.end()
        device.submit(encoder)

    return run, lambda: lease.buffer


def least(f: Any, times: int = 15) -> float:
    """Milliseconds of a call, at best."""
    found = np.inf
    for _ in range(times):
        start = time.perf_counter()
        f()
        found = min(found, 1e3 * (time.perf_counter() - start))
    return found


def added(rows: int, count: int, width: int) -> None:
    """Sorted in each call, sorted once, and add.at: the copy back is not counted."""
    rng = np.random.default_rng(0)
    at, bar = rng.integers(0, rows, count), rng.normal(size=(count, width)).astype(np.float32)
    shape = (rows, width)

    def adjoint(at: Any, bar: Any) -> Any:
        return wg.vjp(lambda t: t[at], wnp.zeros(shape, "float32"))[1](bar)[0]

    device, where, what = current(), wg.asarray(at, device="webgpu"), wg.asarray(bar, device="webgpu")
    given, closed = wg.compile(adjoint, device="webgpu"), wg.compile(lambda bar: adjoint(at, bar), device="webgpu")
    each = [least(lambda f=f, args=args: device.read(f(*args).buffer, 4)) for f, args in
            ((given, (where, what)), (closed, (what,)))]  # fmt: skip
    table = np.zeros(shape, np.float32)
    numpy = least(lambda: np.add.at(table, at, bar))
    print(f"{count} positions of {rows} rows of {width}: sorted each time {each[0]:.1f} ms, once {each[1]:.1f} ms, "
          f"add.at {numpy:.1f} ms")  # fmt: skip


def ordered(shape: tuple[int, ...]) -> None:
    """The order of each row's elements, beside NumPy's stable one."""
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    device, there = current(), wg.asarray(x, device="webgpu")
    f = wg.compile(wnp.argsort, device="webgpu")
    here = least(lambda: np.argsort(x, kind="stable"), 5)
    print(f"argsort of {shape}: {least(lambda: device.read(f(there).buffer, 4)):.1f} ms, NumPy {here:.1f} ms")


def chain(count: int) -> Any:
    """So many kernels, each of which waits for the one before and is another than it."""

    def f(x: Any) -> Any:
        for k in range(count):
            x = np.cumprod(x) if k % 2 else np.cumsum(x)
        return x

    return f


def words(device: Any, plan: Any) -> Any:
    """What wgpu is told in a call of a plan, and nothing else."""
    leases = [device.pool.take(size) for _, _, _, size, _ in plan["buffers"]]
    steps = []
    for kernel, grid, reads, writes, _ in plan["steps"]:
        layout, pipeline = device.pipeline(plan["kernels"][kernel], len(reads), len(writes))
        used = [leases[b].buffer for b in reads + writes]
        entries = [{"binding": k, "resource": {"buffer": b}} for k, b in enumerate(used)]
        steps.append((pipeline, device.device.create_bind_group(layout=layout, entries=entries), grid))

    def run() -> None:
        encoder = device.device.create_command_encoder()
        encoded = encoder.begin_compute_pass()
        for pipeline, group, grid in steps:
            encoded.set_pipeline(pipeline)
            encoded.set_bind_group(0, group)
            encoded.dispatch_workgroups(*grid)
        encoded.end()
        device.submit(encoder)

    return run


def replays(counts: tuple[int, ...] = (1, 2, 4, 8, 16, 32), times: int = 300) -> None:
    """Microseconds until a call returns, of a device that has nothing else to do; and of wgpu's own words alone."""
    device, x, rows = current(), wg.asarray(np.zeros(8, np.float32), device="webgpu"), []
    for count in counts:
        f = wg.compile(chain(count), device="webgpu")
        last = [f(x), f(x)]
        assert f.stats()["dispatches"] == count

        def call(f: Any = f, last: list[Any] = last) -> None:
            last[0] = f(x)

        def rest(last: list[Any] = last) -> None:
            device.read(last[1].buffer, 4)

        rows.append([count, *(typical(run, rest, times) for run in (call, words(device, f.plan())))])
        print("{} dispatches: a call {:.0f} us, wgpu alone {:.0f} us".format(*rows[-1]))
    n, ours, alone = np.transpose(rows)
    for name, each in (("a call", ours), ("wgpu alone", alone)):
        slope, start = np.polyfit(n, each, 1)
        print(f"{name}: {start:.0f} us and {slope:.1f} us a dispatch")


def typical(run: Any, rest: Any, times: int) -> float:
    """The median of a run's microseconds, each after a rest."""
    found = []
    for _ in range(times):
        rest()
        start = time.perf_counter()
        run()
        found.append(1e6 * (time.perf_counter() - start))
    return float(np.median(found))


def main() -> None:
    warnings.simplefilter("ignore")
    device = current()
    print(device.name)
    for n in (2**20, 2**22):
        x = wg.asarray(np.random.default_rng(0).normal(size=n).astype(np.float32), device="webgpu")
        fused = wg.compile(wg.value_and_grad(loss), device="webgpu")
        last = [fused(x)]

        def run(last: list[Any] = last, fused: Any = fused, x: Any = x) -> None:
            last[0] = fused(x)

        copy, copied = copier(device, x)
        times = 2**24 // n
        seconds(device, run, lambda last=last: last[0][1].buffer, 2)
        a = seconds(device, copy, copied, times)
        b = seconds(device, run, lambda last=last: last[0][1].buffer, times)
        print(f"{n}: copy {1e3 * a:.2f} ms, loss and gradient {1e3 * b:.2f} ms, ratio {a / b:.2f}")
    for rows, count, width in ((10_000, 32_768, 32), (1000, 10**6, 1), (10**6, 10**6, 1)):
        added(rows, count, width)
    for shape in ((10**6,), (1000, 1000), (30_000, 32)):
        ordered(shape)
    replays()


if __name__ == "__main__":
    main()
