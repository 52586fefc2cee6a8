"""Cuts slice.csv out of .cache/flights/flights.csv: a stretch of the stream, as it is sent. Knows the stretch."""

from __future__ import annotations

from itertools import islice

from prepare import CACHE, ROOM, prepare

FIRST = 34_276
ROWS = 2_000


def slice_text() -> str:
    """The header and the stretch."""
    with (CACHE / "flights.csv").open(encoding="utf-8", newline="") as file:
        header = next(file)
        return header + "".join(islice(file, FIRST - 1, FIRST - 1 + ROWS))


if __name__ == "__main__":
    prepare()
    (ROOM / "slice.csv").write_text(slice_text(), encoding="utf-8", newline="")
