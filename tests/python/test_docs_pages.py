"""What the pages name is there, and what the build makes of them is what they say."""

from __future__ import annotations

import importlib
import re
import sys
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

import wengert as wg

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import drawn  # noqa: E402
import measured  # noqa: E402
import pages  # noqa: E402

ROW = re.compile(r"^\| `(?P<theirs>[\w.]+)` \| `wg\.(?P<ours>[\w.]+)` \|", re.MULTILINE)
PEERS = {"jax": "jax", "autograd": "autograd", "pytorch": "torch", "casadi": "casadi"}
TABLES = {name: ROW.findall((ROOT / "docs" / "coming-from" / f"{name}.md").read_text()) for name in PEERS}
PAIRS = [pair for pairs in TABLES.values() for pair in pairs]


def there(name: str) -> Any:
    """What a dotted name leads to: modules are imported on the way."""
    found: Any = importlib.import_module(name.split(".")[0])
    walked = [name.split(".")[0]]
    for part in name.split(".")[1:]:
        walked.append(part)
        found = getattr(found, part) if hasattr(found, part) else importlib.import_module(".".join(walked))
    return found


def test_every_peer_has_a_table():
    assert all(len(table) >= 10 for table in TABLES.values())
    rows = [line for name in PEERS for line in (ROOT / "docs" / "coming-from" / f"{name}.md").read_text().splitlines()]
    assert len(PAIRS) == len([row for row in rows if row.startswith("| `")])  # none that the pattern passes over


@pytest.mark.parametrize("ours", sorted({ours for _, ours in PAIRS}))
def test_a_name_of_ours_in_a_table_is_there(ours):
    assert reduce(getattr, ours.split("."), wg) is not None


@pytest.mark.parametrize(("peer", "theirs"), [(name, theirs) for name in PEERS for theirs, _ in TABLES[name]])
@pytest.mark.filterwarnings("ignore")
def test_a_name_of_theirs_in_a_table_is_there(peer, theirs):
    pytest.importorskip(PEERS[peer])
    assert there(theirs) is not None


def test_a_block_of_python_becomes_a_cell_and_its_output_is_left_to_the_run():
    page = "# T\n\n```python\nprint(1)\n```\n```text\n1\n```\n\nAnd so on.\n"
    made = pages.executed(page)
    assert "```{code-cell} python\nprint(1)\n```\n\nAnd so on.\n" in made
    assert made.startswith("---\nfile_format: mystnb\n")
    assert pages.executed("no code") == "no code"


@pytest.mark.parametrize(
    ("link", "source", "shown", "made"),
    [
        ("[a](numpy.md)", "docs/programs.md", None, "[a](numpy.md)"),
        ("[a](../bench/README.md)", "docs/programs.md", None, "[a](benchmarks.md)"),
        ("[a](../../bench/README.md)", "docs/ideas/when-not.md", None, "[a](../benchmarks.md)"),
        ("[a](docs/numpy.md#rules)", "CHANGELOG.md", "docs/changes.md", "[a](numpy.md#rules)"),
        ("[`a`](../cpp/wengert/rule/ops.def)", "docs/design.md", None, "`a`"),
        ("[a](https://numpy.org/doc)", "docs/numpy.md", None, "[a](https://numpy.org/doc)"),
    ],
)
def test_a_link_stays_within_the_site(link, source, shown, made):
    assert pages.inside(link, source, shown) == made


def test_a_module_s_docstring_keeps_what_it_stresses_and_a_function_s_stars_are_shown():
    import reference

    for what, left in (("module", ["*This* of ``x``.", ""]), ("function", ["\\*This\\* of ``x``.", ""])):
        lines = ["*This* of `x`."]
        reference.convert(None, what, "", None, None, lines)
        assert lines == left


BENCH = """
**One call.** Prose.

| workload | wengert | hand | jax | numpy |
|---|---|---|---|---|
| chain | 2.5 ms | 0.10 | 4.0 | 0.5 |
| fused | 1,000 ms | – | 0.50 | 2.0 |

**Memory**

| workload | wengert | hand |
|---|---|---|
| chain | 0.6 / 0.2 | 3.9 / 0.7 |
"""


def test_ratios_are_read_from_tables_of_times():
    [table] = measured.tables(BENCH)
    assert (table.title, table.ours, table.peers) == ("One call", "wengert", ["hand", "jax", "numpy"])
    assert table.rows == {
        "chain": {"hand": 0.1, "jax": 4.0, "numpy": 0.5},
        "fused": {"jax": 0.5, "numpy": 2.0},
    }


def test_every_loss_is_told_the_worst_first():
    rows = measured.losses(measured.tables(BENCH)).splitlines()[2:]
    assert rows == ["| 10.00 | chain | wengert | C++ by hand |", "| 2.00 | fused | wengert | jax |"]


def test_no_table_of_the_benchmarks_is_passed_over_and_no_loss():
    found = measured.tables((ROOT / "bench" / "README.md").read_text())
    assert len(found) >= 4
    ratios = [r for table in found for row in table.rows.values() for peer, r in row.items() if peer != "numpy"]
    assert len(measured.losses(found).splitlines()) - 2 == sum(ratio < 1 for ratio in ratios) > 10


def points(axes: Any) -> dict[str, list[float]]:
    """What is drawn of whom."""
    lines = [line for line in axes.lines if len(line.get_xdata()) and line.get_label()[0] != "_"]
    return {line.get_label(): sorted(line.get_xdata()) for line in lines}


