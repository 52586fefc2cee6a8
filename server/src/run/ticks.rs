//! When rules that fire by themselves are asked: whenever event time has passed a multiple of a span.

use fishplate::Timestamp;

pub(super) struct Ticks {
    /// Nanoseconds.
    every: i128,
    last: Option<i128>,
}

impl Ticks {
    pub(super) fn new(every: i128) -> Self {
        Self { every, last: None }
    }

    /// The time to advance to, if `time` has passed the next one.
    pub(super) fn due(&mut self, time: Timestamp) -> Option<Timestamp> {
        let passed = time.as_nanos().div_euclid(self.every);
        if self.last.is_some_and(|last| last >= passed) {
            return None;
        }
        self.last = Some(passed);
        Timestamp::from_nanos(passed * self.every)
    }
}
