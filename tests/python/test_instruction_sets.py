"""One core a level of x86-64: the right one is chosen, any can be forced, all agree.

Continuous integration says in WENGERT_TEST_LEVELS which levels must be there; elsewhere what was built is tested.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import wengert as wg
from at_one_level import TYPES, operands, values
from laws import same_values
from wengert import _cpu, _isa

HERE = Path(__file__).parent
BUILT = list(_isa.built())
RUNNABLE = _isa.runnable(BUILT)
REPORT = """
import wengert as wg
print(wg.instruction_set, wg._core.__name__, wg._core.__file__, wg.grad(lambda x: x * x)(3.0))
"""
# Exponentials and logarithms differ by one unit where the processor multiplies and adds at once. What is computed from
# them can lie across the next power of two, where units are half as large, or be rounded to the other side once more.
# Those that the table allows more than 2 ulp are all of that kind.
ROUNDED_ONCE_MORE = {
    np.float64: {"sinh", "tanh"},
    np.float32: {"sinh", "cosh", "tanh", "expm1", "log2"},
}


def python(*arguments: str, level: str | None) -> subprocess.CompletedProcess[str]:
    """Another process, in which a level is forced or left to be chosen."""
    environment = {name: value for name, value in os.environ.items() if name != _isa.VARIABLE}
    if level is not None:
        environment[_isa.VARIABLE] = level
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, cwd=HERE)


def test_the_levels_that_must_be_there_are() -> None:
    assert BUILT
    assert set(os.environ.get("WENGERT_TEST_LEVELS", "").split()) <= set(BUILT)


@pytest.mark.parametrize("unset", [None, ""])
def test_the_highest_level_of_the_processor_runs(unset: str | None) -> None:
    done = python("-c", REPORT, level=unset)
    assert done.stdout.split()[0] == RUNNABLE[-1], done.stderr


@pytest.mark.parametrize("level", RUNNABLE)
def test_a_level_can_be_forced_and_its_core_has_the_name_that_all_import(level: str) -> None:
    done = python("-c", REPORT, level=level)
    assert done.returncode == 0, done.stderr
    running, name, file, slope = done.stdout.split()
    assert (running, name, slope) == (level, "wengert._core", "6.0")
    assert Path(file).name.startswith(f"_core_{level}.")


@pytest.mark.parametrize("level", ["v9", "V3", *(level for level in _isa.LEVELS if level not in RUNNABLE)])
def test_a_level_that_cannot_run_is_an_import_error_that_lists_what_can(level: str) -> None:
    done = python("-c", REPORT, level=level)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: WENGERT_ISA: ")
    assert level in last
    assert f"built are {', '.join(BUILT)}; this processor has {_cpu.LEVEL} and runs {', '.join(RUNNABLE)}" in last


@pytest.mark.parametrize(
    ("there", "processor", "wanted", "level"),
    [
        (["v2", "v3", "v4"], "v3", None, "v3"),
        (["v2", "v3", "v4"], "v4", None, "v4"),
        (["v2", "v4"], "v3", None, "v2"),
        (["v2", "v3", "v4"], "v4", "v2", "v2"),
        (["base", "v2"], "base", None, "base"),
    ],
)
def test_the_level_is_the_one_wanted_or_the_highest_that_runs(
    there: Any, processor: str, wanted: Any, level: str
) -> None:
    assert _isa.chosen(there, processor, wanted) == level


@pytest.mark.parametrize(
    ("there", "processor", "wanted", "what"),
    [
        (
            ["v3", "v4"],
            "v2",
            None,
            "wengert: no core for this processor; built are v3, v4; this processor has v2 and runs none",
        ),
        ([], "v3", None, "wengert: no core for this processor; built are none; this processor has v3 and runs none"),
        (
            ["v2", "v4"],
            "v3",
            "v4",
            "WENGERT_ISA: no v4 in this processor; built are v2, v4; this processor has v3 and runs v2",
        ),
        (["v2"], "v4", "v3", "WENGERT_ISA: v3 was not built; built are v2; this processor has v4 and runs v2"),
        (
            ["v3"],
            "v3",
            "avx2",
            "WENGERT_ISA: unknown instruction set: given 'avx2', expected one of base, v2, v3, v4; built are",
        ),
    ],
)
def test_no_core_that_the_processor_cannot_run_is_ever_loaded(
    there: Any, processor: str, wanted: Any, what: str
) -> None:
    with pytest.raises(ImportError) as refusal:
        _isa.chosen(there, processor, wanted)
    assert str(refusal.value).startswith(what)


def ordered(x: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Whole numbers of which neighbours are neighbouring floats."""
    if x.dtype.kind != "f":
        return x.astype(np.int64)
    bits = x.view(f"i{x.itemsize}").astype(np.int64)
    return np.where(bits < 0, bits ^ (2 ** (8 * x.itemsize - 1) - 1), bits)


def ulps_between(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """How many floats apart; a NaN is infinitely far from all but another."""
    p, q = ordered(a), ordered(b)
    apart = (np.maximum(p, q).view(np.uint64) - np.minimum(p, q).view(np.uint64)).astype(np.float64)
    return np.where(np.isnan(a) | np.isnan(b), np.where(np.isnan(a) & np.isnan(b), 0.0, np.inf), apart)


@pytest.mark.parametrize("dtype", TYPES)
def test_the_measure_counts_floats(dtype: type) -> None:
    x = np.array([1.0, -1.0, -1.0, 0.0, np.inf, np.nan, np.nan, np.nan], dtype)
    y = np.array([1.0, np.nextafter(dtype(-1), dtype(0)), 1.0, -0.0, np.finfo(dtype).max, np.nan, 1.0, -np.inf], dtype)
    two = 2.0 * float(ordered(np.ones(1, dtype))[0]) + 1.0
    assert ulps_between(x, y).tolist() == [0.0, 1.0, two, 1.0, 1.0, 0.0, np.inf, np.inf]


@pytest.fixture(scope="session")  # as `primitive` is: tests are ordered by that, and modules mixed
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Values of all primitives at each level that this processor can run."""
    folder, found = tmp_path_factory.mktemp("levels"), {}
    for level in RUNNABLE:
        done = python("at_one_level.py", str(folder / f"{level}.npz"), level=level)
        assert done.returncode == 0, done.stderr
        with np.load(folder / f"{level}.npz") as file:
            found[level] = dict(file)
        assert found[level]["level"] == level
    return found


def test_a_level_gives_the_same_bits_in_every_process(table: dict[str, dict[str, Any]]) -> None:
    here = values()
    assert all(same_values(here[name], table[wg.instruction_set][name]) for name in here)


def allowance(primitive: Any, dtype: type) -> float:
    return 2.0 if primitive.ulp > 2 or primitive.name in ROUNDED_ONCE_MORE[dtype] else 1.0


@pytest.mark.parametrize("dtype", TYPES)
def test_levels_agree_to_one_ulp(primitive: Any, dtype: type, table: dict[str, dict[str, Any]]) -> None:
    """Two, where a function is computed from another one."""
    name = f"{primitive.name} {dtype.__name__}"
    reference = table[wg.instruction_set][name]
    for level, found in table.items():
        apart = ulps_between(found[name], reference)
        worst = int(np.argmax(apart))
        at = tuple(x[worst] for x in operands(primitive, dtype))
        assert apart[worst] <= allowance(primitive, dtype), (
            f"{primitive.name}{at} is {found[name][worst]!r} at {level}, {reference[worst]!r} at {wg.instruction_set}: "
            f"{apart[worst]:.0f} ulp apart; more than one are {np.count_nonzero(apart > 1.0)} of {apart.size}"
        )
