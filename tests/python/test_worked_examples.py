"""Every worked example of the teaching texts that the project grew from, to 4 ulp, in every mode.

The examples are data (tests/data/worked_examples.json): a function, inputs, and the closed forms that the
texts state. Where a text names intermediates, TRACES below spells its trace out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

DATA = Path(__file__).parents[1] / "data" / "worked_examples.json"
EXAMPLES: list[dict[str, Any]] = json.loads(DATA.read_text())["examples"]
CLOSED_FORMS = [e for e in EXAMPLES if "f" in e]


def softmax(z: Any) -> Any:
    return np.exp(z) / np.sum(np.exp(z))


def rectified(x: Any, zero: float) -> Any:
    """The texts' max(x, 0) is the ReLU, with slope 0 at 0; a tie of `maximum` is shared by its operands."""
    assert zero == 0
    return wnp.relu(x)


NAMES = {name: getattr(np, name) for name in ("sin", "cos", "exp", "array")} | {"softmax": softmax}
FUNCTIONS = {name: getattr(wnp, name) for name in ("sin", "cos", "exp", "logsumexp")} | {"maximum": rectified}


def trace_of_jvp(x1: Any, x2: Any) -> dict[str, Any]:
    v3, v4, v6, v7 = x1 * x2, wnp.sin(x1), wnp.exp(x2), x1**2
    return {"v3": v3, "v4": v4, "v5": v3 + v4, "v6": v6, "v7": v7, "v8": v6 + v7}


def trace_of_square(x: Any, y: Any) -> dict[str, Any]:
    v3, v4 = x * y, wnp.sin(x)
    v5 = v3 + v4
    return {"v3": v3, "v4": v4, "v5": v5, "v6": v5**2}


def trace_of_circuit(a: Any, b: Any, c: Any) -> dict[str, Any]:
    u = a * b
    v = u + c
    return {"u": u, "v": v, "L": v**2}


TRACES: dict[str, Callable[..., dict[str, Any]]] = {
    "001/jvp": trace_of_jvp,
    "001/vjp-square": trace_of_square,
    "004/square": trace_of_circuit,
}


def closed_form(text: str | list[str], inputs: dict[str, Any]) -> Any:
    if isinstance(text, list):
        return np.array([closed_form(one, inputs) for one in text])
    arrays = {name: np.array(value) for name, value in inputs.items()}
    return np.asarray(eval(text, {"__builtins__": {}}, NAMES | arrays), float)


def function(example: dict[str, Any]) -> Callable[..., Any]:
    """The example's expression as a function of its inputs, in their order."""
    texts = [example["f"]] if isinstance(example["f"], str) else example["f"]
    codes = [compile(text, example["id"], "eval") for text in texts]

    def f(*x: Any) -> Any:
        names = FUNCTIONS | dict(zip(example["inputs"], x, strict=True))
        values = [eval(code, {"__builtins__": {}}, names) for code in codes]
        return values[0] if isinstance(example["f"], str) else tuple(values)

    return f


