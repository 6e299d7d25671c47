"""A call for each `raise` of the library that no other table of cases comes to (test_error_codes.py)."""

from __future__ import annotations

import io
import pickle
from collections import deque
from collections.abc import Callable
from functools import reduce
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

import wengert as wg
import wengert.numpy as wnp
from error_cases import ONES, SINGLES, load, saved, without
from wengert import schedules
from wengert.explore._document import document
from wengert.explore._explorer import _require_derivatives, of_program
from wengert.webgpu import DeviceArray, _array, _device, _export, _function

X = np.ones((2, 3))
THERE = DeviceArray(None, None, (3,), np.dtype(np.float32))  # no device is needed to refuse it


def ruled(fwd: Any, bwd: Any, x: Any = 1.0) -> Any:
    f = wg.custom_vjp(lambda x: x)
    f.defvjp(fwd, bwd)
    return wg.grad(f)(x)


def jvp_ruled(rule: Any) -> Any:
    f = wg.custom_jvp(lambda x: x)
    f.defjvp(rule)
    return wg.jvp(f, (1.0,), (1.0,))


def scanned(body: Any) -> Any:
    return wg.scan(body, 1.0, ONES)


def looped(body: Any, x: Any = 1.0) -> Any:
    return wg.fori_loop(0, 3, body, x)


def by_turns(*results: Any) -> Callable[..., Any]:
    """A body whose y goes by a value of the state, so that there are two ways through it."""
    return lambda x, row: (x + 1.0, results[0] if x > 1.5 else results[1])


def closes_over(x: Any) -> Any:
    return wg.record(lambda y: x * y, 1.0)


def stepped(x: Any) -> Any:
    """A loop that asks another way at each step until no program holds it."""
    return wg.fori_loop(0, 300_000, lambda k, y: y + x, x)


def other_way() -> Any:
    """A function for a device that met another branch: no device is asked."""
    f = wg.compile(np.sin, device="webgpu", guards="raise")
    recorded = _function.recorded_call(lambda k: k if k > 0 else -k, (np.float32(1),), {})
    f._ready[()] = [SimpleNamespace(recorded=recorded, first_other=lambda arrays: 0)]
    return f._found((), [])


def unused_at_first() -> Any:
    """A recorded array that f meets away from x0 only."""
    return wg.grad(lambda w: np.sum(wg.vmap(lambda a: wg.fixed_point(
        lambda x: 0.5 * x + (w if x > 0.4 else 0.0) + a, 0.0))(ONES)))(1.0)  # fmt: skip


def forked() -> Any:
    device = object.__new__(_device.Device)
    device.pid, device.lost, device.lock = _device.os.getpid(), True, mock.MagicMock()
    with device.work():
        return device


def adapters(found: list[Any], name: str = "") -> Any:
    gpu = SimpleNamespace(enumerate_adapters_sync=lambda: found)
    with (
        mock.patch.object(_device, "_wgpu", return_value=SimpleNamespace(gpu=gpu)),
        mock.patch.dict("os.environ", {"WENGERT_WEBGPU_ADAPTER": name}),
    ):
        return _device.Device()


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("no")


ADAPTER = SimpleNamespace(
    summary="Made up", info={"backend_type": "Vulkan", "adapter_type": "CPU", "device": ""}, request_device_sync=broken
)
SLOT = {"buffer": 0, "dtype": "float32", "shape": [3]}
GUARDED = wg.record(lambda x: x if x > 0 else -x, 1.0)
WRITTEN = wg.compile(lambda x: x if x > 0 else -x, guards="raise")

