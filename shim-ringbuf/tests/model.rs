//! A lane against a plain model: a row of 64-byte places, each with the name of the frame that holds it.

mod common;

use std::collections::VecDeque;

use common::{header, joined, small};
use fishplate_ring::{Attachment, Consumer, Producer, ServerPair};
use proptest::prelude::*;

const PLACES: usize = 4096 / 64;

/// What the lane is said to do, done with an array.
struct Model {
    places: [bool; PLACES],
    at: usize,
    /// Frames in order: sequence, payload bytes, the places that go free with it (a pad before it included).
    committed: VecDeque<(u64, usize, Vec<usize>)>,
    peeked: VecDeque<(u64, Vec<usize>)>,
}

impl Model {
    fn new() -> Self {
        Self { places: [false; PLACES], at: 0, committed: VecDeque::new(), peeked: VecDeque::new() }
    }

    /// A frame takes its places in a row; if they do not fit before the end it takes the rest and starts over. The
    /// place after it must be free too.
    fn push(&mut self, sequence: u64, bytes: usize) -> bool {
        let need = 1 + bytes.div_ceil(64);
        let pad = if self.at + need > PLACES { PLACES - self.at } else { 0 };
        let taken: Vec<usize> = (0..pad + need).map(|i| (self.at + i) % PLACES).collect();
        let next = (self.at + pad + need) % PLACES;
        if pad + need + 1 > PLACES || taken.iter().chain([&next]).any(|&place| self.places[place]) {
            return false;
        }
        taken.iter().for_each(|&place| self.places[place] = true);
        self.at = next;
        self.committed.push_back((sequence, bytes, taken));
        true
    }

    fn peek(&mut self) -> Option<(u64, usize)> {
        let (sequence, bytes, taken) = self.committed.pop_front()?;
        self.peeked.push_back((sequence, taken));
        Some((sequence, bytes))
    }

    fn release(&mut self, frames: usize) {
        for (_, taken) in self.peeked.drain(..frames) {
            taken.iter().for_each(|&place| self.places[place] = false);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Peek,
    Release(usize),
    NextClient,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => prop_oneof![0..300_usize, 0..1921_usize].prop_map(Step::Push),
        5 => Just(Step::Peek),
        4 => (0..4_usize).prop_map(Step::Release),
        1 => Just(Step::NextClient),
    ];
    prop::collection::vec(step, 1..400)
}

/// One lane and its model, side by side.
struct Both {
    model: Model,
    ends: VecDeque<u64>,
    sequence: u64,
    payload: Vec<u8>,
}

impl Both {
    fn new() -> Self {
        Self { model: Model::new(), ends: VecDeque::new(), sequence: 0, payload: Vec::new() }
    }

    /// A payload that looks like commit words, those of the next lap among them.
    fn bytes(position: u64, length: usize) -> Vec<u8> {
        (0..length).map(|i| (position + 4096 + 1 + (i as u64 & !63)).to_ne_bytes()[i % 8]).collect()
    }

    fn step(&mut self, step: &Step, from: &mut Producer, to: &mut Consumer) {
        match *step {
            Step::Push(length) => {
                let payload = Self::bytes(self.sequence * 64, length);
                let pushed = from.try_push(&header(self.sequence), &payload).expect("sound");
                assert_eq!(pushed, self.model.push(self.sequence, length), "{length} bytes");
                self.sequence += u64::from(pushed);
            }
            Step::Peek => {
                let got = to.peek(&mut self.payload).expect("sound");
                let expected = self.model.peek();
                assert_eq!(got.map(|frame| (frame.header.sequence, self.payload.len())), expected);
                if let Some(frame) = got {
                    assert_eq!(self.payload, Self::bytes(frame.header.sequence * 64, self.payload.len()));
                    self.ends.push_back(frame.end);
                }
            }
            Step::Release(frames) => {
                let frames = frames.min(self.ends.len());
                if let Some(end) = self.ends.drain(..frames).next_back() {
                    to.release_through(end).expect("peeked");
                    self.model.release(frames);
                }
            }
            Step::NextClient => {}
        }
    }

    /// All that was left is gone, and the lane is empty where its own end stands.
    fn restart(&mut self, position: u64) {
        self.model = Model { at: (position % 4096 / 64) as usize, ..Model::new() };
        self.ends.clear();
    }
}

fn next_client(name: &str, pair: &mut ServerPair, client: Attachment) -> Attachment {
    drop(client);
    assert!(pair.reset().expect("asked"));
    Attachment::attach(name).expect("a clean pair")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_lane_does_what_a_row_of_places_does(events in steps(), decisions in steps()) {
        let (ring, mut pairs, mut client) = joined("model", small(1));
        let file = ring.path().file_name().expect("a file").to_str().expect("plain").to_owned();
        let name = file.strip_prefix("fishplate-").expect("a ring's file");
        let (mut up, mut down) = (Both::new(), Both::new());
        let steps = events.len().max(decisions.len());
        for i in 0..steps {
            let pair = &mut pairs[0];
            if let Some(Step::NextClient) = events.get(i) {
                // What the server has peeked it keeps; what it has not is gone.
                let (sent, decision) = (client.events.position(), pair.decisions.position());
                client = next_client(name, pair, client);
                prop_assert!(client.events.position() <= sent);
                up.restart(client.events.position());
                down.restart(decision);
                continue;
            }
            if let Some(step) = events.get(i) {
                up.step(step, &mut client.events, &mut pair.events);
            }
            if let Some(step) = decisions.get(i) {
                down.step(step, &mut pair.decisions, &mut client.decisions);
            }
        }
    }
}
