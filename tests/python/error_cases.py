"""One error of each code, from the line of a user: what raises it, what its message says, what the caret underlines."""

from __future__ import annotations

import io
import math
import sys
import warnings
from collections import namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import wengert as wg
import wengert.numpy as wnp
from wengert import _core
from wengert.explore._document import document
from wengert.webgpu import _array, _device, _function, _pool, _run

ONES = np.ones(3)
SINGLES = np.ones(3, np.float32)
HIDDEN: list[Any] = []
Gone = namedtuple("Gone", "x")


class Case(NamedTuple):
    """What raises, words of the message, and the expression that is underlined."""

    raises: Callable[[], Any]
    says: str
    underlined: str


def in_debug(f: Callable[..., Any], x: Any) -> Any:
    with wg.debug():
        return wg.grad(f)(x)


def strong_zero() -> Any:
    with wg.debug(zero_times_inf=True), warnings.catch_warnings():
        warnings.simplefilter("error")
        wg.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(ONES * 0)


def explored(f: Callable[..., Any]) -> Any:
    return document(wg.record(f, ONES), (ONES,))


def leaked() -> Any:
    kept: list[Any] = []
    wg.grad(lambda x: kept.append(x) or x * x)(1.0)
    return kept[0]


@wg.custom_vjp
def ruled(x: Any) -> Any:
    return x * HIDDEN[0]


ruled.defvjp(lambda x: (x * HIDDEN[0], x), lambda x, ybar: (ybar,))


def hidden(x: Any) -> Any:
    HIDDEN[:] = [x]
    return ruled(x * 2.0)


def entered_twice() -> None:
    scope = _core.Scope("grad", leaked)
    scope.enter()
    try:
        scope.enter()
    finally:
        scope.close()


def saved(f: Callable[..., Any] = lambda x: np.sin(x) * x, x: Any = 1.0) -> bytes:
    file = io.BytesIO()
    wg.record(f, x).save(file)
    return file.getvalue()


def load(file: bytes) -> Any:
    return wg.load(io.BytesIO(file))


def of_another_table() -> bytes:
    from test_save import sealed

    return sealed(saved().replace(b"multiply", b"multiplx"))


def class_gone() -> bytes:
    file = saved(lambda p: p.x * 2.0, Gone(1.0))
    from test_save import sealed

    return sealed(file.replace(b'"Gone"', b'"Done"'))


def kernel(f: Callable[..., Any], x: Any) -> Any:
    """The plan of a program for a device; none has to be there."""
    program = wg.record(f, x)._recorded.program
    return _run.lowered(program)


def on_a_device(f: Callable[..., Any]) -> Any:
    """A call of a function for a device, as far as none is needed."""
    return _function.DeviceFunction(f)._first("key", [SINGLES], [SINGLES], lambda leaves: tuple(leaves), False)


def of_another_process() -> Any:
    device = object.__new__(_device.Device)
    device.pid = 0
    with device.work():
        return device


def full_disk() -> Any:
    """Snapshots where no file can be made."""
    f = lambda x: wg.fori_loop(0, 100, lambda k, y: np.sin(y), x, snapshots=1, block=1, storage="/proc/none")
    return wg.grad(f)(1.0)


def without(package: str, call: Callable[[], Any]) -> Any:
    with mock.patch.dict(sys.modules, {package: None}):
        return call()


@wg.custom_vjp
def squared(x: Any) -> Any:
    return x * x


squared.defvjp(lambda x: (x * x, x), lambda x, ybar: (2.0 * ybar * x,))


def wrong_rule(x: Any) -> Any:
    f = wg.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (x * x, x), lambda x, ybar: (ybar * x,))
    return f(x)


