"""What the tests of the explorer's numbers share: documents at work in a browser, and comparisons with the core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import wengert as wg
import wengert.explore
from wengert.explore._document import document

ENGINE = (Path(wengert.explore.__file__).parent / "engine.js").read_text()
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
# Value and adjoints of all inputs by a seed: a sum over the outputs' elements.
SWEPT = """
  const bars = model.inputs.map((i) => new Float64Array(model.values[i].length));
  model.outputs.forEach((output, o) => {
    for (let e = 0; e < model.values[output].length; e += 1) {
      const { adjoints } = model.adjoints(o, e);
      model.inputs.forEach((i, k) => bars[k].forEach((_, j) => { bars[k][j] += weight(o, e) * adjoints[i][j]; }));
    }
  });
"""


def at_work(page: Any, found: dict[str, Any], task: str) -> Any:
    """What `task`, the body of a function of the model of a document, returns in a page."""
    return page.evaluate(OPENED, [ENGINE, found, task])


def opened(page: Any, f: Any, args: Sequence[Any], task: str) -> Any:
    return at_work(page, document(wg.record(f, *args), tuple(args)), task)


def assert_same(got: Any, expected: Any, what: str = "", rtol: float = 1e-12, atol: float = 1e-15) -> None:
    """Close; where it is NaN, infinite or zero the same, signs of zeros too."""
    a: npt.NDArray[np.float64] = np.array(got, np.float64)
    b = np.asarray(expected, np.float64).reshape(-1)
    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=what)
    zero = (a == 0) & (b == 0)
    np.testing.assert_array_equal(np.signbit(a[zero]), np.signbit(b[zero]), err_msg=f"{what}: signs of zeros")
