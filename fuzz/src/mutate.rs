//! Inputs made from others, by a seed.

/// A generator of numbers: splitmix64, <https://prng.di.unimi.it/splitmix64.c>.
pub struct Chance(u64);

impl Chance {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`; zero where that is zero.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % (end as u64).max(1)) as usize
    }
}

/// Inputs longer than this are cut: what is wrong with long ones is wrong with shorter ones.
const LONGEST: usize = 8_192;

/// One of the seeds, changed in a few places.
pub fn mutated(chance: &mut Chance, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(5) {
        change(chance, &mut bytes, seeds, words);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(chance: &mut Chance, bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
    let at = chance.below(bytes.len());
    let to = (at + chance.below(16)).min(bytes.len());
    match chance.below(if words.is_empty() { 8 } else { 11 }) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..to)),
        2 => bytes.insert(at, chance.below(256) as u8),
        3 | 4 if !bytes.is_empty() => bytes[at] ^= 1 << chance.below(8),
        5 if !bytes.is_empty() => bytes[at] = [0, 0xff, 0x80, 0x7f, b'0', b'-', b'"', b'{'][chance.below(8)],
        6 => {
            let again = bytes[at..to].to_vec();
            bytes.splice(at..at, again);
        }
        7 => {
            let other = &seeds[chance.below(seeds.len())];
            let from = chance.below(other.len());
            let until = (from + chance.below(64)).min(other.len());
            bytes.splice(at..to, other[from..until].iter().copied());
        }
        8.. => {
            let word = words[chance.below(words.len())];
            bytes.splice(at..if chance.below(2) == 0 { at } else { to }, word.bytes());
        }
        _ => {}
    }
}
