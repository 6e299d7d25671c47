"""
A neural ODE learns a spiral
============================

The network is the velocity, the solver's steps are the layers. Chen, Rubanova, Bettencourt and Duvenaud, Neural
ordinary differential equations (2018): from points along one path of :math:`dx/dt = x^3 A`, a network 2-16-2 with a
tanh layer learns the velocity, through sixteen steps of the classical Runge-Kutta method, from many starting points at
once. Then it is let go from the first point alone.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import wengert as wg

A = np.array([[-0.1, 2.0], [-2.0, -0.1]])
HIDDEN, DT, STRETCH, STEPS = 16, 0.025, 16, 600
FIRST = np.array([2.0, 0.0])

# %%
# Network and solver
# ------------------


def network(p, x):
    """Velocities (n, 2) at points (n, 2): it is given their cubes, as in the paper."""
    w1, b1, w2, b2 = np.split(p, np.cumsum([2 * HIDDEN, HIDDEN, 2 * HIDDEN]))
    return np.tanh(x**3 @ w1.reshape(2, HIDDEN) + b1) @ w2.reshape(HIDDEN, 2) + b2


def path(velocity, x, steps):
    """Positions (steps + 1, ...) from x on, by the classical Runge-Kutta method."""
    points = [x]
    for _ in range(steps):
        k1 = velocity(x)
        k2 = velocity(x + DT / 2 * k1)
        k3 = velocity(x + DT / 2 * k2)
        k4 = velocity(x + DT * k3)
        x = x + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        points.append(x)
    return np.stack(points)


# %%
# Learning
# --------
# Stretches of sixteen steps of the true path, from every fifth of its points. A Python loop over solver steps is
# recorded as it is; ``wg.compile`` runs it, and its gradient, in C++ afterwards.

truth = path(lambda x: x**3 @ A, FIRST, STEPS)
starts = np.arange(0, STEPS - STRETCH, 5)
stretches = truth[starts + np.arange(STRETCH + 1)[:, None]]


def misfit(p):
    """Mean squared distance from the stretches (STRETCH + 1, n, 2) of the true path."""
    return np.mean((path(lambda x: network(p, x), stretches[0], STRETCH) - stretches) ** 2)


p = 0.3 * np.random.default_rng(0).normal(size=5 * HIDDEN + 2)
options = {"maxiter": 500, "maxfun": 5_000, "ftol": 0, "gtol": 1e-9}
fit = minimize(wg.compile(wg.value_and_grad(misfit)), p, jac=True, method="L-BFGS-B", options=options)
print(f"misfit {misfit(p):.2e} before, {fit.fun:.2e} after {fit.nit} iterations")

# %%
# Let go
# ------

learnt = path(lambda x: network(fit.x, x), FIRST, STEPS)
away = np.sqrt(np.mean(np.sum((learnt - truth) ** 2, axis=1)))
print(f"let go: {away:.3f} from the spiral (root mean square) in {STEPS * DT:.0f} s")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
x, y = np.meshgrid(np.linspace(-2.2, 2.2, 20), np.linspace(-2.2, 2.2, 20))
for axes, weights, title in ((left, p, "before"), (right, fit.x, "after")):
    u, v = network(weights, np.stack([x.ravel(), y.ravel()], axis=1)).T
    axes.quiver(x, y, u, v, color="0.8")
    axes.plot(*truth.T, ".", markersize=3, label="the path")
    axes.plot(*path(lambda x, w=weights: network(w, x), FIRST, STEPS).T, label="the network's")
    axes.set(title=f"{title} learning", aspect="equal", xlim=(-2.3, 2.3), ylim=(-2.3, 2.3))
right.legend()
figure.savefig("neural_ode.png")
