"""The command line: `wengert COMMAND`, or `python -m wengert COMMAND` (docs/command-line.md).

A command is a module with HELP, `arguments(parser)` and `run(options) -> Report`. It prints nothing itself: what it
found is data, which becomes text or JSON here, so that both always tell the same.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module

from wengert._cli.report import Wrong, as_json, painted

__all__ = ["main"]

COMMANDS = ("doctor", "info", "check", "explore", "bench", "demo", "explain")
NEGATIVE = re.compile(r"-[\d.]")
CODES = "exit status: 0 done; 1 something was found wrong (doctor, check); 2 it could not be done as asked"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; its exit status."""
    options = parser().parse_args(_joined(sys.argv[1:] if argv is None else argv))
    status = 0
    try:
        report = import_module(f"wengert._cli.{options.command}").run(options)
        status = 0 if report.ok else 1
        print(as_json(report.data) if options.json else painted(report.text(), sys.stdout), flush=True)
    except Wrong as wrong:
        return _refused(str(wrong), options.json)
    except KeyboardInterrupt:
        print("wengert: interrupted", file=sys.stderr)
        return 130
    except OSError as error:  # of the output; whoever read it may have read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return status if isinstance(error, BrokenPipeError) else _refused(f"output: {error.strerror}", False)
    return status


def _joined(argv: Sequence[str]) -> list[str]:
    """`--x -1,2` as `--x=-1,2`: what begins with a minus would be an option."""
    found: list[str] = []
    for text in argv:
        if found and found[-1] == "--x" and NEGATIVE.match(text):
            found[-1] = f"--x={text}"
        else:
            found.append(text)
    return found


def _refused(message: str, in_json: bool) -> int:
    if in_json:
        print(as_json({"error": message}))
    print(f"wengert: {message}", file=sys.stderr)
    return 2


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    from wengert import __version__

    top = argparse.ArgumentParser("wengert", description="Exact derivatives of ordinary NumPy programs.", epilog=CODES)
    top.add_argument("--version", action="version", version=f"wengert {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f"wengert._cli.{name}")
        one = commands.add_parser(name, help=module.HELP, description=module.HELP, epilog=CODES)
        module.arguments(one)
        one.add_argument("--json", action="store_true", help="print data instead of text")
    return top
