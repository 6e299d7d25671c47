"""Recorded programs in a page: see docs/explorer.md."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wengert.explore._explorer import Explorer

__all__ = ["explore"]


def explore(
    f: Any, *args: Any, path: str | os.PathLike[str] | None = None, title: str | None = None
) -> Explorer:  # the classes load when asked for: an import of wengert stays light
    """A call of f as an interactive graph: move its inputs, step its sweeps, see every derivative.

    f       : trees of arrays -> a tree of arrays, or a Program
    args    : where the page begins: arrays or numbers, Python's integers as floats (but one that f counts or indexes
              by); of a Program none are needed
    path    : an HTML file to write, which needs nothing beside itself
    title   : of the page; the function's name where none is given
    returns : Explorer: `.html`, `.save(path)`, `.show()` in a browser; shows itself in a notebook
    raises  : FormatError where an operation has no JavaScript (`eig`), or has rules of its own, and where no argument
              or no result is of floats or complex numbers: arrays of integers have no derivative
    cost    : one recording of f, and some 0.1 ms an operation; the file 75 kB and about 60 bytes an operation
    source  : Sugiyama, Tagawa & Toda, Visual understanding of hierarchical systems (1981), for the layers

    >>> explorer = wg.explore(lambda a, b, c: (a * b + c) ** 2, 3.0, 2.0, 1.0, title="L = (ab + c)²")
    >>> explorer.title, "Content-Security-Policy" in explorer.html
    ('L = (ab + c)²', True)
    """
    from wengert._program import Program
    from wengert.explore._explorer import of_program, recorded

    program, calls = (f, None) if isinstance(f, Program) else recorded(f, args)
    found = of_program(program, args, title, calls)
    if path is not None:
        found.save(path)
    return found
