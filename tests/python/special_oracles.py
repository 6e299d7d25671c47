"""The special functions of the table, exactly: what oracles.py takes for them. Functions of mpmath's where it has them.

Far out, where a value is beyond any float, a number of the right sign and size is given at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.special
from mpmath import mp, mpf

HUGE = mpf(2) ** 5000


def positive(*operands: mpf) -> None:
    """Raises outside of the range where a logarithm is real."""
    if any(x <= 0 for x in operands):
        raise ValueError


# The error function


def erfc(x: mpf) -> mpf:
    """mpmath gives up beyond 1e4, where any positive number below the smallest float will do."""
    return mp.erfc(x) if x < 1e4 else 1 / HUGE


def erfcx(x: mpf) -> mpf:
    if x < -1e3:
        return HUGE
    r = 1 / (2 * x * x) if x > 1e3 else mpf(0)
    return (1 - r * (1 - 3 * r * (1 - 5 * r * (1 - 7 * r)))) / (x * mp.sqrt(mp.pi)) if r else mp.exp(x * x) * mp.erfc(x)


def erfcx_moment(n: mpf, x: mpf) -> mpf:
    """By the recurrence of the repeated integrals, with more digits than it loses."""
    with mp.workprec(mp.prec + 600):
        before, now = 2 / mp.sqrt(mp.pi), mp.exp(x * x) * mp.erfc(x)
        for k in range(1, int(n) + 1):
            before, now = now, (before - 2 * x * now) / (2 * k)
    return now


def ndtr(x: mpf) -> mpf:
    return erfc(-x / mp.sqrt(2)) / 2


def log_ndtr(x: mpf) -> mpf:
    if x > 0:
        return mp.log1p(-erfc(x / mp.sqrt(2)) / 2)
    if x > -1e4:
        return mp.log(ndtr(x))
    r = 1 / (x * x)
    return -x * x / 2 - mp.log(-x * mp.sqrt(2 * mp.pi)) + mp.log1p(-r * (1 - 3 * r * (1 - 5 * r)))


def inverse_center(p: mpf) -> mpf:
    """erf(y) = p for |p| <= 1/2, by Newton's method from SciPy's answer."""
    y = mpf(float(scipy.special.erfinv(float(p))))
    for _ in range(5):
        y -= (mp.erf(y) - p) * mp.exp(y * y) * mp.sqrt(mp.pi) / 2
    return y


def inverse_tail(q: mpf) -> mpf:
    """erfc(y) = q for q <= 1/2, by Newton's method on its logarithm."""
    goal, y = mp.log(q), mpf(min(float(scipy.special.erfcinv(float(q))), 27.2))
    for _ in range(5):
        rest = mp.erfc(y)
        y += (mp.log(rest) - goal) * rest * mp.exp(y * y) * mp.sqrt(mp.pi) / 2
    return y


def erfinv(x: mpf) -> mpf:
    positive(1 - abs(x))
    return inverse_center(x) if abs(x) <= 0.5 else mp.sign(x) * inverse_tail(1 - abs(x))


def erfcinv(x: mpf) -> mpf:
    positive(x, 2 - x)
    if abs(x - 1) <= 0.5:
        return inverse_center(1 - x)
    return inverse_tail(x) if x < 1 else -inverse_tail(2 - x)


def ndtri(x: mpf) -> mpf:
    positive(x, 1 - x)
    return -mp.sqrt(2) * erfcinv(2 * x)


# The gamma function


def gamma(x: mpf) -> mpf:
    if abs(x) < 1e4 or x == mp.floor(x):
        return mp.gamma(x) if x < 1e4 else HUGE
    return HUGE if x > 0 else (-1) ** int(mp.floor(x)) / HUGE


def polygamma(n: mpf, x: mpf) -> mpf:
    return mp.psi(int(n), x)


def betaln(a: mpf, b: mpf) -> mpf:
    positive(a, b)
    with mp.workprec(mp.prec + 400):
        return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def digamma_difference(a: mpf, b: mpf) -> mpf:
    with mp.workprec(mp.prec + 220):
        return mp.digamma(a) - mp.digamma(a + b)


