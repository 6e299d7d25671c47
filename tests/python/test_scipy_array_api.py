"""SciPy's functions that follow the array API standard take recorded arrays, and their derivatives are right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_scipys_functions_are_differentiated_by_the_standard() -> None:
    program = Path(__file__).with_name("scipy_by_standard.py")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) > 30
    assert {name: what for name, what in found.items() if what} == {}
