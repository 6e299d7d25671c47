"""A few programs to look at: their text and what they print."""

from __future__ import annotations

import argparse
import contextlib
import io
import linecache
import re
from pathlib import Path

from wengert._cli.report import Report, Wrong, columns

HELP = "run a small example and show its text; without a name, list them"
HEAD = re.compile(r"^== (\w+): (.*)\n", re.MULTILINE)


def demos() -> dict[str, tuple[str, str]]:
    """What each is about, and its text."""
    _, *parts = HEAD.split((Path(__file__).parent / "demos.txt").read_text(encoding="utf-8"))
    return {name: (about, text.strip() + "\n") for name, about, text in zip(*[iter(parts)] * 3, strict=True)}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="one of those that are listed without it")


def run(options: argparse.Namespace) -> Report:
    """One of them, or what there is."""
    known = demos()
    if options.name is None:
        return Report(
            {name: about for name, (about, _) in known.items()}, columns([(n, a) for n, (a, _) in known.items()])
        )
    if options.name not in known:
        raise Wrong(f"demo: no such demo: given {options.name!r}, expected one of {', '.join(known)}")
    about, text = known[options.name]
    printed = executed(text, f"{options.name}.py")
    data = {"name": options.name, "about": about, "source": text, "output": printed}
    return Report(data, [f"# {about}", text, "-" * 40, printed.rstrip()])


def executed(text: str, file: str) -> str:
    """What a script prints; its lines are known by the name of a file that does not have to be."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, file, "exec"), {"__name__": "__main__"})
    return printed.getvalue()
