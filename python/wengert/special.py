"""Special functions under SciPy's names: the same are reached through `scipy.special` where it has a ufunc.

Values are SciPy's to about 1e-13, derivatives of any order are those of the formulas. What is a primitive of the
core (erf, digamma, xlogy, ...) is within a few units in the last place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray
from wengert._core import Array
from wengert.errors import DomainError
from wengert.numpy import _reductions as reductions
from wengert.numpy._axes import Axis, floating, floats, known
from wengert.numpy._elementwise import _bessel_mean
from wengert.numpy._elementwise import i0 as i0

__all__ = [
    "beta",
    "betaln",
    "binom",
    "boxcox",
    "boxcox1p",
    "cbrt",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfinv",
    "exp2",
    "exp10",
    "expit",
    "expm1",
    "exprel",
    "gamma",
    "gammaln",
    "gammasgn",
    "huber",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "inv_boxcox",
    "inv_boxcox1p",
    "kl_div",
    "log1p",
    "log_expit",
    "log_ndtr",
    "log_softmax",
    "logaddexp",
    "loggamma",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "poch",
    "polygamma",
    "pseudo_huber",
    "psi",
    "rel_entr",
    "relu",
    "rgamma",
    "sinc",
    "softmax",
    "softplus",
    "xlog1py",
    "xlogy",
]

e = _core.elementwise
cbrt, digamma, erf, erfc, exp2, expm1 = e.cbrt, e.digamma, e.erf, e.erfc, e.exp2, e.expm1
expit, gammaln, log1p, logaddexp = e.sigmoid, e.lgamma, e.log1p, e.logaddexp
polygamma, psi, relu, sinc = e.polygamma, e.digamma, e.relu, e.sinc
softplus, xlog1py, xlogy = e.softplus, e.xlog1py, e.xlogy


def exp10(x: ArrayLike) -> Array:
    """10 to the power x."""
    a = floating(x)
    return e.power(asarray(10.0, a.dtype), a)


def logit(x: ArrayLike) -> Array:
    """log(x / (1 - x)), the inverse of expit."""
    a = floating(x)
    return e.log(a) - e.log1p(-a)


def log_expit(x: ArrayLike) -> Array:
    """Logarithm of expit, without underflow."""
    return -e.softplus(-floating(x))


# Sums of exponentials


def logsumexp(
    a: ArrayLike, axis: Axis = None, b: ArrayLike = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """Logarithm of the sum of (b times) exponentials along axes, without overflow.

    return_sign : gives the logarithm of the sum's size, and its sign; without it a negative sum is NaN
    """
    x = floating(a)
    if b is None and not return_sign:
        return reductions.logsumexp(x, axis, keepdims)
    weights = floating(1.0 if b is None else b)
    low, high = np.broadcast_arrays(known(x), known(weights))
    top = np.max(low, axis=axis, keepdims=True, where=high != 0, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0).astype(x.dtype)
    total = reductions.sum(weights * e.exp(x - top), axis, keepdims=True)
    sign = np.sign(known(total))
    y = e.log(e.absolute(total)) + top if return_sign else e.log(total) + top
    shape = reductions.sum(asarray(low), axis, keepdims=keepdims).shape
    y = _core.reshape(y, shape)
    return (y, asarray(sign.reshape(shape))) if return_sign else y


def log_softmax(x: ArrayLike, axis: Axis = None) -> Array:
    """Logarithm of softmax."""
    a = floating(x)
    return a - reductions.logsumexp(a, axis, True)


def softmax(x: ArrayLike, axis: Axis = None) -> Array:
    """Exponentials over their sum along axes."""
    return e.exp(log_softmax(x, axis))


# Gamma functions


def gammasgn(x: ArrayLike) -> Array:
    """Sign of the gamma function; a constant."""
    a = known(floating(x))
    below = np.where(np.floor(a) % 2, -1.0, 1.0)
    pole = (a <= 0) & (a == np.floor(a))
    sign = np.where(a > 0, 1.0, np.where(pole, np.where((a == 0), np.copysign(1.0, a), np.nan), below))
    return asarray(np.where(np.isnan(a), np.nan, sign).astype(a.dtype))


def gamma(x: ArrayLike) -> Array:
    """The gamma function."""
    a = floating(x)
    return gammasgn(a) * e.exp(e.lgamma(a))


def rgamma(x: ArrayLike) -> Array:
    """One over the gamma function, 0 at its poles."""
    a = floating(x)
    sign = gammasgn(a)
    return _core.select(e.isnan(sign), 1.0, sign) * e.exp(-e.lgamma(a))


def loggamma(x: ArrayLike) -> Array:
    """Logarithm of the gamma function of x > 0; NaN below."""
    a = floating(x)
    return _core.select(e.less(a, 0), np.nan, e.lgamma(a))


def multigammaln(a: ArrayLike, d: int) -> Array:
    """Logarithm of the gamma function of d variables, a > (d - 1) / 2."""
    x = floating(a)
    if np.any(known(x) <= (d - 1) / 2):
        raise DomainError(f"multigammaln: not above (d - 1) / 2: d is {d}, the smallest a is {np.min(known(x))}")
    shifts = asarray((1 - np.arange(1, d + 1)) / 2, x.dtype)
    each = e.lgamma(_core.reshape(x, (*x.shape, 1)) + shifts)
    return reductions.sum(each, -1) + d * (d - 1) / 4 * float(np.log(np.pi))


def betaln(a: ArrayLike, b: ArrayLike) -> Array:
    """Logarithm of the size of the beta function."""
    p, q = floats(a, b)
    return e.lgamma(p) + e.lgamma(q) - e.lgamma(p + q)


def beta(a: ArrayLike, b: ArrayLike) -> Array:
    """The beta function gamma(a) gamma(b) / gamma(a + b)."""
    p, q = floats(a, b)
    return gammasgn(p) * gammasgn(q) * gammasgn(p + q) * e.exp(betaln(p, q))


def binom(n: ArrayLike, k: ArrayLike) -> Array:
    """Binomial coefficient, of real numbers too."""
    p, q = floats(n, k)
    return 1.0 / ((p + 1.0) * beta(p - q + 1.0, q + 1.0))


def poch(z: ArrayLike, m: ArrayLike) -> Array:
    """gamma(z + m) / gamma(z), z > 0."""
    p, q = floats(z, m)
    return gammasgn(p) * gammasgn(p + q) * e.exp(e.lgamma(p + q) - e.lgamma(p))


# Entropies


def entr(x: ArrayLike) -> Array:
    """-x log(x), 0 at 0, minus infinity below."""
    a = floating(x)
    return _core.select(e.less(a, 0), -np.inf, -e.xlogy(a, a))


def rel_entr(x: ArrayLike, y: ArrayLike) -> Array:
    """x log(x / y), 0 at x = 0, infinite where x or y are below."""
    p, q = floats(x, y)
    inside = (known(p) > 0) & (known(q) > 0)
    zero = (known(p) == 0) & (known(q) >= 0)
    unknown = np.isnan(known(p)) | np.isnan(known(q))
    ratio = _core.select(inside, p, 1.0) / _core.select(inside, q, 1.0)
    outside = np.where(unknown, np.nan, np.where(zero, 0.0, np.inf))
    y_ = _core.select(inside, p * e.log(ratio), 0.0)
    return y_ + asarray(np.where(inside, 0.0, outside), y_.dtype)


def kl_div(x: ArrayLike, y: ArrayLike) -> Array:
    """x log(x / y) - x + y, infinite where x or y are below 0."""
    p, q = floats(x, y)
    base = rel_entr(p, q)
    return _core.select(e.isinf(known(base)), base, base - p + q)


# The normal distribution

_ROOT_HALF = float(np.sqrt(0.5))


def ndtr(x: ArrayLike) -> Array:
    """Probability that a standard normal number is below x."""
    return e.erfc(floating(x) * -_ROOT_HALF) * 0.5


def log_ndtr(x: ArrayLike) -> Array:
    """Logarithm of ndtr, without underflow."""
    a = floating(x)
    edge = -20.0 if a.dtype == np.float64 else -10.0  # below, erfc comes near to underflow and the series is exact
    far = e.less(a, edge)
    near = _core.select(far, edge, a)
    middle = e.log(e.erfc(near * -_ROOT_HALF) * 0.5)
    above = e.log1p(e.erfc(near * _ROOT_HALF) * -0.5)
    return _core.select(far, _log_tail(_core.select(far, a, edge)), _core.select(e.greater(near, 0), above, middle))


def _log_tail(x: Array) -> Array:
    """log ndtr(x), x far below 0, by its asymptotic series in 1 / x**2."""
    t = e.reciprocal(e.square(x))
    series = t * 0.0
    for k in range(15, 0, -2):
        series = -(t * (1.0 + series)) * float(k)
    return e.square(x) * -0.5 - e.log(-x) - 0.5 * float(np.log(2 * np.pi)) + e.log1p(series)


def erfinv(x: ArrayLike) -> Array:
    """Inverse of erf on (-1, 1)."""
    a = floating(x)
    center = e.less_equal(e.absolute(a), 0.5)
    above = _inverse_tail(_core.select(e.greater(a, 0.5), 1.0 - a, 0.5))
    below = _inverse_tail(_core.select(e.less(a, -0.5), 1.0 + a, 0.5))
    middle = _inverse_center(_core.select(center, a, 0.0))
    y = _core.select(center, middle, _core.select(e.greater(a, 0.5), above, _core.select(e.less(a, -0.5), -below, a)))
    return _core.select(e.greater(e.absolute(a), 1), np.nan, y)


def erfcinv(y: ArrayLike) -> Array:
    """Inverse of erfc on (0, 2)."""
    a = floating(y)
    center = e.less_equal(e.absolute(a - 1.0), 0.5)
    above = _inverse_tail(_core.select(e.less(a, 0.5), a, 0.5))
    below = _inverse_tail(_core.select(e.greater(a, 1.5), 2.0 - a, 0.5))
    middle = _inverse_center(_core.select(center, 1.0 - a, 0.0))
    x = _core.select(center, middle, _core.select(e.less(a, 0.5), above, _core.select(e.greater(a, 1.5), -below, a)))
    return _core.select(e.greater(e.absolute(a - 1.0), 1), np.nan, x)


def _inverse_center(x: Array) -> Array:
    """Inverse of erf on [-1/2, 1/2]: the first terms of its series, made exact by two steps of Halley's."""
    c = float(np.pi) / 12
    t = e.square(x)
    y = x * (0.5 * float(np.sqrt(np.pi))) * (1.0 + t * (c + t * (c * c * 2.1)))
    for _ in range(2):
        step = (e.erf(y) - x) * e.exp(e.square(y)) * (0.5 * float(np.sqrt(np.pi)))
        y = y - step / (1.0 + y * step)
    return y


