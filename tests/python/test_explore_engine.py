"""The explorer's numbers, in a real browser: JavaScript from the rule table agrees with the core."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from chromium import Browser, watched
from explore_engine import HAVE_NONE, SLOPES, agree_or_refused, assert_same, at_work, opened, swept
from oracles import ORACLES, with_whole_operands
from structural_cases import CASES, Case, positive_definite
from wengert import special
from wengert._core import elementwise
from wengert.errors import FormatError, ShapeError
from wengert.explore import _document
from wengert.explore._document import document, script
from wengert.explore._javascript import pieces

FOLDER = Path(_document.__file__).parent
POLES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, np.inf, -np.inf, np.nan]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Any]:
    """One page for all: each test opens a document of its own in it."""
    context = browser.run(browser.context)
    found = browser.run(context.new_page)
    wrong = browser.run(watched, found)
    yield found
    browser.run(context.close)
    assert not wrong, wrong


def agree(page: Any, primitive: Any, x: list[Any]) -> None:
    """Value and partials of a primitive agree at these points; orders are constants."""
    of_two = getattr(elementwise, primitive.name)
    order = x[0]
    f, x = (lambda b: of_two(order, b), x[1:]) if ORACLES[primitive.name].whole == 0 else (of_two, x)
    got = opened(page, f, x, SLOPES)
    y = f(*map(wg.asarray, x))
    assert_same(got["value"], y, primitive.name)
    if np.asarray(y).dtype.kind == "f":
        _, pull = wg.vjp(f, *x)
        for k, bar in enumerate(pull(np.ones(y.shape))):
            assert_same(got["bars"][k], bar, f"{primitive.name} by operand {k}")


def test_every_primitive_agrees_with_the_core_over_its_domain(page: Any, primitive: Any) -> None:
    rng = np.random.default_rng(5)
    x = with_whole_operands(primitive.name, [rng.uniform(lo, hi, 60) for lo, hi in primitive.domains])
    agree(page, primitive, x)


def test_every_primitive_agrees_with_the_core_at_poles_and_kinks(page: Any, primitive: Any) -> None:
    points = zip(*itertools.product(POLES, repeat=primitive.arity), strict=True)
    agree(page, primitive, [np.array(column) for column in points])


# Their operands' domains: what lies between the points of POLES.
PARAMETRIC = {
    "gammainc": ((0.05, 40), (0.05, 40)),
    "gammaincc": ((0.05, 40), (0.05, 40)),
    "betainc": ((0.05, 40), (0.05, 40), (0.01, 0.99)),
    "zeta": ((1.1, 30), (0.1, 40)),
}


def agree_by_all(page: Any, name: str, x: list[Any]) -> None:
    """Value and slopes by every operand agree with the core's at these points."""
    f = getattr(special, name)
    got = opened(page, f, x, SLOPES)
    y, pull = wg.vjp(f, *x)
    assert_same(got["value"], y, name, rtol=1e-12)
    for k, bar in enumerate(pull(np.ones(y.shape))):
        assert_same(got["bars"][k], bar, f"{name} by operand {k}")


@pytest.mark.parametrize("name", PARAMETRIC)
def test_functions_of_parameters_agree_with_the_core_over_their_domains(page: Any, name: str) -> None:
    rng = np.random.default_rng(6)
    agree_by_all(page, name, [np.exp(rng.uniform(np.log(lo), np.log(hi), 80)) for lo, hi in PARAMETRIC[name]])


@pytest.mark.parametrize("name", PARAMETRIC)
def test_functions_of_parameters_agree_with_the_core_at_poles_and_ends(page: Any, name: str) -> None:
    points = zip(*itertools.product(POLES, repeat=len(PARAMETRIC[name])), strict=True)
    agree_by_all(page, name, [np.array(column) for column in points])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_structural_primitive_agrees_with_the_core_or_is_refused_by_name(page: Any, case: Case) -> None:
    agree_or_refused(page, case, case.arguments(3))


def test_every_structural_primitive_has_javascript_or_is_known_to_have_none() -> None:
    structural = {p.name for p in wg.testing.primitives() if not p.elementwise}
    of_reals, of_complex = pieces().keys() & structural, {name[2:] for name in pieces() if name.startswith("c_")}
    assert structural - of_reals - of_complex == HAVE_NONE
    assert of_reals - of_complex == {"clip", "logsumexp", "parametric"}  # of ordered numbers and of reals alone


