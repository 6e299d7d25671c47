"""Functions whose derivatives the user states, and functions that are computed again instead of being remembered.

Each is one node of the tape. A first run, apart from the tape, gives the value; sweeps call the rules: with
plain arrays, or, where a sweep is itself differentiated, with recorded ones, and then what they compute is on the tape.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import update_wrapper, wraps
from math import prod
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._core import Array
from wengert._frames import boundary
from wengert._transforms import Function, jvp, require_function, vjp
from wengert.errors import ArgumentError, ShapeError, TapeError

__all__ = ["custom_jvp", "custom_vjp"]

Adjoint = Callable[[list[Array], Array, Array], Sequence[Any]]
Tangent = Callable[[list[Array], Array, list[Array]], Any]
MOST_NESTED = 12  # runs of one rule inside of each other

running = threading.local()  # the functions whose rules run on this thread, and those whose values do


class Leaves:
    """A tree of arguments: those of its leaves that are recorded or batched, and a way to put others in their place."""

    def __init__(self, tree: Any) -> None:
        self.all, self._unflatten = _tree.flatten(tree)
        self._records_all = _core.records_all()
        self._plain = [_core.detached(x) if isinstance(x, Array) else x for x in self.all]
        self.at = tuple(k for k, x in enumerate(self.all) if _tree.is_traced(x))
        self.traced: list[Array] = [self.all[k] for k in self.at]
        self.recorded = any(x.recorded for x in self.traced)

    def apart(self) -> Any:
        """The tree without derivatives; arrays of its own, which may be written into: a capture does not mind them."""
        return self._unflatten([_core.unread_alias(x) if isinstance(x, Array) else x for x in self._plain])

    def constants(self) -> Leaves:
        """The same where a program is recorded: plain values, which a run of it has to see again."""
        if self._records_all:
            self._plain = [_core.constant(x) if isinstance(x, Array) else x for x in self.all]
            self._records_all = False
        return self

    def replaced(self, arrays: Sequence[Any]) -> Any:
        """The tree with other arrays for the traced ones."""
        given = dict(zip(self.at, arrays, strict=True))
        rest = [given.get(k, x) for k, x in enumerate(self._plain)]
        return self._unflatten(
            [_core.alias(x) if isinstance(x, Array) and k not in given else x for k, x in enumerate(rest)]
        )

    def directions(self, arrays: Sequence[Any]) -> Any:
        """A tree of tangents: these for the traced leaves, zeros for the others."""
        given = dict(zip(self.at, arrays, strict=True))
        return self._unflatten([given.get(k, np.zeros(np.shape(x))) for k, x in enumerate(self._plain)])


class Packing:
    """A tree of results as one array: its float leaves one behind the other, or the only one as it is."""

    def __init__(self, tree: Any) -> None:
        self.leaves, self._unflatten = _tree.flatten(tree)
        arrays = [_core.asarray(x) if _tree.is_number(x) else x for x in self.leaves]
        self._at = [k for k, x in enumerate(arrays) if isinstance(x, Array) and x.dtype.kind in "fc"]
        self._shapes = [arrays[k].shape for k in self._at]
        self._dtypes = [arrays[k].dtype for k in self._at]

    def packed(self, tree: Any) -> Array:
        """One array of a tree of this structure."""
        leaves, _ = _tree.flatten(tree)
        parts = [_core.asarray(leaves[k]) for k in self._at]
        return parts[0] if len(parts) == 1 else _core.concatenate([_core.reshape(x, (x.size,)) for x in parts], 0)

    def unpacked(self, y: Array) -> Any:
        """The tree of one array."""
        leaves, start = list(self.leaves), 0
        if len(self._at) == 1:
            leaves[self._at[0]] = y
            return self._unflatten(leaves)
        for k, shape, dtype in zip(self._at, self._shapes, self._dtypes, strict=True):
            part = y[start : start + prod(shape)]
            leaves[k] = _core.converted(_core.reshape(part, shape), str(dtype))
            start += prod(shape)
        return self._unflatten(leaves)

    def __bool__(self) -> bool:
        return bool(self._at)


def recorded_call(name: str, operands: Sequence[Array], result: Any, adjoint: Adjoint, tangent: Tangent) -> Any:
    """The result, as a node of the tape with these rules; both see the result's float leaves packed into one array."""
    packing = Packing(result)
    if not packing or not operands:
        return result
    return packing.unpacked(_core.custom(name, list(operands), packing.packed(result), adjoint, tangent))


