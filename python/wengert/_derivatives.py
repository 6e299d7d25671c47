"""Whole Jacobians and Hessians, and products with Hessians, from sweeps over one recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from wengert import _core
from wengert._core import Array
from wengert._transforms import (
    ArgNums,
    Function,
    Watched,
    finished,
    gradient_of,
    pushed,
    recorded_leaves,
    require_function,
    require_tuples,
)

__all__ = ["hessian", "hvp", "jacobian"]

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
    require_function("hvp", f)
    single = not isinstance(primals, tuple)
    args, directions = ((primals,), (tangents,)) if single else (primals, tangents)
    require_tuples("hvp", args, directions)
    _, products = pushed("hvp", gradient_of("hvp", f, tuple(range(len(args)))), args, directions)
    return products[0] if single else products


def jacobian(f: Function, argnums: ArgNums = 0, mode: str = "auto") -> Function:
    """Function with f's arguments that returns the Jacobian of f.

    f       : (n,), ... -> (m,)   trees of arrays in and out
    argnums : which positional arguments to differentiate by
    mode    : "forward" runs one sweep an input element, "reverse" one an output element; "auto" takes the fewer
    returns : function -> array of shape output.shape + input.shape; trees: the output's tree outermost
    raises  : ValueError for another mode; DTypeError for integer arguments
    cost    : one f, then min(inputs, outputs) sweeps
    source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 3 and 4

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    require_function("jacobian", f)
    if mode not in MODES:
        raise ValueError(f"jacobian: unknown mode: given {mode!r}, expected one of {', '.join(MODES)}")
    return _jacobian("jacobian", f, argnums, mode)


def _jacobian(name: str, f: Function, argnums: ArgNums, mode: str) -> Function:
    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        scope = _core.Scope(name, f)
        scope.enter()
        try:
            watched = Watched(name, scope, args, argnums)
            outputs, unflatten = recorded_leaves(f(*watched.args, **kwargs))
            blocks = _blocks(scope, mode, watched.inputs, outputs)
            plain = watched.plain()
            rows = [watched.like_arguments([finished(scope, block, plain) for block in row]) for row in blocks]
            return unflatten(rows)
        finally:
            scope.close()

    return wrapped


def _blocks(scope: Any, mode: str, inputs: list[Array], outputs: list[Array]) -> list[list[Any]]:
    """Jacobian of each output by each input."""
    count_in, count_out = sum(x.size for x in inputs), sum(y.size for y in outputs)
    if mode == "auto":
        mode = "reverse" if count_out <= count_in else "forward"
    if mode == "reverse":
        rows = _directions(scope.adjoint, outputs, inputs)
        return [
            [_assembled(rows[i][j], y.shape + x.shape) for j, x in enumerate(inputs)] for i, y in enumerate(outputs)
        ]
    columns = _directions(scope.tangent, inputs, outputs)
    return [
        [_last_to_front(_assembled(columns[j][i], x.shape + y.shape), x.ndim) for j, x in enumerate(inputs)]
        for i, y in enumerate(outputs)
    ]


def _directions(sweep: Callable[..., list[Any]], seeded: list[Array], wanted: list[Array]) -> list[list[list[Any]]]:
    """For each seeded array, for each wanted one: its derivatives along every unit direction."""
    found = []
    for k, x in enumerate(seeded):
        unit = np.zeros(x.size, x.dtype)
        lists: list[list[Any]] = [[] for _ in wanted]
        for i in range(x.size):
            unit[i] = 1.0
            for each, part in zip(lists, sweep([seeded[k]], [unit.reshape(x.shape)], wanted), strict=True):
                each.append(part)
            unit[i] = 0.0
        found.append([each or [np.zeros((0, *w.shape), w.dtype)] for each, w in zip(lists, wanted, strict=True)])
    return found


def _assembled(parts: Sequence[Any], shape: tuple[int, ...]) -> Array:
    rows = [_core.reshape(part, (1, *part.shape)) for part in parts] if isinstance(parts[0], Array) else parts
    return _core.reshape(_core.concatenate(rows, 0), shape)


def _last_to_front(block: Array, count: int) -> Array:
    """(input axes, output axes) -> (output axes, input axes)"""
    return block._transpose_as((*range(count, block.ndim), *range(count)))


def hessian(f: Function, argnums: ArgNums = 0) -> Function:
    """Function with f's arguments that returns the Hessian of f: forward over reverse.

    f       : scalar-valued; arguments are trees of float arrays
    argnums : which positional arguments to differentiate by; a tuple gives a tuple of tuples of blocks
    returns : function -> array of shape input.shape + input.shape
    raises  : ShapeError if f is not scalar-valued
    cost    : one gradient, then one forward sweep over it for each input element

    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    require_function("hessian", f)
    return _jacobian("hessian", gradient_of("hessian", f, argnums), argnums, "forward")
