//! Connections: fencing, taking over, servers that go and come back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fishplate::session::State;
use fishplate::{Status, codes};
use fishplate_transport::{Session, connect};

use crate::inproc::InProcess;
use crate::place::{LONG, Place, Remote, opened, opened_with, options, outcome, rest, send, until};
use crate::rules::{Judge, Oracle, form, json, reading};

/// How soon the other side must know of a death.
const CLEAR_WITHIN: Duration = Duration::from_secs(5);

pub(crate) fn a_later_epoch_fences_the_earlier_connection<P: Remote>() {
    let (place, judge, first) = opened::<P>(|_| {});
    send(&first, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&first).0, 1);
    let mut later = options::<P>();
    (later.id, later.epoch, later.received) = (Some(first.report().id), 2, 1);
    let second = connect(&place.address(), &later).expect("a later epoch takes the session over");
    assert_eq!(second.report().epoch, 2);
    let (outcomes, end) = rest(&first);
    assert!(outcomes.is_empty());
    let code = end.error.as_ref().map(fishplate::Error::code);
    assert_eq!((end.status, code), (Status::Aborted, Some(codes::FENCED)));
    assert_eq!(first.report().state, State::Done(Status::Aborted));
    first.send(&json(&reading("d", 2).json()), LONG).expect_err("nothing is taken from the earlier one");
    assert_eq!(send(&second, &json(&reading("d", 2).json())), 2);
    assert_eq!(outcome(&second).0, 2);
    assert_eq!(judge.counters().accepted, 2);
}

pub(crate) fn an_epoch_that_is_not_later_is_refused<P: Remote>() {
    let (place, judge, first) = opened::<P>(|_| {});
    send(&first, &json(&reading("d", 1).json()));
    until("the event is accepted", || judge.counters().accepted == 1);
    let mut later = options::<P>();
    (later.id, later.epoch) = (Some(first.report().id), 3);
    let third = connect(&place.address(), &later).expect("a later epoch takes the session over");
    for epoch in [2, 3] {
        later.epoch = epoch;
        let error = connect(&place.address(), &later).expect_err("epoch 3 was there");
        assert_eq!((error.status, error.code()), (Status::Aborted, codes::FENCED), "{error}");
    }
    later.epoch = 1;
    let error = connect(&place.address(), &later).expect_err("the id is in use");
    assert!([Status::Aborted, Status::AlreadyExists].contains(&error.status), "{error}");
    assert_eq!(outcome(&third).0, 1, "the refused ones changed nothing");
}

pub(crate) fn another_process_takes_over_without_loss_or_repeat<P: Remote>() {
    let (place, judge, first) = opened::<P>(|_| {});
    let id = first.report().id;
    let events: Vec<_> = (1..=40).map(|at| reading("d", at).json()).collect();
    let mut oracle = Oracle::new(id);
    let expected: Vec<_> = events.iter().map(|event| oracle.next(event, None)).collect();
    let mut forms = Vec::new();
    for event in &events[..20] {
        send(&first, &json(event));
    }
    for _ in 0..8 {
        forms.push(form(&outcome(&first).1));
    }
    let mut later = options::<P>();
    (later.id, later.epoch, later.received) = (Some(id), 2, 8);
    let second = connect(&place.address(), &later).expect("a later epoch takes the session over");
    let accepted = second.report().counters.sent as usize;
    assert!((8..=20).contains(&accepted), "{accepted} events were accepted");
    for event in &events[accepted..] {
        send(&second, &json(event));
    }
    second.half_close().expect("it streams");
    let (outcomes, end) = rest(&second);
    assert!(outcomes.iter().map(|(sequence, _)| *sequence).eq(9..=40));
    assert_eq!((end.status, end.watermark), (Status::Ok, 40));
    forms.extend(outcomes.iter().map(|(_, outcome)| form(outcome)));
    assert_eq!(forms, expected);
    assert_eq!(judge.counters().accepted, 40);
}