def run_apart(name: str, f: Function, leaves: Leaves) -> Any:
    """f's result, nothing recorded; refused where f closes over a recorded array, whose derivative would be lost.

    Where a program is recorded, the result is recorded too, without a derivative: a run computes it again.
    """
    if _core.records_all():
        return f(*leaves.apart())
    with _core.Capture() as capture:
        result = f(*leaves.apart())
    for x in capture.outer:
        kind = "a recorded array" if x.recorded else "an array that differs from lane to lane of vmap"
        raise TapeError(
            f"{name}: {getattr(f, '__name__', 'the function')} uses {kind}, of shape {x.shape}, "
            "that is not among its arguments: pass it as one",
            105,
        )
    return result


def recomputed(f: Function) -> Function:
    """f, called again in the reverse sweep instead of being remembered: checkpoint without a policy."""

    @wraps(f)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not _core.is_recording() or _core.records_all():  # a program keeps what its sweeps need
            return f(*args, **kwargs)
        leaves = Leaves((args, kwargs))
        capture = _core.Capture()
        with capture:
            inner_args, inner_kwargs = leaves.apart()
            result = f(*inner_args, **inner_kwargs)
        count = len(leaves.traced)

        def again(*operands: Any) -> Any:
            with _core.Rebound(capture, list(operands[count:])):
                new_args, new_kwargs = leaves.replaced(operands[:count])
                y = f(*new_args, **new_kwargs)
            return Packing(y).packed(y)

        return recorded_call("checkpoint", [*leaves.traced, *capture.outer], result, *rules_of(again))

    return wrapped


def rules_of(f: Function) -> tuple[Adjoint, Tangent]:
    """Rules of a function of arrays, from its own operations."""

    def adjoint(operands: list[Array], _: Array, ybar: Array) -> Sequence[Any]:
        bars: Sequence[Any] = vjp(f, *operands)[1](ybar)
        return bars

    def tangent(operands: list[Array], _: Array, directions: list[Array]) -> Any:
        return jvp(f, tuple(operands), tuple(directions))[1]

    return adjoint, tangent


