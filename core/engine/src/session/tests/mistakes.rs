//! Peers that break the protocol, or try to take memory.

use super::*;
use crate::codes;
use crate::session::{Credit, Final, LAST_SEQUENCE, Signal, State};
use crate::status::Status;

fn pair() -> Pair {
    Pair::new(options(Policy::Reject, 4, 100))
}

fn event(sequence: u64, weight: u64) -> ToServer<Event> {
    ToServer::Event { sequence, event: Event { tag: 0, weight } }
}

#[test]
fn a_client_that_breaks_the_protocol_ends_its_session_with_that_status() {
    let gap = vec![event(1, 1), event(3, 1)];
    let first_is_not_1 = vec![event(2, 1)];
    let many = (1..=5).map(|sequence| event(sequence, 1)).collect();
    let heavy = vec![event(1, 60), event(2, 41)];
    let acked_too_much = vec![event(1, 1), ToServer::Ack { through: 1 }];
    let half_close = ToServer::Signal(Signal::HalfClose);
    let after_half_close = vec![event(1, 1), half_close, event(2, 1)];
    let skip_after_half_close = vec![event(1, 1), half_close, ToServer::Skip { through: 2 }];
    let skip_too_far = vec![ToServer::Skip { through: LAST_SEQUENCE + 1 }];
    let opened_twice = vec![pair().client.connect()];
    for (said, status) in [
        (gap, Status::Internal),
        (first_is_not_1, Status::Internal),
        (many, Status::ResourceExhausted),
        (heavy, Status::ResourceExhausted),
        (acked_too_much, Status::Internal),
        (after_half_close, Status::Internal),
        (skip_after_half_close, Status::Internal),
        (skip_too_far, Status::Internal),
        (opened_twice, Status::Internal),
    ] {
        let mut pair = pair();
        let (last, before) = said.split_last().expect("a message");
        for message in before {
            pair.server.handle(*message, ms(0)).expect("no mistake yet");
        }
        let error = pair.server.handle(*last, ms(0)).expect_err("a mistake");
        assert_eq!((error.status, error.code()), (status, codes::PEER_MISTAKE), "{said:?}");
        assert_eq!(pair.server.state(), State::Done(status), "{said:?}");
        let word = Final { status, watermark: 0, error: Some(error) };
        assert_eq!(pair.server.poll(), Some(ToClient::Done(word)), "{said:?}");
    }
}

#[test]
fn an_event_that_is_being_decided_survives_its_clients_mistake() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    let (sequence, _) = pair.server.next().expect("an event");
    pair.server.handle(event(9, 1), ms(0)).expect_err("a gap");
    assert_eq!(pair.server.state(), State::Closing);
    pair.server.decided(sequence, Ok(1));
    assert_eq!(pair.server.last_word().map(|last| (last.status, last.watermark)), Some((Status::Internal, 1)));
    pair.down();
    assert_eq!(pair.received(), [1]);
}

fn done(status: Status, watermark: u64) -> ToClient<u64> {
    ToClient::Done(Final { status, watermark, error: None })
}

#[test]
fn a_server_that_breaks_the_protocol_ends_the_session_at_the_client() {
    let outcome = |sequence| ToClient::Outcome { sequence, outcome: Ok(sequence) };
    let credit = Credit { sequence: 4, bytes: 100 };
    // Events 1 and 2 were sent, 3 was not.
    for message in [
        outcome(2),
        outcome(3),
        outcome(LAST_SEQUENCE),
        ToClient::Credit { accepted: 3, credit },
        ToClient::Welcome { accepted: 2, credit },
        done(Status::Ok, 2),
        done(Status::Cancelled, 1),
        done(Status::Cancelled, 3),
    ] {
        let mut pair = pair();
        pair.send_all(2);
        pair.up();
        pair.send();
        let error = pair.client.handle(message.clone()).expect_err("a mistake");
        assert_eq!((error.status, error.code()), (Status::Internal, codes::PEER_MISTAKE), "{message:?}");
        assert_eq!(pair.client.state(), State::Done(Status::Internal), "{message:?}");
        let word = Final { status: Status::Internal, watermark: 0, error: Some(error) };
        assert_eq!(pair.client.receive(), Received::End(word), "{message:?}");
    }
}

