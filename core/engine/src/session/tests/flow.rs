//! Order, credit, acknowledgements, and what happens when the window is full.

use super::*;
use crate::codes;
use crate::error::Place;
use crate::session::Credit;
use crate::status::Status;

fn event(weight: u64) -> Event {
    Event { tag: 0, weight }
}

#[test]
fn sequences_count_from_1_and_outcomes_come_in_the_order_of_their_events() {
    let mut pair = Pair::new(options(Policy::Reject, 100, 10_000));
    assert_eq!([pair.send(), pair.send(), pair.send()], [1, 2, 3]);
    pair.run();
    assert_eq!(pair.received(), [1, 2, 3]);
    assert_eq!(pair.client.receive(), Received::Nothing);
}

#[test]
fn several_events_may_be_given_before_the_first_is_decided_and_none_is_given_twice() {
    let mut pair = Pair::new(options(Policy::Reject, 100, 10_000));
    pair.send_all(3);
    pair.talk();
    let given: Vec<u64> = std::iter::from_fn(|| pair.server.next()).map(|(sequence, _)| sequence).collect();
    assert_eq!(given, [1, 2, 3]);
    for sequence in given {
        pair.server.decided(sequence, Ok(sequence));
        pair.server.decided(sequence, Ok(0));
    }
    pair.talk();
    assert_eq!(pair.received(), [1, 2, 3]);
}

#[test]
fn an_event_that_is_refused_has_its_error_as_its_outcome_and_the_session_goes_on() {
    let mut pair = Pair::new(options(Policy::Reject, 100, 10_000));
    pair.send_all(2);
    pair.talk();
    let refusal = Error::new(Status::InvalidArgument, codes::MALFORMED_JSON, "no JSON", Place::None);
    let (first, _) = pair.server.next().expect("an event");
    pair.server.decided(first, Err(refusal.clone()));
    pair.run();
    assert_eq!(pair.receive(), [(1, Err(refusal)), (2, Ok(2))]);
}

#[test]
fn before_the_welcome_the_window_is_full() {
    let mut client: Client<Event, u64> = Client::new([1; 16], 1, None, options(Policy::Block, 9, 90), ms(0));
    assert_eq!(client.send(event(1)), Ok(None));
    client.connect();
    assert_eq!(client.poll(), None);
    assert_eq!(client.send(event(1)), Ok(None));
}

#[test]
fn the_window_is_the_smaller_of_what_is_asked_for_and_what_is_granted() {
    for (asked, most) in [(3, 9), (9, 3)] {
        let window = Window { events: most, bytes: 1_000 };
        let mut pair = Pair::granted(options(Policy::Block, asked, 1_000), window);
        pair.send_all(3);
        assert_eq!(pair.client.send(event(1)), Ok(None));
        assert_eq!(events(&pair.up()), [1, 2, 3]);
    }
}

#[test]
fn a_bound_of_0_is_the_default() {
    let mut client: Client<Event, u64> = Client::new([1; 16], 1, None, options(Policy::Block, 0, 0), ms(0));
    assert_eq!(open(&mut client).window, Window::default());
    let mut wish = open(&mut client);
    wish.window = Window { events: 0, bytes: 0 };
    let mut server: Server<Event, u64> = Server::open(&wish, Window { events: 0, bytes: 0 }, ms(0)).expect("opened");
    let credit = Credit { sequence: 1_024, bytes: 1 << 20 };
    assert_eq!(server.poll(), Some(ToClient::Welcome { accepted: 0, credit }));
}

#[test]
fn credit_comes_back_for_what_the_application_took_and_not_for_what_arrived() {
    let mut pair = Pair::new(options(Policy::Block, 2, 1_000));
    pair.send_all(2);
    pair.run();
    assert_eq!(pair.client.send(event(1)), Ok(None), "both outcomes have arrived");
    assert_eq!(pair.received(), [1, 2]);
    pair.talk();
    pair.send_all(2);
}

#[test]
fn acknowledgements_go_a_quarter_of_the_window_at_a_time() {
    let mut pair = Pair::new(options(Policy::Block, 8, 10_000));
    pair.send_all(4);
    pair.run();
    for _ in 0..2 {
        pair.client.receive();
        assert_eq!(pair.up(), []);
    }
    pair.client.receive();
    assert_eq!(pair.up(), [ToServer::Ack { through: 2 }], "3 is still in hand");
}

