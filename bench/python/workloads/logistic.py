"""Regularised logistic regression, 10,000 x 100: its gradient, its Hessian times a vector, its Hessian."""

from __future__ import annotations

from typing import Any

import numpy

from ._workload import Arrays, Workload, generator

_SAMPLES, _FEATURES = 10_000, 100


def _loss(np: Any, w: Any, features: Any, signs: Any) -> Any:
    return np.sum(np.logaddexp(0.0, -signs * (features @ w))) + 0.5 * np.sum(w**2)


def _hessian(np: Any, w: Any, features: Any, signs: Any) -> Any:
    p = 1.0 / (1.0 + np.exp(-signs * (features @ w)))
    return features.T @ ((p * (1.0 - p))[:, None] * features) + np.eye(_FEATURES)


def _inputs() -> Arrays:
    return (0.1 * generator(_FEATURES).normal(size=_FEATURES),)


def _constants() -> Arrays:
    random = generator(_SAMPLES, _FEATURES)
    features = random.normal(size=(_SAMPLES, _FEATURES))
    truth = features @ random.normal(size=_FEATURES) + random.normal(size=_SAMPLES)
    return features, numpy.where(truth > 0.0, 1.0, -1.0)


def _direction() -> Arrays:
    return (generator(_FEATURES, 2).normal(size=_FEATURES),)


_SIZES = (_SAMPLES, _FEATURES)
WORKLOADS = (
    Workload("logistic", "logistic-gradient", _SIZES, _loss, _inputs, _constants),
    Workload("logistic", "logistic-hvp", _SIZES, _loss, _inputs, _constants, _direction),
    Workload(
        "hessian", "hessian-logistic", _SIZES, _loss, _inputs, _constants,
        wants="hessian", closed=_hessian, skip={"casadi": "would build a graph of 10^8 nodes"},
    ),
)  # fmt: skip
