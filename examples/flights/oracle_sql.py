"""The oracle's own account of flights.yaml: every window and every rule again, as SQL over the published rows.

Written from the contract (time, windows, absence), not from the engine, and by other means: no buckets are kept; each
event is joined with all the earlier events that its windows may hold. Knows nothing of Fishplate.

How absence reads: the table `f` has the fields as rules read them (an absent one gives 0 or ""), and `has_x` beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

MAX_DISORDER: Final = 3600
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE


@dataclass(frozen=True)
class Window:
    """A feature as SQL: `key`, `value` and `where` over the table `f`; `size` and `slide` in seconds."""

    name: str
    key: str
    size: int
    slide: int
    value: str = "1"
    where: str = "true"
    own: bool = True  # whether an event reads itself: `current: included`
    double: bool = False
    aggregate: str = "sum"  # a sum of ones is a count


CANCELLED: Final = "NOT has_actual_departure"
WINDOWS: Final = [
    Window("origin_flights_1h", "origin", HOUR, 5 * MINUTE),
    Window("origin_stopped_1h", "origin", HOUR, 5 * MINUTE, where=f"{CANCELLED} OR dep_delay >= 30"),
    Window("origin_queue_15m", "origin", 15 * MINUTE, MINUTE, where="has_actual_departure", own=False),
    Window("carrier_flights_3h", "carrier", 3 * HOUR, 15 * MINUTE, where="has_actual_departure"),
    Window("carrier_delay_3h", "carrier", 3 * HOUR, 15 * MINUTE, value="dep_delay", where="dep_delay > 0"),
    Window("carrier_cancelled_6h", "carrier", 6 * HOUR, 30 * MINUTE, where=CANCELLED),
    Window("carrier_miles_lost_24h", "carrier", 24 * HOUR, HOUR, value="distance", where=CANCELLED, double=True),
    Window("tail_departures_2h", "tailnum", 2 * HOUR, 10 * MINUTE, where="has_tailnum AND has_actual_departure"),
    Window("tail_minutes_4h", "tailnum", 4 * HOUR, 10 * MINUTE, "air_time", "has_tailnum AND has_air_time", own=False),
    Window("route_timed_12h", "(origin, dest)", 12 * HOUR, HOUR, where="air_time > 0", own=False),
    Window("route_speed_12h", "(origin, dest)", 12 * HOUR, HOUR, "mph", "air_time > 0", own=False, double=True),
    Window("dest_cancelled_3h", "dest", 3 * HOUR, 30 * MINUTE, where=CANCELLED),
    Window("flight_late_3d", "(carrier, flight)", 72 * HOUR, 6 * HOUR, where="dep_delay >= 15"),
]


@dataclass(frozen=True)
class Check:
    """A rule as SQL over `f` and the windows, with what it gives to each output."""

    id: str
    when: str
    score: int
    action: str
    shadow: bool = False
    delay_hours: str = "NULL"
    reason: str = "NULL"


ACTIONS: Final = ["NONE", "WATCH", "CALL", "ESCALATE"]
RULES: Final = [
    Check("LATE", "dep_delay >= 15", 5, "WATCH", delay_hours="dep_delay::DOUBLE / 60"),
    Check(
        "VERY_LATE",
        "has_actual_departure AND departed - t > 2 * 3600",
        25,
        "CALL",
        reason="'left ' || dep_delay || ' minutes late'",
    ),
    Check(
        "LONG_HAUL_LATE",
        "distance >= 2000 AND dep_delay >= 45",
        15,
        "CALL",
        reason="'long haul to ' || dest || ' is late'",
    ),
    Check("CANCELLED", CANCELLED, 20, "CALL", reason="'cancelled'"),
    Check("NO_AIRCRAFT", "NOT has_tailnum", 5, "WATCH", reason="'no aircraft assigned'"),
    Check("DIVERTED", "has_actual_departure AND NOT has_arr_delay", 40, "ESCALATE", reason="'no arrival at ' || dest"),
    Check(
        "IMPLAUSIBLE_SPEED",
        "air_time > 0 AND mph > 540",
        10,
        "WATCH",
        reason="'flew at ' || trunc(mph)::BIGINT || ' mph'",
    ),
    Check(
        "RED_EYE_LATE", "hour >= 20 AND sched_arr_time < 800 AND dep_delay >= 30", 15, "CALL", reason="'late red-eye'"
    ),
    Check(
        "LOST_IN_THE_AIR",
        "has_arr_delay AND arr_delay - dep_delay >= 60",
        10,
        "WATCH",
        delay_hours="arr_delay::DOUBLE / 60",
    ),
    Check(
        "GROUND_STOP",
        "origin_stopped_1h >= 10 AND origin_stopped_1h * 2 > origin_flights_1h",
        40,
        "ESCALATE",
        reason="'suspected ground stop at ' || origin || ': ' || origin_stopped_1h || ' stopped'",
    ),
    Check(
        "RUNWAY_QUEUE",
        "origin_queue_15m >= 12 AND est_hour >= 16 AND est_weekday IN ('Friday', 'Sunday')",
        5,
        "WATCH",
    ),
    Check(
        "CARRIER_STORM",
        "carrier_flights_3h >= 10 AND carrier_delay_3h / carrier_flights_3h >= 30",
        20,
        "CALL",
        delay_hours="carrier_delay_3h::DOUBLE / carrier_flights_3h::DOUBLE / 60",
        reason="'delays at ' || carrier",
    ),
    Check("CARRIER_CANCELS", "carrier_cancelled_6h >= 10 OR carrier_miles_lost_24h >= 25000", 10, "CALL"),
    Check("TURNED_TOO_FAST", "tail_departures_2h >= 2", 15, "CALL", reason="'two departures of ' || tailnum"),
    Check("NOT_BACK_YET", "has_tailnum AND tail_minutes_4h > 120", 15, "CALL", reason="'cannot be back: ' || tailnum"),
    Check(
        "SLOW_ON_ROUTE",
        "air_time > 0 AND route_timed_12h >= 3 AND mph < 0.8::DOUBLE * route_speed_12h / route_timed_12h",
        10,
        "WATCH",
        reason="'slow to ' || dest",
    ),
    Check("DESTINATION_CLOSED", "dest_cancelled_3h >= 6", 15, "ESCALATE", reason="'is ' || dest || ' closed?'"),
    Check("ALWAYS_LATE", "flight_late_3d >= 3 AND dep_delay >= 15", 5, "WATCH"),
    Check(
        "GROUND_STOP_EARLY",
        "origin_stopped_1h >= 6 AND origin_stopped_1h * 3 > origin_flights_1h",
        20,
        "CALL",
        shadow=True,
    ),
]

# What the oracle reads of the published table, and as what.
PUBLISHED: Final = {
    **dict.fromkeys(("dep_time", "dep_delay", "sched_arr_time", "arr_delay", "flight", "air_time"), "BIGINT"),
    **dict.fromkeys(("hour", "minute"), "BIGINT"),
    **dict.fromkeys(("carrier", "tailnum", "origin", "dest"), "VARCHAR"),
    "distance": "DOUBLE",
    "time_hour": "TIMESTAMP",
}

# The published columns and no others; `i` is the place in the order of sending, from 1.
FLIGHTS_SQL: Final = """
CREATE TABLE f AS
WITH times AS (
    SELECT *, epoch(time_hour)::BIGINT + 60 * minute AS t FROM raw
), sent AS (
    SELECT *, CASE WHEN dep_time IS NULL THEN t ELSE t + 60 * dep_delay END AS sent FROM times
), arrived AS (
    SELECT *, row_number() OVER (ORDER BY sent, row) AS i FROM sent
), marked AS (
    SELECT *, max(t) OVER (ORDER BY i) AS mark,
           max(t) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS mark_before
    FROM arrived
)
SELECT i, row, t, sent AS departed, mark, coalesce(t < mark_before - $disorder, false) AS late,
       carrier, flight, coalesce(tailnum, '') AS tailnum, origin, dest, distance::DOUBLE AS distance, hour,
       sched_arr_time, coalesce(dep_delay, 0) AS dep_delay, coalesce(arr_delay, 0) AS arr_delay,
       coalesce(air_time, 0) AS air_time, distance::DOUBLE * 60 / nullif(air_time, 0)::DOUBLE AS mph,
       dep_time IS NOT NULL AS has_actual_departure, tailnum IS NOT NULL AS has_tailnum,
       arr_delay IS NOT NULL AS has_arr_delay, air_time IS NOT NULL AS has_air_time,
       extract(hour FROM make_timestamp((t - 5 * 3600) * 1000000)) AS est_hour,
       dayname(make_timestamp((t - 5 * 3600) * 1000000)) AS est_weekday
