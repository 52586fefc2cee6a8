"""Simulated pumps: seeded, with a little physics and five ways to fail. Knows no rules and no sessions.

The winding is one thermal mass: it is warmed by the losses of the motor and cooled towards the room, dT/dt =
losses - (T - room) / tau. Time is simulated; nothing here reads a clock.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

START: Final = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
ROOM_CELSIUS: Final = 20.0
RATED_WATTS: Final = 750.0
# What a pump does of its rated load under each command; a throttled one turns at half the speed's load.
LOAD: Final = {"RUN": 1.0, "THROTTLE": 0.5, "STOP": 0.0}


class Fault(Enum):
    """What is wrong with a pump."""

    NONE = "sound"
    COOLING = "cooling blocked"
    SEIZING = "motor seizing"
    BEARING = "bearing worn"
    DRY = "runs dry"
    CHATTY = "talks too much"


@dataclass
class Pump:
    """One pump. `step` moves it on by a second; `reading` is what it says of itself."""

    name: str
    fault: Fault
    random: random.Random = field(compare=False)
    obeys: bool = True
    command: str = "RUN"
    report_every: float = 10.0
    winding: float = ROOM_CELSIUS
    hottest: float = ROOM_CELSIUS
    next_report: float = 0.0
    readings: int = 0
    commands: set[str] = field(default_factory=set)

    def step(self, second: int) -> None:
        """A second of physics."""
        load = LOAD[self.command]
        failing = second > 120
        cooling = 0.35 if self.fault is Fault.COOLING and failing else 1.0
        friction = 1.0 + (min(second - 120, 600) / 300 if self.fault is Fault.SEIZING and failing else 0.0)
        # Sound and at full load a pump settles at 20 + 0.7 * 110 = 97 degrees, with a time constant of 110 s.
        warming = 0.7 * load * friction
        self.winding += warming - (self.winding - ROOM_CELSIUS) / 110.0 * cooling
        self.hottest = max(self.hottest, self.winding)

    def is_due(self, second: float) -> bool:
        """Whether it reports at this second; a chatty one does so three times a second, whatever it is told."""
        return self.fault is Fault.CHATTY or second >= self.next_report

    def reading(self, second: float) -> dict[str, Any]:
        """What it says of itself, as the fields of telemetry.v1.Reading."""
        self.next_report = second + self.report_every
        self.readings += 1
        load = LOAD[self.command]
        knock = self.fault is Fault.BEARING and second > 120 and self.random.random() < 0.5
        vibration = self.random.uniform(0.8, 2.0) * (0.3 + load) + (4.0 if knock and load > 0.5 else 0.0)
        flow = 60.0 * load + self.random.uniform(-1.0, 1.0) * load
        reading: dict[str, Any] = {
            "device": self.name,
            "at": START + timedelta(seconds=second),
            "winding_celsius": round(self.winding, 2),
            "vibration_mm_s": round(vibration, 3),
            "watts": round(RATED_WATTS * load, 1),
        }
        if second > 30:
            reading["litres_per_minute"] = 0.0 if self.fault is Fault.DRY and second > 120 else round(flow, 2)
        return reading

    def obey(self, command: str, report_every: float) -> None:
        """Does as it is told. A stopped pump stays stopped until a person has looked at it."""
        self.commands.add(command)
        if self.obeys:
            self.report_every = report_every
            self.command = "STOP" if self.command == "STOP" else command


def make(count: int, seed: int, *, obeys: bool) -> list[Pump]:
    """`count` pumps; most are sound, every fault is among them."""
    faults = [Fault.COOLING, Fault.SEIZING, Fault.BEARING, Fault.DRY, Fault.CHATTY]
    pumps = []
    for at in range(count):
        fault = faults[at // 4 % len(faults)] if at % 4 == 3 else Fault.NONE
        pumps.append(Pump(f"pump-{at:03}", fault, random.Random(f"{seed}/{at}"), obeys=obeys))
    return pumps
