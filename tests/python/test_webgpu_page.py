"""What `export` writes: names, files, a page that computes the processor's gradient, and one that learns."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
import wengert.webgpu
from test_webgpu import network, softmax_loss

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RUN = """async ([folder, inputs, names]) => {
    const { load } = await import("./wengert.js");
    const plan = await load(folder);
    plan.run(inputs);
    return (await plan.read(...names)).map((x) => Array.from(x));
}"""


def compiled(f: Any) -> Any:
    return wg.compile(f, device="webgpu")


def loss(x: Any) -> Any:
    """Sum of a bump times a wave, <&> all that."""
    return np.sum(np.exp(-(x**2)) * np.sin(x))


def descent(state: Any, rate: Any, x: Any, y: Any) -> Any:
    """One step of gradient descent with momentum."""
    value, slopes = wg.value_and_grad(softmax_loss)(state["layers"], x, y)

    def updated(f: Any, old: Any, new: Any) -> Any:
        return [tuple(f(*each) for each in zip(*both, strict=True)) for both in zip(old, new, strict=True)]

    moments = updated(lambda m, g: 0.5 * m + g, state["moments"], slopes)
    layers = updated(lambda w, m: w - rate * m, state["layers"], moments)
    return {"loss": value, "state": {"layers": layers, "moments": moments}}


def beginning() -> Any:
    layers, x, y = network([8, 12, 3], 40)
    moments = [(0 * w, 0 * b) for w, b in layers]
    return {"layers": layers, "moments": moments}, np.float32(0.3), x, y


def test_a_page_opened_as_a_file_says_how_it_is_served(browser: Any, tmp_path: Path) -> None:
    folder = compiled(wg.value_and_grad(loss)).export(tmp_path, np.ones(3, np.float32), html=True)

    def opened() -> str:
        context = browser.context()
        page = context.new_page()
        page.goto((folder / "index.html").as_uri())
        text = str(page.inner_text("[role=status]"))
        context.close()
        return text

    assert "python -m http.server" in browser.run(opened)


def test_a_folder_holds_a_plan_weights_and_what_runs_them(tmp_path):
    x = np.linspace(0, 3, 5001).astype(np.float32)
    folder = compiled(wg.value_and_grad(loss)).export(tmp_path / "new" / "page", x, html=True)
    assert {p.name for p in folder.iterdir()} == {"index.html", "plan.json", "weights.bin", "wengert.js"}
    assert (folder / "wengert.js").stat().st_size <= 4096
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["inputs"] == {"x": {"buffer": 0, "dtype": "float32", "shape": [5001], "size": 5001}}
    assert {name: slot["shape"] for name, slot in plan["outputs"].items()} == {"0": [], "1": [5001]}
    ((buffer, begin, size),) = plan["weights"]
    found = np.frombuffer((folder / "weights.bin").read_bytes(), "<f4", size // 4, begin)
    np.testing.assert_array_equal(found, x)
    assert buffer == 0
    page = (folder / "index.html").read_text()
    assert "{{" not in page
    assert "Sum of a bump times a wave, &lt;&amp;&gt; all that." in page
    assert page.count("http") == page.count("python -m http.server") == 1  # it needs nothing from elsewhere


def test_an_export_needs_no_device_and_no_wgpu(tmp_path):
    code = f"""
