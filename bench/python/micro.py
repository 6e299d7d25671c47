"""Figures of wengert alone: what one operation, one element, one import costs."""

from __future__ import annotations

import ctypes
import importlib
import multiprocessing
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy

import machine
from peers import library_path, load_library
from workloads import WORKLOADS, Array

_REPEATS = 25
_LOOPS, _UNROLLED = 2_000, 10
_ELEMENTS, _CALLS = 4_096, 100
_RANGES = {
    "exp": (-20, 20), "log": (1e-3, 1e3), "sin": (-10, 10), "cos": (-10, 10), "tan": (-10, 10),
    "sinh": (-5, 5), "cosh": (-5, 5), "tanh": (-5, 5), "log1p": (-0.5, 5), "expm1": (-2, 2),
    "arcsin": (-1, 1), "arccos": (-1, 1), "arctan": (-10, 10), "sqrt": (0, 10),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One measured number, and what was measured beside it in the same process."""

    name: str
    value: float
    unit: str
    beside: str = ""


def measure_apart(threads: int) -> list[Figure]:
    """All groups, each in a fresh process."""
    with ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn"), machine.pin, (threads,), max_tasks_per_child=1
    ) as pool:
        return [figure for group in _GROUPS for figure in pool.submit(group).result()]


def _nanoseconds(statement: str, **names: Any) -> float:
    """One statement, unrolled ten times in the loop of a generated function, loop included."""
    body = (" " * 8 + statement + "\n") * _UNROLLED
    scope: dict[str, Any] = {}
    exec(f"def kernel({', '.join(names)}):\n    for _ in range({_LOOPS}):\n{body}", scope)
    return _median(lambda: scope["kernel"](**names)) / (_LOOPS * _UNROLLED) * 1e9


def _median(call: Callable[[], Any]) -> float:
    """Seconds of a call after a first one, median of the repeats."""
    call()
    return statistics.median(_seconds(call) for _ in range(_REPEATS))


def _seconds(call: Callable[[], Any]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def recording() -> list[Figure]:
    """Recorded operations from Python, beside the same statements without a recording."""
    wg = importlib.import_module("wengert")
    ten = numpy.linspace(0.1, 1.0, 10)
    cases: tuple[tuple[str, str, dict[str, Any], dict[str, Any], str], ...] = (
        ("recorded scalar a * b", "r = a * b", {"a": 1.1, "b": 0.9}, {}, "Python float"),
        ("recorded 10-element a * b", "r = a * b", {"a": ten, "b": ten + 0.5}, {}, "NumPy array"),
        ("recorded scalar np.sin(x)", "r = sin(x)", {"x": 0.7}, {"sin": numpy.sin}, "np.sin of a float"),
    )
    figures = []
    for name, statement, watched, fixed, plain in cases:
        with wg.Tape() as tape:
            recorded = {key: tape.watch(value) for key, value in watched.items()}
            time = _nanoseconds(statement, **recorded, **fixed)
        figures.append(Figure(name, time, "ns", f"{plain} {_nanoseconds(statement, **watched, **fixed):.3g}"))
    return figures


def one_shot() -> list[Figure]:
    """Value and gradient of the 1,000-step chain, per recorded operation."""
    wg, np = importlib.import_module("wengert"), importlib.import_module("wengert.numpy")
    workload = WORKLOADS["chain-1000"]
    call = wg.value_and_grad(lambda *inputs: workload.function(np, *inputs), argnums=(0, 1, 2))
    inputs = [array.item() for array in workload.inputs()]
    operations = 3 * workload.sizes[0]
    return [Figure("value + gradient a scalar op", _median(lambda: call(*inputs)) / operations * 1e9, "ns")]


def bytes_an_operation() -> list[Figure]:
    """Growth of peak memory with the number of recorded operations, value and adjoint in."""
    wg, np = importlib.import_module("wengert"), importlib.import_module("wengert.numpy")
    machine.reset_peak()
    peaks = [_chain_peak(wg, np.sin, steps) for steps in (100_000, 400_000, 1_200_000)]
    slope = (peaks[2] - peaks[1]) / (3 * 800_000)
    return [Figure("bytes a recorded scalar op", slope, "B")]


def _chain_peak(wg: Any, sin: Any, steps: int) -> int:
    def chain(x: Any, a: Any) -> Any:
        for _ in range(steps):
            x = sin(x * a + 1e-9)
        return x

    wg.grad(chain, argnums=(0, 1))(0.5, 1.0)
    return machine.peak_bytes()


def elementwise() -> list[Figure]:
    """Functions on arrays, per element, beside NumPy's and, where the baselines are built, raw xsimd."""
    wg, np = importlib.import_module("wengert"), importlib.import_module("wengert.numpy")
    return [_elementwise(name, wg.asarray, getattr(np, name)) for name in _RANGES]


def _elementwise(name: str, asarray: Any, function: Any) -> Figure:
    x = numpy.random.default_rng(1964).uniform(*_RANGES[name], size=_ELEMENTS)
    ufunc, array = getattr(numpy, name), asarray(x)
    rivals = {"NumPy": _repeated(ufunc, x), "xsimd": _raw(name, x)}
    ours = _median(_repeated(function, array))
    theirs = {rival: _median(call) for rival, call in rivals.items() if call}
    beside = ", ".join(f"{rival} {_an_element(time):.3g}, ratio {ours / time:.2f}" for rival, time in theirs.items())
    return Figure(f"{name}, n = {_ELEMENTS}", _an_element(ours), "ns/element", beside)


def _repeated(function: Any, x: Any) -> Callable[[], Any]:
    """Many calls, each result dropped before the next."""

    def call() -> None:
        for _ in range(_CALLS):
            function(x)

    return call


def _an_element(seconds: float) -> float:
    return seconds / (_CALLS * _ELEMENTS) * 1e9


def _raw(name: str, x: Array) -> Callable[[], Any] | None:
    """xsimd's function alone, from the library of the hand-written baselines."""
    if library_path() is None:
        return None
    y, apply = numpy.empty_like(x), load_library().hand_map
    sizes = ctypes.c_int64(x.size), ctypes.c_int64(_CALLS)
    return lambda: apply(name.encode(), ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data), *sizes)