def _inverse_tail(q: Array) -> Array:
    """Inverse of erfc on (0, 1/2]: Winitzki's closed form, made exact by Newton steps on log erfc. inf at 0."""
    zero = e.equal(q, 0)
    q = _core.select(zero, 0.25, q)
    log = e.log(q * (2.0 - q))
    b = log * 0.5 + 2.0 / (float(np.pi) * 0.147)
    y = e.sqrt(e.sqrt(e.square(b) - log / 0.147) - b)
    for _ in range(4):
        rest = e.erfc(y)
        y = y + (e.log(rest) - e.log(q)) * rest * e.exp(e.square(y)) * (0.5 * float(np.sqrt(np.pi)))
    return _core.select(zero, np.inf, y)


def ndtri(y: ArrayLike) -> Array:
    """The number that a standard normal one is below with probability y."""
    return erfcinv(floating(y) * 2.0) * -(2 * _ROOT_HALF)


# Bessel functions


def i0e(x: ArrayLike) -> Array:
    """exp(-|x|) i0(x)."""
    return _bessel_mean(floating(x), None)


def i1e(x: ArrayLike) -> Array:
    """exp(-|x|) i1(x)."""
    return _bessel_mean(floating(x), 1)


def i1(x: ArrayLike) -> Array:
    """Modified Bessel function of the first kind, order 1."""
    return e.exp(e.absolute(floating(x))) * i1e(x)


