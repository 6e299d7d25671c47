"""The adapter and the device, opened at first use: wgpu is imported here and nowhere else, and only then."""

from __future__ import annotations

import atexit
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from wengert._budget import bytes_of
from wengert._frames import boundary
from wengert.errors import DeviceError, DeviceLostError, DeviceMemoryError, DeviceUnavailableError, Error
from wengert.webgpu._numerics import Numerics, looked_at
from wengert.webgpu._pool import Pool

__all__ = ["Device", "current", "found", "numerics", "set_memory_budget"]

# What every implementation grants. Without this a device has its adapter's limits: what runs here would fail elsewhere.
PROFILE = {
    "max-storage-buffers-per-shader-stage": 8,
    "max-storage-buffer-binding-size": 128 << 20,
    "max-buffer-size": 256 << 20,
    "max-compute-invocations-per-workgroup": 256,
    "max-compute-workgroup-size-x": 256,
    "max-compute-workgroup-size-y": 256,
    "max-compute-workgroup-size-z": 64,
    "max-compute-workgroup-storage-size": 16384,
    "max-compute-workgroups-per-dimension": 65535,
}
KINDS = {"DiscreteGPU": 0, "IntegratedGPU": 1, "VirtualGPU": 2, "Unknown": 3, "CPU": 4}
MOST_PIPELINES = 512
MOST_IN_FLIGHT = 32  # submissions without a look at their end, beyond which drivers keep more and more memory
HOW = (
    'install it by `pip install "wengert[webgpu]"`; a driver for Vulkan, Metal or Direct3D 12 comes with the system '
    "(on Debian `apt install mesa-vulkan-drivers` brings one that needs no graphics processor)"
)
_budget = 4 << 30


def _wgpu() -> Any:
    try:
        import wgpu
    except ImportError as error:
        raise DeviceUnavailableError(f"webgpu: the package wgpu cannot be imported ({error}): {HOW}") from error
    return wgpu


def _adapters() -> list[Any]:
    """Adapters that may be used, the best ones first; those of OpenGL, which computes otherwise, when asked."""
    found = _wgpu().gpu.enumerate_adapters_sync()
    if os.environ.get("WENGERT_WEBGPU_OPENGL") != "1":
        found = [a for a in found if a.info["backend_type"] != "OpenGL"]
    return sorted(found, key=lambda a: KINDS.get(a.info["adapter_type"], 3))


def _chosen() -> Any:
    adapters = _adapters()
    name = os.environ.get("WENGERT_WEBGPU_ADAPTER", "")
    summaries = [a.summary for a in adapters]
    if not adapters:
        raise DeviceUnavailableError(f"webgpu: no adapter (those of OpenGL alone do not count): {HOW}")
    for adapter in adapters:
        if name.lower() in adapter.summary.lower():
            return adapter
    raise DeviceUnavailableError(
        f"webgpu: no adapter of that name: WENGERT_WEBGPU_ADAPTER is {name!r}, there are {', '.join(summaries)}"
    )


def found() -> list[dict[str, Any]]:
    """The adapters, as `wengert.devices` tells of them; none without wgpu."""
    try:
        adapters = _adapters()
    except DeviceUnavailableError:
        return []
    kinds = ["software" if a.info["adapter_type"] == "CPU" else "graphics" for a in adapters]
    return [
        {"device": "webgpu", "name": a.info["device"], "kind": kind, "backend": a.info["backend_type"]}
        for a, kind in zip(adapters, kinds, strict=True)
    ]


@boundary
def set_memory_budget(nbytes: int | str) -> None:
    """Bytes of a device's memory that may be held, by arrays and between uses, or text such as "512MB"; at first 4 GiB.

    nbytes : a number, or text such as "512MB"
    raises : OptionError for what is no positive number of bytes
    cost   : none
    source : what a budget is, is said in docs/webgpu.md

    >>> set_memory_budget("4GB")
    """
    global _budget
    _budget = bytes_of("set_memory_budget", nbytes)
    if _current is not None:
        _current.pool.budget = _budget


