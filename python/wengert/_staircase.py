"""The picture of a schedule: which step the loop is at over time, and how long each snapshot lives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wengert.errors import DomainError, InstallationError

if TYPE_CHECKING:
    from wengert.schedules import Action, Schedule

MOST_STEPS = 20_000  # that a picture can show

# What a line says: its colour and width.
LINES = {
    "steps without a tape": ("tab:blue", 1.0),
    "steps with a tape": ("tab:red", 2.0),
    "snapshots in memory": ("tab:green", 0.8),
    "snapshots on disk": ("tab:orange", 1.6),
}
Line = tuple[tuple[int, int], tuple[int, int]]


def draw(schedule: Schedule, steps: int, ax: Any) -> Any:
    """Axes with the staircase of a schedule."""
    if steps > MOST_STEPS:
        raise DomainError(f"plot: too many steps: given {steps}, expected at most {MOST_STEPS}", 405)
    try:
        from matplotlib import pyplot
        from matplotlib.collections import LineCollection
    except ImportError as error:
        raise InstallationError("plot: matplotlib is missing: pip install matplotlib") from error
    if ax is None:
        ax = pyplot.subplots()[1]
    lines = lines_of(schedule, steps)
    for what, (color, width) in LINES.items():
        if lines[what]:
            ax.add_collection(LineCollection(lines[what], colors=color, linewidths=width, label=what))
    ax.autoscale_view()
    ax.set_xlabel("steps run so far")
    ax.set_ylabel("step of the loop")
    if steps:
        ax.legend(loc="upper right")
    return ax


def lines_of(schedule: Schedule, steps: int) -> dict[str, list[Line]]:
    """Pieces of the staircase by what they show, each from (time, step) to (time, step)."""
    lines: dict[str, list[Line]] = defaultdict(list)
    time, saved = 0, {}
    for action in answered(schedule, steps):
        slot = action.tier, action.slot
        if action.kind == "save":
            saved[slot] = time
        elif action.kind == "free":
            where = "on disk" if action.tier == "disk" else "in memory"
            lines[f"snapshots {where}"].append(((saved.pop(slot), action.state), (time, action.state)))
        elif action.kind in ("advance", "reverse"):
            stop = action.state + 1 if action.stop is None else action.stop
            what = "steps with a tape" if action.kind == "reverse" else "steps without a tape"
            end = time + stop - action.state
            lines[what].append(((time, action.state), (end, stop)))
            time = end
    return lines


def answered(schedule: Schedule, steps: int) -> Iterator[Action]:
    """The actions of a loop of so many steps."""
    run = iter(schedule)
    for action in run:
        if action.kind == "ask":
            if action.state < steps:
                run.more()
            else:
                run.finish()
        yield action
