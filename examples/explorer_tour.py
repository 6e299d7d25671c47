"""The explorer on three functions: a line, a branch, and a loop that is folded.

Run it, then open the files that it names: each is a page of its own that needs nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import wengert as wg


def line(w, x, b):
    """A neuron without its bend."""
    return w * x + b


def soft_step(x):
    """A branch: the page says when a slider leaves the side that was recorded."""
    if x > 0:
        return 1 / (1 + np.exp(-x))
    return np.exp(x) / (1 + np.exp(x))


def pendulum(length, angle, steps=50, dt=0.01):
    """Angle [rad] of a pendulum [m] after half a second: a loop, folded until it is opened."""
    speed = 0.0
    for _ in range(steps):
        speed = speed - dt * 9.81 / length * np.sin(angle)
        angle = angle + dt * speed
    return angle


TOUR = {
    "line": (line, (2.0, 3.0, 1.0)),
    "soft_step": (soft_step, (0.5,)),
    "pendulum": (pendulum, (1.0, 0.5)),
}


def main(folder: Path) -> None:
    """Writes the pages to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (f, args) in TOUR.items():
        explorer = wg.explore(f, *args, path=folder / f"{name}.html")
        print(f"{name}.html: {len(explorer.html.encode()) // 1000} kB, value {f(*args):.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "explorer_tour"))
