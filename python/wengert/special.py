"""Special functions under SciPy's names: the same are reached through `scipy.special` where it has a ufunc.

What is a primitive of the core is within a few units in the last place, its derivatives too; what is made of
primitives here is SciPy's to about 1e-13. The accuracy of each stands in docs/numpy.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray, stop_gradient
from wengert._core import Array
from wengert.errors import DomainError
from wengert.numpy import _reductions as reductions
from wengert.numpy._axes import Axis, floating, floats, known, of_reals
from wengert.numpy._lanes import one_lane_at_a_time

__all__ = [
    "beta",
    "betainc",
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
    "erfcx",
    "erfinv",
    "exp2",
    "exp10",
    "expit",
    "expm1",
    "exprel",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "gammasgn",
    "huber",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "inv_boxcox",
    "inv_boxcox1p",
    "j0",
    "j1",
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
    "y0",
    "y1",
    "zeta",
]

e = _core.elementwise
cbrt, exp2, expm1, log1p, logaddexp = e.cbrt, e.exp2, e.expm1, e.log1p, e.logaddexp
expit, exprel, logit, relu, sinc, softplus = e.sigmoid, e.exprel, e.logit, e.relu, e.sinc, e.softplus
erf, erfc, erfcinv, erfcx, erfinv = e.erf, e.erfc, e.erfcinv, e.erfcx, e.erfinv
log_ndtr, ndtr, ndtri = e.log_ndtr, e.ndtr, e.ndtri
beta, betaln, gamma, gammaln = e.beta, e.betaln, e.gamma, e.lgamma
digamma, polygamma, psi = e.digamma, e.polygamma, e.digamma
entr, kl_div, rel_entr, xlog1py, xlogy = e.entr, e.kl_div, e.rel_entr, e.xlog1py, e.xlogy
i0, i0e, i1, i1e = e.i0, e.i0e, e.i1, e.i1e
j0, j1, y0, y1 = e.j0, e.j1, e.y0, e.y1


def exp10(x: ArrayLike) -> Array:
    """10 to the power x."""
    a = floating(x)
    return e.power(asarray(10.0, a.dtype), a)


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
    if b is None and not return_sign:
        return reductions.logsumexp(floating(a), axis, keepdims)
    x, weights = of_reals("logsumexp", a), of_reals("logsumexp", 1.0 if b is None else b)
    return _signed_logsumexp(x, axis, weights, keepdims, return_sign)


@one_lane_at_a_time
def _signed_logsumexp(x: Array, axis: Axis, weights: Array, keepdims: bool, return_sign: bool) -> Any:
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
    a = stop_gradient(floating(x))
    floor, one = e.floor(a), asarray(1.0, a.dtype)
    below = _core.select(e.equal(e.remainder(floor, 2.0), 0), one, -one)
    below = _core.select(e.equal(a, floor), np.nan, below)
    sign = _core.select(e.greater(a, 0), one, _core.select(e.equal(a, 0), e.copysign(one, a), below))
    return _core.select(e.isnan(a), a, sign)


def rgamma(x: ArrayLike) -> Array:
    """One over the gamma function, 0 at its poles; below 1/2 by reflection, which is smooth there."""
    a = floating(x)
    below = e.less(a, 0.5)
    low, high = _core.select(below, a, 0.0), _core.select(below, 1.0, a)
    across = e.gamma(1.0 - low)
    far = e.isinf(across) & e.equal(low, e.floor(low)) & e.isfinite(low)  # 0 times infinity is 0 at the poles
    across = _core.select(far, float(np.finfo(a.dtype).max), across)
    return _core.select(below, low * e.sinc(low) * across, 1.0 / e.gamma(high))


def loggamma(x: ArrayLike) -> Array:
    """Logarithm of the gamma function of x > 0; NaN below."""
    a = floating(x)
    return _core.select(e.less(a, 0), np.nan, e.lgamma(a))


@one_lane_at_a_time
def multigammaln(a: ArrayLike, d: int) -> Array:
    """Logarithm of the gamma function of d variables, a > (d - 1) / 2."""
    x = floating(a)
    if np.any(known(x) <= (d - 1) / 2):
        raise DomainError(f"multigammaln: not above (d - 1) / 2: d is {d}, the smallest a is {np.min(known(x))}", 405)
    shifts = asarray((1 - np.arange(1, d + 1)) / 2, x.dtype)
    each = e.lgamma(_core.reshape(x, (*x.shape, 1)) + shifts)
    return reductions.sum(each, -1) + d * (d - 1) / 4 * float(np.log(np.pi))


def binom(n: ArrayLike, k: ArrayLike) -> Array:
    """Binomial coefficient, of real numbers too."""
    p, q = floats(n, k)
    return 1.0 / ((p + 1.0) * e.beta(p - q + 1.0, q + 1.0))


def poch(z: ArrayLike, m: ArrayLike) -> Array:
    """gamma(z + m) / gamma(z), z > 0."""
    p, q = floats(z, m)
    near = e.greater(p, 0) & e.greater(p + q, 0) & e.less(e.absolute(q), 100)
    far = gammasgn(p) * gammasgn(p + q) * e.exp(e.lgamma(p + q) - e.lgamma(p))
    # Near one another the logarithms would cancel.
    steps = _core.select(near, _core.select(e.less(q, 0), -q, q), 1.0)
    base = _core.select(near, _core.select(e.less(q, 0), p + q, p), 1.0)
    up = e.gamma(steps + 1.0) * e.exp(-e.betaln(base, steps + 1.0)) / (base + steps)
    return _core.select(near, _core.select(e.less(q, 0), 1.0 / up, up), far)


# Functions with derivatives by their parameters too


def gammainc(a: ArrayLike, x: ArrayLike) -> Array:
    """Regularised lower incomplete gamma function, a >= 0, x >= 0; differentiable in both, up to order 4 in all."""
    return _core.family("gammainc", list(floats(a, x)))


def gammaincc(a: ArrayLike, x: ArrayLike) -> Array:
    """One minus gammainc, exact where that is near one."""
    return _core.family("gammaincc", list(floats(a, x)))


def betainc(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Array:
    """Regularised incomplete beta function, 0 <= x <= 1; differentiable in a, b and x, up to order 4 in all."""
    return _core.family("betainc", list(floats(a, b, x)))


def zeta(x: ArrayLike, q: ArrayLike = None) -> Array:
    """Hurwitz's zeta function, sum of (q + k)**-x over k >= 0; Riemann's, of any x, where q is not given.

    Differentiable in x and q, up to order 4 in all.
    """
    if q is None:
        return _riemann(floating(x))
    s, shift = floats(x, q)
    return _core.select(e.less(s, 1), np.nan, _core.family("zeta", [_core.select(e.less(s, 1), 2.0, s), shift]))


def _riemann(s: Array) -> Array:
    """Riemann's zeta function; far below 0 by its functional equation, DLMF 25.4.1."""
    below = e.less(s, -1)
    far, near = _core.select(below, s, -1.0), _core.select(below, 2.0, s)
    one = asarray(1.0, s.dtype)
    mirrored = e.power(asarray(2 * np.pi, s.dtype), far) * (far * 0.5) * e.sinc(far * 0.5)
    mirrored = mirrored * e.gamma(1.0 - far) * _core.family("zeta", [1.0 - far, one])
    return _core.select(below, mirrored, _core.family("zeta", [near, one]))