import sys; sys.modules["wgpu"] = None
import numpy as np, wengert as wg
print(wg.compile(wg.grad(lambda x: np.sum(x**3)), device="webgpu").export({str(tmp_path)!r}, np.ones(3, "float32")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}\n"), done.stderr


def test_inputs_and_outputs_have_the_names_of_arguments_keys_and_places(tmp_path):
    def f(first: Any, parts: Any, unused: Any, count: int, *rest: Any) -> Any:
        return {"sum": first + parts["b"][0], "both": (parts["a"] * count, rest[1])}, 3, None

    x = np.ones(2, np.float32)
    made = compiled(f).export(tmp_path, x, {"b": [x], "a": x}, x, 2, x, 1.5)
    plan = json.loads((made / "plan.json").read_text())
    assert list(plan["inputs"]) == ["first", "parts.a", "parts.b.0", "unused", "4", "5"]
    assert list(plan["outputs"]) == ["0.both.0", "0.both.1", "0.sum"]
    sole = compiled(loss).export(tmp_path, x)
    assert list(json.loads((sole / "plan.json").read_text())["outputs"]) == ["value"]


def test_a_recorded_program_keeps_its_functions_names(tmp_path):
    x = np.ones(2, np.float32)
    made = wg.record(loss, x).to("webgpu").export(tmp_path, x)
    assert list(json.loads((made / "plan.json").read_text())["inputs"]) == ["x"]


def test_two_arrays_of_one_name_are_refused(tmp_path):
    x = np.ones(2, np.float32)
    with pytest.raises(ValueError, match=r"export: two arrays are called x\.a\.b"):
        compiled(lambda x: x["a.b"]).export(tmp_path, {"a.b": x, "a": {"b": x}})


@pytest.mark.parametrize(
    ("update", "told"),
    [
        ({"nothing": "state"}, "no output of that name: given 'nothing', there are loss, state.layers.0.0"),
        ({"state": "states"}, "no input of that name: given 'states', there are state.layers.0.0"),
        ({"state.layers": "state"}, "trees differ: state.layers.0.0"),
        ({"loss": "x"}, r"arrays differ: loss is float32 \(\), x is float32 \(40, 8\)"),
    ],
)
def test_updates_that_do_not_fit_are_refused(tmp_path, update, told):
    with pytest.raises(ValueError, match=f"export: update: {told}"):
        compiled(descent).export(tmp_path / "none", *beginning(), update=update)
    assert not (tmp_path / "none").exists()


def test_what_a_device_cannot_do_is_refused_as_in_a_call(tmp_path):
    with pytest.raises(wg.DeviceUnsupportedError, match="float64"):
        compiled(loss).export(tmp_path / "none", np.ones(3))
    with pytest.raises(wg.DeviceUnsupportedError, match="goes by values"):
        compiled(lambda x: x if x[0] > 0 else -x).export(tmp_path / "none", np.ones(3, np.float32))
    assert not (tmp_path / "none").exists()


def test_a_gradient_in_a_page_is_the_processors(page, serve, tmp_path):
    parameters, x, y = network([20, 16, 12, 10], 32)
    f = wg.value_and_grad(softmax_loss)
    folder = compiled(f).export(tmp_path, parameters, x, y, html=True)
    names = list(json.loads((folder / "plan.json").read_text())["outputs"])
    page.goto(serve(folder))
    found = page.evaluate(RUN, [".", {}, names])
    other = page.evaluate(RUN, [".", {"x": (2 * x).ravel().tolist()}, names])
    wide = wg._tree.mapped(lambda a: a.astype(np.float64), (parameters, x, y))
    for numbers, args in ((found, wide), (other, (wide[0], 2 * wide[1], wide[2]))):
        for a, b in zip(numbers, wg._tree.flatten(f(*args))[0], strict=True):
            assert np.max(np.abs(a - np.ravel(b))) <= 2e-6 * np.max(np.abs(b))


def test_numbers_that_are_no_floats_come_and_go(page, serve, tmp_path):
    def f(k: Any, yes: Any) -> Any:
        return k * 2 - 1, ~yes, np.sum(yes), k

    args = np.array([-3, 7, 2**30 - 1]), np.array([True, False, True])
    page.goto(serve(compiled(f).export(tmp_path, *args, html=True)))
    names = ["0", "1", "2", "3"]
    assert page.evaluate(RUN, [".", {}, names]) == [[-7, 13, 2**31 - 3], [0, 1, 0], [2], [-3, 7, 2**30 - 1]]
    found = page.evaluate(RUN, [".", {"k": [0, -1, 5], "yes": [False, True, True]}, names])
    assert found == [[-1, -3, 9], [1, 0, 0], [2], [0, -1, 5]]


def test_a_page_that_learns_does_as_the_processor_does(page, serve, tmp_path):
    args = beginning()
    folder = compiled(descent).export(tmp_path, *args, update={"state": "state"})
    (folder / "index.html").write_text("<!doctype html><link rel=icon href=data:,>")
    page.goto(serve(folder))
    names = ["loss", "state.layers.0.0"]
    found = page.evaluate(
        """async (names) => {
            const plan = await (await import("./wengert.js")).load(".");
            const losses = [];
            for (let k = 0; k < 60; ++k) {
                plan.run();
                if (k % 20 == 0) losses.push((await plan.read("loss"))[0][0]);
            }
            return [losses, ...(await plan.read(...names)).map((x) => Array.from(x))];
        }""",
        names,
    )
    state, losses = args[0], []
    for _ in range(60):
        each = descent(state, *args[1:])
        state, losses = each["state"], [*losses, each["loss"]]
    np.testing.assert_allclose(found[0], losses[::20], rtol=1e-4)
    np.testing.assert_allclose(found[2], np.ravel(state["layers"][0][0]), atol=1e-3)
    assert found[0][0] > 2 * found[0][1] > 2 * found[1][0]


def test_the_page_runs_shows_and_stops_a_loop(page, serve, tmp_path):
    page.goto(serve(compiled(descent).export(tmp_path, *beginning(), html=True, update={"state": "state"})))
    first = page.locator("#outputs td").nth(2)
    page.wait_for_function("document.querySelector('#state').textContent == '1 run'")
    assert page.title() == "descent"
    assert page.locator("h1 + p").text_content() == "One step of gradient descent with momentum."
    begin = float(first.text_content())
    page.get_by_role("button", name="Start").click()
    page.wait_for_function("parseInt(document.querySelector('#state').textContent) > 50")
    page.get_by_role("button", name="Stop").click()
    assert float(first.text_content()) < begin / 2
    assert page.locator("#chart").is_visible()
    assert [r.text_content() for r in page.locator("#inputs td:last-child").all()].count("updated by each run") == 8


def test_a_number_that_is_typed_in_is_computed_with(page, serve, tmp_path):
    def power(base: Any, x: Any) -> Any:
        return base**x

    page.goto(serve(compiled(power).export(tmp_path, np.float32(1.5), np.arange(3, dtype=np.float32), html=True)))
    cell = page.locator("#outputs td").nth(2)
    page.wait_for_function("document.querySelector('#state').textContent == '1 run'")
    assert cell.text_content() == "1  1.5  2.25"
    field = page.get_by_label("base")
    assert field.input_value() == "1.5"
    field.fill("3")
    field.press("Enter")
    page.wait_for_function("document.querySelector('#state').textContent == '2 runs'")
    assert cell.text_content() == "1  3  9"


def test_results_go_from_plan_to_plan_on_the_device(page, serve, tmp_path):
    x = np.array([1, 2, 3], np.float32)
    for name, f in (("one", np.square), ("two", lambda x: x + 1)):
        compiled(f).export(tmp_path / name, x)
    compiled(loss).export(tmp_path, x, html=True)
    page.goto(serve(tmp_path))
    found = page.evaluate("""async () => {
        const { load } = await import("./wengert.js");
        const [one, two] = await Promise.all([load("one"), load("two")]);
        one.run();
        two.run({ x: one.output("value") });
        return Array.from((await two.read("value"))[0]);
    }""")
    assert found == [2, 5, 10]


def test_wrong_numbers_of_numbers_and_missing_files_are_refused(page, serve, tmp_path):
    page.goto(serve(compiled(loss).export(tmp_path, np.ones(3, np.float32), html=True)))
    with pytest.raises(Exception, match="x: 3 numbers: given 2"):
        page.evaluate(RUN, [".", {"x": [1, 2]}, ["value"]])
    with pytest.raises(Exception, match=re.escape("nowhere/plan.json: 404")):
        page.evaluate(RUN, ["nowhere", {}, ["value"]])
    assert all("404" in each for each in page.wrong)
    page.wrong.clear()


def test_a_browser_without_webgpu_is_told(page, serve, tmp_path):
    page.add_init_script("Object.defineProperty(navigator, 'gpu', { value: undefined })")
    page.goto(serve(compiled(loss).export(tmp_path, np.ones(3, np.float32), html=True)))
    page.wait_for_function("document.querySelector('#state').textContent.includes('this browser has no WebGPU')")
    assert page.wrong == ["exception: this browser has no WebGPU"]
    page.wrong.clear()


def test_a_lost_device_is_told(page, serve, tmp_path):
    page.goto(serve(compiled(loss).export(tmp_path, np.ones(3, np.float32), html=True)))
    page.wait_for_function("document.querySelector('#state').textContent == '1 run'")
    page.evaluate("import('./wengert.js').then(async ({ device }) => (await device()).destroy())")
    page.wait_for_function("document.querySelector('#state').textContent.includes('The device is lost')")


def test_the_example_learns_in_the_page_and_draws_what_it_learnt(page, serve, tmp_path):
    command = [
        sys.executable,
        EXAMPLES / "gpu_page.py",
        "--points",
        "120",
        "--side",
        "48",
        "--out",
        tmp_path / "spirals",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"step: \d+ dispatches a run; bytes: plan.json \d+, weights.bin \d+, wengert.js \d+\n", done.stdout
    )
    page.goto(serve(tmp_path / "spirals"))
    page.wait_for_function("document.querySelector('#state').textContent == ''")
    begin = float(page.locator("#loss").text_content())
    page.get_by_role("button", name="Start").click()
    page.wait_for_function("parseInt(document.querySelector('#steps').textContent) >= 150")
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function("parseFloat(document.querySelector('#loss').textContent) < %g" % (begin / 4))
    assert int(page.locator("#right").text_content().split()[0]) >= 100
    colors = "Array.from(document.querySelector('#field').getContext('2d').getImageData(0, 0, 48, 48).data)"
    drawn = np.reshape(page.evaluate(colors), (48, 48, 4))
    assert (drawn[..., 3] == 255).all()
    orange = drawn[..., 0] > drawn[..., 2]
    assert 0.2 < orange.mean() < 0.8
    page.locator("#points").click(position={"x": 10, "y": 10})
    assert page.wait_for_function("parseInt(document.querySelector('#steps').textContent) % 10 == 2")
