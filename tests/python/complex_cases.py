"""Complex elementwise functions: what each is exactly, and where it is sampled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from mpmath import mp, mpc, mpf

Vector = npt.NDArray[Any]

EXACT: dict[str, Callable[..., Any]] = {
    "negative": lambda z: -z,
    "positive": lambda z: z,
    "square": lambda z: z * z,
    "reciprocal": lambda z: 1 / z,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "scale": lambda a, b: a * b,
    "scale_both": lambda a, b: a * b,
    "power": lambda a, b: mp.exp(b * mp.log(a)),
    "integer_power": lambda a, b: a ** int(b.real),
    "sqrt": mp.sqrt,
    "exp": mp.exp,
    "exp2": lambda z: mp.exp(z * mp.log(2)),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda z: mp.log(z) / mp.log(2),
    "log10": lambda z: mp.log(z) / mp.log(10),
    "log1p": lambda z: mp.log(1 + z),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "arcsinh": mp.asinh,
    "arccosh": mp.acosh,
    "arctanh": mp.atanh,
    "sinc": mp.sincpi,
    "sinc_derivative": lambda n, z: mp.diff(mp.sincpi, z, int(n.real)),
}
# Steps, orders and questions: what NumPy says is what they are.
COMPARED = {
    "rint", "maximum", "minimum", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal",
    "logical_and", "logical_or", "logical_xor", "logical_not", "isfinite", "isnan", "isinf",
}  # fmt: skip
WHOLE = {"integer_power": 1, "sinc_derivative": 0}  # the place of an operand that is a whole number


def points(n: int, seed: int = 0, scale: float = 2.0) -> Vector:
    """Complex numbers all round zero, away from it and from the branch cuts by chance alone."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.05, scale, n) * np.exp(1j * rng.uniform(-np.pi, np.pi, n))


def operands(name: str, arity: int, n: int, seed: int = 0) -> list[Vector]:
    """Where a function is sampled."""
    z = [points(n, seed + k) for k in range(arity)]
    if name in WHOLE:
        z[WHOLE[name]] = np.random.default_rng(seed).integers(1, 5, n) + 0j
    return z


def exactly(name: str, *operands: complex) -> complex:
    """The exact value, rounded once."""
    with mp.workprec(160):
        y = EXACT[name](*(mpc(mpf(float(z.real)), mpf(float(z.imag))) for z in operands))
        return complex(y)
