"""A recorded program as a document that engine.js runs: operations, lines, and what each of them computes.

What is computed is JavaScript: of elementwise primitives generated from the rule table, values and partials; of the
functions that these call, and of structural primitives, the pieces of functions.js and structural.js that the program
needs. Derivatives of structural primitives are programs themselves, derived here one operation at a time.
"""

from __future__ import annotations

import base64
import inspect
import json
import linecache
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wengert import _core, _tree, _webgpu
from wengert._compile import Call, record_call
from wengert._program import Program
from wengert._transforms import jvp, vjp
from wengert.errors import ShapeError, TapeError

__all__ = ["document", "script"]

VERSION = 1
_WORD = re.compile(r"[A-Za-z_]\w*")
_KINDS = ("elementwise", "input", "constant", "call")
# In the core's order.
_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float32", "float64", "complex64", "complex128"),
)


def document(program: Program, args: Sequence[Any]) -> dict[str, Any]:
    """What engine.js needs to run a program and its derivatives, as plain data that is JSON.

    program : from `record`
    args    : where the page begins: arguments of the shapes and types it was recorded with
    returns : operations, shapes, constants (base64 of little-endian float64), guards, lines, and `code`: the
              JavaScript of the primitives that occur
    raises  : ShapeError for other arguments than recorded; TapeError where an operation has no JavaScript (of complex
              numbers), or the program holds functions with rules of their own
    cost    : a pass over the operations; a derivation for each structural primitive and type that occurs
    """
    call = Call(tuple(args), {})
    if call.structure != program._call.structure or call.form != program._call.form:
        raise ShapeError("explore: the arguments are not of the structure, shapes and types that were recorded")
    handle = program._recorded.program
    if handle.opaque:
        raise TapeError(
            "explore: the program holds functions with rules of their own, whose derivatives it does not know"
        )
    found = _Listing(handle)
    found.require_javascript()
    locals_, which = _locals(found, call.arrays)
    parts = [found, *(part for each in locals_ if each for part in (each.adjoint, each.tangent))]
    used = {name for part in parts for name in part.names}
    lines, line_of = _lines(handle)
    return {
        "version": VERSION,
        **found.data(line_of),
        "lines": lines,
        "inputs": [
            {"name": name, "value": _encoded(x)} for name, x in zip(_names(program, call), call.arrays, strict=True)
        ],
        "guards": [[kind, node, _encoded(outcome)] for kind, node, outcome in _core.program_guards(handle)],
        "local": which,
        "locals": [each and each.data() for each in locals_],
        "formulas": {name: _formulas()[name] for name in sorted(used & _formulas().keys())},
        "code": _code(used),
    }


def script(found: dict[str, Any]) -> str:
    """The code of a document as a script's expression, for pages that evaluate no text: `open(doc, code)`."""
    return f"(() => {{\n{found['code']}\n}})()"


def _encoded(x: Any) -> str:
    """Base64 of all elements; of one, where they are alike."""
    elements: npt.NDArray[np.float64] = np.ascontiguousarray(np.asarray(x), np.dtype("<f8")).reshape(-1)
    bits = elements.view(np.int64)
    if elements.size > 1 and bool((bits == bits[0]).all()):
        elements = elements[:1]
    return base64.b64encode(elements.tobytes()).decode()


@cache
def _all_names() -> list[str]:
    """Names of primitives: the elementwise ones, and behind them the structural ones."""
    return [p["name"] for p in _core.primitives()]


@cache
def _elementwise() -> int:
    return sum(p["elementwise"] for p in _core.primitives())


