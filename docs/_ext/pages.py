"""Pages that are plain Markdown, made what MyST-NB executes.

A page on a forge shows a block of Python and what it prints: a `python` block, and a `text` block behind it. Here the
first becomes a cell that the build runs, and the second goes, as the run prints its own. Whether the two agree is for
the tests to say (tests/python/test_readme.py). A link out of this folder leads to the page that stands for the
file, or is left as text.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGES = {  # what lies elsewhere in the repository, and the page it is part of
    "README.md": "index.md",
    "CHANGELOG.md": "changes.md",
    "bench/README.md": "benchmarks.md",
    "examples/README.md": "gallery/index.rst",
    "docs/README.md": "index.md",
}
HEADER = """---
file_format: mystnb
kernelspec:
  name: python3
---
"""
PYTHON = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:```text\n.*?^```\n)?",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"(?<!!)\[(?P<text>[^]]+)\]\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def executed(text: str) -> str:
    """Blocks of Python as cells; the page as it is where it has none."""
    cells, count = PYTHON.subn(lambda block: f"```{{code-cell}} python\n{block['code']}```\n", text)
    return HEADER + cells if count else text


def inside(text: str, page: str, shown: str | None = None) -> str:
    """Links of a page (its path from the repository) that stay within the site; `shown` is the page it is part of."""

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), found["path"]))
        target = f"docs/{PAGES[target]}" if target in PAGES else target
        if not target.startswith("docs/") or not (target.startswith("docs/gallery/") or (ROOT / target).exists()):
            return found["text"]  # that a link leads somewhere is tested; what is not part of the site is text there
        return (
            f"[{found['text']}]({posixpath.relpath(target, posixpath.dirname(shown or page))}{found['anchor'] or ''})"
        )

    return LINK.sub(link, text)


def read(_: Any, name: str, source: list[str]) -> None:
    """What Sphinx is to see of a page."""
    if not name.startswith("gallery/"):
        source[0] = executed(inside(source[0], f"docs/{name}.md"))


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
