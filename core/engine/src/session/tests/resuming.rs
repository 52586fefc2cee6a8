//! Connections that break, sessions that go on, and connections that come too late.

use super::*;
use crate::codes;
use crate::session::{SessionId, Signal, State};
use crate::status::Status;

fn pair() -> Pair {
    Pair::new(options(Policy::Reject, 100, 10_000))
}

fn refusal<T>(result: Result<T, Error>) -> (Status, fishplate_cel::Code) {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => (error.status, error.code()),
    }
}

#[test]
fn what_was_not_accepted_is_sent_again_and_what_was_accepted_is_not() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    pair.send_all(2);
    while pair.client.poll().is_some() {} // into the void
    pair.break_link();
    pair.resume();
    assert_eq!(
        pair.down(),
        [ToClient::Welcome { accepted: 2, credit: crate::session::Credit { sequence: 100, bytes: 9_980 } }]
    );
    assert_eq!(events(&pair.up()), [3, 4]);
    pair.run();
    assert_eq!(pair.received(), [1, 2, 3, 4]);
    assert_eq!((pair.server.repeats(), pair.client.counters().repeats), (0, 0));
}

#[test]
fn outcomes_that_did_not_arrive_are_sent_again() {
    let mut pair = pair();
    pair.send_all(3);
    pair.up();
    pair.decide(1);
    pair.down();
    pair.decide(2);
    while pair.server.poll().is_some() {} // into the void
    pair.break_link();
    assert_eq!(open(&mut pair.client).received, 1);
    pair.resume();
    let said = pair.down();
    assert_eq!(said[1..], [2, 3].map(|sequence| ToClient::Outcome { sequence, outcome: Ok(sequence) }));
    assert_eq!(pair.received(), [1, 2, 3]);
}

#[test]
fn events_are_decided_while_nobody_is_connected() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    pair.break_link();
    pair.decide(2);
    assert_eq!((pair.server.decided_through(), pair.server.poll()), (2, None));
    pair.resume();
    pair.down();
    assert_eq!(pair.received(), [1, 2]);
}

#[test]
fn what_comes_twice_is_dropped_and_counted() {
    let mut pair = pair();
    pair.send();
    let event = pair.up()[0];
    pair.server.handle(event, ms(0)).expect("a repeat is no mistake");
    assert_eq!((pair.server.repeats(), pair.server.accepted()), (1, 1));
    pair.decide(5);
    let outcome = pair.down()[0].clone();
    pair.client.handle(outcome).expect("a repeat is no mistake");
    assert_eq!(pair.client.counters().repeats, 1);
    assert_eq!(pair.received(), [1]);
    pair.client.half_close().expect("streaming");
    for signal in pair.up() {
        pair.server.handle(signal, ms(0)).expect("a repeat is no mistake");
    }
    assert_eq!(pair.server.repeats(), 2);
}

#[test]
fn what_comes_from_a_connection_that_broke_is_dropped() {
    let mut pair = pair();
    pair.send();
    pair.break_link();
    let late = ToServer::Event { sequence: 1, event: Event { tag: 9, weight: 1 } };
    pair.server.handle(late, ms(0)).expect("dropped");
    pair.client.handle(ToClient::Outcome { sequence: 1, outcome: Ok(9) }).expect("dropped");
    pair.resume();
    pair.run();
    assert_eq!(pair.received(), [1]);
}

#[test]
fn a_connection_that_is_not_later_is_fenced_and_changes_nothing() {
    let mut pair = pair();
    let old = open(&mut pair.client);
    pair.resume();
    assert_eq!(pair.server.epoch(), 3);
    for epoch in [1, old.epoch, 3] {
        let late = Open { epoch, ..old };
        assert_eq!(refusal(pair.server.resume(&late, ms(0))), (Status::Aborted, codes::FENCED));
    }
    assert_eq!((pair.server.epoch(), pair.server.disconnected_since()), (3, None));
    pair.down();
    assert!(pair.client.is_connected());
}

#[test]
fn a_later_connection_takes_over_before_the_earlier_one_is_known_to_be_broken() {
    let mut pair = pair();
    pair.send_all(2);
    pair.up();
    pair.client.disconnected();
    pair.resume();
    pair.run();
    assert_eq!(pair.received(), [1, 2]);
}

#[test]
fn a_server_that_does_not_know_the_session_says_data_loss() {
    let mut pair = pair();
    let again = open(&mut pair.client);
    assert!(again.resume);
    let anew = Server::<Event, u64>::open(&again, MOST, ms(0));
    assert_eq!(refusal(anew), (Status::DataLoss, codes::UNKNOWN_SESSION));
}

#[test]
fn outcomes_that_were_acknowledged_are_gone() {
    let mut pair = Pair::new(options(Policy::Reject, 4, 1_000));
    pair.send_all(2);
    pair.run();
    pair.received();
    pair.up();
    let other = Open { epoch: 2, resume: true, received: 0, ..open(&mut pair.client) };
    assert_eq!(refusal(pair.server.resume(&other, ms(0))), (Status::DataLoss, codes::UNKNOWN_SESSION));
    let ahead = Open { received: 3, ..other };
    assert_eq!(refusal(pair.server.resume(&ahead, ms(0))), (Status::DataLoss, codes::UNKNOWN_SESSION));
}

#[test]
fn a_client_whose_first_welcome_was_lost_opens_again() {
    let mut client: Client<Event, u64> = Client::new([1; 16], 1, None, options(Policy::Reject, 9, 90), ms(0));
    let mut server: Server<Event, u64> = Server::open(&open(&mut client), MOST, ms(0)).expect("opened");
    while server.poll().is_some() {} // into the void
    client.disconnected();
    let again = open(&mut client);
    assert_eq!((again.epoch, again.resume), (2, false));
    server.resume(&again, ms(0)).expect("nothing was accepted");
    client.handle(server.poll().expect("a welcome")).expect("no mistake");
    assert!(client.was_welcomed());
}

