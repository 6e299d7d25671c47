"""Functions of functions: gradients, and products with Jacobians."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._core import Array
from wengert._frames import hide
from wengert.errors import ArgumentError, DTypeError, ShapeError

__all__ = ["grad", "jvp", "linearize", "value_and_grad", "vjp"]

Function = Callable[..., Any]
ArgNums = int | Sequence[int]


class Watched:
    """The arguments of one call, those at `argnums` on the tape."""

    def __init__(self, name: str, scope: Any, args: Sequence[Any], argnums: ArgNums) -> None:
        self.scope = scope
        self.single = not isinstance(argnums, tuple | list)
        self.args = list(args)
        self.inputs: list[Array] = []
        self.given: list[Any] = []
        self._trees: list[tuple[int, _tree.Unflatten]] = []
        for position in positions(name, argnums, len(args)):
            leaves, unflatten = _tree.flatten(args[position])
            handles = [scope.watch(leaf) for leaf in leaves]
            # Handles of their own: f may write into its arguments, and these keep what they started as.
            self.args[position] = unflatten([_core.alias(x) for x in handles])
            self.inputs += handles
            self.given += leaves
            self._trees.append((len(leaves), unflatten))

    def like_arguments(self, leaves: Sequence[Any]) -> Any:
        """One leaf for each input, in the trees of the arguments; a tuple unless argnums was a single number."""
        trees, start = [], 0
        for count, unflatten in self._trees:
            trees.append(unflatten(leaves[start : start + count]))
            start += count
        return trees[0] if self.single else tuple(trees)

    def plain(self) -> bool:
        """Were the arguments NumPy's, so that the results should be?"""
        return not any(isinstance(x, Array) for x in self.given)


def require_function(name: str, f: Any) -> None:
    """Refuses what cannot be called."""
    if not callable(f):
        raise ArgumentError(f"{name}: no function: given {type(f).__name__}")


def recorded_leaves(tree: Any) -> tuple[list[Array], _tree.Unflatten]:
    """Leaves of a function's result as arrays; handles of their own, since the caller may write into the result."""
    leaves, unflatten = _tree.flatten(tree)
    return [_core.alias(leaf) if isinstance(leaf, Array) else _core.asarray(leaf) for leaf in leaves], unflatten


def positions(name: str, argnums: ArgNums, count: int) -> list[int]:
    """argnums, counted from the front."""
    if type(argnums) is int and 0 <= argnums < count:
        return [argnums]
    given: Sequence[Any] = argnums if isinstance(argnums, tuple | list) else [argnums]
    if not all(isinstance(k, int | np.integer) and not isinstance(k, bool) for k in given):
        raise ArgumentError(f"{name}: argnums: given {argnums!r}, expected an integer or a tuple of integers")
    found: list[int] = []
    for k in given:
        if not -count <= k < count:
            raise ArgumentError(
                f"{name}: argument out of range: argnums is {argnums}, the call has {count} positional arguments"
            )
        if k % count in found:
            raise ArgumentError(f"{name}: argnums: argument {k % count} is named twice in {argnums}")
        found.append(k % count)
    return found


def to_numpy(leaf: Any, plain: bool) -> Any:
    """NumPy in, NumPy out; recorded arrays stay what they are, for the outer transform."""
    return _core.numpy(leaf) if plain else leaf


def finished(scope: Any, tree: Any, plain: bool) -> Any:
    """A result of the function as its caller sees it."""
    if isinstance(tree, Array):
        return to_numpy(scope.outside(tree), plain)
    if tree is None:
        return None
    leaves, unflatten = _tree.flatten(tree)
    return unflatten([to_numpy(scope.outside(x), plain) if isinstance(x, Array) else x for x in leaves])


