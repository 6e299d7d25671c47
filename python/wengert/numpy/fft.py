"""Discrete Fourier transforms, with NumPy's arguments.

n     : points along the axis: longer ones are cut off, shorter ones filled up with zeros
norm  : "backward" (the default) divides inverse transforms by n, "forward" the others, "ortho" both by its square root
cost  : of n points n log n in time, whatever the prime factors of n
A real array is transformed as a complex one. float32 gives complex64, all other real types complex128.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, asarray, on_cpu
from wengert._core import Array
from wengert.errors import DomainError, OptionError, ShapeError
from wengert.numpy._axes import Axis, along, floating, of_reals, one_axis, some_axes
from wengert.numpy._shapes import roll

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

Sizes = Sequence[int] | None
Norm = str | None
_OTHER_WAY = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _scaled(name: str, y: Array, n: int, norm: Norm, divides: str) -> Array:
    """y over n where the norm says so for this direction."""
    if norm not in _OTHER_WAY:
        raise OptionError(f"{name}: norm: given {norm!r}, expected 'backward', 'ortho' or 'forward'")
    if norm == "ortho":
        return _core.elementwise.multiply(y, float(1 / np.sqrt(n)))
    return _core.elementwise.multiply(y, 1 / n) if (norm or "backward") == divides else y


def _points(name: str, n: Any) -> int:
    count = operator.index(n)
    if count < 1:
        raise DomainError(f"{name}: fewer than one point: n is {count}", 405)
    return count


def _resized(x: Array, n: int, axis: int) -> Array:
    """The first n elements along an axis, zeros where there are no more."""
    have = x.shape[axis]
    if have >= n:
        return x if have == n else x[along(axis, slice(n))]
    shape = tuple(n if k == axis else size for k, size in enumerate(x.shape))
    return _core.pad(x, shape, [number for size in x.shape for number in (0, 1, size)])


def _transformed(name: str, a: ArrayLike, n: int | None, axis: int, norm: Norm, forward: bool) -> Array:
    x = floating(a)
    k = one_axis(name, axis, x.ndim)
    count = _points(name, x.shape[k] if n is None else n)
    y = _core.fourier(_resized(x, count, k), k, forward)
    return _scaled(name, y, count, norm, "forward" if forward else "backward")


def fft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    """Sums of a[j] exp(-2 pi i j k / n) along an axis."""
    return _transformed("fft", a, n, axis, norm, True)


def ifft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    """Sums of a[j] exp(2 pi i j k / n) / n along an axis: the inverse of fft."""
    return _transformed("ifft", a, n, axis, norm, False)


def rfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    """The first n // 2 + 1 elements of the fft of real numbers: the others are their conjugates."""
    x = of_reals("rfft", a)
    k = one_axis("rfft", axis, x.ndim)
    count = x.shape[k] if n is None else n
    return _transformed("rfft", x, count, k, norm, True)[along(k, slice(count // 2 + 1))]


def irfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    """The n real numbers, an even count unless told, whose rfft is a: its inverse."""
    x = floating(a)
    k = one_axis("irfft", axis, x.ndim)
    count = _points("irfft", 2 * (x.shape[k] - 1) if n is None else n)
    half = count // 2 + 1
    twice = np.full(half, 2.0)  # every element stands for its conjugate too, but those that are their own
    twice[0] = 1.0
    twice[-1] = 1.0 if count % 2 == 0 else twice[-1]
    weights = asarray(twice.reshape(-1, *[1] * (x.ndim - 1 - k)), np.empty(0, x.dtype).real.dtype)
    whole = _resized(_resized(x, half, k) * weights, count, k)
    return _scaled("irfft", _core.real(_core.fourier(whole, k, False)), count, norm, "backward")


def hfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    """The n real numbers that are the fft of a sequence of which a is the first half, its end the conjugate of that."""
    return irfft(_core.conjugate(floating(a)), n, axis, _opposite("hfft", norm))


def ihfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    """The first half of the ifft of real numbers: the inverse of hfft."""
    return _core.conjugate(rfft(a, n, axis, _opposite("ihfft", norm)))


def _opposite(name: str, norm: Norm) -> str:
    if norm not in _OTHER_WAY:
        raise OptionError(f"{name}: norm: given {norm!r}, expected 'backward', 'ortho' or 'forward'")
    return _OTHER_WAY[norm]


def _sizes(name: str, x: Array, s: Sizes, axes: Axis, real_output: bool = False) -> list[tuple[int, int]]:
    """Points and axis of each transform; the last one gives 2 (m - 1) real numbers where it is the inverse of rfft."""
    given = None if s is None else [operator.index(n) for n in s]
    if axes is None:
        axes = range(x.ndim) if given is None else range(x.ndim - len(given), x.ndim)
    each = [one_axis(name, k, x.ndim) for k in axes]  # type: ignore[union-attr]
    if given is None:
        given = [x.shape[k] for k in each]
        if real_output and given:
            given[-1] = 2 * (given[-1] - 1)
    if len(given) != len(each):
        raise ShapeError(f"{name}: sizes and axes differ in number: s is {s}, axes is {axes}", 209)
    return [(x.shape[k] if n == -1 else n, k) for n, k in zip(given, each, strict=True)]


def _over(f: Callable[..., Array], x: Array, plan: list[tuple[int, int]], norm: Norm) -> Array:
    for n, axis in plan:
        x = f(x, n, axis, norm)
    return x


def fftn(a: ArrayLike, s: Sizes = None, axes: Axis = None, norm: Norm = None) -> Array:
    """fft along several axes, all of them unless told; s are the points along each."""
    x = floating(a)
    return _over(fft, x, _sizes("fftn", x, s, axes)[::-1], norm)


def ifftn(a: ArrayLike, s: Sizes = None, axes: Axis = None, norm: Norm = None) -> Array:
    """ifft along several axes: the inverse of fftn."""
    x = floating(a)
    return _over(ifft, x, _sizes("ifftn", x, s, axes)[::-1], norm)


def rfftn(a: ArrayLike, s: Sizes = None, axes: Axis = None, norm: Norm = None) -> Array:
    """rfft along the last of several axes, then fft along the others."""
    x = of_reals("rfftn", a)
    plan = _sizes("rfftn", x, s, axes)
    return _over(fft, _over(rfft, x, plan[-1:], norm), plan[-2::-1], norm)


def irfftn(a: ArrayLike, s: Sizes = None, axes: Axis = None, norm: Norm = None) -> Array:
    """ifft along all but the last of several axes, then irfft: the inverse of rfftn."""
    x = floating(a)
    plan = _sizes("irfftn", x, s, axes, real_output=True)
    return _over(irfft, _over(ifft, x, plan[:-1], norm), plan[-1:], norm)


def fft2(a: ArrayLike, s: Sizes = None, axes: Axis = (-2, -1), norm: Norm = None) -> Array:
    """fft along the last two axes."""
    return fftn(a, s, axes, norm)


def ifft2(a: ArrayLike, s: Sizes = None, axes: Axis = (-2, -1), norm: Norm = None) -> Array:
    """ifft along the last two axes: the inverse of fft2."""
    return ifftn(a, s, axes, norm)


def rfft2(a: ArrayLike, s: Sizes = None, axes: Axis = (-2, -1), norm: Norm = None) -> Array:
    """rfft along the last axis, then fft along the one before it."""
    return rfftn(a, s, axes, norm)


def irfft2(a: ArrayLike, s: Sizes = None, axes: Axis = (-2, -1), norm: Norm = None) -> Array:
    """ifft along the last axis but one, then irfft along the last: the inverse of rfft2."""
    return irfftn(a, s, axes, norm)


def fftfreq(n: int, d: ArrayLike = 1.0, dtype: Any = None, device: str | None = None) -> Array:
    """Frequencies of the elements of an fft of n points a distance d apart: those from 0 up, then those below 0."""
    on_cpu("fftfreq", device)
    middle = (operator.index(n) - 1) // 2 + 1
    return _frequencies(np.concatenate([np.arange(middle), np.arange(-(n // 2), 0)]), n, d, dtype)


def rfftfreq(n: int, d: ArrayLike = 1.0, dtype: Any = None, device: str | None = None) -> Array:
    """Frequencies of the elements of an rfft of n points a distance d apart."""
    on_cpu("rfftfreq", device)
    return _frequencies(np.arange(operator.index(n) // 2 + 1), n, d, dtype)


def _frequencies(each: Any, n: int, d: Any, dtype: Any) -> Array:
    return asarray(asarray(each) * (1.0 / (n * d)), dtype)


def fftshift(x: ArrayLike, axes: Axis = None) -> Array:
    """Frequency 0 moved to the middle of axes, all of them unless told."""
    return _shifted("fftshift", x, axes, lambda n: n // 2)


def ifftshift(x: ArrayLike, axes: Axis = None) -> Array:
    """The inverse of fftshift."""
    return _shifted("ifftshift", x, axes, lambda n: -(n // 2))


def _shifted(name: str, x: ArrayLike, axes: Axis, by: Callable[[int], int]) -> Array:
    a = asarray(x)
    each = some_axes(name, axes, a.ndim)
    return roll(a, tuple(by(a.shape[k]) for k in each), each)
