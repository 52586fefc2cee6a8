"""CEL values in three forms: plain (as people write them), tagged text (as runners speak), and Python's own.

Plain form, in JSON: `null`, `true`, `"int 5"`, `"uint 5"`, `"double 1.5"` (also `nan`, `inf`, `-inf`, `-0.0`, or the
bits `double 0x7ff8000000000001`), `"string abc"`, `"bytes 00ff"`, `"timestamp 1970-01-01T00:00:00.5Z"`,
`"duration -1.5s"`, a list `[...]`, an object `{...}` (string keys: a message or a map), and
`["map", [key, value], ...]` for maps with other keys. `"repeat 1000 ab"` and `["repeat", 1000, value]` stand for long
texts and lists.

This file knows neither the canonical form nor events.
"""

from __future__ import annotations

import datetime
import math
import re
import struct
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes


class Value(NamedTuple):
    """A value: `tag` is the letter of the tagged text; `data` is what Python has for it.

    n None · b bool · i int · u int · d the 64 bits of the double as an int · s str · y bytes · t and p (seconds, nanos)
    · [ a list of values · { a list of (key, value).
    """

    tag: str
    data: Any


NULL = Value("n", None)


def string(text: str) -> Value:
    """A string value."""
    return Value("s", text)


def bits_of(number: float) -> int:
    """The IEEE 754 bits of a double."""
    return int.from_bytes(struct.pack("<d", number), "little")


def double_of(bits: int) -> float:
    """The double with these IEEE 754 bits."""
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


# --- plain form -----------------------------------------------------------------------------------------------------


def from_plain(plain: Any) -> Value:
    """Reads the plain form."""
    if plain is None:
        return NULL
    if isinstance(plain, bool):
        return Value("b", plain)
    if isinstance(plain, dict):
        return Value("{", [(string(key), from_plain(value)) for key, value in plain.items()])
    if isinstance(plain, list):
        if plain[:1] == ["repeat"]:
            return Value("[", [from_plain(plain[2])] * plain[1])
        if plain[:1] == ["map"]:
            return Value("{", [(from_plain(key), from_plain(value)) for key, value in plain[1:]])
        return Value("[", [from_plain(value) for value in plain])
    if isinstance(plain, str):
        kind, _, text = plain.partition(" ")
        if kind in SCALARS:
            return SCALARS[kind](text)
    raise ValueError(f"not a value in plain form: {plain!r}")


def _double(text: str) -> Value:
    return Value("d", int(text, 16) if text.startswith("0x") else bits_of(float(text)))


def _timestamp(text: str) -> Value:
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", text)
    if not match:
        raise ValueError(f"not a timestamp: {text}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    days = datetime.date(year, month, day).toordinal() - datetime.date(1970, 1, 1).toordinal()
    return Value("t", (days * 86_400 + hour * 3_600 + minute * 60 + second, _nanos(match[7])))


def _duration(text: str) -> Value:
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d{1,9}))?s", text)
    if not match:
        raise ValueError(f"not a duration: {text}")
    sign = -1 if match[1] else 1
    return Value("p", (sign * int(match[2]), sign * _nanos(match[3])))


def _nanos(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))


def _repeated(text: str) -> Value:
    times, _, what = text.partition(" ")
    return string(what * int(times))


DELIMITER = re.compile("[,=\\]}]")
SCALARS = {
    "repeat": _repeated,
    "int": lambda text: Value("i", int(text)),
    "uint": lambda text: Value("u", int(text)),
    "double": _double,
    "string": lambda text: Value("s", text),
    "bytes": lambda text: Value("y", bytes.fromhex(text)),
    "timestamp": _timestamp,
    "duration": _duration,
}


def to_plain(value: Value) -> Any:
    """Writes the plain form, for messages to people."""
    tag, data = value
    if tag in "nb":
        return data
    if tag == "d":
        number = double_of(data)
        return f"double 0x{data:016x}" if math.isnan(number) else f"double {number!r}"
    if tag == "y":
        return f"bytes {data.hex()}"
    if tag in "tp":
        return f"{'timestamp' if tag == 't' else 'duration'} {data[0]}s {data[1]}ns"
    if tag == "[":
        return [to_plain(item) for item in data]
    if tag == "{":
        if all(key.tag == "s" for key, _ in data):
            return {key.data: to_plain(item) for key, item in data}
        return ["map", *([to_plain(key), to_plain(item)] for key, item in data)]
    return f"{ {'i': 'int', 'u': 'uint', 's': 'string'}[tag] } {data}"


# --- tagged text ----------------------------------------------------------------------------------------------------


def percent(text: str | bytes) -> str:
    """Percent-encodes every byte but the unreserved ones, so that lines stay lines."""
    return quote(text, safe="/:._~-")


def to_tagged(value: Value) -> str:
    """Writes the tagged text."""
    tag, data = value
    if tag == "n":
        return "n"
    if tag == "b":
        return "b1" if data else "b0"
    if tag == "d":
        return f"d{data:016x}"
    if tag == "s":
        return "s" + percent(data.encode())
    if tag == "y":
        return f"y{data.hex()}"
    if tag in "tp":
        return f"{tag}{data[0]};{data[1]}"
    if tag == "[":
        return "[" + ",".join(to_tagged(item) for item in data) + "]"
    if tag == "{":
        return "{" + ",".join(f"{to_tagged(key)}={to_tagged(item)}" for key, item in data) + "}"
    return f"{tag}{data}"


def from_tagged(text: str) -> Value:
    """Reads the tagged text; `ValueError` if it is none."""
    value, rest = _read(text)
    if rest:
        raise ValueError(f"more text than one value: {text!r}")
    return value


def _read(text: str) -> tuple[Value, str]:
    tag = text[:1]
    if tag in ("[", "{"):
        return _read_many(tag, text[1:])
    delimiter = DELIMITER.search(text)
    end = delimiter.start() if delimiter else len(text)
    body, rest = text[1:end], text[end:]
    readers: dict[str, Callable[[], Any]] = {
        "n": lambda: None,
        "b": lambda: {"0": False, "1": True}[body],
        "i": lambda: int(body),
        "u": lambda: int(body),
        "d": lambda: int.from_bytes(bytes.fromhex(body.rjust(16, "!")), "big"),
        "s": lambda: unquote_to_bytes(body).decode(),
        "y": lambda: bytes.fromhex(body),
        "t": lambda: tuple(int(part) for part in body.split(";", 1)),
        "p": lambda: tuple(int(part) for part in body.split(";", 1)),
    }
    if tag not in readers:
        raise ValueError(f"no such tag: {text[:20]!r}")
    return Value(tag, readers[tag]()), rest


def _read_many(tag: str, text: str) -> tuple[Value, str]:
    close = {"[": "]", "{": "}"}[tag]
    items: list[Any] = []
    while not text.startswith(close):
        value, text = _read(text)
        item: Any = value
        if tag == "{":
            if not text.startswith("="):
                raise ValueError(f"a key without a value: {text[:20]!r}")
            other, text = _read(text[1:])
            item = (item, other)
        items.append(item)
        if text.startswith(","):
            text = text[1:]
        elif not text.startswith(close):
            raise ValueError(f"neither a comma nor {close}: {text[:20]!r}")
    return Value(tag, items), text[1:]
