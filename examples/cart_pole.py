"""
A cart swings its pole up
=========================

A motor moves a cart; a pole hangs from it, and should stand upright two seconds later, one metre on, at rest, with the
least effort: :math:`\\int u^2 dt`. The problem and its numbers are those of M. Kelly, An introduction to trajectory
optimization (SIAM Review, 2017), section 6. The states at 31 knots are free, and so are the forces, straight lines in
between; each state has to be where four steps of Runge and Kutta take the one before it (multiple shooting, H. G. Bock
and K. J. Plitt, 1984).
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

import wengert as wg

CART, BOB, LENGTH, G = 1.0, 0.3, 0.5, 9.81  # kg, kg, m, m/s^2
TIME, INTERVALS, STEPS, STRONGEST, FAR = 2.0, 30, 4, 20.0, 1.0  # s, number, steps of each, N, m
H = TIME / INTERVALS
HANGING, UPRIGHT = np.zeros(4), np.array([FAR, np.pi, 0.0, 0.0])  # place, angle, their speeds

# %%
# Motion
# ------


def rates(state, force):
    """Of place [m], angle [rad] and their speeds, each (...,), under a force [N]."""
    _, angle, speed, turn = state
    sin, cos = np.sin(angle), np.cos(angle)
    heavy = CART + BOB * sin**2
    pull = LENGTH * BOB * sin * turn**2
    faster = (pull + force + BOB * G * cos * sin) / heavy
    quicker = -(pull * cos + force * cos + (CART + BOB) * G * sin) / (LENGTH * heavy)
    return np.stack([speed, turn, faster, quicker])


def shot(state, first, last):
    """States (4, ...) an interval later, while the force goes from first to last (...,)."""
    h = H / STEPS
    for k in range(STEPS):
        begin, middle, end = (first + (last - first) * (k + part) / STEPS for part in (0, 0.5, 1))
        k1 = rates(state, begin)
        k2 = rates(state + h / 2 * k1, middle)
        k3 = rates(state + h / 2 * k2, middle)
        k4 = rates(state + h * k3, end)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return state


# %%
# Cost and constraints
# --------------------
# One flat vector holds four states and the force at each knot. SLSQP wants the Jacobian of all constraints, 128 x 155:
# ``wg.jacobian`` carries its directions side by side in one sweep.


def unpacked(z):
    """States (4, knots) and forces (knots,)."""
    z = z.reshape(5, INTERVALS + 1)
    return z[:4], z[4]


def effort(z):
    """The integral of the squared force, by the trapezoidal rule [N^2 s]."""
    squares = unpacked(z)[1] ** 2
    return H * (np.sum(squares) - 0.5 * (squares[0] + squares[-1]))


def defects(z):
    """How far each shot ends from the next knot's state, and the states at both ends; (4 * (INTERVALS + 2),)."""
    states, force = unpacked(z)
    between = states[:, 1:] - shot(states[:, :-1], force[:-1], force[1:])
    return np.concatenate([between.ravel(), states[:, 0] - HANGING, states[:, -1] - UPRIGHT])


slopes = wg.compile(wg.jacobian(defects))
begin = np.zeros((5, INTERVALS + 1))
begin[:4] = HANGING[:, None] + UPRIGHT[:, None] * np.linspace(0, 1, INTERVALS + 1)  # a straight line, as in the paper
bounds = [(-2 * FAR, 2 * FAR)] * (INTERVALS + 1) + [(None, None)] * 3 * (INTERVALS + 1)
bounds += [(-STRONGEST, STRONGEST)] * (INTERVALS + 1)
fit = minimize(
    wg.value_and_grad(effort),
    begin.ravel(),
    jac=True,
    method="SLSQP",
    bounds=bounds,
    constraints={"type": "eq", "fun": defects, "jac": slopes},
    options={"maxiter": 300, "ftol": 1e-9},
)
states, force = unpacked(fit.x)
print(f"{fit.nit} iterations: {fit.message}; effort {fit.fun:.2f} N^2 s, defects {np.max(np.abs(defects(fit.x))):.1e}")
print(f"strongest force {np.max(np.abs(force)):.1f} N of {STRONGEST:.0f}")

# %%
# Let go
# ------
# An upright pole magnifies every error. SciPy's ``solve_ivp``, with steps of its own, is given the force alone.

knots = H * np.arange(INTERVALS + 1)


def moving(t, state):
    """The rates that solve_ivp asks for."""
    return rates(state, np.interp(t, knots, force))


when = np.linspace(0, TIME, 301)
run = solve_ivp(moving, (0, TIME), HANGING, t_eval=when, max_step=H / 2, rtol=1e-9, atol=1e-9)
place, angle = run.y[:2]
print(f"let go: {np.degrees(angle[-1]):.1f} degrees from hanging, {place[-1]:.3f} m from the start at {TIME:.0f} s")

# %%
# The picture
# -----------

figure = plt.figure(figsize=(10, 6), layout="constrained")
axes = figure.subplot_mosaic([["poses", "poses"], ["force", "angle"]], height_ratios=(3, 2))
for k in range(0, len(when), 12):
    tip = place[k] + LENGTH * np.sin(angle[k]), -LENGTH * np.cos(angle[k])
    colour = plt.colormaps["viridis"](when[k] / TIME)
    axes["poses"].plot([place[k], tip[0]], [0, tip[1]], "-", color=colour, linewidth=1.5)
    axes["poses"].plot(*tip, "o", color=colour, markersize=8)
    axes["poses"].plot(place[k], 0, "s", color=colour, markersize=10)
axes["poses"].plot(place + LENGTH * np.sin(angle), -LENGTH * np.cos(angle), "-", color="0.8", zorder=0)
axes["poses"].axhline(0, color="0.8", zorder=0)
axes["poses"].set(aspect="equal", xlabel="place [m]", title="two seconds, from dark to bright")
axes["force"].plot(knots, force, "o-", markersize=3)
axes["force"].set(xlabel="time [s]", ylabel="force [N]", xlim=(0, TIME))
axes["angle"].plot(when, np.degrees(angle), label="let go")
axes["angle"].plot(knots, np.degrees(states[1]), "k.", markersize=4, label="knots")
axes["angle"].set(
    xlabel="time [s]", ylabel="angle [degrees]", xlim=(0, TIME), yticks=(-90, 0, 90, 180), ylim=(-95, 200)
)
axes["angle"].legend()
figure.savefig("cart_pole.png")
