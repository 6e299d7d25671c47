"""One training step's gradient of a 784-256-128-10 network: tanh, softmax cross entropy, batch 128.

A sample is a column: then biases broadcast along rows, which every peer can do.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy

from ._workload import Array, Arrays, Workload, generator

_LAYERS = (784, 256, 128, 10)
_BATCH = 128


def _loss(np: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, images: Any, labels: Any) -> Any:
    hidden = np.tanh(W2 @ np.tanh(W1 @ images + b1) + b2)
    scores = W3 @ hidden + b3
    return (np.sum(np.logsumexp(scores, axis=0)) - np.sum(labels * scores)) / _BATCH


def _inputs() -> Arrays:
    random = generator(*_LAYERS)
    arrays: list[Array] = []
    for wide, narrow in itertools.pairwise(_LAYERS):
        arrays.append(random.normal(size=(narrow, wide)) / math.sqrt(wide))
        arrays.append(0.1 * random.normal(size=(narrow, 1)))
    return tuple(arrays)


def _constants() -> Arrays:
    random = generator(_BATCH)
    images = random.uniform(size=(_LAYERS[0], _BATCH))
    labels = numpy.eye(_LAYERS[-1])[:, random.integers(_LAYERS[-1], size=_BATCH)]
    return images, numpy.ascontiguousarray(labels)


WORKLOADS = (Workload("mlp", "mlp", (*_LAYERS, _BATCH), _loss, _inputs, _constants),)
