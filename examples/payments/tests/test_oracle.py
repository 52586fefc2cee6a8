"""The oracle agrees with Fishplate on other payments than it runs over by itself, and sees what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

import oracle
import oracle_sql
from programs import RULES, generate

EVENTS = 8_000


def test_it_agrees_on_payments_that_are_late_repeated_and_out_of_order(scratch: Path) -> None:
    files = generate(scratch, seed=11, events=EVENTS)
    tallies = oracle.compare(files, RULES.read_text(encoding="utf-8"), EVENTS, scratch)
    assert {name: tally.differ for name, tally in tallies.items() if tally.differ} == {}
    assert all(tally.compared == EVENTS for tally in tallies.values())
    assert [name for name, tally in tallies.items() if tally.telling == 0] == ["failed"], "no payment may fail"
    with duckdb.connect() as db:
        oracle_sql.load(db, files.table, 1)
        counts = "count(*) FILTER (late), count(*) FILTER (i <> first), count(*) FILTER (t < mark AND NOT late)"
        late, repeated, disordered = db.execute(f"SELECT {counts} FROM f").fetchone()
    assert min(late, repeated, disordered) > 0, "otherwise the test says little"


def test_it_covers_every_feature_of_the_rules() -> None:
    document = RULES.read_text(encoding="utf-8")
    features = document.split("\nfeatures:\n")[1].split("\nrules:\n")[0]
    named = re.findall(r"^  (\w+):", features, re.MULTILINE)
    assert named == [window.name for window in oracle_sql.WINDOWS]


def test_a_window_that_is_a_bucket_too_short_is_seen(scratch: Path) -> None:
    document = RULES.read_text(encoding="utf-8")
    declared = "payments_1h: {by: event.card, count: true, sliding: 1h,"
    changed = document.replace(declared, declared.replace("1h,", "55m,"))
    assert changed != document
    files = generate(scratch, seed=1, events=EVENTS)
    tallies = oracle.compare(files, changed, EVENTS, scratch)
    assert tallies["payments_1h"].differ > 0
    assert all(tally.differ == 0 for name, tally in tallies.items() if name != "payments_1h")
