"""Parts of pages that are made at each build: tables of what was compiled, plots of what was measured.

Each is a function from data to text, so that the tests can look at it (tests/python/test_docs_generated.py).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from types import ModuleType
from typing import Any

import numpy

import drawn
import measured
import wengert as wg
from completed import completed
from pages import inside
from reference import Docstring, errors, plain, sentence
from wengert import _explain

ROOT = Path(__file__).resolve().parents[2]
INTO = ROOT / "docs" / "_generated"
KINDS = {"none": "no derivative", "linear": "linear", "bilinear": "bilinear", "general": "general"}
OUTPUTS = {"same": "the operands'", "bool": "bool"}
GUIDES = (
    *("installation", "numpy", "array-api", "programs", "checkpointing", "semantics"),
    *("errors", "command-line", "webgpu", "cpp", "design"),
)
NAMESPACES = {  # and where NumPy or SciPy document a function of that name
    "numpy": "https://numpy.org/doc/stable/reference/generated/numpy.{name}.html",
    "numpy.linalg": "https://numpy.org/doc/stable/reference/generated/numpy.linalg.{name}.html",
    "numpy.fft": "https://numpy.org/doc/stable/reference/generated/numpy.fft.{name}.html",
    "special": "https://docs.scipy.org/doc/scipy/reference/generated/scipy.special.{name}.html",
}


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [header, ["---"] * len(header), *escaped]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def primitives() -> tuple[str, str]:
    """What the compiled table says of each primitive that has a public name: elementwise ones, and the others."""
    records = [p for p in wg.testing.primitives() if not p.internal]
    elementwise = [
        [f"`{p.name}`", p.doc, str(p.arity), KINDS[p.kind], domain(p), str(p.ulp), yes(p.complex)]
        for p in records
        if p.elementwise
    ]
    structural = [[f"`{p.name}`", p.doc, KINDS[p.kind]] for p in records if not p.elementwise]
    first = ["name", "meaning", "operands", "kind", "tested within", "ulp", "complex"]
    return table(first, elementwise), table(["name", "meaning", "kind"], structural)


def domain(p: Any) -> str:
    """Where the tests sample it; one interval where all operands have the same."""
    intervals = [f"{low:g} to {high:g}" for low, high in p.domains]
    return ", ".join(intervals if len(set(intervals)) > 1 else intervals[:1])


def yes(fact: bool) -> str:
    return "yes" if fact else ""


def namespace(name: str) -> ModuleType:
    """wengert.numpy.linalg of "numpy.linalg"."""
    found: Any = wg
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The functions of a namespace that have no page of their own, by name."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    for name in sorted(names):
        value = getattr(module, name)
        if callable(value) and not isinstance(value, type) and not inspect.ismodule(value):
            yield name, value


def functions(name: str) -> str:
    """Every function of a NumPy-like namespace: reStructuredText, as only its directives make an index."""
    entries = [function(name, short, f) for short, f in public(namespace(name))]
    return "\n".join(entries)


def function(name: str, short: str, f: Any) -> str:
    """One entry: signature, meaning, where its model is documented, what goes in and out, cost, source, an example."""
    doc = completed(name, short, f)
    model = (
        f" (`{'SciPy' if name == 'special' else 'NumPy'}'s <{NAMESPACES[name].format(name=short)}>`__)"
        if known(name, short)
        else ""
    )
    head = f".. py:function:: wengert.{name}.{short}{signature(f)}"
    parts = [f"{plain(doc.summary)}{model}", *map(plain, doc.prose), fields(doc), doc.examples]
    return f"{head}\n\n{indent(chr(10).join(f'{part}{chr(10)}' for part in parts), '   ')}\n"


def fields(doc: Docstring) -> str:
    """Parameters, results and errors as Sphinx lists them, then what it costs and whence it is."""
    lines = [f":param {p}: {sentence(text)}" for p, text in doc.parameters().items()]
    lines.append(f":returns: {sentence(doc.fields['returns'])}")
    for error in errors(doc.fields["raises"]):
        kind, _, when = error.partition("\n")
        lines.append(f":raises {kind}: {when.strip()}")
    told = [f"*{key.capitalize()}*: {sentence(doc.fields[key])}" for key in ("cost", "source")]
    return "\n".join([*lines, "", " ".join(told)])


def known(name: str, short: str) -> bool:
    """Is there a function of this name in NumPy's or SciPy's namespace?"""
    from scipy import special

    models: dict[str, Any] = {
        "numpy": numpy,
        "numpy.linalg": numpy.linalg,
        "numpy.fft": numpy.fft,
        "special": special,
    }
    return hasattr(models[name], short)


def signature(f: Any) -> str:
    """Names and defaults; types are left to the editor."""
    try:
        found = inspect.signature(f)
    except (TypeError, ValueError):
        return "(...)"
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


def guides() -> str:
    """The pages of docs/ that no other page lists, in this order; new ones at the end."""
    elsewhere = ("README", "index", "guides", "benchmarks", "contributing", "changes")
    there = {path.stem for path in (ROOT / "docs").glob("*.md")} - set(elsewhere)
    listed = [name for name in GUIDES if name in there] + sorted(there - set(GUIDES))
    return "\n".join(["```{toctree}", ":maxdepth: 1", "", *listed, "```\n"])


def error_pages() -> str:
    """What `python -m wengert explain` prints of each code."""
    entries = [f"# {page.code}: {page.title}\n\n```text\n{page.body}\n```\n" for page in _explain.pages().values()]
    return "\n".join(entries)


def build(_app: Any) -> None:
    """Writes every part before pages are read."""
    INTO.mkdir(exist_ok=True)
    write("guides.md", guides())
    write("errors.md", error_pages())
    elementwise, structural = primitives()
    write("elementwise.md", elementwise)
    write("structural.md", structural)
    write("changes.md", inside((ROOT / "CHANGELOG.md").read_text(), "CHANGELOG.md", "docs/changes.md"))
    write("bench.md", inside((ROOT / "bench" / "README.md").read_text(), "bench/README.md", "docs/benchmarks.md"))
    for name in NAMESPACES:
        write(f"{name}.inc", functions(name))
    text = (ROOT / "bench" / "README.md").read_text()
    tables, first = measured.tables(text), measured.firsts(text)
    write("losses.md", measured.losses(tables))
    write("tally.md", measured.tally(tables))
    write("pictures.md", drawn.page(tables, first))
    drawn.draw(tables, first, INTO)


def write(name: str, text: str) -> None:
    """Leaves a file alone that says the same already: pages that include it are not read again then."""
    path = INTO / name
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
