"""Checks of derivatives, for tests of programs that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np

from wengert import _core, _tree
from wengert._arrays import asarray
from wengert._core import Array
from wengert._frames import boundary
from wengert._transforms import jvp, vjp
from wengert.errors import ArgumentError, GradientError, OptionError

__all__ = ["check_grads", "count_sweeps", "primitives"]


def primitives() -> list[SimpleNamespace]:
    """The compiled table: one record a primitive.

    returns : records with name, doc, arity, elementwise, internal (does it serve the derivatives of others alone,
              without a public name?), kind, domains, ulp, output, and complex: does it take complex numbers
    raises  : nothing
    cost    : microseconds

    >>> primitives()[0].name
    'negative'
    """
    return [SimpleNamespace(**record) for record in _core.primitives()]


@contextmanager
def count_sweeps() -> Iterator[SimpleNamespace]:
    """Counts the sweeps that run inside: `.forward` and `.reverse`.

    returns : a context that gives the counts
    raises  : nothing
    cost    : none

    >>> from wengert import grad
    >>> with count_sweeps() as n:
    ...     _ = grad(lambda x: x * x)(1.0)
    >>> n.reverse
    1
    """
    counts = SimpleNamespace(forward=0, reverse=0)
    forward, reverse = _core.sweep_counts()
    try:
        yield counts
    finally:
        now = _core.sweep_counts()
        counts.forward, counts.reverse = now[0] - forward, now[1] - reverse


@boundary
def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Compares derivatives of f with central differences, up to an order, in each mode.

    f      : (n,), ... -> (m,)   trees of real or complex arrays in and out
    args   : where to check
    order  : derivatives of derivatives too, each mode over each
    modes  : of "fwd" and "rev"
    atol   : absolute tolerance, 1e-6 for float64 and 1e-2 for float32 unless told
    rtol   : relative tolerance, the same unless told
    eps    : half-width of the difference, the cube root of the type's precision unless told
    raises : AssertionError that names the mode, the order and the worst element
    cost   : in each mode, and once for each order and direction, two calls of f and a sweep
    source : Griewank & Walther, Evaluating Derivatives (2008), ch. 3; the call is that of HIPS autograd

    >>> check_grads(np.sin, (0.5,))
    """
    for mode in modes:
        if mode not in ("fwd", "rev"):
            raise OptionError(f"check_grads: unknown mode: given {mode!r}, expected 'fwd' or 'rev'")
    if not isinstance(args, tuple | list):
        raise ArgumentError(f"check_grads: args must be a tuple of arguments: given {type(args).__name__}")
    flat = _Flat(f, args)
    single = any(leaf.dtype in (np.float32, np.complex64) for leaf in flat.leaves)
    tolerance = 1e-2 if single else 1e-6
    _check(
        flat,
        flat.leaves,
        order,
        tuple(modes),
        tolerance if atol is None else atol,
        tolerance if rtol is None else rtol,
        eps or (5e-3 if single else 6e-6),
        "",
    )