CASES: dict[str, Case] = {
    "WG101": Case(lambda: wg.grad(lambda x: x * math.sin(x))(1.0), "asked for plain numbers", "math.sin(x)"),
    "WG102": Case(lambda: wg.vmap(lambda x: x if x > 0 else -x)(ONES), "differs from lane to lane", "x > 0"),
    "WG103": Case(lambda: wg.grad(load(saved(squared)))(1.0), "which a file cannot", "wg.grad("),
    "WG104": Case(lambda: leaked() + 1.0, "made by grad of <lambda>", "leaked() + 1.0"),
    "WG105": Case(lambda: wg.grad(hidden)(1.0), "not among its arguments", "ruled(x * 2.0)"),
    "WG106": Case(lambda: wg.Tape().watch(1.0), "the tape is not recording", "wg.Tape().watch(1.0)"),
    "WG107": Case(entered_twice, "grad: entered twice", "scope.enter()"),
    "WG108": Case(lambda: wg.record(lambda x: x if x > 0 else -x, 1.0)(-1.0), "guard 0 of 1", "wg.record("),
    "WG109": Case(
        lambda: wg.record(lambda x: wg.fori_loop(0, 10**6, lambda k, y: y + x, x), 1.0), "too long", "wg.record("),
    "WG201": Case(lambda: wg.grad(lambda x: np.sum(x + np.ones(2)))(ONES), r"a is (3,), b is (2,)", "x + np.ones(2)"),
    "WG202": Case(lambda: wnp.reshape(ONES, (2, 2)), "is (3,), the shape asked for is (2, 2)", "wnp.reshape("),
    "WG203": Case(lambda: wg.grad(lambda x: x * 2.0)(ONES), "the function returned shape (3,)", "wg.grad("),
    "WG204": Case(lambda: wg.jvp(lambda p: p["a"], ({"a": 1.0},), (1.0,)), "trees differ", "wg.jvp("),
    "WG205": Case(lambda: wnp.sum(ONES, axis=1), "axis is 1, the array has 1 dimensions", "wnp.sum("),
    "WG206": Case(lambda: wg.vmap(np.add)(ONES, np.ones(2)), "numbers of lanes differ", "wg.vmap("),
    "WG207": Case(lambda: wnp.linalg.inv(np.ones((2, 3))), "not square: the matrix is (2, 3)", "wnp.linalg.inv("),
    "WG208": Case(lambda: wg.asarray(ONES)[7], "position 7 of axis 0 with size 3", "wg.asarray(ONES)[7]"),
    "WG209": Case(lambda: wnp.diff(wg.asarray(1.0)), "the array is ()", "wnp.diff("),
    "WG301": Case(lambda: wg.grad(lambda x: x * 2)(3), "the argument is int64", "wg.grad("),
    "WG302": Case(lambda: wg.grad(lambda x: x * 1j)(1.0), "the output is complex", "wg.grad("),
    "WG303": Case(
        lambda: wg.grad(lambda x: np.sum(np.polydiv(x, x)[0]))(ONES),
        "polydiv: no derivative rule", "np.polydiv(x, x)"),
    "WG304": Case(
        lambda: wg.grad(lambda x: np.sum(np.sin(x, out=np.ones(3))))(ONES),
        "written into a plain NumPy array", "np.sin(x, out=np.ones(3))"),
    "WG305": Case(lambda: wg.asarray("text"), "asarray", 'wg.asarray("text")'),
    "WG306": Case(lambda: wg.asarray([True]) - wg.asarray([True]), "the operands are bool", "wg.asarray([True]) -"),
    "WG401": Case(
        lambda: in_debug(lambda x: np.sum(np.sqrt(x)), ONES * 0), "reverse sweep: not finite", "wg.grad(f)(x)"),
    "WG402": Case(strong_zero, "zero times infinity", ""),
    "WG403": Case(lambda: wnp.linalg.inv(np.zeros((2, 2))), "inv: singular matrix", "wnp.linalg.inv("),
    "WG404": Case(lambda: wg.fixed_point(lambda x: x + 1.0, 1.0), "not settled after 10,000 iterations", "wg.fixed_"),
    "WG405": Case(lambda: wnp.linspace(0.0, 1.0, -1), "a negative number of samples", "wnp.linspace("),
    "WG501": Case(lambda: without("wgpu", _device._wgpu), "wgpu cannot be imported", "call()"),
    "WG502": Case(lambda: _array.stored(ONES), "given float64", "_array.stored(ONES)"),
    "WG503": Case(lambda: on_a_device(lambda x: x if x[0] > 0 else -x), "goes by values", ""),
    "WG504": Case(lambda: kernel(np.linalg.cholesky, np.eye(3, dtype=np.float32)), "cholesky: no kernel", ""),
    "WG505": Case(
        lambda: kernel(lambda x: np.sum(np.cumsum(x.T * x, axis=1)), np.zeros((1, 6000), np.float32)), "134217728", ""),
    "WG506": Case(lambda: _pool.Pool(None, 0, 100).take(200), "0 bytes in use and 200 more, of 100", "_pool.Pool("),
    "WG507": Case(of_another_process, "the process that this one was forked from", "with device.work():"),
    "WG508": Case(lambda: float(object.__new__(_array.DeviceArray)), "no number of Python's unasked", "float("),
    "WG509": Case(lambda: wg.compile(np.sin, device="webgpu").plan(), "none before the first call", "wg.compile("),
    "WG510": Case(lambda: object.__new__(_array.DeviceArray).sum(), "sum: outside of a function", "object.__new__("),
    "WG601": Case(lambda: load(of_another_table()), "'multiplx' is not known to this version", "wg.load("),
    "WG602": Case(lambda: saved(lambda x: (x, object())), "has no form in a file", "wg.record(f, x).save(file)"),
    "WG603": Case(lambda: load(class_gone()), "import its module first", "wg.load("),
    "WG605": Case(lambda: explored(lambda x: np.linalg.eigvals(np.outer(x, x))), "eig: no JavaScript for it", ""),
    "WG604": Case(lambda: load(saved()[:-1]), "truncated, or too long", "wg.load("),
    "WG611": Case(
        lambda: wg.compile(wg.grad(lambda x: np.sum(np.sin(np.exp(x)) * x)), memory="1KB")(np.ones(1000)),
        "memory: 1000 bytes", "wg.compile("),
    "WG612": Case(full_disk, "snapshots on disk", "wg.fori_loop("),
    "WG613": Case(lambda: wnp.zeros((2**40, 2**10)), "memory exhausted", "wnp.zeros("),
    "WG701": Case(lambda: wg.grad(5), "no function: given int", "wg.grad(5)"),
    "WG702": Case(lambda: wg.compile(np.sin, guards="no"), "unknown guards: given 'no'", "wg.compile("),
    "WG703": Case(
        lambda: without("matplotlib", wg.schedules.binomial(3, 2).plot), "plot: matplotlib is missing", "call()"),
    "WG705": Case(lambda: wg.asarray(ONES).__dlpack__(stream=3), "the CPU has none: given 3", "wg.asarray("),
    "WG801": Case(lambda: wg.testing.check_grads(wrong_rule, (3.0,), 1, ["rev"]), "argument 0, element ()", "wg.test"),
}  # fmt: skip


def surprise() -> None:
    """No line of the library raises this class itself."""
    raise wg.Error("something: that nobody thought of: given nothing")


CASES["WG900"] = Case(surprise, "nobody thought of", "")
