"""The imperative form: a recording that is opened, watched and asked."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np

from wengert import _core, _tree
from wengert._core import Array
from wengert._frames import boundary
from wengert._transforms import require_same_tree
from wengert.errors import TapeError

__all__ = ["Tape"]


class Tape:
    """Records what happens to the arrays it watches, from `with` on; gradients may be asked for again and again.

    raises : TapeError if used before `with`, or after it was closed
    cost   : every value computed from a watched array is kept until the tape is closed or gone

    >>> with Tape() as tape:
    ...     x = tape.watch(3.0)
    ...     y = x * x
    >>> tape.gradient(y, x)
    np.float64(6.0)
    """

    def __init__(self) -> None:
        self._scope = _core.Scope("Tape", type(self))
        self._open = False

    def __enter__(self) -> Tape:
        self._scope.enter()
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._scope.exit()
        self._open = False

    @boundary
    def watch(self, x: Any) -> Any:
        """x on the tape: an Array (or a tree of them) to compute with.

        x      : float array, number, or tree of these
        raises : DTypeError for integers; TapeError outside of the `with` block
        """
        if not self._open:
            raise TapeError("Tape.watch: the tape is not recording: use it inside of its `with` block", 106)
        leaves, unflatten = _tree.flatten(x)
        return unflatten([self._scope.watch(leaf) for leaf in leaves])

    @boundary
    def gradient(self, target: Array, sources: Any, seed: Any = None) -> Any:
        """Adjoints of `sources`, inputs or intermediates, from an adjoint of `target` (1 for a scalar).

        target  : Array recorded on this tape
        sources : Array, or a tree of Arrays
        seed    : adjoint of the target, shaped like it; ones unless told
        returns : NumPy arrays in the tree of `sources`; zeros where the target does not depend on them
        """
        bars = self._sweep(self._scope.adjoint, [target], [_ones(target) if seed is None else seed], sources)
        return bars

    @boundary
    def tangent(self, targets: Any, source: Any, direction: Any) -> Any:
        """Tangents of `targets`, outputs or intermediates, along a direction of `source`.

        targets   : Array, or a tree of Arrays
        source    : Array, or a tree of Arrays, that this tape watches
        direction : shaped like source
        returns   : NumPy arrays in the tree of `targets`
        """
        inputs, unflatten = _tree.flatten(source)
        seeds, _ = _tree.flatten(direction)
        require_same_tree("Tape.tangent", "the direction", seeds, direction, inputs, unflatten)
        return self._sweep(self._scope.tangent, inputs, seeds, targets)

    def _sweep(self, sweep: Any, seeded: Sequence[Any], seeds: Sequence[Any], wanted: Any) -> Any:
        leaves, unflatten = _tree.flatten(wanted)
        for leaf in (*seeded, *leaves):
            if not isinstance(leaf, Array):
                raise TapeError(f"Tape: no array of this tape: given {type(leaf).__name__}; watch it first", 106)
        return unflatten([_core.numpy(d) for d in sweep(list(seeded), list(seeds), leaves)])

    def close(self) -> None:
        """Forgets the recording."""
        self._scope.close()
        self._open = False


def _ones(target: Any) -> Any:
    return np.ones(target.shape, target.dtype) if isinstance(target, Array) else 1.0
