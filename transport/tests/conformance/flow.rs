//! Order, and what may be under way: credit in events and in bytes, and the three policies.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use fishplate::{Status, codes};
use fishplate_transport::{Received, connect};

use crate::place::{LONG, Place, opened, options, outcome, rest, send, total, until};
use crate::rules::{Judge, Oracle, form, json, reading};

pub(crate) fn outcomes_come_in_order_and_say_what_the_engine_says<P: Place>() {
    const EVENTS: u64 = 1_500;
    let (_place, judge, session) = opened::<P>(|options| options.when_full = 2);
    let mut oracle = Oracle::new(session.report().id);
    let events: Vec<_> = (1..=EVENTS).map(|at| reading(&format!("d{}", at % 5), at).json()).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (event, sequence) in events.iter().zip(1..) {
                assert_eq!(send(&session, &json(event)), sequence);
            }
            session.half_close().expect("it streams");
        });
        let (outcomes, end) = rest(&session);
        assert_eq!((end.status, end.watermark, end.error), (Status::Ok, EVENTS, None));
        for ((sequence, outcome), (event, expected)) in outcomes.iter().zip(events.iter().zip(1..)) {
            assert_eq!(*sequence, expected);
            assert_eq!(form(outcome), oracle.next(event, None), "event {sequence}");
        }
        assert_eq!(outcomes.len() as u64, EVENTS);
    });
    assert_eq!(judge.counters().accepted, EVENTS);
    let counters = session.report().counters;
    assert_eq!((counters.sent, counters.accepted, counters.received), (EVENTS, EVENTS, EVENTS));
    assert_eq!((counters.shed, counters.repeats), (0, 0));
}

pub(crate) fn a_full_window_of_events_rejects_and_changes_nothing<P: Place>() {
    let (_place, _judge, session) = opened::<P>(|options| {
        options.when_full = 1;
        options.window_events = 4;
    });
    let event = reading("d", 1).json();
    for sequence in 1..=4 {
        assert_eq!(send(&session, &json(&event)), sequence);
    }
    for _ in 0..3 {
        let error = session.send(&json(&event), LONG).expect_err("four are under way");
        assert_eq!((error.status, error.code()), (Status::ResourceExhausted, codes::WINDOW_FULL), "{error}");
    }
    assert_eq!(session.report().counters.sent, 4);
    assert_eq!(outcome(&session).0, 1);
    // Credit may be under way for a moment.
    until("room comes back when an outcome is taken", || session.send(&json(&event), LONG).is_ok());
    assert_eq!(session.report().counters.sent, 5);
    session.half_close().expect("it streams");
    assert_eq!(rest(&session).1.watermark, 5);
}

pub(crate) fn a_full_window_of_bytes_rejects_and_changes_nothing<P: Place>() {
    let event = reading("d", 1).with_note("n".repeat(100)).json();
    let (_place, _judge, session) = opened::<P>(|options| {
        options.when_full = 1;
        options.window_bytes = 2 * event.len() as u64 + 1;
    });
    assert_eq!(send(&session, &json(&event)), 1);
    assert_eq!(send(&session, &json(&event)), 2);
    let error = session.send(&json(&event), LONG).expect_err("a third does not fit");
    assert_eq!((error.status, error.code()), (Status::ResourceExhausted, codes::WINDOW_FULL), "{error}");
    assert_eq!(session.report().counters.sent, 2);
    assert_eq!(outcome(&session).0, 1);
    until("room comes back when an outcome is taken", || session.send(&json(&event), LONG).is_ok());
}

pub(crate) fn an_event_larger_than_the_window_goes_alone<P: Place>() {
    let small = reading("d", 1).json();
    let large = reading("d", 2).with_note("n".repeat(500)).json();
    let (_place, _judge, session) = opened::<P>(|options| {
        options.when_full = 1;
        options.window_bytes = 300;
    });
    send(&session, &json(&small));
    let error = session.send(&json(&large), LONG).expect_err("it does not go beside another");
    assert_eq!(error.code(), codes::WINDOW_FULL, "{error}");
    assert_eq!(total(&outcome(&session).1.expect("decided")), 2);
    until("alone it goes", || session.send(&json(&large), LONG).is_ok());
    assert_eq!(total(&outcome(&session).1.expect("decided")), 5);
}

pub(crate) fn a_full_window_blocks_until_an_outcome_is_taken<P: Place>() {
    const EVENTS: u64 = 200;
    let (_place, _judge, session) = opened::<P>(|options| {
        options.when_full = 2;
        options.window_events = 1;
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for sequence in 1..=EVENTS {
                assert_eq!(send(&session, &json(&reading("d", sequence).json())), sequence);
            }
        });
        for sequence in 1..=EVENTS {
            assert_eq!(outcome(&session).0, sequence);
        }
    });
}