#[test]
fn the_first_message_of_a_server_is_a_welcome_that_forgets_nothing() {
    let credit = Credit { sequence: 100, bytes: 100 };
    let outcome = ToClient::Outcome { sequence: 3, outcome: Ok(3) };
    for message in [
        outcome,
        ToClient::Credit { accepted: 2, credit },
        ToClient::Welcome { accepted: 1, credit },
        ToClient::Welcome { accepted: 4, credit },
    ] {
        let mut pair = pair();
        pair.send_all(2);
        pair.run();
        pair.send();
        while pair.client.poll().is_some() {} // into the void
        pair.break_link();
        pair.client.connect();
        let error = pair.client.handle(message.clone()).expect_err("a mistake");
        assert_eq!(error.code(), codes::PEER_MISTAKE, "{message:?}");
        assert_eq!(pair.received(), [1, 2], "{message:?}");
    }
}

#[test]
fn a_last_word_before_the_welcome_refuses_the_connection_and_ends_the_session() {
    let mut pair = pair();
    pair.send_all(2);
    pair.run();
    pair.break_link();
    pair.client.connect();
    pair.client.handle(done(Status::Aborted, 0)).expect("no mistake");
    assert_eq!(pair.client.state(), State::Done(Status::Aborted));
    assert_eq!(pair.received(), [1, 2]);
    assert_eq!(pair.client.last_word().map(|last| last.watermark), Some(2));
}

#[test]
fn a_client_keeps_to_its_own_window_whatever_is_granted() {
    let without_end = Credit { sequence: u64::MAX, bytes: u64::MAX };
    for policy in [Policy::Block, Policy::ShedOldest] {
        let mut client: Client<Event, u64> = Client::new([1; 16], 1, None, options(policy, 4, 100), ms(0));
        client.connect();
        client.handle(ToClient::Welcome { accepted: 0, credit: without_end }).expect("no mistake");
        let mut sent = 0;
        for _ in 0..1_000 {
            let _ = client.send(Event { tag: 0, weight: 30 });
            sent += std::iter::from_fn(|| client.poll()).count();
        }
        let windows = if policy == Policy::ShedOldest { 2 } else { 1 };
        assert_eq!((sent, client.kept().0), (3, 3 * windows));
    }
}

#[test]
fn a_server_that_claims_the_last_sequence_leaves_no_room_and_breaks_nothing() {
    let credit = Credit { sequence: u64::MAX, bytes: u64::MAX };
    let mut client: Client<Event, u64> = Client::new([1; 16], 2, Some(u64::MAX), options(Policy::Block, 4, 100), ms(0));
    client.connect();
    client.handle(ToClient::Welcome { accepted: LAST_SEQUENCE, credit }).expect("no mistake");
    assert_eq!(client.send(Event { tag: 0, weight: 1 }), Ok(None));
    assert_eq!(client.receive(), Received::Nothing);
    let mut other: Client<Event, u64> = Client::new([1; 16], 2, Some(0), options(Policy::Block, 4, 100), ms(0));
    other.connect();
    other.handle(ToClient::Welcome { accepted: u64::MAX, credit }).expect_err("no such sequence");
}

#[test]
fn outcomes_of_a_session_taken_over_are_bounded_by_the_window() {
    let credit = Credit { sequence: 1_000, bytes: 1_000 };
    let mut client: Client<Event, u64> = Client::new([1; 16], 2, Some(0), options(Policy::Block, 4, 100), ms(0));
    client.connect();
    client.handle(ToClient::Welcome { accepted: 1_000, credit }).expect("no mistake");
    let arrived =
        (1..=1_000).take_while(|&sequence| client.handle(ToClient::Outcome { sequence, outcome: Ok(0) }).is_ok());
    assert_eq!(arrived.count(), 5, "a window, and a word about what was shed");
}

#[test]
fn after_a_last_word_nothing_is_heard() {
    let mut pair = pair();
    pair.client.half_close().expect("streaming");
    pair.run();
    pair.client.handle(ToClient::Outcome { sequence: 7, outcome: Ok(7) }).expect("dropped");
    pair.server.handle(event(7, 1), ms(0)).expect("dropped");
    assert_eq!(pair.client.state(), State::Done(Status::Ok));
    assert_eq!(pair.server.accepted(), 0);
}
