"""What a peer is: a library that can differentiate a workload."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy

from workloads import Array, Function, Workload

Call = Callable[[], Any]
Depends = tuple[tuple[int, ...], ...]


class Namespace:
    """A module's names, with some put in its place or added."""

    def __init__(self, module: Any, **own: Any) -> None:
        self.__dict__.update(own)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@dataclass(frozen=True)
class Problem:
    """A workload's arrays, in the peer's own type."""

    inputs: tuple[Any, ...]
    constants: tuple[Any, ...]
    direction: tuple[Any, ...]

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.inputs + self.constants

    @property
    def argnums(self) -> tuple[int, ...]:
        return tuple(range(len(self.inputs)))


class Peer(ABC):
    """One library. Making the object imports it; arrays are converted before the clock starts."""

    module: ClassVar[str]
    np: Any

    @staticmethod
    def refuses(workload: Workload) -> str | None:
        """Why this peer has nothing to show on this workload, or None."""
        return None

    def function(self, workload: Workload) -> Function:
        """The workload as this peer runs it: (*inputs, *constants) -> scalar."""
        return lambda *arguments: workload.function(self.np, *arguments)

    def convert(self, array: Array) -> Any:
        """A NumPy array as this peer's users would hold it: here a float or an array."""
        return array.item() if array.ndim == 0 else array

    def problem(self, workload: Workload) -> Problem:
        """All arrays of a workload, converted."""
        direction = workload.direction() if workload.direction else ()
        groups = (workload.inputs(), workload.constants(), direction)
        return Problem(*(tuple(self.convert(array) for array in group) for group in groups))

    def prepare(self, workload: Workload, problem: Problem) -> Call:
        """Value and gradient, or what else the workload asks for, as a call without arguments."""
        f = self.function(workload)
        if workload.direction:
            return self.hvp(f, problem)
        if workload.wants == "blocks":
            return self.blocks(f, problem, workload.depends)
        asked = {"gradient": self.gradient, "jacobian": self.jacobian, "hessian": self.hessian}
        return asked[workload.wants](f, problem)

    def one_gradient(self, workload: Workload, problem: Problem) -> Call:
        """Value and gradient of the workload's function (of the sum of its elements), to count other work in."""
        f = self.function(workload)

        def total(*arguments: Any) -> Any:
            y = f(*arguments)
            return sum(self.np.sum(part) for part in y) if isinstance(y, tuple) else self.np.sum(y)

        return self.gradient(total, problem)

    @abstractmethod
    def gradient(self, f: Function, problem: Problem) -> Call:
        """The call that gives (value, gradients)."""

    def hvp(self, f: Function, problem: Problem) -> Call:
        """The call that gives the Hessian times the direction."""
        raise NotImplementedError

    def jacobian(self, f: Function, problem: Problem) -> Call:
        """The call that gives the Jacobian by the one input."""
        raise NotImplementedError

    def hessian(self, f: Function, problem: Problem) -> Call:
        """The call that gives the Hessian by the one input."""
        raise NotImplementedError

    def blocks(self, f: Function, problem: Problem, depends: Depends) -> Call:
        """The call that gives, for each result, its derivatives by the inputs it depends on, at every point."""
        raise NotImplementedError

    def arrays(self, result: Any) -> list[Array]:
        """A result's leaves, in order, as flat NumPy arrays."""
        leaves = _leaves(result)
        return [numpy.asarray(leaf, dtype=numpy.float64).ravel() for leaf in leaves]


def _leaves(result: Any) -> list[Any]:
    if isinstance(result, Sequence):
        return [leaf for part in result for leaf in _leaves(part)]
    return [result]
