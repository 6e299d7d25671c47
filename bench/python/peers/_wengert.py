"""wengert: NumPy arrays in, NumPy arrays out."""

from __future__ import annotations

import importlib
from typing import Any

from workloads import Function

from ._peer import Call, Peer, Problem


class Wengert(Peer):
    """One-shot gradients: every call records again."""

    module = "wengert"

    def __init__(self) -> None:
        self.wg = importlib.import_module("wengert")
        self.np = importlib.import_module("wengert.numpy")

    def gradient(self, f: Function, problem: Problem) -> Call:
        differentiate = self.wg.value_and_grad(f, argnums=problem.argnums)
        return lambda: differentiate(*problem.arguments)

    def hvp(self, f: Function, problem: Problem) -> Call:
        def loss(*inputs: Any) -> Any:
            return f(*inputs, *problem.constants)

        return lambda: self.wg.hvp(loss, problem.inputs, problem.direction)
