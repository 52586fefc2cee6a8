#!/usr/bin/env python3
"""Writes scenario.json: random events, and what a plain model says of each feature of rules.yaml.

The model keeps every event for ever and computes each feature anew from those that the contract's section 7 names.
Where the specification gives the order in which doubles are added (docs/windows.md), it adds in that order. It is slow,
obviously right, and knows nothing of Fishplate. Run it again to write the same file.
"""

import json
import math
import random
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

MAX_DISORDER = 40_000
EVENTS = 160


class Event(NamedTuple):
    """An event; times in whole milliseconds."""

    at: int
    key: str
    n: int
    u: int
    x: float
    text: str
    when: int
    took: int
    on: bool


class Feature(NamedTuple):
    """A feature as rules.yaml declares it; size and slide in seconds."""

    give: Callable[[list[Event], "Feature"], Any]
    of: Callable[[Event], Any]
    size: int
    slide: int
    where: Callable[[Event], bool] = lambda _: True
    included: bool = True
    by: Callable[[Event], Any] = lambda event: event.key


def start(at: int, feature: Feature) -> int:
    """The start of the bucket that an instant is in, by floor."""
    slide = feature.slide * 1000
    return at // slide * slide


def buckets(events: list[Event], feature: Feature) -> Iterator[list[Any]]:
    """The values by bucket, the oldest bucket first, each in the order of arrival."""
    ordered = sorted(events, key=lambda event: start(event.at, feature))  # sorting is stable
    for _, bucket in groupby(ordered, key=lambda event: start(event.at, feature)):
        yield [feature.of(event) for event in bucket]


def count(events: list[Event], _: Feature) -> str:
    """How many."""
    return f"int {len(events)}"


def rate(events: list[Event], feature: Feature) -> str:
    """How many a second."""
    return double(len(events) / float(feature.size))


def sum_int(events: list[Event], feature: Feature) -> str:
    """An int that is exact."""
    return f"int {sum(map(feature.of, events))}"


def sum_uint(events: list[Event], feature: Feature) -> str:
    """A uint that is exact."""
    return f"uint {sum(map(feature.of, events))}"


def added(events: list[Event], feature: Feature) -> float:
    """Doubles add in the order of arrival within a bucket, and buckets oldest first."""
    total = 0.0
    for bucket in buckets(events, feature):
        own = 0.0
        for value in bucket:
            own += value
        total += own
    return total


def sum_double(events: list[Event], feature: Feature) -> str:
    """Doubles in their order."""
    return double(added(events, feature))


def avg_int(events: list[Event], feature: Feature) -> str | None:
    """The exact sum, rounded once, by the number."""
    return double(float(sum(map(feature.of, events))) / float(len(events))) if events else None


def avg_double(events: list[Event], feature: Feature) -> str | None:
    """The sum in its order, by the number."""
    return double(added(events, feature) / float(len(events))) if events else None


def stddev(events: list[Event], feature: Feature) -> str | None:
    """Welford within a bucket; buckets are joined oldest first by the formula of Chan, Golub and LeVeque."""
    joined: tuple[float, float, float] | None = None
    for bucket in buckets(events, feature):
        n, mean, m2 = 0.0, 0.0, 0.0
        for value in map(float, bucket):
            n += 1.0
            d = value - mean
            mean += d / n
            m2 += d * (value - mean)
        if joined is not None:
            before, its_mean, its_m2 = joined
            total, d = before + n, mean - its_mean
            mean, m2 = its_mean + d * (n / total), its_m2 + m2 + d * d * (before * n / total)
            n = total
        joined = (n, mean, m2)
    return double(math.sqrt(joined[2] / joined[0])) if joined else None


def least(events: list[Event], feature: Feature) -> Any:
    """The least value."""
    return min(map(feature.of, events)) if events else None


def most(events: list[Event], feature: Feature) -> Any:
    """The greatest value."""
    return max(map(feature.of, events)) if events else None


def first(events: list[Event], feature: Feature) -> Any:
    """Of the earliest event; `min` takes the first to arrive of equal ones."""
    return feature.of(min(events, key=lambda event: event.at)) if events else None


def last(events: list[Event], feature: Feature) -> Any:
    """Of the latest event; of equal ones the last to arrive."""
    return feature.of(max(reversed(events), key=lambda event: event.at)) if events else None


def distinct(events: list[Event], feature: Feature) -> str:
    """How many different values."""
    return f"int {len(set(map(feature.of, events)))}"


def as_text(kind: str, give: Callable[[list[Event], Feature], Any]) -> Callable[[list[Event], Feature], Any]:
    """The same, written plainly."""

    def written(events: list[Event], feature: Feature) -> Any:
        value = give(events, feature)
        return value if value is None or isinstance(value, bool) else PLAIN[kind](value)

    return written


def double(value: float) -> str:
    """A double that is read back as it was."""
    return f"double {value!r}"


