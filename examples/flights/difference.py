"""Where two paths part: the first event whose decisions differ, and the fields in which they do.

A path's marks are 8 bytes an event: the head of the SHA-256 of the decision's canonical form. The first mark that
differs names the event; both paths then decide everything before it again, and that event by itself, and their
answers are compared field by field. Knows the files and the runners' answers; knows no rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from runners import DECISION_FIELDS, REFUSAL_FIELDS, Runner, encode

MARK: Final = 8
TRACE: Final = 25


@dataclass(frozen=True)
class Side:
    """A path, what it decides by, what it decides, and where it leaves its marks."""

    path: str
    rules: Path
    stream: Path
    marks: Path


@dataclass(frozen=True)
class Difference:
    """One field in which two paths differ, with what each says."""

    field: str
    first: str
    second: str


def first_difference(first: Path, second: Path) -> int | None:
    """The place (from 0) of the first event whose marks differ, or that one of the files does not have."""
    one, other = first.read_bytes(), second.read_bytes()
    if one == other:
        return None
    for at in range(0, min(len(one), len(other)), MARK):
        if one[at : at + MARK] != other[at : at + MARK]:
            return at // MARK
    return min(len(one), len(other)) // MARK


def record_at(stream: Path, event: int) -> tuple[int, bytes, bytes]:
    """The `event`-th record of a stream (from 0): where it begins, its trace context, its body."""
    with stream.open("rb") as file:
        for at in range(event + 1):
            begins = file.tell()
            head = file.read(4 + TRACE)
            if len(head) < 4 + TRACE:
                raise ValueError(f"{stream} has {at} events, not {event + 1}")
            body = file.read(int.from_bytes(head[:4], "little"))
    return begins, head[4:], body


def traceparent(trace: bytes) -> str:
    """The trace context of a record as the header field of a `decide` command; `-` for none."""
    if not any(trace[:16]):
        return "-"
    header = f"00-{trace[:16].hex()}-{trace[16:24].hex()}-{trace[24]:02x}"
    return f"traceparent={encode(header)}"


def decide_one(runner: Runner, side: Side, event: int, scratch: Path) -> list[str]:
    """What `runner`, whose engine is fresh, answers to the `event`-th event, after deciding all events before it."""
    begins, trace, body = record_at(side.stream, event)
    prefix = scratch / "prefix.stream"
    with side.stream.open("rb") as file:
        prefix.write_bytes(file.read(begins))
    runner.demand("stream", "protobuf", encode(str(prefix)), "-")
    return runner.ask("decide", "protobuf", traceparent(trace), body.hex())


def differing_fields(first: list[str], second: list[str]) -> list[Difference]:
    """The fields in which two answers differ, entries of maps by their names (`outputs.score`)."""
    if first[0] != second[0]:
        return [Difference("kind of answer", readable(first), readable(second))]
    names = DECISION_FIELDS if first[0] == "decision" else REFUSAL_FIELDS
    differences: list[Difference] = []
    for at in range(1, max(len(first), len(second))):
        one, other = (answer[at] if at < len(answer) else "(nothing)" for answer in (first, second))
        if one != other:
            name = names[at - 1] if at <= len(names) else f"field {at}"
            differences.extend(within(name, one, other))
    return differences


def within(name: str, first: str, second: str) -> Iterator[Difference]:
    """The difference in one field; entry by entry if both sides are maps."""
    if not (first.startswith("{") and second.startswith("{")):
        yield Difference(name, unquote(first), unquote(second))
        return
    one, other = entries(first), entries(second)
    for key in dict.fromkeys([*one, *other]):
        if one.get(key) != other.get(key):
            sides = (unquote(side.get(key, "(nothing)")) for side in (one, other))
            yield Difference(f"{name}.{unquote(key)[1:]}", *sides)
    if one == other:
        yield Difference(f"order of {name}", ", ".join(map(unquote, one)), ", ".join(map(unquote, other)))


def entries(tagged: str) -> dict[str, str]:
    """The entries of a map in the runners' tagged text, key and value still encoded (so delimiters are delimiters)."""
    found: dict[str, str] = {}
    depth, begins = 0, 0
    inner = tagged[1:-1]
    for at, char in enumerate(inner + ","):
        depth += (char in "[{") - (char in "]}")
        if char == "," and depth == 0 and at > begins:
            key, _, value = inner[begins:at].partition("=")
            found[key] = value
        if char == "," and depth == 0:
            begins = at + 1
    return found


def readable(answer: list[str]) -> str:
    """A whole answer in one line."""
    return " ".join(unquote(field) for field in answer)
