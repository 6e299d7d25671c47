"""Complex numbers in the explorer: JavaScript of the rule table and of structural primitives agrees with the core."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from chromium import Browser, watched
from complex_cases import WHOLE, operands, points
from explore_engine import agree_or_refused, flat, opened, swept
from explore_pages import kept, nodes, said
from explore_pages import opened as shown
from structural_cases import Case
from test_complex_linalg import TAKEN, arguments, hermitian
from wengert._core import elementwise

PRIMITIVES = [p for p in wg.testing.primitives() if p.elementwise and p.complex]
primitives = pytest.mark.parametrize("p", PRIMITIVES, ids=lambda p: p.name)

# The slopes by each element of its own, of functions that act element by element: adjoints of the real parts.
SLOPES = """
  const output = model.outputs[0], y = model.values[output], found = [];
  for (const i of model.inputs) found.push(model.values[i].map(() => 0));
  for (let e = 0; y.isComplex && e < y.length; e += 2) {
    const { adjoints } = model.adjoints(0, e);
    model.inputs.forEach((i, k) => { for (const p of [e, e + 1]) found[k][p] = adjoints[i][p]; });
  }
  return [y, ...found];
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Any]:
    """One page for all of this file's documents."""
    context = browser.run(browser.context)
    found = browser.run(context.new_page)
    wrong = browser.run(watched, found)
    yield found
    browser.run(context.close)
    assert not wrong, wrong


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def compared(page: Any, p: Any, z: list[Any]) -> list[tuple[Any, Any]]:
    """Value and slopes of a primitive at these points: [(the page's, the core's), ...]."""
    f, order = getattr(elementwise, p.name), z[0]
    if WHOLE.get(p.name) == 0:
        f, z = (lambda of_two: lambda x: of_two(order, x))(f), z[1:]
    got = opened(page, f, z, SLOPES)
    y = f(*map(wg.asarray, z))
    expected = [y, *(wg.vjp(f, *z)[1](np.ones(y.shape, complex)) if y.dtype == complex else ())]
    pairs = []
    for a, b in zip(got, expected, strict=False):
        c = np.array(a, np.float64)
        pairs.append((c.view(np.complex128) if np.asarray(b).dtype.kind == "c" else c, np.asarray(b)))
    return pairs


@primitives
def test_every_function_of_complex_numbers_agrees_with_the_core(page: Any, p: Any) -> None:
    for k, (got, expected) in enumerate(compared(page, p, operands(p.name, p.arity, 60))):
        np.testing.assert_allclose(got, expected, rtol=1e-12, err_msg=f"{p.name}, {k}")


PARTS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.5, 1e-9]
GRID = np.array([complex(a, b) for a in PARTS for b in PARTS])
FAR = np.array([complex(a, b) for a in (np.inf, -np.inf, np.nan, 1.0, 0.0) for b in (np.inf, -np.inf, np.nan, 1.0)])


def grid(p: Any, all_points: Any) -> list[Any]:
    """All pairs of these points, of a function of two; an order is a whole number."""
    z = [np.ravel(x) for x in np.meshgrid(*[all_points] * p.arity)]
    if p.name in WHOLE:
        z[WHOLE[p.name]] = np.resize(np.arange(1.0, 4.0), z[0].size) + 0j
    return z


@primitives
def test_signed_zeros_and_both_sides_of_branch_cuts_are_the_cores(page: Any, p: Any) -> None:
    (got, expected), *slopes = compared(page, p, grid(p, GRID))
    known = np.isfinite(expected) if expected.dtype == complex else np.full(expected.shape, True)
    np.testing.assert_allclose(got[known], expected[known], rtol=1e-12, atol=1e-15, err_msg=p.name)
    assert not np.isfinite(got[~known]).any()
    for k, (slope, of_core) in enumerate(slopes):
        near = np.isfinite(of_core)
        np.testing.assert_allclose(slope[near], of_core[near], rtol=1e-12, atol=1e-15, err_msg=f"{p.name}, {k}")
        assert not np.isfinite(slope[~near]).any()


