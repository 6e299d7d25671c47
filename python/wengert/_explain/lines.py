"""The line of the user's program that an error comes from, with the very expression underlined."""

from __future__ import annotations

import linecache
import os
from itertools import islice
from types import CodeType

import numpy as np

from wengert._frames import is_ours

__all__ = ["line_of", "where"]

NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
PYTHON = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


def where(error: BaseException, rest: list[str]) -> list[str]:
    """The lines of a message behind the first one, and the user's line where they do not name it."""
    place = _place(error)
    if place is None or any(line.startswith("  at ") for line in rest):
        return rest
    text, caret = line_of(*place)
    return [f"  at {text}", *([caret] if caret else []), *rest]


def _place(error: BaseException) -> tuple[CodeType, int] | None:
    """Code and instruction of the innermost frame of the traceback that is the user's."""
    found, entry = None, error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        if not _foreign(code):
            found = code, entry.tb_lasti
        entry = entry.tb_next
    return found


def _foreign(code: CodeType) -> bool:
    """Ours, NumPy's, or of Python's own library."""
    file = code.co_filename
    return is_ours(code) or file.startswith(NUMPY) or (file.startswith(PYTHON) and "site-packages" not in file)


def line_of(code: CodeType, instruction: int) -> tuple[str, str]:
    """`file:line: source`, and a line to stand under it, behind "  at ", that underlines the expression."""
    first, last, start, end = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)
    number = first or code.co_firstlineno
    raw = linecache.getline(code.co_filename, number).rstrip("\n")
    source = raw.strip()
    text = f"{code.co_filename}:{number}" + (f": {source}" if source else "")
    if not source or start is None or end is None:
        return text, ""
    left = _characters(raw, start)
    right = _characters(raw, end) if last == first else len(raw.rstrip())
    indent = len(raw) - len(raw.lstrip())
    return text, " " * (len(f"  at {text}") - len(source) + left - indent) + "^" * max(right - left, 1)


def _characters(line: str, byte: int) -> int:
    """Positions in code objects count bytes of UTF-8."""
    return len(line.encode()[:byte].decode(errors="replace"))
