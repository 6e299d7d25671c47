"""Programs and forks."""

from __future__ import annotations

import os
import subprocess
import sys

# Eager runs and replays, on several threads, before the fork and after it; one thread runs while the process forks.
FORKED = """
import concurrent.futures, os, threading
import numpy as np, wengert as wg

def f(x):
    return np.sum(np.exp(-(x**2)) * np.sin(x)) if x[0] > 0 else np.sum(x * np.tanh(x) * np.cos(x))

compiled = wg.compile(wg.value_and_grad(f))
inputs = [np.random.default_rng(k).normal(size=100_000) for k in range(4)]
bits = lambda results: b"".join(np.asarray(part).tobytes() for result in results for part in result)
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    expected = bits(pool.map(compiled, inputs))
done = threading.Event()

def busy():
    while not done.is_set():
        compiled(inputs[0])

thread = threading.Thread(target=busy)
thread.start()
reading, writing = os.pipe()
for _ in range(10):
    child = os.fork()
    if child == 0:
        fresh = [wg.value_and_grad(f)(x) for x in inputs]
        os.write(writing, b"+" if expected == bits(map(compiled, inputs)) == bits(fresh) else b"-")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
done.set()
thread.join()
assert expected == bits(map(compiled, inputs))
print(os.read(reading, 100).decode())
"""


def test_a_fork_runs_the_programs_of_its_parent() -> None:
    """A child has one thread: those that worked for a program of its parent are gone."""
    environment = os.environ | {"WENGERT_THREADS": "3"}
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120, env=environment)
    assert done.stdout == "+" * 10 + "\n", done.stderr
