"""Two graphs that every page brings along: the smallest ones that show what a sweep does."""

from __future__ import annotations

from typing import Any

__all__ = ["EXAMPLES"]


def line(w: Any, x: Any, b: Any) -> Any:
    return w * x + b


def squared_line(a: Any, b: Any, c: Any) -> Any:
    u = a * b
    v = u + c
    return v**2


EXAMPLES = (
    ("y = w x + b", "A line: what its value has of the weight, of the input, of the bias.", line, (2.0, 3.0, 1.0)),
    (
        "L = (a b + c)²",
        "Three operations. Forward 6, 7, 49; backward each slope times what came from above: 14, 14, 28, 42, 14.",
        squared_line,
        (3.0, 2.0, 1.0),
    ),
)
