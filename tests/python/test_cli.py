"""The command line: what it finds, in words and as JSON; its exit status; and never a stack of calls."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
from wengert import _cli
from wengert._cli import bench, doctor
from wengert._explain import pages

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import math, sys, time
from dataclasses import dataclass
import numpy as np, wengert as wg
import beside

def loss(x, scale=2.0):
    return np.sum(np.sin(x) * scale) ** 2

@wg.custom_vjp
def square(x):
    return x * x
square.defvjp(lambda x: (x * x, x), lambda x, bar: (bar * x * np.array([2.0, 2.0, 2.5]),))

def wrong(weights):
    return np.sum(square(weights))

def tree(x):
    return {"a": x * 2.0, "b": np.sum(x) * np.ones((2, 2))}

def plain(x):
    return x * math.sin(x)

def broken(x):
    return 1 / 0

def nothing(x):
    np.sum(x)

def filled(x):
    y = np.zeros(2)
    y[0] = x[0]
    return np.sum(y)

def stop(x):
    sys.exit(3)

def slow(x):
    print("started", flush=True)
    time.sleep(60)

number = 3
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    (tmp_path / "fit.py").write_text(SCRIPT)
    (tmp_path / "beside.py").write_text("here = True\n")
    return str(tmp_path / "fit.py")


def process(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of its own."""
    env = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-m", "wengert", *args], capture_output=True, text=True, env=env, timeout=300
    )


def run(capsys: Any, *args: str) -> tuple[int, str, str]:
    """The same in this process: status, output, errors."""
    before = list(sys.path), set(sys.modules)
    try:
        status = _cli.main(args)
    finally:
        sys.path[:] = before[0]
        for name in {"fit", "beside"} & set(sys.modules) - before[1]:
            del sys.modules[name]
    return status, *capsys.readouterr()


def data(capsys: Any, *args: str, status: int = 0) -> Any:
    found, out, _ = run(capsys, *args, "--json")
    assert found == status
    return json.loads(out)


# check


def test_a_right_gradient_is_ok_and_its_worst_input_is_named(script, capsys):
    status, out, _ = run(capsys, "check", f"{script}:loss", "--x", "1,2,3")
    assert status == 0
    assert re.search(r"^x +x\[\d\] .*ok$", out, re.MULTILINE)
    assert re.search(r"^scale +scale .*ok$", out, re.MULTILINE)
    assert out.endswith("ok: all within 1e-06\n")


def test_a_wrong_gradient_fails_with_the_very_input(script, capsys):
    status, out, _ = run(capsys, "check", f"{script}:wrong", "--x", "1,2,3")
    assert status == 1
    assert "FAILED: worst is weights[2]" in out
    found = data(capsys, "check", f"{script}:wrong", "--x", "1,2,3", status=1)
    (row,) = found["arguments"]
    assert (found["ok"], found["worst"], row["elements"]) == (False, "weights[2]", 3)
    assert row["derivative"] / row["difference"] == pytest.approx(1.25, rel=1e-9)


def test_arguments_are_numbers_lists_and_json_and_results_any_tree(script, capsys):
    for text, worst in (("2", "x"), ("2,", r"x\[0\]"), ("[[1, 2], [3, 4]]", r"x\[\d, \d\]")):
        assert re.fullmatch(worst, data(capsys, "check", f"{script}:tree", "--x", text)["worst"])


def test_a_function_of_a_module_is_found_by_its_name(capsys):
    assert data(capsys, "check", "wengert.numpy:sinh", "--x", "1,2")["ok"]


def test_a_gradient_that_is_not_finite_fails_and_is_json_still(script, capsys, tmp_path):
    (tmp_path / "root.py").write_text("import numpy as np\ndef f(x):\n    return np.sum(np.sqrt(x))\n")
    with np.errstate(invalid="ignore"):
        found = data(capsys, "check", f"{tmp_path / 'root.py'}:f", "--x", "0,1", status=1)
    assert (found["worst"], found["arguments"][0]["error"]) == ("x[0]", "inf")


