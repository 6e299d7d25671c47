"""The page's modules as one script, and the page as one file.

Modules are written as such (`import { a } from "./b.js"`, `export`), and become functions here, called in the order of
their imports: no bundler is needed, neither to build nor to install.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["data", "html", "modules", "stripped", "style"]

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)
# What a page does not need of a script: remarks that have lines of their own or end one, indentation, empty lines.
_REMARK = re.compile(r"^[ \t]*//.*\n|^[ \t]*/\*\*[\s\S]*?\*/\n|(?<=[;,{]) // [^\"'`\n]*$|^[ \t]+|^\n", re.MULTILINE)
_FRAME = (
    "html{color-scheme:light dark;background:light-dark(#fff,#0d1117)}body{margin:0}h1{font-size:1.35rem;margin:0}"
    "main{margin:0 auto;max-width:96rem;padding:1rem;box-sizing:border-box}"
)
_ICON = "data:,"  # else a browser asks the folder for one


@cache
def modules(last: str = "page/page.js", export: str = "mount") -> str:
    """A module behind all that it needs, and what is taken from it: of the page's `mount`."""
    found: dict[Path, str] = {}
    _module(_FOLDER / last, found)
    return "\n".join(found.values()) + f"\nconst {{ {export} }} = m_{Path(last).stem};\n"


def _module(path: Path, found: dict[Path, str]) -> None:
    """A module and, before it, those that it imports."""
    path = path.resolve()
    if path in found:
        return
    text = path.read_text(encoding="utf-8")
    for _, other in _IMPORT.findall(text):
        _module(path.parent / other, found)
    exports = ", ".join(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub(lambda m: f"const {m[1]} = m_{Path(m[2]).stem};\n", text))
    body = stripped(body)
    found[path] = f"const m_{path.stem} = (() => {{\n{body}return {{ {exports} }};\n}})();"


@cache
def style() -> str:
    return (_FOLDER / "page" / "page.css").read_text(encoding="utf-8")


def stripped(script: str) -> str:
    """The same script without remarks and indentation: ours has no text of more than one line."""
    return _REMARK.sub("", script)


def data(x: Any) -> str:
    """JSON that no HTML parser takes for an end of the script."""
    return json.dumps(x, separators=(",", ":"), ensure_ascii=True).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def html(title: str, script: str) -> str:
    """A page that may do nothing but run this script: it can ask for nothing, not even what the script wants."""
    frame = _FRAME + style()
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(frame)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="{_ICON}">\n'
        f'<style>{frame}</style></head>\n<body><main class="wengert"><h1>{escape(title)}</h1>'
        '<div id="page"></div></main>\n'
        f'<script type="module">{script}</script></body></html>\n'
    )
