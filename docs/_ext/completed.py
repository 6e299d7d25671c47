"""What a short docstring of a NumPy-like namespace leaves unsaid, found out when the site is built.

Parameters are described by parameters.txt, a line a name. The rest is found by calling the function's example: what
comes back, how its unit follows from the operands', of which primitives it is made, and by these what it costs
(costs.txt). What it raises is read in the library's source. What a docstring says itself stands.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg
from examples import ALIASES, NAMES, example, primitives, statements
from reference import Docstring, parsed

HERE = Path(__file__).parent
LIBRARY = Path(wg.__file__).parent
VIEWS = {"reshape", "transpose", "slice", "broadcast_to", "positive", "stop", "astype"}
DEGREES = {
    -2.0: "in one over {} squared", -1.0: "in one over {}", -0.5: "in one over the root of {}", 0.0: "without a unit",
    0.5: "in the root of {}", 1.0: "in {}", 2.0: "in {} squared", 3.0: "in {} to the third",
}  # fmt: skip
PLAIN = "of plain numbers, a plain number"
ANGLES = {"deg2rad", "degrees", "rad2deg", "radians"}  # whose operand and result have units that are numbers
SEQUENCES = {"arrays", "choices", "condlist", "choicelist", "keys"}  # parameters that take several arrays
NEEDS = {  # parameters without which an error that says so cannot be
    "initial": {"initial"},
    "axis ": {"axis", "axes", "axis1"},
    "an integer": {"axis", "num", "n"},
    "device": {"device"},
}
SOURCES = {"special": "scipy.special", "numpy": "numpy", "numpy.linalg": "numpy.linalg", "numpy.fft": "numpy.fft"}


def completed(namespace: str, short: str, f: Callable[..., Any]) -> Docstring:
    """The docstring of a function, with every field."""
    doc = parsed(inspect.getdoc(f) or "")
    if getattr(f, "__module__", "") == "numpy":
        doc = Docstring(summary="NumPy's own.")
    name = f"{ALIASES[namespace]}.{short}"
    described = {p: doc.fields.get(p) or parameter(name, p) for p in inspect.signature(f).parameters}
    call = Called(name, statements(namespace, short, f), f)
    found = {
        "returns": call.returns(),
        "raises": "; ".join(dict.fromkeys(["DTypeError for what is no array of numbers", *raised(short, f)])),
        "cost": call.cost(),
        "source": source(namespace, short, f),
    }
    outcomes = {key: doc.fields.get(key) or text for key, text in found.items()}
    return Docstring(doc.summary, outcomes, doc.prose, example(namespace, short, f), described)


# Tables.


@cache
def table(file: str) -> dict[str, str]:
    """The lines `name : text` of a file."""
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return {name: text for name, _, text in (line.partition(" : ") for line in lines)}


def parameter(function: str, name: str) -> str:
    """What a parameter is: as said of this function, of those like it, or of all."""
    rows = table("parameters.txt")
    special = [key for key in rows if key.endswith(f".{name}") and fnmatchcase(f"{function}.{name}", key)]
    return rows[min(special, key=lambda key: "*" in key) if special else name]


def source(namespace: str, short: str, f: Any) -> str:
    """Whose name and meaning it has, and how exact an elementwise primitive is."""
    names = (SOURCES[namespace], "scipy.special")
    where = next((name for name in names if hasattr(importlib.import_module(name), short)), "")
    text = f"{where}.{short}" if where else "the array API standard (2025), or the rule table's own"
    record = primitives().get(f)
    return f"{text}; within {record.ulp} units in the last place of the exact value" if record and record.ulp else text


# The example, called.


class Called:
    """The call of a function in its example: what it returns, by which operations, and how its unit follows."""

    def __init__(self, name: str, typed: list[str], f: Callable[..., Any]) -> None:
        self.elementwise, self.angles = f in primitives(), name.rpartition(".")[2] in ANGLES
        self.f, self.args, self.kwargs = f, list[Any](), dict[str, Any]()
        names: dict[str, Any] = dict(NAMES)
        for statement in typed:
            calls = [
                n for n in ast.walk(ast.parse(statement)) if isinstance(n, ast.Call) and ast.unparse(n.func) == name
            ]
            if calls:
                self.args = [value(a, names) for a in calls[0].args]
                self.kwargs = {k.arg or "": value(k.value, names) for k in calls[0].keywords}
                break
            exec(statement, names)
        self.result = f(*self.args, **self.kwargs)
        self._take("fc")
        if not self.numbers:
            self._take("i")

    def _take(self, kinds: str) -> None:
        """Finds the numbers among the arguments that a derivative could be by."""
        self.numbers: list[Any] = []
        names = list(inspect.signature(self.f).parameters) + [""] * len(self.args)
        self._rebuild = [self._taken(a, kinds, names[k] in SEQUENCES) for k, a in enumerate(self.args)]

    def _taken(self, x: Any, kinds: str, several: bool) -> Callable[[list[Any]], Any]:
        """x from the list of numbers, where it is some; as it is elsewhere."""
        if several and isinstance(x, list | tuple):
            parts = [self._taken(part, kinds, False) for part in x]
            return lambda given: [part(given) for part in parts]
        taken = isinstance(x, float | complex | list | np.ndarray | wg.Array)
        try:
            x_array = np.asarray(x) if taken else np.asarray("")
        except ValueError:  # arrays of several sizes
            return self._taken(x, kinds, True)
        if x_array.dtype.kind not in kinds:
            return lambda given: x
        self.numbers.append(x_array.astype(float) if x_array.dtype.kind == "i" else x_array)
        at = len(self.numbers) - 1
        return lambda given: given[at]

    def again(self, *given: Any) -> Any:
        """The result for other numbers in place of the example's."""
        return self.f(*(part(list(given)) for part in self._rebuild), **self.kwargs)

    def operations(self) -> list[str] | None:
        """Names of the primitives of the call; None where no rule is known, or nothing is recorded."""
        try:
            program = wg.record(self.again, *self.numbers)
        except (wg.Error, TypeError, ValueError, IndexError):
            return None
        names = re.findall(r"^v\d+ = (\w+)\(", str(program), re.MULTILINE)
        return list(dict.fromkeys(names)) or None

    def cost(self) -> str:
        """By the primitives that it becomes."""
        names = self.operations()
        if self.result is None:
            return "a pass over what is written"
        if names is None:
            return "that of NumPy's function: the result is a constant, without a derivative"
        if set(names) <= VIEWS:
            return "none, or a copy of what does not lie in order"
        heavy = [text for name, text in table("costs.txt").items() if name in names]
        passes = "; ".join(heavy) or "a pass over the elements" + ("" if len(names) == 1 else " for each primitive")
        return passes if self.elementwise else f"{passes}: it is made of {', '.join(names)}"

    def returns(self) -> str:
        y = self.result
        if y is None:
            return "None: the array is written to"
        if isinstance(y, tuple | list):
            kinds = getattr(y, "_fields", None)
            parts = ", ".join(kinds) if kinds else f"{len(y)} in the example"
            return f"{type(y).__name__} of {parts}"
        if not isinstance(y, wg.Array | np.ndarray):
            return f"{type(y).__name__}"
        return f"Array{self._form(y)}{self._unit()}"

    def _form(self, y: Any) -> str:
        kind = {"b": " of truth values", "i": " of integers", "u": " of integers"}.get(y.dtype.kind, "")
        if self.elementwise:
            return f"{kind} of the shape that the operands broadcast to"
        if "keepdims" in inspect.signature(self.f).parameters:
            return f"{kind} without the axes that it runs along; with `keepdims` they have size 1"
        shapes = [np.shape(x) for x in self.numbers[:1]]
        same = shapes and shapes[0] == y.shape != ()
        return f"{kind} of the shape of the first operand" if same else f"{kind}; of shape {y.shape} in the example"

    def _unit(self) -> str:
        """How the result grows where the operands do, one by one or together."""
        if self.result.dtype.kind not in "fc" or not self.numbers or self.angles:
            return ""
        each = [self._degree([k]) for k in range(len(self.numbers))]
        together = self._degree(range(len(self.numbers)))
        if len(each) == 1:
            return f"; {PLAIN if each[0] is None else DEGREES[each[0]].format('the unit of the operand')}"
        if all(degree is not None for degree in each) and any(each):
            powers = [(k, "" if d == 1 else f" to the power {d:g}") for k, d in enumerate(each, 1) if d]
            return f"; its unit is {' times '.join(f'that of operand {k}{power}' for k, power in powers)}"
        if together is not None:
            return f"; {DEGREES[together].format('the unit that the operands share')}"
        return f"; {PLAIN}"

    def _degree(self, which: Any) -> float | None:
        """The power of a factor of some operands that comes out, if it is one."""
        numbers, found = self.numbers, set()
        if not np.any(np.asarray(self.result)):  # of zeros nothing is seen
            numbers = [x + 1.0 for x in numbers]
        for factor in (3.0, 1.7):
            try:
                with np.errstate(all="ignore"):
                    grown = [x * factor if k in which else x for k, x in enumerate(numbers)]
                    ratio = np.asarray(self.again(*grown)) / np.asarray(self.again(*numbers))
                    power = np.log(np.abs(ratio[np.isfinite(ratio)])) / np.log(factor)
            except (wg.Error, ValueError, TypeError):
                return None
            if power.size == 0 or not np.all(np.isfinite(power)) or np.ptp(power) > 1e-9:
                return None
            found.add(round(float(power.flat[0]), 9) + 0.0)
        only = found.pop()
        return only if not found and only in DEGREES else None


