"""Loops in bounded memory: the same bits under every schedule, the work that was promised, and nothing left behind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
from unrolled import assert_same_bits

X = np.array([0.3, -0.2, 0.5])
W = np.random.default_rng(0).normal(size=(3, 3)) * 0.4
STEPS = 23


def step(k: Any, y: Any) -> Any:
    y = np.sin(W @ y) + 0.5 * y + 0.01 * k
    return y * 1.1 if k % 4 == 0 else y


def gradient(**options: Any) -> Any:
    return wg.grad(lambda x: (wg.fori_loop(0, STEPS, step, x, **options) ** 2).sum())(X)


def process(program: str, seconds: int = 60) -> str:
    """Output of a Python program."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


@pytest.mark.parametrize("snapshots", range(1, STEPS + 1))
def test_every_schedule_gives_the_same_bits_for_the_work_it_promises(snapshots: int, tmp_path: Path) -> None:
    expected = gradient()
    for block in (2, 3, 7, STEPS, 40):
        assert_same_bits(gradient(snapshots=snapshots, block=block), expected)
        assert wg.loop_work()["snapshots"] <= snapshots
    for storage in (None, tmp_path):
        assert_same_bits(gradient(snapshots=snapshots, block=1, storage=storage), expected)
        work, count = wg.loop_work(), wg.schedules.binomial(STEPS, snapshots).count()
        assert work["taped"] == STEPS
        if storage is None:
            assert (work["advanced"], work["snapshots"]) == (count.advanced, count.most_snapshots)
        else:
            assert work["snapshots"] <= snapshots
            assert (work["snapshots_on_disk"] > 0) == (snapshots < STEPS - 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("memory", [500, 2_000, 5_000, "20kB", "1 MiB", 10**30])
def test_every_budget_gives_the_same_bits(memory: Any) -> None:
    assert_same_bits(gradient(memory=memory), gradient())


@pytest.mark.parametrize(("n", "block", "snapshots"), [(24, 4, 2), (60, 5, 3), (1_000, 10, 7), (10_000, 100, 10)])
def test_blocks_are_the_steps_of_a_schedule(n: int, block: int, snapshots: int) -> None:
    wg.grad(lambda x: wg.fori_loop(0, n, lambda k, y: np.sin(y) * x, x, snapshots=snapshots, block=block))(0.5)
    work = wg.loop_work()
    assert work["advanced"] == block * wg.schedules.binomial(n // block, snapshots).count().advanced
    assert work["taped"] == n


@pytest.mark.parametrize("snapshots", [1, 2, 5, 40])
def test_a_loop_of_unknown_length_gives_the_same_bits(snapshots: int) -> None:
    def f(**options: Any) -> Any:
        body = lambda s: (s[0] + 1, step(s[0], s[1]))
        return wg.grad(lambda x: (wg.while_loop(lambda s: s[0] < STEPS, body, (0, x), **options)[1] ** 2).sum())(X)

    assert_same_bits(f(snapshots=snapshots), f())
    assert_same_bits(f(), gradient())


@pytest.mark.parametrize("n", [1, 10, 50])
def test_a_budget_that_is_too_small_says_the_least_that_is_not(n: int) -> None:
    def fori(memory: int) -> Any:
        return wg.grad(lambda x: wg.fori_loop(0, n, step, x, memory=memory).sum())(X)

    def by_state(memory: int) -> Any:
        body = lambda s: (s[0] + 1, step(s[0], s[1]))
        return wg.grad(lambda x: wg.while_loop(lambda s: s[0] < n, body, (0, x), memory=memory)[1].sum())(X)

    for f in (fori, by_state):
        with pytest.raises(wg.MemoryBudgetError, match="at least") as caught:
            f(10)
        least = int(re.search(r"at least (\d+)", str(caught.value))[1])  # type: ignore[index]
        with pytest.raises(wg.MemoryBudgetError):
            f(least - 1)
        f(least)


@pytest.mark.parametrize("n", [1_000, 30_000])
@pytest.mark.parametrize("memory", [20_000, 50_000, 100_000])
def test_what_a_loop_of_tiny_steps_took_is_within_its_budget(n: int, memory: int) -> None:
    def body(state: Any, k: Any) -> Any:
        x, v = state
        x = x + 0.001 * v
        return (x, v - 0.001 * (p[0] * v + p[1] * x + np.cos(0.001 * k))), x

    p = np.array([0.1, -1.0])
    wg.grad(lambda q: wg.scan(lambda s, k: body(s, q[0] + k), (1.0, 0.0), np.arange(n), memory=memory)[1][-1])(p)
    work = wg.loop_work()
    assert 0 < work["snapshots"] * work["snapshot_bytes"] + work["tape_bytes"] <= memory, work


def test_storage_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    x = X.copy()
    for where, why in ((tmp_path / "missing", "No such file"), (file, "Not a directory")):
        with pytest.raises(wg.StorageError, match=why):
            gradient(snapshots=1, block=1, storage=where)
    assert_same_bits(X, x)
    assert file.read_text() == "kept"
    assert_same_bits(gradient(snapshots=1, block=1, storage=tmp_path), gradient())


def test_a_full_disk_ends_a_gradient_and_nothing_else(tmp_path: Path) -> None:
    out = process(
        f"""
        import os, resource, signal, numpy as np, wengert as wg
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        x = np.linspace(0.1, 0.9, 1000)
        p = wg.asarray(x.copy())
        few = dict(snapshots=2, block=1, storage={str(tmp_path)!r})
        f = lambda x: wg.fori_loop(0, 50, lambda k, y: np.sin(y * p) + x, x, **few).sum()
        expected = wg.grad(f)(x)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        for _ in range(2):
            try:
                wg.grad(f)(x)
                print("no error")
            except wg.StorageError as error:
                assert "File too large" in str(error), error
        assert not os.listdir({str(tmp_path)!r})
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert np.array_equal(x, np.linspace(0.1, 0.9, 1000)) and np.array_equal(p, x)
        assert np.array_equal(wg.grad(f)(x), expected)
        print("done")
        """
    )
    assert out == "done"


LONG = """
    import os, signal, sys, threading, time, numpy as np, wengert as wg
    signal.signal(signal.SIGINT, signal.default_int_handler)
    n = 10**9
    sent = []
    def interrupt():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
"""


def test_a_killed_process_leaves_no_file(tmp_path: Path) -> None:
    program = (
        LONG
        + f"""
    print("starts", flush=True)
    few = dict(snapshots=2, block=1, storage={str(tmp_path)!r})
    wg.grad(lambda x: wg.fori_loop(0, n, lambda k, y: np.sin(y) + x, x, **few).sum())(np.ones(50))
    """
    )
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(0.3)
    assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "f",
    [
        "lambda x: wg.fori_loop(0, n, lambda k, y: np.sin(y) + x, x)",
        "wg.grad(lambda x: wg.fori_loop(0, n, lambda k, y: np.sin(y) + x, x, snapshots=5))",
        "wg.grad(lambda x: wg.while_loop(lambda y: y < 10.0, lambda y: np.sin(y) + x, x))",
        "wg.grad(lambda x: wg.fori_loop(0, 2_000_000, lambda k, y: np.sin(y) + x, x, snapshots=1, block=1))",
    ],
    ids=["value", "gradient", "while", "way back"],
)
def test_an_interrupt_ends_a_long_loop_soon_and_the_next_one_is_right(f: str) -> None:
    out = process(
        LONG
        + f"""
    f = {f}
    def memory():
        return int(open("/proc/self/statm").read().split()[1]) * 4096
    threading.Timer(0.4, interrupt).start()
    try:
        f(0.5)
        print("ended")
    except KeyboardInterrupt:
        assert time.monotonic() - sent[0] < 1.0, time.monotonic() - sent[0]  # 0.02 where nobody else is at work
    wg.release_memory()
    assert memory() < 500e6
    print(wg.grad(lambda x: wg.fori_loop(0, 3, lambda k, y: y * x, 1.0))(2.0))
    """
    )
    assert out == "12.0"


def test_a_bar_shows_both_ways_and_moves_ten_times_a_second(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    started = time.monotonic()
    f = lambda **o: wg.grad(lambda x: wg.fori_loop(0, 100_000, step, x, snapshots=20, **o).sum())(X)
    found = f(progress=True)
    shown = capfd.readouterr().err
    assert "fori_loop: " in shown
    assert "fori_loop back: " in shown
    assert shown.count("100%") >= 2  # both come to their ends
    assert shown.count("\r") <= 10 * (time.monotonic() - started) + 10
    assert_same_bits(found, f())


def long_scan(guarded: bool, reverse: bool, **options: Any) -> Any:
    """2,500 tiny steps: a state of two arrays and a count, rows in and out, two arrays from outside.

    A guard that always holds makes each step a program of its own.
    """
    xs = np.random.default_rng(1).normal(size=(2500, 3))
    scale = np.array([2, 1, 3])

    def loss(x0: Any, w: Any, xs: Any) -> Any:
        def body(state: Any, x: Any) -> Any:
            y, s, n = state
            if guarded and y[0] > 1e9:
                return state, x
            y = 0.9 * y + 0.1 * np.sin(x * w) * scale
            return (y, s + y[0] * y[1], n + 1), y * s

        (y, s, n), ys = wg.scan(body, (x0, 0.0, 0), xs, reverse=reverse, **options)
        return (y * y).sum() + s + (ys[::7] * w).sum() + n, ys

    return wg.value_and_grad(loss, (0, 1, 2), has_aux=True)(X, W[0], xs)


@pytest.mark.parametrize("reverse", [False, True])
def test_steps_that_run_several_as_one_program_give_the_bits_of_single_ones(reverse: bool) -> None:
    expected = long_scan(True, reverse)
    for options in ({}, {"snapshots": 3, "block": 7}, {"snapshots": 20, "block": 50}, {"memory": "30KB"}):
        assert_same_bits(long_scan(False, reverse, **options), expected)
        work = wg.loop_work()
        assert work["steps"] == work["taped"] == 2500
    assert_same_bits(long_scan(True, reverse, snapshots=5, block=10), expected)


def test_several_steps_as_one_know_their_numbers() -> None:
    def total(x: Any, guarded: bool) -> Any:
        def body(k: Any, y: Any) -> Any:
            if guarded and y > 1e9:
                return y
            return y * 0.999 + x * (k - 1000.0)

        return wg.fori_loop(3, 2998, body, 1.0)

    for guarded in (False, True):
        assert_same_bits(wg.value_and_grad(total)(0.5, guarded), wg.value_and_grad(total)(0.5, not guarded))
    y, n = 1.0, 0.0
    for k in range(3, 2998):
        y, n = y * 0.999 + 0.5 * (k - 1000.0), n * 0.999 + (k - 1000.0)
    value, slope = wg.value_and_grad(total)(0.5, False)
    assert value == y
    assert slope == pytest.approx(n, rel=1e-12)
