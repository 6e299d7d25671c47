"""Programs in files, and on their way to other processes.

The core writes the operations, the constants and the guards (docs/programs.md tells the format). Beside them go notes,
in JSON: the trees of the arguments and of the result, and what in them is no array. Nothing of a file is ever run, and
no module is imported because a file names it.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import math
import os
import re
import secrets
import sys
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any

import numpy as np

from wengert import _core, _tree
from wengert._compile import _ARRAY, Call, Recorded, guard_failed
from wengert._frames import boundary
from wengert._program import Program
from wengert.errors import ArgumentError, FormatError, GuardError, TracedValueError

__all__ = ["load"]

Notes = Any  # what JSON has
Classes = dict[tuple[str, str], type]
_PLAIN_DTYPE = re.compile(r"[<|][biufc]\d{1,2}")


class Leaf:
    """Stands in a tree for the leaf of this number."""

    def __init__(self, value: Any) -> None:
        self.value = value


def refuse(what: str) -> FormatError:
    return FormatError(f"load: notes: {what}", 604)


def absent(what: str) -> FormatError:
    return FormatError(f"load: notes: {what}", 603)


# Trees. A container is {kind: children}, a leaf is a string, a number, or {kind: text} too.


def fields_of(kind: type) -> list[str] | None:
    """Names of what a namedtuple or a dataclass holds."""
    if dataclasses.is_dataclass(kind):
        return [f.name for f in dataclasses.fields(kind)]
    return list(getattr(kind, "_fields", ())) if issubclass(kind, tuple) and hasattr(kind, "_fields") else None


def described(tree: Any, array: object, classes: Classes) -> Notes:
    """A tree whose leaves are `Leaf`s; those that hold `array` are arrays."""
    kind = type(tree)
    if kind is Leaf:
        return {"array": None} if tree.value is array else static(tree.value)
    if tree is None:
        return {"none": None}
    if kind in (tuple, list):
        return {kind.__name__: [described(x, array, classes) for x in tree]}
    if kind in (dict, OrderedDict):
        return {kind.__name__: [[static(k), described(x, array, classes)] for k, x in tree.items()]}
    names = fields_of(kind)
    if names is None:
        raise FormatError(
            f"save: a {kind.__module__}.{kind.__qualname__} among the arguments or results has no form in a file", 602
        )
    classes[kind.__module__, kind.__qualname__] = kind
    children = [described(getattr(tree, name), array, classes) for name in names]
    return {"class": [kind.__module__, kind.__qualname__, names, children]}


def static(x: Any) -> Notes:
    """What is no array of the program: numbers, strings, constants of NumPy."""
    if x is None or type(x) in (bool, int, str):
        return {type(x).__name__: x}
    if type(x) is float:
        return {"float": x.hex()}
    if type(x) is complex:
        return {"complex": [x.real.hex(), x.imag.hex()]}
    if type(x) is tuple:
        return {"tuple": [static(each) for each in x]}
    if isinstance(x, np.generic) or type(x) is np.ndarray:
        a = np.asarray(x)
        plain = a.astype(a.dtype.newbyteorder("<"), order="C")
        if _PLAIN_DTYPE.fullmatch(plain.dtype.str):
            text = base64.b64encode(plain.tobytes()).decode()
            return {"number" if isinstance(x, np.generic) else "ndarray": [plain.dtype.str, list(a.shape), text]}
    raise FormatError(
        f"save: {x!r:.80} (a {type(x).__name__}) among the arguments or results has no form in a file", 602
    )


def rebuilt(notes: Notes, array: object, classes: Classes) -> Any:
    """The tree of `described`, with `array` for each array."""
    (kind, inside), *more = notes.items()
    if more:
        raise refuse(f"a leaf or container of one kind expected: given {notes!r:.80}")
    if kind == "array":
        return array
    if kind in ("tuple", "list"):
        children = [rebuilt(x, array, classes) for x in inside]
        return tuple(children) if kind == "tuple" else children
    if kind in ("dict", "OrderedDict"):
        pairs = [(rebuilt(k, array, classes), rebuilt(x, array, classes)) for k, x in inside]
        return dict(pairs) if kind == "dict" else OrderedDict(pairs)
    if kind == "class":
        return instance(inside, array, classes)
    return static_of(kind, inside)


def static_of(kind: str, inside: Any) -> Any:
    expected = {"bool": bool, "int": int, "str": str}
    if kind in expected and type(inside) is expected[kind]:
        return inside
    if kind in ("none", "NoneType") and inside is None:
        return None
    if kind == "float":
        return float.fromhex(inside)
    if kind == "complex":
        return complex(*map(float.fromhex, inside))
    if kind in ("number", "ndarray"):
        dtype, shape, text = inside
        if not _PLAIN_DTYPE.fullmatch(dtype):
            raise refuse(f"an array of {dtype!r:.20}")
        data = base64.b64decode(text, validate=True)
        a = np.frombuffer(data, np.dtype(dtype))
        if any(type(n) is not int or n < 0 for n in shape) or math.prod(shape) != a.size:
            raise refuse(f"an array of shape {shape!r:.80} holds {a.size} elements")
        if a.dtype == bool and not np.all(a.view(np.uint8) < 2):
            raise refuse("a truth value that is neither")
        return a.reshape(shape)[()] if kind == "number" else a.reshape(shape).copy()
    raise refuse(f"unknown: {kind!r:.40}")


def instance(inside: list[Any], array: object, classes: Classes) -> Any:
    """A namedtuple or dataclass with these fields; neither its module nor its `__init__` runs."""
    module, name, names, children = inside
    kind = classes.get((module, name)) or named_class(module, name)
    if fields_of(kind) != names:
        raise absent(f"{module}.{name} has the fields {fields_of(kind)}, the file {names!r:.200}")
    values = [rebuilt(x, array, classes) for x in children]
    if len(values) != len(names):
        raise absent(f"{module}.{name} with {len(values)} of {len(names)} fields")
    if issubclass(kind, tuple):
        return tuple.__new__(kind, values)
    x: Any = object.__new__(kind)
    for field, value in zip(names, values, strict=True):
        object.__setattr__(x, field, value)
    return x


def named_class(module: str, name: str) -> type:
    inside: Any = sys.modules.get(module)
    for part in name.split("."):
        inside = getattr(inside, "__dict__", {}).get(part)
    if not isinstance(inside, type) or fields_of(inside) is None:
        raise absent(f"no namedtuple or dataclass {module}.{name} here: import its module first")
    return inside


# Programs.


class Replayed:
    """Stands for the function of a program that was saved: its operations, one by one, under any transform."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def __call__(self, *args: Any) -> Any:
        call, program = Call(args, {}), self._recorded.program
        if program.opaque and (call.traced or call.batched):
            raise TracedValueError(
                "program: it holds functions with rules of their own (custom_vjp, custom_jvp, checkpoint, root, ...), "
                "which a file cannot: loaded or unpickled it runs, and has no derivative; record it again here",
                103,
            )
        if self._recorded.outcomes and call.batched:
            raise TracedValueError(
                "program: vmap of a program that was loaded or unpickled: Python code branched on "
                f"{len(self._recorded.outcomes)} of its values, which may differ from lane to lane; record it here",
                102,
            )
        found = program.run_on_variables(call.arrays)
        if type(found) is not list:
            raise GuardError(guard_failed("program", self._recorded, found[0]))
        return self._recorded.result(found)


