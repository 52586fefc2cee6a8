"""Holds Fishplate against an independent account of the same payments: every feature of every payment.

    oracle.py                    50,000 payments
    oracle.py --events 10000000  ten million (about half an hour, 12 GB of disk in .cache/payments)
    oracle.py --seed 7           others

The account is SQL over the table of payments (oracle_sql.py). Decisions list only the features that matched rules name,
so the features are read through a second document, made here of rules.yaml: the same events and features, and for
each feature a rule that matches where it has a value. Exit code 1 on any difference.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

import oracle_sql
from oracle_sql import EMPTY, WINDOWS, Window
from programs import CACHE, ROOM, RULES, Files, decide, generate, say

EVENTS: Final = 50_000
SHOWN: Final = 5
# Payments in a chunk: its windows fit in some gigabytes.
CHUNK: Final = 1_000_000

# What JSON has for a type. Times come as text.
JSON_TYPES: Final = {"int": "BIGINT", "double": "DOUBLE", "string": "VARCHAR", "timestamp": "VARCHAR"}
# How the oracle's value looks beside it.
AS_JSON: Final = {"timestamp": "epoch_ms({}::TIMESTAMP)"}


@dataclass
class Tally:
    """How many values were compared, how many of them say something, how many differ, and some of those that do."""

    compared: int
    telling: int
    differ: int
    examples: list[str]


def document_of_all_features(document: str) -> str:
    """The rule document with other outputs and rules: for each feature, one that gives its value where it has any."""
    head, rest = document.split("\noutputs:\n")
    features = rest.split("\nfeatures:\n")[1].split("\nrules:\n")[0]
    outputs = "".join(f"  {window.name}: {{type: {window.type}, merge: first}}\n" for window in WINDOWS)
    rules = "".join(
        f"  - {{id: {name}, when: has(features.{name}), output: {{{name}: features.{name}}}}}\n"
        for name in (window.name for window in WINDOWS)
    )
    return f"{head}\noutputs:\n{outputs}\nfeatures:\n{features}\nrules:\n{rules}"


def load_decisions(db: duckdb.DuckDBPyConnection, decisions: Path) -> None:
    """Fills `d` with what Fishplate says: a row a payment, its number in `event`, its features by name."""
    struct = ", ".join(f"{window.name} {JSON_TYPES[window.type]}" for window in WINDOWS)
    db.execute(
        f"CREATE TABLE d AS SELECT event, late, repeated, len(errors) > 0 AS failed, outputs = features AS given,"
        f" unnest(features) FROM read_json($decisions, format = 'newline_delimited', columns = {{event: 'BIGINT',"
        f" late: 'BOOLEAN', repeated: 'BOOLEAN', errors: 'JSON[]', outputs: 'STRUCT({struct})',"
        f" features: 'STRUCT({struct})'}})",
        {"decisions": str(decisions)},
    )


def compare_facts(db: duckdb.DuckDBPyConnection) -> dict[str, Tally]:
    """What is known of each payment beside its features. A repeat says what was said first."""
    db.execute(
        "CREATE TABLE facts AS SELECT f.i AS i, first.late AS late, f.i <> f.first AS repeated, false AS failed,"
        " true AS given FROM f JOIN f AS first ON first.i = f.first"
    )
    return {
        name: tally(db, f"SELECT i, facts.{name} AS expected, d.{name} AS found FROM facts LEFT JOIN d ON event = i")
        for name in ("late", "repeated", "failed", "given")
    }


def compare_window(db: duckdb.DuckDBPyConnection, window: Window, chunk: int) -> Tally:
    """Holds one feature of a chunk of cards against the decisions."""
    oracle_sql.compute(db, window, chunk)
    empty = EMPTY.get(window.aggregate, "NULL")
    found = AS_JSON.get(window.type, "{}").format(f"d.{window.name}")
    return tally(
        db,
        f"SELECT f.i AS i, coalesce(w.value, {empty}) AS expected, {found} AS found"
        f" FROM f LEFT JOIN w ON w.i = f.first LEFT JOIN d ON event = f.i WHERE chunk = {chunk}",
        rounded=window.aggregate in oracle_sql.ROUNDED,
    )


def tally(db: duckdb.DuckDBPyConnection, pairs: str, *, rounded: bool = False) -> Tally:
    """Counts the pairs of a query and those whose sides differ. Rounded values may differ in their last digits."""
    differ = "expected IS DISTINCT FROM found"
    if rounded:
        differ += " AND coalesce(abs(expected - found) > 1e-9 * greatest(1, abs(expected)), true)"
    query = f"SELECT *, {differ} AS differ FROM ({pairs})"
    telling = "count(*) FILTER (expected IS NOT NULL AND expected::VARCHAR NOT IN ('0', '0.0', 'false'))"
    row = db.execute(f"SELECT count(*), {telling}, count(*) FILTER (differ) FROM ({query})").fetchone()
    assert row is not None, "an aggregate has a row"
    examples = []
    if row[2]:
        for i, expected, found, _ in db.execute(f"{query} WHERE differ ORDER BY i LIMIT {SHOWN}").fetchall():
            examples.append(f"payment {i}: oracle {expected!r}, fishplate {found!r}")
    return Tally(*row, examples)


def compare(files: Files, document: str, events: int, scratch: Path) -> dict[str, Tally]:
    """Decides the payments by all features of `document`, and holds each value against the oracle's."""
    shutil.copy(ROOM / "payment.proto", scratch)
    rules = scratch / "all_features.yaml"
    rules.write_text(document_of_all_features(document), encoding="utf-8")
    decisions = scratch / "decisions.jsonl"
    decide(rules, files, decisions)
    chunks = -(-events // CHUNK)
    with duckdb.connect(str(scratch / "oracle.duckdb") if chunks > 1 else ":memory:") as db:
        load_decisions(db, decisions)
        decisions.unlink()
        oracle_sql.load(db, files.table, chunks)
        tallies = compare_facts(db)
        for window in WINDOWS:
            parts = [compare_window(db, window, chunk) for chunk in range(chunks)]
            tallies[window.name] = total(parts)
            if chunks > 1:
                say(f"{window.name} of {events:,} payments: {tallies[window.name].differ} differ")
    return tallies


def total(parts: list[Tally]) -> Tally:
    """The tally of all parts together."""
    counts = (sum(counts) for counts in zip(*((p.compared, p.telling, p.differ) for p in parts), strict=True))
    return Tally(*counts, [example for part in parts for example in part.examples][:SHOWN])


def report(tallies: dict[str, Tally]) -> bool:
    """Prints what was compared; gives whether all of it agrees."""
    for name, found in tallies.items():
        print(f"{name:20} {found.compared:11,} compared, {found.telling:11,} not empty, {found.differ} differ")
        print("".join(f"    {example}\n" for example in found.examples), end="")
    all_of_them = total(list(tallies.values()))
    print(f"oracle: {all_of_them.compared:,} values compared, {all_of_them.differ:,} differ")
    return all_of_them.compared > 0 and all_of_them.differ == 0


def main() -> int:
    """The command line; gives the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=EVENTS)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        scratch = Path(name)
        files = generate(scratch, chosen.seed, chosen.events)
        agrees = report(compare(files, RULES.read_text(encoding="utf-8"), chosen.events, scratch))
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
