//! The way of a language that maps the file itself: with the numbers of the raw geometry and nothing else, a client
//! written here from `docs/ring-layout.md` talks to a server of this crate.
//!
//! It reaches the memory through the file, word by word, as a foreign mapping would, and sleeps on words by number.

mod common;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::{Duration, Instant};

use common::{header, small, unique};
use fishplate_ring::{Attachment, PairState, RawAttachment, RawGeometry, RawWait, Ring, RingError, ServerPair, Word};

/// The foreign client: a file for a mapping, and offsets.
struct Foreign {
    file: File,
    at: RawGeometry,
    written: u64,
    read: u64,
}

impl Foreign {
    fn new(raw: &RawAttachment) -> Self {
        let path = format!("/proc/self/fd/{}", raw.descriptor().expect("attached"));
        let file = OpenOptions::new().read(true).write(true).open(path).expect("the ring's file");
        let at = raw.geometry();
        assert_eq!(file.metadata().expect("described").len(), at.file_bytes);
        Self { file, at, written: at.event_start, read: at.decision_start }
    }

    fn load(&self, at: u64) -> u64 {
        let mut word = [0; 8];
        self.file.read_exact_at(&mut word, at).expect("inside");
        u64::from_ne_bytes(word)
    }

    fn load_half(&self, at: u64) -> u32 {
        let mut word = [0; 4];
        self.file.read_exact_at(&mut word, at).expect("inside");
        u32::from_ne_bytes(word)
    }

    fn store(&self, at: u64, bytes: &[u8]) {
        self.file.write_all_at(bytes, at).expect("inside");
    }

    /// A frame of up to 64 bytes; the lane has room for it without a pad.
    fn push(&mut self, sequence: u64, payload: &[u8]) {
        let place = |position: u64| self.at.event_lane + position % u64::from(self.at.lane_bytes);
        let at = place(self.written);
        self.store(place(self.written + 128), &0_u64.to_ne_bytes());
        self.store(at + 64, payload);
        self.store(at + 8, &(payload.len() as u32).to_ne_bytes());
        self.store(at + 12, &common::KIND.to_ne_bytes());
        self.store(at + 14, &[0; 2]);
        self.store(at + 16, &sequence.to_ne_bytes());
        self.store(at + 24, &[0; 40]);
        self.store(at, &(self.written + 1).to_ne_bytes());
        self.written += 128;
        self.store(self.at.event_published, &self.written.to_ne_bytes());
    }

    fn notify(&self, raw: &RawAttachment, word: Word, at: u64) {
        if self.load_half(at + 4) != 0 {
            self.store(at + 4, &0_u32.to_ne_bytes());
            self.store(at, &(self.load_half(at).wrapping_add(1)).to_ne_bytes());
            raw.wake(word).expect("attached");
        }
    }

    /// The sequence of the next decision, once it is there.
    fn receive(&mut self, raw: &RawAttachment) -> u64 {
        let at = self.at.decision_lane + self.read % u64::from(self.at.lane_bytes);
        let word = self.at.decision_data_word;
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            assert!(Instant::now() < until, "the server has ended");
            let expected = self.load_half(word);
            self.store(word + 4, &1_u32.to_ne_bytes());
            if self.load(at) == self.read + 1 {
                break;
            }
            raw.wait(Word::DecisionData, expected, Duration::from_secs(5)).expect("attached");
        }
        let sequence = self.load(at + 16);
        self.read += 64 + u64::from(self.load(at + 8) as u32).next_multiple_of(64);
        self.store(self.at.decision_consumed, &self.read.to_ne_bytes());
        self.notify(raw, Word::DecisionSpace, self.at.decision_space_word);
        sequence
    }
}

fn echo(mut ring: Ring, mut pairs: Vec<ServerPair>, events: u64) -> (Ring, Vec<ServerPair>) {
    let (mut payload, mut done) = (Vec::new(), 0);
    while done < events {
        pairs[0].state();
        while let Some(event) = pairs[0].events.peek(&mut payload).expect("sound") {
            assert_eq!(payload, done.to_ne_bytes());
            assert!(pairs[0].decisions.try_push(&event.header, &payload).expect("sound"));
            pairs[0].events.release_through(event.end).expect("peeked");
            done += 1;
        }
        ring.wait(Duration::from_secs(5), 0, || pairs[0].needs_attention()).expect("sound");
    }
    (ring, pairs)
}

#[test]
fn a_client_that_has_only_the_numbers_talks_to_the_server() {
    let name = unique("foreign");
    let mut ring = Ring::create(&name, small(1)).expect("a ring");
    let pairs = ring.take_pairs();
    let raw = RawAttachment::attach(&name).expect("a free pair");
    // 20 laps of frames that never need a pad: the lane is a whole number of them.
    let server = thread::spawn(move || echo(ring, pairs, 640));
    let mut client = Foreign::new(&raw);
    for sequence in 0..640_u64 {
        client.push(sequence, &sequence.to_ne_bytes());
        client.notify(&raw, Word::Doorbell, client.at.doorbell_word);
        assert_eq!(client.receive(&raw), sequence);
    }
    let (ring, mut pairs) = server.join().expect("no panic");
    raw.detach();
    raw.detach();
    assert_eq!(pairs[0].state(), PairState::Closing);
    assert!(pairs[0].reset().expect("asked"), "detached in order");
    assert!(matches!(raw.wake(Word::Doorbell), Err(RingError::Closed)));
    let mut next = Attachment::attach(&name).expect("a clean pair");
    assert!(next.events.try_push(&header(1), &[]).expect("sound"));
    drop(ring);
}

#[test]
fn detaching_ends_the_waits_of_other_threads() {
    let name = unique("raw-detach");
    let ring = Ring::create(&name, small(1)).expect("a ring");
    let raw = RawAttachment::attach(&name).expect("a free pair");
    let begun = Instant::now();
    thread::scope(|scope| {
        let sleepers = [Word::EventSpace, Word::DecisionData].map(|word| {
            let raw = &raw;
            scope.spawn(move || {
                loop {
                    // The words of a new ring are 0, and nobody changes them but the closing.
                    match raw.wait(word, 0, Duration::from_secs(10)) {
                        Ok(RawWait::Woken | RawWait::Changed | RawWait::TimedOut) => {}
                        Err(error) => break error,
                    }
                }
            })
        });
        thread::sleep(Duration::from_millis(20));
        raw.detach();
        for sleeper in sleepers {
            assert!(matches!(sleeper.join().expect("no panic"), RingError::Closed));
        }
    });
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(ring);
}

#[test]
fn words_have_numbers_and_no_number_is_another_word() {
    let words = [Word::Doorbell, Word::EventSpace, Word::DecisionData, Word::DecisionSpace];
    for (number, word) in (0..).zip(words) {
        assert_eq!((word as u32, Word::from_number(number)), (number, Some(word)));
    }
    assert_eq!([4, 5, u32::MAX].map(Word::from_number), [None; 3]);
}
