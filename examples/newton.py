"""
Newton's method doubles its digits
==================================

Is a tumour malignant, going by how its cells look? The Wisconsin breast cancer data (Street, Wolberg and Mangasarian,
1993): 569 tumours, 30 measurements of cell nuclei each. Logistic regression by Newton's method, with gradient and
Hessian of the plain NumPy loss: near the minimum the gradient's norm squares itself from one step to the next (Nocedal
and Wright, Numerical Optimization, 2006, section 3.3).
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer

import wengert as wg

# %%
# Data and loss
# -------------
# Measurements are standardised; a column of ones stands in front, whose weight, the intercept, is free of the penalty.

data = load_breast_cancer()
x = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
x = np.column_stack([np.ones(len(x)), x])
sign = np.where(data.target, 1.0, -1.0)  # benign, malignant


def loss(w):
    """Minus the log likelihood, and half the squared weights."""
    return np.sum(np.log1p(np.exp(-sign * (x @ w)))) + 0.5 * w[1:] @ w[1:]


# %%
# Two ways down
# -------------
# Newton's method solves with the Hessian at each step. Descent along the gradient alone, in the steps that the largest
# curvature at the minimum allows, shows what the Hessian is good for.

slope, curvature = wg.compile(wg.grad(loss)), wg.hessian(loss)


def newton(w, tolerance=1e-9, most=50):
    """The minimum, and the norm of the gradient at each step on the way to it."""
    norms = []
    for _ in range(most):
        gradient = slope(w)
        norms.append(np.linalg.norm(gradient))
        if norms[-1] < tolerance:
            break
        w = w - np.linalg.solve(curvature(w), gradient)
    return w, norms


def descent(w, step, steps=200):
    """The norm of the gradient at each step of plain descent."""
    norms = []
    for _ in range(steps):
        gradient = slope(w)
        norms.append(np.linalg.norm(gradient))
        w = w - step * gradient
    return norms


w, norms = newton(np.zeros(x.shape[1]))
for step, norm in enumerate(norms):
    print(f"step {step}: gradient {norm:.1e}")
hessian = curvature(w)
plain = descent(np.zeros(x.shape[1]), 1 / np.linalg.eigvalsh(hessian)[-1])
print(f"descent: gradient {plain[-1]:.1e} after {len(plain)} steps")

# %%
# Checks
# ------
# The Hessian of logistic regression has a closed form, :math:`X^T D X` and the penalty. The measurements with the most
# negative weights are the most malignant signs.

p = 1 / (1 + np.exp(-(x @ w)))
closed = x.T @ ((p * (1 - p))[:, None] * x) + np.diag([0.0] + [1.0] * (len(w) - 1))
apart = np.max(np.abs(hessian - closed)) / np.max(np.abs(closed))
accuracy = np.mean(np.sign(x @ w) == sign)
order = np.argsort(w[1:])
print(f"Hessian: {apart:.1e} from the closed form")
print(f"loss {loss(w):.6f}, accuracy {accuracy:.2%} of {len(x)} tumours")
print(f"most malignant signs: {', '.join(data.feature_names[order[:3]])}")

# %%
# The picture
# -----------
# Error bars by the inverse of the Hessian.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
left.semilogy(plain[:60], ".-", color="0.7", label="descent")
left.semilogy(norms, "o-", label="Newton")
left.set(xlabel="step", title="norm of the gradient")
left.legend()
shown = np.concatenate([order[:7], order[-4:]])
errors = np.sqrt(np.diag(np.linalg.inv(hessian)))[1:][shown]
right.errorbar(w[1:][shown], np.arange(len(shown)), xerr=errors, fmt="o")
right.axvline(0, color="0.7")
right.set_yticks(np.arange(len(shown)), data.feature_names[shown])
right.set(title="weights: malignant on the left")
right.invert_yaxis()
figure.savefig("newton.png")
