"""What a command found: data, and the same as lines of text."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

__all__ = ["Report", "Wrong", "as_json", "columns", "painted"]

COLOURS = {"ok": "32", "FAILED": "31;1", "missing": "33", "software": "33"}


class Wrong(Exception):  # noqa: N818  (becomes a message and an exit status)
    """Something that was asked cannot be done; the message is all that the user sees."""


@dataclass
class Report:
    """data: for --json; lines: for people; ok: False for an exit status of 1."""

    data: Any
    lines: list[str] = field(default_factory=list)
    ok: bool = True

    def text(self) -> str:
        return "\n".join(self.lines)


def columns(rows: Sequence[Sequence[Any]], indent: str = "") -> list[str]:
    """Rows of cells, each column as wide as it has to be."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [indent + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]


def as_json(data: Any) -> str:
    """The data, NaN and infinities as words: JSON has no such numbers."""
    return json.dumps(_finite(data), indent=2)


def _finite(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _finite(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return [_finite(value) for value in x]
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x


def painted(text: str, file: TextIO | None) -> str:
    """The text in colours where a terminal shows it and nobody objects (NO_COLOR); nothing is said by colour alone."""
    if file is None or not file.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return re.sub(rf"\b({'|'.join(COLOURS)})\b", lambda m: f"\x1b[{COLOURS[m[1]]}m{m[1]}\x1b[0m", text)
