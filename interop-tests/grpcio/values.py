"""Values of the wire contract as tagged text, and tagged text as values of the wire contract.

`n  b0|b1  i<dec>  u<dec>  d<16 hex digits>  s<percent text>  y<hex>  t<s>;<ns>  p<s>;<ns>  [v,v]  {k=v,k=v}`.
This file knows values; it knows no events and no decisions.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from fishplate.v1.value_pb2 import Map, Value


def percent(text: str | bytes) -> str:
    """Percent-encode every byte but the unreserved ones."""
    return quote(text, safe="._~/:-")


def unpercent(text: str) -> str:
    """Give the text behind a percent-encoded one."""
    return unquote_to_bytes(text).decode()


# --- writing --------------------------------------------------------------------------------------------------------


def write(value: Value) -> str:
    """Give a value as tagged text; an unset kind is null."""
    return _WRITERS[value.WhichOneof("kind")](value)


def write_named(pairs: Iterable[Any]) -> str:
    """Give `NamedValue`s as a map whose keys are strings."""
    return "{" + ",".join(f"s{percent(pair.name)}={write(pair.value)}" for pair in pairs) + "}"


def write_texts(texts: Iterable[str]) -> str:
    """Give texts as a list of strings."""
    return "[" + ",".join("s" + percent(text) for text in texts) + "]"


_WRITERS: dict[str | None, Callable[[Value], str]] = {
    None: lambda _: "n",
    "null": lambda _: "n",
    "bool": lambda value: f"b{int(value.bool)}",
    "int": lambda value: f"i{value.int}",
    "uint": lambda value: f"u{value.uint}",
    "double": lambda value: "d" + struct.pack(">d", value.double).hex(),
    "string": lambda value: "s" + percent(value.string),
    "bytes": lambda value: "y" + value.bytes.hex(),
    "timestamp": lambda value: f"t{value.timestamp.seconds};{value.timestamp.nanos}",
    "duration": lambda value: f"p{value.duration.seconds};{value.duration.nanos}",
    "list": lambda value: "[" + ",".join(map(write, value.list.values)) + "]",
    "map": lambda value: "{" + ",".join(f"{write(one.key)}={write(one.value)}" for one in value.map.entries) + "}",
}


# --- reading --------------------------------------------------------------------------------------------------------


def read_fields(text: str) -> Map:
    """Read an event: a map whose keys are the names of fields."""
    value = Value()
    if text[:1] != "{" or _read(text, 0, value) != len(text):
        raise ValueError(f"a map event is one {{..}}: {text}")
    return value.map


def _read(text: str, at: int, into: Value) -> int:
    """Read the value that begins at `at`; give where it ends."""
    if text[at] == "[":
        return _read_list(text, at + 1, into)
    if text[at] == "{":
        return _read_map(text, at + 1, into)
    end = min((found for found in (text.find(close, at) for close in ",=]}") if found >= 0), default=len(text))
    _READERS[text[at]](into, text[at + 1 : end])
    return end


def _read_list(text: str, at: int, into: Value) -> int:
    into.list.SetInParent()
    while text[at] != "]":
        at = _read(text, at, into.list.values.add())
        at += text[at] == ","
    return at + 1


def _read_map(text: str, at: int, into: Value) -> int:
    into.map.SetInParent()
    while text[at] != "}":
        entry = into.map.entries.add()
        at = _read(text, at, entry.key)
        if text[at] != "=":
            raise ValueError("a key without a value")
        at = _read(text, at + 1, entry.value)
        at += text[at] == ","
    return at + 1


def _set(name: str, convert: Callable[[str], Any]) -> Callable[[Value, str], None]:
    return lambda value, text: setattr(value, name, convert(text))


def _set_time(name: str) -> Callable[[Value, str], None]:
    def set_time(value: Value, text: str) -> None:
        time = getattr(value, name)
        time.SetInParent()
        seconds, _, nanos = text.partition(";")
        time.seconds, time.nanos = int(seconds), int(nanos)

    return set_time


_READERS: dict[str, Callable[[Value, str], None]] = {
    "n": lambda value, _: setattr(value, "null", 0),
    "b": _set("bool", lambda text: text == "1"),
    "i": _set("int", int),
    "u": _set("uint", int),
    "d": _set("double", lambda text: struct.unpack(">d", bytes.fromhex(text))[0]),
    "s": _set("string", unpercent),
    "y": _set("bytes", bytes.fromhex),
    "t": _set_time("timestamp"),
    "p": _set_time("duration"),
}
