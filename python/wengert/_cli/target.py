"""A function named on the command line, and its arguments."""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from wengert._cli.report import Wrong
from wengert._explain.lines import where
from wengert.errors import Error

__all__ = ["add_target", "called", "target"]


MOST = 10  # names in a message


def add_target(parser: argparse.ArgumentParser) -> None:
    """The options that name a function and its arguments."""
    parser.add_argument("target", metavar="script.py:f", help="a function of a script, or package.module:f")
    parser.add_argument(
        "--x",
        action="append",
        default=[],
        metavar="1,2",
        help="an argument: a number, numbers with commas, or JSON ([[1, 2], [3, 4]]); once for each argument of f",
    )


def target(options: argparse.Namespace) -> tuple[Callable[..., Any], list[Any]]:
    """The function and its arguments; those that are not given have to have defaults."""
    path, colon, name = options.target.rpartition(":")
    if not colon or not path or not name:
        raise Wrong(f"{options.command}: no function named: given {options.target!r}, expected script.py:f")
    f: Any = called(options.command, lambda: _module(options.command, path))
    for part in name.split("."):
        if not hasattr(f, part):
            raise Wrong(f"{options.command}: no {name!r} in {path}; {_there(f, part)}")
        f = getattr(f, part)
    if not callable(f):
        raise Wrong(f"{options.command}: {name} is no function: it is of type {type(f).__name__}")
    return f, _arguments(options.command, f, [_number(options.command, text) for text in options.x])


def _there(module: Any, name: str) -> str:
    """Functions alike; else the first ones, its own before those that it imports."""
    found = {n: v for n, v in vars(module).items() if inspect.isfunction(v) and not n.startswith("_")}
    own = sorted(found, key=lambda n: bool(found[n].__module__ != module.__name__))
    near = difflib.get_close_matches(name, own, 3, 0.7)
    if near:
        return f"nearest: {', '.join(near)}"
    return f"functions there: {', '.join(own[:MOST])}{', ...' * (len(own) > MOST)}" if own else "no functions there"


def _module(command: str, path: str) -> ModuleType:
    file = Path(path)
    if not path.endswith(".py"):
        sys.path.insert(0, "")
        return importlib.import_module(path)
    if not file.is_file():
        raise Wrong(f"{command}: no such file: {path}")
    spec = importlib.util.spec_from_file_location(file.stem, file.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.resolve().parent))  # for what stands beside the script, as Python does
    sys.modules.setdefault(spec.name, module)
    spec.loader.exec_module(module)
    return module


def called(command: str, f: Callable[[], Any]) -> Any:
    """What f returns; what goes wrong in the user's code is told by its line, without a stack of calls."""
    try:
        return f()
    except Wrong:
        raise
    except Error as error:
        raise Wrong(str(error)) from error
    except (Exception, SystemExit) as error:
        if isinstance(error.__cause__, Error):  # what NumPy says in place of it tells less
            raise Wrong(str(error.__cause__)) from error
        said = error.msg if isinstance(error, SyntaxError) else error
        place = "\n".join(where(error, []))
        raise Wrong(f"{command}: {type(error).__name__}: {said}" + (f"\n{place}" if place else "")) from error


def _number(command: str, text: str) -> Any:
    """A float, or an array of floats."""
    try:
        found = json.loads(text) if text.lstrip().startswith("[") else [float(n) for n in text.rstrip(",").split(",")]
        array = np.asarray(found, np.float64)
    except (ValueError, TypeError) as error:
        raise Wrong(f"{command}: --x: numbers expected, as in 1,2: given {text!r}") from error
    if not array.size or not np.all(np.isfinite(array)):
        raise Wrong(f"{command}: --x: finite numbers expected, one at least, as in 1,2: given {text!r}")
    single = "," not in text and not text.lstrip().startswith("[")
    return float(array[0]) if single else array


def _arguments(command: str, f: Callable[..., Any], given: list[Any]) -> list[Any]:
    """The arguments given, then defaults that are numbers."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (ValueError, TypeError):
        return given
    for p in parameters[len(given) :]:
        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            break
        if p.default is p.empty:
            raise Wrong(f"{command}: argument {p.name!r} is missing: give it by --x")
        if not isinstance(p.default, float | np.ndarray):
            break
        given.append(p.default)
    return given
