"""The `stream` command: a file of events, and what its answer has to be, computed from expected decisions alone.

This file knows records and hashes (docs/canonical.md, "Stream hash"); it knows nothing of runners.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

from . import canonical

# gRPC's numbers of the statuses that a refused event can have.
STATUS_NUMBERS = {"INVALID_ARGUMENT": 3, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9, "OUT_OF_RANGE": 11}


def record(body: bytes, parent: str | None) -> bytes:
    """One event: u32 length of the body, 25 bytes of trace (zeros for none), the body."""
    trace = bytes.fromhex(parent.replace("-", "")) if parent else bytes(25)
    return struct.pack("<I", len(body)) + trace + body


def refusal_of(plain: dict[str, Any]) -> bytes:
    """The canonical form of an expected refusal."""
    code = plain["diagnostics"][0].split()[0]
    return canonical.refusal_bytes(STATUS_NUMBERS[plain["status"]], int(code[1:]))


class Totals:
    """What the answer counts, and the two hashes."""

    def __init__(self) -> None:
        self.events = self.decisions = self.matched = self.late = self.traces = 0
        self.whole = hashlib.sha256()
        self.marks = b""

    def decision(self, fields: canonical.Fields) -> None:
        """Counts an expected decision."""
        self.decisions += 1
        self.matched += bool(fields.matched)
        self.late += fields.late
        self.traces += fields.trace is not None
        self._add(canonical.decision_bytes(fields))

    def refusal(self, plain: dict[str, Any]) -> None:
        """Counts an expected refusal."""
        self._add(refusal_of(plain))

    def _add(self, form: bytes) -> None:
        self.events += 1
        self.whole.update(struct.pack("<I", len(form)) + form)
        self.marks += hashlib.sha256(form).digest()[:8]

    def counts(self) -> list[str]:
        """EVENTS DECISIONS MATCHED LATE."""
        return [str(count) for count in (self.events, self.decisions, self.matched, self.late)]
