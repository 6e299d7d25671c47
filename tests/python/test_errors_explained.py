"""Every error has a code, the code a page; shown, it names the user's expression, and no frame of ours."""

from __future__ import annotations

import ast
import copy
import os
import pickle
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
from error_cases import CASES
from wengert import _core, _explain
from wengert.webgpu import DeviceArray

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "python" / "wengert"
OURS = Path(wg.__file__).parent  # of what is installed
PAGES = _explain.pages()
CLASSES = [getattr(wg.errors, name) for name in wg.errors.__all__]
# No errors of the library: Python's protocols, ways out that stay inside, and what is wrong before there is a library.
NOT_ERRORS = {"AttributeError", "StopIteration", "Unrecordable", "Wider", "ImportError", "Wrong"}


def raised(code: str) -> BaseException:
    try:
        CASES[code].raises()
    except (wg.Error, wg.StrongZeroWarning) as error:
        return error
    raise AssertionError(f"{code}: nothing was raised")


def underlined(text: str) -> list[str]:
    """What stands above the carets of a message."""
    lines = text.splitlines()
    spans = [(line.index("^"), line.rindex("^") + 1) if set(line) == {" ", "^"} else None for line in lines]
    return [above[span[0] : span[1]] for above, span in zip(lines, spans[1:], strict=False) if span]


def frames(error: BaseException) -> list[str]:
    return [entry.filename for entry in traceback.extract_tb(error.__traceback__)]


# Codes and pages.


def test_each_page_has_a_case_and_each_case_a_page():
    assert set(PAGES) == set(CASES)
    assert len(PAGES) == (PYTHON / "_explain" / "pages.txt").read_text().count("\n== ") + 1


@pytest.mark.parametrize("code", CASES)
def test_an_error_of_each_code_says_what_happened_where_and_where_to_read_on(code):
    error, case = raised(code), CASES[code]
    first, *rest = str(error).splitlines()
    assert error.code == code
    assert first.endswith(f"[{code}]")
    assert case.says in first
    assert rest[-1] == f"  more: python -m wengert explain {code}"
    assert any(re.match(r"  (recorded )?at .*error_cases\.py:\d+: ", line) for line in rest)
    assert any(span.startswith(case.underlined) for span in underlined(str(error))) or not case.underlined


@pytest.mark.parametrize("code", PAGES)
def test_a_page_says_why_or_what_to_do_in_lines_that_fit(code):
    page = PAGES[code]
    assert page.title[0].isupper() or page.title.startswith(("float64", "vmap"))
    assert re.match(r"(do|why): ", page.body)
    assert "`" * 3 not in page.body
    assert all(len(line) <= 120 for line in page.text().splitlines())
    assert page.text().startswith(f"{code} {page.kind}: {page.title}\n")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_class_has_a_page_whatever_the_message(kind):
    assert PAGES[kind("words that no page has").code].kind in {k.__name__ for k in kind.__mro__}
    assert kind.__name__ in {page.kind for page in PAGES.values()}


def test_a_page_is_for_a_class_that_there_is():
    assert {page.kind for page in PAGES.values()} <= set(wg.errors.__all__)


