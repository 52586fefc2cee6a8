"""The grpcio runner: the line protocol of `interop-tests/README.md`, spoken by a client that is not ours.

Its stubs are generated from `proto/`, its calls are grpcio's, its values protobuf's. It never imports Fishplate; the
package `fishplate` here is the generated one. Rules and engines are the server's, so it has no commands for them.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(os.environ.get("FISHPLATE_TARGET", Path(__file__).resolve().parents[2] / "target"))
sys.path.insert(0, str(TARGET / "dist/grpcio"))

import canonical  # noqa: E402  (the stubs have to be found first)
import grpc  # noqa: E402
import stream  # noqa: E402
from fishplate.v1.decision_pb2 import Decision, DecisionError, Diagnostic, Refusal  # noqa: E402
from fishplate.v1.session_pb2 import DecideOnceRequest, Done, Event, Open  # noqa: E402
from fishplate.v1.session_pb2_grpc import DecisionServiceStub  # noqa: E402
from session import Broken, Ended, Session, Silent, now_plus  # noqa: E402
from values import percent, read_fields, unpercent, write_named, write_texts  # noqa: E402

#: Headers that belong to HTTP/2 and gRPC: a client of gRPC cannot set them.
NOT_OURS = {"content-type", "te", "user-agent", "host"}
TIMES = {
    "deadline_ms": "deadline",
    "idle_timeout_ms": "idle_timeout",
    "max_age_ms": "max_age",
    "drain_ms": "drain_timeout",
}


class Runner:
    """What the runner holds between commands: one session."""

    def __init__(self) -> None:
        """Begin without a session."""
        self.server = ""
        self.session: Session | None = None

    def answer(self, command: str, *fields: str) -> list[str]:
        """Give the fields of the answer to one command."""
        handler = getattr(self, f"on_{command}", None)
        if handler is None:
            return ["unsupported"]
        try:
            return handler(*fields)
        except Ended as end:
            return ["error", *refusal_fields(end.done.refusal)]
        except Broken as broken:
            if broken.refusal:
                return ["error", *refusal_fields(broken.refusal)]
            return ["error", broken.status, "0", percent(str(broken))]
        except Silent as silence:
            return ["error", "DEADLINE_EXCEEDED", "0", percent(str(silence))]

    def on_connect(self, address: str, *options: str) -> list[str]:
        """Open a session, or take one over."""
        self.server = unpercent(address).removeprefix("grpc://")
        named = dict(option.split("=", 1) for option in options)
        self.drop()
        wanted = Open(rule_set=unpercent(named.pop("rule_set", "")))
        session_id, epoch = bytes.fromhex(named.pop("id", "")), int(named.pop("epoch", "1"))
        if epoch > 1:
            wanted.resume, wanted.received = True, int(named.pop("received", "0"))
        for name, value in named.items():
            if name in TIMES:
                getattr(wanted, TIMES[name]).FromMilliseconds(int(value))
            elif name in ("window_events", "window_bytes"):
                setattr(wanted, name, int(value))
        self.session = Session(self.server, wanted, session_id, epoch)
        return ["ok", self.session.id.hex(), str(epoch), self.session.version.hex()]

    def drop(self) -> None:
        """Let go of the connection, without a word."""
        if self.session is not None:
            self.session.close()
            self.session = None

    def on_send(self, form: str, trace: str, body: str, *options: str) -> list[str]:
        """Send one event."""
        named = dict(option.split("=", 1) for option in options)
        event = event_of(form, trace, body, preview=named.get("preview") == "1")
        if int(named.get("within_ms", "0")):
            seconds, nanos = now_plus(int(named["within_ms"]) / 1000)
            event.deadline.seconds, event.deadline.nanos = seconds, nanos
        return ["sent", str(self.session.send(event))]

    def on_again(self, sequence: str) -> list[str]:
        """Send events again, as after a broken connection."""
        self.session.send_again(int(sequence))
        return ["ok"]

    def on_receive(self, wait_ms: str = "10000") -> list[str]:
        """Receive an outcome, or the end."""
        try:
            outcome = self.session.receive(int(wait_ms) / 1000)
        except Ended as end:
            return end_fields(end.done)
        return ["outcome", str(outcome.sequence), *outcome_fields(outcome)]

    def on_decide(self, form: str, trace: str, body: str) -> list[str]:
        """Decide one event."""
        return self.one(event_of(form, trace, body))

    def on_preview(self, form: str, trace: str, body: str) -> list[str]:
        """Preview one event."""
        return self.one(event_of(form, trace, body, preview=True))

    def one(self, event: Event) -> list[str]:
        """Send one event and receive its outcome."""
        self.session.send(event)
        kind, *fields = outcome_fields(self.session.receive())
        return ["decision" if kind == "d" else "error", *fields]

    def on_once(self, form: str, trace: str, body: str) -> list[str]:
        """Decide one event outside any session, with the headers as they are in the call's metadata."""
        with grpc.insecure_channel(self.server) as channel:
            request = DecideOnceRequest(event=event_of(form, "-", body))
            try:
                answer = DecisionServiceStub(channel).DecideOnce(request, metadata=metadata_of(trace), timeout=30)
            except grpc.RpcError as error:
                raise Broken(error) from None
        kind, *fields = outcome_fields(answer)
        return ["decision" if kind == "d" else "error", *fields]

    def on_batch(self, form: str, *events: str) -> list[str]:
        """Decide many events, as many under way as credit allows."""
        built = [event_of(form, trace, body) for trace, body in zip(events[::2], events[1::2], strict=True)]
        answer = ["batch", str(len(built))]
        sent = 0
        for _ in built:
            sent += self.session.send_some(built, sent)
            kind, *fields = outcome_fields(self.session.receive())
            answer += [kind, percent("\t".join(fields))]
        return answer

    def on_stream(self, form: str, file: str, out: str) -> list[str]:
        """Decide a file of events."""
        return stream.run(self.session, form, unpercent(file), unpercent(out))

    def on_half_close(self) -> list[str]:
        """Say that no more events come."""
        self.session.signal(cancel=False)
        return ["ok"]

    def on_cancel(self) -> list[str]:
        """Cancel."""
        self.session.signal(cancel=True)
        return ["ok"]

    def on_report(self) -> list[str]:
        """Say where the session stands; what a plain client does not count is zero."""
        session = self.session
        state = "closing" if session.signalled else "streaming"
        watermark = "-"
        if session.done and session.received >= session.done.watermark:
            state, watermark = f"done:{status_name(session.done.status)}", str(session.done.watermark)
        counts = (session.epoch, session.sent, session.accepted, session.received, 0, 0)
        return ["report", state, *map(str, counts), watermark]

    def on_close(self, _: str) -> list[str]:
        """Let go of the session."""
        self.drop()
        return ["ok"]

    def on_live(self) -> list[str]:
        """Count what is open: only sessions, here."""
        return ["ok", "0", "0", str(int(self.session is not None))]


