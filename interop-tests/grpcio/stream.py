"""The demo's path: decides a whole file of events over one session, and hashes the canonical form of every outcome.

This file knows the file of records and the counts; it knows no lines.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import canonical
from fishplate.v1.session_pb2 import Event, Outcome
from session import Session

HEAD = 4 + 25
NO_TRACE = bytes(16)
PROGRESS_EVERY = 10_000


class Totals:
    """What the stream came to."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.events = self.decisions = self.matched = self.late = self.kept = 0
        self.stream, self.marks = hashlib.sha256(), bytearray()

    def add(self, outcome: Outcome, trace: bytes) -> None:
        """Count one outcome and hash it; `trace` is the event's, or empty."""
        self.events += 1
        if outcome.WhichOneof("result") == "decision":
            decision = outcome.decision
            self.decisions += 1
            self.matched += bool(decision.matched)
            self.late += decision.late
            self.kept += bool(trace) and decision.trace[:16] == trace[:16]
            form = canonical.decision_bytes(decision)
        else:
            form = canonical.refusal_bytes(outcome.refusal)
        self.stream.update(len(form).to_bytes(4, "little"))
        self.stream.update(form)
        self.marks += hashlib.sha256(form).digest()[:8]


def run(session: Session, form: str, file: str, out: str) -> list[str]:
    """Decide the records of `file`, and give the fields of the answer; `out` gets 8 bytes an event, unless `-`."""
    events = list(split(Path(file).read_bytes(), form))
    totals = Totals()
    start = time.perf_counter()
    sent = 0
    while totals.events < len(events):
        sent += session.send_some(events, sent)
        # All that has arrived is taken before anything is sent again: one acknowledgement for many outcomes.
        for _ in range(max(1, len(session.outcomes))):
            totals.add(session.receive(), events[totals.events].trace)
            if totals.events % PROGRESS_EVERY == 0:
                print(f"progress {totals.events} {len(events)}", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - start
    if out != "-":
        Path(out).write_bytes(totals.marks)
    counts = [str(count) for count in (totals.events, totals.decisions, totals.matched, totals.late)]
    return ["stream", *counts, f"{seconds:.6f}", str(totals.kept), totals.stream.hexdigest()]


def split(file: bytes, form: str) -> Iterator[Event]:
    """Give each record as an event."""
    at = 0
    while at < len(file):
        body = at + HEAD
        end = body + int.from_bytes(file[at : at + 4], "little")
        if end > len(file):
            raise ValueError("the file ends in a record")
        trace = file[at + 4 : body]
        event = Event(trace=b"" if trace[:16] == NO_TRACE else trace)
        setattr(event, form, file[body:end])
        yield event
        at = end
