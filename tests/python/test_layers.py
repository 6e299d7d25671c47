"""Arrows point down only: what each layer may include and import."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A layer sees itself and the layers of a lower level; layers of one level do not see each other.
LEVEL = {
    "base": 0,
    "rule": 1,
    "tape": 2,
    "program": 3,
    "checkpoint": 4,
    "derive": 4,
    "webgpu": 4,
    "js": 4,
    "notation": 3,
    "api": 5,
    "wengert.hpp": 6,
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
PYTHON_HEADERS = re.compile(r"^(pybind11/|Python\.h$|structmember\.h$|numpy/|bind/)")
HEAVY = ("scipy", "optree", "wgpu", "matplotlib", "tqdm", "sklearn", "hypothesis", "pytest")
CORE = [p for p in sorted((ROOT / "cpp" / "wengert").rglob("*")) if p.suffix in {".hpp", ".cpp", ".def"}]


def includes(path: Path) -> list[str]:
    """The headers that a file names."""
    return INCLUDE.findall(path.read_text())


def layer(path: Path) -> str:
    """The folder of cpp/wengert that a file lies in."""
    return path.relative_to(ROOT / "cpp" / "wengert").parts[0]


def may_include(upper: str, lower: str) -> bool:
    """Whether the arrow from one layer to another points down."""
    return upper == lower or LEVEL[lower] < LEVEL[upper]


def test_the_core_is_found_and_lies_in_known_layers():
    assert CORE
    assert {layer(path) for path in CORE} <= set(LEVEL)


def test_a_layer_includes_only_itself_and_lower_ones():
    wrong = []
    for path in CORE:
        for header in includes(path):
            parts = header.split("/")
            if parts[0] == "wengert" and not may_include(layer(path), parts[1]):
                wrong.append(f"{path.relative_to(ROOT)} includes {header}")
    assert not wrong, wrong


def test_headers_of_the_project_are_named_in_full():
    wrong = []
    for path in CORE:
        for header in includes(path):
            beside = path.parent / header
            if not header.startswith("wengert/") and beside.is_file():
                wrong.append(f"{path.relative_to(ROOT)} includes {header}")
    assert not wrong, wrong


def test_the_core_knows_nothing_of_python():
    named = {(path, header) for path in CORE for header in includes(path)}
    wrong = [f"{path.relative_to(ROOT)} includes {header}" for path, header in named if PYTHON_HEADERS.match(header)]
    assert not wrong, wrong


@pytest.mark.parametrize("module", ["wengert", "wengert.numpy"])
def test_an_import_loads_numpy_and_nothing_heavy(module):
    code = f"import {module}, sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "numpy" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize(("upper", "lower", "allowed"), [("tape", "rule", True), ("rule", "tape", False)])
def test_an_arrow_that_points_up_is_refused(upper, lower, allowed):
    assert may_include(upper, lower) is allowed
    assert not may_include("derive", "checkpoint")
