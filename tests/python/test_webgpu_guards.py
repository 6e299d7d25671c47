"""Branches on a device: by numbers that lie on the processor they are taken, by what lies on the device refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
from webgpu_cases import pytestmark  # noqa: F401

X = np.linspace(-1, 1, 5).astype(np.float32)


def branching(x: Any, rate: Any, count: Any = 2) -> Any:
    if rate * 2 > 1:
        x = np.sin(x)
    for _ in range(int(count)):
        x = x + rate
    return x


def compiled(f: Any, **options: Any) -> Any:
    return wg.compile(f, device="webgpu", **options)


def test_a_branch_on_a_number_of_the_arguments_has_a_program_for_each_way():
    f = compiled(branching)
    for rate, count in [(0.2, 2), (0.9, 2), (0.3, 2), (0.7, np.int64(4)), (0.1, np.int64(4)), (0.8, np.int64(4))]:
        np.testing.assert_allclose(f(X, rate, count).numpy(), branching(X, np.float32(rate), count), rtol=1e-6)
    assert f._recordings == 4
    f(X, 0.4, 2)
    assert f._recordings == 4
    assert f.stats()["allocations"] == 0
    assert f.stats()["readbacks"] == 0


def test_an_array_on_the_device_beside_it_is_not_read_back():
    f = compiled(branching)
    x = wg.asarray(X, device="webgpu")
    f(x, 0.9)
    for rate in (0.2, 0.6, 0.3):
        np.testing.assert_allclose(f(x, rate).numpy(), branching(X, np.float32(rate)), rtol=1e-6)
    f(x, 0.7)
    assert f.stats()["readbacks"] == 0
    f(x, 0.1)
    assert f.stats()["readbacks"] == 0


def test_random_numbers_take_the_way_that_they_take_on_the_processor():
    def f(x: Any, a: Any, b: Any) -> Any:
        for k in range(2):
            x = x + a if np.sin(a * k) > b else x * b
            if b > a:
                a = a + 1
        return x

    g, rng = compiled(f), np.random.default_rng(0)
    for _ in range(200):
        a, b = rng.normal(size=2).astype(np.float32)
        np.testing.assert_allclose(g(X, a, b).numpy(), f(X, a, b), rtol=1e-5, atol=1e-6)
    assert g._recordings <= 16


def test_an_index_that_an_earlier_branch_keeps_inside_is_not_read_where_it_is_outside():
    table = wg.asarray(np.array([3, 1, 2]))

    def f(x: Any, k: Any) -> Any:
        return x * int(table[k]) if k < 3 else -x

    g = compiled(f)
    for k in (0, 2, 5, 1, 7, 0):
        np.testing.assert_array_equal(g(X, np.int64(k)).numpy(), f(X, np.int64(k)))


def test_guards_raise_refuses_the_other_way_and_nothing_else():
    f = compiled(branching, guards="raise")
    f(X, 0.2, np.int64(3))
    with pytest.raises(wg.GuardError, match="guard 1 of 2"):
        f(X, 0.8, np.int64(3))
    with pytest.raises(wg.GuardError, match="guard 0 of 2"):
        f(X, 0.2, np.int64(4))
    np.testing.assert_allclose(f(X, 0.3, np.int64(3)).numpy(), branching(X, np.float32(0.3), 3), rtol=1e-6)
    with pytest.raises(ValueError, match="unknown guards"):
        compiled(branching, guards="ignore")


@pytest.mark.parametrize("guards", ["retrace", "raise"])
def test_a_branch_on_what_lies_on_the_device_or_comes_of_an_array_is_refused_with_its_line(guards):
    told = r"(?s)goes by values.*test_webgpu_guards.py:\d+"
    for f, args in [
        (lambda x, k: x if k > 0 else -x, (X, wg.asarray(0.5, device="webgpu"))),
        (lambda x, k: x if np.sum(x) > k else -x, (X, 0.5)),
        (lambda x, k: x if k > 0 and x[0] > 0 else -x, (X, 0.5)),
        (lambda x, k: x[x > k], (X, 0.5)),
    ]:
        with pytest.raises(wg.DeviceUnsupportedError, match=told):
            compiled(f, guards=guards)(*args)


def test_the_guard_that_is_named_is_the_first_that_needs_an_array():
    def f(x: Any, k: Any) -> Any:
        y = x if k > 0 else -x
        return y if int(np.sum(y)) else -y  # this one

    with pytest.raises(wg.DeviceUnsupportedError, match=r"return y if int\(np.sum\(y\)\)"):
        compiled(f)(X, 0.5)


def test_a_page_has_no_processor_to_look_at_numbers(tmp_path):
    with pytest.raises(wg.DeviceUnsupportedError, match="goes by values"):
        compiled(branching).export(tmp_path / "none", X, 0.5)
    assert not (tmp_path / "none").exists()
