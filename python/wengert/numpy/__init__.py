"""NumPy's functions on arrays that may be recorded. The same functions are reached through plain `numpy`."""

from __future__ import annotations

from wengert import _core as _core
from wengert._arrays import (
    arange as arange,
    asarray as array,
    asarray as asarray,
    eye as eye,
    full as full,
    linspace as linspace,
    ones as ones,
    ones_like as ones_like,
    where as where,
    zeros as zeros,
    zeros_like as zeros_like,
)
from wengert.numpy import linalg as linalg
from wengert.numpy._indexing import *
from wengert.numpy._reductions import *
from wengert.numpy._shapes import *

globals().update({name: f for name, f in vars(_core.elementwise).items() if not name.startswith("_")})
abs = _core.elementwise.absolute
matmul = _core.matmul
