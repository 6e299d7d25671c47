"""What the core says when it raises, as its sources have it; core_messages.txt has the code that is chosen for each.

A row is a code, a class and a message, with braces for what only a run can tell. Of classes that have one code there is
nothing to choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Classes of which there are several codes, and what Python calls them.
KINDS = {
    "ShapeError": "ShapeError",
    "DtypeError": "DTypeError",
    "TapeError": "TapeError",
    "DomainError": "DomainError",
    "FormatError": "FormatError",
    "Refusal": "DeviceUnsupportedError",
}
THROW = re.compile(r"\b(?:throw (\w+)|refuse)\(")
REFUSED = {"program": "FormatError", "webgpu": "Refusal"}  # what `refuse` throws in a folder
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


def messages() -> Iterator[tuple[str, str]]:
    """Class and message of each throw."""
    for path in sorted((ROOT / "cpp").rglob("*.[ch]pp")):
        text = path.read_text()
        for start in THROW.finditer(text):
            kind = start[1] or REFUSED.get(path.parent.name, "")
            if kind in KINDS:
                yield KINDS[kind], template(argument(text, start.end()))


def chosen() -> dict[tuple[str, str], str]:
    """The code of each message, by class and words."""
    lines = (Path(__file__).parent / "core_messages.txt").read_text().splitlines()
    return {(kind, message): code for code, kind, message in (line.split(" ", 2) for line in lines)}


def argument(text: str, start: int) -> str:
    """What stands between the bracket that is open here and its end."""
    depth, at = 1, start
    while depth:
        literal = TEXT.match(text, at)
        depth += {"(": 1, ")": -1}.get(text[at], 0) if not literal else 0
        at = literal.end() if literal else at + 1
    return re.sub(r"^[\w.]+, (cat\()?", "", text[start : at - 1])  # a refusal of a device says of which node first


def template(expression: str) -> str:
    """The literal parts of a message, joined."""
    parts = TEXT.split(expression)
    return "".join(part if k % 2 else "{}" if re.search(r"\w", part) else "" for k, part in enumerate(parts))
