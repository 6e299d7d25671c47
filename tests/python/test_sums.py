"""Sums of an array are sums of its lines: the same bits, however many are added up side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

SHAPES = [(5, 7), (130, 9), (300, 70), (1000, 65), (2, 4), (257, 3), (8, 64), (129, 129)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.int32, np.uint8, np.bool_])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_sum_of_columns_has_the_bits_of_each_columns_sum(
    shape: tuple[int, int], dtype: type, rng: np.random.Generator
) -> None:
    x = (10 * rng.normal(size=shape)).astype(dtype)
    lines = [np.asarray(wnp.sum(wg.asarray(np.ascontiguousarray(column)))) for column in x.T]
    assert np.array(lines).tobytes() == np.asarray(wnp.sum(wg.asarray(x), axis=0)).tobytes()
    middle = np.stack([x, x[::-1]])
    both: Any = np.asarray(wnp.sum(wg.asarray(middle), axis=1))
    assert both[0].tobytes() == np.array(lines).tobytes()


def test_sums_of_columns_keep_infinities_and_nans_apart() -> None:
    x = np.ones((200, 10))
    x[150, 3], x[7, 8], x[9, 9] = np.inf, np.nan, -np.inf
    expected = np.full(10, 200.0)
    expected[[3, 8, 9]] = np.inf, np.nan, -np.inf
    np.testing.assert_array_equal(np.asarray(wnp.sum(wg.asarray(x), axis=0)), expected)


def test_sums_of_no_rows_are_zeros() -> None:
    assert np.asarray(wnp.sum(wnp.zeros((0, 6)), axis=0)).tolist() == [0.0] * 6


LINES = [1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 63, 64, 65, 127, 128, 129, 256, 257, 2500]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.int8, np.bool_])
@pytest.mark.parametrize("n", LINES)
def test_a_sum_of_rows_has_the_bits_of_each_rows_sum(n: int, dtype: type, rng: np.random.Generator) -> None:
    x = (10 * rng.normal(size=(6, n))).astype(dtype)
    if dtype is np.float64:
        x[2], x[4, n // 2] = np.nan, np.inf  # what lies beside a row is no part of its sum
    lines = [np.asarray(wnp.sum(wg.asarray(row.copy()))) for row in x]
    assert np.array(lines).tobytes() == np.asarray(wnp.sum(wg.asarray(x), axis=1)).tobytes()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", LINES)
def test_a_logarithm_of_sums_has_the_same_bits_along_any_axis(n: int, dtype: type, rng: np.random.Generator) -> None:
    x = (20 * rng.normal(size=(n, 37))).astype(dtype)
    x[:, 3], x[:, 4], x[0, 5], x[n // 2, 6] = -np.inf, np.inf, -np.inf, np.nan
    down = np.asarray(wnp.logsumexp(wg.asarray(x), axis=0))
    along = np.asarray(wnp.logsumexp(wg.asarray(np.ascontiguousarray(x.T)), axis=1))
    alone = np.array([np.asarray(wnp.logsumexp(wg.asarray(column.copy()))) for column in x.T])
    assert down.tobytes() == along.tobytes() == alone.tobytes()
    with np.errstate(invalid="ignore", divide="ignore"):
        high = x.max(axis=0).astype(np.longdouble)
        exact = np.where(np.isfinite(high), high + np.log(np.exp(x - high).sum(axis=0)), high)
    np.testing.assert_allclose(down, exact.astype(dtype), rtol=8 * np.finfo(dtype).eps, atol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, np.bool_])
@pytest.mark.parametrize("name", ["max", "min"])
def test_the_best_of_columns_side_by_side_is_numpys(name: str, dtype: type, rng: np.random.Generator) -> None:
    for shape in ((1, 5), (9, 70), (300, 4), (2, 3, 129)):
        x = (10 * rng.normal(size=shape)).astype(dtype)
        if np.issubdtype(dtype, np.floating):
            x[..., 0, 1], x[..., -1, 2] = np.nan, -np.inf
        for axis in range(x.ndim):
            expected = getattr(np, name)(x, axis=axis)
            assert np.asarray(getattr(wnp, name)(wg.asarray(x), axis=axis)).tobytes() == expected.tobytes()
