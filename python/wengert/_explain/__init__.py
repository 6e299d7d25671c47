"""What an error says beyond its message: its code, the user's line with a caret, the way out. Loaded when one is shown.

pages.txt holds a page for each code. Its head says which errors have the code: a class of wengert.errors and, where the
class has several codes, words of the message. The first page that fits is the error's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wengert._explain.hints import extra
from wengert._explain.lines import where

__all__ = ["Page", "code_of", "page_of", "pages", "shown"]

HEAD = re.compile(r"^== (?P<code>WG\d{3}) (?P<kind>\w+)(?: /(?P<words>.+)/)?\n(?P<title>.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page: what errors have the code, what it is about, the way out in a line, the whole."""

    code: str
    kind: str
    words: str
    title: str
    hint: str
    body: str

    def fits(self, error: BaseException, message: str) -> bool:
        """Is this the page of an error with that message?"""
        return any(k.__name__ == self.kind for k in type(error).__mro__) and bool(re.search(self.words, message))

    def text(self) -> str:
        """The page as it is printed."""
        return f"{self.code} {self.kind}: {self.title}\n\n{self.body}"


@cache
def pages() -> dict[str, Page]:
    """All pages by code, in the order in which they are tried."""
    text = (Path(__file__).parent / "pages.txt").read_text(encoding="utf-8")
    heads = list(HEAD.finditer(text))
    found = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)].strip()
        hint = body.partition("\n")[0].removeprefix("do: ") if body.startswith("do: ") else ""
        found[head["code"]] = Page(head["code"], head["kind"], head["words"] or "", head["title"], hint, body)
    return found


def page_of(error: BaseException, message: str) -> Page:
    """The page of an error of ours; that of errors nobody thought of, if there is none."""
    return next((page for page in pages().values() if page.fits(error, message)), pages()["WG900"])


def code_of(error: BaseException, message: str) -> str:
    """The code of an error of ours."""
    return page_of(error, message).code


def shown(error: BaseException, message: str) -> str:
    """The message with all that goes with it: code, line and caret, what differs, the way out, where to read on."""
    page = page_of(error, message)
    first, *rest = message.split("\n")
    rest = where(error, rest)
    lines = [f"{first} [{page.code}]", *rest, *extra(page.code, "\n".join([first, *rest]))]
    if page.hint and not any(line.startswith("  use ") for line in lines):
        lines.append(f"  {page.hint}")
    return "\n".join([*lines, f"  more: python -m wengert explain {page.code}"])
