//! A call's metadata says to which trace its events belong, in any form; an event's own trace goes before it.

use fishplate::TraceContext;
use fishplate_transport::wire::decision;
use fishplate_transport::wire::proto::{DecideOnceRequest, DecideRequest, Event, decide_once_response};
use tonic::Request;
use tonic::metadata::{BinaryMetadataValue, MetadataMap};

use crate::raw::{Call, client, event, events, opening, result, runtime};
use crate::rules::{Judge, reading};
use crate::server::Server;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn context(flags: u8) -> TraceContext {
    let trace_id = u128::from_str_radix(TRACE, 16).expect("hexadecimal").to_be_bytes();
    let span_id = u64::from_str_radix(SPAN, 16).expect("hexadecimal").to_be_bytes();
    TraceContext { trace_id, span_id, flags }
}

/// Names and values; none: the binary form.
type Form = Vec<(&'static str, String)>;

/// Every form, as metadata, and what it says.
fn forms() -> Vec<(&'static str, Form, TraceContext)> {
    let no_span = TraceContext { span_id: [0; 8], ..context(0) };
    vec![
        ("W3C", vec![("traceparent", format!("00-{TRACE}-{SPAN}-01"))], context(1)),
        ("Jaeger", vec![("uber-trace-id", format!("{TRACE}:{SPAN}:0:1"))], context(1)),
        ("b3", vec![("b3", format!("{TRACE}-{SPAN}-1"))], context(1)),
        (
            "x-b3",
            vec![("x-b3-traceid", TRACE.into()), ("x-b3-spanid", SPAN.into()), ("x-b3-sampled", "1".into())],
            context(1),
        ),
        ("plain", vec![("x-trace-id", TRACE.into())], no_span),
        (
            "malformed and well-formed",
            vec![("traceparent", "00-zz".into()), ("b3", format!("{TRACE}-{SPAN}-0"))],
            context(0),
        ),
        ("binary", Vec::new(), context(1)),
    ]
}

fn put(metadata: &mut MetadataMap, form: &[(&'static str, String)]) {
    for (name, value) in form {
        metadata.insert(*name, value.parse().expect("ASCII"));
    }
    if form.is_empty() {
        let mut bytes = vec![0, 0];
        bytes.extend(context(1).trace_id);
        bytes.push(1);
        bytes.extend(context(1).span_id);
        bytes.extend([2, 1]);
        metadata.insert_bin("grpc-trace-bin", BinaryMetadataValue::from_bytes(&bytes));
    }
}

#[test]
fn every_form_of_a_trace_is_read_from_the_calls_metadata() {
    let server = Server::start(Judge::new());
    let own = TraceContext { trace_id: [5; 16], span_id: [6; 8], flags: 1 };
    for (at, (name, form, expected)) in forms().into_iter().enumerate() {
        let sent =
            vec![event(&reading("a", 1)), Event { trace: own.to_bytes().to_vec().into(), ..event(&reading("a", 2)) }];
        let id = vec![at as u8 + 1; 16];
        runtime().block_on(async {
            let mut client = client(&server).await;
            let first = DecideRequest { session_id: id.clone().into(), ..opening() };
            let with_trace = |stream| {
                let mut request = Request::new(stream);
                put(request.metadata_mut(), &form);
                request
            };
            let mut call = Call::open_as(&mut client, first, with_trace).await.expect("the session opens");
            call.send(DecideRequest { session_id: id.into(), ..events(1, sent) }).await;
            let outcomes = call.outcomes(2).await;
            let decided: Vec<_> = outcomes.into_iter().map(|outcome| result(outcome).expect("decided")).collect();
            assert_eq!(decided[0].parent(), Some(expected), "{name}");
            assert_eq!(decided[1].parent(), Some(own), "{name}: an event's own trace goes first");
            let span = decided[0].trace().expect("it has one").span_id;
            assert_ne!(span, expected.span_id, "a decision is a span of its own");

            let mut request =
                Request::new(DecideOnceRequest { rule_set: String::new(), event: Some(event(&reading("a", 3))) });
            put(request.metadata_mut(), &form);
            let once = client.decide_once(request).await.expect("a call").into_inner().result;
            let Some(decide_once_response::Result::Decision(once)) = once else { panic!("{name}: a decision") };
            assert_eq!(decision::from_proto(once).expect("one of ours").parent(), Some(expected), "{name}");
        });
    }
}

#[test]
fn an_event_without_a_trace_on_a_call_without_one_has_none() {
    let server = Server::start(Judge::new());
    runtime().block_on(async {
        let mut call = Call::open(&mut client(&server).await, opening()).await.expect("the session opens");
        call.send(events(1, vec![event(&reading("a", 1))])).await;
        assert_eq!(result(call.outcomes(1).await.remove(0)).expect("decided").trace(), None);
    });
}
