"""
Two gradients of a neural ODE
=============================

The adjoint equation solved backwards, and the solver itself differentiated.

dx/dt = network(x) - x takes eight points to where they should be at T = 6. Chen, Rubanova, Bettencourt and Duvenaud,
Neural ordinary differential equations (2018), solve da/dt = -a df/dx backwards in time, and the state with it, so that
nothing is kept. That gradient is the ODE's up to the solver's error, h^4 here: never the one of the loss that was
computed. To differentiate the solver's own steps gives just that one, to rounding, at any step; the states it needs are
kept, or run again from a few that are (Griewank and Walther, Algorithm 799: revolve, 2000): memory is a choice.
What contracts forward expands backward: the state that is recomputed here magnifies errors by some exp(6), and the
continuous adjoint needs smaller steps for it (Gholami, Keutzer and Biros, ANODE, 2019). Checks: the complex step
through the same solver in plain NumPy, and a solution of far smaller steps.
"""

from __future__ import annotations

import argparse

import matplotlib.pyplot as plt
import numpy as np

import wengert as wg

HIDDEN, TIME, POINTS = 16, 6.0, 8
BUDGETS = {"all kept": "1GB", "1 MB": "1MB", "100 kB": "100kB"}


def velocity(x, p):
    """(n, 2) at points (n, 2), of a network 2-16-2 and a pull to the origin."""
    w1, b1, w2, b2 = np.split(p, np.cumsum([2 * HIDDEN, HIDDEN, 2 * HIDDEN]))
    return np.tanh(x @ w1.reshape(2, HIDDEN) + b1) @ w2.reshape(HIDDEN, 2) + b2 - x


def moved(rates, state, h):
    """A tuple of arrays after one step of the classical Runge-Kutta method."""

    def along(k, by):
        return tuple(x + by * dx for x, dx in zip(state, k, strict=True))

    k1 = rates(*state)
    k2 = rates(*along(k1, h / 2))
    k3 = rates(*along(k2, h / 2))
    k4 = rates(*along(k3, h))
    return along([a + 2 * b + 2 * c + d for a, b, c, d in zip(k1, k2, k3, k4, strict=True)], h / 6)


def end(p, start, steps, **budget):
    """Where the points are at the end."""
    step = lambda _, x: moved(lambda x: (velocity(x, p),), (x,), TIME / steps)[0]
    return wg.fori_loop(0, steps, step, start, **budget)


def loss(p, start, target, steps, **budget):
    """Mean squared distance from the targets."""
    return np.mean((end(p, start, steps, **budget) - target) ** 2)


def by_adjoint_equation(p, start, target, steps):
    """The gradient by the state, its adjoint and the parameters' one, from the end back to the start."""

    def rates(x, a, _):
        dx, pull = wg.vjp(velocity, x, p)
        xbar, pbar = pull(a)
        return dx, -xbar, -pbar

    x = end(p, start, steps)
    back = (x, 2 * (x - target) / x.size, np.zeros_like(p))
    return wg.fori_loop(0, steps, lambda _, state: moved(rates, state, -TIME / steps), back)[2]


def by_complex_step(p, start, target, steps, along):
    """The derivative of the same loss along a direction, in plain NumPy."""
    x, q = start, p + 1e-40j * along
    for _ in range(steps):
        (x,) = moved(lambda x: (velocity(x, q),), (x,), TIME / steps)
    return np.mean((x - target) ** 2).imag / 1e-40


def off(gradient, expected):
    """The distance of two gradients, by the length of the second."""
    return np.linalg.norm(gradient - expected) / np.linalg.norm(expected)


def errors(problem, counts, reference):
    """For each number of steps, the adjoint equation's gradient from the computed loss's, and both from the ODE's."""
    rows = []
    for steps in counts:
        solver, equation = wg.grad(loss)(*problem, steps), by_adjoint_equation(*problem, steps)
        again = wg.grad(loss)(*problem, steps, memory="100kB")
        rows.append([off(equation, solver), off(again, solver), off(equation, reference), off(solver, reference)])
    return np.array(rows).T


def memory(problem, counts):
    """Bytes that the way back took, for each budget and number of steps, and steps run in all for each of the loop."""
    bytes_taken, runs = {}, {}
    for name, budget in BUDGETS.items():
        taken = []
        for steps in counts:
            wg.grad(loss)(*problem, steps, memory=budget)
            work = wg.loop_work()
            taken.append(work["snapshots"] * work["snapshot_bytes"] + work["tape_bytes"])
        bytes_taken[name], runs[name] = taken, (work["advanced"] + work["taped"]) / work["steps"]
    return bytes_taken, runs


def draw(path, counts, found, lengths, taken, carried):
    """Error against the step, memory against the number of steps."""
    figure = plt.figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    h = TIME / np.array(counts)
    left.loglog(h, found[0], "o-", label="adjoint equation, from the computed loss")
    left.loglog(h, np.maximum(found[1], 1e-17), "s-", label="solver in 100 kB, from all kept (1e-17: none)")
    left.loglog(h, found[2], "o:", label="adjoint equation, from the ODE")
    left.loglog(h, found[3], "s:", label="solver differentiated, from the ODE")
    left.set(xlabel="step h", title="relative error of the gradient")
    for name, sizes in taken.items():
        right.loglog(lengths, sizes, "s-", label=f"solver differentiated, {name}")
    right.axhline(carried, color="k", linestyle="--", label="adjoint equation: its state")
    right.set(xlabel="steps", title="memory of the way back [bytes]")
    for axes in (left, right):
        axes.legend(fontsize=8)
    figure.savefig(path)


def main() -> None:
    """Compares both at growing numbers of steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000, help="at most")
    parser.add_argument("--out", default="neural_ode_adjoint.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    random = np.random.default_rng(0)
    p, along = random.normal(size=(2, 5 * HIDDEN + 2)) * 0.5
    start, target = random.normal(size=(2, POINTS, 2))
    problem = p, start, target
    counts = [n for n in (12, 25, 50, 100, 200, 400, 800) if n <= args.steps]
    lengths = [n for n in (100, 300, 1_000, 3_000, 10_000, 20_000) if n <= args.steps]
    exact = wg.grad(loss)(*problem, 10 * counts[-1])
    found = errors(problem, counts, exact)
    for n, equation, again, ode, solver in zip(counts, *found, strict=True):
        print(f"{n:4d} steps: adjoint equation {equation:.1e} from the computed loss, {ode:.1e} from the ODE; "
              f"solver {again:.1e} and {solver:.1e}")  # fmt: skip
    complex_step = by_complex_step(*problem, counts[0], along)
    apart = abs(wg.grad(loss)(*problem, counts[0]) @ along / complex_step - 1)
    print(f"complex step at {counts[0]} steps: solver differentiated {apart:.1e} off")
    taken, runs = memory(problem, lengths)
    for name in taken:
        print(f"{name}: {taken[name][-1] / 1e6:.3f} MB at {lengths[-1]} steps, {runs[name]:.2f} steps run for each")
    carried = 8 * (2 * start.size + p.size)
    print(f"adjoint equation: {carried / 1e6:.3f} MB at any number")
    draw(args.out, counts, found, lengths, taken, carried)


if __name__ == "__main__":
    main()
