"""Whole Jacobians and Hessians, and products with Hessians, from sweeps over one recording."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from wengert import _core
from wengert._core import Array
from wengert._frames import boundary, hide
from wengert._transforms import (
    ArgNums,
    Function,
    Watched,
    finished,
    gradient_of,
    pushed,
    recorded_leaves,
    require_complex_inputs,
    require_function,
    require_real_output,
    require_tuples,
    split_aux,
)
from wengert.errors import DTypeError, OptionError

__all__ = ["hessian", "hvp", "jacobian"]

Sweep = Callable[..., list[Array]]

MODES = ("auto", "forward", "reverse")


def hvp(f: Function, primals: Any, tangents: Any) -> Any:
    """Product of the Hessian of f with a vector: forward over reverse, the Hessian itself never formed.

    f        : scalar-valued, of one or more arguments
    primals  : the argument of f, or the tuple of its arguments
    tangents : the vector, shaped like primals
    returns  : H v, shaped like primals
    raises   : ShapeError if the tangents are not shaped like the primals
    cost     : a small multiple of a gradient
    source   : Pearlmutter, Fast exact multiplication by the Hessian (1994)

    >>> hvp(lambda x: x**3, 2.0, 1.0)
    np.float64(12.0)
    """
    try:
        require_function("hvp", f)
        single = not isinstance(primals, tuple)
        args, directions = ((primals,), (tangents,)) if single else (primals, tangents)
        require_tuples("hvp", args, directions)
        _, products = pushed("hvp", gradient_of("hvp", f, tuple(range(len(args)))), args, directions)
        return products[0] if single else products
    except BaseException as error:
        hide(error)
        raise


@boundary
def jacobian(
    f: Function, argnums: ArgNums = 0, mode: str = "auto", holomorphic: bool = False, has_aux: bool = False
) -> Function:
    """Function with f's arguments that returns the Jacobian of f.

    f           : (n,), ... -> (m,)   trees of arrays in and out
    argnums     : which positional arguments to differentiate by
    mode        : "forward" runs one sweep an input element, "reverse" one an output element; "auto" takes the fewer
    holomorphic : f is a holomorphic function of complex arguments. Else arguments and results may be complex on one
                  side only: real arguments are swept forward, real results in reverse, where the gradient by
                  z = x + iy is df/dx - i df/dy
    has_aux     : f returns (value, aux); the result is (Jacobian, aux)
    returns     : function -> array of shape output.shape + input.shape; trees: the output's tree outermost
    raises      : ValueError for another mode, or one that the complex side does not allow; DTypeError for integer
                  arguments, and for complex ones with complex results not said to be holomorphic
    cost        : one f, then min(inputs, outputs) sweeps, run as one on as many lanes where that is quicker
    source      : Griewank & Walther, Evaluating Derivatives (2008), ch. 3 and 4

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    require_function("jacobian", f)
    if mode not in MODES:
        raise OptionError(f"jacobian: unknown mode: given {mode!r}, expected one of {', '.join(MODES)}")
    return _jacobian("jacobian", f, argnums, mode, holomorphic, has_aux)


def _jacobian(
    name: str, f: Function, argnums: ArgNums, mode: str, holomorphic: bool = False, has_aux: bool = False
) -> Function:
    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        scope = _core.Scope(name, f)
        scope.enter()
        try:
            watched = Watched(name, scope, args, argnums)
            y = f(*watched.args, **kwargs)
            y, aux = split_aux(name, y) if has_aux else (y, None)
            outputs, unflatten = recorded_leaves(y)
            side = _side(name, mode, watched.inputs, outputs, holomorphic)
            blocks = _blocks(name, scope, side, watched.inputs, outputs)
            plain = watched.plain()
            rows = [watched.like_arguments([finished(scope, block, plain) for block in row]) for row in blocks]
            return (unflatten(rows), finished(scope, aux, plain)) if has_aux else unflatten(rows)
        except BaseException as error:
            hide(error)
            raise
        finally:
            scope.close()

    return wrapped


def _side(name: str, mode: str, inputs: list[Array], outputs: list[Array], holomorphic: bool) -> str:
    """The mode to sweep in: of complex numbers without a complex derivative only the real side has unit directions."""
    require_complex_inputs(name, inputs, holomorphic)
    if holomorphic:
        require_real_output(name, outputs, holomorphic)
        return mode
    complex_in, complex_out = (any(x.dtype.kind == "c" for x in side) for side in (inputs, outputs))
    if complex_in and name == "hessian":
        raise DTypeError(
            "hessian: complex arguments: the derivative of a gradient by them is no complex matrix; use hvp, take the "
            "parts as arguments, or say holomorphic=True where the function is holomorphic",
            302,
        )
    if complex_in:
        require_real_output(name, outputs, holomorphic)
    only = "reverse" if complex_in else "forward" if complex_out else mode
    if mode not in ("auto", only):
        raise OptionError(
            f"{name}: mode: given {mode!r}, but {'arguments' if complex_in else 'results'} are complex: use {only!r}"
        )
    return only


