"""
Rosenbrock's valley, by gradients and by curvature
==================================================

H. H. Rosenbrock (1960): a curved valley whose floor is almost flat; the minimum is at (1, ..., 1). Every minimiser of
SciPy takes the derivatives as they are: ``minimize(wg.value_and_grad(f), x0, jac=True)``, and ``hess=wg.hessian(f)``
or ``hessp`` where it can use curvature.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize, rosen_der, rosen_hess, rosen_hess_prod

import wengert as wg


def rosenbrock(x):
    """As it is written in the literature."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


both, hessian = wg.value_and_grad(rosenbrock), wg.hessian(rosenbrock)

# %%
# Three ways down
# ---------------
# Each from the classical start (-1.2, 1). The simplex method has only values; BFGS learns the curvature from
# gradients on the way; the trust-region method has the exact Hessian, and follows the bend of the valley in long steps.

START = np.array([-1.2, 1.0])
METHODS = {
    "Nelder-Mead": {"fun": rosenbrock, "options": {"xatol": 1e-8, "fatol": 1e-8}},
    "BFGS": {"fun": both, "jac": True},
    "trust-exact": {"fun": both, "jac": True, "hess": hessian},
}


def descent(method):
    """What SciPy found, and the points (n, 2) it went through."""
    points = [START]
    fit = minimize(x0=START, method=method, callback=points.append, **METHODS[method])
    return fit, np.array(points)


descents = {method: descent(method) for method in METHODS}
for method, (fit, points) in descents.items():
    distance = np.max(np.abs(fit.x - 1))
    print(f"{method}: {len(points) - 1} steps, {fit.nfev} evaluations, {distance:.1e} from the minimum")

# %%
# In up to a thousand dimensions
# ------------------------------
# L-BFGS needs nothing but gradients, and a gradient costs a small multiple of the function whatever the dimension. By
# finite differences each takes n + 1 evaluations. The derivatives are compared with those SciPy has written by hand.


def difference(given, wanted):
    """Largest, relative to the largest element."""
    return np.max(np.abs(given - wanted)) / np.max(np.abs(wanted))


random = np.random.default_rng(0)
options = {"maxiter": 100_000, "maxfun": 100_000, "ftol": 1e-15, "gtol": 1e-9}
away, slopes, curvatures, products, evaluations = {}, {}, {}, {}, {}
for n in (2, 10, 100, 1_000):
    x, v = random.normal(size=n), random.normal(size=n)
    slopes[n] = difference(both(x)[1], rosen_der(x))
    curvatures[n] = difference(hessian(x), rosen_hess(x)) if n <= 100 else 0.0
    products[n] = difference(wg.hvp(rosenbrock, x, v), rosen_hess_prod(x, v))
    begin = np.tile(START, n // 2)
    fit = minimize(both, begin, jac=True, method="L-BFGS-B", options=options)
    blind = minimize(rosenbrock, begin, method="L-BFGS-B", options=options).nfev if n <= 100 else None
    evaluations[n], away[n] = (fit.nfev, blind), np.max(np.abs(fit.x - 1))
    print(f"n {n}: {fit.nfev} evaluations (by differences {blind or 'not tried'}), {away[n]:.1e} from the minimum; "
          f"gradient {slopes[n]:.1e}, Hessian times vector {products[n]:.1e} from SciPy's")  # fmt: skip

# %%
# The picture
# -----------

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), width_ratios=(3, 2), layout="constrained")
x, y = np.meshgrid(np.linspace(-1.6, 1.4, 300), np.linspace(-0.4, 1.7, 300))
height = 100 * (y - x**2) ** 2 + (1 - x) ** 2
left.contourf(x, y, np.log10(height + 1e-3), levels=20, cmap="Blues_r", alpha=0.5)
for (method, (_, points)), line in zip(descents.items(), ("k.:", "C1s-", "C3o-"), strict=True):
    left.plot(*points.T, line, markersize=4, linewidth=1, label=f"{method}, {len(points) - 1} steps")
    right.semilogy([rosenbrock(p) for p in points], line, markersize=4, linewidth=1)
left.plot(1, 1, "k*", markersize=12)
left.set(xlim=(-1.6, 1.4), ylim=(-0.4, 1.7), xlabel="x", ylabel="y", title="ways through the valley")
left.legend(loc="upper center", framealpha=1)
right.set(xlabel="step", title="height above the minimum", ylim=(1e-16, 1e2))
figure.savefig("rosenbrock.png")
