"""Derivatives of functions of complex numbers: linear maps are transposed without conjugation."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from complex_cases import WHOLE, Vector, operands, points
from laws import MODES, assert_close
from wengert._core import elementwise

TAKEN = [p for p in wg.testing.primitives() if p.elementwise and p.complex and p.kind != "none"]
WORDS = list(itertools.product(MODES, repeat=2))

taken = pytest.mark.parametrize("p", TAKEN, ids=lambda p: p.name)
word = pytest.mark.parametrize("word", WORDS, ids="-".join)


def function(p: Any) -> Any:
    """The primitive; a first operand that is a whole number is a constant in it."""
    f = getattr(elementwise, p.name)
    return (lambda n, z: f(wg.stop_gradient(n), z)) if WHOLE.get(p.name) == 0 else f


def directions(p: Any, n: int, seed: int) -> list[Vector]:
    """Complex directions, zero for operands that are whole."""
    v = [points(n, seed + k) for k in range(p.arity)]
    if p.name in WHOLE:
        v[WHOLE[p.name]] = np.zeros(n, complex)
    return v


def difference(f: Any, h: float = 1e-3) -> Any:
    """Derivative of f at 0 by a difference of order 6."""
    terms = [np.asarray(f(k * h)) - np.asarray(f(-k * h)) for k in (1, 2, 3)]
    return (45 * terms[0] - 9 * terms[1] + terms[2]) / (60 * h)


def moved(z: Any, v: Any, t: float) -> list[Any]:
    return [a + t * b for a, b in zip(z, v, strict=True)]


def inner(a: Any, b: Any) -> Any:
    """Re(sum a b): what an adjoint is the transpose by."""
    return wnp.real(sum(wnp.sum(wnp.multiply(x, y)) for x, y in zip(a, b, strict=True)))


def derived(word: tuple[str, ...], f: Any, directions: list[Any]) -> Any:
    """A real f of complex arguments, derived along a direction for each mode of the word."""
    for mode, v in zip(word, directions, strict=True):
        f = _forward(f, v) if mode == "forward" else _reverse(f, v)
    return f


def _forward(f: Any, v: Any) -> Any:
    return lambda *z: wg.jvp(f, z, tuple(v))[1]


def _reverse(f: Any, v: Any) -> Any:
    return lambda *z: inner(wg.grad(f, argnums=tuple(range(len(z))))(*z), v)


def far(p: Any, z: list[Vector]) -> list[Vector]:
    """Away from the cuts, so that differences do not step over one."""
    return [0.3 * (x.real + 0.2) + 1j * (0.3 * x.imag + 0.4 * np.sign(x.imag)) if p.arity == 1 else x for x in z]


@taken
def test_tangents_are_differences_along_one_and_along_i(p: Any) -> None:
    z = far(p, operands(p.name, p.arity, 12))
    for seed in (3, 4):
        v = directions(p, 12, seed)
        got = wg.jvp(function(p), tuple(z), tuple(v))[1]
        assert_close(got, difference(lambda t, v=v: function(p)(*moved(z, v, t))), rtol=1e-9)


@taken
def test_a_turned_direction_turns_the_tangent(p: Any) -> None:
    z, v = operands(p.name, p.arity, 12), directions(p, 12, 3)
    one = wg.jvp(function(p), tuple(z), tuple(v))[1]
    turned = wg.jvp(function(p), tuple(z), tuple(1j * x for x in v))[1]
    assert_close(turned, 1j * one, rtol=1e-12)


@taken
def test_the_adjoint_is_the_transpose_of_the_tangent_without_conjugation(p: Any) -> None:
    z, v = operands(p.name, p.arity, 12), directions(p, 12, 3)
    _y, pull = wg.vjp(function(p), *z)
    ybar = points(12, 9)
    dy = wg.jvp(function(p), tuple(z), tuple(v))[1]
    assert np.sum(ybar * dy) == pytest.approx(sum(np.sum(a * b) for a, b in zip(pull(ybar), v, strict=True)), rel=1e-11)


@taken
@word
def test_second_derivatives_are_differences_of_first_ones_in_every_mix_of_modes(p: Any, word: Any) -> None:
    z = far(p, operands(p.name, p.arity, 5))
    u, v = directions(p, 5, 3), directions(p, 5, 5)

    def f(*z: Any) -> Any:
        return wnp.sum(wnp.real(wnp.square(function(p)(*z))) + wnp.imag(function(p)(*z)))

    first = derived(("forward",), f, [u])
    got = derived(word, f, [u, v])(*z)
    assert_close(got, difference(lambda t: first(*moved(z, v, t))), rtol=2e-8)


@taken
def test_complex64_has_derivatives_of_its_type(p: Any) -> None:
    z = [x.astype(np.complex64) for x in operands(p.name, p.arity, 6)]
    wide = [x.astype(np.complex128) for x in z]
    v = [x.astype(np.complex64) for x in directions(p, 6, 3)]
    y, dy = wg.jvp(function(p), tuple(z), tuple(v))
    bars = wg.vjp(function(p), *z)[1](np.ones_like(y))
    assert {y.dtype, dy.dtype, *(b.dtype for b in bars)} == {np.dtype(np.complex64)}
    assert_close(dy, wg.jvp(function(p), tuple(wide), tuple(x.astype(complex) for x in v))[1], rtol=1e-4)


@taken
def test_zero_seeds_add_nothing_even_at_a_pole(p: Any) -> None:
    grid = [complex(a, b) for a in (0.0, 1.0, -1.0, np.inf) for b in (0.0, -1.0, np.inf)]
    z = list(np.array(list(itertools.product(grid, repeat=p.arity))).T.copy())
    if p.name in WHOLE:
        z[WHOLE[p.name]] = np.ones_like(z[0])
    with np.errstate(all="ignore"):
        y, dy = wg.jvp(function(p), tuple(z), tuple(np.zeros_like(x) for x in z))
        assert not np.any(dy)
        assert not any(np.any(b) for b in wg.vjp(function(p), *z)[1](np.zeros_like(y)))


PARTS = {
    "real": wnp.real,
    "imag": wnp.imag,
    "conj": wnp.conj,
    "abs": wnp.abs,
    "sign": wnp.sign,
    "angle": wnp.angle,
    "real of real": lambda z: wnp.real(wnp.real(z)),
    "put together": lambda z: wg.complex_of(wnp.sin(wnp.real(z)), wnp.real(z) * wnp.imag(z)),
    "mixed": lambda z: wnp.real(z) * z + wnp.abs(z) / z,
    "var": lambda z: wnp.var(z, axis=-1),
    "norm": lambda z: wnp.linalg.norm(z, axis=-1),
    "vdot": lambda z: wnp.vdot(z, z * z),
    "cast": lambda z: wnp.real(z).astype("complex128") * z,
    "where": lambda z: wnp.where(np.array([True, False, True]), z, wnp.conj(z)),
    "maximum": lambda z: wnp.maximum(z, wnp.conj(z) * 2),
    "max": lambda z: wnp.max(z, axis=0),
    "sort": lambda z: wnp.sort(z, axis=0),
    "prod": lambda z: wnp.prod(z, axis=1),
    "cumsum": lambda z: wnp.cumsum(z, axis=1),
    "cumprod": lambda z: wnp.cumprod(z, axis=0),
    "mean": lambda z: wnp.mean(z, axis=0),
    "einsum": lambda z: wnp.einsum("ij,kj->ik", z, wnp.conj(z)),
    "assignment": lambda z: wg.asarray(z).at[0].set(wnp.conj(z[1])),
    "power": lambda z: z**2 + z**0.5 + z**-1 + z**3 + 2**z + z ** (1 + 1j),
    "sinc": wnp.sinc,
    "cov": wnp.cov,
    "correlate": lambda z: wnp.correlate(z[0], z[1], "full"),
    "std": wnp.std,
    "matrix product": lambda z: z @ z.T,
    "gather": lambda z: z[[0, 1, 0], [2, 0, 1]],
    "trace": wnp.trace,
    "nan to num": wnp.nan_to_num,
}

parts = pytest.mark.parametrize("name", sorted(PARTS))


@parts
def test_derivatives_of_functions_that_are_not_holomorphic(name: str) -> None:
    wg.testing.check_grads(PARTS[name], (points(6, 2).reshape(2, 3) + 0.1,), order=2, atol=3e-6, rtol=3e-6)


NUMPYS = sorted(set(PARTS) - {"put together", "assignment", "cast"})


@pytest.mark.parametrize("name", NUMPYS)
def test_their_values_are_numpys(name: str) -> None:
    z = points(6, 2).reshape(2, 3) + 0.1
    plain = {"abs": np.abs, "angle": np.angle, "real": np.real, "imag": np.imag, "conj": np.conj, "sign": np.sign}
    source = PARTS[name]
    if name in plain:
        expected = plain[name](z)
    else:
        code = source.__code__ if source.__name__ == "<lambda>" else None
        expected = eval_with_numpy(code, z) if code else getattr(np, source.__name__)(z)
    got = np.asarray(source(wg.asarray(z)))
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-14)


def eval_with_numpy(code: Any, z: Vector) -> Any:
    """The same lambda with NumPy in the place of wengert.numpy."""
    import types

    return types.FunctionType(code, {"wnp": np, "np": np})(z)


def test_the_size_has_slope_zero_at_zero_in_both_modes() -> None:
    for f in (wnp.abs, lambda z: wnp.real(wnp.sign(z))):
        assert wg.grad(f)(0j) == 0
        assert wg.jvp(f, (0j,), (1 + 1j,))[1] == 0
    assert wg.grad(lambda z: wnp.linalg.norm(z))(np.zeros(2, complex)).tolist() == [0, 0]


# JAX's convention, which these numbers were taken from by hand: df/dx - i df/dy.
BY_HAND = [
    ("abs squared", lambda z: wnp.real(z) ** 2 + wnp.imag(z) ** 2, 1 + 2j, 2 - 4j),
    ("abs", wnp.abs, 3 + 4j, 0.6 - 0.8j),
    ("real", wnp.real, 3 + 4j, 1 + 0j),
    ("imag", wnp.imag, 3 + 4j, -1j),
    ("real of conj", lambda z: wnp.real(wnp.conj(z)), 3 + 4j, 1 + 0j),
    ("imag of conj", lambda z: wnp.imag(wnp.conj(z)), 3 + 4j, 1j),
    ("real of square", lambda z: wnp.real(z * z), 1 + 2j, 2 + 4j),
    ("angle", wnp.angle, 1 + 1j, -0.5 - 0.5j),
    ("real of exp", lambda z: wnp.real(wnp.exp(z)), 0.5j * np.pi, 1j),
    ("product with conj", lambda z: wnp.real(wnp.conj(z) * (2 + 1j)), 5j, 2 - 1j),
]


@pytest.mark.parametrize(("f", "z", "expected"), [c[1:] for c in BY_HAND], ids=[c[0] for c in BY_HAND])
def test_gradients_of_real_functions_are_jaxs(f: Any, z: complex, expected: complex) -> None:
    gradient = wg.grad(f)(z)
    assert gradient.dtype == np.complex128
    assert complex(gradient) == pytest.approx(expected, rel=1e-14, abs=1e-15)
    along = [difference(lambda t, u=u: f(wg.asarray(z + t * u)), 1e-4) for u in (1, 1j)]
    assert complex(gradient) == pytest.approx(complex(along[0], -along[1]), rel=1e-9, abs=1e-9)


def test_a_step_against_the_conjugated_gradient_descends() -> None:
    target = np.array([1 + 2j, -0.5j])

    def loss(z: Any) -> Any:
        return np.sum(np.abs(np.exp(z) - target) ** 2)

    z = np.array([0.1 + 0.1j, 0.3j])
    for _ in range(400):
        z = z - 0.1 * np.conj(wg.grad(loss)(z))
    assert loss(z) < 1e-6


def test_the_adjoint_of_a_real_operand_in_complex_work_is_real() -> None:
    gradient = wg.grad(lambda x: wnp.imag((2 + 3j) * x * x))(5.0)
    assert gradient.dtype == np.float64
    assert gradient == 30.0
    x, z = np.array([1.0, 2.0]), np.array([1j, 2 - 1j])
    bars = wg.grad(lambda x, z: wnp.real(wnp.sum(x * z * z)), argnums=(0, 1))(x, z)
    assert [b.dtype for b in bars] == [np.float64, np.complex128]
    np.testing.assert_allclose(bars[0], (z * z).real)
    np.testing.assert_allclose(bars[1], 2 * x * z)
    m = wg.grad(lambda a: wnp.real(wnp.sum((a @ z) * (1 + 1j))))(np.eye(2))
    assert m.dtype == np.float64
    np.testing.assert_allclose(m, np.real((1 + 1j) * np.tile(z, (2, 1))))


def test_adjoints_of_a_real_value_of_both_types_add_up() -> None:
    def f(x: Any) -> Any:
        return wnp.real(wnp.sum(wnp.exp(1j * x) * wnp.sin(x))) + wnp.sum(x * x)

    wg.testing.check_grads(f, (np.array([0.3, 1.2]),))
    wg.testing.check_grads(f, (0.4,))
    wg.testing.check_grads(lambda x: wnp.real(wnp.exp(1j * x)) * x, (0.4,))