class _Custom:
    """What both kinds of functions with own rules share: arguments that are not differentiated, and the wrapping."""

    kind: str

    def __init__(self, f: Function, nondiff_argnums: Sequence[int] = ()) -> None:
        require_function(self.kind, f)
        self.f = f
        self.nondiff_argnums = tuple(nondiff_argnums)
        update_wrapper(self, f, updated=())  # type: ignore[arg-type]

    @contextmanager
    def _rule_runs(self, what: str) -> Iterator[None]:
        """Refuses a rule that takes the derivative of the function whose rule it is: it would run without end."""
        rules: list[_Custom] = running.__dict__.setdefault("rules", [])
        if rules.count(self) >= MOST_NESTED:
            raise ArgumentError(
                f"{self.kind}: {what} without end: it takes the derivative of {getattr(self.f, '__name__', 'f')}, "
                "whose rule it is: take that of the function inside, which is its attribute f"
            )
        rules.append(self)
        try:
            yield
        finally:
            rules.pop()

    def _split(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        if kwargs:
            import inspect

            bound = inspect.signature(self.f).bind(*args, **kwargs)
            bound.apply_defaults()
            if bound.kwargs:
                raise ArgumentError(
                    f"{self.kind}: keyword-only arguments: {', '.join(bound.kwargs)}: make them positional"
                )
            args = bound.args
        fixed = {k % len(args) for k in self.nondiff_argnums}
        return [args[k] for k in sorted(fixed)], [x for k, x in enumerate(args) if k not in fixed]

    def _merged(self, fixed: Sequence[Any], free: Sequence[Any]) -> list[Any]:
        rest, still = iter(free), iter(fixed)
        count = len(fixed) + len(free)
        places = {k % count for k in self.nondiff_argnums}
        return [next(still) if k in places else next(rest) for k in range(count)]


class custom_vjp(_Custom):  # noqa: N801  (a decorator)
    """A function with its own reverse rule; a decorator.

    f               : trees of arrays -> a tree of arrays
    nondiff_argnums : arguments that rules take as they are; they come first in bwd
    raises          : ShapeError where bwd's result is not shaped like the arguments; TapeError where a function closes
                      over recorded arrays
    cost            : fwd once, bwd once a reverse sweep; where the sweep is differentiated too, fwd once more. Forward
                      mode transposes bwd, which is linear in the adjoint: a reverse sweep over bwd
    source          : Bradbury et al., JAX (2018): names and argument order

    >>> from wengert import grad
    >>> @custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda _, ybar: (ybar.clip(-1.0, 1.0),))
    >>> grad(lambda x: 5.0 * clipped(x))(2.0)
    np.float64(1.0)
    """

    kind = "custom_vjp"

    def defvjp(self, fwd: Function, bwd: Function) -> None:
        """States the rule.

        fwd : of f's arguments -> (result, residuals)
        bwd : (*nondiff, residuals, adjoint of the result) -> tuple of adjoints, one for each differentiable argument,
              None for zeros
        """
        require_function("custom_vjp", fwd)
        require_function("custom_vjp", bwd)
        self.fwd, self.bwd = fwd, bwd

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not hasattr(self, "fwd"):
            raise ArgumentError(f"custom_vjp: no rule: call {getattr(self.f, '__name__', 'f')}.defvjp(fwd, bwd) first")
        fixed, free = self._split(args, kwargs)
        leaves = Leaves(tuple(free))
        if not leaves.recorded:
            return self.f(*args, **kwargs)
        values: list[custom_vjp] = running.__dict__.setdefault("values", [])
        if self in values:  # fwd calls what it is the value of: where a program is recorded that would be without end
            return self.f(*args, **kwargs)
        values.append(self)
        try:
            first = run_apart("custom_vjp", lambda *a: self._forward(fixed, a), leaves)
        finally:
            values.pop()
        packing = Packing(first[0])
        # Residuals that differ from lane to lane cannot outlive their vmap, the node can.
        batched = any(x._lanes for x in leaves.traced)

        def residuals(operands: Sequence[Array]) -> Any:
            if not batched and not any(x.recorded for x in operands):
                return first[1]
            return self._forward(fixed, leaves.replaced(operands))[1]

        def bars(kept: Any, ybar: Array) -> Sequence[Any]:
            with self._rule_runs("bwd"):
                return self._leaf_adjoints(leaves, free, self.bwd(*fixed, kept, packing.unpacked(ybar)))

        def adjoint(operands: list[Array], _: Array, ybar: Array) -> Sequence[Any]:
            return bars(residuals(operands), ybar)

        def tangent(operands: list[Array], y: Array, directions: list[Array]) -> Any:
            kept = residuals(operands)
            return vjp(lambda ybar: tuple(bars(kept, ybar)), y * 0.0)[1](tuple(directions))[0]

        return recorded_call("custom_vjp", leaves.traced, first[0], adjoint, tangent)

    def _forward(self, fixed: Sequence[Any], free: Sequence[Any]) -> tuple[Any, Any]:
        pair = self.fwd(*self._merged(fixed, free))
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ArgumentError(f"custom_vjp: fwd must return (result, residuals): it returned {type(pair).__name__}")
        return pair

    def _leaf_adjoints(self, leaves: Leaves, free: Sequence[Any], bars: Any) -> list[Any]:
        """bwd's result as one adjoint for each traced leaf of the arguments."""
        if not isinstance(bars, tuple) or len(bars) != len(free):
            given = f"a tuple of {len(bars)}" if isinstance(bars, tuple) else type(bars).__name__
            raise ShapeError(
                f"custom_vjp: bwd returned {given}, expected a tuple of {len(free)}: "
                f"one adjoint each for the arguments {_tree.describe(tuple(free))}",
                204,
            )
        found: list[Any] = []
        for x, bar in zip(free, bars, strict=True):
            of_x, _ = _tree.flatten(x)
            of_bar = [None] * len(of_x) if bar is None else _tree.flatten(bar)[0]
            if bar is not None and _tree.describe(bar) != _tree.describe(x):
                raise ShapeError(
                    f"custom_vjp: trees differ: bwd returned {_tree.describe(bar)}, "
                    f"the argument is {_tree.describe(x)}",
                    204,
                )
            for leaf, leaf_bar in zip(of_x, of_bar, strict=True):
                if _tree.is_traced(leaf):
                    found.append(np.zeros(leaf.shape, leaf.dtype) if leaf_bar is None else leaf_bar)
        return found


class custom_jvp(_Custom):  # noqa: N801  (a decorator)
    """A function with its own forward rule; a decorator. Reverse mode transposes the rule.

    f               : trees of arrays -> a tree of arrays
    nondiff_argnums : arguments that the rule takes as they are; they come first in it
    raises          : ShapeError where the tangent is not shaped like the result
    cost            : the rule once a sweep, in reverse mode with a reverse sweep over it
    source          : Bradbury et al., JAX (2018): names and argument order

    >>> from wengert import grad
    >>> @custom_jvp
    ... def cube(x):
    ...     return x**3
    >>> cube.defjvps(lambda dx, y, x: 3.0 * x * x * dx)
    >>> grad(cube)(2.0)
    np.float64(12.0)
    """

    kind = "custom_jvp"

    def defjvp(self, rule: Function) -> Function:
        """States the rule; may decorate it.

        rule : (*nondiff, primals, tangents) -> (result, tangent of the result), linear in the tangents
        """
        require_function("custom_jvp", rule)
        self.rule = rule
        return rule

    def defjvps(self, *rules: Function | None) -> None:
        """States one rule an argument.

        rules : (tangent, result, *primals) -> that argument's share of the tangent; None for none
        """

        def rule(primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
            y = self(*primals)
            parts = [r(dx, y, *primals) for r, dx in zip(rules, tangents, strict=True) if r is not None]
            return y, sum(parts[1:], parts[0]) if parts else y * 0.0

        self.rule = rule

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not hasattr(self, "rule"):
            raise ArgumentError(f"custom_jvp: no rule: call {getattr(self.f, '__name__', 'f')}.defjvp(rule) first")
        fixed, free = self._split(args, kwargs)
        leaves = Leaves(tuple(free))
        if not leaves.recorded:
            return self.f(*args, **kwargs)
        result = run_apart("custom_jvp", lambda *a: self.f(*self._merged(fixed, a)), leaves)

        packing, structure = Packing(result), _tree.describe(result)

        def push(operands: Sequence[Array], directions: Sequence[Any]) -> Array:
            primals = leaves.replaced(operands)
            tangents = leaves.directions(directions)
            with self._rule_runs("the rule"):
                pair = self.rule(*fixed, primals, tangents)
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise ArgumentError(f"custom_jvp: the rule must return (result, tangent): given {type(pair).__name__}")
            if _tree.describe(pair[1]) != structure:
                raise ShapeError(
                    f"custom_jvp: trees differ: the tangent is {_tree.describe(pair[1])}, the result {structure}", 204
                )
            return packing.packed(pair[1])

        def tangent(operands: list[Array], _: Array, directions: list[Array]) -> Any:
            return push(operands, directions)

        def adjoint(operands: list[Array], _: Array, ybar: Array) -> Sequence[Any]:
            zeros = [x * 0.0 for x in operands]
            bars: Sequence[Any] = vjp(lambda *dx: push(operands, dx), *zeros)[1](ybar)
            return bars

        return recorded_call("custom_jvp", leaves.traced, result, adjoint, tangent)
