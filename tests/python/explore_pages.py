"""What the tests of the explorer's page share: pages of functions, opened in a browser as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg

SHOTS = os.environ.get("WENGERT_SCREENSHOTS")  # a folder where pictures are kept


def opened(page: Any, folder: Path, f: Any, *args: Any) -> None:
    """The explorer of a call, shown from its file."""
    path = folder / "page.html"
    wg.explore(f, *args, path=path)
    page.goto(path.as_uri())
    page.wait_for_selector(".graph svg, .graph canvas")


def kept(page: Any, name: str, folder: Path) -> Path:
    """A picture of the page, in the folder for pictures or the test's own."""
    path = Path(SHOTS or folder) / f"explore-{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(path), full_page=True)
    return path


def nodes(page: Any) -> list[list[str]]:
    """The texts of each node of the picture, in order."""
    found = page.eval_on_selector_all(
        ".node", "all => all.map((e) => [...e.querySelectorAll('text:not(.mark)')].map((t) => t.textContent))"
    )
    return [[text for text in texts if text] for texts in found]


def said(page: Any) -> str:
    return str(page.inner_text("[role=status]"))


def shown(page: Any, title: str) -> None:
    """Chooses one of the graphs that the page brings along."""
    page.select_option("select.show", label=title)


def squared_line(a: Any, b: Any, c: Any) -> Any:
    return (a * b + c) ** 2


def thirty(a: Any, b: Any, c: Any, d: Any) -> Any:
    """About thirty operations, one branch among them."""
    u = np.sin(a * b) + np.exp(-c)
    v = u * d / (1 + a * a)
    w = np.tanh(v) + np.log(b * b + u * u)
    if w > 0:
        w = w * np.sqrt(c)
    r = np.arctan2(u, d) + np.cos(w * v) - a * w
    return r * r + 0.5 * w


AT = (0.7, 1.3, 2.0, 0.4)


def pendulum(length: Any, angle: Any, steps: int = 50) -> Any:
    speed = 0.0
    for _ in range(steps):
        speed = speed - 0.0981 / length * np.sin(angle)
        angle = angle + 0.01 * speed
    return angle


def varied(count: int, seed: int = 2) -> Any:
    """A function of `count` operations in no regular order: nothing to fold."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 5, count)
    others = rng.integers(1, 12, count)

    def f(a: Any, b: Any) -> Any:
        row = [a, b]
        for kind, back in zip(kinds.tolist(), others.tolist(), strict=True):
            x, y = row[-1], row[-min(back, len(row))]
            if kind == 0:
                row.append(np.sin(x))
            elif kind == 1:
                row.append(np.tanh(x + y))
            elif kind == 2:
                row.append(0.5 * (x - y))
            elif kind == 3:
                row.append(np.cos(x * y))
            else:
                row.append(np.arctan(x))
        return row[-1]

    return f


def tangled(count: int, seed: int) -> Any:
    """A function whose operations take any of those before them: long arrows, and slopes of any size."""
    pairs = np.random.default_rng(seed).integers(0, np.arange(2, count + 2)[:, None], (count, 2)).tolist()

    def f(a: Any, b: Any) -> Any:
        row = [a, b]
        for k, (i, j) in enumerate(pairs):
            x, y = row[i], row[j]
            row.append([x * y, x - 1e-7 * y, np.sin(12345.678 * x), np.exp(-x * x) + y][k % 4])
        return sum(row)

    return f
