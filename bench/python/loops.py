"""Long loops: time, and memory above the interpreter's, each measurement in a process of its own.

    python bench/python/loops.py [--only million,ode,disk,budget]

million : the gradient through 10^6 steps, a state of 64 numbers, 256 operations a step, 100 snapshots, blocks of 1,000
          steps; the rate of taped steps is that of 20,000 steps, all of whose tapes are kept
ode     : workloads/neural_ode.py, 10,000 steps of Runge and Kutta: within 1 MB, everything kept, and JAX's scan under
          jit, plain and with checkpoints of 100 steps and of each step; in turns of one run each
disk    : 10^7 steps of the first, 20 snapshots in memory, the others in a file
budget  : compile(grad(f), memory=...) of 60 layers of 100 units on 500 rows, whose values take 49 MB: times in turns,
          as parts of the one without a budget; jax.checkpoint of every layer, and of every 8, under jit, beside jax
          without any
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

STATE = 64


def _peak() -> int:
    """The most memory that this process ever had, in KB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def _forget_peak() -> int:
    """What it has now, in KB, from which the peak is counted anew."""
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")
    return _peak()


def _timed(f: Callable[[], Any]) -> float:
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def _logistic(steps: int, **options: Any) -> Callable[[Any], Any]:
    import numpy as np

    import wengert as wg

    rate = np.linspace(0.5, 1.5, STATE)

    def body(_: Any, x: Any) -> Any:
        return x + 0.001 * x * (rate - x)

    return wg.grad(lambda x: np.sum(wg.fori_loop(0, steps, body, x, **options)))


def million() -> dict[str, Any]:
    """A million steps under 100 snapshots."""
    import numpy as np

    import wengert as wg

    x = np.full(STATE, 0.3)
    _logistic(10, snapshots=1)(x)
    before = _forget_peak()
    seconds = _timed(lambda: _logistic(1_000_000, snapshots=100, block=1_000)(x))
    grown, work = _peak() - before, wg.loop_work()
    taped = _logistic(20_000, snapshots=1, block=20_000)
    rate = 20_000 / min(_timed(lambda: taped(x)) for _ in range(5))
    return {
        "seconds": seconds, "KB above the interpreter": grown, "advanced": work["advanced"], "taped": work["taped"],
        "share of the taped-step rate": 1_000_000 / seconds / rate,
    }  # fmt: skip


def disk() -> dict[str, Any]:
    """Ten million steps, most snapshots in a file."""
    import numpy as np

    import wengert as wg

    x = np.full(STATE, 0.3)
    _logistic(10, snapshots=1)(x)
    before = _forget_peak()
    with tempfile.TemporaryDirectory() as place:
        seconds = _timed(lambda: _logistic(10_000_000, snapshots=20, block=1_000, storage=place)(x))
    work = wg.loop_work()
    shown = ("advanced", "taped", "snapshots", "snapshots_on_disk")
    return {"seconds": seconds, "KB above the interpreter": _peak() - before, **{k: work[k] for k in shown}}


