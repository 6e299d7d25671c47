"""Measures wengert beside every installed peer: same workloads, own processes, interleaved rounds.

python bench/python/compare.py                                          everything
python bench/python/compare.py chain fused                              these parts
python bench/python/compare.py gmm -w 'gmm-d10-*' --peers wengert jax   these workloads and peers
python bench/python/compare.py micro                                    wengert alone
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import machine
import micro
import report
from peers import PEERS, missing
from runner import Row, Settings, run
from workloads import WORKLOADS, Workload

_MICRO = "micro"
_PARTS = (*dict.fromkeys(workload.part for workload in WORKLOADS.values()), _MICRO)


def _arguments() -> argparse.Namespace:
    default = Settings()
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(_PARTS)} (all)")
    parser.add_argument("-w", "--workloads", default="*", help="names of workloads, as a shell pattern")
    parser.add_argument("--peers", nargs="+", choices=PEERS, metavar="peer", default=[*PEERS], help=", ".join(PEERS))
    parser.add_argument("--reference", choices=PEERS, metavar="peer", default="wengert", help="ratios are to this one")
    parser.add_argument("--rounds", type=int, default=default.rounds)
    parser.add_argument("--budget", type=float, default=default.budget, help="seconds of calls a round")
    parser.add_argument("--patience", type=float, default=default.patience, help="seconds a peer may take")
    parser.add_argument("--threads", type=int, default=default.threads)
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--list", action="store_true", help="print the workloads and stop")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(_PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(_PARTS)}")
    return arguments


def _chosen(parts: Sequence[str], pattern: str) -> list[Workload]:
    return [w for w in WORKLOADS.values() if w.part in parts and fnmatch(w.name, pattern)]


def _workload_rows(arguments: argparse.Namespace, workloads: Sequence[Workload]) -> list[Row]:
    settings = Settings(arguments.rounds, arguments.budget, arguments.patience, arguments.threads)
    rows: list[Row] = []
    for workload in workloads:
        rows += (now := run(workload, arguments.peers, arguments.reference, settings))
        print(report.table(now, arguments.markdown), flush=True)
    return rows


def _micro_figures(arguments: argparse.Namespace) -> list[micro.Figure]:
    if missing("wengert"):
        print("micro: wengert is not installed")
        return []
    figures = micro.measure_apart(arguments.threads)
    print(report.figures(figures, arguments.markdown), flush=True)
    return figures


def main() -> int:
    """Prints the tables; 1 if peers disagree."""
    arguments = _arguments()
    parts = arguments.parts or _PARTS
    workloads = _chosen(parts, arguments.workloads)
    if arguments.list:
        print("\n".join(workload.name for workload in workloads))
        return 0
    machine.limit_threads(arguments.threads)
    about = {**machine.describe(), "threads": str(arguments.threads), "rounds": str(arguments.rounds)}
    print(" · ".join(f"{key} {value}" for key, value in about.items()), end="\n\n")
    rows = _workload_rows(arguments, workloads)
    figures = _micro_figures(arguments) if _MICRO in parts else []
    if arguments.json:
        arguments.json.write_text(report.as_json(about, rows, figures))
    return int(any(row.note.startswith("DISAGREES") for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
