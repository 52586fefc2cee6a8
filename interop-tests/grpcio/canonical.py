"""The canonical form of a decision, from the messages of the wire contract and from docs/canonical.md alone.

Two things could make a client that Fishplate's authors did not write disagree: what is on the wire, and what the page
says. So this file shares no code with Fishplate, nor with the matrix's own computation.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable
from typing import Any

from fishplate.v1.decision_pb2 import Decision, DecisionError, Refusal
from fishplate.v1.value_pb2 import Value

THE_NAN = struct.pack("<Q", 0x7FF8_0000_0000_0000)


def decision_bytes(decision: Decision) -> bytes:
    """Give every byte of a decision."""
    trace = b"\x01" + decision.trace if decision.trace else b"\x00"
    return b"".join(
        (
            b"FPD1",
            decision.rule_set_version,
            decision.id,
            bytes((decision.late | decision.repeated << 1,)),
            trace,
            _named(decision.outputs),
            _list(map(_text, decision.matched)),
            _named(decision.features),
            _list(map(_fault, decision.errors)),
            _list(map(_text, decision.shadow_matched)),
            _list(map(_fault, decision.shadow_errors)),
        )
    )


def refusal_bytes(refusal: Refusal) -> bytes:
    """Give every byte of a refused event."""
    return b"FPR1" + struct.pack("<II", refusal.status, refusal.diagnostics[0].code)


def value_bytes(value: Value) -> bytes:
    """Give a value: its tag, then its payload."""
    return _PAYLOADS[value.WhichOneof("kind")](value)


def _double(value: Value) -> bytes:
    number = value.double
    if math.isnan(number):
        return b"\x04" + THE_NAN
    return b"\x04" + struct.pack("<d", 0.0 if number == 0.0 else number)


def _map(value: Value) -> bytes:
    entries = sorted(value.map.entries, key=lambda entry: _key_text(entry.key))
    return b"\x0a" + _list(value_bytes(entry.key) + value_bytes(entry.value) for entry in entries)


def _key_text(key: Value) -> bytes:
    kind = key.WhichOneof("kind")
    if kind == "string":
        return key.string.encode()
    if kind == "bool":
        return b"true" if key.bool else b"false"
    return str(getattr(key, kind)).encode()


_PAYLOADS: dict[str | None, Callable[[Value], bytes]] = {
    None: lambda _: b"\x00",
    "null": lambda _: b"\x00",
    "bool": lambda value: bytes((1, value.bool)),
    "int": lambda value: struct.pack("<bq", 2, value.int),
    "uint": lambda value: struct.pack("<bQ", 3, value.uint),
    "double": _double,
    "string": lambda value: b"\x05" + _text(value.string),
    "bytes": lambda value: struct.pack("<bI", 6, len(value.bytes)) + value.bytes,
    "timestamp": lambda value: struct.pack("<bqi", 7, value.timestamp.seconds, value.timestamp.nanos),
    "duration": lambda value: struct.pack("<bqi", 8, value.duration.seconds, value.duration.nanos),
    "list": lambda value: b"\x09" + _list(map(value_bytes, value.list.values)),
    "map": _map,
}


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<I", len(encoded)) + encoded


def _list(items: Iterable[bytes]) -> bytes:
    written = list(items)
    return struct.pack("<I", len(written)) + b"".join(written)


def _named(pairs: Iterable[Any]) -> bytes:
    return _list(_text(pair.name) + value_bytes(pair.value) for pair in pairs)


def _fault(error: DecisionError) -> bytes:
    return bytes((error.subject,)) + _text(error.name) + struct.pack("<III", error.code, error.line, error.column)
