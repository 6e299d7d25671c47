"""Arguments and results as trees of arrays. A lone array or number never pays for the general case."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert._core import Array

Unflatten = Callable[[Sequence[Any]], Any]
_LEAVES = (float, int, bool, complex, np.ndarray, np.generic, Array)
NAMESPACE = "wengert"


def flatten(tree: Any) -> tuple[list[Any], Unflatten]:
    """Leaves of a tree (tuples, lists, dicts, namedtuples, dataclasses, None), and the way back."""
    if isinstance(tree, _LEAVES):
        return [tree], lambda leaves: leaves[0]
    if type(tree) in (tuple, list) and all(isinstance(x, _LEAVES) for x in tree):
        return list(tree), type(tree)
    return _flatten_general(tree)


def _flatten_general(tree: Any) -> tuple[list[Any], Unflatten]:
    import optree

    leaves, spec = optree.tree_flatten(tree, namespace=NAMESPACE)
    unknown = {type(x) for x in leaves if dataclasses.is_dataclass(x)}
    if not unknown:
        return leaves, lambda new: optree.tree_unflatten(spec, new)
    for kind in unknown:
        _register(kind)
    return _flatten_general(tree)


def structure(tree: Any) -> tuple[list[Any], Any, Unflatten]:
    """Leaves of a tree, what tells its structure from others, and the way back."""
    if type(tree) is tuple and all(isinstance(x, _LEAVES) for x in tree):
        return list(tree), len(tree), tuple
    leaves, unflatten = _flatten_general(tree)
    import optree

    return leaves, optree.tree_structure(tree, namespace=NAMESPACE), unflatten


def parameters(f: Callable[..., Any]) -> list[inspect.Parameter]:
    """Those of a function; none, where Python does not know them."""
    try:
        return list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return []


def _register(kind: type) -> None:
    import optree

    names = [f.name for f in dataclasses.fields(kind)]

    def children(x: Any) -> tuple[Any, Any, Any]:
        return tuple(getattr(x, name) for name in names), None, tuple(names)

    def build(_: Any, values: Any) -> Any:
        # Without __init__: it may convert or check what are now other arrays.
        x: Any = object.__new__(kind)
        for name, value in zip(names, values, strict=True):
            object.__setattr__(x, name, value)
        return x

    optree.register_pytree_node(kind, children, build, namespace=NAMESPACE)


def mapped(f: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with f of each leaf."""
    leaves, unflatten = flatten(tree)
    return unflatten([f(x) for x in leaves])


def describe(tree: Any) -> str:
    """A tree's structure, for messages."""
    leaves, unflatten = flatten(tree)
    return str(unflatten(["*"] * len(leaves)))


def is_traced(leaf: Any) -> bool:
    """Is it an array that is recorded, or differs from lane to lane of a vmap?"""
    return isinstance(leaf, Array) and (leaf.recorded or bool(leaf._lanes))


def is_number(leaf: Any) -> bool:
    """Can this leaf hold numbers at all?"""
    return isinstance(leaf, _LEAVES)


def is_plain(tree: Any, leaves: list[Any]) -> bool:
    """Is it tuples, lists, and dicts by strings alone?"""
    if type(tree) is dict:
        return all(type(key) is str for key in tree) and all(is_plain(x, leaves) for x in tree.values())
    return (
        all(is_plain(x, leaves) for x in tree)
        if type(tree) in (tuple, list)
        else tree is None or any(tree is x for x in leaves)
    )