def scalar(name: str, y: Any, holomorphic: bool = False) -> Array:
    """The output of a function that has a gradient."""
    if not isinstance(y, Array):
        if not isinstance(y, float | int | complex | np.generic | np.ndarray):
            raise DTypeError(f"{name}: no number: the function returned {type(y).__name__}", 306)
        y = _core.asarray(y)
    if y.size != 1 or y.ndim != 0:
        raise ShapeError(
            f"{name}: the output is not a scalar: the function returned shape {y.shape}; "
            "sum it, take one element, or use wengert.jacobian or wengert.vjp",
            203,
        )
    if y.dtype.kind not in "fc":
        raise DTypeError(f"{name}: the output has no derivative: the function returned {y.dtype}", 301)
    require_real_output(name, [y], holomorphic)
    out: Array = y
    return out


def require_real_output(name: str, outputs: Sequence[Array], holomorphic: bool) -> None:
    """A complex output has a derivative only where the function is holomorphic, which somebody has to say."""
    for y in outputs:
        if y.dtype.kind == "c" and not holomorphic:
            raise DTypeError(
                f"{name}: the output is complex: the function returned {y.dtype}; take its real part, its size "
                "(numpy.abs), or say holomorphic=True where it is holomorphic",
                302,
            )
        if holomorphic and y.dtype.kind != "c":
            raise DTypeError(f"{name}: holomorphic: the output is real: the function returned {y.dtype}", 302)


def require_complex_inputs(name: str, inputs: Sequence[Array], holomorphic: bool) -> None:
    """Holomorphic functions are of complex numbers."""
    for x in inputs:
        if holomorphic and x.dtype.kind != "c":
            raise DTypeError(f"{name}: holomorphic: an argument is real: it is {x.dtype} of shape {x.shape}", 302)


def value_and_grad(f: Function, argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False) -> Function:
    """Function with f's arguments that returns f's value and its gradient.

    f           : scalar-valued; arguments are trees of real or complex arrays, pure
    argnums     : which positional arguments to differentiate by; a tuple gives a tuple of gradients
    has_aux     : f returns (value, aux); the result is ((value, aux), gradient)
    holomorphic : f is a holomorphic function of complex arguments, and its value complex; the gradient is f'
    returns     : function -> (value, gradient); gradients are shaped like the arguments, NumPy's where those are.
                  By z = x + iy the gradient of a real f is df/dx - i df/dy: its conjugate points uphill
    raises      : ShapeError if f is not scalar-valued; DTypeError for integer arguments, and for a complex value
                  that is not said to be holomorphic
    cost        : two to four times f in time; every intermediate value of f in memory
    source      : Griewank & Walther, Evaluating Derivatives (2008), ch. 3

    >>> value_and_grad(lambda x: x * x)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """
    try:
        return _value_and_grad("value_and_grad", f, argnums, has_aux, holomorphic)
    except BaseException as error:
        hide(error)
        raise


def _value_and_grad(name: str, f: Function, argnums: ArgNums, has_aux: bool, holomorphic: bool) -> Function:
    require_function(name, f)

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        scope = _core.Scope(name, f)
        scope.enter()
        try:
            watched = Watched(name, scope, args, argnums)
            require_complex_inputs(name, watched.inputs, holomorphic)
            y = f(*watched.args, **kwargs)
            y, aux = split_aux(name, y) if has_aux else (y, None)
            out = scalar(name, y, holomorphic)
            plain = watched.plain()
            bars = scope.adjoint([out], [1.0], watched.inputs)
            gradient = watched.like_arguments([to_numpy(bar, plain) for bar in bars])
            value = to_numpy(scope.outside(out), plain)
            return ((value, finished(scope, aux, plain)), gradient) if has_aux else (value, gradient)
        except BaseException as error:
            hide(error)
            raise
        finally:
            scope.close()

    return wrapped


def split_aux(name: str, y: Any) -> tuple[Any, Any]:
    """The value and the rest of what a function with has_aux returned."""
    if not isinstance(y, tuple) or len(y) != 2:
        raise ArgumentError(f"{name}: has_aux: the function must return (value, aux): it returned {type(y).__name__}")
    return y


