"""The command line decides the slice alike, whatever form its events come in."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from prepare import ROOM, slice_flights, write_all
from runners import REPOSITORY

FISHPLATE = Path(os.environ.get("FISHPLATE_TARGET", REPOSITORY / "target")) / "release" / "fishplate"


def decisions(events: Path) -> list[str]:
    """The lines that `fishplate run` writes of a file of events."""
    command = [str(FISHPLATE), "run", "--strict", "--rules", str(ROOM / "flights.yaml"), "--events", str(events)]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.splitlines()


class Forms(unittest.TestCase):
    def test_csv_json_lines_and_protobuf_give_the_same_decisions(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            write_all(slice_flights(), "slice", Path(name))
            from_csv, from_json, from_protobuf = (
                decisions(Path(name) / f"slice.{form}") for form in ("csv", "jsonl", "pb")
            )
        self.assertEqual(len(from_csv), 2_000)
        self.assertEqual(from_csv, from_json)
        self.assertEqual(from_csv, from_protobuf)

    def test_an_identity_seen_again_gives_the_first_decision_marked_repeated(self) -> None:
        rows = (ROOM / "slice.csv").read_text(encoding="utf-8").splitlines()[:2]
        with tempfile.TemporaryDirectory() as name:
            twice = Path(name) / "twice.csv"
            twice.write_text("\n".join([*rows, rows[1], ""]), encoding="utf-8")
            first, again = (json.loads(line) for line in decisions(twice))
        self.assertEqual((first["repeated"], again["repeated"]), (False, True))
        self.assertEqual((first["id"], first["outputs"]), (again["id"], again["outputs"]))


if __name__ == "__main__":
    unittest.main()
