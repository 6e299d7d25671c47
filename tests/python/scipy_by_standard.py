"""SciPy's functions that follow the array API standard, on recorded arrays.

A program of its own: SciPy reads SCIPY_ARRAY_API when it is imported. Prints one line of JSON: what is wrong with each.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

os.environ["SCIPY_ARRAY_API"] = "1"

import numpy as np
import scipy.integrate as integrate
import scipy.special as special
import scipy.stats as stats
from scipy.spatial.transform import Rotation

import wengert as wg

X, W = np.array([0.3, 1.2, 0.7]), np.array([0.5, 0.2, 1.4])


def beside(x: Any, values: Any) -> Any:
    """Constants of the library that x is of: SciPy does not mix two."""
    return wg.asarray(values) if isinstance(x, wg.Array) else values


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "special.logsumexp": special.logsumexp,
    "special.logsumexp of weighted terms": lambda x: special.logsumexp(x, b=beside(x, W)),
    "special.logsumexp along an axis": lambda x: special.logsumexp(x[None, :] * x[:, None], axis=1, keepdims=True),
    "special.expit": special.expit,
    "special.logit": lambda x: special.logit(x / 2),
    "special.softmax": special.softmax,
    "special.log_softmax": special.log_softmax,
    "special.entr": special.entr,
    "special.xlogy": lambda x: special.xlogy(x, beside(x, W)),
    "special.rel_entr": lambda x: special.rel_entr(x, beside(x, W)),
    "special.kl_div": lambda x: special.kl_div(x, beside(x, W)),
    "special.gammaln": special.gammaln,
    "special.digamma": special.digamma,
    "special.betaln": lambda x: special.betaln(x, beside(x, W)),
    "special.erf": special.erf,
    "special.log_ndtr": special.log_ndtr,
    "special.i0": special.i0,
    "stats.gmean": stats.gmean,
    "stats.hmean": stats.hmean,
    "stats.skew": stats.skew,
    "stats.kurtosis": stats.kurtosis,
    "stats.moment": lambda x: stats.moment(x, 3),
    "stats.zscore": stats.zscore,
    "stats.variation": stats.variation,
    "stats.entropy": stats.entropy,
    "stats.circmean": stats.circmean,
    "integrate.trapezoid": integrate.trapezoid,
    "integrate.cumulative_trapezoid": integrate.cumulative_trapezoid,
    "integrate.cumulative_simpson": integrate.cumulative_simpson,
    "Rotation.as_matrix": lambda x: Rotation.from_rotvec(x).as_matrix(),
    "Rotation.apply": lambda x: Rotation.from_rotvec(x).apply(beside(x, W)),
    "Rotation.from_euler": lambda x: Rotation.from_euler("xyz", x).as_rotvec(),
}


def wrong(f: Callable[[Any], Any]) -> str:
    """What is wrong with the value or the derivatives, in words; nothing if nothing is."""
    try:
        y, expected = f(wg.asarray(X)), f(X)
        if not isinstance(y, wg.Array) or y.shape != np.shape(expected):
            return f"the value is {y!r}, expected {expected!r}"
        np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-13, atol=1e-15)
        wg.testing.check_grads(f, (X,), order=2, atol=2e-6, rtol=2e-6)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump({name: wrong(f) for name, f in PROGRAMS.items()}, sys.stdout)
