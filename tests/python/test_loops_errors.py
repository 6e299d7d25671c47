"""What loops refuse, and in which words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as wg

ROWS = np.arange(3.0)
WRONG_BODIES = {
    "tree": (lambda x: wg.fori_loop(0, 3, lambda k, y: (y, y), x), wg.ShapeError, "fori_loop: trees differ"),
    "nothing": (lambda x: wg.fori_loop(0, 3, lambda k, y: None, x), wg.ShapeError, "fori_loop: trees differ"),
    "shape": (
        lambda x: wg.fori_loop(0, 3, lambda k, y: np.stack([y, y]), x),
        wg.ShapeError,
        r"fori_loop: shapes differ: leaf 0 of the state is \(\), the body returned \(2,\)",
    ),
    "text": (lambda x: wg.fori_loop(0, 3, lambda k, y: "a", x), wg.DTypeError, "fori_loop: no array"),
    "no pair": (lambda x: wg.scan(lambda s, r: s * x, x, ROWS), TypeError, r"scan: the body must return \(state, y\)"),
    "three": (lambda x: wg.scan(lambda s, r: (s, s, s), x, ROWS), TypeError, "scan: the body must return"),
    "text as y": (lambda x: wg.scan(lambda s, r: (s, "a"), x, ROWS), wg.DTypeError, "scan: no array"),
    "lengths": (lambda x: wg.scan(lambda s, r: (s, s), x, (ROWS, np.ones(4))), wg.ShapeError, "scan: lengths differ"),
    "length": (lambda x: wg.scan(lambda s, r: (s, s), x, ROWS, length=4), wg.ShapeError, "scan: lengths differ"),
    "no length": (lambda x: wg.scan(lambda s, r: (s, s), x), wg.ShapeError, "scan: lengths differ"),
    "half a length": (lambda x: wg.scan(lambda s, r: (s, s), x, None, 2.5), wg.DTypeError, "a whole number: given 2.5"),
    "no rows": (lambda x: wg.scan(lambda s, r: (s, s), x, 3.0), wg.ShapeError, "scan: no rows"),
    "many truths": (
        lambda x: wg.while_loop(lambda s: np.stack([s, s]) < 3, lambda s: s * 2, x),
        wg.ShapeError,
        "while_loop: cond must return one truth value",
    ),
    "no truth": (lambda x: wg.while_loop(lambda s: None, lambda s: s * 2, x), wg.DTypeError, "object"),
    "no function": (lambda x: wg.fori_loop(0, 3, 5, x), TypeError, "fori_loop"),
    "bound": (lambda x: wg.fori_loop(0, x, lambda k, y: y, x), wg.DTypeError, "upper: a whole number"),
    "half a bound": (lambda x: wg.fori_loop(0.5, 3, lambda k, y: y, x), wg.DTypeError, "lower: a whole number"),
    "too far": (lambda x: wg.fori_loop(0, 2**70, lambda k, y: y, x), ValueError, "upper: at most 2"),
    "state": (lambda x: wg.fori_loop(0, 3, lambda k, y: y, "a"), wg.DTypeError, "the state holds str"),
}  # fmt: skip


@pytest.mark.parametrize("of", [lambda f: f, wg.grad, wg.compile], ids=["value", "grad", "compile"])
@pytest.mark.parametrize("wrong", WRONG_BODIES)
def test_a_wrong_body_is_refused_in_words(wrong: str, of: Any) -> None:
    f, error, words = WRONG_BODIES[wrong]
    with pytest.raises(error, match=words):
        of(f)(2.0)
    assert wg.grad(lambda x: wg.fori_loop(0, 3, lambda k, y: y * x, 1.0))(2.0) == 12.0


@pytest.mark.parametrize(
    "options",
    [
        *({"snapshots": n} for n in (0, -1, True, 2.5, "3")),
        *({"block": n} for n in (0, True, 2.5)),
        *({"memory": m} for m in ("lots", -1, 0, True, "", "MB", "nan", "inf", "-5MB", float("nan"))),
        {"snapshots": 2, "memory": "1MB"},
    ],
    ids=str,
)
def test_a_budget_that_is_none_is_refused(options: Any) -> None:
    with pytest.raises(ValueError, match=r"fori_loop: (snapshots|block|memory)"):
        wg.fori_loop(0, 3, lambda k, y: y, 1.0, **options)


@pytest.mark.parametrize(
    "options", [{"snapshots": np.int64(2)}, {"snapshots": 10**30}, {"block": 10**25}, {"memory": "2 kB"}]
)
def test_numbers_of_any_size_are_budgets(options: Any) -> None:
    assert wg.grad(lambda x: wg.fori_loop(0, 3, lambda k, y: y * x, 1.0, **options))(2.0) == 12.0


@pytest.mark.parametrize("of", [lambda f: f, wg.grad, lambda f: wg.grad(wg.grad(f)), wg.vmap])
def test_a_bodys_own_error_passes_through_from_any_step(of: Any) -> None:
    class OwnError(Exception):
        pass

    def body(k: Any, y: Any) -> Any:
        if k == 5:
            raise OwnError("step five")
        return y * 0.5

    with pytest.raises(OwnError, match="step five"):
        of(lambda x: wg.fori_loop(0, 9, body, x))(np.ones(3) if of is wg.vmap else 1.0)


def test_a_body_that_asks_for_a_plain_float_is_told_its_line() -> None:
    with pytest.raises(wg.TracedValueError, match=r"test_loops_errors.py:\d+: .*float\(y\)"):
        wg.fori_loop(0, 3, lambda k, y: float(y) * 2.0, 1.0)
