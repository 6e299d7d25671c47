"""A page that trains: a network learns to tell two spirals apart in a browser, on its device, without Python.

The step (loss, gradient, moments, new weights) and the picture of what the network takes each place for are two NumPy
functions. They are exported as kernels; the page runs them, hands the weights from one to the other on the device, and
reads back what it shows: two numbers and the colours of pixels. To see it:

    python examples/gpu_page.py && python -m http.server --directory gpu_page
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np

import wengert as wg

SIZES = 2, 48, 48, 1
BLUE, ORANGE = np.array([30, 90, 170], np.float32), np.array([215, 110, 30], np.float32)
Layers = list[tuple[Any, Any]]


def spirals(n: int) -> tuple[np.ndarray, np.ndarray]:
    """n places (n, 2) on two arms, in a square from -1 to 1, and the arm (n,) of each: 0 or 1."""
    rng = np.random.default_rng(0)
    arm = np.arange(n) % 2
    turn = np.sqrt(rng.uniform(0.02, 1, n))
    angle = 2 * np.pi * 1.8 * turn + np.pi * arm
    x = (0.9 * turn * np.stack([np.cos(angle), np.sin(angle)])).T + rng.normal(0, 0.015, (n, 2))
    return x.astype(np.float32), arm.astype(np.float32)


def initial_layers() -> Layers:
    """Normal weights of variance 2 / fan-in, no biases."""
    normal = np.random.default_rng(1).standard_normal
    return [((normal((n, m)) * (2 / n) ** 0.5).astype(np.float32), np.zeros(m, np.float32)) for n, m in pairwise(SIZES)]


def score(layers: Layers, x: Any) -> Any:
    """Log-odds (n,) of orange."""
    x = 3 * x
    for w, b in layers[:-1]:
        x = np.tanh(x @ w + b)
    w, b = layers[-1]
    return (x @ w + b)[:, 0]


def cross_entropy(layers: Layers, x: Any, y: Any) -> Any:
    """Mean negative log-likelihood of the true arms; and the share of places that are told right."""
    z = score(layers, x)
    right = np.mean(np.where((z > 0) == (y > 0.5), np.float32(1), np.float32(0)))
    return np.mean(np.logaddexp(0, z) - y * z), right


def step(state: dict[str, Layers], rate: Any, x: Any, y: Any) -> dict[str, Any]:
    """One step of Adam (without its correction for the first steps)."""
    (loss, right), slopes = wg.value_and_grad(cross_entropy, has_aux=True)(state["layers"], x, y)

    def updated(f: Callable[..., Any], *trees: Layers) -> Layers:
        return [tuple(f(*each) for each in zip(*layer, strict=True)) for layer in zip(*trees, strict=True)]

    first = updated(lambda m, g: 0.9 * m + 0.1 * g, state["first"], slopes)
    second = updated(lambda v, g: 0.99 * v + 0.01 * g * g, state["second"], slopes)
    layers = updated(lambda w, m, v: w - rate * m / (np.sqrt(v) + 1e-6), state["layers"], first, second)
    return {"loss": loss, "right": right, "state": {"layers": layers, "first": first, "second": second}}


def field(layers: Layers, places: Any, side: int) -> Any:
    """Colours (side, side) of the plane, as a canvas has them: 8 bits each of red, green, blue and opacity."""
    z = score(layers, places)
    orange, edge = 1 / (1 + np.exp(-z)), np.exp(-(z**2))
    color = BLUE + (ORANGE - BLUE) * orange[:, None] + 60 * edge[:, None]
    red, green, blue = (np.clip(color, 0, 255).astype(np.int32)[:, k] for k in range(3))
    return np.reshape(red + 256 * green + 65536 * blue - 2**24, (side, side))  # the highest byte is 255


def main() -> None:
    """Exports both functions, and the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=300, help="how many (default: %(default)s)")
    parser.add_argument("--side", type=int, default=160, help="pixels of the picture a side (default: %(default)s)")
    parser.add_argument("--out", default="gpu_page", help="folder (default: %(default)s)")
    args = parser.parse_args()
    x, y = spirals(args.points)
    layers, folder = initial_layers(), Path(args.out)
    zeros = [(0 * w, 0 * b) for w, b in layers]
    state = {"layers": layers, "first": zeros, "second": zeros}
    axis = (np.arange(args.side, dtype=np.float32) + 0.5) / args.side * 2 - 1
    places = np.stack(np.meshgrid(axis, -axis), -1).reshape(-1, 2)
    wg.compile(step, device="webgpu").export(folder / "step", state, np.float32(0.006), x, y, update={"state": "state"})
    wg.compile(field, device="webgpu").export(folder / "field", layers, places, args.side)
    copyfile(Path(__file__).with_suffix(".html"), folder / "index.html")
    (folder / "points.json").write_text(json.dumps({"x": x.ravel().tolist(), "y": y.tolist()}))
    for name in ("step", "field"):
        plan = json.loads((folder / name / "plan.json").read_text())
        sizes = ", ".join(f"{file.name} {file.stat().st_size}" for file in sorted((folder / name).iterdir()))
        print(f"{name}: {len(plan['steps'])} dispatches a run; bytes: {sizes}")
    print(f"to see it: python -m http.server --directory {folder}")


if __name__ == "__main__":
    main()
