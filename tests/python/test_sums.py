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
