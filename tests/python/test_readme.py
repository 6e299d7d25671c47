"""What the documents show is what happens: their code and the docstrings are run, their links followed."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import linecache
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import wengert as wg

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path for path in sorted((ROOT / "docs").rglob("*.md")) if not {"_generated", "gallery"} & set(path.parts)]
DOCUMENTS = [ROOT / "README.md", *PAGES, ROOT / "examples" / "README.md"]
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL)
CPP_BLOCK = re.compile(r"^```cpp\n(?P<code>.*?)^```\n", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^]]+\]\(([^)#]+)[^)]*\)")
DOCTEST = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules() -> list[ModuleType]:
    """wengert and every Python module in it."""
    found = pkgutil.walk_packages(wg.__path__, "wengert.")
    names = [info.name for info in found if not info.name.rpartition(".")[2].startswith(("_core", "__main__"))]
    return [wg, *map(importlib.import_module, names)]


MODULES = modules()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_in_a_document_prints_what_the_document_says(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "document"}
    for block in BLOCK.finditer(document.read_text()):
        printed = io.StringIO()
        script = tmp_path / "script.py"
        script.write_text(block["code"])
        linecache.clearcache()
        with contextlib.redirect_stdout(printed):
            exec(compile(block["code"], str(script), "exec"), names)
        assert printed.getvalue() == (block["output"] or ""), block["code"]


def lines(code: str) -> str:
    """Code without its indentation."""
    return "\n".join(line.strip() for line in code.strip().splitlines())


def test_cpp_in_the_documents_is_compiled_somewhere():
    compiled = [
        lines(path.read_text()) for folder in ("examples/cpp", "tests/cpp") for path in (ROOT / folder).glob("*.cpp")
    ]
    blocks = [lines(block["code"]) for block in CPP_BLOCK.finditer((ROOT / "docs" / "cpp.md").read_text())]
    assert blocks
    assert not [block for block in blocks if not any(block in text for text in compiled)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document):
    local = [link for link in LINK.findall(document.read_text()) if "://" not in link and "gallery/" not in link]
    assert not [link for link in local if not (document.parent / link).exists()]


@pytest.mark.parametrize("shown", [path for path in PAGES if ">>> " in path.read_text()], ids=lambda path: path.name)
def test_examples_in_a_page_give_what_they_say(shown):
    assert doctest.testfile(str(shown), module_relative=False, optionflags=DOCTEST).failed == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_in_docstrings_give_what_they_say(module):
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(optionflags=DOCTEST)
    report = io.StringIO()
    for test in finder.find(module, extraglobs={"np": np, "wg": wg}):
        runner.run(test, out=report.write)
    assert not runner.failures, report.getvalue()


def test_the_readme_shows_code_and_the_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert 'pip install ".[examples]" && python examples/digits.py' in readme
    assert 'pip install ".[test]" && pytest' in readme
    first = next(BLOCK.finditer(readme))
    assert first["output"]
    assert len([line for line in first["code"].splitlines() if line.strip()]) <= 12


def test_the_readme_shows_a_picture_at_once_and_a_small_one():
    readme = (ROOT / "README.md").read_text()
    shown = re.search(r"!\[[^]]+\]\(([^)]+)\)", readme)
    assert shown is not None
    assert readme[: shown.start()].count("\n") < 6
    picture = (ROOT / shown[1]).read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert 20_000 < len(picture) < 100_000


def test_the_readme_has_what_a_reader_looks_for():
    readme = (ROOT / "README.md").read_text()
    before = readme[: readme.index("```python")]
    assert len(re.findall(r"^- \*\*", before, re.MULTILINE)) == 6  # highlights
    for section in ("Install and try", "How fast it is", "Works with", "When not to use it", "Gallery", "Cite"):
        assert f"\n## {section}\n" in readme
    assert f"version = {{{wg.__version__}}}" in readme


def test_the_figures_in_the_readme_are_those_of_the_benchmarks():
    _, section = (ROOT / "README.md").read_text().split("\n## How fast it is\n")
    section = section[: section.index("\n## ")]
    measured = (ROOT / "bench" / "README.md").read_text().splitlines()
    rows = [line for line in section.splitlines() if re.match(r"\| \S+ \| [\d.]+ ms", line)]
    assert len(rows) >= 5
    assert not [row for row in rows if row not in measured]
    losses = [row for row in rows if re.search(r" ms \|.* 0\.\d+ \| 0\.\d+ \|", row)]
    assert losses  # also what is slower than a peer
    machine = re.search(r"AMD EPYC|Xeon|Sapphire Rapids", section)
    assert machine is not None
    assert any(machine[0] in line for line in measured)


def test_every_public_function_is_documented():
    missing = [name for name in wg.__all__ if callable(getattr(wg, name)) and not getattr(wg, name).__doc__]
    assert not missing, missing
