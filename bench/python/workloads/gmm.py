"""Gaussian mixture log-likelihood with a Wishart prior, as in ADBench.

Parameters: log weights `alphas` (K,), `means` (K, d) and inverse covariance factors `icf`
(K, d + d (d - 1) / 2): the logarithms of a lower triangular factor's diagonal, then its strictly lower
part column by column. The points are drawn from a mixture by a seeded generator.

Source: F. Srajer, Z. Kukelova, A. Fitzgibbon, A benchmark of selected algorithmic differentiation tools
on some problems in computer vision and machine learning (2018), section 4.3.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy

from ._workload import Arrays, Function, Workload, generator

_POINTS = 1_000
_GAMMA, _EXTRA = 1.0, 0  # Wishart prior: scale, degrees of freedom beyond d


def _log_gamma(a: float, d: int) -> float:
    """Logarithm of the multivariate gamma function."""
    return 0.25 * d * (d - 1) * math.log(math.pi) + sum(math.lgamma(a - 0.5 * j) for j in range(d))


def _constant(n: int, d: int, components: int) -> float:
    freedom = d + _EXTRA + 1
    prior = freedom * d * (math.log(_GAMMA) - 0.5 * math.log(2.0)) - _log_gamma(0.5 * freedom, d)
    return -0.5 * n * d * math.log(2.0 * math.pi) - components * prior


def _upper_index(d: int) -> Any:
    """Where each entry of a transposed factor lies in (exp(diagonal), strictly lower part, 0)."""
    index = numpy.full((d, d), d + d * (d - 1) // 2)
    index[numpy.diag_indices(d)] = numpy.arange(d)
    index[numpy.triu_indices(d, 1)] = d + numpy.arange(d * (d - 1) // 2)
    return index


def _log_likelihood(n: int, d: int, components: int) -> Function:
    index, constant = _upper_index(d), _constant(n, d, components)

    def gmm(np: Any, alphas: Any, means: Any, icf: Any, x: Any) -> Any:
        logs, lower = icf[:, :d], icf[:, d:]
        diagonal = np.exp(logs)
        factors = np.concatenate([diagonal, lower, np.zeros((components, 1))], axis=1)[:, index]
        z = (x - means[:, None, :]) @ factors
        inner = (alphas + np.sum(logs, axis=1))[:, None] - 0.5 * np.sum(z**2, axis=2)
        likelihood = np.sum(np.logsumexp(inner, axis=0)) - n * np.logsumexp(alphas, axis=0)
        prior = 0.5 * _GAMMA**2 * (np.sum(diagonal**2) + np.sum(lower**2)) - _EXTRA * np.sum(logs)
        return constant + likelihood + prior

    return gmm


def _inputs(d: int, components: int) -> Arrays:
    random = generator(d, components)
    alphas = random.normal(size=components)
    means = random.normal(size=(components, d))
    icf = 0.3 / math.sqrt(d) * random.normal(size=(components, d + d * (d - 1) // 2))
    return alphas, means, icf


def _points(n: int, d: int, components: int) -> Arrays:
    random = generator(n, d, components)
    means = _inputs(d, components)[1]
    return (means[random.integers(components, size=n)] + random.normal(size=(n, d)),)


def _workload(d: int, components: int) -> Workload:
    n = _POINTS
    return Workload(
        "gmm",
        f"gmm-d{d}-K{components}",
        (n, d, components),
        _log_likelihood(n, d, components),
        partial(_inputs, d, components),
        partial(_points, n, d, components),
        skip={"casadi": "has no arrays of three axes"},
    )


WORKLOADS = tuple(_workload(d, components) for d in (10, 20, 64) for components in (5, 25, 50))
