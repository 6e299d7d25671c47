"""Size is a budget: at most 60 lines a function and 500 lines a file, in every language of the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("cpp", "python", "tests", "bench", "examples")
CXX = {".cpp", ".hpp", ".def"}
FUNCTION_LINES = 60
FILE_LINES = 500

# What is no code: comments, strings (raw ones too), characters, preprocessor lines with their continuations.
NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![\w])'(?:\\.|[^'\\\n])+'"""
    r"""|^[ \t]*\#(?:[^\n\\]|\\\n|\\.)*""",
    re.DOTALL | re.MULTILINE,
)
TEMPLATE = re.compile(r"^\s*template\s*<[^{]*?>\s*(?=(?:class|struct|union|enum)\b)")
SCOPE = re.compile(r"^\s*(?:(?:inline|export)\s+)*(?:namespace|class|struct|union|enum|extern)\b")


def sources(suffixes: set[str]) -> Iterator[Path]:
    """Every file of the project's code with one of these suffixes."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "__pycache__" not in path.parts:
                yield path


def without_noise(text: str) -> str:
    """The same lines with comments, strings and directives blanked."""
    return NOISE.sub(lambda match: "\n" * match.group().count("\n"), text)


def opens_function(header: str) -> bool:
    """Whether a brace after these words begins a body: not a scope, not an initialiser."""
    header = TEMPLATE.sub("", header)
    return "(" in header and not SCOPE.match(header) and not header.rstrip().endswith("=")


def cxx_functions(text: str) -> Iterator[tuple[int, int]]:
    """First and last line of each outermost C++ function body, its header included."""
    text = without_noise(text)
    depth, header, first = 0, 0, None  # depth counts braces inside a function or an initialiser
    for match in re.finditer(r"[{};]", text):
        at, sign = match.start(), match.group()
        if depth == 0 and sign == "{":
            words = text[header:at]
            if opens_function(words):
                first = text.count("\n", 0, header + len(words) - len(words.lstrip())) + 1
            depth = 0 if SCOPE.match(TEMPLATE.sub("", words)) else 1
        elif depth > 0:
            depth += {"{": 1, "}": -1, ";": 0}[sign]
            rest = text[at + 1 :].lstrip()
            if depth == 0 and rest.startswith((",", "{")):
                continue  # the members' initialisers of a constructor: its body is still to come
            if depth == 0 and first is not None:
                yield first, text.count("\n", 0, at) + 1
                first = None
        if depth == 0:
            header = at + 1


def python_functions(text: str) -> Iterator[tuple[int, int]]:
    """First and last line of each Python function, nested ones too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.end_lineno or node.lineno


def test_no_file_is_longer_than_the_budget():
    lengths = {path: len(path.read_text().splitlines()) for path in sources({".py", ".wgsl", *CXX})}
    assert lengths, "no source file found"
    over = [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lengths.items() if n > FILE_LINES]
    assert not over, over


def test_no_function_is_longer_than_the_budget():
    over = []
    for path in sources({".py", *CXX}):
        functions = python_functions if path.suffix == ".py" else cxx_functions
        for first, last in functions(path.read_text()):
            if last - first + 1 > FUNCTION_LINES:
                over.append(f"{path.relative_to(ROOT)}:{first}: {last - first + 1} lines")
    assert not over, over


def test_the_scan_of_cpp_sees_bodies_and_nothing_else():
    text = """
// int comment() { }
#define MACRO(x) \\
  int x() { return 1; }
namespace a {
template <class T>
struct Box : Base<T> {
  Box() : n_{1}, m_(2) {
    go('{', "}");
  }
  int n_ = 1'000;
};
constexpr int table[] = {
  1, 2,
};
template <class T>
T twice(T x) { return [&] { return 2 * x; }(); }
const char* text = R"x({ ) ")x";
void last() {
  for (;;) { if (true) { break; } }
}
}  // namespace a
"""
    assert list(cxx_functions(text)) == [(8, 10), (16, 17), (19, 21)]
