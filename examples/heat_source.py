"""
Where was the heater? From a few thermometers
=============================================

A heater somewhere in a plate is switched on for a while. Nine thermometers see what arrives, late and blurred. Place,
power and the two switching times are found from their readings by least squares, through the solution of the heat
equation :math:`u_t = \\kappa \\Delta u + q`: an inverse problem with five unknowns, and the errors of the answer. The
readings are synthetic, from the same simulation, with noise: what is tested here is the inversion, not the model.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse
from scipy.optimize import least_squares

import wengert as wg

CELLS, STEPS, TIME, KAPPA = 40, 1_000, 0.15, 1.0  # a side; number; s; m^2/s, on a plate of a metre
DX, DT = 1 / CELLS, TIME / STEPS
NOISE = 0.2  # K
TRUTH = np.array([0.31, 0.64, 50.0, 0.01, 0.06])  # x, y [m], power [K m^2/s], on, off [s]
NAMES = "x", "y", "power", "on", "off"
CENTRES = (np.arange(CELLS) + 0.5) * DX
X, Y = np.meshgrid(CENTRES, CENTRES, indexing="ij")
SENSORS = np.array([6, 20, 33])  # of the cells, both ways

# %%
# The plate
# ---------
# Explicit steps in time; no heat leaves through the edges, where padding repeats the last cell. The heater is a smooth
# spot five centimetres wide, and it is switched smoothly, within a millisecond or so, so that the times have
# derivatives. ``wg.scan`` records one step, and runs a thousand.


def switched(t, on, off):
    """From 0 to 1 and back."""
    return 0.5 * (np.tanh((t - on) / 2e-3) - np.tanh((t - off) / 2e-3))


def readings(p):
    """Temperatures [K] at the sensors after every tenth step, (STEPS / 10, 9), and at the end (CELLS, CELLS)."""
    x, y, power, on, off = p
    spot = np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * 0.05**2)) / (2 * np.pi * 0.05**2)

    def step(u, k):
        edged = np.pad(u, 1, mode="edge")
        around = edged[2:, 1:-1] + edged[:-2, 1:-1] + edged[1:-1, 2:] + edged[1:-1, :-2]
        u = u + DT * (KAPPA * (around - 4 * u) / DX**2 + power * switched(k * DT, on, off) * spot)
        return u, u[SENSORS[:, None], SENSORS].ravel()

    end, seen = wg.scan(step, np.zeros((CELLS, CELLS)), np.arange(STEPS))
    return seen[9::10], end


clean, field = readings(TRUTH)
measured = clean + NOISE * np.random.default_rng(0).normal(size=clean.shape)
kept = np.mean(field) / (TRUTH[2] * (TRUTH[4] - TRUTH[3]))
print(f"heat in the plate at the end: {kept:.4f} of what the heater gave")

# %%
# The inversion
# -------------
# Five columns of a Jacobian go through the simulation side by side. The first guess: the middle of the plate.


def residuals(p):
    """In units of the noise."""
    return ((readings(p)[0] - measured) / NOISE).ravel()


fit = least_squares(residuals, [0.5, 0.5, 30.0, 0.02, 0.08], jac=wg.jacobian(residuals), x_scale="jac")
covariance = np.linalg.inv(fit.jac.T @ fit.jac)
errors = np.sqrt(np.diag(covariance))
print(f"{fit.nfev} simulations, {fit.njev} Jacobians; chi^2 {2 * fit.cost:.0f} of {measured.size} readings")
for name, value, error, truth in zip(NAMES, fit.x, errors, TRUTH, strict=True):
    print(f"{name}: {value:.5f} +- {error:.5f} (truth {truth})")
pulls = (fit.x - TRUTH) / errors
print("off, in standard errors: " + " ".join(f"{pull:+.1f}" for pull in pulls))

# %%
# The picture
# -----------
# The ellipse has two standard errors; it is drawn large on the right.

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
image = left.imshow(readings(fit.x)[1].T, origin="lower", extent=(0, 1, 0, 1), cmap="inferno")
figure.colorbar(image, ax=left, label="K", shrink=0.8)
at = np.stack(np.meshgrid(CENTRES[SENSORS], CENTRES[SENSORS], indexing="ij"))
left.plot(*at.reshape(2, -1), "wo", markersize=4)
left.plot(*fit.x[:2], "c+", markersize=12)
left.set(title="temperature at the end, thermometers", xlabel="x [m]", ylabel="y [m]")
when = 10 * DT * np.arange(1, len(measured) + 1)
fitted = readings(fit.x)[0]
for k in (1, 4, 8):
    middle.plot(when, measured[:, k], ".", color="0.7", markersize=3)
    middle.plot(when, fitted[:, k])
middle.axvspan(*fit.x[3:], color="0.92", zorder=0)
middle.set(xlabel="time [s]", title="three readings, the heater's time [K]", xlim=(0, TIME))
spread, axes = np.linalg.eigh(covariance[:2, :2])
angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1]))
right.add_patch(Ellipse(fit.x[:2], *4 * np.sqrt(spread[::-1]), angle=angle, alpha=0.3, label="two standard errors"))
right.plot(*fit.x[:2], "C0+", markersize=12, label="found")
right.plot(*TRUTH[:2], "k*", label="truth")
right.set(title="the heater's place [m]", aspect="equal")
right.margins(0.3)
right.legend(loc="upper left")
figure.savefig("heat_source.png")
