"""Forward mode keeps what is alive, not what has happened."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import wengert as wg

STEPS = 60_000  # more than two fresh starts of the recording


def test_a_long_loop_has_the_tangent_of_a_short_formula() -> None:
    def f(x: Any) -> Any:
        y = x
        for _ in range(STEPS):
            y = y + 1e-6 * np.sin(y) * x
        return y

    x, h = 0.7, 1e-6
    y, dy = wg.jvp(f, (x,), (2.0,))
    assert y == f(x)
    assert dy == pytest.approx((f(x + h) - f(x - h)) / h, rel=1e-8)
    assert dy == pytest.approx(2.0 * wg.grad(f)(x), rel=1e-12)


def test_everything_alive_is_carried_over() -> None:
    def f(x: Any, w: Any) -> Any:
        kept = [x[i] * float(i) for i in range(3)]
        row, view = 1.0 * w, None
        total = {"sum": 0.0 * x[0]}
        for k in range(STEPS // 10):
            view = row[1:]
            kept.append(kept.pop(0) * 1.0001 + 1e-5 * row[k % 4])
            view[0] = view[0] * 0.9999 + 1e-6 * kept[0]
            total["sum"] = total["sum"] + np.sum(row * x[1])
        return kept, view, total, w

    x, w = np.array([0.3, -0.4, 1.1]), np.arange(4.0)
    directions = (np.array([1.0, 0.5, -2.0]), np.ones(4))
    y, dy = wg.jvp(f, (x, w), directions)
    once, pull = wg.vjp(f, x, w)
    assert str(y) == str(once)
    back = pull(([1.0, 2.0, 3.0], np.ones(3), {"sum": 1.0}, np.ones(4)))
    forward = dy[0][0] + 2 * dy[0][1] + 3 * dy[0][2] + dy[1].sum() + dy[2]["sum"] + dy[3].sum()
    assert forward == pytest.approx(sum(np.sum(a * b) for a, b in zip(back, directions, strict=True)), rel=1e-11)


def test_transforms_and_rules_inside_are_not_disturbed() -> None:
    @wg.custom_jvp
    def cube(x: Any) -> Any:
        return x**3

    cube.defjvps(lambda dx, y, x: 3.0 * x * x * dx)
    slope = wg.grad(lambda z: cube(z) + z * z)

    def f(x: Any) -> Any:
        y, pull = wg.vjp(lambda z: z * x, x)
        for k in range(STEPS // 20):
            y = y + 1e-5 * slope(y) + 1e-6 * wg.checkpoint(lambda z: np.sin(z) * x)(y)
            if k % 1000 == 0:
                y = y + 1e-3 * pull(1.0)[0]
        return y + wg.jvp(lambda z: z * y, (x,), (1.0,))[1]

    x, h = 0.4, 1e-6
    assert wg.jvp(f, (x,), (1.0,))[1] == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-6)


def test_lanes_inside_are_carried_over() -> None:
    def f(x: Any) -> Any:
        def each(z: Any) -> Any:
            for _ in range(STEPS // 6):
                z = z + 1e-4 * np.sin(z) * x
            return z

        return wg.vmap(each)(x * np.arange(3.0))

    dy = wg.jvp(f, (0.5,), (1.0,))[1]
    np.testing.assert_allclose(dy, wg.jacobian(f, mode="reverse")(0.5), rtol=1e-11)


def test_handles_that_die_late_are_counted() -> None:
    held: list[Any] = []

    def f(x: Any) -> Any:
        y = x
        for k in range(STEPS // 4):
            y = y * 1.00001 + x
            if k % 997 == 0:
                held.append(y)
            if len(held) > 5:
                held.pop(0)
        return y + held[0]

    assert wg.jvp(f, (1.0,), (1.0,))[1] == pytest.approx(wg.grad(f)(1.0), rel=1e-12)
    gc.collect()


@pytest.mark.parametrize("step", ["y = y + 1e-6 * np.sin(y) * x", "v = v + 1e-6 * np.sin(v) * x; y = y + 1e-9 * v[3]"])
def test_a_million_steps_grow_by_less_than_20_mb(step: str) -> None:
    steps = 1_000_000 if "v" not in step else 100_000
    program = f"""
import resource
import numpy as np
import wengert as wg

def f(x, steps):
    y, v = x, x * np.ones(64)
    for _ in range(steps):
        {step}
    return y

wg.jvp(lambda x: f(x, 10), (0.5,), (1.0,))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
dy = wg.jvp(lambda x: f(x, {steps}), (0.5,), (1.0,))[1]
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 20.0
