"""More than 65,535 groups of threads, which a dispatch takes in two dimensions: every primitive, and its adjoint."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from test_webgpu import SUPPORTED
from webgpu_cases import assert_near, pulled, pytestmark  # noqa: F401
from webgpu_programs import stretched
from wengert import _core
from wengert._core import elementwise
from wengert.webgpu import _run
from wengert.webgpu._array import DeviceArray
from wengert.webgpu._device import current

MANY = 1 << 24  # elements, a thread each: 65,536 groups of 256
SMALL, LARGE = (1009, 1013), (4099, 4101)  # a program of the one as if it were of the other: no other number is such
TOGETHER = 4  # primitives a kernel


def as_if_larger(row: bytes) -> bytes:
    """The integers that tell the lowering of a program, with other sizes: recording computes, which would take long."""
    sizes = dict(zip(SMALL, LARGE, strict=True))
    return np.array([sizes.get(n, n) for n in np.frombuffer(row, np.int64).tolist()], np.int64).tobytes()


class Wide(_run.Execution):
    """A program of small arrays that runs on large ones."""

    def __init__(self, program: Any, patch: Any) -> None:
        results = [(kind, [*LARGE]) for kind, _ in _core.program_results(program)]
        source = as_if_larger(_core.program_source(program))
        known = {"program_source": lambda _: source, "program_results": lambda _: results}
        others = {name: getattr(_core, name) for name in ("program_constant", "program_line")}
        with patch.context() as now:
            now.setattr(_run, "_core", SimpleNamespace(**known, **others))
            super().__init__(current(), program)


def value_and_adjoints(p: Any, u: Any, v: Any) -> Any:
    """A primitive's value and adjoints, added up with weights, where the table samples it: one number an element."""
    f = getattr(elementwise, p.name)
    domains = p.domains * p.arity if len(p.domains) == 1 else p.domains
    args = [stretched(2 * x - 1, *domain) for x, domain in zip((u, v), domains, strict=False)][: p.arity]
    if p.name == "polygamma":
        y, bars = pulled(lambda b: f(2.0, b))(1 + 0.5 * u, args[1])
    elif p.name == "integer_power":
        y, bars = pulled(lambda a: f(a, np.float32(3)))(1 + 0.5 * u, args[0])
    elif p.kind == "none":
        return np.where(f(*args), u, v)
    else:
        y, bars = pulled(f)(1 + 0.5 * u, *args)
    return y + sum((k + 2.0) * bar for k, bar in enumerate(bars))


@pytest.fixture(scope="module")
def inputs() -> Any:
    """Two arrays of numbers from 0 to 1, here and on the device; turned, so that each thread has one element."""
    rng = np.random.default_rng(0)
    here = [rng.random(LARGE[::-1], np.float32) for _ in range(2)]
    return here, [wg.asarray(x, device="webgpu") for x in here]


def some_of(y: DeviceArray, at: int, count: int) -> Any:
    """Elements from one place on."""
    with y.owner.work():
        raw = y.owner.device.queue.read_buffer(y.buffer, 4 * at, 4 * count)
    return np.frombuffer(raw, np.float32)


@pytest.mark.parametrize("first", range(0, len(SUPPORTED), TOGETHER), ids=lambda k: SUPPORTED[k].name)
def test_every_elementwise_primitive_and_its_adjoint_in_more_groups_than_a_dimension_has(first, inputs, monkeypatch):
    these = SUPPORTED[first : first + TOGETHER]

    def f(u: Any, v: Any) -> Any:
        return [value_and_adjoints(p, u.T, v.T) for p in these]

    def flat(u: Any, v: Any) -> Any:
        return [value_and_adjoints(p, u, v) for p in these]

    small = [np.full(SMALL[::-1], x, np.float32) + np.zeros(SMALL[::-1], np.float32) for x in (0.3, 0.4)]
    execution = Wide(wg.record(f, *small)._recorded.program, monkeypatch)
    assert any(y > 1 and x * y > 65_535 for _, (x, y, _), *_ in execution.plan["steps"])
    found = execution.run(inputs[1], _run.Stats())
    size = LARGE[0] * LARGE[1]
    for at in (0, 65_535 * 256 - 150, size - 300):
        rows = [np.ascontiguousarray(x.T).reshape(-1)[at : at + 300] for x in inputs[0]]
        exact, narrow = flat(*(x.astype(np.float64) for x in rows)), flat(*rows)
        for y, a, b in zip(found, exact, narrow, strict=True):
            assert_near(some_of(y, at, 300), a, b, units=40, of_max=1e-6)


