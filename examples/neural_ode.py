"""A neural ODE learns a spiral: the network is the velocity, RK4 the layers.

Chen, Rubanova, Bettencourt and Duvenaud, Neural ordinary differential equations (2018): from points along one path of
dx/dt = x^3 A, a network 2-16-2 with a tanh layer learns the velocity, through sixteen steps of the classical
Runge-Kutta method, from many starting points at once; L-BFGS-B. Then it is let go from the first point alone.
"""

from __future__ import annotations

import argparse

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import minimize

import wengert as wg

A = np.array([[-0.1, 2.0], [-2.0, -0.1]])
HIDDEN, DT, STRETCH = 16, 0.025, 16


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


def misfit(p, starts, truth):
    """Mean squared distance from stretches (STRETCH + 1, n, 2) of the true path."""
    return np.mean((path(lambda x: network(p, x), starts, STRETCH) - truth) ** 2)


def main() -> None:
    """Learns, lets go, draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maxiter", type=int, default=500)
    parser.add_argument("--steps", type=int, default=600, help="of the true path")
    parser.add_argument("--out", default="neural_ode.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    first = np.array([2.0, 0.0])
    truth = path(lambda x: x**3 @ A, first, args.steps)
    starts = np.arange(0, args.steps - STRETCH, 5)
    stretches = truth[starts + np.arange(STRETCH + 1)[:, None]]
    p = 0.3 * np.random.default_rng(0).normal(size=5 * HIDDEN + 2)
    options = {"maxiter": args.maxiter, "maxfun": 10 * args.maxiter, "ftol": 0, "gtol": 1e-9}
    objective = wg.value_and_grad(misfit)
    fit = minimize(objective, p, args=(stretches[0], stretches), jac=True, method="L-BFGS-B", options=options)
    learnt = path(lambda x: network(fit.x, x), first, args.steps)
    print(f"misfit {misfit(p, stretches[0], stretches):.2e} before, {fit.fun:.2e} after {fit.nit} iterations")
    away = np.sqrt(np.mean(np.sum((learnt - truth) ** 2, axis=1)))
    print(f"let go: {away:.3f} from the spiral (root mean square) in {args.steps * DT:.0f} s")
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    x, y = np.meshgrid(np.linspace(-2.2, 2.2, 20), np.linspace(-2.2, 2.2, 20))
    u, v = network(fit.x, np.stack([x.ravel(), y.ravel()], axis=1)).T
    axes.quiver(x, y, u, v, color="0.8")
    axes.plot(*truth.T, ".", *learnt.T, "-", markersize=3)
    axes.set(title="the path (dots), the network's", aspect="equal")
    figure.savefig(args.out)


if __name__ == "__main__":
    main()
