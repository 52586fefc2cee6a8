"""Events in each format, made from one plain description by code that is not ours.

Protobuf bytes come from Google's own compiler and runtime (protobufs.py, loaded only where a body is not there yet),
JSON from Python's, and maps are the tagged text that each language parses into its own map.

This file knows formats; it knows no decisions.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

from .values import Value, double_of, percent, to_tagged


class Schema:
    """The event type that a rule document names: a message of a `.proto` file, or fields declared inline."""

    def __init__(self, folder: Path, document: str) -> None:
        named = re.search(r"^schema:\s*[\"']?([^\s\"'#{]+)#([\w.]+)", document, re.MULTILINE)
        self.files: dict[str, bytes] = {}
        self.folder = folder
        self.event: tuple[str, str] | None = None
        if named and (folder / named[1]).exists():
            self._read(named[1])
            self.event = (named[1], named[2])

    def _read(self, name: str) -> None:
        """Reads `name` and what it imports; the files that ship with protobuf are not the document's."""
        if name in self.files or not (self.folder / name).exists():
            return
        self.files[name] = (self.folder / name).read_bytes()
        for imported in re.findall(r'^import\s+(?:public\s+)?"([^"]+)"', self.files[name].decode(), re.MULTILINE):
            self._read(imported)


def body_of(plain: Value, form: str, schema: Schema) -> str:
    """The BODY field of a command."""
    if form == "protobuf":
        if schema.event is None:
            raise ValueError("protobuf events need a .proto schema")
        from .protobufs import compiled, protobuf_of  # noqa: PLC0415  (a plan is played where Google's tools are not)

        return protobuf_of(plain, compiled(schema.folder, *schema.event)).hex()
    if form == "json":
        return json.dumps(json_of(plain), ensure_ascii=False).encode().hex()
    if form == "map":
        return to_tagged(plain)
    if form == "row":
        return ",".join(percent(cell_of(value)) for _, value in columns_of(plain))
    raise ValueError(f"no such format: {form}")


# --- JSON -----------------------------------------------------------------------------------------------------------


def json_of(value: Value) -> Any:
    """The proto3 JSON mapping: https://protobuf.dev/programming-guides/json/."""
    tag, data = value
    match tag:
        case "i" | "u":
            return data if abs(data) <= 1 << 53 else str(data)
        case "d":
            number = double_of(data)
            names = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
            return names.get(repr(number), number)
        case "y":
            return base64.b64encode(data).decode()
        case "t":
            return timestamp_text(*data)
        case "p":
            return duration_text(*data)
        case "[":
            return [json_of(item) for item in data]
        case "{":
            return {_json_key(key): json_of(item) for key, item in data}
    return data


def _json_key(key: Value) -> str:
    return json.dumps(key.data) if key.tag == "b" else str(key.data)


def timestamp_text(seconds: int, nanos: int) -> str:
    """RFC 3339 in UTC, with the nanoseconds that there are.

    Civil dates by Howard Hinnant's algorithm, so that every year of protobuf's range is written.
    """
    days, rest = divmod(seconds, 86_400)
    era, of_era = divmod(days + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    fraction = f".{nanos:09}".rstrip("0") if nanos else ""
    clock = f"{rest // 3_600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{year:04}-{month:02}-{day:02}T{clock}{fraction}Z"


def duration_text(seconds: int, nanos: int) -> str:
    """Decimal seconds and an `s`."""
    sign = "-" if seconds < 0 or nanos < 0 else ""
    fraction = f".{abs(nanos):09}".rstrip("0") if nanos else ""
    return f"{sign}{abs(seconds)}{fraction}s"


# --- rows -----------------------------------------------------------------------------------------------------------


def columns_of(plain: Value, prefix: str = "") -> list[tuple[str, Value]]:
    """An event as columns: the field paths, nested messages by dots, and their values."""
    found: list[tuple[str, Value]] = []
    for key, value in plain.data:
        path = prefix + key.data
        found += columns_of(value, path + ".") if value.tag == "{" else [(path, value)]
    return found


def cell_of(value: Value) -> str:
    """A cell of text; an absent value is an empty cell."""
    if value.tag == "n":
        return ""
    if value.tag == "d":
        return repr(double_of(value.data))
    text = json_of(value)
    return json.dumps(text) if value.tag == "b" else str(text)
