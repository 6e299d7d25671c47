"""
A Gaussian process chooses its length scales
============================================

Which of ten measurements tell how diabetes will progress? 442 patients, and the progression of the disease a year
later (Efron and others, Least angle regression, 2004). The covariance is a square exponential with a length scale for
each measurement, and noise. All twelve parameters by maximum marginal likelihood (Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2006, algorithm 2.1 and section 5.4): what does not matter becomes long.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_diabetes

import wengert as wg

data = load_diabetes()
chosen = np.random.default_rng(0).permutation(len(data.target))
x, y = data.data[chosen], data.target[chosen]
x, y = (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()
KNOWN = len(y) * 3 // 4  # the others are predicted

# %%
# The likelihood
# --------------
# Through NumPy's Cholesky factor, which is differentiated like everything else.


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


# %%
# The fit
# -------
# Within bounds that keep the matrix far from singular. The cost of the gradient is a small multiple of the
# likelihood's own, however many length scales there are.

start = np.array([0.0] + [1.0] * x.shape[1] + [-0.5])
bounds = [(-3, 3)] + [(-2, 5)] * x.shape[1] + [(-3, 1)]
known = x[:KNOWN], y[:KNOWN]
fit = minimize(wg.value_and_grad(surprise), start, args=known, jac=True, bounds=bounds, options={"maxiter": 100})
scales = np.exp(fit.x[1:-1])
order = np.argsort(scales)
print(f"log marginal likelihood {-fit.fun:.4f} of {KNOWN} patients after {fit.nit} iterations")
print("shortest length scales:", ", ".join(f"{data.feature_names[k]} {scales[k]:.1f}" for k in order[:4]))

# %%
# The patients that were held out
# -------------------------------
# Mean and spread of the prediction.

k = covariance(*2 * [known[0]], fit.x[:-1]) + np.exp(2 * fit.x[-1]) * np.eye(KNOWN)
across = covariance(x[KNOWN:], known[0], fit.x[:-1])
mean = across @ np.linalg.solve(k, known[1])
variance = np.exp(2 * fit.x[0]) + np.exp(2 * fit.x[-1]) - np.sum(across * np.linalg.solve(k, across.T).T, axis=1)
error = y[KNOWN:] - mean
explained = 1 - np.mean(error**2) / np.var(y[KNOWN:])
within = np.mean(np.abs(error) < 1.96 * np.sqrt(variance))
print(f"held out: {explained:.0%} of the variance of {len(error)} patients explained, {within:.0%} within the 95% band")

# %%
# The picture
# -----------

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.barh(np.array(data.feature_names)[order], 1 / scales[order])
left.invert_yaxis()
left.set(title="what matters: 1 / length scale")
right.errorbar(mean, y[KNOWN:], xerr=np.sqrt(variance), fmt="o", markersize=3, linewidth=0.5)
right.plot([-2, 2.5], [-2, 2.5], "k--", linewidth=1)
right.set(xlabel="predicted, one standard error", ylabel="progression", title="patients never looked at")
figure.savefig("gaussian_process.png")