REFUSED = {
    "no file": (["check", "none.py:f"], "check: no such file: none.py"),
    "no function": (["check", "{script}:nope", "--x", "1"], "no 'nope' in .*functions there: loss"),
    "a function misspelt": (["check", "{script}:los", "--x", "1"], "no 'los' in .*; nearest: loss$"),
    "a function of a large module": (
        ["check", "wengert.numpy:qqqqqq", "--x", "1"], r"functions there: [a-z]\w*(, [a-z]\w*){9}, \.\.\.$"),
    "no name": (["check", "{script}"], "expected script.py:f"),
    "no callable": (["check", "{script}:number"], "number is no function: it is of type int"),
    "no module": (["check", "no.such.module:f"], "ModuleNotFoundError"),
    "argument missing": (["check", "{script}:loss"], "argument 'x' is missing: give it by --x"),
    "no numbers": (["check", "{script}:loss", "--x", "a"], "numbers expected, as in 1,2: given 'a'"),
    "ragged": (["check", "{script}:loss", "--x", "[[1], [2, 3]]"], "numbers expected"),
    "a plain number asked for": (["check", "{script}:plain", "--x", "1"], r"(?s)\[WG101\]\n  at .*fit.py:22.*\^{11}"),
    "an exception": (
        ["check", "{script}:broken", "--x", "1"], r"(?s)ZeroDivisionError: division by zero\n  at .*\^{5}"),
    "no return": (["check", "{script}:nothing", "--x", "1,2"], "returned None: .*is a `return` missing"),
    "no return to show": (["explore", "{script}:nothing", "--x", "1,2"], r"(?s)\[WG605\].*is there a `return` missing"),
    "an array of NumPy's": (
        ["check", "{script}:filled", "--x", "1,2"], r"(?s)\[WG101\]\n.*y\[0\] = x\[0\]\n +\^{4}\n  use y = wengert.z"),
    "no elements": (["check", "{script}:loss", "--x", "[]"], r"finite numbers expected, one at least.*given '\[\]'"),
    "nothing at all": (["check", "{script}:loss", "--x", ""], "numbers expected, as in 1,2: given ''"),
    "infinity": (["check", "{script}:loss", "--x", "1e400"], "finite numbers expected.*given '1e400'"),
    "a module of a package that is not there": (["check", "nomod.sub:f"], r"No module named 'nomod'$"),
    "a function of numbers": (["check", "math:sin", "--x", "1"], r"\[WG101\]\n(?!  at)"),
    "an exit": (["check", "{script}:stop", "--x", "1"], "SystemExit: 3"),
    "no such code": (["explain", "WG999"], "no such code: WG999"),
    "no program": (["info", "{script}"], r"no saved program: it begins otherwise \[WG604\]"),
    "no such demo": (["demo", "none"], "no such demo: given 'none', expected one of pendulum,"),
    "no such program": (["info", "none.wg"], "none.wg: No such file or directory"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_said_in_words_with_status_2(name, script, capsys):
    args, words = REFUSED[name]
    status, out, err = run(capsys, *[a.format(script=script) for a in args])
    assert (status, out) == (2, "")
    assert re.search(words, err), err
    assert err.startswith("wengert: ")
    assert "Traceback" not in err
    status, out, _ = run(capsys, *[a.format(script=script) for a in args], "--json")
    assert status == 2
    assert re.search(words, json.loads(out)["error"])


@pytest.mark.parametrize(("text", "line"), [
    ("import math\n\ndef f(x):\n    return x $ 2\n", ":4: return x $ 2"),
    ("def f(x):\n    return (x +\n", ":2: return (x +"),
])  # fmt: skip
def test_a_script_that_does_not_parse_is_named_by_its_line(text, line, capsys, tmp_path):
    (tmp_path / "syn.py").write_text(text)
    status, out, err = run(capsys, "check", f"{tmp_path / 'syn.py'}:f", "--x", "1")
    first, at, caret = err.rstrip("\n").split("\n")
    assert (status, out) == (2, "")
    assert first.startswith("wengert: check: SyntaxError: ")
    assert at == f"  at {tmp_path / 'syn.py'}{line}"
    assert at[caret.index("^")] in "$("


def test_a_default_without_elements_is_no_argument_to_check(capsys, tmp_path):
    (tmp_path / "empty.py").write_text("import numpy as np\ndef f(x, y=np.zeros(0)):\n    return x * x\n")
    status, _, err = run(capsys, "check", f"{tmp_path / 'empty.py'}:f", "--x", "1")
    assert status == 2
    assert "argument 'y' has no elements" in err


def test_numbers_that_begin_with_a_minus_are_no_options(script, capsys):
    for given in (("--x", "-1,2,3"), ("--x=-1,2,3",), ("--x", "-.5", "--x", "-1e-3")):
        found = data(capsys, "check", f"{script}:loss", *given)
        assert found["ok"]
        assert [row["elements"] for row in found["arguments"]] == ([1, 1] if len(given) == 4 else [3, 1])


@pytest.mark.parametrize("args", [(), ("nope",), ("check",), ("explain", "--nope")])
def test_a_wrong_command_shows_how_with_status_2(args):
    done = process(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: wengert")


# info, explain, doctor


def test_info_tells_what_a_saved_program_is(capsys, tmp_path):
    file = str(tmp_path / "program.wg")
    program = wg.record(lambda x, k: {"y": np.sum(np.sin(x) * np.cos(x)) if k > 0 else x}, np.ones(3), 2.0)
    program.save(file)
    found = data(capsys, "info", file)
    assert found["inputs"] == ["float64 (3,)", "float64 ()"]
    assert found["operations"] == {"greater": 1, "sin": 1, "cos": 1, "multiply": 1, "sum": 1}
    assert (found["outputs"], found["guards"], found["differentiable"]) == (1, 1, True)
    assert found["bytes"] == Path(file).stat().st_size
    assert "listing" not in found
    status, out, _ = run(capsys, "info", file, "--listing")
    assert status == 0
    assert str(wg.load(file)) in out
    assert re.search(r"^inputs +float64 \(3,\), float64 \(\)$", out, re.MULTILINE)


def test_explain_tells_a_page_or_all_titles(capsys):
    for code in ("WG201", "wg201", "201"):
        assert run(capsys, "explain", code)[1] == pages()["WG201"].text() + "\n"
    assert run(capsys, "explain")[1].count("\nWG") == len(pages()) - 1
    assert data(capsys, "explain", "WG201")["kind"] == "ShapeError"


def test_doctor_finds_versions_processor_and_a_right_gradient(capsys):
    found = data(capsys, "doctor", "--no-devices")
    assert found["versions"]["wengert"] == wg.__version__
    assert found["versions"]["numpy"] == np.__version__
    assert found["instruction_set"]["used"] == wg.instruction_set in found["instruction_set"]["built"]
    (cpu,) = found["devices"]
    assert cpu["ok"]
    assert 0 <= cpu["error"] < 1e-13
    status, out, _ = run(capsys, "doctor", "--no-devices")
    assert status == 0
    assert out.endswith("\nok\n")


def test_doctor_says_that_it_did_not_look_for_graphics_processors(capsys, monkeypatch):
    assert "graphics processors: not looked for\n" in run(capsys, "doctor", "--no-devices")[1]
    monkeypatch.setattr(wg, "devices", lambda: [])
    assert 'graphics processors: none found: pip install "wengert[webgpu]"' in run(capsys, "doctor")[1]


def test_doctor_tries_each_adapter_in_a_process_of_its_own(capsys):
    adapters = wg.devices()[1:]
    found = data(capsys, "doctor")["devices"][1:]
    assert [d["name"] for d in found] == [d["name"] for d in adapters]
    assert all(d["ok"] and d["error"] < 1e-5 for d in found)


def test_doctor_fails_where_a_device_does(capsys, monkeypatch):
    monkeypatch.setattr(wg, "devices", lambda: [{"device": "webgpu", "name": "none such", "kind": "graphics"}])
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    assert "FAILED: webgpu: " in out
    assert out.endswith("FAILED: see above\n")
    monkeypatch.setattr(doctor, "ON_A_DEVICE", "import os; os.abort()")
    assert "the process ended with status -6" in run(capsys, "doctor")[1]


def test_doctor_names_the_line_that_installs_each_extra(capsys, monkeypatch):
    asked = {name: needs for name, needs in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"].items()}  # fmt: skip
    lines = [f'{need}; extra == "{name}"' for name, needs in asked.items() for need in needs]
    monkeypatch.setattr(doctor.metadata, "requires", lambda _: [*lines, "numpy>=2", 'no-such-thing>=1; extra == "odd"'])
    found = data(capsys, "doctor", "--no-devices")["extras"]
    assert set(found) == {*asked, "odd"}
    assert found["odd"] == {"present": {}, "missing": ["no-such-thing"], "install": 'pip install "wengert[odd]"'}
    assert found["test"]["present"]["pytest"] == pytest.__version__
    shown = run(capsys, "doctor", "--no-devices")[1]
    assert re.search(r'missing: no-such-thing +pip install "wengert\[odd\]"', shown)


# explore, demo, bench


def test_explore_writes_one_file_of_the_function(script, capsys, tmp_path):
    out = str(tmp_path / "f.html")
    found = data(capsys, "explore", f"{script}:loss", "--x", "1,2", "--out", out, "--title", "A loss")
    page = Path(out).read_text(encoding="utf-8")
    assert found == {"file": out, "bytes": Path(out).stat().st_size}
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "A loss" in page
    nowhere = str(tmp_path / "none" / "f.html")
    assert run(capsys, "explore", f"{script}:loss", "--x", "1", "--out", nowhere)[0] == 2


def test_each_demo_prints_its_text_and_what_it_prints(capsys):
    prints = {"pendulum": "0.964145 m", "rosenbrock": "x = [1. 1.], f = 0", "tape": "tape.py:4: d = a * b",
              "memory": "Count(advanced=534220, taped=100000, most_snapshots=20"}  # fmt: skip
    assert data(capsys, "demo").keys() == prints.keys()
    for name, last in prints.items():
        status, out, _ = run(capsys, "demo", name)
        assert status == 0
        text, printed = out.split("-" * 40)
        assert last in printed
        compile(text, name, "exec")
    assert run(capsys, "demo")[1].startswith("pendulum  ")
    assert data(capsys, "demo", "tape")["output"].endswith("49.0 42.0 28.0 14.0\n")


def test_the_demo_of_a_loop_has_its_derivative(capsys):
    found = [float(x) for x in re.findall(r"[\d.]+", data(capsys, "demo", "memory")["output"].splitlines()[0])]
    x = np.array([0.3, 0.4, 0.5])

    def end(x: Any) -> Any:
        for _ in range(1000):  # steps a hundred times as long: Euler's error is of their size
            x = x + 1e-3 * np.sin(x[::-1])
        return np.sum(x)

    np.testing.assert_allclose(found, wg.grad(end)(x), rtol=2e-3)


def test_bench_measures_each_side_in_positive_times(capsys):
    found = data(capsys, "bench", "--quick")
    assert (found["rounds"], found["instruction_set"]) == (5, wg.instruction_set)
    assert len(found["results"]) == 6
    for row in found["results"]:
        assert row["ns"] > 0
        assert 0 < row["ratio"] < 1e4
        assert row["spread"] >= 0


def test_bench_counts_a_time_once_for_each_piece_of_work():
    row = bench.Row("sleep", lambda: time.sleep(0.02), lambda: time.sleep(0.005), "a quarter", 10, "nap")
    found = bench._measured(row, 3, 0.02)
    assert 2e6 <= found["ns"] < 2e7
    assert found["ratio"] > 1.2


def test_a_table_of_bench_has_units_that_are_read_easily(capsys, monkeypatch):
    row = bench.Row("nothing", lambda: None, lambda: None, "nothing", 1, "element")
    monkeypatch.setattr(bench, "_rows", lambda: [row])
    out = run(capsys, "bench", "--quick")[1]
    assert re.search(r"^nothing  [\d.]+ ns  an element  \+-\d+%  [\d.]+ x nothing$", out, re.MULTILINE)
    assert [bench._time(ns) for ns in (3.14159, 3141.59, 3141592.6)] == ["3.14 ns", "3.14 us", "3.14 ms"]


# How it behaves


def test_colours_are_for_terminals_that_nobody_forbids():
    def on_a_terminal(**environment: str) -> str:
        ours, theirs = pty.openpty()
        env = {**os.environ, "TERM": "xterm", **environment}
        subprocess.run([sys.executable, "-m", "wengert", "doctor", "--no-devices"], stdout=theirs, env=env, check=True)
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 65536):
                text += part
        except OSError:  # the end of a terminal
            pass
        os.close(ours)
        return text.decode()

    assert "\x1b[32mok\x1b[0m" in on_a_terminal(NO_COLOR="")
    assert "\x1b" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b" not in process("doctor", "--no-devices").stdout


def test_ctrl_c_ends_it_in_a_word(script):
    command = [sys.executable, "-m", "wengert", "check", f"{script}:slow", "--x", "1"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout
    assert child.stdout.readline() == "started\n"
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130, "wengert: interrupted\n")


def test_a_reader_that_goes_away_is_no_error():
    line = f"{sys.executable} -m wengert explain 2>&1 >/dev/full | cat; {sys.executable} -m wengert explain | true"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert "Traceback" not in done.stdout + done.stderr
    assert "BrokenPipe" not in done.stdout + done.stderr


def test_an_output_that_is_closed_is_no_error():
    line = f"{sys.executable} -m wengert explain WG201 >&-; echo $? >&2"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert done.stderr == "0\n"


def test_what_was_found_is_the_status_even_where_the_reader_goes_away(script):
    # The reader is gone before anything is written: its end of the pipe is closed at once.
    for f, expected in (("wrong", 1), ("loss", 0)):
        line = f"({sys.executable} -m wengert check {script}:{f} --x 1,2,3; echo $? >&2) | exec 0<&-"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
        assert done.stderr == f"{expected}\n"


def test_the_command_is_the_module():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"wengert": "wengert._cli:main"}
    assert process("--version").stdout == f"wengert {wg.__version__}\n"


def test_the_document_tells_of_each_command():
    text = (ROOT / "docs" / "command-line.md").read_text()
    assert re.findall(r"^\| `wengert (\w+)", text, re.MULTILINE) == list(_cli.COMMANDS)
