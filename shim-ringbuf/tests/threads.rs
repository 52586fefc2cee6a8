//! Two threads, spinning and sleeping: no frame and no wake-up is lost.

mod common;

use std::thread;
use std::time::{Duration, Instant};

use common::{Numbers, header, joined, small};
use fishplate_ring::{Options, RingError, ServerPair, WAIT_SLICE, Waited};

/// So long nobody waits who was woken; a lost wake-up costs a whole slice each time.
const LONG: Duration = Duration::from_secs(10);

/// Pushes, waiting for room as `waits` says.
fn push(from: &mut fishplate_ring::Producer, sequence: u64, payload: &[u8], spins: u32) -> Result<(), RingError> {
    while !from.try_push(&header(sequence), payload)? {
        from.wait_for_space(payload.len(), LONG, spins)?;
    }
    Ok(())
}

/// Whether a wait took a whole slice. What was waited for is always under way here: so either its wake-up was lost, or
/// the machine was busy elsewhere.
fn slept_through(wait: impl FnOnce() -> Result<Waited, RingError>) -> Result<u32, RingError> {
    let begun = Instant::now();
    wait()?;
    Ok(u32::from(begun.elapsed() >= WAIT_SLICE))
}

/// A server that sends each event back; how many of its waits took a whole slice.
fn echo(mut ring: fishplate_ring::Ring, mut pairs: Vec<ServerPair>, rounds: u64, seed: u64) -> Result<u32, RingError> {
    let (mut payload, mut numbers, mut slept) = (Vec::new(), Numbers(seed), 0);
    let mut done = 0;
    while done < rounds {
        let spins = [0, 0, 50, 500][numbers.below(4) as usize];
        slept += slept_through(|| ring.wait(LONG, spins, || pairs.iter().any(ServerPair::needs_attention)))?;
        pairs[0].state();
        while let Some(event) = pairs[0].events.peek(&mut payload)? {
            assert_eq!(event.header.sequence, done);
            push(&mut pairs[0].decisions, done, &payload, spins)?;
            pairs[0].events.release_through(event.end)?;
            done += 1;
        }
    }
    Ok(slept)
}

#[test]
fn a_hundred_thousand_ping_pongs_with_random_waits_lose_no_wake_up() {
    const ROUNDS: u64 = 100_000;
    let (ring, pairs, mut client) = joined("pingpong", small(1));
    let server = thread::spawn(move || echo(ring, pairs, ROUNDS, 7));
    let (mut payload, mut numbers, mut slept) = (Vec::new(), Numbers(11), 0);
    for i in 0..ROUNDS {
        push(&mut client.events, i, &i.to_ne_bytes(), 0).expect("sound");
        let spins = [0, 0, 50, 500][numbers.below(4) as usize];
        let got = loop {
            if let Some(got) = client.decisions.peek(&mut payload).expect("sound") {
                break got;
            }
            slept += slept_through(|| client.decisions.wait(LONG, spins)).expect("sound");
        };
        assert_eq!((got.header.sequence, payload.as_slice()), (i, i.to_ne_bytes().as_slice()));
        client.decisions.release_all().expect("peeked");
    }
    slept += server.join().expect("no panic").expect("sound");
    // A machine under load may keep a thread from its processor for a slice, but not again and again.
    assert!(slept <= 50, "{slept} waits took a whole slice");
}

#[test]
fn a_full_lane_with_sleepers_at_both_ends_keeps_order_and_bytes() {
    const FRAMES: u64 = 60_000;
    let (mut ring, mut pairs, mut client) = joined("flow", small(1));
    let writer = thread::spawn(move || {
        let mut numbers = Numbers(3);
        for i in 0..FRAMES {
            let length = if numbers.below(10) == 0 { numbers.below(1921) } else { numbers.below(200) };
            push(&mut client.events, i, &vec![i as u8; length as usize], numbers.below(2) as u32 * 100).expect("sound");
        }
        client
    });
    let (mut payload, mut expected, mut numbers) = (Vec::new(), 0, Numbers(3));
    while expected < FRAMES {
        match pairs[0].events.peek(&mut payload).expect("sound") {
            Some(event) => {
                let length = if numbers.below(10) == 0 { numbers.below(1921) } else { numbers.below(200) };
                numbers.below(2);
                assert_eq!((event.header.sequence, payload.len() as u64), (expected, length));
                assert!(payload.iter().all(|&byte| byte == expected as u8));
                expected += 1;
                if expected % 3 == 0 {
                    pairs[0].events.release_through(event.end).expect("peeked");
                }
            }
            None => {
                pairs[0].events.release_all().expect("peeked");
                pairs[0].state();
                ring.wait(LONG, 20, || pairs[0].needs_attention()).expect("sound");
            }
        }
    }
    drop(writer.join().expect("no panic"));
}

#[test]
fn a_waker_ends_the_wait_that_is_under_way_and_otherwise_the_next_one() {
    let (mut ring, pairs, mut client) = joined("waker", Options { pairs: 1, lane_bytes: 4096 });
    let wakers = [client.decisions.waker(), client.events.waker(), ring.waker()];
    wakers.iter().for_each(fishplate_ring::Waker::wake);
    while client.events.try_push_quietly(&header(0), &[0; 1000]).expect("sound") {}
    assert_eq!(client.decisions.wait(LONG, 0).expect("sound"), Waited::Woken);
    assert_eq!(client.events.wait_for_space(1000, LONG, 0).expect("sound"), Waited::Woken);
    assert_eq!(ring.wait(LONG, 0, || false).expect("sound"), Waited::Woken);
    drop(pairs);

    // Asleep by now, or about to be: it ends either way, long before the time is over.
    let sleeper = thread::spawn(move || {
        while client.decisions.wait(LONG, 0).expect("sound") != Waited::Woken {}
        client
    });
    let begun = Instant::now();
    thread::sleep(Duration::from_millis(20));
    wakers[0].wake();
    drop(sleeper.join().expect("no panic"));
    assert!(begun.elapsed() < LONG);
}
