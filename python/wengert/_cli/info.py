"""What a file holds that `Program.save` wrote."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

import wengert as wg
from wengert._cli.report import Report, Wrong, columns

HELP = "tell what a saved program takes, gives and does"
LINE = re.compile(r"^v\d+ = (?P<what>[\w.]+)(?P<number> \d+)?\b.*?  (?P<type>\w+ \(.*?\)), used", re.MULTILINE)
MARK = "*"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="written by Program.save")
    parser.add_argument("--listing", action="store_true", help="all operations too")


def run(options: argparse.Namespace) -> Report:
    """Inputs, outputs, how often each primitive stands in it, what a run takes."""
    try:
        program = wg.load(options.file)
    except wg.Error as error:
        raise Wrong(f"info: {options.file}: {error}") from error
    except OSError as error:
        raise Wrong(f"info: {options.file}: {error.strerror or error}") from error
    listing, stats = str(program), program.stats()
    lines = list(LINE.finditer(listing))
    inputs = [line["type"] for line in lines if line["what"] == "input"]
    operations = Counter(line["what"] for line in lines if line["what"] not in ("input", "constant"))
    call = program._call
    data = {
        "file": options.file,
        "bytes": Path(options.file).stat().st_size,
        "arguments": str(call.unflatten([MARK] * len(call.leaves))),
        "inputs": inputs,
        "operations": dict(operations.most_common()),
        "outputs": program._recorded.program.outputs,
        **{key: stats[key] for key in ("recorded_operations", "guards", "arena_bytes", "flops")},
        "differentiable": not program._recorded.program.opaque,
    }
    if options.listing:
        data["listing"] = listing
    return Report(data, [*_told(data), *(["", listing] if options.listing else [])])


def _told(data: dict[str, object]) -> list[str]:
    counts = data["operations"]
    assert isinstance(counts, dict)
    told = {
        "file": f"{data['file']}, {data['bytes']} bytes",
        "arguments": data["arguments"],
        "inputs": ", ".join(data["inputs"]) or "none",  # type: ignore[arg-type]
        "outputs": data["outputs"],
        "operations": f"{sum(counts.values())} (recorded: {data['recorded_operations']})",
        "": ", ".join(f"{name} {n}" for name, n in counts.items()),
        "guards": data["guards"],
        "memory": f"{data['arena_bytes']} bytes a run, beside arguments and constants",
        "work": f"{data['flops']:.0f} floating-point operations a run",
        "derivatives": "yes" if data["differentiable"] else "no: it holds rules that a file cannot",
    }
    return columns(list(told.items()))
