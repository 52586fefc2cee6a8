"""Trace contexts: the header forms, and the value itself."""

from __future__ import annotations

import pickle

import pytest
from documents import TRACEPARENT

from fishplate import TraceContext

TRACE = bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736")
SPAN = bytes.fromhex("00f067aa0ba902b7")


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": TRACEPARENT},
        {"TraceParent": TRACEPARENT.encode()},
        {"grpc-trace-bin": b"\0\0" + TRACE + b"\1" + SPAN + b"\2\1"},
        {"uber-trace-id": f"{TRACE.hex()}:{SPAN.hex()}:0:1"},
        {"b3": f"{TRACE.hex()}-{SPAN.hex()}-1"},
        {"X-B3-TraceId": TRACE.hex(), "X-B3-SpanId": SPAN.hex(), "X-B3-Sampled": "1"},
    ],
)
def test_each_form_of_header_is_read(headers: dict[str, str | bytes]) -> None:
    assert TraceContext.from_headers(headers) == TraceContext(TRACE, SPAN, 1)


def test_a_plain_trace_id_has_no_span() -> None:
    assert TraceContext.from_headers({"x-trace-id": TRACE.hex()}) == TraceContext(TRACE, bytes(8))


def test_malformed_and_missing_headers_are_no_trace() -> None:
    assert TraceContext.from_headers({}) is None
    assert TraceContext.from_headers({"traceparent": "00-nonsense"}) is None
    assert TraceContext.parse_headers({"traceparent": "00-nonsense", "uber-trace-id": "1:2"}) == (None, 2)
    assert TraceContext.parse_headers({"x-trace-id": TRACE.hex()}) == (TraceContext(TRACE, bytes(8)), 0)
    assert TraceContext.from_headers({"traceparent": "00-nonsense", "b3": f"{TRACE.hex()}-{SPAN.hex()}"}) is not None


def test_a_header_of_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="str or bytes"):
        TraceContext.from_headers({"traceparent": 1})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        TraceContext.from_headers([("traceparent", TRACEPARENT)])  # type: ignore[arg-type]


def test_a_context_is_a_value() -> None:
    context = TraceContext(TRACE, SPAN, 1)
    assert (context.trace_id, context.span_id, context.flags) == (TRACE, SPAN, 1)
    assert context.traceparent == str(context) == TRACEPARENT
    assert TRACEPARENT in repr(context)
    assert pickle.loads(pickle.dumps(context)) == context
    assert len({context, TraceContext(TRACE, SPAN, 1)}) == 1
    assert context != TraceContext(TRACE, SPAN, 0)


def test_ids_of_other_lengths_cannot_be_made() -> None:
    for trace, span in ((b"", SPAN), (TRACE, b""), (bytes(16), SPAN)):
        with pytest.raises(ValueError, match="id"):
            TraceContext(trace, span)
    with pytest.raises(OverflowError):
        TraceContext(TRACE, SPAN, 256)