class Device:
    """One adapter's device, with the portable profile's limits, its memory and its compiled kernels."""

    def __init__(self) -> None:
        self.wgpu = _wgpu()
        adapter = _chosen()
        self.name, self.kind = adapter.info["device"], adapter.info["adapter_type"]
        self._adapter = adapter
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.lost = False
        try:
            self.device = adapter.request_device_sync(required_limits=PROFILE)
        except Exception as error:
            raise DeviceUnavailableError(f"webgpu: {adapter.summary} gave no device: {error}") from error
        usage = self.wgpu.BufferUsage
        self.pool = Pool(self.device, usage.STORAGE | usage.COPY_SRC | usage.COPY_DST, _budget)
        self._pipelines: OrderedDict[tuple[str, int, int], Any] = OrderedDict()
        self._in_flight = 0
        self.readbacks = 0
        self.numerics: Numerics | None = None

    @contextmanager
    def work(self) -> Iterator[None]:
        """The only way to the device: one thread at a time, in the process that opened it, as long as it is there."""
        if os.getpid() != self.pid:
            raise DeviceLostError(
                "webgpu: the device belongs to the process that this one was forked from, and would hang here: open "
                "it after the fork, or start processes by 'spawn'"
            )
        with self.lock:
            if self.lost:
                raise DeviceLostError("webgpu: the device was lost, and the arrays on it")
            try:
                yield
            except Error:
                raise
            except Exception as error:
                translated = self._translated(error)
                if translated is error:
                    raise
                raise translated from error

    def _translated(self, error: Exception) -> Exception:
        text = str(error)
        if "lost" in text.lower():
            self.lost = True
            return DeviceLostError(f"webgpu: the device was lost, and the arrays on it: {text}")
        if isinstance(error, self.wgpu.GPUOutOfMemoryError):
            return DeviceMemoryError(f"webgpu: the device has no memory left: {text}")
        if isinstance(error, self.wgpu.GPUError):
            return DeviceError(f"webgpu: {text}")
        return error

    def pipeline(self, text: str, reads: int, writes: int) -> Any:
        """A kernel, compiled, and the layout of its bindings."""
        key = (text, reads, writes)
        found = self._pipelines.get(key)
        if found is None:
            kinds = ["read-only-storage"] * reads + ["storage"] * writes
            entries = [{"binding": k, "visibility": 4, "buffer": {"type": kind}} for k, kind in enumerate(kinds)]
            layout = self.device.create_bind_group_layout(entries=entries)
            found = (
                layout,
                self.device.create_compute_pipeline(
                    layout=self.device.create_pipeline_layout(bind_group_layouts=[layout]),
                    compute={"module": self.device.create_shader_module(code=text), "entry_point": "main"},
                ),
            )
            self._pipelines[key] = found
            if len(self._pipelines) > MOST_PIPELINES:
                self._pipelines.popitem(last=False)
        else:
            self._pipelines.move_to_end(key)
        return found

    def submit(self, encoder: Any) -> None:
        """Finishes and submits at once what was encoded: on a lost device finish raises, submit ends the process."""
        self.device.queue.submit([encoder.finish()])
        self._in_flight += 1

    def wait_if_many(self, buffer: Any) -> None:
        """Waits for the end of all work after some submissions, by a look at four bytes."""
        if self._in_flight >= MOST_IN_FLIGHT:
            self.device.queue.read_buffer(buffer, 0, 4)
            self._in_flight = 0

    def end(self) -> None:
        """Waits for all work as the process ends: drivers crash where their threads outlive it."""
        if self._in_flight and not self.lost and os.getpid() == self.pid:
            with suppress(Exception):
                own = self.device.create_buffer(size=4, usage=self.wgpu.BufferUsage.COPY_SRC)
                self.device.queue.read_buffer(own, 0, 4)
                self._in_flight = 0

    def read(self, buffer: Any, size: int) -> Any:
        """The first bytes of a buffer, when all work before is done."""
        with self.work():
            found = self.device.queue.read_buffer(buffer, 0, (size + 3) // 4 * 4)
            self._in_flight = 0
            self.readbacks += 1
            return found

    def upload(self, buffer: Any, data: Any) -> None:
        self.device.queue.write_buffer(buffer, 0, data)


@boundary
def numerics() -> Numerics:
    """What the device's arithmetic is like, as it was found when the device was opened.

    returns : a frozen record: largest errors of some functions in units of the last digit (ulps), and what holds
              (nans, ordered, subnormals, fused)
    raises  : DeviceUnavailableError where there is no device
    cost    : none, once the device is open
    source  : programs that were run on the device itself, beside values of mpmath

    >>> numerics().nans  # doctest: +SKIP
    True
    """
    found = current().numerics
    assert found is not None
    return found


def _end() -> None:
    if _current is not None:
        _current.end()


def _opened() -> Device:
    """A device whose arithmetic was looked at, once."""
    from wengert.webgpu._run import prelude

    device = Device()
    atexit.register(_end)
    device.numerics = looked_at(device, prelude())
    if not device.numerics.sound:
        warnings.warn(f"webgpu: {device.name} computes wrongly: {device.numerics}", stacklevel=4)
    return device


_current: Device | None = None
_opening = threading.Lock()


def current() -> Device:
    """The device of this process, opened when it is first asked for."""
    global _current
    found = _current
    if found is None or found.lost or found.pid != os.getpid():
        if found is not None and found.pid != os.getpid():
            with found.work():  # raises: wgpu does not survive a fork
                pass
        with _opening:
            if _current is None or _current.lost:
                _current = _opened()
                if _current.kind == "CPU":
                    warnings.warn(
                        f"webgpu: {_current.name} is no graphics processor: it is carried out by the CPU", stacklevel=2
                    )
            found = _current
    return found
