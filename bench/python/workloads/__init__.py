"""The workloads that every peer runs, by name."""

from __future__ import annotations

from . import chain, fused, gmm, jacobian, logistic, mlp, programs, small_arrays
from ._workload import Array, Arrays, Function, Workload

__all__ = ["WORKLOADS", "Array", "Arrays", "Function", "Workload"]

_MODULES = (chain, small_arrays, fused, gmm, mlp, logistic, jacobian, programs)
WORKLOADS: dict[str, Workload] = {w.name: w for module in _MODULES for w in module.WORKLOADS}
