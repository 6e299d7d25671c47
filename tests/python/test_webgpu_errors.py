"""Arrays on a device, what is refused, and what happens where there is no device: never an end of the interpreter."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import subprocess
import sys
import threading
import traceback
from typing import Any

import numpy as np
import pytest

import wengert as wg
from webgpu_cases import pytestmark  # noqa: F401
from wengert.webgpu import DeviceArray
from wengert.webgpu._device import current


def test_an_array_goes_there_and_comes_back():
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    a = wg.asarray(x, device="webgpu")
    assert isinstance(a, DeviceArray)
    assert (a.device, a.shape, a.dtype, a.ndim, a.size, len(a)) == ("webgpu", (2, 3), np.float32, 2, 6, 2)
    np.testing.assert_array_equal(a.numpy(), x)
    back = a.to("cpu")
    assert isinstance(back, wg.Array)
    np.testing.assert_array_equal(np.asarray(back), x)
    assert a.to("webgpu") is a
    assert wg.asarray(2.5, device="webgpu").item() == 2.5
    assert wg.asarray(np.array([True, False]), device="webgpu").numpy().tolist() == [True, False]
    assert wg.asarray(np.arange(3), device="webgpu").numpy().dtype == np.int64


def test_nothing_comes_back_unasked():
    a = wg.asarray(np.ones(3, np.float32), device="webgpu")
    for use in (np.asarray, np.sin, float, bool, lambda a: a + np.ones(3), lambda a: np.ones(3) * a):
        with pytest.raises(TypeError):
            use(a)
    with pytest.raises(ValueError, match="one element only"):
        a.item()


USES = {
    "numpy": [
        np.asarray, np.sin, np.sum, lambda a: np.concatenate([a, a]), lambda a: np.ones(3) + a,
        lambda a: a @ np.ones(3),
    ],
    "operators": [
        lambda a: a + 1, lambda a: 2.0 ** a, lambda a: -a, lambda a: a == a, lambda a: a != 1, lambda a: a < a,
        lambda a: a[0], lambda a: a.__setitem__(0, 1), lambda a: 1 in a, list, lambda a: a.__iadd__(1),
    ],
    "numbers": [float, int, bool, complex, round, lambda a: f"{a:.3f}", range],
    "methods": [lambda a: a.sum(), lambda a: a.T, lambda a: a.reshape(-1), lambda a: a.astype("int32")],
    "copies": [pickle.dumps, copy.deepcopy],
    "processor": [
        wg.compile(lambda x: x * 2), lambda a: wg.record(lambda x: x * 2, a), lambda a: wg.asarray(np.ones(3)) + a,
    ],
    "transforms": [wg.grad(np.sum), wg.vmap(np.sin), wg.asarray, lambda a: wg.jvp(np.sin, (a,), (a,)),
                   wg.grad(wg.compile(np.sum, device="webgpu"))],
}  # fmt: skip


@pytest.mark.parametrize("kind", USES)
def test_what_is_done_with_an_array_on_a_device_elsewhere_ends_in_an_error_that_says_what_to_do(kind):
    a = wg.asarray(np.ones(3, np.float32), device="webgpu")
    for use in USES[kind]:
        with pytest.raises(wg.Error) as raised:
            use(a)
        assert raised.value.code == {"transforms": "WG305", "methods": "WG510"}.get(kind, "WG508")
        assert ".numpy()" in str(raised.value)
        assert frames_of_ours(raised.value) == []


def frames_of_ours(error: BaseException) -> list[str]:
    files = (entry.filename for entry in traceback.extract_tb(error.__traceback__))
    return [file for file in files if os.sep + "wengert" + os.sep in file and "tests" not in file]


def test_names_that_no_array_has_are_pythons_own_mistake():
    a = wg.asarray(1.0, device="webgpu")
    assert not hasattr(a, "sum")
    with pytest.raises(AttributeError, match="no attribute 'summ'"):
        a.summ()
    assert hash(a) == hash(a)
    assert f"{a}" == str(a) == repr(a)
    with pytest.raises(BufferError, match="not handed to other libraries"):
        a.__dlpack__()


def test_what_is_no_array_of_numbers_is_refused_as_on_the_processor_without_frames_of_the_library(tmp_path):
    f = wg.compile(lambda x: x * 2, device="webgpu")
    a = wg.asarray(np.ones(3, np.float32), device="webgpu")

    def there(x: Any, dtype: Any = None) -> Any:
        return wg.asarray(x, dtype, device="webgpu")

    for use, kind, told in [
        (lambda: there("x"), wg.DTypeError, "no array of numbers: given str"),
        (lambda: there(None), wg.DTypeError, "no array of numbers: given NoneType"),
        (lambda: there([[1, 2], [3]]), wg.DTypeError, "no array of numbers: given list"),
        (lambda: there(np.array([None])), wg.DTypeError, "its elements are object"),
        (lambda: there(1.0, "nope"), wg.DTypeError, "unknown: given 'nope'"),
        (lambda: there(1.0, "float64"), wg.DeviceUnsupportedError, "given float64"),
        (lambda: there(a, "int32"), wg.DeviceUnsupportedError, "it is float32, asked for int32"),
        (lambda: wg.asarray(1.0, device="gpu0"), wg.OptionError, "given 'gpu0', expected \"cpu\" or \"webgpu\""),
        (lambda: f(np.array([None, 1])), wg.DTypeError, "object"),
        (lambda: f(np.array(["a"])), wg.DTypeError, "<U1"),
        (lambda: f({1, 2}), wg.ArgumentError, "has to be hashable: unhashable type: 'set'"),
        (lambda: f(np.array([2**40])), wg.DTypeError, "need more"),
        (lambda: f(np.ones(3, complex)), wg.DeviceUnsupportedError, r"complex128 \[WG502\]"),
        (lambda: f(np.ones(3, np.float16)), wg.DeviceUnsupportedError, r"float16 \[WG502\]"),
        (lambda: a.item(), wg.OptionError, "one element only"),
        (lambda: a.to("gpu0"), wg.OptionError, "expected \"cpu\" or \"webgpu\""),
        (lambda: len(there(1.0)), wg.ArgumentError, "without axes"),
        (lambda: f.export(tmp_path, np.ones(3)), wg.DeviceUnsupportedError, "given float64"),
        (lambda: f.export(3, a), wg.ArgumentError, "a path: given int"),
        (lambda: f.export(tmp_path, a, update=["x"]), wg.ArgumentError, "a dict of names: given list"),
        (lambda: wg.webgpu.set_memory_budget("much"), wg.OptionError, "given 'much'"),
    ]:  # fmt: skip
        with pytest.raises(kind, match=told) as raised:
            use()
        assert frames_of_ours(raised.value) == []
    with pytest.raises(TypeError, match="unsupported operand") as raised:  # the user's own
        f(None)
    assert frames_of_ours(raised.value) == []


def test_there_is_no_plan_before_a_call():
    with pytest.raises(wg.DeviceError, match="before the first call"):
        wg.compile(lambda x: x, device="webgpu").plan()


def test_no_digits_are_lost_unsaid():
    with pytest.raises(wg.DeviceUnsupportedError, match=r"given float64 \[WG502\]"):
        wg.asarray(np.ones(3), device="webgpu")
    assert wg.asarray(np.ones(3), "float32", device="webgpu").dtype == np.float32
    with pytest.raises(wg.DTypeError, match="32 bits"):
        wg.asarray(np.array([2**40]), device="webgpu")
    f = wg.compile(lambda x: x + 1, device="webgpu")
    with pytest.raises(wg.DeviceUnsupportedError, match="an argument of float64"):
        f(np.ones(3))
    wide = np.arange(3.0)
    with pytest.raises(wg.DeviceUnsupportedError, match=r"of float64[^\n]*\n  at .*test_webgpu_errors.py:\d+"):
        wg.compile(lambda x: x + wide, device="webgpu")(np.ones(3, np.float32))


def test_what_python_is_told_is_refused_with_its_line():
    f = wg.compile(lambda x: x if x[0] > 0 else -x, device="webgpu")
    with pytest.raises(wg.DeviceUnsupportedError, match=r"(?s)goes by values.*test_webgpu_errors.py:\d+"):
        f(np.ones(3, np.float32))


def test_a_derivative_of_a_function_on_a_device_says_how_to_have_it():
    f = wg.compile(lambda x: np.sum(x * x), device="webgpu")
    with pytest.raises(wg.DeviceUnsupportedError, match=r"compile the derivative instead"):
        wg.grad(f)(np.ones(3, np.float32))


def test_primitives_without_a_kernel_are_named():
    with pytest.raises(wg.DeviceUnsupportedError, match=r"cholesky: no kernel[^\n]*\n  at .*test_webgpu_errors.py"):
        wg.compile(lambda x: np.linalg.cholesky(x), device="webgpu")(np.eye(3, dtype=np.float32))


def test_limits_are_refused_before_anything_runs():
    x = np.zeros((1, 6000), np.float32)
    with pytest.raises(wg.DeviceLimitError, match=r"134217728, its shape is \(6000, 6000\)"):
        wg.compile(lambda x: np.sum(np.cumsum(x.T * x, axis=1)), device="webgpu")(x)


def test_a_budget_of_memory_is_kept():
    pool = current().pool
    before = pool.budget
    try:
        wg.webgpu.set_memory_budget(pool.held + 1_000_000)
        pool.trim()
        wg.webgpu.set_memory_budget(pool.held + 1_000_000)
        with pytest.raises(wg.DeviceMemoryError, match="beyond the budget"):
            wg.asarray(np.zeros(1_000_000, np.float32), device="webgpu")
    finally:
        wg.webgpu.set_memory_budget(before)
    assert issubclass(wg.DeviceMemoryError, MemoryError)
    with pytest.raises(ValueError, match="a number of bytes"):
        wg.webgpu.set_memory_budget(0)


def test_memory_goes_back_to_the_pool():
    pool = current().pool
    for _ in range(50):
        a = wg.asarray(np.zeros(100_001, np.float32), device="webgpu")
    held = pool.held
    for _ in range(50):
        a = wg.asarray(np.zeros(100_001, np.float32), device="webgpu")
    assert a.nbytes >= 400_004
    assert pool.held == held


def test_arrays_in_a_cycle_that_the_collector_finds_leave_their_memory_whole():
    size = 77_777  # nobody else's
    cycle: list[Any] = [wg.asarray(np.zeros(size, np.float32), device="webgpu")]
    cycle.append(cycle)
    del cycle
    gc.collect()
    x = np.arange(size, dtype=np.float32)
    np.testing.assert_array_equal(wg.asarray(x, device="webgpu").numpy(), x)


def test_results_that_are_arguments_or_constants_are_arrays_of_their_own():
    x = wg.asarray(np.arange(3, dtype=np.float32), device="webgpu")
    same, turned, two, both = wg.compile(lambda x: (x, x[::-1], 2.0 + 0 * x[:1], {"a": x + 1}), device="webgpu")(x)
    assert same.numpy().tolist() == [0, 1, 2]
    assert turned.numpy().tolist() == [2, 1, 0]
    assert two.numpy().tolist() == [2]
    assert both["a"].numpy().tolist() == [1, 2, 3]


def test_a_signature_has_a_program_and_arguments_that_are_no_arrays_belong_to_it():
    f = wg.compile(lambda x, n, mode="up": x * n if mode == "up" else x / n, device="webgpu")
    x = np.full(3, 8, np.float32)
    assert f(x, 2).numpy().tolist() == [16] * 3
    assert f(x, 4).numpy().tolist() == [32] * 3
    assert f(x, 4, mode="down").numpy().tolist() == [2] * 3
    assert f(x[:2], 0.5).numpy().tolist() == [4] * 2
    assert f(x, np.float32(2)).numpy().tolist() == [16] * 3


def test_many_threads_share_a_device():
    f = wg.compile(wg.value_and_grad(lambda x: np.sum(np.sin(x) * x)), device="webgpu")
    wrong: list[Any] = []

    def work(seed: int) -> None:
        x = np.random.default_rng(seed).normal(size=1000).astype(np.float32)
        for _ in range(10):
            value, gradient = f(x)
            exact = float(np.sum(np.sin(x.astype(float)) * x))
            if abs(value.item() - exact) > 1e-3 or np.abs(gradient.numpy() - np.sin(x) - x * np.cos(x)).max() > 1e-5:
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not wrong


def test_devices_are_told_apart():
    found = wg.devices()
    assert found[0]["kind"] == "processor"
    assert {d["kind"] for d in found[1:]} <= {"graphics", "software"}
    with pytest.raises(ValueError, match="unknown device"):
        wg.compile(np.sin, device="abacus")


def said(code: str, **environment: str) -> str:
    """The last line that a process of its own prints; it has to end by itself, and well."""
    start = "import warnings; warnings.simplefilter('ignore'); import numpy as np, wengert as wg\n"
    done = subprocess.run(
        [sys.executable, "-c", start + code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


ASK = "try: wg.asarray(np.ones(3, np.float32), device='webgpu')\n"
ASK += "except Exception as e: print(type(e).__name__, str(e).splitlines()[0])"


def test_no_adapter():
    nothing = {"VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent",
               "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"}  # fmt: skip
    text = said(ASK, **nothing)
    assert text.startswith("DeviceUnavailableError")
    assert "mesa-vulkan-drivers" in text
    assert said("print(len(wg.devices()))", **nothing) == "1"


def test_no_adapter_of_that_name():
    text = said(ASK, WENGERT_WEBGPU_ADAPTER="no such thing")
    assert text.startswith("DeviceUnavailableError")
    assert "'no such thing', there are" in text


def test_no_wgpu():
    text = said("import sys; sys.modules['wgpu'] = None\n" + ASK)
    assert text.startswith("DeviceUnavailableError")
    assert "wengert[webgpu]" in text
    assert said("import sys; sys.modules['wgpu'] = None\nprint(wg.devices()[-1]['device'])") == "cpu"


def test_after_a_fork():
    text = said(
        """
