//! Sessions whose outcomes are kept: what counts as accepted, and how the next process takes them over.

use super::*;
use crate::session::{Final, Recovered, Signal};
use crate::status::Status;

fn pair(policy: Policy) -> Pair {
    let mut client = Client::new([1; 16], 1, None, options(policy, 4, 10_000), ms(0));
    let server = Server::open(&open(&mut client), MOST, ms(0)).expect("a new session").keeping();
    let mut pair = Pair { client, server, now: ms(0) };
    pair.down();
    pair
}

/// Takes what there is to keep, without saying yet that it is kept.
fn take(pair: &mut Pair) -> Vec<(u64, Option<u64>)> {
    std::iter::from_fn(|| pair.server.next_kept().map(|(sequence, event)| (sequence, event.map(|event| event.tag))))
        .collect()
}

fn keep(pair: &mut Pair, taken: &[(u64, Option<u64>)]) {
    for (sequence, tag) in taken {
        match tag {
            Some(tag) => pair.server.decided(*sequence, Ok(*tag)),
            None => pair.server.noted(*sequence),
        }
    }
}

/// The next process, which has `outcomes` of the session.
fn next_process(pair: &mut Pair, accepted: u64, acknowledged: u64, outcomes: &[u64]) {
    let known = Recovered {
        session: [1; 16],
        epoch: pair.server.epoch(),
        window: pair.server.window(),
        terms: pair.server.terms(),
        accepted,
        acknowledged,
        outcomes: outcomes.iter().map(|sequence| (*sequence, Ok(*sequence))),
    };
    pair.client.disconnected();
    pair.server = Server::recovered(known, pair.now);
}

#[test]
fn accepted_is_what_was_kept() {
    let mut pair = pair(Policy::Block);
    pair.send_all(3);
    pair.up();
    let taken = take(&mut pair);
    assert_eq!((taken.len(), pair.down(), pair.client.counters().accepted), (3, vec![], 0));
    keep(&mut pair, &taken[..2]);
    pair.down();
    assert_eq!(pair.client.counters().accepted, 2);
    next_process(&mut pair, 2, 0, &[1, 2]);
    pair.resume();
    assert!(matches!(pair.down()[..], [ToClient::Welcome { accepted: 2, .. }]), "both outcomes had arrived");
    assert_eq!(events(&pair.up()), [3], "the third one was not kept: it comes again");
    let taken = take(&mut pair);
    keep(&mut pair, &taken);
    pair.down();
    assert_eq!(pair.received(), [1, 2, 3]);
}

#[test]
fn outcomes_that_were_kept_are_told_by_the_next_process_and_not_decided_again() {
    let mut pair = pair(Policy::Block);
    pair.send_all(3);
    pair.up();
    next_process(&mut pair, 3, 0, &[1, 2, 3]);
    assert_eq!(pair.server.disconnected_since(), Some(pair.now));
    pair.resume();
    assert!(matches!(pair.down()[0], ToClient::Welcome { accepted: 3, .. }));
    assert_eq!((pair.up(), take(&mut pair)), (vec![], vec![]));
    assert_eq!(pair.received(), [1, 2, 3]);
    pair.talk();
    pair.send_all(4);
    assert_eq!(events(&pair.up()), [4, 5, 6, 7], "the window is as it was");
}

#[test]
fn whoever_takes_a_session_over_is_not_welcomed_before_everything_is_kept() {
    let mut pair = pair(Policy::Block);
    pair.send_all(3);
    pair.up();
    // The client dies, which the server does not notice.
    pair.client = Client::new([1; 16], 2, Some(0), options(Policy::Block, 4, 10_000), ms(0));
    pair.resume();
    assert_eq!(pair.server.poll(), None, "three events wait");
    let taken = take(&mut pair);
    assert_eq!(pair.server.poll(), None, "and are not kept yet");
    keep(&mut pair, &taken);
    assert!(matches!(pair.down()[0], ToClient::Welcome { accepted: 3, .. }));
    assert_eq!(pair.send(), 4);
}

