#!/usr/bin/env python3
"""Writes scenario.json: random events, and what a plain model of windows says of them.

The model keeps every event for ever and adds up those that the contract's section 7 names. It is slow, obviously right,
and knows nothing of Fishplate. Run it again to write the same file.
"""

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

MAX_DISORDER = 90
EVENTS = 400


class Event(NamedTuple):
    """An event; times in whole milliseconds."""

    at: int
    key: str
    amount: int
    ok: bool


def window(taken: list[Event], event: Event, mark: int | None, size: int, slide: int) -> list[Event]:
    """Those of `taken` in the buckets of `slide` seconds that cover the `size` seconds up to the event's own bucket."""
    size, slide = size * 1000, slide * 1000
    newest = event.at // slide
    gone = None if mark is None else mark - MAX_DISORDER * 1000 - size
    buckets = [n for n in range(newest - size // slide + 1, newest + 1) if gone is None or (n + 1) * slide > gone]
    return [old for old in taken if old.at // slide in buckets]


def decide(taken: list[Event], event: Event, mark: int | None) -> dict[str, Any]:
    """What the decision has to be; the event is not in `taken` yet."""
    late = mark is not None and event.at < mark - MAX_DISORDER * 1000
    now = taken if late else [*taken, event]
    mark = mark if late else max(mark if mark is not None else event.at, event.at)
    values = {
        "a": sum(old.key == event.key for old in window(now, event, mark, 60, 60)),
        "b": sum(old.amount for old in window(now, event, mark, 300, 60) if old.key == event.key and old.ok),
        "c": sum(old.key == event.key for old in window(taken, event, mark, 300, 60)),
        "d": sum(old.amount for old in window(taken, event, mark, 91, 7) if old.ok == event.ok),
    }
    plain = {name: f"int {value}" for name, value in values.items()}
    return {**({"flags": ["late"]} if late else {}), "outputs": plain, "matched": ["all"], "features": plain}


def timestamp(at: int) -> str:
    """Milliseconds since 1970 on its first two days, or on the last one before it."""
    day = {-1: "1969-12-31", 0: "1970-01-01", 1: "1970-01-02"}[at // 86_400_000]
    rest = at % 86_400_000
    clock = f"{rest // 3_600_000:02}:{rest // 60_000 % 60:02}:{rest // 1000 % 60:02}.{rest % 1000:03}"
    return f"timestamp {day}T{clock}Z"


def main() -> None:
    """Rolls the events, and writes them with their decisions."""
    dice = random.Random(7)
    taken: list[Event] = []
    mark, now, steps = None, -1_800_000, []
    for _ in range(EVENTS):
        now += dice.choice([0, 1, 999, 4_000, 15_000]) if dice.random() < 0.98 else 400_000
        at = now - dice.choice([0, 0, 0, 5_000, 60_000, 90_000, 90_001, 200_000])
        at = at // 60_000 * 60_000 if dice.random() < 0.2 else at
        event = Event(at, dice.choice("xyz"), dice.randint(-9, 9), dice.random() < 0.7)
        expected = decide(taken, event, mark)
        if "flags" not in expected:
            taken.append(event)
            mark = max(mark if mark is not None else at, at)
        plain = {"at": timestamp(at), "key": f"string {event.key}", "amount": f"int {event.amount}", "ok": event.ok}
        steps.append({"event": plain, "expect": expected})
    lines = ",\n".join("    " + json.dumps(step) for step in steps)
    text = '{\n  "formats": ["json", "map"],\n  "steps": [\n' + lines + "\n  ]\n}\n"
    Path(__file__).with_name("scenario.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
