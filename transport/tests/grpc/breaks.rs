//! Our client against our server over a network that breaks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fishplate::{Decision, Error, Status, codes};
use fishplate_transport::{Received, Session, SessionOptions, connect};

use crate::proxy::Proxy;
use crate::rules::{Judge, Oracle, form, json, reading};
use crate::server::Server;
use crate::sessions::{LONG, options};

fn through_a_proxy(judge: Arc<Judge>, change: impl FnOnce(&mut SessionOptions)) -> (Server, Proxy, Session) {
    let server = Server::start(judge);
    let proxy = Proxy::to(server.port);
    let mut options = options();
    change(&mut options);
    let session = connect(&proxy.address(), &options).expect("the server is there");
    (server, proxy, session)
}

fn outcome(session: &Session) -> (u64, Result<Decision, Error>) {
    match session.receive(LONG) {
        Ok(Received::Outcome { sequence, outcome }) => (sequence, outcome),
        other => panic!("an outcome, not {other:?}"),
    }
}

#[test]
fn a_connection_that_is_cut_again_and_again_loses_and_repeats_nothing() {
    const EVENTS: u64 = 3_000;
    const CUTS: u64 = 12;
    let judge = Judge::new();
    let (server, proxy, session) = through_a_proxy(judge.clone(), |options| options.window_events = 100);
    let mut oracle = Oracle::new(session.report().id);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for at in 1..=EVENTS {
                assert_eq!(session.send(&json(&reading("a", at).json()), LONG), Ok(at));
            }
            session.half_close().expect("it streams");
        });
        for at in 1..=EVENTS {
            if at % (EVENTS / CUTS) == 0 {
                proxy.cut();
            }
            let (sequence, outcome) = outcome(&session);
            assert_eq!(sequence, at);
            assert_eq!(form(&outcome), oracle.next(&reading("a", at).json(), None), "outcome {at}");
        }
    });
    let Ok(Received::End(end)) = session.receive(LONG) else { panic!("the last word") };
    assert_eq!((end.status, end.watermark), (Status::Ok, EVENTS));
    assert_eq!(judge.counters().accepted, EVENTS, "nothing was decided twice");
    assert!(session.report().epoch > 1 && proxy.connections() > 1, "it was cut at all");
    drop(server);
}

#[test]
fn a_session_that_is_cut_after_its_half_close_hears_its_last_word() {
    let judge = Judge::new();
    let (_server, proxy, session) = through_a_proxy(judge.clone(), |_| ());
    judge.hold();
    session.send(&json(&reading("a", 1).json()), LONG).expect("the session takes it");
    session.half_close().expect("it streams");
    proxy.cut();
    judge.release();
    assert_eq!(outcome(&session).0, 1);
    let Ok(Received::End(end)) = session.receive(LONG) else { panic!("the last word") };
    assert_eq!((end.status, end.watermark), (Status::Ok, 1));
    assert_eq!(judge.counters().accepted, 1);
}

#[test]
fn a_machine_that_falls_silent_is_noticed_by_both_sides() {
    let (server, proxy, session) = through_a_proxy(Judge::new(), |options| options.reconnect_ms = 200);
    session.send(&json(&reading("a", 1).json()), LONG).expect("the session takes it");
    outcome(&session).1.expect("it is right");
    let silent = Instant::now();
    proxy.fall_silent();
    let Ok(Received::End(end)) = session.receive(LONG) else { panic!("the last word") };
    assert_eq!(end.status, Status::Unavailable);
    assert_eq!(end.error.map(|error| error.code()), Some(codes::UNREACHABLE));
    while server.hub.counts().connected > 0 {
        assert!(silent.elapsed() < Duration::from_secs(15), "the server waits for nobody");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.hub.counts().sessions, 1, "it is kept to be resumed");
}

#[test]
fn another_server_at_the_address_does_not_know_the_session() {
    let (server, proxy, session) = through_a_proxy(Judge::new(), |_| ());
    session.send(&json(&reading("a", 1).json()), LONG).expect("the session takes it");
    outcome(&session).1.expect("it is right");
    let other = Server::start(Judge::new());
    drop(server);
    proxy.lead_to(other.port);
    proxy.cut();
    let Ok(Received::End(end)) = session.receive(LONG) else { panic!("the last word") };
    assert_eq!((end.status, end.watermark), (Status::DataLoss, 1));
    assert_eq!(end.error.map(|error| error.code()), Some(codes::UNKNOWN_SESSION));
}
