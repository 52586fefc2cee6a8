//! What only a ring can suffer: lanes that fill, frames that do not fit, memory that is damaged.

use std::time::Duration;

use fishplate::{Status, codes};
use fishplate_transport::connect;

use crate::place::{LONG, Place, opened, opened_with, options, outcome, rest, send, until};
use crate::ring::Ring;
use crate::rules::{Judge, json, reading};

#[test]
fn an_event_that_does_not_fit_a_frame_is_refused_and_has_no_sequence() {
    let (_place, judge, session) = opened::<Ring>(|_| {});
    let large = reading("d", 1).with_note("n".repeat(40_000)).json();
    let error = session.send(&json(&large), LONG).expect_err("a frame takes half a lane");
    assert_eq!((error.status, error.code()), (Status::InvalidArgument, codes::FRAME_TOO_LARGE), "{error}");
    assert_eq!(send(&session, &json(&reading("d", 1).json())), 1);
    assert_eq!(outcome(&session).0, 1);
    assert_eq!(judge.counters().accepted, 1);
}

#[test]
fn a_decision_that_does_not_fit_a_frame_is_lost_alone() {
    let judge = Judge::new();
    let place = Ring::with_lanes(judge.clone(), 4_096);
    let session = connect(&place.address(), &options::<Ring>()).expect("the server is there");
    // The note comes back beside a hundred bytes of decision.
    let large = reading("d", 1).with_note("n".repeat(1_840)).json();
    send(&session, &json(&large));
    send(&session, &json(&reading("d", 2).json()));
    let error = outcome(&session).1.expect_err("the decision has no frame");
    assert_eq!((error.status, error.code()), (Status::DataLoss, codes::FRAME_TOO_LARGE), "{error}");
    let decision = outcome(&session).1.expect("the session goes on");
    assert_eq!(crate::place::total(&decision), 5, "the event was decided all the same");
    assert_eq!(judge.counters().accepted, 2);
}

#[test]
fn a_client_that_reads_nothing_stops_itself_alone() {
    let judge = Judge::new();
    let place = Ring::with_lanes(judge.clone(), 4_096);
    let stalled = connect(&place.address(), &options::<Ring>()).expect("the server is there");
    // Twenty of these decisions are more than the lane takes.
    for sequence in 1..=20 {
        send(&stalled, &json(&reading("stalled", sequence).with_note("n".repeat(400)).json()));
    }
    let busy = connect(&place.address(), &options::<Ring>()).expect("the server is there");
    for sequence in 1..=500 {
        send(&busy, &json(&reading("busy", sequence).json()));
        assert_eq!(outcome(&busy).0, sequence);
    }
    stalled.half_close().expect("it streams");
    let (outcomes, end) = rest(&stalled);
    assert!(outcomes.iter().map(|(sequence, _)| *sequence).eq(1..=20));
    assert_eq!((end.status, end.watermark), (Status::Ok, 20));
}

#[test]
fn every_pair_is_used_again_and_again() {
    let (place, judge, first) = opened_with::<Ring>(Judge::new(), |_| {});
    for round in 0..50 {
        let session = connect(&place.address(), &options::<Ring>()).expect("a pair is free");
        send(&session, &json(&reading("d", round).json()));
        assert_eq!(outcome(&session).0, 1);
    }
    send(&first, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&first).0, 1);
    assert_eq!(judge.counters().accepted, 51);
}

#[test]
fn more_clients_than_pairs_are_refused_until_one_leaves() {
    let (place, _judge, first) = opened::<Ring>(|_| {});
    let mut sessions: Vec<_> =
        (1..16).map(|_| connect(&place.address(), &options::<Ring>()).expect("a pair")).collect();
    let error = connect(&place.address(), &options::<Ring>()).expect_err("sixteen pairs have sixteen clients");
    assert_eq!((error.status, error.code()), (Status::ResourceExhausted, codes::RING_UNUSABLE), "{error}");
    sessions.pop();
    until("its pair is free again", || connect(&place.address(), &options::<Ring>()).is_ok());
    send(&first, &json(&reading("d", 1).json()));
    assert_eq!(first.receive(Some(Duration::from_secs(20))).map(|_| ()), Ok(()));
}
