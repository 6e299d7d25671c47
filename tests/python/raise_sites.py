"""Where the library raises: every `raise` of an error of ours in its Python, and which of them a call comes to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import wengert as wg

PYTHON = Path(wg.__file__).parent


class Site(NamedTuple):
    """An error that is made, where, and with which arguments."""

    file: str
    first: int
    last: int
    kind: str
    number: int | None
    raised: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.first} {self.kind}"


def sites() -> Iterator[Site]:
    """All places of the library where an error of ours is made."""
    for path in sorted(PYTHON.rglob("*.py")):
        tree = ast.parse(path.read_text())
        raised = {id(node.exc) for node in ast.walk(tree) if isinstance(node, ast.Raise)}
        for node in ast.walk(tree):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name in wg.errors.__all__:
                file = str(path.relative_to(PYTHON))
                yield Site(file, node.lineno, node.end_lineno or 0, name, number(node), id(node) in raised)


def number(node: ast.Call) -> int | None:
    """The second argument, where there is one."""
    return ast.literal_eval(node.args[1]) if len(node.args) > 1 else None


def innermost(error: BaseException) -> Iterator[tuple[str, int]]:
    """The lines of ours that an error and those that led to it ended in."""
    chain: BaseException | None = error
    while chain is not None:
        entry, place = chain.__traceback__, None
        while entry is not None:
            file = Path(entry.tb_frame.f_code.co_filename)
            if file.is_relative_to(PYTHON):
                place = str(file.relative_to(PYTHON)), entry.tb_lineno
            entry = entry.tb_next
        if place:
            yield place
        chain = chain.__cause__ or chain.__context__


def reached(call: Callable[[], Any]) -> set[tuple[str, int]]:
    """The lines in which a call that raises an error of ours ends."""
    try:
        call()
    except Exception as error:
        return set(innermost(error))
    raise AssertionError("nothing was raised")