#[test]
fn a_skip_counts_once_it_is_noted_or_an_event_behind_it_is_kept() {
    let mut pair = pair(Policy::Reject);
    let skip = |pair: &mut Pair, through| pair.server.handle(ToServer::Skip { through }, ms(0)).expect("a skip");
    skip(&mut pair, 3);
    skip(&mut pair, 5);
    assert_eq!(pair.server.decided_through(), 0);
    let taken = take(&mut pair);
    assert_eq!(taken, [(5, None)]);
    keep(&mut pair, &taken);
    assert_eq!(pair.server.decided_through(), 5);
    skip(&mut pair, 7);
    let event = ToServer::Event { sequence: 8, event: Event { tag: 8, weight: 10 } };
    pair.server.handle(event, ms(0)).expect("the next event");
    assert_eq!(pair.server.decided_through(), 5);
    let taken = take(&mut pair);
    assert_eq!(taken, [(8, Some(8))], "the event says it all");
    keep(&mut pair, &taken);
    assert_eq!(pair.server.decided_through(), 8);
}

#[test]
fn an_event_heavier_than_the_window_may_follow_a_skip() {
    let mut pair = pair(Policy::Reject);
    pair.server.handle(ToServer::Skip { through: 3 }, ms(0)).expect("a skip");
    take(&mut pair);
    let event = ToServer::Event { sequence: 4, event: Event { tag: 4, weight: 20_000 } };
    pair.server.handle(event, ms(0)).expect("it is alone");
}

#[test]
fn a_skip_that_is_kept_while_the_session_is_taken_over_is_told() {
    let mut pair = pair(Policy::ShedOldest);
    pair.server.handle(ToServer::Skip { through: 3 }, ms(0)).expect("a skip");
    pair.client = Client::new([1; 16], 2, Some(0), options(Policy::ShedOldest, 4, 10_000), ms(0));
    pair.resume();
    let taken = take(&mut pair);
    keep(&mut pair, &taken);
    assert!(matches!(
        pair.down()[..],
        [ToClient::Welcome { accepted: 3, .. }, ToClient::Outcome { sequence: 3, outcome: Err(_) }]
    ));
    assert!(pair.receive().iter().all(|(_, outcome)| outcome.is_err()));
    pair.client.half_close().expect("streaming");
    pair.up();
    let end = Final { status: Status::Ok, watermark: 3, error: None };
    assert_eq!(pair.down().last(), Some(&ToClient::Done(end)));
}

#[test]
fn credit_counts_the_events_that_are_not_kept_and_not_what_was_shed_before_them() {
    let mut pair = pair(Policy::Reject);
    let event = |sequence| ToServer::Event { sequence, event: Event { tag: sequence, weight: 10 } };
    pair.server.handle(event(1), ms(0)).expect("the first event");
    let taken = take(&mut pair);
    pair.server.handle(ToServer::Skip { through: 9 }, ms(0)).expect("a skip");
    pair.server.handle(event(10), ms(0)).expect("the next event");
    keep(&mut pair, &taken);
    pair.server.poll();
    pair.server.handle(ToServer::Ack { through: 1 }, ms(0)).expect("an acknowledgement");
    let Some(ToClient::Credit { accepted, credit }) = pair.server.poll() else { panic!("there is more room") };
    // Of a window of four, one is under way.
    assert_eq!((accepted, credit.sequence - accepted), (1, 4));
}

#[test]
fn the_last_word_waits_until_everything_is_kept() {
    let mut pair = pair(Policy::Block);
    pair.send_all(2);
    pair.client.half_close().expect("streaming");
    pair.up();
    let taken = take(&mut pair);
    assert_eq!(pair.server.last_word(), None);
    keep(&mut pair, &taken);
    assert_eq!(pair.server.last_word().map(|end| end.watermark), Some(2));
    assert!(!pair.server.is_idle(), "nothing of it was said");
    pair.down();
    assert_eq!(pair.received(), [1, 2]);
}

#[test]
fn a_session_that_was_half_closed_is_half_closed_again_at_the_next_process() {
    let mut pair = pair(Policy::Block);
    pair.send_all(2);
    pair.client.half_close().expect("streaming");
    pair.up();
    next_process(&mut pair, 1, 1, &[]);
    pair.client.disconnected();
    // The client has nothing: what was acknowledged to the old process never was.
    let refused = pair.server.resume(&open(&mut pair.client), ms(0)).expect_err("it is gone");
    assert_eq!(refused.status, Status::DataLoss);
    next_process(&mut pair, 1, 0, &[1]);
    pair.resume();
    pair.down();
    let said = pair.up();
    assert_eq!((events(&said), said.last()), (vec![2], Some(&ToServer::Signal(Signal::HalfClose))));
}
