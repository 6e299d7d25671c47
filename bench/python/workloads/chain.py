"""Scalar chain: x = sin(x * a + b), again and again in a Python loop.

With a = 1 and b = 1e-9 the fixed point is neutral: x falls like the inverse square root of the number
of steps and its derivative like a power of it. Elsewhere the derivative would underflow, and subnormal
numbers, not the library, would be measured.
"""

from __future__ import annotations

from typing import Any

import numpy

from ._workload import Arrays, Function, Workload

_COMPILES = "would trace and compile 300,000 operations: minutes and gigabytes"
_DISPATCHES = "would dispatch 300,000 operations twice: about a minute a call"


def _inputs() -> Arrays:
    return numpy.array(0.5), numpy.array(1.0), numpy.array(1e-9)


def _loop(steps: int) -> Function:
    def chain(np: Any, x: Any, a: Any, b: Any) -> Any:
        sin = np.sin
        for _ in range(steps):
            x = sin(x * a + b)
        return x

    return chain


def _scan(steps: int) -> Function:
    def chain(np: Any, x: Any, a: Any, b: Any) -> Any:
        return np.scan(lambda x: np.sin(x * a + b), x, steps)

    return chain


def _workload(steps: int, small: bool, skip: dict[str, str]) -> Workload:
    return Workload(
        "chain", f"chain-{steps}", (steps,), _loop(steps), _inputs, scan=_scan(steps), small=small, skip=skip
    )


WORKLOADS = (
    _workload(1_000, small=True, skip={}),
    _workload(100_000, small=False, skip={"jax": _COMPILES, "jax-eager": _DISPATCHES}),
)
