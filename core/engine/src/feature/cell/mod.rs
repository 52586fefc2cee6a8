//! Cells: what a bucket of each aggregate holds, and how buckets come to one value. Knows values; knows no time but that
//! of an event within its bucket.

mod count;
mod distinct;
mod edge;
mod extreme;
mod mean;
mod sketch;
mod spread;
mod sum;

use fishplate_cel::Value;

pub(super) use count::{Few, Many, Tally};
pub(super) use distinct::Distinct;
pub(super) use edge::Edge;
pub(super) use extreme::Extreme;
pub(super) use mean::{Mean, WholeMean};
pub(super) use spread::Spread;
pub(super) use sum::Sum;

use super::{Definition, EventTime, Overflow};
use crate::codec::{Cursor, Damaged};

/// What one bucket holds. The default is that of a bucket in which nothing is.
pub(super) trait Cell: Clone + Default {
    /// What the buckets so far come to.
    type Fold;

    /// Whether cells own memory: [`Self::owned`].
    const OWNS: bool = false;

    /// Whether a fold is as good in a cell: [`Self::cell_of`]. Then cells are not small.
    const SUMMED: bool = false;

    /// Whether a cell is as good in 64 bits: [`Self::pack`].
    const SMALL: bool = false;

    /// Adds an event of the bucket. On an error nothing has changed.
    fn add(&mut self, value: &Value, time: EventTime, of: &Definition) -> Result<(), Overflow>;

    /// Whether the bucket could as well not be there.
    fn is_empty(&self) -> bool;

    /// What no buckets come to.
    fn start() -> Self::Fold;

    /// Takes in buckets, oldest first.
    fn fold(cells: &[Self], fold: &mut Self::Fold, of: &Definition);

    /// What rules read; `Ok(None)`: nothing is there to be read.
    fn finish(fold: Self::Fold, of: &Definition) -> Result<Option<Value>, Overflow>;

    /// The fold in a cell, if that is as good.
    fn cell_of(_: &Self::Fold) -> Self {
        Self::default()
    }

    /// The fold that is in the cell.
    fn fold_of(&self) -> Self::Fold {
        Self::start()
    }

    /// A fold in 64 bits, for [`Self::recall`]; [`UNKNOWN`] if it does not fit, and where folding again is as good.
    fn remember(_: &Self::Fold) -> u64 {
        UNKNOWN
    }

    /// The fold that was remembered; `None` for [`UNKNOWN`].
    fn recall(_: u64) -> Option<Self::Fold> {
        None
    }

    /// The cell in 64 bits, if cells are small.
    fn pack(&self) -> u64 {
        0
    }

    /// The cell that was packed.
    fn unpack(_: u64) -> Self {
        Self::default()
    }

    /// Bytes that the cell owns besides itself: a function of its contents alone.
    fn owned(&self) -> usize {
        0
    }

    /// Appends the cell: one byte at least.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads what [`Self::write`] wrote.
    fn read(cursor: &mut Cursor<'_>, of: &Definition) -> Result<Self, Damaged>;
}

/// No fold is remembered.
pub(super) const UNKNOWN: u64 = u64::MAX;

/// 64 bits in which [`UNKNOWN`] is `i64::MAX`, the rarest of results, and not -1.
fn signed_bits(value: i64) -> u64 {
    value as u64 ^ (1 << 63)
}

fn signed_of(bits: u64) -> i64 {
    (bits ^ (1 << 63)) as i64
}

/// Writes a cell that is mostly empty: a byte that says whether it is, then what is in it.
fn write_unless(empty: bool, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(u8::from(!empty));
    if !empty {
        write(out);
    }
}