@primitives
def test_what_is_not_finite_is_not_finite_in_the_page(page: Any, p: Any) -> None:
    z = grid(p, FAR) if p.arity == 2 else [FAR]
    got, expected = compared(page, p, z)[0]
    if expected.dtype == complex:
        assert not np.isfinite(got[np.isnan(expected)]).any()
    else:
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", ["expm1", "log1p", "sinc", "arcsin", "arctan", "arcsinh", "arctanh", "tan", "log"])
def test_small_parts_are_right_by_themselves(page: Any, name: str) -> None:
    p = next(p for p in PRIMITIVES if p.name == name)
    (got, expected), *_ = compared(page, p, [points(40) * 1e-9 + (name == "log")])
    np.testing.assert_allclose(flat(got), flat(expected), rtol=1e-12, atol=1e-24)


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.name)
def test_every_structural_primitive_agrees_on_complex_numbers(page: Any, case: Case) -> None:
    agree_or_refused(page, case, arguments(case))


def tall(*shape: int) -> Any:
    return points(int(np.prod(shape))).reshape(shape)


def averages(x: Any) -> Any:
    """Of a decomposition what does not depend on phases: projections, weighted by where they stand."""
    u, s, v = wnp.linalg.svd(x, full_matrices=False)
    return wnp.matmul(u * s, v), wnp.matmul(u * s**2, wnp.conj(u.T))


PROGRAMS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a spectrum": (lambda x: wnp.abs(wnp.fft.fft(x)) ** 2, (np.linspace(-1.0, 2.0, 12),)),
    "a filter": (lambda x, w: wnp.fft.irfft(wnp.fft.rfft(x) * w, 15), (np.cos(np.arange(15.0)), tall(8))),
    "all axes": (lambda x: wnp.real(wnp.fft.fft2(x)), (np.arange(30.0).reshape(5, 6),)),
    "a norm": (lambda z: wnp.linalg.norm(z, axis=0), (tall(3, 4),)),
    "cholesky": (wnp.linalg.cholesky, (hermitian(),)),
    "qr, tall": (lambda z: wnp.concatenate(wnp.linalg.qr(z)), (tall(5, 3),)),
    "qr, all columns": (lambda z: wnp.linalg.qr(z, mode="complete")[1], (tall(4, 2),)),
    "svd, wide": (averages, (tall(2, 4),)),
    "svd, tall": (averages, (tall(4, 2),)),
    "a determinant": (wnp.linalg.det, (tall(3, 3),)),
    "a sign of a determinant": (lambda z: wnp.linalg.slogdet(z)[0], (tall(2, 3, 3),)),
    "equal singular values": (lambda z: averages(z * np.eye(3))[0], (np.exp(1j * np.arange(3.0)),)),
    "equal eigenvalues": (lambda z: wnp.linalg.eigvalsh(wnp.real(z) * np.eye(3)), (0.5 + 0j,)),
    "mandelbrot": (lambda c: wnp.abs((c**2 + c) ** 2 + c), (0.1 + 0.4j,)),
    "reals and complex numbers": (lambda x, z: wnp.sum(x * z) * wnp.exp(1j * x[0]), (np.arange(3.0), tall(3))),
    "a solution": (lambda a, b: wnp.linalg.solve(a, b), (tall(3, 3), np.arange(3.0))),
    "assignment": (lambda z: _assigned(z), (tall(3, 2),)),
    "a derivative": (wg.grad(lambda z: wnp.sum(wnp.abs(wnp.sin(z)) ** 2)), (tall(3),)),
}


