"""The demo says truly whether paths agree, and if not, at which event and in which field. By real runners (Rust)."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

import demo
from difference import Difference, Side, differing_fields, entries, first_difference, record_at
from encode import flight_message, to_protobuf, write_stream
from prepare import ROOM, slice_flights
from records import Flight
from runners import RunnerError
from servers import ServerError

EVENTS = 600
CHANGED = 472  # from 0


def write_flights(path: Path, flights: list[Flight]) -> None:
    """A stream of these flights."""
    message = flight_message()
    with path.open("wb") as file:
        write_stream(flights, [to_protobuf(flight, message) for flight in flights], file)


class FindingADifference(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.flights = slice_flights()[:EVENTS]
        write_flights(self.folder / "flights.stream", self.flights)

    def side(self, name: str, rules: Path = ROOM / "flights.yaml", stream: str = "flights.stream") -> Side:
        """The Rust path, with rules and events of its own."""
        return Side("rust", rules, self.folder / stream, self.folder / f"marks.{name}")

    def verdict(self, *sides: Side) -> tuple[bool, str]:
        """Whether they agree, and what is printed."""
        with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.redirect_stderr(io.StringIO()):
            agree = demo.verdict(sides, [demo.send_all(side) for side in sides])
        return agree, shown.getvalue()

    def test_paths_that_decide_alike_agree(self) -> None:
        self.assertEqual(self.verdict(self.side("a"), self.side("b")), (True, "all 2 paths agree\n"))

    def change_one_flight(self) -> None:
        """The same stream, but for one flight that is late there."""
        flight = self.flights[CHANGED]
        self.assertLess(int(flight.fields["dep_delay"]), 15)
        self.flights[CHANGED] = Flight(flight.row, flight.sent, {**flight.fields, "dep_delay": 20})
        write_flights(self.folder / "other.stream", self.flights)

    def test_one_field_of_one_event_is_found_at_that_event_and_in_the_outputs_that_it_moves(self) -> None:
        self.change_one_flight()
        agree, shown = self.verdict(self.side("a"), self.side("b", stream="other.stream"))
        self.assertFalse(agree)
        self.assertIn(f"rust differs from rust first at event {CHANGED + 1}", shown)
        lines = [line.strip() for line in shown.splitlines()]
        for field, other in (("outputs.score", "rust: i5"), ("outputs.action", "rust: sWATCH"), ("matched", "[sLATE]")):
            self.assertIn(field, lines)
            self.assertTrue(lines[lines.index(field) + 2].endswith(other), shown)
        self.assertNotIn("agree", shown)

    def test_rules_that_differ_by_one_constant_differ_in_the_decision_of_the_event_on_the_line(self) -> None:
        text = (ROOM / "flights.yaml").read_text(encoding="utf-8")
        changed = text.replace("when: event.dep_delay >= 15\n", "when: event.dep_delay >= 16\n", 1)
        self.assertNotEqual(changed, text)
        (self.folder / "flight.proto").write_bytes((ROOM / "flight.proto").read_bytes())
        (self.folder / "changed.yaml").write_text(changed, encoding="utf-8")
        on_the_line = next(at for at, flight in enumerate(self.flights) if flight.fields.get("dep_delay") == 15)
        sides = self.side("a"), self.side("b", rules=self.folder / "changed.yaml")
        differences = {difference.field: difference for difference in demo.decide_again(*sides, on_the_line)}
        self.assertIn("LATE", differences["matched"].first)
        self.assertNotIn("sLATE", differences["matched"].second)
        self.assertIn("rule-set version", differences)
        one, other = (
            int(score[1:]) for score in (differences["outputs.score"].first, differences["outputs.score"].second)
        )
        self.assertEqual(one - other, 5)

    def test_a_path_through_a_server_agrees_and_where_its_events_differ_the_field_is_found(self) -> None:
        served = Side("rust-grpc", ROOM / "flights.yaml", self.folder / "flights.stream", self.folder / "marks.served")
        self.assertEqual(self.verdict(self.side("a"), served), (True, "all 2 paths agree\n"))
        self.change_one_flight()
        agree, shown = self.verdict(self.side("a"), replace(served, stream=self.folder / "other.stream"))
        self.assertFalse(agree)
        self.assertIn(f"rust-grpc differs from rust first at event {CHANGED + 1}", shown)
        self.assertIn("outputs.score\n    rust: i0\n    rust-grpc: i5", shown)

    def test_a_server_that_does_not_start_is_told_with_its_words(self) -> None:
        wrong = self.folder / "wrong.yaml"
        wrong.write_text("fishplate: 1\nname: wrong\n", encoding="utf-8")
        side = Side("rust-ring", wrong, self.folder / "flights.stream", self.folder / "marks.wrong")
        self.assertRaisesRegex(ServerError, "exit code 2\n(?s:.*)wrong.yaml", demo.send_all, side)

    def test_a_runner_that_is_not_there_is_named_and_nothing_is_run(self) -> None:
        nowhere = {"FISHPLATE_RUNNER_RUST": "/nowhere/runner"}
        with mock.patch.dict(os.environ, nowhere), contextlib.redirect_stderr(io.StringIO()) as shown:
            self.assertEqual(demo.run(["rust"]), 1)
        self.assertIn("the rust path needs /nowhere/runner", shown.getvalue())

    def test_a_runner_that_ends_is_told_with_its_exit_code(self) -> None:
        with mock.patch.dict(os.environ, {"FISHPLATE_RUNNER_RUST": "/bin/false"}):
            self.assertRaisesRegex(RunnerError, "ended in `rules_load` with exit code 1", demo.send_all, self.side("a"))


class Comparing(unittest.TestCase):
    def test_the_first_mark_that_differs_names_the_event(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            one, other = Path(name) / "one", Path(name) / "other"
            one.write_bytes(b"a" * 8 + b"b" * 8 + b"c" * 8)
            other.write_bytes(b"a" * 8 + b"b" * 7 + b"x" + b"x" * 8)
            self.assertEqual(first_difference(one, other), 1)
            other.write_bytes(b"a" * 8 + b"b" * 8)
            self.assertEqual(first_difference(one, other), 2)
            other.write_bytes(one.read_bytes())
            self.assertIsNone(first_difference(one, other))

    def test_entries_of_a_map_are_split_at_its_own_commas_only(self) -> None:
        self.assertEqual(
            entries("{sa=[i1,i2],sb={sx=i1,sy=s%2C},sc=n}"), {"sa": "[i1,i2]", "sb": "{sx=i1,sy=s%2C}", "sc": "n"}
        )
        self.assertEqual(entries("{}"), {})

    def test_a_refusal_against_a_decision_is_a_difference_in_kind(self) -> None:
        (difference,) = differing_fields(["decision", "00"], ["error", "INVALID_ARGUMENT", "0", "bad%20bytes"])
        self.assertEqual(difference.field, "kind of answer")
        self.assertEqual(difference.second, "error INVALID_ARGUMENT 0 bad bytes")

    def test_an_output_that_one_side_lacks_is_said_to_be_nothing(self) -> None:
        one = ["decision", "00", "00", "-", "-", "{sscore=i1}"]
        other = ["decision", "00", "00", "-", "-", "{}"]
        self.assertEqual(differing_fields(one, other), [Difference("outputs.score", "i1", "(nothing)")])

    def test_a_stream_has_no_event_after_its_last(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "two.stream"
            write_flights(path, slice_flights()[:2])
            self.assertGreater(len(record_at(path, 1)[2]), 0)
            self.assertRaisesRegex(ValueError, "has 2 events, not 3", record_at, path, 2)


if __name__ == "__main__":
    unittest.main()
