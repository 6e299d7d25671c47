"""The workloads that every peer runs, by name."""

from __future__ import annotations

from . import bundle, chain, fused, gmm, jacobian, logistic, mlp, neural_ode, programs, rosenbrock, small_arrays
from ._workload import Array, Arrays, Function, Workload

__all__ = ["WORKLOADS", "Array", "Arrays", "Function", "Workload"]

_MODULES = (chain, small_arrays, fused, rosenbrock, neural_ode, gmm, mlp, logistic, bundle, jacobian, programs)
WORKLOADS: dict[str, Workload] = {w.name: w for module in _MODULES for w in module.WORKLOADS}
