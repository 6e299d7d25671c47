"""Logistic regression by Newton's method: is a tumour malignant, going by how its cells look?

The Wisconsin breast cancer data (Street, Wolberg and Mangasarian, 1993): 569 tumours, 30 measurements of cell nuclei
each. Newton's method with gradient and Hessian of the plain NumPy loss: the gradient's norm squares itself from one
step to the next (Nocedal and Wright, Numerical Optimization, 2006, section 3.3). The Hessian has a closed form,
X.T diag(p (1 - p)) X + penalty: the difference from it is printed too.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer

import wengert as wg


def load() -> tuple[np.ndarray, np.ndarray]:
    """Measurements (569, 31), standardised, a column of ones in front; signs (569,), 1 where benign, -1 where not."""
    x, benign = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return np.column_stack([np.ones(len(x)), x]), np.where(benign, 1.0, -1.0)


def loss(w, x, sign):
    """Minus the log likelihood, and half the squared weights; the first weight, the intercept, is free."""
    return np.sum(np.log1p(np.exp(-sign * (x @ w)))) + 0.5 * w[1:] @ w[1:]


def newton(f, w, tolerance=1e-9, most=50):
    """The minimum of f, and the norm of the gradient at each step on the way to it."""
    slope, curvature, norms = wg.grad(f), wg.hessian(f), []
    for _ in range(most):
        gradient = slope(w)
        norms.append(np.linalg.norm(gradient))
        if norms[-1] < tolerance:
            break
        w = w - np.linalg.solve(curvature(w), gradient)
    return w, norms


def closed_form(w, x):
    """The Hessian as textbooks have it."""
    p = 1 / (1 + np.exp(-(x @ w)))
    return x.T @ ((p * (1 - p))[:, None] * x) + np.diag([0.0] + [1.0] * (len(w) - 1))


def main() -> None:
    """Fits the model and prints what Newton's method did on the way."""
    x, sign = load()

    def f(w):
        return loss(w, x, sign)

    w, norms = newton(f, np.zeros(x.shape[1]))
    for step, norm in enumerate(norms):
        print(f"step {step}: gradient {norm:.1e}")
    exact = closed_form(w, x)
    print(f"Hessian: {np.max(np.abs(wg.hessian(f)(w) - exact)) / np.max(np.abs(exact)):.1e} from the closed form")
    print(f"loss {f(w):.6f}, accuracy {np.mean(np.sign(x @ w) == sign):.2%} of {len(x)} tumours")
    worst = load_breast_cancer().feature_names[np.argsort(w[1:])[:3]]
    print(f"most malignant signs: {', '.join(worst)}")


if __name__ == "__main__":
    main()