# Transforms and losses


def boxcox(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """(x**lmbda - 1) / lmbda, log(x) at lmbda = 0."""
    a, power = floats(x, lmbda)
    return _boxcox(a, e.log(a), power)


def boxcox1p(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """boxcox of 1 + x."""
    a, power = floats(x, lmbda)
    return _boxcox(1.0 + a, e.log1p(a), power)


def _boxcox(a: Array, log: Array, power: Array) -> Array:
    """(a**power - 1) / power; without cancellation by the logarithm of a, which has no finite one at 0."""
    zero = e.equal(a, 0) & e.not_equal(power, 0)
    safe, inner = _core.select(zero, power, 1.0), _core.select(zero, 0.0, log)
    return _core.select(zero, (e.power(_core.select(zero, a, 1.0), safe) - 1.0) / safe, inner * e.exprel(inner * power))


def inv_boxcox(y: ArrayLike, lmbda: ArrayLike) -> Array:
    """The x with boxcox(x, lmbda) = y."""
    return e.exp(_log_inverse(y, lmbda))


def inv_boxcox1p(y: ArrayLike, lmbda: ArrayLike) -> Array:
    """The x with boxcox1p(x, lmbda) = y."""
    return e.expm1(_log_inverse(y, lmbda))


def _log_inverse(y: ArrayLike, lmbda: ArrayLike) -> Array:
    """log1p(lmbda y) / lmbda, y at lmbda = 0."""
    a, power = floats(y, lmbda)
    return a * e.log1p_moment(0.0, power * a)


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
