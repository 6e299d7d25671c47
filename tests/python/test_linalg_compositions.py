"""Linear algebra that is made of other: what a row of surface_cases.py does not say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

import wengert as wg
import wengert.numpy as wnp
from laws import assert_close, five_point

linalg = wnp.linalg


@pytest.fixture
def matrix(rng: np.random.Generator) -> Any:
    return rng.normal(size=(4, 4))


@pytest.mark.parametrize("size", [1e-8, 1.0, 30.0, 300.0])
def test_expm_is_scipys(matrix: Any, size: float) -> None:
    a = size * (matrix - matrix.T + 0.01 * matrix)
    expected = scipy.linalg.expm(a)
    assert_close(linalg.expm(a), expected, rtol=3e-12)
    assert_close(linalg.expm(np.stack([a, a.T])), np.stack([expected, expected.T]), rtol=3e-12)


def test_expm_has_the_derivatives_of_the_exponential(matrix: Any) -> None:
    wg.testing.check_grads(linalg.expm, (matrix,), order=2, atol=1e-5, rtol=1e-5)
    direction = np.sin(np.arange(16.0)).reshape(4, 4)
    _, slope = wg.jvp(linalg.expm, (matrix,), (direction,))
    assert_close(slope, scipy.linalg.expm_frechet(matrix, direction, compute_expm=False), rtol=1e-12)
    assert linalg.expm(np.zeros((3, 3))).tolist() == np.eye(3).tolist()
    assert linalg.expm(np.zeros((0, 0))).shape == (0, 0)
    assert linalg.expm(np.eye(2, dtype=np.float32)).dtype == np.float32


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_det_has_its_gradient_at_singular_matrices(rng: np.random.Generator, rank: int) -> None:
    a = rng.integers(-3, 4, (4, rank)).astype(float) @ rng.integers(-3, 4, (rank, 4)).astype(float)
    a[:, 0] = a[:, 1] if rank < 4 else a[:, 0]
    minors = [
        [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(4)] for i in range(4)
    ]
    assert_close(wg.grad(linalg.det)(a), np.array(minors), rtol=1e-9)
    assert_close(wg.jvp(linalg.det, (a,), (np.ones((4, 4)),))[1], np.sum(minors), rtol=1e-9)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pinv_is_differentiated_along_changes_that_keep_the_rank(rng: np.random.Generator, rank: int) -> None:
    a, b, da, db = (rng.normal(size=s) for s in [(5, rank), (rank, 4), (5, rank), (rank, 4)])
    f = lambda a, b: linalg.pinv(a @ b, 1e-8)
    _, slope = wg.jvp(f, (a, b), (da, db))
    assert_close(f(a, b), np.linalg.pinv(a @ b, 1e-8), rtol=1e-12)
    assert_close(slope, five_point(lambda t: np.linalg.pinv((a + t * da) @ (b + t * db), 1e-8), 1e-4), rtol=1e-7)
    wg.testing.check_grads(f, (a, b), order=2, atol=1e-4, rtol=1e-4)


def test_ill_conditioned_least_squares_lose_no_more_than_numpys() -> None:
    t = np.linspace(0, 1, 40)
    a, x = t[:, None] ** np.arange(9), np.arange(1.0, 10.0)
    got = linalg.lstsq(a, a @ x)
    assert np.abs(np.asarray(got.x) - x).max() < 1e-8
    assert int(got.rank) == 9
    assert_close(got.s, np.linalg.svd(a, compute_uv=False), rtol=1e-14)


def test_lstsq_gives_numpys_residuals_rank_and_singular_values(rng: np.random.Generator) -> None:
    for shape, columns in [((5, 2), (3,)), ((2, 5), ()), ((3, 3), ()), ((0, 2), ())]:
        a, b = rng.normal(size=shape), rng.normal(size=(shape[0], *columns))
        for got, expected in zip(linalg.lstsq(a, b), np.linalg.lstsq(a, b), strict=True):
            assert_close(got, expected, rtol=1e-12)
            assert np.shape(got) == np.shape(expected)


def test_polyfit_gives_all_that_numpys_does(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=9), rng.normal(size=(9, 2))
    for options in ({"full": True}, {"cov": True}, {"cov": "unscaled"}, {"full": True, "rcond": 1e-3}):
        for got, expected in zip(wnp.polyfit(x, y, 3, **options), np.polyfit(x, y, 3, **options), strict=True):
            assert_close(got, expected, rtol=1e-11)


def test_a_product_of_many_is_taken_in_the_order_that_costs_least() -> None:
    assert linalg._splits([100, 1, 100, 1])[0, 2] == 0
    assert linalg._splits([1, 100, 1, 100])[0, 2] == 1


@pytest.mark.parametrize("ord", [1, -1, np.inf, -np.inf, "fro", 2, -2, "nuc"])
def test_every_order_of_a_matrix_norm_is_numpys(rng: np.random.Generator, ord: Any) -> None:
    x = rng.normal(size=(2, 3, 4))
    for axis in [(0, 1), (2, 0), (-1, 1)]:
        for keepdims in (False, True):
            got, expected = linalg.norm(x, ord, axis, keepdims), np.linalg.norm(x, ord, axis, keepdims)
            assert np.shape(got) == expected.shape
            assert_close(got, expected, rtol=1e-13)


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, 0.5, -1, -2, np.inf, -np.inf])
def test_every_order_of_a_vector_norm_is_numpys(rng: np.random.Generator, ord: Any) -> None:
    x = rng.normal(size=(3, 4))
    assert_close(linalg.norm(x, ord, 1), np.linalg.norm(x, ord, 1), rtol=1e-13)
    assert_close(linalg.norm(x[0], ord, keepdims=True), np.linalg.norm(x[0], ord, keepdims=True), rtol=1e-13)


def test_the_gradient_of_a_norm_is_zero_at_zero() -> None:
    for f in (linalg.norm, linalg.vector_norm, linalg.matrix_norm, lambda x: linalg.norm(x, "fro")):
        assert wg.grad(lambda x, f=f: wnp.sum(f(x)))(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
