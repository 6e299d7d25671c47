"""
A call as a page that can be touched
====================================

``wg.explore`` writes a call of a function as one HTML file: its graph, with sliders for the inputs, values and
derivatives computed anew in the page, and both sweeps step by step. This script writes three such pages, of a product,
a branch and a loop, and draws what the first of them shows.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import wengert as wg

# %%
# Three functions
# ---------------
# They are plain Python. A branch is recorded as it was taken: the page says so when a slider leaves that side. A loop
# is folded until it is opened.


def squared(a, b, c):
    """Four operations, with names for what is between."""
    u = a * b
    v = u + c
    return u, v, v**2


def soft_step(x):
    """A branch: either form alone overflows on one side."""
    if x > 0:
        return 1 / (1 + np.exp(-x))
    return np.exp(x) / (1 + np.exp(x))


def pendulum(length, angle, steps=50, dt=0.01):
    """Angle [rad] of a pendulum [m] after half a second."""
    speed = 0.0
    for _ in range(steps):
        speed = speed - dt * 9.81 / length * np.sin(angle)
        angle = angle + dt * speed
    return angle


# %%
# Their pages
# -----------
# Each is a file that needs nothing beside itself: open it in a browser, mail it, put it on a web page.

TOUR = {
    "squared": (lambda a, b, c: squared(a, b, c)[-1], (3.0, 2.0, 1.0)),
    "soft_step": (soft_step, (0.5,)),
    "pendulum": (pendulum, (1.0, 0.5)),
}
folder = Path(tempfile.mkdtemp(prefix="wengert-"))
pages = {}
for name, (f, args) in TOUR.items():
    pages[name] = folder / f"{name}.html"
    explorer = wg.explore(f, *args, path=pages[name], title=name)
    print(f"{pages[name]}: {len(explorer.html.encode()) // 1000} kB, value {f(*args):.4f}")

# %%
# What the first one shows
# ------------------------
# Forward, each node has its value; backward, each has its adjoint, which is the derivative of the last by it. A tape
# gives the same numbers to a script. Moving the slider of :math:`a` is the picture on the right: at each place the
# value, and the slope that the page shows beside it.

start = dict(zip("abc", TOUR["squared"][1], strict=True))
with wg.Tape() as tape:
    inputs = [tape.watch(x) for x in start.values()]
    found = [*inputs, *squared(*inputs)]
    adjoints = [float(x) for x in tape.gradient(found[-1], found)]
values = [float(x) for x in found]
nodes = dict(zip(["a", "b", "c", "u = a b", "v = u + c", "L = v²"], zip(values, adjoints, strict=True), strict=True))
for name, (value, adjoint) in nodes.items():
    print(f"{name:10} value {value:3.0f}   adjoint {adjoint:3.0f}")

along = np.linspace(-4, 5, 181)
heights, slopes = wg.vmap(wg.value_and_grad(TOUR["squared"][0]), in_axes=(0, None, None))(along, start["b"], start["c"])

# %%
# The picture
# -----------

PLACES = [(0, 2), (0, 1), (0, 0), (1.3, 1.5), (2.6, 1), (3.9, 1)]
ARROWS = {(0, 3): "b = 2", (1, 3): "a = 3", (3, 4): "1", (2, 4): "1", (4, 5): "2 v"}
WIDE, TALL = 0.84, 0.7  # of a node

figure, (graph, slider) = plt.subplots(1, 2, figsize=(10, 4), width_ratios=(3, 2), layout="constrained")
for (i, j), partial in ARROWS.items():
    (x0, y0), (x1, y1) = PLACES[i], PLACES[j]
    start_at, end_at = (x0 + WIDE / 2, y0), (x1 - WIDE / 2, y1)
    graph.annotate("", end_at, start_at, arrowprops={"arrowstyle": "-|>", "color": "0.4", "shrinkA": 0, "shrinkB": 0})
    middle = ((start_at[0] + end_at[0]) / 2, (y0 + y1) / 2)
    graph.text(*middle, partial, size=9, ha="center", va="center", bbox={"fc": "w", "ec": "none", "pad": 1})
for (name, (value, adjoint)), (x, y) in zip(nodes.items(), PLACES, strict=True):
    rim = "#0b57d0" if x == 0 else "0.5"
    graph.add_patch(plt.Rectangle((x - WIDE / 2, y - TALL / 2), WIDE, TALL, fc="#f4f7fb", ec=rim))
    texts = {0.2: (name, "k"), 0.0: (f"= {value:.0f}", "#0b57d0"), -0.2: (f"∂ {adjoint:.0f}", "#b3261e")}
    for up, (text, color) in texts.items():
        graph.text(x, y + up, text, ha="center", va="center", color=color, weight="bold" if up > 0 else None)
graph.set(xlim=(-0.5, 4.4), ylim=(-0.5, 2.5), title="values forward, adjoints back, local partials between")
graph.axis("off")
slider.plot(along, heights, label="L")
for a in (-3.0, start["a"]):
    k = np.argmin(abs(along - a))
    slider.plot(a + np.array([-1, 1]), heights[k] + slopes[k] * np.array([-1, 1]), "C3", lw=2)
    slider.plot(a, heights[k], "ko")
    slider.annotate(f"∂L/∂a = {slopes[k]:.0f}", (a, heights[k]), (10, 4 - 12 * (a > 0)), textcoords="offset points")
slider.set(xlabel="a, by its slider", title="the value and its slope")
slider.legend()
figure.savefig("explorer_tour.png")
