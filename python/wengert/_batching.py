"""Functions of one sample made functions of many: vmap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import wraps
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._core import Array
from wengert._frames import boundary, hide
from wengert._transforms import Function, require_function, to_numpy
from wengert.errors import ArgumentError, DTypeError, ShapeError

__all__ = ["vmap"]


@boundary
def vmap(f: Function, in_axes: Any = 0, out_axes: Any = 0) -> Function:
    """Function that runs f on many samples at once: lanes, one along an axis of each argument.

    f        : any pure function of (trees of) arrays, written for one sample
    in_axes  : the axis of the lanes: one number for all arguments, or a tuple with one entry for each: a number, None
               (the same for all lanes), or a tree of these that the argument's tree begins with; keywords have axis 0
    out_axes : where the axis of the lanes goes in the results, likewise; None for a result that is alike in all lanes
    returns  : function -> results of all lanes; NumPy's where all arguments are
    raises   : ShapeError if the arguments differ in their number of lanes; TracedValueError where f asks an array that
               differs from lane to lane for its truth or a plain number: use wengert.where
    cost     : one run of f, each operation on the arrays of all lanes at once; of a compiled f, one of a program
    source   : Bradbury et al., JAX (2018): names and argument order

    >>> vmap(lambda x, y: x @ y)(np.ones((2, 3)), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    array([ 6., 15.])
    """
    require_function("vmap", f)
    in_lanes = getattr(f, "_in_lanes", None)  # of compile
    if in_lanes is not None:
        found: Function | None = in_lanes(in_axes, out_axes)
        if found is not None:
            return found

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            lanes = _core.Vmap("vmap", f)
            given = _Arguments(in_axes, args, kwargs)
            lanes.enter(given.size)
            try:
                new_args, new_kwargs = given.lifted(lanes)
                return _results(lanes, out_axes, f(*new_args, **new_kwargs), given.plain)
            finally:
                lanes.exit()
        except BaseException as error:
            hide(error)
            raise

    return wrapped


class _Arguments:
    """The arguments of one call, and the axis of the lanes in each of their leaves."""

    def __init__(self, in_axes: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._leaves, self._unflatten = _tree.flatten(args)
        self._axes = _axes_of("in_axes", _per_argument(in_axes, len(args)), args, len(self._leaves))
        self._args = args
        self._more, self._unflatten_more = _tree.flatten(dict(kwargs))
        self._axes += [0] * len(self._more)
        everything = self._leaves + self._more
        self.plain = not any(isinstance(x, Array) for x in everything)
        self.size = self._lane_count(everything)

    def lifted(self, lanes: _core.Vmap) -> tuple[Any, dict[str, Any]]:
        """The arguments as one lane sees them."""
        leaves = [_lifted(lanes, x, axis) for x, axis in zip(self._leaves, self._axes, strict=False)]
        return self._unflatten(leaves), self._unflatten_more([lanes.lift(x, 0) for x in self._more])

    def _lane_count(self, leaves: Sequence[Any]) -> int:
        sizes: dict[int, int] = {}  # one leaf for each number of lanes
        for k, (leaf, axis) in enumerate(zip(leaves, self._axes, strict=True)):
            if axis is None:
                continue
            if not _tree.is_number(leaf):
                raise DTypeError(f"vmap: no array: {self._path(k)} is {type(leaf).__name__}; give it in_axes None", 305)
            shape = np.shape(leaf)
            if not -len(shape) <= axis < len(shape):
                raise ShapeError(
                    f"vmap: axis out of range: in_axes is {axis} for {self._path(k)} of shape {shape}", 206
                )
            sizes.setdefault(shape[axis], k)
        if not sizes:
            raise ShapeError(f"vmap: no lanes: in_axes names no axis of any argument, given {len(leaves)} arrays", 206)
        if len(sizes) > 1:
            found = ", ".join(
                f"{n} in {self._path(k)} (axis {self._axes[k]} of shape {np.shape(leaves[k])})"
                for n, k in sizes.items()
            )
            raise ShapeError(f"vmap: numbers of lanes differ: {found}", 206)
        return next(iter(sizes))

    def _path(self, k: int) -> str:
        """Which leaf, in words."""
        import optree

        if k >= len(self._leaves):
            return f"keyword leaf {k - len(self._leaves)}"
        tree: Any = self._args
        path = optree.tree_paths(tree, namespace=_tree.NAMESPACE)[k]
        return f"argument {path[0]}" + "".join(f"[{key!r}]" for key in path[1:])


def _lifted(lanes: _core.Vmap, leaf: Any, axis: int | None) -> Any:
    """A leaf as one lane sees it: f may write into it, and so gets an array of its own."""
    if axis is not None:
        return lanes.lift(leaf, axis)
    if isinstance(leaf, Array):
        return _core.alias(leaf)
    return _core.asarray(leaf) if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fiubc" else leaf


def _per_argument(in_axes: Any, count: int) -> Any:
    if in_axes is None or isinstance(in_axes, int):
        return in_axes
    if not isinstance(in_axes, tuple | list):
        raise ArgumentError(f"vmap: in_axes: a number, None or a tuple of one for each argument: given {in_axes!r}")
    if len(in_axes) != count:
        raise ShapeError(f"vmap: in_axes has {len(in_axes)} entries, the call has {count} positional arguments", 206)
    return tuple(in_axes)


def _axes_of(what: str, axes: Any, tree: Any, count: int) -> list[int | None]:
    """One axis for each leaf of a tree, from a tree that it begins with."""
    if axes is None or isinstance(axes, int):
        return [axes] * count
    import optree

    def is_axis(x: Any) -> bool:
        return x is None

    try:
        found = optree.broadcast_prefix(axes, tree, is_axis, none_is_leaf=True, namespace=_tree.NAMESPACE)
    except ValueError:
        raise ShapeError(f"vmap: trees differ: {what} is {axes!r}, it is for {_tree.describe(tree)}", 204) from None
    leaves: list[Any] = optree.tree_leaves(tree, none_is_leaf=True, namespace=_tree.NAMESPACE)
    of_leaves = [axis for axis, leaf in zip(found, leaves, strict=True) if leaf is not None]
    for axis in of_leaves:
        if axis is not None and not isinstance(axis, int):
            raise ArgumentError(f"vmap: {what}: a number or None for each array: given {axis!r}")
    return of_leaves


def _results(lanes: _core.Vmap, out_axes: Any, tree: Any, plain: bool) -> Any:
    """What f returned, its lanes side by side."""
    if tree is None:
        return None
    leaves, unflatten = _tree.flatten(tree)
    axes = _axes_of("out_axes", tuple(out_axes) if isinstance(out_axes, list) else out_axes, tree, len(leaves))
    return unflatten([_result(lanes, y, axis, plain) for y, axis in zip(leaves, axes, strict=True)])


def _result(lanes: _core.Vmap, y: Any, axis: int | None, plain: bool) -> Any:
    if not _tree.is_number(y):
        raise DTypeError(f"vmap: no array: the function returned {type(y).__name__}", 305)
    if axis is not None:
        return to_numpy(lanes.lower(y, axis), plain)
    if lanes.differs(y):
        raise ShapeError(
            f"vmap: out_axes is None for a result that differs from lane to lane: its shape is {y.shape}; give an axis",
            206,
        )
    return to_numpy(y, plain) if isinstance(y, Array) else y
