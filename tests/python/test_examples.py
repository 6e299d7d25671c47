"""The examples run as a user runs them, on their real data, only shorter."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import webgpu_cases
import wengert as wg

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


def module(name: str) -> ModuleType:
    """An example's functions."""
    spec = spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def drawn(name: str, folder: Path, *options: str) -> str:
    """What an example prints, once the picture it wrote has been looked for."""
    picture = folder / "picture.png"
    text = printed(f"{name}.py", "--out", str(picture), *options)
    assert picture.read_bytes().startswith(PNG)
    assert picture.stat().st_size > 5_000
    return text


def number(pattern: str, text: str) -> float:
    """The number that stands where the pattern has its group."""
    found = re.search(pattern, text)
    assert found is not None, text
    return float(found[1])


def test_the_adjoint_equation_comes_nearer_and_the_solvers_gradient_is_exact(tmp_path: Path):
    text = drawn("neural_ode_adjoint", tmp_path, "--steps", "1000")
    errors = [float(e) for e in re.findall(r"equation (\S+) from the computed loss", text)]
    assert len(errors) > 4
    assert all(b < a / 10 for a, b in pairwise(errors[:5]))  # halved steps: 16 in the limit
    assert {float(e) for e in re.findall(r"solver (\S+) and", text)} == {0.0}
    assert number(r"differentiated (\S+) off", text) < 1e-12
    assert number(r"100 kB: (\S+) MB", text) < 0.1 * number(r"all kept: (\S+) MB", text)


def test_a_hand_brings_a_string_into_a_shape(tmp_path: Path):
    text = drawn("wave_control", tmp_path, "--steps", "4000", "--maxiter", "8")
    misfits = [float(m) for m in text.splitlines()[0].split(";")[0].split()[1:]]
    assert misfits[0] == pytest.approx(1)
    assert misfits[-1] < 0.01
    assert number(r"memory: (\S+) MB", text) < 1


def test_the_gradient_through_the_string_is_the_complex_step():
    wave, steps = module("wave_control"), 300
    control, along = 0.01 * np.random.default_rng(4).normal(size=(2, 64))
    moved = (control + 1e-40j * along).reshape(2, wave.KNOTS, wave.MODES)
    state = np.zeros(wave.CELLS + 1), np.zeros(wave.CELLS - 1)
    for k in range(steps):
        state = wave.after(k, state, moved, steps)
    u, v = state
    loss = (np.mean((u - wave.TARGET) ** 2) + np.mean(v**2) / wave.OMEGA[0] ** 2) / np.mean(wave.TARGET**2)
    slope = wg.grad(wave.misfit)(control, steps, "50kB")
    assert slope @ along == pytest.approx(loss.imag / 1e-40, rel=1e-11)


def test_derivatives_of_the_lorenz_system_grow_at_its_exponent(tmp_path: Path):
    text = drawn("lorenz", tmp_path, "--time", "200", "--longest", "20")
    assert number(r"exponents: (\S+)", text) == pytest.approx(0.906, abs=0.06)
    assert number(r"sum (\S+)", text) == pytest.approx(-41 / 3, abs=1e-3)
    assert number(r"grows at (\S+)", text) == pytest.approx(0.906, abs=0.2)
    assert number(r"adjoints: (\S+) apart", text) < 1e-10
    assert number(r"T = 1: (\S+) off", text) < 1e-6
    assert number(r"(\S+) from rho", text) == pytest.approx(1, abs=0.1)


@pytest.mark.skipif(bool(webgpu_cases.REASON), reason=webgpu_cases.REASON)
def test_a_network_learns_on_a_device_what_it_learns_on_the_processor(tmp_path):
    picture = tmp_path / "picture.png"
    command = [sys.executable, ROOT / "examples" / "gpu_mlp.py", "--steps", "31", "--out", picture]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    losses = dict(re.findall(r"(cpu|webgpu): loss ([\d.]+)", done.stdout))
    assert float(losses["webgpu"]) == pytest.approx(float(losses["cpu"]), rel=0.05, abs=2e-4)
    assert float(losses["webgpu"]) < 0.1
    assert "1 submissions, 0 allocations, 0 bytes_up, 0 readbacks" in done.stdout
    assert picture.read_bytes().startswith(PNG)


def test_the_julia_sets_derivative_is_the_chain_rules():
    julia = module("gpu_julia")
    z = julia.plane(20, 30)
    w, dw = z[0] + 1j * z[1].astype(np.float64), np.ones_like(z[0], complex)
    for _ in range(julia.ITERATIONS):
        far = np.abs(w) ** 2 > julia.FAR
        w, dw = np.where(far, w, w * w + complex(*julia.C)), np.where(far, dw, 2 * w * dw)
    wide = tuple(a.astype(np.float64) for a in z)
    found, slopes = julia.advance(wide, (np.ones_like(wide[0]), np.zeros_like(wide[0])))
    np.testing.assert_allclose(found[0] + 1j * found[1], w, rtol=1e-6)
    np.testing.assert_allclose(slopes[0] + 1j * slopes[1], dw, rtol=1e-6)
    assert (np.abs(w) ** 2 > julia.FAR).any()


@pytest.mark.skipif(bool(webgpu_cases.REASON), reason=webgpu_cases.REASON)
def test_a_julia_set_is_drawn_on_a_device_in_a_dispatch_a_call(tmp_path):
    text = drawn("gpu_julia", tmp_path, "--width", "150")
    assert "1 dispatches, 1 submissions, 0 allocations, 0 bytes_up, 0 readbacks" in text
    assert number(r"distances: (\S+) apart", text) < 1e-5
