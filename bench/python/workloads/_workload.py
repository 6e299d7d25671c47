"""What a workload is: one function, what is asked of it, its seeded inputs, and which peers must sit it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy
from numpy.typing import NDArray

Array = NDArray[numpy.floating[Any]]
Arrays = tuple[Array, ...]
Function = Callable[..., Any]
"""(np, *inputs, *constants) -> scalar (an array for a Jacobian), where np is the peer's own NumPy-like namespace.

Where blocks are wanted: numbers, of one point, in, and a tuple of them out; or arrays of them, of many points.
"""


def nothing() -> Arrays:
    """No arrays."""
    return ()


@dataclass(frozen=True)
class Workload:
    """One function of arrays, written once for all peers.

    part      : command-line choice that it belongs to
    sizes     : what the hand-written C++ is told about the shapes
    inputs    : differentiated with respect to these
    constants : handed to the function after the inputs, not differentiated
    direction : if given, the Hessian times this is asked for instead of the gradient
    wants     : what else is asked for, by the one input; or "blocks": every array is of one number for each of many
                points, and the derivatives of each result are asked for at all of them
    depends   : of blocks, by which inputs each result has derivatives
    closed    : the same as a formula of NumPy, where there is one: (numpy, *inputs, *constants)
    scan      : the same function with its loop as `np.scan(body, x, steps)`
    small     : cheap enough for peers that dispatch every operation slowly
    tolerance : how far peers may differ, relative to the largest entry of each array
    skip      : peer -> why it sits this one out
    """

    part: str
    name: str
    sizes: tuple[int, ...]
    function: Function
    inputs: Callable[[], Arrays]
    constants: Callable[[], Arrays] = nothing
    direction: Callable[[], Arrays] | None = None
    wants: Literal["gradient", "jacobian", "hessian", "blocks"] = "gradient"
    depends: tuple[tuple[int, ...], ...] = ()
    closed: Function | None = None
    scan: Function | None = None
    small: bool = False
    tolerance: float = 1e-8
    skip: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_gradient(self) -> bool:
        """Is no more asked for than value and gradient?"""
        return self.direction is None and self.wants == "gradient"


def generator(*seed: int) -> numpy.random.Generator:
    """The random numbers of one workload: the same in every process and on every machine."""
    return numpy.random.default_rng((1964, *seed))
