"""Elementwise functions that are made of primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError
from wengert.numpy._axes import floating, floats, known, of_reals

__all__ = [
    "angle",
    "around",
    "complex_of",
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
    return of_reals("deg2rad", x) * (np.pi / 180)


def rad2deg(x: ArrayLike) -> Array:
    """Radians as degrees."""
    return of_reals("rad2deg", x) * (180 / np.pi)


radians, degrees = deg2rad, rad2deg


def complex_of(real: ArrayLike, imag: ArrayLike) -> Array:
    """real + i imag, of real arrays that broadcast: complex64 where both are float32.

    real, imag : real arrays or numbers, in one unit
    returns    : Array of the broadcast shape
    raises     : DTypeError for complex parts; ShapeError if they do not broadcast
    cost       : one pass over the elements
    source     : C++'s std::complex: linear in both parts

    >>> complex_of(1.0, [0.0, 2.0])
    Array([1.+0.j, 1.+2.j], dtype=complex128)
    """
    return _core.complex_of(asarray(real), asarray(imag))


def angle(z: ArrayLike, deg: bool = False) -> Array:
    """Angle of complex numbers in (-pi, pi]; a constant, 0 or pi, for real ones."""
    a = floating(z)
    if a.dtype.kind == "c":
        y = e.arctan2(_core.imag(a), _core.real(a))
        return y * (180 / np.pi) if deg else y
    values = known(a)
    return asarray(np.angle(values, deg).astype(values.dtype))


def real(val: ArrayLike) -> Array:
    """The real part; x itself where it is real."""
    return _core.real(asarray(val))


def imag(val: ArrayLike) -> Array:
    """The imaginary part; zeros where x is real."""
    return _core.imag(asarray(val))


def real_if_close(a: ArrayLike, tol: float = 100) -> Array:
    """The real part where all imaginary ones are below tol (of the type's precision, if tol > 1), else a itself."""
    z = asarray(a)
    if z.dtype.kind != "c":
        return z
    limit = tol * np.finfo(z.dtype).eps if tol > 1 else tol
    return real(z) if np.all(np.abs(known(imag(z))) < limit) else z


def conjugate(x: ArrayLike) -> Array:
    """The complex conjugate; x itself where it is real, truth values as int8.

    Its derivative is conjugated too: the function is not holomorphic, but linear in the two parts.
    """
    a = asarray(x)
    return _core.conjugate(asarray(a, "int8") if a.dtype.kind == "b" else a)


conj = conjugate


def isreal(x: ArrayLike) -> Array:
    """Is the imaginary part zero?"""
    return e.equal(_core.imag(asarray(x)), 0)


def iscomplex(x: ArrayLike) -> Array:
    """Is the imaginary part not zero?"""
    return e.not_equal(_core.imag(asarray(x)), 0)


def isrealobj(x: ArrayLike) -> bool:
    """Is the element type real?"""
    return asarray(x).dtype.kind != "c"


def iscomplexobj(x: ArrayLike) -> bool:
    """Is the element type complex?"""
    return not isrealobj(x)


def fabs(x: ArrayLike) -> Array:
    """Distance from zero, as a float."""
    return e.absolute(of_reals("fabs", x))


def fix(x: ArrayLike) -> Array:
    """The nearest whole number towards zero."""
    return e.trunc(asarray(x))


def round(x: ArrayLike, decimals: int = 0) -> Array:
    """The nearest number with so many decimals, halves to even; slope 0."""
    a = asarray(x)
    if a.dtype.kind in "iu":
        return asarray(np.round(known(a), decimals))
    if decimals == 0:
        return e.rint(a)
    power = 10.0 ** abs(decimals)
    return e.rint(a * power) / power if decimals > 0 else e.rint(a / power) * power


around = round


def heaviside(x1: ArrayLike, x2: ArrayLike) -> Array:
    """0 below zero, 1 above, x2 at zero; slope 0 by x1."""
    of_reals("heaviside", x1)
    a, at_zero = floats(x1, x2)
    step = _core.select(e.greater(a, 0), 1.0, _core.select(e.equal(a, 0), at_zero, 0.0))
    return _core.select(e.isnan(a), np.nan, step)


def float_power(x1: ArrayLike, x2: ArrayLike) -> Array:
    """x1 to the power x2 in float64 or complex128."""
    a, b = floats(x1, x2)
    wide = "complex128" if "c" in (a.dtype.kind, b.dtype.kind) else "float64"
    return e.power(asarray(a, wide), asarray(b, wide))


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
    a, power = of_reals("ldexp", x1), known(x2)
    if power.dtype.kind not in "iub":
        raise DomainError(f"ldexp: the power is not whole: given {power.dtype}", 405)
    half = power // 2  # in two steps: 2**power alone may leave the range
    return a * asarray(np.ldexp(1.0, half), a.dtype) * asarray(np.ldexp(1.0, power - half), a.dtype)


def frexp(x: ArrayLike) -> tuple[Array, Array]:
    """Mantissa in [0.5, 1) and whole power of two, a constant."""
    a = of_reals("frexp", x)
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
    if a.dtype.kind == "c":
        return complex_of(*(nan_to_num(part, copy, nan, posinf, neginf) for part in (real(a), imag(a))))
    if a.dtype.kind != "f":
        return _core.reshape(a, a.shape)
    largest = float(np.finfo(a.dtype).max)
    y = _core.select(e.equal(a, np.inf), largest if posinf is None else posinf, a)
    y = _core.select(e.equal(a, -np.inf), -largest if neginf is None else neginf, y)
    return asarray(_core.select(e.isnan(a), nan, y), a.dtype)
