"""Random programs on a device: values and gradients are the processor's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg
from test_webgpu import WITHOUT
from webgpu_cases import on_device, pytestmark  # noqa: F401
from webgpu_programs import STRUCTURAL, operations, program

KNOWN = operations(WITHOUT)
COUNT = 200
SHAPES = [(4, 3), (3,), (4, 1), (2, 3, 5)]


def arguments(seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, shape).astype(np.float32) for shape in SHAPES]


@pytest.mark.parametrize("seeds", [range(k, k + 10) for k in range(0, COUNT, 10)], ids=str)
def test_random_programs_and_their_gradients(seeds):
    for seed in seeds:
        args = arguments(seed)
        f = wg.value_and_grad(program(seed, KNOWN)[0], argnums=tuple(range(len(args))))
        wide = f(*(x.astype(np.float64) for x in args))
        found, exact, narrow = (wg._tree.flatten(y)[0] for y in (on_device(f, *args), wide, f(*args)))
        top = max(np.max(np.abs(y)) for y in exact[1:])
        for a, b, c in zip(found, exact, narrow, strict=True):
            allowed = 1e-5 * max(np.max(np.abs(b)), top, 1) + 10 * np.max(np.abs(b - c))
            assert np.max(np.abs(a - b)) <= allowed, (seed, program(seed, KNOWN)[1])


def test_random_programs_have_all_that_has_a_kernel():
    seen = {name for seed in range(COUNT) for name in program(seed, KNOWN)[1]}
    assert seen >= set(STRUCTURAL)
    assert len(seen) >= 0.97 * len(KNOWN), set(KNOWN) - seen
