"""A renderer run backwards: shapes are found from their picture by gradient descent.

Three discs and a box, each a signed distance function (I. Quilez, https://iquilezles.org/articles/distfunctions2d),
melted together by a smooth minimum; a pixel is lit by how far inside it lies, softly, so that edges have a derivative
(the idea of soft rasterisation: Liu, Li, Chen and Li, Soft rasterizer, 2019). From a picture and a bad guess, all
thirteen numbers by L-BFGS-B, blurred first and sharp later.
"""

from __future__ import annotations

import argparse

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import minimize

import wengert as wg

#                 x,    y,  radius of each disc         ; x, y, half width, half height of the box
TRUTH = np.array([-0.45, 0.3, 0.3, 0.5, 0.35, 0.2, 0.1, -0.55, 0.25, 0.05, 0.05, 0.4, 0.12])
GUESS = np.array([-0.6, 0.6, 0.2, 0.7, 0.6, 0.3, 0.2, -0.8, 0.2, 0.0, 0.0, 0.2, 0.2])


def distances(p, x, y):
    """Signed distances (4, height, width) to each shape, negative inside."""
    discs = [np.hypot(x - p[k], y - p[k + 1]) - p[k + 2] for k in (0, 3, 6)]
    across, along = np.abs(x - p[9]) - p[11], np.abs(y - p[10]) - p[12]
    outside = np.hypot(np.maximum(across, 0), np.maximum(along, 0))
    return np.stack([*discs, outside + np.minimum(np.maximum(across, along), 0)])


def render(p, size, blur):
    """Picture (size, size) in [0, 1] of what p describes."""
    x, y = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    together = -0.02 * np.log(np.sum(np.exp(-distances(p, x, y) / 0.02), axis=0))
    return 0.5 - 0.5 * np.tanh(together / (2 * blur))


def misfit(p, target, blur):
    """Mean squared difference of two pictures."""
    return np.mean((render(p, len(target), blur) - target) ** 2)


def main() -> None:
    """Renders the target, finds its shapes, draws target, guess and fit side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=96, help="pixels a side")
    parser.add_argument("--out", default="sdf.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    p = GUESS
    for blur in (0.15, 0.05, 0.02):
        target = render(TRUTH, args.size, blur)
        fit = minimize(wg.value_and_grad(misfit), p, args=(target, blur), jac=True, options={"maxiter": 200})
        p = fit.x
        print(f"blur {blur}: misfit {fit.fun:.1e} after {fit.nit} iterations")
    inside, wanted = (render(q, args.size, 0.02) > 0.5 for q in (p, TRUTH))
    print(f"overlap {np.sum(inside & wanted) / np.sum(inside | wanted):.2%} of the pixels")
    print(f"parameters: {np.max(np.abs(p - TRUTH)):.1e} from the truth at most")
    figure = Figure(figsize=(9, 3), layout="constrained")
    for axes, (name, q) in zip(figure.subplots(1, 3), {"target": TRUTH, "guess": GUESS, "fit": p}.items(), strict=True):
        axes.imshow(render(q, args.size, 0.02), cmap="gray")
        axes.set_title(name)
        axes.set_axis_off()
    figure.savefig(args.out)


if __name__ == "__main__":
    main()
