//! Chance from a seed: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
//!
//! Everything is whole numbers, so that a seed gives the same bytes on every machine: logarithms and sines of two
//! machines may differ in their last bit.

/// A sequence of random numbers. Sequences of different names are independent for our purpose.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence that `seed`, what it is for, and a number give.
    pub(crate) fn of(seed: u64, purpose: u64, number: u64) -> Self {
        let mut random = Self(seed);
        random.0 = random.next() ^ purpose;
        random.0 = random.next() ^ number;
        random.0 = random.next();
        random
    }

    /// 64 random bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is positive. The product's high half: its bias is below one in 2^32 here.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True so many times in a thousand.
    pub(crate) fn per_thousand(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// A place in `weights`, each as likely as its weight. Some weight is positive.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut left = self.below(weights.clone().map(u64::from).sum());
        for (at, weight) in weights.enumerate() {
            match left.checked_sub(u64::from(weight)) {
                None => return at,
                Some(rest) => left = rest,
            }
        }
        0 // not reached: what is drawn is below the sum
    }

    /// One of `items`, which are not empty.
    pub(crate) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // The first numbers of SplitMix64 from 1234567, as its authors' C gives them.
        let mut random = Random(1_234_567);
        let found: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(found, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_name_gives_one_sequence_and_another_name_another() {
        let first = |seed, purpose, number| Random::of(seed, purpose, number).next();
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        assert_ne!(first(1, 2, 3), first(1, 2, 4));
        assert_ne!(first(1, 2, 3), first(1, 3, 3));
        assert_ne!(first(1, 2, 3), first(2, 2, 3));
    }

    #[test]
    fn a_weight_of_nothing_is_never_drawn_and_others_about_as_often_as_they_weigh() {
        let mut random = Random::of(1, 0, 0);
        let mut drawn = [0; 3];
        for _ in 0..10_000 {
            drawn[random.weighted([1, 0, 3].into_iter())] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((2_300..2_700).contains(&drawn[0]), "{drawn:?}");
    }
}
