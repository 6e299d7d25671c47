"""What a device's arithmetic is like, looked at once when it is opened: drivers differ, and some are wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from wengert.webgpu._device import Device

__all__ = ["Numerics", "looked_at"]

POINTS = [1e-20, -1e-3, 0.5, -1.0, 2.0, 3.1415927, -20.0, 80.0]
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": lambda x: math.log(abs(x)),
    "sin": math.sin,
    "tanh": math.tanh,
    "sqrt": lambda x: math.sqrt(abs(x)),
}
TEXT = """
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
  if (i >= 8u) { return; }
  let size = w_absolute(x[i]);
  y[i] = w_exp(x[i]);
  y[i + 8u] = w_log(size);
  y[i + 16u] = w_sin(x[i]);
  y[i + 24u] = w_tanh(x[i]);
  y[i + 32u] = w_sqrt(size);
  if (i > 0u) { return; }
  let nan = w_nan();
  y[40] = select(0.0, 1.0, w_isnan(nan + x[2]) && !w_isnan(w_infinity()) && w_isinf(w_infinity() * x[4]));
  y[41] = (x[8] + x[9]) - x[8];
  y[42] = x[10] * x[2];
  y[43] = x[11] * x[11] - x[12];
}
"""


@dataclass(frozen=True)
class Numerics:
    """What was found.

    ulps       : largest errors of some functions at some points, in units of float32's last digit
    nans       : NaN and infinity are told from numbers
    ordered    : (a + b) - a is done in that order; kernels do not rely on it
    subnormals : numbers below 1.2e-38 are kept, not taken for zero
    fused      : a * b - c is rounded once
    """

    ulps: dict[str, float]
    nans: bool
    ordered: bool
    subnormals: bool
    fused: bool

    @property
    def sound(self) -> bool:
        """Can results be trusted?"""
        return self.nans and max(self.ulps.values()) <= 4


def looked_at(device: Device, prelude: str) -> Numerics:
    """One kernel of some twenty results.

    raises : DeviceLostError, DeviceError: what any kernel may
    cost   : a kernel's compilation and a copy back, some 50 ms
    """
    square = np.float32(1 + 2**-12)
    points = np.array([*POINTS, 1e8, 1, 1.5e-38, square, square * square], np.float32)
    text = "alias F = f32;\nalias I = i32;\nalias U = u32;\nalias B = bool;\n" + prelude + TEXT
    with device.work():
        layout, pipeline = device.pipeline(text, 1, 1)
        leases = [device.pool.take(256), device.pool.take(256)]
        device.upload(leases[0].buffer, points)
        group = device.device.create_bind_group(
            layout=layout,
            entries=[{"binding": k, "resource": {"buffer": each.buffer}} for k, each in enumerate(leases)],
        )
        encoder = device.device.create_command_encoder()
        encoded = encoder.begin_compute_pass()
        encoded.set_pipeline(pipeline)
        encoded.set_bind_group(0, group)
        encoded.dispatch_workgroups(1)
        encoded.end()
        device.submit(encoder)
        y = np.frombuffer(device.device.queue.read_buffer(leases[1].buffer, 0, 176), np.float32)
    ulps = {}
    for k, (name, exact) in enumerate(FUNCTIONS.items()):
        ulps[name] = max(_error(y[8 * k + i], exact(float(x))) for i, x in enumerate(points[:8]))
    return Numerics(ulps, bool(y[40] == 1), bool(y[41] == 0), bool(y[42] > 0), bool(y[43] != 0))


def _error(found: Any, exact: float) -> float:
    unit = float(np.spacing(np.maximum(np.abs(np.float32(exact)), np.float32(1.2e-38))))
    return abs(float(found) - exact) / unit if np.isfinite(found) else math.inf
