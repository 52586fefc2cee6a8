//! Chance that can be had again: numbers from a seed (SplitMix64, Steele, Lea and Flood 2014).

/// A sequence of numbers. The same seed gives the same ones on every machine.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number less than `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias of the remainder is 2^-32 for bounds below 2^32: nothing that a test could see.
        if bound == 0 { 0 } else { self.number() % bound }
    }

    /// An index less than `bound`.
    pub fn index(&mut self, bound: usize) -> usize {
        self.below(bound as u64) as usize
    }

    /// Whether something happens that does so `times` in a thousand.
    pub fn in_thousand(&mut self, times: u32) -> bool {
        times > 0 && self.below(1_000) < u64::from(times)
    }

    /// Whether something happens that does so every other time.
    pub fn toss(&mut self) -> bool {
        self.number() & 1 == 1
    }
}
