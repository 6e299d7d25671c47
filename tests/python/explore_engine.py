"""What the tests of the explorer's numbers share: documents at work in a browser, and comparisons with the core."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import wengert as wg
import wengert.numpy as wnp
from structural_cases import Case
from wengert.errors import FormatError
from wengert.explore import _bundle
from wengert.explore._document import document

ENGINE = _bundle.modules("engine.js", "open") + "export { open };\n"
OPENED = """async ([source, doc, task]) => {
  globalThis.engine ??= await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const plain = (x) => (ArrayBuffer.isView(x) ? Array.from(x) : Array.isArray(x) ? x.map(plain)
    : x && typeof x === "object" ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)])) : x);
  const model = globalThis.engine.open(doc);
  return plain(new Function("model", task)(model));
}"""
# One sweep for each element of the first output: what each input's element has of it, where all act element by element.
SLOPES = """
  const output = model.outputs[0];
  const bars = model.inputs.map((i) => new Float64Array(i === null || i === undefined ? 0 : model.values[i].length));
  for (let e = 0; e < model.values[output].length; e += 1) {
    const { adjoints } = model.adjoints(0, e);
    model.inputs.forEach((i, k) => { bars[k][e] = adjoints[i][e]; });
  }
  return { value: model.values[output], bars };
"""
# Value, adjoints of the inputs by weights of the first output's elements, and its tangent along a direction.
SWEPT = """
  const { weights, direction } = JSON.parse(given);
  const output = model.outputs[0], inputs = model.inputs;
  const bars = inputs.map((i) => new Float64Array(model.values[i].length));
  weights.forEach((w, e) => {
    const { adjoints } = model.adjoints(0, e);
    inputs.forEach((i, k) => bars[k].forEach((_, j) => { bars[k][j] += w * adjoints[i][j]; }));
  });
  return [model.values[output], bars, model.tangents(direction)[output]];
"""


def at_work(page: Any, found: dict[str, Any], task: str) -> Any:
    """What `task`, the body of a function of the model of a document, returns in a page."""
    return page.evaluate(OPENED, [ENGINE, found, task])


def opened(page: Any, f: Any, args: Sequence[Any], task: str) -> Any:
    return at_work(page, document(wg.record(f, *args), tuple(args)), task)


def flat(x: Any) -> npt.NDArray[np.float64]:
    """The elements in a row; of complex numbers real and imaginary parts by turns."""
    array = np.asarray(x)
    return np.ravel(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)).view(np.float64)


def like(row: npt.NDArray[np.float64], x: Any) -> Any:
    """A row of elements in the form of x."""
    return row.view(np.complex128 if np.asarray(x).dtype.kind == "c" else np.float64).reshape(np.shape(x))


def swept(page: Any, f: Any, args: Sequence[Any]) -> None:
    """The value, adjoints and tangents of a function of floats or complex numbers are the core's."""
    rng = np.random.default_rng(3)
    y, pull = wg.vjp(f, *args)
    weights, direction = rng.normal(size=flat(y).size), [rng.normal(size=flat(x).size) for x in args]
    given = {"weights": weights.tolist(), "direction": [dx.tolist() for dx in direction]}
    task = f"const given = {json.dumps(json.dumps(given))};{SWEPT}"
    value, bars, tangent = opened(page, f, args, task)
    assert_near(value, y, "value")
    assert_near(tangent, wg.jvp(f, tuple(args), tuple(map(like, direction, args)))[1], "tangent")
    ybar = np.conj(like(weights, y))  # adjoints stand for Re(ybar dy), and weights count the parts of y
    for k, (got, bar) in enumerate(zip(bars, pull(ybar if np.ndim(y) else ybar[()]), strict=True)):
        assert_near(got, bar, f"adjoint of operand {k}")


HAVE_NONE = {"eig"}  # no JavaScript: there is no order in which such eigenvalues come
REFUSED = r"explore: eig: no JavaScript for it on \w+ \[WG605\]\n  at structural_cases.py"


def agree_or_refused(page: Any, case: Case, x: tuple[Any, ...]) -> None:
    """A structural primitive's value, adjoints and tangents are the core's; what has no JavaScript is refused."""

    def f(*x: Any) -> Any:
        return case.f(wnp, *x)

    if case.covers & HAVE_NONE:
        with pytest.raises(FormatError, match=REFUSED):
            document(wg.record(f, *x), x)
    else:
        swept(page, f, x)


def assert_near(got: Any, expected: Any, what: str, rtol: float = 1e-12) -> None:
    """Close beside the largest of all: what cancels to nothing is known no better."""
    b = flat(expected)
    np.testing.assert_allclose(np.array(got), b, rtol=rtol, atol=rtol * np.max(np.abs(b), initial=0.0), err_msg=what)


def assert_same(got: Any, expected: Any, what: str = "", rtol: float = 1e-12, atol: float = 1e-15) -> None:
    """Close; where it is NaN, infinite or zero the same, signs of zeros too."""
    a: npt.NDArray[np.float64] = np.array(got, np.float64)
    b = np.asarray(expected, np.float64).reshape(-1)
    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=what)
    zero = (a == 0) & (b == 0)
    np.testing.assert_array_equal(np.signbit(a[zero]), np.signbit(b[zero]), err_msg=f"{what}: signs of zeros")
