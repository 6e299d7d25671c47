"""Which call of which function each operation was made in, found out while a function is recorded.

The interpreter tells when functions begin and end; the core notes the number of the call beside each line. That is slow
and done for pages alone, which show a call as a group, within the group of its caller.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import CodeType, FrameType
from typing import Any

import numpy as np

from wengert import _core
from wengert._frames import is_ours

__all__ = ["Calls", "function_name"]

_NUMPY = os.path.dirname(np.__file__) + os.sep
_LOOPS = (".<listcomp>", ".<genexpr>", ".<dictcomp>", ".<setcomp>")  # functions in name alone


def function_name(code: CodeType) -> str:
    """What its author would call it: `outer.inner`; a comprehension belongs to its function."""
    name = code.co_qualname.replace("<locals>.", "")
    while name.endswith(_LOOPS):
        name = name.rpartition(".")[0]
    return name


class Calls:
    """The calls that are made within a `with` block, by this thread, of functions that are the user's own."""

    def __init__(self) -> None:
        self._made: list[tuple[int, CodeType]] = []  # caller and function of call number 1, 2, ...
        self._outer: list[int] = []  # the calls at work when each of those began that have not ended
        self._now = 0
        self._before: Any = None

    def __enter__(self) -> Calls:
        self._before = sys.getprofile()
        if self._before is None:  # else someone measures: their profile is worth more than our groups
            sys.setprofile(self._told)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            sys.setprofile(None)
        _core.set_call(0)

    def _told(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            self._outer.append(self._now)
            if _is_users(frame.f_code):
                self._made.append((self._now, frame.f_code))
                self._enter(len(self._made))
        elif event == "return" and self._outer:
            self._enter(self._outer.pop())

    def _enter(self, call: int) -> None:
        self._now = call
        _core.set_call(call)

    def table(self, of: Sequence[int]) -> dict[str, Any]:
        """For a document: caller and name of each call that operations were made in, and the call of each operation.

        of      : the calls of the operations, in order; 0 where that is not known
        returns : "calls", [caller, name] each, counted from 1 (caller 0: none), and "within", [how many, call] of runs;
                  empty where all is done in one call
        """
        used: set[int] = set()
        for call in set(of):
            while call and call not in used:
                used.add(call)
                call = self._made[call - 1][0]
        if len(used) < 2:
            return {"calls": [], "within": []}
        number = {0: 0} | {call: k for k, call in enumerate(sorted(used), 1)}
        within: list[list[int]] = []
        for call in of:
            if within and within[-1][1] == number[call]:
                within[-1][0] += 1
            else:
                within.append([1, number[call]])
        made = [self._made[call - 1] for call in sorted(used)]
        return {"calls": [[number[caller], function_name(code)] for caller, code in made], "within": within}


def _is_users(code: CodeType) -> bool:
    return not (code.co_name.startswith("<") and "." + code.co_name in _LOOPS) and not (
        is_ours(code) or code.co_filename.startswith(_NUMPY)
    )
