"""Says what the rules catch of the labelled fraud, and what they wrongly suspect, as the tables of the README.

    catches.py                            200,000 payments of seed 2
    catches.py --seed 3 --events 1000000  others

The rules were written while looking at seed 1; the payments of other seeds they have never seen, though they are made
by the same generator: real fraud is more inventive.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from programs import RULES, Files, decide, generate

SEED: Final = 2
EVENTS: Final = 200_000

# A payment that was delivered twice counts once.
LOAD_SQL: Final = """
CREATE TABLE judged AS
WITH payments AS (
    SELECT row_number() OVER () AS event, id, amount, approved
    FROM read_csv($table, header = true, parallel = false)
), decisions AS (
    SELECT event, repeated, outputs.action AS action, matched, shadow.matched AS shadow
    FROM read_json($decisions, format = 'newline_delimited', columns = {
        event: 'BIGINT', repeated: 'BOOLEAN', outputs: 'STRUCT(action VARCHAR)', matched: 'VARCHAR[]',
        shadow: 'STRUCT(matched VARCHAR[])'})
)
SELECT event, amount, approved, action, matched, shadow, scenario, "case",
       action <> 'ALLOW' AS suspected, action = 'DECLINE' AS stopped
FROM payments JOIN decisions USING (event) LEFT JOIN read_csv($labels, header = true) USING (id)
WHERE NOT repeated
"""

STEPS_SQL: Final = """
SELECT step, count(*), count(scenario), count(scenario) / count(*), count(scenario) / any_value(fraud),
       1e3 * (count(*) - count(scenario)) / any_value(honest)
FROM (SELECT *, count(scenario) OVER () AS fraud, count(*) OVER () - count(scenario) OVER () AS honest FROM judged),
     (VALUES ('DECLINE'), ('REVIEW or DECLINE')) AS steps(step)
WHERE stopped OR (step <> 'DECLINE' AND suspected)
GROUP BY step ORDER BY step
"""

# Of a case: how many of its payments came before the first that was suspected.
SCENARIOS_SQL: Final = """
WITH cases AS (
    SELECT scenario, count(*) AS payments, count(*) FILTER (suspected) AS suspected,
           count(*) FILTER (stopped) AS stopped, min(event) FILTER (suspected) AS seen, list(event) AS events,
           sum(amount) FILTER (approved AND stopped) AS saved, sum(amount) FILTER (approved) AS stolen
    FROM judged WHERE scenario IS NOT NULL GROUP BY scenario, "case"
)
SELECT scenario, count(*), count(seen), sum(payments), sum(suspected) / sum(payments), sum(stopped) / sum(payments),
       sum(coalesce(saved, 0)) / sum(stolen),
       median(CASE WHEN seen IS NOT NULL THEN len(list_filter(events, lambda event: event < seen)) END)
FROM cases GROUP BY scenario ORDER BY scenario
"""

RULES_SQL: Final = """
WITH fired AS (
    SELECT unnest(matched) AS rule, '' AS mode, scenario FROM judged
    UNION ALL SELECT unnest(shadow), 'shadow', scenario FROM judged
)
SELECT rule || CASE WHEN mode = '' THEN '' ELSE ' (' || mode || ')' END, count(*), count(scenario) / count(*),
       coalesce(mode(scenario), '-')
FROM fired GROUP BY rule, mode ORDER BY mode, rule
"""


def judge(rules: Path, files: Files, decisions: Path) -> duckdb.DuckDBPyConnection:
    """Decides the payments; gives a database with a row a payment, its decision and its label in `judged`."""
    decide(rules, files, decisions)
    db = duckdb.connect()
    paths = {"table": files.table, "decisions": decisions, "labels": files.labels}
    db.execute(LOAD_SQL, {name: str(path) for name, path in paths.items()})
    return db


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def percent(share: float | None) -> str:
    """A share of one, in percent."""
    return "-" if share is None else f"{100 * share:.1f} %"


def report(db: duckdb.DuckDBPyConnection) -> str:
    """The tables of the README."""
    payments, fraud = one(db, "SELECT count(*), count(scenario) FROM judged")
    steps = table(
        ["asks for", "payments", "of them fraud", "precision", "recall", "false alarms in 1,000 honest payments"],
        [
            [step, f"{count:,}", f"{right:,}", percent(precision), percent(recall), f"{wrong:.2f}"]
            for step, count, right, precision, recall, wrong in db.execute(STEPS_SQL).fetchall()
        ],
    )
    scenarios = table(
        [
            "scenario",
            "cases",
            "noticed",
            "payments",
            "suspected",
            "declined",
            "of their euros",
            "payments before the first notice (median)",
        ],
        [
            [name, f"{cases}", f"{seen}", f"{count}", *map(percent, shares), "-" if before is None else f"{before:g}"]
            for name, cases, seen, count, *shares, before in db.execute(SCENARIOS_SQL).fetchall()
        ],
    )
    rules = table(
        ["rule", "matched", "precision", "mostly"],
        [[rule, f"{count:,}", percent(right), most] for rule, count, right, most in db.execute(RULES_SQL).fetchall()],
    )
    return f"{payments:,} payments, {fraud:,} of them fraud.\n\n{steps}\n{scenarios}\n{rules}"


def one(db: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The only row of a query."""
    row = db.execute(query).fetchone()
    assert row is not None, "an aggregate has a row"
    return row


def run(seed: int, events: int) -> str:
    """Makes payments, decides them, and says what was caught."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return report(judge(RULES, generate(folder, seed, events), folder / "decisions.jsonl"))


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--events", type=int, default=EVENTS)
    chosen = options.parse_args()
    print(run(chosen.seed, chosen.events))


if __name__ == "__main__":
    main()
