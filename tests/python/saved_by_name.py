"""What the tests of saving need to be found by name in another process, or by a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np


class Pair(NamedTuple):
    x: Any
    y: Any


@dataclass
class Model:
    weights: Any
    name: str


def loss(model: Model, x: Any) -> Any:
    return {"loss": np.sum(np.tanh(model.weights @ x) ** 2), "pair": Pair(x * 2.0, (x + 1.0, [3, None, "text"]))}


@wg.compile
def decorated(x: Any) -> Any:
    return np.sum(x * x)


def square(x: Any) -> Any:
    return x * x


def value_and_gradient(program: Any, x: Any) -> Any:
    return program(x), program.grad(x)
