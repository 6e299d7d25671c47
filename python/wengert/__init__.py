"""Exact derivatives of ordinary NumPy programs, at the speed of hand-written C++."""

from __future__ import annotations

from wengert._isa import instruction_set  # first, as it loads the core that all else imports

# isort: split
from wengert import errors, numpy, random, schedules, special, testing
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
from wengert._checkpoint import checkpoint, checkpoint_name
from wengert._compile import compile
from wengert._custom import custom_jvp, custom_vjp
from wengert._debug import debug, strict
from wengert._derivatives import hessian, hvp, jacobian
from wengert._devices import devices
from wengert._implicit import argmin, cond, fixed_point, root
from wengert._loops import fori_loop, loop_work, scan, while_loop
from wengert._program import Program, record
from wengert._protocols import install as _install
from wengert._saved import load
from wengert._tape import Tape
from wengert._threads import set_thread_count, thread_count
from wengert._transforms import grad, jvp, linearize, value_and_grad, vjp
from wengert.errors import (
    ArgumentError,
    AxisError,
    DeviceArrayError,
    DeviceAttributeError,
    DeviceError,
    DeviceLimitError,
    DeviceLostError,
    DeviceMemoryError,
    DeviceUnavailableError,
    DeviceUnsupportedError,
    DomainError,
    DTypeError,
    Error,
    ExchangeError,
    FormatError,
    GradientError,
    GuardError,
    IndexError,
    InstallationError,
    LinAlgError,
    MemoryBudgetError,
    NonFiniteError,
    OptionError,
    OutOfMemoryError,
    ShapeError,
    StorageError,
    StrongZeroWarning,
    TapeError,
    TracedValueError,
)
from wengert.explore import explore  # hides the package's own name: both are `wengert.explore`
from wengert.numpy import complex_of, linspace

__version__ = "0.1.0"

_install()

__all__ = [
    "ArgumentError",
    "Array",
    "AxisError",
    "DTypeError",
    "DeviceArrayError",
    "DeviceAttributeError",
    "DeviceError",
    "DeviceLimitError",
    "DeviceLostError",
    "DeviceMemoryError",
    "DeviceUnavailableError",
    "DeviceUnsupportedError",
    "DomainError",
    "Error",
    "ExchangeError",
    "FormatError",
    "GradientError",
    "GuardError",
    "IndexError",
    "InstallationError",
    "LinAlgError",
    "MemoryBudgetError",
    "NonFiniteError",
    "OptionError",
    "OutOfMemoryError",
    "Program",
    "ShapeError",
    "StorageError",
    "StrongZeroWarning",
    "Tape",
    "TapeError",
    "TracedValueError",
    "arange",
    "argmin",
    "asarray",
    "checkpoint",
    "checkpoint_name",
    "compile",
    "complex_of",
    "cond",
    "custom_jvp",
    "custom_vjp",
    "debug",
    "devices",
    "errors",
    "explore",
    "eye",
    "fixed_point",
    "fori_loop",
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
    "loop_work",
    "numpy",
    "ones",
    "ones_like",
    "random",
    "record",
    "release_memory",
    "root",
    "scan",
    "schedules",
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
    "while_loop",
    "zeros",
    "zeros_like",
]
