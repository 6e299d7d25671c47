"""Random programs of all that has a kernel on a device: operations on what came before, on arrays of a few shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg
import wengert.numpy as wnp
from wengert._core import elementwise

Operation = Callable[[Any, Any, int], Any]
MOST = 200  # elements of an array

# Questions, of which a choice is made, and what takes a whole number, which is no operand.
WHOLE = {"integer_power", "polygamma"}


def stretched(x: Any, lo: float, hi: float) -> Any:
    """From -1 ... 1 to lo ... hi."""
    return (0.5 * (lo + hi)) + (0.5 * (hi - lo)) * x


def fits(x: Any, y: Any) -> bool:
    try:
        return int(np.prod(np.broadcast_shapes(x.shape, y.shape))) <= MOST
    except ValueError:
        return False


def elementwise_operation(p: Any) -> Operation:
    """A primitive of the table, where the table says that it can be sampled."""
    f = getattr(elementwise, p.name)
    lo, hi = zip(*(p.domains * p.arity if len(p.domains) == 1 else p.domains), strict=True)

    def operation(x: Any, y: Any, k: int) -> Any:
        if p.name in WHOLE:
            return f(2.0, stretched(x, lo[1], hi[1])) if p.name == "polygamma" else f(x, np.float32(1 + k % 3))
        y = y if fits(x, y) else x
        found = f(*(stretched(z, lo[i], hi[i]) for i, z in enumerate([x, y][: p.arity])))
        return np.where(found, x, -0.5 * y) if found.dtype == bool else found

    return operation


def axis(x: Any, k: int) -> int:
    return k % x.ndim - (x.ndim if k & 8 else 0)


def positions(x: Any, k: int, count: int) -> Any:
    """Some positions along the first axis, some of them more than once, some from the end."""
    return np.random.default_rng(k).integers(-x.shape[0], x.shape[0], count)


def product(x: Any, y: Any, k: int) -> Any:
    """Matrices by whichever way round they fit, or by themselves."""
    if x.ndim == 1:
        return np.dot(x, y) / x.size if x.shape == y.shape else np.outer(x, x)[:20, :9]
    if y.ndim >= 2 and x.shape[-1] == y.shape[-2] and k & 1:
        return np.matmul(x[..., :12, :], y[..., :12]) / x.shape[-1] if x.ndim == y.ndim == 2 else x
    return np.einsum("...ij,...kj->...ik" if k & 2 else "...ji,...jk->...ik", x, x) / x.shape[-1]


# On arrays that have elements and an axis: what changes shapes, mixes elements, or goes by whole numbers.
STRUCTURAL: dict[str, Operation] = {
    "sum": lambda x, _, k: np.sum(x, axis=axis(x, k), keepdims=bool(k & 16)),
    "sum of all": lambda x, _, k: np.sum(x) / x.size,
    "prod": lambda x, _, k: np.prod(1.2 + 0.3 * x, axis=axis(x, k)),
    "mean": lambda x, _, k: np.mean(x * x, axis=axis(x, k), keepdims=True),
    "max": lambda x, _, k: np.max(x, axis=axis(x, k)),
    "min": lambda x, _, k: np.min(x, axis=axis(x, k), keepdims=True),
    "logsumexp": lambda x, _, k: wg.special.logsumexp(3 * x, axis=axis(x, k)),
    "norm": lambda x, _, k: np.linalg.norm(x, axis=axis(x, k)),
    "softmax": lambda x, _, k: wg.special.softmax(4 * x, axis=axis(x, k)),
    "any": lambda x, _, k: np.where(np.any(x > 0.3, axis=axis(x, k), keepdims=True), x, 2 * x),
    "all": lambda x, _, k: np.where(np.all(x > -0.3, axis=axis(x, k), keepdims=True), x, 2 * x),
    "argmax": lambda x, _, k: x * (1 + np.argmax(x, axis=axis(x, k), keepdims=True)).astype(np.float32),
    "cumsum": lambda x, _, k: np.cumsum(x, axis=axis(x, k)) / x.shape[axis(x, k)],
    "cumprod": lambda x, _, k: np.cumprod(1.1 + 0.2 * x, axis=axis(x, k)),
    "product": product,
    "transpose": lambda x, *_: x.T,
    "swapaxes": lambda x, _, k: np.swapaxes(x, axis(x, k), 0),
    "reshape": lambda x, _, k: np.reshape(x, (-1, x.shape[0]) if k & 1 else -1),
    "slice": lambda x, _, k: x[k % x.shape[0] :: 1 + k % 2],
    "columns": lambda x, *_: x[..., ::-2],
    "flip": lambda x, _, k: np.flip(x, axis(x, k)),
    "roll": lambda x, _, k: np.roll(x, k % 5, axis(x, k)),
    "pad": lambda x, _, k: np.pad(x, 1 if k & 1 else (0, 2), constant_values=0.3 if k & 2 else 0),
    "concatenate": lambda x, y, k: np.concatenate([x, 0.5 * (y if y.shape == x.shape else x), x[:1]], axis=0),
    "stack": lambda x, y, k: np.stack([x, y if y.shape == x.shape else -x], axis=axis(x, k)),
    "broadcast": lambda x, _, k: np.broadcast_to(x, (2, *x.shape)),
    "new axis": lambda x, y, k: x[:, None] * x if x.ndim == 1 else x[..., None, :],
    "take": lambda x, _, k: x[positions(x, k, 1 + k % 7)],
    "take pairs": lambda x, _, k: np.take(x, positions(x, k, 6).reshape(3, 2), axis=0),
    "add at": lambda x, _, k: wnp.asarray(x).at[positions(x, k, 5)].add(0.3),
    "set at": lambda x, _, k: wnp.asarray(x).at[positions(x, k, 1)].set(0.5 * x[:1]),
    "assign": lambda x, *_: assigned(x),
    "where": lambda x, y, k: np.where(x > 0.2, x, y * x if fits(x, y) and y.ndim <= x.ndim else x * x),
    "clip": lambda x, *_: np.clip(2 * x, -0.7, 0.9),
    "whole": lambda x, _, k: x * (np.floor(5 * x).astype(np.int32) // 2 % 3 + k % 4).astype(np.float32),
    "truth": lambda x, *_: x * ((x > 0.1) ^ (x < 0.6)).astype(np.float32) + x,
}  # fmt: skip


def assigned(x: Any) -> Any:
    y = 1.0 * x
    y[0] = y[-1] * 0.5
    return y


def operations(without: set[str]) -> dict[str, Operation]:
    """All of them, by name."""
    table = [p for p in wg.testing.primitives() if p.elementwise and p.name not in without]
    return {**{p.name: elementwise_operation(p) for p in table}, **STRUCTURAL}


def program(seed: int, known: dict[str, Operation]) -> tuple[Callable[..., Any], list[str]]:
    """A function of three arrays, and the operations that it is made of: few, or, one in ten, many."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(12, 30) if seed % 20 == 0 else rng.integers(3, 8))
    both = [sorted(set(known) - set(STRUCTURAL)), sorted(STRUCTURAL)]
    names = [str(rng.choice(both[int(rng.random() < 0.65)])) for _ in range(count)]
    picks = rng.integers(0, 1 << 20, (count, 3)).tolist()

    def f(*args: Any) -> Any:
        have, used = list(args), set(range(len(args)))
        for name, (i, j, k) in zip(names, picks, strict=True):
            i, j = i % len(have), len(have) - 1 - j % min(len(have), 4)
            used |= {i, j}
            x = have[i] if have[i].ndim and have[i].size else 0.5 * args[i % len(args)]
            found = known[name](x, have[j], k)
            have.append(found / (1 + np.abs(found)) if found.size <= MOST and found.ndim <= 4 else x)
        return sum(np.sum(y) for n, y in enumerate(have) if n not in used)

    return f, names
