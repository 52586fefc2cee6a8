//! Cells of `count` and `rate`: how many events. 16 bits a bucket, until a bucket has more; then 32, then 64.

use fishplate_cel::Value;

use super::{Cell, UNKNOWN};
use crate::codec::{Cursor, Damaged};
use crate::feature::{Aggregate, Definition, EventTime, Overflow};

/// Up to 2¹⁶ − 1 events; one more is an [`Overflow`], upon which the window takes [`Tally`].
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct Few(u16);

/// Up to 2³² − 1 events; one more is an [`Overflow`], upon which the window takes [`Many`].
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct Tally(u32);

/// More events than anyone sends.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct Many(u64);

impl From<Few> for Tally {
    fn from(few: Few) -> Self {
        Self(u32::from(few.0))
    }
}

impl From<Tally> for Many {
    fn from(tally: Tally) -> Self {
        Self(u64::from(tally.0))
    }
}

macro_rules! counts {
    ($($cell:ident($int:ident))*) => {$(
        impl Cell for $cell {
            type Fold = u64;

            const SMALL: bool = true;

            fn add(&mut self, _: &Value, _: EventTime, _: &Definition) -> Result<(), Overflow> {
                self.0 = self.0.checked_add(1).ok_or(Overflow)?;
                Ok(())
            }

            fn is_empty(&self) -> bool {
                self.0 == 0
            }

            fn start() -> u64 {
                0
            }

            fn fold(cells: &[Self], fold: &mut u64, _: &Definition) {
                // Cells of bytes that were tampered with may be anything.
                *fold = cells.iter().fold(*fold, |sum, cell| sum.saturating_add(u64::from(cell.0)));
            }

            fn finish(fold: u64, of: &Definition) -> Result<Option<Value>, Overflow> {
                finish(fold, of)
            }

            fn remember(fold: &u64) -> u64 {
                *fold
            }

            fn recall(memo: u64) -> Option<u64> {
                (memo != UNKNOWN).then_some(memo)
            }

            fn pack(&self) -> u64 {
                u64::from(self.0)
            }

            fn unpack(bits: u64) -> Self {
                Self(bits as $int)
            }

            fn write(&self, out: &mut Vec<u8>) {
                write(u64::from(self.0), out);
            }

            fn read(cursor: &mut Cursor<'_>, _: &Definition) -> Result<Self, Damaged> {
                $int::try_from(read(cursor)?).map(Self).map_err(|_| Damaged)
            }
        }
    )*};
}

counts! { Few(u16) Tally(u32) Many(u64) }

fn finish(count: u64, of: &Definition) -> Result<Option<Value>, Overflow> {
    Ok(Some(match of.aggregate {
        Aggregate::Rate => Value::Double(count as f64 / of.seconds()),
        _ => Value::Int(i64::try_from(count).map_err(|_| Overflow)?),
    }))
}

/// Counts from here on take nine bytes.
const LONG: u8 = 255;

fn write(count: u64, out: &mut Vec<u8>) {
    match u8::try_from(count) {
        Ok(count) if count < LONG => out.push(count),
        _ => {
            out.push(LONG);
            out.extend(count.to_le_bytes());
        }
    }
}

fn read(cursor: &mut Cursor<'_>) -> Result<u64, Damaged> {
    match cursor.u8()? {
        LONG => cursor.u64(),
        short => Ok(u64::from(short)),
    }
}