def timestamp(at: int) -> str:
    """Milliseconds since 1970 on its first day, or on the last one before it."""
    day = {-1: "1969-12-31", 0: "1970-01-01"}[at // 86_400_000]
    rest = at % 86_400_000
    clock = f"{rest // 3_600_000:02}:{rest // 60_000 % 60:02}:{rest // 1000 % 60:02}.{rest % 1000:03}"
    return f"timestamp {day}T{clock}Z"


def duration(took: int) -> str:
    """Milliseconds as seconds."""
    sign, took = ("-", -took) if took < 0 else ("", took)
    return f"duration {sign}{took // 1000}.{took % 1000:03}s"


PLAIN: dict[str, Callable[[Any], Any]] = {
    "int": lambda value: f"int {value}",
    "uint": lambda value: f"uint {value}",
    "double": double,
    "string": lambda value: f"string {value}",
    "timestamp": timestamp,
    "duration": duration,
}


def on(event: Event) -> bool:
    """Those that are on."""
    return event.on


FEATURES = {
    "count": Feature(count, lambda e: 1, 120, 30),
    "rate": Feature(rate, lambda e: 1, 120, 30, where=on),
    "sum_int": Feature(sum_int, lambda e: e.n, 120, 30),
    "sum_uint": Feature(sum_uint, lambda e: e.u, 300, 10, included=False),
    "sum_double": Feature(sum_double, lambda e: e.x, 120, 10),
    "avg_int": Feature(avg_int, lambda e: e.n, 60, 20, included=False),
    "avg_double": Feature(avg_double, lambda e: e.x, 120, 10),
    "stddev_int": Feature(stddev, lambda e: e.n, 300, 60),
    "stddev_double": Feature(stddev, lambda e: e.x, 180, 15, where=on),
    "min_int": Feature(as_text("int", least), lambda e: e.n, 60, 10, where=on),
    "max_uint": Feature(as_text("uint", most), lambda e: e.u, 120, 60),
    "min_double": Feature(as_text("double", least), lambda e: e.x, 60, 10, included=False),
    "max_double": Feature(as_text("double", most), lambda e: e.x, 120, 30),
    "min_time": Feature(as_text("timestamp", least), lambda e: e.when, 120, 30),
    "max_took": Feature(as_text("duration", most), lambda e: e.took, 120, 30, included=False),
    "first_text": Feature(as_text("string", first), lambda e: e.text, 120, 30),
    "last_double": Feature(as_text("double", last), lambda e: e.x, 60, 15, where=on),
    "last_on": Feature(last, lambda e: e.on, 120, 30, included=False),
    "first_before": Feature(as_text("timestamp", first), lambda e: e.at, 120, 60, included=False),
    "distinct_text": Feature(distinct, lambda e: e.text, 180, 20),
    "distinct_double": Feature(distinct, lambda e: e.x, 60, 10, included=False, by=on),
    "tumbling_sum": Feature(sum_int, lambda e: e.n, 60, 60),
    "tumbling_max": Feature(as_text("double", most), lambda e: e.x, 45, 45, included=False),
    "tumbling_last": Feature(as_text("string", last), lambda e: e.text, 120, 120, by=on),
    "pair_avg": Feature(avg_int, lambda e: e.n * 3 + 1, 120, 30, where=lambda e: e.n != 0, by=lambda e: (e.key, e.on)),
}


def window(taken: list[Event], event: Event, mark: int, feature: Feature) -> list[Event]:
    """Those of `taken` of the event's key in the buckets that cover the size up to the event's own bucket."""
    size, slide = feature.size * 1000, feature.slide * 1000
    end = start(event.at, feature) + slide
    gone = mark - MAX_DISORDER - size

    def inside(old: Event) -> bool:
        bucket = start(old.at, feature)
        return end - size <= bucket < end and bucket + slide > gone

    return [old for old in taken if feature.by(old) == feature.by(event) and feature.where(old) and inside(old)]


def decide(taken: list[Event], event: Event, mark: int | None) -> dict[str, Any]:
    """What the decision has to be; the event is not in `taken` yet."""
    late = mark is not None and event.at < mark - MAX_DISORDER
    now = taken if late else [*taken, event]
    mark = max(event.at, mark) if mark is not None else event.at
    values = {}
    for name, feature in FEATURES.items():
        value = feature.give(window(now if feature.included else taken, event, mark, feature), feature)
        if value is not None:
            values[name] = value
    flags = {"flags": ["late"]} if late else {}
    return {**flags, "outputs": values, "matched": list(values), "features": values}


def roll(dice: random.Random, now: int) -> Event:
    """An event at `now` or before it."""
    at = now - dice.choice([0, 0, 0, 0, 3_000, 30_000, 40_000, 40_001, 90_000])
    at = at // 10_000 * 10_000 if dice.random() < 0.2 else at
    return Event(
        at=at,
        key=dice.choice("ab"),
        n=dice.randint(-5, 5),
        u=dice.randint(0, 9),
        x=dice.choice([0.1, 0.2, 0.3, -1.7, 2.5, 1e-3, 12345.678]),
        text=dice.choice(["", "x", "y", "zebra", "ä", "雪"]),
        when=dice.randint(-5_000, 5_000),
        took=dice.randint(-2_000, 2_000),
        on=dice.random() < 0.6,
    )


def main() -> None:
    """Rolls the events, and writes them with their decisions."""
    dice = random.Random(11)
    taken: list[Event] = []
    mark, now, steps = None, -600_000, []
    for _ in range(EVENTS):
        now += dice.choice([0, 1, 999, 4_000, 11_000]) if dice.random() < 0.98 else 300_000
        event = roll(dice, now)
        expected = decide(taken, event, mark)
        if "flags" not in expected:
            taken.append(event)
            mark = max(mark if mark is not None else event.at, event.at)
        plain = {
            "at": timestamp(event.at),
            "key": f"string {event.key}",
            "n": f"int {event.n}",
            "u": f"uint {event.u}",
            "x": double(event.x),
            "text": f"string {event.text}",
            "when": timestamp(event.when),
            "took": duration(event.took),
            "on": event.on,
        }
        steps.append({"event": plain, "expect": expected})
    lines = ",\n".join("    " + json.dumps(step) for step in steps)
    text = '{\n  "formats": ["json", "map"],\n  "steps": [\n' + lines + "\n  ]\n}\n"
    Path(__file__).with_name("scenario.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
