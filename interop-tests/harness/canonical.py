"""The canonical form, ids and versions, computed from docs/canonical.md and from nothing else.

It is one of the independent computations that the matrix holds the languages to, so it never calls Fishplate, and it
favours being obviously the document over being fast.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

from .values import Value

TAGS = {"n": 0, "b": 1, "i": 2, "u": 3, "d": 4, "s": 5, "y": 6, "t": 7, "p": 8, "[": 9, "{": 10}
THE_NAN = 0x7FF8_0000_0000_0000


@dataclass(frozen=True)
class Timer:
    """What a decision without an event is told by: the rule that fired, for which key, and when it was due."""

    rule: str
    key: list[Value]
    due: Value


# What an event is told by: its own id, session id and sequence, or the ordinal of the accepted input (from 1).
Identity = Value | Timer | tuple[bytes, int] | int


def value_bytes(value: Value) -> bytes:
    """One value: its tag, then its payload."""
    return bytes([TAGS[value.tag]]) + _payload(value)


def _payload(value: Value) -> bytes:
    tag, data = value
    match tag:
        case "n":
            return b""
        case "b":
            return bytes([data])
        case "i":
            return struct.pack("<q", data)
        case "u":
            return struct.pack("<Q", data)
        case "d":
            return struct.pack("<Q", _one_nan_no_negative_zero(data))
        case "s":
            return text_bytes(data)
        case "y":
            return _counted(data)
        case "t" | "p":
            return struct.pack("<qi", *data)
        case "[":
            return struct.pack("<I", len(data)) + b"".join(value_bytes(item) for item in data)
    entries = sorted(data, key=lambda entry: _key_text(entry[0]).encode())
    return struct.pack("<I", len(entries)) + b"".join(value_bytes(key) + value_bytes(item) for key, item in entries)


def _one_nan_no_negative_zero(bits: int) -> int:
    exponent, fraction = bits >> 52 & 0x7FF, bits & (1 << 52) - 1
    if exponent == 0x7FF and fraction:
        return THE_NAN
    return 0 if bits == 1 << 63 else bits


def _key_text(key: Value) -> str:
    if key.tag == "b":
        return "true" if key.data else "false"
    return str(key.data)


def _counted(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def text_bytes(text: str) -> bytes:
    """A text: u32 length in bytes, then UTF-8."""
    return _counted(text.encode())


@dataclass
class Fault:
    """An error that a decision carries."""

    kind: str  # "rule" or "output"
    name: str
    code: int
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.kind} {self.name} F{self.code:04} {self.line}:{self.column}"


@dataclass
class Fields:
    """Every field of a decision that the canonical form holds."""

    version: bytes
    id: bytes
    late: bool = False
    repeated: bool = False
    trace: tuple[bytes, bytes, int] | None = None
    outputs: list[tuple[str, Value]] = field(default_factory=list)
    matched: list[str] = field(default_factory=list)
    features: list[tuple[str, Value]] = field(default_factory=list)
    errors: list[Fault] = field(default_factory=list)
    shadow_matched: list[str] = field(default_factory=list)
    shadow_errors: list[Fault] = field(default_factory=list)


def decision_bytes(fields: Fields) -> bytes:
    """The canonical form of a decision."""
    parts = [b"FPD1", fields.version, fields.id, bytes([fields.late | fields.repeated << 1])]
    if fields.trace is None:
        parts.append(b"\x00")
    else:
        trace_id, span_id, flags = fields.trace
        parts += [b"\x01", trace_id, span_id, bytes([flags])]
    parts += [_named(fields.outputs), _names(fields.matched), _named(fields.features), _faults(fields.errors)]
    parts += [_names(fields.shadow_matched), _faults(fields.shadow_errors)]
    return b"".join(parts)


def _named(pairs: list[tuple[str, Value]]) -> bytes:
    return struct.pack("<I", len(pairs)) + b"".join(text_bytes(name) + value_bytes(value) for name, value in pairs)


def _names(names: list[str]) -> bytes:
    return struct.pack("<I", len(names)) + b"".join(text_bytes(name) for name in names)


def _faults(faults: list[Fault]) -> bytes:
    kinds = {"rule": b"\x01", "output": b"\x02"}
    rows = (kinds[f.kind] + text_bytes(f.name) + struct.pack("<III", f.code, f.line, f.column) for f in faults)
    return struct.pack("<I", len(faults)) + b"".join(rows)


def refusal_bytes(status: int, code: int) -> bytes:
    """The canonical form of a refused event: gRPC's number of the status and the number of the first code."""
    return b"FPR1" + struct.pack("<II", status, code)


def version_of(document: bytes, schema_files: dict[str, bytes]) -> bytes:
    """The rule-set version."""
    digest = hashlib.sha256()
    for part in [document, *(schema_files[name] for name in sorted(schema_files, key=str.encode))]:
        digest.update(struct.pack("<Q", len(part)))
        digest.update(part)
    return digest.digest()


def decision_id(version: bytes, identity: Identity) -> bytes:
    """The decision's id: from the event's id, from its place in a session, or from its ordinal in the engine."""
    match identity:
        case Value():
            tail = b"\x01" + value_bytes(identity)
        case Timer():
            tail = timer_bytes(identity)
        case (session, sequence):
            tail = b"\x02" + session + struct.pack("<Q", sequence)
        case _:
            tail = b"\x03" + struct.pack("<Q", identity)
    return hashlib.sha256(version + tail).digest()[:16]


def timer_bytes(timer: Timer) -> bytes:
    """What is hashed of a timer, after the version."""
    parts = [Value("s", timer.rule), Value("[", timer.key), timer.due]
    return b"\x04" + b"".join(value_bytes(part) for part in parts)


def span_id(trace_id: bytes, parent_span: bytes, decision: bytes) -> bytes:
    """The decision's own span id."""
    return hashlib.sha256(trace_id + parent_span + decision).digest()[:8]
