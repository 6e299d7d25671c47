"""The examples run as a user runs them, on their real data, only shorter."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What examples/digits.py prints after 60 iterations, and the picture it writes."""
    picture = tmp_path_factory.mktemp("digits") / "picture.png"
    command = [
        sys.executable,
        ROOT / "examples" / "digits.py",
        "--maxiter",
        "60",
        "--quiet",
        "--out",
        picture,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout, picture


def test_digits_are_recognised_also_where_they_were_held_out(digits):
    found = dict(re.findall(r"digits: (train|test) accuracy ([\d.]+)%", digits[0]))
    assert float(found["train"]) >= 99
    assert float(found["test"]) >= 96


def test_the_petal_curve_is_the_least_squares_fit(digits):
    fitted = re.search(r"irises: \[([^]]+)\], residual ([\d.]+) cm", digits[0])
    assert fitted is not None, digits[0]
    # parameters by scipy.optimize.curve_fit on the same data
    assert [float(p) for p in fitted[1].split()] == pytest.approx([0.081, 2.332, 0.998, 4.022], abs=2e-3)
    assert float(fitted[2]) == pytest.approx(0.194, abs=1e-3)


def test_the_picture_is_written(digits):
    content = digits[1].read_bytes()
    assert content.startswith(PNG)
    assert len(content) > 10_000


def printed(name: str, *options: str) -> str:
    """What an example prints."""
    command = [sys.executable, ROOT / "examples" / name, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return done.stdout


def test_the_variances_of_the_nile_are_those_of_the_literature():
    variances = re.findall(r"variance ([\d,]+) ", printed("nile.py"))
    assert [int(v.replace(",", "")) for v in variances] == [pytest.approx(15_099, abs=3), pytest.approx(1_469, abs=3)]


def test_the_chain_of_the_eight_schools_agrees_with_long_runs():
    found = re.search(r"mean ([\d.]+) .*spread ([\d.]+), taken (\d+)%", printed("eight_schools.py", "--draws", "1500"))
    assert found is not None
    # of 4.4 and 3.6, by the Monte Carlo error of a chain this short
    assert float(found[1]) == pytest.approx(4.4, abs=0.8)
    assert float(found[2]) == pytest.approx(3.6, abs=0.8)
    assert int(found[3]) > 80
