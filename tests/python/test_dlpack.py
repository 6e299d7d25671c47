"""DLPack: what is handed to other libraries, and taken from them, without a copy where nobody can write."""

from __future__ import annotations

import gc
import sys
import threading
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.numpy as wnp
from agreement import DTYPES, assert_agrees, filled

SHAPES = [(), (3,), (2, 0), (2, 3, 4)]


def address(x: Any) -> int:
    """Where the elements lie."""
    return int(np.asarray(x).__array_interface__["data"][0])


class Producer:
    """Another library's array: its capsules, and what it was asked for."""

    def __init__(self, values: Any, device: tuple[int, int] = (1, 0), old: bool = False) -> None:
        self.values, self.device, self.old, self.asked = values, device, old, []

    def __dlpack__(self, **options: Any) -> Any:
        if self.old and options:
            raise TypeError("unexpected keyword")
        self.asked.append(options)
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_values_shapes_and_dtypes_survive_both_ways(shape: tuple[int, ...], dtype: str) -> None:
    value = filled(shape, dtype, 5)
    assert_agrees(np.from_dlpack(wg.asarray(value)), value)
    assert_agrees(np.asarray(wnp.from_dlpack(value if shape else np.asarray(value))), value)
    assert_agrees(np.asarray(wnp.from_dlpack(wg.asarray(value))), value)


def test_strides_go_along() -> None:
    value = np.arange(24.0).reshape(2, 3, 4)
    for cut in (lambda a: a.T, lambda a: a[::-1, ::2], lambda a: a[:, 1], lambda a: np.broadcast_to(a[0], (5, 3, 4))):
        assert_agrees(np.from_dlpack(cut(wg.asarray(value))), cut(value))
        assert_agrees(np.asarray(wnp.from_dlpack(cut(value), copy=True)), cut(value))


def test_the_memory_itself_goes_out_read_only_and_keeps_its_values() -> None:
    x = wg.asarray(np.arange(1000.0))
    first, second = np.from_dlpack(x), np.from_dlpack(x)
    assert first.__array_interface__["data"][0] == second.__array_interface__["data"][0]
    assert not first.flags.writeable
    x[0] = 9.0
    assert (first[0], float(x[0])) == (0.0, 9.0)
    del x
    gc.collect()
    assert first.sum() == 499500.0


def test_a_copy_may_be_written() -> None:
    x = wg.asarray([1.0, 2.0])
    y = np.from_dlpack(x, copy=True)
    y[0] = 7.0
    assert x.tolist() == [1.0, 2.0]


def test_a_library_that_knows_no_read_only_memory_gets_a_copy() -> None:
    x = wg.asarray([1.0, 2.0])
    assert '"dltensor"' in repr(x.__dlpack__())
    assert '"dltensor"' in repr(x.__dlpack__(max_version=(0, 8)))
    assert '"dltensor_versioned"' in repr(x.__dlpack__(max_version=(1, 1)))
    y = wnp.from_dlpack(Producer(x, old=True))
    assert y.tolist() == [1.0, 2.0]
    with pytest.raises(BufferError, match="copy=False"):
        x.__dlpack__(copy=False)


def test_another_device_or_stream_is_refused() -> None:
    x = wg.asarray([1.0])
    assert x.__dlpack_device__() == (1, 0)
    assert '"dltensor_versioned"' in repr(x.__dlpack__(max_version=(1, 0), dl_device=(1, 0), copy=False))
    with pytest.raises(BufferError, match="device"):
        x.__dlpack__(dl_device=(2, 0))
    with pytest.raises(BufferError, match="stream"):
        x.__dlpack__(stream=1)
    with pytest.raises(BufferError, match="device"):
        wnp.from_dlpack(Producer(np.ones(2), device=(2, 0)))
    with pytest.raises(ValueError, match="device"):
        wnp.from_dlpack(np.ones(2), device="cuda")


def test_a_recorded_array_is_refused() -> None:
    for take in (lambda x: x.__dlpack__(max_version=(1, 0)), wnp.from_dlpack, np.from_dlpack):
        with pytest.raises(wg.TracedValueError, match="__dlpack__"):
            wg.grad(lambda x, take=take: take(x) and x.sum())(np.ones(2))


def test_memory_that_its_owner_may_write_is_copied() -> None:
    a = np.arange(3.0)
    x = wnp.from_dlpack(a)
    a[0] = 7.0
    assert x.tolist() == [0.0, 1.0, 2.0]


def test_memory_marked_read_only_is_shared() -> None:
    a = np.arange(1000.0)
    a.flags.writeable = False
    before = sys.getrefcount(a)
    x = wnp.from_dlpack(a)
    assert sys.getrefcount(a) > before
    assert np.from_dlpack(x).__array_interface__["data"][0] == address(a)
    del x
    assert sys.getrefcount(a) == before


def test_sharing_can_be_asked_for_and_a_write_of_ours_stays_ours() -> None:
    a = np.arange(3.0)
    x = wnp.from_dlpack(a, copy=False)
    a[0] = 7.0
    assert x.tolist() == [7.0, 1.0, 2.0]
    x[1] = 5.0
    assert a.tolist() == [7.0, 1.0, 2.0]
    y = wnp.from_dlpack(a, copy=True)
    a[0] = 8.0
    assert y.tolist() == [7.0, 1.0, 2.0]


def test_what_is_asked_of_another_library() -> None:
    theirs = Producer(np.ones(2))
    wnp.from_dlpack(theirs)
    wnp.from_dlpack(theirs, copy=True)
    assert theirs.asked == [{"max_version": (1, 0)}, {"max_version": (1, 0), "copy": True}]


def test_types_without_a_dtype_here_are_refused() -> None:
    with pytest.raises(BufferError, match="element type: code 2 of 16 bits"):
        wnp.from_dlpack(np.ones(2, np.float16))


def test_memory_out_of_line_is_refused() -> None:
    a = np.frombuffer(bytearray(17), np.uint8)[1:].view(np.float64)
    with pytest.raises(BufferError, match="aligned"):
        wnp.from_dlpack(a)


def test_a_capsule_is_taken_once() -> None:
    capsule = np.ones(2).__dlpack__()
    assert wg._core.from_dlpack(capsule, None).tolist() == [1.0, 1.0]
    with pytest.raises(BufferError, match="no unused capsule"):
        wg._core.from_dlpack(capsule, None)
    with pytest.raises(BufferError, match="given int"):
        wg._core.from_dlpack(3, None)


def test_a_capsule_that_nobody_takes_lets_go() -> None:
    a = np.ones(1000)
    a.flags.writeable = False
    before = sys.getrefcount(a)
    x = wnp.from_dlpack(a)
    capsule = x.__dlpack__(max_version=(1, 0))
    del x
    assert sys.getrefcount(a) > before
    del capsule
    assert sys.getrefcount(a) == before


def test_another_thread_may_let_go() -> None:
    a = np.ones(1000)
    a.flags.writeable = False
    before = sys.getrefcount(a)
    held = [np.from_dlpack(wnp.from_dlpack(a))]
    assert sys.getrefcount(a) > before
    thread = threading.Thread(target=held.clear)
    thread.start()
    thread.join()
    assert sys.getrefcount(a) == before