class _Flat:
    """f on the leaves of its arguments, to the leaves of its result."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        leaves, unflatten = _tree.flatten(tuple(args))
        self.leaves = [np.asarray(leaf, None if np.asarray(leaf).dtype.kind in "fc" else float) for leaf in leaves]
        self._f, self._unflatten = f, unflatten

    def __call__(self, *leaves: Any) -> tuple[Array, ...]:
        return tuple(asarray(y) for y in _tree.flatten(self._f(*self._unflatten(leaves)))[0])


def _directions(leaves: Sequence[np.ndarray], seed: int) -> list[np.ndarray]:
    """Random directions; of complex arrays complex ones."""
    rng = np.random.default_rng(seed)

    def one(x: np.ndarray) -> np.ndarray:
        real = rng.standard_normal(x.shape)
        return np.asarray(real + 1j * rng.standard_normal(x.shape) if x.dtype.kind == "c" else real).astype(x.dtype)

    return [one(x) for x in leaves]


def _inner(a: Any, b: Any) -> float:
    """Re(sum a b), nothing conjugated: what adjoints are transposes by."""
    return float(np.sum(np.asarray(a) * np.asarray(b)).real)


def _check(
    f: Callable[..., Any],
    leaves: list[Any],
    order: int,
    modes: tuple[str, ...],
    atol: float,
    rtol: float,
    eps: float,
    path: str,
) -> None:
    dx = _directions(leaves, order)
    ahead = f(*[x + x.dtype.type(eps) * d for x, d in zip(leaves, dx, strict=True)])
    behind = f(*[x - x.dtype.type(eps) * d for x, d in zip(leaves, dx, strict=True)])
    slopes = [(np.asarray(p) - np.asarray(q)) / (2 * eps) for p, q in zip(ahead, behind, strict=True)]
    for mode in modes:
        here = f"{path}{mode}"
        (_check_forward if mode == "fwd" else _check_reverse)(f, leaves, dx, slopes, atol, rtol, here)
        if order > 1:
            _check(_derivative(f, mode, dx, slopes), leaves, order - 1, modes, atol, rtol, eps, here + " of ")


def _derivative(f: Callable[..., Any], mode: str, dx: list[np.ndarray], slopes: list[np.ndarray]) -> Callable[..., Any]:
    """The derivative that `mode` computes, as a function to be checked in turn."""
    ybar = _directions(slopes, 1)

    def tangent(*leaves: Any) -> Any:
        return jvp(f, leaves, dx)[1]

    def adjoint(*leaves: Any) -> Any:
        return vjp(f, *leaves)[1](tuple(ybar))

    return tangent if mode == "fwd" else adjoint


def _check_forward(f: Any, leaves: Any, dx: Any, slopes: Any, atol: float, rtol: float, path: str) -> None:
    _, dy = jvp(f, leaves, dx)
    for k, (have, want) in enumerate(zip(dy, slopes, strict=True)):
        _compare(np.asarray(have), want, atol, rtol, f"{path}, output {k}")


def _check_reverse(f: Any, leaves: Any, dx: Any, slopes: Any, atol: float, rtol: float, path: str) -> None:
    _, pull = vjp(f, *leaves)
    ybar = _directions(slopes, 0)
    bars = pull(tuple(b.astype(np.asarray(s).dtype) for b, s in zip(ybar, slopes, strict=True)))
    have = sum(_inner(b, d) for b, d in zip(bars, dx, strict=True))
    want = sum(_inner(b, s) for b, s in zip(ybar, slopes, strict=True))
    scale = sum(_inner(np.abs(b), np.abs(s)) for b, s in zip(ybar, slopes, strict=True))
    if abs(have - want) <= atol + rtol * max(scale, abs(want)):
        return
    _name_worst(f, leaves, bars, ybar, path)


def _name_worst(f: Any, leaves: Any, bars: Any, ybar: Any, path: str, eps: float = 1e-6) -> NoReturn:
    """Finds the input element whose adjoint is furthest off, by one difference each."""

    def value(k: int, i: int, step: complex) -> float:
        moved = [np.array(x, copy=True) for x in leaves]
        moved[k].reshape(-1)[i] += step
        return sum(_inner(b, y) for b, y in zip(ybar, f(*moved), strict=True))

    def slope(k: int, i: int, unit: complex) -> float:
        return (value(k, i, unit * eps) - value(k, i, -unit * eps)) / (2 * eps)

    worst = (0.0, "")
    for k, (x, bar) in enumerate(zip(leaves, bars, strict=True)):
        for i in range(min(x.size, 10_000)):
            want = slope(k, i, 1.0) - (1j * slope(k, i, 1j) if x.dtype.kind == "c" else 0)
            have = np.asarray(bar).reshape(-1)[i]
            if not abs(have - want) <= worst[0]:
                at = tuple(int(j) for j in np.unravel_index(i, x.shape))
                worst = (
                    abs(have - want),
                    f"argument {k}, element {at}: adjoint is {have:.9g}, differences give {want:.9g}",
                )
    raise GradientError(f"check_grads: {path}: worst is {worst[1]}")


def _compare(have: np.ndarray, want: np.ndarray, atol: float, rtol: float, path: str) -> None:
    gap = np.abs(have - want)
    bad = ~(gap <= atol + rtol * np.maximum(np.abs(want), np.max(np.abs(want), initial=0)))
    if not bad.any():
        return
    at = np.unravel_index(int(np.nanargmax(np.where(bad, np.where(np.isnan(gap), np.inf, gap), -1.0))), gap.shape)
    where = tuple(int(j) for j in at)
    raise GradientError(
        f"check_grads: {path}: worst is element {where}: "
        f"derivative is {have[where]:.9g}, differences give {want[where]:.9g}"
    )
