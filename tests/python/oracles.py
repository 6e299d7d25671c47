"""What every elementwise primitive must be: exactly (mpmath), and by convention where no real value is.

`exact` takes and returns mpmath reals at the working precision; it may raise, or leave the reals, where the
function has no finite value. `numpy` is the convention there (NumPy's, SciPy's or C99's), and the reference
for shapes and dtypes. A new primitive brings one line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp, mpf
from scipy import special

import special_oracles as so

Function = Callable[..., Any]
PRECISION = 160  # bits, three times those of float64: more than any cancellation in this file loses


@dataclass(frozen=True)
class Oracle:
    """Reference of one elementwise primitive."""

    exact: Function | None
    numpy: Function
    is_numpy: bool = True  # NumPy has the function, so its dtypes and shapes are binding
    signed_zero: bool = True  # the sign of a zero result is fixed
    zero_has_side: bool = False  # the value at a zero operand depends on the sign of that zero
    whole: int | None = None  # the place of an operand that is a whole number, and not differentiated


def real_cbrt(x: mpf) -> mpf:
    return mp.sign(x) * mp.cbrt(abs(x))


def real_power(a: mpf, b: mpf) -> mpf:
    return mpf(1) if b == 0 else mp.power(a, b)


def log_of_sum(a: mpf, b: mpf) -> mpf:
    return max(a, b) + mp.log1p(mp.exp(-abs(a - b)))


def product_or_zero(a: mpf, logarithm: Function) -> mpf:
    return mpf(0) if a == 0 else a * logarithm()


def quotient_rounded(a: mpf, b: mpf, rounded: Function) -> mpf:
    """round(a / b) with the bits that the quotient of the largest and the smallest float needs."""
    with mp.workprec(4400):
        return rounded(a / b)


def rest(a: mpf, b: mpf, rounded: Function) -> mpf:
    with mp.workprec(4400):
        return a - b * rounded(a / b)


def towards_zero(x: mpf) -> mpf:
    return mp.floor(x) if x > 0 else mp.ceil(x)


def sinc_derivative(n: mpf, x: mpf) -> mpf:
    return mp.diff(mp.sincpi, x, int(n))


def sinc_derivative_convention(n: Any, x: Any) -> Any:
    """Zero for odd orders at zero, and for none at infinity; elsewhere the exact value decides."""
    return np.where(np.isfinite(x), 0.0, np.nan)


def log_abs_gamma(x: mpf) -> mpf:
    return mp.loggamma(x) if x > 0 else mp.log(abs(mp.gamma(x)))


def sinc_convention(x: Any) -> Any:
    """NumPy's, but exactly zero at the whole numbers, however large."""
    return np.where(np.isfinite(x) & np.equal(x, np.rint(x)), np.equal(x, 0), np.sinc(x))


def tabulated(values: dict[float, float], inside: Function) -> Function:
    """`inside` where it is defined; the listed value at the listed special points; nan stays nan."""

    def one(x: float) -> float:
        if np.isnan(x):
            return np.nan
        return values.get(float(x)) if float(x) in values else float(inside(float(x)))

    return np.vectorize(one, otypes=[np.float64])


def xlogy_like(logarithm: Function) -> Function:
    def of(x: Any, y: Any) -> Any:
        x, y = np.broadcast_arrays(x, y)
        return np.where((x == 0) & ~np.isnan(y), 0.0, x * logarithm(y))

    return of


def digamma_convention(x: Any) -> Any:
    """Poles are nan, but for zero, where the side is known by its sign (SciPy's convention)."""
    x = np.asarray(x)
    return np.where(x == 0, -np.copysign(np.inf, x), np.where(x == np.inf, np.inf, np.nan))


def as_scipy(name: str, limit: Function | None = None) -> Function:
    """SciPy's function as a convention: for what it gives at its edges, not for its digits.

    `limit` gives (where, value) of limits that exist and SciPy leaves out.
    """

    def of(*x: Any) -> Any:
        x = tuple(np.asarray(a, np.float64) for a in x)
        y = getattr(special, name)(*x)
        return np.where(*limit(*x), y) if limit else y

    return of


def vanishing(x: Any) -> Any:
    """Oscillations die out."""
    return np.isinf(x), 0.0


def vanishing_above(x: Any) -> Any:
    return x == np.inf, 0.0


