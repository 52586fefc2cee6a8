"""The features of features.yaml once more, as windows in SQL (oracle_sql.py). Knows nothing of Fishplate.

Times are seconds since 1970 here, and durations seconds.
"""

from __future__ import annotations

from typing import Final

import duckdb

import oracle_sql
from oracle_sql import HOUR, MINUTE, Window

DAY: Final = 24 * HOUR
ROUTE: Final = "(origin, dest)"
LEFT: Final = "has_actual_departure"
TIMED: Final = "air_time > 0"

FEATURES: Final = [
    Window("origin_flights_30m", "origin", 30 * MINUTE, 30 * MINUTE),
    Window("origin_rate_1h", "origin", HOUR, 5 * MINUTE, where=LEFT, aggregate="rate"),
    Window("carrier_delay_1h", "carrier", HOUR, HOUR, "dep_delay", own=False),
    Window("dest_numbers_2h", "dest", 2 * HOUR, 15 * MINUTE, "flight"),
    Window("tail_miles_1d", "tailnum", DAY, HOUR, "distance", "has_tailnum", double=True),
    Window("carrier_delay_6h", "carrier", 6 * HOUR, 30 * MINUTE, "dep_delay", LEFT, aggregate="avg"),
    Window("dest_number_6h", "dest", 6 * HOUR, 6 * HOUR, "flight", own=False, aggregate="avg"),
    Window("route_speed_1d", ROUTE, DAY, 2 * HOUR, "mph", TIMED, own=False, aggregate="avg"),
    Window("dest_spread_12h", "dest", 12 * HOUR, HOUR, "arr_delay", "has_arr_delay", aggregate="stddev"),
    Window("route_spread_3d", ROUTE, 3 * DAY, 6 * HOUR, "mph", TIMED, own=False, aggregate="stddev"),
    Window("origin_earliest_2h", "origin", 2 * HOUR, 10 * MINUTE, "dep_delay", own=False, aggregate="min"),
    Window("dest_lowest_6h", "dest", 6 * HOUR, 6 * HOUR, "flight", aggregate="min"),
    Window("route_due_12h", ROUTE, 12 * HOUR, HOUR, "t", own=False, aggregate="min"),
    Window("carrier_worst_2h", "carrier", 2 * HOUR, 10 * MINUTE, "dep_delay", aggregate="max"),
    Window("tail_longest_1d", "tailnum", DAY, HOUR, "distance", "has_tailnum", own=False, aggregate="max"),
    Window("route_left_12h", ROUTE, 12 * HOUR, HOUR, "departed", LEFT, own=False, aggregate="max"),
    Window("carrier_wait_3h", "carrier", 3 * HOUR, 15 * MINUTE, "departed - t", LEFT, aggregate="max"),
    Window("origin_first_1h", "origin", HOUR, 10 * MINUTE, "carrier", aggregate="first"),
    Window("dest_first_1d", "dest", DAY, DAY, "departed", LEFT, aggregate="first"),
    Window("route_first_6h", ROUTE, 6 * HOUR, 6 * HOUR, "distance / air_time", TIMED, own=False, aggregate="first"),
    Window("tail_last_2d", "tailnum", 2 * DAY, HOUR, "dest", "has_tailnum", own=False, aggregate="last"),
    Window("carrier_last_2h", "carrier", 2 * HOUR, 15 * MINUTE, LEFT, own=False, aggregate="last"),
    Window("dest_last_3h", "dest", 3 * HOUR, 30 * MINUTE, "dep_delay", aggregate="last"),
    Window("flight_last_1d", "(carrier, origin)", DAY, DAY, "flight", own=False, aggregate="last"),
    Window("origin_dests_1h", "origin", HOUR, 5 * MINUTE, "dest", aggregate="distinct"),
    Window("carrier_tails_6h", "carrier", 6 * HOUR, HOUR, "tailnum", "has_tailnum", own=False, aggregate="distinct"),
    Window("dest_flights_1d", "dest", DAY, DAY, "flight", aggregate="distinct"),
]


def answers(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The rows of the account, in the order of sending: row, late, every feature (`None`: it has no value)."""
    for window in FEATURES:
        oracle_sql.compute_window(db, window)
    oracle_sql.compute_facts(db, FEATURES)
    names = ", ".join(window.name for window in FEATURES)
    return db.execute(f"SELECT row, late, {names} FROM facts ORDER BY i")
