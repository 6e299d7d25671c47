"""Programs and their derivatives on any graphics processor, through WebGPU: see docs/webgpu.md."""

from __future__ import annotations

from wengert.webgpu._array import DeviceArray, asarray
from wengert.webgpu._device import numerics, set_memory_budget
from wengert.webgpu._function import DeviceFunction

__all__ = ["DeviceArray", "DeviceFunction", "asarray", "numerics", "set_memory_budget"]
