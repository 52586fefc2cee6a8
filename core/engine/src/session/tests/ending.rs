//! Half-close, cancel, the terms of a session, and its last word.

use super::*;
use crate::codes;
use crate::error::Place;
use crate::session::{Final, Signal, State, Terms};
use crate::status::Status;

fn pair() -> Pair {
    Pair::new(options(Policy::Reject, 100, 10_000))
}

fn with_terms(terms: Terms) -> Pair {
    Pair::new(Options { terms, ..options(Policy::Reject, 100, 10_000) })
}

/// Status and watermark of the last word that the application received.
fn end(pair: &mut Pair) -> (Status, u64) {
    match pair.client.receive() {
        Received::End(last) => (last.status, last.watermark),
        other => panic!("{other:?} is not the end"),
    }
}

#[test]
fn a_half_close_sends_what_waits_and_ends_with_ok_when_everything_is_decided() {
    let mut pair = pair();
    pair.send_all(2);
    pair.client.half_close().expect("streaming");
    assert_eq!(pair.client.state(), State::Closing);
    assert_eq!(pair.up().last(), Some(&ToServer::Signal(Signal::HalfClose)));
    assert_eq!(pair.server.state(), State::Closing);
    pair.run();
    assert_eq!(pair.server.state(), State::Done(Status::Ok));
    assert_eq!(pair.received(), [1, 2]);
    assert_eq!(end(&mut pair), (Status::Ok, 2));
    assert!(pair.server.is_finished());
}

#[test]
fn a_session_without_an_event_ends_with_ok_at_0() {
    let mut pair = pair();
    pair.client.half_close().expect("streaming");
    pair.run();
    assert_eq!(end(&mut pair), (Status::Ok, 0));
}

#[test]
fn a_call_that_the_state_does_not_allow_is_refused_and_changes_nothing() {
    type Ends = fn(&mut Pair);
    let half_closed: Ends = |pair| pair.client.half_close().expect("streaming");
    let cancelled: Ends = |pair| pair.client.cancel(ms(0)).expect("streaming");
    let done: Ends = |pair| {
        pair.client.half_close().expect("streaming");
        pair.run();
    };
    for (ends, allows_cancel, says) in
        [(half_closed, true, "half-closed"), (cancelled, false, "cancelled"), (done, false, "ended with OK")]
    {
        let mut pair = pair();
        ends(&mut pair);
        let before = (pair.client.state(), pair.client.counters());
        let sent = pair.client.send(Event { tag: 1, weight: 1 }).map(|_| ());
        for refused in [sent, pair.client.half_close()] {
            let error = refused.expect_err("refused");
            assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::SESSION_STATE));
            assert!(error.to_string().contains(says), "{error}");
        }
        assert_eq!((pair.client.state(), pair.client.counters()), before);
        assert_eq!(pair.client.cancel(ms(0)).is_ok(), allows_cancel);
    }
}

#[test]
fn a_cancel_drops_what_was_not_sent_and_delivers_what_was_accepted() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    pair.send_all(2);
    pair.client.cancel(pair.now).expect("streaming");
    assert_eq!(pair.up(), [ToServer::Signal(Signal::Cancel)]);
    pair.run();
    assert_eq!(pair.received(), [1, 2]);
    assert_eq!(end(&mut pair), (Status::Cancelled, 2));
    assert_eq!(pair.client.state(), State::Done(Status::Cancelled));
}

#[test]
fn a_cancel_tells_the_server_of_what_was_shed_before_it() {
    let mut pair = Pair::new(options(Policy::ShedOldest, 1, 100));
    pair.send_all(4);
    pair.up();
    pair.client.cancel(pair.now).expect("streaming");
    assert_eq!(pair.up(), [ToServer::Skip { through: 3 }, ToServer::Signal(Signal::Cancel)]);
    pair.run();
    assert_eq!(pair.receive().len(), 3);
    assert_eq!(end(&mut pair), (Status::Cancelled, 3));
}

