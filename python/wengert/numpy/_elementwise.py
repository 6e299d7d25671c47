"""Elementwise functions that are made of primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError
from wengert.numpy._axes import floating, floats, known

__all__ = [
    "angle",
    "around",
    "conj",
    "conjugate",
    "deg2rad",
    "degrees",
    "divmod",
    "fabs",
    "fix",
    "float_power",
    "fmax",
    "fmin",
    "frexp",
    "heaviside",
    "imag",
    "iscomplex",
    "iscomplexobj",
    "isreal",
    "isrealobj",
    "ldexp",
    "logaddexp2",
    "modf",
    "nan_to_num",
    "rad2deg",
    "radians",
    "real",
    "real_if_close",
    "round",
]

e = _core.elementwise


def deg2rad(x: ArrayLike) -> Array:
    """Degrees as radians."""
    return floating(x) * (np.pi / 180)


def rad2deg(x: ArrayLike) -> Array:
    """Radians as degrees."""
    return floating(x) * (180 / np.pi)


radians, degrees = deg2rad, rad2deg


def angle(z: ArrayLike, deg: bool = False) -> Array:
    """Argument of real numbers: 0, and pi (or 180) of negative ones; a constant."""
    values = known(floating(z))
    return asarray(np.angle(values, deg).astype(values.dtype))


def real(x: ArrayLike) -> Array:
    """The real part: x itself."""
    return asarray(x)


def real_if_close(x: ArrayLike, tol: float = 100) -> Array:
    """x itself."""
    return asarray(x)


def imag(x: ArrayLike) -> Array:
    """The imaginary part: zeros."""
    return _core.full(asarray(x).shape, 0.0, asarray(x).dtype.name)


def conjugate(x: ArrayLike) -> Array:
    """The complex conjugate: x itself."""
    return asarray(x)


conj = conjugate


def isreal(x: ArrayLike) -> Array:
    """True everywhere."""
    return asarray(np.ones(asarray(x).shape, bool))


def iscomplex(x: ArrayLike) -> Array:
    """False everywhere."""
    return asarray(np.zeros(asarray(x).shape, bool))


def isrealobj(x: ArrayLike) -> bool:
    """Is the element type real? It is."""
    return asarray(x).dtype.kind != "c"


def iscomplexobj(x: ArrayLike) -> bool:
    """Is the element type complex? It is not."""
    return not isrealobj(x)


def fabs(x: ArrayLike) -> Array:
    """Distance from zero, as a float."""
    return e.absolute(floating(x))


def fix(x: ArrayLike) -> Array:
    """The nearest whole number towards zero."""
    return e.trunc(asarray(x))


def round(x: ArrayLike, decimals: int = 0) -> Array:
    """The nearest number with so many decimals, halves to even; slope 0."""
    a = asarray(x)
    if a.dtype.kind == "i":
        return asarray(np.round(known(a), decimals))
    if decimals == 0:
        return e.rint(a)
    power = 10.0 ** abs(decimals)
    return e.rint(a * power) / power if decimals > 0 else e.rint(a / power) * power


around = round


def heaviside(x1: ArrayLike, x2: ArrayLike) -> Array:
    """0 below zero, 1 above, x2 at zero; slope 0 by x1."""
    a, at_zero = floats(x1, x2)
    step = _core.select(e.greater(a, 0), 1.0, _core.select(e.equal(a, 0), at_zero, 0.0))
    return _core.select(e.isnan(a), np.nan, step)


def float_power(x1: ArrayLike, x2: ArrayLike) -> Array:
    """x1 to the power x2 in float64."""
    return e.power(asarray(x1, "float64"), asarray(x2, "float64"))


def fmax(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The larger of two, or the one that is no NaN; a tie shares the slope."""
    return _other_if_nan(e.maximum, x1, x2)


def fmin(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The smaller of two, or the one that is no NaN; a tie shares the slope."""
    return _other_if_nan(e.minimum, x1, x2)


def _other_if_nan(f: Any, x1: ArrayLike, x2: ArrayLike) -> Array:
    return _core.select(e.isnan(x1), x2, _core.select(e.isnan(x2), x1, f(x1, x2)))


def logaddexp2(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Logarithm to base 2 of 2**x1 + 2**x2."""
    log2 = float(np.log(2.0))
    a, b = floats(x1, x2)
    return e.logaddexp(a * log2, b * log2) / log2


def ldexp(x1: ArrayLike, x2: ArrayLike) -> Array:
    """x1 times 2 to the whole power x2."""
    a, power = floating(x1), known(x2)
    if power.dtype.kind not in "ib":
        raise DomainError(f"ldexp: the power is not whole: given {power.dtype}")
    half = power // 2  # in two steps: 2**power alone may leave the range
    return a * asarray(np.ldexp(1.0, half), a.dtype) * asarray(np.ldexp(1.0, power - half), a.dtype)


def frexp(x: ArrayLike) -> tuple[Array, Array]:
    """Mantissa in [0.5, 1) and whole power of two, a constant."""
    a = floating(x)
    power = np.frexp(known(a))[1]
    return _core.select(np.isfinite(known(a)), ldexp(a, -power), a), asarray(power)


def modf(x: ArrayLike) -> tuple[Array, Array]:
    """Fraction and whole part, both of the sign of x; slopes 1 and 0."""
    a = floating(x)
    whole = e.trunc(a)
    return _core.select(e.isinf(a), 0.0, a - whole), whole


def divmod(x1: ArrayLike, x2: ArrayLike) -> tuple[Array, Array]:
    """Whole quotient and rest."""
    return e.floor_divide(x1, x2), e.remainder(x1, x2)


def nan_to_num(
    x: ArrayLike, copy: bool = True, nan: ArrayLike = 0.0, posinf: ArrayLike = None, neginf: ArrayLike = None
) -> Array:
    """x with numbers for NaN and the infinities: 0 and the largest of the type unless told."""
    a = asarray(x)
    if a.dtype.kind != "f":
        return _core.reshape(a, a.shape)
    largest = float(np.finfo(a.dtype).max)
    y = _core.select(e.equal(a, np.inf), largest if posinf is None else posinf, a)
    y = _core.select(e.equal(a, -np.inf), -largest if neginf is None else neginf, y)
    return asarray(_core.select(e.isnan(a), nan, y), a.dtype)
