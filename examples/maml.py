"""
Learning to learn sine waves
============================

A network that has a new sine wave after one step of gradient descent on ten points of it. Finn, Abbeel and Levine,
Model-agnostic meta-learning (2017), section 5.1: each task is a sine of its own amplitude (0.1 to 5) and phase (0 to
pi). The loss *after* an inner step is differentiated by the weights *before* it: a gradient through a gradient. A
network trained on all tasks alike learns only their mean, and one step from there helps little: both are tried on the
same new tasks.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import wengert as wg

SHAPES = ((1, 40), (40,), (40, 40), (40,), (40, 1), (1,))
INNER = 0.01  # the inner step's rate


def task(random, shots=10):
    """Points x (shots, 1) and the task's sine there, twice: to learn from, and to be judged by."""
    amplitude, phase = random.uniform(0.1, 5), random.uniform(0, np.pi)
    both = random.uniform(-5, 5, size=(2, shots, 1))
    return [(x, amplitude * np.sin(x + phase)) for x in both]


# %%
# The network, a step, and the loss after it
# ------------------------------------------
# Weights are a list of arrays: transforms take and return any tree of them. ``adapted`` is itself a gradient;
# ``wg.grad`` of what comes behind it needs nothing special.


def network(w, x):
    """1-40-40-1."""
    hidden = np.maximum(x @ w[0] + w[1], 0)
    return np.maximum(hidden @ w[2] + w[3], 0) @ w[4] + w[5]


def loss(w, x, y):
    """Mean squared error."""
    return np.mean((network(w, x) - y) ** 2)


def adapted(w, x, y):
    """Weights after one step of gradient descent."""
    return [v - INNER * g for v, g in zip(w, wg.grad(loss)(w, x, y), strict=True)]


def after_a_step(w, tasks):
    """Mean loss on fresh points of each task once the weights have adapted to it."""
    return sum(loss(adapted(w, *seen), *fresh) for seen, fresh in tasks) / len(tasks)


def as_they_are(w, tasks):
    """Mean loss with the same weights for every task."""
    return sum(loss(w, *fresh) for _, fresh in tasks) / len(tasks)


# %%
# Training
# --------


def start(random):
    """Normal weights of variance 2 / fan-in, biases 0."""
    return [random.normal(size=s) * np.sqrt(2 / s[0]) * (len(s) == 2) for s in SHAPES]


def train(objective, rounds=5_000, seed=0, batch=10, rate=1e-3):
    """Weights after Adam (Kingma and Ba, 2015) on `batch` new tasks a round."""
    random = np.random.default_rng(seed)
    w, slope = start(random), wg.compile(wg.grad(objective))
    m, v = [[np.zeros_like(a) for a in w] for _ in range(2)]
    for t in range(1, rounds + 1):
        for k, g in enumerate(slope(w, [task(random) for _ in range(batch)])):
            m[k], v[k] = 0.9 * m[k] + 0.1 * g, 0.999 * v[k] + 0.001 * g * g
            w[k] = w[k] - rate * (m[k] / (1 - 0.9**t)) / (np.sqrt(v[k] / (1 - 0.999**t)) + 1e-8)
    return w


new = np.random.default_rng(1)
tasks = [task(new) for _ in range(200)]
trained = {name: train(objective) for name, objective in (("pretrained", as_they_are), ("maml", after_a_step))}
for name, w in trained.items():
    print(f"{name}: loss {as_they_are(w, tasks):.2f}, after one step {after_a_step(w, tasks):.2f}")

# %%
# One new task
# ------------
# Ten points of a sine that neither network has seen; each takes one step.

random = np.random.default_rng(5)
x = random.uniform(-5, 5, size=(10, 1))
y = 4 * np.sin(x + 1)
line = np.linspace(-5, 5, 200)[:, None]
figure, frames = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
for axes, (name, w) in zip(frames, trained.items(), strict=True):
    axes.plot(line, 4 * np.sin(line + 1), color="0.7", label="the new task")
    axes.plot(line, network(w, line), ":", label="before")
    axes.plot(line, network(adapted(w, x, y), line), label="after one step")
    axes.plot(x, y, "k^", markersize=5, label="ten points")
    axes.set(title=name, xlabel="x")
frames[1].legend(loc="upper right", ncols=2)
frames[0].set_ylim(-5.5, 8)
figure.savefig("maml.png")
