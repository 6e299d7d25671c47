"""What primitives compute, as JavaScript: generated from the rule table, and pieces of the files beside this one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from wengert import _webgpu

__all__ = ["code", "formulas", "pieces"]

_FILES = ("functions.js", "special.js", "structural.js", "parametric.js", "complex.js", "complex_matrices.js")
_WORD = re.compile(r"[A-Za-z_]\w*")


@cache
def pieces() -> dict[str, str]:
    """Functions in JavaScript, each with its name: those of the files, and formulas of the rule table."""
    pieces = {}
    for file in _FILES:
        for piece in re.split(r"\n{2,}", (Path(__file__).parent / file).read_text()):
            code = "\n".join(line for line in piece.splitlines() if not line.startswith("//"))
            if found := re.match(r"(?:function|const) (\w+)", code):
                pieces[found[1]] = code.rstrip()
    for name, formula in formulas().items():
        operands = "a, b" if len(formula["partials"]) == 2 else "a"
        if formula["value"] != f"{name}({operands})":
            pieces[name] = f"const {name} = ({operands}) => {formula['value']};"
    return pieces


@cache
def formulas() -> dict[str, Any]:
    """The rule table's values and partials, as expressions; those of complex numbers under `c_` and the name."""
    found: dict[str, Any] = json.loads(_webgpu.formulas())
    for name, formula in [*found.items()]:
        if complex_one := formula.pop("complex"):
            found["c_" + name] = {**formula, **complex_one}
    return found


def code(used: Iterable[str]) -> str:
    """The primitives as JavaScript that returns {name: [value, partial, partial]}, with all that they call."""
    entries = []
    for name in sorted({*used, *(f"whole_{name}" for name in used if f"whole_{name}" in pieces())}):
        partials = formulas().get(name, {}).get("partials", [])
        functions = [f"(a, b, y) => {p}" if p and re.search(r"\b[aby]\b", p) else "null" for p in partials]
        entries.append(f"  {name}: [{', '.join([name, *functions])}],")
    needed = set()
    waiting = _WORD.findall("\n".join(entries))
    while waiting:
        word = waiting.pop()
        if word in pieces() and word not in needed:
            needed.add(word)
            waiting += _WORD.findall(pieces()[word])
    body = [piece for name, piece in pieces().items() if name in needed]
    return "\n".join(["'use strict';", *body, "return {", *entries, "};"])
