//! States: what a session's state does not allow is refused, and changes nothing.

use fishplate::session::State;
use fishplate::{Error, Status, codes};
use fishplate_transport::{Received, Report, Session, connect};

use crate::place::{LONG, Place, fresh_name, opened, options, outcome, rest, send};
use crate::rules::{json, reading};

/// `call` is refused as `FAILED_PRECONDITION` with `code`, and the session is as it was.
#[track_caller]
fn refused<T: std::fmt::Debug>(session: &Session, code: fishplate::Code, call: impl FnOnce() -> Result<T, Error>) {
    let before = session.report();
    let error = call().expect_err("the state does not allow it");
    assert_eq!((error.status, error.code()), (Status::FailedPrecondition, code), "{error}");
    let after = session.report();
    assert_eq!(facts(&after), facts(&before));
}

fn facts(report: &Report) -> (State, u64, u64, u64, u64) {
    let counters = report.counters;
    (report.state, report.epoch, counters.sent, counters.received, counters.shed)
}

pub(crate) fn a_half_closed_session_takes_no_more_events<P: Place>() {
    let (_place, judge, session) = opened::<P>(|_| {});
    judge.hold();
    let event = reading("d", 1).json();
    assert_eq!(session.report().state, State::Streaming);
    assert_eq!(send(&session, &json(&event)), 1);
    session.half_close().expect("it streams");
    assert_eq!(session.report().state, State::Closing);
    refused(&session, codes::SESSION_STATE, || session.send(&json(&event), LONG));
    refused(&session, codes::SESSION_STATE, || session.half_close());
    judge.release();
    assert_eq!(outcome(&session).0, 1);
    let (outcomes, end) = rest(&session);
    assert_eq!((outcomes.len(), end.status, end.watermark), (0, Status::Ok, 1));
    assert_eq!(session.report().state, State::Done(Status::Ok));
}

pub(crate) fn a_cancelled_session_takes_no_more_calls_that_change_it<P: Place>() {
    let (_place, judge, session) = opened::<P>(|_| {});
    judge.hold();
    let event = reading("d", 1).json();
    send(&session, &json(&event));
    session.cancel().expect("it streams");
    assert_eq!(session.report().state, State::Closing);
    refused(&session, codes::SESSION_STATE, || session.send(&json(&event), LONG));
    refused(&session, codes::SESSION_STATE, || session.half_close());
    refused(&session, codes::SESSION_STATE, || session.cancel());
    judge.release();
    let (_, end) = rest(&session);
    assert_eq!(end.status, Status::Cancelled);
    assert_eq!(session.report().state, State::Done(Status::Cancelled));
}

pub(crate) fn a_session_that_is_done_says_its_last_word_again_and_again<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|_| {});
    let event = reading("d", 1).json();
    send(&session, &json(&event));
    session.half_close().expect("it streams");
    let (outcomes, end) = rest(&session);
    assert_eq!(outcomes.len(), 1);
    for _ in 0..3 {
        match session.receive(LONG).expect("the last word is there") {
            Received::End(again) => assert_eq!(again, end),
            Received::Outcome { sequence, .. } => panic!("event {sequence} has a second outcome"),
        }
    }
    refused(&session, codes::SESSION_STATE, || session.send(&json(&event), LONG));
    refused(&session, codes::SESSION_STATE, || session.half_close());
    refused(&session, codes::SESSION_STATE, || session.cancel());
    assert_eq!(session.report().last_word, Some(end));
}

pub(crate) fn a_closed_session_refuses_every_call<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|_| {});
    let event = reading("d", 1).json();
    send(&session, &json(&event));
    assert_eq!(outcome(&session).0, 1);
    session.close();
    session.close();
    refused(&session, codes::CLOSED, || session.send(&json(&event), LONG));
    refused(&session, codes::CLOSED, || session.receive(LONG).map(|_| ()));
    refused(&session, codes::CLOSED, || session.half_close());
    refused(&session, codes::CLOSED, || session.cancel());
    let report = session.report();
    assert_eq!((report.counters.sent, report.counters.received), (1, 1), "a closed session still reports");
}

pub(crate) fn an_address_without_a_server_is_unavailable<P: Place>() {
    let (place, judge, session) = opened::<P>(|_| {});
    let nowhere = match place.address().split_once("://") {
        None => format!("inproc:{}", fresh_name()),
        Some(("shm", _)) => format!("shm://{}", fresh_name()),
        Some(_) => {
            // A port that was just given back has no listener.
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback is there");
            format!("grpc://{}", listener.local_addr().expect("it is bound"))
        }
    };
    let error = connect(&nowhere, &options::<P>()).expect_err("nobody is there");
    assert_eq!((error.status, error.code()), (Status::Unavailable, codes::UNREACHABLE), "{error}");
    drop((place, judge, session));
}

pub(crate) fn a_rule_set_that_is_not_there_is_not_found<P: Place>() {
    let (place, _judge, session) = opened::<P>(|options| options.rule_set = "conformance".into());
    assert_eq!(session.report().rule_set, ("conformance".into(), *crate::rules::rule_set().version()));
    let mut other = options::<P>();
    other.rule_set = "performance".into();
    let error = connect(&place.address(), &other).expect_err("there is no such rule set");
    assert_eq!((error.status, error.code()), (Status::NotFound, codes::UNKNOWN_RULE_SET), "{error}");
}
