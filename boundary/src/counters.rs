//! Live objects, counted by kind: what is made and not yet freed. Every suite ends by asserting zero.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::fork::Epoch;
use crate::table::Object;

static LIVE: [AtomicU64; Object::ALL.len()] = [const { AtomicU64::new(0) }; Object::ALL.len()];

/// How many objects of `kind` this copy of the library has made and not freed. A closed object that somebody still
/// uses is not freed yet. In the child of a fork, objects of the parent are not counted.
pub fn live(kind: Object) -> u64 {
    counter(kind).load(Ordering::SeqCst)
}

/// Counts one object for as long as it lives; a part of the object.
#[derive(Debug)]
pub(crate) struct Live {
    kind: Object,
    born: Epoch,
}

impl Live {
    pub(crate) fn new(kind: Object) -> Self {
        let born = Epoch::now();
        counter(kind).fetch_add(1, Ordering::SeqCst);
        Self { kind, born }
    }

    /// When the object was made.
    pub(crate) fn born(&self) -> Epoch {
        self.born
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // A child that frees what it inherited frees nothing that it counts.
        if self.born.is_now() {
            counter(self.kind).fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Starts from zero, in the child of a fork.
pub(crate) fn forget() {
    LIVE.iter().for_each(|count| count.store(0, Ordering::Relaxed));
}

fn counter(kind: Object) -> &'static AtomicU64 {
    &LIVE[kind as usize - 1]
}
