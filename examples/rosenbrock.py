"""Rosenbrock's valley in up to a thousand dimensions, by L-BFGS: `minimize(value_and_grad(f), x0, jac=True)`.

H. H. Rosenbrock (1960): a curved valley whose floor is almost flat; the minimum is at (1, ..., 1). The gradient is
compared with the one that SciPy has written by hand, and the Hessian times a vector too. The same without a gradient,
by finite differences, takes n + 1 evaluations for each.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import minimize, rosen_der, rosen_hess_prod

import wengert as wg


def rosenbrock(x):
    """As it is written in the literature."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def difference(given, wanted):
    """Largest, relative to the largest element."""
    return np.max(np.abs(given - wanted)) / np.max(np.abs(wanted))


def main() -> None:
    """A line for each number of dimensions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2, 10, 100, 1000])
    both, random = wg.value_and_grad(rosenbrock), np.random.default_rng(0)
    options = {"maxiter": 100_000, "maxfun": 100_000, "ftol": 1e-15, "gtol": 1e-9}
    for n in parser.parse_args().sizes:
        x, v = random.normal(size=n), random.normal(size=n)
        slope = difference(both(x)[1], rosen_der(x))
        product = difference(wg.hvp(rosenbrock, x, v), rosen_hess_prod(x, v))
        start = np.tile([-1.2, 1.0], n)[:n]
        fit = minimize(both, start, jac=True, method="L-BFGS-B", options=options)
        blind = minimize(rosenbrock, start, method="L-BFGS-B", options=options) if n <= 100 else None
        print(
            f"n {n}: {fit.nit} iterations, {fit.nfev} evaluations"
            + (f" (by differences {blind.nfev})" if blind else "")
            + f", {np.max(np.abs(fit.x - 1)):.1e} from the minimum;"
            f" gradient {slope:.1e}, Hessian times vector {product:.1e} from SciPy's"
        )


if __name__ == "__main__":
    main()
