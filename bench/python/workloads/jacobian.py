"""Two tanh layers, 100 numbers in and 100 out: the Jacobian; the Hessian of half the square times a vector."""

from __future__ import annotations

from typing import Any

from ._workload import Arrays, Workload, generator

_SIZE, _HIDDEN = 100, 100


def _network(np: Any, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    return np.tanh(W2 @ np.tanh(W1 @ x + b1) + b2)


def _by_hand(np: Any, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    hidden = np.tanh(W1 @ x + b1)
    y = np.tanh(W2 @ hidden + b2)
    return (1 - y**2)[:, None] * (W2 @ ((1 - hidden**2)[:, None] * W1))


def _square(np: Any, *arguments: Any) -> Any:
    return 0.5 * np.sum(_network(np, *arguments) ** 2)


def _inputs() -> Arrays:
    return (generator(_SIZE).normal(size=_SIZE),)


def _constants() -> Arrays:
    random = generator(_SIZE, _HIDDEN)
    W1, W2 = random.normal(size=(_HIDDEN, _SIZE)) / 10, random.normal(size=(_SIZE, _HIDDEN)) / 10
    return W1, 0.1 * random.normal(size=_HIDDEN), W2, 0.1 * random.normal(size=_SIZE)


def _direction() -> Arrays:
    return (generator(_SIZE, 2).normal(size=_SIZE),)


_SIZES = (_SIZE, _HIDDEN, _SIZE)
WORKLOADS = (
    Workload(
        "jacobian", "jacobian-100x100", _SIZES, _network, _inputs, _constants,
        wants="jacobian", closed=_by_hand, small=True,
    ),
    Workload("hvp", "network-hvp", _SIZES, _square, _inputs, _constants, _direction, small=True),
)  # fmt: skip
