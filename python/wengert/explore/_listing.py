"""A program's operations as lists, and derivatives of its structural ones as programs of their own."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from wengert import _core
from wengert._compile import Call, record_call
from wengert._transforms import jvp, vjp
from wengert.errors import FormatError
from wengert.explore._javascript import pieces

__all__ = ["Listing", "Local", "derivatives", "encoded"]

_KINDS = ("elementwise", "input", "constant", "call")
# In the core's order.
_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float32", "float64", "complex64", "complex128"),
)
# What only moves elements of the first operand has its derivatives by that: none needs to be recorded.
_MOVES = frozenset({"slice", "reshape", "transpose", "broadcast_to", "gather"})


def encoded(x: Any) -> str:
    """Base64 of all elements; of one, where they are alike."""
    array = np.asarray(x)
    kind = np.dtype("<c16" if array.dtype.kind == "c" else "<f8")
    elements: npt.NDArray[Any] = np.ascontiguousarray(array, kind).reshape(-1)
    bits = elements.view(np.int64).reshape(elements.size, kind.itemsize // 8)
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


class Listing:
    """The operations of a program, read from the row of integers that the core writes."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self._row: Iterator[int] = iter(np.frombuffer(_core.program_source(handle), np.int64).tolist())
        self.types = [(_DTYPES[self._next()], self._list()) for _ in range(self._next())]
        self.calls = [(self._next(), self._list(), self._list()) for _ in range(self._next())]
        self.constants = self._next()  # how many
        for _ in range(4 * self.constants):
            self._next()  # what the lowering for devices asks of each
        self.nodes: list[list[Any]] = [self._node([self._next() for _ in range(5)]) for _ in range(self._next())]
        self.outputs = self._list()
        self.names = {self.named(i) for i, node in enumerate(self.nodes) if node[0] not in _KINDS}
        if any(name.startswith("c_") for name in self.names):
            self.names |= {"c_scale"} | {name[2:] for name in self.names if name[2:] in _MOVES}

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

    def named(self, i: int) -> str:
        """What computes node i: where complex numbers go in or come out, `c_` and its primitive's name."""
        name, operands, *_ = self.nodes[i]
        complex_ones = (self.dtype(k).startswith("complex") for k in (i, *operands))
        return f"c_{name}" if any(complex_ones) else str(name)

    def is_float(self, i: int) -> bool:
        """Has it derivatives?"""
        return self.dtype(i).startswith(("float", "complex"))

    def dtype(self, i: int) -> str:
        name: str = self.types[self.nodes[i][2]][0]
        return name

    def takes(self, arrays: Sequence[Any]) -> bool:
        """Are these of the types of the inputs?"""
        types = {extra: self.types[of_type] for name, _, of_type, extra in self.nodes if name == "input"}
        given = [(str(x.dtype), list(x.shape)) for x in map(np.asarray, arrays)]
        return len(given) == self.handle.inputs and all(given[k] == tuple(each) for k, each in types.items())

    def require_javascript(self) -> None:
        """Refuses what has none."""
        for i, (name, *_) in enumerate(self.nodes):
            if name not in _KINDS and self.named(i) not in pieces():
                line = _core.program_line(self.handle, i)
                raise FormatError(
                    f"explore: {name}: no JavaScript for it on {self.dtype(i)}" + (f"\n  at {line}" if line else ""),
                    605,
                )

    def data(self, line_of: Sequence[int] = ()) -> dict[str, Any]:
        return {
            "types": self.types,
            "nodes": [
                [name, operands, of_type, line_of[i] if line_of else -1, extra]
                for i, (name, operands, of_type, extra) in enumerate(self.nodes)
            ],
            "constants": [encoded(_core.program_constant(self.handle, k)) for k in range(self.constants)],
            "outputs": self.outputs,
        }


class Local:
    """The derivatives of one structural operation: programs from its operands and the adjoint (or tangents) of some."""

    def __init__(self, of: Listing, i: int, values: Mapping[int, Any]) -> None:
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
    def _recorded(f: Callable[..., Any], args: tuple[Any, ...]) -> Listing:
        recorded = record_call("explore", f, Call(args, {}))
        assert recorded is not None
        listing = Listing(recorded.program)
        listing.require_javascript()
        return listing

    def data(self) -> dict[str, Any]:
        return {"floats": self.floats, "adjoint": self.adjoint.data(), "tangent": self.tangent.data()}


@cache
def _without_derivative() -> set[str]:
    return {p["name"] for p in _core.primitives() if p["kind"] == "none"}


def derivatives(of: Listing, arrays: Sequence[Any]) -> tuple[list[Local], list[int]]:
    """Derivatives of the structural operations, those of alike ones once, and which node has which.

    Node's numbers: -1 is elementwise, 0 has none, 1 moves elements only, others count from 2.
    """
    number_of: dict[Any, int] = {}
    first: list[int] = []
    which = []
    for i, (name, operands, of_type, attributes) in enumerate(of.nodes):
        if attributes is None or type(attributes) is int:
            which.append(-1)
        elif name in _without_derivative() or not of.is_float(i) or not any(map(of.is_float, operands)):
            which.append(0)
        elif name in _MOVES:
            which.append(1)
        else:
            alike = tuple(operands.index(id_) for id_ in operands), tuple(of.nodes[id_][2] for id_ in operands)
            key = (name, tuple(attributes), of_type, alike)
            if key not in number_of:
                number_of[key] = len(number_of) + 2
                first.append(i)
            which.append(number_of[key])
    values = _values(of, sorted({id_ for i in first for id_ in of.nodes[i][1]}), arrays) if first else {}
    return [Local(of, i, values) for i in first], which


def _values(of: Listing, wanted: list[int], arrays: Sequence[Any]) -> dict[int, Any]:
    """What these nodes are at these arguments."""
    inputs = {extra: i for i, (name, _, _, extra) in enumerate(of.nodes) if name == "input"}
    part = _core.program_excerpt(of.handle, [inputs[k] for k in sorted(inputs)], wanted)
    return dict(zip(wanted, part.run([arrays[k] for k in sorted(inputs)], True), strict=True))