def event_of(form: str, trace: str, body: str, preview: bool = False) -> Event:
    """Build an event."""
    event = Event(preview=preview, trace=trace_of(trace))
    before, plus, rest = body.partition("+")
    if plus:
        event.features.CopyFrom(read_fields(before))
        body = rest
    if form == "map":
        event.fields.CopyFrom(read_fields(body))
    else:
        setattr(event, form, bytes.fromhex(body))
    return event


def headers_of(text: str) -> dict[str, str]:
    """Read `name=value,name=value`; the names in small letters, as HTTP/2 has them."""
    pairs = (pair.split("=") for pair in text.split(",")) if text != "-" else ()
    return {unpercent(name).lower(): unpercent(value) for name, value in pairs}


def trace_of(text: str) -> bytes:
    """Read W3C's header into the 25 bytes of an event; other forms are the server's affair (`once`)."""
    headers = headers_of(text)
    if not headers:
        return b""
    match = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", headers.get("traceparent", ""))
    if headers.keys() != {"traceparent"} or not match:
        raise ValueError(f"only traceparent can be sent in a session: {text}")
    return bytes.fromhex("".join(match.groups()))


def metadata_of(text: str) -> list[tuple[str, str | bytes]]:
    """Give headers as the metadata of a call; the value of a `-bin` header is binary, hence hex here."""
    headers = ((name, value) for name, value in headers_of(text).items() if name not in NOT_OURS)
    return [(name, bytes.fromhex(value) if name.endswith("-bin") else value) for name, value in headers]


def outcome_fields(outcome: Any) -> list[str]:
    """Give `d` and the fields of a decision, or `e` and those of an error."""
    if outcome.WhichOneof("result") == "decision":
        return ["d", *decision_fields(outcome.decision)]
    return ["e", *refusal_fields(outcome.refusal)]


def decision_fields(decision: Decision) -> list[str]:
    """Give the fields of `<decision>`."""
    flags = [name for name in ("late", "repeated") if getattr(decision, name)]
    trace = decision.trace
    return [
        decision.id.hex(),
        decision.rule_set_version.hex(),
        "+".join(flags) or "-",
        f"{trace[:16].hex()}-{trace[16:24].hex()}-{trace[24:].hex()}" if trace else "-",
        write_named(decision.outputs),
        write_texts(decision.matched),
        write_named(decision.features),
        write_texts(map(error_text, decision.errors)),
        write_texts(decision.shadow_matched),
        write_texts(map(error_text, decision.shadow_errors)),
        hashlib.sha256(canonical.decision_bytes(decision)).hexdigest(),
    ]


def error_text(error: DecisionError) -> str:
    """Give one error of a decision."""
    kind = {DecisionError.SUBJECT_RULE: "rule", DecisionError.SUBJECT_OUTPUT: "output"}[error.subject]
    return f"{kind}:{error.name}:F{error.code:04}:{error.line}:{error.column}"


def refusal_fields(refusal: Refusal) -> list[str]:
    """Give the fields of `<error>`."""
    fields = [status_name(refusal.status), str(len(refusal.diagnostics))]
    for diagnostic in refusal.diagnostics:
        fields += [f"F{diagnostic.code:04}", percent(place_text(diagnostic))]
    return [*fields, percent(refusal.text)]


def place_text(diagnostic: Diagnostic) -> str:
    """Give the place of a diagnostic as people write it."""
    match diagnostic.WhichOneof("place"):
        case "text":
            return f"{diagnostic.text.file}:{diagnostic.text.line}:{diagnostic.text.column}"
        case "field":
            return f"event.{diagnostic.field}" if diagnostic.field else "event"
        case "name":
            return diagnostic.name
    return "-"


def end_fields(done: Done) -> list[str]:
    """Give the fields of an end."""
    fields = ["end", status_name(done.status), str(done.watermark)]
    return fields if done.status == 0 else [*fields, *refusal_fields(done.refusal)]


def status_name(number: int) -> str:
    """Give a status by gRPC's number of it."""
    return next(code.name for code in grpc.StatusCode if code.value[0] == number)


def main() -> None:
    """Answer until `quit`."""
    runner = Runner()
    for line in sys.stdin:
        fields = line.rstrip("\n").split("\t")
        if fields == ["quit"]:
            break
        try:
            answer = runner.answer(*fields)
        except ValueError as mistake:
            answer = ["misused", percent(str(mistake))]
        print("\t".join(answer), flush=True)
    runner.drop()


if __name__ == "__main__":
    main()