def test_pictures_show_every_ratio(tmp_path):
    pytest.importorskip("matplotlib")
    [table] = measured.tables(BENCH)
    axes = drawn.picture(table, dark=False).axes[0]
    assert points(axes) == {"C++ by hand": [0.1], "jax": [0.5, 4.0], "NumPy, the value alone": [0.5, 2.0]}
    drawn.draw([table], None, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ratios-one-call-dark.svg",
        "ratios-one-call-light.svg",
    ]


FIRST = """
**The first call, milliseconds / most memory, in megabytes.**

| workload | wengert | hand | jax |
|---|---|---|---|
| chain | 0.667 / 0.2 | 3.99 / 0.7 | 16,324 / 2297.5 |
| fused | 7,331 / 1231.3 | 348 / 166.2 | – |
"""


def test_the_picture_of_first_calls_shows_every_time_and_memory():
    pytest.importorskip("matplotlib")
    table = measured.firsts(FIRST)
    assert table.rows["chain"] == {"wengert": (0.667, 0.2), "hand": (3.99, 0.7), "jax": (16324.0, 2297.5)}
    time, memory = drawn.calls(table, dark=True).axes
    assert points(time) == {"C++ by hand": [3.99, 348.0], "jax": [16324.0], "wengert": [0.667, 7331.0]}
    assert [sorted(line.get_xdata()) for line in memory.lines] == [[0.7, 166.2], [2297.5], [0.2, 1231.3]]


FUNCTIONS = """
**Elementwise functions, and the ratios.**

| | ns | to NumPy | to xsimd |
|---|---|---|---|
| exp | 3.13 | 0.50 | 1.25 |
"""


def test_our_times_over_others_are_turned_round():
    [table] = measured.tables(FUNCTIONS)
    assert (table.title, table.rows) == ("Elementwise functions", {"exp": {"numpy": 2.0, "xsimd": 0.8}})
    assert measured.losses([table]).splitlines()[2:] == ["| 1.25 | exp | wengert | raw xsimd |"]


def test_every_table_of_the_benchmarks_has_its_picture_on_the_page(tmp_path):
    pytest.importorskip("matplotlib")
    text = (ROOT / "bench" / "README.md").read_text()
    found, first = measured.tables(text), measured.firsts(text)
    assert len(found) >= 6
    page = drawn.page(found, first)
    drawn.draw(found, first, tmp_path)
    named = set(re.findall(r"_generated/(ratios-[\w-]+\.svg)", page))
    assert named == {path.name for path in tmp_path.iterdir()}
    assert len(named) == 2 * (len(found) + 1)
    assert [f"## {table.title}" for table in found] == re.findall(r"^## .+", page, re.MULTILINE)[:-1]


def test_what_the_readme_says_of_mixtures_is_what_was_measured():
    bench, readme = ((ROOT / name).read_text() for name in ("bench/README.md", "README.md"))
    mixtures = next(table for table in measured.tables(bench) if table.title == "Mixtures")
    for peer, told in (("hand", r"(\S+) to (\S+) of our time by hand"), ("jax", r"(\S+) to (\S+) by JAX")):
        ratios = [row[peer] for row in mixtures.rows.values()]
        assert re.search(told, readme)[0].startswith(f"{min(ratios):.2f} to {max(ratios):.2f}")  # type: ignore[index]


def test_the_citation_names_this_version():
    cited, readme = ((ROOT / name).read_text() for name in ("CITATION.cff", "README.md"))
    assert re.search(r"^version: (.+)$", cited, re.MULTILINE)[1] == wg.__version__  # type: ignore[index]
    assert f"version = {{{wg.__version__}}}" in readme
    assert re.search(r'^title: "(.+)"$', cited, re.MULTILINE)[1] in readme  # type: ignore[index]


def test_the_table_of_primitives_has_every_primitive_that_has_a_name():
    import generated

    elementwise, structural = generated.primitives()
    public = [p for p in wg.testing.primitives() if not p.internal]
    for p in public:
        meaning = p.doc.replace("|", r"\|")
        assert f"| `{p.name}` | {meaning} |" in (elementwise if p.elementwise else structural)
    assert len(elementwise.splitlines()) + len(structural.splitlines()) == len(public) + 4


def test_every_error_has_its_page_on_the_site_and_every_guide_its_place():
    import generated

    codes = re.findall(r"^# (WG\d+): \w", generated.error_pages(), re.MULTILINE)
    assert len(codes) == len(set(codes)) > 20
    listed = set(generated.guides().split())
    assert {"installation", "semantics", "errors"} <= listed
    assert "contributing" not in listed


def test_every_written_example_is_of_a_function_that_is_there():
    import examples
    import generated

    names = {
        f"{examples.ALIASES[n]}.{short}"
        for n in generated.NAMESPACES
        for short, _ in generated.public(generated.namespace(n))
    }
    assert not set(examples.written()) - names


def test_a_namespace_is_listed_whole_and_every_function_has_an_example():
    import generated

    for name in generated.NAMESPACES:
        page = generated.functions(name)
        listed = re.findall(r"^\.\. py:function:: wengert\.([\w.]+)", page, re.MULTILINE)
        assert all("\n   >>> " in entry for entry in page.split(".. py:function::")[1:])
        assert listed == [f"{name}.{short}" for short, _ in generated.public(generated.namespace(name))]
        assert len(listed) > 10
