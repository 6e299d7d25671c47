"""Groups of the explorer: calls within calls, as they were made."""

from __future__ import annotations

import cProfile
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
from explore_pages import kept, nodes, opened, said
from wengert.explore._calls import Calls
from wengert.explore._document import document
from wengert.explore._explorer import recorded

RNG = np.random.default_rng(4)


def relu(x: Any) -> Any:
    y = np.maximum(x, 0.0)
    return y * (2.0 - y / (1.0 + y))


def layer(x: Any, w: Any) -> Any:
    y = w @ x + 0.1
    y = relu(y)
    return y - np.sum(y)


def model(x: Any, weights: Any) -> Any:
    """Four layers, which fold, and calls that differ."""
    for w in weights:
        x = layer(x, w)
    x = np.tanh(relu(x))
    return np.sum(layer(x, weights[0]) * x) + sum(np.sin(x[k]) * np.cos(k * x[k]) for k in range(3))


def deep(x: Any, weights: Any) -> Any:
    x = np.exp(-x) * x
    x = model(x, weights) + x
    return np.sum(relu(x))


ARGUMENTS = (RNG.normal(size=3), [RNG.normal(size=(3, 3)) for _ in range(4)])


def ways(f: Any, *args: Any) -> list[str]:
    """Of each operation that has a line, the calls that lead to it."""
    program, calls = recorded(f, args)
    found = document(program, args, calls)
    of = [""]
    for caller, name in found["calls"]:
        of.append(f"{of[caller]} > {name}" if of[caller] else name)
    within = [of[call] for count, call in found["within"] for _ in range(count)]
    assert len(within) == len(found["nodes"])
    return [way for way, node in zip(within, found["nodes"], strict=True) if node[3] >= 0]


def test_every_operation_knows_the_calls_that_lead_to_it() -> None:
    found = ways(deep, *ARGUMENTS)
    assert found[0] == "deep"
    assert {"deep > model > layer", "deep > model > layer > relu", "deep > model > relu", "deep > relu"} <= set(found)
    assert not [way for way in found if "genexpr" in way]  # the sum's belong to the model
    assert found.index("deep > model > layer > relu") > found.index("deep > model > layer")


def test_two_calls_of_one_line_are_two_calls() -> None:
    program, calls = recorded(lambda x, ws: layer(layer(x, ws[0]), ws[1]), ARGUMENTS)
    found = document(program, ARGUMENTS, calls)
    assert [name for _, name in found["calls"]].count("layer") == 2


def test_methods_and_lambdas_have_their_names_and_numpys_own_functions_none() -> None:
    class Scale:
        def by(self, x: Any) -> Any:
            return np.sum(np.apply_along_axis(lambda y: y, 0, np.ones(3)) * x * 2.0)

    scale = Scale()
    assert {way.split(" > ", 1)[1].rpartition("test_")[2] for way in ways(lambda x: scale.by(x), np.ones(3))} == {
        "methods_and_lambdas_have_their_names_and_numpys_own_functions_none.Scale.by"
    }


def test_an_exception_within_a_call_ends_it() -> None:
    def fails(x: Any) -> Any:
        raise KeyError(x.shape)

    def f(x: Any) -> Any:
        y = np.sin(x)
        try:
            fails(y)
        except KeyError:
            y = y * y
        return relu(y)

    assert [way.rpartition(".")[2] for way in ways(f, 0.5)][:3] == ["f", "f", "f > relu"]


def test_recordings_behind_and_beside_an_exploration_count_no_calls() -> None:
    recorded(deep, ARGUMENTS)
    assert sys.getprofile() is None
    program = wg.record(deep, *ARGUMENTS)
    found = document(program, ARGUMENTS)
    assert (found["calls"], found["within"]) == ([], [])
    with pytest.raises(KeyError), Calls():
        raise KeyError
    assert sys.getprofile() is None


def test_where_someone_measures_their_profile_goes_on() -> None:
    profile = cProfile.Profile()
    profile.enable()
    try:
        found = wg.explore(deep, *ARGUMENTS)
    finally:
        profile.disable()
    assert "deep" in found.html
    assert any(entry.code is relu.__code__ for entry in profile.getstats())


def large(x: Any, weights: Any) -> Any:
    for _ in range(3):
        x = deep(x, weights) * np.cos(x)
        x = x + x[::-1]
    return np.sum(model(x, weights) * x)


def groups(page: Any) -> list[str]:
    """The groups on view, as their boxes name them."""
    found: list[str] = page.eval_on_selector_all(".node.group .line0", "all => all.map((e) => e.textContent)")
    return found


def test_groups_stand_within_groups_and_say_where(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, large, *ARGUMENTS)
    page.click("button[aria-label='Fold all']")
    assert "model" in groups(page)
    kept(page, "groups-folded", tmp_path)
    page.locator(".node.group", has_text="model").last.click()
    assert "model > layer × 4" in groups(page)
    assert "model > relu" in groups(page)
    page.locator(".node.group", has_text="model > layer").last.click()
    assert "model > layer > relu" in groups(page)
    inner = page.locator(".node.group", has_text="model > layer > relu").first
    assert inner.get_attribute("aria-label").startswith("model > layer > relu, ")
    assert "Fold model > layer" in page.locator(".chips button").all_text_contents()
    kept(page, "groups-open", tmp_path)


def test_a_name_that_is_too_long_keeps_its_end(page: Any, tmp_path: Path) -> None:
    def an_outer_function_of_many_words(x: Any) -> Any:
        return relu(np.sin(x)) * relu(x)

    def f(x: Any) -> Any:
        for k in range(20):
            x = an_outer_function_of_many_words(x) + np.sin(x * k)
        return an_outer_function_of_many_words(x) * x

    opened(page, tmp_path, f, 0.3)
    page.click("button[aria-label='Unfold all']")
    page.click("button[aria-label='Fold all']")
    page.locator(".node.group").last.click()
    assert "… > relu" in groups(page)
    assert all(len(text) <= 20 for text in groups(page))


def test_keys_open_a_group_and_fold_it_again(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, large, *ARGUMENTS)
    page.click("button[aria-label='Fold all']")
    before = nodes(page)
    page.locator(".node.group", has_text="model").last.focus()
    page.keyboard.press("Enter")
    assert len(nodes(page)) > len(before)
    assert "model > relu" in groups(page)
    assert re.fullmatch(r"model is open: \d+ parts\.", said(page))
    page.keyboard.press("-")
    assert re.fullmatch(r"model is folded: \d+ operations\.", said(page))
    assert nodes(page) == before
    assert page.evaluate("document.activeElement.classList.contains('group')")
    page.keyboard.press("-")  # of the outermost there is nothing to fold
    assert nodes(page) == before


def test_search_opens_every_group_around_what_it_finds(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, large, *ARGUMENTS)
    page.click("button[aria-label='Fold all']")
    page.fill("input[type=search]", "= maximum(")
    page.keyboard.press("Enter")
    assert "maximum" in said(page)
    assert page.locator(".node.chosen").count() == 1
    assert page.inner_text(".source").split("\n")[0].endswith("> relu")


def test_a_large_program_begins_with_its_calls_open_as_far_as_there_is_room(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, lambda x, ws: large(x, ws) * 2.0, *ARGUMENTS)
    assert len(groups(page)) > 1  # not one box that holds everything
    assert page.locator(".node").count() <= 60
    kept(page, "groups-begin", tmp_path)