def value(node: ast.expr, names: dict[str, Any]) -> Any:
    """What an expression of an example is."""
    return eval(compile(ast.Expression(node), "<example>", "eval"), names)


# What is raised.


@cache
def functions_of(file: str) -> dict[str, ast.FunctionDef]:
    """Functions of a file of the library by name."""
    nodes = ast.walk(ast.parse(Path(file).read_text(encoding="utf-8")))
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def raised(short: str, f: Any) -> Iterator[str]:
    """`DomainError a negative number of samples`, for each error that the function or what it calls raises."""
    seen: set[Any] = {wg.asarray, wg.zeros, wg.full}  # what these say stands there
    waiting, takes = [inspect.unwrap(f)], set(inspect.signature(f).parameters)
    while waiting:
        g = waiting.pop()
        code = getattr(g, "__code__", None)
        if g in seen or code is None or not Path(code.co_filename).is_relative_to(LIBRARY):
            continue
        seen.add(g)
        node = functions_of(code.co_filename).get(g.__name__)
        for part in ast.walk(node) if node else ():
            if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call) and part.exc.args:
                yield from (text for text in told(short, part.exc) if concerns(text, takes))
            elif isinstance(part, ast.Name) and inspect.isfunction(g.__globals__.get(part.id)):
                waiting.append(g.__globals__[part.id])


def told(short: str, made: ast.Call) -> Iterator[str]:
    """What differs, of a message *operation: what differs: what was given*."""
    text = ast.unparse(made.args[0]).removeprefix("f")[1:-1]
    parts = re.sub(r"\{[^{}]*\}", "…", text).split(": ")
    what = [part for part in parts[1:] if part != "…"]
    if parts[0] in (short, "…") and what and isinstance(made.func, ast.Name):
        yield f'{made.func.id} ("{what[0].replace(";", ",")}")'


def concerns(text: str, takes: set[str]) -> bool:
    """Can a function with these parameters come to it?"""
    return all(takes & names for word, names in NEEDS.items() if word in text)
