"""
A sparse Jacobian in a handful of sweeps
========================================

On a grid of 100 x 100 the equation :math:`-\\Delta u + u^3 = f` has 10,000 unknowns, and a Jacobian of 100 million
elements, nearly all of them zero. Columns that share no row can be found together, in one direction:
A. R. Curtis, M. J. D. Powell and J. K. Reid, On the estimation of sparse Jacobian matrices (1974). A handful of
directions is enough for the whole matrix, whatever the grid.
"""

from __future__ import annotations

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import spsolve

import wengert as wg

# %%
# The equation
# ------------
# Five-point differences; outside the square u is zero. The right-hand side is made such that
# :math:`u = \sin \pi x \, \sin 2 \pi y` solves the equation, so that the error is known.


def grid(n):
    """Coordinates x, y (n, n) of the inner points."""
    inner = np.arange(1, n + 1) / (n + 1)
    return np.meshgrid(inner, inner, indexing="ij")


def exact(n):
    """The solution (n, n) that was put in."""
    x, y = grid(n)
    return np.sin(np.pi * x) * np.sin(2 * np.pi * y)


def residual(u, n):
    """The equation's left side less its right one, flat (n * n,)."""
    padded = np.pad(u.reshape(n, n), 1)
    inner, around = padded[1:-1, 1:-1], padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]
    wanted = 5 * np.pi**2 * exact(n) + exact(n) ** 3
    return ((4 * inner - around) * (n + 1) ** 2 + inner**3 - wanted).ravel()


# %%
# The pattern, and groups of columns
# ----------------------------------
# The residual at a point looks at the point and its four neighbours: that is the pattern. It is said here by hand, and
# checked below against a dense Jacobian, where a grid is small enough for one. Columns are put into groups greedily:
# each into the first that has no row in common with it.


def pattern(n):
    """Rows and columns that may hold something."""
    number = np.arange(n * n).reshape(n, n)
    pairs = [(number, number), (number[1:], number[:-1]), (number[:-1], number[1:])]
    pairs += [(number[:, 1:], number[:, :-1]), (number[:, :-1], number[:, 1:])]
    rows, columns = np.concatenate([np.stack([a.ravel(), b.ravel()]) for a, b in pairs], axis=1)
    return rows, columns


def groups(rows, columns):
    """A group (n,) for each column; no two columns of a group share a row."""
    ones = np.ones(len(rows), bool)
    touches = csc_array((ones, (rows, columns)))
    near = (touches.T @ touches).tocsr()  # columns that share a row
    group = np.full(touches.shape[1], -1)
    for column in range(len(group)):
        taken = set(group[near.indices[near.indptr[column] : near.indptr[column + 1]]])
        group[column] = next(k for k in range(len(taken) + 1) if k not in taken)
    return group


# %%
# All columns of a group at once
# ------------------------------
# A direction is one in the columns of a group. ``wg.vmap`` of ``wg.jvp`` carries all directions side by side through
# one sweep; each row of what comes out belongs to one column of the group, and the pattern says which.


def sparse_jacobian(f, u, rows, columns, group):
    """The Jacobian of f at u as a SciPy array."""
    seeds = (group == np.arange(group.max() + 1)[:, None]).astype(float)  # (directions, n)
    squeezed = wg.vmap(lambda du: wg.jvp(f, (u,), (du,))[1])(seeds)
    return coo_array((squeezed[group[columns], rows], (rows, columns))).tocsc()


small = 12
rows, columns = pattern(small)
u = np.random.default_rng(0).normal(size=small**2)
dense = wg.jacobian(lambda u: residual(u, small))(u)
sparse = sparse_jacobian(lambda u: residual(u, small), u, rows, columns, groups(rows, columns))
outside = np.count_nonzero(dense) - np.count_nonzero(dense[rows, columns])
apart = np.max(np.abs(sparse.toarray() - dense)) / np.max(np.abs(dense))
print(f"{np.count_nonzero(dense)} of {dense.size} elements are not 0, {outside} outside the pattern, {apart:.0e} apart")

# %%
# Newton's method on growing grids
# --------------------------------
# The number of directions stays where it is while the number of unknowns grows. The error falls with the square of the
# distance between points, as it should with five-point differences.


def newton(n):
    """The solution, directions of a Jacobian, and the norm of the residual at each step."""
    rows, columns = pattern(n)
    group, u, norms = groups(rows, columns), np.zeros(n * n), []
    f = wg.compile(lambda u: residual(u, n))
    for _ in range(20):
        value = f(u)
        norms.append(np.linalg.norm(value) / n)
        if norms[-1] < 1e-8:
            break
        u = u - spsolve(sparse_jacobian(f, u, rows, columns, group), value)
    return u, group.max() + 1, norms


SIZES = [12, 25, 50, 100]
solved = {n: newton(n) for n in SIZES}
errors = {n: np.max(np.abs(u - exact(n).ravel())) for n, (u, _, _) in solved.items()}
for n, (_, directions, norms) in solved.items():
    print(f"{n} x {n}: {n * n} unknowns, {directions} directions, {len(norms) - 1} steps, error {errors[n]:.1e}")
orders = [np.log(errors[a] / errors[b]) / np.log((b + 1) / (a + 1)) for a, b in pairwise(SIZES)]
print("order of convergence: " + " ".join(f"{order:.2f}" for order in orders))

# %%
# The picture
# -----------

figure, axes = plt.subplots(1, 4, figsize=(13, 3.4), layout="constrained")
colours = plt.colormaps["tab10"](groups(*pattern(small)))
axes[0].scatter(columns, rows, s=4, c=colours[columns], linewidths=0)
axes[0].set(aspect="equal", xlim=(-2, small**2), ylim=(small**2, -2), title="the pattern, columns by direction")
axes[1].imshow(colours.reshape(small, small, 4))
axes[1].set(xticks=[], yticks=[], title=f"{groups(*pattern(small)).max() + 1} directions on the grid")
image = axes[2].imshow(solved[100][0].reshape(100, 100).T, origin="lower", extent=(0, 1, 0, 1), cmap="RdBu_r")
axes[2].set(title="the solution")
figure.colorbar(image, ax=axes[2], shrink=0.8)
axes[3].loglog(SIZES, list(errors.values()), "o-", label="error")
axes[3].loglog(SIZES, [errors[12] * (13 / (n + 1)) ** 2 for n in SIZES], "k--", label="second order")
axes[3].set(xlabel="points a side", title="error of the solution", xticks=SIZES, xticklabels=SIZES, xlim=(10, 120))
axes[3].minorticks_off()
axes[3].legend()
figure.savefig("pde_sparsity.png")
