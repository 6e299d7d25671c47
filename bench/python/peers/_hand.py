"""Hand-written C++ (bench/cpp/hand) through a C interface: the limit, checked and timed like a peer.

The library is `WENGERT_HAND`, else the newest libwengert_hand in a build folder of the project.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import numpy

from workloads import Array, Function, Workload

from ._peer import Call, Peer, Problem

_WRITTEN = ("chain", "small", "fused", "rosenbrock", "ode", "gmm", "mlp", "logistic", "bundle")
_ROOT = Path(__file__).resolve().parents[3]


def library_path() -> Path | None:
    """Where the compiled baselines are, or None."""
    if named := os.environ.get("WENGERT_HAND"):
        return Path(named)
    found = [*_ROOT.glob("build*/**/libwengert_hand.so"), *_ROOT.glob("build*/**/libwengert_hand.dylib")]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def load_library() -> ctypes.CDLL:
    """The compiled baselines."""
    path = library_path()
    assert path is not None
    return ctypes.CDLL(str(path))


def _pointers(arrays: tuple[Any, ...]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


class Hand(Peer):
    """One exported function a workload: value = f(sizes, inputs, outputs)."""

    module = "ctypes"

    def __init__(self) -> None:
        self.library = load_library()

    @staticmethod
    def refuses(workload: Workload) -> str | None:
        if workload.part not in _WRITTEN or workload.wants not in ("gradient", "blocks"):
            return "not written by hand"
        return None if library_path() else "not built (see bench/README.md)"

    def convert(self, array: Array) -> Any:
        return array

    def prepare(self, workload: Workload, problem: Problem) -> Call:
        function = self._function(workload, problem)
        outputs = self._outputs(workload, problem)
        sizes = (ctypes.c_int64 * len(workload.sizes))(*workload.sizes)
        inputs, places = _pointers(problem.arguments + problem.direction), _pointers(outputs)

        def call() -> Any:
            value = function(sizes, inputs, places)
            return outputs if problem.direction or workload.depends else (value, *outputs)

        return call

    def _function(self, workload: Workload, problem: Problem) -> Any:
        ending = "_hvp" if workload.direction else "_float32" if problem.inputs[0].dtype == numpy.float32 else ""
        function = getattr(self.library, f"hand_{workload.part}{ending}")
        function.restype = ctypes.c_double
        return function

    @staticmethod
    def _outputs(workload: Workload, problem: Problem) -> tuple[Array, ...]:
        """Arrays to write to: like the inputs; of blocks those of one point side by side, results outermost."""
        if not workload.depends:
            return tuple(numpy.empty_like(array) for array in problem.inputs)
        count = sum(len(numbers) for numbers in workload.depends)
        whole = numpy.empty((len(problem.inputs[0]), count))
        return tuple(whole.T)

    def gradient(self, f: Function, problem: Problem) -> Call:
        raise NotImplementedError
