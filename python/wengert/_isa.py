"""Chooses the core: the one of the highest instruction set that was built and that this processor has.

Each `_core_<level>` is the whole core, compiled for that level of x86-64 ("base": for any processor). The one that is
chosen becomes `wengert._core`, by which name all else imports it, and its classes and pickles are known by.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec, module_from_spec, spec_from_file_location

from wengert import _cpu

LEVELS = ("base", "v2", "v3", "v4")  # a processor of one can run those before it
VARIABLE = "WENGERT_ISA"


def built() -> dict[str, str]:
    """The files of the cores that are there, by level, lowest first."""
    specs = {level: find_spec(f"wengert._core_{level}") for level in LEVELS}
    return {level: spec.origin for level, spec in specs.items() if spec and spec.origin}


def runnable(levels: Sequence[str], processor: str = _cpu.LEVEL) -> list[str]:
    """Those of the levels that the processor can run."""
    return [level for level in levels if LEVELS.index(level) <= LEVELS.index(processor)]


def chosen(there: Sequence[str], processor: str, wanted: str | None) -> str:
    """The level that is wanted, or else the highest; ImportError where there is none that the processor can run."""
    able = runnable(there, processor)
    if not wanted and able:
        return able[-1]
    if wanted in able:
        return wanted
    if not wanted:
        what = "wengert: no core for this processor"
    elif wanted not in LEVELS:
        what = f"{VARIABLE}: unknown instruction set: given {wanted!r}, expected one of {_listed(LEVELS)}"
    else:
        what = (
            f"{VARIABLE}: {wanted} was not built"
            if wanted not in there
            else f"{VARIABLE}: no {wanted} in this processor"
        )
    raise ImportError(f"{what}; built are {_listed(there)}; this processor has {processor} and runs {_listed(able)}")


def _listed(levels: Sequence[str]) -> str:
    return ", ".join(levels) or "none"


def load() -> str:
    """Imports the core that was chosen as `wengert._core`; its level."""
    files = built()
    level = chosen(list(files), _cpu.LEVEL, os.environ.get(VARIABLE))
    spec = spec_from_file_location("wengert._core", files[level])
    assert spec is not None
    assert spec.loader is not None
    core = module_from_spec(spec)
    sys.modules[spec.name] = core
    spec.loader.exec_module(core)
    setattr(sys.modules["wengert"], "_core", core)  # noqa: B010  a submodule is an attribute of its package
    return level


instruction_set = load()
