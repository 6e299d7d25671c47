"""What a message alone does not say: the axes that differ, the nearest name that has a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import ModuleType

__all__ = ["extra"]

SHAPE = re.compile(r"\((?:\d+,|\d+(?:, \d+)+)?\)")


def extra(code: str, message: str) -> list[str]:
    """Lines for an error of this code; none where there is nothing to add."""
    return [f"  {line}" for line in EXTRA[code](message)] if code in EXTRA else []


def _shapes(message: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, re.findall(r"\d+", text))) for text in SHAPE.findall(message.partition("\n")[0])]


def _axes(message: str) -> Iterator[str]:
    """Axes of two shapes that differ, counted from the last as NumPy aligns them."""
    found = _shapes(message)
    if len(found) != 2:
        return
    a, b = found
    if "inner sizes" in message or message.startswith("matmul: shapes"):
        yield f"axis -1 of a is {a[-1]}, axis {-min(len(b), 2)} of b is {b[-min(len(b), 2)]}" if a and b else ""
        return
    pairs = [(k, a[-k], b[-k]) for k in range(1, min(len(a), len(b)) + 1)]
    apart = [f"axis -{k}: {m} against {n}" for k, m, n in pairs if m != n and 1 not in (m, n)]
    if apart:
        yield "counted from the last axis: " + ", ".join(apart)
    elif len(a) != len(b):
        yield f"{len(a)} axes against {len(b)}"


def _sizes(message: str) -> Iterator[str]:
    """How many elements the shapes of a reshape have."""
    import math

    found = _shapes(message)
    if len(found) == 2:
        yield f"{math.prod(found[0])} elements against {math.prod(found[1])}"


def _nearest(message: str) -> Iterator[str]:
    """Names alike of functions that have a rule."""
    import difflib

    from wengert import numpy, special

    known = [*_names("np", numpy), *_names("np.linalg", numpy.linalg), *_names("np.fft", numpy.fft)]
    known += _names("wengert.special", special)
    name = message.partition(":")[0].rpartition(".")[2]
    by_last = {full.rpartition(".")[2]: full for full in reversed(known)}
    near = [by_last[n] for n in difflib.get_close_matches(name, set(by_last) - {name}, 3, 0.6)]
    if near:
        yield f"nearest with a rule: {', '.join(near)}"


def _names(prefix: str, module: ModuleType) -> list[str]:
    """Functions of a module that have rules."""
    from wengert.numpy._values import FLOATS

    names = [name for name in dir(module) if not name.startswith("_") and name not in FLOATS]
    return [f"{prefix}.{name}" for name in names if callable(getattr(module, name))]


EXTRA: dict[str, Callable[[str], Iterator[str]]] = {"WG201": _axes, "WG202": _sizes, "WG303": _nearest}
