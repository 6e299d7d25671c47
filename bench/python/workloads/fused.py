"""Elementwise work: sum(exp(-x**2) * sin(x) + log1p(x**2) * tanh(x))."""

from __future__ import annotations

from functools import partial
from typing import Any

from ._workload import Arrays, Workload, generator


def _fused(np: Any, x: Any) -> Any:
    return np.sum(np.exp(-(x**2)) * np.sin(x) + np.log1p(x**2) * np.tanh(x))


def _inputs(n: int) -> Arrays:
    return (generator(n).uniform(-1.0, 3.0, size=n),)


def _workload(n: int) -> Workload:
    return Workload("fused", f"fused-{n}", (n,), _fused, partial(_inputs, n), small=n <= 1_000)


WORKLOADS = tuple(_workload(n) for n in (1_000, 100_000, 10_000_000))
