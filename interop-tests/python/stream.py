"""The demo's path: decides a whole file of events, and hashes the canonical form of every decision.

This file knows the file of records and the counts; it knows no protocol.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import sessions
from fishplate import Decision, Engine, FishplateError, Session, TraceContext, canonical

HEAD = 4 + 25
PROGRESS_EVERY = 10_000
Record = tuple[TraceContext | None, bytes]


def run(engine: Engine | Session, form: str, file: str, out: str) -> list[str]:
    """Decide the records of `file`, and give the fields of the answer; `out` gets 8 bytes an event, unless `-`."""
    records = list(split(Path(file).read_bytes()))
    events = decisions = matched = late = kept = 0
    stream, marks = hashlib.sha256(), bytearray()
    start = time.perf_counter()
    if isinstance(engine, Engine):
        outcomes = in_process(engine, form, records)
    else:
        outcomes = sessions.through(engine, ((body, {"format": form, "trace": trace}) for trace, body in records))
    for (trace, _), decision in zip(records, outcomes, strict=True):
        events += 1
        if isinstance(decision, FishplateError):
            form_bytes = canonical.encode_refusal(decision)
        else:
            decisions += 1
            matched += bool(decision.matched)
            late += decision.late
            own = decision.trace
            kept += trace is not None and own is not None and own.trace_id == trace.trace_id
            form_bytes = canonical.encode(decision)
        stream.update(len(form_bytes).to_bytes(4, "little"))
        stream.update(form_bytes)
        marks += hashlib.sha256(form_bytes).digest()[:8]
        if events % PROGRESS_EVERY == 0:
            print(f"progress {events} {len(records)}", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - start
    if out != "-":
        Path(out).write_bytes(marks)
    counts = [str(count) for count in (events, decisions, matched, late)]
    return ["stream", *counts, f"{seconds:.6f}", str(kept), stream.hexdigest()]


def in_process(engine: Engine, form: str, records: list[Record]) -> Iterator[Decision | FishplateError]:
    """Decide each record by an engine of this process."""
    for trace, body in records:
        try:
            yield engine.decide(body, format=form, trace=trace)
        except FishplateError as error:
            yield error


def split(file: bytes) -> Iterator[tuple[TraceContext | None, bytes]]:
    """Give the trace and the body of each record."""
    at = 0
    while at < len(file):
        body = at + HEAD
        end = body + int.from_bytes(file[at : at + 4], "little")
        if end > len(file):
            raise ValueError("the file ends in a record")
        trace_id, span_id, flags = file[at + 4 : at + 20], file[at + 20 : at + 28], file[at + 28]
        trace = TraceContext(trace_id, span_id, flags) if any(trace_id) else None
        yield trace, file[body:end]
        at = end