X = np.random.default_rng(8).normal(size=(6, 3))


def perceptron(w: Any, v: Any, b: Any) -> Any:
    return wnp.mean((wnp.tanh(X @ w + b) @ v - X[:, 0]) ** 2)


def likelihood(x: Any, scale: Any, noise: Any) -> Any:
    """Of a Gaussian process."""
    covariance = wnp.exp(-((x[:, None] - x[None, :]) ** 2) / scale) + noise * np.eye(x.shape[0])
    factor = wnp.linalg.cholesky(covariance)
    y = wnp.linalg.solve_triangular(factor, wnp.sin(x))
    return wnp.sum(y * y) + 2.0 * wnp.sum(wnp.log(wnp.diag(factor)))


def root(a: Any) -> Any:
    """Newton's iteration, as long as it takes."""
    y = a
    while abs(y * y - a) > 1e-12:
        y = 0.5 * (y + a / y)
    return y


def smallest(x: Any) -> Any:
    best = x[0]
    for k in range(1, x.shape[0]):
        if x[k] < best:
            best = x[k] * 1.0
    return best * wnp.sum(x)


def written_into(x: Any) -> Any:
    y = x**2
    y[0] = y[1] * y[2]
    y[1:] += x[:-1]
    return wnp.sum(y * wnp.cumsum(x))


def entropy(x: Any) -> Any:
    p = wg.special.softmax(x)
    return -wnp.sum(wg.special.xlogy(p, p))


def rosenbrock(x: Any) -> Any:
    return wnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def pendulum(angle: Any, length: Any) -> Any:
    speed = 0.0
    for _ in range(30):
        speed = speed - 0.01 * 9.81 / length * wnp.sin(angle)
        angle = angle + 0.01 * speed
    return angle


