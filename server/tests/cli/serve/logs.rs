//! The log: what it tells of sessions, and what it never tells.

use super::signals::stalled;
use super::{PATIENCE, Serving, payment, receive, send, session};

/// What a log must never hold: it stands in the events that these tests send.
const SECRET: &str = "4242-secret";

#[test]
fn the_log_tells_of_sessions_and_never_of_events() {
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--log", "trace"]);
    let first = session(server.address("grpc://"));
    send(&first, &payment(SECRET), None);
    receive(&first).expect("decided");
    send(&first, &format!("{{\"amount\": \"{SECRET}\"}}"), None);
    assert!(receive(&first).expect_err("refused").to_string().contains(SECRET), "the client is told what was wrong");
    let id: String = first.report().id.iter().map(|byte| format!("{byte:02x}")).collect();
    first.half_close().expect("it streams");
    first.receive(Some(PATIENCE)).expect("the last word");
    let log = server.stop();
    assert!(log.contains(&id), "{log}");
    assert!(log.contains("session opened") && log.contains("session ended"), "{log}");
    assert!(!log.contains(SECRET), "{log}");
}

#[test]
fn a_session_that_lost_its_client_is_told_with_its_status() {
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--window-events", "16384"]);
    drop(stalled(&server));
    server.wait_for("session lost its connection");
    let log = server.stop();
    assert!(log.contains("session lost its connection") && log.contains("UNAVAILABLE"), "{log}");
}

#[test]
fn the_log_may_be_json() {
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--log-format", "json"]);
    drop(session(server.address("grpc://")));
    let log = server.stop();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert!(lines.iter().any(|line| line["message"] == "listening" && line["address"].is_string()), "{log}");
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()), "{log}");
}

#[test]
fn the_log_may_be_off() {
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--log", "off"]);
    drop(session(server.address("grpc://")));
    assert_eq!(server.stop(), "");
}
