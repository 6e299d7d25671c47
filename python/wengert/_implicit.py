"""Derivatives of what a solver found, by the implicit function theorem: how it was found does not matter.

Where F(x, a) = 0 holds and dF/dx is regular, dx/da = -(dF/dx)^-1 dF/da. Griewank & Walther, Evaluating Derivatives
(2008), ch. 15. The solver runs apart from the tape, for each lane of a vmap by itself; the solution is one node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert import numpy as wnp
from wengert._arrays import asarray, where
from wengert._core import Array
from wengert._custom import Leaves
from wengert._derivatives import hessian, jacobian
from wengert._frames import boundary
from wengert._transforms import Function, gradient_of, jvp, require_function, vjp
from wengert.errors import DomainError, DTypeError, ShapeError, TapeError
from wengert.numpy._lanes import by_lane, differing

__all__ = ["argmin", "cond", "fixed_point", "root"]

Solver = Callable[[Function, Any], Any]
"""(function of x alone, x0) -> x, all plain NumPy."""


def cond(condition: Any, true_function: Function, false_function: Function, *operands: Any) -> Any:
    """true_function(*operands) where the condition holds, else false_function(*operands); only one of them runs.

    condition : a number or an array of one element; its truth has no derivative. Where it differs from lane to lane of
                vmap, both functions run and each lane takes one result
    true_function, false_function : of the operands; their results alike in structure where lanes differ
    operands  : trees of arrays
    returns   : what the one that ran returns
    raises    : ShapeError for more elements; see wengert.where to choose element by element
    cost      : one of the functions
    source    : Bradbury et al., JAX (2018): the name and the order of arguments

    >>> cond(3.0 > 2.0, lambda x: x + 1.0, lambda x: -x, 1.0)
    2.0
    """
    if isinstance(condition, Array) and condition._lanes:
        return _either(condition, true_function(*operands), false_function(*operands))
    if np.size(condition) != 1:
        raise ShapeError(
            f"cond: one truth value is wanted: the condition has shape {np.shape(condition)}; see where", 209
        )
    return true_function(*operands) if bool(condition) else false_function(*operands)


def _either(condition: Array, yes: Any, no: Any) -> Any:
    """Lane by lane one of two results."""
    leaves, unflatten = _tree.flatten(yes)
    others, _ = _tree.flatten(no)
    if _tree.describe(yes) != _tree.describe(no):
        raise ShapeError(f"cond: trees differ: {_tree.describe(yes)} where true, {_tree.describe(no)} where false", 204)
    return unflatten([where(condition, x, y) for x, y in zip(leaves, others, strict=True)])


@boundary
def root(f: Function, x0: Any, *args: Any, solver: Solver | None = None) -> Any:
    """x with f(x, *args) = 0, differentiable by args and by what f closes over.

    f       : x (n,) or (), args -> residual shaped like x
    x0      : where the solver starts; float64, any shape; the result does not depend on it
    args    : trees of arrays, which the result is differentiated by
    solver  : (function of x, x0) -> x; SciPy's `root` (hybr, with the Jacobian) unless given
    returns : x, shaped like x0; NumPy's where nothing is recorded
    raises  : ShapeError if the residual is not shaped like x; DomainError where the solver gives up, or for a
              singular Jacobian, when a derivative is asked for
    cost    : the solver; then a Jacobian and a linear solve a sweep, O(n^3)
    source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 15

    >>> from wengert import grad
    >>> round(float(grad(lambda a: root(lambda x: x * x - a, 1.0))(4.0)), 12)
    0.25
    """
    return _solved("root", f, f, x0, args, solver or _scipy_root)


@boundary
def fixed_point(f: Function, x0: Any, *args: Any, solver: Solver | None = None) -> Any:
    """x with f(x, *args) = x, differentiable by args and by what f closes over.

    f       : x (n,) or (), args -> array shaped like x
    x0      : where the iteration starts; the result does not depend on it
    args    : trees of arrays, which the result is differentiated by
    solver  : (function of x, x0) -> x; plain iteration unless given, until x moves by less than 1e-13 of its size
    returns : x, shaped like x0
    raises  : DomainError where 10,000 iterations do not settle; ShapeError if f changes the shape
    cost    : the solver; then a Jacobian and a linear solve a sweep
    source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 15

    >>> from wengert import grad
    >>> round(float(grad(lambda a: fixed_point(lambda x: 0.5 * (x + a / x), 1.0))(4.0)), 12)
    0.25
    """

    def residual(x: Any, *a: Any) -> Any:
        return f(x, *a) - x

    return _solved("fixed_point", f, residual, x0, args, solver or _iterated)


@boundary
def argmin(f: Function, x0: Any, *args: Any, solver: Solver | None = None) -> Any:
    """x where f(x, *args) is least, differentiable by args and by what f closes over.

    f       : x (n,) or (), args -> scalar, twice differentiable
    x0      : where the solver starts; the result does not depend on it within one valley
    args    : trees of arrays, which the result is differentiated by
    solver  : (function of x, x0) -> x; SciPy's `minimize` (trust-exact) unless given
    returns : x, shaped like x0
    raises  : DomainError where the solver gives up, or for a singular Hessian, when a derivative is asked for
    cost    : the solver; then a Hessian and a linear solve a sweep
    source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 15

    >>> from wengert import grad
    >>> round(float(grad(lambda a: argmin(lambda x: (x - a * a) ** 2, 0.0))(3.0)), 9)
    6.0
    """
    return _solved("argmin", f, gradient_of("argmin", f), x0, args, solver or _scipy_minimum)


def _solved(name: str, f: Function, residual: Function, x0: Any, args: tuple[Any, ...], solver: Solver) -> Any:
    require_function(name, f)
    start = _start(name, x0)
    if not _core.is_recording() and not _core.in_vmap():
        return _checked(name, solver(lambda x: f(x, *args), _numbers(start)), start.shape)
    leaves, capture = Leaves(args).constants(), _core.Capture()
    x = _solution(name, f, start, leaves, capture, solver)
    operands, count = [*leaves.traced, *capture.outer], len(leaves.traced)
    if not operands or not _core.is_recording():
        return x

    def equation(z: Any, *now: Any) -> Array:
        with _core.Rebound(capture, list(now[count:])):
            r = residual(wnp.reshape(z, start.shape), *leaves.replaced(now[:count]))
        if np.shape(r) != start.shape:
            raise ShapeError(f"{name}: shapes differ: the residual is {np.shape(r)}, x is {start.shape}", 204)
        return wnp.reshape(r, (start.size,))

    flat = _core.custom(name, operands, wnp.reshape(x, (start.size,)), *_rules(equation))
    return wnp.reshape(flat, start.shape)


def _start(name: str, x0: Any) -> Array:
    """Where the solver starts, in its type."""
    if not _tree.is_number(x0) and not isinstance(x0, list | tuple):
        raise DTypeError(f"{name}: x0: no array of numbers: given {type(x0).__name__}", 305)
    start = _core.detached(asarray(x0))
    if start.dtype.kind == "c":
        raise DTypeError(f"{name}: x0: solutions are real: given {start.dtype}; solve for the parts", 306)
    return asarray(start, np.float64)


def _solution(name: str, f: Function, start: Array, leaves: Leaves, capture: Any, solver: Solver) -> Any:
    """The x of f without derivatives, `capture` knowing what f closes over; of each lane of a vmap by itself."""
    with capture:
        plain = leaves.apart()
        if not _core.in_vmap():
            return _checked(name, solver(lambda x: f(x, *plain), _numbers(start)), start.shape)
        f(start, *plain)

    def of_one_lane(start: Array, args: Sequence[Any], outer: Sequence[Any]) -> Any:
        rest = _core.Capture()
        with _core.Rebound(capture, list(outer)), rest, _core.OutOfLanes():
            free = leaves.replaced(args)
            x = _checked(name, solver(lambda x: f(x, *free), _numbers(start)), start.shape)
        if any(_tree.is_traced(y) for y in rest.outer):
            raise TapeError(f"{name}: f uses a recorded array that it did not use at x0: pass it as an argument", 105)
        return x

    given = (start, [_core.detached(x) for x in leaves.traced], [_core.detached(x) for x in capture.outer])
    return by_lane(name, of_one_lane, given, {}) if differing(*given) else of_one_lane(*given)


def _rules(equation: Function) -> tuple[Function, Function]:
    """Adjoint and tangent of the x that solves equation(x, *operands) = 0."""

    def slope(x: Array, operands: Sequence[Array]) -> Array:
        matrix: Array = jacobian(lambda z: equation(z, *operands), mode="forward")(x)
        return matrix

    def adjoint(operands: list[Array], x: Array, xbar: Array) -> list[Any]:
        weights = wnp.linalg.solve(wnp.transpose(slope(x, operands)), xbar)
        return [-bar for bar in vjp(lambda *now: equation(x, *now), *operands)[1](weights)]

    def tangent(operands: list[Array], x: Array, directions: list[Array]) -> Any:
        _, moved = jvp(lambda *now: equation(x, *now), tuple(operands), tuple(directions))
        return -wnp.linalg.solve(slope(x, operands), moved)

    return adjoint, tangent


def _checked(name: str, x: Any, shape: tuple[int, ...]) -> Any:
    x = np.asarray(_core.values(asarray(x)), np.float64)
    if x.shape != shape:
        raise ShapeError(f"{name}: shapes differ: the solver returned {x.shape}, x0 is {shape}", 204)
    return x


def _numbers(x: Any) -> Any:
    return np.asarray(_core.values(asarray(x)))


def _scipy_root(f: Function, x0: Any) -> Any:
    from scipy.optimize import root as scipy_root

    def flat(x: Any) -> Any:
        r = f(wnp.reshape(x, x0.shape))
        if np.shape(r) != x0.shape:
            raise ShapeError(f"root: shapes differ: the residual is {np.shape(r)}, x is {x0.shape}", 204)
        return wnp.reshape(r, (x0.size,))

    found = scipy_root(
        lambda x: _numbers(flat(x)), x0.reshape(-1), jac=lambda x: _numbers(jacobian(flat)(x)), tol=1e-14
    )
    residual = np.max(np.abs(_numbers(flat(found.x))), initial=0.0)
    if not residual <= 1e-9 and not (found.success and np.isfinite(residual)):
        raise DomainError(
            f"root: the solver gave up: {' '.join(found.message.split())} (the residual is {residual:.3g})", 404
        )
    return found.x.reshape(x0.shape)


def _iterated(f: Function, x0: Any) -> Any:
    x = x0
    for count in range(1, 10_001):
        new = _numbers(f(x))
        if new.shape != x0.shape:
            raise ShapeError(f"fixed_point: shapes differ: f returned {new.shape}, x0 is {x0.shape}", 204)
        moved = np.max(np.abs(new - x), initial=0.0)
        x = new
        if not np.all(np.isfinite(x)):
            raise DomainError(f"fixed_point: x is not finite after {count} iterations: x0 has shape {x0.shape}", 404)
        if moved <= 1e-13 * max(1.0, float(np.max(np.abs(x), initial=0.0))):
            return x
    raise DomainError(f"fixed_point: not settled after 10,000 iterations: the last one moved x by {moved:.3g}", 404)


def _scipy_minimum(f: Function, x0: Any) -> Any:
    from scipy.optimize import minimize

    def flat(x: Any) -> Any:
        y = f(wnp.reshape(x, x0.shape))
        if np.shape(y) != ():
            raise ShapeError(f"argmin: the output is not a scalar: the function returned shape {np.shape(y)}", 203)
        return y

    slope, curvature = gradient_of("argmin", flat), hessian(flat)
    found = minimize(
        lambda x: float(_numbers(flat(x))), x0.reshape(-1), method="trust-exact", options={"gtol": 1e-12},
        jac=lambda x: _numbers(slope(x)), hess=lambda x: _numbers(curvature(x)),
    )  # fmt: skip
    left = np.max(np.abs(_numbers(slope(found.x))), initial=0.0)
    if not left <= 1e-6 and not (found.success and np.isfinite(left)):
        raise DomainError(f"argmin: the solver gave up: {found.message} (the largest slope left is {left:.3g})", 404)
    return found.x.reshape(x0.shape)
