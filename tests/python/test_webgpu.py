"""Programs on a device agree with the processor: every primitive that has a kernel, its adjoint, every shape."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from structural_cases import CASES
from webgpu_cases import assert_near, on_device, pulled, pytestmark  # noqa: F401
from wengert._core import elementwise

# Without a kernel yet: what docs/webgpu.md says.
WITHOUT = set(
    [
        "erfcx",
        "erfcx_moment",
        "erfinv",
        "erfcinv",
        "log_ndtr",
        "ndtri",
        "gamma",
        "digamma_difference",
        "betaln",
        "beta",
        "sinc",
        "sinc_derivative",
        "exprel",
        "exprel_moment",
        "log1p_moment",
        "kl_div",
        "j0",
        "j1",
        "bessel_j",
        "y0",
        "y1",
        "bessel_y",
        "i0",
        "i1",
        "bessel_i",
        "i0e",
        "i1e",
        "i0e_moment",
    ]
)
PRIMITIVES = [p for p in wg.testing.primitives() if p.elementwise]
SUPPORTED = [p for p in PRIMITIVES if p.name not in WITHOUT]
SHAPES = [((), ()), ((1,), (1,)), ((7,), (7,)), ((12,), (12,)), ((3, 1), (5,)), ((2, 3, 4), (3, 1)), ((4, 8), (1, 8))]


def operands(p: Any, shapes: Any, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    domains = p.domains * p.arity if len(p.domains) == 1 else p.domains
    return [rng.uniform(*domains[k], shapes[k]).astype(np.float32) for k in range(p.arity)]


@pytest.mark.parametrize("p", SUPPORTED, ids=lambda p: p.name)
def test_values_and_adjoints_are_the_processors(p):
    f = getattr(elementwise, p.name)
    if p.name == "integer_power":
        inner, f = f, lambda a, b: inner(a, wg.stop_gradient(b))
    if p.name == "polygamma":  # whose order is a whole number, and no operand
        inner, f = f, lambda a, b: inner(2.0, b) + 0 * a
    calls = [operands(p, shapes, seed) for seed, shapes in enumerate(SHAPES)]
    if p.kind == "none":

        def everything(calls: Any) -> Any:
            return [f(*args) for args in calls]

        bars = None
        found, exact, narrow = on_device(everything, calls), everything(calls), everything(calls)
    else:
        bars = [
            np.asarray(np.random.default_rng(9).uniform(0.5, 2, np.shape(f(*args)))).astype(np.float32)
            for args in calls
        ]

        def all_pulled(bars: Any, calls: Any) -> Any:
            return [pulled(f)(bar, *args) for bar, args in zip(bars, calls, strict=True)]

        wide = wg._tree.mapped(lambda x: x.astype(np.float64), calls)
        found, narrow = on_device(all_pulled, bars, calls), all_pulled(bars, calls)
        exact = all_pulled(wg._tree.mapped(lambda x: x.astype(np.float64), bars), wide)
    leaves = [wg._tree.flatten(x)[0] for x in (found, exact, narrow)]
    for a, b, c in zip(*leaves, strict=True):
        assert_near(a, b, c, units=12)


@pytest.mark.parametrize("p", [p for p in PRIMITIVES if p.name in WITHOUT and not p.internal], ids=lambda p: p.name)
def test_what_has_no_kernel_says_so_with_its_name_and_line(p):
    f = getattr(elementwise, p.name)
    args = operands(p, SHAPES[2], 0)
    with pytest.raises(wg.DeviceUnsupportedError, match=rf"{p.name}: no kernel[^\n]*\n  at .*test_webgpu.py:\d+"):
        on_device(lambda *x: f(*x), *args)


def supported(case: Any) -> bool:
    without = [
        "solve",
        "inv",
        "parametric",
        "cholesky",
        "eigh",
        "svd",
        "qr",
        "eig",
        "slogdet",
        "triangular_solve",
        "fourier",
        "complex",
        "complement",
        "conjugate",
        "real_part",
        "imaginary_part",
        "complex_of",
        "modulus",
        "phase",
    ]
    return not any(word in case.covers or case.name.startswith(word) for word in without)


def tried(f: Any, *args: Any) -> Any:
    """What comes of it, or why nothing does."""
    try:
        return on_device(f, *args)
    except wg.DeviceUnsupportedError as refused:
        return str(refused)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_structural_primitives_and_compositions_agree(case):
    args = case.arguments(dtype=np.float32)
    wide = tuple(a.astype(np.float64) for a in args)

    def f(*a: Any) -> Any:
        return case.f(wnp, *a)

    y = f(*args)
    found = tried(f, *args)
    if isinstance(found, str):
        assert not supported(case) or "goes by values" in found, found
        return
    for a, b, c in zip(*(wg._tree.flatten(t)[0] for t in (found, f(*wide), y)), strict=True):
        assert_near(a, b, c, of_max=4e-7)
    if not all(np.asarray(x).dtype.kind == "f" for x in wg._tree.flatten(y)[0]):
        return
    bar = wg._tree.mapped(lambda x: np.cos(np.arange(np.size(x), dtype=np.float32)).reshape(np.shape(x)), y)
    g = pulled(f)
    found = tried(g, bar, *args)
    if isinstance(found, str):
        assert "goes by values" in found, found
        return
    exact = g(wg._tree.mapped(lambda x: x.astype(np.float64), bar), *wide)
    for a, b, c in zip(*(wg._tree.flatten(t)[0] for t in (found, exact, g(bar, *args))), strict=True):
        assert_near(a, b, c, of_max=1e-6)


SIZES = [(1, 1, 1), (3, 5, 7), (8, 8, 8), (17, 33, 9), (16, 64, 12), (300, 20, 8), (1, 40, 4), (40, 3, 1)]


def test_the_document_prints_what_it_says(capsys):
    text = (Path(__file__).resolve().parents[2] / "docs" / "webgpu.md").read_text()
    blocks = re.findall(r"^```py\n(.*?)^```\n```text\n(.*?)^```\n", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for code, output in blocks:
        exec(code, {"__name__": "document"})
        assert capsys.readouterr().out == output


@pytest.mark.parametrize(("m", "k", "n"), SIZES)
def test_products_of_matrices_turned_or_not_in_stacks_or_not(m, k, n):
    rng = np.random.default_rng(m + k + n)
    a, b = rng.normal(size=(m, k)).astype(np.float32), rng.normal(size=(k, n)).astype(np.float32)
    stack = rng.normal(size=(3, 1, m, k)).astype(np.float32)
    others = rng.normal(size=(2, n, k)).astype(np.float32)

    def f(a: Any, b: Any, at: Any, bt: Any, stack: Any, others: Any) -> Any:
        return [
            a @ b,
            at.T @ b + 1,
            np.maximum(a @ bt.T, 0),
            np.matmul(stack, np.swapaxes(others, -1, -2)),
            a @ b[:, 0],
            a[0] @ b,
            (a @ b) * a[:, :1],
        ]

    args = (a, b, np.ascontiguousarray(a.T), np.ascontiguousarray(b.T), stack, others)
    exact = f(*(x.astype(np.float64) for x in args))
    for found, y, c in zip(on_device(f, *args), exact, f(*args), strict=True):
        assert_near(found, y, c, of_max=4 * np.sqrt(k) * 2**-24)


@pytest.mark.parametrize("n", [1, 5, 64, 300, 1024, 1025, 4099, 70_000])
@pytest.mark.parametrize("name", ["sum", "max", "min", "prod", "mean", "cumsum", "logsumexp", "argmax", "argmin"])
def test_reductions_of_every_length(name, n):
    x = np.random.default_rng(n).normal(1, 0.003 if name == "prod" else 1, n).astype(np.float32)

    def f(x: Any) -> Any:
        if name == "logsumexp":
            return wg.special.logsumexp(x)
        return getattr(wnp, name)(x)

    scale = float(np.sum(np.abs(x))) if name in {"sum", "mean", "cumsum"} else n
    y, exact = on_device(f, x), f(x.astype(np.float64))
    if name.startswith("arg"):
        assert y == exact
    elif name in {"max", "min"}:
        assert y == np.float32(exact)
    else:
        each = (np.log2(n) + 4) * 2**-24 * (scale / n if name == "mean" else scale)
        np.testing.assert_allclose(y, exact, rtol=1e-6 + (n * 2**-24 if name == "prod" else 0), atol=each)


@pytest.mark.parametrize(
    ("shape", "axis"), [((3, 5), 0), ((3, 5), 1), ((4, 300), 1), ((300, 4), 0), ((2, 3, 70), (0, 2)), ((5, 1), 1)]
)
def test_reductions_along_axes_with_what_is_before_and_behind(shape, axis):
    x = np.random.default_rng(1).normal(size=shape).astype(np.float32)

    def f(x: Any) -> Any:
        y = np.sum(np.exp(x) * 0.5, axis=axis, keepdims=True)
        return np.log(y) + 1, np.max(x * x, axis=axis), np.sum(x > 0, axis=axis), x / y

    for found, y, c in zip(on_device(f, x), f(x.astype(np.float64)), f(x), strict=True):
        assert_near(found, y, c, of_max=1e-6)


def test_more_than_65535_groups():
    rows = np.random.default_rng(0).normal(size=(65_600, 64)).astype(np.float32)
    y = on_device(lambda x: np.sum(x, axis=1), rows)
    np.testing.assert_allclose(y, rows.astype(np.float64).sum(1), atol=2e-5)
    # Columns in memory, so that no four lie side by side: a thread an element.
    wide = np.arange(4099 * 4099, dtype=np.int32).reshape(4099, 4099)
    turned = on_device(lambda x: x.T + 1, wide)
    assert (turned == wide.T + 1).all()


def test_arrays_of_nothing():
    x, some = np.zeros((0, 3), np.float32), np.arange(24, dtype=np.float32).reshape(8, 3)
    for f in (
        lambda x, y: x + 1,
        lambda x, y: np.sum(x**2, axis=0) + y,
        lambda x, y: (np.prod(x, axis=0), np.sum(x), np.mean(y, axis=1)),
        lambda x, y: np.cumsum(y[:0], 0),
        lambda x, y: np.concatenate([x, y, y[:0] * 2, 2 * y]),
        lambda x, y: np.concatenate([y[:0] * 2, x]),
        lambda x, y: np.pad(np.sin(x), ((0, 2), (0, 0))),
        lambda x, y: (x.T @ x, y @ x.T, x @ y.T, x.sum(axis=1)),
        lambda x, y: y[np.arange(0)] + y[:0],
        lambda x, y: np.exp(x).T.reshape(3, 0, 1),
        wg.value_and_grad(lambda x, y: np.sum(np.sin(x)) + np.sum(np.exp(-y)), argnums=(0, 1)),
    ):
        found, exact = (wg._tree._flatten_general(y)[0] for y in (wg.compile(f, device="webgpu")(x, some), f(x, some)))
        for a, b in zip(found, exact, strict=True):
            assert a.numpy().dtype == np.asarray(b).dtype
            np.testing.assert_allclose(a.numpy(), b, rtol=1e-6)


@pytest.mark.parametrize("shape", [(8, 8), (1,), (3000,), (2, 700), (700, 2)])
def test_reductions_of_truth_values(shape):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)

    def f(x: Any) -> Any:
        return [g(x > level) for level in (-9, 0, 9) for g in (
            np.any, np.all, np.max, np.min, np.sum, np.prod, np.argmax, lambda t: np.any(t, axis=-1),
            lambda t: np.all(t, axis=0), lambda t: np.max(t, axis=0, keepdims=True), lambda t: np.argmin(t, axis=0),
        )]  # fmt: skip

    for found, exact in zip(on_device(f, x), f(x), strict=True):
        np.testing.assert_array_equal(found, exact)
        assert found.dtype == np.asarray(exact).dtype


def test_what_one_thread_would_go_through_for_too_long_is_refused():
    x = np.ones(100_000, np.float32)
    with pytest.raises(wg.DeviceLimitError, match="one thread would have"):
        wg.compile(lambda x: np.cumsum(np.tile(x, 100)), device="webgpu")(x)
    tall = np.ones((70_000, 30), np.float32)
    assert (on_device(lambda x: np.sum(x, axis=0), tall) == 70_000).all()


@pytest.mark.parametrize(("m", "k", "n"), [(1, 100_001, 1), (4, 4096, 8), (3, 70_000, 20)])
def test_products_of_few_results_with_many_terms_are_added_up_by_groups(m, k, n):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(m, k)).astype(np.float32), rng.normal(size=(k, n)).astype(np.float32)

    def f(a: Any, b: Any) -> Any:
        return a @ b + 1, b.T @ a.T, a[0] @ b[:, 0], np.sum(a[0] * a[0])

    exact = f(a.astype(np.float64), b.astype(np.float64))
    for found, y in zip(on_device(f, a, b), exact, strict=True):
        np.testing.assert_allclose(found, y, rtol=1e-6, atol=1e-6 * k**0.5)


def softmax_loss(parameters: Any, x: Any, y: Any) -> Any:
    for w, b in parameters[:-1]:
        x = np.maximum(x @ w + b, 0)
    w, b = parameters[-1]
    z = x @ w + b
    return np.mean(wg.special.logsumexp(z, axis=1) - np.sum(z * y, axis=1))


def network(sizes: list[int], batch: int) -> Any:
    rng = np.random.default_rng(3)
    parameters = [
        ((rng.normal(size=(a, b)) / np.sqrt(a)).astype(np.float32), rng.normal(size=b).astype(np.float32))
        for a, b in pairwise(sizes)
    ]
    x = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    y = np.eye(sizes[-1], dtype=np.float32)[rng.integers(0, sizes[-1], batch)]
    return parameters, x, y


@pytest.mark.parametrize(("sizes", "batch"), [([20, 16, 12, 10], 32), ([7, 5, 3], 9)])
def test_the_gradient_of_a_network_is_the_processors(sizes, batch):
    args = network(sizes, batch)
    f = wg.value_and_grad(softmax_loss)
    exact = wg._tree.flatten(f(*wg._tree.mapped(lambda x: x.astype(np.float64), args)))[0]
    found = wg._tree.flatten(on_device(f, *args))[0]
    for a, b in zip(found, exact, strict=True):
        assert np.max(np.abs(a - b)) <= 2e-6 * np.max(np.abs(b))


@pytest.mark.parametrize("transform", ["hvp", "jvp", "hessian", "vmap"])
def test_other_transforms_are_programs_too(transform):
    x, v = np.array([0.3, -0.7, 1.2], np.float32), np.array([1.0, 0.5, -2.0], np.float32)

    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * np.exp(x * x[::-1]))

    g = {
        "hvp": lambda x, v: wg.hvp(f, (x,), (v,)),
        "jvp": lambda x, v: wg.jvp(f, (x,), (v,)),
        "hessian": lambda x, v: wg.hessian(f)(x) @ v,
        "vmap": lambda x, v: wg.vmap(lambda t: f(t * x))(v),
    }[transform]
    exact = wg._tree.flatten(g(x.astype(np.float64), v.astype(np.float64)))[0]
    for a, b in zip(wg._tree.flatten(on_device(g, x, v))[0], exact, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def loss(x: Any) -> Any:
    return np.sum(np.exp(-(x**2)) * np.sin(x))


def test_a_fused_loss_and_its_gradient_are_two_dispatches_in_one_submission():
    f = wg.compile(wg.value_and_grad(loss), device="webgpu")
    x = wg.asarray(np.linspace(-2, 2, 5001).astype(np.float32), device="webgpu")
    f(x)
    f(x)
    assert f.stats() == {
        "dispatches": 2,
        "submissions": 1,
        "readbacks": 0,
        "allocations": 0,
        "bytes_up": 0,
        "bytes_down": 0,
        "temp_bytes": 256,
    }


def test_a_recorded_program_goes_to_a_device_as_it_is():
    x = np.linspace(-1, 1, 50).astype(np.float32)
    program = wg.record(loss, x)
    assert program.to("cpu") is program
    np.testing.assert_allclose(program.to("webgpu")(x).item(), program(x), rtol=1e-5, atol=1e-6)


def test_an_elementwise_map_is_one_dispatch():
    f = wg.compile(lambda x, y: (np.tanh(x) * y, np.where(x > y, x, -y), x / (1 + y * y)), device="webgpu")
    f(np.ones((5, 3), np.float32), np.ones((5, 3), np.float32))
    assert f.stats()["dispatches"] == 1


def test_no_kernel_has_more_than_eight_buffers():
    xs = [np.full((6, 4), k, np.float32) for k in range(20)]

    def f(xs: Any) -> Any:
        total = sum(np.sin(x) for x in xs)
        return [total * x for x in xs]

    g = wg.compile(f, device="webgpu")
    for a, b in zip(g(xs), f(xs), strict=True):
        np.testing.assert_allclose(a.numpy(), b, rtol=2e-6)
    assert all(len(reads) + len(writes) <= 8 for _, _, reads, writes, _ in g.plan()["steps"])
    assert g.stats()["dispatches"] <= 10


def test_no_kernel_has_a_constant_that_is_no_number():
    def f(x: Any) -> Any:
        return np.where(x > 0, x, -np.inf), np.where(x > 0, np.nan, x), np.full(3, np.inf, np.float32) * x

    g = wg.compile(f, device="webgpu")
    x = np.array([1, -1, 2], np.float32)
    for a, b in zip(g(x), f(x), strict=True):
        np.testing.assert_array_equal(a.numpy(), b)
    assert not any(re.search(r"\binf|\bnan", text.split("fn main")[1]) for text in g.plan()["kernels"])


def test_the_same_bits_each_time():
    args = network([20, 16, 10], 24)
    f = wg.compile(wg.value_and_grad(softmax_loss), device="webgpu")
    first, *others = [[y.numpy().tobytes() for y in wg._tree._flatten_general(f(*args))[0]] for _ in range(5)]
    assert all(bits == first for bits in others)


def test_a_position_named_often_is_added_up_in_a_fixed_order():
    rng = np.random.default_rng(5)
    table, at = rng.normal(size=(11, 4)).astype(np.float32), np.minimum(rng.zipf(1.5, 500), 11) - 1

    def f(table: Any, at: Any) -> Any:
        return np.sum(np.sin(table[at]))

    g = wg.compile(wg.grad(f), device="webgpu")
    found = [g(table, at).numpy() for _ in range(3)]
    exact = wg.grad(f)(table.astype(np.float64), at)
    np.testing.assert_allclose(found[0], exact, rtol=1e-5)
    assert found[0].tobytes() == found[1].tobytes() == found[2].tobytes()
