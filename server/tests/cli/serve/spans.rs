//! Spans, as a real OTLP receiver gets them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fishplate::TraceContext;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::{Serving, payment, receive, ring_name, send, session};

/// What the receiver got.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

#[tonic::async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().expect("nobody panics with it").push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A receiver of spans on a port of its own.
struct Receiver {
    received: Received,
    at: SocketAddr,
    _runtime: Runtime,
}

impl Receiver {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let received = Received::default();
        let service = TraceServiceServer::new(received.clone());
        let at = runtime.block_on(async {
            let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
            let at = incoming.local_addr().expect("an address");
            tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
            at
        });
        Self { received, at, _runtime: runtime }
    }

    fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.received.0.lock().expect("nobody panics with it");
        let scopes = requests.iter().flat_map(|request| &request.resource_spans).flat_map(|spans| &spans.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// The attributes of who sent.
    fn resource(&self) -> HashMap<String, String> {
        let requests = self.received.0.lock().expect("nobody panics with it");
        let resource = requests[0].resource_spans[0].resource.clone().expect("there is one");
        attributes(&resource.attributes)
    }
}

fn attributes(all: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> HashMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::BoolValue(on) => on.to_string(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let value = |value: &Option<opentelemetry_proto::tonic::common::v1::AnyValue>| {
        value.as_ref().and_then(|value| value.value.as_ref()).map(text).unwrap_or_default()
    };
    all.iter().map(|each| (each.key.clone(), value(&each.value))).collect()
}

/// The trace of event number `at`.
fn trace(at: u64, flags: u8) -> TraceContext {
    let mut trace_id = [0xaa; 16];
    trace_id[8..].copy_from_slice(&at.to_be_bytes());
    TraceContext { trace_id, span_id: (at + 1).to_be_bytes(), flags }
}

/// Sends `events` sampled events on each of a ring and a socket; every decision names a span that the receiver gets.
#[test]
fn every_sampled_event_gives_the_span_that_its_decision_names() {
    const EVENTS: u64 = 300;
    let receiver = Receiver::start();
    let name = ring_name();
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--ring", &name, "--otlp", &receiver.url()]);
    let mut expected = HashMap::new();
    for (way, address) in [server.address("shm://"), server.address("grpc://")].into_iter().enumerate() {
        let session = session(address);
        let traces = (0..EVENTS).map(|at| trace(way as u64 * EVENTS + at, 1));
        for (at, trace) in traces.clone().enumerate() {
            send(&session, &payment(&format!("{way}-{at}")), Some(trace));
        }
        for parent in traces {
            let named = receive(&session).expect("decided").trace().expect("its event has one");
            assert_eq!(named.trace_id, parent.trace_id);
            expected.insert(named.span_id.to_vec(), parent);
        }
    }
    server.stop();
    let spans = receiver.spans();
    assert_eq!(spans.len() as u64, 2 * EVENTS, "each once, and none is lost when the server stops");
    for span in &spans {
        let parent = expected.remove(&span.span_id).expect("a decision names it");
        assert_eq!(span.trace_id, parent.trace_id);
        assert_eq!(span.parent_span_id, parent.span_id);
        assert_eq!(span.name, "fishplate.decide");
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        let attributes = attributes(&span.attributes);
        assert_eq!(attributes["fishplate.rule_set"], "payments");
        assert_eq!(attributes["fishplate.matched"], "0");
        assert_eq!(attributes["fishplate.repeated"], "false");
        assert_eq!(
            (attributes["fishplate.session.id"].len(), attributes["fishplate.rule_set.version"].len()),
            (32, 64)
        );
    }
    assert_eq!(receiver.resource()["service.name"], "fishplate");
}

#[test]
fn only_what_is_sampled_becomes_a_span() {
    let receiver = Receiver::start();
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--otlp", &receiver.url()]);
    let session = session(server.address("grpc://"));
    for (id, trace) in [("none", None), ("not", Some(trace(1, 0))), ("sampled", Some(trace(2, 1)))] {
        send(&session, &payment(id), trace);
        receive(&session).expect("decided");
    }
    server.stop();
    let spans = receiver.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].trace_id, trace(2, 1).trace_id);
}

#[test]
fn a_refusal_is_a_span_with_its_status_and_nothing_of_the_event() {
    let receiver = Receiver::start();
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--otlp", &receiver.url()]);
    let session = session(server.address("grpc://"));
    send(&session, "{\"amount\": \"a secret sum\"}", Some(trace(1, 1)));
    assert!(receive(&session).expect_err("refused").to_string().contains("a secret sum"), "the client is told");
    server.stop();
    let spans = receiver.spans();
    assert_eq!(spans.len(), 1);
    let status = spans[0].status.clone().expect("there is one");
    assert_eq!((status.code(), status.message.as_str()), (StatusCode::Error, "INVALID_ARGUMENT F0603"));
    let attributes = attributes(&spans[0].attributes);
    assert_eq!((&*attributes["error.type"], &*attributes["fishplate.error.code"]), ("INVALID_ARGUMENT", "F0603"));
    assert!(!format!("{spans:?}").contains("secret"), "{spans:?}");
}

#[test]
fn a_repeated_event_has_a_span_of_its_own_that_points_at_the_first() {
    let receiver = Receiver::start();
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--otlp", &receiver.url()]);
    let session = session(server.address("grpc://"));
    for at in [1, 2] {
        send(&session, &payment("twice"), Some(trace(at, 1)));
        receive(&session).expect("decided");
    }
    server.stop();
    let spans = receiver.spans();
    let of = |at: u64| spans.iter().find(|span| span.trace_id == trace(at, 1).trace_id).expect("each has a span");
    assert_ne!(of(1).span_id, of(2).span_id);
    assert_eq!(of(2).parent_span_id, trace(2, 1).span_id);
    assert_eq!(of(2).links[0].span_id, of(1).span_id);
    assert_eq!(of(2).links[0].trace_id, of(1).trace_id);
    assert_eq!(attributes(&of(2).attributes)["fishplate.repeated"], "true");
}

#[test]
fn the_receiver_and_the_service_may_be_named_as_opentelemetry_does() {
    let receiver = Receiver::start();
    let url = receiver.url();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_SERVICE_NAME", "risk")];
    let server = Serving::start_with(&["--grpc", "127.0.0.1:0"], &environment);
    let session = session(server.address("grpc://"));
    send(&session, &payment("p"), Some(trace(1, 1)));
    receive(&session).expect("decided");
    server.stop();
    assert_eq!(receiver.spans().len(), 1);
    assert_eq!(receiver.resource()["service.name"], "risk");
}

#[test]
fn deciding_goes_on_when_nobody_receives_spans() {
    // Bound and never listened to: connections are refused, and nobody else gets the port.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let environment = [("OTEL_BSP_MAX_QUEUE_SIZE", "64"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "200")];
    let server = Serving::start_with(&["--grpc", "127.0.0.1:0", "--otlp", &url], &environment);
    let session = session(server.address("grpc://"));
    let began = Instant::now();
    for at in 0..1_000 {
        send(&session, &payment(&format!("p{at}")), Some(trace(at, 1)));
        receive(&session).expect("decided");
    }
    assert!(began.elapsed() < Duration::from_secs(20), "no event waits for a receiver");
    let log = server.stop();
    assert!(log.contains("spans were lost exported=0"), "{log}");
}
