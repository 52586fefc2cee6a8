"""Holds Fishplate against an independent account of the same flights: every window of every event, and every rule.

    oracle.py         the 2,000 flights of slice.csv
    oracle.py --all   all 336,776 flights

The account is SQL over the published rows (oracle_sql.py). Decisions list only the features that matched rules name,
so the windows are read through a second rule document, made here of flights.yaml: the same features, and one rule
that always matches and names them all. Then every aggregate, as features.yaml has them (oracle_features.py). Exit code
1 on any difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import fishplate

import oracle_features
import oracle_sql
from encode import flight_message, to_protobuf
from oracle_sql import ACTIONS, RULES, WINDOWS
from prepare import CACHE, ROOM, prepare, slice_flights
from tally import Tally

BATCH: Final = 10_000

Answers = dict[str, Any]


def document_of_all_features(document: str) -> str:
    """The rule document with its outputs and rules replaced: one rule that always matches and names every feature."""
    head, rest = document.split("\noutputs:\n")
    features = rest.split("\nfeatures:\n")[1].split("\nrules:\n")[0]
    outputs = "".join(
        f"  {window.name}: {{type: {'double' if window.double else 'int'}, merge: first}}\n" for window in WINDOWS
    )
    rule = "".join(f"      {window.name}: features.{window.name}\n" for window in WINDOWS)
    return (
        f"{head}\noutputs:\n{outputs}\nfeatures:\n{features}\nrules:\n"
        f'  - id: ALL\n    why: Names every feature\n    when: "true"\n    output:\n{rule}'
    )


def load_rules(document: str, folder: Path) -> tuple[fishplate.RuleSet, fishplate.RuleSet]:
    """The document of all features, and `document` itself, both written into `folder`, beside the schema."""
    (folder / "flight.proto").write_bytes((ROOM / "flight.proto").read_bytes())
    all_features, rules = folder / "all_features.yaml", folder / "flights.yaml"
    all_features.write_text(document_of_all_features(document), encoding="utf-8")
    rules.write_text(document, encoding="utf-8")
    return fishplate.RuleSet.from_file(str(all_features)), fishplate.RuleSet.from_file(str(rules))


def slice_bodies() -> Iterator[bytes]:
    """The slice's flights as protobuf bytes, as they are sent."""
    message = flight_message()
    for flight in slice_flights():
        yield to_protobuf(flight, message)


def all_bodies() -> Iterator[bytes]:
    """All flights as protobuf bytes, as they are sent."""
    with (CACHE / "flights.stream").open("rb") as file:
        while header := file.read(4 + 25):
            yield file.read(int.from_bytes(header[:4], "little"))


def flights_document() -> str:
    """The text of flights.yaml."""
    return (ROOM / "flights.yaml").read_text(encoding="utf-8")


def decided(bodies: Iterator[bytes], document: str) -> Iterator[Answers]:
    """What Fishplate says of each event, by the names that `accounted` uses."""
    message = flight_message()
    with tempfile.TemporaryDirectory() as folder:
        all_features, flights = load_rules(document, Path(folder))
    with fishplate.Engine(all_features) as windows, fishplate.Engine(flights) as rules:
        for body in bodies:
            read, decision = windows.decide(body), rules.decide(body)
            answers: Answers = {"row": message.FromString(body).row, "late": decision.late}
            answers |= {window.name: read.features.get(window.name) for window in WINDOWS}
            answers["features as outputs"] = read.outputs == read.features
            answers["matched"] = list(decision.matched)
            answers["shadow matched"] = list(decision.shadow_matched)
            answers["errors"] = [*read.errors, *decision.errors, *decision.shadow_errors]
            answers |= {name: decision.outputs.get(name) for name in ("score", "action", "delay_hours", "reasons")}
            yield answers


def accounted(table: Path) -> Iterator[Answers]:
    """What the oracle says of each event, in the order of sending."""
    db = oracle_sql.load(table)
    for window in WINDOWS:
        oracle_sql.compute_window(db, window)
    oracle_sql.compute_facts(db, WINDOWS)
    rows = db.execute(oracle_sql.answers_sql())
    while batch := rows.fetchmany(BATCH):
        for values in batch:
            yield account(values)


def account(values: tuple[Any, ...]) -> Answers:
    """One row of `answers_sql` by name, with the outputs that the matched rules merge to."""
    columns = iter(values)
    answers: Answers = {"row": next(columns), "late": next(columns)}
    answers |= {window.name: next(columns) for window in WINDOWS}
    fired, delays, reasons = (list(islice(columns, len(RULES))) for _ in range(3))
    live = [at for at, rule in enumerate(RULES) if fired[at] and not rule.shadow]
    shadow = [at for at, rule in enumerate(RULES) if fired[at] and rule.shadow]
    return answers | {
        "features as outputs": True,
        "matched": [RULES[at].id for at in live],
        "shadow matched": [RULES[at].id for at in shadow],
        "errors": [],
        "score": sum(RULES[at].score for at in live),
        "action": max((RULES[at].action for at in live), key=ACTIONS.index, default="NONE"),
        "delay_hours": max((delays[at] for at in live if delays[at] is not None), default=0.0),
        "reasons": [reasons[at] for at in live if reasons[at] is not None] or None,
    }


def compare(table: Path, bodies: Iterator[bytes], events: int, document: str) -> Tally:
    """Holds the oracle's account of `table` and the decisions on `bodies` against each other, event by event."""
    tally = Tally()
    pairs = zip(accounted(table), decided(bodies, document), strict=True)
    for done, (expected, found) in enumerate(pairs, start=1):
        for name, value in expected.items():
            tally.compare(expected["row"], name, value, found[name])
        if done % 50_000 == 0:
            print(f"oracle: {done:,} of {events:,} events", file=sys.stderr, flush=True)
    return tally


def main() -> int:
    """The command line; gives the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--all", action="store_true", help="all flights, not only the slice")
    if options.parse_args().all:
        prepare()
        table, bodies, events = CACHE / "raw.csv", all_bodies, 336_776
    else:
        table, bodies, events = ROOM / "slice.csv", slice_bodies, 2_000
    tally = compare(table, bodies(), events, flights_document())
    tally = oracle_features.compare(table, bodies(), tally)
    for name, compared in tally.compared.items():
        print(f"{name:24} {compared:9,} compared, {tally.differ[name]} differ")
    total, differ = tally.compared.total(), tally.differ.total()
    print(f"oracle: {total:,} values compared, {differ:,} differ")
    return 1 if differ or not total else 0


if __name__ == "__main__":
    sys.exit(main())