CALLS: dict[str, Callable[[], Any]] = {
    # Arrays.
    "a device that there is not": lambda: wg.asarray(1.0, device="tpu"),
    "no copy": lambda: wg.asarray([1.0], copy=False),
    "an integer too large": lambda: wg.asarray([300], dtype="uint8"),
    "half of where": lambda: wg.where(ONES > 0, ONES),
    "adding complex numbers to real ones": lambda: wg.asarray([1.0, 2.0]).at[0].add(1j),
    "the imaginary part of a real one": lambda: setattr(wg.asarray(ONES), "imag", 1.0),
    "the item of many": lambda: wg.asarray(ONES).item(),
    "iterating over a number": lambda: list(wg.asarray(1.0)),
    "DLPack to a device": lambda: wg.asarray(ONES).__dlpack__(dl_device=(2, 0)),
    "to a device": lambda: wg.asarray(ONES).to_device("gpu"),
    "a version of the standard": lambda: wg.asarray(ONES).__array_namespace__(api_version="1999.1"),
    "a mask for a function of NumPy's": lambda: np.sin(wg.asarray(ONES), where=[True, False, True]),
    # vmap and batch.
    "in_axes of text": lambda: wg.vmap(np.sin, in_axes="0")(ONES),
    "in_axes of another number": lambda: wg.vmap(np.sin, in_axes=(0, 0))(ONES),
    "vmap returns text": lambda: wg.vmap(lambda x: "text")(ONES),
    "no place for lanes": lambda: wg.vmap(np.sin, out_axes=None)(ONES),
    "no lanes": lambda: wg.vmap(np.sin, in_axes=None)(ONES),
    "axes of another tree": lambda: wg.vmap(lambda p: p["a"], in_axes=({"b": 0},))({"a": ONES}),
    "an axis that is text": lambda: wg.vmap(lambda p: p["a"], in_axes=({"a": "0"},))({"a": ONES}),
    "vmap in vmap in vmap": lambda: reduce(lambda f, _: wg.vmap(f), range(17), np.sin)(np.ones((1,) * 17)),
    "vmap of text": lambda: wg.vmap(lambda x: 1.0)("text"),
    "vmap of an axis too far": lambda: wg.vmap(np.sin, in_axes=2)(ONES),
    "a batch of numbers": lambda: wg.compile(np.sin).batch(1.0),
    "a batch of none": lambda: wg.compile(np.sin).batch(np.ones((0, 2))),
    "one lane after the other, of none": lambda: wg.vmap(np.unique)(np.ones((0, 2))),
    "lanes of other shapes": lambda: wg.vmap(np.unique)(np.array([[1.0, 1.0], [1.0, 2.0]])),
    # Budgets, checkpoints, compiled functions, programs.
    "memory in furlongs": lambda: wg.compile(np.sin, memory="3 furlongs"),
    "snapshots and memory": lambda: wg.fori_loop(0, 3, lambda k, x: x, 1.0, snapshots=2, memory="1MB"),
    "half a snapshot": lambda: wg.fori_loop(0, 3, lambda k, x: x, 1.0, snapshots=0.5),
    "too little memory for a step": lambda: wg.grad(
        lambda x: wg.fori_loop(0, 99, lambda k, y: np.sin(y), x, memory=3))(1.0),
    "a policy of numbers": lambda: wg.checkpoint(np.sin, policy=3),
    "a policy that there is not": lambda: wg.checkpoint(np.sin, policy="some"),
    "a name that is a number": lambda: wg.checkpoint_name(1.0, 3),
    "a name for a tree": lambda: wg.checkpoint_name({"a": 1.0}, "a"),
    "a device for compile": lambda: wg.compile(np.sin, device="tpu"),
    "memory of a device": lambda: wg.compile(np.sin, device="webgpu", memory="1MB"),
    "a branch that is refused": lambda: (WRITTEN(1.0), WRITTEN(-1.0)),
    "record in a transform": lambda: wg.grad(lambda x: wg.record(np.sin, x)(x))(1.0),
    "record of what is closed over": lambda: wg.grad(lambda x: closes_over(x)(1.0))(1.0),
    "record of a long loop": lambda: wg.record(stepped, 1.0),
    "a program of another tree": lambda: wg.record(np.sin, 1.0)((1.0, 2.0)),
    "a program's batch that branches": lambda: GUARDED.batch(np.array([1.0, -1.0])),
    "a saved program that branches": lambda: wg.grad(load(saved(lambda x: x if x > 0 else -x)))(-1.0),
    "a saved program that branches in a vmap": lambda: wg.vmap(
        lambda x: load(saved(lambda x: x if x > 0 else -x))(-1.0) * x)(ONES),
    "vmap of a saved program that branches": lambda: wg.vmap(load(saved(lambda x: x if x > 0 else -x)))(ONES),
    "saving a set": lambda: saved(lambda x: (x, {1})),
    "saving a queue": lambda: wg.record(lambda x: x[0], deque([1.0])).save(io.BytesIO()),
    "loading a number": lambda: wg.load(3),
    "a tape of another": lambda: wg.Tape().gradient(1.0, [wg.asarray(1.0)]),
    # Rules of one's own.
    "no rule": lambda: wg.custom_vjp(np.sin)(1.0),
    "no forward rule": lambda: wg.custom_jvp(np.sin)(1.0),
    "no residuals": lambda: ruled(lambda x: x, lambda x, ybar: (ybar,)),
    "an adjoint that is no tuple": lambda: ruled(lambda x: (x, x), lambda x, ybar: ybar),
    "a rule without end": lambda: wg.grad(endless)(1.0),
    "an adjoint of another tree": lambda: ruled(lambda x: (x, x), lambda x, ybar: ((ybar, ybar),)),
    "a keyword of a rule": lambda: keyword_ruled(1.0, y=2.0),
    "a forward rule without a tangent": lambda: jvp_ruled(lambda x, dx: 1.0),
    "a tangent of another tree": lambda: jvp_ruled(lambda x, dx: (1.0, (1.0, 2.0))),
    # Transforms.
    "debugging by half": lambda: wg.debug(nonfinite="half").__enter__(),
    "jacobian by a third mode": lambda: wg.jacobian(np.sin, mode="sideways"),
    "hessian of complex numbers": lambda: wg.hessian(lambda x: np.abs(x) ** 2)(1j),
    "jacobian by the wrong side": lambda: wg.jacobian(lambda x: x * 1j, mode="reverse")(1.0),
    "argnums of text": lambda: wg.grad(np.sin, argnums="x")(1.0),
    "argnums too far": lambda: wg.grad(np.sin, argnums=1)(1.0),
    "argnums twice": lambda: wg.grad(np.multiply, argnums=(0, -2))(1.0, 2.0),
    "a gradient of whole numbers": lambda: wg.grad(lambda x: np.sign(x) > 0)(1.0),
    "a gradient of nothing": lambda: wg.grad(lambda x: None)(1.0),
    "aux that is not there": lambda: wg.grad(lambda x: x, has_aux=True)(1.0),
    "holomorphic to real numbers": lambda: wg.grad(lambda x: np.abs(x), holomorphic=True)(1j),
    "holomorphic of real numbers": lambda: wg.grad(lambda x: x * 1j, holomorphic=True)(1.0),
    "a tangent too many": lambda: wg.jvp(np.sin, (1.0,), (1.0, 1.0)),
    "a tangent of another shape": lambda: wg.jvp(np.sin, (1.0,), (ONES,)),
    "primals that are no tuple": lambda: wg.jvp(np.sin, 1.0, 1.0),
    # Solvers.
    "a condition of many": lambda: wg.cond(ONES > 0, np.sin, np.cos, 1.0),
    "branches of other trees": lambda: wg.vmap(lambda x: wg.cond(x > 0, lambda x: x, lambda x: (x,), x))(ONES),
    "root from text": lambda: wg.root(np.sin, "x0"),
    "root of complex numbers": lambda: wg.root(np.sin, 1j),
    "a solver of another shape": lambda: wg.root(np.sin, 1.0, solver=lambda f, x: ONES),
    "no root": lambda: wg.root(lambda x: x * x + 1.0, 1.0),
    "no minimum": lambda: wg.argmin(lambda x: x, 1.0),
    "a residual of another shape": lambda: wg.root(lambda x: ONES * x, 1.0),
    "a residual of a solver's": lambda: wg.grad(
        lambda a: wg.root(lambda x, a: ONES * a, 1.0, a, solver=lambda f, x: x))(1.0),
    "behind x0": unused_at_first,
    "a fixed point of another shape": lambda: wg.fixed_point(lambda x: ONES * x, 1.0),
    "a fixed point that runs away": lambda: wg.fixed_point(lambda x: np.exp(x) * 1e200, 9.0),
    "argmin of many": lambda: wg.argmin(lambda x: x * x, ONES),
    # Loops.
    "half a step": lambda: wg.fori_loop(0, 2.5, lambda k, x: x, 1.0),
    "steps without end": lambda: wg.fori_loop(0, 2**63, lambda k, x: x, 1.0),
    "while many": lambda: wg.while_loop(lambda x: x < ONES, lambda x: x + 1, 0.0),
    "a state of text": lambda: looped(lambda k, x: x, "text"),
    "a state of another tree": lambda: looped(lambda k, x: (x, x)),
    "a state that becomes text": lambda: looped(lambda k, x: "text"),
    "a state of another shape": lambda: looped(lambda k, x: ONES * x),
    "scan over text": lambda: wg.scan(lambda x, row: (x, row), 1.0, "text"),
    "scan over a number": lambda: wg.scan(lambda x, row: (x, row), 1.0, 1.0),
    "scan over other lengths": lambda: wg.scan(lambda x, row: (x, x), 1.0, ONES, length=2),
    "scan without y": lambda: scanned(lambda x, row: x),
    "scan with text": lambda: scanned(lambda x, row: (x, "text")),
    "scan with another tree": lambda: scanned(by_turns(1.0, (1.0,))),
    "scan with another shape": lambda: scanned(by_turns(1.0, ONES)),
    "scan with another type": lambda: scanned(by_turns(1.0, True)),
    # Pages of the explorer.
    "a page of other arguments": lambda: document(wg.record(np.sin, ONES), (1.0,)),
    "a page of another number": lambda: of_program(wg.record(np.sin, 1.0), (1.0, 2.0), None),
    "a page of a rule": lambda: wg.explore(lambda x: ruled_square(x), 1.0).html,
    "a page of a loaded program": lambda: load(saved(np.sin)).explore().html,
    "a page of nothing": lambda: wg.explore(lambda x: None, 1.0).html,
    "a page of truth values": lambda: wg.explore(lambda x: x > 0, 1.0).html,
    "a page by truth values": lambda: _require_derivatives(*listed(lambda x: np.where(x, 1.0, 2.0), np.array([True]))),
    # wengert.numpy.
    "an axis of text": lambda: wnp.sum(X, axis="0"),
    "trapezoid of a number": lambda: wnp.trapezoid(1.0),
    "an edge of third order": lambda: wnp.gradient(ONES, edge_order=3),
    "DLPack of text": lambda: wnp.from_dlpack("text"),
    "DLPack of a device": lambda: wnp.from_dlpack(SimpleNamespace(__dlpack__=None, __dlpack_device__=lambda: (2, 0))),
    "einsum of nothing": lambda: wnp.einsum(),
    "einsum of a label too far": lambda: wnp.einsum(X, [0, 99]),
    "einsum of a trace": lambda: wnp.einsum("ii", X),
    "put into NumPy's": lambda: wg.grad(lambda x: np.put(np.zeros(3), [0], x[0]) or 0.0)(ONES),
    "take at halves": lambda: wnp.take(X, [0.5]),
    "take along an axis at halves": lambda: wnp.take_along_axis(ONES, [0.5], 0),
    "put too far": lambda: wnp.put(wg.asarray(ONES), [7], 1.0),
    "place nothing": lambda: wnp.place(wg.asarray(ONES), ONES > 0, []),
    "copy floats into integers": lambda: wnp.copyto(np.zeros(3, int), ONES),
    "compress by a matrix": lambda: wnp.compress(X > 0, X),
    "the diagonal of a vector": lambda: wnp.diagonal(ONES),
    "diag of three axes": lambda: wnp.diag(np.ones((1, 2, 3))),
    "types of a device": lambda: wnp.__array_namespace_info__().dtypes(device="gpu"),
    "types of a kind": lambda: wnp.__array_namespace_info__().dtypes(kind="quaternion"),
    "resize to less": lambda: wnp.resize(ONES, -1),
    "a norm of a vector": lambda: wnp.linalg.norm(ONES, "fro", axis=0),
    "polyder": lambda: wnp.polyder(ONES, -1),
    "polyint": lambda: wnp.polyint(ONES, -1),
    "polyfit of no degree": lambda: wnp.polyfit(ONES, ONES, -1),
    "polyfit of few": lambda: wnp.polyfit([0.0, 1.0], [0.0, 1.0], 1, cov=True),
    "dot": lambda: wnp.dot(X, X),
    "bincount by complex numbers": lambda: wnp.bincount([0, 1], weights=[1j, 1.0]),
    "a vector transposed": lambda: wnp.matrix_transpose(ONES),
    "squeeze": lambda: wnp.squeeze(X, 0),
    "pad by less": lambda: wnp.pad(ONES, -1),
    "weights of quantiles": lambda: wnp.quantile(ONES, 0.5, weights=ONES, method="inverted_cdf"),
    "quantiles of complex numbers": lambda: wnp.quantile(1j * ONES, 0.5),
    "a determinant": lambda: wnp.linalg.det(X),
    "half a power": lambda: wnp.linalg.matrix_power(np.eye(2), 0.5),
    "one array for multi_dot": lambda: wnp.linalg.multi_dot([X]),
    "tensorinv": lambda: wnp.linalg.tensorinv(X, 0),
    # Others.
    "a draw without a rule": lambda: wg.grad(
        lambda p: wg.random.default_rng(0).vonmises(p, 1.0))(0.5),
    "half a snapshot of a schedule": lambda: schedules.binomial(3, 0.5),
    "no snapshot of a schedule": lambda: schedules.binomial(3, 0),
    "a schedule's steps twice": lambda: schedules.binomial(3, 2).count(5),
    "an online schedule's steps": lambda: schedules.online(3).count(),
    "a picture of a million steps": lambda: schedules.binomial(1_000_000, 3).plot(),
    "multigammaln": lambda: wg.special.multigammaln(0.2, 3),
    "check_grads sideways": lambda: wg.testing.check_grads(np.sin, (1.0,), modes=["up"]),
    "a wrong forward rule": lambda: wg.testing.check_grads(twice_its_tangent, (1.0,), 1, ["fwd"]),
    "tqdm": lambda: without("tqdm", lambda: wg.fori_loop(0, 3, lambda k, x: x, 1.0, progress=True)),
    # Devices, as far as none is needed.
    "wide integers": lambda: _array.stored(np.array([2**40])),
    "a copy of a device's": lambda: np.asarray(THERE),
    "a function of a device's": lambda: np.sin(THERE),
    "an operator of a device's": lambda: THERE + 1,
    "another type of a device's": lambda: _array.asarray(THERE, "int32"),
    "recorded to a device": lambda: wg.grad(lambda x: _array.asarray(x))(ONES),
    "the item of a device's": lambda: THERE.item(),
    "from device to device": lambda: THERE.to("tpu"),
    "the length of a device's number": lambda: len(DeviceArray(None, None, (), np.dtype(np.float32))),
    "no adapter": lambda: adapters([]),
    "no adapter of that name": lambda: adapters([ADAPTER], "RTX"),
    "a method of a device's": lambda: THERE.sum,
    "DLPack of a device's": lambda: THERE.__dlpack__(),
    "a pickle of a device's": lambda: pickle.dumps(THERE),
    "the digits of a device's": lambda: f"{THERE:.3f}",
    "no numbers for a device": lambda: _array.asarray(np.array([None])),
    "no type for a device": lambda: _array.asarray(1.0, "nope"),
    "no signature": lambda: wg.compile(np.sin, device="webgpu")._found(({1},), []),
    "another way on a device": other_way,
    "a folder for a page": lambda: wg.compile(np.sin, device="webgpu").export(3),
    "an update for a page": lambda: wg.compile(np.sin, device="webgpu").export("", update=["x"]),
    "no device": lambda: adapters([ADAPTER]),
    "no budget": lambda: wg.webgpu.set_memory_budget(0),
    "a lost device": forked,
    "two of a name": lambda: _export._by_name([("x", SLOT), ("x", SLOT)]),
    "an update of nothing": lambda: _export._updates({"y": "x"}, {}, {}),
    "an update of a tree": lambda: _export._updates({"y": "x"}, {"x": SLOT}, {"y.a": SLOT}),
    "an update of another shape": lambda: _export._updates({"y": "x"}, {"x": SLOT}, {"y": {**SLOT, "shape": [2]}}),
    "for a device in a transform": lambda: wg.grad(lambda x: _function._leaf(x))(SINGLES),
    "for a device around a transform": lambda: wg.grad(
        lambda x: _function.recording(lambda y: x * y, (SINGLES,), {}))(SINGLES),
}  # fmt: skip


@wg.custom_vjp
def ruled_square(x: Any) -> Any:
    return x * x


ruled_square.defvjp(lambda x: (x * x, x), lambda x, ybar: (2.0 * ybar * x,))


@wg.custom_vjp
def endless(x: Any) -> Any:
    return x


endless.defvjp(lambda x: (x, x), lambda x, ybar: (wg.grad(endless)(x),))


@wg.custom_vjp
def keyword_ruled(x: Any, *, y: Any) -> Any:
    return x * y


keyword_ruled.defvjp(lambda x, *, y: (x * y, y), lambda y, ybar: (ybar * y,))


@wg.custom_jvp
def twice_its_tangent(x: Any) -> Any:
    return x * 1.0


twice_its_tangent.defjvp(lambda primals, tangents: (primals[0], 2.0 * tangents[0]))


def listed(f: Any, x: Any) -> Any:
    program = wg.record(f, x)
    return program, document(program, (x,))