FROM marked
"""

# Which earlier events (or itself) each event's window holds. A bucket counts as gone once it ends at or before
# mark - max_disorder - size; late events are in no window, and read what is there.
HELD_SQL: Final = """
WITH held AS (
    SELECT i, t, {key} AS key, t // {slide} AS bucket, {value} AS value FROM f WHERE NOT late AND ({where})
), buckets AS (
    SELECT i, {key} AS key, t // {slide} - back AS bucket
    FROM f, range({size} // {slide}) AS backs(back)
    WHERE (t // {slide} - back + 1) * {slide} > mark - {disorder} - {size}
)
SELECT buckets.i AS i, held.bucket AS bucket, held.i AS of, held.t AS t, held.value AS value
FROM buckets JOIN held ON held.key = buckets.key AND held.bucket = buckets.bucket
WHERE held.i < buckets.i OR ({own} AND held.i = buckets.i)
"""


# Doubles are added one by one: in arrival order within a bucket, then bucket by bucket from the oldest. Whole numbers
# have no such order, and are summed as SQL sums.
AGGREGATE_SQL: Final = "SELECT i, {aggregate} AS total FROM held GROUP BY i"
DOUBLE_SUM_SQL: Final = """
WITH sums AS (
    SELECT i, bucket, list_reduce(list(value::DOUBLE ORDER BY of), lambda a, b: a + b) AS total
    FROM held GROUP BY i, bucket
)
SELECT i, list_reduce(list(total ORDER BY bucket), lambda a, b: a + b) AS total FROM sums GROUP BY i
"""
# No second has two events with one `i`; of equal times the first or last to arrive counts.
BY_TIME: Final = "t * 1000000 + of"
AGGREGATES: Final = {
    "sum": "sum(value)::BIGINT",
    "rate": "count(*) / {size}::DOUBLE",
    "avg": "avg(value::DOUBLE)",
    "stddev": "stddev_pop(value::DOUBLE)",
    "min": "min(value)",
    "max": "max(value)",
    "first": f"arg_min(value, {BY_TIME})",
    "last": f"arg_max(value, {BY_TIME})",
    "distinct": "count(DISTINCT value)",
}
# What an empty window reads; the others have no value.
EMPTY: Final = {"sum": "0", "rate": "0.0::DOUBLE", "distinct": "0"}


def load(table: Path) -> duckdb.DuckDBPyConnection:
    """A database with the flights in `f`: from the published CSV, or from ours, which names its rows."""
    db = duckdb.connect()
    with table.open(encoding="utf-8") as file:
        header = next(file).strip().split(",")
    ours = "row" in header
    columns = ", ".join(PUBLISHED)
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in PUBLISHED.items())
    row = "row::BIGINT" if ours else "row_number() OVER ()"
    db.execute(
        f"CREATE TABLE raw AS SELECT {columns}, {row} AS row FROM read_csv($table, header = true, delim = ',',"
        f" nullstr = $not_known, parallel = false, types = {{{types}}})",
        {"table": str(table), "not_known": "" if ours else "NA"},
    )
    db.execute(FLIGHTS_SQL, {"disorder": MAX_DISORDER})
    return db


def compute_window(db: duckdb.DuckDBPyConnection, window: Window) -> None:
    """Fills the table `w_<name>`: `total` by `i`, for the events whose window holds anything."""
    held = HELD_SQL.format(
        key=window.key,
        value=window.value,
        where=window.where,
        size=window.size,
        slide=window.slide,
        disorder=MAX_DISORDER,
        own=str(window.own).lower(),
    )
    aggregate = AGGREGATES[window.aggregate].format(size=window.size)
    in_order = window.double and window.aggregate == "sum"
    total = DOUBLE_SUM_SQL if in_order else AGGREGATE_SQL.format(aggregate=aggregate)
    db.execute(f"CREATE TABLE w_{window.name} AS WITH held AS MATERIALIZED ({held}) {nested(total)}")


def nested(query: str) -> str:
    """A query that can stand after an earlier WITH."""
    return f"SELECT * FROM ({query})"


def compute_facts(db: duckdb.DuckDBPyConnection, windows: list[Window]) -> None:
    """Fills `facts`: an event a row by `i`, with its fields, `late`, and each window's value under its name."""
    columns = ", ".join(f"{read(window)} AS {window.name}" for window in windows)
    joins = " ".join(f"LEFT JOIN w_{window.name} ON w_{window.name}.i = f.i" for window in windows)
    db.execute(f"CREATE TABLE facts AS SELECT f.*, {columns} FROM f {joins}")


def read(window: Window) -> str:
    """The window's value for an event, or what an empty one reads."""
    total = f"w_{window.name}.total"
    if window.aggregate not in EMPTY:
        return total
    return f"coalesce({total}, {'0.0::DOUBLE' if window.double else EMPTY[window.aggregate]})"


def answers_sql() -> str:
    """One row an event, in the order of sending: row, late, every window, then every rule, and what each
    would give to delay_hours and to reasons."""
    windows = ", ".join(window.name for window in WINDOWS)
    rules = ", ".join(f"coalesce({rule.when}, false)" for rule in RULES)
    delays = ", ".join(rule.delay_hours for rule in RULES)
    reasons = ", ".join(rule.reason for rule in RULES)
    return f"SELECT row, late, {windows}, {rules}, {delays}, {reasons} FROM facts ORDER BY i"
