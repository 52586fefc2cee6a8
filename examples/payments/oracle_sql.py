"""The oracle's own account of the features of rules.yaml: every window again, as SQL over the table of payments.

Written from the contract (time, windows, lateness, repeats), not from the engine, and by other means: no buckets are
kept; each payment is joined with the earlier payments that its windows may hold. Knows nothing of Fishplate.

How absence reads: the table `f` has the fields as rules read them (an absent one gives 0, "" or false).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

MAX_DISORDER: Final = 30_000
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

# Each card has a high mark of its own: that is what `partition_by` means.
PARTITION: Final = "card"

# How an aggregate is made of what a window holds: each has a `value`, its event time `t`, its place in the order of
# arrival `of`, and its bucket.
PLAIN: Final = {
    "count": "count(*)::BIGINT",
    "rate": "count(*)::DOUBLE / {seconds}::DOUBLE",
    "avg": "avg(value)",
    "stddev": "stddev_pop(value)",
    "min": "min(value)",
    "max": "max(value)",
    "distinct": "count(DISTINCT value)",
    "first": "first(value ORDER BY t, of)",
    "last": "first(value ORDER BY t DESC, of DESC)",
}

# Doubles are added one by one: in arrival order within a bucket, then bucket by bucket from the oldest.
SUM_SQL: Final = """
SELECT i, list_reduce(list(total ORDER BY bucket), lambda a, b: a + b) AS value
FROM (
    SELECT i, bucket, list_reduce(list(value::DOUBLE ORDER BY of), lambda a, b: a + b) AS total
    FROM held GROUP BY i, bucket
) GROUP BY i
"""

# Rounded differently by different ways to the same number: the oracle adds them up in another order.
ROUNDED: Final = ("avg", "stddev")

# What an empty window gives; the others give nothing then.
EMPTY: Final = {"count": "0::BIGINT", "distinct": "0::BIGINT", "rate": "0.0::DOUBLE", "sum": "0.0::DOUBLE"}


@dataclass(frozen=True)
class Window:
    """A feature as SQL: `value`, `where` and the rest of the key (beside the card) over the table `f`; milliseconds."""

    name: str
    aggregate: str
    size: int
    slide: int
    value: str = "1"
    where: str = "true"
    key: str = "''"
    own: bool = True  # whether a payment reads itself: `current: included`
    type: str = "int"


WEEKS: Final = (28 * DAY, 7 * DAY)
IN_SHOPS: Final = "channel IN ('chip', 'contactless', 'atm')"
WINDOWS: Final = [
    Window("history_28d", "count", *WEEKS, where="approved", own=False),
    Window("usual_28d", "avg", *WEEKS, "amount", "approved", own=False, type="double"),
    Window("spread_28d", "stddev", *WEEKS, "amount", "approved", own=False, type="double"),
    Window("largest_28d", "max", *WEEKS, "amount", "approved", own=False, type="double"),
    Window("device_since_28d", "first", *WEEKS, "t", "on_web", key="device", type="timestamp"),
    Window("country_since_28d", "first", *WEEKS, "t", key="country", type="timestamp"),
    Window("pace_5m", "rate", 5 * MINUTE, MINUTE, type="double"),
    Window("payments_1h", "count", HOUR, 5 * MINUTE),
    Window("merchants_1h", "distinct", HOUR, 5 * MINUTE, "merchant"),
    Window("tiny_30m", "count", 30 * MINUTE, 5 * MINUTE, where="channel = 'web' AND amount < 5"),
    Window("least_1h", "min", HOUR, 5 * MINUTE, "amount", "channel = 'web'", own=False, type="double"),
    Window("declined_1h", "count", HOUR, 5 * MINUTE, where="NOT approved"),
    Window("wrong_digits_1d", "count", DAY, HOUR, where="on_web AND NOT cvv_match"),
    Window("contactless_45m", "count", 45 * MINUTE, 5 * MINUTE, where="channel = 'contactless'"),
    Window("gift_cards_1h", "sum", HOUR, 5 * MINUTE, "amount", "mcc = 5947", type="double"),
    Window("cash_today", "sum", DAY, DAY, "amount", "channel = 'atm'", type="double"),
    Window("place_before_4h", "last", 4 * HOUR, 30 * MINUTE, "country", IN_SHOPS, own=False, type="string"),
    Window("awake_2d", "first", 2 * DAY, 2 * HOUR, "t", type="timestamp"),
    Window("spend_1h", "sum", HOUR, 5 * MINUTE, "amount", "approved", own=False, type="double"),
    Window("spend_3d", "sum", 3 * DAY, 6 * HOUR, "amount", "approved", type="double"),
    Window("spend_15d", "sum", 15 * DAY, DAY, "amount", "approved", type="double"),
    Window("keyed_2d", "count", 2 * DAY, 6 * HOUR, where="channel = 'keyed'", key="merchant"),
]

# The payments in the order of arrival, `i` from 1. A payment that is delivered again changes nothing, and `first` says
# which it repeats. Chunks of cards are for the memory's sake: no window has payments of two cards.
PAYMENTS_SQL: Final = """
CREATE TABLE f AS
WITH deliveries AS (
    SELECT row_number() OVER () AS i, id, card, epoch_ms("at") AS t, amount, country, merchant, mcc, channel,
           coalesce(device, '') AS device, device IS NOT NULL AS on_web, approved,
           coalesce(cvv_match, false) AS cvv_match
    FROM read_csv($table, header = true, parallel = false, types = {
        id: 'VARCHAR', card: 'VARCHAR', 'at': 'TIMESTAMP', amount: 'DOUBLE', country: 'VARCHAR', merchant: 'VARCHAR',
        mcc: 'INTEGER', channel: 'VARCHAR', device: 'VARCHAR', approved: 'BOOLEAN', cvv_match: 'BOOLEAN'})
), firsts AS (
    SELECT *, min(i) OVER (PARTITION BY id) AS first FROM deliveries
), marked AS (
    SELECT *, max(t) FILTER (i = first) OVER before AS mark_before FROM firsts
    WINDOW before AS (PARTITION BY %(partition)s ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT *, greatest(t, coalesce(mark_before, t)) AS mark, coalesce(t < mark_before - $disorder, false) AS late,
       (hash(card) %% $chunks)::INTEGER AS chunk
FROM marked
ORDER BY chunk, i
"""

# Which earlier payments (or itself) each payment's window holds. A bucket counts as gone once it ends at or before
# mark - max_disorder - size; late payments are in no window, and read what is there.
HELD_SQL: Final = """
WITH readers AS (
    SELECT i, card, {key} AS key, t // {slide} AS bucket, mark FROM f WHERE chunk = {chunk} AND i = first
), kept AS (
    SELECT i AS of, card, {key} AS key, t // {slide} AS bucket, t, {value} AS value FROM f
    WHERE chunk = {chunk} AND i = first AND NOT late AND ({where})
)
SELECT readers.i AS i, kept.bucket AS bucket, of, t, value
FROM readers JOIN kept ON kept.card = readers.card AND kept.key = readers.key
WHERE (of < readers.i OR ({own} AND of = readers.i))
  AND kept.bucket BETWEEN readers.bucket - {buckets} + 1 AND readers.bucket
  AND (kept.bucket + 1) * {slide} > mark - {disorder} - {size}
"""


def load(db: duckdb.DuckDBPyConnection, table: Path, chunks: int) -> None:
    """Fills `f` with the payments of a CSV."""
    parameters = {"table": str(table), "disorder": MAX_DISORDER, "chunks": chunks}
    db.execute(PAYMENTS_SQL % {"partition": PARTITION}, parameters)


def compute(db: duckdb.DuckDBPyConnection, window: Window, chunk: int) -> None:
    """Fills `w`, for a chunk of cards: the `value` of a window by `i`, of payments whose window holds anything."""
    held = HELD_SQL.format(
        key=window.key,
        value=window.value,
        where=window.where,
        size=window.size,
        slide=window.slide,
        buckets=window.size // window.slide,
        disorder=MAX_DISORDER,
        own=str(window.own).lower(),
        chunk=chunk,
    )
    plain = PLAIN.get(window.aggregate, "")
    made = f"SELECT i, {plain.format(seconds=window.size // 1000)} AS value FROM held GROUP BY i" if plain else SUM_SQL
    db.execute(f"CREATE OR REPLACE TEMP TABLE w AS WITH held AS MATERIALIZED ({held}) SELECT * FROM ({made})")
