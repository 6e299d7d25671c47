"""NumPy's random generators, differentiable in the parameters of what they draw.

A draw is a constant of a standard distribution, moved and scaled by the parameters: `normal(loc, scale)` is
loc + scale z. Its values are those of numpy.random.default_rng with the same seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import _core
from wengert._arrays import ArrayLike, Shape, asarray, shape_tuple
from wengert._core import Array
from wengert.errors import DTypeError
from wengert.numpy._axes import constants, floats, one_axis, plain, recorded

__all__ = ["Generator", "default_rng"]

e = _core.elementwise


def default_rng(seed: Any = None) -> Generator:
    """A generator with a seed.

    seed    : an integer, a sequence of them, or a NumPy generator to go on with
    returns : Generator
    raises  : ValueError, TypeError for no seed, as NumPy
    cost    : microseconds
    source  : numpy.random.default_rng, whose numbers these are

    >>> float(default_rng(0).normal()) == np.random.default_rng(0).normal()
    True
    """
    return seed if isinstance(seed, Generator) else Generator(np.random.default_rng(seed))


class Generator:
    """numpy.random.Generator, whose values are Arrays.

    Methods that are not written here give constants. Where a distribution has no standard form, recorded parameters
    are refused unless what is drawn are whole numbers.

    >>> wg.grad(lambda scale: default_rng(1).normal(0.0, scale))(2.0)
    np.float64(0.345584192064786)
    """

    def __init__(self, generator: Any) -> None:
        self._generator = generator

    def _standard(self, name: str, size: Shape | None, *parameters: ArrayLike) -> tuple[Array, ...]:
        """A draw of a standard distribution for each place of the result; the parameters as Arrays."""
        given = floats(*parameters)
        shape = np.broadcast_shapes(*(p.shape for p in given)) if size is None else shape_tuple(size)
        return (asarray(getattr(self._generator, name)(size=shape)), *given)

    def normal(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """loc + scale z, z standard normal."""
        z, a, b = self._standard("standard_normal", size, loc, scale)
        return a + b * z

    def uniform(self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """low + (high - low) u, u uniform in [0, 1)."""
        u, a, b = self._standard("random", size, low, high)
        return a + (b - a) * u

    def gumbel(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """loc + scale g, g of the standard Gumbel distribution."""
        g, a, b = self._standard("gumbel", size, loc, scale)
        return a + b * g

    def laplace(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """loc + scale l, l of the standard Laplace distribution."""
        z, a, b = self._standard("laplace", size, loc, scale)
        return a + b * z

    def logistic(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """loc + scale l, l of the standard logistic distribution."""
        z, a, b = self._standard("logistic", size, loc, scale)
        return a + b * z

    def exponential(self, scale: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """scale x, x of the standard exponential distribution."""
        x, b = self._standard("standard_exponential", size, scale)
        return b * x

    def lognormal(self, mean: ArrayLike = 0.0, sigma: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """exp(mean + sigma z), z standard normal."""
        return e.exp(self.normal(mean, sigma, size))

    def rayleigh(self, scale: ArrayLike = 1.0, size: Shape | None = None) -> Array:
        """scale r, r of the standard Rayleigh distribution."""
        x, b = self._standard("rayleigh", size, scale)
        return b * x

    def weibull(self, a: ArrayLike, size: Shape | None = None) -> Array:
        """x**(1 / a), x of the standard exponential distribution."""
        x, shape = self._standard("standard_exponential", size, a)
        return e.power(x, 1.0 / shape)

    def pareto(self, a: ArrayLike, size: Shape | None = None) -> Array:
        """exp(x / a) - 1, x of the standard exponential distribution."""
        x, shape = self._standard("standard_exponential", size, a)
        return e.expm1(x / shape)

    def permutation(self, x: Any, axis: int = 0) -> Array:
        """The whole numbers below x, or the parts of an array along an axis, in random order."""
        if isinstance(x, int | np.integer):
            return asarray(self._generator.permutation(x))
        a = asarray(x)
        k = one_axis("permutation", axis, a.ndim)
        order = self._generator.permutation(a.shape[k])
        return a[(*(slice(None),) * k, order)]

    def choice(
        self,
        a: Any,
        size: Shape | None = None,
        replace: bool = True,
        p: ArrayLike = None,
        axis: int = 0,
        shuffle: bool = True,
    ) -> Array:
        """Whole numbers below a, or parts of an array along an axis, with probabilities p, which are constants."""
        if isinstance(a, int | np.integer):
            return asarray(self._generator.choice(a, size, replace, plain(p), shuffle=shuffle))
        x = asarray(a)
        k = one_axis("choice", axis, x.ndim)
        at = self._generator.choice(x.shape[k], size, replace, plain(p), shuffle=shuffle)
        return x[(*(slice(None),) * k, at)]

    def spawn(self, n_children: int) -> list[Generator]:
        """Independent generators."""
        return [Generator(child) for child in self._generator.spawn(n_children)]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # an attribute of Python's own, also asked for while a copy is made
            raise AttributeError(name)
        method = getattr(self._generator, name)
        return method if not callable(method) else _constant(name, method)


def _constant(name: str, method: Any) -> Any:
    """A method whose draws are constants."""

    def draw(*args: Any, **kwargs: Any) -> Any:
        y = method(*plain(args), **plain(kwargs))
        if recorded(*args, *kwargs.values()) and not (isinstance(y, int) or np.asarray(y).dtype.kind in "iub"):
            raise DTypeError(f"{name}: no derivative in its parameters: given a recorded array; use stop_gradient", 303)
        return asarray(y) if isinstance(y, int | float) else constants(y)

    return draw