pub(crate) fn a_call_that_waited_long_enough_has_not_sent_its_event<P: Place>() {
    let (_place, judge, session) = opened::<P>(|options| {
        options.when_full = 2;
        options.window_events = 2;
    });
    let event = reading("d", 1).json();
    let nothing = session.receive(Some(Duration::ZERO)).expect_err("nothing was sent");
    assert_eq!((nothing.status, nothing.code()), (Status::DeadlineExceeded, codes::WAIT_EXPIRED), "{nothing}");
    send(&session, &json(&event));
    send(&session, &json(&event));
    for wait in [0, 30] {
        let wait = Some(Duration::from_millis(wait));
        let error = session.send(&json(&event), wait).expect_err("nobody receives");
        assert_eq!((error.status, error.code()), (Status::DeadlineExceeded, codes::WAIT_EXPIRED), "{error}");
    }
    session.half_close().expect("it streams");
    assert_eq!(rest(&session).1.watermark, 2);
    assert_eq!(judge.counters().accepted, 2);
}

pub(crate) fn the_oldest_that_waits_is_shed<P: Place>() {
    let (_place, judge, session) = opened::<P>(|options| {
        options.when_full = 3;
        options.window_events = 4;
    });
    // Four under way and one more window that waits: eight of the twelve. Which of the first eight are shed depends on how
    // far the first four have come by then.
    for sequence in 1..=12 {
        assert_eq!(send(&session, &json(&reading("d", sequence).json())), sequence);
    }
    assert_eq!(session.report().counters.shed, 4);
    session.half_close().expect("it streams");
    let (outcomes, end) = rest(&session);
    assert_eq!((end.status, end.watermark), (Status::Ok, 12));
    let mut sum = 0;
    for ((sequence, outcome), expected) in outcomes.iter().zip(1..) {
        assert_eq!(*sequence, expected);
        match outcome {
            Ok(decision) => {
                sum += reading("d", expected).amount;
                assert_eq!(total(decision), sum, "what was shed is in no window");
            }
            Err(error) => {
                assert!(*sequence <= 8, "{sequence} is of the newest: {error}");
                assert_eq!((error.status, error.code()), (Status::ResourceExhausted, codes::SHED));
            }
        }
    }
    assert_eq!(outcomes.len(), 12);
    assert_eq!(judge.counters().accepted, 8);
}

pub(crate) fn two_threads_receive_every_outcome_once<P: Place>() {
    const EVENTS: u64 = 400;
    let (_place, _judge, session) = opened::<P>(|options| options.when_full = 2);
    let received = Mutex::new(BTreeMap::new());
    let receive = || {
        let mut last = 0;
        loop {
            match session.receive(LONG).expect("something comes") {
                Received::End(_) => return,
                Received::Outcome { sequence, outcome } => {
                    assert!(sequence > last, "{sequence} came after {last}");
                    last = sequence;
                    let before = received.lock().expect("no test panics with it").insert(sequence, outcome);
                    assert!(before.is_none(), "{sequence} came twice");
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(receive);
        scope.spawn(receive);
        for sequence in 1..=EVENTS {
            send(&session, &json(&reading("d", sequence).json()));
        }
        session.half_close().expect("it streams");
    });
    let received = received.into_inner().expect("no test panics with it");
    assert!(received.keys().copied().eq(1..=EVENTS));
}

pub(crate) fn many_sessions_at_once_do_not_mix<P: Place>() {
    const SESSIONS: u64 = 8;
    const EVENTS: u64 = 60;
    let judge = Judge::new();
    let place = P::start(judge.clone());
    let address = place.address();
    std::thread::scope(|scope| {
        for at in 0..SESSIONS {
            let address = &address;
            scope.spawn(move || {
                let session = connect(address, &options::<P>()).expect("the server is there");
                let device = format!("device-{at}");
                let mut sum = 0;
                for sequence in 1..=EVENTS {
                    let event = reading(&device, sequence);
                    send(&session, &json(&event.json()));
                    sum += event.amount;
                    let (came, outcome) = outcome(&session);
                    assert_eq!((came, total(&outcome.expect("decided"))), (sequence, sum));
                }
                session.half_close().expect("it streams");
                assert_eq!(rest(&session).1.status, Status::Ok);
            });
        }
    });
    assert_eq!(judge.counters().accepted, SESSIONS * EVENTS);
}
