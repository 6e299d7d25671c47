"""A neural ordinary differential equation: dx/dt = W2 tanh(W1 x + b1) + b2 of two numbers, 32 in between.

10,000 steps of the classical Runge-Kutta method; the squared distance from the origin at the end, its gradient by
the weights and the initial state. The weights are those of a slow rotation, with noise, so that neither the state
nor its derivative dies out or grows.

Source: R. T. Q. Chen, Y. Rubanova, J. Bettencourt, D. Duvenaud, Neural ordinary differential equations (2018).
"""

from __future__ import annotations

from typing import Any

import numpy

from ._workload import Arrays, Function, Workload, generator

_STEPS, _HIDDEN, _TIME_STEP = 10_000, 32, 1e-3
_UNROLLED = "would trace and compile 10^6 operations: minutes and gigabytes"


def _step(np: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Function:
    tanh, h = np.tanh, _TIME_STEP

    def slope(x: Any) -> Any:
        return W2 @ tanh(W1 @ x + b1) + b2

    def step(x: Any) -> Any:
        k1 = slope(x)
        k2 = slope(x + 0.5 * h * k1)
        k3 = slope(x + 0.5 * h * k2)
        k4 = slope(x + h * k3)
        return x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    return step


def _loop(np: Any, x: Any, *weights: Any) -> Any:
    step = _step(np, *weights)
    for _ in range(_STEPS):
        x = step(x)
    return np.sum(x**2)


def _scan(np: Any, x: Any, *weights: Any) -> Any:
    return np.sum(np.scan(_step(np, *weights), x, _STEPS) ** 2)


def _inputs() -> Arrays:
    random = generator(_STEPS, _HIDDEN)
    W1 = random.normal(size=(_HIDDEN, 2))
    turn = numpy.array([[0.0, -1.0], [1.0, 0.0]])
    W2 = turn @ numpy.linalg.pinv(W1) + 0.01 * random.normal(size=(2, _HIDDEN))
    b1, b2 = 0.1 * random.normal(size=_HIDDEN), 0.1 * random.normal(size=2)
    return numpy.array([0.5, -0.3]), W1, b1, numpy.ascontiguousarray(W2), b2


WORKLOADS = (
    Workload(
        "ode", "neural-ode", (_STEPS,), _loop, _inputs, scan=_scan,
        skip={"jax": _UNROLLED, "jax-eager": _UNROLLED},
    ),
)  # fmt: skip
