"""
A Kalman filter, fitted to a river
==================================

How much of the Nile's yearly flow is noise, and how much a drifting level? The local level model, level += drift, flow
= level + noise, on the flow at Aswan from 1871 to 1970. Its two variances by maximum likelihood, through the filter's
Python loop, and their standard errors from the Hessian. Durbin and Koopman, Time Series Analysis by State Space Methods
(2012), section 2.10, have 15,099 and 1,469.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import wengert as wg

# 10^8 m^3 a year
FLOW = np.array([
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958,
    1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020,
    1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796,
    1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848,
    890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
], float)  # fmt: skip

# %%
# The filter
# ----------
# A loop over the years, in plain Python: what is known of the level before a year, and after its flow was seen.


def filtered(log_variances):
    """Mean and variance of the level, the error of its prediction and that one's variance, year by year; (4, 99)."""
    noise, drift = np.exp(log_variances)
    level, variance, found = FLOW[0], noise, []
    for flow in FLOW[1:]:
        variance = variance + drift
        spread, error = variance + noise, flow - level
        gain = variance / spread
        level, variance = level + gain * error, variance * (1 - gain)
        found.append(np.stack([level, variance, error, spread]))
    return np.stack(found, axis=1)


def surprise(log_variances):
    """Negative log-likelihood of the flow, the first year given, for the logarithms of both variances."""
    _, _, error, spread = filtered(log_variances)
    return 0.5 * np.sum(np.log(2 * np.pi * spread) + error**2 / spread)


# %%
# The fit
# -------
# Gradient and Hessian of the whole filter, for a trust-region method; the same Hessian gives the errors.

both, hessian = wg.value_and_grad(surprise), wg.hessian(surprise)
fit = minimize(both, np.log([1e4, 1e3]), jac=True, hess=hessian, method="trust-exact", tol=1e-8)
variances, errors = np.exp(fit.x), np.sqrt(np.diag(np.linalg.inv(hessian(fit.x))))
for name, log_variance, error in zip(("noise", "drift"), fit.x, errors, strict=True):
    low, high = np.exp(log_variance - error), np.exp(log_variance + error)
    print(f"{name}: variance {np.exp(log_variance):,.0f} (one standard error: {low:,.0f} to {high:,.0f})")
print(f"log-likelihood {-fit.fun:.2f} after {fit.nit} iterations")

# %%
# The picture
# -----------
# The level falls when the first dam was built at Aswan (1899 to 1902). On the right, how the likelihood falls off
# around the fit, and the ellipses of one and two standard errors that the Hessian makes of it.

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), width_ratios=(2, 1), layout="constrained")
years = np.arange(1871, 1971)
level, variance, _, _ = filtered(fit.x)
left.plot(years, FLOW, "k.-", linewidth=0.4, markersize=3, label="flow")
left.fill_between(years[1:], level - 2 * np.sqrt(variance), level + 2 * np.sqrt(variance), alpha=0.3)
left.plot(years[1:], level, label="level, two standard errors")
left.set(xlabel="year", ylabel="10^8 m^3", title="the Nile at Aswan")
left.legend()
u, v = np.meshgrid(np.linspace(-0.7, 0.7, 41), np.linspace(-2.2, 2.2, 41))
points = fit.x + np.stack([u.ravel(), v.ravel()], axis=1)
rise = wg.compile(surprise).batch(points).reshape(u.shape) - fit.fun
right.contour(*np.exp(fit.x[:, None, None] + [u, v]), rise, levels=[0.5, 2], colors="C0")
around = np.stack([u, v])
quadric = 0.5 * np.einsum("iyx,ij,jyx->yx", around, hessian(fit.x), around)
right.contour(*np.exp(fit.x[:, None, None] + [u, v]), quadric, levels=[0.5, 2], colors="0.6", linestyles="dashed")
right.plot(*variances, "ko", label="fit")
right.plot(15_099, 1_469, "C1+", markersize=14, label="literature")
right.set(xscale="log", yscale="log", xlabel="variance of the noise", ylabel="... of the drift", title="likelihood")
right.legend()
figure.savefig("nile.png")
