//! How many different values there are, in 4 KiB whatever their number: HyperLogLog with 4,096 registers, whose
//! standard error is 1.04 / √4096 = 1.6 %. Knows hashes; knows no values.
//!
//! P. Flajolet and others, "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm" (2007), with
//! the estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), section 4: it
//! needs no tables and no corrections for small or large numbers. It adds, multiplies, divides and takes square roots,
//! which IEEE 754 rounds alike on every machine, and no logarithms, which it does not.

use crate::codec::{Cursor, Damaged};

/// Bits of a hash that choose its register.
const CHOOSING: u32 = 12;
pub(super) const REGISTERS: usize = 1 << CHOOSING;
/// The other bits of a hash.
const RANKED: u32 = 64 - CHOOSING;
/// The greatest value of a register: all of those bits are zero.
const MAX_RANK: u8 = RANKED as u8 + 1;

#[derive(Clone, Debug)]
pub(in crate::feature) struct Sketch {
    /// By the first bits of hashes: 1 more than the most zeros with which the others of any began; 0 without hashes.
    registers: Box<[u8; REGISTERS]>,
}

impl Default for Sketch {
    fn default() -> Self {
        Self { registers: Box::new([0; REGISTERS]) }
    }
}

impl Sketch {
    pub(super) fn insert(&mut self, hash: u64) {
        let rank = (hash << CHOOSING).leading_zeros().min(RANKED) as u8 + 1;
        let register = &mut self.registers[(hash >> RANKED) as usize];
        *register = rank.max(*register);
    }

    /// Takes in all that the other has seen.
    pub(super) fn merge(&mut self, other: &Self) {
        for (register, other) in self.registers.iter_mut().zip(other.registers.iter()) {
            *register = (*register).max(*other);
        }
    }

    /// How many different hashes were inserted, to the nearest whole number.
    pub(super) fn estimate(&self) -> i64 {
        let mut counts = [0_u32; MAX_RANK as usize + 1];
        for register in self.registers.iter() {
            counts[usize::from(*register)] += 1;
        }
        let m = REGISTERS as f64;
        let [empty, .., full] = counts.map(f64::from);
        let mut z = m * tau((m - full) / m);
        for count in counts[1..usize::from(MAX_RANK)].iter().rev() {
            z = 0.5 * (z + f64::from(*count));
        }
        z += m * sigma(empty / m);
        (m * m / (2.0 * std::f64::consts::LN_2 * z)).round() as i64
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(*self.registers);
    }

    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
        let registers = Box::new(cursor.fixed::<REGISTERS>()?);
        if registers.iter().all(|register| *register <= MAX_RANK) { Ok(Self { registers }) } else { Err(Damaged) }
    }
}

/// x + Σ x^(2^k) × 2^(k−1), k from 1: what empty registers say. Infinite at 1, where nothing was inserted.
fn sigma(x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut factor, mut sum) = (x, 1.0, x);
    loop {
        power *= power;
        let before = sum;
        sum += power * factor;
        factor += factor;
        if sum == before {
            return sum;
        }
    }
}

/// (1 − x − Σ (1 − x^(2^−k))² × 2^−k) / 3, k from 1: what full registers say.
fn tau(x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut root, mut factor, mut sum) = (x, 1.0, 1.0 - x);
    loop {
        root = root.sqrt();
        let before = sum;
        factor *= 0.5;
        sum -= (1.0 - root) * (1.0 - root) * factor;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The n-th of a sequence of well mixed numbers (the finalizer of MurmurHash3).
    fn mixed(n: u64) -> u64 {
        let mut hash = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
        for factor in [0xff51_afd7_ed55_8ccd_u64, 0xc4ce_b9fe_1a85_ec53] {
            hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
        }
        hash ^ (hash >> 33)
    }

    fn of(hashes: impl Iterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::default();
        hashes.for_each(|hash| sketch.insert(hash));
        sketch
    }

    #[test]
    fn nothing_is_zero_and_a_few_are_exact() {
        assert_eq!(Sketch::default().estimate(), 0);
        for few in [1, 2, 10, 20] {
            assert_eq!(of((0..few).map(mixed)).estimate(), few as i64);
        }
    }

    #[test]
    fn the_error_is_what_is_stated() {
        let (mut worst, mut squares, mut runs) = (0.0_f64, 0.0, 0.0);
        for count in [300_u64, 1_000, 5_000, 20_000, 100_000] {
            for start in 0..20 {
                let estimate = of((0..count).map(|n| mixed(start * 1_000_000 + n))).estimate();
                let error = (estimate as f64 - count as f64) / count as f64;
                (worst, squares, runs) = (worst.max(error.abs()), squares + error * error, runs + 1.0);
            }
        }
        let standard = f64::sqrt(squares / runs);
        assert!(standard < 0.018, "standard error {standard}");
        assert!(worst < 5.0 * 0.016_25, "worst error {worst}");
    }

    #[test]
    fn a_union_is_the_sketch_of_both() {
        let (all, odd) = (of((0..1_000).map(mixed)), of((500..1_500).map(mixed)));
        let mut union = all.clone();
        union.merge(&odd);
        assert_eq!(union.registers, of((0..1_500).map(mixed)).registers);
    }

    #[test]
    fn registers_of_every_value_have_an_estimate() {
        let mut sketch = Sketch::default();
        sketch.registers.fill(MAX_RANK);
        assert_eq!(sketch.estimate(), i64::MAX, "more than there can be");
        sketch.insert(0);
        let mut bytes = Vec::new();
        sketch.write(&mut bytes);
        assert!(Sketch::read(&mut Cursor::new(&bytes)).is_ok());
        bytes[7] = MAX_RANK + 1;
        assert!(Sketch::read(&mut Cursor::new(&bytes)).is_err());
    }
}
