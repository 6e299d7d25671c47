"""Programs and forks."""

from __future__ import annotations

import subprocess
import sys

# Eager runs and replays, before the fork and after it. Threads ran programs before; one runs while the process forks.
FORKED = """
import concurrent.futures, os, threading
import numpy as np, wengert as wg

def f(x):
    return np.sum(np.exp(-(x**2)) * np.sin(x)) if x[0] > 0 else np.sum(np.outer(x, x) @ x)

compiled = wg.compile(wg.value_and_grad(f))
inputs = [np.random.default_rng(k).normal(size=300) for k in range(16)]
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
for _ in range(20):
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
    """A child has one thread, and of the memory of the others what they had set aside."""
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120)
    assert done.stdout == "+" * 20 + "\n", done.stderr
