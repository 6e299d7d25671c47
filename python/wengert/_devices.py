"""Where programs can run: the way to what is imported only when a device is asked for."""

from __future__ import annotations

from typing import Any

__all__ = ["devices"]


def devices() -> list[dict[str, Any]]:
    """The places where programs can run.

    returns : for each a dict: device ("cpu" or "webgpu"), name, kind ("processor", "graphics" or "software": WebGPU
              carried out by the processor), backend. The webgpu that is used is the first one, or the one that
              WENGERT_WEBGPU_ADAPTER names a part of. Without the package wgpu, the processor alone
    raises  : nothing: a driver that fails offers no device
    cost    : asks the drivers: up to a second

    >>> devices()[0]["device"]
    'cpu'
    """
    from wengert.webgpu._device import found

    return [{"device": "cpu", "name": "wengert", "kind": "processor", "backend": "C++"}, *found()]
