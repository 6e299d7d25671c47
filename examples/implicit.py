"""
Through a solver, by the implicit function theorem
==================================================

What a solver finds is a function of what it was given, and has derivatives, however it was found: where
:math:`F(x, a) = 0`, :math:`dx/da = -(\\partial F / \\partial x)^{-1} \\, \\partial F / \\partial a`. ``wg.root``,
``wg.fixed_point`` and ``wg.argmin`` run any solver, apart from the tape, and put this one line in its place: no step of
it is kept. First where the answer is known, Kepler's equation; then where it is of use, in choosing penalties.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import brentq, minimize
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

import wengert as wg

# %%
# Kepler's equation
# -----------------
# Where is a planet after a part of its year? The mean anomaly M goes evenly with time; the eccentric anomaly E, from
# which place and distance follow, solves :math:`E - e \sin E = M`, and has no closed form. Its derivatives do:
# :math:`1 / (1 - e \cos E)` by M, :math:`\sin E / (1 - e \cos E)` by the eccentricity e.


def kepler(anomaly, mean, eccentricity):
    """Zero for the right anomaly [rad]."""
    return anomaly - eccentricity * np.sin(anomaly) - mean


def anomaly(mean, eccentricity):
    """The eccentric anomaly: SciPy's brentq knows nothing of derivatives."""
    solver = lambda f, x0: brentq(f, x0 - 1, x0 + 1, xtol=1e-15)
    return wg.root(kepler, mean, mean, eccentricity, solver=solver)


ECCENTRICITY = 0.6
means = np.linspace(0.05, 2 * np.pi - 0.05, 60)
solved = np.array([wg.value_and_grad(anomaly, argnums=(0, 1))(mean, ECCENTRICITY) for mean in means], object)
found = np.array([value for value, _ in solved], float)
slopes = np.array([slope for _, slope in solved], float)
closed = np.stack([np.ones_like(found), np.sin(found)], axis=1) / (1 - ECCENTRICITY * np.cos(found))[:, None]
second = wg.grad(wg.grad(anomaly))(means[10], ECCENTRICITY)
closed_second = -ECCENTRICITY * np.sin(found[10]) / (1 - ECCENTRICITY * np.cos(found[10])) ** 3
print(f"Kepler: residual {np.max(np.abs(kepler(found, means, ECCENTRICITY))):.0e}, "
      f"slopes {np.max(np.abs(slopes - closed)):.0e} and {abs(second - closed_second):.0e} off")  # fmt: skip

# %%
# Penalties that choose themselves
# --------------------------------
# Ridge regression of diabetes' progression on ten measurements; a penalty for all of them, or one for each, is to be
# best where the weights were not fitted. The weights are an ``argmin``; the loss on held-out patients is an ordinary
# function of the penalties' logarithms, and has a gradient. Here the inner problem also has a closed form, through
# which one can differentiate directly, for comparison; ``wg.argmin`` would not mind if it had none.

x, y = load_diabetes(return_X_y=True)
x, y = (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()
order = np.random.default_rng(0).permutation(len(y))
seen, held, rest = np.split(order, [50, 250])


def energy(w, penalties):
    """What the weights minimise: squares of errors and penalised weights."""
    return 0.5 * np.sum((x[seen] @ w - y[seen]) ** 2) + 0.5 * np.sum(np.exp(penalties) * w**2)


def ridge(penalties):
    """The weights (10,) in closed form."""
    return np.linalg.solve(x[seen].T @ x[seen] + np.diag(np.exp(penalties)), x[seen].T @ y[seen])


def weights(penalties):
    """The same, by a solver: SciPy's, on gradient and Hessian from here."""
    return wg.argmin(energy, np.zeros(10), penalties)


def error(w, patients):
    """Mean squared error."""
    return np.mean((x[patients] @ w - y[patients]) ** 2)


def outer(penalties):
    """The error on held-out patients."""
    return error(weights(penalties + np.zeros(10)), held)


start = np.linspace(0, 4, 10)
implicit, direct = wg.grad(outer)(start), wg.grad(lambda p: error(ridge(p), held))(start)
print(f"penalties: gradient {np.max(np.abs(implicit - direct)) / np.max(np.abs(direct)):.0e} from the closed form's")
common = minimize(wg.value_and_grad(lambda p: outer(p[0])), [0.0], jac=True, tol=1e-8)
grid = np.linspace(-2, 8, 201)
curve = [error(Ridge(np.exp(p), fit_intercept=False).fit(x[seen], y[seen]).coef_, held) for p in grid]
print(f"one penalty: exp({common.x[0]:.2f}), by scikit-learn on a grid exp({grid[np.argmin(curve)]:.2f})")
each = minimize(wg.value_and_grad(outer), np.full(10, common.x[0]), jac=True, bounds=[(-4, 10)] * 10)
for name, penalties in {"hardly any": np.full(10, -4.0), "one": np.full(10, common.x[0]), "ten": each.x}.items():
    w = ridge(penalties)
    print(f"{name}: error {error(w, held):.4f} held out, {error(w, rest):.4f} of {len(rest)} patients never looked at")

# %%
# The picture
# -----------

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
place = np.stack([np.cos(found) - ECCENTRICITY, np.sqrt(1 - ECCENTRICITY**2) * np.sin(found)])
left.scatter(*place, c=slopes[:, 0], cmap="viridis", s=25)
left.plot(0, 0, "o", color="orange", markersize=14)
left.set(aspect="equal", title="a planet at equal times, by dE/dM")
middle.plot(means, slopes[:, 0], ".", label="by the mean anomaly")
middle.plot(means, slopes[:, 1], ".", label="by the eccentricity")
middle.plot(means, closed, "k-", linewidth=0.8)
middle.set(xlabel="mean anomaly [rad]", title="derivatives; closed form (lines)")
middle.legend()
right.plot(grid, curve, label="scikit-learn's ridge")
right.plot(common.x[0], common.fun, "o", label="found by gradients")
right.axhline(each.fun, color="C2", linestyle="--", label="with a penalty for each")
right.set(xlabel="logarithm of the penalty", title="held-out error", ylim=(0.47, 0.8))
right.legend()
figure.savefig("implicit.png")
