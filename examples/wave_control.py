"""
A string brought into a shape, through 100,000 steps
====================================================

A hand at one end of a string brings it into a wanted shape, at rest.

u_tt = u_xx on a string of length 1, fixed at x = 1 and held by the hand at x = 0, in 64 cells by the leap-frog method
(Courant, Friedrichs and Lewy, 1928) for 390 times that a wave takes from end to end and back. The hand may move little:
it rocks at the string's eight lowest frequencies, of the difference equation, sines and cosines, each as strong as
four numbers say that are interpolated in time: 64 in all. L-BFGS-B (SciPy) finds them with the gradient through all
steps in less than a megabyte: states are kept here and there, and steps run again from them (Griewank and Walther,
Algorithm 799: revolve, 2000). The wanted shape is a plucked string's. Eight sines do not have its corner: the misfit of
their best sum is what L-BFGS-B comes down to.
"""

from __future__ import annotations

import argparse
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import wengert as wg

CELLS, MODES, KNOTS = 64, 8, 4
DX = 1 / CELLS
DT = 0.5 * DX  # half of what is stable
X = np.linspace(0, 1, CELLS + 1)
MODE = np.arange(1, MODES + 1)
OMEGA = 2 / DT * np.arcsin(DT / DX * np.sin(MODE * np.pi * DX / 2))  # of the difference equation
TARGET = 0.05 * np.minimum(X / 0.3, (1 - X) / 0.7)


def hand(control, k, steps):
    """Where it is at step k: control is (2, KNOTS, MODES), of the sines and of the cosines, at times evenly apart."""
    near = np.maximum(1 - np.abs(k / steps * (KNOTS - 1) - np.arange(KNOTS)), 0)
    strengths = near @ control
    begin = np.minimum(k / 200, 1.0)  # from rest
    return begin * np.sum(strengths[0] * np.sin(OMEGA * DT * k) + strengths[1] * np.cos(OMEGA * DT * k))


def after(k, state, control, steps):
    """Displacements (CELLS + 1,) and velocities (CELLS - 1,) half a step earlier, after step k."""
    u, v = state
    v = v + DT / DX**2 * (u[2:] - 2 * u[1:-1] + u[:-2])
    left = hand(control, k + 1, steps)
    return np.concatenate([np.stack([left]), u[1:-1] + DT * v, np.zeros(1)]), v


def end(control, steps, **budget):
    """Displacements and velocities after all steps."""
    control = control.reshape(2, KNOTS, MODES)
    rest = np.zeros(CELLS + 1), np.zeros(CELLS - 1)
    return wg.fori_loop(0, steps, lambda k, state: after(k, state, control, steps), rest, **budget)


def misfit(control, steps, memory):
    """Mean squares of displacement beside the target and of velocity, by the target's own."""
    u, v = end(control, steps, memory=memory)
    return (np.mean((u - TARGET) ** 2) + np.mean(v**2) / OMEGA[0] ** 2) / np.mean(TARGET**2)


def floor():
    """The misfit of the sum of eight sines that is nearest the target."""
    sines = np.sin(np.pi * np.outer(MODE, X))
    return np.mean((TARGET - 2 * DX * sines.T @ (sines @ TARGET)) ** 2) / np.mean(TARGET**2)


def draw(path, losses, u, control, steps):
    """The misfit, the string and the hand."""
    figure = plt.figure(figsize=(11, 3.2), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    left.semilogy(losses, ".-")
    left.set(xlabel="iteration", title="misfit")
    middle.plot(X, TARGET, "k--", X, u, "-")
    middle.set(xlabel="x", title=f"wanted (dashed), after {steps:,} steps")
    right.plot(np.linspace(0, steps * DT, KNOTS), np.hypot(*control.reshape(2, KNOTS, MODES)), ".-")
    right.set(xlabel="time", title="how far the hand rocks, by frequency")
    figure.savefig(path)


def main() -> None:
    """Finds what the hand does, says what that took, draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--maxiter", type=int, default=12)
    parser.add_argument("--memory", default="500kB", help="of the way back (default: %(default)s)")
    parser.add_argument("--out", default="wave_control.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    size, seconds = 1 / (args.steps * DT), time.perf_counter()  # the less it moves, the longer

    def scaled(y):
        value, gradient = wg.value_and_grad(misfit)(size * y, args.steps, args.memory)
        return value, size * gradient

    losses = [misfit(np.zeros(2 * KNOTS * MODES), args.steps, args.memory)]
    note = lambda intermediate_result: losses.append(intermediate_result.fun)
    options = {"maxiter": args.maxiter}
    fit = minimize(scaled, np.zeros(2 * KNOTS * MODES), jac=True, method="L-BFGS-B", options=options, callback=note)
    seconds, work, control = time.perf_counter() - seconds, wg.loop_work(), size * fit.x
    print("misfit: " + " ".join(f"{value:.1e}" for value in losses) + f"; {floor():.1e} is what eight sines leave")
    widest = np.max(np.sum(np.hypot(*control.reshape(2, KNOTS, MODES)), axis=1))
    print(f"the hand moves {widest:.1e} at most, the string {np.max(TARGET):.1e}")
    print(f"a gradient: {work['advanced']:,} steps without a tape, {work['taped']:,} with one; "
          f"{seconds / fit.nfev:.1f} s")  # fmt: skip
    taken = work["snapshots"] * work["snapshot_bytes"] + work["tape_bytes"]
    print(f"memory: {taken / 1e6:.2f} MB: {work['snapshots']} states and a tape of {work['tape_bytes'] / 1e6:.2f} MB; "
          f"all states: {work['steps'] * work['snapshot_bytes'] / 1e6:.1f} MB")  # fmt: skip
    draw(args.out, losses, end(control, args.steps)[0], control, args.steps)


if __name__ == "__main__":
    main()
