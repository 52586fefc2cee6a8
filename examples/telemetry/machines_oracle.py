"""Counts what `fishplate run --tick` must say of machines.yaml: every match, every rule that fires by itself, in order.

    machines_oracle.py                                    11,000 readings
    machines_oracle.py --machines 1000 --hours 24         2.2 million

The count has all readings before it and looks at one machine after the other; it shares no code with the engine, and
knows the rules from reading them. Exit code 1 if a single line differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from machines import START, Reading, arriving, options

ROOM: Final = Path(__file__).resolve().parent
PROGRAM: Final = ROOM.parents[1] / "target" / "release" / "fishplate"

# The rules, in milliseconds.
SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
DISORDER, TICK = 30 * SECOND, SECOND
HELD, SILENCE, WINDOW = 5 * MINUTE, 10 * MINUTE, 10 * MINUTE


@dataclass(frozen=True)
class Line:
    """What one line of the run says, an event's or a timer's."""

    action: str
    matched: tuple[str, ...]
    celsius: float | None = None
    late: bool = False
    shaken: int | None = None
    timer: tuple[int, str, str] | None = None  # due, rule, machine


@dataclass
class Arrivals:
    """All readings: when each was measured, what time it was told to be before it, and whether it was late."""

    readings: list[Reading]
    at: list[int]
    told: list[int]
    mark: list[int]

    @classmethod
    def of(cls, readings: list[Reading]) -> Arrivals:
        """Each reading is preceded by a tick to its own second, and time never goes back."""
        at = [round(reading.seconds * 1000) for reading in readings]
        told = list(accumulate((time // TICK * TICK for time in at), max))
        before = [0, *list(accumulate(at, max))[:-1]]
        return cls(readings, at, told, [max(pair) for pair in zip(told, before, strict=True)])

    def is_late(self, place: int) -> bool:
        """Whether it is further behind than the document allows."""
        return self.at[place] < self.mark[place] - DISORDER

    def told_by(self, due: int) -> int:
        """The place of the first reading before which a span that ends at `due` is known to be over."""
        return bisect_left(self.told, due + DISORDER)


def expected(all_of: Arrivals) -> list[Line]:
    """Every line of the run: before each reading what fires by itself, by time, rule and machine."""
    of_machine: dict[str, list[int]] = {}
    for place, reading in enumerate(all_of.readings):
        of_machine.setdefault(reading.machine, []).append(place)
    events: list[Line | None] = [None] * len(all_of.readings)
    fired: list[list[tuple[tuple[int, int, str], Line]]] = [[] for _ in all_of.readings]
    for machine, places in of_machine.items():
        for place, line in matches(all_of, places):
            events[place] = line
        for place, order, line in timers(all_of, machine, places):
            fired[place].append(((order[0], order[1], machine), line))
    lines: list[Line] = []
    for place, event in enumerate(events):
        assert event is not None, "every reading is some machine's"
        lines += [line for _, line in sorted(fired[place], key=lambda one: one[0])]
        lines.append(event)
    return lines


@dataclass(frozen=True)
class Hot:
    """HOT of one machine, at one of its readings."""

    is_on: bool = False
    since: int | None = None

    def after(self, time: int, celsius: float) -> Hot:
        """What a reading makes of it."""
        if self.is_on:
            return Hot() if celsius < 75.0 else self
        if celsius <= 90.0:
            return Hot()
        since = time if self.since is None else self.since
        return Hot(time - since >= HELD, since)


def newest_of(all_of: Arrivals, places: list[int]) -> list[int]:
    """The readings that change what is remembered of the machine: on time, and not older than one before."""
    newest, found = None, []
    for place in places:
        if not all_of.is_late(place) and (newest is None or all_of.at[place] >= newest):
            newest = all_of.at[place]
            found.append(place)
    return found


def hot_of(all_of: Arrivals, places: list[int]) -> tuple[dict[int, bool], list[tuple[int, int, float]]]:
    """At each reading whether HOT is on; where it comes on by itself: place, when it was due, the last temperature."""
    counting = set(newest_of(all_of, places))
    hot, on, fired = Hot(), {}, []
    newest, last = None, 0.0
    for place in [*places, len(all_of.at)]:
        if not hot.is_on and hot.since is not None:
            told = all_of.told_by(hot.since + HELD)
            if told <= place and told < len(all_of.at):
                fired.append((told, hot.since + HELD, last))
                hot = Hot(True, hot.since)
        if place == len(all_of.at):
            break
        time, celsius = all_of.at[place], all_of.readings[place].celsius
        # A reading from before the machine's newest says nothing of now; a late one is decided, and not remembered.
        decided = hot.after(time, celsius) if newest is None or time >= newest else hot
        on[place] = decided.is_on
        if place in counting:
            hot, newest, last = decided, time, celsius
    return on, fired


def shaken_at(all_of: Arrivals, places: list[int]) -> Iterator[int]:
    """At each reading, how many shaken ones stand in the ten minutes up to the end of its own minute."""
    counted: list[int] = []  # their minutes, of those on time
    for place in places:
        late, minute = all_of.is_late(place), all_of.at[place] // MINUTE
        if not late and all_of.readings[place].vibration > 4.5:
            counted.append(minute)
        # For a late one, minutes that can matter to none that is on time are gone.
        gone = (all_of.mark[place] - DISORDER - WINDOW) // MINUTE - 1 if late else -1
        yield sum(max(minute - 10, gone) < one <= minute for one in counted)


def matches(all_of: Arrivals, places: list[int]) -> Iterator[tuple[int, Line]]:
    """What the run says at each reading of one machine."""
    on, _ = hot_of(all_of, places)
    for place, shaken in zip(places, shaken_at(all_of, places), strict=True):
        matched = tuple(rule for rule, holds in (("HOT", on[place]), ("SHAKEN", shaken >= 3)) if holds)
        action = "STOP" if on[place] else "LOOK" if shaken >= 3 else "RUN"
        celsius = all_of.readings[place].celsius if on[place] else None
        yield place, Line(action, matched, celsius, all_of.is_late(place), shaken if shaken >= 3 else None)


def timers(all_of: Arrivals, machine: str, places: list[int]) -> Iterator[tuple[int, tuple[int, int], Line]]:
    """What fires for one machine without a reading: before which one, in which order, and what it says."""
    for place, due, celsius in hot_of(all_of, places)[1]:
        yield place, (due, 0), Line("STOP", ("HOT",), celsius, timer=(due, "HOT", machine))
    newest = newest_of(all_of, places)
    for place, following in zip(newest, [*newest[1:], len(all_of.at)], strict=True):
        due = all_of.at[place] + SILENCE
        told = all_of.told_by(due)
        if told <= following and told < len(all_of.at):
            yield told, (due, 1), Line("LOOK", ("SILENT",), timer=(due, "SILENT", machine))


def milliseconds(text: str, start: datetime) -> int:
    """A time of the run's output, since the first reading's day began to count."""
    return round((datetime.fromisoformat(text.replace("Z", "+00:00")) - start).total_seconds() * 1000)


def shown(plain: dict[str, Any], start: datetime) -> Line:
    """One line of the run."""
    assert "error" not in plain, plain
    assert not plain["errors"], plain
    timer = plain.get("timer")
    told = (milliseconds(timer["due"], start), timer["rule"], *timer["key"]) if timer else None
    outputs, features = plain["outputs"], plain["features"]
    told_late, shaken = plain["late"], features.get("shaken")
    return Line(outputs["action"], tuple(plain["matched"]), outputs.get("celsius"), told_late, shaken, told)


def run(readings: list[Reading], program: Path = PROGRAM) -> list[Line]:
    """Decides the readings by the program."""
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "machines.jsonl"
        events.write_text("".join(json.dumps(reading.event()) + "\n" for reading in readings), encoding="utf-8")
        command = [program, "run", "--rules", ROOM / "machines.yaml", "--events", events, "--tick", "1s"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return [shown(json.loads(line), START) for line in done.stdout.splitlines()]


def main() -> int:
    """Compares both, and says what there was to compare; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser)
    args = parser.parse_args()
    readings = arriving(args.machines, args.hours, args.seed)
    counted, decided = expected(Arrivals.of(readings)), run(readings)
    for number, (one, other) in enumerate(zip(counted, decided, strict=False), 1):
        if one != other:
            print(f"line {number}:\n  counted  {one}\n  decided  {other}", file=sys.stderr)
            return 1
    if len(counted) != len(decided):
        print(f"{len(counted)} lines counted, {len(decided)} decided", file=sys.stderr)
        return 1
    told = Counter(f"{rule} by itself" if line.timer else rule for line in counted for rule in line.matched)
    late = sum(line.late for line in counted)
    print(f"{len(readings):,} readings, {late:,} of them late; {len(counted):,} lines are as counted:")
    for rule, times in sorted(told.items()):
        print(f"  {rule:18} {times:9,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
