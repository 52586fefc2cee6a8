//! How a server goes down while clients are there.

use std::path::Path;
use std::time::{Duration, Instant};

use fishplate::Status;
use fishplate_transport::Received;
use fishplate_transport::wire::proto::decision_service_client::DecisionServiceClient;
use fishplate_transport::wire::proto::event::Body;
use fishplate_transport::wire::proto::{DecideRequest, DecideResponse, Event, Open};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

use super::{PATIENCE, Serving, payment, ring_name, send, session};

/// Stops a server with `signal` while a client at `scheme` has outcomes to take: it gets them all, and the last word.
fn ends_with_a_last_word(scheme: &str, signal: &str) {
    const EVENTS: u64 = 500;
    let name = ring_name();
    let mut server = Serving::start(&["--grpc", "127.0.0.1:0", "--ring", &name]);
    let session = session(server.address(scheme));
    for at in 0..EVENTS {
        send(&session, &payment(&format!("p{at}")), None);
    }
    // The last is decided, so all are accepted; none has been taken.
    let first = session.receive(Some(PATIENCE)).expect("an outcome");
    assert!(matches!(first, Received::Outcome { sequence: 1, .. }));
    server.signal(signal);
    let mut last = 1;
    let word = loop {
        match session.receive(Some(PATIENCE)).expect("outcomes, then the last word") {
            Received::Outcome { sequence, outcome } => {
                assert_eq!(sequence, last + 1, "in order");
                outcome.expect("decided");
                last = sequence;
            }
            Received::End(word) => break word,
        }
    };
    assert_eq!(word.status, Status::Unavailable, "{word:?}");
    assert_eq!(word.watermark, last, "everything up to the watermark was delivered, and nothing after it");
    assert!(word.error.expect("why").to_string().contains("the server is stopping"));
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(!Path::new("/dev/shm").join(format!("fishplate-{name}")).exists(), "the ring is gone");
}

#[test]
fn sigterm_ends_a_session_over_grpc_with_a_last_word() {
    ends_with_a_last_word("grpc://", "-TERM");
}

#[test]
fn sigterm_ends_a_session_through_a_ring_with_a_last_word() {
    ends_with_a_last_word("shm://", "-TERM");
}

#[test]
fn ctrl_c_ends_a_server_as_sigterm_does() {
    ends_with_a_last_word("grpc://", "-INT");
}

#[test]
fn a_server_without_clients_ends_at_once() {
    let name = ring_name();
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--ring", &name, "--drain", "1h"]);
    let began = Instant::now();
    server.stop();
    assert!(began.elapsed() < Duration::from_secs(20), "it does not wait for nobody");
}

#[test]
fn a_session_that_does_not_end_is_cut_when_the_drain_is_over() {
    let mut server = Serving::start(&["--grpc", "127.0.0.1:0", "--drain", "100ms", "--window-events", "16384"]);
    let stalled = stalled(&server);
    server.signal("-TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("sessions were cut: they did not end in time sessions=1"), "{log}");
    drop(stalled);
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let mut server = Serving::start(&["--grpc", "127.0.0.1:0", "--drain", "1h", "--window-events", "16384"]);
    let stalled = stalled(&server);
    server.signal("-TERM");
    // The first must have been seen: two signals of one kind that are pending at once are one.
    server.wait_for("stopping");
    server.signal("-TERM");
    let (code, _) = server.end();
    assert_eq!(code, Some(130));
    drop(stalled);
}

/// A client that neither takes its outcomes nor goes away, so that its session cannot end.
pub(super) struct Stalled {
    // The first to be dropped: its connection breaks before anything could end in order.
    _runtime: Runtime,
    _outcomes: Streaming<DecideResponse>,
    _requests: Sender<DecideRequest>,
}

/// A connection with the smallest windows that HTTP/2 begins with.
async fn narrow(server: &Serving) -> Channel {
    let address = server.address("grpc://").replace("grpc://", "http://");
    let endpoint = Channel::from_shared(address).expect("an address");
    let endpoint = endpoint.initial_stream_window_size(65_535).initial_connection_window_size(65_535);
    endpoint.connect().await.expect("it listens")
}

/// Opens a session, with a server whose window takes 16,384 events, whose outcomes are more than HTTP/2 takes without a reader.
pub(super) fn stalled(server: &Serving) -> Stalled {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (requests, receiver) = channel(2);
    let outcomes = runtime.block_on(async {
        let mut client = DecisionServiceClient::new(narrow(server).await);
        let deadline = Some(prost_types::Duration { seconds: 60, nanos: 0 });
        let open = Open { window_events: 16_384, window_bytes: 1 << 20, deadline, ..Open::default() };
        let first = DecideRequest { session_id: vec![7; 16].into(), epoch: 1, open: Some(open), ..Default::default() };
        requests.send(first).await.expect("the call takes it");
        let mut outcomes = client.decide(ReceiverStream::new(receiver)).await.expect("a session").into_inner();
        let event = |at: usize| Event { body: Some(Body::Json(payment(&format!("p{at}")).into())), ..Event::default() };
        let events = (0..8_192).map(event).collect();
        let batch =
            DecideRequest { session_id: vec![7; 16].into(), epoch: 1, sequence: 1, events, ..Default::default() };
        requests.send(batch).await.expect("the call takes it");
        // The first outcomes say that the batch was accepted; the rest is left in the server.
        while outcomes.message().await.expect("the session streams").expect("a response").outcomes.is_empty() {}
        outcomes
    });
    Stalled { _outcomes: outcomes, _requests: requests, _runtime: runtime }
}
