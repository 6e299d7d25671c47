"""How many threads work on a run of a program."""

from __future__ import annotations

from wengert import _core


def thread_count() -> int:
    """How many threads work on one run of a program: WENGERT_THREADS, else all processors that this process may use.

    returns : at least 1
    raises  : nothing
    cost    : none

    >>> thread_count() >= 1
    True
    """
    return _core.thread_count()


def set_thread_count(count: int) -> None:
    """From now on so many threads work on one run of a program; results do not depend on it, bit for bit.

    count  : at least 1, which runs programs on the caller's thread alone
    raises : ValueError for less
    cost   : threads are started when the next large program runs

    >>> set_thread_count(thread_count())
    """
    _core.set_thread_count(count)