def _assigned(z: Any) -> Any:
    y = z * 1.0
    y[1:, 0] = z[:2, 1] * 1j
    y[0] += wnp.conj(z[1])
    return y


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_and_tangents_of_programs_of_complex_numbers_are_the_cores(page: Any, name: str) -> None:
    f, args = PROGRAMS[name]
    swept(page, lambda *x: f(*x)[0] if name.startswith("svd") else f(*x), args)
    if name.startswith("svd"):
        swept(page, lambda x: f(x)[1], args)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 12, 64, 97, 100, 210])
def test_transforms_of_any_length_are_those_of_the_core(page: Any, n: int) -> None:
    x = np.random.default_rng(n).normal(size=n)
    swept(page, lambda z: wnp.fft.fft(z), (x,))
    swept(page, lambda z: wnp.fft.ifft(z), (x + 1j * x[::-1],))


def test_complex64_is_rounded_at_each_operation(page: Any) -> None:
    z = points(5).astype(np.complex64)
    got = opened(page, lambda z: wnp.exp(z) * z, (z,), "return model.values[model.outputs[0]]")
    assert np.array_equal(got, np.float32(got))
    np.testing.assert_allclose(np.array(got).view(complex), np.exp(z) * z, rtol=1e-6)


def test_a_zero_adjoint_is_strong_among_complex_numbers_too(page: Any) -> None:
    def f(z: Any) -> Any:
        return wnp.real(wnp.where(wnp.abs(z) > 0, wnp.sqrt(z), 0.0)).sum() + wnp.abs(z).sum()

    z = np.array([0.0, 1.0 + 1.0j])
    assert wg.grad(f)(z)[0] == 0
    swept(page, f, (z,))


def damped(z: Any, x: Any) -> Any:
    w = np.exp(z * x) * (1.0 + 2.0j)
    return w + z


def test_a_complex_input_has_a_slider_for_each_part_and_slopes_by_them(browser: Browser, tmp_path: Path) -> None:
    def look() -> None:
        page = browser.context().new_page()
        wrong = watched(page)
        shown(page, tmp_path, damped, 0.5 - 1.0j, 0.7)
        exact = damped(0.5 - 1.0j, 0.7)
        assert f"= {exact.real:.4g}{exact.imag:+.4g}j" in [text for texts in nodes(page) for text in texts]
        slope = 0.7 * np.exp((0.5 - 1.0j) * 0.7) * (1.0 + 2.0j) + 1.0
        assert f".real/∂z.real = {slope.real:.4g}" in page.inner_text(".inputs")
        assert f".real/∂z.imag = {-slope.imag:.4g}" in page.inner_text(".inputs")
        page.check("text=finite differences")
        assert "off by" in page.inner_text(".inputs")
        page.select_option("text=derivatives of", index=1)
        assert f".imag/∂z.real = {slope.imag:.4g}" in page.inner_text(".inputs")
        assert f".imag/∂z.imag = {slope.real:.4g}" in page.inner_text(".inputs")
        page.fill("input[aria-label='z.imag, as a number']", "0")
        moved = damped(0.5, 0.7)
        assert f"= {moved.real:.4g}{moved.imag:+.4g}j" in [text for texts in nodes(page) for text in texts]
        for _ in range(4):
            page.keyboard.press("ArrowLeft") if page.evaluate("document.activeElement.blur()") is None else None
        assert "× (" in said(page)
        kept(page, "complex", tmp_path)
        assert wrong == []

    browser.run(look)


def test_elements_of_complex_arrays_are_named_and_listed(browser: Browser, tmp_path: Path) -> None:
    def look() -> None:
        page = browser.context().new_page()
        wrong = watched(page)
        shown(page, tmp_path, lambda x: np.sum(np.abs(np.fft.fft(x * 1j)) ** 2), np.arange(6.0))
        page.locator(".node", has_text="fourier").click()
        assert "15j" in page.inner_text(".detail")
        assert page.locator(".node", has_text="fourier").locator(".thumb path").count() == 1
        page.locator("summary").click()
        kept(page, "complex-arrays", tmp_path)
        assert wrong == []

    browser.run(look)