def arguments(example: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(np.array(x) if isinstance(x, list) else x for x in example["inputs"].values())


def assert_within_4_ulp(got: Any, expected: Any) -> None:
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    assert got.shape == expected.shape
    assert np.all(np.abs(got - expected) <= 4 * np.spacing(np.abs(expected))), f"{got} is not {expected}"


def units(x: tuple[Any, ...], name: int) -> Any:
    """All unit tangents of one argument: (tangents, place) pairs."""
    for place in np.ndindex(np.shape(x[name])):
        tangents = [np.zeros_like(a, float) for a in x]
        tangents[name][place] = 1.0
        yield tuple(tangents), place


def having(*keys: str) -> pytest.MarkDecorator:
    chosen = [e for e in EXAMPLES if all(key in e for key in keys)]
    assert chosen
    return pytest.mark.parametrize("example", chosen, ids=[e["id"] for e in chosen])


@having("f", "value")
def test_values(example: dict[str, Any]) -> None:
    expected = closed_form(example["value"], example["inputs"])
    assert_within_4_ulp(function(example)(*arguments(example)), expected)
    assert_within_4_ulp(wg.vjp(function(example), *arguments(example))[0], expected)


@having("f", "grad")
def test_gradients_by_reverse_mode(example: dict[str, Any]) -> None:
    x = arguments(example)
    gradient = wg.grad(function(example), argnums=tuple(range(len(x))))(*x)
    for got, text in zip(gradient, example["grad"].values(), strict=True):
        assert_within_4_ulp(got, closed_form(text, example["inputs"]))


@having("f", "grad")
def test_gradients_by_forward_mode_one_sweep_for_each_input(example: dict[str, Any]) -> None:
    x = arguments(example)
    for k, text in enumerate(example["grad"].values()):
        expected = closed_form(text, example["inputs"])
        for tangents, place in units(x, k):
            with wg.testing.count_sweeps() as sweeps:
                _, dy = wg.jvp(function(example), x, tangents)
            assert_within_4_ulp(dy, expected[place])
            assert (sweeps.forward, sweeps.reverse) == (1, 0)


@having("f", "grad")
def test_gradients_by_tape(example: dict[str, Any]) -> None:
    with wg.Tape() as tape:
        x = [tape.watch(a) for a in arguments(example)]
        y = function(example)(*x)
    with wg.testing.count_sweeps() as sweeps:
        gradient = tape.gradient(y, x)
    for got, text in zip(gradient, example["grad"].values(), strict=True):
        assert_within_4_ulp(got, closed_form(text, example["inputs"]))
    assert (sweeps.forward, sweeps.reverse) == (0, 1)


@having("f", "tangent", "jvp")
def test_directional_derivatives_in_one_forward_sweep(example: dict[str, Any]) -> None:
    with wg.testing.count_sweeps() as sweeps:
        _, dy = wg.jvp(function(example), arguments(example), tuple(example["tangent"].values()))
    assert_within_4_ulp(dy, closed_form(example["jvp"], example["inputs"]))
    assert (sweeps.forward, sweeps.reverse) == (1, 0)


@having("intermediate_tangents")
def test_intermediate_tangents(example: dict[str, Any]) -> None:
    _, tangents = wg.jvp(TRACES[example["id"]], arguments(example), tuple(example["tangent"].values()))
    for name, text in example["intermediate_tangents"].items():
        assert_within_4_ulp(tangents[name], closed_form(text, example["inputs"]))


@having("intermediate_adjoints")
def test_intermediate_adjoints(example: dict[str, Any]) -> None:
    with wg.Tape() as tape:
        trace = TRACES[example["id"]](*(tape.watch(a) for a in arguments(example)))
    names = list(example["intermediate_adjoints"])
    adjoints = tape.gradient(list(trace.values())[-1], [trace[name] for name in names])
    for name, got in zip(names, adjoints, strict=True):
        assert_within_4_ulp(got, closed_form(example["intermediate_adjoints"][name], example["inputs"]))


@having("forward")
def test_intermediate_values(example: dict[str, Any]) -> None:
    trace = TRACES[example["id"]](*(wg.asarray(a) for a in arguments(example)))
    for name, text in example["forward"].items():
        assert_within_4_ulp(trace[name], closed_form(text, example["inputs"]))


@having("sweeps")
def test_the_cheaper_mode_is_chosen_by_counting_sweeps(example: dict[str, Any]) -> None:
    x = np.array([0.3, 1.1, -0.4])
    expected = example["sweeps"]
    counts, jacobians = {}, {}
    for mode in ("forward", "reverse", "auto"):
        with wg.testing.count_sweeps() as sweeps:
            jacobians[mode] = wg.jacobian(three_to_two, mode=mode)(x)
        counts[mode] = (sweeps.forward, sweeps.reverse)
    assert counts["forward"] == (expected["forward"], 0)
    assert counts["reverse"] == (0, expected["reverse"])
    assert counts["auto"] == counts[expected["auto"]]
    by_hand = [[1.1 * np.sin(1.1), 0.3 * np.sin(1.1) - 0.07 * np.cos(1.1), np.sin(1.1)], [0.0, -0.4, 1.1]]
    for jacobian in jacobians.values():
        np.testing.assert_allclose(jacobian, by_hand, rtol=2e-15)


def three_to_two(x: Any) -> Any:
    return wnp.stack([(x[0] * x[1] + x[2]) * wnp.sin(x[1]), x[1] * x[2]])


def test_hvp_is_the_hessian_times_v_by_forward_over_reverse_without_forming_it() -> None:
    example = next(e for e in EXAMPLES if e["id"] == "001/three")
    f = function(example)

    def of_vector(x: Any) -> Any:
        return f(x[0], x[1], x[2])

    x, v = np.array(arguments(example)), np.array([1.0, -2.0, 0.5])
    with wg.testing.count_sweeps() as sweeps:
        product = wg.hvp(of_vector, (x,), (v,))[0]
    assert (sweeps.forward, sweeps.reverse) == (1, 1)
    np.testing.assert_allclose(product, wg.hessian(of_vector)(x) @ v, rtol=1e-15)


def test_the_running_example_is_evaluated_again_at_new_inputs() -> None:
    example = next(e for e in EXAMPLES if e["id"] == "003/running")
    gradient = wg.grad(function(example), argnums=(0, 1))
    for x1, x2 in ((1.0, 2.0), (0.0, 0.0), (-0.5, 3.0)):
        by_hand = 2 * np.exp(2 * x1) + x2**2, 2 * x1 * x2 - np.sin(x2)
        assert_within_4_ulp(gradient(x1, x2), by_hand)
