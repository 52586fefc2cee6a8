//! Our client against our server, nothing breaking.

use std::time::Duration;

use fishplate::session::State;
use fishplate::{Status, codes};
use fishplate_transport::{Body, Outgoing, Received, SessionOptions, connect};

use crate::rules::{Judge, Oracle, form, json, reading};
use crate::server::Server;

pub const LONG: Option<Duration> = Some(Duration::from_secs(20));

pub fn options() -> SessionOptions {
    SessionOptions { deadline_ms: 60_000, ..SessionOptions::default() }
}

#[test]
fn many_batches_come_back_in_order_and_as_decided_at_home() {
    const EVENTS: u64 = 5_000;
    let server = Server::start(Judge::new());
    let session = connect(&server.address(), &options()).expect("the server is there");
    let mut oracle = Oracle::new(session.report().id);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for at in 1..=EVENTS {
                let body = reading("a", at).json();
                assert_eq!(session.send(&json(&body), LONG), Ok(at));
            }
            session.half_close().expect("it streams");
        });
        for at in 1..=EVENTS {
            let Ok(Received::Outcome { sequence, outcome }) = session.receive(LONG) else { panic!("outcome {at}") };
            assert_eq!(sequence, at);
            assert_eq!(form(&outcome), oracle.next(&reading("a", at).json(), None), "outcome {at}");
        }
    });
    let Ok(Received::End(end)) = session.receive(LONG) else { panic!("the last word") };
    assert_eq!((end.status, end.watermark, end.error), (Status::Ok, EVENTS, None));
    assert_eq!(session.report().state, State::Done(Status::Ok));
}

#[test]
fn large_events_and_small_ones_go_through_the_same_session() {
    let judge = Judge::new();
    let server = Server::start(judge);
    let session = connect(&server.address(), &options()).expect("the server is there");
    let mut oracle = Oracle::new(session.report().id);
    for at in 1..=40 {
        let note = if at % 4 == 0 { "n".repeat(200 << 10) } else { String::new() };
        let body = reading("a", at).with_note(note).json();
        session.send(&json(&body), LONG).expect("the session takes it");
        let Ok(Received::Outcome { outcome, .. }) = session.receive(LONG) else { panic!("outcome {at}") };
        assert_eq!(form(&outcome), oracle.next(&body, None), "outcome {at}");
    }
}

#[test]
fn an_event_that_no_message_holds_is_refused_before_it_has_a_sequence() {
    let server = Server::start(Judge::new());
    let session = connect(&server.address(), &options()).expect("the server is there");
    let giant = vec![b' '; 17 << 20];
    let refused = session.send(&Outgoing::new(Body::Json(&giant)), LONG).expect_err("larger than a message");
    assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::LIMIT_EVENT_BYTES));
    assert_eq!(session.send(&json(&reading("a", 1).json()), LONG), Ok(1));
}

#[test]
fn a_session_without_terms_is_refused_before_anything_is_sent() {
    let server = Server::start(Judge::new());
    let refused = connect(&server.address(), &SessionOptions::default()).expect_err("no terms");
    assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::NO_DEADLINE));
    assert_eq!(server.hub.counts().sessions, 0);
    let idle = SessionOptions { idle_timeout_ms: 9_000, max_age_ms: 60_000, ..SessionOptions::default() };
    assert!(connect(&server.address(), &idle).is_ok());
}

#[test]
fn a_server_is_found_by_its_name() {
    let server = Server::start(Judge::new());
    assert!(connect(&format!("grpc://localhost:{}", server.port.port()), &options()).is_ok());
}

#[test]
fn whoever_does_not_answer_is_unavailable_and_said_to_be_so() {
    let short = SessionOptions { connect_ms: 150, ..options() };
    for address in ["grpc://127.0.0.1:1", "grpc://[::1]:1", "grpc://no.such.host.invalid:7"] {
        let refused = connect(address, &short).expect_err("nobody is there");
        assert_eq!((refused.status, refused.code()), (Status::Unavailable, codes::UNREACHABLE), "{refused}");
        assert!(refused.to_string().contains(address), "{refused}");
    }
    let refused = connect("grpc://a b:7", &short).expect_err("no host is called so");
    assert_eq!((refused.status, refused.code()), (Status::InvalidArgument, codes::BAD_ADDRESS));
}

#[test]
fn a_server_of_another_kind_is_not_tried_again() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a thread");
    let port = {
        let _inside = runtime.enter();
        let any = "127.0.0.1:0".parse().expect("an address");
        let incoming = tonic::transport::server::TcpIncoming::bind(any).expect("a free port");
        let port = incoming.local_addr().expect("it is bound");
        let hub = fishplate_transport::hub::Hub::new(Default::default());
        let (_, only_rule_sets) = fishplate_transport::grpc::service(hub);
        runtime.spawn(tonic::transport::Server::builder().add_service(only_rule_sets).serve_with_incoming(incoming));
        port
    };
    let refused = connect(&format!("grpc://{port}"), &options()).expect_err("it decides nothing");
    assert_eq!((refused.status, refused.code()), (Status::Unimplemented, codes::SESSION_ENDED), "{refused}");
    runtime.shutdown_background();
}
