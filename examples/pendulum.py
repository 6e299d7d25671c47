"""How long is the pendulum, and how fast does it tire? Fitted to its swings, through RK4.

A damped pendulum, angle'' = -g / length sin(angle) - damping angle', by the classical Runge-Kutta method. A camera has
seen its angle 120 times in twelve seconds, to a hundredth of a radian; length, damping and first angle by
Gauss-Newton (SciPy's least_squares) on a Jacobian by forward mode. Checks: without damping the energy stays, and the
period is the elliptic integral 4 sqrt(l / g) K(sin(a / 2)) (Landau and Lifshitz, Mechanics, section 11).
"""

from __future__ import annotations

import argparse

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import least_squares
from scipy.special import ellipk

import wengert as wg

G = 9.81  # m / s^2
TRUTH = np.array([1.7, 0.12, 1.2])  # length [m], damping [1/s], angle at the start [rad]


def rates(state, length, damping):
    """Of angle [rad] and speed [rad/s]."""
    return np.stack([state[1], -G / length * np.sin(state[0]) - damping * state[1]])


def swing(p, steps, dt):
    """Angles (steps,) and speeds (steps,) after each step."""
    length, damping, angle = p
    state, path = np.stack([angle, 0.0]), []
    for _ in range(steps):
        k1 = rates(state, length, damping)
        k2 = rates(state + dt / 2 * k1, length, damping)
        k3 = rates(state + dt / 2 * k2, length, damping)
        k4 = rates(state + dt * k3, length, damping)
        state = state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path.append(state)
    return np.stack(path, axis=1)


def energy(p, angle, speed):
    """A kilogram's, kinetic and potential [J]."""
    return 0.5 * (p[0] * speed) ** 2 + G * p[0] * (1 - np.cos(angle))


def main() -> None:
    """Fits, checks, draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=120, help="ten a second")
    parser.add_argument("--out", default="pendulum.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    dt, noise = 0.02, 0.01 * np.random.default_rng(0).normal(size=args.frames)
    seen = swing(TRUTH, 5 * args.frames, dt)[0, 4::5] + noise

    def residuals(p):
        return (swing(p, 5 * args.frames, dt)[0, 4::5] - seen) / 0.01

    fit = least_squares(residuals, [1.5, 0.0, 1.0], jac=wg.jacobian(residuals))
    errors = np.sqrt(np.diag(np.linalg.inv(fit.jac.T @ fit.jac)))
    for line in zip(("length", "damping", "angle"), fit.x, errors, TRUTH, strict=True):
        print("{}: {:.4f} +- {:.4f} (truth {})".format(*line))
    free = np.array([fit.x[0], 0.0, fit.x[2]])
    angle, speed = swing(free, 1_000, dt)
    drift = energy(free, angle, speed) / energy(free, free[2], 0.0) - 1
    print(f"energy without damping: {np.max(np.abs(drift)):.1e} off in 20 s")
    turns = np.flatnonzero((angle[:-1] < 0) & (angle[1:] >= 0))
    zeros = dt * (turns + 1 - angle[turns] / (angle[turns + 1] - angle[turns]))
    exact = 4 * np.sqrt(free[0] / G) * ellipk(np.sin(free[2] / 2) ** 2)
    print(f"period: {np.mean(np.diff(zeros)):.4f} s, by the elliptic integral {exact:.4f} s")
    figure, time = Figure(figsize=(8, 3), layout="constrained"), 0.1 * np.arange(1, args.frames + 1)
    axes = figure.add_subplot(xlabel="time [s]", ylabel="angle [rad]", title=f"{fit.x[0]:.3f} m, {fit.x[1]:.3f} / s")
    axes.plot(time, seen, ".", time, seen + 0.01 * fit.fun, "-")
    figure.savefig(args.out)


if __name__ == "__main__":
    main()
