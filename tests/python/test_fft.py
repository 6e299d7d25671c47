"""Fourier transforms: NumPy's values, shapes and types, and derivatives in every direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

NORMS = [None, "backward", "ortho", "forward"]
COMPLEX = ["fft", "ifft", "irfft", "hfft"]
REAL = ["rfft", "ihfft"]
MANY = ["fftn", "ifftn", "irfftn", "rfftn", "fft2", "ifft2", "irfft2", "rfft2"]
#: Ones, primes small and large, powers, products of both, and what is next to a power of two.
POINTS = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 30, 61, 64, 67, 97, 125, 128, 134, 243, 360, 1009, 1024, 2017, 3 * 67, 4096]


def drawn(rng: np.random.Generator, shape: tuple[int, ...], name: str = "fft") -> Any:
    real = rng.normal(size=shape)
    return real if name in REAL or name.startswith("rfft") else real + 1j * rng.normal(size=shape)


def assert_transform(got: Any, expected: Any) -> None:
    """Within a few roundings of NumPy's for each factor of two, relative to the largest element."""
    got = np.asarray(got)
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    eps = np.finfo(expected.dtype).eps
    atol = 4 * eps * np.log2(2 + expected.size) * np.abs(expected).max(initial=0)
    np.testing.assert_allclose(got, expected, rtol=0, atol=atol)


# Values


@pytest.mark.parametrize("n", POINTS)
@pytest.mark.parametrize("name", COMPLEX + REAL)
def test_transforms_along_the_last_axis_are_numpys(rng: np.random.Generator, name: str, n: int) -> None:
    x = drawn(rng, (2, n), name)
    if (name in ("irfft", "hfft")) and n == 1:
        x = drawn(rng, (2, 2), name)
    assert_transform(getattr(wnp.fft, name)(x), getattr(np.fft, name)(x))
    assert_transform(getattr(np.fft, name)(wg.asarray(x)), getattr(np.fft, name)(x))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("n", [None, 1, 4, 5, 9, 134])
@pytest.mark.parametrize("name", COMPLEX + REAL)
def test_points_axis_and_norm_are_numpys(
    rng: np.random.Generator, name: str, n: int | None, axis: int, norm: str | None
) -> None:
    x = drawn(rng, (5, 3, 4), name)
    options: dict[str, Any] = {"n": n, "axis": axis, "norm": norm}
    assert_transform(getattr(wnp.fft, name)(x, **options), getattr(np.fft, name)(x, **options))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"axes": (0, 2)},
        {"axes": (2, 0)},
        {"s": (3, 6), "axes": (0, 1)},
        {"s": (-1, 5), "axes": (2, 1)},
        {"axes": (1,)},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", MANY)
def test_transforms_along_several_axes_are_numpys(
    rng: np.random.Generator, name: str, options: dict[str, Any], norm: str | None
) -> None:
    x = drawn(rng, (4, 5, 6), name)
    assert_transform(getattr(wnp.fft, name)(x, **options, norm=norm), getattr(np.fft, name)(x, **options, norm=norm))


TYPES = [
    (name, dtype)
    for name in COMPLEX + REAL + MANY
    for dtype in ("float32", "complex64", "int32", "bool")
    if dtype != "complex64" or not (name in REAL or name.startswith("rfft"))
]


@pytest.mark.parametrize(("name", "dtype"), TYPES)
def test_types_are_numpys(rng: np.random.Generator, name: str, dtype: str) -> None:
    x = (3 * rng.normal(size=(4, 6))).astype(dtype)
    assert_transform(getattr(wnp.fft, name)(x), getattr(np.fft, name)(x))


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_frequencies_are_numpys(n: int) -> None:
    for name in ("fftfreq", "rfftfreq"):
        for d in (1.0, 0.3):
            np.testing.assert_array_equal(getattr(wnp.fft, name)(n, d), getattr(np.fft, name)(n, d))
    slope = wg.jvp(lambda d: wnp.fft.fftfreq(8, d), (0.5,), (1.0,))[1]
    np.testing.assert_allclose(slope, -np.fft.fftfreq(8, 0.5) / 0.5)


@pytest.mark.parametrize("axes", [None, 0, (0, 1), (-1,)])
def test_shifts_are_numpys(axes: Any) -> None:
    x = np.arange(20).reshape(4, 5)
    for name in ("fftshift", "ifftshift"):
        np.testing.assert_array_equal(getattr(wnp.fft, name)(x, axes), getattr(np.fft, name)(x, axes))
        np.testing.assert_array_equal(getattr(np.fft, name)(wg.asarray(x), axes), getattr(np.fft, name)(x, axes))


@pytest.mark.parametrize("n", [5, 6, 67])
def test_inverses_give_back_what_was_transformed(rng: np.random.Generator, n: int) -> None:
    x, real = drawn(rng, (3, n)), rng.normal(size=(3, n))
    fft = wnp.fft
    np.testing.assert_allclose(fft.ifftn(fft.fftn(x)), x, atol=1e-14)
    np.testing.assert_allclose(fft.irfftn(fft.rfftn(real), real.shape), real, atol=1e-14)
    np.testing.assert_allclose(fft.hfft(fft.ihfft(real), n), real, atol=1e-14)
    assert np.array_equal(fft.ifftshift(fft.fftshift(real)), real)


