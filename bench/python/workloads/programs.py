"""Four programs of the size that people try first: many small operations, a gradient once.

A classifier, logistic regression, a recurrent network over 30 steps, and a fluid whose first density is sought, each a
Python loop over small arrays.
"""

from __future__ import annotations

from typing import Any

import numpy

from ._workload import Array, Arrays, Workload, generator

_STEPS, _STATE, _LETTERS = 30, 20, 8
_GRID, _TIMES, _SWEEPS = 12, 5, 6
_NO_ROLL = {"casadi": "has no roll"}


def _weights(*shapes: tuple[int, ...]) -> Arrays:
    random = generator(*(n for shape in shapes for n in shape))
    return tuple(random.normal(size=shape) / shape[-1] ** 0.5 for shape in shapes)


def _classifier(np: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any, labels: Any) -> Any:
    h = np.tanh(W2 @ np.tanh(W1 @ x + b1) + b2)
    scores = W3 @ h + b3
    penalty = sum(np.sum(w**2) for w in (W1, b1, W2, b2, W3, b3))
    return np.sum(np.logsumexp(scores, axis=0)) - np.sum(labels * scores) + 1e-3 * penalty


def _classifier_inputs() -> Arrays:
    return _weights((16, 8), (16, 1), (16, 16), (16, 1), (4, 16), (4, 1))


def _classifier_constants() -> Arrays:
    random = generator(8, 16, 4)
    return random.normal(size=(8, 32)), _letters(random, 4, 32)


def _letters(random: Any, kinds: int, count: int) -> Array:
    return numpy.ascontiguousarray(numpy.eye(kinds)[:, random.integers(kinds, size=count)])


def _logistic(np: Any, w: Any, x: Any, y: Any) -> Any:
    p = 0.5 * (np.tanh(x @ w) + 1)
    return -np.sum(np.log(p * y + (1 - p) * (1 - y)))


def _logistic_constants() -> Arrays:
    random = generator(20, 3)
    return random.normal(size=(20, 3)), numpy.floor(random.uniform(0, 2, size=20))


def _recurrent(np: Any, W: Any, V: Any, b: Any, U: Any, h: Any, letters: Any) -> Any:
    surprise = 0.0
    for t in range(_STEPS - 1):
        h = np.tanh(W @ h + V @ letters[:, t] + b)
        scores = U @ h
        surprise = surprise + np.log(np.sum(np.exp(scores))) - np.sum(letters[:, t + 1] * scores)
    return surprise / _STEPS


def _recurrent_inputs() -> Arrays:
    return _weights((_STATE, _STATE), (_STATE, _LETTERS), (_STATE,), (_LETTERS, _STATE), (_STATE,))


def _recurrent_constants() -> Arrays:
    return (_letters(generator(_STEPS), _LETTERS, _STEPS),)


def _fluid(np: Any, density: Any, u: Any, v: Any, target: Any) -> Any:
    """Velocities made free of divergence by Jacobi sweeps carry a density; how far it is from the target at the end."""
    for _ in range(_TIMES):
        divergence = 0.5 * (np.roll(u, -1, 0) - np.roll(u, 1, 0) + np.roll(v, -1, 1) - np.roll(v, 1, 1))
        p = 0.0 * divergence
        for _ in range(_SWEEPS):
            p = 0.25 * (np.roll(p, 1, 0) + np.roll(p, -1, 0) + np.roll(p, 1, 1) + np.roll(p, -1, 1) - divergence)
        u = u - 0.5 * (np.roll(p, -1, 0) - np.roll(p, 1, 0))
        v = v - 0.5 * (np.roll(p, -1, 1) - np.roll(p, 1, 1))
        flow = u * (np.roll(density, 1, 0) - density) + v * (np.roll(density, 1, 1) - density)
        density = density + 0.2 * flow + 0.05 * (np.roll(density, -1, 0) + np.roll(density, 1, 0) - 2 * density)
    return np.sum((density - target) ** 2)


def _fluid_inputs() -> Arrays:
    random = generator(_GRID, _TIMES)
    return random.uniform(size=(_GRID, _GRID)), *(0.3 * random.normal(size=(2, _GRID, _GRID)))


def _fluid_constants() -> Arrays:
    return (generator(_GRID).uniform(size=(_GRID, _GRID)),)


WORKLOADS = (
    Workload("programs", "small-classifier", (), _classifier, _classifier_inputs, _classifier_constants, small=True),
    Workload("programs", "small-logistic", (), _logistic, lambda: _weights((3,)), _logistic_constants, small=True),
    Workload("programs", "small-recurrent", (), _recurrent, _recurrent_inputs, _recurrent_constants, small=True),
    Workload("programs", "small-fluid", (), _fluid, _fluid_inputs, _fluid_constants, small=True, skip=_NO_ROLL),
)
