"""
Handwritten digits, and the petals of irises
============================================

Two fits to measured data: handwritten digits by L-BFGS-B, iris flowers by a trust region.

Digits: 1,797 scanned 8 x 8 images; a network 64-128-10 learns four fifths of them and is tried on the rest.
Irises: 150 flowers, petal width against petal length (R. A. Fisher, 1936); least squares.
The models are plain NumPy: the transforms of wengert pass their own arrays through it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from math import prod
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import SubFigure
from scipy.optimize import OptimizeResult, minimize
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import wengert as wg
from wengert.numpy import logsumexp

Values = np.ndarray | wg.Array  # numbers, or numbers that are being recorded
SHAPES = (64, 128), (128,), (128, 10), (10,)  # weights and biases of both layers


class Images(NamedTuple):
    """Images (n, 64) with pixels in [0, 1], and the digits (n,) they show."""

    pixels: np.ndarray
    digits: np.ndarray


def load_images() -> tuple[Images, Images]:
    """The images to train on, and a fixed fifth that is held out."""
    pixels, y = load_digits(return_X_y=True)
    x, x_out, y, y_out = train_test_split(pixels / 16, y, test_size=0.2, random_state=0, stratify=y)
    return Images(x, y), Images(x_out, y_out)


def unpack(theta: Values) -> Iterator[Values]:
    """Weights and biases as parts of one flat vector, the form SciPy's minimisers work on."""
    start = 0
    for shape in SHAPES:
        stop = start + prod(shape)
        yield theta[start:stop].reshape(shape)
        start = stop


def scores(theta: Values, pixels: np.ndarray) -> Values:
    """Log-odds (n, 10): the greatest in a row is the predicted digit."""
    w1, b1, w2, b2 = unpack(theta)
    return np.tanh(pixels @ w1 + b1) @ w2 + b2


def cross_entropy(theta: Values, images: Images) -> Values:
    """Mean negative log-likelihood of the true digits, with a little weight decay."""
    z = scores(theta, images.pixels)
    true = z[np.arange(len(z)), images.digits]
    return np.mean(logsumexp(z, axis=1) - true) + 1e-4 * np.sum(theta**2)


def initial_weights() -> np.ndarray:
    """Normal numbers; those of the weights have variance 1 / fan-in."""
    normal = np.random.default_rng(0).standard_normal
    return np.concatenate([normal(prod(shape)) / shape[0] ** 0.5 for shape in SHAPES])


def train(images: Images, maxiter: int, quiet: bool) -> tuple[np.ndarray, list[float]]:
    """Weights after at most maxiter iterations, and the loss after each."""
    losses: list[float] = []

    def progress(intermediate_result: OptimizeResult) -> None:
        losses.append(intermediate_result.fun)
        bar.set_postfix(loss=f"{losses[-1]:.5f}", refresh=False)
        bar.update()

    objective = wg.value_and_grad(partial(cross_entropy, images=images))
    options = {"method": "L-BFGS-B", "callback": progress, "options": {"maxiter": maxiter}}
    with tqdm(total=maxiter, desc="training", unit="it", disable=quiet) as bar:
        return minimize(objective, initial_weights(), jac=True, **options).x, losses


def logistic(p: Values, x: np.ndarray) -> Values:
    """A step from p[0] to p[0] + p[1], of steepness p[2], centred on p[3]."""
    return p[0] + p[1] / (1 + np.exp(-p[2] * (x - p[3])))


def fit_petals(length: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Least-squares parameters of the logistic curve; each Newton step needs only products H v."""

    def misfit(p: Values) -> Values:
        return np.mean((logistic(p, length) - width) ** 2)

    start, hessp = np.array([0, width.max(), 1, length.mean()]), partial(wg.hvp, misfit)
    return minimize(wg.value_and_grad(misfit), start, jac=True, hessp=hessp, method="trust-ncg").x


def draw_curves(losses: list[float], petals: np.ndarray, p: np.ndarray, figure: SubFigure) -> None:
    """The loss of each iteration above, the irises and their curve below."""
    above, below = figure.subplots(2)
    above.semilogy(range(1, len(losses) + 1), losses)
    above.set(xlabel="iteration", ylabel="cross-entropy", title="digits: training loss")
    x = np.linspace(petals[0].min(), petals[0].max(), 200)
    below.plot(*petals, ".", x, logistic(p, x), "-")
    below.set(xlabel="petal length [cm]", ylabel="petal width [cm]", title="irises: logistic curve")


def draw_digits(images: Images, guesses: np.ndarray, figure: SubFigure) -> None:
    """The first 40 images with the digits they were taken for, errors in red."""
    for axes, pixels, digit, guess in zip(figure.subplots(5, 8).flat, *images, guesses, strict=False):
        axes.imshow(pixels.reshape(8, 8), cmap="gray_r")
        axes.set_title(guess, color="black" if guess == digit else "red")
        axes.set_axis_off()


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Recognises scanned digits, and fits a curve to irises.")
    parser.add_argument("--maxiter", type=int, default=200, help="L-BFGS-B iterations (default: %(default)s)")
    parser.add_argument("--out", default="digits.png", help="picture (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args()


def main() -> None:
    """Fit both, say how well, and draw."""
    args = arguments()
    images, held_out = load_images()
    theta, losses = train(images, args.maxiter, args.quiet)
    for name, (pixels, digits) in {"train": images, "test": held_out}.items():
        guesses = np.argmax(scores(theta, pixels), axis=1)
        print(f"digits: {name} accuracy {np.mean(guesses == digits):.2%} of {len(digits)} images")
    petals = load_iris().data[:, 2:].T
    p = fit_petals(*petals)
    print(f"irises: {np.round(p, 3)}, residual {np.std(petals[1] - logistic(p, petals[0])):.3f} cm")
    figure = plt.figure(figsize=(12, 6), layout="constrained")
    left, right = figure.subfigures(1, 2)
    draw_curves(losses, petals, p, left)
    draw_digits(held_out, guesses, right)
    figure.savefig(args.out)
    print(f"picture: {args.out}")


if __name__ == "__main__":
    main()
