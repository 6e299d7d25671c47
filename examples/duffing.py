"""
A driven oscillator, fitted through 40,000 steps
================================================

The Duffing oscillator :math:`\\ddot x + \\delta \\dot x + \\alpha x + \\beta x^3 = \\gamma \\cos \\omega t`
(G. Duffing, 1918), by the classical Runge-Kutta method. Its damping and both stiffnesses are found from noisy
positions, by a gradient that goes back through every step in a memory that you choose: a few states are kept, the
others run again (Griewank and Walther, Algorithm 799: revolve, 2000).
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import wengert as wg

TRUTH = np.array([0.1, -1.0, 0.25])  # damping [1/s], linear [1/s^2] and cubic [1/(m^2 s^2)] stiffness
GAMMA, OMEGA = 0.1, 1.4  # drive [m/s^2], its frequency [rad/s]
DT, SEEN, BETWEEN, NOISE = 0.001, 100, 400, 0.02  # step [s], observations, steps between them, error [m]

# %%
# The path
# --------
# ``wg.scan`` is one operation, however long the loop: its body is recorded once, as a program, and runs in C++ from
# then on, forward and back. The body is written as one writes it in NumPy.


def rates(t, state, p):
    """Of position [m] and speed [m/s] at time t [s]."""
    x, v = state
    return v, GAMMA * np.cos(OMEGA * t) - p[0] * v - p[1] * x - p[2] * x**3


def after(k, state, p):
    """Position and speed after step k."""

    def along(slopes, h):
        return tuple(a + h * b for a, b in zip(state, slopes, strict=True))

    k1 = rates(k * DT, state, p)
    k2 = rates((k + 0.5) * DT, along(k1, DT / 2), p)
    k3 = rates((k + 0.5) * DT, along(k2, DT / 2), p)
    k4 = rates((k + 1) * DT, along(k3, DT), p)
    return along([a + 2 * b + 2 * c + d for a, b, c, d in zip(k1, k2, k3, k4, strict=True)], DT / 6)


def path(p, steps, **budget):
    """Positions (steps,) after each step, from 1 m at rest."""

    def step(state, k):
        state = after(k, state, p)
        return state, state[0]

    return wg.scan(step, (1.0, 0.0), np.arange(steps), **budget)[1]


# %%
# The fit
# -------
# A hundred noisy observations, 400 steps apart. Half of the weighted squares is minus the log likelihood, so that its
# Hessian, here by differentiating the gradient once more, gives the errors of what was found.

STEPS, EVERY = 40_000, 400
measured = path(TRUTH, STEPS)[EVERY - 1 :: EVERY] + NOISE * np.random.default_rng(0).normal(size=STEPS // EVERY)


def surprise(p, **budget):
    """Minus the log likelihood, up to a constant."""
    return 0.5 * np.sum(((path(p, STEPS, **budget)[EVERY - 1 :: EVERY] - measured) / NOISE) ** 2)


start = np.array([0.12, -0.97, 0.24])
fit = minimize(wg.value_and_grad(lambda p: surprise(p, memory="1MB")), start, jac=True, method="BFGS", tol=1e-2)
errors = np.sqrt(np.diag(np.linalg.inv(wg.hessian(surprise)(fit.x))))
for name, value, error, truth in zip(("damping", "linear", "cubic"), fit.x, errors, TRUTH, strict=True):
    print(f"{name}: {value:.5f} +- {error:.5f} (truth {truth})")
print(f"{fit.nfev} gradients through {STEPS:,} steps, chi^2 {2 * fit.fun:.0f} of {len(measured)} observations")

# %%
# What the way back remembers
# ---------------------------
# The same gradient in four ways: everything kept, 1 MB, and ten or four states with the tape of one step at a time.
# ``wg.loop_work`` tells what the last way back did. With s states and at most r runs of a step, binomial(s + r, s)
# steps can be reversed: memory stays where it is, and time grows like a root of the length. Bit by bit, the gradient
# is the same.

WAYS = {
    "everything kept": {"memory": "1GB"},
    "1 MB": {"memory": "1MB"},
    "10 states": {"snapshots": 10, "block": 1},
    "4 states": {"snapshots": 4, "block": 1},
}
LENGTHS = [100, 300, 1_000, 3_000, 10_000, 30_000]


def cost(steps, budget):
    """Gradient of the last position, bytes that the way back took, and how often a step ran."""
    gradient = wg.grad(lambda p: path(p, steps, **budget)[-1])(fit.x)
    work = wg.loop_work()
    taken = work["snapshots"] * work["snapshot_bytes"] + work["tape_bytes"]
    return gradient, taken, (work["advanced"] + work["taped"]) / work["steps"]


costs = {name: [cost(steps, budget) for steps in LENGTHS] for name, budget in WAYS.items()}
wanted = costs["everything kept"]
same = all(np.array_equal(a[0], b[0]) for way in costs.values() for a, b in zip(way, wanted, strict=True))
print(f"the gradients of all ways are the same, bit by bit: {same}")
for name, way in costs.items():
    print(f"{name}: {way[-1][1] / 1e3:.1f} kB for {LENGTHS[-1]:,} steps, each run {way[-1][2]:.2f} times")

# %%
# The picture
# -----------

figure = plt.figure(figsize=(10, 6), layout="constrained")
axes = figure.subplot_mosaic([["path", "path"], ["memory", "work"]])
when = DT * np.arange(1, STEPS + 1)
axes["path"].plot(when, path(start, STEPS), color="0.8", label="first guess")
axes["path"].plot(when, path(fit.x, STEPS), label="fit")
axes["path"].plot(when[EVERY - 1 :: EVERY], measured, "k.", markersize=4, label="measured")
axes["path"].set(xlabel="time [s]", ylabel="position [m]", xlim=(0, when[-1]), title="it falls into one of two wells")
axes["path"].set_ylim(0.7, 2.65)
axes["path"].legend(loc="lower right", ncols=3)
for (name, way), mark in zip(costs.items(), "os^D", strict=True):
    axes["memory"].loglog(LENGTHS, [taken for _, taken, _ in way], mark + "-", label=name)
    axes["work"].semilogx(LENGTHS, [runs for _, _, runs in way], mark + "-", label=name)
axes["memory"].set(xlabel="steps", title="memory of the way back [bytes]")
axes["memory"].legend(loc=(0.6, 0.17))
axes["memory"].set_ylim(1e2, 3e7)
axes["work"].set(xlabel="steps", title="runs of each step")
figure.savefig("duffing.png")
