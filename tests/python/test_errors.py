"""Bad input: every error names the operation, what differs and what was given, and leaves no trace."""

from __future__ import annotations

import math
import re
import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp

THIS_FILE = r"test_errors\.py:\d+"


@pytest.fixture(autouse=True)
def the_library_still_works() -> Any:
    yield
    assert wg.grad(wg.grad(lambda x: x**3))(2.0) == 12.0
    assert wg.jvp(lambda x: wnp.sum(x * x), (np.ones(3),), (np.ones(3),))[1] == 6.0


def outside(x: Any) -> Any:
    """x, recorded, taken out of its transform."""
    leaked = []
    wg.grad(lambda x: leaked.append(x * 2.0) or wnp.sum(x))(x)
    return leaked[0]


SHAPES: dict[str, tuple[Callable[[], Any], str]] = {
    "add": (lambda: wnp.add(np.ones((2, 3)), np.ones((3, 2))), r"add: .*\(2, 3\).*\(3, 2\)"),
    "operator": (lambda: wg.asarray(np.ones(2)) * np.ones(3), r"multiply: .*\(2,\).*\(3,\)"),
    "matmul": (lambda: wnp.matmul(np.ones((2, 3)), np.ones((2, 3))), r"matmul: .*\(2, 3\).*\(2, 3\)"),
    "matmul of scalars": (lambda: wnp.matmul(np.ones(()), np.ones(2)), r"matmul: .*\(\)"),
    "reshape": (lambda: wnp.reshape(np.ones(6), (4, 2)), r"reshape: .*\(6,\).*\(4, 2\)"),
    "concatenate": (
        lambda: wnp.concatenate([np.ones((2, 2)), np.ones((2, 3))]), r"concatenate: .*\(2, 2\).*\(2, 3\)"),
    "stack": (lambda: wnp.stack([np.ones(2), np.ones(3)]), r"stack: .*\(2,\).*\(3,\)"),
    "broadcast_to": (lambda: wnp.broadcast_to(np.ones(3), (2, 2)), r"broadcast_to: .*\(3,\).*\(2, 2\)"),
    "solve": (lambda: wnp.linalg.solve(np.eye(3), np.ones(2)), r"solve: .*\(3, 3\).*\(2,\)"),
    "solve of a rectangle": (lambda: wnp.linalg.solve(np.ones((2, 3)), np.ones(2)), r"solve: .*\(2, 3\)"),
    "inv": (lambda: wnp.linalg.inv(np.ones((2, 3))), r"inv: .*\(2, 3\)"),
    "cholesky": (lambda: wnp.linalg.cholesky(np.ones((2, 3))), r"cholesky: .*\(2, 3\)"),
    "transpose": (lambda: wnp.transpose(np.ones((2, 3)), (0, 0)), r"transpose: .*axis"),
    "where": (lambda: wnp.where(np.ones(2, bool), np.ones(3), 0.0), r"where|select"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_wrong_shapes_name_the_operation_and_the_shapes(name: str) -> None:
    call, message = SHAPES[name]
    with pytest.raises(wg.ShapeError, match=message):
        call()


def test_wrong_shapes_inside_a_transform_are_the_same_error() -> None:
    with pytest.raises(wg.ShapeError, match=r"add: .*\(2,\).*\(3,\)"):
        wg.grad(lambda x: wnp.sum(x + np.ones(3)))(np.ones(2))


def test_the_errors_are_also_pythons_own() -> None:
    kinds = {
        wg.ShapeError: ValueError,
        wg.AxisError: np.exceptions.AxisError,
        wg.DomainError: ValueError,
        wg.DTypeError: TypeError,
        wg.TracedValueError: TypeError,
        wg.IndexError: IndexError,
        wg.TapeError: RuntimeError,
    }
    for error, kind in kinds.items():
        assert issubclass(error, kind)
        assert issubclass(error, wg.Error)


FOREIGN = {
    "object": np.array([1.0, None], object),
    "string": np.array(["a", "b"]),
    "bytes": np.array([b"a"]),
    "longdouble": np.ones(2, np.longdouble),
    "complex longdouble": np.ones(2, np.clongdouble),
    "datetime": np.array(["2020-01-01"], "datetime64[D]"),
    "structured": np.zeros(2, [("a", float)]),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_dtypes_are_refused_by_name_everywhere(name: str) -> None:
    x = FOREIGN[name]
    named = re.escape(str(x.dtype))
    for call in (
        lambda: wg.asarray(x),
        lambda: wg.grad(wnp.sum)(x),
        lambda: wnp.sum(x),
        lambda: wg.asarray(1.0) * x,
    ):
        with pytest.raises(wg.DTypeError, match=named):
            call()


def test_a_python_string_is_refused() -> None:
    for x in ("1.0", None, b"1"):
        with pytest.raises(TypeError):
            wnp.sin(x)
        with pytest.raises(TypeError):
            wg.grad(lambda x: x)(x)


def test_grad_of_an_output_that_is_not_a_scalar_names_its_shape_and_the_way_out() -> None:
    with pytest.raises(wg.ShapeError, match=r"grad: .*scalar.*\(3,\)") as caught:
        wg.grad(lambda x: x * 2.0)(np.ones(3))
    assert "jacobian" in str(caught.value) or "vjp" in str(caught.value)
    with pytest.raises(wg.ShapeError, match=r"value_and_grad: .*\(1,\)"):
        wg.value_and_grad(lambda x: x)(np.ones(1))
    with pytest.raises(wg.Error, match="grad: "):
        wg.grad(lambda x: (x, x))(1.0)


def test_grad_of_an_output_that_is_no_number_is_refused() -> None:
    for output in (None, "text", object()):
        with pytest.raises(TypeError, match="grad"):
            wg.grad(lambda x, output=output: output)(1.0)


def test_grad_of_an_integer_or_bool_output_is_refused() -> None:
    for f in (lambda x: x > 0, lambda x: wnp.argmax(x * np.ones(2))):
        with pytest.raises(wg.DTypeError, match=r"bool|int64"):
            wg.grad(f)(1.0)


@pytest.mark.parametrize("x", [2, True, np.int64(2), np.arange(3), np.ones(2, bool)], ids=repr)
def test_integer_input_of_grad_is_refused_with_the_dtype_and_the_way_out(x: Any) -> None:
    with pytest.raises(wg.DTypeError, match=r"grad: .*(int64|bool)") as caught:
        wg.grad(lambda x: wnp.sum(x * 1.0))(x)
    assert "float" in str(caught.value)


def test_an_integer_argument_is_only_refused_where_it_is_differentiated() -> None:
    assert wg.grad(lambda x, n: x**n)(2.0, 3) == 12.0
    with pytest.raises(wg.DTypeError, match=r"grad: .*int64"):
        wg.grad(lambda x, n: x**n, argnums=1)(2.0, 3)


def test_a_leaked_array_says_which_transform_and_which_line_made_it() -> None:
    leaked = outside(np.ones(2))
    for use in (
        lambda: leaked + 1.0,
        lambda: wnp.sin(leaked),
        lambda: leaked.sum(),
        lambda: leaked[0],
        lambda: leaked @ leaked,
    ):
        with pytest.raises(wg.TapeError, match="grad") as caught:
            use()
        assert "test_errors.py" in str(caught.value)


def test_a_leaked_array_may_be_printed_but_not_written_or_differentiated() -> None:
    leaked = outside(np.ones(2))
    assert isinstance(repr(leaked), str)
    with pytest.raises(wg.TapeError):
        leaked[0] = 1.0
    with pytest.raises(wg.TapeError):
        wg.grad(lambda x: wnp.sum(x * leaked))(np.ones(2))
    kept = []
    wg.jvp(lambda x: kept.append(x) or x, (1.0,), (1.0,))
    with pytest.raises(wg.TapeError, match="jvp"):
        kept[0] * 2.0


def test_an_array_of_an_inner_transform_used_in_the_outer_one_is_a_leak_too() -> None:
    kept = []

    def f(x: Any) -> Any:
        wg.grad(lambda y: kept.append(y) or y * x)(1.0)
        return x * kept[0]

    with pytest.raises(wg.TapeError, match="grad"):
        wg.grad(f)(2.0)


def in_another_thread(work: Callable[[], Any]) -> Any:
    outcome: list[Any] = []

    def guarded() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()
    return outcome[0]


def test_use_of_a_recorded_array_from_another_thread_is_refused() -> None:
    outcomes = []

    def f(x: Any) -> Any:
        outcomes.append(in_another_thread(lambda: x * 2.0))
        outcomes.append(in_another_thread(lambda: wnp.sum(x)))
        return x * x

    assert wg.grad(f)(3.0) == 6.0
    assert all(isinstance(outcome, wg.TapeError) and "thread" in str(outcome) for outcome in outcomes)


def test_each_thread_may_take_its_own_gradients_at_the_same_time() -> None:
    def work(k: int) -> Any:
        x = np.linspace(0.0, 1.0, 50) + k
        return all(
            np.array_equal(wg.grad(lambda x: wnp.sum(wnp.sin(x) * x))(x), np.cos(x) * x + np.sin(x)) or
            np.allclose(wg.grad(lambda x: wnp.sum(wnp.sin(x) * x))(x), np.cos(x) * x + np.sin(x), rtol=1e-14)
            for _ in range(50)
        )  # fmt: skip

    outcomes: list[Any] = []
    threads = [threading.Thread(target=lambda k=k: outcomes.append(work(k))) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [True] * 4


@pytest.mark.parametrize(
    "convert", [float, complex, np.asarray, np.array, math.sin, np.float64], ids=lambda f: f.__name__
)
def test_converting_a_recorded_array_names_the_line_and_the_ways_out(convert: Callable[[Any], Any]) -> None:
    def f(x: Any) -> Any:
        return x * convert(x)

    with pytest.raises(wg.TracedValueError, match="stop_gradient") as caught:
        wg.grad(f)(2.0)
    assert "test_errors.py" in str(caught.value)
    assert "np.sin" in str(caught.value)
    assert "np.stack([x, y])" in str(caught.value)


@pytest.mark.parametrize("convert", [float, np.asarray, np.array, math.sin, np.float64], ids=lambda f: f.__name__)
def test_stop_gradient_is_a_way_out(convert: Callable[[Any], Any]) -> None:
    assert wg.grad(lambda x: x * convert(wg.stop_gradient(x)))(2.0) == convert(2.0)


def test_filling_a_numpy_array_with_recorded_values_is_refused() -> None:
    def f(x: Any) -> Any:
        out = np.zeros(2)
        out[0] = x
        return np.sum(out)

    with pytest.raises((TypeError, ValueError)) as caught:
        wg.grad(f)(2.0)
    assert any(isinstance(error, wg.TracedValueError) for error in (caught.value, caught.value.__cause__))


@pytest.mark.parametrize("convert", [float, bool, int], ids=lambda f: f.__name__)
def test_converting_an_array_that_is_not_a_scalar_names_its_shape(convert: Callable[[Any], Any]) -> None:
    with pytest.raises((TypeError, ValueError), match=r"\(3,\)"):
        convert(wg.asarray(np.ones(3)))
    with pytest.raises((TypeError, ValueError), match=r"\(3,\)"):
        wg.grad(lambda x: wnp.sum(x) if convert(x) else x)(np.ones(3))


@pytest.mark.parametrize(
    "index", [3, -4, (0, 0), np.array([0, 3]), [5], np.ones(4, bool), 1.5, "a", np.array([0.5])], ids=repr
)
def test_an_index_out_of_range_or_of_the_wrong_kind_is_an_index_error(index: Any) -> None:
    with pytest.raises(IndexError):
        wg.asarray(np.ones(3))[index]
    with pytest.raises(wg.Error):
        wg.grad(lambda x: x[index].sum())(np.ones(3))


def test_an_index_error_names_the_index_and_the_shape() -> None:
    with pytest.raises(wg.IndexError, match=r"7.*\(3,\)|\(3,\).*7|7.*3"):
        wg.asarray(np.ones(3))[7]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_pass_through_without_an_error(bad: float) -> None:
    x = np.array([1.0, bad, 2.0])
    value, gradient = wg.value_and_grad(lambda x: wnp.sum(wnp.arctan(x) + x))(x)
    np.testing.assert_array_equal(value, np.sum(np.arctan(x) + x))
    np.testing.assert_array_equal(gradient, 1 / (1 + x * x) + 1)


def test_numpy_warnings_are_not_raised_for_poles() -> None:
    assert np.asarray(wnp.log(np.array([0.0, -1.0])))[0] == -np.inf
    assert np.asarray(wnp.divide(1.0, np.zeros(2))).tolist() == [np.inf, np.inf]


def test_an_exception_in_the_function_comes_out_as_it_is() -> None:
    class MineError(Exception):
        pass

    def f(x: Any) -> Any:
        y = wnp.sin(x) * x
        raise MineError(f"after {y.shape}")

    for transform in (
        wg.grad(f),
        lambda x: wg.jvp(f, (x,), (x,)),
        lambda x: wg.vjp(f, x),
        wg.hessian(f),
        wg.grad(wg.grad(f)),
    ):
        with pytest.raises(MineError, match=r"after \(\)"):
            transform(1.0)


def test_an_exception_inside_a_nested_transform_leaves_the_outer_one_usable() -> None:
    def broken(y: Any) -> Any:
        raise ZeroDivisionError

    def f(x: Any) -> Any:
        try:
            wg.grad(lambda y: broken(x * y))(1.0)
        except ZeroDivisionError:
            return x**3
        return x

    assert wg.grad(f)(2.0) == 12.0


def test_ctrl_c_in_the_function_is_a_keyboard_interrupt_and_nothing_else() -> None:
    def f(x: Any) -> Any:
        y = x
        for k in range(10_000):
            if k == 500:
                signal.raise_signal(signal.SIGINT)
            y = wnp.sin(y)
        return y

    # Who starts this in the background of a shell has told it to ignore the interrupt.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            wg.grad(f)(1.0)
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_is_not_callable_is_refused_by_name() -> None:
    for transform in (wg.grad, wg.value_and_grad, wg.jacobian, wg.hessian):
        with pytest.raises(TypeError, match=transform.__name__):
            transform(3.0)(1.0)


def test_singular_and_indefinite_matrices_are_domain_errors() -> None:
    for name in ("solve", "inv", "cholesky"):
        matrix = np.array([[1.0, 2.0], [2.0, 4.0]]) - (np.eye(2) if name == "cholesky" else 0.0)
        arguments = (matrix, np.ones(2)) if name == "solve" else (matrix,)
        with pytest.raises((wg.DomainError, np.linalg.LinAlgError), match=name):
            getattr(wnp.linalg, name)(*arguments)


def test_integers_to_negative_integer_powers_are_refused_as_by_numpy() -> None:
    with pytest.raises(ValueError, match="power"):
        wnp.power(np.arange(3), -1)
