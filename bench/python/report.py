"""Rows as text, Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from micro import Figure
from runner import Row

_TITLES = ("peer", "first ms", "median ms", "ratio", "gradients", "peak MB", "difference", "")


def table(rows: Sequence[Row], markdown: bool) -> str:
    """One workload's rows, its name above."""
    cells = [_cells(row) for row in rows]
    title = rows[0].workload
    if markdown:
        return f"**{title}**\n\n{markdown_table(_TITLES, cells)}\n"
    return f"{title}\n{text_table(_TITLES, cells)}\n"


def figures(rows: Sequence[Figure], markdown: bool) -> str:
    """The micro part's figures."""
    titles = ("micro", "measured", "unit", "beside it")
    cells = [(row.name, f"{row.value:.3g}", row.unit, row.beside) for row in rows]
    return (markdown_table if markdown else text_table)(titles, cells)


def as_json(machine: dict[str, str], rows: Sequence[Row], micro: Sequence[Figure]) -> str:
    """Everything measured; seconds and bytes."""
    timings = [{**asdict(row), "median": row.median} for row in rows]
    return json.dumps({"machine": machine, "rows": timings, "micro": [asdict(f) for f in micro]}, indent=1)


def markdown_table(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """Cells between bars."""
    lines = [titles, ["---"] * len(titles), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def text_table(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """Columns of equal width: the first and the last to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    return "\n".join(_line(line, widths) for line in (titles, *cells))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    return "  ".join(["", f"{cells[0]:<{widths[0]}}", *padded[1:-1], cells[-1]]).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.peer,
        _number(row.first, 1e3),
        _number(row.median, 1e3),
        _number(row.ratio),
        _number(row.gradients),
        _number(row.peak, 1e-6),
        "-" if row.difference is None else f"{row.difference:.0e}",
        row.note,
    )


def _number(value: float | None, scale: float = 1.0) -> str:
    """Three digits, without an exponent."""
    if value is None:
        return "-"
    scaled = value * scale
    digits = 0 if scaled >= 100 else 1 if scaled >= 10 else 2 if scaled >= 1 else 4
    return f"{scaled:,.{digits}f}"
