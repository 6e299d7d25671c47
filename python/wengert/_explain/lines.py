"""The line of the user's program that an error comes from, with the very expression underlined."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterable
from itertools import islice
from types import CodeType, FrameType

import numpy as np

from wengert._frames import is_ours

__all__ = ["current", "line_of", "where"]

NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
PYTHON = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
COMMANDS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_cli") + os.sep
FOLDERS = ("site-packages", "dist-packages")
PACKAGES = tuple(f"{os.sep}{folder}{os.sep}" for folder in FOLDERS)


def where(error: BaseException, rest: list[str]) -> list[str]:
    """The lines of a message behind the first one, and the user's line where they do not name it."""
    if any(line.startswith("  at ") for line in rest):
        return rest
    found = _syntax(error) if isinstance(error, SyntaxError) else None
    if found is None:
        place = _place(error)
        if place is None:
            return rest
        found = line_of(*place)
    text, caret = found
    return [f"  at {text}", *([caret] if caret else []), *rest]


def current() -> tuple[str, str]:
    """`line_of` the user's innermost frame that runs now; nothing where there is none.

    What called the command line is nobody's.
    """
    frames = list[tuple[CodeType, int]]()
    frame: FrameType | None = sys._getframe(1)
    while frame and not frame.f_code.co_filename.startswith(COMMANDS):
        frames.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    place = _users(reversed(frames))
    if not place:
        return "", ""
    text, caret = line_of(*place)
    inner = next((_package(code) for code, _ in frames if not _foreign(code)), "")
    return text, caret + (f"\n  inside of {inner}, which computes with plain numbers" if inner and caret else "")


def _package(code: CodeType) -> str:
    """The installed package that code belongs to."""
    parts = code.co_filename.split(os.sep)
    at = [k for k, part in enumerate(parts) if part in FOLDERS]
    return parts[at[-1] + 1].removesuffix(".py") if at else ""


def _place(error: BaseException) -> tuple[CodeType, int] | None:
    """Code and instruction of the innermost frame of the traceback that is the user's."""
    entries, entry = list[tuple[CodeType, int]](), error.__traceback__
    while entry is not None:
        entries.append((entry.tb_frame.f_code, entry.tb_lasti))
        entry = entry.tb_next
    return _users(entries)


def _users(entries: Iterable[tuple[CodeType, int]]) -> tuple[CodeType, int] | None:
    """The last that is the user's; of an installed package, where all are of such or nobody's."""
    found = installed = None
    for code, instruction in entries:
        if _foreign(code):
            continue
        if any(folder in code.co_filename for folder in PACKAGES):
            installed = code, instruction
        else:
            found = code, instruction
    return found or installed


def _foreign(code: CodeType) -> bool:
    """Ours, NumPy's, or of Python's own library."""
    file = code.co_filename
    own = file.startswith(PYTHON) and not any(folder in file for folder in PACKAGES)
    return own or is_ours(code) or file.startswith((NUMPY, "<frozen "))


def _syntax(error: SyntaxError) -> tuple[str, str] | None:
    """Where the text of a program is none."""
    if not error.filename or not error.lineno:
        return None
    raw = (error.text or "").rstrip("\n")
    source = raw.strip()
    text = f"{error.filename}:{error.lineno}" + (f": {source}" if source else "")
    if not source or not error.offset:
        return text, ""
    left = max(error.offset - 1 - (len(raw) - len(raw.lstrip())), 0)
    end = error.end_offset if error.end_lineno == error.lineno else None
    return text, " " * (len(f"  at {text}") - len(source) + left) + "^" * max((end or 0) - error.offset, 1)


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
