"""Small arrays: x = tanh(W @ x + b) a thousand times, W 10 x 10.

W is orthogonal and b small, so that no derivative underflows on the way (see chain).
"""

from __future__ import annotations

from typing import Any

import numpy

from ._workload import Arrays, Workload, generator

_STEPS = 1_000
_SIZE = 10


def _inputs() -> Arrays:
    random = generator(_STEPS, _SIZE)
    rotation = numpy.linalg.qr(random.normal(size=(_SIZE, _SIZE))).Q
    return numpy.ascontiguousarray(rotation), random.normal(size=_SIZE), 1e-6 * random.normal(size=_SIZE)


def _loop(np: Any, W: Any, x: Any, b: Any) -> Any:
    tanh = np.tanh
    for _ in range(_STEPS):
        x = tanh(W @ x + b)
    return np.sum(x)


def _scan(np: Any, W: Any, x: Any, b: Any) -> Any:
    return np.sum(np.scan(lambda x: np.tanh(W @ x + b), x, _STEPS))


WORKLOADS = (Workload("small", "small-arrays", (_STEPS, _SIZE), _loop, _inputs, scan=_scan, small=True),)
