"""
Shapes from their picture: a renderer run backwards
===================================================

Three discs and a box, each a signed distance function (`I. Quilez
<https://iquilezles.org/articles/distfunctions2d>`_), melted together by a smooth minimum. A pixel is lit by how far
inside it lies, softly, so that edges have a derivative (the idea of soft rasterisation: Liu, Li, Chen and Li, Soft
rasterizer, 2019). All thirteen numbers are found from a picture and a bad guess.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import wengert as wg

SIZE = 96  # pixels a side
#                 x,    y,  radius of each disc         ; x, y, half width, half height of the box
TRUTH = np.array([-0.45, 0.3, 0.3, 0.5, 0.35, 0.2, 0.1, -0.55, 0.25, 0.05, 0.05, 0.4, 0.12])
GUESS = np.array([-0.6, 0.6, 0.2, 0.7, 0.6, 0.3, 0.2, -0.8, 0.2, 0.0, 0.0, 0.2, 0.2])

# %%
# The renderer
# ------------
# Plain NumPy with corners in it: ``hypot``, ``abs``, ``maximum``. The conventions at corners are fixed, and no pixel
# gives a NaN.


def distances(p, x, y):
    """Signed distances (4, height, width) to each shape, negative inside."""
    discs = [np.hypot(x - p[k], y - p[k + 1]) - p[k + 2] for k in (0, 3, 6)]
    across, along = np.abs(x - p[9]) - p[11], np.abs(y - p[10]) - p[12]
    outside = np.hypot(np.maximum(across, 0), np.maximum(along, 0))
    return np.stack([*discs, outside + np.minimum(np.maximum(across, along), 0)])


def render(p, blur):
    """Picture (SIZE, SIZE) in [0, 1] of what p describes."""
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE), np.linspace(-1, 1, SIZE))
    together = -0.02 * np.log(np.sum(np.exp(-distances(p, x, y) / 0.02), axis=0))
    return 0.5 - 0.5 * np.tanh(together / (2 * blur))


def misfit(p, target, blur):
    """Mean squared difference of two pictures."""
    return np.mean((render(p, blur) - target) ** 2)


# %%
# Blurred first, sharp later
# --------------------------
# A sharp edge tells nothing of where it should be until it is nearly there. Each stage starts where the last one ended.

p, steps = GUESS, [GUESS]
for blur in (0.15, 0.05, 0.02):
    target = render(TRUTH, blur)
    fit = minimize(wg.value_and_grad(misfit), p, args=(target, blur), jac=True, callback=steps.append)
    p = fit.x
    print(f"blur {blur}: misfit {fit.fun:.1e} after {fit.nit} iterations")
inside, wanted = (render(q, 0.02) > 0.5 for q in (p, TRUTH))
overlap, off = np.sum(inside & wanted) / np.sum(inside | wanted), np.max(np.abs(p - TRUTH))
print(f"overlap {overlap:.2%} of the pixels; parameters {off:.1e} from the truth at most")

# %%
# The picture
# -----------

titles = "target", "first guess", "after four iterations", "fit"
figure, frames = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
for axes, title, q in zip(frames, titles, (TRUTH, GUESS, steps[4], p), strict=True):
    axes.imshow(render(q, 0.02), cmap="gray")
    axes.contour(render(TRUTH, 0.02), levels=[0.5], colors="C1", linewidths=1)
    axes.set_title(title)
    axes.set_axis_off()
figure.savefig("sdf.png")
