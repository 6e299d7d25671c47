"""
A curve with its error bars
===========================

Fourteen measurements of monomolecular adsorption, from dental research (D. Misra, 1978): volume against pressure, and
the model :math:`y = b_1 (1 - e^{-b_2 x})`. The National Institute of Standards and Technology has certified the
least-squares answer to eleven digits (`Statistical Reference Datasets, Misra1a
<https://www.itl.nist.gov/div898/strd/nls/data/misra1a.shtml>`_), so that every number here can be held against a
known one: parameters, their standard errors, the sum of squares.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import least_squares

import wengert as wg

X = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0])
Y = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78])
CERTIFIED = {"b1": (238.94212918, 2.7070075241), "b2": (5.5015643181e-4, 7.2668688436e-6)}  # value, standard error
CERTIFIED_SUM = 0.12455138894  # of squared residuals

# %%
# The fit
# -------
# The model is plain NumPy. ``wg.jacobian`` of the residuals is all that SciPy's ``least_squares`` asks for: exact to
# rounding, where finite differences would leave half of the digits. NIST's first starting point is a hard one: ``b1``
# is off by half, ``b2`` by a factor of five. The two parameters are of very different size; ``x_scale="jac"`` lets the
# columns of the Jacobian say so.


def model(b, x):
    """Volume adsorbed at pressure x."""
    return b[0] * (1 - np.exp(-b[1] * x))


def residuals(b):
    """Model less measurement, (14,)."""
    return model(b, X) - Y


jacobian = wg.jacobian(residuals)
fit = least_squares(residuals, [500.0, 1e-4], jac=jacobian, x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=1e-15)
print(f"{fit.nfev} evaluations; sum of squares {2 * fit.cost:.10f}, certified {CERTIFIED_SUM:.10f}")

# %%
# Error bars of the parameters
# ----------------------------
# To first order the parameters' covariance is :math:`s^2 (J^T J)^{-1}`, with the residual variance :math:`s^2` of
# :math:`14 - 2` degrees of freedom.

variance = np.sum(fit.fun**2) / (len(X) - len(fit.x))
covariance = variance * np.linalg.inv(jacobian(fit.x).T @ jacobian(fit.x))
errors = np.sqrt(np.diag(covariance))
for (name, (value, error)), found, spread in zip(CERTIFIED.items(), fit.x, errors, strict=True):
    print(f"{name}: {found:.9g} +- {spread:.9g} (certified {value:.9g} +- {error:.9g})")

# %%
# ... and of the curve
# --------------------
# What the curve says at a pressure, also at one that was never measured, varies with the parameters by the Jacobian of
# the prediction: :math:`J_p \, C \, J_p^T`. One more call of ``wg.jacobian`` gives the band.

pressure = np.linspace(0, 1_500, 200)
curve = model(fit.x, pressure)
sensitivity = wg.jacobian(model)(fit.x, pressure)  # (200, 2)
band = np.sqrt(np.einsum("ni,ij,nj->n", sensitivity, covariance, sensitivity))
print(f"at {pressure[-1]:.0f}: {curve[-1]:.1f} +- {band[-1]:.1f}, twice as far out as the last measurement")

# %%
# The picture
# -----------
# The band is far narrower than a line of the upper plot, so that the lower one shows what is left when the curve is
# taken away. On the right the sum of squares around its minimum, at one, two, three standard errors, in coordinates
# in which the covariance has circles there (dashed): how far the first order can be trusted.

figure = plt.figure(figsize=(10, 4.5), layout="constrained")
axes = figure.subplot_mosaic([["fit", "sums"], ["rest", "sums"]], width_ratios=(3, 2), height_ratios=(3, 2))
axes["fit"].plot(pressure, curve, label=f"{fit.x[0]:.1f} (1 - exp(-{fit.x[1]:.3g} x))")
axes["fit"].plot(X, Y, "k.", label="measured")
axes["fit"].set(ylabel="volume adsorbed", title="the fit, and beyond the data")
axes["fit"].legend()
axes["rest"].fill_between(pressure, -2 * band, 2 * band, alpha=0.3, label="two standard errors of the curve")
axes["rest"].axhline(0, color="C0")
axes["rest"].errorbar(X, -fit.fun, yerr=np.sqrt(variance), fmt="k.")
axes["rest"].set(xlabel="pressure", ylabel="measured - curve", ylim=(-1, 1))
axes["rest"].legend(loc="upper left")
u, v = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-4, 4, 81))
points = fit.x + np.stack([u.ravel(), v.ravel()], axis=1) @ np.linalg.cholesky(covariance).T
sums = wg.vmap(lambda b: np.sum(residuals(b) ** 2))(points).reshape(u.shape)
axes["sums"].contour(u, v, (sums - 2 * fit.cost) / variance, levels=[1, 4, 9], colors="C0")
axes["sums"].contour(u, v, u**2 + v**2, levels=[1, 4, 9], colors="0.5", linestyles="dashed")
axes["sums"].plot(0, 0, "k.")
axes["sums"].set(xlabel="standard errors", aspect="equal", title="sum of squares around the fit")
figure.savefig("curve_fit.png")
