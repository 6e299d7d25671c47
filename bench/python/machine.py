"""The machine: threads and processors of a process, its peak memory, and what it is."""

from __future__ import annotations

import os
import platform
import resource
from importlib import metadata
from pathlib import Path

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_DISTRIBUTIONS = ("wengert", "numpy", "autograd", "jax", "torch", "casadi")


def limit_threads(threads: int) -> None:
    """Lets every process started from here use so many threads, whatever library it loads."""
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    eigen = "true" if threads > 1 else "false"
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"
    os.environ["JAX_PLATFORMS"] = "cpu"


def pin(threads: int) -> None:
    """Keeps this process on its last processors: thread pools size themselves by it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def reset_peak() -> None:
    """Starts the peak of resident memory anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_bytes() -> int:
    """Most resident memory since reset_peak; since the process began, where that cannot be reset."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def describe() -> dict[str, str]:
    """Processor, instruction set and versions, for the head of a table."""
    return {"processor": _processor(), "python": platform.python_version(), **_versions()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    model = facts.get("model name", platform.processor())
    family = f"family {facts.get('cpu family', '?')} model {facts.get('model', '?')}"
    flags = facts.get("flags", "").split()
    simd = next((level for level in ("avx512f", "avx2") if level in flags), "no avx2")
    return f"{model} ({family}, {simd}), {os.cpu_count()} processors"


def _versions() -> dict[str, str]:
    return {name: version for name in _DISTRIBUTIONS if (version := _version(name))}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
