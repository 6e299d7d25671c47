"""JAX in float64: compiled by jit, with lax.scan for loops, and operation by operation."""

from __future__ import annotations

import importlib
from typing import Any

from workloads import Array, Function, Workload

from ._peer import Call, Depends, Namespace, Peer, Problem


class Jax(Peer):
    """value_and_grad under jit; loops are unrolled in the trace."""

    module = "jax"

    def __init__(self) -> None:
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.np = Namespace(importlib.import_module("jax.numpy"), logsumexp=self.jax.nn.logsumexp, scan=self._scan)

    def _scan(self, body: Function, x: Any, steps: int) -> Any:
        return self.jax.lax.scan(lambda x, _: (body(x), None), x, length=steps)[0]

    def convert(self, array: Array) -> Any:
        return self.np.asarray(array)

    def transform(self, f: Function) -> Function:
        """How a function of arrays is made ready to be called."""
        compiled: Function = self.jax.jit(f)
        return compiled

    def _finished(self, f: Function, *arguments: Any) -> Call:
        ready, wait = self.transform(f), self.jax.block_until_ready
        return lambda: wait(ready(*arguments))

    def gradient(self, f: Function, problem: Problem) -> Call:
        return self._finished(self.jax.value_and_grad(f, argnums=problem.argnums), *problem.arguments)

    def jacobian(self, f: Function, problem: Problem) -> Call:
        return self._finished(self.jax.jacobian(f), *problem.arguments)

    def hessian(self, f: Function, problem: Problem) -> Call:
        return self._finished(self.jax.hessian(f), *problem.arguments)

    def blocks(self, f: Function, problem: Problem, depends: Depends) -> Call:
        def derivatives(*x: Any) -> Any:
            return [self.jax.grad(lambda *x, k=k: f(*x)[k], numbers)(*x) for k, numbers in enumerate(depends)]

        return self._finished(self.jax.vmap(derivatives), *problem.arguments)

    def hvp(self, f: Function, problem: Problem) -> Call:
        (w,), (v,) = problem.inputs, problem.direction

        def product(w: Any, v: Any, *constants: Any) -> Any:
            return self.jax.jvp(lambda w: self.jax.grad(f)(w, *constants), (w,), (v,))[1]

        return self._finished(product, w, v, *problem.constants)


class JaxScan(Jax):
    """Where a workload is a loop: the loop as lax.scan."""

    @staticmethod
    def refuses(workload: Workload) -> str | None:
        return None if workload.scan else "no loop to scan"

    def function(self, workload: Workload) -> Function:
        assert workload.scan is not None
        scan = workload.scan
        return lambda *arguments: scan(self.np, *arguments)


class JaxEager(Jax):
    """Without jit."""

    @staticmethod
    def refuses(workload: Workload) -> str | None:
        return None if workload.small else "for small workloads only"

    def transform(self, f: Function) -> Function:
        return f
