"""Calls of compiled functions with trees of arguments: the short way is the general one, only shorter."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import wengert as wg

Pair = namedtuple("Pair", "a b")
X, Y = np.array([1.0, 2.0]), np.array([3.0, -4.0])


def total(tree):
    """Every number of the tree, each in its own way."""
    if isinstance(tree, dict):
        return sum(total(tree[key]) * (2 + len(key)) for key in sorted(tree))
    if isinstance(tree, (list, tuple)):
        return sum(total(each) * (k + 1) for k, each in enumerate(tree))
    if tree is None or isinstance(tree, str):
        return 0.0
    return np.sum(tree)


TREES = {
    "list": [X, 2.0],
    "tuple in a list": [(X, Y), (Y, 1.5)],
    "dict": {"b": Y, "a": X},
    "layers": [{"weight": X, "bias": 0.5}, {"weight": Y, "bias": -0.5}],
    "numbers beside": {"x": X, "power": 3, "on": True, "name": "relu", "none": None},
    "empty": {"x": X, "list": [], "dict": {}, "tuple": ()},
    "long keys": {"é": X, "a" * 300: Y},
    "float32": [X.astype("float32"), np.float32(2.0)],
    "ours": {"x": wg.asarray(X), "y": Y},
    "namedtuple": Pair(X, [Y]),
    "ordered": OrderedDict(b=X, a=Y),
}
GENERAL = ("float32", "namedtuple", "ordered")  # that have no short way


def same(one, other):
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    elif isinstance(one, (np.ndarray, np.generic)):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


@pytest.mark.parametrize("name", TREES)
def test_a_tree_gives_what_the_function_gives(name):
    fast = wg.compile(total)
    for _ in range(3):
        np.testing.assert_array_equal(fast(TREES[name]), total(TREES[name]))
    assert fast.stats()["recordings"] == 1
    assert fast._shortcut.runs == (0 if name in GENERAL else 2)


@pytest.mark.parametrize("name", TREES)
def test_a_gradient_is_a_tree_like_its_argument(name):
    tree = TREES[name]
    numbers = {key: x for key, x in tree.items() if isinstance(x, np.ndarray)} if isinstance(tree, dict) else tree
    slope, fast = wg.grad(total), wg.compile(wg.grad(total))
    for _ in range(3):
        same(fast(numbers), slope(numbers))


def test_keywords_go_the_short_way_too():
    fast = wg.compile(lambda x, *, scale, shift=0.0: x * scale + shift)
    for k in range(4):
        same(fast(X, scale=2.0, shift=float(k)), X * 2.0 + k)
        same(fast(X, scale=3.0), X * 3.0)
    assert fast.stats()["recordings"] == 2
    assert fast.stats()["runs"] >= 6


def test_a_keyword_is_no_dict_behind_the_arguments():
    fast = wg.compile(lambda x, *rest, **named: x * (10.0 if rest else 100.0))
    for _ in range(2):
        assert fast(1.0, {"a": 1.0}) == 10.0
        assert fast(1.0, a=1.0) == 100.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([X, 1], [X, 2]),
        ([X, 1], [X, True]),
        ([X, 1], [X, 1.0]),
        ([X, "a"], [X, "b"]),
        ([X, None], [X, "None"]),
        ({"a": X}, {"b": X}),
        ([[X], [Y, Y]], [[X, Y], [Y]]),
        ([X, Y], (X, Y)),
        ({"a": X, "bc": Y}, {"ab": X, "c": Y}),
        ([X], [wg.asarray(X)]),
        ([X], [X.astype("float32")]),
        ([X], [X[:1]]),
    ],
)
def test_other_trees_are_other_signatures(one, other):
    seen = []

    def f(tree):
        seen.append(None)
        return total(tree)

    fast = wg.compile(f)
    for _ in range(3):
        fast(one)
        fast(other)
    assert len(seen) == 2


def test_a_dict_in_another_order_is_the_same_call():
    fast = wg.compile(wg.grad(lambda p: np.sum(p["w"] ** 2) + np.sum(p["b"])))
    for _ in range(2):
        same(fast({"w": X, "b": Y}), {"w": 2 * X, "b": np.ones(2)})
        found = fast({"b": Y, "w": X})
        np.testing.assert_array_equal(found["w"], 2 * X)
        np.testing.assert_array_equal(found["b"], np.ones(2))


def test_results_have_their_keys_in_the_functions_order():
    fast = wg.compile(lambda x: {"z": x, "a": {"k": x * 2, "b": [x * 3, "text", None, 7]}})
    for _ in range(3):
        same(fast(X), {"z": X, "a": {"k": X * 2, "b": [X * 3, "text", None, 7]}})


def test_results_of_two_calls_share_nothing_that_can_change():
    fast = wg.compile(lambda x: {"list": [x, 1], "dict": {"y": x}})
    fast(X)
    one, other = fast(X), fast(X)
    one["list"].append(3)
    one["dict"]["new"] = 4
    one["list"][0][:] = 0
    same(other, {"list": [X, 1], "dict": {"y": X}})
    same(fast(X), {"list": [X, 1], "dict": {"y": X}})


def test_a_branch_on_an_element_of_a_tree_is_guarded():
    f = lambda p: p["x"] * 2 if p["x"] > 0 else -p["x"]
    fast = wg.compile(f)
    for x in (1.0, -1.0, 2.0, -2.0, 0.0):
        assert fast({"x": x}) == f({"x": x})


def test_a_program_takes_trees_the_short_way():
    tree = TREES["layers"]
    program = wg.record(total, tree)
    for _ in range(3):
        assert program(tree) == total(tree)
    with pytest.raises(wg.ShapeError, match="trees differ"):
        program([{"weight": X, "bias": 0.5}])
    with pytest.raises(wg.ShapeError):
        program([{"weight": X[:1], "bias": 0.5}, {"weight": Y, "bias": -0.5}])


def test_a_program_whose_guard_fails_says_so_the_short_way():
    program = wg.record(lambda p: p["x"] if p["x"] > 0 else -p["x"], {"x": 1.0})
    assert program({"x": 2.0}) == 2.0
    with pytest.raises(wg.GuardError):
        program({"x": -2.0})


def test_a_list_that_contains_itself_is_refused():
    tree: list = [X]
    tree.append(tree)
    with pytest.raises(RecursionError):
        wg.compile(total)(tree)


def test_numbers_of_other_byte_order_are_converted():
    fast = wg.compile(lambda p: p["x"] * 2)
    for _ in range(2):
        np.testing.assert_array_equal(fast({"x": X.astype(">f8")}), X * 2)


@pytest.mark.parametrize("size", [1, 40])
def test_derivatives_of_a_compiled_function_of_trees_agree(size):
    params = [{"w": np.full((2, 2), 0.1 * k), "b": np.ones(2)} for k in range(size)]

    def f(params, x):
        for p in params:
            x = np.tanh(p["w"] @ x + p["b"])
        return np.sum(x)

    same(wg.grad(wg.compile(f))(params, X), wg.grad(f)(params, X))
    fast = wg.compile(wg.grad(f))
    for _ in range(2):
        same(fast(params, X), wg.grad(f)(params, X))
