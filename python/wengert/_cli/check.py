"""A gradient against differences, one input after the other."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg
from wengert import _tree
from wengert._cli.report import Report, Wrong, columns
from wengert._cli.target import add_target, called, target

HELP = "compare the gradient of a function with differences, input by input"
MOST = 1000  # elements of an argument that are tried: more are sampled
STEP = float(np.finfo(np.float64).eps ** 0.2)


def arguments(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument("--tolerance", type=float, default=1e-6, help="relative; 1e-6 unless told")


def run(options: argparse.Namespace) -> Report:
    """The worst element of each argument: reverse sweep against differences of fourth order."""
    f, args = target(options)
    if not args:
        raise Wrong("check: the function has no arguments: there is nothing to differentiate by")
    rows: list[dict[str, Any]] = called("check", lambda: [_worst(f, args, k) for k in range(len(args))])
    for row in rows:
        row["ok"] = bool(row["error"] <= options.tolerance)
    ok = all(row["ok"] for row in rows)
    worst = max(rows, key=lambda row: row["error"] if row["error"] == row["error"] else np.inf)
    lines = columns([("argument", "worst", "derivative", "difference", "error", ""), *map(_cells, rows)])
    lines.append("")
    lines.append(f"ok: all within {options.tolerance:g}" if ok else f"FAILED: worst is {worst['input']}")
    if not ok:
        lines.append("  at a kink, a tie or in noise differences are wrong; else look at rules of your own")
    return Report({"ok": ok, "tolerance": options.tolerance, "worst": worst["input"], "arguments": rows}, lines, ok)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    numbers = [f"{row[key]:.9g}" for key in ("derivative", "difference")]
    return (row["argument"], row["input"], *numbers, f"{row['error']:.1e}", "ok" if row["ok"] else "FAILED")


def _worst(f: Callable[..., Any], args: list[Any], k: int) -> dict[str, Any]:
    """The element of argument k at which derivative and difference are furthest apart."""
    x = np.asarray(args[k], np.float64)
    if not x.size:
        raise Wrong(f"check: argument {_name(f, k)!r} has no elements: there is nothing to differentiate by")
    y, pull = wg.vjp(lambda x: f(*args[:k], x, *args[k + 1 :]), x)
    if not _tree.flatten(y)[0]:
        raise Wrong(f"check: the function returned {y!r}: there is nothing to differentiate; is a `return` missing?")
    weights = [np.random.default_rng(0).uniform(0.5, 1.5, np.shape(leaf)) for leaf in _tree.flatten(y)[0]]
    bar = np.asarray(pull(_tree.flatten(y)[1](weights))[0])
    elements = np.unique(np.linspace(0, x.size - 1, min(x.size, MOST)).astype(int))
    slopes = np.array([_slope(f, args, k, x, i, weights) for i in elements])
    scale = max(1.0, float(np.max(np.abs(slopes), initial=0.0)))
    gaps = np.nan_to_num(np.abs(bar.reshape(-1)[elements] - slopes) / scale, nan=np.inf)
    at = int(np.argmax(gaps))
    index = tuple(int(n) for n in np.unravel_index(elements[at], x.shape))
    name = _name(f, k)
    return {
        "argument": name,
        "input": name + (f"[{', '.join(map(str, index))}]" if index else ""),
        "derivative": float(bar.reshape(-1)[elements[at]]),
        "difference": float(slopes[at]),
        "error": float(gaps[at]),
        "elements": len(elements),
    }


def _slope(f: Callable[..., Any], args: list[Any], k: int, x: Any, i: int, weights: list[Any]) -> float:
    """d<weights, f> / dx[i] by a central difference of fourth order."""
    h = STEP * max(1.0, abs(float(x.reshape(-1)[i])))

    def value(step: float) -> float:
        moved = x.copy()
        moved.reshape(-1)[i] += step
        leaves = _tree.flatten(f(*args[:k], moved if moved.ndim else float(moved), *args[k + 1 :]))[0]
        return sum(float(np.sum(w * np.asarray(y))) for w, y in zip(weights, leaves, strict=True))

    return (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)


def _name(f: Callable[..., Any], k: int) -> str:
    parameters = _tree.parameters(f)
    return parameters[k].name if k < len(parameters) else f"argument {k}"
