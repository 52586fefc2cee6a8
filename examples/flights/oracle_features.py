"""Holds every aggregate, as features.yaml has them, against the account of features_sql.py, event by event.

Whole numbers, extremes, first and last values and sums of doubles agree exactly; averages and deviations, which both
sides round in their own way, to a billionth.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import fishplate

import features_sql
import oracle_sql
from encode import flight_message
from features_sql import FEATURES
from prepare import ROOM
from tally import Tally

BATCH: Final = 10_000
ROUNDED: Final = {window.name for window in FEATURES if window.aggregate in ("avg", "stddev")}


def accounted(table: Path) -> Iterator[dict[str, Any]]:
    """What SQL says of each event, in the order of sending."""
    rows = features_sql.answers(oracle_sql.load(table))
    names = ["row", "late", *(window.name for window in FEATURES)]
    while batch := rows.fetchmany(BATCH):
        for values in batch:
            yield dict(zip(names, values, strict=True))


def decided(bodies: Iterable[bytes], document: Path) -> Iterator[dict[str, Any]]:
    """What Fishplate says of each event, by the same names."""
    message = flight_message()
    with fishplate.Engine(fishplate.RuleSet.from_file(str(document))) as engine:
        for body in bodies:
            decision = engine.decide(body)
            features = {window.name: plain(decision.features.get(window.name)) for window in FEATURES}
            outputs_too = decision.outputs == decision.features
            yield {
                "row": message.FromString(body).row,
                "late": decision.late,
                "features as outputs": outputs_too,
                "errors": [*decision.errors],
                **features,
            }


def plain(value: object) -> object:
    """The value as SQL has it: seconds for times, and no type of its own for uints."""
    if isinstance(value, fishplate.Uint):
        return int(value)
    if isinstance(value, fishplate.Timestamp | fishplate.Duration):
        assert value.nanos == 0, "flights leave on the minute"
        return value.seconds
    return value


def compare(table: Path, bodies: Iterable[bytes], tally: Tally, document: Path = ROOM / "features.yaml") -> Tally:
    """Counts into `tally` every feature of every event."""
    pairs = zip(accounted(table), decided(bodies, document), strict=True)
    for done, (expected, found) in enumerate(pairs, start=1):
        expected |= {"features as outputs": True, "errors": []}
        for name, value in expected.items():
            compare_one = tally.compare_rounded if name in ROUNDED else tally.compare
            compare_one(expected["row"], name, value, found[name])
        if done % 50_000 == 0:
            print(f"oracle: every aggregate of {done:,} events", file=sys.stderr, flush=True)
    return tally
