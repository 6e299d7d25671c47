"""Inside of wengert.debug a NaN or an infinity names its maker: operation, place, operands, the line of the program."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import wengert as wg

X = np.array([3.0, 2.0, 1.0, 0.0])


def refusal(f, *args, **options) -> str:
    """What debug says of f(*args)."""
    with wg.debug(**options), pytest.raises(wg.NonFiniteError) as caught:
        f(*args)
    return str(caught.value)


def log_of_zero(x):
    y = x - 1.0
    return np.sum(np.log(y) * 2.0)  # here


def root(x):
    return np.sum(np.sqrt(2.0 * x))  # the root


def safe_root(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


def test_a_value_names_operation_element_operand_and_line():
    said = refusal(wg.grad(log_of_zero), X)
    assert said.startswith("log: not finite: the value is -inf at (2,) where x is 0; x: float64 (4,)")
    assert __file__ in said
    assert "return np.sum(np.log(y) * 2.0)  # here" in said


def test_an_adjoint_names_the_line_that_recorded_the_operation():
    said = refusal(wg.grad(root), X)
    assert said.startswith("sqrt, reverse sweep: not finite: what it adds to the adjoint of x is inf at (3,)")
    assert "where ybar is 1, x is 0, y is 0" in said
    assert "recorded at" in said
    assert "# the root" in said


def test_a_tangent_names_it_too():
    said = refusal(wg.jvp, root, (X,), (np.ones(4),))
    assert said.startswith("sqrt, forward sweep: not finite: the tangent along x is inf at (3,) where dx is 2")
    assert "# the root" in said


def test_a_second_derivative_names_the_line_of_the_first_one():
    def f(x):
        return np.sum(x**1.5)  # its second derivative

    assert np.all(np.isfinite(wg.grad(f)(X)))
    assert "# its second derivative" in refusal(wg.hvp, f, X, np.ones(4))


def test_numbers_are_looked_at_as_arrays_are():
    def f(x):
        return 3.0 * x / (x - 2.0)  # a pole

    said = refusal(wg.grad(f), 2.0)
    assert said.startswith("divide: not finite: the value is inf where a is 6, b is 0")
    assert "# a pole" in said
    assert "multiply" in refusal(wg.value_and_grad(lambda x: x * x), 1e200)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_shapes_and_broadcasting_are_told(dtype):
    a, b = np.ones((2, 3), dtype), np.array([1.0, 0.0, 2.0], dtype)
    said = refusal(wg.grad(lambda a, b: np.sum(a / b)), a, b)
    assert said.startswith("divide: not finite: the value is inf at (0, 1) where a is 1, b is 0")
    assert f"a: {np.dtype(dtype).name} (2, 3), b: {np.dtype(dtype).name} (3,)" in said


def test_structural_primitives_are_judged_as_a_whole():
    assert "sum: not finite" in refusal(wg.grad(np.sum), np.array([1e308, 1e308]))
    assert "inv, reverse sweep" in refusal(wg.grad(lambda a: np.sum(np.linalg.inv(a * np.eye(2)))), 1e-200)
    assert "inv, forward sweep" in refusal(wg.jvp, lambda a: np.sum(np.linalg.inv(a * np.eye(2))), (1e-200,), (1.0,))


def test_what_nothing_records_is_looked_at_too():
    assert "log" in refusal(lambda: wg.numpy.log(wg.asarray([1.0, 0.0])))
    assert "matmul" in refusal(lambda: wg.asarray([[1e200]]) @ wg.asarray([[1e200]]))


def test_infinities_that_were_there_are_passed_over():
    mask = np.array([0.0, -np.inf, 0.0, -np.inf])
    with wg.debug():
        found = wg.grad(lambda x: wg.special.logsumexp(x + mask))(X)
    np.testing.assert_allclose(found, [np.e**2 / (1 + np.e**2), 0, 1 / (1 + np.e**2), 0])


def test_the_first_bad_element_is_the_first_that_an_operation_made():
    said = refusal(wg.grad(lambda x: np.sum(np.log(x))), np.array([1.0, np.inf, np.nan, 0.0]))
    assert "the value is -inf at (3,)" in said


def test_a_nan_in_the_data_is_found_when_the_result_is_one():
    data = np.array([1.0, np.nan])

    def f(x):
        return np.sum(x * data)  # meets it

    said = refusal(wg.grad(f), np.ones(2))
    assert said.startswith("multiply: not finite: the value is nan at (1,) where a is 1, b is nan")
    assert "# meets it" in said
    assert "was there before" in said
    with wg.debug():
        np.testing.assert_array_equal(wg.grad(lambda x: np.nansum(x * data))(np.ones(2)), [1.0, 0.0])


def test_infinities_may_be_allowed():
    with wg.debug("nan"):
        assert wg.grad(root)(X)[3] == np.inf
    assert "log: not finite: the value is nan at (3,)" in refusal(wg.grad(log_of_zero), X, nonfinite="nan")


def test_outside_nothing_is_said_and_a_nested_context_gives_the_outer_one_back():
    assert wg.grad(root)(X)[3] == np.inf
    with wg.debug():
        with wg.debug(False):
            assert wg.grad(root)(X)[3] == np.inf
        with pytest.raises(FloatingPointError):
            wg.grad(root)(X)
    assert wg.grad(root)(X)[3] == np.inf


def test_a_recording_that_is_open_is_watched_from_then_on_and_no_longer():
    with wg.Tape() as tape:
        x = tape.watch(0.0)
        early = np.sqrt(x)
        with wg.debug():
            late = 2.0 * x  # watched
            with pytest.raises(wg.NonFiniteError, match="recorded before debugging began"):
                tape.gradient(early, x)
            with pytest.raises(wg.NonFiniteError, match="a pole of the slope"):
                tape.gradient(np.cbrt(late), x)  # a pole of the slope
        assert tape.gradient(early, x) == np.inf
        assert np.log(x) == -np.inf


def test_derivatives_are_what_they_are_without_it():
    def f(x):
        y = np.tanh(x @ x) * x.sum(axis=0)
        for k in range(3):
            y = y * x[0, k] + np.exp(-y)
        return np.sum(wg.checkpoint(np.sin)(y) ** 2)

    x = np.random.default_rng(0).normal(size=(3, 3))
    plain = [wg.grad(f)(x), wg.jvp(f, (x,), (x,))[1], wg.hvp(f, x, x), wg.hessian(f)(x)]
    with wg.debug(zero_times_inf=True):
        seen = [wg.grad(f)(x), wg.jvp(f, (x,), (x,))[1], wg.hvp(f, x, x), wg.hessian(f)(x)]
    for a, b in zip(plain, seen, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


def test_a_rule_of_the_users_is_a_program_of_its_own():
    @wg.custom_vjp
    def f(x):
        return np.sin(x)

    f.defvjp(lambda x: (np.sin(x), x), lambda x, ybar: (ybar / (x - 2.0),))  # the rule
    said = refusal(wg.grad(f), 2.0)
    assert said.startswith("divide: not finite")
    assert "# the rule" in said


def test_a_rule_may_turn_debugging_off_and_on():
    @wg.custom_vjp
    def f(x):
        return np.sin(x)

    def rule(x, ybar):
        with wg.debug(False):
            return (ybar * np.sqrt(x) + np.log(x),)

    f.defvjp(lambda x: (np.sin(x), x), rule)
    with wg.debug():
        assert wg.grad(lambda x: f(2.0 * x))(0.5) == 2.0
        assert wg.grad(lambda x: f(x) + x)(0.0) == -np.inf
    assert wg.grad(f)(0.0) == -np.inf


def test_strong_zeros_are_reported_where_asked_for():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with wg.debug(zero_times_inf=True):
            np.testing.assert_array_equal(wg.grad(safe_root)(np.array([4.0, 0.0])), [0.25, 0.0])
    (warning,) = seen
    assert warning.category is wg.StrongZeroWarning
    said = str(warning.message)
    assert "sqrt, reverse sweep: zero times infinity" in said
    assert "at (1,) where ybar is 0, the partial is inf, x is 0" in said
    assert "np.where(x > 0, np.sqrt(x), 0.0)" in said
    with pytest.warns(wg.StrongZeroWarning, match="forward sweep"), wg.debug(zero_times_inf=True):
        wg.jvp(safe_root, (np.array([0.0]),), (np.array([0.0]),))


def test_strict_products_are_those_of_ieee_754_in_every_mode():
    x, v = np.array([4.0, 0.0]), np.array([1.0, 0.0])
    masked = lambda x: np.sum(np.where(x > 0, x**1.5, 0.0))
    with wg.strict():
        np.testing.assert_array_equal(wg.grad(safe_root)(x), [0.25, np.nan])
        assert wg.jvp(safe_root, (x,), (v,))[1] == 0.25  # the NaN is not taken
        assert np.isnan(wg.grad(lambda a: np.sqrt(a) * 0.0)(0.0))
        assert np.isnan(wg.jvp(lambda a: np.sqrt(a), (0.0,), (0.0,))[1])
        assert np.isnan(wg.grad(wg.grad(masked))(0.0))
        np.testing.assert_array_equal(wg.hvp(masked, x, np.ones(2)), [0.375, np.nan])
    np.testing.assert_array_equal(wg.grad(safe_root)(x), [0.25, 0.0])
    np.testing.assert_array_equal(wg.hvp(masked, x, np.ones(2)), [0.375, 0.0])


def test_strict_derivatives_are_the_others_where_all_is_finite():
    f = lambda x: np.sum(np.tanh(x @ x) * np.exp(-x) + np.linalg.norm(x) * x**3)
    x = np.random.default_rng(1).normal(size=(3, 3))
    with wg.strict():
        found = wg.grad(f)(x), wg.jvp(f, (x,), (x,))[1], wg.hvp(f, x, x)
    for a, b in zip(found, (wg.grad(f)(x), wg.jvp(f, (x,), (x,))[1], wg.hvp(f, x, x)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    with wg.strict():
        wg.testing.check_grads(f, (x,), order=2)


def test_strict_products_are_found_by_debug():
    with wg.strict():
        said = refusal(wg.grad(safe_root), np.array([4.0, 0.0]))
    assert "sqrt, reverse sweep: not finite: what it adds to the adjoint of x is nan at (1,) where ybar is 0" in said


def test_empty_arrays_and_arrays_of_shape_zero_pass():
    with wg.debug(zero_times_inf=True):
        assert wg.grad(root)(np.zeros(0)).shape == (0,)
        assert wg.grad(lambda x: np.sum(x) * 2)(np.array(3.0, np.float32)) == 2.0


def test_another_kind_of_nonfinite_is_refused():
    with pytest.raises(ValueError, match="debug: nonfinite: given 'inf'"), wg.debug(nonfinite="inf"):
        pass
