"""
How far ahead is the derivative of the weather of use?
======================================================

The Lorenz system, differentiated over growing times.

Lorenz, Deterministic nonperiodic flow (1963), by the classical Runge-Kutta method in steps of 0.01. Tangents, made
orthogonal again every ten steps (Benettin, Galgani, Giorgilli and Strelcyn, 1980), grow at the three Lyapunov
exponents: 0.906, 0 and -14.572 (Sprott, Chaos and time-series analysis, 2003), whose sum is the trace of the Jacobian,
-41 / 3. So every derivative through such a path grows by about exp(0.906 T), by tangents forward as by adjoints back:
they agree to rounding. It is right, and of no use for long: the mean of z over all time moves with rho by about 1, the
derivative of the mean over T along one path grows without end (Lea, Allen and Haine, Sensitivity analysis of the
climate of a chaotic system, 2000). Two paths part until they are as far apart as the attractor is wide; the tangent is
linear, and goes on. The limit of the derivatives is not the derivative of the limit.
"""

from __future__ import annotations

import argparse

import matplotlib.pyplot as plt
import numpy as np

import wengert as wg

SIGMA, RHO, BETA = 10.0, 28.0, 8 / 3
DT, EVERY = 0.01, 10  # time of a step; steps from one orthogonal frame to the next


def rates(x, rho):
    """Velocity (3,) at x (3,)."""
    return np.stack([SIGMA * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - BETA * x[2]])


def after(x, rho):
    """The state a step later."""
    k1 = rates(x, rho)
    k2 = rates(x + DT / 2 * k1, rho)
    k3 = rates(x + DT / 2 * k2, rho)
    k4 = rates(x + DT * k3, rho)
    return x + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def state(x, rho, steps, **budget):
    """The state many steps later."""
    return wg.fori_loop(0, steps, lambda _, x: after(x, rho), x, **budget)


def mean_height(x, rho, steps, **budget):
    """The mean of z over many steps."""

    def add(_, carried):
        x, total = carried
        x = after(x, rho)
        return x, total + x[2]

    return wg.fori_loop(0, steps, add, (x, 0.0), **budget)[1] / steps


def exponents(x, stretches):
    """Lyapunov exponents (3,) along a path of many stretches of EVERY steps: how an orthogonal frame grows."""

    def stretch(carried, _):
        x, frame = carried
        grown = wg.jacobian(lambda x: state(x, RHO, EVERY))(x) @ frame
        frame, r = np.linalg.qr(grown)
        return (state(x, RHO, EVERY), frame), np.log(np.abs(np.diagonal(r)))

    _, logarithms = wg.scan(stretch, (x, np.eye(3)), length=stretches)
    return np.mean(logarithms, axis=0) / (EVERY * DT)


def growth(x, times, along, onto, snapshots):
    """The derivative of onto . state(T) along a direction at the start, by tangents and by adjoints: (times, 2)."""
    found = []
    for time in times:
        steps = round(time / DT)
        _, forward = wg.jvp(lambda x, n=steps: onto @ state(x, RHO, n), (x,), (along,))
        back = wg.grad(lambda x, n=steps: onto @ state(x, RHO, n, snapshots=snapshots, block=1))(x)
        found.append((forward, back @ along))
    return np.array(found)


def draw(path, times, derivatives, means, exponent):
    """Both derivatives against time."""
    figure = plt.figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.semilogy(times, np.abs(derivatives[:, 0]), "-", label="tangents")
    left.semilogy(times, np.abs(derivatives[:, 1]), ".", label="adjoints, 20 snapshots")
    left.semilogy(times, np.exp(exponent * times), "k--", label=f"exp({exponent:.3f} T)")
    left.set(xlabel="T", title="derivative of the state at T by the first one")
    right.semilogy(times, np.abs(means), ".-", label="along one path")
    right.axhline(1, color="k", linestyle="--", label="about 1: of the mean over all time")
    right.set(xlabel="T", title="derivative of the mean of z over T by rho")
    for axes in (left, right):
        axes.legend()
    figure.savefig(path)


def main() -> None:
    """Exponents, derivatives both ways, and those of means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--time", type=float, default=2_000.0, help="for the exponents")
    parser.add_argument("--longest", type=float, default=40.0, help="time that is differentiated through")
    parser.add_argument("--out", default="lorenz.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    x = state(np.array([1.0, 1.0, 1.0]), RHO, 5_000)  # on the attractor
    found = exponents(x, round(args.time / DT / EVERY))
    print("exponents: {:.3f} {:.3f} {:.3f}, sum {:.4f} ".format(*found, np.sum(found)) + f"(trace {-41 / 3:.4f})")
    times = np.arange(1.0, args.longest + 0.5)
    along, onto = np.eye(3)[[0, 2]]
    derivatives = growth(x, times, along, onto, snapshots=20)
    apart = np.max(np.abs(derivatives[:, 1] / derivatives[:, 0] - 1))
    work = wg.loop_work()
    rate = np.polyfit(times, np.log(np.abs(derivatives[:, 0])), 1)[0]
    print(f"derivative of the state: grows at {rate:.2f} up to {np.abs(derivatives[-1, 0]):.1e} at T = {times[-1]:.0f}")
    runs = (work["advanced"] + work["taped"]) / work["steps"]
    print(f"tangents and adjoints: {apart:.1e} apart; back from {work['snapshots']} of {work['steps']} states, "
          f"each step run {runs:.2f} times")  # fmt: skip
    h = np.array([1e-5, 0.0, 0.0])
    by_difference = (state(x + h, RHO, 100)[2] - state(x - h, RHO, 100)[2]) / (2 * h[0])
    print(f"central difference at T = 1: {abs(derivatives[0, 0] / by_difference - 1):.1e} off")
    slope = wg.grad(mean_height, argnums=1)
    means = np.array([slope(x, RHO, round(t / DT), memory="50kB") for t in times])
    long = round(args.time / DT)
    secant = (mean_height(x, RHO + 2, long) - mean_height(x, RHO - 2, long)) / 4
    print(f"mean of z by rho: {secant:.2f} from rho = 26 to 30, by derivative {means[0]:.2f} at T = 1, "
          f"{means[-1]:.1e} at T = {times[-1]:.0f}")  # fmt: skip
    draw(args.out, times, derivatives, means, found[0])


if __name__ == "__main__":
    main()
