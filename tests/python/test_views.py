"""Random programs of views, writes and arithmetic do the same to Arrays as to NumPy's, recorded or not.

A program is data; one small machine runs it on either kind of array. Its derivative is NumPy's too: run on
complex numbers, x + i h v, with h so small that nothing is lost, it gives the directional derivative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
import wengert.numpy as wnp

START = (3, 4)
STEP = 1e-40


@dataclass(frozen=True)
class Statement:
    """`kind` acts on register `target`, reading register `source` and constant `number`."""

    kind: str
    target: int
    index: Any = ()
    source: int = 0
    number: float = 0.0


Program = tuple[Statement, ...]


def run(program: Program, x: Any) -> list[Any]:
    """All registers after the program; register 0 is the argument itself."""
    registers = [x]
    for statement in program:
        execute(statement, registers)
    return registers


def execute(s: Statement, registers: list[Any]) -> None:
    a, b = registers[s.target], registers[s.source]
    if isinstance(a, np.generic):
        raise TypeError("NumPy computed a number here: there is nothing to view or to write")
    if s.kind == "view":
        registers.append(a[s.index])
    elif s.kind == "transposed view":
        registers.append(a.T)
    elif s.kind == "compute":
        registers.append(a * s.number + b)
    elif s.kind == "copy":
        registers.append(a.copy()[()])  # a scalar that views nothing is a number, as NumPy's are
    elif s.kind == "write number":
        a[s.index] = s.number
    elif s.kind == "write register":
        a[s.index] = b
    elif s.kind == "add in place":
        a[s.index] += b
    elif s.kind == "scale in place":
        a *= s.number
    elif s.kind == "multiply in place":
        a[...] *= b


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Each statement is tried on NumPy as it is drawn: one that NumPy refuses is left out."""
    registers: list[Any] = [np.zeros(START)]
    program: list[Statement] = []
    for _ in range(draw(st.integers(1, 8))):
        statement = draw_statement(draw, registers)
        try:
            execute(statement, registers)
        except (ValueError, TypeError):
            continue
        program.append(statement)
    return tuple(program)


KINDS = [
    "view", "view", "transposed view", "compute", "copy", "write number", "write register", "add in place",
    "scale in place", "multiply in place",
]  # fmt: skip


def draw_statement(draw: st.DrawFn, registers: list[Any]) -> Statement:
    kind = draw(st.sampled_from(KINDS))
    target = draw(st.integers(0, len(registers) - 1))
    source = draw(st.integers(0, len(registers) - 1))
    index: Any = ()
    if kind in ("view", "write number", "write register", "add in place"):
        shape = registers[target].shape
        index = draw(hnp.basic_indices(shape, allow_newaxis=kind == "view", allow_ellipsis=True))
        index = index if isinstance(index, tuple) else (index,)
        if kind == "view" and Ellipsis not in index:
            index = (*index, Ellipsis)  # a view, never a scalar that is no view
    return Statement(kind, target, index, source, draw(st.sampled_from([-1.0, 0.5, 2.0, 3.0])))


def example(seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.5, 1.5, START), rng.uniform(-1, 1, START)


def total(registers: list[Any], xp: Any) -> Any:
    """A number to which every element of every register contributes in its own measure."""
    return sum((xp.sum(r * weights(r.shape, k)) for k, r in enumerate(registers)), 0.0)


def weights(shape: tuple[int, ...], k: int) -> Any:
    return np.cos(np.arange(float(np.prod(shape))) + k).reshape(shape)


@given(program=programs())
def test_concrete_programs_equal_numpys(program: Program) -> None:
    x, _ = example()
    expected = run(program, x.copy())
    for got, register in zip(run(program, wg.asarray(x)), expected, strict=True):
        np.testing.assert_array_equal(np.asarray(got), register)


@given(program=programs())
@settings(max_examples=150)
def test_recorded_programs_equal_numpys_in_value_and_derivative(program: Program) -> None:
    x, v = example()
    before = x.copy()
    expected = run(program, x.copy())
    derivative = total(run(program, x + 1j * STEP * v), np).imag / STEP
    values, pull = wg.vjp(lambda x: tuple(run(program, x)), x)
    for got, register in zip(values, expected, strict=True):
        np.testing.assert_array_equal(got, register)
    (adjoint,) = pull(tuple(weights(np.shape(r), k) for k, r in enumerate(values)))
    assert np.sum(adjoint * v) == pytest.approx(derivative, rel=1e-9, abs=1e-9)
    tangent = wg.jvp(lambda x: total(run(program, x), wnp), (x,), (v,))[1]
    assert tangent == pytest.approx(derivative, rel=1e-9, abs=1e-9)
    np.testing.assert_array_equal(x, before)


def test_a_write_through_a_view_is_seen_by_its_base_and_by_other_views() -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        row, column = y[1], y[:, 1]
        row[:] = 7.0 * x[0, 0]
        assert np.asarray(wg.stop_gradient(column)).tolist() == [1.0, 0.0, 9.0]
        column[2] = 5.0
        return wnp.sum(y)

    x = np.arange(12.0).reshape(3, 4)
    assert float(f(wg.asarray(x))) == 6 + 0 + 8 + 5 + 10 + 11
    gradient = wg.grad(f)(x)
    expected = np.ones((3, 4))
    expected[1], expected[2, 1], expected[0, 0] = 0.0, 0.0, 29.0
    assert gradient.tolist() == expected.tolist()


def test_a_view_of_a_view_of_a_view_reaches_the_base() -> None:
    y = wg.asarray(np.zeros((4, 4)))
    y[1:][::2][:, 1:][0, 0] = 3.0
    y[1:][::2][:, 1:][1] += 2.0
    expected = np.zeros((4, 4))
    expected[1, 1], expected[3, 1:] = 3.0, 2.0
    assert y.tolist() == expected.tolist()


def test_an_element_read_out_is_a_number_that_later_writes_do_not_change() -> None:
    def f(x: Any) -> Any:
        element = x[0]
        x[0] = 100.0
        return element * x[1]

    assert wg.grad(f)(np.array([2.0, 3.0])).tolist() == [3.0, 2.0]


def test_advanced_indexing_copies() -> None:
    y = wg.asarray([1.0, 2.0, 3.0])
    copy = y[[0, 1]]
    copy[:] = 9.0
    assert y.tolist() == [1.0, 2.0, 3.0]


def test_a_view_outlives_its_base() -> None:
    def f(x: Any) -> Any:
        y = x * 2.0
        view = y[1:]
        del y
        view *= 3.0
        return wnp.sum(view)

    assert wg.grad(f)(np.ones(3)).tolist() == [0.0, 6.0, 6.0]


def test_overlapping_assignments_read_before_they_write() -> None:
    x = wg.asarray([1.0, 2.0, 3.0, 4.0])
    x[1:] = x[:-1]
    assert x.tolist() == [1.0, 1.0, 2.0, 3.0]
    x[::-1] = x
    assert x.tolist() == [3.0, 2.0, 1.0, 1.0]
