"""The explorer in a real Chromium: what people read, press and move."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg
from explore_pages import AT, kept, nodes, opened, pendulum, said, shown, squared_line, thirty


def adjoints(page: Any) -> list[str]:
    return [text[2:] for texts in nodes(page) for text in texts if text.startswith("∂")]


def values(page: Any) -> list[str]:
    return [text[2:] for texts in nodes(page) for text in texts if text.startswith("=")]


def test_the_square_of_a_line_shows_the_numbers_of_its_story(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, thirty, *AT)
    shown(page, "L = (a b + c)²")
    by_name = {texts[0]: texts[1:] for texts in nodes(page)}
    assert [by_name[name][0] for name in by_name] == ["= 3", "= 2", "= 1", "= 6", "= 7", "= 49"]
    assert [by_name[name][1] for name in ("a", "b", "c")] == ["∂ 28", "∂ 42", "∂ 14"]
    assert [texts[1] for name, texts in by_name.items() if name.startswith("v")] == ["∂ 14", "∂ 14", "∂ 1"]
    kept(page, "squared-line", tmp_path)


def test_the_line_shows_seven_and_the_slopes_of_weight_input_and_bias(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, thirty, *AT)
    shown(page, "y = w x + b")
    assert values(page) == ["2", "3", "1", "6", "7"]
    assert adjoints(page) == ["3", "2", "1", "1", "1"]


def test_every_step_forward_and_back_says_where_it_is_and_undoes_itself(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.click("button[aria-label^='To the beginning']")
    states = []
    for step in range(8):
        states.append((said(page), nodes(page)))
        assert said(page).startswith(f"Step {step} of 7")
        page.keyboard.press("ArrowRight")
    assert len({sentence for sentence, _ in states}) == 8
    for sentence, texts in reversed(states):
        assert (said(page), nodes(page)) == (sentence, texts)
        page.keyboard.press("ArrowLeft")
    assert "v4bar += v5bar * dv5/dv4 = 1 × 14 = 14, so v4bar = 14" in states[5][0]
    assert "abar += v3bar * dv3/da = 14 × 2 = 28, so abar = 28" in states[7][0]


def test_every_step_of_a_longer_sweep_can_be_taken_and_ends_at_the_gradient(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, thirty, *AT)
    page.click("button[aria-label^='To the beginning']")
    last = int(re.search(r"of (\d+)", said(page))[1])
    for step in range(1, last + 1):
        page.keyboard.press("ArrowRight")
        assert said(page).startswith(f"Step {step} of {last}")
    assert [float(x) for x in adjoints(page)[:4]] == pytest.approx(wg.grad(thirty, argnums=(0, 1, 2, 3))(*AT), rel=1e-3)


def test_home_and_end_go_to_the_ends(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.focus(".node")
    page.keyboard.press("Home")
    assert values(page) == ["3", "2", "1"]
    assert adjoints(page) == []
    page.keyboard.press("End")
    assert values(page)[-1] == "49"


def test_a_slider_moved_by_keys_recomputes_values_and_derivatives(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.focus("input[type=range][aria-label=a]")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    a = float(page.input_value("input[type=range][aria-label=a]"))
    assert a > 3.0
    assert float(page.input_value("input[aria-label='a, as a number']")) == a
    assert float(values(page)[-1]) == pytest.approx(squared_line(a, 2.0, 1.0), rel=1e-3)
    assert float(adjoints(page)[0]) == pytest.approx(wg.grad(squared_line)(a, 2.0, 1.0), rel=1e-3)


def test_a_number_box_takes_any_number(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.fill("input[aria-label='b, as a number']", "-10")
    assert values(page)[-1] == "841"


def test_a_branch_that_no_longer_applies_is_said_plainly(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, lambda x: x * x if x > 1.0 else -x, 2.0)
    assert not page.is_visible("[role=alert]")
    page.fill("input[aria-label='x, as a number']", "0.5")
    assert "recorded branch does not apply" in page.inner_text("[role=alert]")
    page.fill("input[aria-label='x, as a number']", "3")
    assert not page.is_visible("[role=alert]")


def test_each_toggle_shows_and_hides_what_it_names(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.uncheck("text=adjoints")
    page.uncheck("text=local partials")
    assert adjoints(page) == []
    assert page.locator(".label").count() == 0
    page.check("text=local partials")
    assert sorted(page.locator(".label").all_text_contents()) == ["1", "1", "14", "2", "3"]
    page.check("text=tangents")
    page.select_option("text=along", label="b")
    assert [text[2:] for texts in nodes(page) for text in texts if text.startswith("·")] == [
        "0",
        "1",
        "0",
        "3",
        "3",
        "42",
    ]
    page.check("text=finite differences")
    assert "difference 28" in page.inner_text(".inputs")


def test_play_steps_on_by_itself_and_pause_stops_it(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.click("button[aria-label=Play]")
    page.locator("[role=status]", has_text="Step 2 of").wait_for()
    page.click("button[aria-label=Pause]")
    before = said(page)
    page.wait_for_timeout(1200)
    assert said(page) == before


def test_a_node_tells_its_line_and_opens_to_its_elements(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, lambda x: np.sum(np.sin(x) * x), np.array([1.0, 2.0, 4.0]))
    sine = page.locator(".node", has_text="sin")
    assert "(3,)" in sine.get_attribute("aria-label")
    assert len(re.findall("M", sine.locator(".thumb path").get_attribute("d"))) == 4  # the line of zero, and three bars
    sine.focus()
    assert "np.sum(np.sin(x) * x)" in page.inner_text(".source")
    page.keyboard.press("Enter")
    assert "0.9093" in page.inner_text(".detail")
    assert "-0.7568" in page.inner_text(".detail")


def test_an_array_is_changed_element_by_element(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, lambda x: np.sum(x * x), np.array([1.0, 2.0, 4.0]))
    page.fill("input[aria-label='Element of x']", "2")
    assert page.input_value("input[aria-label='x, element 2, as a number']") == "4"
    page.fill("input[aria-label='x, element 2, as a number']", "10")
    assert values(page)[-1] == "105"
    assert "= 20" in page.inner_text(".inputs")


def test_a_loop_is_folded_and_opens_step_by_step(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, pendulum, 1.0, 0.5)
    folded = page.locator(".node.group")
    assert folded.count() == 1
    assert re.search(r"× (49|50)", folded.text_content())
    assert page.locator(".node").count() < 30
    kept(page, "folded", tmp_path)
    folded.focus()
    page.keyboard.press("Enter")
    assert 49 <= page.locator(".node.group").count() <= 50
    page.locator(".node.group").first.click()
    page.click(".chips button >> nth=0")
    assert page.locator(".node.group").count() == 1


def test_search_opens_what_hides_and_slices_keep_what_lies_between(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, pendulum, 1.0, 0.5)
    page.fill("input[type=search]", "v100 ")
    page.keyboard.press("Enter")
    assert re.search(r"v100 = ", said(page))
    assert page.locator(".node.chosen").count() == 1
    shown(page, "L = (a b + c)²")
    page.fill("input[aria-label=From]", "c")
    page.fill("input[aria-label=to]", "v5")
    page.click("button[aria-label='Show only what lies between']")
    assert [texts[0].split(" ")[0] for texts in nodes(page)] == ["c", "v4", "v5"]


def test_the_table_has_the_numbers_of_the_picture(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.click("summary")
    page.wait_for_selector("tbody tr")  # it is filled when it is open
    rows = [row.split("\t") for row in page.inner_text("tbody").splitlines() if row.strip()]
    assert [row[2] for row in rows] == ["3", "2", "1", "6", "7", "49"]
    assert [row[3] for row in rows] == ["28", "42", "14", "14", "14", "1"]


def test_the_page_works_from_a_frame_in_a_notebook(page: Any, serve: Any, tmp_path: Path) -> None:
    cell = (
        '<meta charset="utf-8"><link rel="icon" href="data:,">' + wg.record(squared_line, 3.0, 2.0, 1.0)._repr_html_()
    )
    (tmp_path / "index.html").write_text(cell, encoding="utf-8")
    page.goto(serve(tmp_path))
    assert page.frame_locator("iframe").locator(".node").last.text_content(timeout=10_000).endswith("= 49∂ 1")


MOUNT = """async (text) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  const el = document.createElement("div");
  document.body.append(el);
  widget.render({ el });
}"""


def test_the_module_of_a_widget_shows_the_same(page: Any, tmp_path: Path) -> None:
    page.goto("about:blank")
    module = wg.explore(squared_line, 3.0, 2.0, 1.0).module
    page.evaluate(MOUNT, module)
    assert values(page)[-1] == "49"


def test_many_widgets_of_one_notebook_keep_apart(page: Any) -> None:
    page.goto("about:blank")
    for f, args in ((squared_line, (3.0, 2.0, 1.0)), (thirty, AT)):
        page.evaluate(MOUNT, wg.explore(f, *args).module)
    ids = page.eval_on_selector_all("[id]", "all => all.map((e) => e.id)")
    assert len(ids) == len(set(ids)) == 4  # of each the tip of its arrows, and the names that can be chosen
    first, second = page.locator(".wengert").all()
    assert "Step 7 of 7" in first.inner_text()
    second.locator("button[aria-label^='One step back']").click()
    second.locator(".node").first.focus()
    page.keyboard.press("ArrowLeft")
    assert "Step 7 of 7" in first.inner_text()
    assert "Step 52 of 54" in second.inner_text()
    assert first.locator(".edge").first.get_attribute("marker-end") != second.locator(".edge").first.get_attribute(
        "marker-end"
    )


def test_an_operand_that_comes_twice_is_told_each_sum_as_it_grows(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, lambda x: x * x, 3.0)
    page.keyboard.press("End")
    told = page.inner_text(".status")
    assert [float(x) for x in re.findall(r"so xbar = (\S+?)[;.]?(?:\s|$)", told)] == [3, 6], told


def test_keys_step_wherever_they_are_pressed_but_in_boxes_and_sliders(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, squared_line, 3.0, 2.0, 1.0)
    page.keyboard.press("Home")
    assert "Step 0 " in page.inner_text(".status")
    page.mouse.click(400, 5)  # beside all that is there
    page.keyboard.press("ArrowRight")
    assert "Step 1 " in page.inner_text(".status")
    page.locator("input[type=checkbox]").first.focus()
    page.keyboard.press("ArrowRight")
    assert "Step 2 " in page.inner_text(".status")
    page.locator("input[type=number]").first.focus()
    page.keyboard.press("ArrowRight")
    assert "Step 2 " in page.inner_text(".status")


def test_what_a_function_given_to_checkpoint_did_is_shaded_and_said(page: Any, tmp_path: Path) -> None:
    segment = wg.checkpoint(lambda x: np.sin(x) * x)
    opened(page, tmp_path, lambda x: np.exp(segment(2.0 * x)), 0.5)
    shaded = page.locator(".node.segment")
    assert shaded.count() == 2
    assert all("checkpoint segment" in shaded.nth(k).get_attribute("aria-label") for k in range(2))
    assert page.inner_text(".graph + .about").startswith("↻")
    shown(page, "y = w x + b")
    assert page.locator(".segment, .graph + .about").count() == 0


def test_elements_of_a_matrix_have_the_names_that_python_gives_them(page: Any, tmp_path: Path) -> None:
    opened(page, tmp_path, lambda w: np.sum(w * w), np.arange(6.0).reshape(2, 3))
    page.fill("input[aria-label='Element of w']", "4")
    assert "∂v2/∂w[1, 1] = 8" in page.inner_text(".inputs")
    assert "w[1, 1]" in page.inner_text("text=along")