# Transforms and losses


def exprel(x: ArrayLike) -> Array:
    """(exp(x) - 1) / x, 1 at 0."""
    a = floating(x)
    small = np.abs(known(a)) < 1e-5
    safe = _core.select(small, 1.0, a)
    return _core.select(small, 1.0 + a * (0.5 + a * (1 / 6 + a / 24.0)), e.expm1(safe) / safe)


def boxcox(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """(x**lmbda - 1) / lmbda, log(x) at lmbda = 0."""
    a, power = floats(x, lmbda)
    log = e.log(a)
    return log * exprel(log * power)


def boxcox1p(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """boxcox of 1 + x."""
    a, power = floats(x, lmbda)
    log = e.log1p(a)
    return log * exprel(log * power)


def inv_boxcox(y: ArrayLike, lmbda: ArrayLike) -> Array:
    """The x with boxcox(x, lmbda) = y."""
    return e.exp(_log_inverse(y, lmbda))


def inv_boxcox1p(y: ArrayLike, lmbda: ArrayLike) -> Array:
    """The x with boxcox1p(x, lmbda) = y."""
    return e.expm1(_log_inverse(y, lmbda))


def _log_inverse(y: ArrayLike, lmbda: ArrayLike) -> Array:
    """log1p(lmbda y) / lmbda, y at lmbda = 0."""
    a, power = floats(y, lmbda)
    z = power * a
    small = np.abs(known(z)) < 1e-5
    safe = _core.select(small, 1.0, z)
    return a * _core.select(small, 1.0 - z * (0.5 - z * (1 / 3 - z / 4.0)), e.log1p(safe) / safe)


def huber(delta: ArrayLike, r: ArrayLike) -> Array:
    """r**2 / 2 where |r| is at most delta, and straight on from there."""
    d, a = floats(delta, r)
    size = e.absolute(a)
    y = _core.select(e.less_equal(size, d), e.square(a) * 0.5, d * (size - d * 0.5))
    return _core.select(e.less(d, 0), np.inf, y)


def pseudo_huber(delta: ArrayLike, r: ArrayLike) -> Array:
    """delta**2 (sqrt(1 + (r / delta)**2) - 1)."""
    d, a = floats(delta, r)
    t = e.square(a / d)
    return e.square(d) * (t / (e.sqrt(1.0 + t) + 1.0))
