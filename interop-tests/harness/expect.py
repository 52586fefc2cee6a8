"""What a scenario expects, what a runner answered, and where the two differ.

Decisions are compared field by field, exactly: doubles by their bits (one NaN), maps without regard to order, since a
host's map has none. Then the hash of the canonical form, computed here from the expected fields alone, must be the one
that the language computed from its own native values.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from . import canonical
from .canonical import Fault, Fields
from .values import Value, from_plain, from_tagged, to_plain


class Difference(NamedTuple):
    """One field that is not as expected."""

    field: str
    expected: str
    got: str


@dataclass
class Refusal:
    """An expected or received error: its status and `CODE place` for each diagnostic."""

    status: str
    diagnostics: list[str]
    text: str | None = None
    hides: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


# --- expectations ---------------------------------------------------------------------------------------------------


def fields_of(plain: dict[str, Any], version: bytes, place: canonical.Identity) -> Fields:
    """The full fields of an expected decision; what the scenario leaves out is empty.

    `place` tells an event that has no id of its own.
    """
    known = {"id", "flags", "trace", "outputs", "matched", "features", "errors", "shadow"}
    if plain.keys() - known:
        raise ValueError(f"no such field of a decision: {sorted(plain.keys() - known)}")
    flags, shadow = plain.get("flags", []), plain.get("shadow", {})
    decision = canonical.decision_id(version, from_plain(plain["id"]) if "id" in plain else place)
    return Fields(
        version=version,
        id=decision,
        late="late" in flags,
        repeated="repeated" in flags,
        trace=_trace(plain.get("trace"), decision),
        outputs=_pairs(plain.get("outputs", {})),
        matched=plain.get("matched", []),
        features=_pairs(plain.get("features", {})),
        errors=[fault_of(text) for text in plain.get("errors", [])],
        shadow_matched=shadow.get("matched", []),
        shadow_errors=[fault_of(text) for text in shadow.get("errors", [])],
    )


def _pairs(plain: dict[str, Any]) -> list[tuple[str, Value]]:
    return [(name, from_plain(value)) for name, value in plain.items()]


def _trace(parent: str | None, decision: bytes) -> tuple[bytes, bytes, int] | None:
    """`parent` is `<trace id>-<span id>-<flags>` as it came in; the decision's span id is derived from it."""
    if parent is None:
        return None
    trace_id, span, flags = (bytes.fromhex(part) for part in parent.split("-"))
    return trace_id, canonical.span_id(trace_id, span, decision), flags[0]


def fault_of(text: str) -> Fault:
    """Reads `rule R1 F0301 12:14`."""
    match = re.fullmatch(r"(rule|output) (\S+) F(\d{4}) (\d+):(\d+)", text)
    if not match:
        raise ValueError(f"not an error of a decision: {text!r}")
    return Fault(match[1], match[2], int(match[3]), int(match[4]), int(match[5]))


def refusal_of(plain: dict[str, Any]) -> Refusal:
    """The expected error of a scenario."""
    return Refusal(
        plain["status"],
        plain["diagnostics"],
        plain.get("text"),
        *(tuple(plain.get(key, ())) for key in ("hides", "shows")),
    )


# --- answers --------------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """A received decision, and the hash that the language computed of its canonical form."""

    fields: Fields
    canonical_sha256: str


def read_decision(parts: list[str]) -> Answer:
    """Reads the fields of `<decision>`."""
    if len(parts) != 11:
        raise ValueError(f"a decision of {len(parts)} fields instead of 11: {parts}")
    flags = parts[2].split("+")
    trace = None
    if parts[3] != "-":
        trace_id, span, trace_flags = (bytes.fromhex(part) for part in parts[3].split("-"))
        trace = (trace_id, span, trace_flags[0])
    named = [[(key.data, value) for key, value in from_tagged(parts[at]).data] for at in (4, 6)]
    texts = [[item.data for item in from_tagged(parts[at]).data] for at in (5, 7, 8, 9)]
    fields = Fields(
        version=bytes.fromhex(parts[1]),
        id=bytes.fromhex(parts[0]),
        late="late" in flags,
        repeated="repeated" in flags,
        trace=trace,
        outputs=named[0],
        matched=texts[0],
        features=named[1],
        errors=[_read_fault(text) for text in texts[1]],
        shadow_matched=texts[2],
        shadow_errors=[_read_fault(text) for text in texts[3]],
    )
    return Answer(fields, parts[10])


