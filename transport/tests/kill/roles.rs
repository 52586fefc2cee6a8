//! What the killed processes do: a client that keeps a log, a server without state.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::time::Duration;

use fishplate::codes;
use fishplate_transport::{Received, Session, SessionOptions, connect};

use crate::grpc::Grpc;
use crate::place::LONG;
use crate::ring::Ring;
use crate::rules::{Judge, Reading, form, json, reading};

/// Events of one session.
pub(crate) const EVENTS: u64 = 1_500;

/// The `at`-th event, from 1.
pub(crate) fn event(at: u64) -> Reading {
    reading(&format!("d{}", at % 5), at)
}

/// A line of the log.
pub(crate) fn line(sequence: u64, form: &[u8]) -> String {
    let hex: String = form.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{sequence} {hex}\n")
}

/// The process ends when its parent does, however that ends.
fn die_with_parent() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(3);
    });
}

/// Sends every event and logs every outcome, going on behind what the log has. One that is not to `finish` leaves its session
/// open, so that it is there to be killed however slow the killer is.
pub(crate) fn client(address: &str, session: &str, epoch: &str, log: &str, finish: bool) {
    die_with_parent();
    let (mut log, received) = open_log(log);
    let id = u128::from_str_radix(session, 16).expect("an id in hexadecimal").to_be_bytes();
    let options = SessionOptions {
        window_events: 64,
        when_full: 2,
        deadline_ms: 60_000,
        epoch: epoch.parse().expect("an epoch"),
        received,
        id: Some(id),
        ..SessionOptions::default()
    };
    let session = connect(address, &options).expect("the server is there");
    let mut next = session.report().counters.sent + 1;
    loop {
        next = fill(&session, next, finish);
        match session.receive(LONG).expect("something comes") {
            Received::Outcome { sequence, outcome } => {
                // One write: a killed process leaves a whole line or a part of one, at the end.
                log.write_all(line(sequence, &form(&outcome)).as_bytes()).expect("the log can be written");
                // So that there is a middle to be killed in.
                std::thread::sleep(Duration::from_micros(150));
            }
            Received::End(end) => return assert_eq!((end.status, end.watermark), (fishplate::Status::Ok, EVENTS)),
        }
    }
}

/// Sends what the window takes, the next event being `next`; gives the next one after that.
fn fill(session: &Session, mut next: u64, finish: bool) -> u64 {
    while next <= EVENTS {
        match session.send(&json(&event(next).json()), Some(Duration::ZERO)) {
            Ok(sequence) => assert_eq!(sequence, next, "the session counts as we do"),
            Err(full) if full.code() == codes::WAIT_EXPIRED => return next,
            Err(error) => panic!("{error}"),
        }
        next += 1;
    }
    if finish && next == EVENTS + 1 {
        session.half_close().expect("it streams");
        next += 1;
    }
    next
}

/// The log without a line that was cut, and the last sequence in it.
fn open_log(path: &str) -> (File, u64) {
    let mut log = OpenOptions::new().create(true).truncate(false).read(true).append(true).open(path).expect("a log");
    let mut text = String::new();
    log.read_to_string(&mut text).expect("the log is text");
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    log.set_len(whole as u64).expect("the log can be cut");
    let last = text[..whole].lines().last().and_then(|line| line.split(' ').next());
    (log, last.map_or(0, |sequence| sequence.parse().expect("lines begin with a sequence")))
}

/// Serves an engine until it is killed.
pub(crate) fn server(address: &str) {
    die_with_parent();
    let _serving: Box<dyn std::any::Any> = match address.split_once("://") {
        Some(("shm", name)) => Box::new(Ring::named(Judge::new(), name)),
        Some(("grpc", server)) => Box::new(Grpc::at(Judge::new(), server.parse().expect("an address"))),
        _ => panic!("`{address}` is no address of a server"),
    };
    println!("ready");
    loop {
        std::thread::park();
    }
}
