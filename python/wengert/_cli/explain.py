"""The page of an error, by its code."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from wengert._cli.report import Report, Wrong, columns
from wengert._explain import pages

HELP = "tell what an error means, by its code; without one, list all codes"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", help="as in WG201")


def run(options: argparse.Namespace) -> Report:
    """One page, or the titles of all."""
    known = pages()
    if options.code is None:
        titles = [(page.code, page.kind, page.title) for page in known.values()]
        return Report([asdict(page) for page in known.values()], columns(titles))
    code = options.code.upper()
    code = code if code.startswith("WG") else f"WG{code}"
    if code not in known:
        raise Wrong(f"explain: no such code: {options.code}; `wengert explain` lists all")
    return Report(asdict(known[code]), [known[code].text()])
