"""NumPy's functions on arrays that may be recorded. The same functions are reached through plain `numpy`."""

from __future__ import annotations

from wengert import _core as _core
from wengert._arrays import (
    arange as arange,
)
from wengert._arrays import (
    asarray as array,
)
from wengert._arrays import (
    asarray as asarray,
)
from wengert._arrays import (
    eye as eye,
)
from wengert._arrays import (
    full as full,
)
from wengert._arrays import (
    linspace as linspace,
)
from wengert._arrays import (
    ones as ones,
)
from wengert._arrays import (
    ones_like as ones_like,
)
from wengert._arrays import (
    where as where,
)
from wengert._arrays import (
    zeros as zeros,
)
from wengert._arrays import (
    zeros_like as zeros_like,
)
from wengert.numpy import linalg as linalg
from wengert.numpy._indexing import *
from wengert.numpy._reductions import *
from wengert.numpy._shapes import *

globals().update({name: f for name, f in vars(_core.elementwise).items() if not name.startswith("_")})
abs = _core.elementwise.absolute
matmul = _core.matmul
