"""Schedules of actions: what they cost, refuse and look like. Their proof is tests/cpp/test_schedule.cpp."""

from __future__ import annotations

import sys
from itertools import islice
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.schedules import Action, Count, Schedule, binomial, online, store_all, two_level

SCHEDULES = {
    "store_all": lambda n: store_all(n),
    "binomial": lambda n: binomial(n, 3),
    "two_level": lambda n: two_level(n, 2, 3),
    "online": lambda n: online(4),
}


def least_advances(n: int, s: int) -> int:
    """t(n, s), as it stands in Griewank & Walther."""
    r = 0
    while comb(s + r, s) < n:
        r += 1
    return r * n - comb(s + r, r - 1) if r else 0


def actions(schedule: Schedule, steps: int) -> list[Action]:
    """All of them but questions, which are answered for a loop of so many steps."""
    run, given = iter(schedule), []
    for action in run:
        if action.kind != "ask":
            given.append(action)
        elif action.state < steps:
            run.more()
        else:
            run.finish()
    return given


def differentiate(schedule: Schedule, steps: int, x: float) -> tuple[list[float], float]:
    """What a loop of x -> sin(x) + x / k hands to each of its steps, last first, and its derivative: by a schedule."""
    slots: dict[tuple[str | None, int | None], float] = {}
    seen, slope = [], 1.0
    for kind, state, stop, slot, tier in actions(schedule, steps):
        if kind == "advance":
            for k in range(state, stop):
                x = np.sin(x) + x / (k + 1)
        elif kind == "save":
            slots[tier, slot] = x
        elif kind == "restore":
            x = slots[tier, slot]
        elif kind == "free":
            del slots[tier, slot]
        else:
            assert kind == "reverse"
            slope *= np.cos(x) + 1 / (state + 1)
            seen.append(x)
            x = np.nan
    assert not slots
    return seen, slope


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [0, 1, 2, 5, 40])
def test_every_schedule_gives_the_derivative_of_a_loop_bit_for_bit(name, steps):
    seen, slope = differentiate(SCHEDULES[name](steps), steps, 0.3)
    xs, x = [], 0.3
    for k in range(steps):
        xs.append(x)
        x = np.sin(x) + x / (k + 1)
    expected = 1.0
    for k in reversed(range(steps)):
        expected *= np.cos(xs[k]) + 1 / (k + 1)
    assert seen == xs[::-1]
    assert slope == expected


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [0, 1, 7, 100])
def test_a_count_says_what_the_actions_come_to(name, steps):
    schedule = SCHEDULES[name](steps)
    done = actions(schedule, steps)
    kinds = [action.kind for action in done]
    count = schedule.count(steps) if name == "online" else schedule.count()
    assert count.actions == len(done)
    assert count.taped == kinds.count("reverse") == steps
    assert count.advanced == sum(action.stop - action.state for action in done if action.kind == "advance")
    assert count.writes == sum(action.kind == "save" and action.tier == "disk" for action in done)
    assert count.reads == sum(action.kind == "restore" and action.tier == "disk" for action in done)
    assert kinds.count("save") == kinds.count("free")


@given(st.integers(0, 30_000), st.integers(1, 300))
def test_the_binomial_schedule_takes_the_fewest_steps_there_can_be(n, s):
    count = binomial(n, s).count()
    assert count.advanced == least_advances(n, s)
    assert count.most_snapshots <= s


@given(st.integers(1, 30_000), st.integers(10, 300))
@settings(max_examples=200)
def test_a_loop_of_unknown_length_takes_at_most_4_percent_more_steps(n, s):
    count = online(s).count(n)
    assert count.advanced + n <= 1.04 * (least_advances(n, s) + n)
    assert count.most_snapshots <= s


@given(st.integers(0, 5_000), st.integers(1, 50), st.integers(0, 100))
def test_a_disk_counts_like_memory(n, s, disk):
    count = two_level(n, s, disk).count()
    assert count.advanced == least_advances(n, s + disk)
    assert count.most_snapshots <= s
    assert count.most_on_disk <= disk


def test_a_million_steps():
    assert binomial(1000, 10).count().advanced == 3_636
    assert binomial(1_000_000, 10).count().advanced == 11_647_922
    assert binomial(1_000_000, 100).count()[:3] == (3_817_896, 1_000_000, 100)
    assert online(100).count(1_000_000).advanced <= 3_820_000
    assert store_all(1_000_000).count() == Count(999_999, 1_000_000, 999_999, 0, 0, 0, 4_999_996)


