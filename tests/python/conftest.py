"""Fixtures: every primitive of the compiled table, sampled where the table says.

`pytest --hypothesis-profile=explore` draws new and many more examples than the fixed ones of a usual run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
from oracles import ORACLES

import wengert as wg

hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=40)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("fixed")

ELEMENTWISE = [p for p in wg.testing.primitives() if p.elementwise]


def chosen(choice: Callable[[Any], bool], meaning: str) -> Any:
    """Fixture that goes over the elementwise primitives of a kind."""
    primitives = [p for p in ELEMENTWISE if choice(p)]
    assert primitives, meaning

    @pytest.fixture(scope="session", params=primitives, ids=[p.name for p in primitives])
    def one(request: pytest.FixtureRequest) -> Any:
        return request.param

    one.__doc__ = meaning
    return one


def has_derivatives(p: Any) -> bool:
    return p.kind != "none"


primitive = chosen(lambda p: True, "Every elementwise primitive.")
unary = chosen(lambda p: p.arity == 1, "Every one of one operand.")
binary = chosen(lambda p: p.arity == 2, "Every one of two operands.")
differentiable = chosen(has_derivatives, "Every one that has derivatives.")
differentiable_binary = chosen(
    lambda p: has_derivatives(p) and p.arity == 2, "Those of two operands that have."
)
flat = chosen(
    lambda p: not has_derivatives(p), "Every one whose derivative is nowhere, or zero where it exists."
)
outer = chosen(lambda p: ORACLES[p.name].whole != 0, "Every one but the inner functions of an order.")
numpys = chosen(lambda p: ORACLES[p.name].is_numpy, "Every one that NumPy has.")
not_numpys = chosen(lambda p: not ORACLES[p.name].is_numpy, "Every one that NumPy lacks.")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)