def _blocks(name: str, scope: Any, mode: str, inputs: list[Array], outputs: list[Array]) -> list[list[Any]]:
    """Jacobian of each output by each input."""
    count_in, count_out = sum(x.size for x in inputs), sum(y.size for y in outputs)
    if mode == "auto":
        mode = "reverse" if count_out <= count_in else "forward"
    if mode == "reverse":
        rows = [_unit_sweeps(name, scope, scope.adjoint, y, inputs) for y in outputs]
        return [
            [_core.reshape(block, y.shape + x.shape) for block, x in zip(row, inputs, strict=True)]
            for row, y in zip(rows, outputs, strict=True)
        ]
    columns = [_unit_sweeps(name, scope, scope.tangent, x, outputs) for x in inputs]
    return [
        [_last_to_front(_core.reshape(columns[j][i], x.shape + y.shape), x.ndim) for j, x in enumerate(inputs)]
        for i, y in enumerate(outputs)
    ]


def _unit_sweeps(name: str, scope: Any, sweep: Sweep, seeded: Array, wanted: list[Array]) -> list[Array]:
    """For each wanted array its derivatives along every unit direction of the seeded one, side by side in front.

    The one direction of a number has no axis to itself: so a program of numbers has a Jacobian of numbers.
    """
    if not seeded.ndim:
        return sweep([seeded], [_unit_directions(seeded, 0, 1)[0]], wanted)
    at_once = _most_at_once(scope, seeded.size)
    parts: list[list[Array]] = [[] for _ in wanted]
    for start in range(0, seeded.size, at_once):
        stop = min(start + at_once, seeded.size)
        found = _sweep_in_lanes(name, sweep, seeded, _unit_directions(seeded, start, stop), wanted)
        for each, part in zip(parts, found, strict=True):
            each.append(part)
    if not seeded.size:
        return [_core.asarray(np.zeros((0, *w.shape), w.dtype)) for w in wanted]
    return [each[0] if len(each) == 1 else _core.concatenate(each, 0) for each in parts]


def _most_at_once(scope: Any, directions: int) -> int:
    at_once: int = scope.lanes_for(directions)
    return at_once


def _unit_directions(x: Array, start: int, stop: int) -> Array:
    return _core.reshape(_core.identity_rows(start, stop, x), (stop - start, *x.shape))


def _sweep_in_lanes(name: str, sweep: Sweep, seeded: Array, seeds: Array, wanted: list[Array]) -> list[Array]:
    if len(seeds) == 1:
        return [_core.reshape(y, (1, *y.shape)) for y in sweep([seeded], [seeds[0]], wanted)]
    lanes = _core.Vmap(name, sweep)
    lanes.enter(len(seeds))
    try:
        return [lanes.lower(y, 0) for y in sweep([seeded], [lanes.lift(seeds, 0)], wanted)]
    finally:
        lanes.exit()


def _last_to_front(block: Array, count: int) -> Array:
    """(input axes, output axes) -> (output axes, input axes)"""
    return block._transpose_as((*range(count, block.ndim), *range(count)))


@boundary
def hessian(f: Function, argnums: ArgNums = 0, holomorphic: bool = False, has_aux: bool = False) -> Function:
    """Function with f's arguments that returns the Hessian of f: forward over reverse.

    f           : scalar-valued; arguments are trees of float arrays
    argnums     : which positional arguments to differentiate by; a tuple gives a tuple of tuples of blocks
    holomorphic : f is a holomorphic function of complex arguments
    has_aux     : f returns (value, aux); the result is (Hessian, aux)
    returns     : function -> array of shape input.shape + input.shape
    raises      : ShapeError if f is not scalar-valued; DTypeError for complex arguments of another function
    cost        : one gradient, then one forward sweep over it for each input element, run as one where that is quicker
    source      : Griewank & Walther, Evaluating Derivatives (2008), ch. 5

    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    require_function("hessian", f)
    gradient = gradient_of("hessian", f, argnums, has_aux, holomorphic)
    return _jacobian("hessian", gradient, argnums, "forward", holomorphic, has_aux)
