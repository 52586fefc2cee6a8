//! Clients that send and never read: what a server keeps for them is bounded, and the others go on.

use std::fs;
use std::time::{Duration, Instant};

use fishplate_transport::connect;
use fishplate_transport::wire::proto::{DecideRequest, Event, event};
use tokio::runtime::Builder;

use crate::raw::{Call, client, events, opening_with};
use crate::rules::{Judge, json, reading};
use crate::server::Server;
use crate::sessions::{LONG, options};

const READERS: u64 = 200;
const WINDOW: u64 = 32;
/// How often each sends its window again: more than the queues on the way hold, and then much more.
const WARM: u64 = 12;
const REPEATS: u64 = 32;

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux says it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux says it");
    let kibibytes: u64 = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kibibytes << 10
}

fn id(reader: u64) -> Vec<u8> {
    [[0xa5; 8], reader.to_be_bytes()].concat()
}

/// A window of events whose decisions are large: each gives its note back.
fn window() -> Vec<Event> {
    let note = "n".repeat(4 << 10);
    let reading = |at| reading("a", at).with_note(note.clone());
    (1..=WINDOW)
        .map(|at| Event { body: Some(event::Body::Protobuf(reading(at).protobuf().into())), ..Event::default() })
        .collect()
}

#[test]
fn two_hundred_clients_that_never_read_take_no_more_than_their_windows() {
    let judge = Judge::new();
    let server = Server::start(judge.clone());
    let whole = window();
    // With a thread of its own: what was sent goes out while the test looks at something else.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a thread is to be had");
    let calls: Vec<Call> = runtime.block_on(async {
        let mut calls = Vec::new();
        for reader in 0..READERS {
            // A connection each: they do not hold each other up.
            let mut client = client(&server).await;
            let first = opening_with(|open| open.window_events = WINDOW);
            let first = DecideRequest { session_id: id(reader).into(), ..first };
            let call = Call::open(&mut client, first).await.expect("the session opens");
            call.send(DecideRequest { session_id: id(reader).into(), ..events(1, whole.clone()) }).await;
            calls.push(call);
        }
        calls
    });
    let decided = |count: u64| {
        let start = Instant::now();
        while judge.counters().accepted < count {
            assert!(start.elapsed() < Duration::from_secs(20), "{} of {count}", judge.counters().accepted);
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    decided(READERS * WINDOW);
    let repeat = |rounds: u64| {
        runtime.block_on(async {
            for _ in 0..rounds {
                for (reader, call) in calls.iter().enumerate() {
                    let again = DecideRequest { session_id: id(reader as u64).into(), ..events(1, whole.clone()) };
                    call.send(again).await;
                }
            }
        });
    };
    // Every buffer on the way has been used once.
    repeat(WARM);
    let full = resident();
    // 800 MiB of repeats: dropped, whatever the readers do not read. (The process runs other tests too.)
    repeat(REPEATS);
    let session = connect(&server.address(), &options()).expect("the server has time for others");
    session.send(&json(&reading("b", 1).json()), LONG).expect("the session takes it");
    assert!(session.receive(LONG).is_ok());
    decided(READERS * WINDOW + 1);
    assert_eq!(judge.counters().accepted, READERS * WINDOW + 1, "no repeat was decided");
    assert_eq!(server.hub.counts().connected as u64, READERS + 1);
    let grown = resident().saturating_sub(full);
    assert!(grown < 300 << 20, "{} MiB for clients that do not read", grown >> 20);
}
