"""A Gaussian process chooses its own length scales: which measurements tell how diabetes will progress?

442 patients, ten measurements, and the progression of the disease a year later (Efron and others, Least angle
regression, 2004). Covariance: a square exponential with a length scale for each measurement, and noise. All twelve
parameters by maximum marginal likelihood (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006,
algorithm 2.1 and section 5.4), through NumPy's Cholesky factor, by L-BFGS-B: what does not matter becomes long.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_diabetes

import wengert as wg

NAMES = np.array(load_diabetes().feature_names)


def load(patients: int) -> tuple[np.ndarray, np.ndarray]:
    """Measurements (n, 10) and progressions (n,), each of mean 0 and variance 1."""
    x, y = load_diabetes(return_X_y=True)
    chosen = np.random.default_rng(0).permutation(len(y))[:patients]
    x, y = x[chosen], y[chosen]
    return (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()


def covariance(a, b, theta):
    """(n, m) between points a (n, d) and b (m, d); theta holds logarithms: size, then d length scales."""
    a, b = a / np.exp(theta[1:]), b / np.exp(theta[1:])
    squares = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1) - 2 * a @ b.T
    return np.exp(2 * theta[0] - 0.5 * squares)


def surprise(theta, x, y):
    """Minus the log marginal likelihood of y; the last of theta is the logarithm of the noise."""
    k = covariance(x, x, theta[:-1]) + np.exp(2 * theta[-1]) * np.eye(len(x))
    factor = np.linalg.cholesky(k)
    z = np.linalg.solve(factor, y)
    return 0.5 * z @ z + np.sum(np.log(np.diag(factor))) + 0.5 * len(y) * np.log(2 * np.pi)


def predict(theta, x, y, new):
    """Mean at new points."""
    k = covariance(x, x, theta[:-1]) + np.exp(2 * theta[-1]) * np.eye(len(x))
    return covariance(new, x, theta[:-1]) @ np.linalg.solve(k, y)


def fit(x, y, maxiter):
    """The likeliest parameters, within bounds that keep the matrix far from singular."""
    objective, start = wg.value_and_grad(surprise), np.array([0.0] + [1.0] * x.shape[1] + [-0.5])
    bounds = [(-3, 3)] + [(-2, 5)] * x.shape[1] + [(-3, 1)]
    return minimize(objective, start, args=(x, y), jac=True, bounds=bounds, options={"maxiter": maxiter})


def main() -> None:
    """Fits three quarters of the patients, predicts the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=442)
    parser.add_argument("--maxiter", type=int, default=100)
    args = parser.parse_args()
    x, y = load(args.patients)
    known = len(y) * 3 // 4
    found = fit(x[:known], y[:known], args.maxiter)
    print(f"log marginal likelihood {-found.fun:.4f} of {known} patients after {found.nit} iterations")
    scales = np.exp(found.x[1:-1])
    shortest = np.argsort(scales)[:4]
    print("shortest length scales:", ", ".join(f"{NAMES[k]} {scales[k]:.1f}" for k in shortest))
    error = y[known:] - predict(found.x, x[:known], y[:known], x[known:])
    explained = 1 - np.mean(error**2) / np.var(y[known:])
    print(f"held out: {explained:.0%} of the variance of {len(error)} patients explained")


if __name__ == "__main__":
    main()
