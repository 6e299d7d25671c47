"""The tables of bench/README.md as numbers: who was how much quicker. drawn.py makes pictures of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

OURS = ("wengert-compiled", "wengert")
TIME = re.compile(r"^([\d.,]+) (?:n|µ|u|m)?s$")
PAIR = re.compile(r"^([\d.,]+) / ([\d.]+)$")
SKIPPED = ("gradients",)  # counts of another unit
NAMES = {"hand": "C++ by hand", "numpy": "NumPy, the value alone", "jax-scan": "jax, scan", "xsimd": "raw xsimd"}


@dataclass
class Measured:
    """One table of ratios: how many times as long as ours each peer takes, by workload."""

    title: str
    ours: str
    rows: dict[str, dict[str, float]]

    @property
    def peers(self) -> list[str]:
        return list(dict.fromkeys(peer for row in self.rows.values() for peer in row))


def tables(text: str) -> list[Measured]:
    """Every table that has a column of our times and columns of ratios to them."""
    found = []
    for block in re.finditer(r"(?:^\|.*\n)+", text, re.MULTILINE):
        table = ratios(heading(text[: block.start()]), [cells(line) for line in block[0].splitlines()])
        if table is not None:
            found.append(table)
    return [*found, *filter(None, [functions(text)])]


def functions(text: str) -> Measured | None:
    """The table of times an element, whose columns are our times over others': turned round as in all tables."""
    for block in re.finditer(r"(?:^\|.*\n)+", text, re.MULTILINE):
        header, _, *rows = [cells(line) for line in block[0].splitlines()]
        if header[1:2] == ["ns"] and all(name.startswith("to ") for name in header[2:]):
            rivals = {k: name.removeprefix("to ").replace("NumPy", "numpy") for k, name in enumerate(header) if k > 1}
            times = {row[0]: {rival: 1 / float(row[k]) for k, rival in rivals.items()} for row in rows}
            return Measured("Elementwise functions", "wengert", times)
    return None


@dataclass
class Firsts:
    """The table of first calls: milliseconds and megabytes, by workload and by who."""

    title: str
    rows: dict[str, dict[str, tuple[float, float]]]


def firsts(text: str) -> Firsts:
    """It is the one with pairs."""
    for block in re.finditer(r"(?:^\|.*\n)+", text, re.MULTILINE):
        header, _, *rows = [cells(line) for line in block[0].splitlines()]
        if any(PAIR.match(cell) for cell in rows[0][1:]):
            found = {
                row[0]: {who: pair(cell) for who, cell in zip(header[1:], row[1:], strict=True) if PAIR.match(cell)}
                for row in rows
            }
            return Firsts("The first call", found)
    raise AssertionError("no table of first calls")


def pair(cell: str) -> tuple[float, float]:
    time, memory = cell.replace(",", "").split(" / ")
    return float(time), float(memory)


def heading(before: str) -> str:
    """The last bold words before a table: its title."""
    titles = re.findall(r"^\*\*(.+?)\*\*", before, re.MULTILINE | re.DOTALL)
    return " ".join(titles[-1].split()).split(":")[0].rstrip(".") if titles else ""


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def ratios(title: str, lines: list[list[str]]) -> Measured | None:
    """The table's numbers, where it is one of ours."""
    header, rows = lines[0], lines[2:]
    ours = next((name for name in OURS if name in header[1:]), None)
    if ours is None or not all(TIME.match(row[header.index(ours)]) for row in rows):
        return None
    peers = [(name.split(",")[0], k) for k, name in enumerate(header) if k and name != ours and name not in SKIPPED]
    return Measured(
        title,
        ours,
        {row[0]: {peer: float(row[k]) for peer, k in peers if re.fullmatch(r"[\d.]+", row[k])} for row in rows},
    )


def losses(found: list[Measured]) -> str:
    """Every row in which a peer that computes the same was quicker, and how many times: the worst first."""
    lost = [
        (1 / ratio, workload, table.ours, peer)
        for table in found
        for workload, row in table.rows.items()
        for peer, ratio in row.items()
        if ratio < 1 and peer != "numpy"
    ]
    lines = ["| times as long | what | how | as |\n", "|---|---|---|---|\n"]
    lines += [
        f"| {more:.2f} | {what} | {how} | {NAMES.get(who, who)} |\n" for more, what, how, who in sorted(lost)[::-1]
    ]
    return "".join(lines)


def tally(found: list[Measured]) -> str:
    """For each table and peer: in how many rows it was slower, and the median ratio."""
    lines = ["| table | beside | rows | we were quicker in | median ratio |\n", "|---|---|---|---|---|\n"]
    for table in found:
        for peer in table.peers:
            each = sorted(row[peer] for row in table.rows.values() if peer in row)
            middle = 0.5 * (each[(len(each) - 1) // 2] + each[len(each) // 2])
            won = sum(ratio > 1 for ratio in each)
            lines.append(f"| {table.title} | {NAMES.get(peer, peer)} | {len(each)} | {won} | {middle:.2f} |\n")
    return "".join(lines)
