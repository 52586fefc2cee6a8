"""The current OpenTelemetry span is an event's trace, where the program uses OpenTelemetry."""

from __future__ import annotations

from documents import TRACEPARENT, payment
from opentelemetry.sdk.trace import TracerProvider

import fishplate


def test_the_current_span_is_picked_up_unless_a_trace_is_given(shared: str) -> None:
    tracer = TracerProvider().get_tracer("test")
    given = fishplate.TraceContext.from_headers({"traceparent": TRACEPARENT})
    assert given is not None
    with fishplate.connect(shared) as session, tracer.start_as_current_span("payment") as span:
        session.send(payment(1.0))
        session.send(payment(1.0), trace=given)
        traces = [outcome.result().parent for outcome in (session.receive(), session.receive()) if outcome]
    context = span.get_span_context()
    assert traces[1] == given
    picked = traces[0]
    assert picked is not None
    assert int.from_bytes(picked.trace_id) == context.trace_id
    assert int.from_bytes(picked.span_id) == context.span_id
    assert picked.flags == context.trace_flags


def test_a_batch_is_in_the_current_span(engine: fishplate.Engine) -> None:
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("batch") as span:
        decided = engine.decide_all([payment(1.0), payment(2.0)])
    trace_ids = [
        decision.trace and int.from_bytes(decision.trace.trace_id)
        for decision in decided
        if not isinstance(decision, Exception)
    ]
    assert trace_ids == [span.get_span_context().trace_id] * 2


def test_without_a_current_span_or_when_told_so_there_is_no_trace(shared: str) -> None:
    tracer = TracerProvider().get_tracer("test")
    with fishplate.connect(shared) as session:
        session.send(payment(1.0))
        outcome = session.receive()
        assert outcome is not None
        assert outcome.result().parent is None
    with fishplate.connect(shared, pick_up_trace=False) as session, tracer.start_as_current_span("payment"):
        session.send(payment(1.0))
        outcome = session.receive()
        assert outcome is not None
        assert outcome.result().parent is None
