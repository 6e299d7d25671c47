"""wengert: NumPy arrays in, NumPy arrays out; constants are wengert's own arrays."""

from __future__ import annotations

import importlib
from typing import Any

from workloads import Function

from ._peer import Call, Depends, Peer, Problem


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

    def blocks(self, f: Function, problem: Problem, depends: Depends) -> Call:
        """Points have nothing to do with one another: the adjoint of each result's sum is what is asked for."""
        constants = self.constants(problem)

        def call() -> Any:
            with self.wg.Tape() as tape:
                x = tape.watch(problem.inputs)
                results = f(*x, *constants)
            pairs = zip(results, depends, strict=True)
            return [tape.gradient(y, [x[k] for k in numbers]) for y, numbers in pairs]

        return call

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

    def blocks(self, f: Function, problem: Problem, depends: Depends) -> Call:
        """The derivatives at one point as a program, run at all of them."""
        grad = self.wg.grad

        def derivatives(*x: Any) -> Any:
            return [grad(lambda *x, k=k: f(*x)[k], numbers)(*x) for k, numbers in enumerate(depends)]

        program, arguments = self.wg.compile(derivatives), problem.arguments
        return lambda: program.batch(*arguments)

    def hvp(self, f: Function, problem: Problem) -> Call:
        def product(inputs: Any, direction: Any, *constants: Any) -> Any:
            return self.wg.hvp(lambda *x: f(*x, *constants), inputs, direction)

        run, constants = self.wg.compile(product), self.constants(problem)
        return lambda: run(problem.inputs, problem.direction, *constants)
