//! The rounds: start, kill, look at the other side, start again, compare.

use std::time::{Duration, Instant};

use fishplate::{Status, codes};
use fishplate_transport::{Received, Session, SessionOptions, connect};

use crate::log;
use crate::place::{LONG, Remote};
use crate::process::Process;
use crate::roles::{EVENTS, event, line};
use crate::rules::{Judge, Oracle, form, json};

/// How soon the other side must know.
const CLEAR_WITHIN: Duration = Duration::from_secs(5);

/// Moments that look random and are the same for the same seed: xorshift64*.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A client is killed once or twice, and started again with the next epoch. How many deaths.
pub(crate) fn client_killed<P: Remote>(moments: &mut Seeded) -> u32 {
    let judge = Judge::new();
    let place = P::start(judge.clone());
    let folder = tempfile::tempdir().expect("a folder for the log");
    let log = folder.path().join("outcomes");
    let path = log.to_str().expect("a path of text");
    let session = (u128::from(moments.next()) << 64) | u128::from(moments.next());
    let id = format!("{session:032x}");
    let (wanted, mut kills) = (1 + moments.below(2) as u32, 0);
    // A slow killer may find nothing left to be in the middle of.
    while kills < wanted && lines(&log) < EVENTS {
        kills += 1;
        let epoch = kills;
        let mut client = Process::start(&["as-client", &place.address(), &id, &epoch.to_string(), path]);
        // From the first outcome of this life to nearly the last of all.
        let known = lines(&log);
        let at = known + 1 + moments.below((EVENTS * 9 / 10).saturating_sub(known).max(1));
        wait("the client makes progress", || lines(&log) >= at);
        assert!(client.runs(), "the client ended before it was killed");
        let dead = client.kill();
        let told = [&format!("session=\"{id}\""), &format!("epoch={epoch} "), "UNAVAILABLE"];
        wait("the server says that the session lost its connection", || {
            place.hub().counts().connected == 0 && log::has(&told)
        });
        let took = dead.elapsed();
        assert!(took < CLEAR_WITHIN, "the server said so after {took:?}");
    }
    let epoch = (kills + 1).to_string();
    Process::start(&["as-client", &place.address(), &id, &epoch, path, "finish"]).finish(Duration::from_secs(30));
    let mut oracle = Oracle::new(session.to_be_bytes());
    let uninterrupted: String = (1..=EVENTS).map(|at| line(at, &oracle.next(&event(at).json(), None))).collect();
    let logged = std::fs::read_to_string(&log).expect("the log is there");
    assert!(logged == uninterrupted, "the log of a killed client is that of one that lived");
    assert_eq!(judge.counters().accepted, EVENTS, "every event was decided once");
    println!("{}: client killed {kills} times, {EVENTS} outcomes once each", place.address());
    kills
}

/// Whole lines of the log.
fn lines(log: &std::path::Path) -> u64 {
    std::fs::read(log).map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count() as u64)
}

/// A server is killed, and comes back empty or not at all. How many deaths.
pub(crate) fn server_killed(address: &str, comes_back: bool, moments: &mut Seeded) -> u32 {
    let mut server = Process::start(&["as-server", address]);
    server.ready();
    let options = SessionOptions { deadline_ms: 60_000, reconnect_ms: 1_500, ..SessionOptions::default() };
    let session = connect(address, &options).expect("the server is there");
    let moment = Duration::from_micros(moments.below(60_000));
    let (dead, known) = std::thread::scope(|scope| {
        scope.spawn(|| send_until_the_end(&session));
        let killer = scope.spawn(|| {
            std::thread::sleep(moment);
            let dead = server.kill();
            let again = comes_back.then(|| {
                let mut again = Process::start(&["as-server", address]);
                again.ready();
                again
            });
            (dead, again)
        });
        let (status, code) = read_until_the_end(&session);
        let known = Instant::now();
        let (dead, _again) = killer.join().expect("no panic");
        let expected = match comes_back {
            true => (Status::DataLoss, codes::UNKNOWN_SESSION),
            false => (Status::Unavailable, codes::UNREACHABLE),
        };
        assert_eq!((status, code), expected);
        (dead, known)
    });
    if let Some(name) = address.strip_prefix("shm://") {
        // A killed server leaves its file to the next one; there is none. (If one came back, it was killed just now.)
        let _ = std::fs::remove_file(format!("/dev/shm/fishplate-{name}"));
    }
    let took = known.saturating_duration_since(dead);
    assert!(took < CLEAR_WITHIN, "the client knew after {took:?}");
    let status = if comes_back { "DATA_LOSS" } else { "UNAVAILABLE" };
    println!("{address}: server killed, {status} after {} ms", took.as_millis());
    1
}

fn send_until_the_end(session: &Session) {
    for at in 1.. {
        if let Err(error) = session.send(&json(&event(at).json()), LONG) {
            let expected = [Status::DataLoss, Status::Unavailable];
            return assert!(expected.contains(&error.status), "{error}");
        }
    }
}

/// Reads what comes, which must be right up to the end; gives why it ended.
fn read_until_the_end(session: &Session) -> (Status, fishplate::Code) {
    let mut oracle = Oracle::new(session.report().id);
    let mut last = 0;
    loop {
        match session.receive(LONG).expect("something comes") {
            Received::Outcome { sequence, outcome } => {
                last += 1;
                assert_eq!(sequence, last);
                assert_eq!(form(&outcome), oracle.next(&event(sequence).json(), None), "event {sequence}");
            }
            Received::End(end) => {
                assert_eq!(end.watermark, last, "the last outcome that came");
                let error = end.error.expect("an end that nobody asked for has a reason");
                return (end.status, error.code());
            }
        }
    }
}

/// Waits for what must come.
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
