"""What an error says beyond its message: its code, the user's line with a caret, the way out. Loaded when one is shown.

pages.txt holds a page for each code. What we raise in Python has its number with it, as a second argument, where its
class has several. The core's errors have a class and a message, *operation: what differs: what was given*; the head of
a page has the words that one of these parts begins with, and a star if it is that of all others of its class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wengert._explain.hints import extra
from wengert._explain.lines import where

__all__ = ["Page", "page_of", "pages", "shown"]

# Whose advice is for all that can be wrong there: left out where there is some for what was.
GENERAL = {"WG209", "WG306", "WG405", "WG701", "WG702"}
HEAD = re.compile(r"^== (?P<code>WG\d{3}) (?P<kind>\w+)(?: core: (?P<words>.+))?\n(?P<title>.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page: the class of its errors, words that the core's begin with, what it is about, the way out, the whole."""

    code: str
    kind: str
    words: tuple[str, ...]
    title: str
    hint: str
    body: str

    def text(self) -> str:
        """The page as it is printed."""
        return f"{self.code} {self.kind}: {self.title}\n\n{self.body}"


@cache
def pages() -> dict[str, Page]:
    """All pages by code."""
    text = (Path(__file__).parent / "pages.txt").read_text(encoding="utf-8")
    heads = list(HEAD.finditer(text))
    found = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)].strip()
        hint = body.partition("\n")[0].removeprefix("do: ") if body.startswith("do: ") else ""
        words = tuple(head["words"].split(" | ")) if head["words"] else ()
        found[head["code"]] = Page(head["code"], head["kind"], words, head["title"], hint, body)
    return found


def page_of(error: BaseException) -> Page:
    """The page of an error of ours; that of errors nobody thought of, if there is none."""
    given = f"WG{error.args[1]}" if len(error.args) > 1 else ""
    return pages().get(given) or _of_class(type(error), str(error.args[0]) if error.args else "")


def _of_class(kind: type, message: str) -> Page:
    """The class's page; of several that which the core's words name, else that of all others."""
    kinds = (k.__name__ for k in kind.__mro__)
    several = next(found for name in kinds if (found := [page for page in pages().values() if page.kind == name]))
    for part in message.partition("\n")[0].split(": "):
        for page in several:
            if part.startswith(page.words):
                return page
    return next((page for page in several if "*" in page.words), several[0])


def shown(error: BaseException) -> str:
    """The message with all that goes with it: code, line and caret, what differs, the way out, where to read on."""
    page = page_of(error)
    first, *rest = (str(error.args[0]) if error.args else "").split("\n")
    rest = where(error, rest)
    found = extra(page.code, "\n".join([first, *rest]))
    lines = [f"{first} [{page.code}]", *rest, *found]
    if page.hint and not (found and page.code in GENERAL) and not any(line.startswith("  use ") for line in lines):
        lines.append(f"  {page.hint}")
    return "\n".join([*lines, f"  more: python -m wengert explain {page.code}"])
