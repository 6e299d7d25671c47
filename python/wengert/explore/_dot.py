"""A program in Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengert.explore._listing import Listing

if TYPE_CHECKING:
    from wengert._program import Program

__all__ = ["dot"]

_SHAPES = {"input": "oval", "constant": "plaintext"}


def dot(program: Program) -> str:
    """Nodes by number, as `print(program)` has them: inputs oval, outputs with a double rim."""
    found = Listing(program._recorded.program)
    lines = ["digraph program {", "  rankdir=LR; node [shape=box];"]
    for i, (name, operands, of_type, _) in enumerate(found.nodes):
        dtype, shape = found.types[of_type]
        label = f"v{i}: {name}" + (f"\\n{dtype} {tuple(shape)}" if shape else "")
        rim = ", peripheries=2" if i in found.outputs else ""
        lines.append(f'  v{i} [label="{label}", shape={_SHAPES.get(name, "box")}{rim}];')
        lines += [f"  v{operand} -> v{i};" for operand in operands]
    return "\n".join([*lines, "}", ""])
