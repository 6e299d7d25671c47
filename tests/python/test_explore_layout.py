"""Where things stand in the explorer's picture: no label on a node, another label, a crossing or another's arrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromium import Browser
from explore_pages import AT, opened, pendulum, squared_line, tangled, thirty, varied

RNG = np.random.default_rng(0)


def perceptron(w: Any, b: Any, v: Any, x: Any) -> Any:
    return np.sum((v @ np.tanh(w @ x + b) - 1.0) ** 2)


def joined(x: Any) -> Any:
    """Many arrows into one operation, from far and from near."""
    parts = [x[0] * x[1]]
    for k in range(20):
        parts.append(np.sin(parts[-1]) * (k + 2.0))
    return np.sum(np.stack(parts) ** 2)


GRAPHS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "three": (squared_line, (3.0, 2.0, 1.0)),
    "thirty": (thirty, AT),
    "folded": (pendulum, (1.0, 0.5)),
    "arrays": (perceptron, (RNG.normal(size=(5, 8)), RNG.normal(size=5), RNG.normal(size=(3, 5)), RNG.normal(size=8))),
    "joined": (joined, (np.array([0.3, 1.7]),)),
    **{f"varied {seed}": (varied(25, seed), (0.3, 0.7)) for seed in (3, 4, 5)},
    **{f"tangled {seed}": (tangled(20, seed), (0.3, -0.7)) for seed in (6, 7, 8)},
    "large": (varied(180), (0.3, 0.7)),
}

# Boxes as [left, top, right, end], in the picture's own units; of a label also how many arrows meet its box.
GEOMETRY = """() => {
  const box = ({ x, y, width, height }, dx = 0, dy = 0) => [x + dx, y + dy, x + width + dx, y + height + dy];
  const written = (kind) => [...document.querySelectorAll(kind)].filter((e) => e.textContent);
  const texts = (kind) => written(kind).map((e) => box(e.getBBox()));
  const ways = [...document.querySelectorAll(".edge")].map((e) => {
    const n = Math.ceil(e.getTotalLength() / 3);
    return Array.from({ length: n + 1 }, (_, k) => e.getPointAtLength((k * e.getTotalLength()) / n));
  });
  const within = ([l, t, r, b]) => ({ x, y }) => x > l && x < r && y > t && y < b;
  const labels = texts(".label");
  return {
    nodes: [...document.querySelectorAll(".node")].map((e) => {
      const { e: dx, f: dy } = e.transform.baseVal.consolidate().matrix;
      return box(e.querySelector(".face").getBBox(), dx, dy);
    }),
    labels,
    names: texts(".far"),
    met: labels.map((label) => ways.filter((way) => way.some(within(label))).length),
    view: box(document.querySelector(".graph svg").viewBox.baseVal),
  };
}"""


def overlaps(a: list[list[float]], b: list[list[float]]) -> np.ndarray:
    """Pairs of boxes that share more than an edge."""
    p, q = np.reshape(a, (-1, 1, 4)), np.reshape(b, (1, -1, 4))
    return np.all((p[..., :2] < q[..., 2:]) & (q[..., :2] < p[..., 2:]), axis=-1)


@pytest.fixture(params=[1200, 390])
def sized(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Any]:
    """A page of a wide window, where arrows go to the right, and one of a narrow one, where they go down."""
    context = browser.run(lambda: browser.context(viewport={"width": request.param, "height": 800}))
    yield browser.run(context.new_page)
    browser.run(context.close)


def geometry(page: Any, folder: Path, name: str) -> dict[str, Any]:
    f, args = GRAPHS[name]
    opened(page, folder, f, *args)
    if page.locator("button[aria-label='Unfold all']").count() and name != "folded":
        page.click("button[aria-label='Unfold all']")
    found: dict[str, Any] = page.evaluate(GEOMETRY)
    return found


@pytest.mark.parametrize("name", GRAPHS)
def test_no_label_meets_a_node_a_label_or_an_arrow_that_is_not_its_own(
    browser: Browser, sized: Any, name: str, tmp_path: Path
) -> None:
    found = browser.run(geometry, sized, tmp_path, name)
    nodes, labels, names = found["nodes"], found["labels"], found["names"]
    assert len(labels) >= 4
    assert set(found["met"]) == {1}  # its own: so no two arrows cross there
    texts = [*labels, *names]
    assert not overlaps(texts, nodes).any()
    for boxes in (texts, nodes):
        assert np.array_equal(overlaps(boxes, boxes), np.eye(len(boxes), dtype=bool))
    left, top, right, end = np.array([*texts, *nodes]).T
    assert min(left) >= 0
    assert min(top) >= 0
    assert max(right) <= found["view"][2]
    assert max(end) <= found["view"][3]


def test_names_stand_for_arrows_from_far(browser: Browser, sized: Any, tmp_path: Path) -> None:
    assert any(browser.run(geometry, sized, tmp_path, name)["names"] for name in ("joined", "tangled 6"))


def test_a_thumbnail_shows_a_matrix_by_squares_and_low_bars(browser: Browser, sized: Any, tmp_path: Path) -> None:
    def look() -> dict[str, int]:
        opened(sized, tmp_path, lambda x: np.sum(x * x), np.array([[3.0, -3.0, 0.0], [1.0, 2.0, -0.5]]))
        found: dict[str, int] = sized.eval_on_selector_all(
            ".node.input .thumb path",
            "all => Object.fromEntries(all.map((e) => [e.className.baseVal, e.getAttribute('d').match(/M/g).length]))",
        )
        return found

    assert browser.run(look) == {"up3": 1, "down3": 1, "up1": 1, "up2": 1, "down1": 1}
