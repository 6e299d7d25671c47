"""The explorer's page as a file: what it holds, what it may do, how it is called."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
from explore_pages import AT, pendulum, squared_line, thirty
from wengert.errors import FormatError, ShapeError
from wengert.explore import _bundle

PAGE = Path(_bundle.__file__).parent / "page"


def test_a_page_of_thirty_operations_has_at_most_150_kilobytes():
    assert 30_000 < len(wg.explore(thirty, *AT).html.encode()) <= 150_000


def test_a_page_names_no_address_and_permits_nothing_but_its_own_script():
    html = wg.explore(thirty, *AT).html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src &#x27;none&#x27;; script-src &#x27;sha256-")
    assert "unsafe" not in policy
    assert set(re.findall(r"https?://[\w.]+", html)) <= {"http://www.w3.org"}  # the name of SVG, which nothing fetches
    assert not re.search(r"<(?:script|link|img)[^>]* (?:src|href)=(?!\"data:)", html)


def test_a_title_and_a_name_with_signs_of_html_are_text():
    html = wg.explore(squared_line, 3.0, 2.0, 1.0, title="</script><b>&").html
    assert "</script><b>" not in html
    assert "&lt;/script&gt;&lt;b&gt;&amp;" in html
    assert html.count("</script>") == 1


def test_explore_writes_the_file_that_it_returns(tmp_path):
    found = wg.explore(squared_line, 3.0, 2.0, 1.0, path=tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == found.html
    assert found.title == "squared_line"


def test_a_program_explores_itself_at_what_it_was_recorded_with_or_at_other_arguments():
    program = wg.record(squared_line, 3.0, 2.0, 1.0)
    assert program.explore().html == wg.explore(squared_line, 3.0, 2.0, 1.0).html
    assert program.explore(5.0, 2.0, 1.0).html == wg.explore(program, 5.0, 2.0, 1.0).html != program.explore().html
    with pytest.raises(ShapeError, match="explore"):
        program.explore(5.0)


def test_the_same_call_makes_the_same_page():
    assert wg.explore(thirty, *AT).html == wg.explore(thirty, *AT).html


def test_a_loaded_program_can_be_explored(tmp_path):
    wg.record(squared_line, 3.0, 2.0, 1.0).save(tmp_path / "f.wengert")
    assert "L = (a b + c)" in wg.load(tmp_path / "f.wengert").explore(3.0, 2.0, 1.0).html


def test_a_loaded_program_is_explored_at_arguments_of_any_shape_and_is_text_without(tmp_path):
    wg.record(lambda x, y: np.sum(np.sin(x) * y), np.arange(3.0), 2.0).save(tmp_path / "f.wengert")
    program = wg.load(tmp_path / "f.wengert")
    assert "sin" in program.explore(np.ones(3), 2).html
    with pytest.raises(FormatError, match="a program that was loaded keeps no arguments"):
        program.explore()
    assert list(program._repr_mimebundle_()) == ["text/plain"]  # a notebook once showed a traceback
    with pytest.raises(ShapeError, match="explore: the arguments are not of"):
        program.explore(np.ones(4), 2.0)
    with pytest.raises(ShapeError, match="explore: the arguments are not of"):
        program.explore(np.ones(3, np.float32), 2.0)


class Model:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x):
        return self.scale * x * x

    def loss(self, x):
        return self(x) - 1.0


@dataclass
class Point:
    x: float
    y: Any


def two_of_a_line():
    return lambda x: x * x, lambda x: x + x


EXPLORED = {
    "Model": lambda: wg.explore(Model(2.0), 3.0),
    "loss": lambda: wg.explore(Model(2.0).loss, 3.0),
    "squared_line": lambda: wg.explore(wg.compile(squared_line), 3.0, 2.0, 1.0),
    "squared_line ": lambda: wg.explore(partial(squared_line, c=1.0), 3.0, 2.0),
    "squared_line  ": lambda: wg.explore(wg.grad(squared_line), 3.0, 2.0, 1.0),
    "A recorded function": lambda: wg.explore(lambda p: p.x * np.sum(p.y), Point(2.0, np.ones(3))),
    "a title": lambda: wg.explore(wg.record(squared_line, 3.0, 2.0, 1.0), title="a title"),
}


@pytest.mark.parametrize("name", EXPLORED)
def test_whatever_can_be_called_can_be_explored_and_names_its_page(name):
    found = EXPLORED[name]()
    assert found.title == name.strip()
    assert f"<title>{found.title}</title>" in found.html


def test_two_lambdas_of_one_line_are_two_pages():
    square, double = (wg.explore(f, 3.0).html for f in two_of_a_line())
    assert square != double


def test_fields_of_a_dataclass_have_their_names_in_the_page():
    assert "p.x" in wg.explore(lambda p: p.x * np.sum(p.y), Point(2.0, np.ones(3))).html


def test_what_has_no_javascript_is_refused_by_name_and_its_program_shows_itself_as_text():
    program = wg.record(lambda x: np.real(np.linalg.eigvals(x)), np.eye(2))
    with pytest.raises(FormatError, match="explore"):
        program.explore()
    assert program._repr_html_() is None
    assert list(program._repr_mimebundle_()) == ["text/plain"]


def test_integers_are_floats_in_a_page():
    def line(p, x):
        return p["w"] * x + p["b"][0]

    assert wg.explore(lambda x: x * 2, 3).html == wg.explore(lambda x: x * 2, 3.0).html
    assert wg.explore(line, {"w": 2, "b": [1]}, 3).html == wg.explore(line, {"w": 2.0, "b": [1.0]}, 3.0).html
    program = wg.record(lambda x: x * 2, 3.0)
    assert program.explore(4).html == program.explore(4.0).html != program.explore().html


def test_an_integer_that_counts_or_indexes_stays_one_in_a_page():
    def steps(x, n):
        for _ in range(n):
            x = np.sin(x)
        return x

    assert wg.explore(steps, 1, 5).html == wg.explore(steps, 1.0, 5).html
    assert "sin" in wg.explore(steps, 1, 5).html
    assert wg.explore(lambda x, k: x[k] * 2, np.ones(3), 1).title


def test_an_error_of_the_function_is_that_with_its_integers_as_floats():
    with pytest.raises(ShapeError, match="matmul"):
        wg.explore(lambda x: x @ np.ones(3), 2)


NOTHING_TO_SHOW = {
    "integers": (lambda: wg.explore(lambda x: x * 2.5, np.arange(3)), "no argument of floats: given int64"),
    "integers in, integers out": (lambda: wg.explore(lambda x: x * 2, np.arange(3)), "returned int64"),
    "a comparison": (lambda: wg.explore(lambda x: x > 2, 3.0), "no result of floats: the function returned bool"),
    "a constant": (lambda: wg.explore(lambda: 1.0), "depends on an argument: the function returned float"),
    "no return": (lambda: wg.explore(lambda x: None, 1.0), "(?s)returned NoneType.*is there a `return` missing"),
    "a program of integers": (lambda: wg.record(lambda x: x * 2, 3).explore(), "the function returned int"),
}


@pytest.mark.parametrize("name", NOTHING_TO_SHOW)
def test_a_page_without_a_derivative_to_show_is_an_error_with_a_number(name):
    make, words = NOTHING_TO_SHOW[name]
    with pytest.raises(FormatError, match=words) as caught:
        make()
    assert caught.value.code == "WG605"


def test_a_program_of_integers_shows_itself_as_text():
    assert list(wg.record(lambda x: x * 2, np.arange(3))._repr_mimebundle_()) == ["text/plain"]


def test_a_notebook_without_widgets_gets_the_page_in_a_frame_that_may_only_run_scripts(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "anywidget", None)
    shown = wg.record(squared_line, 3.0, 2.0, 1.0)._repr_mimebundle_()
    assert 'sandbox="allow-scripts"' in shown["text/html"]
    assert shown["text/html"].count("<") == 2  # the frame: the page within is its attribute
    with pytest.raises(ImportError, match=re.escape("wengert[notebook]")):
        wg.explore(squared_line, 3.0, 2.0, 1.0).widget()


@pytest.mark.skipif(find_spec("anywidget") is None, reason="the package anywidget is not installed")
def test_a_notebook_with_widgets_gets_the_same_module():
    found = wg.explore(squared_line, 3.0, 2.0, 1.0)
    shown = found._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in json.dumps(shown)
    assert found.module.startswith(_bundle.modules())


def test_to_dot_has_a_line_for_each_node_and_each_operand():
    text = wg.record(squared_line, 3.0, 2.0, 1.0).to_dot()
    assert len(re.findall(r"v\d+ \[", text)) == 6
    assert len(re.findall(r"v\d+ -> v\d+;", text)) == 5
    assert text.count("peripheries=2") == 1
    assert text.startswith("digraph")
    assert text.endswith("}\n")


def test_the_name_explore_is_the_function_even_when_a_part_of_the_package_is_imported():
    import wengert.explore._document  # noqa: F401

    assert callable(wg.explore)


def test_no_module_of_the_page_is_longer_than_the_budget_or_uses_what_is_not_there():
    modules = [*PAGE.glob("*.js"), *PAGE.parent.glob("*.js")]
    assert len(modules) > 5
    assert not [path for path in modules if len(path.read_text().splitlines()) > 500]
    assert not re.search(r"^(import|export) ", _bundle.modules(), re.MULTILINE)


def test_a_page_holds_no_remarks_and_no_indentation_of_its_script():
    script = _bundle.modules()
    assert not re.search(r"^\s*//|/\*\*|^ |; // ", script, re.MULTILINE)
    assert len(script) < 0.9 * sum(len(path.read_text()) for path in [*PAGE.glob("*.js"), PAGE.parent / "engine.js"])


def test_a_page_of_a_long_loop_stays_small():
    assert len(wg.explore(lambda a, b: pendulum(a, b, 2000), 1.0, 0.5).html) < 1_000_000
