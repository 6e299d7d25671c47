"""NumPy: the value alone, as a line to read the others by; a formula by hand where the workload has one."""

from __future__ import annotations

from typing import Any

import numpy

from workloads import Function, Workload

from ._peer import Call, Namespace, Peer, Problem


def _logsumexp(x: Any, axis: int) -> Any:
    top = numpy.max(x, axis=axis, keepdims=True)
    return numpy.log(numpy.sum(numpy.exp(x - top), axis=axis)) + numpy.squeeze(top, axis)


class Numpy(Peer):
    """No derivative but those that somebody wrote down."""

    module = "numpy"

    def __init__(self) -> None:
        self.np = Namespace(numpy, logsumexp=_logsumexp)

    @staticmethod
    def refuses(workload: Workload) -> str | None:
        return None if workload.is_gradient or workload.closed else "has no derivatives"

    def prepare(self, workload: Workload, problem: Problem) -> Call:
        closed = workload.closed
        if closed is None:
            return super().prepare(workload, problem)
        return lambda: closed(numpy, *problem.arguments)

    def one_gradient(self, workload: Workload, problem: Problem) -> Call:
        raise NotImplementedError

    def gradient(self, f: Function, problem: Problem) -> Call:
        return lambda: (f(*problem.arguments),)