#[test]
fn an_outcome_is_acknowledged_once_the_application_asks_for_more() {
    let mut pair = Pair::new(options(Policy::Block, 1, 10_000));
    pair.send();
    pair.run();
    pair.client.receive();
    assert_eq!(pair.up(), [], "a process that dies here has not written it down");
    assert!(!pair.client.has_room(1), "asking for room is asking for more");
    assert_eq!(pair.up(), [ToServer::Ack { through: 1 }]);
    pair.down();
    pair.send();
    pair.run();
    pair.client.receive();
    assert_eq!(pair.client.receive(), Received::Nothing);
    assert_eq!(pair.up(), [ToServer::Ack { through: 2 }]);
}

#[test]
fn the_window_that_was_granted_decides_how_much_a_quarter_is() {
    let mut pair = Pair::granted(options(Policy::Block, 1_000, 10_000), Window { events: 4, bytes: 10_000 });
    pair.send();
    pair.run();
    pair.client.receive();
    assert_eq!(pair.client.receive(), Received::Nothing);
    assert_eq!(pair.up(), [ToServer::Ack { through: 1 }]);
}

#[test]
fn who_finds_the_window_full_makes_the_acknowledgement_go_at_once() {
    let mut pair = Pair::new(options(Policy::Block, 100, 1_000));
    pair.send();
    pair.run();
    pair.client.receive();
    assert_eq!(pair.up(), []);
    // 5 bytes over the credit, although nothing is under way but what the server does not know of.
    pair.send();
    assert!(!pair.client.has_room(985));
    assert_eq!(pair.up().last(), Some(&ToServer::Event { sequence: 2, event: Event { tag: 2, weight: 10 } }));
    pair.down();
    assert!(pair.client.has_room(985));
}

#[test]
fn bytes_bound_the_window_as_events_do() {
    let mut pair = Pair::new(options(Policy::Block, 100, 25));
    pair.send_all(2);
    assert!(pair.client.has_room(5) && !pair.client.has_room(6));
    assert_eq!(events(&pair.up()), [1, 2]);
}

#[test]
fn an_event_heavier_than_the_window_goes_alone() {
    let mut pair = Pair::new(options(Policy::Block, 100, 25));
    pair.send();
    assert_eq!(pair.client.send(event(1 << 20)), Ok(None));
    pair.run();
    pair.received();
    assert_eq!(pair.client.send(event(1 << 20)), Ok(Some(2)));
    assert_eq!(pair.client.send(event(1)), Ok(None));
    assert_eq!(pair.up(), [ToServer::Ack { through: 1 }, ToServer::Event { sequence: 2, event: event(1 << 20) }]);
    pair.run();
    assert_eq!(pair.receive(), [(2, Ok(0))]);
    pair.talk();
    assert_eq!(pair.client.send(event(20)), Ok(Some(3)));
}

#[test]
fn a_full_window_refuses_where_the_policy_is_to_reject() {
    let mut pair = Pair::new(options(Policy::Reject, 1, 1_000));
    pair.send();
    let refused = pair.client.send(event(1)).expect_err("full");
    assert_eq!((refused.status, refused.code()), (Status::ResourceExhausted, codes::WINDOW_FULL));
    assert_eq!(pair.client.counters().sent, 1);
}

#[test]
fn shed_oldest_keeps_one_window_more_and_sheds_the_oldest_of_those_that_wait() {
    let mut pair = Pair::new(options(Policy::ShedOldest, 3, 1_000));
    pair.send_all(6);
    assert_eq!(pair.client.counters().shed, 0);
    assert_eq!(events(&pair.up()), [1, 2, 3]);
    pair.send_all(4);
    assert_eq!(pair.client.counters().shed, 4, "4, 5, 6 and 7 made room for 8, 9 and 10");
    pair.run();
    let received: Vec<_> = pair.receive().into_iter().map(|(at, outcome)| (at, outcome.is_ok())).collect();
    assert_eq!(received, [(1, true), (2, true), (3, true), (4, false), (5, false), (6, false), (7, false)]);
    assert_eq!(pair.up(), [ToServer::Ack { through: 3 }]);
    pair.down();
    assert_eq!(pair.up()[0], ToServer::Skip { through: 7 });
    pair.run();
    assert_eq!(pair.received(), [8, 9, 10]);
}

