"""Products of matrices of every size and layout: each way to compute them, and the seams between those ways."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

SIZES = [1, 3, 4, 8, 9, 16, 24, 25, 48, 49, 64, 65, 100, 128, 129, 257]
SHAPES = [
    shape for k, shape in enumerate(itertools.product(SIZES, repeat=3)) if k % 17 == 0 and np.prod(shape) <= 2_000_000
]
BLOCKS = [(513, 129, 25), (512, 128, 24), (520, 300, 100), (60, 700, 70), (48, 16, 16), (64, 1000, 64)]


def turned(a: Any) -> Any:
    """The same matrix, its columns one behind another."""
    return wnp.transpose(wg.asarray(np.ascontiguousarray(np.asarray(a).T)))


def inside(a: Any) -> Any:
    """The same matrix, in the middle of a larger one that is not a number elsewhere."""
    large = np.full((a.shape[0] + 2, a.shape[1] + 5), np.nan, a.dtype)
    large[1:-1, 2:-3] = a
    return wg.asarray(large)[1:-1, 2:-3]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES + BLOCKS, ids=str)
def test_a_product_is_the_product_however_its_operands_lie(
    shape: tuple[int, int, int], dtype: type, rng: np.random.Generator
) -> None:
    m, k, n = shape
    a, b = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)
    exact = a.astype(np.longdouble) @ b.astype(np.longdouble)
    # An error of each sum of at most its length times the rounding of a term, which is rather more than what comes.
    bound = (k + 2) * np.finfo(dtype).eps * (np.abs(a).astype(float) @ np.abs(b).astype(float))
    for left, right in itertools.product((wg.asarray, turned, inside), repeat=2):
        found = np.asarray(left(a) @ right(b))
        assert found.dtype == dtype
        assert np.all(np.abs(found - exact) <= bound)


@pytest.mark.parametrize("shape", [(10, 40, 10), (64, 130, 20), (100, 64, 64), (300, 129, 70)], ids=str)
def test_what_is_not_a_number_spoils_its_row_and_its_column_and_nothing_else(
    shape: tuple[int, int, int], rng: np.random.Generator
) -> None:
    m, k, n = shape
    a, b = rng.normal(size=(m, k)), rng.normal(size=(k, n))
    a[m - 2, k - 1] = np.nan
    b[0, n - 1] = np.inf
    with np.errstate(invalid="ignore"):
        expected = a @ b
    for left, right in itertools.product((wg.asarray, turned), repeat=2):
        np.testing.assert_allclose(np.asarray(left(a) @ right(b)), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shape", [(9, 30, 9), (70, 140, 33), (130, 70, 65)], ids=str)
def test_adjoints_of_products_that_are_added_up_are_their_sum(
    shape: tuple[int, int, int], rng: np.random.Generator
) -> None:
    m, k, n = shape
    a, b, c = rng.normal(size=(m, k)), rng.normal(size=(k, n)), rng.normal(size=(k, n))
    ybar = rng.normal(size=(m, n))

    def twice(a: Any) -> Any:
        return np.sum(ybar * (a @ b)) + np.sum(ybar * (a @ c)) + np.sum((b.T @ a.T) * ybar.T)

    expected = ybar @ (2 * b + c).T
    for gradient in (wg.grad(twice), wg.compile(wg.grad(twice)), wg.grad(wg.compile(twice))):
        np.testing.assert_allclose(gradient(a), expected, rtol=1e-11, atol=1e-11)


def test_a_stack_of_products_is_the_product_of_each_pair(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(3, 1, 70, 20)), rng.normal(size=(2, 20, 30))
    found = np.asarray(wg.asarray(a) @ wg.asarray(b))
    for i, j in np.ndindex(3, 2):
        np.testing.assert_allclose(found[i, j], a[i, 0] @ b[j], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("shape", [(5, 0, 8), (60, 0, 16), (1, 0, 4), (4, 0, 1), (300, 0, 70)], ids=str)
def test_a_product_without_terms_is_zero(shape: tuple[int, int, int], dtype: type) -> None:
    m, k, n = shape
    for left, right in itertools.product((wg.asarray, turned), repeat=2):
        used = [wg.asarray(np.full(m * n, 7.0)) + 1 for _ in range(8)]
        del used  # memory that is not zero
        found = np.asarray(left(np.zeros((m, k), dtype)) @ right(np.zeros((k, n), dtype)))
        assert found.shape == (m, n)
        assert not found.any()


def test_no_rows_have_no_share_in_a_gradient() -> None:
    x, w = np.zeros((0, 5)), np.ones((5, 8))
    np.testing.assert_array_equal(wg.grad(lambda w: np.sum(x @ w) + np.sum(w))(w), w)
