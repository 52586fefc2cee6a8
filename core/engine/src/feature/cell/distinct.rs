//! Cells of `distinct`: which values a bucket has seen, as 64-bit hashes. Up to [`EXACT`] of them are kept as they are;
//! a bucket with more becomes a sketch. The window is the union of its buckets: exact while each of them is.

use fishplate_cel::Value;
use sha2::{Digest, Sha256};

use super::Cell;
use super::sketch::{REGISTERS, Sketch};
use crate::canonical;
use crate::codec::{Cursor, Damaged};
use crate::feature::{ALLOCATION, Definition, EventTime, Overflow};

/// Different values that a bucket keeps exactly: 2 KiB of hashes, half of what the sketch takes that follows.
const EXACT: usize = 256;

#[derive(Clone, Debug)]
pub(in crate::feature) enum Distinct {
    /// Hashes in order.
    Exact(Vec<u64>),
    Estimated(Sketch),
}

/// The union of some buckets.
#[derive(Debug, Default)]
pub(in crate::feature) struct Union {
    /// Hashes of exact buckets, one bucket after the other.
    hashes: Vec<u64>,
    sketch: Option<Sketch>,
}

/// The first 8 bytes of SHA-256 of the value's canonical form: two of 10,000 values fall together once in 370 billion
/// windows, and whoever wants two that do tries four billion.
fn hash(value: &Value) -> u64 {
    let mut bytes = Vec::with_capacity(64);
    canonical::write_value(value, &mut bytes);
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(&bytes));
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The room that `count` hashes take: powers of two from 4.
fn room(count: usize) -> usize {
    if count == 0 { 0 } else { count.next_power_of_two().max(4) }
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Cell for Distinct {
    type Fold = Union;

    const OWNS: bool = true;

    fn add(&mut self, value: &Value, _: EventTime, _: &Definition) -> Result<(), Overflow> {
        let hash = hash(value);
        match self {
            Self::Estimated(sketch) => sketch.insert(hash),
            Self::Exact(hashes) => {
                let Err(at) = hashes.binary_search(&hash) else { return Ok(()) };
                if hashes.len() == EXACT {
                    let mut sketch = Sketch::default();
                    hashes.iter().chain([&hash]).for_each(|hash| sketch.insert(*hash));
                    *self = Self::Estimated(sketch);
                } else {
                    hashes.reserve_exact(room(hashes.len() + 1) - hashes.len());
                    hashes.insert(at, hash);
                }
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Exact(hashes) if hashes.is_empty())
    }

    fn start() -> Union {
        Union::default()
    }

    fn fold(cells: &[Self], fold: &mut Union, _: &Definition) {
        for cell in cells {
            match cell {
                Self::Exact(hashes) => fold.hashes.extend(hashes),
                Self::Estimated(sketch) => fold.sketch.get_or_insert_default().merge(sketch),
            }
        }
    }

    fn finish(mut fold: Union, _: &Definition) -> Result<Option<Value>, Overflow> {
        let count = match fold.sketch {
            Some(mut sketch) => {
                fold.hashes.iter().for_each(|hash| sketch.insert(*hash));
                sketch.estimate()
            }
            None => {
                fold.hashes.sort(); // the stable sort merges runs, and each bucket is one
                fold.hashes.dedup();
                fold.hashes.len() as i64
            }
        };
        Ok(Some(Value::Int(count)))
    }

    fn owned(&self) -> usize {
        match self {
            Self::Exact(hashes) if hashes.is_empty() => 0,
            Self::Exact(hashes) => room(hashes.len()) * size_of::<u64>() + ALLOCATION,
            Self::Estimated(_) => REGISTERS + ALLOCATION,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Exact(hashes) => {
                out.extend((hashes.len() as u16).to_le_bytes());
                hashes.iter().for_each(|hash| out.extend(hash.to_le_bytes()));
            }
            Self::Estimated(sketch) => {
                out.extend(ESTIMATED.to_le_bytes());
                sketch.write(out);
            }
        }
    }

    fn read(cursor: &mut Cursor<'_>, _: &Definition) -> Result<Self, Damaged> {
        let count = match cursor.u16()? {
            ESTIMATED => return Sketch::read(cursor).map(Self::Estimated),
            count => usize::from(count),
        };
        if count > EXACT {
            return Err(Damaged);
        }
        let mut hashes = Vec::with_capacity(room(count));
        for _ in 0..count {
            let hash = cursor.u64()?;
            if hashes.last().is_some_and(|last| *last >= hash) {
                return Err(Damaged);
            }
            hashes.push(hash);
        }
        Ok(Self::Exact(hashes))
    }
}

/// Stands where the number of hashes does.
const ESTIMATED: u16 = u16::MAX;
