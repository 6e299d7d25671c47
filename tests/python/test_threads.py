"""Programs on several threads: the same bits on any number of them; parts that run slice by slice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from test_programs import assert_same_bits

Case = tuple[Any, tuple[np.ndarray, ...]]


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(list(shape)).normal(size=shape)


def mixture(x: Any, means: Any, factors: Any) -> Any:
    """Matrices of one component after another: first axes that no operation mixes until the last."""
    z = (x - means[:, None, :]) @ factors
    inner = -0.5 * np.sum(z**2, axis=2) + np.sum(factors, axis=(1, 2))[:, None]
    return np.sum(wnp.log(np.sum(np.exp(inner - np.max(inner, axis=0)), axis=0)))


def attention(q: Any, k: Any, v: Any) -> Any:
    scores = q @ np.transpose(k, (0, 2, 1)) / 8.0
    weights = np.exp(scores - np.max(scores, axis=2, keepdims=True))
    return np.sum((weights / np.sum(weights, axis=2, keepdims=True)) @ v, axis=(1, 2))[::2]


CASES: dict[str, Case] = {
    "elements": (lambda x: np.sum(np.sin(x) * np.cos(x) + np.exp(-(x**2))), (normal(100_003),)),
    "broadcast": (lambda x, y: np.sum(np.tanh(x * y) + np.where(x > y, x, y * y)), (normal(301, 700), normal(700))),
    "strided": (lambda x: np.sum(np.exp(x.T[1:] / 3.0), axis=0), (normal(500, 401),)),
    "float32": (lambda x: np.sqrt(x * x + np.float32(1)) * np.sin(x), (normal(200_000).astype(np.float32),)),
    "mixture": (mixture, (normal(400, 12), normal(10, 12), normal(10, 12, 12))),
    "attention": (attention, (normal(12, 120, 24), normal(12, 120, 24), normal(12, 120, 24))),
    "odd slices": (
        lambda x, y: np.sum((x @ y) ** 2 * np.sin(x @ y), axis=(1, 2)),
        (normal(7, 90, 90), normal(7, 90, 90)),
    ),
}
SLICED = ("mixture", "attention", "odd slices")


@pytest.fixture(autouse=True)
def as_many_as_before() -> Iterator[None]:
    before = wg.thread_count()
    yield
    wg.set_thread_count(before)


def derivatives(f: Any, arrays: tuple[np.ndarray, ...]) -> Any:
    wanted = tuple(range(len(arrays)))
    return wg.value_and_grad(lambda *a: np.sum(f(*a) * 0.7), argnums=wanted)


@pytest.mark.parametrize("name", CASES)
def test_any_number_of_threads_gives_the_same_bits_as_the_function(name: str) -> None:
    f, arrays = CASES[name]
    for g in (f, derivatives(f, arrays)):
        program, expected = wg.record(g, *arrays), g(*map(wg.asarray, arrays))
        for count in (1, 2, 3, 8):
            wg.set_thread_count(count)
            assert_same_bits(program(*arrays), expected)


@pytest.mark.parametrize("name", SLICED)
def test_what_leaves_the_first_axis_alone_runs_slice_by_slice(name: str) -> None:
    f, arrays = CASES[name]
    program = wg.record(derivatives(f, arrays), *arrays)
    assert program.stats()["repeats"] > 0
    other = tuple(a * 1.25 - 0.1 for a in arrays)
    assert_same_bits(program(*other), derivatives(f, arrays)(*other))


def test_what_small_arrays_hold_is_not_cut() -> None:
    f, _ = CASES["mixture"]
    assert wg.record(f, normal(5, 3), normal(4, 3), normal(4, 3, 3)).stats()["repeats"] == 0


def test_guards_look_at_what_a_slice_computed() -> None:
    def f(x: Any, y: Any) -> Any:
        z = np.sum((x @ y) ** 2, axis=2)
        return np.sum(z) if z[3, 5] > 100.0 else np.sum(-z)

    x, y = normal(8, 150, 130), normal(8, 130, 150)
    g = wg.compile(f)
    for scale in (1.0, 0.01, 1.0, 0.01):
        assert g(scale * x, y) == f(wg.asarray(scale * x), wg.asarray(y))
    assert g.stats()["programs"] == 2


def test_a_batch_is_its_points_on_any_number_of_threads() -> None:
    def f(x: Any) -> Any:
        for _ in range(40):
            x = np.sin(x) * 1.1 + np.cos(x) * 0.3
        return x

    program, points = wg.record(wg.value_and_grad(f), 0.5), normal(20_011)
    wg.set_thread_count(1)
    expected = program.batch(points)
    for count in (2, 5):
        wg.set_thread_count(count)
        assert_same_bits(program.batch(points), expected)


def test_a_count_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="set_thread_count: at least one thread, given 0"):
        wg.set_thread_count(0)


@pytest.mark.parametrize(("asked", "count"), [("3", 3), ("nonsense", None), ("", None)])
def test_the_environment_sets_the_first_count(asked: str, count: int | None) -> None:
    code = "import wengert as wg; print(wg.thread_count())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "WENGERT_THREADS": asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == (count or len(os.sched_getaffinity(0)))


FORK = """
import os, numpy as np, wengert as wg
wg.set_thread_count(2)
x = np.linspace(0.0, 1.0, 300_000)
p = wg.record(lambda x: np.sum(np.sin(x) * np.exp(x)), x)
before = p(x)
child = os.fork()
if child == 0:
    os._exit(0 if p(x) == before and p(2 * x) != before else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert p(x) == before
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_of_fork_has_threads_of_its_own() -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=60)
