//! How a session ends: half-close, cancel with a watermark, its own terms, closing.

use std::time::Duration;

use fishplate::session::State;
use fishplate::{Status, codes};

use crate::place::{LONG, Place, opened, opened_with, outcome, rest, send, until};
use crate::rules::{Judge, json, reading};

pub(crate) fn a_half_close_delivers_everything_and_ends_with_ok<P: Place>() {
    let (_place, judge, session) = opened_with::<P>(Judge::slow(Duration::from_millis(1)), |_| {});
    for sequence in 1..=50 {
        send(&session, &json(&reading("d", sequence).json()));
    }
    session.half_close().expect("it streams");
    let (outcomes, end) = rest(&session);
    assert!(outcomes.iter().map(|(sequence, _)| *sequence).eq(1..=50));
    assert_eq!((end.status, end.watermark, end.error), (Status::Ok, 50, None));
    assert_eq!(judge.counters().accepted, 50);
}

pub(crate) fn a_cancel_in_mid_stream_has_a_true_watermark<P: Place>() {
    let (_place, judge, session) = opened_with::<P>(Judge::slow(Duration::from_millis(2)), |_| {});
    for sequence in 1..=60 {
        send(&session, &json(&reading("d", sequence).json()));
    }
    for sequence in 1..=3 {
        assert_eq!(outcome(&session).0, sequence);
    }
    session.cancel().expect("it streams");
    let (outcomes, end) = rest(&session);
    assert_eq!(end.status, Status::Cancelled);
    let last = outcomes.last().map_or(3, |(sequence, _)| *sequence);
    assert_eq!(end.watermark, last, "what was decided was delivered");
    assert!(outcomes.iter().map(|(sequence, _)| *sequence).eq(4..=last));
    assert_eq!(judge.counters().accepted, end.watermark, "everything up to it was decided, and nothing after it");
    assert_eq!(end.error.map(|error| error.status), Some(Status::Cancelled));
}

pub(crate) fn the_drain_timeout_ends_a_cancelled_session<P: Place>() {
    let (_place, judge, session) = opened_with::<P>(Judge::slow(Duration::from_millis(25)), |options| {
        options.drain_ms = 300;
    });
    const EVENTS: u64 = 200;
    for sequence in 1..=EVENTS {
        send(&session, &json(&reading("d", sequence).json()));
    }
    assert_eq!(outcome(&session).0, 1);
    session.cancel().expect("it streams");
    let (outcomes, end) = rest(&session);
    assert_eq!(end.status, Status::Cancelled);
    assert!(end.watermark < EVENTS, "five seconds of work do not fit into the drain");
    assert_eq!(outcomes.last().map_or(1, |(sequence, _)| *sequence), end.watermark);
    // What is left is not decided later either.
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(judge.counters().accepted, end.watermark);
}

/// The session ends with `DEADLINE_EXCEEDED` without anyone's doing, and what was decided before stays delivered.
fn ends_by_itself<P: Place>(change: impl FnOnce(&mut fishplate_transport::SessionOptions)) {
    let (_place, judge, session) = opened::<P>(change);
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
    let (outcomes, end) = rest(&session);
    assert!(outcomes.is_empty());
    assert_eq!((end.status, end.watermark), (Status::DeadlineExceeded, 1));
    assert_eq!(end.error.as_ref().map(fishplate::Error::code), Some(codes::SESSION_ENDED));
    assert_eq!(session.report().state, State::Done(Status::DeadlineExceeded));
    let error = session.send(&json(&reading("d", 2).json()), LONG).expect_err("it has ended");
    assert_eq!(Some(error), end.error, "whoever sends is told why it ended");
    assert_eq!(judge.counters().accepted, 1);
}

pub(crate) fn a_session_ends_at_its_deadline<P: Place>() {
    ends_by_itself::<P>(|options| options.deadline_ms = 300);
}

pub(crate) fn a_session_ends_when_it_idles<P: Place>() {
    ends_by_itself::<P>(|options| {
        options.deadline_ms = 0;
        options.idle_timeout_ms = 200;
        options.max_age_ms = 60_000;
    });
}

pub(crate) fn a_session_ends_at_its_maximum_age<P: Place>() {
    ends_by_itself::<P>(|options| {
        options.deadline_ms = 0;
        options.idle_timeout_ms = 60_000;
        options.max_age_ms = 300;
    });
}

pub(crate) fn closing_wakes_a_receive_that_waits<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|_| {});
    std::thread::scope(|scope| {
        let waiting = [scope.spawn(|| session.receive(None)), scope.spawn(|| session.receive(LONG))];
        std::thread::sleep(Duration::from_millis(50));
        session.close();
        for waiting in waiting {
            let error = waiting.join().expect("no panic").map(|_| ()).expect_err("it was closed");
            // A thread that had not begun to wait finds a closed session.
            let either = [(Status::Cancelled, codes::CLOSED_MEANWHILE), (Status::FailedPrecondition, codes::CLOSED)];
            assert!(either.contains(&(error.status, error.code())), "{error}");
        }
    });
}

pub(crate) fn closing_wakes_a_send_that_waits<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|options| {
        options.when_full = 2;
        options.window_events = 1;
    });
    let event = reading("d", 1).json();
    send(&session, &json(&event));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| session.send(&json(&event), None));
        std::thread::sleep(Duration::from_millis(50));
        session.close();
        let error = waiting.join().expect("no panic").expect_err("it was closed");
        let either = [(Status::Cancelled, codes::CLOSED_MEANWHILE), (Status::FailedPrecondition, codes::CLOSED)];
        assert!(either.contains(&(error.status, error.code())), "{error}");
    });
}

pub(crate) fn dropping_the_last_clone_closes<P: Place>() {
    let (place, judge, session) = opened::<P>(|_| {});
    let clone = session.clone();
    drop(session);
    send(&clone, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&clone).0, 1, "a clone is the same session");
    let id = clone.report().id;
    drop(clone);
    // The id is of a session that was cancelled, or nobody knows it: no event of it is taken any more.
    let mut options = crate::place::options::<P>();
    (options.id, options.epoch, options.received) = (Some(id), 2, 1);
    until("the session ends", || match fishplate_transport::connect(&place.address(), &options) {
        Err(error) => {
            assert_eq!((error.status, error.code()), (Status::DataLoss, codes::UNKNOWN_SESSION), "{error}");
            true
        }
        Ok(again) => {
            options.epoch += 1;
            matches!(again.receive(Some(Duration::from_millis(500))),
                Ok(fishplate_transport::Received::End(end)) if (end.status, end.watermark) == (Status::Cancelled, 1))
        }
    });
    assert_eq!(judge.counters().accepted, 1);
}
