"""Functions that are computed again in the reverse sweep, but for what a policy says is worth its memory."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from types import CodeType
from typing import Any
from weakref import WeakSet

from wengert import _core, _tree
from wengert._compile import Unrecordable
from wengert._core import Array
from wengert._custom import Leaves, recomputed
from wengert._frames import boundary
from wengert._loop import Loop, Span
from wengert._steps import Carried, Steps
from wengert._transforms import Function, require_function
from wengert.errors import ArgumentError, OptionError

__all__ = ["checkpoint", "checkpoint_name"]

POLICIES = ("all", "products", "nothing")
SEGMENTS: WeakSet[CodeType] = WeakSet()  # of the functions that were given to checkpoint: pages show what they did


@boundary
def checkpoint(f: Function, policy: str | Iterable[str] | None = None) -> Function:
    """f, computed again in the reverse sweep instead of keeping its intermediate values.

    f       : trees of arrays -> a tree of arrays; pure; may close over recorded arrays
    policy  : what is kept. None: nothing, and f itself is called again. Else f becomes a program, and what is not
              kept of it is computed again: "products" keeps results of matrix products, solvers, decompositions and
              Fourier transforms; names, one or more in a list, what `checkpoint_name` named so; "nothing"; "all"
              what a loop's tape would hold, which is all but what is as cheap as memory
    returns : function with f's arguments and results; composes with every transform
    raises  : TapeError where f writes into a recorded array from outside; ValueError for an unknown policy
    cost    : one more f for each derivative asked for, less what is kept; in memory its arguments, results and what is
              kept, and one f's tape at a time
    source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 12

    >>> from wengert import grad
    >>> grad(checkpoint(lambda x: x * x * x))(2.0)
    np.float64(12.0)
    """
    require_function("checkpoint", f)
    plain = recomputed(f)
    if isinstance(code := getattr(f, "__code__", None), CodeType):
        SEGMENTS.add(code)
    if policy is None:
        return plain
    if not isinstance(policy, str | list | tuple | set | frozenset):
        raise ArgumentError(f"checkpoint: policy: one of {', '.join(POLICIES)}, or a list of names: given {policy!r}")
    keep: Any = policy if isinstance(policy, str) else list(policy)
    if not all(isinstance(name, str) for name in keep) or (isinstance(keep, str) and keep not in POLICIES):
        raise OptionError(f"checkpoint: policy: one of {', '.join(POLICIES)}, or a list of names: given {policy!r}")

    @wraps(f)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not _core.is_recording() or _core.records_all():  # a program keeps what its sweeps need
            return f(*args, **kwargs)
        try:
            return _once(f, Leaves((args, kwargs)), keep)
        except Unrecordable:
            return plain(*args, **kwargs)

    return wrapped


def _once(f: Function, leaves: Leaves, keep: Any) -> Any:
    """f as a loop of one step, whose rows are the arguments."""
    shown: list[Any] = []

    def step(_: Any, __: list[Any], rows: list[Any]) -> tuple[list[Any], list[Any]]:
        args, kwargs = leaves.replaced(rows)
        found, unflatten = _tree.flatten(f(*args, **kwargs))
        shown[:] = [[None if isinstance(y, Array) else y for y in found], unflatten]
        return [], [y for y in found if isinstance(y, Array)]

    steps = Steps("checkpoint", f, step, 0)
    sequences = [x[None] for x in leaves.traced]
    _, results = Loop(steps, Carried("checkpoint", ()), sequences, Span(0, 1, 1), keep=keep).run()
    rest = iter(results)
    return shown[1]([next(rest)[0] if y is None else y for y in shown[0]])


@boundary
def checkpoint_name(x: Any, name: str) -> Any:
    """x under a name that policies of `checkpoint` may keep it by; nothing else happens.

    x       : an array or a number
    name    : any string
    returns : x
    raises  : TypeError for a tree: name each leaf
    cost    : one operation on the list
    source  : Bradbury et al., JAX (2018): the name

    >>> import numpy as np; from wengert import grad
    >>> f = checkpoint(lambda x: np.sin(checkpoint_name(np.exp(x), "grown")), policy=["grown"])
    >>> grad(f)(0.0)
    np.float64(0.5403023058681398)
    """
    if not isinstance(name, str):
        raise ArgumentError(f"checkpoint_name: name: a string: given {type(name).__name__}")
    if not _tree.is_number(x):
        raise ArgumentError(
            f"checkpoint_name: an array or a number: given {type(x).__name__}; name each leaf of a tree"
        )
    return _core.mark(x, name) if isinstance(x, Array) else x
