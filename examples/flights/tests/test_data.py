"""The event files say what the published table says, in every form."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from google.protobuf import json_format

from cut_slice import ROWS, slice_text
from encode import flight_message, to_protobuf, varint
from prepare import ROOM, prepare, slice_flights, write_all
from records import RAW_COLUMNS, Reader, trace_context


class TheSlice(unittest.TestCase):
    def test_it_is_the_stretch_of_the_stream_that_its_readme_names(self) -> None:
        prepare()
        self.assertEqual((ROOM / "slice.csv").read_text(encoding="utf-8"), slice_text())

    def test_it_is_in_the_order_of_sending_and_names_each_flight_once(self) -> None:
        flights = slice_flights()
        self.assertEqual(len(flights), ROWS)
        self.assertEqual([flight.order for flight in flights], sorted(flight.order for flight in flights))
        self.assertEqual(len({flight.fields["id"] for flight in flights}), ROWS)


class Forms(unittest.TestCase):
    def test_every_form_holds_the_same_messages(self) -> None:
        message = flight_message()
        expected = [to_protobuf(flight, message) for flight in slice_flights()]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_all(slice_flights(), "slice", folder)
            self.assertEqual((folder / "slice.csv").read_bytes(), (ROOM / "slice.csv").read_bytes())
            lines = (folder / "slice.jsonl").read_text(encoding="utf-8").splitlines()
            delimited = (folder / "slice.pb").read_bytes()
            stream = (folder / "slice.stream").read_bytes()
        # Google's own reading of the proto3 JSON mapping, in which a field that we name wrongly is an error.
        read = [json_format.Parse(line, message()).SerializeToString(deterministic=True) for line in lines]
        self.assertEqual(read, expected)
        self.assertEqual(delimited, b"".join(varint(len(body)) + body for body in expected))
        traces = [trace_context(flight.row) for flight in slice_flights()]
        records = zip(expected, traces, strict=True)
        self.assertEqual(stream, b"".join(len(body).to_bytes(4, "little") + trace + body for body, trace in records))

    def test_a_varint_is_seven_bits_a_byte_least_first(self) -> None:
        self.assertEqual(varint(0), b"\x00")
        self.assertEqual(varint(127), b"\x7f")
        self.assertEqual(varint(300), b"\xac\x02")

    def test_each_flight_has_a_trace_of_its_own(self) -> None:
        traces = {trace_context(row) for row in range(1, 1001)}
        self.assertEqual(len({trace[:16] for trace in traces}), 1000)
        self.assertTrue(all(len(trace) == 25 and trace[24] == 1 for trace in traces))


class Rows(unittest.TestCase):
    LEFT = "2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z"
    CANCELLED = "2013,1,1,NA,1630,NA,NA,1815,NA,EV,4308,N18120,EWR,RDU,NA,416,16,30,2013-01-01T21:00:00Z"

    def test_a_flight_is_sent_when_it_leaves_with_its_scheduled_time(self) -> None:
        flight = Reader(RAW_COLUMNS).flight(1, self.LEFT.split(","))
        self.assertEqual(flight.fields["id"], "2013-01-01-UA-1545-EWR")
        self.assertEqual(flight.fields["scheduled_departure"], 1357035300)  # 10:15 UTC
        self.assertEqual(flight.fields["actual_departure"], 1357035420)  # two minutes later
        self.assertEqual(flight.order, (1357035420, 1))

    def test_a_cancelled_flight_is_sent_at_its_scheduled_time_and_what_is_na_is_absent(self) -> None:
        flight = Reader(RAW_COLUMNS).flight(839, self.CANCELLED.split(","))
        self.assertEqual(flight.order, (1357075800, 839))  # 21:30 UTC
        absent = {"actual_departure", "dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}
        self.assertFalse(absent & flight.fields.keys())

    def test_json_leaves_out_what_is_absent(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            write_all([Reader(RAW_COLUMNS).flight(839, self.CANCELLED.split(","))], "one", Path(name))
            line = json.loads((Path(name) / "one.jsonl").read_text(encoding="utf-8"))
        self.assertNotIn("actualDeparture", line)
        self.assertEqual(line["scheduledDeparture"], "2013-01-01T21:30:00Z")
        self.assertEqual(line["schedArrTime"], 1815)


if __name__ == "__main__":
    unittest.main()
