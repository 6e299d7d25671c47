"""The reference is whole: every public name stands in it, and says what the style of this house asks for.

numpydoc's own checks run on the docstrings as the site shows them (docs/_ext/reference.py). Its remaining checks are
about a layout that ours is made into, or about capitals and periods in the middle of a table.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import wengert as wg

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import reference  # noqa: E402

PAGES = "\n".join(path.read_text() for path in (ROOT / "docs" / "reference").glob("*.md"))
LIKE_NUMPY = (
    "numpy",
    "numpy.linalg",
    "numpy.fft",
    "special",
)  # namespaces: NumPy's names, NumPy's rules
OWN = ("schedules", "testing", "random", "webgpu")
CHECKS = {
    "GL03": "no two blank lines",
    "GL07": "sections in order",
    "GL08": "there is a docstring",
    "SS01": "it has a summary",
    "SS03": "which ends with a period",
    "SS04": "and does not begin with a space",
    "PR01": "all parameters are described",
    "PR02": "no others are",
    "PR03": "in their order",
    "PR07": "with some words each",
    "RT01": "what is returned is described",
    "RT03": "with some words",
    "EX01": "there is an example",
}
OUR_OWN = tuple(
    f"wengert.{name}"
    for name in (
        "devices", "loop_work", "release_memory", "set_thread_count", "testing.count_sweeps", "testing.primitives",
        "thread_count",
    )
)  # fmt: skip
OF_METHODS = ("GL03", "GL07", "GL08", "SS01", "SS03", "SS04", "PR02", "PR03", "PR07")


def public(module: ModuleType) -> dict[str, Any]:
    """What a module offers, modules apart; functions that it defines where it has no `__all__`."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__]
    found = {name: getattr(module, name) for name in names}
    return {name: value for name, value in found.items() if not inspect.ismodule(value)}


def is_error(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Exception | Warning)


NAMES = {f"wengert.{name}": value for name, value in public(wg).items()}
for own in OWN:
    NAMES |= {f"wengert.{own}.{name}": value for name, value in public(import_module(f"wengert.{own}")).items()}
CALLABLES = {name: value for name, value in NAMES.items() if callable(value) and not is_error(value)}
FUNCTIONS = {name: value for name, value in CALLABLES.items() if not isinstance(value, type) or "custom" in name}
CLASSES = {name: value for name, value in CALLABLES.items() if isinstance(value, type)}
METHODS = {
    f"{name}.{method}": value
    for name, owner in CLASSES.items()
    for method, value in inspect.getmembers(owner)
    if method[0] != "_" and inspect.isroutine(value) and value.__name__ != "<lambda>"  # which has no text to read
}


def docstring(value: Any) -> str:
    return inspect.getdoc(value) or ""


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_public_name_stands_in_the_reference(name):
    short = name.removeprefix("wengert.")
    if is_error(NAMES[name]):
        assert hasattr(wg.errors, short)  # whose page lists all members
        return
    module, _, member = short.rpartition(".")
    listed = f":members: {member}" in PAGES or f" {member}," in PAGES or f", {member}\n" in PAGES
    assert f"wengert.{short}\n" in PAGES or f"`wg.{short}`" in PAGES or (module and listed)


def expected(name: str, value: Any) -> set[str]:
    """What a docstring has to tell: no result of what has none, no source where nobody else's work stands behind it."""
    fields = set(reference.OUTCOMES)
    if isinstance(value, type) or inspect.signature(value).return_annotation == "None":
        fields.remove("returns")
    return fields - {"source"} if name in OUR_OWN else fields


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_docstring_tells_results_errors_cost_and_source_and_shows_an_example(name):
    doc = reference.parsed(docstring(FUNCTIONS[name]))
    assert not [field for field in expected(name, FUNCTIONS[name]) if not doc.fields.get(field)]
    assert doc.examples


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_class_shows_an_example(name):
    on_its_page = f".. autoclass:: {name}\n" in PAGES and ">>> " in PAGES.split(f".. autoclass:: {name}\n")[0][-400:]
    assert on_its_page or reference.parsed(docstring(CLASSES[name])).examples