A = np.linspace(0.3, 1.9, 5)
PROGRAMS = [
    (perceptron, (X[:3].T * 0.5, X[0], np.array([0.1, -0.2, 0.3]))),
    (likelihood, (A, 0.7, 0.1)),
    (root, (2.0,)),
    (smallest, (A[::-1].copy(),)),
    (written_into, (A,)),
    (entropy, (A,)),
    (rosenbrock, (A,)),
    (pendulum, (0.5, 1.2)),
    (lambda x: wnp.where(x > 1, wnp.sqrt(x - 0.9), 0.0), (A,)),
    (lambda x: wnp.linalg.det(positive_definite(wnp, x)), (X[:3],)),
    (lambda x: wnp.linalg.slogdet(positive_definite(wnp, x))[1], (X[:3],)),
    (lambda x, b: wnp.linalg.lstsq(x, b)[0], (X, A[0] * X[:, 1] + 1.0)),
    (lambda x: wnp.linalg.pinv(x), (X,)),
    (lambda x: wnp.median(x) * wnp.max(x) / wnp.min(x), (A,)),
    (lambda x: wnp.einsum("ij,kj->ik", x, x), (X,)),
    (lambda x: wnp.convolve(x, x[:3]), (A,)),
    (lambda x: wnp.interp(x, A, A**2), (A[1:4] + 0.1,)),
    (lambda x: wnp.quantile(x, 0.3), (A,)),
    (lambda x: wg.grad(lambda y: wnp.sum(wnp.sin(y) * y[0]))(x), (A,)),
    (lambda x: wg.hessian(rosenbrock)(x) @ x, (A,)),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
def test_gradients_and_tangents_of_programs_are_those_of_the_core(page: Any, f: Any, args: tuple[Any, ...]) -> None:
    swept(page, f, args)


def test_float32_is_rounded_at_each_operation(page: Any) -> None:
    def f(x: Any) -> Any:
        return wnp.sum(wnp.exp(-x) * x + 1.1, axis=0)

    x = np.linspace(0.1, 2.0, 12, dtype=np.float32).reshape(4, 3)
    got = opened(
        page, f, (x,), "return [model.values[model.outputs[0]], model.adjoints(0, 1).adjoints[model.inputs[0]]]"
    )
    np.testing.assert_allclose(got[0], f(x), rtol=3e-7)
    assert np.array_equal(got[0], np.float32(got[0]))
    np.testing.assert_allclose(got[1], np.ravel(wg.vjp(f, x)[1](np.array([0, 1, 0], np.float32))), rtol=1e-6, atol=1e-7)


def test_whole_numbers_and_truth_values_are_numpys(page: Any) -> None:
    def f(k: Any, m: Any) -> Any:
        parts = [k // m, k % m, wnp.fmod(k, m), k * m - k, wnp.maximum(k, m), wnp.asarray(k > m, dtype=int), k**2]
        return wnp.sum(wnp.stack(parts) * np.arange(1, 8)[:, None], axis=1)

    k, m = np.array([7, -7, 5, 0]), np.array([2, 3, 0, -4])
    with np.errstate(all="ignore"):
        expected = f(k, m)
    assert opened(page, f, (k, m), "return model.values[model.outputs[0]]") == np.asarray(expected).tolist()


def test_an_input_that_nothing_depends_on_has_derivatives_of_zero(page: Any) -> None:
    task = """const { adjoints } = model.adjoints(), unused = model.inputs[1];
      return [adjoints[unused], model.tangents([[0], [1]])[model.outputs[0]], model.nodes[unused].label]"""
    assert opened(page, lambda x, unused: x * x, (3.0, 4.0), task) == [[0], [0], "unused"]


@pytest.mark.parametrize("start", [np.zeros(4), np.ones((2, 2)), np.full(4, np.nan), np.zeros((0, 3))])
def test_an_input_whose_elements_are_all_alike_begins_with_all_of_them(page: Any, start: Any) -> None:
    def f(x: Any) -> Any:
        return wnp.sum(wnp.exp(x) * 2.0)

    task = """return [model.start[0].length, model.values[model.outputs[0]],
                      model.adjoints().adjoints[model.inputs[0]]]"""
    count, value, bar = opened(page, f, (start,), task)
    assert count == start.size
    assert_same(value, f(start))
    assert_same(bar, 2.0 * np.exp(start))


def test_a_guard_of_values_that_are_all_alike_looks_at_each_of_them(page: Any) -> None:
    def f(x: Any) -> Any:
        return wnp.sum(x * np.array(x > 0))

    task = "return [[1, 1], [1, -1]].map((x) => model.forward([Float64Array.from(x)]).broken?.guard ?? null)"
    assert opened(page, f, (np.ones(2),), task) == [None, 0]


def test_each_output_has_its_own_sweep(page: Any) -> None:
    task = "return [0, 1].map((k) => model.adjoints(k).adjoints[model.inputs[0]])"
    assert opened(page, lambda x: (x * x, 5.0 * x), (3.0,), task) == [[6], [5]]


def test_a_shared_slope_and_a_strong_zero_hold_in_the_page(page: Any) -> None:
    def f(x: Any) -> Any:
        return wnp.max(x) + wnp.sum(wnp.where(x > 2, wnp.sqrt(x - 3.0), 0.0)) + wnp.linalg.norm(x - x)

    bars = opened(page, f, (np.array([1.0, 3.0, 3.0, 0.0]),), "return model.adjoints().adjoints[model.inputs[0]]")
    assert bars == wg.grad(f)(np.array([1.0, 3.0, 3.0, 0.0])).tolist()


def test_two_thousand_indexings_take_no_derivation_each() -> None:
    x = np.linspace(0.0, 1.0, 2000)
    program = wg.record(lambda x: sum(wnp.sin(x[k]) for k in range(2000)), x)
    start = time.perf_counter()
    found = document(program, (x,))
    assert time.perf_counter() - start < 1.0
    assert found["locals"] == [None, {"moves": True}]


def linear(w: Any, x: Any, b: Any) -> Any:
    return w * x + b


def squared(a: Any, b: Any, c: Any) -> Any:
    return (a * b + c) ** 2


def test_the_graph_of_a_line_has_the_numbers_of_its_document(page: Any) -> None:
    got = opened(page, linear, (2.0, 3.0, 1.0), "return [model.values, model.adjoints().adjoints]")
    assert got == [[[2], [3], [1], [6], [7]], [[3], [2], [1], [1], [1]]]


STEPS = """return [model.values, model.adjoints().adjoints, model.adjoints().steps,
                   model.nodes.map(({ text }) => text), model.nodes.map(({ partials }) => partials)]"""


def test_the_graph_of_a_square_has_the_numbers_and_steps_of_its_document(page: Any) -> None:
    values, adjoints, steps, texts, partials = opened(page, squared, (3.0, 2.0, 1.0), STEPS)
    assert values == [[3], [2], [1], [6], [7], [49]]
    assert adjoints == [[28], [42], [14], [14], [14], [1]]
    spelled = [(c["text"], c["partial"], c["amount"]) for step in steps for c in step["contributions"]]
    assert spelled == [
        ("v4bar += v5bar * dv5/dv4", [14], [14]),
        ("v3bar += v4bar * dv4/dv3", [1], [14]),
        ("cbar += v4bar * dv4/dc", [1], [14]),
        ("abar += v3bar * dv3/da", [2], [28]),
        ("bbar += v3bar * dv3/db", [3], [42]),
    ]
    assert texts == ["a", "b", "c", "v3 = a * b", "v4 = v3 + c", "v5 = square(v4)"]
    assert partials == [None, None, None, ["b", "a"], ["1", "1"], ["2 * v4"]]


def test_every_operation_knows_the_line_it_comes_from() -> None:
    found = document(wg.record(squared, 3.0, 2.0, 1.0), (3.0, 2.0, 1.0))
    (line,) = found["lines"]
    number = squared.__code__.co_firstlineno + 1
    assert line == {
        "file": Path(__file__).name,
        "number": number,
        "text": "return (a * b + c) ** 2",
        "function": "squared",
        "segment": False,  # of a checkpoint
    }
    assert [row[3] for row in found["nodes"]] == [-1, -1, -1, 0, 0, 0]


def test_operations_of_several_lines_and_functions_know_theirs() -> None:
    def inner(x: Any) -> Any:
        return x + 1.0

    def outer(x: Any) -> Any:
        y = inner(x * x)
        # fmt: off
        return (y
                / x)
        # fmt: on

    found = document(wg.record(outer, 3.0), (3.0,))
    text = {row[0]: found["lines"][row[3]]["text"] for row in found["nodes"] if row[3] >= 0}
    assert text["multiply"] == "y = inner(x * x)"
    assert text["add"] == "return x + 1.0"
    assert text["divide"] == "return (y"
    assert {line["function"].split(".")[-1] for line in found["lines"]} == {"inner", "outer"}


def branching(x: Any) -> Any:
    y = x * x if x > 1 else -x
    return y * int(y)


def test_a_branch_that_no_longer_holds_is_told(page: Any) -> None:
    task = """const [held, broken] = [[2.2], [0.5]].map((x) => model.forward([Float64Array.from(x)]).broken);
              return [held, broken, model.nodes.map(({ kind }) => kind)]"""
    held, broken, kinds = opened(page, branching, (2.1,), task)
    assert held is None
    assert broken["guard"] == 0
    assert re.fullmatch(
        r"v\d+ = x > 1 was true when the program was recorded \(test_explore_engine.py:\d+\)", broken["text"]
    )
    assert kinds.count("guard") == 2


def test_a_whole_number_that_is_another_one_now_is_told(page: Any) -> None:
    task = "return [2.2, 2.3].map((x) => model.forward([Float64Array.of(x)]).broken)"
    held, broken = opened(page, branching, (2.1,), task)
    assert held is None
    assert broken["guard"] == 1


def test_names_are_those_of_the_function(page: Any) -> None:
    def f(weights: Any, *rest: Any) -> Any:
        return weights["a"][0] * weights["b"] + rest[0] * rest[1]

    args = ({"a": [1.0, 2.0], "b": 3.0}, 4.0, 5.0)
    names = [given["name"] for given in document(wg.record(f, *args), args)["inputs"]]
    assert names == ["weights['a'][0]", "weights['a'][1]", "weights['b']", "rest[0]", "rest[1]"]
    assert opened(page, f, args, "return model.values[model.outputs[0]]") == [23]


def test_a_document_is_json_and_its_script_needs_no_evaluation(page: Any) -> None:
    found = document(wg.record(squared, 3.0, 2.0, 1.0), (3.0, 2.0, 1.0))
    assert json.loads(json.dumps(found)) == json.loads(json.dumps(found, allow_nan=False))
    task = f"return globalThis.engine.open({json.dumps({**found, 'code': ''})}, {script(found)}).values"
    assert at_work(page, found, task) == [[3], [2], [1], [6], [7], [49]]


def test_a_document_holds_only_the_functions_that_its_program_calls() -> None:
    code = document(wg.record(squared, 3.0, 2.0, 1.0), (3.0, 2.0, 1.0))["code"]
    assert len(code) < 400
    assert "bessel" not in code


def test_other_arguments_than_recorded_are_refused() -> None:
    program = wg.record(squared, 3.0, 2.0, 1.0)
    with pytest.raises(ShapeError, match="explore: the arguments are not of the structure"):
        document(program, (3.0, 2.0))
    with pytest.raises(ShapeError, match="explore: the arguments are not of the structure"):
        document(program, (np.ones(3), 2.0, 1.0))


def test_eigenvalues_of_general_matrices_are_refused_by_name_and_line() -> None:
    def f(x: Any) -> Any:
        return wnp.abs(wnp.linalg.eigvals(x))

    with pytest.raises(
        FormatError,
        match=r"explore: eig: no JavaScript for it on complex128 \[WG605\]\n  at test_explore_engine.py:\d+",
    ):
        document(wg.record(f, np.eye(2)), (np.eye(2),))


def test_rules_of_ones_own_are_refused() -> None:
    f = wg.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (x * x, x), lambda x, bar: (bar * x,))
    with pytest.raises(FormatError, match="explore: the program holds functions with rules of their own"):
        document(wg.record(lambda x: f(x), 2.0), (2.0,))


def logistic(x: Any, steps: int) -> Any:
    y = x
    for k in range(steps):
        y = 3.7 * y * (1.0 - y) + wnp.sin(x) / (k + 2.0)
        y = y - wnp.floor(y)
    return y


def test_ten_thousand_operations_become_a_document_in_less_than_a_second() -> None:
    program = wg.record(lambda x: logistic(x, 1300), 0.3)
    assert len(str(program).splitlines()) > 10_000
    start = time.perf_counter()
    json.dumps(document(program, (0.3,)))
    assert time.perf_counter() - start < 1.0


def test_a_step_of_a_slider_takes_far_less_than_a_frame_at_three_hundred_nodes(page: Any) -> None:
    task = """const times = [];
      for (let k = 0; k < 30; k += 1) {
        const start = performance.now();
        model.forward([Float64Array.of(0.3 + k / 1000)]);
        model.adjoints();
        times.push(performance.now() - start);
      }
      return [model.nodes.length, times.sort((a, b) => a - b)[15]]"""
    nodes, milliseconds = opened(page, lambda x: logistic(x, 40), (0.3,), task)
    assert nodes > 300
    assert milliseconds < 4


def test_elementwise_programs_broadcast_as_numpy_does(page: Any) -> None:
    x, v = np.linspace(0.2, 2.0, 6).reshape(3, 2), np.array([0.7, 1.3])

    def f(x: Any, v: Any) -> Any:
        return wnp.exp(-x) * v + wnp.hypot(x, v) / (x * v) + wg.special.gamma(v)

    dx, dv = np.full((3, 2), 0.3), np.array([1.0, -2.0])
    task = f"""const seeds = {json.dumps([dx.ravel().tolist(), dv.tolist()])};
      const e = 3, bars = model.adjoints(0, e).adjoints, y = model.outputs[0];
      return [model.values[y], model.inputs.map((i) => bars[i]), model.tangents(seeds)[y]]"""
    values, bars, tangent = opened(page, f, (x, v), task)
    y, dy = wg.jvp(f, (x, v), (dx, dv))
    assert_same(values, y)
    assert_same(tangent, dy)
    seed = np.zeros((3, 2))
    seed.ravel()[3] = 1.0
    for got, expected in zip(bars, wg.vjp(f, x, v)[1](seed), strict=True):
        assert_same(got, expected)


def test_a_central_difference_is_that_of_the_function(page: Any) -> None:
    got = opened(page, squared, (3.0, 2.0, 1.0), "return model.difference(0, 1, 0, 1e-3)")
    exact = lambda b: (3.0 * b + 1.0) ** 2
    assert got == pytest.approx((exact(2.001) - exact(1.999)) / 2e-3, rel=1e-12)


def test_the_javascript_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.js")) <= 92_000