def beta(a: mpf, b: mpf) -> mpf:
    return mp.exp(betaln(a, b))


# Exponentials and entropies


def logit(x: mpf) -> mpf:
    positive(x, 1 - x)
    return mp.log(x / (1 - x))


def exprel_moment(n: mpf, x: mpf) -> mpf:
    if x == 0:
        return 1 / (n + 1)
    if abs(x) > 1e6:
        return HUGE if x > 0 else mp.factorial(n) / (-x) ** (n + 1)
    with mp.workprec(mp.prec + 600 + max(0, -mp.mag(x)) * int(n + 1)):
        y = mp.expm1(x) / x
        for k in range(1, int(n) + 1):
            y = (mp.exp(x) - k * y) / x
    return y


def log1p_moment(n: mpf, x: mpf) -> mpf:
    with mp.workprec(mp.prec + 600):
        y = mp.log1p(x) / x
        for k in range(1, int(n) + 1):
            y = (y - (1 + x) ** -k / k) / x
    return y


def entr(x: mpf) -> mpf:
    positive(x)
    return -x * mp.log(x)


def log_ratio(a: mpf, b: mpf) -> mpf:
    positive(a, b)
    return mp.log(a / b)


def rel_entr(a: mpf, b: mpf) -> mpf:
    positive(a, b)
    return a * mp.log(a / b)


def kl_div(a: mpf, b: mpf) -> mpf:
    return rel_entr(a, b) - a + b


# Bessel functions


def bessel(f: Callable[..., Any]) -> Callable[[mpf, mpf], mpf]:
    """A function of mpmath's, of a whole order."""
    return lambda n, x: f(int(n), x)


def bessel_y0(x: mpf) -> mpf:
    """By its power series, DLMF 10.8.2, while that is short."""
    if x > 40:
        return mp.bessely(0, x)
    with mp.workprec(mp.prec + 120):
        z, term, harmonic, total = x * x / 4, mpf(1), mpf(0), mpf(0)
        for k in range(1, 4000):
            term *= -z / k**2
            harmonic += mpf(1) / k
            total -= harmonic * term
            if abs(term) < mpf(2) ** (-mp.prec - 20):
                break
        return 2 / mp.pi * ((mp.log(x / 2) + mp.euler) * mp.j0(x) + total)


def bessel_y(n: mpf, x: mpf) -> mpf:
    """By the Wronskian and the recurrence (DLMF 10.5.2 and 10.6.1): mpmath's own takes a limit, slowly."""
    positive(x)
    with mp.workprec(mp.prec + 120):
        before = bessel_y0(x)
        now = (mp.j1(x) * before - 2 / (mp.pi * x)) / mp.j0(x)
        if n <= 0:
            return before if n == 0 else -now
        for k in range(1, int(n)):
            before, now = now, 2 * k / x * now - before
    return now


def bessel_i(n: mpf, x: mpf) -> mpf:
    return HUGE * mp.sign(x) ** int(n) if abs(x) > 2e4 else mp.besseli(int(n), x)


def scaled_bessel_i(n: int, x: mpf) -> mpf:
    """exp(-|x|) I_n(x); far out by its asymptotic series (DLMF 10.40.1)."""
    size, side = abs(x), mp.sign(x) ** n
    if size < 1e3:
        return mp.besseli(n, x) * mp.exp(-size)
    term, total = mpf(1), mpf(1)
    for k in range(1, 20):
        term *= -(4 * n * n - (2 * k - 1) ** 2) / (k * 8 * size)
        total += term
    return side * total / mp.sqrt(2 * mp.pi * size)


def i0e_moment(k: mpf, x: mpf) -> mpf:
    """Powers of 1 - cos(t) as sums of cos(m t), whose means are Bessel functions."""
    n = int(k)
    with mp.workprec(mp.prec + 240):
        terms = [(-1) ** m * mp.binomial(2 * n, n + m) * mp.besseli(abs(m), abs(x)) for m in range(-n, n + 1)]
        return mp.fsum(terms) * mp.exp(-abs(x)) / mpf(2) ** n
