"""Pictures of what was measured: one of each table of ratios, and one of first calls; light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measured import NAMES, Firsts, Measured

# In the order of the palette of Okabe and Ito (2008), which colour-blind readers tell apart; markers differ too.
LOOK = {
    "hand": ("s", "#000000", "#ffffff"),
    "jax": ("o", "#0072B2", "#56B4E9"),
    "jax-scan": ("P", "#56B4E9", "#0072B2"),
    "torch": ("^", "#D55E00", "#E69F00"),
    "casadi": ("D", "#009E73", "#009E73"),
    "autograd": ("v", "#CC79A7", "#CC79A7"),
    "numpy": ("x", "#777777", "#aaaaaa"),
    "xsimd": ("s", "#000000", "#ffffff"),
    "closed form": ("s", "#000000", "#ffffff"),
    "wengert": ("*", "#E69F00", "#F0E442"),
}
INK = {"light": "#222832", "dark": "#ced6dd"}


def draw(found: list[Measured], first: Firsts | None, folder: Path) -> None:
    """Writes them all, as files of the names in `page`."""
    from matplotlib import rc_context

    for theme, ink in INK.items():
        colours = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor"), ink)
        with rc_context({**colours, "svg.hashsalt": "wengert", "font.size": 10}):
            figures = [(slug(table.title), picture(table, theme == "dark")) for table in found]
            figures += [(slug(first.title), calls(first, theme == "dark"))] if first else []
            for name, figure in figures:
                figure.savefig(folder / f"ratios-{name}-{theme}.svg", transparent=True, metadata={"Date": None})


def slug(title: str) -> str:
    """A name of a file: the first words."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower())[:5])


def page(found: list[Measured], first: Firsts | None) -> str:
    """Every picture under the title of its table."""
    parts = [
        section(table.title, f"Times of {', '.join(NAMES.get(p, p) for p in table.peers)} over ours, by workload")
        for table in found
    ]
    parts += [section(first.title, "Milliseconds and megabytes of each, by workload")] if first else []
    return "\n".join(parts)


def section(title: str, told: str) -> str:
    images = [
        f"```{{image}} _generated/ratios-{slug(title)}-{theme}.svg\n:class: only-{theme}\n:alt: {told}\n```\n"
        for theme in INK
    ]
    return "\n".join([f"## {title}\n", *images])


def picture(table: Measured, dark: bool) -> Any:
    """One row a workload, one mark a peer; to the right of the line a peer takes longer than we do."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    names = list(table.rows)
    figure = Figure(figsize=(8, 1.4 + 0.27 * len(names)), layout="constrained")
    axes = figure.subplots()
    for peer in table.peers:
        marker, light, night = LOOK.get(peer, (".", "#777777", "#aaaaaa"))
        at = [(row[peer], k) for k, row in enumerate(table.rows.values()) if peer in row]
        axes.plot(
            *zip(*at, strict=True),
            linestyle="",
            marker=marker,
            color=night if dark else light,
            label=NAMES.get(peer, peer),
        )
    axes.set(xscale="log", yticks=range(len(names)), xlabel=f"time over that of {table.ours}: further right is slower")
    axes.set_yticklabels(names)
    axes.invert_yaxis()
    low, high = axes.get_xlim()
    axes.axvline(1, color=INK["dark" if dark else "light"], linewidth=1)
    axes.axvspan(low, 1, color="#D55E00", alpha=0.10, linewidth=0)
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(LogLocator(subs=ticks(low, high)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="both", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    return figure


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Which parts of a power of ten get a number: more of them where the axis is short."""
    return (1, 1.5, 2, 3, 5, 7) if high < 6 * low else (1, 2, 5) if low > 0.05 and high < 20 else (1,)


def calls(table: Firsts, dark: bool) -> Any:
    """Times and memory of first calls, a mark each; further left is less."""
    from matplotlib.figure import Figure

    names = list(table.rows)
    figure = Figure(figsize=(8, 1.6 + 0.3 * len(names)), layout="constrained")
    for part, axes in enumerate(figure.subplots(1, 2, sharey=True)):
        for peer, (marker, light, night) in marks(table):
            at = [(row[peer][part], k) for k, row in enumerate(table.rows.values()) if peer in row]
            colour = night if dark else light
            label = NAMES.get(peer, peer) if part == 0 else None
            size = 11 if peer == "wengert" else 6
            axes.plot(*zip(*at, strict=True), linestyle="", marker=marker, markersize=size, color=colour, label=label)
        axes.set(xscale="log", yticks=range(len(names)), xlabel=("milliseconds", "megabytes at most")[part])
        axes.grid(axis="both", alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        if part == 0:
            axes.set_yticklabels(names)
            axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=6, frameon=False)
    return figure


def marks(table: Firsts) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Everyone in the table, and how they look; ourselves the largest, last."""
    peers = list(dict.fromkeys(peer for row in table.rows.values() for peer in row))
    for peer in sorted(peers, key=lambda peer: peer == "wengert"):
        yield peer, LOOK.get(peer, (".", "#777777", "#aaaaaa"))