#[test]
fn a_cancel_may_follow_a_half_close() {
    let mut pair = pair();
    pair.send_all(2);
    pair.client.half_close().expect("streaming");
    pair.up();
    pair.decide(1);
    pair.client.cancel(pair.now).expect("half-closed");
    pair.talk();
    pair.wait(ms(1_000));
    pair.talk();
    assert_eq!(pair.received(), [1]);
    assert_eq!(end(&mut pair), (Status::Cancelled, 1));
}

#[test]
fn after_the_drain_what_is_undecided_is_dropped_and_the_watermark_says_so() {
    let mut pair = pair();
    pair.send_all(20);
    pair.up();
    pair.client.cancel(pair.now).expect("streaming");
    pair.up();
    pair.decide(15);
    pair.wait(ms(999));
    pair.decide(2);
    assert_eq!(pair.server.state(), State::Closing);
    pair.wait(ms(1));
    assert_eq!(pair.server.next(), None);
    pair.talk();
    assert_eq!(pair.received().last(), Some(&17));
    assert_eq!(end(&mut pair), (Status::Cancelled, 17));
    let error = pair.client.last_word().and_then(|last| last.error.clone()).expect("an error");
    assert_eq!(error.to_string(), "error[F0855]: the session ended: CANCELLED; everything up to 17 was decided");
}

#[test]
fn an_event_that_is_being_decided_when_the_drain_is_over_is_waited_for() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    let (sequence, event) = pair.server.next().expect("an event");
    pair.client.cancel(pair.now).expect("streaming");
    pair.up();
    pair.server.tick(ms(1_000));
    assert_eq!((pair.server.state(), pair.server.next()), (State::Closing, None));
    pair.server.decided(sequence, Ok(event.tag));
    pair.down();
    assert_eq!(pair.received(), [1]);
    assert_eq!(end(&mut pair), (Status::Cancelled, 1));
}

#[test]
fn new_events_are_dropped_once_the_session_is_ending() {
    let mut pair = pair();
    pair.send();
    pair.up();
    let stops = Error::new(Status::Unavailable, codes::SESSION_ENDED, "the server stops", Place::None);
    pair.server.end(Status::Unavailable, stops.clone(), pair.now);
    pair.send();
    pair.up();
    assert_eq!(pair.server.accepted(), 1);
    pair.run();
    assert_eq!(pair.received(), [1]);
    assert_eq!(end(&mut pair), (Status::Unavailable, 1));
    assert_eq!(pair.client.last_word().and_then(|last| last.error.clone()), Some(stops));
}

#[test]
fn a_session_is_closing_while_outcomes_wait_and_then_done() {
    let mut pair = pair();
    pair.send();
    pair.client.half_close().expect("streaming");
    pair.run();
    assert!(pair.client.last_word().is_some());
    assert_eq!(pair.client.state(), State::Closing);
    pair.received();
    assert_eq!(pair.client.state(), State::Done(Status::Ok));
}

#[test]
fn the_last_word_is_given_again_at_every_call() {
    let mut pair = pair();
    pair.client.half_close().expect("streaming");
    pair.run();
    let last = Final { status: Status::Ok, watermark: 0, error: None };
    for _ in 0..3 {
        assert_eq!(pair.client.receive(), Received::End(last.clone()));
    }
}

#[test]
fn without_a_last_word_a_cancelled_client_ends_a_second_after_the_drain() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    pair.decide(1);
    pair.down();
    pair.client.cancel(ms(0)).expect("streaming");
    pair.break_link();
    assert_eq!(pair.client.next_tick(), Some(ms(2_000)));
    pair.client.tick(ms(1_999));
    assert_eq!(pair.client.state(), State::Closing);
    pair.client.tick(ms(2_000));
    assert_eq!(pair.client.state(), State::Done(Status::Cancelled));
    assert_eq!(pair.received(), [1], "what has arrived is received");
    assert_eq!(end(&mut pair), (Status::Cancelled, 1));
}