def loops_over_elements() -> list[Figure]:
    """Gradients of functions that go through an array element by element, per element."""
    wg = importlib.import_module("wengert")

    def valley(x: Any) -> Any:
        total = 0.0
        for i in range(len(x) - 1):
            total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
        return total

    def filled(x: Any) -> Any:
        y = numpy.zeros_like(x)
        for i in range(1, len(x)):
            y[i] = y[i - 1] * 0.5 + x[i] * x[i - 1]
        return numpy.sum(y * y)

    few, many = numpy.linspace(1, 2, 1_000), numpy.linspace(1, 2, 16_000)
    once, again = wg.grad(valley), wg.compile(wg.grad(valley))
    time = _median(lambda: once(few)) / few.size * 1e9
    beside = f"compiled {_median(lambda: again(few)) / few.size * 1e9:.3g} ns"
    fill = wg.grad(filled)
    return [
        Figure("Rosenbrock's gradient in a loop, n = 1000", time, "ns/element", beside),
        Figure(
            "gradient of an array filled in a loop, n = 16000",
            _median(lambda: fill(many)) / many.size * 1e9,
            "ns/element",
        ),
    ]


def points() -> list[Figure]:
    """Value and gradient of a program of numbers drawn by lot, a point of a batch, in values of one point alone."""
    wg, inputs = importlib.import_module("wengert"), 64
    draw = numpy.random.default_rng(1964)
    kinds, left, right = draw.integers(0, 5, 2_000), draw.integers(1, inputs, 2_000), draw.integers(1, inputs, 2_000)
    apply = (
        lambda a, b: (a + b) * 0.5,
        lambda a, b: a - b * 0.5,
        lambda a, b: a * b,
        numpy.maximum,
        lambda a, b: numpy.cos(a) + b * 0.1,
    )

    def drawn(*x: Any) -> Any:
        values = list(x)
        for kind, a, b in zip(kinds, left, right, strict=True):
            values.append(apply[kind](values[-a], values[-b]))
        return sum(values[inputs::4])

    start = [float(v) for v in draw.uniform(0.5, 1.5, inputs)]
    value, both = wg.record(drawn, *start), wg.record(wg.value_and_grad(drawn, tuple(range(inputs))), *start)
    one = _median(lambda: [value(*start) for _ in range(50)]) / 50
    many = {count: [numpy.linspace(x, x + 0.1, count) for x in start] for count in (16, 64, 1_024)}
    return [
        Figure(
            f"value and gradient, a point of {count}", _median(lambda at=at: both.batch(*at)) / count / one, "values"
        )
        for count, at in many.items()
    ]


def calls() -> list[Figure]:
    """What a call of a compiled function takes beyond its arithmetic: of a number, and of 60 small arrays in dicts."""
    wg = importlib.import_module("wengert")
    layers = [{"w": numpy.full((4, 4), 0.1 * k), "b": numpy.ones(4)} for k in range(30)]

    def total(layers: Any) -> Any:
        return sum(layer["w"].sum() + layer["b"].sum() for layer in layers)

    number, tree = wg.compile(lambda x: x * x), wg.compile(wg.value_and_grad(total))
    rival = _jax_call(total, layers)
    return [
        Figure("compiled call, one number", _nanoseconds("f(x)", f=number, x=1.5), "ns"),
        Figure(
            "compiled value and gradient, 60 small arrays",
            _nanoseconds("f(x)", f=tree, x=layers) / 1e3,
            "us",
            f"jax, of its own arrays {rival / 1e3:.3g}" if rival else "",
        ),
    ]


def _jax_call(f: Any, tree: Any) -> float:
    """The same under jit, or 0 where JAX is not installed."""
    try:
        jax = importlib.import_module("jax")
    except ImportError:
        return 0.0
    jax.config.update("jax_enable_x64", True)
    compiled, own = jax.jit(jax.value_and_grad(f)), jax.tree.map(jax.numpy.asarray, tree)
    return _nanoseconds("wait(f(x))", wait=jax.block_until_ready, f=compiled, x=own)


def imports() -> list[Figure]:
    """Import after NumPy's own, bytecode cached as an installed package has it; smallest of seven fresh processes."""
    code = (
        "import numpy, sys, time; start = time.perf_counter(); import wengert; "
        "print(time.perf_counter() - start, *(m for m in ('scipy', 'optree', 'wgpu') if m in sys.modules))"
    )
    cached = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True, env=cached).split() for _ in range(7)]
    loaded = " ".join(runs[0][1:]) or "neither scipy nor optree nor wgpu loaded"
    return [Figure("import, NumPy loaded before", min(float(run[0]) for run in runs) * 1e3, "ms", loaded)]


_GROUPS = (recording, one_shot, bytes_an_operation, loops_over_elements, points, calls, elementwise, imports)
