"""The oracle itself, held against windows counted by hand; and Fishplate held against the oracle."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import unittest
from pathlib import Path
from typing import Any

import oracle
import oracle_features
import oracle_sql
from features_sql import FEATURES
from prepare import ROOM
from records import RAW_COLUMNS
from tally import Tally


def row(clock: str, late: int | None, carrier: str = "AA", tailnum: str = "N1", air_time: int | None = 60) -> str:
    """A row of the published table: a flight of 1 February 2013, scheduled at `clock` UTC, `late` minutes late."""
    hour, minute = clock.split(":")
    delay = "NA" if late is None else str(late)
    left = "NA" if late is None else "0"
    flown = "NA" if air_time is None or late is None else str(air_time)
    return (
        f"2013,2,1,{left},0,{delay},{left},0,{delay},{carrier},7,{tailnum},JFK,BOS,{flown},187,"
        f"{int(hour)},{int(minute)},2013-02-01T{hour}:00:00Z"
    )


def account(*rows: str) -> list[dict[str, Any]]:
    """What the oracle says of a table of these rows, in the order of sending."""
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "table.csv"
        table.write_text("\n".join([",".join(RAW_COLUMNS), *rows, ""]), encoding="utf-8")
        return list(oracle.accounted(table))


class TheOracle(unittest.TestCase):
    def test_a_window_reads_whole_buckets_the_newest_being_the_events_own(self) -> None:
        # One hour in buckets of five minutes: 12:59 reads the buckets from 12:00 on, 13:00 those from 12:05 on.
        events = account(row("12:00", 0), row("12:04", 0), row("12:05", 0), row("12:59", 0), row("13:00", 0))
        self.assertEqual([event["origin_flights_1h"] for event in events], [1, 2, 3, 4, 3])

    def test_an_excluded_window_does_not_read_the_event_itself(self) -> None:
        events = account(row("12:00", 0), row("12:01", 0), row("12:02", None), row("12:03", 0))
        self.assertEqual([event["origin_queue_15m"] for event in events], [0, 1, 2, 2])

    def test_a_window_holds_only_what_arrived_earlier(self) -> None:
        # The flight of 12:00 leaves at 12:30: those of 12:04 and 12:10 do not know of it, and it reads the first of
        # them, which is in its own bucket, but not the second, which is in a newer one.
        events = account(row("12:00", 30), row("12:04", 0), row("12:10", 0))
        self.assertEqual([event["row"] for event in events], [2, 3, 1])
        self.assertEqual([event["origin_flights_1h"] for event in events], [1, 2, 2])

    def test_more_than_an_hour_behind_the_mark_is_late_and_in_no_window(self) -> None:
        # Both delayed flights meet a mark of 13:01: 12:00 is more than an hour behind it, 12:01 exactly an hour.
        events = account(row("13:01", 0), row("12:00", 61), row("12:01", 61), row("13:03", 0))
        by_row = {event["row"]: event for event in events}
        self.assertEqual({at: event["late"] for at, event in by_row.items()}, {1: False, 2: True, 3: False, 4: False})
        self.assertEqual(by_row[2]["carrier_flights_3h"], 0)  # it reads its own three hours: nobody left in them yet
        self.assertEqual(by_row[3]["carrier_flights_3h"], 1)  # itself
        self.assertEqual(by_row[4]["carrier_flights_3h"], 3)  # 13:01, 12:01 and itself, not the late one

    def test_a_late_event_reads_what_its_windows_hold_but_for_buckets_that_are_gone(self) -> None:
        # Mark 16:00. Of a window of three hours, buckets gone are those that end at 12:00 or before; the flight of
        # 13:05, four hours late, covers 10:15 to 13:15, and 11:50 (in the bucket that ends at 12:00) is gone.
        events = account(row("11:50", 0), row("12:00", 0), row("16:00", 0), row("13:05", 240))
        last = events[-1]
        self.assertTrue(last["late"])
        self.assertEqual(last["carrier_flights_3h"], 1)

    def test_doubles_add_bucket_by_bucket_from_the_oldest(self) -> None:
        # Speeds 187*60/air_time in one bucket, then another: (a + b) + c, in that order.
        events = account(
            row("12:00", 0, air_time=37), row("12:10", 0, air_time=41), row("13:00", 0, air_time=43), row("13:10", 0)
        )
        speeds = [187.0 * 60.0 / minutes for minutes in (37.0, 41.0, 43.0)]
        self.assertEqual(events[-1]["route_speed_12h"], (speeds[0] + speeds[1]) + speeds[2])
        self.assertEqual(events[-1]["route_timed_12h"], 3)

    def test_what_is_absent_reads_as_zero_and_has_no_value(self) -> None:
        (event,) = account(row("12:00", None, tailnum="NA"))
        self.assertEqual(event["matched"], ["CANCELLED", "NO_AIRCRAFT"])
        self.assertEqual((event["score"], event["action"], event["delay_hours"]), (25, "CALL", 0.0))
        self.assertEqual(event["tail_departures_2h"], 0)


def compare(document: str) -> oracle.Tally:
    """Fishplate by `document` against the oracle, over the slice."""
    return oracle.compare(ROOM / "slice.csv", oracle.slice_bodies(), 2_000, document)


class Fishplate(unittest.TestCase):
    def test_it_agrees_with_the_oracle_on_every_value_of_the_slice(self) -> None:
        tally = compare(oracle.flights_document())
        names = [
            *(window.name for window in oracle_sql.WINDOWS),
            "late",
            "matched",
            "shadow matched",
            "score",
            "action",
        ]
        self.assertEqual({tally.compared[name] for name in names}, {2_000})
        self.assertEqual(tally.differ.total(), 0, tally.differ)

    def test_every_rule_of_the_document_is_in_the_account_and_matches_in_the_slice(self) -> None:
        document = oracle.flights_document()
        declared = re.findall(r"^  - id: (\w+)$", document, re.MULTILINE)
        self.assertEqual([rule.id for rule in oracle_sql.RULES], declared)
        account = list(oracle.accounted(ROOM / "slice.csv"))
        matched = {rule for event in account for rule in [*event["matched"], *event["shadow matched"]]}
        self.assertEqual(matched, set(declared))

    def test_a_constant_that_is_off_by_one_is_found_where_it_is(self) -> None:
        document = oracle.flights_document()
        stopped = document.replace("|| event.dep_delay >= 30", "|| event.dep_delay >= 31")
        late = document.replace("when: event.dep_delay >= 15\n    output", "when: event.dep_delay >= 16\n    output")
        for changed, name in ((stopped, "origin_stopped_1h"), (late, "matched")):
            self.assertNotEqual(changed, document)
            with contextlib.redirect_stdout(io.StringIO()) as shown:
                tally = compare(changed)
            self.assertGreater(tally.differ[name], 0)
            self.assertEqual(tally.differ["late"], 0)
            self.assertIn(f": {name}: oracle ", shown.getvalue())


def features(*rows: str) -> list[dict[str, Any]]:
    """What the oracle says of every aggregate for a table of these rows, in the order of sending."""
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "table.csv"
        table.write_text("\n".join([",".join(RAW_COLUMNS), *rows, ""]), encoding="utf-8")
        return list(oracle_features.accounted(table))


class TheAccountOfEveryAggregate(unittest.TestCase):
    def test_an_empty_window_counts_zero_and_has_no_mean(self) -> None:
        (event,) = features(row("12:00", 5))
        empty = {name for name, value in event.items() if value is None}
        own = {window.name for window in FEATURES if window.own}
        self.assertFalse(empty & own, "its own value is there")
        valueless = {"avg", "stddev", "min", "max", "first", "last"}
        self.assertEqual(empty, {w.name for w in FEATURES if not w.own and w.aggregate in valueless})
        self.assertEqual((event["carrier_delay_1h"], event["carrier_tails_6h"]), (0, 0))

    def test_each_aggregate_of_delays_0_4_and_8_is_what_it_is_by_hand(self) -> None:
        *_, event = features(row("12:00", 0), row("12:10", 4, tailnum="N2"), row("12:20", 8, tailnum="N2"))
        self.assertEqual(event["origin_flights_30m"], 3)
        self.assertEqual(event["origin_rate_1h"], 3 / 3600)
        self.assertEqual(event["carrier_delay_1h"], 4)
        self.assertEqual(event["carrier_delay_6h"], 4.0)
        self.assertAlmostEqual(event["dest_spread_12h"], (32 / 3) ** 0.5, places=12)
        self.assertEqual((event["origin_earliest_2h"], event["carrier_worst_2h"]), (0, 8))
        self.assertEqual(event["carrier_wait_3h"], 480)
        self.assertEqual((event["dest_last_3h"], event["tail_last_2d"]), (8, "BOS"))
        self.assertEqual(event["carrier_tails_6h"], 2)

    def test_first_and_last_go_by_the_timetable_and_of_equal_times_by_arrival(self) -> None:
        # The flight of 12:00 leaves last, at 12:50; two are due at 12:10.
        late, first, last = row("12:00", 50, "UA"), row("12:10", 0, "DL"), row("12:10", 1, "AA")
        before, _, event = features(late, first, last)
        self.assertEqual(before["origin_first_1h"], "DL")
        self.assertEqual(event["origin_first_1h"], "UA")
        self.assertEqual(features(late, first, last)[1]["dest_last_3h"], 1)


class EveryAggregate(unittest.TestCase):
    def test_fishplate_agrees_on_every_feature_of_the_slice(self) -> None:
        tally = oracle_features.compare(ROOM / "slice.csv", oracle.slice_bodies(), Tally())
        self.assertEqual({tally.compared[window.name] for window in FEATURES}, {2_000})
        self.assertEqual(tally.differ.total(), 0, tally.differ)

    def test_every_aggregate_is_among_them(self) -> None:
        document = (ROOM / "features.yaml").read_text(encoding="utf-8")
        declared = re.findall(r"^  (\w+):", document.split("\nfeatures:\n")[1].split("\nrules:\n")[0], re.MULTILINE)
        self.assertEqual([window.name for window in FEATURES], declared)
        words = ("count", "rate", "sum", "avg", "stddev", "min", "max", "first", "last", "distinct")
        for word in words:
            self.assertRegex(document, rf"\b{word}: (true|event|has)", word)

    def test_another_slide_or_edge_is_found_where_it_is(self) -> None:
        document = (ROOM / "features.yaml").read_text(encoding="utf-8")
        changes = {
            "dest_spread_12h": ("sliding: 12h, slide: 1h, where: has(event.arr_delay)", "sliding: 11h, slide: 1h"),
            "origin_dests_1h": ("distinct: event.dest, sliding: 1h, slide: 5m", "distinct: event.dest, tumbling: 1h"),
        }
        for name, (old, new) in changes.items():
            changed = document.replace(old, new)
            self.assertNotEqual(changed, document)
            with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
                path = Path(folder) / "features.yaml"
                path.write_text(changed, encoding="utf-8")
                (Path(folder) / "flight.proto").write_bytes((ROOM / "flight.proto").read_bytes())
                tally = oracle_features.compare(ROOM / "slice.csv", oracle.slice_bodies(), Tally(), path)
            self.assertGreater(tally.differ[name], 0)
            self.assertEqual(tally.differ.total(), tally.differ[name])


if __name__ == "__main__":
    unittest.main()