def growing(x: Any) -> Any:
    return np.isinf(x), x


def grown(x: Any) -> Any:
    return np.isinf(x), np.inf


def kl_div_apart(a: Any, b: Any) -> Any:
    """Infinitely far from one another, as one alone is infinite."""
    return (a > 0) & (b > 0) & (np.isinf(a) != np.isinf(b)), np.inf


def beta_limits(at_infinity: float) -> Function:
    """NaN of a NaN, and at minus infinity, where poles lie as near as you like; beside a positive number the limit."""

    def limit(a: Any, b: Any) -> Any:
        none = np.isnan(a) | np.isnan(b) | (np.minimum(a, b) == -np.inf)
        far = (np.minimum(a, b) > 0) & (np.maximum(a, b) == np.inf)
        return none | far, np.where(none, np.nan, at_infinity)

    return limit


def nowhere(n: Any, x: Any) -> Any:
    """No convention: NaN wherever there is no exact value."""
    return np.full(np.shape(x), np.nan)


def digamma_difference_convention(a: Any, b: Any) -> Any:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return special.psi(a) - special.psi(a + b)


def only_numpy(name: str) -> Oracle:
    return Oracle(None, getattr(np, name))


def unlike_numpy(exact: Function | None, convention: Function, **more: Any) -> Oracle:
    return Oracle(exact, convention, is_numpy=False, **more)


def with_numpy(name: str, exact: Function, **more: Any) -> Oracle:
    return Oracle(exact, getattr(np, name), **more)


ARITHMETIC = {
    "add": with_numpy("add", lambda a, b: a + b),
    "subtract": with_numpy("subtract", lambda a, b: a - b),
    "multiply": with_numpy("multiply", lambda a, b: a * b),
    "divide": with_numpy("divide", lambda a, b: a / b),
    "floor_divide": with_numpy("floor_divide", lambda a, b: quotient_rounded(a, b, mp.floor)),
    "remainder": with_numpy("remainder", lambda a, b: rest(a, b, mp.floor)),
    "fmod": with_numpy("fmod", lambda a, b: rest(a, b, towards_zero)),
    "power": with_numpy("power", real_power),
    "integer_power": unlike_numpy(real_power, np.power, whole=1),
    "negative": with_numpy("negative", lambda x: -x),
    "positive": with_numpy("positive", lambda x: x),
    "square": with_numpy("square", lambda x: x * x),
    "sqrt": with_numpy("sqrt", mp.sqrt),
    "cbrt": with_numpy("cbrt", real_cbrt),
    "reciprocal": with_numpy("reciprocal", lambda x: 1 / x),
    "absolute": with_numpy("absolute", abs),
    "sign": with_numpy("sign", mp.sign),
    "hypot": with_numpy("hypot", lambda a, b: mp.sqrt(a * a + b * b)),
    "copysign": with_numpy("copysign", lambda a, b: abs(a) * mp.sign(b)),
    "maximum": with_numpy("maximum", max, signed_zero=False),
    "minimum": with_numpy("minimum", min, signed_zero=False),
    "floor": with_numpy("floor", mp.floor),
    "ceil": with_numpy("ceil", mp.ceil),
    "rint": with_numpy("rint", mp.nint),
    "trunc": with_numpy("trunc", towards_zero),
    "scale": unlike_numpy(
        lambda a, b: a * b,
        lambda a, b: np.where(np.equal(a, 0) | (np.equal(b, 0) & ~np.isnan(a)), 0.0, a * b),
        signed_zero=False,
    ),
    "scale_both": unlike_numpy(
        lambda a, b: a * b,
        lambda a, b: np.where(np.equal(a, 0) | np.equal(b, 0), 0.0, a * b),
        signed_zero=False,
    ),
}