def test_the_document_lists_every_code_with_its_title():
    rows = re.findall(r"^\| (WG\d{3}) \| `(\w+)` \| (.+) \|$", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
    assert rows == [(page.code, page.kind, page.title) for page in PAGES.values()]


def test_all_that_the_library_raises_is_an_error_with_a_code():
    wrong = []
    for path in sorted(PYTHON.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.exc.func if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) else None
            if isinstance(called, ast.Name) and called.id[0].isupper() and called.id not in wg.errors.__all__:
                wrong += [f"{path.name}:{node.lineno}: {called.id}"] if called.id not in NOT_ERRORS else []
    assert not wrong, wrong


def test_all_that_cpp_raises_is_an_error_with_a_code():
    """Classes by name; what is raised by a class of Python's is a protocol's or of no message."""
    builtin = re.compile(r"PyErr_(?:SetString|Format)\((PyExc_\w+)|throw (py::\w+_error)\(")
    found = {
        (path.name, match[1] or match[2])
        for path in (ROOT / "cpp").rglob("*.cpp")
        for match in builtin.finditer(path.read_text())
    }
    assert found <= {("module.cpp", "PyExc_RuntimeError")}, found
    named = re.findall(r'(?:error_class|set)\("(\w+)"', "".join(p.read_text() for p in (ROOT / "cpp").rglob("*.cpp")))
    assert set(named) <= set(wg.errors.__all__)


# Where.


def test_axes_that_differ_are_named():
    with pytest.raises(wg.ShapeError, match=r"counted from the last axis: axis -1: 3 against 2, axis -2: 2 against 3"):
        wg.asarray(np.ones((2, 3))) + np.ones((3, 2))
    with pytest.raises(wg.ShapeError, match=r"axis -1 of a is 3, axis -2 of b is 2"):
        wg.asarray(np.ones((2, 3))) @ np.ones((2, 3))
    with pytest.raises(wg.ShapeError, match=r"6 elements against 8"):
        wg.asarray(np.ones(6)).reshape(4, 2)


def test_the_nearest_function_with_a_rule_is_named():
    said = str(raised("WG303"))
    assert "nearest with a rule: np.poly" in said
    assert "np.polydiv" not in said.split("nearest")[1].splitlines()[0]


def element(x: Any) -> Any:
    y = np.zeros(3)
    y[0] = x[0]
    return np.sum(y)


def whole(x: Any) -> Any:
    y = np.zeros(3)
    y[:] = x
    return np.sum(y)


@pytest.mark.parametrize("f", [element, whole])
def test_an_assignment_into_an_array_of_numpys_names_the_array_that_takes_it(f):
    with pytest.raises((wg.TracedValueError, ValueError)) as caught:
        wg.grad(f)(THREE)
    error = caught.value
    if not isinstance(error, wg.TracedValueError):  # NumPy's own, of which ours is the cause
        shown = "".join(traceback.format_exception(error))
        assert shown.rstrip().splitlines()[-1].endswith("use wengert.zeros(...) for np.zeros(...)")
        assert len(error.__notes__) == 1
        error = error.__cause__
    assert "\n  use y = wengert.zeros(...) for np.zeros(...), or " in str(error)
    assert error.code == "WG101"


def test_the_array_that_is_named_takes_recorded_values():
    def f(x):
        y = wg.zeros(3)
        y[0] = x[0]
        return np.sum(y)

    assert wg.grad(f)(THREE).tolist() == [1, 0, 0]


def test_a_note_is_added_once_whatever_the_number_of_transforms():
    with pytest.raises(ValueError, match="setting an array element") as caught:
        wg.grad(lambda x: np.sum(wg.grad(element)(x)))(THREE)
    assert len(caught.value.__notes__) == 1


ADVICE = {
    "a draw": (lambda x: np.random.default_rng(0).normal(x[0]), "WG101", "use wengert.random.default_rng(seed)"),
    "a truth value of many": (lambda x: x[0] if x else x[1], "WG209", "np.any(x) or np.all(x)"),
    "no return": (lambda x: None, "WG306", "is there a `return` missing?"),
    "a tuple": (lambda x: (x[0], x[0]), "WG306", "(number, anything) with has_aux=True"),
    "a dict": (lambda x: {"a": x[0]}, "WG306", "(number, anything) with has_aux=True"),
    "objects": (lambda x: np.sum(x * np.array([1, None, 2])), "WG305", "numbers, NumPy's arrays of bools"),
    "long doubles": (lambda x: np.sum(x * np.ones(3, np.longdouble)), "WG305", "numbers, NumPy's arrays of bools"),
    "a matrix of NaN": (lambda x: np.linalg.svd(x[:, None] * np.nan)[1][0], "WG403", "use wengert.debug() to find"),
    "a negative width": (lambda x: np.sum(np.pad(x, -1)), "WG405", "pad: negative width: given -1"),
    "a device": (lambda x: wg.asarray(1.0, device="gpu0"), "WG702", 'given \'gpu0\', expected "cpu" or "webgpu"'),
    "a device of zeros": (lambda x: wg.zeros(3, device="gpu0"), "WG702", "given 'gpu0', expected \"cpu\""),
    "dot": (lambda x: np.dot(np.ones((2, 2)), x), "WG201", "axis -1 of a is 2, axis -1 of b is 3"),
    "det": (lambda x: np.linalg.det(x[None]), "WG207", "the last two axes of a matrix"),
}


@pytest.mark.parametrize("name", ADVICE)
def test_an_error_has_the_advice_that_is_plain(name):
    f, code, advice = ADVICE[name]
    with pytest.raises(wg.Error) as caught:
        wg.grad(f)(THREE)
    assert caught.value.code == code
    assert advice in re.sub(r"\n  at .*\n +\^+", "", str(caught.value))  # not in the source that is shown
    assert "holomorphic" not in str(caught.value)
    if name in ("dot", "det"):
        assert str(caught.value).startswith(f"{name}: ")


THERE = DeviceArray(None, None, (3,), np.dtype(np.float32))  # no device is needed to refuse it
ON_A_DEVICE = {
    "plus": (lambda d: d + 1, ""),
    "of a number": (lambda d: 2.0 * d, ""),
    "beside NumPy's": (lambda d: np.ones(3) + d, "add: "),
    "beside ours": (lambda d: wg.asarray(1.0) @ d, ""),
    "minus": (lambda d: -d, ""),
    "less": (lambda d: d < 1, ""),
    "a function of NumPy's": (np.sin, "sin: "),
    "a sum": (np.sum, "add: "),
    "an element": (lambda d: d[0], ""),
    "all elements": (list, ""),
    "an assignment": (lambda d: d.__setitem__(0, 1.0), ""),
    "a function compiled for the processor": (lambda d: wg.compile(lambda x: x * 2)(d), ""),
}


@pytest.mark.parametrize("name", ON_A_DEVICE)
def test_what_lies_on_a_device_is_refused_elsewhere_with_a_number_and_the_way_back(name):
    use, begins = ON_A_DEVICE[name]
    with pytest.raises(wg.errors.DeviceArrayError, match=r"(?s)by \.numpy\(\), .* \[WG508\]") as caught:
        use(THERE)
    assert str(caught.value).startswith(begins or "DeviceArray: ")
    assert not [file for file in frames(caught.value) if file.startswith(str(PYTHON))]


@pytest.mark.parametrize("transform", [wg.grad, wg.hessian, wg.jacobian])
def test_a_transform_of_what_lies_on_a_device_names_the_way_back(transform):
    with pytest.raises(wg.DTypeError, match=r"  use \.numpy\(\) or \.to\(\"cpu\"\)"):
        transform(lambda x: x * x)(THERE)


def test_an_argument_by_keyword_is_told_to_go_by_position():
    with pytest.raises(wg.ArgumentError, match=r"pass what is differentiated by position: f\(x\), not f\(x=x\)"):
        wg.grad(lambda x: x * x)(x=3.0)


def test_a_tape_says_what_it_did_not_record():
    with wg.Tape() as tape:
        x = tape.watch(3.0)
        y = x * x
    for target, sources in ((np.sin(3.0), [x]), (y, [3.0])):
        with pytest.raises(wg.TapeError, match=r"(?s)watch it first \[WG106\].*x = tape.watch\(x0\)"):
            tape.gradient(target, sources)


def test_what_dies_inside_of_an_installed_package_is_shown_at_the_user_s_line():
    linalg = pytest.importorskip("scipy.linalg")
    with pytest.raises(wg.TracedValueError) as caught:
        wg.grad(lambda a: np.sum(linalg.cholesky(a)))(np.eye(3))
    assert underlined(str(caught.value)) == ["linalg.cholesky(a)"]
    assert "site-packages" not in str(caught.value)


def test_a_function_of_an_installed_package_is_shown_where_there_is_no_line_of_the_user_s(tmp_path):
    package = tmp_path / "site-packages" / "models"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import math\n\ndef f(x):\n    return math.sin(x)\n")
    command = [sys.executable, "-m", "wengert", "check", "models:f", "--x", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=package.parent)
    assert re.search(r"\n  at .*models.__init__.py:4: return math.sin\(x\)\n", done.stderr), done.stderr


def test_a_sweep_underlines_the_expression_that_was_recorded():
    assert underlined(str(raised("WG401"))) == ["wg.grad(f)(x)", "np.sqrt(x)"]


def test_positions_are_those_of_characters_not_of_bytes():
    def f(größe: Any) -> Any:
        α = "→"  # noqa: F841
        return np.sum(größe + np.ones(2)) if "ä" else 0

    with pytest.raises(wg.ShapeError) as caught:
        wg.grad(f)(np.ones(3))
    assert underlined(str(caught.value)) == ["größe + np.ones(2)"]


def test_an_expression_on_several_lines_is_underlined_on_its_first():
    with pytest.raises(wg.ShapeError) as caught:
        wg.grad(lambda x: np.sum(
            x +
            np.ones(2)))(np.ones(3))  # fmt: skip
    assert underlined(str(caught.value)) == ["x +"]


def test_code_without_source_or_positions_is_still_named():
    names: dict[str, Any] = {"wg": wg, "np": np}
    exec(compile("def f(x):\n  return np.sum(x + np.ones(2))", "<made up>", "exec"), names)
    with pytest.raises(wg.ShapeError, match=r"\n  at <made up>:2\n"):
        wg.grad(names["f"])(np.ones(3))
    code = "import numpy as np, wengert as wg\ntry: wg.grad(lambda x: x + np.ones(2))(np.ones(3))\n"
    code += "except wg.ShapeError as error: print(error)"
    done = subprocess.run([sys.executable, "-X", "no_debug_ranges", "-c", code], capture_output=True, text=True)
    assert "\n  at <string>:2\n" in done.stdout, done
    assert "^" not in done.stdout


def test_an_error_that_was_never_raised_or_has_travelled_has_its_code():
    error = wg.ShapeError("add: shapes differ: a is (2, 3), b is (3, 2)")
    assert str(error).splitlines()[0] == "add: shapes differ: a is (2, 3), b is (3, 2) [WG201]"
    assert error.args == ("add: shapes differ: a is (2, 3), b is (3, 2)",)
    for other in (pickle.loads(pickle.dumps(raised("WG201"))), copy.copy(error)):
        assert (type(other), other.code) == (wg.ShapeError, "WG201")
        assert " at " not in str(other)


def test_a_program_tells_the_line_of_each_operation_not_its_instruction():
    def f(x: Any) -> Any:
        y = np.sin(x)
        return y * x

    program = wg.record(f, 1.0)._recorded.program
    first = f.__code__.co_firstlineno
    lines = [place[1] - first if place else None for place in _core.program_places(program)]
    assert lines == [None, 1, 2]


# Tracebacks.


def user(x: Any) -> Any:
    return np.sum(x + np.ones(2))


def broken(x: Any) -> Any:
    y = np.concatenate([x, x])
    raise ZeroDivisionError(f"of shape {y.shape}")


THREE = np.ones(3)
CALLS = {
    "grad": lambda f: wg.grad(f)(THREE),
    "value_and_grad": lambda f: wg.value_and_grad(f)(THREE),
    "jvp": lambda f: wg.jvp(f, (THREE,), (THREE,)),
    "vjp": lambda f: wg.vjp(f, THREE),
    "linearize": lambda f: wg.linearize(f, THREE),
    "jacobian": lambda f: wg.jacobian(f)(THREE),
    "hessian": lambda f: wg.hessian(f)(THREE),
    "hvp": lambda f: wg.hvp(f, THREE, THREE),
    "vmap": lambda f: wg.vmap(f)(np.ones((2, 3))),
    "compile": lambda f: wg.compile(f)(THREE),
    "batch": lambda f: wg.compile(f).batch(np.ones((2, 3))),
    "record": lambda f: wg.record(f, THREE),
    "fori_loop": lambda f: wg.fori_loop(0, 3, lambda k, x: f(x), THREE),
    "scan": lambda f: wg.scan(lambda x, row: (f(x), row), THREE, THREE),
    "checkpoint": lambda f: wg.checkpoint(f)(THREE),
    "argmin": lambda f: wg.argmin(f, THREE),
    "check_grads": lambda f: wg.testing.check_grads(f, (THREE,)),
    "nested": lambda f: wg.grad(lambda x: np.sum(wg.grad(f)(x)))(THREE),
    "vmap of jacobian": lambda f: wg.vmap(wg.jacobian(f))(np.ones((2, 3))),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("f", "kind"), [(user, ValueError), (broken, ZeroDivisionError)])
def test_a_traceback_shows_the_user_s_frames_and_none_of_ours(call, f, kind, monkeypatch):
    monkeypatch.delenv("WENGERT_FULL_TRACEBACK", raising=False)
    with pytest.raises(kind) as caught:
        CALLS[call](f)
    found = frames(caught.value)
    assert not [file for file in found if file.startswith(str(OURS))]
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == f.__name__


@pytest.mark.parametrize("call", ["grad", "jvp", "compile", "vmap", "hessian"])
def test_the_whole_traceback_is_shown_where_it_is_asked_for(call, monkeypatch):
    monkeypatch.setenv("WENGERT_FULL_TRACEBACK", "1")
    with pytest.raises(wg.ShapeError) as caught:
        CALLS[call](user)
    assert [file for file in frames(caught.value) if file.startswith(str(OURS))]


def test_a_function_of_numpys_shows_no_frame_of_ours_either():
    for call in (
        lambda: np.concatenate([wg.asarray(THREE), np.ones((3, 3))]),
        lambda: np.add.reduce(wg.asarray(1.0), 5),
    ):
        with pytest.raises(wg.Error) as caught:
            call()
        assert not [file for file in frames(caught.value) if file.startswith(str(OURS))]


def test_an_uncaught_error_ends_in_the_user_s_own_line(tmp_path):
    script = tmp_path / "fit.py"
    script.write_text(
        "import math, numpy as np, wengert as wg\n"
        "def loss(x):\n    return x * math.sin(x)\n"
        "print(wg.grad(loss)(1.0))\n"
    )  # fmt: skip
    environment = {**os.environ, "WENGERT_FULL_TRACEBACK": "0"}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert re.findall(r'File "([^"]+)", line (\d+)', done.stderr) == [(str(script), "4"), (str(script), "3")]
    assert "[WG101]" in done.stderr
    assert underlined(done.stderr)[-1] == "math.sin(x)"


def test_nothing_of_the_explanations_is_loaded_before_an_error_is_shown():
    code = "import sys, wengert as wg\ntry: wg.grad(5)\nexcept wg.Error: pass\n"
    code += "assert not [m for m in sys.modules if m.startswith(('wengert._explain', 'wengert._cli'))]"
    subprocess.run([sys.executable, "-c", code], check=True)
