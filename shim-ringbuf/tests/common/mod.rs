//! What the suites share: names that no other test has, and headers.
#![allow(dead_code, reason = "each suite is a program of its own and uses a part")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use fishplate_ring::{Attachment, Header, Options, PairState, Ring, ServerPair};

/// A kind like any other.
pub(crate) const KIND: u16 = 2;

/// A name that no other test of this or another process has.
pub(crate) fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test-{what}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A small ring: what wraps, wraps often.
pub(crate) fn small(pairs: u32) -> Options {
    Options { pairs, lane_bytes: 4096 }
}

/// A ring with one client.
pub(crate) fn joined(what: &str, options: Options) -> (Ring, Vec<ServerPair>, Attachment) {
    let name = unique(what);
    let mut ring = Ring::create(&name, options).expect("a ring of a new name");
    let mut pairs = ring.take_pairs();
    let client = Attachment::attach(&name).expect("a free pair");
    assert_eq!(pairs[0].state(), PairState::Claimed);
    (ring, pairs, client)
}

/// A header that says nothing but its sequence.
pub(crate) fn header(sequence: u64) -> Header {
    Header { kind: KIND, sequence, ..Header::default() }
}

/// Waits for what takes another process or thread a moment; far longer than it can take.
pub(crate) fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !is() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A seeded sequence of numbers: the tests' only chance.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
