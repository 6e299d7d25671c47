"""The tables of bench/README.md as numbers: who was how much quicker, and pictures of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS = ("wengert-compiled", "wengert")
TIME = re.compile(r"^([\d.,]+) (?:n|µ|u|m)?s$")
SKIPPED = ("gradients",)  # counts of another unit
NAMES = {"hand": "C++ by hand", "numpy": "NumPy, the value alone", "jax-scan": "jax, scan"}
# In the order of the palette of Okabe and Ito (2008), which colour-blind readers tell apart; markers differ too.
LOOK = {
    "hand": ("s", "#000000", "#ffffff"),
    "jax": ("o", "#0072B2", "#56B4E9"),
    "jax-scan": ("P", "#56B4E9", "#0072B2"),
    "torch": ("^", "#D55E00", "#E69F00"),
    "casadi": ("D", "#009E73", "#009E73"),
    "autograd": ("v", "#CC79A7", "#CC79A7"),
    "numpy": ("x", "#777777", "#aaaaaa"),
    "closed form": ("s", "#000000", "#ffffff"),
    "wengert": ("*", "#E69F00", "#F0E442"),
}
INK = {"light": "#222832", "dark": "#ced6dd"}


@dataclass
class Measured:
    """One table of ratios: how many times as long as ours each peer takes, by workload."""

    title: str
    ours: str
    rows: dict[str, dict[str, float]]

    @property
    def peers(self) -> list[str]:
        return list(dict.fromkeys(peer for row in self.rows.values() for peer in row))


def tables(text: str) -> list[Measured]:
    """Every table that has a column of our times and columns of ratios to them."""
    found = []
    for block in re.finditer(r"(?:^\|.*\n)+", text, re.MULTILINE):
        table = ratios(heading(text[: block.start()]), [cells(line) for line in block[0].splitlines()])
        if table is not None:
            found.append(table)
    return found


def heading(before: str) -> str:
    """The last bold words before a table: its title."""
    titles = re.findall(r"^\*\*(.+?)\*\*", before, re.MULTILINE | re.DOTALL)
    return " ".join(titles[-1].split()).split(":")[0].rstrip(".") if titles else ""


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def ratios(title: str, lines: list[list[str]]) -> Measured | None:
    """The table's numbers, where it is one of ours."""
    header, rows = lines[0], lines[2:]
    ours = next((name for name in OURS if name in header[1:]), None)
    if ours is None or not all(TIME.match(row[header.index(ours)]) for row in rows):
        return None
    peers = [(name.split(",")[0], k) for k, name in enumerate(header) if k and name != ours and name not in SKIPPED]
    return Measured(
        title,
        ours,
        {row[0]: {peer: float(row[k]) for peer, k in peers if re.fullmatch(r"[\d.]+", row[k])} for row in rows},
    )


def losses(found: list[Measured]) -> str:
    """Every row in which a peer that computes the same was quicker, and how many times: the worst first."""
    lost = [
        (1 / ratio, workload, table.ours, peer)
        for table in found
        for workload, row in table.rows.items()
        for peer, ratio in row.items()
        if ratio < 1 and peer != "numpy"
    ]
    lines = ["| times as long | what | how | as |\n", "|---|---|---|---|\n"]
    lines += [
        f"| {more:.2f} | {what} | {how} | {NAMES.get(who, who)} |\n" for more, what, how, who in sorted(lost)[::-1]
    ]
    return "".join(lines)


def tally(found: list[Measured]) -> str:
    """For each table and peer: in how many rows it was slower, and the median ratio."""
    lines = ["| table | beside | rows | we were quicker in | median ratio |\n", "|---|---|---|---|---|\n"]
    for table in found:
        for peer in table.peers:
            each = sorted(row[peer] for row in table.rows.values() if peer in row)
            middle = 0.5 * (each[(len(each) - 1) // 2] + each[len(each) // 2])
            won = sum(ratio > 1 for ratio in each)
            lines.append(f"| {table.title} | {NAMES.get(peer, peer)} | {len(each)} | {won} | {middle:.2f} |\n")
    return "".join(lines)


def draw(found: list[Measured], folder: Path) -> None:
    """A picture a table, light and dark."""
    from matplotlib import rc_context

    for number, table in enumerate(found):
        for theme, ink in INK.items():
            colours = dict.fromkeys(
                ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor"), ink
            )
            with rc_context({**colours, "svg.hashsalt": "wengert", "font.size": 10}):
                figure = picture(table, theme == "dark")
                figure.savefig(folder / f"ratios-{number}-{theme}.svg", transparent=True, metadata={"Date": None})


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
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if low > 0.05 and high < 20 else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="both", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    return figure