def _ode(which: str) -> tuple[Callable[[], Any], Any]:
    """The gradient of the neural ODE's loss, and its arguments."""
    import numpy as np

    from workloads import neural_ode

    arrays = neural_ode._inputs()
    places = tuple(range(len(arrays)))
    if which.startswith("wengert"):
        import wengert as wg

        options = {"memory": "900KB"} if which == "wengert, 1 MB" else {}

        def loss(x: Any, *weights: Any) -> Any:
            step = neural_ode._step(np, *weights)
            return np.sum(wg.fori_loop(0, neural_ode._STEPS, lambda _, x: step(x), x, **options) ** 2)

        gradient = wg.grad(loss, places)
        return lambda: gradient(*arrays), arrays
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def jax_loss(x: Any, *weights: Any) -> Any:
        step = neural_ode._step(jnp, *weights)
        if which == "jax, scan":
            return jnp.sum(jax.lax.scan(lambda x, _: (step(x), None), x, None, length=neural_ode._STEPS)[0] ** 2)
        step = jax.checkpoint(step)

        def hundred(x: Any, _: Any) -> Any:
            return jax.lax.scan(lambda x, _: (step(x), None), x, None, length=100)[0], None

        return jnp.sum(jax.lax.scan(jax.checkpoint(hundred), x, None, length=neural_ode._STEPS // 100)[0] ** 2)

    gradient = jax.jit(jax.grad(jax_loss, places)).lower(*arrays).compile()
    return lambda: jax.block_until_ready(gradient(*arrays)), arrays


ODE = ("wengert, 1 MB", "wengert, all kept", "jax, scan", "jax, checkpoints")


def ode_memory(which: str) -> dict[str, Any]:
    """What a gradient needs above the interpreter with its libraries and compiled code, in KB."""
    run, _ = _ode(which)
    if which.startswith("wengert"):
        import numpy as np

        _logistic(10, snapshots=1)(np.full(STATE, 0.3))
    before = _forget_peak()
    run()
    return {"KB": _peak() - before}


def ode() -> dict[str, Any]:
    """All of them in turns: medians, and each one's part of the first."""
    runs = {which: _ode(which)[0] for which in ODE}
    times: dict[str, list[float]] = {which: [] for which in ODE}
    for run in runs.values():
        run()
    for _ in range(21):
        for which, run in runs.items():
            times[which].append(_timed(run))
    found = {f"{which}, ms": statistics.median(t) * 1e3 for which, t in times.items()}
    ratios = [b / a for a, b in zip(times[ODE[0]], times[ODE[3]], strict=True)]
    return {**found, "jax's checkpoints over ours, median of pairs": statistics.median(ratios)}


def _layers(np: Any, every: int, checkpoint: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def some(x: Any, w: Any, count: int) -> Any:
        for _ in range(count):
            x = np.tanh(x @ w) + 0.1 * x
        return x

    def loss(x: Any, w: Any) -> Any:
        for k in range(0, LAYERS, every):
            x = checkpoint(lambda x, w, k=k: some(x, w, min(every, LAYERS - k)))(x, w)
        return (x * x).sum()

    return loss


LAYERS, BUDGETS = 60, ("40MB", "25MB", "12MB", "6MB", "4MB")


def budget() -> dict[str, Any]:
    """Programs in budgets, and what JAX has for that."""
    import numpy as np

    random = np.random.default_rng(0)
    arrays = random.standard_normal((500, 100)), random.standard_normal((100, 100)) * 0.1
    import wengert as wg

    gradient = wg.grad(_layers(np, LAYERS, lambda f: f), (0, 1))
    runs: dict[str, Callable[[], Any]] = {"no budget": partial(wg.compile(gradient), *arrays)}
    for memory in BUDGETS:
        runs[memory] = partial(wg.compile(gradient, memory=memory), *arrays)
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    sizes = {}
    for name, every in (("jax", 0), ("jax, every layer", 1), ("jax, every 8", 8)):
        loss = _layers(jnp, every or LAYERS, jax.checkpoint if every else lambda f: f)
        ready = jax.jit(jax.grad(loss, (0, 1))).lower(*arrays).compile()
        sizes[name] = ready.memory_analysis().temp_size_in_bytes / 1e6
        runs[name] = lambda g=ready: jax.block_until_ready(g(*arrays))  # type: ignore[misc]
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(2):
        for run in runs.values():
            run()
    for _ in range(15):
        for name, run in runs.items():
            times[name].append(_timed(run))
    found = {f"{name}, ms": statistics.median(t) * 1e3 for name, t in times.items()}
    found |= {f"{name}, of no budget": found[f"{name}, ms"] / found["no budget, ms"] for name in BUDGETS}
    return found | {f"{name}, MB": size for name, size in sizes.items()}


def _fresh(name: str, *rest: str) -> dict[str, Any]:
    found = subprocess.run([sys.executable, __file__, "--run", name, *rest], capture_output=True, text=True)
    if found.returncode:
        raise RuntimeError(found.stderr)
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Runs what was asked for, and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="million,ode,disk,budget")
    parser.add_argument("--run", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        name, *rest = given.run
        print(
            json.dumps(
                {"million": million, "disk": disk, "ode": ode, "ode_memory": ode_memory, "budget": budget}[name](*rest)
            )
        )
        return
    for name in given.only.split(","):
        found = _fresh(name)
        if name == "ode":
            found |= {f"{which}, KB": _fresh("ode_memory", which)["KB"] for which in ODE}
        print(f"{name}:")
        for what, n in found.items():
            print(f"  {what}: {n:,.3g}" if isinstance(n, float) else f"  {what}: {n:,}")


if __name__ == "__main__":
    main()
