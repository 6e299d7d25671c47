"""A Kalman filter fitted to a river: how much of the Nile's yearly flow is noise, and how much a drifting level?

The local level model, level += drift, flow = level + noise, on the flow at Aswan from 1871 to 1970 (10^8 m^3 a year).
Its two variances by maximum likelihood, through the filter's Python loop, and their standard errors from the Hessian.
Durbin and Koopman, Time Series Analysis by State Space Methods (2012), section 2.10, have 15,099 and 1,469.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

import wengert as wg

FLOW = np.array([
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958,
    1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020,
    1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796,
    1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848,
    890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
], float)  # fmt: skip


def surprise(log_variances):
    """Negative log-likelihood of the flow, the first year given, for the logarithms of both variances."""
    noise, drift = np.exp(log_variances)
    level, variance, total = FLOW[0], noise, 0.0
    for flow in FLOW[1:]:
        variance = variance + drift
        spread, error = variance + noise, flow - level
        total = total + 0.5 * (np.log(2 * np.pi * spread) + error**2 / spread)
        gain = variance / spread
        level, variance = level + gain * error, variance * (1 - gain)
    return total


def main() -> None:
    """Fits the model and prints both variances."""
    start = np.log([1e4, 1e3])
    fit = minimize(
        wg.value_and_grad(surprise), start, jac=True, hess=wg.hessian(surprise), method="trust-exact", tol=1e-8
    )
    errors = np.sqrt(np.diag(np.linalg.inv(wg.hessian(surprise)(fit.x))))
    for name, log_variance, error in zip(("noise", "drift"), fit.x, errors, strict=True):
        low, high = np.exp(log_variance - error), np.exp(log_variance + error)
        print(f"{name}: variance {np.exp(log_variance):,.0f} (one standard error: {low:,.0f} to {high:,.0f})")
    print(f"log-likelihood {-fit.fun:.2f} after {fit.nit} iterations")


if __name__ == "__main__":
    main()
