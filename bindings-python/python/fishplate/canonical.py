"""The canonical form of decisions and refusals, for hashing and comparing: ``docs/canonical.md`` gives every byte.

Written here, in Python, from Python's own values, and from nothing that another language has encoded: two paths whose
canonical forms agree have really given the same answer.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._native import Decision, Duration, Timestamp
from ._records import DecisionError, Timer
from ._uint import Uint
from .errors import FishplateError

_U32 = struct.Struct("<I").pack
_INT = struct.Struct("<Bq").pack
_UINT = struct.Struct("<BQ").pack
_DOUBLE = struct.Struct("<Bd").pack
_TIME = struct.Struct("<Bqi").pack
_SIZED = struct.Struct("<BI").pack
_ERROR_PLACE = struct.Struct("<III").pack
_REFUSAL = struct.Struct("<4sII").pack

_NAN = _UINT(4, 0x7FF8_0000_0000_0000)
_ZERO = _UINT(4, 0)
_KINDS = {"rule": b"\x01", "output": b"\x02"}


def encode(decision: Decision) -> bytes:
    """Give the canonical form of ``decision``: every field but the text of messages."""
    timer = decision.timer
    parts = [
        b"FPD1",
        decision.version,
        decision.id if timer is None else timer_id(decision.version, timer),
        bytes((decision.late | decision.repeated << 1,)),
    ]
    trace = decision.trace
    parts.append(b"\0" if trace is None else b"\1" + trace.trace_id + trace.span_id + bytes((trace.flags,)))
    _named(decision.outputs, parts)
    _names(decision.matched, parts)
    _named(decision.features, parts)
    _errors(decision.errors, parts)
    _names(decision.shadow_matched, parts)
    _errors(decision.shadow_errors, parts)
    return b"".join(parts)


def timer_id(version: bytes, timer: Timer) -> bytes:
    """Give the id of a decision that no event asked for: 16 bytes, from the rule-set version and the timer alone."""
    parts = [version, b"\x04"]
    for value in (timer.rule, list(timer.key), timer.due):
        _value(value, parts)
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def encode_refusal(error: FishplateError) -> bytes:
    """Give the canonical form of a refused event: its status and its first code."""
    return _REFUSAL(b"FPR1", error.status, _code(error.code))


def encode_value(value: Any) -> bytes:
    """Give the canonical form of one value, as decisions hold them.

    Raises:
        TypeError: no CEL value.
    """
    parts: list[bytes] = []
    _value(value, parts)
    return b"".join(parts)


def digest(outcome: Decision | FishplateError) -> bytes:
    """Give SHA-256 of the canonical form of what an event came to."""
    form = encode_refusal(outcome) if isinstance(outcome, FishplateError) else encode(outcome)
    return hashlib.sha256(form).digest()


def _code(code: str) -> int:
    """``F0203`` is 203; an error without a code is 0."""
    return int(code[1:]) if code else 0


def _text(text: str, parts: list[bytes]) -> None:
    data = text.encode()
    parts.append(_U32(len(data)) + data)


def _named(values: Mapping[str, Any], parts: list[bytes]) -> None:
    parts.append(_U32(len(values)))
    for name, value in values.items():
        _text(name, parts)
        _value(value, parts)


def _names(names: Iterable[str], parts: list[bytes]) -> None:
    names = tuple(names)
    parts.append(_U32(len(names)))
    for name in names:
        _text(name, parts)


def _errors(errors: tuple[DecisionError, ...], parts: list[bytes]) -> None:
    parts.append(_U32(len(errors)))
    for error in errors:
        parts.append(_KINDS[error.kind])
        _text(error.name, parts)
        parts.append(_ERROR_PLACE(_code(error.code), error.line, error.column))


def _value(value: Any, parts: list[bytes]) -> None:
    write = _WRITERS.get(type(value))
    if write is None:
        raise TypeError(f"a {type(value).__qualname__} is no CEL value")
    write(value, parts)


def _double(value: float, parts: list[bytes]) -> None:
    """One NaN, no negative zero."""
    if value == 0.0:
        parts.append(_ZERO)
    elif math.isnan(value):
        parts.append(_NAN)
    else:
        parts.append(_DOUBLE(4, value))


def _string(value: str, parts: list[bytes]) -> None:
    data = value.encode()
    parts.append(_SIZED(5, len(data)) + data)


def _list(values: list[Any], parts: list[bytes]) -> None:
    parts.append(_SIZED(9, len(values)))
    for value in values:
        _value(value, parts)


def _map(values: dict[Any, Any], parts: list[bytes]) -> None:
    """Entries in the order of the UTF-8 bytes of their keys' text."""
    parts.append(_SIZED(10, len(values)))
    for _, key, value in sorted(((_key_text(key), key, value) for key, value in values.items()), key=lambda e: e[0]):
        _value(key, parts)
        _value(value, parts)


def _key_text(key: bool | int | str) -> bytes:
    if isinstance(key, bool):
        return b"true" if key else b"false"
    return str(key).encode()


_WRITERS: dict[type, Callable[[Any, list[bytes]], None]] = {
    type(None): lambda _, parts: parts.append(b"\0"),
    bool: lambda value, parts: parts.append(bytes((1, value))),
    int: lambda value, parts: parts.append(_INT(2, value)),
    Uint: lambda value, parts: parts.append(_UINT(3, value)),
    float: _double,
    str: _string,
    bytes: lambda value, parts: parts.append(_SIZED(6, len(value)) + value),
    Timestamp: lambda value, parts: parts.append(_TIME(7, value.seconds, value.nanos)),
    Duration: lambda value, parts: parts.append(_TIME(8, value.seconds, value.nanos)),
    list: _list,
    dict: _map,
}
