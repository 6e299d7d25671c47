"""
A pendulum, measured by its swings
==================================

How long is it, and how fast does it tire? A damped pendulum, angle'' = -g / length sin(angle) - damping angle', by the
classical Runge-Kutta method. A camera has seen its angle 120 times in twelve seconds, to a hundredth of a radian;
length, damping and first angle by Gauss-Newton (SciPy's ``least_squares``) on a Jacobian by forward mode.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import least_squares
from scipy.special import ellipk

import wengert as wg

G = 9.81  # m / s^2
TRUTH = np.array([1.7, 0.12, 1.2])  # length [m], damping [1/s], angle at the start [rad]
DT, FRAMES, EVERY, NOISE = 0.02, 120, 5, 0.01  # step [s], pictures, steps between them, error [rad]

# %%
# The swings
# ----------


def rates(state, length, damping):
    """Of angle [rad] and speed [rad/s]."""
    return np.stack([state[1], -G / length * np.sin(state[0]) - damping * state[1]])


def swing(p, steps):
    """Angles (steps,) and speeds (steps,) after each step."""
    length, damping, angle = p
    state, path = np.stack([angle, 0.0]), []
    for _ in range(steps):
        k1 = rates(state, length, damping)
        k2 = rates(state + DT / 2 * k1, length, damping)
        k3 = rates(state + DT / 2 * k2, length, damping)
        k4 = rates(state + DT * k3, length, damping)
        state = state + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path.append(state)
    return np.stack(path, axis=1)


seen = swing(TRUTH, EVERY * FRAMES)[0, EVERY - 1 :: EVERY] + NOISE * np.random.default_rng(0).normal(size=FRAMES)

# %%
# The fit
# -------
# A Python loop of 600 steps, recorded once and run in C++ afterwards; its three columns go side by side.


def residuals(p):
    """In units of the noise."""
    return (swing(p, EVERY * FRAMES)[0, EVERY - 1 :: EVERY] - seen) / NOISE


fit = least_squares(wg.compile(residuals), [1.5, 0.0, 1.0], jac=wg.compile(wg.jacobian(residuals)))
errors = np.sqrt(np.diag(np.linalg.inv(fit.jac.T @ fit.jac)))
for line in zip(("length", "damping", "angle"), fit.x, errors, TRUTH, strict=True):
    print("{}: {:.4f} +- {:.4f} (truth {})".format(*line))

# %%
# Checks
# ------
# Without damping the energy stays, and the period is the elliptic integral
# :math:`4 \sqrt{l / g} \, K(\sin(a / 2))` (Landau and Lifshitz, Mechanics, section 11).


def energy(p, angle, speed):
    """A kilogram's, kinetic and potential [J]."""
    return 0.5 * (p[0] * speed) ** 2 + G * p[0] * (1 - np.cos(angle))


free = np.array([fit.x[0], 0.0, fit.x[2]])
angle, speed = swing(free, 1_000)
drift = np.max(np.abs(energy(free, angle, speed) / energy(free, free[2], 0.0) - 1))
turns = np.flatnonzero((angle[:-1] < 0) & (angle[1:] >= 0))
zeros = DT * (turns + 1 - angle[turns] / (angle[turns + 1] - angle[turns]))
period, exact = np.mean(np.diff(zeros)), 4 * np.sqrt(free[0] / G) * ellipk(np.sin(free[2] / 2) ** 2)
print(f"energy without damping: {drift:.1e} off in 20 s")
print(f"period: {period:.4f} s, by the elliptic integral {exact:.4f} s")

# %%
# The picture
# -----------

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=(2, 1), layout="constrained")
time = EVERY * DT * np.arange(1, FRAMES + 1)
left.plot(time, seen, "k.", markersize=4, label="seen")
left.plot(time, seen + NOISE * fit.fun, label=f"{fit.x[0]:.3f} m, {fit.x[1]:.3f} / s")
left.set(xlabel="time [s]", ylabel="angle [rad]", title="swings")
left.legend(loc="upper right")
right.plot(angle, speed, color="0.7", label="without damping")
right.plot(*swing(fit.x, EVERY * FRAMES), label="fit")
right.set(xlabel="angle [rad]", ylabel="speed [rad/s]", title="energy lost")
right.legend(loc="center", fontsize="small")
figure.savefig("pendulum.png")