#[test]
fn a_client_that_gives_up_is_done_at_once_and_receives_what_has_arrived() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    pair.decide(1);
    pair.down();
    let error = Error::new(Status::Unavailable, codes::UNREACHABLE, "nobody answers", Place::None);
    pair.client.give_up(Status::Unavailable, error);
    assert_eq!(pair.client.state(), State::Done(Status::Unavailable));
    assert_eq!(pair.client.poll(), None);
    assert_eq!(pair.received(), [1]);
    assert_eq!(end(&mut pair), (Status::Unavailable, 1));
}

#[test]
fn a_deadline_and_a_maximum_age_end_a_session_like_a_cancel() {
    let of = |deadline, max_age| Terms { deadline, max_age, ..Terms::default() };
    for terms in [of(Some(ms(500)), None), of(None, Some(ms(500)))] {
        let mut pair = with_terms(terms);
        assert_eq!(pair.server.next_tick(), Some(ms(500)));
        pair.wait(ms(499));
        pair.send_all(2);
        pair.up();
        pair.wait(ms(1));
        assert_eq!(pair.server.state(), State::Closing);
        assert_eq!(pair.server.next_tick(), Some(ms(1_500)));
        pair.decide(1);
        pair.wait(ms(1_000));
        pair.talk();
        assert_eq!(pair.received(), [1]);
        assert_eq!(end(&mut pair), (Status::DeadlineExceeded, 1));
    }
}

#[test]
fn a_client_that_is_cut_off_ends_a_second_after_the_server_must_have() {
    let of = |deadline, max_age, idle_timeout| Terms { deadline, max_age, idle_timeout, drain: ms(200) };
    let after = Some(ms(500));
    for terms in [of(after, None, None), of(None, after, None), of(None, None, after)] {
        let mut pair = with_terms(terms);
        pair.client.tick(ms(0));
        pair.break_link();
        assert_eq!(pair.client.next_tick(), Some(ms(1_700)));
        pair.client.tick(ms(1_699));
        assert_eq!(pair.client.state(), State::Streaming);
        pair.client.tick(ms(1_700));
        assert_eq!(pair.client.state(), State::Done(Status::DeadlineExceeded));
    }
}

#[test]
fn anything_from_the_client_keeps_the_idle_timeout_away() {
    let mut pair = with_terms(Terms { idle_timeout: Some(ms(500)), ..Terms::default() });
    pair.wait(ms(400));
    pair.send();
    pair.run();
    pair.wait(ms(400));
    pair.server.handle(ToServer::Ack { through: 1 }, pair.now).expect("decided");
    pair.wait(ms(499));
    assert_eq!(pair.server.state(), State::Streaming);
    pair.wait(ms(1));
    assert_eq!(pair.server.state(), State::Done(Status::DeadlineExceeded));
}

#[test]
fn a_client_that_half_closed_and_listens_is_not_idle_but_one_that_is_gone_is() {
    let mut pair = with_terms(Terms { idle_timeout: Some(ms(500)), ..Terms::default() });
    pair.send();
    pair.client.half_close().expect("streaming");
    pair.up();
    pair.wait(ms(10_000));
    assert_eq!((pair.server.state(), pair.client.state()), (State::Closing, State::Closing));
    assert_eq!(pair.server.next_tick(), None);
    pair.break_link();
    pair.decide(0);
    pair.wait(ms(0));
    pair.wait(ms(1_000));
    assert_eq!(pair.server.state(), State::Done(Status::DeadlineExceeded));
}

#[test]
fn a_session_on_a_network_names_a_deadline_or_an_idle_timeout_and_an_age() {
    let time = Some(ms(1));
    let of = |deadline, idle_timeout, max_age| Terms { deadline, idle_timeout, max_age, ..Terms::default() };
    for (terms, allowed) in [
        (of(None, None, None), false),
        (of(None, time, None), false),
        (of(None, None, time), false),
        (of(time, None, None), true),
        (of(None, time, time), true),
    ] {
        let code = terms.check_for_network().map_err(|error| (error.status, error.code()));
        assert_eq!(code, if allowed { Ok(()) } else { Err((Status::InvalidArgument, codes::NO_DEADLINE)) });
    }
}
