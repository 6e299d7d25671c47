"""No error's page is guessed: what we raise in Python names it, what the core says is in a table; all is tried."""

from __future__ import annotations

import ast
import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import core_messages
import raise_sites
import test_decompositions
import test_errors_of_beginners
import test_fft
import test_numpy_refusals
import wengert as wg
from error_cases import CASES
from raise_cases import CALLS
from wengert import _explain

PAGES = _explain.pages()
SITES = list(raise_sites.sites())
CODES = {kind: [page.code for page in PAGES.values() if page.kind == kind] for kind in wg.errors.__all__}
# A step that goes another way when it is computed again is one of a loop that no test can write: replays are exact.
NEVER = {("_steps.py", "TapeError")}


def quietly(how: Any, call: Any, *args: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter(how)
        call(*args)


@pytest.mark.parametrize("site", SITES, ids=str)
def test_an_error_of_a_class_with_several_codes_names_one_of_them_and_no_other_does(site):
    assert (f"WG{site.number}" in CODES[site.kind]) if len(CODES[site.kind]) > 1 else site.number is None


@pytest.fixture(scope="module")
def reached():
    """Every line of the library that a case's error comes from."""
    calls = [*CALLS.values(), *(case.raises for case in CASES.values())]
    calls += [bad[0] for module in (test_numpy_refusals, test_decompositions, test_fft) for bad in module.BAD.values()]
    calls += [created[0] for created in test_errors_of_beginners.CREATED.values()]
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("WENGERT_FULL_TRACEBACK", "1")
        return set().union(*(raise_sites.reached(call) for call in calls))


@pytest.mark.parametrize("site", [s for s in SITES if s.raised and (s.file, s.kind) not in NEVER], ids=str)
def test_every_raise_of_the_library_is_come_to(site, reached):
    assert any(file == site.file and site.first - 1 <= line <= site.last for file, line in reached)


@pytest.mark.parametrize("name", CALLS)
def test_what_is_raised_has_a_code_a_line_of_the_user_s_and_a_way_out(name):
    with pytest.raises(wg.Error) as caught:
        quietly("ignore", CALLS[name])
    first, *rest = str(caught.value).splitlines()
    assert re.fullmatch(r"[\w., ()]+: .+ \[WG\d{3}\]", first)
    assert any(re.match(r"  at .*_cases\.py:\d+: ", line) for line in rest)
    assert len([line for line in rest if not re.match(r"  (at|recorded at|more:) | +\^+$", line)]) >= 1


def test_every_message_of_the_core_has_the_code_that_was_chosen_for_it():
    """A row is missing? Add it to core_messages.txt, with the code whose page says what is to be done."""
    found = {
        (kind, said): _explain.page_of(getattr(wg.errors, kind)(said)).code for kind, said in core_messages.messages()
    }
    assert len(found) > 150
    assert found == core_messages.chosen()


def test_words_of_a_page_are_those_of_some_message_of_the_core():
    said = {(kind, part) for kind, message in core_messages.messages() for part in message.split(": ")}
    said |= {
        ("TracedValueError", part) for part in ("a recorded array was asked for", "the value differs from lane to lane")
    }
    lost = [
        (page.code, words)
        for page in PAGES.values()
        for words in page.words
        if words != "*" and not any(kind == page.kind and part.startswith(words) for kind, part in said)
    ]
    assert not lost


def test_a_message_that_nobody_chose_a_page_for_gets_that_of_the_rest_of_its_class():
    for kind, code in {"ShapeError": "WG209", "DTypeError": "WG306", "TapeError": "WG107", "Error": "WG900"}.items():
        assert getattr(wg.errors, kind)("something: complex: given nothing").code == code
    assert wg.ShapeError("a", 203).code == "WG203"
    assert wg.ShapeError("a", "words").code == "WG209"
    assert wg.ShapeError().code == "WG209"


# Examples of pages.


def blocks(page: Any) -> list[str]:
    """The indented parts of a page, each a program."""
    found = re.findall(r"(?:^(?: {4}.*|)\n)+", page.body + "\n", re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE) for block in found if block.strip()]


WITH_EXAMPLES = [code for code, page in PAGES.items() if blocks(page)]


def test_many_pages_have_an_example():
    assert len(WITH_EXAMPLES) >= 14
    assert {f"WG{n}" for n in (107, 209, 306, 402, 405, 509, 701, 702, 705)} <= set(WITH_EXAMPLES)


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_an_example_of_a_page_raises_where_it_says_so_and_nowhere_else(code):
    names: dict[str, Any] = {"np": np, "wg": wg, "math": math}
    raised = 0
    for block in blocks(PAGES[code]):
        lines = block.splitlines()
        for statement in ast.parse(block).body:
            run = compile(ast.Module([statement], []), str(Path(__file__)), "exec")
            if not re.search(r"# (raises|warns)", "\n".join(lines[statement.lineno - 1 : statement.end_lineno])):
                exec(run, names)
                continue
            with pytest.raises((wg.Error, wg.StrongZeroWarning)) as caught:
                quietly("error", exec, run, names)
            assert caught.value.code == code
            raised += 1
    assert raised or code == "WG303"  # which shows how to write a rule
