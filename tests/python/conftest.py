"""Fixtures: every primitive of the compiled table, sampled where the table says.

`pytest --hypothesis-profile=explore` draws new and many more examples than the fixed ones of a usual run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest

import wengert as wg
from chromium import browser, page, pytest_pyfunc_call, serve  # noqa: F401
from oracles import ORACLES

hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=40)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("fixed")

ELEMENTWISE = [p for p in wg.testing.primitives() if p.elementwise]
KNOWN = [p for p in ELEMENTWISE if p.name in ORACLES]  # one without an oracle fails a test that says so


def chosen(table: list[Any], choice: Callable[[Any], bool], meaning: str) -> Any:
    """Fixture that goes over the elementwise primitives of a kind."""
    primitives = [p for p in table if choice(p)]
    assert primitives, meaning

    @pytest.fixture(scope="session", params=primitives, ids=[p.name for p in primitives])
    def one(request: pytest.FixtureRequest) -> Any:
        return request.param

    one.__doc__ = meaning
    return one


def has_derivatives(p: Any) -> bool:
    return p.kind != "none"


primitive = chosen(ELEMENTWISE, lambda p: True, "Every elementwise primitive.")
unary = chosen(KNOWN, lambda p: p.arity == 1, "Every one of one operand.")
binary = chosen(KNOWN, lambda p: p.arity == 2, "Every one of two operands.")
differentiable = chosen(KNOWN, has_derivatives, "Every one that has derivatives.")
public_differentiable = chosen(
    KNOWN, lambda p: has_derivatives(p) and not p.internal, "Every one that has derivatives and a public name."
)
differentiable_binary = chosen(KNOWN, lambda p: has_derivatives(p) and p.arity == 2, "Those of two operands that have.")
flat = chosen(
    KNOWN, lambda p: not has_derivatives(p), "Every one whose derivative is nowhere, or zero where it exists."
)
outer = chosen(KNOWN, lambda p: ORACLES[p.name].whole != 0, "Every one but the inner functions of an order.")
numpys = chosen(KNOWN, lambda p: ORACLES[p.name].is_numpy, "Every one that NumPy has.")
not_numpys = chosen(KNOWN, lambda p: not ORACLES[p.name].is_numpy, "Every one that NumPy lacks.")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)
