"""In which order the steps of a long loop run again so that few of its states are kept: docs/checkpointing.md.

A schedule is a list of actions that is never written down: each is found from the last one in constant time. What they
do to arrays, and where snapshots lie, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import index
from typing import Any, NamedTuple

from wengert import _core
from wengert._staircase import draw
from wengert.errors import ArgumentError, DomainError

__all__ = ["Action", "Count", "Run", "Schedule", "binomial", "online", "store_all", "two_level"]

KINDS = ("advance", "save", "restore", "reverse", "free", "ask", "done")
TIERS = ("memory", "disk")


class Action(NamedTuple):
    """What to do next. State k is what step k starts from; state 0 is there at the beginning.

    kind  : "advance" runs the steps from `state` to `stop` without a tape; "save" keeps the current state in a slot;
            "restore" makes a saved state current; "reverse" runs step `state` with its tape and sweeps back through it;
            "free" says that a slot is not needed any more; "ask" (online only) wants to know whether there is a step
            `state`: answer by `more()` or `finish()` of the iterator. Step `state - 1` has not been run by then
    slot  : of "save", "restore" and "free"; numbered from 0 in each tier
    tier  : "memory" or "disk"

    >>> print(next(iter(binomial(4, 2))))
    save 0 in memory 0
    """

    kind: str
    state: int
    stop: int | None = None
    slot: int | None = None
    tier: str | None = None

    def __str__(self) -> str:
        """`advance 0 to 5`, `save 5 in memory 1`, `reverse 4`."""
        to = "" if self.stop is None else f" to {self.stop}"
        at = "in" if self.kind == "save" else "from"
        return f"{self.kind} {self.state}{to}" + ("" if self.slot is None else f" {at} {self.tier} {self.slot}")


class Count(NamedTuple):
    """What a schedule does in all.

    advanced                     : steps run without a tape
    taped                        : steps run with a tape: each of the loop's once
    most_snapshots, most_on_disk : at any one time, in memory and on disk
    writes, reads                : of snapshots on disk
    actions                      : how many there are

    >>> binomial(4, 2).count().advanced
    4
    """

    advanced: int
    taped: int
    most_snapshots: int
    most_on_disk: int
    writes: int
    reads: int
    actions: int


class Run(Iterator[Action]):
    """One pass through a schedule's actions.

    >>> run = iter(store_all(1))
    >>> [action.kind for action in run]
    ['reverse']
    """

    def __init__(self, plan: _core.Schedule) -> None:
        self._plan = plan

    def __next__(self) -> Action:
        """The next action; StopIteration when all steps are reversed."""
        kind, state, stop, slot, tier = self._plan.next()
        name = KINDS[kind]
        if name == "done":
            raise StopIteration
        if name in ("save", "restore", "free"):
            return Action(name, state, None, slot, TIERS[tier])
        return Action(name, state, stop if name == "advance" else None)

    def more(self) -> None:
        """The answer to "ask" that there is another step, which may be the last."""
        self._plan.answer(True)

    def finish(self) -> None:
        """The answer to "ask" that there are no more steps: they are reversed from here on."""
        self._plan.answer(False)


@dataclass(frozen=True)
class Schedule:
    """Made by `binomial`, `online`, `store_all` and `two_level`. Iterates over actions, any number of times.

    >>> len(list(binomial(4, 2))) == binomial(4, 2).count().actions
    True
    """

    kind: str
    steps: int | None  # None: asked for
    snapshots: int | None = None  # None: as many as there are states
    disk: int = 0

    def __iter__(self) -> Run:
        """A pass through the actions."""
        return Run(self._plan())

    def count(self, steps: int | None = None) -> Count:
        """Steps, snapshots and actions, found by going through all of them, in 4 to 8 ns each.

        steps : for an online schedule, how many there turn out to be
        """
        return Count(*self._plan().count(self._steps("count", steps)))

    def plot(self, ax: Any = None, steps: int | None = None) -> Any:
        """Draws the staircase: steps over time, which is counted in steps run; snapshots are horizontal lines.

        ax      : axes of matplotlib, or None for new ones
        steps   : for an online schedule, how many there turn out to be
        returns : the axes
        raises  : ImportError without matplotlib; DomainError for more steps than a picture can show
        """
        return draw(self, self._steps("plot", steps), ax)

    def _plan(self) -> _core.Schedule:
        snapshots = _core.most_steps if self.snapshots is None else self.snapshots
        return _core.Schedule(-1 if self.steps is None else self.steps, snapshots, self.disk)

    def _steps(self, operation: str, given: int | None) -> int:
        if self.steps is None:
            if given is None:
                raise ArgumentError(f"{operation}: steps: given None, expected how many there turn out to be")
            return _checked(operation, "steps", given, 0)
        if given is not None:
            raise ArgumentError(f"{operation}: steps: given {given!r}, expected none: the schedule has {self.steps}")
        return self.steps


def store_all(steps: int) -> Schedule:
    """Every state kept: `steps` - 1 steps without a tape, and as many snapshots.

    steps   : how many the loop has
    returns : Schedule
    raises  : as binomial
    cost    : 4 to 8 ns an action
    source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 12

    >>> store_all(1000).count().advanced
    999
    """
    return Schedule("store_all", _checked("store_all", "steps", steps, 0))


def binomial(steps: int, snapshots: int) -> Schedule:
    """The fewest steps in which a loop can be reversed from so many snapshots at a time, the first state among them.

    steps     : how many the loop has
    snapshots : s >= 1; more than steps - 1 are not used
    returns   : t(n, s) = r n - C(s + r, r - 1) of n steps without a tape, r the least with C(s + r, s) >= n
    raises    : TypeError for what is no integer; DomainError, a ValueError, outside of 0 (1) to 2**40
    cost      : 4 to 8 ns an action in C++; memory for the snapshots' numbers
    source    : Griewank & Walther, Algorithm 799: revolve (2000)

    >>> for action in binomial(4, 2):
    ...     print(action)
    save 0 in memory 0
    advance 0 to 1
    save 1 in memory 1
    advance 1 to 3
    reverse 3
    restore 1 from memory 1
    advance 1 to 2
    reverse 2
    restore 1 from memory 1
    free 1 from memory 1
    reverse 1
    restore 0 from memory 0
    free 0 from memory 0
    reverse 0
    >>> binomial(1_000_000, 100).count().advanced
    3817896
    """
    name = "binomial"
    return Schedule(name, _checked(name, "steps", steps, 0), _checked(name, "snapshots", snapshots, 1))


def two_level(steps: int, snapshots: int, disk: int) -> Schedule:
    """`binomial(steps, snapshots + disk)` with `disk` of the snapshots on disk: those that are written and read least.

    steps, snapshots : as binomial; these are in memory
    disk             : how many more a file takes
    returns          : Schedule whose actions name a tier
    raises, cost     : as binomial
    source           : Stumm & Walther, Multistage approaches for optimal offline checkpointing (2009)

    >>> two_level(1000, 10, 10).count()
    Count(advanced=2747, taped=1000, most_snapshots=10, most_on_disk=10, writes=78, reads=106, actions=4690)
    """
    name = "two_level"
    given = {"steps": (steps, 0), "snapshots": (snapshots, 1), "disk": (disk, 0)}
    return Schedule(name, *(_checked(name, what, x, least) for what, (x, least) in given.items()))


def online(snapshots: int) -> Schedule:
    """For a loop that ends nobody knows when: then it is reversed in hardly more steps than `binomial` would need.

    snapshots : s >= 1, the first state among them; from s = 10 on at most 1.04 times as many steps in all
    returns   : a schedule whose iterator asks for each step whether there is one
    raises    : as binomial
    cost      : 50 to 80 ns a step for up to 100 snapshots, 220 ns for 1,000, the reversal included
    source    : Stumm & Walther, SIAM J. Sci. Comput. 32 (2010)

    >>> run, steps = iter(online(10)), 0
    >>> for action in run:
    ...     if action.kind == "ask":
    ...         run.more() if action.state < 1000 else run.finish()
    ...     steps += action.kind == "advance" and action.stop - action.state
    >>> steps, online(10).count(1000).advanced, binomial(1000, 10).count().advanced
    (3719, 3719, 3636)
    """
    return Schedule("online", None, _checked("online", "snapshots", snapshots, 1))


def _checked(operation: str, what: str, given: Any, least: int) -> int:
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise ArgumentError(f"{operation}: {what}: given {given!r}, expected an integer")
    number = index(given)
    if not least <= number <= _core.most_steps:
        raise DomainError(f"{operation}: {what}: given {number}, expected {least} to {_core.most_steps}", 405)
    return number
