"""The plant's machines: the run says what an independent count says, and the count is no empty one."""

from __future__ import annotations

import pytest

import machines_oracle as oracle
from machines import Reading, arriving


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_run_says_what_is_counted_line_by_line(seed: int) -> None:
    """Matches at readings, rules that fire by themselves, late readings: all of them, in order."""
    readings = arriving(40, 3.0, seed)
    counted = oracle.expected(oracle.Arrivals.of(readings))
    assert oracle.run(readings) == counted
    fired = {line.timer[1] for line in counted if line.timer}
    assert fired == {"HOT", "SILENT"}, "both kinds fire by themselves"
    assert {rule for line in counted if not line.timer for rule in line.matched} == {"HOT", "SHAKEN"}
    assert any(line.late for line in counted)


def test_a_machine_that_is_hot_and_then_silent_is_stopped_and_then_missed() -> None:
    """By hand: hot from 100 s on, last heard at 130 s; the clock of the plant is another machine's readings."""
    hot = [Reading(second, second, "m-0000", 95.0, 1.0) for second in (100.0, 130.0)]
    clock = [Reading(second, second, "m-0001", 60.0, 1.0) for second in (429.0, 430.0, 759.0, 760.0)]
    lines = oracle.run([*hot, *clock])
    assert lines == oracle.expected(oracle.Arrivals.of([*hot, *clock]))
    # Hot for five minutes at 400 s, silent for ten at 730 s, each told 30 s of disorder later.
    timers = [(at, line.timer) for at, line in enumerate(lines) if line.timer]
    assert timers == [(3, (400_000, "HOT", "m-0000")), (6, (730_000, "SILENT", "m-0000"))]


def test_the_same_seed_gives_the_same_readings() -> None:
    """To the last digit; and another seed gives others."""
    assert arriving(5, 1.0, 7) == arriving(5, 1.0, 7)
    assert arriving(5, 1.0, 7) != arriving(5, 1.0, 8)
