"""NumPy's functions on arrays that may be recorded. The same functions are reached through plain `numpy`."""

from __future__ import annotations

from numpy import bool as bool
from numpy import bool_ as bool_
from numpy import broadcast_shapes as broadcast_shapes
from numpy import complex64 as complex64
from numpy import complex128 as complex128
from numpy import e as e
from numpy import euler_gamma as euler_gamma
from numpy import float32 as float32
from numpy import float64 as float64
from numpy import inf as inf
from numpy import int8 as int8
from numpy import int16 as int16
from numpy import int32 as int32
from numpy import int64 as int64
from numpy import isdtype as isdtype
from numpy import nan as nan
from numpy import newaxis as newaxis
from numpy import pi as pi
from numpy import uint8 as uint8
from numpy import uint16 as uint16
from numpy import uint32 as uint32
from numpy import uint64 as uint64

from wengert import _core as _core
from wengert import special as special
from wengert._arrays import arange as arange
from wengert._arrays import array as array
from wengert._arrays import asarray as asarray
from wengert._arrays import eye as eye
from wengert._arrays import full as full
from wengert._arrays import ones as ones
from wengert._arrays import ones_like as ones_like
from wengert._arrays import where as where
from wengert._arrays import zeros as zeros
from wengert._arrays import zeros_like as zeros_like
from wengert.numpy import _lanes as _lanes
from wengert.numpy import _values as _values
from wengert.numpy import fft as fft
from wengert.numpy import linalg as linalg
from wengert.numpy._calculus import *
from wengert.numpy._creation import *
from wengert.numpy._dtypes import *
from wengert.numpy._einsum import *
from wengert.numpy._elementwise import *
from wengert.numpy._indexing import *
from wengert.numpy._info import __array_namespace_info__ as __array_namespace_info__
from wengert.numpy._joining import *
from wengert.numpy._polynomials import *
from wengert.numpy._products import *
from wengert.numpy._reductions import *
from wengert.numpy._sets import *
from wengert.numpy._shapes import *
from wengert.numpy._statistics import *

__array_api_version__ = "2025.12"

_ELEMENTWISE = [p["name"] for p in _core.primitives() if p["elementwise"] and not p["internal"]]
globals().update({name: getattr(_core.elementwise, name) for name in _ELEMENTWISE})
globals().update(_values.table())
abs = _core.elementwise.absolute
matmul = _core.matmul

_lanes.wrap_those(_lanes.READ_VALUES, globals())
_lanes.wrap_those(_lanes.READ_AN_OPERAND, globals())
_lanes.wrap_those(_lanes.READ_VALUES_OF_MATRICES, vars(linalg))

# NumPy's second names for the same functions
_SAME = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift",
    "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift",
    "mod": "remainder",
    "pow": "power",
    "true_divide": "divide",
}
globals().update({name: globals()[same] for name, same in _SAME.items()})
