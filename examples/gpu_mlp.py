"""Handwritten digits on a graphics processor: a network of three layers that never leaves it while it learns.

1,797 scanned 8 x 8 images; the network 64-256-128-10 learns four fifths of them by Adam and is tried on the rest. The
step (loss, gradient, moments, new weights) is one plain NumPy function; compiled for the device it is one submission,
and nothing but losses comes back. The same function compiled for the processor has its time beside it.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import wengert as wg
from wengert.numpy import logsumexp

SIZES = 64, 256, 128, 10
Layers = list[tuple[Any, Any]]  # weights and biases, on either device


def load_images() -> list[np.ndarray]:
    """Pixels to train on and to try, and one column a digit that says which it is, all float32."""
    pixels, digits = load_digits(return_X_y=True)
    columns = np.eye(10)[digits]
    parts = train_test_split(pixels / 16, columns, test_size=0.2, random_state=0, stratify=digits)
    return [part.astype(np.float32) for part in parts]


def initial_layers() -> Layers:
    """Normal weights of variance 2 / fan-in, no biases."""
    normal = np.random.default_rng(0).standard_normal
    shapes = pairwise(SIZES)
    return [((normal((n, m)) * (2 / n) ** 0.5).astype(np.float32), np.zeros(m, np.float32)) for n, m in shapes]


def scores(layers: Layers, x: Any) -> Any:
    """Log-odds (n, 10): the greatest in a row is the predicted digit."""
    for w, b in layers[:-1]:
        x = np.maximum(x @ w + b, 0)
    w, b = layers[-1]
    return x @ w + b


def cross_entropy(layers: Layers, x: Any, y: Any) -> Any:
    """Mean negative log-likelihood of the true digits."""
    z = scores(layers, x)
    return np.mean(logsumexp(z, axis=1) - np.sum(z * y, axis=1))


def step(layers: Layers, first: Layers, second: Layers, rate: Any, x: Any, y: Any) -> tuple[Any, ...]:
    """The loss, and layers and moments after one step of Adam (without its correction for the first steps)."""
    loss, slopes = wg.value_and_grad(cross_entropy)(layers, x, y)

    def updated(f: Callable[..., Any], *trees: Layers) -> Layers:
        return [tuple(f(*each) for each in zip(*layer, strict=True)) for layer in zip(*trees, strict=True)]

    first = updated(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
    second = updated(lambda v, g: 0.99 * v + 0.01 * g * g, second, slopes)
    layers = updated(lambda w, m, v: w - rate * m / (np.sqrt(v) + 1e-6), layers, first, second)
    return loss, layers, first, second


def train(device: str, steps: int, x: np.ndarray, y: np.ndarray) -> tuple[Layers, list[float], float, Any]:
    """Layers learnt on a device, every tenth loss, the seconds a step took, and the compiled step."""
    compiled = wg.compile(step, device=device)

    def there(a: np.ndarray) -> Any:
        return wg.asarray(a, device=device)

    layers = [(there(w), there(b)) for w, b in initial_layers()]
    first, second = ([(there(0 * w), there(0 * b)) for w, b in initial_layers()] for _ in range(2))
    x, y, rate, losses = there(x), there(y), there(np.float32(0.003)), []
    begin = perf_counter()
    for k in range(steps):
        loss, layers, first, second = compiled(layers, first, second, rate, x, y)
        if k == 0:
            loss.item()  # the first step records and compiles
            begin = perf_counter()
        if k % 10 == 0:
            losses.append(loss.item())
    loss.item()
    return layers, losses, (perf_counter() - begin) / max(steps - 1, 1), compiled


def draw(losses: dict[str, list[float]], x: np.ndarray, guesses: np.ndarray, wrong: np.ndarray, path: str) -> None:
    """The losses on both devices, and held-out images with what they were taken for, errors in red."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    for name, each in losses.items():
        axes.semilogy(10 * np.arange(len(each)), each, label=name, linestyle="--" if name == "cpu" else "-")
    axes.set(xlabel="step", ylabel="cross-entropy")
    axes.legend()
    order = np.argsort(~wrong, kind="stable")  # the errors first
    for place, k in zip(right.subplots(4, 6).flat, order, strict=False):
        place.imshow(x[k].reshape(8, 8), cmap="gray_r")
        place.set_title(guesses[k], color="red" if wrong[k] else "black")
        place.set_axis_off()
    figure.savefig(path)


def main() -> None:
    """Train on both devices, compare, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=200, help="steps of Adam (default: %(default)s)")
    parser.add_argument("--out", default="gpu_mlp.png", help="picture (default: %(default)s)")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", "webgpu.*carried out by the CPU")  # told below
    x, x_out, y, y_out = load_images()
    adapter = wg.devices()[-1] if len(wg.devices()) == 1 else wg.devices()[1]
    print(f"adapter: {adapter['name']} ({adapter['kind']})")
    losses, seconds = {}, {}
    for device in ("cpu", "webgpu"):
        layers, losses[device], seconds[device], compiled = train(device, args.steps, x, y)
        print(f"{device}: loss {losses[device][-1]:.5f}, {1000 * seconds[device]:.2f} ms a step")
    stats = compiled.stats()
    told = ("dispatches", "submissions", "allocations", "bytes_up", "readbacks")
    print("a step on the device:", ", ".join(f"{stats[name]} {name}" for name in told))
    guesses = np.argmax(wg.compile(scores, device="webgpu")(layers, x_out).numpy(), axis=1)
    wrong = guesses != np.argmax(y_out, axis=1)
    print(f"held-out accuracy {np.mean(~wrong):.2%} of {len(wrong)} images")
    draw(losses, x_out, guesses, wrong, args.out)
    print(f"picture: {args.out}")


if __name__ == "__main__":
    main()