EXPONENTIAL = {
    "exp": with_numpy("exp", mp.exp),
    "exp2": with_numpy("exp2", lambda x: mp.power(2, x)),
    "expm1": with_numpy("expm1", mp.expm1),
    "log": with_numpy("log", mp.log),
    "log2": with_numpy("log2", lambda x: mp.log(x) / mp.log(2)),
    "log10": with_numpy("log10", lambda x: mp.log(x) / mp.log(10)),
    "log1p": with_numpy("log1p", mp.log1p),
    "logaddexp": with_numpy("logaddexp", log_of_sum),
    "sigmoid": unlike_numpy(
        lambda x: 1 / (1 + mp.exp(-x)), tabulated({np.inf: 1.0, -np.inf: 0.0}, lambda x: 1 / (1 + np.exp(-x)))
    ),
    "softplus": unlike_numpy(
        lambda x: log_of_sum(x, mpf(0)), lambda x: np.logaddexp(x, np.zeros_like(x)), signed_zero=False
    ),
    "relu": unlike_numpy(lambda x: max(x, mpf(0)), lambda x: np.maximum(x, np.zeros_like(x)), signed_zero=False),
    "xlogy": unlike_numpy(lambda a, b: product_or_zero(a, lambda: mp.log(b)), xlogy_like(np.log), signed_zero=False),
    "xlog1py": unlike_numpy(
        lambda a, b: product_or_zero(a, lambda: mp.log1p(b)), xlogy_like(np.log1p), signed_zero=False
    ),
}

CIRCULAR = {
    "sin": with_numpy("sin", mp.sin),
    "cos": with_numpy("cos", mp.cos),
    "tan": with_numpy("tan", mp.tan),
    "arcsin": with_numpy("arcsin", mp.asin),
    "arccos": with_numpy("arccos", mp.acos),
    "arctan": with_numpy("arctan", mp.atan),
    "arctan2": with_numpy("arctan2", mp.atan2, zero_has_side=True),
    "sinh": with_numpy("sinh", mp.sinh),
    "cosh": with_numpy("cosh", mp.cosh),
    "tanh": with_numpy("tanh", mp.tanh),
    "arcsinh": with_numpy("arcsinh", mp.asinh),
    "arccosh": with_numpy("arccosh", mp.acosh),
    "arctanh": with_numpy("arctanh", mp.atanh),
    "sinc": Oracle(mp.sincpi, sinc_convention, signed_zero=False),
}

SPECIAL = {
    "erf": unlike_numpy(mp.erf, lambda x: np.where(np.isfinite(x), x, np.sign(x))),
    "erfc": unlike_numpy(so.erfc, tabulated({np.inf: 0.0, -np.inf: 2.0}, so.erfc)),
    "exp_square": unlike_numpy(
        lambda a, x: mp.exp(a * x * x), lambda a, x: np.where((a == 0) & ~np.isnan(x), 1.0, np.exp(a * (x * x)))
    ),
    "erfcx": unlike_numpy(so.erfcx, as_scipy("erfcx")),
    "erfcx_moment": unlike_numpy(so.erfcx_moment, nowhere, whole=0),
    "erfinv": unlike_numpy(so.erfinv, as_scipy("erfinv"), signed_zero=False),
    "erfcinv": unlike_numpy(so.erfcinv, as_scipy("erfcinv"), signed_zero=False),
    "ndtr": unlike_numpy(so.ndtr, as_scipy("ndtr")),
    "log_ndtr": unlike_numpy(so.log_ndtr, as_scipy("log_ndtr"), signed_zero=False),
    "ndtri": unlike_numpy(so.ndtri, as_scipy("ndtri"), signed_zero=False),
    "gamma": unlike_numpy(so.gamma, as_scipy("gamma")),
    "lgamma": unlike_numpy(log_abs_gamma, tabulated({1.0: 0.0, 2.0: 0.0}, lambda x: np.inf)),
    "polygamma": unlike_numpy(so.polygamma, nowhere, whole=0),
    "digamma": unlike_numpy(mp.digamma, digamma_convention),
    "digamma_difference": unlike_numpy(so.digamma_difference, digamma_difference_convention),
    "betaln": unlike_numpy(so.betaln, as_scipy("betaln", beta_limits(-np.inf)), signed_zero=False),
    "beta": unlike_numpy(so.beta, as_scipy("beta", beta_limits(0.0)), signed_zero=False),
    "sinc_derivative": unlike_numpy(sinc_derivative, sinc_derivative_convention, whole=0, signed_zero=False),
    "logit": unlike_numpy(so.logit, as_scipy("logit"), signed_zero=False),
    "exprel": unlike_numpy(lambda x: so.exprel_moment(mpf(0), x), as_scipy("exprel")),
    "exprel_moment": unlike_numpy(so.exprel_moment, nowhere, whole=0),
    "log1p_moment": unlike_numpy(so.log1p_moment, nowhere, whole=0),
    "entr": unlike_numpy(so.entr, as_scipy("entr"), signed_zero=False),
    "log_ratio": unlike_numpy(so.log_ratio, lambda a, b: np.log(a) - np.log(b), signed_zero=False),
    "rel_entr": unlike_numpy(so.rel_entr, as_scipy("rel_entr"), signed_zero=False),
    "kl_div": unlike_numpy(so.kl_div, as_scipy("kl_div", kl_div_apart), signed_zero=False),
}

