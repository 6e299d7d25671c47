"""A function as an interactive graph in a file."""

from __future__ import annotations

import argparse
from pathlib import Path

import wengert as wg
from wengert._cli.report import Report, Wrong
from wengert._cli.target import add_target, called, target

HELP = "write the graph of a function, with values and derivatives, as a page to open in a browser"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument("--out", default="explore.html", help="explore.html unless told")
    parser.add_argument("--title", help="of the page; the function's name unless told")


def run(options: argparse.Namespace) -> Report:
    """Writes the page; where it is, and how large."""
    f, args = target(options)
    out = Path(options.out)
    if not out.parent.is_dir():
        raise Wrong(f"explore: no such folder: {out.parent}")
    called("explore", lambda: wg.explore(f, *args, path=out, title=options.title))
    size = out.stat().st_size
    return Report({"file": str(out), "bytes": size}, [f"{out}: {size / 1000:.0f} kB; open it in a browser"])
