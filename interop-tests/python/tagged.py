"""Tagged text: how values travel between the matrix and a runner, as Python's own values.

`n  b0|b1  i<dec>  u<dec>  d<16 hex digits>  s<percent text>  y<hex>  t<s>;<ns>  p<s>;<ns>  [v,v]  {k=v,k=v}`.
This file knows values and text; it knows no events and no decisions.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from fishplate import Duration, Timestamp, Uint


def percent(text: str) -> str:
    """Percent-encode every byte but the unreserved ones."""
    return quote(text, safe="._~/:-")


def unpercent(text: str) -> str:
    """Give the text behind a percent-encoded one. Half a surrogate pair comes through, as Python's str can hold it."""
    return unquote_to_bytes(text).decode("utf-8", "surrogatepass")


def write(value: Any) -> str:
    """Give a value of a decision as tagged text."""
    return _WRITERS[type(value)](value)


def write_named(values: dict[str, Any]) -> str:
    """Give names and values as a map whose keys are strings."""
    return "{" + ",".join(f"s{percent(name)}={write(value)}" for name, value in values.items()) + "}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "n",
    bool: lambda value: f"b{int(value)}",
    int: lambda value: f"i{value}",
    Uint: lambda value: f"u{value}",
    float: lambda value: "d" + struct.pack(">d", value).hex(),
    str: lambda value: "s" + percent(value),
    bytes: lambda value: "y" + value.hex(),
    Timestamp: lambda value: f"t{value.seconds};{value.nanos}",
    Duration: lambda value: f"p{value.seconds};{value.nanos}",
    list: lambda values: "[" + ",".join(map(write, values)) + "]",
    dict: lambda values: "{" + ",".join(f"{write(key)}={write(value)}" for key, value in values.items()) + "}",
}


def read(text: str) -> Any:
    """Read one value and nothing after it."""
    value, rest = _value(text, 0)
    if rest != len(text):
        raise ValueError(f"more than one value: {text[rest:]}")
    return value


def _value(text: str, at: int) -> tuple[Any, int]:
    if text[at] == "[":
        return _list(text, at + 1)
    if text[at] == "{":
        return _map(text, at + 1)
    end = min((found for found in (text.find(close, at) for close in ",=]}") if found >= 0), default=len(text))
    return _READERS[text[at]](text[at + 1 : end]), end


def _list(text: str, at: int) -> tuple[list[Any], int]:
    values = []
    while text[at] != "]":
        value, at = _value(text, at)
        values.append(value)
        at += text[at] == ","
    return values, at + 1


def _map(text: str, at: int) -> tuple[dict[Any, Any], int]:
    values = {}
    while text[at] != "}":
        key, at = _value(text, at)
        if text[at] != "=":
            raise ValueError("a key without a value")
        values[key], at = _value(text, at + 1)
        at += text[at] == ","
    return values, at + 1


def _time(kind: type, text: str) -> Any:
    seconds, nanos = text.split(";")
    return kind(int(seconds), int(nanos))


_READERS: dict[str, Callable[[str], Any]] = {
    "n": lambda _: None,
    "b": lambda text: text == "1",
    "i": int,
    "u": Uint,
    "d": lambda text: struct.unpack(">d", bytes.fromhex(text))[0],
    "s": unpercent,
    "y": bytes.fromhex,
    "t": lambda text: _time(Timestamp, text),
    "p": lambda text: _time(Duration, text),
}
