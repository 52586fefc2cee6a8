"""A receiver of spans: OpenTelemetry's own trace service, over gRPC. Keeps what it gets; knows nothing of Fishplate."""

from __future__ import annotations

import threading
from concurrent import futures
from typing import NamedTuple

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


class Span(NamedTuple):
    """What matters of a span here; an empty parent is a root's."""

    service: str
    name: str
    trace: bytes
    span: bytes
    parent: bytes
    attributes: dict[str, str | int | bool]


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """Listens on a free port of loopback until it is stopped."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._lock = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)
        self.url = f"http://127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Export(  # noqa: N802 (the service's name for it)
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        """Keeps the spans of one request."""
        got = []
        for resource in request.resource_spans:
            service = _values(resource.resource.attributes).get("service.name", "")
            for scope in resource.scope_spans:
                for span in scope.spans:
                    known = _values(span.attributes)
                    got.append(Span(str(service), span.name, span.trace_id, span.span_id, span.parent_span_id, known))
        with self._lock:
            self._spans += got
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list[Span]:
        """Every span so far."""
        with self._lock:
            return list(self._spans)

    def stop(self) -> None:
        """Takes no more."""
        self._server.stop(grace=None).wait()


def _values(attributes: object) -> dict[str, str | int | bool]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}  # type: ignore[attr-defined]