def device_of_many(f: Any, *args: Any) -> Any:
    """Results on the device, of kernels at least one of which had more groups than a dimension has."""
    compiled = wg.compile(f, device="webgpu")
    y = compiled(*args)
    assert any(rows > 1 and columns * rows > 65_535 for _, (columns, rows, _), *_ in compiled.plan()["steps"])
    return wg._tree.mapped(lambda x: x.numpy(), y)


PAIRS = (MANY, 2)  # as many elements as a binding may have
STRUCTURAL = {
    "a thread a row: sum and its adjoint": (lambda x, w: wg.vjp(lambda x: np.sum(x, axis=1), x)[1](w)[0][::2], PAIRS),
    "a thread a row: prod, max, min": (lambda x, w: (np.prod(x, axis=1) + np.max(x, axis=1), np.min(x, axis=1)), PAIRS),
    "a thread a row: argmax, argmin": (lambda x, w: (np.argmax(x, axis=1), np.argmin(x, axis=1)), PAIRS),
    "a thread a row: logsumexp": (lambda x, w: wg.special.logsumexp(x, axis=1), PAIRS),
    "a thread a row: norm": (lambda x, w: np.linalg.norm(x, axis=1), PAIRS),
    "a thread a row: any, all": (lambda x, w: np.any(x > 0.5, axis=1) ^ np.all(x > 0.2, axis=1), PAIRS),
    "a thread a row: cumsum": (lambda x, w: np.cumsum(x, axis=1), PAIRS),
    "a thread a row: cumprod": (lambda x, w: np.cumprod(x, axis=1), PAIRS),
    "gather": (lambda x, w: x[: MANY - 3, 0][::-1][np.arange(MANY, dtype=np.int32) % 977], PAIRS),
    "gather's adjoint": (lambda x, w: wg.vjp(lambda x: x[np.array([5, -1, 5])], w)[1](x[:3, 0])[0], PAIRS),
    "set at positions": (lambda x, w: wnp.asarray(w).at[np.array([7, -2])].set(x[:2, 0]), PAIRS),
    "concatenate and pad": (lambda x, w: np.pad(np.concatenate([w[5:], x[:9, 0]]), (2, 3)), PAIRS),
    "flip": (lambda x, w: w[::-1] + 0, PAIRS),
    "where, clip": (lambda x, w: np.where(x[::-1, 1] > 0.5, np.clip(w, 0.3, 0.6), -w), PAIRS),
    "a group a row: sum, max": (lambda x, w: (np.sum(x, axis=1), np.max(x, axis=1)), (65_600, 64)),
    "a group a row: softmax": (lambda x, w: wg.special.softmax(x, axis=1), (65_600, 64)),
    "a product": (lambda x, w: x @ x.T, (4100, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURAL)
def test_structural_primitives_in_more_groups_than_a_dimension_has(name):
    f, shape = STRUCTURAL[name]
    rng = np.random.default_rng(1)
    x, w = rng.random(shape, np.float32), rng.random(MANY if shape == PAIRS else 1, np.float32)
    for found, exact in zip(*(wg._tree.flatten(y)[0] for y in (device_of_many(f, x, w), f(x, w))), strict=True):
        np.testing.assert_allclose(found, exact, rtol=3e-6, atol=1e-6)
