"""Docstrings in the style of this house, as numpydoc reads them.

A docstring here is a sentence, then `name : what it is` for parameters and for `returns`, `raises`, `cost` and
`source`, then prose, then examples. `parsed` takes it apart, `numpydoc_text` writes it with numpydoc's headings: for
the site, and for numpydoc's own checks (tests/python/test_docs_reference.py).
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import Any

FIELD = re.compile(r"^(?P<names>[.\w*][\w*.()]*(?:, [.\w*][\w*.()]*)*) *: ?(?P<text>.*)$")
OUTCOMES = ("returns", "raises", "cost", "source")
ERROR = re.compile(r"^(?P<names>[A-Z]\w*(?:, [A-Z]\w*)*)\b,? ?(?P<when>.*)$", re.DOTALL)


@dataclass
class Docstring:
    """A docstring's parts; a field is named by what stands before its colon."""

    summary: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    prose: list[str] = field(default_factory=list)
    examples: str = ""
    described: dict[str, str] = field(default_factory=dict)  # parameters, one of which may be called "source"

    def parameters(self) -> dict[str, str]:
        """The fields that describe parameters."""
        return {name: text for name, text in self.fields.items() if name not in OUTCOMES} | self.described


def parsed(text: str) -> Docstring:
    """The parts of a docstring whose indentation is gone."""
    found = Docstring()
    paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
    found.summary = " ".join(paragraphs[0].split())
    for paragraph in paragraphs[1:]:
        body, prompt, example = paragraph.partition(">>> ") if paragraph.startswith(">>> ") else (paragraph, "", "")
        if prompt or found.examples:
            found.examples += ("\n\n" if found.examples else "") + paragraph
        elif not take_fields(body, found.fields):
            found.prose.append(body)
        del example
    return found


def take_fields(paragraph: str, fields: dict[str, str]) -> bool:
    """Reads a paragraph of fields; False where it is something else."""
    lines = paragraph.splitlines()
    if not FIELD.match(lines[0]):
        return False
    names: list[str] = []
    for line in lines:
        start = None if line.startswith(" ") else FIELD.match(line)
        if start:
            names = start["names"].split(", ")
            fields.update(dict.fromkeys(names, start["text"].strip()))
        else:
            fields.update({name: f"{fields[name]} {line.strip()}" for name in names})
    return True


def plain(text: str) -> str:
    """Text that reStructuredText shows as it is; what stands in backticks as code."""
    parts = re.split(r"`+([^`]+)`+", text)
    shown = [re.sub(r"([\\*|_])", r"\\\1", part) for part in parts[::2]]
    code = [f"``{part}``" for part in parts[1::2]] + [""]
    return "".join(word for pair in zip(shown, code, strict=True) for word in pair)


def numpydoc_text(text: str | Docstring, value: Any = None) -> str:
    """The docstring with numpydoc's headings; of `value` come the stars of its parameters."""
    doc, stars = parsed(text) if isinstance(text, str) else text, starred(value)
    parts = [plain(doc.summary), *map(plain, doc.prose)]
    if doc.parameters():
        entries = [entry(stars.get(name, name), what) for name, what in doc.parameters().items()]
        parts.append(section("Parameters", entries))
    if "returns" in doc.fields:
        parts.append(section("Returns", [entry("result", doc.fields["returns"])]))
    if not doc.fields.get("raises", "nothing").startswith("nothing"):
        parts.append(section("Raises", errors(doc.fields["raises"])))
    notes = [f"**{key.capitalize()}**: {plain(doc.fields[key])}" for key in ("cost", "source") if key in doc.fields]
    if notes:
        parts.append(section("Notes", ["\n\n".join(notes)]))
    if doc.examples:
        parts.append(section("Examples", [doc.examples]))
    return "\n\n".join(parts) + "\n"


def starred(value: Any) -> dict[str, str]:
    """`*args` of "args", for each parameter of a function that has a star."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {
        p.name: str(p.replace(annotation=p.empty)) for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    }


def section(title: str, entries: list[str]) -> str:
    return "\n".join([title, "-" * len(title), *entries])


def entry(name: str, text: str) -> str:
    """One parameter or result: a sentence, with a capital and a full stop."""
    return f"{name}\n    {sentence(text)}"


def sentence(text: str) -> str:
    shown = plain(text)
    return shown if shown.endswith((".", "!", "?")) else f"{shown}."


def errors(text: str) -> list[str]:
    """`ShapeError if ...; DTypeError for ...`, an entry each; what names no class stands with the one before."""
    found: list[list[str]] = []
    for part in text.split("; "):
        named = ERROR.match(part)
        if named:
            found.append([named["names"], named["when"] or "as said"])
        elif found:
            found[-1][1] += f"; {part}"
        else:
            found.append(["Error", part])
    return [entry(name, when) for name, when in found]


def convert(_app: Any, what: str, _name: str, obj: Any, _options: Any, lines: list[str]) -> None:
    """What autodoc hands on to numpydoc. A module's text has no fields, and may stress words."""
    text = "\n".join(lines)
    if what == "module":
        lines[:] = [*re.sub(r"`+([^`]+)`+", r"``\1``", text).splitlines(), ""]
    elif text.strip() and "\n---" not in text:  # NumPy's own docstrings have headings already
        lines[:] = [*numpydoc_text(text, obj).splitlines(), ""]


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", convert, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
