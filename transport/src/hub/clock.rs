//! What time it is for a hub. A server has the machine's clocks; a simulator gives its own.

use std::time::{Duration, Instant};

/// The two clocks that a hub reads. Any thread may ask.
pub trait Clock: Send + Sync {
    /// The time since any fixed moment; never goes back. Sessions count by it.
    fn now(&self) -> Duration;

    /// The time of day, in nanoseconds since the Unix epoch: for the deadlines of events, and for what must outlive the
    /// process.
    fn unix_nanos(&self) -> i64;
}

/// The machine's clocks, from the moment it was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct MachineClock(Instant);

impl MachineClock {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix_nanos(&self) -> i64 {
        crate::clock::unix_nanos()
    }
}
