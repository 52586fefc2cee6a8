//! What a session promises, as tests: a file a group of rules, and random walks over all of them.

mod walk;

use super::Weight;

/// An event that tells the tests which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    tag: u64,
    weight: u64,
}

impl Weight for Event {
    fn weight(&self) -> u64 {
        self.weight
    }
}
