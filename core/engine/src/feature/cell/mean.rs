//! Cells of `avg`: the sum of a bucket's values, and how many they are. The sum of whole numbers is exact whatever they
//! are; that of doubles is made as `sum` makes it. The window's sum is divided once.

use fishplate_cel::Value;

use super::{Cell, write_unless};
use crate::codec::{Cursor, Damaged};
use crate::feature::{Definition, EventTime, Overflow};

/// Of doubles.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct Mean {
    sum: f64,
    count: u64,
}

/// Of ints or uints.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct WholeMean {
    /// The two halves of 128 bits, little end first: together they would be aligned to 16 bytes.
    sum: [u64; 2],
    count: u64,
}

impl Cell for Mean {
    type Fold = Mean;

    const SUMMED: bool = true;

    fn add(&mut self, value: &Value, _: EventTime, _: &Definition) -> Result<(), Overflow> {
        let Value::Double(value) = value else {
            debug_assert!(false, "the checker gave the average its type");
            return Err(Overflow);
        };
        self.sum += value;
        self.count += 1;
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn start() -> Mean {
        Mean::default()
    }

    fn fold(cells: &[Self], fold: &mut Mean, _: &Definition) {
        for cell in cells {
            fold.sum += cell.sum;
            fold.count = fold.count.saturating_add(cell.count);
        }
    }

    fn cell_of(fold: &Mean) -> Self {
        *fold
    }

    fn fold_of(&self) -> Mean {
        *self
    }

    fn finish(fold: Mean, _: &Definition) -> Result<Option<Value>, Overflow> {
        Ok((fold.count > 0).then(|| Value::Double(fold.sum / fold.count as f64)))
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unless(self.is_empty(), out, |out| {
            out.extend(self.count.to_le_bytes());
            out.extend(self.sum.to_bits().to_le_bytes());
        });
    }

    fn read(cursor: &mut Cursor<'_>, _: &Definition) -> Result<Self, Damaged> {
        let read = |cursor: &mut Cursor<'_>| Ok(Self { count: cursor.u64()?, sum: f64::from_bits(cursor.u64()?) });
        Ok(cursor.option(read)?.unwrap_or_default())
    }
}

impl WholeMean {
    fn sum(&self) -> i128 {
        (i128::from(self.sum[1]) << 64) | i128::from(self.sum[0])
    }

    fn set_sum(&mut self, sum: i128) {
        self.sum = [sum as u64, (sum >> 64) as u64];
    }
}

impl Cell for WholeMean {
    type Fold = (i128, u64);

    const SUMMED: bool = true;

    fn add(&mut self, value: &Value, _: EventTime, _: &Definition) -> Result<(), Overflow> {
        let value = match value {
            Value::Int(value) => i128::from(*value),
            Value::Uint(value) => i128::from(*value),
            _ => {
                debug_assert!(false, "the checker gave the average its type");
                return Err(Overflow);
            }
        };
        self.set_sum(self.sum().checked_add(value).ok_or(Overflow)?);
        self.count += 1;
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn start() -> Self::Fold {
        (0, 0)
    }

    fn fold(cells: &[Self], (sum, count): &mut Self::Fold, _: &Definition) {
        for cell in cells {
            // 2⁶⁴ events of 64 bits do not fill it; bytes that were tampered with may.
            *sum = sum.saturating_add(cell.sum());
            *count = count.saturating_add(cell.count);
        }
    }

    fn cell_of((sum, count): &Self::Fold) -> Self {
        let mut cell = Self { sum: [0; 2], count: *count };
        cell.set_sum(*sum);
        cell
    }

    fn fold_of(&self) -> Self::Fold {
        (self.sum(), self.count)
    }

    fn finish((sum, count): Self::Fold, _: &Definition) -> Result<Option<Value>, Overflow> {
        Ok((count > 0).then(|| Value::Double(sum as f64 / count as f64)))
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unless(self.is_empty(), out, |out| {
            out.extend(self.count.to_le_bytes());
            out.extend(self.sum().to_le_bytes());
        });
    }

    fn read(cursor: &mut Cursor<'_>, _: &Definition) -> Result<Self, Damaged> {
        let read = |cursor: &mut Cursor<'_>| {
            let mut cell = Self { count: cursor.u64()?, sum: [0; 2] };
            cell.set_sum(cursor.i128()?);
            Ok(cell)
        };
        Ok(cursor.option(read)?.unwrap_or_default())
    }
}
