"""What `wg.explore` returns: a page, as text, file, browser tab or notebook cell."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

from wengert import _tree
from wengert._program import Program, record
from wengert._saved import Replayed
from wengert.errors import FormatError, ShapeError
from wengert.explore import _bundle
from wengert.explore._calls import Calls
from wengert.explore._document import document, script, takes
from wengert.explore._examples import EXAMPLES
from wengert.explore._listing import Listing

__all__ = ["Explorer", "of_program", "recorded"]

_INEXACT = ("float", "complex")
HEIGHT = 720  # pixels, of a page in a notebook that has no widgets


@dataclass(frozen=True)
class Explorer:
    """An interactive graph: from `wengert.explore`.

    title : as the page shows it
    html  : the page: one file, which asks for nothing beyond itself
    """

    title: str
    html: str = field(repr=False)
    module: str = field(repr=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page. Raises OSError."""
        Path(path).write_text(self.html, encoding="utf-8")

    def show(self) -> None:
        """Opens the page in a browser, from a temporary file that stays there."""
        handle, path = tempfile.mkstemp(".html", "wengert-")
        os.close(handle)
        self.save(path)
        webbrowser.open(Path(path).as_uri())

    def widget(self) -> Any:
        """The page as an anywidget, for notebooks. Raises ImportError without the extra `notebook`."""
        try:
            import anywidget
        except ImportError:
            raise ImportError('explore: widgets need the package anywidget: pip install "wengert[notebook]"') from None
        kind = type("ExplorerWidget", (anywidget.AnyWidget,), {"_esm": self.module, "_css": _bundle.style()})
        return kind()

    def _repr_html_(self) -> str:
        """For a notebook: the page in a frame of its own, which may run its script and nothing else."""
        frame = f'style="width:100%;height:{HEIGHT}px;border:0" sandbox="allow-scripts" title="{escape(self.title)}"'
        return f'<iframe {frame} srcdoc="{escape(self.html)}"></iframe>'

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        try:
            found = self.widget()
        except ImportError:
            return {"text/plain": repr(self), "text/html": self._repr_html_()}
        return found._repr_mimebundle_(**kwargs)


def _show(title: str, about: str, program: Program, args: Sequence[Any], calls: Calls | None = None) -> str:
    """One entry of what a page can show, as JavaScript."""
    found = document(program, args, calls)
    _require_derivatives(program, found)
    code = _bundle.stripped(script(found))
    parts = {"title": title, "about": about, "doc": {k: v for k, v in found.items() if k != "code"}}
    return f"{{...JSON.parse({_bundle.data(_bundle.data(parts))}),code:()=>{code}}}"


@cache
def _examples() -> str:
    """The built-in graphs."""
    return ",\n".join(_show(title, about, record(f, *args), args) for title, about, f, args in EXAMPLES)


def recorded(f: Any, args: tuple[Any, ...]) -> tuple[Program, Calls]:
    """The program of a call, and the calls in it; integers are the floats that they are meant to be, but for a count or
    a position.
    """
    first: Exception | None = None
    for reading in _readings(args):
        try:
            with Calls() as calls:
                return record(f, *reading), calls
        except (TypeError, ValueError, LookupError) as error:
            first = first or error
    assert first is not None
    raise first


def _readings(args: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The arguments with all of Python's integers as floats, with all but one, as they are."""
    leaves, _, unflatten = _tree.structure(args)
    whole = [k for k, x in enumerate(leaves) if type(x) is int]
    for kept in (None, *(whole if len(whole) > 1 else ())) if whole else ():
        yield tuple(unflatten([float(x) if k in whole and k != kept else x for k, x in enumerate(leaves)]))
    yield args


def _require_derivatives(program: Program, found: dict[str, Any]) -> None:
    """Refuses what leaves a page nothing to show: derivatives are of floats by floats."""
    of = [found["types"][of_type][0] for _, _, of_type, *_ in found["nodes"]]
    given = list(dict.fromkeys(of[i] for i, node in enumerate(found["nodes"]) if node[0] == "input"))
    results = list(dict.fromkeys(of[i] for i in found["outputs"]))
    if not results:
        kind = type(program._recorded.result([])).__name__
        raise FormatError(f"explore: no result that depends on an argument: the function returned {kind}", 605)
    if not any(dtype.startswith(_INEXACT) for dtype in results):
        raise FormatError(f"explore: no result of floats: the function returned {', '.join(results)}", 605)
    if not any(dtype.startswith(_INEXACT) for dtype in given):
        raise FormatError(
            f"explore: no argument of floats: given {', '.join(given)}; x.astype(float) makes floats", 605
        )


def _name(f: Any) -> str:
    """What a function is called, or the class of an object that is called as one; nothing, of a lambda."""
    if isinstance(f, partial):
        return _name(f.func)
    name: str = getattr(f, "__name__", "" if isinstance(f, Replayed) else type(f).__name__)
    return name.replace("<lambda>", "")


def of_program(program: Program, args: Sequence[Any], title: str | None, calls: Calls | None = None) -> Explorer:
    """The page of a program, at these arguments or those that it was recorded with."""
    if not args and isinstance(program._f, Replayed):
        raise FormatError("explore: a program that was loaded keeps no arguments: program.explore(x, ...)", 605)
    if not args:
        args = program._call.arguments(program._call.arrays)[0]
    elif len(args) != len(program._call.arguments(program._call.arrays)[0]):
        raise ShapeError("explore: the program was recorded with another number of arguments", 209)
    found = Listing(program._recorded.program)
    args = next((r for r in _readings(tuple(args)) if takes(program, found, r)), args)
    title = title or _name(program._f) or "A recorded function"
    n = program._recorded.program.size
    shows = f"[{_show(title, f'{n} nodes, as they were recorded.', program, args, calls)},\n{_examples()}]"
    script = f'{_bundle.modules()}mount(document.getElementById("page"), {shows});'
    module = f"{_bundle.modules()}export default {{ render({{ el }}) {{ mount(el, {shows}); }} }};\n"
    return Explorer(title, _bundle.html(title, script), module)