import os
x = wg.asarray(np.ones(3, np.float32), device='webgpu')
f = wg.compile(lambda x: x + 1, device='webgpu')
f(x).numpy()
read, write = os.pipe()
if os.fork() == 0:
    for use in (lambda: x.numpy(), lambda: f(x), lambda: wg.asarray(np.ones(2, np.float32), device='webgpu')):
        try: use()
        except wg.DeviceLostError: os.write(write, b'L')
    os._exit(0)
os.wait()
print(os.read(read, 100).decode(), f(x).numpy().tolist())
"""
    )
    assert text == "LLL [2.0, 2.0, 2.0]"


def test_a_lost_device():
    text = said(
        """
from wengert.webgpu._device import current
x = wg.asarray(np.ones(3, np.float32), device='webgpu')
f = wg.compile(lambda x: x + 1, device='webgpu')
f(x).numpy()
current().device.destroy()
seen = []
for use in (lambda: f(x), lambda: f(x), lambda: x.numpy()):
    try: use()
    except wg.DeviceLostError: seen.append('lost')
print(*seen, wg.asarray(np.ones(2, np.float32), device='webgpu').numpy().tolist())
"""
    )
    assert text == "lost lost lost [1.0, 1.0]"


def test_importing_wengert_imports_no_wgpu():
    assert said("import sys; print('wengert.webgpu' in sys.modules)") == "False"
    assert said("import sys; wg.compile(np.sin, device='webgpu'); print('wgpu' in sys.modules)") == "False"


def test_a_process_that_ends_waits_for_the_work_of_its_device():
    """Else its driver crashes, now and then: this asks last of all, after what the device has at the end."""
    text = said(
        """
import atexit
import wengert.webgpu._device as opened
atexit.register(lambda: print('under way:', opened._current._in_flight))
y = wg.compile(wg.numpy.argsort, device='webgpu')(np.cos(np.arange(1 << 18, dtype=np.float32)))
print(opened._current._in_flight > 0)
"""
    )
    assert text == "under way: 0"
