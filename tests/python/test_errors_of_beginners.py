"""What is easily mistyped or misunderstood ends in an error of ours that names the operation and the way out."""

from __future__ import annotations

import io
import re
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from wengert import schedules

ONES = np.ones(3)

CREATED: dict[str, tuple[Callable[[], Any], type, str]] = {
    "linspace of text": (lambda: wg.linspace("a", 2), TypeError, r"linspace: .*given 'a', 2, 50: "),
    "linspace of None": (lambda: wg.linspace(None, 1), TypeError, r"linspace: .*given None, 1, 50"),
    "linspace of half a number": (lambda: wg.linspace(0, 1, 2.5), TypeError, r"linspace: num: .*given 2\.5"),
    "linspace of shapes": (lambda: wg.linspace(ONES, np.ones(2)), ValueError, r"linspace: .*\(3,\).*\(2,\)"),
    "linspace along an axis": (lambda: wg.linspace(ONES, ONES, 2, axis=5), np.exceptions.AxisError, r"linspace: .*5"),
    "logspace of text": (lambda: wnp.logspace("a", 2), TypeError, r"linspace: .*given 'a'"),
    "geomspace of text": (lambda: wnp.geomspace("a", 2), TypeError, r"no array of numbers: given str"),
    "arange of text": (lambda: wg.arange("a"), TypeError, r"arange: .*given 'a', None, 1"),
    "arange of nothing": (lambda: wg.arange(None), TypeError, r"arange: .*given None, None, 1"),
    "arange without a step": (lambda: wg.arange(0, 1, 0), ValueError, r"arange: .*given 0, 1, 0: division by zero"),
    "arange without end": (lambda: wg.arange(1e30), ValueError, r"arange: .*given 1e\+30"),
    "eye of text": (lambda: wg.eye("a"), TypeError, r"eye: .*given 'a'"),
    "eye of less than nothing": (lambda: wg.eye(-1), ValueError, r"eye: .*given -1"),
    "identity of halves": (lambda: wnp.identity(2.5), TypeError, r"identity: n: .*given 2\.5"),
    "zeros of text": (lambda: wg.zeros("a"), TypeError, r"shape: whole numbers are wanted: given 'a'"),
    "zeros of halves": (lambda: wg.zeros(2.5), TypeError, r"shape: whole numbers are wanted: given 2\.5"),
    "zeros of None": (lambda: wg.zeros(None), TypeError, r"shape: whole numbers are wanted: given None"),
    "zeros of a type": (lambda: wg.zeros(2, "nope"), TypeError, r"dtype: unknown: given 'nope'"),
    "full of text": (lambda: wg.full(3, "a"), TypeError, r"no array of numbers: given str"),
    "full_like of text": (lambda: wnp.full_like(ONES, "a"), TypeError, r"no array of numbers: given str"),
    "another type": (lambda: wg.asarray(1.0).astype("nope"), TypeError, r"dtype: unknown: given 'nope'"),
    "fromfunction of text": (lambda: wnp.fromfunction("a", (2,)), TypeError, r"fromfunction: no function: given str"),
    "indices of text": (lambda: wnp.indices("a"), TypeError, r"indices: .*given 'a'"),
    "tri of text": (lambda: wnp.tri("a"), TypeError, r"tri: .*given 'a'"),
    "rows of two sizes": (
        lambda: wg.asarray([[1.0], [1.0, 2.0]]),
        TypeError,
        r"list, whose parts differ in size",
    ),
    "saving to a number": (lambda: wg.record(np.sin, 1.0).save(3), TypeError, r"save: no file: given int"),
    "saving as text": (lambda: wg.record(np.sin, 1.0).save(io.StringIO()), TypeError, r"save: .*given StringIO"),
    "loading text": (lambda: wg.load(io.StringIO()), TypeError, r"load: .*given StringIO"),
    "checking a number": (lambda: wg.testing.check_grads(np.sin, 1.0), TypeError, r"check_grads: .*given float"),
    "a schedule of text": (lambda: schedules.binomial("3", 2), TypeError, r"binomial: steps: given '3'"),
}


@pytest.mark.parametrize("name", CREATED)
def test_bad_input_is_an_error_of_ours_that_names_the_operation_and_what_was_given(name):
    call, kind, said = CREATED[name]
    with pytest.raises(kind, match=said) as caught:
        call()
    assert isinstance(caught.value, wg.Error)
    assert re.search(r"\[WG(201|205|305|405|701)\]", str(caught.value))


def test_a_program_is_not_written_into_a_folder(tmp_path):
    with pytest.raises(IsADirectoryError, match=re.escape(str(tmp_path))) as caught:
        wg.record(np.sin, 1.0).save(tmp_path)
    assert len(traceback.extract_tb(caught.value.__traceback__)) == 1  # none of ours
    assert list(tmp_path.iterdir()) == []


SCIPY: dict[str, Callable[[Any, Any], Any]] = {
    "a wrapper in Python": lambda s, x: s.stats.norm.logpdf(x),
    "a compiled integrand": lambda s, x: s.integrate.quad(lambda t: t * x, 0, 1)[0],
    "a compiled root finder": lambda s, x: s.optimize.brentq(lambda t: t * t - x, 0, 3),
    "a solver of equations": lambda s, x: np.sum(s.integrate.solve_ivp(lambda t, y: -x * y, (0, 1), ONES).y),
    "interpolation": lambda s, x: s.interpolate.interp1d([0, 1, 2], [1, 2, 3])(x),
    "a matrix": lambda s, x: s.linalg.det(x * np.eye(2)),
}


