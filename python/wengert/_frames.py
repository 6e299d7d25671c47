"""Which frames of a traceback are the user's: ours are taken out where a public call ends in an exception."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from types import CodeType, TracebackType
from typing import ParamSpec, TypeVar

from wengert.errors import TracedValueError

__all__ = ["boundary", "hide", "is_ours"]

P = ParamSpec("P")
R = TypeVar("R")

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
VARIABLE = "WENGERT_FULL_TRACEBACK"
CURE = "wengert: NumPy's arrays hold no recorded values (WG101, above): use wengert.zeros(...) for np.zeros(...)"
OBJECTS = "wengert: NumPy's arrays of objects know no functions of recorded values: use np.stack([...]) of them"
CAUSE = "wengert: of this the error above is the cause (WG101): a recorded value was used as a plain number"


def is_ours(code: CodeType) -> bool:
    """Does this code belong to the library?"""
    return code.co_filename.startswith(HERE)


def hide(error: BaseException) -> None:
    """Takes our frames out of the traceback of an exception on its way to the user.

    For `except BaseException as error: hide(error); raise` at the outermost of our frames: a bare `raise` adds no entry
    for the frame that it stands in, and a `try` costs nothing where nothing is raised.

    Where a recorded value is written into an array of NumPy's, NumPy speaks of "a sequence", and has our error as a
    cause: the way out is added to its words. Others, too, tell of a failure of their own that ours is the cause of.
    """
    if isinstance(error.__cause__, TracedValueError) and not hasattr(error, "__notes__"):
        error.add_note(CURE if "array element" in str(error) else CAUSE)
    if (
        type(error) is TypeError
        and not hasattr(error, "__notes__")
        and "type wengert.Array which has no callable" in str(error)
    ):
        error.add_note(OBJECTS)
    if os.environ.get(VARIABLE, "0") not in ("", "0"):
        return
    kept: list[TracebackType] = []
    entry, within = error.__traceback__, False
    while entry is not None:
        code = entry.tb_frame.f_code
        within = is_ours(code) or (within and os.path.basename(code.co_filename) == "contextlib.py")
        if not within:
            kept.append(entry)
        entry = entry.tb_next
    for here, following in zip(kept, [*kept[1:], None], strict=False):
        here.tb_next = following
    error.__traceback__ = kept[0] if kept else None


def boundary(f: Callable[P, R]) -> Callable[P, R]:
    """f, whose exceptions show no frame of ours: for calls that last long enough to bear another call."""

    @wraps(f)
    def outer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return f(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return outer
