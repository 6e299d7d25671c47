"""HIPS autograd: NumPy arrays in, NumPy arrays out."""

from __future__ import annotations

import importlib

from workloads import Function

from ._peer import Call, Depends, Namespace, Peer, Problem


class Autograd(Peer):
    """One-shot gradients: every call traces again."""

    module = "autograd"

    def __init__(self) -> None:
        self.autograd = importlib.import_module("autograd")
        special = importlib.import_module("autograd.scipy.special")
        self.np = Namespace(importlib.import_module("autograd.numpy"), logsumexp=special.logsumexp)

    def gradient(self, f: Function, problem: Problem) -> Call:
        differentiate = self.autograd.value_and_grad(f, argnum=problem.argnums)
        return lambda: differentiate(*problem.arguments)

    def jacobian(self, f: Function, problem: Problem) -> Call:
        differentiate = self.autograd.jacobian(f)
        return lambda: differentiate(*problem.arguments)

    def hessian(self, f: Function, problem: Problem) -> Call:
        differentiate = self.autograd.hessian(f)
        return lambda: differentiate(*problem.arguments)

    def blocks(self, f: Function, problem: Problem, depends: Depends) -> Call:
        """Points have nothing to do with one another: the gradient of each result's sum is what is asked for."""
        derivatives = [
            self.autograd.grad(lambda *x, k=k: self.np.sum(f(*x)[k]), numbers) for k, numbers in enumerate(depends)
        ]
        return lambda: [each(*problem.arguments) for each in derivatives]

    def hvp(self, f: Function, problem: Problem) -> Call:
        product = self.autograd.hessian_vector_product(f)
        (w,), (v,) = problem.inputs, problem.direction
        return lambda: product(w, *problem.constants, v)
