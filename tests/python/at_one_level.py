"""Values of every elementwise primitive at one instruction set: python at_one_level.py FILE, with WENGERT_ISA set."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import wengert as wg
from test_values_ulp import random_magnitudes, random_operands, special_operands
from wengert._core import elementwise

POINTS = 4000
TYPES = (np.float64, np.float32)


def operands(primitive: Any, dtype: type) -> list[Any]:
    """Points of the domain, then where all functions have their edges, then all magnitudes (of one operand)."""
    parts = [random_operands(primitive, dtype, POINTS), special_operands(primitive, dtype)]
    if primitive.arity == 1:
        parts.append([random_magnitudes(dtype, POINTS)])
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def values() -> dict[str, Any]:
    """By primitive and type: 'sin float32'."""
    return {
        f"{p.name} {dtype.__name__}": np.asarray(getattr(elementwise, p.name)(*operands(p, dtype)))
        for p in wg.testing.primitives()
        if p.elementwise
        for dtype in TYPES
    }


if __name__ == "__main__":
    np.savez(sys.argv[1], **values(), level=np.array(wg.instruction_set))