def to_bytes(program: Program) -> tuple[bytes, Classes]:
    """What a file holds, and the classes that it names."""
    recorded, call, classes = program._recorded, program._call, Classes()
    is_array = _core.array_leaves(call.leaves)
    given = [Leaf(_ARRAY if a else x) for x, a in zip(call.leaves, is_array, strict=True)]
    notes = {
        "arguments": described(call.unflatten(given), _ARRAY, classes),
        "result": described(recorded._unflatten([Leaf(x) for x in recorded._leaves]), _ARRAY, classes),
    }
    return recorded.program.save(json.dumps(notes)), classes


def from_bytes(file: bytes, classes: Classes) -> Program:
    """The program that a file holds; raises FormatError for all others."""
    handle, text = _core.load_program(file)
    try:
        notes = json.loads(text)
        leaves, unflatten = _tree.flatten(rebuilt(notes["result"], _ARRAY, classes))
        arguments = rebuilt(notes["arguments"], 0.0, classes)
        call = Call(arguments, {})
        recorded = Recorded(handle, leaves, unflatten)
    except FormatError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, MemoryError) as e:
        raise refuse(f"{type(e).__name__}: {e}"[:200]) from None
    if type(arguments) is not tuple or len(call.arrays) != handle.inputs or len(recorded._at) != handle.outputs:
        raise refuse("the trees do not hold the arrays of the program")
    return Program._of(Replayed(recorded), call, recorded)


def global_name(x: Any) -> str | None:
    """Where x stands in its module, if it does: what a decorated function is pickled by."""
    inside: Any = sys.modules.get(getattr(x, "__module__", None) or "")
    name: str = getattr(x, "__qualname__", "")
    for part in name.split("."):
        inside = getattr(inside, part, None)
    return name if inside is x else None


def unpickled(file: bytes, classes: Classes) -> Program:
    return from_bytes(file, classes)


def save(program: Program, file: str | os.PathLike[str] | IO[bytes]) -> None:
    data, _ = to_bytes(program)
    if not isinstance(file, str | os.PathLike):
        _require_file("save", file, "write")
        file.write(data)
        return
    try:
        _write(Path(os.path.realpath(file)), data)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, os.fspath(file)) from None


def _write(target: Path, data: bytes) -> None:
    """Beside the old file, which stays whole until the new one is: a disk may be full."""
    if target.is_dir():
        target.write_bytes(b"")  # raises what the system says of it
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with fresh.open("xb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def _require_file(name: str, file: Any, method: str) -> None:
    if not hasattr(file, method) or isinstance(file, io.TextIOBase):
        given = f"a file open for text, as {file.mode!r}" if hasattr(file, "mode") else type(file).__name__
        raise ArgumentError(f"{name}: no file: given {given}, expected a path or a file with a {method} of bytes")


@boundary
def load(file: str | os.PathLike[str] | IO[bytes]) -> Program:
    """The program that `Program.save` wrote.

    file    : a path, or a file open for reading bytes
    returns : Program: runs, batches and differentiates as the one that was saved, bit for bit, without the function it
              was recorded from. One that holds functions with rules of their own (`custom_vjp`, ...) runs only
    raises  : FormatError for anything but a whole, unaltered file of this version or an older one, and for one that
              names a namedtuple or dataclass whose module is not imported yet; OSError
    cost    : linear in the bytes
    source  : the container of safetensors (2022), with checks of our own

    No code of a file is run, and none is in it: a hostile one can be large or slow, and nothing else.

    >>> import io; from wengert import record
    >>> f = io.BytesIO(); record(lambda x: x * x, 3.0).save(f); _ = f.seek(0)
    >>> p = load(f); p(2.0), p.grad(2.0)
    (np.float64(4.0), np.float64(4.0))
    """
    if isinstance(file, str | os.PathLike):
        return from_bytes(Path(file).read_bytes(), {})
    _require_file("load", file, "read")
    return from_bytes(bytes(file.read()), {})
