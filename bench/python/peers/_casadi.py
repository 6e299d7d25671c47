"""CasADi: SX for scalars, MX for matrices; the function is built in the first call."""

from __future__ import annotations

import importlib
from typing import Any

from workloads import Array, Function

from ._peer import Call, Depends, Namespace, Peer, Problem


class Casadi(Peer):
    """A symbolic function of value and gradients, run by CasADi's own virtual machine."""

    module = "casadi"

    def __init__(self) -> None:
        self.casadi = importlib.import_module("casadi")
        self.np = Namespace(self.casadi, sum=self._sum, logsumexp=self._logsumexp, logaddexp=self._logaddexp)

    def _sum(self, x: Any) -> Any:
        return self.casadi.sum2(self.casadi.sum1(x))

    def _logsumexp(self, x: Any, axis: int) -> Any:
        """Column by column: CasADi's own takes vectors only."""
        assert axis == 0
        return self.casadi.horzcat(*map(self.casadi.logsumexp, self.casadi.horzsplit(x)))

    def _logaddexp(self, a: float, b: Any) -> Any:
        assert a == 0.0
        return self.casadi.log1p(self.casadi.exp(b))

    def convert(self, array: Array) -> Any:
        return self.casadi.DM(array)

    def _build(self, problem: Problem, outputs: Function, *numbers: Any) -> Call:
        scalar = all(number.is_scalar() for number in numbers)
        kind = self.casadi.SX if scalar else self.casadi.MX
        symbols = [kind.sym(f"x{i}", *number.shape) for i, number in enumerate(numbers)]
        function = self.casadi.Function("f", symbols, outputs(*symbols))
        return lambda: function(*numbers)

    def gradient(self, f: Function, problem: Problem) -> Call:
        def outputs(*symbols: Any) -> list[Any]:
            value = f(*symbols)
            return [value, *(self.casadi.gradient(value, symbols[i]) for i in problem.argnums)]

        return self._build(problem, outputs, *problem.arguments)

    def jacobian(self, f: Function, problem: Problem) -> Call:
        return self._build(problem, lambda x, *c: [self.casadi.jacobian(f(x, *c), x)], *problem.arguments)

    def hessian(self, f: Function, problem: Problem) -> Call:
        return self._build(problem, lambda x, *c: [self.casadi.hessian(f(x, *c), x)[0]], *problem.arguments)

    def blocks(self, f: Function, problem: Problem, depends: Depends) -> Call:
        """The function of one point, mapped."""
        symbols = [self.casadi.SX.sym(f"x{k}") for k in range(len(problem.arguments))]
        outputs: list[Any] = []
        for y, numbers in zip(f(*symbols), depends, strict=True):
            row = self.casadi.jacobian(y, self.casadi.vertcat(*(symbols[k] for k in numbers)))
            outputs += [row[k] for k in range(len(numbers))]
        points = [x.T for x in problem.arguments]
        mapped = self.casadi.Function("f", symbols, outputs).map(points[0].size2())
        return lambda: mapped(*points)

    def hvp(self, f: Function, problem: Problem) -> Call:
        def outputs(v: Any, w: Any, *constants: Any) -> list[Any]:
            return [self.casadi.jtimes(self.casadi.gradient(f(w, *constants), w), w, v)]

        return self._build(problem, outputs, *problem.direction, *problem.arguments)
