"""Machines that report temperature and vibration, as JSON lines in the order in which they arrive. Knows no rules.

    machines.py --machines 40 --hours 3 --seed 1 > machines.jsonl

The same arguments give the same bytes. Most readings arrive within seconds, some later than the document allows; some
machines heat up for a while, some shake, some fall silent. Nothing here reads a clock.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

START: Final = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
EVERY_SECONDS: Final = 30.0


class Reading(NamedTuple):
    """What arrives: when it was measured, and what."""

    arrives: float
    seconds: float
    machine: str
    celsius: float
    vibration: float

    def event(self) -> dict[str, Any]:
        """As the fields that the rules name."""
        at = START + timedelta(milliseconds=round(self.seconds * 1000))
        return {
            "machine": self.machine,
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "celsius": self.celsius,
            "vibration_mm_s": self.vibration,
        }


def one(name: str, seed: str, seconds: float) -> Iterator[Reading]:
    """The readings of one machine, by time of measurement."""
    drawn = random.Random(seed)
    period, height = drawn.uniform(1500, 5000), drawn.uniform(4, 26)
    shaky = drawn.random() < 0.3
    now = drawn.uniform(0, EVERY_SECONDS)
    while now < seconds:
        # Around 75 degrees, in waves that carry some machines above 90 for minutes.
        celsius = 75 + height * math.sin(2 * math.pi * now / period) + drawn.gauss(0, 0.8)
        vibration = drawn.uniform(0.5, 3.0) + (2.5 if shaky and drawn.random() < 0.4 else 0.0)
        delay = drawn.expovariate(1 / 4) + (drawn.uniform(20, 90) if drawn.random() < 0.02 else 0.0)
        yield Reading(now + delay, now, name, round(celsius, 2), round(vibration, 2))
        # Whole seconds now and then, so that edges are met: spans that end exactly at a reading.
        now = float(round(now)) + EVERY_SECONDS if drawn.random() < 0.5 else now + drawn.uniform(20, 40)
        if drawn.random() < 0.01:
            now += drawn.uniform(480, 1500)


def arriving(machines: int, hours: float, seed: int) -> list[Reading]:
    """The readings of all of them, as they arrive."""
    readings = [reading for at in range(machines) for reading in one(f"m-{at:04}", f"{seed}/{at}", hours * 3600)]
    return sorted(readings)


def options(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which readings."""
    parser.add_argument("--machines", type=int, default=40, help="how many (default: 40)")
    parser.add_argument("--hours", type=float, default=3.0, help="how long (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other readings (default: 1)")


def main() -> int:
    """Writes the readings; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser)
    args = parser.parse_args()
    for reading in arriving(args.machines, args.hours, args.seed):
        sys.stdout.write(json.dumps(reading.event()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