def test_stacks_that_are_empty_have_numpys_shapes() -> None:
    x = np.zeros((0, 4))
    for name in COMPLEX + REAL:
        assert_transform(getattr(wnp.fft, name)(x), getattr(np.fft, name)(x))


@pytest.mark.parametrize("n", [8, 67])
def test_infinities_and_nans_are_not_hidden(n: int) -> None:
    x = np.zeros(n)
    x[1] = np.nan
    assert np.isnan(np.asarray(wnp.fft.fft(x))).all()


# Derivatives


def real_parts(f: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """A function of complex numbers as one of their parts, which gives the parts of its result."""

    def g(re: Any, im: Any) -> Any:
        y = f(wnp.complex_of(re, im))
        return wnp.real(y), wnp.imag(y)

    return g


@pytest.mark.parametrize("n", [None, 3, 6, 67])
@pytest.mark.parametrize("name", COMPLEX)
def test_derivatives_by_complex_numbers(rng: np.random.Generator, name: str, n: int | None) -> None:
    f = real_parts(lambda z: wnp.sin(getattr(wnp.fft, name)(z, n, 0, "ortho")))
    wg.testing.check_grads(f, (rng.normal(size=(5, 2)), rng.normal(size=(5, 2))), order=2, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("n", [None, 3, 6, 67])
@pytest.mark.parametrize("name", REAL)
def test_derivatives_by_real_numbers(rng: np.random.Generator, name: str, n: int | None) -> None:
    def power(x: Any) -> Any:
        y = getattr(np.fft, name)(x, n)
        return wnp.sin(wnp.real(y)) + wnp.imag(y) ** 2

    wg.testing.check_grads(power, (rng.normal(size=(2, 5)),), order=2, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", MANY)
def test_derivatives_along_several_axes(rng: np.random.Generator, name: str) -> None:
    def power(x: Any) -> Any:
        y = getattr(np.fft, name)(x, norm="ortho")
        return wnp.real(y) ** 2 + wnp.sin(wnp.imag(y))

    wg.testing.check_grads(power, (rng.normal(size=(3, 4)),), order=2, atol=1e-5, rtol=1e-5)


def test_the_power_of_a_signal_is_that_of_its_spectrum(rng: np.random.Generator) -> None:
    x = rng.normal(size=12)
    np.testing.assert_allclose(
        wg.grad(lambda x: wnp.sum(wnp.abs(np.fft.fft(x, norm="ortho")) ** 2))(x), 2 * x, atol=1e-14
    )


def test_a_filter_learns_from_its_output(rng: np.random.Generator) -> None:
    x, h, target = rng.normal(size=(3, 16))

    def through_spectra(h: Any) -> Any:
        return np.sum((np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(h)) - target) ** 2)

    def by_sums(h: Any) -> Any:
        around = np.stack([np.roll(x, k) for k in range(16)], 1)
        return np.sum((around @ h - target) ** 2)

    np.testing.assert_allclose(wg.grad(through_spectra)(h), wg.grad(by_sums)(h), rtol=1e-12)


def test_float32_stays_single(rng: np.random.Generator) -> None:
    x = rng.normal(size=9).astype(np.float32)
    y, pull = wg.vjp(wnp.fft.rfft, x)
    assert y.dtype == np.complex64
    assert pull(np.ones_like(y))[0].dtype == np.float32


# Refusals

X = np.ones((2, 3))
BAD: dict[str, tuple[Callable[[], Any], type, str]] = {
    "no points": (lambda: wnp.fft.fft(X, 0), wg.DomainError, r"fft: fewer than one point: n is 0"),
    "nothing": (lambda: wnp.fft.ifft(np.zeros((2, 0))), wg.DomainError, r"ifft: .*n is 0"),
    "one of a half": (lambda: wnp.fft.irfft(np.ones(1)), wg.DomainError, r"irfft: .*n is 0"),
    "norm": (lambda: wnp.fft.fft(X, norm="best"), wg.OptionError, r"fft: norm: given 'best'"),
    "norm of hfft": (lambda: wnp.fft.hfft(X, norm="best"), wg.OptionError, r"hfft: norm: given 'best'"),
    "axis": (lambda: wnp.fft.rfft(X, axis=2), wg.ShapeError, r"rfft: axis .*2"),
    "a number": (lambda: wnp.fft.fft(1.0), wg.ShapeError, r"fft: axis"),
    "complex numbers": (lambda: wnp.fft.rfft(1j * X), wg.DTypeError, r"rfft: element type: .*complex128"),
    "sizes": (lambda: wnp.fft.fftn(X, (2,), (0, 1)), wg.ShapeError, r"fftn: sizes and axes .*\(2,\).*\(0, 1\)"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_name(name: str) -> None:
    call, error, message = BAD[name]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("name", COMPLEX + REAL + MANY)
def test_lanes_are_transformed_one_beside_the_other(rng: np.random.Generator, name: str) -> None:
    x = drawn(rng, (4, 3, 5), name)
    each = np.stack([getattr(np.fft, name)(x[:, k]) for k in range(3)])
    assert_transform(wg.vmap(getattr(wnp.fft, name), in_axes=1)(x), each)
