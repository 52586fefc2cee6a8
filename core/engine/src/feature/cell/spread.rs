//! Cells of `stddev`, the standard deviation of all values in the window (the population's): their number n, their mean,
//! and M2, the sum of the squares of their distances from it.
//!
//! Within a bucket by B. P. Welford, "Note on a method for calculating corrected sums of squares and products",
//! Technometrics 4 (1962): for each value x, n ← n + 1, d = x − mean, mean ← mean + d / n, M2 ← M2 + d × (x − mean).
//! Buckets are joined oldest first by T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a pairwise
//! algorithm for computing sample variances" (1979): n = a + b, d = mean_b − mean_a, mean = mean_a + d × (b / n),
//! M2 = M2_a + M2_b + d × d × (a × b / n). Neither subtracts what was added, so nothing is lost to values far from zero.

use fishplate_cel::Value;

use super::{Cell, write_unless};
use crate::codec::{Cursor, Damaged};
use crate::feature::{Definition, EventTime, Overflow};

#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct Spread {
    count: u64,
    mean: f64,
    m2: f64,
}

impl Spread {
    fn join(&mut self, other: &Self) {
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let count = self.count.saturating_add(other.count);
        let n = count as f64;
        let d = other.mean - self.mean;
        self.mean += d * (b / n);
        self.m2 = self.m2 + other.m2 + d * d * (a * b / n);
        self.count = count;
    }
}

impl Cell for Spread {
    type Fold = Spread;

    const SUMMED: bool = true;

    fn add(&mut self, value: &Value, _: EventTime, _: &Definition) -> Result<(), Overflow> {
        let x = match value {
            Value::Int(value) => *value as f64,
            Value::Uint(value) => *value as f64,
            Value::Double(value) => *value,
            _ => {
                debug_assert!(false, "the checker gave the deviation its type");
                return Err(Overflow);
            }
        };
        self.count += 1;
        let d = x - self.mean;
        self.mean += d / self.count as f64;
        self.m2 += d * (x - self.mean);
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn start() -> Spread {
        Spread::default()
    }

    fn fold(cells: &[Self], fold: &mut Spread, _: &Definition) {
        cells.iter().filter(|cell| !cell.is_empty()).for_each(|cell| fold.join(cell));
    }

    fn cell_of(fold: &Spread) -> Self {
        *fold
    }

    fn fold_of(&self) -> Spread {
        *self
    }

    fn finish(fold: Spread, _: &Definition) -> Result<Option<Value>, Overflow> {
        Ok((fold.count > 0).then(|| Value::Double((fold.m2 / fold.count as f64).sqrt())))
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unless(self.is_empty(), out, |out| {
            out.extend(self.count.to_le_bytes());
            out.extend(self.mean.to_bits().to_le_bytes());
            out.extend(self.m2.to_bits().to_le_bytes());
        });
    }

    fn read(cursor: &mut Cursor<'_>, _: &Definition) -> Result<Self, Damaged> {
        let read = |cursor: &mut Cursor<'_>| {
            let double = |cursor: &mut Cursor<'_>| cursor.u64().map(f64::from_bits);
            Ok(Self { count: cursor.u64()?, mean: double(cursor)?, m2: double(cursor)? })
        };
        Ok(cursor.option(read)?.unwrap_or_default())
    }
}
