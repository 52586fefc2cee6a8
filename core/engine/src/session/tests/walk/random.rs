//! Random numbers for walks: SplitMix64 (Steele, Lea and Flood, 2014), which needs no table and no dependency; and what
//! sessions they open.

use std::time::Duration;

use crate::session::{Options, Policy, Terms, Window};

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included.
    pub(super) fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }
}

/// Small windows, so that they fill, and terms that some walks live to see.
pub(super) fn options(random: &mut Random) -> Options {
    let policy = [Policy::Reject, Policy::Block, Policy::ShedOldest][random.within(0, 2) as usize];
    let mut term = |low, high| random.once_in(4).then(|| Duration::from_millis(random.within(low, high)));
    let (deadline, idle_timeout, max_age) = (term(500, 4_000), term(300, 2_000), term(500, 4_000));
    let terms = Terms { deadline, idle_timeout, max_age, drain: Duration::from_millis(random.within(0, 400)) };
    Options { window: window(random), policy, terms }
}

pub(super) fn window(random: &mut Random) -> Window {
    Window { events: random.within(1, 6), bytes: random.within(1, 30) }
}