class _Listing:
    """The operations of a program, read from the row of integers that the core writes."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self._row: Iterator[int] = iter(np.frombuffer(_core.program_source(handle), np.int64).tolist())
        self.types = [(_DTYPES[self._next()], self._list()) for _ in range(self._next())]
        self.calls = [(self._next(), self._list(), self._list()) for _ in range(self._next())]
        self.constants = [(self._next(), self._next()) for _ in range(self._next())]
        self.nodes: list[list[Any]] = [self._node([self._next() for _ in range(5)]) for _ in range(self._next())]
        self.outputs = self._list()
        self.names = {node[0] for node in self.nodes} - {"input", "constant"}

    def _next(self) -> int:
        return next(self._row)

    def _list(self) -> list[int]:
        return [self._next() for _ in range(self._next())]

    def _node(self, given: list[int]) -> list[Any]:
        """[name, operands, type, number of an input or constant, or attributes of a structural primitive]"""
        kind, code, a, b, kind_of_type = given
        if kind == 0:
            return [_all_names()[code], [a] if b < 0 else [a, b], kind_of_type, None]
        if kind == 3:
            primitive, operands, attributes = self.calls[a]
            return [_all_names()[_elementwise() + primitive], operands, kind_of_type, attributes]
        return [_KINDS[kind], [], kind_of_type, a]

    def is_float(self, i: int) -> bool:
        return self.dtype(i).startswith("float")

    def dtype(self, i: int) -> str:
        name: str = self.types[self.nodes[i][2]][0]
        return name

    def require_javascript(self) -> None:
        """Refuses what has none."""
        without = set(_all_names()[_elementwise() :]) - _pieces().keys()
        for i, (name, *_) in enumerate(self.nodes):
            if name in without or self.dtype(i).startswith("complex"):
                line = _core.program_line(self.handle, i)
                raise TapeError(
                    f"explore: {name}: no JavaScript for it on {self.dtype(i)}" + (f"\n  at {line}" if line else "")
                )

    def data(self, line_of: Sequence[int] = ()) -> dict[str, Any]:
        return {
            "types": self.types,
            "nodes": [
                [name, operands, of_type, line_of[i] if line_of else -1, extra]
                for i, (name, operands, of_type, extra) in enumerate(self.nodes)
            ],
            "constants": [_encoded(_core.program_constant(self.handle, k)) for k in range(len(self.constants))],
            "outputs": self.outputs,
        }


class _Local:
    """The derivatives of one structural operation: programs from its operands and the adjoint (or tangents) of some."""

    def __init__(self, of: _Listing, i: int, values: Mapping[int, Any]) -> None:
        _, operands, of_type, _ = of.nodes[i]
        given = list(dict.fromkeys(operands))
        self.floats = [k for k, id_ in enumerate(given) if of.is_float(id_)]
        self._part = _core.program_excerpt(of.handle, given, [i])
        dtype, shape = of.types[of_type]
        at = tuple(np.asarray(values[id_]) for id_ in given)
        ybar, dx = np.ones(shape, dtype), tuple(np.ones_like(at[k]) for k in self.floats)
        self.adjoint = self._recorded(self._adjoint, (at, ybar))
        self.tangent = self._recorded(self._tangent, (at, dx))

    def _value(self, given: Sequence[Any]) -> Callable[..., Any]:
        def value(*floats: Any) -> Any:
            operands = list(given)
            for k, x in zip(self.floats, floats, strict=True):
                operands[k] = x
            return self._part.run_on_variables(operands)[0]

        return value

    def _adjoint(self, given: Sequence[Any], ybar: Any) -> Any:
        return vjp(self._value(given), *(given[k] for k in self.floats))[1](ybar)

    def _tangent(self, given: Sequence[Any], dx: Sequence[Any]) -> Any:
        return jvp(self._value(given), tuple(given[k] for k in self.floats), tuple(dx))[1]

    @staticmethod
    def _recorded(f: Callable[..., Any], args: tuple[Any, ...]) -> _Listing:
        recorded = record_call("explore", f, Call(args, {}))
        assert recorded is not None
        listing = _Listing(recorded.program)
        listing.require_javascript()
        return listing

    def data(self) -> dict[str, Any]:
        return {"floats": self.floats, "adjoint": self.adjoint.data(), "tangent": self.tangent.data()}


@cache
def _without_derivative() -> set[str]:
    return {p["name"] for p in _core.primitives() if p["kind"] == "none"}


def _locals(of: _Listing, arrays: Sequence[Any]) -> tuple[list[_Local | None], list[int]]:
    """Derivatives of the structural operations, those of alike ones once, and which node has which: 0 has none."""
    number_of: dict[Any, int] = {}
    first: list[int] = []
    which = []
    for i, (name, operands, of_type, attributes) in enumerate(of.nodes):
        if attributes is None or type(attributes) is int:
            which.append(-1)
        elif name in _without_derivative() or not of.is_float(i) or not any(map(of.is_float, operands)):
            which.append(0)
        else:
            alike = tuple(operands.index(id_) for id_ in operands), tuple(of.nodes[id_][2] for id_ in operands)
            key = (name, tuple(attributes), of_type, alike)
            if key not in number_of:
                number_of[key] = len(number_of) + 1
                first.append(i)
            which.append(number_of[key])
    values = _values(of, sorted({id_ for i in first for id_ in of.nodes[i][1]}), arrays) if first else {}
    return [None, *(_Local(of, i, values) for i in first)], which


def _values(of: _Listing, wanted: list[int], arrays: Sequence[Any]) -> dict[int, Any]:
    """What these nodes are at these arguments."""
    inputs = {extra: i for i, (name, _, _, extra) in enumerate(of.nodes) if name == "input"}
    part = _core.program_excerpt(of.handle, [inputs[k] for k in sorted(inputs)], wanted)
    return dict(zip(wanted, part.run([arrays[k] for k in sorted(inputs)], True), strict=True))


def _lines(handle: Any) -> tuple[list[dict[str, Any]], list[int]]:
    """The lines that operations come from, and which each does; -1 where that is not known."""
    number_of: dict[Any, int] = {None: -1}
    lines: list[dict[str, Any]] = []
    which = []
    for place in _core.program_places(handle):
        if place is not None and place not in number_of:
            number_of[place] = len(lines)
            code, line = place
            lines.append(
                {
                    "file": Path(code.co_filename).name,
                    "number": line,
                    "text": linecache.getline(code.co_filename, line).strip(),
                    "function": code.co_qualname.replace("<locals>.", ""),
                }
            )
        which.append(number_of[place])
    return lines, which


def _names(program: Program, call: Call) -> list[str]:
    """What the function calls each array among its arguments: `w`, `layers[0]['bias']`."""
    try:
        parameters = list(inspect.signature(program._f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
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


@cache
def _pieces() -> dict[str, str]:
    """Functions in JavaScript, each with its name: those of the files, and formulas of the rule table."""
    pieces = {}
    for file in ("functions.js", "special.js", "structural.js"):
        for piece in re.split(r"\n{2,}", (Path(__file__).parent / file).read_text()):
            code = "\n".join(line for line in piece.splitlines() if not line.startswith("//"))
            if found := re.match(r"(?:function|const) (\w+)", code):
                pieces[found[1]] = code.rstrip()
    for name, formula in _formulas().items():
        operands = "a, b" if len(formula["partials"]) == 2 else "a"
        if formula["value"] != f"{name}({operands})":
            pieces[name] = f"const {name} = ({operands}) => {formula['value']};"
    return pieces


@cache
def _formulas() -> dict[str, Any]:
    """The rule table's values and partials, as expressions."""
    return dict(json.loads(_webgpu.formulas()))


def _code(used: set[str]) -> str:
    """The primitives as JavaScript that returns {name: [value, partial, partial]}, with all that they call."""
    entries = []
    for name in sorted(used | {f"whole_{name}" for name in used if f"whole_{name}" in _pieces()}):
        partials = _formulas().get(name, {}).get("partials", [])
        functions = [f"(a, b, y) => {p}" if p and re.search(r"\b[aby]\b", p) else "null" for p in partials]
        entries.append(f"  {name}: [{', '.join([name, *functions])}],")
    needed = set()
    waiting = _WORD.findall("\n".join(entries))
    while waiting:
        word = waiting.pop()
        if word in _pieces() and word not in needed:
            needed.add(word)
            waiting += _WORD.findall(_pieces()[word])
    body = [piece for name, piece in _pieces().items() if name in needed]
    return "\n".join(["'use strict';", *body, "return {", *entries, "};"])
