"""Runs one workload with several peers in interleaved rounds and compares what they computed."""

from __future__ import annotations

import multiprocessing
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from peers import missing, peer_class
from worker import Failure, First, serve
from workloads import Array, Workload

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Settings:
    """rounds, seconds of timed calls a round, seconds a peer may take in all, threads."""

    rounds: int = 7
    budget: float = 0.1
    patience: float = 60.0
    threads: int = 1


@dataclass
class Row:
    """What one peer showed on one workload; seconds and bytes."""

    workload: str
    peer: str
    note: str = ""
    first: float | None = None
    rounds: list[float] = field(default_factory=list)
    peak: int | None = None
    difference: float | None = None
    ratio: float | None = None
    gradients: float | None = None

    @property
    def median(self) -> float | None:
        return statistics.median(self.rounds) if self.rounds else None


class Worker:
    """The runner's end of a worker process."""

    def __init__(self, peer: str, workload: Workload, settings: Settings) -> None:
        self.row = Row(workload.name, peer)
        self.results: list[Array] = []
        self._patience = settings.patience
        self._pipe, end = _SPAWN.Pipe()
        arguments = (end, peer, workload.name, settings.threads)
        self._process = _SPAWN.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        end.close()

    @property
    def alive(self) -> bool:
        return not self.row.note

    def ask(self, *request: Any, seconds: float) -> Any:
        """The worker's answer; None, and a note in its row, if it fails or takes longer than allowed."""
        try:
            self._pipe.send(request)
            answer = self._pipe.recv() if self._pipe.poll(seconds) else Failure(f"over {seconds:.0f} s")
        except (EOFError, OSError):
            answer = Failure("its process died")
        if not isinstance(answer, Failure):
            return answer
        self.row.note = answer.reason
        return None

    def first(self) -> None:
        answer = self.ask("first", seconds=self._patience)
        if isinstance(answer, First):
            self.row.first, self.results = answer.seconds, answer.results

    def round(self, budget: float) -> None:
        """One round, unless this peer has used its time already."""
        spent = sum(self.row.rounds)
        if spent + max(self.row.rounds, default=0.0) > self._patience:
            return
        times = self.ask("repeat", budget, seconds=self._patience)
        if times:
            self.row.rounds.append(statistics.median(times))

    def finish(self, budget: float) -> None:
        if self.alive and self.row.rounds:
            self.row.gradients = self.ask("gradients", 5 * budget, seconds=self._patience)
        if self.alive:
            self.row.peak = self.ask("memory", seconds=self._patience)
        self._process.kill()
        self._process.join()


def run(workload: Workload, peers: Sequence[str], reference: str, settings: Settings) -> list[Row]:
    """One row a peer, in the order given; the reference's median is what ratios are relative to."""
    refusals = [Row(workload.name, peer, note) for peer in peers if (note := _refusal(peer, workload))]
    refused = {row.peer for row in refusals}
    workers = [Worker(peer, workload, settings) for peer in peers if peer not in refused]
    try:
        for worker in workers:
            worker.first()
        _compare(workers, workload.tolerance)
        _measure(workers, settings)
    finally:
        for worker in workers:
            worker.finish(settings.budget)
    rows = refusals + [worker.row for worker in workers]
    _relate(rows, reference)
    return sorted(rows, key=lambda row: peers.index(row.peer))


def _refusal(peer: str, workload: Workload) -> str | None:
    if missing(peer):
        return "not installed"
    return workload.skip.get(peer) or peer_class(peer).refuses(workload)


def _measure(workers: Sequence[Worker], settings: Settings) -> None:
    for _ in range(settings.rounds):
        for worker in workers:
            if worker.alive:
                worker.round(settings.budget)


def _compare(workers: Sequence[Worker], tolerance: float) -> None:
    """Each peer's largest difference from the first one, relative to the largest entry of each array."""
    done = [worker for worker in workers if worker.results]
    for worker in done:
        pairs = zip(worker.results, done[0].results, strict=False)
        worker.row.difference = max(_difference(given, wanted) for given, wanted in pairs)
        if not worker.row.difference <= tolerance:
            worker.row.note = f"DISAGREES with {done[0].row.peer}"


def _difference(given: Array, wanted: Array) -> float:
    if given.shape != wanted.shape:
        return float("inf")
    scale = numpy.max(numpy.abs(wanted), initial=0.0)
    worst = numpy.max(numpy.abs(given - wanted), initial=0.0)
    return float(worst / scale) if scale else float(worst)


def _relate(rows: Sequence[Row], reference: str) -> None:
    """Ratios round by round, then their median: noise that hits a round hits both alike."""
    base = next((row.rounds for row in rows if row.peer == reference), [])
    for row in rows:
        pairs = list(zip(row.rounds, base, strict=False))
        row.ratio = statistics.median(mine / its for mine, its in pairs) if pairs else None
