"""The measures that the tests share: ulp, bits, and derivatives by any word of modes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mpmath import mp, mpf

import wengert as wg
import wengert.numpy as wnp

Function = Callable[..., Any]
MODES = ("forward", "reverse")


def ulp_errors(values: npt.NDArray[np.floating], exact: Iterable[mpf]) -> list[float]:
    """Distance of each value from the exact real, in units in the last place of the exact one."""
    return [one_ulp_error(value, real) for value, real in zip(values.ravel(), exact, strict=True)]


def magnitude(real: mpf) -> float:
    """|real| as a float, whatever its exponent."""
    exponent = mp.mag(real)
    return abs(float(real)) if -1080 < exponent < 1030 else (0.0 if exponent < 0 else float("inf"))


def one_ulp_error(value: np.floating, real: mpf) -> float:
    limits = np.finfo(value.dtype)
    rounded = magnitude(real)
    if rounded >= float(limits.max) * (1 + float(limits.eps) / 4) and np.isinf(value):
        return 0.0 if (value > 0) == (real > 0) else float("inf")
    if not np.isfinite(value):
        return float("inf")
    below = np.nextafter(limits.max, value.dtype.type(0))
    unit = np.spacing(value.dtype.type(min(rounded, float(below))))
    with mp.workprec(200):
        return float(abs(mpf(float(value)) - real) / mpf(float(unit)))


def same_values(a: Any, b: Any, signed_zero: bool = True) -> bool:
    """Equal dtype, shape and elements; nan equals nan; a zero's sign counts unless told otherwise."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
        return False
    known = ~np.isnan(a) if a.dtype.kind == "f" else np.ones(a.shape, bool)
    return not signed_zero or a.dtype.kind != "f" or bool(np.all((np.signbit(a) == np.signbit(b))[known]))


def assert_close(got: Any, expected: Any, rtol: float, what: str = "") -> None:
    """Close relative to the largest expected element, nan equal to nan."""
    expected = np.asarray(expected)
    finite = np.abs(expected[np.isfinite(expected)]) if expected.dtype != bool else np.ones(1)
    atol = rtol * max(1.0, float(finite.max())) if finite.size else rtol
    np.testing.assert_allclose(np.asarray(got), expected, rtol=rtol, atol=atol, err_msg=what)


def inner(a: Any, b: Any) -> Any:
    """Sum of products over a pair of arrays, or over two tuples of them."""
    if isinstance(a, tuple):
        return sum(inner(one, other) for one, other in zip(a, b, strict=True))
    return wnp.sum(wnp.multiply(a, b))


def forward(f: Function, direction: Sequence[Any]) -> Function:
    return lambda *x: wg.jvp(f, x, tuple(direction))[1]


def reverse(f: Function, direction: Sequence[Any]) -> Function:
    """Derivative along a direction of a scalar f by one reverse sweep."""

    def derivative(*x: Any) -> Any:
        return inner(wg.grad(f, argnums=tuple(range(len(x))))(*x), tuple(direction))

    return derivative


def reverse_elementwise(f: Function, direction: Sequence[Any]) -> Function:
    """The same for an f that works element by element: its Jacobian is diagonal, one sweep has it all."""

    def derivative(*x: Any) -> Any:
        y, pull = wg.vjp(f, *x)
        adjoints = pull(wnp.ones_like(y))
        return sum(a * v for a, v in zip(adjoints, direction, strict=True))

    return derivative


def derived(word: Iterable[str], f: Function, direction: Sequence[Any], elementwise: bool = False) -> Function:
    """f derived once along the direction for each mode of the word, the first one innermost."""
    step = {"forward": forward, "reverse": reverse_elementwise if elementwise else reverse}
    for mode in word:
        f = step[mode](f, direction)
    return f


def five_point(f: Callable[[float], Any], h: float = 1e-3) -> Any:
    """Derivative of f at 0 by a five-point difference, error h**4 f'''''/30."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def moved(x: Sequence[Any], direction: Sequence[Any], t: float) -> tuple[Any, ...]:
    return tuple(a + t * v for a, v in zip(x, direction, strict=True))