def _read_fault(text: str) -> Fault:
    kind, rest = text.split(":", 1)
    name, code, line, column = rest.rsplit(":", 3)
    return Fault(kind, name, int(code[1:]), int(line), int(column))


def read_refusal(parts: list[str]) -> Refusal:
    """Reads the fields of `<error>`."""
    count = int(parts[1])
    if len(parts) != 3 + 2 * count:
        raise ValueError(f"an error of {len(parts)} fields instead of {3 + 2 * count}: {parts}")
    pairs = [f"{parts[2 + 2 * at]} {unquote(parts[3 + 2 * at])}" for at in range(count)]
    return Refusal(parts[0], pairs, unquote(parts[-1]))


# --- comparing ------------------------------------------------------------------------------------------------------


def compare_decisions(expected: Fields, got: Answer) -> list[Difference]:
    """Every field that differs, and the canonical hash."""
    differences = []
    for name in Fields.__dataclass_fields__:
        want, have = getattr(expected, name), getattr(got.fields, name)
        if _comparable(name, want) != _comparable(name, have):
            differences.append(Difference(name, _shown(name, want), _shown(name, have)))
    want_hash = hashlib.sha256(canonical.decision_bytes(expected)).hexdigest()
    if want_hash != got.canonical_sha256:
        differences.append(Difference("canonical form (SHA-256)", want_hash, got.canonical_sha256))
    return differences


def _comparable(name: str, value: Any) -> Any:
    return [(key, _normal(item)) for key, item in value] if name in ("outputs", "features") else value


def _normal(value: Value) -> Any:
    """The value with maps in one order and NaN in one form; everything else, -0.0 too, as it is."""
    if value.tag == "{":
        return "{", sorted((_normal(key), _normal(item)) for key, item in value.data)
    if value.tag == "[":
        return "[", [_normal(item) for item in value.data]
    if value.tag == "d" and value.data & ~(1 << 63) > 0x7FF0_0000_0000_0000:
        return "d", canonical.THE_NAN
    return value.tag, value.data


def _shown(name: str, value: Any) -> str:
    if name in ("outputs", "features"):
        return repr({key: to_plain(item) for key, item in value})
    if name == "trace" and value:
        return "-".join((value[0].hex(), value[1].hex(), f"{value[2]:02x}"))
    if isinstance(value, bytes):
        return value.hex()
    return f"[{', '.join(str(item) for item in value)}]" if isinstance(value, list) else str(value)


def same_places(expected: list[str], got: list[str]) -> bool:
    """Whether codes and places are the expected ones; a final `*` stands for a place that no specification fixes."""
    pairs = zip(expected, got, strict=False)
    fits = (have.startswith(want[:-1]) if want.endswith("*") else have == want for want, have in pairs)
    return len(expected) == len(got) and all(fits)


def compare_refusals(expected: Refusal, got: Refusal) -> list[Difference]:
    """Status, codes and places in order, and the text where the scenario gives it."""
    differences = []
    if expected.status != got.status:
        differences.append(Difference("status", expected.status, got.status))
    if not same_places(expected.diagnostics, got.diagnostics):
        differences.append(Difference("codes and places", repr(expected.diagnostics), repr(got.diagnostics)))
    if expected.text is not None and expected.text != got.text:
        differences.append(Difference("text", expected.text, got.text or ""))
    for secret in expected.hides:
        if secret in (got.text or ""):
            differences.append(Difference("text", f"a text without {secret}", got.text or ""))
    for word in expected.shows:
        if word not in (got.text or ""):
            differences.append(Difference("text", f"a text with {word}", got.text or ""))
    return differences