#[test]
fn a_new_session_may_not_have_the_id_of_one_with_events() {
    let mut pair = pair();
    pair.send();
    pair.up();
    let other = Open { epoch: 9, resume: false, received: 0, ..open(&mut pair.client) };
    assert_eq!(refusal(pair.server.resume(&other, ms(0))), (Status::AlreadyExists, codes::NAME_TAKEN));
    assert_eq!(pair.server.epoch(), 1);
}

#[test]
fn a_session_has_an_id_and_epochs_count_from_1() {
    let mut client: Client<Event, u64> = Client::new([1; 16], 1, None, Options::in_process(), ms(0));
    let good = open(&mut client);
    for wrong in [Open { session: SessionId::default(), ..good }, Open { epoch: 0, ..good }] {
        let opened = Server::<Event, u64>::open(&wrong, MOST, ms(0));
        assert_eq!(refusal(opened), (Status::InvalidArgument, codes::PEER_MISTAKE));
    }
}

#[test]
fn a_signal_is_said_again_on_each_connection_and_taken_once() {
    for cancel in [false, true] {
        let mut pair = pair();
        pair.send();
        pair.up();
        let signal = if cancel { Signal::Cancel } else { Signal::HalfClose };
        if cancel { pair.client.cancel(ms(0)) } else { pair.client.half_close() }.expect("streaming");
        assert_eq!(pair.up(), [ToServer::Signal(signal)]);
        pair.break_link();
        pair.resume();
        pair.down();
        assert_eq!(pair.up(), [ToServer::Signal(signal)]);
        assert_eq!((pair.server.state(), pair.server.repeats()), (State::Closing, 1));
        pair.run();
        assert_eq!(pair.received(), [1]);
    }
}

#[test]
fn a_last_word_that_was_lost_is_said_again() {
    let mut pair = pair();
    pair.send();
    pair.client.half_close().expect("streaming");
    pair.up();
    pair.decide(1);
    while pair.server.poll().is_some() {} // into the void
    assert!(pair.server.is_finished());
    pair.break_link();
    assert!(!pair.server.is_finished());
    pair.resume();
    pair.talk();
    assert_eq!(pair.received(), [1]);
    assert_eq!(pair.client.state(), State::Done(Status::Ok));
    assert!(pair.server.is_finished());
}

#[test]
fn a_heavy_event_is_sent_again_alone() {
    let mut pair = Pair::new(options(Policy::Block, 4, 20));
    pair.send();
    pair.run();
    pair.received();
    assert_eq!(pair.client.send(Event { tag: 2, weight: 99 }), Ok(Some(2)));
    while pair.client.poll().is_some() {} // into the void, with the acknowledgement
    pair.break_link();
    pair.resume();
    pair.run();
    assert_eq!(pair.received(), [2]);
}

/// Another process goes on with the session of `pair`, after what it received.
fn taken_over(pair: &mut Pair, received: u64, options: Options) {
    pair.client = Client::new([1; 16], 2, Some(received), options, pair.now);
}

#[test]
fn another_process_goes_on_behind_what_was_accepted() {
    let mut pair = pair();
    pair.send_all(3);
    pair.up();
    pair.send();
    pair.decide(2);
    pair.down();
    assert_eq!(pair.client.receive(), Received::Outcome { sequence: 1, outcome: Ok(1) });
    taken_over(&mut pair, 1, options(Policy::ShedOldest, 100, 10_000));
    assert_eq!(refusal(pair.client.send(Event { tag: 1, weight: 1 })), (Status::ResourceExhausted, codes::WINDOW_FULL));
    pair.resume();
    pair.down();
    assert_eq!(pair.send(), 4, "the first process's event 4 was never accepted");
    pair.run();
    assert_eq!(pair.received(), [2, 3, 4]);
}

#[test]
fn another_process_learns_what_was_shed_before_it() {
    let shedding = options(Policy::ShedOldest, 1, 1_000);
    let mut pair = Pair::new(shedding);
    pair.send();
    pair.run();
    pair.received();
    pair.talk();
    pair.send_all(4); // 2 goes; 3 and 4 are shed; 5 waits
    pair.run();
    assert_eq!(pair.client.receive(), Received::Outcome { sequence: 2, outcome: Ok(2) });
    assert!(matches!(pair.client.receive(), Received::Outcome { sequence: 3, outcome: Err(_) }), "2 is done with");
    pair.talk();
    assert_eq!(pair.server.accepted(), 5);
    taken_over(&mut pair, 2, shedding);
    pair.resume();
    pair.run();
    let received: Vec<_> = pair.receive().into_iter().map(|(sequence, outcome)| (sequence, outcome.is_ok())).collect();
    assert_eq!(received, [(3, false), (4, false), (5, true)]);
}

#[test]
fn another_process_learns_of_what_was_shed_at_the_very_end() {
    let shedding = options(Policy::ShedOldest, 1, 1_000);
    let mut pair = Pair::new(shedding);
    pair.send_all(4);
    pair.up();
    // The link breaks between the two: event 4 is lost.
    pair.server.handle(ToServer::Skip { through: 3 }, ms(0)).expect("no mistake");
    taken_over(&mut pair, 0, shedding);
    pair.resume();
    pair.run();
    let received: Vec<_> = pair.receive().into_iter().map(|(sequence, outcome)| (sequence, outcome.is_ok())).collect();
    assert_eq!(received, [(1, true), (2, false), (3, false)]);
}
