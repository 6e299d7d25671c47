"""Exact derivatives of ordinary NumPy programs, at the speed of hand-written C++."""

from __future__ import annotations

from wengert._isa import instruction_set  # first, as it loads the core that all else imports

# isort: split
from wengert import errors, numpy, random, special, testing
from wengert._arrays import (
    Array,
    arange,
    asarray,
    eye,
    full,
    ones,
    ones_like,
    release_memory,
    stop_gradient,
    where,
    zeros,
    zeros_like,
)
from wengert._batching import vmap
from wengert._compile import Program, compile, record, set_thread_count, thread_count
from wengert._custom import checkpoint, custom_jvp, custom_vjp
from wengert._debug import debug, strict
from wengert._derivatives import hessian, hvp, jacobian
from wengert._implicit import argmin, cond, fixed_point, root
from wengert._protocols import install as _install
from wengert._saved import load
from wengert._tape import Tape
from wengert._transforms import grad, jvp, linearize, value_and_grad, vjp
from wengert.errors import (
    AxisError,
    DomainError,
    DTypeError,
    Error,
    FormatError,
    GuardError,
    IndexError,
    LinAlgError,
    NonFiniteError,
    ShapeError,
    StrongZeroWarning,
    TapeError,
    TracedValueError,
)
from wengert.numpy import complex_of, linspace

__version__ = "0.1.0"

_install()

__all__ = [
    "Array",
    "AxisError",
    "DTypeError",
    "DomainError",
    "Error",
    "FormatError",
    "GuardError",
    "IndexError",
    "LinAlgError",
    "NonFiniteError",
    "Program",
    "ShapeError",
    "StrongZeroWarning",
    "Tape",
    "TapeError",
    "TracedValueError",
    "arange",
    "argmin",
    "asarray",
    "checkpoint",
    "compile",
    "complex_of",
    "cond",
    "custom_jvp",
    "custom_vjp",
    "debug",
    "errors",
    "eye",
    "fixed_point",
    "full",
    "grad",
    "hessian",
    "hvp",
    "instruction_set",
    "jacobian",
    "jvp",
    "linearize",
    "linspace",
    "load",
    "numpy",
    "ones",
    "ones_like",
    "random",
    "record",
    "release_memory",
    "root",
    "set_thread_count",
    "special",
    "stop_gradient",
    "strict",
    "testing",
    "thread_count",
    "value_and_grad",
    "vjp",
    "vmap",
    "where",
    "zeros",
    "zeros_like",
]
