//! Connections that break under a session whose two ends live. For gRPC alone: between two ends of one process, or of one
//! ring, there is nothing to break.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fishplate::session::State;
use fishplate::{Status, codes};
use fishplate_transport::connect;

use crate::grpc::ThroughProxy;
use crate::place::{Place, opened, options, outcome, rest, send, until};
use crate::rules::{Oracle, form, json, reading};

#[test]
fn a_broken_connection_loses_and_repeats_nothing() {
    const EVENTS: u64 = 2_000;
    let (place, judge, session) = opened::<ThroughProxy>(|options| options.reconnect_ms = 10_000);
    let mut oracle = Oracle::new(session.report().id);
    let events: Vec<_> = (1..=EVENTS).map(|at| reading(&format!("d{}", at % 3), at).json()).collect();
    let over = AtomicBool::new(false);
    let outcomes = std::thread::scope(|scope| {
        scope.spawn(|| {
            for event in &events {
                send(&session, &json(event));
            }
            session.half_close().expect("it streams");
        });
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(7));
                place.cut();
            }
        });
        let mut outcomes = Vec::new();
        for _ in 0..EVENTS {
            outcomes.push(outcome(&session));
            // The session must live long enough to be cut often.
            std::thread::sleep(Duration::from_micros(100));
        }
        over.store(true, Ordering::SeqCst);
        outcomes
    });
    for ((sequence, outcome), (event, expected)) in outcomes.iter().zip(events.iter().zip(1..)) {
        assert_eq!(*sequence, expected);
        assert_eq!(form(outcome), oracle.next(event, None), "event {sequence}");
    }
    let end = rest(&session).1;
    assert_eq!((end.status, end.watermark), (Status::Ok, EVENTS));
    assert_eq!(judge.counters().accepted, EVENTS, "an event that was sent twice was decided once");
    let report = session.report();
    assert!(report.epoch > 2, "it was cut: epoch {}", report.epoch);
    assert_eq!(report.state, State::Done(Status::Ok));
}

#[test]
fn an_idle_session_comes_back_by_itself() {
    let (place, _judge, session) = opened::<ThroughProxy>(|_| {});
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
    place.cut();
    until("it connects again", || session.report().epoch == 2);
    assert_eq!(send(&session, &json(&reading("d", 2).json())), 2);
    assert_eq!(outcome(&session).0, 2);
}

#[test]
fn a_session_that_ended_meanwhile_has_its_last_word_on_the_next_connection() {
    let (place, judge, session) = opened::<ThroughProxy>(|options| options.reconnect_ms = 10_000);
    judge.hold();
    for sequence in 1..=5 {
        send(&session, &json(&reading("d", sequence).json()));
    }
    until("the server decides", || judge.asked() == 1);
    place.cut();
    session.half_close().expect("it streams");
    judge.release();
    let (outcomes, end) = rest(&session);
    assert!(outcomes.iter().map(|(sequence, _)| *sequence).eq(1..=5));
    assert_eq!((end.status, end.watermark), (Status::Ok, 5));
}

#[test]
fn a_session_without_terms_is_refused_before_its_first_event() {
    let (place, _judge, session) = opened::<ThroughProxy>(|_| {});
    for (idle_timeout_ms, max_age_ms) in [(0, 0), (1_000, 0), (0, 1_000)] {
        let none =
            fishplate_transport::SessionOptions { deadline_ms: 0, idle_timeout_ms, max_age_ms, ..Default::default() };
        let error = connect(&place.address(), &none).expect_err("it would never end");
        assert_eq!((error.status, error.code()), (Status::InvalidArgument, codes::NO_DEADLINE), "{error}");
    }
    let mut both = options::<ThroughProxy>();
    (both.deadline_ms, both.idle_timeout_ms, both.max_age_ms) = (0, 1_000, 60_000);
    connect(&place.address(), &both).expect("an idle timeout and a maximum age are terms");
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
}