/// The session's last word comes in time, with this status.
fn ends_soon(session: &Session, status: Status, code: fishplate::Code) {
    let start = Instant::now();
    let (_, end) = rest(session);
    assert!(start.elapsed() < CLEAR_WITHIN, "it took {:?}", start.elapsed());
    let error = end.error.expect("an end that nobody asked for has a reason");
    assert_eq!((end.status, error.code()), (status, code), "{error}");
}

pub(crate) fn a_server_that_is_gone_is_unavailable<P: Remote>() {
    let (mut place, _judge, session) = opened::<P>(|options| options.reconnect_ms = 500);
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
    place.kill();
    ends_soon(&session, Status::Unavailable, codes::UNREACHABLE);
    let error = session.send(&json(&reading("d", 2).json()), LONG).expect_err("the session has ended");
    assert_eq!(error.code(), codes::UNREACHABLE, "{error}");
}

pub(crate) fn a_server_that_came_back_empty_is_data_loss<P: Remote>() {
    let (mut place, _judge, session) = opened::<P>(|_| {});
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
    place.kill();
    let empty = Judge::new();
    place.restart(empty.clone());
    ends_soon(&session, Status::DataLoss, codes::UNKNOWN_SESSION);
    assert_eq!(empty.counters().accepted, 0, "nothing goes on silently with empty windows");
    // A new session is as good as ever.
    let session = connect(&place.address(), &options::<P>()).expect("the server is there");
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
}

pub(crate) fn a_server_that_stops_delivers_what_it_accepted<P: Remote>() {
    let (mut place, judge, session) = opened_with::<P>(Judge::slow(Duration::from_millis(2)), |_| {});
    for sequence in 1..=50 {
        send(&session, &json(&reading("d", sequence).json()));
    }
    assert_eq!(outcome(&session).0, 1);
    std::thread::scope(|scope| {
        scope.spawn(|| place.stop());
        let (outcomes, end) = rest(&session);
        let code = end.error.as_ref().map(fishplate::Error::code);
        assert_eq!((end.status, code), (Status::Unavailable, Some(codes::SESSION_ENDED)));
        assert_eq!(outcomes.last().map_or(1, |(sequence, _)| *sequence), end.watermark);
        assert_eq!(judge.counters().accepted, end.watermark);
    });
    let error = connect(&place.address(), &options::<P>()).expect_err("nobody is there any more");
    assert_eq!(error.status, Status::Unavailable, "{error}");
    until("the session is gone from the server", || place.hub().counts().connected == 0);
}

pub(crate) fn an_engine_that_is_gone_is_unavailable<P: Place>() {
    let judge = Judge::new();
    let name = crate::place::fresh_name();
    let weak: std::sync::Weak<Judge> = Arc::downgrade(&judge);
    let _shared = fishplate_transport::inproc::share(&name, weak).expect("the name is free");
    let address = format!("inproc:{name}");
    let session = connect(&address, &options::<P>()).expect("the engine is there");
    send(&session, &json(&reading("d", 1).json()));
    assert_eq!(outcome(&session).0, 1);
    drop(judge);
    ends_soon(&session, Status::Unavailable, codes::UNREACHABLE);
    let error = connect(&address, &options::<P>()).expect_err("the engine is gone");
    assert_eq!((error.status, error.code()), (Status::Unavailable, codes::UNREACHABLE), "{error}");
}

pub(crate) fn nothing_is_resumed_in_process<P: Place>() {
    let (place, _judge, session) = opened::<InProcess>(|_| {});
    send(&session, &json(&reading("d", 1).json()));
    let mut later = options::<P>();
    (later.id, later.epoch) = (Some(session.report().id), 2);
    let error = connect(&place.address(), &later).expect_err("a session in process has one connection");
    assert_eq!((error.status, error.code()), (Status::DataLoss, codes::UNKNOWN_SESSION), "{error}");
}
