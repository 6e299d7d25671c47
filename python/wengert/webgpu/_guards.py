"""Branches of a function on a device that go by numbers among its arguments: those that lie on the processor are looked
at there, before each call. Nothing is read back for them, and no array is computed with twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert.errors import Error, TapeError

__all__ = ["HostGuards"]


def _is_number_here(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.shape == ()


class HostGuards:
    """What a program was told while it was recorded, and how to compute it again."""

    def __init__(self, program: Any, arrays: Sequence[Any]) -> None:
        from wengert.explore._listing import Listing

        self._told = _core.program_guards(program)
        self._at = [k for k, x in enumerate(arrays) if _is_number_here(x)]
        inputs = {number: i for i, (name, _, _, number) in enumerate(Listing(program).nodes) if name == "input"}
        self._given = [inputs[k] for k in self._at]
        self._program = program
        self.first_elsewhere = next((k for k, told in enumerate(self._told) if not self._can_tell([told])), None)
        if self.first_elsewhere is None:
            self._part = self._computing(self._told)

    def _computing(self, told: Sequence[Any]) -> Any:
        return _core.program_excerpt(self._program, self._given, [node for _, node, _ in told])

    def _can_tell(self, told: Sequence[Any]) -> bool:
        """Are they computed from numbers that lie on the processor alone?"""
        try:
            self._computing(told)
        except TapeError:
            return False
        return True

    def first_other(self, arrays: Sequence[Any]) -> int | None:
        """The first guard that sees something else now; none where this program is the one for these arguments."""
        numbers = [arrays[k] for k in self._at]
        if not all(_is_number_here(x) for x in numbers):
            return 0
        try:
            seen = self._part.run(numbers, True)
        except Error:  # an index beyond the end, say, that an earlier branch would have kept from being read
            return 0
        pairs = enumerate(zip(self._told, seen, strict=True))
        return next((k for k, ((kind, _, then), now) in pairs if not _alike(kind, then, now)), None)


def _alike(kind: str, then: Any, now: Any) -> bool:
    if kind == "truth":
        return bool(now) == bool(then)
    if kind == "integer":
        return int(now) == int(then)
    return np.asarray(now).tobytes() == np.asarray(then).tobytes()
