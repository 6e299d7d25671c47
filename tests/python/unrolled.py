"""Loops as Python would run them, which the library's are compared with, and what a comparison is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import wengert as wg
import wengert.numpy as wnp

Function = Callable[..., Any]


def fori_loop(lower: int, upper: int, body: Function, state: Any, **_: Any) -> Any:
    for k in range(lower, upper):
        state = body(k, state)
    return state


def while_loop(cond: Function, body: Function, state: Any, **_: Any) -> Any:
    while cond(state):
        state = body(state)
    return state


def scan(body: Function, state: Any, xs: Any = None, length: int | None = None, reverse: bool = False) -> Any:
    """Of xs that are None, an array, or a tuple of these."""
    count = length if length is not None else len(first_leaf(xs))
    collected = []
    for k in reversed(range(count)) if reverse else range(count):
        state, y = body(state, mapped(lambda x, k=k: x[k], xs))
        collected.append(y)
    if reverse:
        collected.reverse()
    return state, stacked(collected)


def first_leaf(tree: Any) -> Any:
    return first_leaf(tree[0]) if isinstance(tree, tuple) else tree


def mapped(f: Function, tree: Any) -> Any:
    if tree is None:
        return None
    return tuple(mapped(f, x) for x in tree) if isinstance(tree, tuple) else f(tree)


def stacked(column: list[Any]) -> Any:
    if column[0] is None:
        return None
    if isinstance(column[0], tuple):
        return tuple(stacked(list(c)) for c in zip(*column, strict=True))
    return wnp.stack([wg.asarray(x) for x in column])


def leaves(tree: Any) -> Iterator[np.ndarray]:
    """The arrays of a tree."""
    if isinstance(tree, dict):
        tree = [tree[key] for key in sorted(tree)]
    if isinstance(tree, tuple | list):
        for x in tree:
            yield from leaves(x)
    elif tree is not None:
        yield np.asarray(tree)


def assert_same(got: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """The same shapes and types, and elements as near as rounding allows."""
    for x, y in zip(leaves(got), leaves(expected), strict=True):
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        scale = max(1.0, float(np.abs(y).max(initial=0)))
        assert np.abs(x - y).max(initial=0) <= tolerance * scale, f"{x} is not {y}"


def assert_same_bits(got: Any, expected: Any) -> None:
    assert [x.tobytes() for x in leaves(got)] == [y.tobytes() for y in leaves(expected)]
