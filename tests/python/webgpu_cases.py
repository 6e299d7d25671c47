"""What the tests of WebGPU share: a device or a reason why there is none, and comparisons."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import wengert as wg
import wengert.webgpu

# A layer of Mesa writes to stderr and takes a second at each start without this.
os.environ.setdefault("NODEVICE_SELECT", "1")
REQUIRED = os.environ.get("WENGERT_REQUIRE_WEBGPU") == "1"
FLOAT = np.finfo(np.float32)


def reason_against() -> str:
    """Why nothing can run here; empty where it can, or has to."""
    if REQUIRED:
        return ""
    try:
        import wgpu  # noqa: F401
    except ImportError:
        return "the package wgpu is not installed"
    return "" if len(wg.devices()) > 1 else "there is no adapter for WebGPU"


REASON = reason_against()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=REASON),
    pytest.mark.filterwarnings("ignore:webgpu.*carried out by the CPU:UserWarning"),
]


def on_device(f: Callable[..., Any], *args: Any) -> Any:
    """f of these arguments, computed on the device, as NumPy's arrays."""
    compiled = wg.compile(f, device="webgpu")
    y = wg._tree.mapped(lambda x: x.numpy() if isinstance(x, wg.webgpu.DeviceArray) else x, compiled(*args))
    assert compiled.stats()["dispatches"] > 0 or all(np.size(x) == 0 for x in wg._tree.flatten(y)[0])
    return y


def pulled(f: Callable[..., Any]) -> Callable[..., Any]:
    """Value and adjoints, as one function of the operands and the results' adjoints."""

    def both(bar: Any, *args: Any) -> Any:
        y, pull = wg.vjp(f, *args)
        return y, pull(bar)

    return both


def ulps(found: npt.NDArray[Any], exact: npt.NDArray[Any]) -> float:
    """The largest error in units of the last digit of float32; equal infinities and NaNs count as 0."""
    exact = np.asarray(exact, np.float64)
    with np.errstate(over="ignore"):
        narrow = exact.astype(np.float32)
    same = (np.isnan(found) & np.isnan(narrow)) | (found == narrow)
    unit = np.maximum(np.nan_to_num(np.spacing(np.abs(narrow)).astype(np.float64)), FLOAT.smallest_normal * FLOAT.eps)
    with np.errstate(invalid="ignore"):
        error = np.where(same, 0.0, np.abs(found.astype(np.float64) - exact) / unit)
    return float(np.max(np.where(np.isnan(error), np.inf, error), initial=0.0))


def assert_near(found: Any, exact: Any, float32: Any, *, units: float = 8, of_max: float = 0.0) -> None:
    """Within some units of the exact value, and of the error that float32 has on the processor."""
    found, exact, float32 = np.asarray(found), np.asarray(exact), np.asarray(float32)
    assert found.shape == exact.shape == float32.shape
    if found.dtype.kind in "bi":
        np.testing.assert_array_equal(found, float32)
        return
    if not found.size:
        return
    wide = found.astype(np.float64)
    allowed = units * np.spacing(np.abs(exact.astype(np.float32))).astype(np.float64)
    allowed = allowed + 4 * np.abs(float32.astype(np.float64) - exact) + of_max * np.max(np.abs(exact)) + 1e-37
    beyond = np.abs(wide - exact) > allowed
    assert not beyond.any(), (wide[beyond][:4], exact[beyond][:4], float32[beyond][:4])
