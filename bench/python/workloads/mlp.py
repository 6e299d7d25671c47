"""One training step's gradient of a 784-256-128-10 network: tanh, softmax cross entropy, batch 128.

A sample is a column: then biases broadcast along rows, which every peer can do. In float64 and in float32.
"""

from __future__ import annotations

import itertools
import math
from functools import partial
from typing import Any

import numpy

from ._workload import Array, Arrays, Workload, generator

_LAYERS = (784, 256, 128, 10)
_BATCH = 128


def _loss(np: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, images: Any, labels: Any) -> Any:
    hidden = np.tanh(W2 @ np.tanh(W1 @ images + b1) + b2)
    scores = W3 @ hidden + b3
    return (np.sum(np.logsumexp(scores, axis=0)) - np.sum(labels * scores)) / _BATCH


def _inputs(dtype: str) -> Arrays:
    random = generator(*_LAYERS)
    arrays: list[Array] = []
    for wide, narrow in itertools.pairwise(_LAYERS):
        arrays.append(random.normal(size=(narrow, wide)) / math.sqrt(wide))
        arrays.append(0.1 * random.normal(size=(narrow, 1)))
    return tuple(array.astype(dtype) for array in arrays)


def _constants(dtype: str) -> Arrays:
    random = generator(_BATCH)
    images = random.uniform(size=(_LAYERS[0], _BATCH))
    labels = numpy.eye(_LAYERS[-1])[:, random.integers(_LAYERS[-1], size=_BATCH)]
    return images.astype(dtype), numpy.ascontiguousarray(labels, dtype)


def _workload(name: str, dtype: str, tolerance: float, skip: dict[str, str]) -> Workload:
    inputs, constants = partial(_inputs, dtype), partial(_constants, dtype)
    return Workload("mlp", name, (*_LAYERS, _BATCH), _loss, inputs, constants, tolerance=tolerance, skip=skip)


WORKLOADS = (
    _workload("mlp", "float64", 1e-8, {}),
    _workload("mlp-float32", "float32", 1e-5, {"casadi": "has float64 only"}),
)
