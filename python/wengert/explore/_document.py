"""A recorded program as a document that engine.js runs: operations, lines, and what each of them computes.

What is computed is JavaScript: of elementwise primitives generated from the rule table, values and partials; of the
functions that these call, and of structural primitives, the pieces of functions.js and structural.js that the program
needs. Derivatives of structural primitives are programs themselves, derived here one operation at a time.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wengert import _core, _tree
from wengert._checkpoint import SEGMENTS
from wengert._compile import Call
from wengert._program import Program
from wengert.errors import FormatError, ShapeError
from wengert.explore._calls import Calls, function_name
from wengert.explore._javascript import code, formulas
from wengert.explore._listing import Listing, derivatives, encoded

__all__ = ["document", "script", "takes"]

VERSION = 1


def document(program: Program, args: Sequence[Any], calls: Calls | None = None) -> dict[str, Any]:
    """What engine.js needs to run a program and its derivatives, as plain data that is JSON.

    program : from `record`
    args    : where the page begins: arguments of the shapes and types it was recorded with
    calls   : those that were made while it was recorded, where they were listened to
    returns : operations, shapes, constants (base64 of little-endian float64), guards, lines, and `code`: the
              JavaScript of the primitives that occur
    raises  : ShapeError for other arguments than recorded; FormatError where an operation has no JavaScript, or the
              program holds functions with rules of their own
    cost    : a pass over the operations; a derivation for each structural primitive and type that occurs
    """
    call, handle = Call(tuple(args), {}), program._recorded.program
    found = Listing(handle)
    if not takes(program, found, args):
        raise ShapeError("explore: the arguments are not of the structure, shapes and types that were recorded", 209)
    if handle.opaque:
        raise FormatError(
            "explore: the program holds functions with rules of their own, whose derivatives it does not know", 605
        )
    found.require_javascript()
    local, which = derivatives(found, call.arrays)
    parts = [found, *(part for each in local for part in (each.adjoint, each.tangent))]
    used = {name for part in parts for name in part.names}
    lines, line_of, call_of = _lines(handle)
    return {
        "version": VERSION,
        **found.data(line_of),
        "lines": lines,
        **(calls.table(call_of) if calls else {"calls": [], "within": []}),
        "inputs": [
            {"name": name, "value": encoded(x)} for name, x in zip(_names(program, call), call.arrays, strict=True)
        ],
        "guards": [[kind, node, encoded(outcome)] for kind, node, outcome in _core.program_guards(handle)],
        "local": which,
        "locals": [None, {"moves": True}, *(each.data() for each in local)],
        "formulas": {name: formulas()[name] for name in sorted(_with_real(used) & formulas().keys())},
        "code": code(used),
    }


def takes(program: Program, found: Listing, args: Sequence[Any]) -> bool:
    """Are these of the structure, shapes and types that were recorded, and what is no array the same?"""
    call, recorded = Call(tuple(args), {}), program._call
    alike = (call.structure, call.others) == (recorded.structure, recorded.others)
    return alike and found.takes(call.arrays)


def _with_real(names: set[str]) -> set[str]:
    """These, and what those of complex numbers are called: a page writes formulas down as they are for real ones."""
    return names | {name.removeprefix("c_") for name in names}


def script(found: dict[str, Any]) -> str:
    """The code of a document as a script's expression, for pages that evaluate no text: `open(doc, code)`."""
    return f"(() => {{\n{found['code']}\n}})()"


def _lines(handle: Any) -> tuple[list[dict[str, Any]], list[int], list[int]]:
    """The lines that operations come from, and which each does, -1 where that is not known; and its call, or 0."""
    number_of: dict[Any, int] = {None: -1}
    lines: list[dict[str, Any]] = []
    which, calls = [], []
    for found in _core.program_places(handle):
        place = found and found[:2]
        if place is not None and place not in number_of:
            number_of[place] = len(lines)
            code, line = place
            lines.append(
                {
                    "file": Path(code.co_filename).name,
                    "number": line,
                    "text": linecache.getline(code.co_filename, line).strip(),
                    "function": function_name(code),
                    "segment": code in SEGMENTS,
                }
            )
        which.append(number_of[place])
        calls.append(found[2] if found else 0)
    return lines, which, calls


def _names(program: Program, call: Call) -> list[str]:
    """What the function calls each array among its arguments: `w`, `layers[0]['bias']`."""
    parameters = _tree.parameters(program._f)
    roots: list[str] = []
    for k in range(len(call.arguments(call.arrays)[0])):
        last = parameters[min(k, len(parameters) - 1)] if parameters else None
        if last is None or last.kind in (last.KEYWORD_ONLY, last.VAR_KEYWORD):
            roots.append(f"x{k}")
        elif last.kind is last.VAR_POSITIONAL:
            roots.append(f"{last.name}[{k - len(parameters) + 1}]")
        else:
            roots.append(last.name)
    names = [root + path for root, x in zip(roots, call.arguments(call.arrays)[0], strict=True) for path in _paths(x)]
    return [name for name, is_array in zip(names, _core.array_leaves(call.leaves), strict=True) if is_array]


def _paths(tree: Any) -> Iterator[str]:
    """The way to each leaf of a tree, as Python writes it."""
    if _tree.is_number(tree):
        yield ""
        return
    import optree

    _tree.flatten(tree)  # makes dataclasses known
    for accessor in optree.tree_accessors(tree, namespace=_tree.NAMESPACE):
        yield accessor.codify("")
