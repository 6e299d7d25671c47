"""Rosenbrock's function of 10,000 numbers: neighbours, and no function dearer than a product."""

from __future__ import annotations

from typing import Any

from ._workload import Arrays, Workload, generator

_SIZE = 10_000


def _rosenbrock(np: Any, x: Any) -> Any:
    left, right = x[:-1], x[1:]
    return np.sum(100.0 * (right - left**2) ** 2 + (1.0 - left) ** 2)


def _inputs() -> Arrays:
    return (generator(_SIZE).uniform(-1.5, 1.5, size=_SIZE),)


WORKLOADS = (Workload("rosenbrock", "rosenbrock-10000", (_SIZE,), _rosenbrock, _inputs, small=True),)
