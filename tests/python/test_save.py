"""Saved programs: back bit for bit, and whatever else a file holds is refused."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import multiprocessing
import pickle
import random
import re
import struct
import subprocess
import sys
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saved_by_name
import wengert as wg
import wengert.numpy as wnp
from agreement import quietly
from saved_by_name import Model, Pair
from structural_cases import Case
from test_programs import assert_same_bits, every, scalar, smooth

X = np.array([0.5, -1.25, 2.0])


def without_lines(listing: str) -> str:
    """The lines of the source are not saved."""
    return re.sub(r" +[^ ]+\.py:\d+: .*$", "", listing, flags=re.MULTILINE)


def file_of(program: wg.Program) -> bytes:
    f = io.BytesIO()
    program.save(f)
    return f.getvalue()


def again(program: wg.Program) -> wg.Program:
    return wg.load(io.BytesIO(file_of(program)))


def read(file: bytes) -> wg.Program:
    return wg.load(io.BytesIO(file))


def checksum(file: bytes) -> int:
    """The one of docs/programs.md."""
    total = 0
    for part in (file[:24], file[32:]):
        for (word,) in struct.iter_unpack("<Q", part.ljust(-(-len(part) // 8) * 8, b"\0")):
            total = (total ^ word) * 0x9E3779B97F4A7C15 % 2**64
            total ^= total >> 32
    return total


def sealed(file: bytes) -> bytes:
    """The same with the length and the checksum that belong to it."""
    file = file[:16] + struct.pack("<Q", len(file)) + file[24:]
    return file[:24] + struct.pack("<Q", checksum(file)) + file[32:]


def branching(x: Any) -> Any:
    y = wnp.sum(wnp.exp(x[:2] * 0.5) @ np.ones((2, 2)))
    return y * 2.0 if y > 1.0 else x[0]


# There and back.


@every
def test_a_program_that_was_saved_is_the_function_still(row: Case) -> None:
    x = [wg.asarray(each) for each in row.arguments(0)]
    program = quietly(wg.record, lambda *x: row.f(wnp, *x), *x)
    if not isinstance(program, wg.Program):
        return
    back = again(program)
    assert str(back) == without_lines(str(program))
    assert back.stats() == program.stats()
    assert_same_bits(quietly(back, *x), quietly(program, *x))
    assert file_of(back) == file_of(program)


@smooth
def test_a_program_that_was_saved_has_the_derivatives_of_the_function(row: Case) -> None:
    f, everything = scalar(row), tuple(range(len(row.arguments(0))))
    if not isinstance(quietly(f, *map(wg.asarray, row.arguments(0))), wg.Array):
        return
    x = row.arguments(0)
    back = again(quietly(wg.record, f, *x))
    expected = quietly(wg.grad(f, everything), *x)
    for got in (quietly(back.grad, *x, argnums=everything), quietly(wg.grad(back, everything), *x)):
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-13)


def test_every_transform_takes_a_loaded_program() -> None:
    def f(x: Any) -> Any:
        return wnp.sum(wnp.sin(x) * x[::-1] ** 3)

    p, v = again(wg.record(f, X)), np.array([1.0, 0.0, 2.0])
    np.testing.assert_array_equal(p.hessian(X), wg.hessian(f)(X))
    np.testing.assert_array_equal(wg.hvp(p, X, v), wg.hvp(f, X, v))
    np.testing.assert_array_equal(wg.jvp(p, (X,), (v,)), wg.jvp(f, (X,), (v,)))
    np.testing.assert_array_equal(wg.vmap(p)(np.stack([X, v])), wg.vmap(f)(np.stack([X, v])))
    np.testing.assert_array_equal(wg.vmap(wg.grad(p))(np.stack([X, v])), wg.vmap(wg.grad(f))(np.stack([X, v])))
    np.testing.assert_array_equal(p.batch(np.stack([X, v])), wg.vmap(f)(np.stack([X, v])))
    np.testing.assert_array_equal(wg.compile(wg.grad(p))(X), wg.grad(f)(X))
    np.testing.assert_array_equal(wg.record(lambda x: p(x) * 2.0, X)(v), f(v) * 2.0)


def test_trees_and_what_is_no_array_in_them_come_back() -> None:
    arguments = (Model(np.eye(3), "linear"), X)
    p = wg.record(saved_by_name.loss, *arguments)
    got, expected = again(p)(*arguments), p(*arguments)
    assert type(got["pair"]) is Pair
    assert got["pair"].y[1] == [3, None, "text"]
    assert list(got) == list(expected)
    assert_same_bits([got["loss"], got["pair"].x, got["pair"].y[0]], [*_arrays(expected)])
    with pytest.raises(wg.ShapeError, match="trees differ"):
        again(p)(Model(np.eye(3), "other"), X)
    with pytest.raises(wg.ShapeError, match="trees differ"):
        again(p)(X, X)
    gradient, expected = (wg.grad(lambda m, x, q=q: q(m, x)["loss"], 1)(*arguments) for q in (again(p), p))
    assert_same_bits(gradient, expected)


def _arrays(y: Any) -> list[Any]:
    return [y["loss"], y["pair"].x, y["pair"].y[0]]


CONSTANTS = [
    True,
    -(2**80),
    1.5,
    float("-inf"),
    -0.0,
    2 - 3j,
    "näme\ud800",
    None,
    np.float32(0.1),
    np.bool_(True),
    np.arange(6, dtype=np.int16).reshape(2, 3).T,
    np.zeros((0, 2)),
    np.array([1 + 2j], np.complex64),
    {"b": 1, "a": (2, [3])},
    OrderedDict(z=1, a=2),
    {1: "x", (2, "y"): None},
    (),
    [],
    {},
]


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda x: ascii(x)[:20])
def test_a_result_that_is_no_array_comes_back(constant: Any) -> None:
    back = again(wg.record(lambda x: (x * x, constant), 3.0))(2.0)
    assert back[0] == 4.0
    assert type(back[1]) is type(constant)
    assert repr(back[1]) == repr(constant)
    assert not isinstance(constant, np.ndarray) or back[1].dtype == constant.dtype


def test_what_has_no_form_in_a_file_is_refused_when_it_is_saved() -> None:
    for held in (Fraction(1, 2), object, {Fraction(1, 2): 3}, np.array(["a"])):
        with pytest.raises(wg.FormatError, match="no form in a file"):
            file_of(wg.record(lambda x, held=held: (x, held), 1.0))
    with pytest.raises(wg.FormatError, match="no form in a file"):
        file_of(wg.record(lambda x, y: x, 1.0, Fraction(1, 2)))


@pytest.mark.parametrize("dtype", ["?", "b", "h", "i", "q", "B", "H", "I", "Q", "f", "d", "F", "D"])
def test_constants_of_every_type_come_back_bit_for_bit(dtype: str) -> None:
    bits = np.random.default_rng(1).integers(0, 2 if dtype == "?" else 256, (7, 30, np.dtype(dtype).itemsize))
    constant = bits.astype(np.uint8).view(dtype)[..., 0]
    p = wg.record(lambda x: (wg.asarray(constant.T), x), 1.0)
    (got, _), (expected, _) = again(p)(1.0), p(1.0)
    assert (got.dtype, got.tobytes()) == (expected.dtype, expected.tobytes()) == (constant.dtype, constant.T.tobytes())


def test_guards_hold_after_loading() -> None:
    p, x = wg.record(branching, X), np.array([3.0, 2.0, 1.0])
    back, low = again(p), np.full(3, -20.0)
    assert back.stats()["guards"] == p.stats()["guards"] > 0
    assert back(x) == branching(x)
    assert_same_bits(back.grad(x), wg.grad(branching)(x))
    for call in (lambda: back(low), lambda: back.grad(low), lambda: wg.grad(back)(low)):
        with pytest.raises(wg.errors.GuardError):
            call()
    with pytest.raises(wg.TracedValueError, match="differ from lane to lane"):
        wg.vmap(back)(np.stack([x, low]))


def test_other_shapes_than_recorded_are_refused_under_a_transform_too() -> None:
    p = wg.record(lambda x, y: wnp.sum(x * x) * y, X, 2.0)
    for each in (p, again(p)):
        for other in (X[:2], X[None], X.astype(np.float32), np.arange(3)):
            with pytest.raises(wg.ShapeError, match="array 0 differs"):
                wg.jvp(lambda y, other=other, each=each: each(other, y), (1.0,), (1.0,))
            with pytest.raises(wg.ShapeError, match="array 0 differs"):
                each(other, 1.0)


def test_a_number_written_out_keeps_the_type_it_was_recorded_with() -> None:
    p = wg.record(lambda x, y: x * y, X.astype(np.float32), 2.0)
    assert (
        wg.jvp(lambda x: p(x, 2.0), (X.astype(np.float32),), (X.astype(np.float32),))[0].dtype
        == p(X.astype("f"), 2.0).dtype
    )


def test_functions_with_rules_of_their_own_run_after_loading_and_refuse_a_derivative() -> None:
    @wg.custom_vjp
    def f(x: Any) -> Any:
        return wnp.sin(x)

    f.defvjp(lambda x: (wnp.sin(x), x), lambda x, bar: (bar * 100.0,))
    p = wg.record(lambda x: wnp.sum(f(x)), X)
    assert_same_bits(p.grad(X), np.full(3, 100.0))
    back = again(p)
    assert back(X) == p(X)
    for derivative in (back.grad, wg.grad(back), back.hessian):
        with pytest.raises(wg.TracedValueError, match="rules of their own"):
            derivative(X)


# Paths.


def test_a_path_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "program.wg"
    wg.record(lambda x: x * 2.0, 1.0).save(path)
    (tmp_path / "link").symlink_to(path)
    wg.record(lambda x: x * 3.0, 1.0).save(str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert wg.load(path)(1.0) == wg.load(str(path))(1.0) == 3.0
    (tmp_path / "other").touch()
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode
    with pytest.raises(wg.FormatError):
        wg.record(lambda x: (x, Fraction(1, 2)), 1.0).save(path)
    with pytest.raises(FileNotFoundError):
        wg.record(lambda x: x, 1.0).save(tmp_path / "nowhere" / "program.wg")
    assert wg.load(path)(1.0) == 3.0


FULL_DISK = """
import resource, signal, sys
import numpy as np
import wengert as wg
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
program = wg.record(lambda x: x * np.ones(10000), 1.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    program.save(sys.argv[1])
except OSError:
    print("refused")
"""


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "program.wg"
    wg.record(lambda x: x * 2.0, 1.0).save(path)
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
    assert list(tmp_path.iterdir()) == [path]
    assert wg.load(path)(1.0) == 2.0


# Other processes.


def test_programs_travel_to_other_processes_and_give_the_same_bits_there() -> None:
    arguments = (Model(np.eye(3), "linear"), X)
    p, q = wg.record(saved_by_name.loss, *arguments), wg.record(branching, X)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert_same_bits(pool.submit(p, *arguments).result()["loss"], p(*arguments)["loss"])
        both = list(pool.map(saved_by_name.value_and_gradient, [q, q], [X, X + 1.0]))
    for (value, gradient), x in zip(both, (X, X + 1.0), strict=True):
        assert_same_bits([value, gradient], [q(x), q.grad(x)])


def test_copies_of_a_program_are_programs() -> None:
    p = wg.record(branching, X)
    for each in (copy.deepcopy(p), copy.copy(p), pickle.loads(pickle.dumps(p)), pickle.loads(pickle.dumps(again(p)))):
        assert_same_bits([each(X), each.grad(X)], [p(X), p.grad(X)])


def test_compiled_functions_are_pickled_as_their_functions() -> None:
    assert pickle.loads(pickle.dumps(saved_by_name.decorated)) is saved_by_name.decorated
    f = wg.compile(saved_by_name.square, guards="raise")
    back = pickle.loads(pickle.dumps(f))
    assert (back.f, back.guards, back(3.0)) == (saved_by_name.square, "raise", 9.0)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(wg.compile(lambda x: x))


# Files that are none.


def small() -> wg.Program:
    return wg.record(lambda x: (x * x if x > 0.5 else x, None), 1.0)


def test_a_file_cut_anywhere_is_refused() -> None:
    file = file_of(small())
    for n in range(len(file)):
        with pytest.raises(wg.FormatError):
            read(file[:n])
        if n >= 32:
            with pytest.raises(wg.FormatError):
                read(sealed(file[:n]))
    with pytest.raises(wg.FormatError):
        read(file + b"\0")
    with pytest.raises(wg.FormatError):
        read(sealed(file + b"\0"))


def test_a_file_with_one_byte_changed_is_refused() -> None:
    file = file_of(small())
    assert checksum(file) == struct.unpack("<Q", file[24:32])[0]
    for k in range(len(file)):
        for other in {0, 1, 255, file[k] ^ 1, file[k] ^ 128, (file[k] + 1) % 256} - {file[k]}:
            with pytest.raises(wg.FormatError):
                read(file[:k] + bytes([other]) + file[k + 1 :])


def runs_or_refuses(file: bytes) -> bool:
    """Loads, runs and differentiates what is in a file, whatever it is; did it load?"""
    try:
        program = read(file)
    except wg.FormatError:
        return False
    call = program._call
    str(program)
    given = [np.zeros_like(np.asarray(each)) for each in call.arrays]
    arguments = call.arguments(given)[0]
    for run in (program, program.grad, lambda *x: wg.jvp(program, x, x)):
        with contextlib.suppress(wg.errors.Error, MemoryError):
            quietly(run, *arguments)
    return True


def test_alterations_that_the_checksum_does_not_tell_give_no_crash() -> None:
    draw, loaded = random.Random(7), 0
    files = [file_of(small()), file_of(wg.record(branching, X)), file_of(wg.record(lambda x: x[::-1][[0, 2]], X))]
    for _ in range(2000):
        file = bytearray(draw.choice(files))
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(32, len(file))
            file[at] = draw.choice([0, 1, 2, 3, 127, 128, 255, draw.randrange(256), file[at] ^ 1 << draw.randrange(8)])
        loaded += runs_or_refuses(sealed(bytes(file)))
    assert 50 < loaded < 1950


def test_a_newer_version_is_named() -> None:
    file = file_of(small())
    with pytest.raises(wg.FormatError, match="version 7: this version of wengert reads up to version 1"):
        read(sealed(file[:8] + struct.pack("<Q", 7) + file[16:]))


def test_an_unknown_primitive_is_named() -> None:
    file = file_of(small())
    with pytest.raises(wg.FormatError, match="'multiplx'"):
        read(sealed(file.replace(b"multiply", b"multiplx")))


def with_notes(program: wg.Program, **changes: Any) -> bytes:
    recorded = program._recorded.program
    notes = json.loads(wg._core.load_program(file_of(program))[1])
    return recorded.save(json.dumps({**notes, **changes}))


ARRAY = {"array": None}
HOSTILE = [
    ARRAY,
    {"tuple": []},
    {"tuple": [ARRAY, ARRAY]},
    {"tuple": [{"class": ["os", "stat_result", ["st_mode"], [ARRAY]]}]},
    {"tuple": [{"class": ["antigravity", "Flight", ["x"], [ARRAY]]}]},
    {"tuple": [{"class": ["saved_by_name", "Pair", ["x"], [ARRAY]]}]},
    {"tuple": [{"class": ["saved_by_name", "Pair", ["x", "y"], [ARRAY]]}]},
    {"tuple": [{"class": ["saved_by_name", "square", ["x"], [ARRAY]]}]},
    {"tuple": [{"dict": [[{"list": []}, ARRAY]]}]},
    {"tuple": [{"dict": [ARRAY]}]},
    {"tuple": [{"eval": "1"}]},
    {"tuple": [{"float": "x"}, ARRAY]},
    {"tuple": [{"int": "3"}, ARRAY]},
    {"tuple": [{"ndarray": ["|O", [1], "AAAAAAAAAAA="]}]},
    {"tuple": [{"ndarray": ["<f8", [2], "AAAAAAAAAAA="]}]},
    {"tuple": [{"ndarray": ["|b1", [1], "Ag=="]}]},
    {"tuple": [{"ndarray": ["<f99", [1], "Ag=="]}]},
    {"tuple": [{"number": ["<f8", [-1, -1], "AAAAAAAAAAA="]}]},
    {"tuple": 3},
    {},
    [],
    None,
    7,
    "x",
]


@pytest.mark.parametrize("notes", HOSTILE, ids=str)
def test_hostile_notes_are_refused_and_import_nothing(notes: Any) -> None:
    modules = set(sys.modules)
    with pytest.raises(wg.FormatError):
        read(with_notes(small(), arguments=notes))
    with pytest.raises(wg.FormatError):
        read(with_notes(small(), result={"tuple": [notes, ARRAY, ARRAY]}))
    assert set(sys.modules) == modules


def test_notes_that_are_nested_without_end_are_refused() -> None:
    recorded = small()._recorded.program
    for text in ("[" * 100_000, '{"tuple":[' * 100_000, "{", '{"result": 1}', "9" * 10_000, "\udcff"):
        with pytest.raises(wg.FormatError):
            read(recorded.save(text.encode("utf-8", "surrogateescape")))


def test_a_class_whose_module_is_not_imported_is_asked_for() -> None:
    file = file_of(wg.record(lambda p: p.x, Pair(1.0, 2.0)))
    code = "import sys, wengert as wg\ntry: wg.load(sys.argv[1])\nexcept wg.FormatError as e: print(e)"
    done = subprocess.run(
        [sys.executable, "-c", code, "/dev/stdin"], input=file, capture_output=True, check=True, timeout=100
    )
    assert b"no namedtuple or dataclass saved_by_name.Pair here: import its module first" in done.stdout


def test_a_path_that_cannot_be_written_is_named_as_it_was_given(tmp_path: Any) -> None:
    program = wg.record(lambda x: x * x, 1.0)
    for path in (tmp_path, tmp_path / "none" / "p"):
        before = sorted(tmp_path.parent.iterdir())
        with pytest.raises(OSError, match=re.escape(str(path))) as caught:
            program.save(path)
        assert (caught.value.filename, caught.value.filename2) == (str(path), None)
        assert sorted(tmp_path.parent.iterdir()) == before


def test_what_is_no_file_is_refused_by_its_type() -> None:
    with pytest.raises(wg.ArgumentError, match="load: no file: given int"):
        wg.load(3)
