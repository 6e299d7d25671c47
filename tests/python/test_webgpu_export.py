"""Programs in a page: what the processor's and the device's tests ask for, asked of a browser."""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import test_webgpu
import test_webgpu_fusion
import test_webgpu_gamma
import test_webgpu_positions
import test_webgpu_programs
import test_webgpu_sorting
import test_webgpu_values
from chromium import Browser, watched
from wengert.webgpu._array import STORED
from wengert.webgpu._export import HERE, portable

# By name: objects of JavaScript put keys that are whole numbers before the others.
COMPUTE = """async (names) => {
    const { load } = await import("./wengert.js");
    const made = await load(".");
    made.run();
    const found = await made.read(...names);
    made.buffers.forEach((b) => b.destroy());
    await fetch("results.bin", { method: "POST", body: new Blob(found) });
}"""


class Lab:
    """A page that runs plans."""

    def __init__(self, browser: Browser, serve: Callable[[Path], str], folder: Path) -> None:
        self.folder, self._run = folder, browser.run
        (folder / "index.html").write_text("<!doctype html><link rel=icon href=data:,>")
        copyfile(HERE / "wengert.js", folder / "wengert.js")
        self.page = browser.run(lambda: browser.context().new_page())
        self.wrong = browser.run(watched, self.page)
        browser.run(self.page.goto, serve(folder))

    def compute(self, f: Callable[..., Any], *args: Any) -> Any:
        """f of these arguments, computed in the page, as NumPy's arrays."""
        made = portable(f, args)
        assert made.plan["steps"]
        (self.folder / "plan.json").write_text(json.dumps(made.plan))
        (self.folder / "weights.bin").write_bytes(made.weights)
        self._run(self.page.evaluate, COMPUTE, list(made.plan["outputs"]))
        raw, arrays = (self.folder / "results.bin").read_bytes(), []
        for slot in made.plan["outputs"].values():
            numbers = np.frombuffer(raw, STORED[slot["dtype"]], slot["size"], 4 * sum(a.size for a in arrays))
            arrays.append(numbers.reshape(slot["shape"]).astype(slot["dtype"]))
        return made.recorded.result(arrays)


@pytest.fixture(scope="module")
def lab(browser: Browser, serve: Callable[[Path], str], tmp_path_factory: Any) -> Iterator[Lab]:
    found = Lab(browser, serve, tmp_path_factory.mktemp("lab"))
    yield found
    assert not found.wrong, found.wrong


def expanded(test: Any) -> list[dict[str, Any]]:
    """The arguments that a test is called with, one dict a call, from its marks."""
    axes = []
    for mark in reversed([m for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]):
        names, values = mark.args[:2]
        several = isinstance(names, tuple | list)
        axes.append([dict(zip(names, v, strict=True)) if several else {names: v} for v in values])
    return [{k: v for each in combination for k, v in each.items()} for combination in itertools.product(*axes)]


# Groups of threads that wait for one another take a software device in a browser a third of a millisecond each.
SLOW = {"test_more_than_65535_groups"}
MOST_BATCHES = 1  # of random programs: some fifty kernels each


def on_the_device(module: ModuleType) -> list[Any]:
    """Those tests of a module that compute by `on_device` alone, with their arguments."""
    found = []
    for name, test in inspect.getmembers(module, inspect.isfunction):
        uses = set(test.__code__.co_names)
        if name.startswith("test_") and name not in SLOW and uses & {"on_device", "tried"} and "compile" not in uses:
            calls = expanded(test)[: MOST_BATCHES if "random" in name else None]
            found += [pytest.param(module, name, given, id=f"{name}-{k}") for k, given in enumerate(calls)]
    return found


MODULES = (
    test_webgpu,
    test_webgpu_fusion,
    test_webgpu_gamma,
    test_webgpu_positions,
    test_webgpu_programs,
    test_webgpu_sorting,
    test_webgpu_values,
)
CALLS = [call for module in MODULES for call in on_the_device(module)]


@pytest.mark.parametrize(("module", "name", "given"), CALLS)
def test_what_holds_on_the_device_holds_in_a_page(module, name, given, lab, monkeypatch):
    monkeypatch.setattr(module, "on_device", lab.compute)
    getattr(module, name)(**given)


def test_more_than_65535_groups_in_a_page(lab):
    def f(a: Any, b: Any) -> Any:
        return (a[:, None] + b).T + 1  # down the columns, so that no four lie side by side: a thread an element

    a, b = np.arange(4099, dtype=np.int32), 5000 * np.arange(4099, dtype=np.int32)
    made = portable(f, (a, b)).plan
    assert max(y for _, (_, y, _), *_ in made["steps"]) > 1
    assert (lab.compute(f, a, b) == f(a, b)).all()


def test_tests_of_the_device_are_found_here_too():
    found = {call.values[1] for call in CALLS}
    assert {
        "test_values_and_adjoints_are_the_processors",
        "test_structural_primitives_and_compositions_agree",
        "test_products_of_matrices_turned_or_not_in_stacks_or_not",
        "test_the_gradient_of_a_network_is_the_processors",
        "test_random_programs_and_their_gradients",
        "test_functions_are_within_their_stated_error",
        "test_zeros_infinities_and_nans_are_the_processors",
        "test_numbers_below_the_normal_ones_are_taken_as_they_are_or_for_zero",
        "test_derivatives_of_digamma_of_every_order_are_within_their_stated_error",
    } <= found
