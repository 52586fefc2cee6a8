"""Follows traces through everything: Python → ring → engine → gRPC → engine → Java.

A Python program opens a span an event with OpenTelemetry's own SDK and sends the event through a ring to a server.
What that one decides goes, with the decision's trace, through a Java client over gRPC to another server, and its
decision back into Java. Program and servers send their spans to one receiver. At the end every id is where it started,
and no span has a parent that nobody knows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import fishplate
import pytest
from harness.paths import PATHS
from harness.runner import Runner
from harness.server import Server
from harness.values import percent
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from receiver import Receiver, Span

EVENTS = 10_000
#: Events on their way at once: less than the default window, so that nothing has to wait.
AT_ONCE = 500
FOLDER = Path(__file__).parent


@contextmanager
def served(carrier: str, document: str, receiver: Receiver) -> Iterator[str]:
    """A server that sends its spans to the receiver; its address. When it has ended, all of them have been sent."""
    server = Server(carrier, document, FOLDER, ["--otlp", receiver.url, "--log", "warn"])
    server.start()
    try:
        yield server.address
    finally:
        server.ask_to_stop()
        code, said = server.code(), server.words()
        server.close()
        assert code == 0, said
        assert "spans were lost" not in said, said


@contextmanager
def java(address: str) -> Iterator[Runner]:
    """The Java client, with a session at the address."""
    runner = Runner(PATHS["java-grpc"])
    try:
        answer = runner.ask("connect", percent(address), "idle_timeout_ms=60000", "max_age_ms=600000")
        assert answer[0] == "ok", answer
        yield runner
        assert runner.ask("half_close") == ["ok"]
        assert runner.ask("receive") == ["end", "OK", str(EVENTS)]
        assert runner.ask("close", "session") == ["ok"]
    finally:
        assert runner.stop() == 0


class Followed:
    """What each event's trace was where it started, between the two engines, and at the end."""

    def __init__(self) -> None:
        self.roots: list[tuple[bytes, bytes]] = []
        self.flags: list[int] = []
        self.near: list[tuple[bytes, bytes]] = []
        self.far: list[tuple[bytes, bytes]] = []


def send_from_python(session: fishplate.Session, provider: TracerProvider, numbers: range, followed: Followed) -> None:
    """Sends events, each in a span of its own; the session takes the current one."""
    tracer = provider.get_tracer("payments")
    for number in numbers:
        with tracer.start_as_current_span("payment") as span:
            session.send({"id": f"p{number}", "amount": number % 1_000 * 1.0})
            context = span.get_span_context()
            followed.roots.append((context.trace_id.to_bytes(16), context.span_id.to_bytes(8)))
            followed.flags.append(int(context.trace_flags))


def pass_on(session: fishplate.Session, client: Runner, numbers: range, followed: Followed) -> None:
    """Takes the decisions and sends each on, with its trace, through the Java client."""
    for number in numbers:
        decision = session.receive().decision
        assert decision is not None
        assert decision.trace is not None
        followed.near.append((decision.trace.trace_id, decision.trace.span_id))
        body = json.dumps({"payment": f"p{number}", "score": decision.outputs["score"]}).encode().hex()
        headers = f"traceparent={percent(decision.trace.traceparent)}"
        assert client.ask("send", "json", headers, body) == ["sent", str(number + 1)]


def arrive_in_java(client: Runner, numbers: range, followed: Followed) -> None:
    """Takes the last decisions, in Java."""
    for number in numbers:
        kind, sequence, what, *fields = client.ask("receive")
        assert (kind, sequence, what) == ("outcome", str(number + 1), "d"), fields
        trace, span, flags = fields[3].split("-")
        assert int(flags, 16) == followed.flags[number], "what was sampled stays sampled, and no flag is lost"
        followed.far.append((bytes.fromhex(trace), bytes.fromhex(span)))


@pytest.fixture(scope="module")
def journey() -> tuple[Followed, list[Span]]:
    """All events, once through everything; what was seen on the way, and the spans that the receiver has."""
    receiver, followed = Receiver(), Followed()
    provider = TracerProvider(resource=Resource.create({"service.name": "python"}))
    exporter = OTLPSpanExporter(endpoint=receiver.url, insecure=True)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=2 * EVENTS))
    with ExitStack() as stack:
        stack.callback(receiver.stop)
        stack.callback(provider.shutdown)
        ring = stack.enter_context(served("ring", "near.yaml", receiver))
        grpc = stack.enter_context(served("grpc", "far.yaml", receiver))
        session = stack.enter_context(fishplate.connect(ring))
        client = stack.enter_context(java(grpc))
        for begin in range(0, EVENTS, AT_ONCE):
            numbers = range(begin, begin + AT_ONCE)
            send_from_python(session, provider, numbers, followed)
            pass_on(session, client, numbers, followed)
            arrive_in_java(client, numbers, followed)
    return followed, receiver.spans()


def test_every_trace_id_arrives(journey: tuple[Followed, list[Span]]) -> None:
    followed, _ = journey
    started = [trace for trace, _ in followed.roots]
    assert len(set(started)) == EVENTS
    assert [trace for trace, _ in followed.near] == started
    assert [trace for trace, _ in followed.far] == started


def test_every_decision_names_a_span_that_the_receiver_has(journey: tuple[Followed, list[Span]]) -> None:
    followed, spans = journey
    parents = {(span.trace, span.span): span.parent for span in spans}
    for root, near, far in zip(followed.roots, followed.near, followed.far, strict=True):
        assert parents[root] == b""
        assert parents[near] == root[1]
        assert parents[far] == near[1]


def test_no_span_is_an_orphan_and_none_is_there_twice(journey: tuple[Followed, list[Span]]) -> None:
    followed, spans = journey
    known = Counter((span.trace, span.span) for span in spans)
    orphans = [span for span in spans if span.parent and (span.trace, span.parent) not in known]
    kept = len({trace for trace, _ in followed.far} & {trace for trace, _ in followed.roots})
    print(f"\n{kept:,} kept, {len(orphans)} orphans")
    assert (kept, orphans) == (EVENTS, [])
    assert set(known.values()) == {1}
    names = Counter((span.service, span.name, span.attributes.get("fishplate.rule_set")) for span in spans)
    assert names == {
        ("python", "payment", None): EVENTS,
        ("fishplate", "fishplate.decide", "near"): EVENTS,
        ("fishplate", "fishplate.decide", "far"): EVENTS,
    }
