"""Events in each format, made from one plain description by code that is not ours.

Protobuf bytes come from Google's own compiler and runtime, JSON from Python's, and maps are the tagged text that each
language parses into its own map.

This file knows formats; it knows no decisions.
"""

from __future__ import annotations

import base64
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from grpc_tools import protoc

from .values import Value, double_of, percent, to_tagged


class Schema:
    """The event type that a rule document names: a message of a `.proto` file, or fields declared inline."""

    def __init__(self, folder: Path, document: str) -> None:
        named = re.search(r"^schema:\s*[\"']?([^\s\"'#{]+)#([\w.]+)", document, re.MULTILINE)
        self.files: dict[str, bytes] = {}
        self.message: type | None = None
        if named and (folder / named[1]).exists():
            self._read(folder, named[1])
            self.message = _compile(folder, named[1], named[2])

    def _read(self, folder: Path, name: str) -> None:
        """Reads `name` and what it imports; the files that ship with protobuf are not the document's."""
        if name in self.files or not (folder / name).exists():
            return
        self.files[name] = (folder / name).read_bytes()
        for imported in re.findall(r'^import\s+(?:public\s+)?"([^"]+)"', self.files[name].decode(), re.MULTILINE):
            self._read(folder, imported)


def _compile(folder: Path, file: str, message: str) -> type | None:
    """Compiles with Google's protoc; `None` if the file is wrong on purpose."""
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "set.bin"
        wells = Path(protoc.__file__).parent / "_proto"
        args = ["protoc", f"-I{folder}", f"-I{wells}", f"--descriptor_set_out={out}", "--include_imports", file]
        if protoc.main(args) != 0:
            return None
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for proto in files.file:
        pool.Add(proto)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(message))


def body_of(plain: Value, form: str, schema: Schema) -> str:
    """The BODY field of a command."""
    if form == "protobuf":
        if schema.message is None:
            raise ValueError("protobuf events need a .proto schema")
        return protobuf_of(plain, schema.message).hex()
    if form == "json":
        return json.dumps(json_of(plain), ensure_ascii=False).encode().hex()
    if form == "map":
        return to_tagged(plain)
    if form == "row":
        return ",".join(percent(cell_of(value)) for _, value in columns_of(plain))
    raise ValueError(f"no such format: {form}")


# --- protobuf -------------------------------------------------------------------------------------------------------


def protobuf_of(plain: Value, message: type) -> bytes:
    """The message's bytes; maps are written in the order of their keys, so that bodies are the same in every run."""
    built = message()
    _fill(built, plain)
    return bytes(built.SerializeToString(deterministic=True))


def _fill(target: Any, plain: Value) -> None:
    for key, value in plain.data:
        if value.tag != "n":
            _set(target, target.DESCRIPTOR.fields_by_name[key.data], value)


def _set(target: Any, field: FieldDescriptor, value: Value) -> None:
    held = getattr(target, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry = field.message_type.fields_by_name["value"]
        for key, item in value.data:
            if entry.message_type is not None:
                _put(held[key.data], item)
            else:
                held[key.data] = _scalar(entry, item)
    elif field.is_repeated:
        for item in value.data:
            if field.message_type is not None:
                _put(held.add(), item)
            else:
                held.append(_scalar(field, item))
    elif field.message_type is not None:
        held.SetInParent()
        _put(held, value)
    else:
        setattr(target, field.name, _scalar(field, value))


def _put(message: Any, value: Value) -> None:
    """Fills a message that stands for one value: a time, a wrapper, or a message of fields."""
    if value.tag in "tp":
        message.seconds, message.nanos = value.data
    elif value.tag == "{":
        _fill(message, value)
    else:
        message.value = _scalar(message.DESCRIPTOR.fields_by_name["value"], value)


def _scalar(field: FieldDescriptor, value: Value) -> Any:
    if field.enum_type is not None and value.tag == "s":
        return field.enum_type.values_by_name[value.data].number
    return double_of(value.data) if value.tag == "d" else value.data


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
