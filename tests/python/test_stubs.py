"""What the stubs say of the compiled modules is what these are: mypy's stubtest finds no difference."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = ["wengert._core", "wengert._cpu", "wengert._webgpu"]
UNSAYABLE = re.compile(  # in a stub
    r'stub parameter "self" differs from runtime parameter "\w+"$'  # a method that is a function of wengert.numpy
    r"|is inconsistent, metaclass differs$"  # pybind11's own, of all classes that it makes
    r'|^wengert\._core\.Program\.__init__ is inconsistent, stub does not have \*args parameter "args"$'  # has none
)


def test_stubtest_finds_no_difference_between_stubs_and_compiled_modules():
    if "WENGERT_REQUIRE_DOCS" not in os.environ:
        pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", *MODULES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    lines = done.stdout.splitlines()
    assert not done.stderr
    assert any("Array.sum is inconsistent" in line for line in lines)  # it did look
    assert not [line for line in lines if not UNSAYABLE.search(line)]
