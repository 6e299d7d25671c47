"""A long-lived process that runs one workload with one peer, on request through a pipe."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter

import machine
from peers import Call, peer_class
from workloads import WORKLOADS, Array


@dataclass(frozen=True)
class First:
    """The first call: seconds with all tracing and compiling, and the results."""

    seconds: float
    results: list[Array]


@dataclass(frozen=True)
class Failure:
    """What went wrong in a worker."""

    reason: str


class Session:
    """One peer with one workload: what the runner may ask for, by name."""

    def __init__(self, peer: str, workload: str) -> None:
        self._peer, self._workload = peer_class(peer)(), WORKLOADS[workload]
        machine.reset_peak()
        self._baseline = self._peak = machine.peak_bytes()
        self._problem = self._peer.problem(self._workload)

    def first(self) -> First:
        """Prepares and calls once."""
        start = perf_counter()
        self._call = self._peer.prepare(self._workload, self._problem)
        result = self._call()
        seconds = perf_counter() - start
        self._peak = max(self._peak, machine.peak_bytes())
        return First(seconds, self._peer.arrays(result))

    def repeat(self, budget: float) -> list[float]:
        """Seconds of each call, as many as fit in the budget and at least one."""
        gc.collect()
        machine.reset_peak()
        times = [self._timed()]
        while sum(times) < budget:
            times.append(self._timed())
        self._peak = max(self._peak, machine.peak_bytes())
        return times

    def gradients(self, budget: float) -> float | None:
        """How many of its own gradients the work costs, measured in turn, the quickest of each; None for a gradient.

        Not the medians: the longer of two calls is interrupted more often, and the ratio would grow with the noise.
        """
        if self._workload.is_gradient:
            return None
        try:
            one = self._peer.one_gradient(self._workload, self._problem)
        except NotImplementedError:
            return None
        one()
        pairs, start = [], perf_counter()
        while not pairs or perf_counter() - start < budget:
            pairs.append((self._timed(), self._timed(one)))
        mine, gradients = zip(*pairs, strict=True)
        return min(mine) / min(gradients)

    def _timed(self, call: Call | None = None) -> float:
        start = perf_counter()
        (call or self._call)()
        return perf_counter() - start

    def memory(self) -> int:
        """Peak bytes above what the imports left."""
        return self._peak - self._baseline


def serve(pipe: Connection, peer: str, workload: str, threads: int) -> None:
    """Answers (name, *arguments) with the session's result until None comes."""
    machine.pin(threads)
    try:
        session = Session(peer, workload)
        while request := pipe.recv():
            name, *arguments = request
            pipe.send(getattr(session, name)(*arguments))
    except Exception as error:  # the runner reports it and goes on without this peer
        pipe.send(Failure(f"{type(error).__name__}: {error}".splitlines()[0][:160]))
