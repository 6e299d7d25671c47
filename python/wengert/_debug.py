"""Where a NaN or an infinity came from, and what is made of zero times infinity."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wengert import _core
from wengert.errors import OptionError

__all__ = ["debug", "strict"]

KINDS = (True, False, "nan")


@contextmanager
def debug(nonfinite: bool | str = True, zero_times_inf: bool = False) -> Iterator[None]:
    """Inside `with debug():` the first operation that makes a NaN or an infinity out of finite numbers raises.

    nonfinite      : True looks for NaN and infinities, "nan" for NaN only, False for neither
    zero_times_inf : warns (StrongZeroWarning) where a sweep met a zero adjoint or tangent times an infinite slope, or
                     an infinite one times a slope of zero, and took it for zero (see docs/semantics.md)
    returns        : a context
    raises         : NonFiniteError, which is a FloatingPointError too. It names the operation, its first bad element
                     and the operands there, shapes, and the line of your program: in a sweep the line that recorded
                     the operation. What was not finite before, as a mask of -inf, is passed over; a NaN in the data
                     is named where the result that is differentiated is NaN by it
    cost           : microseconds an operation inside, sweeps a node at a time; nothing outside; of this thread only
    source         : Bradbury et al., JAX (2018): `debug_nans`

    >>> with debug():
    ...     wg.grad(lambda x: np.log(x - 1.0))(1.0)
    Traceback (most recent call last):
    ...
    wengert.errors.NonFiniteError: log: not finite: the value is -inf where x is 0; x: float64 () [WG401]
      at <doctest wengert._debug.debug[0]>:2: wg.grad(lambda x: np.log(x - 1.0))(1.0)
                                                                ^^^^^^^^^^^^^^^
      keep the operand inside the domain: np.where(x > 0, x, 1) before a log, a lower bound for a divisor
      more: python -m wengert explain WG401
    """
    if nonfinite not in KINDS:
        raise OptionError(f'debug: nonfinite: given {nonfinite!r}, expected True, False or "nan"')
    before = _core.look_out(bool(nonfinite), nonfinite is True, zero_times_inf)
    try:
        yield
    finally:
        _core.look_out(*before)


@contextmanager
def strict() -> Iterator[None]:
    """Inside `with strict():` sweeps multiply as IEEE 754 does: zero times infinity is NaN, as in JAX and PyTorch.

    returns : a context; of this thread only
    raises  : nothing
    cost    : sweeps a node at a time
    source  : IEEE 754 (2019), section 7.2

    Without it a zero adjoint or tangent stays zero even times an infinite slope, and a zero slope takes nothing of an
    infinite one. Structural functions (norm, prod, max, logsumexp, ...) keep their rules at such points.

    >>> f = lambda x: np.where(x > 0, np.sqrt(x), 0.0)
    >>> wg.grad(f)(0.0)
    np.float64(0.0)
    >>> with strict():
    ...     wg.grad(f)(0.0)
    np.float64(nan)
    """
    before = _core.use_ieee_products(True)
    try:
        yield
    finally:
        _core.use_ieee_products(before)
