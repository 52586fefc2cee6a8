//! Two processes: order and bytes at speed, and what is left when one of them is killed at any moment.
//!
//! Each test runs this program once more as its other process: the same test, with a role in its environment.

mod common;

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{Numbers, eventually, small, unique};
use fishplate_ring::{Attachment, Header, Options, PairState, Producer, Ring, RingError, ServerPair, WAIT_SLICE};

const ROLE: &str = "FISHPLATE_RING_TEST_ROLE";

/// The name of the ring, if this process is the other one.
fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// Runs one test of this program in a process of its own.
fn other(test: &str, name: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args([test, "--exact", "--nocapture"])
        .env(ROLE, name)
        .stdout(Stdio::null())
        .spawn()
        .expect("this program runs")
}

/// A frame whose header vouches for its payload.
fn vouched(sequence: u64, payload: &[u8]) -> Header {
    let sum = payload.iter().fold(0xCBF2_9CE4_8422_2325, |h: u64, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    Header { kind: common::KIND, sequence, deadline: sum as i64, ..Header::default() }
}

fn check(header: Header, sequence: u64, payload: &[u8]) {
    assert_eq!(header, vouched(sequence, payload), "frame {sequence} of {} bytes", payload.len());
}

fn payload(numbers: &mut Numbers) -> Vec<u8> {
    let length = if numbers.below(50) == 0 { numbers.below(1900) } else { numbers.below(200) };
    (0..length).map(|i| (numbers.0 >> (i % 8 * 8)) as u8).collect()
}

/// Pushes while the other side lives; `false` once it does not.
fn push(from: &mut Producer, header: &Header, bytes: &[u8], alive: impl Fn() -> bool) -> Result<bool, RingError> {
    while !from.try_push(header, bytes)? {
        if !alive() {
            return Ok(false);
        }
        from.wait_for_space(bytes.len(), WAIT_SLICE, 100)?;
    }
    Ok(true)
}

/// A client for ever: sends vouched frames and checks what comes back.
fn client_for_ever(name: &str) {
    let client = Attachment::attach(name).expect("a free pair");
    let (mut events, mut decisions, link) = client.into_parts();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        for sequence in 0.. {
            while decisions.peek(&mut bytes).expect("sound").is_none_or(|got| {
                check(got.header, sequence, &bytes);
                false
            }) {
                decisions.wait(WAIT_SLICE, 100).expect("sound");
            }
            decisions.release_all().expect("peeked");
        }
    });
    let mut numbers = Numbers(1);
    for sequence in 0.. {
        let bytes = payload(&mut numbers);
        if !push(&mut events, &vouched(sequence, &bytes), &bytes, || link.server_alive().expect("asked"))
            .expect("sound")
        {
            return;
        }
    }
}

/// Serves one pair until its client is gone and the pair is clean; how many events came.
fn serve_until_gone(ring: &mut Ring, pair: &mut ServerPair) -> u64 {
    let (mut bytes, mut next) = (Vec::new(), 0);
    loop {
        let gone = pair.state() != PairState::Free && !pair.client_alive().expect("asked");
        while let Some(event) = pair.events.peek(&mut bytes).expect("a killed client leaves whole frames") {
            check(event.header, next, &bytes);
            while !pair.decisions.try_push(&event.header, &bytes).expect("sound") && pair.client_alive().expect("asked")
            {
                pair.decisions.wait_for_space(bytes.len(), WAIT_SLICE, 100).expect("sound");
            }
            pair.events.release_through(event.end).expect("peeked");
            next += 1;
        }
        if gone && !pair.events.is_ready() {
            assert!(pair.reset().expect("asked"));
            return next;
        }
        ring.wait(Duration::from_millis(5), 100, || pair.needs_attention()).expect("sound");
    }
}

