"""An example for each function of a NumPy-like namespace: run when the site is built, and by the tests.

Those of elementwise primitives come from the compiled table: a value and a slope within the domain that tests sample.
The others stand in examples.txt, a line each.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy

import wengert as wg

ALIASES = {"numpy": "np", "numpy.linalg": "np.linalg", "numpy.fft": "np.fft", "special": "special"}
NAMES = {"np": wg.numpy, "special": wg.special, "numpy": numpy, "wg": wg}
CALL = re.compile(r"\b((?:np|special)\.[\w.]+)\(")


@cache
def written() -> dict[str, list[str]]:
    """The statements of examples.txt, by the function that they are about: the first that a line's last call is of."""
    found = {}
    for line in (Path(__file__).parent / "examples.txt").read_text().splitlines():
        statements = line.split("; ")
        name = CALL.search(statements[1] if len(statements) > 1 else line)
        assert name is not None, line
        found[name[1]] = statements
    return found


@cache
def primitives() -> dict[Any, Any]:
    """Records of the compiled table, by the function that is public."""
    return {getattr(wg._core.elementwise, p.name): p for p in wg.testing.primitives() if p.elementwise}


def statements(namespace: str, short: str, f: Any) -> list[str]:
    """What the example types."""
    name = f"{ALIASES[namespace]}.{short}"
    if name in written():
        return written()[name]
    record = primitives()[f]
    at = ", ".join(sample(low, high, place) for place, (low, high) in enumerate(record.domains))
    if record.kind == "none":
        return [f"{name}({at})"]
    argnums = tuple(range(record.arity)) if record.arity > 1 else 0
    if short == "polygamma":  # whose order is a whole number
        at, argnums = "1, 2.0", 1
    return [f"{name}({at})", f"wg.grad({name}{f', {argnums}' if argnums else ''})({at})"]


def sample(low: float, high: float, place: int) -> str:
    """A short number within the interval, another one at each place."""
    return repr(float(f"{low + (high - low) * (0.7 - 0.25 * place):.2g}"))


def example(namespace: str, short: str, f: Any) -> str:
    """The example as an interpreter shows it."""
    typed = statements(namespace, short, f)
    names: dict[str, Any] = dict(NAMES)
    lines = []
    for statement in typed:
        lines.append(f">>> {statement}")
        try:
            code = compile(statement, "<example>", "eval")
        except SyntaxError:
            exec(statement, names)
            continue
        value = eval(code, names)
        lines += repr(value).splitlines() if value is not None else []
    return "\n".join(lines)
