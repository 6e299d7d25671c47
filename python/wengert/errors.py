"""What can go wrong, by class. A message reads *operation: what differs: what was given*.

Shown, it has a code, the user's line and the way out too; `python -m wengert explain CODE` tells more (docs/errors.md).
"""

from __future__ import annotations

import builtins

from numpy.exceptions import AxisError as NumpysAxisError
from numpy.linalg import LinAlgError as NumpysLinAlgError

__all__ = [
    "ArgumentError",
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
    "ShapeError",
    "StorageError",
    "StrongZeroWarning",
    "TapeError",
    "TracedValueError",
]


class Coded(BaseException):
    """What has a code. All that is told beside the message is found when it is shown, not when it is raised.

    `args` are the message and, where the class has several codes, the number of the one.
    """

    @property
    def code(self) -> str:
        """The number of its page: `python -m wengert explain CODE`."""
        from wengert import _explain

        return _explain.page_of(self).code

    def __str__(self) -> str:
        from wengert import _explain

        return _explain.shown(self)


class Error(Coded, Exception):
    """Base of every error this library raises; `code` is the number of its page."""


class ArgumentError(Error, TypeError):
    """An argument of a kind that a function does not take."""


class OptionError(Error, ValueError):
    """A setting that is none of those there are."""


class InstallationError(Error, ImportError):
    """Something that this part needs is not installed; says how to install it."""


class ExchangeError(Error, BufferError):
    """Memory that cannot be handed to another library, or taken from it, as it is."""


class OutOfMemoryError(Error, MemoryError):
    """The machine has no memory for an array or a tape."""


class GradientError(Error, AssertionError):
    """A derivative that does not agree with differences; names the worst element."""


class ShapeError(Error, ValueError):
    """Shapes that do not fit together."""


class AxisError(ShapeError, NumpysAxisError):
    """An axis that the array does not have; NumPy's exception of this name too, hence an IndexError."""


class DTypeError(Error, TypeError):
    """Element types that an operation has no meaning for."""


class GuardError(Error, RuntimeError):
    """A program was run on values for which Python code would have taken another way."""


class FormatError(Error, ValueError):
    """A file that is no saved program, or a program that no file can hold."""


class StorageError(Error, OSError):
    """Snapshots of a loop that the disk did not take, or did not give back."""


class MemoryBudgetError(Error, MemoryError):
    """A budget of memory in which nothing can be done; says the least that can."""


class DomainError(Error, ValueError):
    """Values outside the domain of an operation: a singular matrix, an integer to a negative power."""


class LinAlgError(DomainError, NumpysLinAlgError):
    """A matrix that cannot be factored: singular, not positive definite, not finite; NumPy's exception too."""


class DeviceError(Error, RuntimeError):
    """A graphics processor, or what leads to it, did not do what was asked."""


class DeviceArrayError(DeviceError, TypeError):
    """An array on a device was used as if it lay in memory."""


class DeviceAttributeError(DeviceArrayError, AttributeError):
    """A method or a property of an array on a device that only arrays in memory have."""


class DeviceUnavailableError(DeviceError):
    """There is no graphics processor to be had, or no way to it; says what was tried and how to get one."""


class DeviceUnsupportedError(DeviceError, NotImplementedError):
    """A primitive, an element type or a construction that has no kernel; names it and the line that it comes from."""


class DeviceLimitError(DeviceError, ValueError):
    """More than every implementation of WebGPU grants: an array of more than 128 MiB."""


class DeviceMemoryError(DeviceError, MemoryError):
    """Memory of a device that could not be had, or is beyond the budget."""


class DeviceLostError(DeviceError):
    """The device is gone, and what lay on it; or it belongs to the process that this one was forked from."""


class NonFiniteError(Error, FloatingPointError):
    """A NaN or an infinity that came from finite numbers inside of `wengert.debug`."""


class StrongZeroWarning(Coded, RuntimeWarning):
    """A zero times an infinite slope that was taken for zero, inside of `wengert.debug(zero_times_inf=True)`."""


class IndexError(Error, builtins.IndexError):
    """Positions outside an array."""


class TapeError(Error, RuntimeError):
    """Recorded arrays used after their recording ended, on another thread, or out of order."""


class TracedValueError(Error, TypeError):
    """A recorded array was asked for plain numbers, which would cut its derivative without a word."""
