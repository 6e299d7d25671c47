"""The peers, by name. Nothing is imported before a worker asks for it."""

from __future__ import annotations

import importlib
import importlib.util

from ._hand import library_path, load_library
from ._peer import Call, Depends, Namespace, Peer, Problem

__all__ = [
    "PEERS", "Call", "Depends", "Namespace", "Peer", "Problem", "library_path", "load_library", "missing", "peer_class",
]  # fmt: skip

PEERS = {
    "wengert": "_wengert:Wengert",
    "wengert-compiled": "_wengert:Compiled",
    "hand": "_hand:Hand",
    "autograd": "_autograd:Autograd",
    "jax": "_jax:Jax",
    "jax-scan": "_jax:JaxScan",
    "jax-eager": "_jax:JaxEager",
    "torch": "_torch:Torch",
    "casadi": "_casadi:Casadi",
    "numpy": "_numpy:Numpy",
}


def peer_class(name: str) -> type[Peer]:
    """The class behind a name; its library is imported only when it is called."""
    module, attribute = PEERS[name].split(":")
    found: type[Peer] = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
    return found


def missing(name: str) -> bool:
    """Whether the library behind a peer is not installed."""
    return importlib.util.find_spec(peer_class(name).module) is None