@pytest.mark.parametrize("name", SCIPY)
def test_what_dies_inside_of_scipy_is_shown_at_the_users_line_and_says_so(name):
    scipy = pytest.importorskip("scipy")
    __import__("scipy.stats")
    with pytest.raises(wg.TracedValueError) as caught:
        wg.grad(lambda x: SCIPY[name](scipy, x))(1.0)
    text = str(caught.value)
    assert re.search(r"\n  at .*test_errors_of_beginners\.py:\d+: .*\n +\^+\n  inside of scipy, which computes", text)
    assert "  use np.linalg, wengert.special, wengert.root or argmin, wengert.custom_vjp" in text


def test_an_error_of_scipys_that_ours_is_the_cause_of_says_so():
    optimize = pytest.importorskip("scipy.optimize")
    with pytest.raises(ValueError, match="must return a scalar") as caught:
        wg.grad(lambda x: optimize.minimize(lambda s: np.sum((s - x) ** 2), ONES).x[0])(ONES)
    assert caught.value.__notes__ == [
        "wengert: of this the error above is the cause (WG101): a recorded value was used as a plain number"
    ]


def test_python_s_own_functions_of_numbers_have_a_name_for_arrays():
    with pytest.raises(wg.TracedValueError, match=r"use np\.round\(x\)"):
        wg.grad(lambda x: round(x) * x)(1.6)
    with pytest.raises(wg.TracedValueError, match=r"use wengert\.vmap\(f\)\(x\)"):
        wg.grad(lambda x: np.sum(np.vectorize(lambda a: a * a)(x)))(ONES)
    with pytest.raises(wg.DTypeError, match=r"int\(x\) of a recorded value is a plain number"):
        wg.grad(lambda x: [1, 2, 3][x])(1.0)


def filled(x: Any) -> Any:
    y = np.empty(2, object)
    y[0], y[1] = x[0], x[1]
    return y


def test_lists_and_arrays_of_objects_of_recorded_values_are_told_to_be_stacked():
    with pytest.raises(wg.TracedValueError, match=r"use np\.stack\(.*for np\.array\(\.\.\.\): NumPy's arrays hold no"):
        wg.grad(lambda x: np.sum(np.array([x[0], x[1]])))(ONES)
    with pytest.raises(wg.TracedValueError, match=r"use np\.stack\(.*for the list that np\.exp is given"):
        wg.grad(lambda x: np.sum(np.exp([x[0], x[1]])))(ONES)
    with pytest.raises(wg.DTypeError, match=r"np\.stack\(\[\.\.\.\]\) makes an array of recorded values"):
        wg.grad(lambda x: np.sum(filled(x) * x[:2]))(ONES)
    with pytest.raises(TypeError, match="no callable sin method") as caught:
        wg.grad(lambda x: np.sum(np.sin(filled(x))))(ONES)
    [note] = caught.value.__notes__
    assert note.endswith("use np.stack([...]) of them")
    assert wg.grad(lambda x: np.sum(np.stack([x[0], x[1]])))(ONES).tolist() == [1, 1, 0]  # what is told works


def test_a_failed_guard_names_the_line_that_branched_and_what_was_seen():
    program = wg.record(lambda x: x if x > 0 else -x, 1.0)
    with pytest.raises(wg.GuardError, match=r"was True when the program was recorded.*\n(.*\n)+  recorded at .*x > 0"):
        program(-1.0)


# Rules that call the function whose rule they are.


def doubled(fwd: Callable[..., Any], bwd: Callable[..., Any]) -> Any:
    f = wg.custom_vjp(lambda x: 2.0 * np.sin(x))
    f.defvjp(lambda x: fwd(f, x), lambda x, ybar: bwd(f, x, ybar))
    return f


WAYS: dict[str, Callable[[Any], Any]] = {
    "grad": lambda f: wg.grad(f)(1.0),
    "compile": lambda f: wg.compile(wg.grad(f))(1.0),
    "record": lambda f: wg.record(f, 1.0).grad(1.0),
    "loop": lambda f: wg.grad(lambda x: wg.fori_loop(0, 1, lambda k, y: f(y), x))(1.0),
    "vmap": lambda f: wg.vmap(wg.grad(f))(np.ones(1))[0],
    "jvp": lambda f: wg.jvp(f, (1.0,), (1.0,))[1],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_forward_rule_may_call_its_own_function_wherever_it_runs(way):
    f = doubled(lambda f, x: (f(x), x), lambda f, x, ybar: (3.0 * np.cos(x) * ybar,))
    assert WAYS[way](f) == pytest.approx(3.0 * np.cos(1.0))  # the rule's, which is not the function's
    assert f(1.0) == 2.0 * np.sin(1.0)


@pytest.mark.parametrize("way", WAYS)
def test_a_rule_that_takes_the_derivative_of_its_own_function_is_refused(way):
    f = doubled(lambda f, x: (2.0 * np.sin(x), x), lambda f, x, ybar: (wg.grad(f)(x) * ybar,))
    with pytest.raises(wg.ArgumentError, match=r"custom_vjp: bwd without end: .*its attribute f \[WG701\]"):
        WAYS[way](f)
    g = wg.custom_jvp(np.sin)
    g.defjvp(lambda primals, tangents: wg.jvp(g, primals, tangents))
    with pytest.raises(wg.ArgumentError, match=r"custom_jvp: the rule without end"):
        WAYS[way](g)
    inside = doubled(lambda f, x: (f(x), x), lambda f, x, ybar: (wg.grad(f.f)(x) * ybar,))
    assert WAYS[way](inside) == pytest.approx(2.0 * np.cos(1.0))
