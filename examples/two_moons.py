"""
Two moons, told apart by a small network
========================================

A thousand points in two crescents that reach into each other (scikit-learn's ``make_moons``), and a network 2-24-24-1
that learns from half of them. All its weights are one vector, and L-BFGS from SciPy trains it on the gradient that
``wg.value_and_grad`` gives: no learning rate, and a minimum at the end rather than a budget of steps.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import wengert as wg

points, labels = make_moons(1_000, noise=0.2, random_state=0)
x, x_out, label, label_out = train_test_split(points, labels, test_size=0.5, random_state=0, stratify=labels)

# %%
# Network and loss
# ----------------
# Log-odds of the second moon; minus the mean log likelihood, and a little weight decay. ``logaddexp`` is safe where
# ``log(1 + exp(z))`` would overflow, and so is its derivative.

SHAPES = (2, 24), (24,), (24, 24), (24,), (24, 1), (1,)
ENDS = np.cumsum([np.prod(shape) for shape in SHAPES])


def score(theta, x):
    """Log-odds (n,) at points (n, 2)."""
    parts = np.split(theta, ENDS[:-1])
    w1, b1, w2, b2, w3, b3 = (part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True))
    return (np.tanh(np.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3)[:, 0]


def loss(theta):
    """Of the points to learn from."""
    z = score(theta, x)
    return np.mean(np.logaddexp(0, z) - label * z) + 5e-4 * np.sum(theta**2)


# %%
# Training
# --------
# Support vectors, of scikit-learn, say what can be had.

begin = 0.5 * np.random.default_rng(0).normal(size=ENDS[-1])
losses, snapshots = [], [begin]


def note(intermediate_result):
    """Keeps what the picture shows."""
    losses.append(intermediate_result.fun)
    snapshots.append(intermediate_result.x.copy())


objective = wg.compile(wg.value_and_grad(loss))
fit = minimize(
    objective, begin, jac=True, method="L-BFGS-B", callback=note, options={"maxiter": 1_000, "maxfun": 2_000}
)
accuracy = {
    name: np.mean((score(fit.x, a) > 0) == b) for name, a, b in (("train", x, label), ("test", x_out, label_out))
}
machine = SVC().fit(x, label).score(x_out, label_out)
print(f"{ENDS[-1]} weights, {fit.nit} iterations, {fit.nfev} gradients; loss {fit.fun:.4f}")
print(f"accuracy: {accuracy['train']:.1%} of what it learnt from, {accuracy['test']:.1%} of the rest; "
      f"support vectors {machine:.1%}")  # fmt: skip

# %%
# The boundary moves into place
# -----------------------------

figure, axes = plt.subplots(1, 4, figsize=(13, 3.2), sharex=True, sharey=True, layout="constrained")
u, v = np.meshgrid(np.linspace(-1.8, 2.8, 120), np.linspace(-1.4, 1.9, 100))
mesh = np.stack([u.ravel(), v.ravel()], axis=1)
for frame, iteration in zip(axes, (0, 10, 30, fit.nit), strict=True):
    chance = 1 / (1 + np.exp(-score(snapshots[iteration], mesh))).reshape(u.shape)
    frame.contourf(u, v, chance, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.6)
    frame.contour(u, v, chance, levels=[0.5], colors="k", linewidths=1)
    frame.scatter(*x.T, c=label, s=6, cmap="RdBu_r", linewidths=0)
    frame.set(title=f"after {iteration} iterations" if iteration else "at the start", aspect="equal")
figure.savefig("two_moons.png")
