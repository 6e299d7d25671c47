"""PyTorch in float64, eager."""

from __future__ import annotations

import importlib
import os
from typing import Any

from workloads import Array, Function

from ._peer import Call, Depends, Namespace, Peer, Problem


class Torch(Peer):
    """One-shot gradients: every call builds the graph again."""

    module = "torch"

    def __init__(self) -> None:
        self.torch = torch = importlib.import_module("torch")
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        torch.set_default_dtype(torch.float64)
        self.np = Namespace(torch, logsumexp=self._logsumexp, logaddexp=self._logaddexp, roll=self._roll)

    def _logsumexp(self, x: Any, axis: int) -> Any:
        return self.torch.logsumexp(x, dim=axis)

    def _logaddexp(self, a: float, b: Any) -> Any:
        return self.torch.logaddexp(self.torch.full_like(b, a), b)

    def _roll(self, x: Any, shift: int, axis: int) -> Any:
        return self.torch.roll(x, shift, dims=axis)

    def convert(self, array: Array) -> Any:
        return self.torch.from_numpy(array.copy())

    def gradient(self, f: Function, problem: Problem) -> Call:
        for tensor in problem.inputs:
            tensor.requires_grad_()

        def call() -> Any:
            value = f(*problem.arguments)
            return value.detach(), self.torch.autograd.grad(value, problem.inputs)

        return call

    def jacobian(self, f: Function, problem: Problem) -> Call:
        differentiate = self.torch.func.jacrev(f)
        return lambda: differentiate(*problem.arguments)

    def hessian(self, f: Function, problem: Problem) -> Call:
        differentiate = self.torch.func.hessian(f)
        return lambda: differentiate(*problem.arguments)

    def blocks(self, f: Function, problem: Problem, depends: Depends) -> Call:
        """Points have nothing to do with one another: the gradient of each result's sum is what is asked for."""
        for tensor in problem.inputs:
            tensor.requires_grad_()
        wanted = [[problem.inputs[k] for k in numbers] for numbers in depends]
        differentiate = self.torch.autograd.grad

        def call() -> Any:
            results = f(*problem.arguments)
            return [
                differentiate(y.sum(), x, retain_graph=True, materialize_grads=True)
                for y, x in zip(results, wanted, strict=True)
            ]

        return call

    def hvp(self, f: Function, problem: Problem) -> Call:
        (w,), (v,) = problem.inputs, problem.direction
        w.requires_grad_()
        differentiate = self.torch.autograd.grad

        def call() -> Any:
            (slope,) = differentiate(f(w, *problem.constants), w, create_graph=True)
            return differentiate(slope @ v, w)

        return call
