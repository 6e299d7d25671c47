"""wengert: NumPy arrays in, NumPy arrays out; constants are wengert's own arrays."""

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
        arguments = *problem.inputs, *self.constants(problem)
        return lambda: differentiate(*arguments)

    def jacobian(self, f: Function, problem: Problem) -> Call:
        differentiate, arguments = self.wg.jacobian(f), (*problem.inputs, *self.constants(problem))
        return lambda: differentiate(*arguments)

    def hessian(self, f: Function, problem: Problem) -> Call:
        differentiate, arguments = self.wg.hessian(f), (*problem.inputs, *self.constants(problem))
        return lambda: differentiate(*arguments)

    def constants(self, problem: Problem) -> list[Any]:
        """Data that does not change is converted once, as a user does whose every call reads all of it."""
        return [self.wg.asarray(c) for c in problem.constants]

    def hvp(self, f: Function, problem: Problem) -> Call:
        constants = self.constants(problem)

        def loss(*inputs: Any) -> Any:
            return f(*inputs, *constants)

        return lambda: self.wg.hvp(loss, problem.inputs, problem.direction)


class Compiled(Wengert):
    """The same functions as programs: recorded at the first call, run again in C++."""

    def gradient(self, f: Function, problem: Problem) -> Call:
        differentiate = self.wg.compile(self.wg.value_and_grad(f, argnums=problem.argnums))
        arguments = *problem.inputs, *self.constants(problem)
        return lambda: differentiate(*arguments)

    def jacobian(self, f: Function, problem: Problem) -> Call:
        differentiate, arguments = self.wg.compile(self.wg.jacobian(f)), (*problem.inputs, *self.constants(problem))
        return lambda: differentiate(*arguments)

    def hessian(self, f: Function, problem: Problem) -> Call:
        differentiate, arguments = self.wg.compile(self.wg.hessian(f)), (*problem.inputs, *self.constants(problem))
        return lambda: differentiate(*arguments)

    def hvp(self, f: Function, problem: Problem) -> Call:
        def product(inputs: Any, direction: Any, *constants: Any) -> Any:
            return self.wg.hvp(lambda *x: f(*x, *constants), inputs, direction)

        run, constants = self.wg.compile(product), self.constants(problem)
        return lambda: run(problem.inputs, problem.direction, *constants)