BESSEL = {
    "j0": unlike_numpy(mp.j0, as_scipy("j0", vanishing), signed_zero=False),
    "j1": unlike_numpy(mp.j1, as_scipy("j1", vanishing), signed_zero=False),
    "bessel_j": unlike_numpy(so.bessel(mp.besselj), nowhere, whole=0, signed_zero=False),
    "y0": unlike_numpy(lambda x: so.bessel_y(mpf(0), x), as_scipy("y0", vanishing_above), signed_zero=False),
    "y1": unlike_numpy(lambda x: so.bessel_y(mpf(1), x), as_scipy("y1", vanishing_above), signed_zero=False),
    "bessel_y": unlike_numpy(so.bessel_y, nowhere, whole=0),
    "i0": unlike_numpy(lambda x: so.bessel_i(mpf(0), x), as_scipy("i0", grown)),
    "i1": unlike_numpy(lambda x: so.bessel_i(mpf(1), x), as_scipy("i1", growing), signed_zero=False),
    "bessel_i": unlike_numpy(so.bessel_i, nowhere, whole=0, signed_zero=False),
    "i0e": unlike_numpy(lambda x: so.scaled_bessel_i(0, x), as_scipy("i0e")),
    "i1e": unlike_numpy(lambda x: so.scaled_bessel_i(1, x), as_scipy("i1e"), signed_zero=False),
    "i0e_moment": unlike_numpy(so.i0e_moment, nowhere, whole=0),
}

LOGICAL = {
    name: only_numpy(name)
    for name in (
        "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or",
        "logical_xor", "logical_not", "isfinite", "isnan", "isinf",
    )
}  # fmt: skip

ORACLES: dict[str, Oracle] = ARITHMETIC | EXPONENTIAL | CIRCULAR | SPECIAL | BESSEL | LOGICAL

SLOW = frozenset(BESSEL) | {
    "beta", "betaln", "digamma_difference", "erfcinv", "erfcx_moment", "erfinv", "exprel_moment", "log1p_moment",
    "log_ndtr", "ndtri", "polygamma",
}  # fmt: skip


def points(name: str) -> int:
    """How many random points a test takes: fewer where mpmath needs a millisecond each."""
    return 80 if name in SLOW else 300


def with_whole_operands(name: str, operands: Sequence[Any]) -> list[Any]:
    """The operands, those that must be whole rounded to small whole numbers of the same dtype."""
    place = ORACLES[name].whole
    nearby = [np.nan_to_num(np.clip(np.rint(x), -30, 30)) for x in operands]
    return [nearby[k] if k == place else x for k, x in enumerate(operands)]


def exactly(oracle: Oracle, operands: Sequence[float]) -> mpf | None:
    """The exact real value at these floats; None at a pole, on a branch, at infinity, and where it is
    zero: its sign only the convention knows."""
    if oracle.exact is None or not np.all(np.isfinite(operands)) or (oracle.zero_has_side and 0 in operands):
        return None
    with mp.workprec(PRECISION):
        try:
            value = oracle.exact(*(mpf(float(x)) for x in operands))
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        real = not isinstance(value, mp.mpc) and mp.isfinite(value) and value != 0
        return mpf(value) if real else None


def slope(oracle: Oracle, point: Sequence[float], direction: Sequence[float], order: int = 1) -> float:
    """The exact derivative of this order along a direction."""
    with mp.workprec(PRECISION):

        def along(t: mpf) -> mpf:
            assert oracle.exact is not None
            return oracle.exact(*(mpf(float(x)) + t * mpf(float(v)) for x, v in zip(point, direction, strict=True)))

        return float(mp.diff(along, mpf(0), order))
