"""Draws the picture of the README from what scripts of the gallery found: `python examples/pictures/mosaic.py`."""

from __future__ import annotations

import contextlib
import runpy
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

FOLDER = Path(__file__).resolve().parent
Names = Mapping[str, Any]
INK, BLUE, ORANGE, GREY = "#24292f", "#0969da", "#d1600a", "#afb8c1"


def cart_pole(axes: Axes, names: Names) -> None:
    """Poses, from dark to bright."""
    place, angle = names["place"], names["angle"]
    across, up = place + names["LENGTH"] * np.sin(angle), -names["LENGTH"] * np.cos(angle)
    axes.plot(across, up, color=GREY, linewidth=1)
    for k in range(0, len(place), 12):
        colour = plt.colormaps["viridis"](k / len(place))
        axes.plot([place[k], across[k]], [0, up[k]], color=colour, linewidth=1.5)
        axes.plot(across[k], up[k], "o", color=colour, markersize=5)
        axes.plot(place[k], 0, "s", color=colour, markersize=6)
    axes.set_aspect("equal", adjustable="datalim")


def duffing(axes: Axes, names: Names) -> None:
    """Memory against the number of steps."""
    for (name, way), colour in zip(names["costs"].items(), (GREY, BLUE, ORANGE, INK), strict=True):
        taken = [bytes_taken for _, bytes_taken, _ in way]
        axes.loglog(names["LENGTHS"], taken, "o-", color=colour, markersize=3)
        high = 0.3 if name in ("1 MB", "4 states") else 1.8
        axes.text(names["LENGTHS"][-1], taken[-1] * high, name, color=colour, ha="right", fontsize=8)
    axes.set_ylim(2e1, 6e7)


def two_moons(axes: Axes, names: Names) -> None:
    """The boundary and the points."""
    u, v = np.meshgrid(np.linspace(-1.6, 2.6, 150), np.linspace(-1.2, 1.7, 120))
    z = names["score"](names["fit"].x, np.stack([u.ravel(), v.ravel()], axis=1)).reshape(u.shape)
    axes.contourf(u, v, 1 / (1 + np.exp(-z)), levels=np.linspace(0, 1, 9), cmap="RdBu_r", alpha=0.5)
    axes.scatter(*names["x"].T, c=names["label"], s=4, cmap="RdBu_r", linewidths=0)


def eight_schools(axes: Axes, names: Names) -> None:
    """The funnel."""
    axes.scatter(names["effects"][::2, 0], np.log(names["spread"][::2]), s=2, color=BLUE, alpha=0.35, linewidths=0)
    axes.set(xlim=(-18, 35), ylim=(-4, 4))


def neural_ode(axes: Axes, names: Names) -> None:
    """The spiral in the field that was learnt."""
    x, y = np.meshgrid(np.linspace(-2.6, 2.6, 19), np.linspace(-1.9, 1.9, 14))
    u, v = names["network"](names["fit"].x, np.stack([x.ravel(), y.ravel()], axis=1)).T
    long = np.maximum(np.hypot(u, v), 1e-9)
    axes.quiver(x, y, u / long, v / long, color=GREY, scale=28, width=0.004)
    axes.plot(*names["learnt"].T, color=ORANGE, linewidth=1.6)
    axes.set(xlim=(-2.6, 2.6), ylim=(-2, 2))


def curve_fit(axes: Axes, names: Names) -> None:
    """What a fit knows: its curve taken away, the band, the data."""
    x, band = names["pressure"], names["band"]
    for widths, alpha in ((1, 0.35), (2, 0.2)):
        axes.fill_between(x, -widths * band, widths * band, color=BLUE, alpha=alpha, linewidth=0)
    axes.axhline(0, color=BLUE, linewidth=1.2)
    axes.errorbar(names["X"], -names["fit"].fun, np.sqrt(names["variance"]), fmt="o", color=INK, markersize=3)
    axes.set(xlim=(0, 1_300), ylim=(-0.6, 0.6))


PANELS: dict[str, tuple[Callable[[Axes, Names], None], str]] = {
    "cart_pole": (cart_pole, "control: swing a pole up"),
    "duffing": (duffing, "memory of a gradient, by steps"),
    "curve_fit": (curve_fit, "error bars, beyond the data too"),
    "neural_ode": (neural_ode, "a neural ODE, let go"),
    "two_moons": (two_moons, "a network's boundary"),
    "eight_schools": (eight_schools, "sampling a posterior"),
}


def draw(found: Mapping[str, Names]) -> Figure:
    """The picture, from what each script left behind."""
    figure, frames = plt.subplots(2, 3, figsize=(9, 4.6), layout="constrained", facecolor="white")
    for axes, (name, (panel, caption)) in zip(frames.flat, PANELS.items(), strict=True):
        panel(axes, found[name])
        axes.set_title(caption, fontsize=10, color=INK)
        axes.set(xticks=[], yticks=[])
        axes.minorticks_off()
        axes.spines[:].set_color(GREY)
    return figure


def main() -> None:
    """Runs the scripts, draws, and keeps 128 colours."""
    mpl.use("Agg")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        found = {name: runpy.run_path(str(FOLDER.parent / f"{name}.py"), run_name="__main__") for name in PANELS}
    picture = FOLDER / "mosaic.png"
    draw(found).savefig(picture, dpi=160)
    Image.open(picture).convert("RGB").quantize(128).save(picture, optimize=True)
    print(f"{picture.name}: {picture.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