def findings(name: str, value: Any, checks: Any, doc: Any = None) -> list[str]:
    """numpydoc's complaints about a docstring as the site shows it."""
    if "WENGERT_REQUIRE_DOCS" not in os.environ:
        pytest.importorskip("numpydoc")
    from numpydoc import docscrape, validate

    class Shown(validate.Validator):  # type: ignore[misc]
        def __init__(self, obj_name: str) -> None:
            text = reference.numpydoc_text(doc or docstring(value), value)
            super().__init__(docscrape.get_doc_object(value, doc=text, config={"show_class_members": False}))
            self.raw_doc = self.clean_doc = text

        source_file_def_line = 1  # no comments there that tell it to be quiet

        @property
        def name(self) -> str:
            return name

    found = validate.validate(name, Shown)["errors"]
    asks = docstring(value).split("\n\n")[0].endswith("?")  # `all`: "Are all elements true?" is a sentence too
    return [f"{code}: {what}" for code, what in found if code in checks and not (code == "SS03" and asks)]


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_numpydoc_finds_nothing_in_the_docstring_of_a_function(name):
    assert not findings(name, FUNCTIONS[name], CHECKS)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_numpydoc_finds_nothing_in_the_docstring_of_a_method(name):
    assert not findings(name, METHODS[name], OF_METHODS)


def in_namespaces() -> dict[str, Callable[..., Any]]:
    import generated

    return {
        f"wengert.{name}.{short}": f for name in LIKE_NUMPY for short, f in generated.public(generated.namespace(name))
    }


@cache
def completed(name: str) -> reference.Docstring:
    """The docstring of a function of a namespace, as the site has it."""
    from completed import completed

    namespace, _, short = name.removeprefix("wengert.").rpartition(".")
    return completed(namespace, short, in_namespaces()[name])


@pytest.mark.parametrize(("name", "value"), sorted(in_namespaces().items()))
def test_a_function_of_numpys_says_in_a_sentence_what_it_is(name, value):
    summary = reference.parsed(docstring(value)).summary
    assert summary.endswith((".", "?"))


@pytest.mark.parametrize("name", sorted(in_namespaces()))
def test_the_site_tells_all_of_a_function_of_numpys_and_numpydoc_finds_nothing(name):
    doc, value = completed(name), in_namespaces()[name]
    assert not [field for field in reference.OUTCOMES if not doc.fields.get(field)]
    assert set(inspect.signature(value).parameters) <= set(doc.parameters())
    assert doc.examples
    assert not findings(name, value, CHECKS, doc)


TOLD = {
    ("numpy.sum", "returns"): "in the unit of the operand",
    ("numpy.var", "returns"): "in the unit of the operand squared",
    ("numpy.sqrt", "returns"): "in the root of the unit of the operand",
    ("numpy.multiply", "returns"): "that of operand 1 times that of operand 2",
    ("numpy.divide", "returns"): "that of operand 1 times that of operand 2 to the power -1",
    ("numpy.hypot", "returns"): "in the unit that the operands share",
    ("numpy.exp", "returns"): "of plain numbers, a plain number",
    ("numpy.sign", "returns"): "without a unit",
    ("numpy.isnan", "returns"): "of truth values of the shape that the operands broadcast to",
    ("numpy.linalg.inv", "returns"): "in one over the unit of the operand",
    ("numpy.put", "returns"): "None: the array is written to",
    ("numpy.matmul", "cost"): "2 m n k operations",
    ("numpy.sort", "cost"): "n log n comparisons along the axis: it is made of argsort",
    ("numpy.std", "cost"): "it is made of sum, divide, subtract, square, sqrt",
    ("numpy.reshape", "cost"): "none, or a copy",
    ("numpy.lexsort", "cost"): "the result is a constant, without a derivative",
    ("numpy.split", "raises"): 'ShapeError ("no equal parts")',
    ("numpy.take", "raises"): 'OptionError ("unknown mode")',
    ("numpy.mean", "raises"): 'AxisError ("axis out of range")',
    ("numpy.tanh", "source"): "numpy.tanh; within 2 units in the last place",
    ("special.gammainc", "source"): "scipy.special.gammainc",
}


@pytest.mark.parametrize(("name", "field"), TOLD)
def test_what_is_found_out_of_a_function_is_right(name, field):
    assert TOLD[name, field] in completed(f"wengert.{name}").fields[field]


def test_a_description_of_a_parameter_is_of_one_that_there_is():
    from completed import table
    from examples import ALIASES

    there = set()
    for full, f in in_namespaces().items():
        namespace, _, short = full.removeprefix("wengert.").rpartition(".")
        there |= {f"{ALIASES[namespace]}.{short}.{p}" for p in inspect.signature(f).parameters}
    names = {name.rpartition(".")[2] for name in there}
    for key in table("parameters.txt"):
        assert any(fnmatchcase(name, key) for name in there) if "." in key else key in names, key