def grad(f: Function, argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False) -> Function:
    """Function with f's arguments that returns the gradient of f.

    f           : scalar-valued; arguments are trees of real or complex arrays, pure
    argnums     : which positional arguments to differentiate by; a tuple gives a tuple of gradients
    has_aux     : f returns (value, aux); the result is (gradient, aux)
    holomorphic : f is a holomorphic function of complex arguments, and its value complex; the gradient is f'
    returns     : function -> gradient, shaped like the argument, NumPy's where that is. By z = x + iy the gradient
                  of a real f is df/dx - i df/dy: its conjugate points uphill
    raises      : ShapeError if f is not scalar-valued; DTypeError for integer arguments, and for a complex value
                  that is not said to be holomorphic
    cost        : two to four times f in time; every intermediate value of f in memory
    source      : Griewank & Walther, Evaluating Derivatives (2008), ch. 3

    >>> grad(lambda x: x**3)(2.0)
    np.float64(12.0)
    """
    try:
        return gradient_of("grad", f, argnums, has_aux, holomorphic)
    except BaseException as error:
        hide(error)
        raise


def gradient_of(
    name: str, f: Function, argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """grad, for a transform of another name: errors name that one."""
    both = _value_and_grad(name, f, argnums, has_aux, holomorphic)

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            value, gradient = both(*args, **kwargs)
            return (gradient, value[1]) if has_aux else gradient
        except BaseException as error:
            hide(error)
            raise

    return wrapped


class RecordedCall:
    """One call of f, recorded and kept for the sweeps to come."""

    def __init__(self, name: str, f: Function, primals: Sequence[Any], has_aux: bool = False) -> None:
        require_function(name, f)
        self.scope = _core.Scope(name, f)
        self._aux: Any = None
        self.scope.enter()
        try:
            self.watched = Watched(name, self.scope, primals, tuple(range(len(primals))))
            y = f(*self.watched.args)
            y, self._aux = split_aux(name, y) if has_aux else (y, None)
            self.outputs, self.unflatten = recorded_leaves(y)
        finally:
            self.scope.exit()
        self.plain = self.watched.plain()

    def result(self) -> Any:
        """What f returned, as its caller sees it."""
        return finished(self.scope, self.unflatten(self.outputs), self.plain)

    def aux(self) -> Any:
        """What f returned beside, as its caller sees it."""
        return finished(self.scope, self._aux, self.plain)


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> Any:
    """Value of f and the map from output adjoints to input adjoints.

    f        : (n,), (m, k), ... -> (p,)   pure; arrays in, one array or a tree of arrays out
    primals  : real or complex arrays or trees of them, any unit; each adjoint has the output's unit over that one's
    has_aux  : f returns (value, aux); the result is (y, pull, aux)
    returns  : y (p,), pull: (p,) -> tuple of adjoints shaped like primals; call it again and again
    raises   : ShapeError if ybar is not shaped like y; TapeError if pull outlives its tape
    cost     : a small multiple of one f in time; the tape in memory until pull is gone
    source   : Griewank & Walther, Evaluating Derivatives (2008), ch. 3 and 4

    >>> y, pull = vjp(lambda x: 3.0 * x, np.array([1.0])); pull(np.ones(1))
    (array([3.]),)
    """
    try:
        once = RecordedCall("vjp", f, primals, has_aux)
    except BaseException as error:
        hide(error)
        raise

    def pull(ybar: Any) -> tuple[Any, ...]:
        """Adjoints of the primals, from an adjoint shaped like the output."""
        try:
            seeds, _ = _tree.flatten(ybar)
            require_same_tree("vjp", "the adjoint", seeds, ybar, once.outputs, once.unflatten)
            bars = once.scope.adjoint(once.outputs, seeds, once.watched.inputs)
            return tuple(once.watched.like_arguments([to_numpy(bar, once.plain) for bar in bars]))
        except BaseException as error:
            hide(error)
            raise

    return (once.result(), pull, once.aux()) if has_aux else (once.result(), pull)


def require_same_tree(
    name: str, what: str, seeds: list[Any], given: Any, leaves: Sequence[Any], unflatten: Any
) -> None:
    """Refuses a tangent or adjoint that is not shaped like what it belongs to."""
    expected = unflatten(["*"] * len(leaves))
    if len(seeds) != len(leaves) or _tree.describe(given) != str(expected):
        raise ShapeError(f"{name}: trees differ: {what} is {_tree.describe(given)}, expected {expected}", 204)
    for seed, leaf in zip(seeds, leaves, strict=True):
        have, want = np.shape(seed) if not isinstance(seed, Array) else seed.shape, leaf.shape
        if have != want:
            raise ShapeError(f"{name}: shapes differ: {what} is {have}, expected {want}", 204)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """Value of f and its derivative along a direction: forward mode.

    f        : (n,), (m, k), ... -> (p,)   pure; arrays in, one array or a tree of arrays out
    primals  : tuple of the arguments: real or complex arrays, or trees of them
    tangents : tuple of directions, shaped like primals
    has_aux  : f returns (value, aux); the result is (y, dy, aux)
    returns  : y (p,) and dy (p,)
    raises   : ShapeError if a tangent is not shaped like its primal
    cost     : a small multiple of one f in time; in memory what f has alive, twice, and at most some megabytes of tape
    source   : Griewank & Walther, Evaluating Derivatives (2008), ch. 3

    >>> jvp(lambda x: x * x, (3.0,), (1.0,))
    (np.float64(9.0), np.float64(6.0))
    """
    try:
        require_function("jvp", f)
        require_tuples("jvp", primals, tangents)
        return pushed("jvp", f, primals, tangents, has_aux)
    except BaseException as error:
        hide(error)
        raise


def pushed(name: str, f: Function, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """jvp, for a transform of another name: errors name that one."""
    scope = _core.Scope(name, f)
    scope.enter()
    try:
        watched = Watched(name, scope, primals, tuple(range(len(primals))))
        seeds, _ = _tree.flatten(tuple(tangents))
        require_same_tree(name, "the tangent", seeds, tuple(tangents), watched.inputs, watched.like_arguments)
        scope.forward_only(watched.inputs, seeds)
        y = f(*watched.args)
        y, aux = split_aux(name, y) if has_aux else (y, None)
        outputs, unflatten = recorded_leaves(y)
        plain = watched.plain()
        dots = scope.tangent(watched.inputs, seeds, outputs)
        pair = finished(scope, unflatten(outputs), plain), unflatten([to_numpy(dot, plain) for dot in dots])
        return (*pair, finished(scope, aux, plain)) if has_aux else pair
    finally:
        scope.close()


def linearize(f: Function, *primals: Any, has_aux: bool = False) -> Any:
    """Value of f and the map from input tangents to output tangents.

    f        : (n,), (m, k), ... -> (p,)   pure; arrays in, one array or a tree of arrays out
    primals  : real or complex arrays or trees of them
    has_aux  : f returns (value, aux); the result is (y, push, aux)
    returns  : y (p,), push: one tangent for each primal, shaped like it -> dy (p,); call it again and again
    raises   : ShapeError if a tangent is not shaped like its primal
    cost     : one f, then a small multiple of one f for each push; the tape in memory until push is gone
    source   : Griewank & Walther, Evaluating Derivatives (2008), ch. 3

    >>> y, push = linearize(lambda x: x * x, 3.0); push(1.0)
    np.float64(6.0)
    """
    try:
        once = RecordedCall("linearize", f, primals, has_aux)
    except BaseException as error:
        hide(error)
        raise

    def push(*tangents: Any) -> Any:
        """Tangent of the result, from a tangent shaped like each argument."""
        try:
            seeds, _ = _tree.flatten(tangents)
            inputs = once.watched.inputs
            require_same_tree("linearize", "the tangent", seeds, tangents, inputs, once.watched.like_arguments)
            dots = once.scope.tangent(inputs, seeds, once.outputs)
            return once.unflatten([to_numpy(dot, once.plain) for dot in dots])
        except BaseException as error:
            hide(error)
            raise

    return (once.result(), push, once.aux()) if has_aux else (once.result(), push)


def require_tuples(name: str, primals: Any, tangents: Any) -> None:
    """primals and tangents are lists of arguments, one tangent for each."""
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise ArgumentError(f"{name}: {what} must be a tuple of arguments: given {type(given).__name__}")
    if len(primals) != len(tangents):
        raise ShapeError(f"{name}: trees differ: {len(primals)} primals, {len(tangents)} tangents", 204)