#[test]
fn shedding_counts_bytes_too_and_keeps_the_newest_whatever_it_weighs() {
    let mut pair = Pair::new(options(Policy::ShedOldest, 100, 20));
    pair.send_all(4);
    assert_eq!(pair.client.counters().shed, 0);
    assert_eq!(pair.client.send(event(500)), Ok(Some(5)));
    assert_eq!(pair.client.counters().shed, 2, "3 and 4; 1 and 2 are within the credit");
    pair.run();
    assert_eq!(pair.receive().len(), 4);
    pair.run();
    assert_eq!(pair.receive(), [(5, Ok(0))]);
}

#[test]
fn how_fast_the_driver_polls_does_not_change_what_is_shed() {
    for polls in [false, true] {
        let mut pair = Pair::new(options(Policy::ShedOldest, 3, 1_000));
        for _ in 0..10 {
            pair.send();
            if polls {
                pair.talk();
            }
        }
        pair.run();
        let shed: Vec<u64> = pair.receive().into_iter().filter(|it| it.1.is_err()).map(|it| it.0).collect();
        assert_eq!(shed, [4, 5, 6, 7]);
    }
}

#[test]
fn a_shed_event_has_its_outcome_in_its_place() {
    let mut pair = Pair::new(options(Policy::ShedOldest, 1, 1_000));
    pair.send_all(3);
    pair.run();
    let received = pair.receive();
    assert_eq!(received[0], (1, Ok(1)));
    let shed = received[1].1.as_ref().expect_err("shed");
    assert_eq!((received[1].0, shed.status, shed.code()), (2, Status::ResourceExhausted, codes::SHED));
}

#[test]
fn what_was_skipped_takes_no_room_in_the_window() {
    let mut pair = Pair::new(options(Policy::ShedOldest, 2, 1_000));
    pair.send_all(2);
    pair.up();
    pair.send_all(1_000);
    pair.decide(1);
    pair.down();
    assert_eq!(pair.client.receive(), Received::Outcome { sequence: 1, outcome: Ok(1) });
    assert_eq!(pair.client.receive(), Received::Nothing);
    pair.talk();
    assert_eq!(pair.server.accepted(), 1_001, "event 1,001 goes beside event 2");
    assert_eq!(pair.server.kept().0, 2);
}

#[test]
fn what_is_kept_stays_bounded_while_the_other_end_does_nothing() {
    let mut pair = Pair::new(options(Policy::ShedOldest, 8, 200));
    for sent in 0..10_000 {
        assert!(pair.client.send(event(sent % 30)).is_ok());
        if sent % 7 == 0 {
            pair.up();
        }
        let ((events, bytes), (accepted, weighing)) = (pair.client.kept(), pair.server.kept());
        assert!(events <= 16 && bytes <= 400 && accepted <= 8 && weighing <= 200);
    }
}

#[test]
fn while_disconnected_events_are_taken_as_far_as_the_last_credit_goes() {
    let mut pair = Pair::new(options(Policy::Block, 3, 1_000));
    pair.send();
    pair.up();
    pair.break_link();
    pair.send_all(2);
    assert_eq!(pair.client.send(event(1)), Ok(None));
    pair.resume();
    pair.run();
    assert_eq!(pair.received(), [1, 2, 3]);
}

#[test]
fn an_old_credit_or_a_repeated_one_does_no_harm() {
    let mut pair = Pair::new(options(Policy::Block, 1, 1_000));
    pair.send();
    pair.run();
    pair.received();
    pair.up();
    let new = pair.down();
    pair.send();
    let old = ToClient::Credit { accepted: 0, credit: Credit { sequence: 1, bytes: 1_000 } };
    for message in [old, new[0].clone()] {
        pair.client.handle(message).expect("no mistake");
    }
    assert_eq!(pair.client.send(event(1)), Ok(None));
    assert_eq!(events(&pair.up()), [2]);
}
