"""A few measurements in a minute, each beside NumPy or plain Python on the same machine and in the same rounds."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import wengert as wg
from wengert._cli.report import Report, columns

HELP = "measure recording, gradients and compiled programs beside NumPy on this machine"


@dataclass(frozen=True)
class Row:
    """ours and theirs: what is timed, in turn; work: operations, elements or calls of one run; unit: of one of them."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    beside: str
    work: int
    unit: str


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="a few seconds; numbers waver more")


def run(options: argparse.Namespace) -> Report:
    """Medians of rounds that take turns, and how far the middle half of them spreads."""
    rounds, seconds = (5, 0.02) if options.quick else (25, 0.1)
    found = [_measured(row, rounds, seconds) for row in _rows()]
    threads = wg.thread_count()
    versions = f"wengert {wg.__version__}, {wg.instruction_set}, {threads} threads; NumPy {np.__version__}"
    table = [(r["name"], _time(r["ns"]), f"an {r['unit']}" if r["unit"][0] in "aeiou" else f"a {r['unit']}",
              f"+-{r['spread']:.0%}", f"{r['ratio']:.2f} x {r['beside']}") for r in found]  # fmt: skip
    data = {"version": wg.__version__, "instruction_set": wg.instruction_set, "threads": threads, "rounds": rounds}
    return Report({**data, "results": found}, [f"{versions}; medians of {rounds} rounds", "", *columns(table)])


def _rows() -> list[Row]:
    x, a = np.linspace(0.1, 1.0, 100_000), np.random.default_rng(0).standard_normal((256, 256))
    steps = 1000

    def pendulum(length: Any, sine: Callable[[Any], Any] = np.sin) -> Any:
        angle, speed = 0.5, 0.0
        for _ in range(steps // 6):
            speed = speed - 0.005 / length * sine(angle)
            angle = angle + 0.001 * speed
        return angle

    def wave(x: Any) -> Any:
        return np.sum(np.exp(np.sin(x)) * x + np.sqrt(x))

    def product(a: Any) -> Any:
        return np.sum(np.tanh(a @ a))

    gradient, compiled = wg.value_and_grad(pendulum), wg.compile(wg.value_and_grad(pendulum))
    values, both = wg.compile(wave), wg.compile(wg.value_and_grad(wave))
    tiny, matrix = wg.grad(lambda x: x * x), wg.compile(wg.value_and_grad(product))
    operations = steps // 6 * 6
    plain = (lambda: pendulum(1.0, math.sin), "the loop in Python, without a gradient")
    return [
        Row("call of a gradient", lambda: tiny(2.0), lambda: np.multiply(2.0, 2.0), "one multiply of NumPy", 1, "call"),
        Row("record and differentiate a loop", lambda: gradient(1.0), *plain, operations, "operation"),
        Row("the same, compiled", lambda: compiled(1.0), *plain, operations, "operation"),
        Row("elementwise, fused", lambda: values(x), lambda: wave(x), "NumPy", x.size, "element"),
        Row("... with its gradient", lambda: both(x), lambda: wave(x), "NumPy's value alone", x.size, "element"),
        Row("matrix product and gradient", lambda: matrix(a), lambda: product(a), "NumPy's value alone", 1, "call"),
    ]  # fmt: skip


def _measured(row: Row, rounds: int, seconds: float) -> dict[str, Any]:
    """Both sides in each round, ours first: what the machine does beside hits both."""
    counts = [_repeats(side, seconds) for side in (row.ours, row.theirs)]
    pairs = [(_seconds(row.ours, counts[0]), _seconds(row.theirs, counts[1])) for _ in range(rounds)]
    ours, theirs = np.array(pairs).T
    low, middle, high = np.percentile(ours, [25, 50, 75])
    return {
        "name": row.name,
        "ns": float(middle * 1e9 / row.work),
        "unit": row.unit,
        "spread": float((high - low) / 2 / middle),
        "ratio": float(np.median(ours / theirs)),
        "beside": row.beside,
    }


def _repeats(f: Callable[[], Any], seconds: float) -> int:
    """How often f runs in about so long; its first run, which may record, is not one of them."""
    f()
    return max(1, min(int(seconds / max(_seconds(f, 1), 1e-9)), 100_000))


def _seconds(f: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        f()
    return (time.perf_counter() - start) / count


def _time(ns: float) -> str:
    return f"{ns:.3g} ns" if ns < 1e3 else f"{ns / 1e3:.3g} us" if ns < 1e6 else f"{ns / 1e6:.3g} ms"