def test_the_longest_schedule_begins_at_once():
    first = list(islice(binomial(2**40, 100), 3))
    assert [action.kind for action in first] == ["save", "advance", "save"]


def test_a_schedule_can_be_gone_through_again_and_prints_as_words():
    schedule = two_level(4, 1, 1)
    assert [str(action) for action in schedule] == [
        "save 0 in disk 0",
        "advance 0 to 1",
        "save 1 in memory 0",
        "advance 1 to 3",
        "reverse 3",
        "restore 1 from memory 0",
        "advance 1 to 2",
        "reverse 2",
        "restore 1 from memory 0",
        "free 1 from memory 0",
        "reverse 1",
        "restore 0 from disk 0",
        "free 0 from disk 0",
        "reverse 0",
    ]
    assert list(schedule) == list(schedule)
    assert repr(binomial(np.int64(5), 2)) == "Schedule(kind='binomial', steps=5, snapshots=2, disk=0)"
    assert str(next(iter(online(3)))) == "ask 0"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: binomial(-1, 3), ValueError, "binomial: steps: given -1, expected 0 to 1099511627776"),
        (lambda: binomial(3, 0), wg.DomainError, "binomial: snapshots: given 0, expected 1 to 1099511627776"),
        (lambda: two_level(3, 1, -2), ValueError, "two_level: disk: given -2, expected 0 to 1099511627776"),
        (lambda: store_all(10**30), ValueError, "store_all: steps: given 10+, expected 0 to 1099511627776"),
        (lambda: online(0), ValueError, "online: snapshots: given 0, expected 1 to 1099511627776"),
        (lambda: binomial(2.0, 3), TypeError, "binomial: steps: given 2.0, expected an integer"),
        (lambda: binomial(True, 3), TypeError, "binomial: steps: given True, expected an integer"),
        (lambda: online("7"), TypeError, "online: snapshots: given '7', expected an integer"),
        (lambda: online(None), TypeError, "online: snapshots: given None, expected an integer"),
        (lambda: online(3).count(), TypeError, "count: steps: given None, expected how many there turn out to be"),
        (lambda: online(3).count(-1), ValueError, "count: steps: given -1, expected 0 to 1099511627776"),
        (lambda: store_all(3).count(3), TypeError, "count: steps: given 3, expected none: the schedule has 3"),
        (lambda: binomial(20_001, 3).plot(), ValueError, "plot: too many steps: given 20001, expected at most 20000"),
        (lambda: iter(binomial(3, 2)).more(), ValueError, "schedule: an answer: nothing was asked"),
        (lambda: iter(binomial(3, 2)).finish(), ValueError, "schedule: an answer: nothing was asked"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=rf"^{message} \[WG\d+\]\n"):
        call()


@pytest.fixture
def axes():
    """Axes on which nothing is shown."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot.subplots()[1]
    pyplot.close("all")


def drawn(ax):
    """Lines of a picture by what the legend says of them, as (time, step) pairs."""
    return {lines.get_label(): np.array(lines.get_segments()) for lines in ax.collections}


def test_the_staircase_shows_each_step_with_a_tape_once_and_snapshots_level(axes):
    assert two_level(30, 2, 2).plot(axes) is axes
    lines = drawn(axes)
    taped = lines.pop("steps with a tape")
    np.testing.assert_array_equal(taped[:, 0, 1], np.arange(30)[::-1])
    np.testing.assert_array_equal(taped[:, 1] - taped[:, 0], 1)
    advanced = lines.pop("steps without a tape")
    length = advanced[:, 1] - advanced[:, 0]
    np.testing.assert_array_equal(length[:, 0], length[:, 1])
    assert length.sum() == 2 * least_advances(30, 4)
    assert set(lines) == {"snapshots in memory", "snapshots on disk"}
    for snapshots in lines.values():
        np.testing.assert_array_equal(snapshots[:, 0, 1], snapshots[:, 1, 1])
    assert axes.get_xlabel()
    axes.figure.canvas.draw()


def test_a_staircase_of_its_own_and_of_no_steps(axes):
    ax = online(3).plot(steps=50)
    assert ax is not axes
    assert len(drawn(ax)["steps with a tape"]) == 50
    assert not drawn(binomial(0, 1).plot(axes))


def test_without_matplotlib_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"^plot: matplotlib is missing: pip install matplotlib \[WG703\]\n"):
        binomial(3, 2).plot()