#[test]
fn two_hundred_thousand_frames_cross_in_order_and_whole() {
    const FRAMES: u64 = 200_000;
    if let Some(name) = role() {
        let mut client = Attachment::attach(&name).expect("a free pair");
        let mut numbers = Numbers(1);
        for sequence in 0..FRAMES {
            let bytes = payload(&mut numbers);
            let alive = || client.link.server_alive().expect("asked");
            assert!(push(&mut client.events, &vouched(sequence, &bytes), &bytes, alive).expect("sound"));
        }
        return;
    }
    let name = unique("speed");
    let mut ring = Ring::create(&name, Options { pairs: 2, lane_bytes: 1 << 16 }).expect("a ring");
    let mut pairs = ring.take_pairs();
    let mut child = other("two_hundred_thousand_frames_cross_in_order_and_whole", &name);
    let (mut bytes, mut next, mut numbers) = (Vec::new(), 0, Numbers(1));
    while next < FRAMES {
        while let Some(event) = pairs[0].events.peek(&mut bytes).expect("sound") {
            assert_eq!(bytes, payload(&mut numbers));
            check(event.header, next, &bytes);
            next += 1;
            pairs[0].events.release_through(event.end).expect("peeked");
        }
        pairs[0].state();
        ring.wait(WAIT_SLICE, 100, || pairs[0].needs_attention()).expect("sound");
    }
    assert!(child.wait().expect("waited").success());
    assert_eq!(pairs[0].state(), PairState::Closing);
    assert!(pairs[0].reset().expect("asked"), "its process has ended");
}

#[test]
fn a_client_killed_at_any_moment_leaves_whole_frames_and_a_pair_for_the_next() {
    if let Some(name) = role() {
        return client_for_ever(&name);
    }
    let name = unique("kill-client");
    let mut ring = Ring::create(&name, small(1)).expect("a ring");
    let mut pairs = ring.take_pairs();
    let (mut numbers, mut events) = (Numbers(5), 0);
    for _ in 0..20 {
        let mut child = other("a_client_killed_at_any_moment_leaves_whole_frames_and_a_pair_for_the_next", &name);
        let delay = Duration::from_micros(numbers.below(15_000));
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(5) + delay);
            child.kill().expect("it runs");
            child.wait().expect("waited");
        });
        // Killed before it had the pair, it leaves nothing to serve.
        while !killer.is_finished() || pairs[0].state() != PairState::Free {
            if pairs[0].state() == PairState::Free {
                ring.wait(Duration::from_millis(1), 0, || pairs[0].needs_attention()).expect("sound");
            } else {
                events += serve_until_gone(&mut ring, &mut pairs[0]);
            }
        }
        killer.join().expect("no panic");
    }
    assert!(events > 0, "some of them came to work");
}

#[test]
fn a_server_killed_at_any_moment_is_known_to_be_gone_and_the_next_one_takes_its_name() {
    if let Some(name) = role() {
        let mut ring = Ring::create(&name, small(1)).expect("the name of a dead server");
        let mut pairs = ring.take_pairs();
        loop {
            serve_until_gone(&mut ring, &mut pairs[0]);
        }
    }
    let name = unique("kill-server");
    let test = "a_server_killed_at_any_moment_is_known_to_be_gone_and_the_next_one_takes_its_name";
    let mut numbers = Numbers(9);
    for _ in 0..20 {
        let mut child = other(test, &name);
        let mut client = None;
        eventually("the server is there", || {
            client = Attachment::attach(&name).ok();
            client.is_some()
        });
        let (mut events, mut decisions, link) = client.expect("attached").into_parts();
        let delay = Duration::from_micros(numbers.below(15_000));
        let killer = thread::spawn(move || {
            thread::sleep(delay);
            child.kill().expect("it runs");
            child.wait().expect("waited");
        });
        let (mut sent, mut received, mut bytes) = (0, 0, Vec::new());
        let mut source = Numbers(1);
        while link.server_alive().expect("asked") {
            for _ in 0..20 {
                let bytes = payload(&mut source);
                sent += u64::from(events.try_push(&vouched(sent, &bytes), &bytes).expect("sound"));
            }
            while let Some(got) = decisions.peek(&mut bytes).expect("a killed server leaves whole frames") {
                check(got.header, received, &bytes);
                received += 1;
                decisions.release_all().expect("peeked");
            }
        }
        assert!(received <= sent);
        killer.join().expect("no panic");
        let refused = Attachment::attach(&name);
        assert!(matches!(refused, Err(RingError::NotFound { left_behind: true, .. })), "{refused:?}");
    }
    drop(Ring::create(&name, small(1)).expect("the name of a dead server"));
    assert!(matches!(Attachment::attach(&name), Err(RingError::NotFound { left_behind: false, .. })));
}
