//! Cells of `min` and `max`: the least or greatest value of a bucket. NaN wins, as it does where outputs are merged;
//! -0.0 is less than 0.0, so that the result does not hang on the order of events.

use fishplate_cel::{Duration, Timestamp, Value};

use super::{Cell, UNKNOWN, signed_bits, signed_of, write_unless};
use crate::codec::{Cursor, Damaged};
use crate::feature::{Aggregate, Definition, EventTime, Overflow};

#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct Extreme<T>(Option<T>);

/// What has a least and a greatest.
pub(in crate::feature) trait Scalar: Copy {
    fn of(value: &Value) -> Option<Self>;
    fn value(self) -> Value;
    /// The lesser of two.
    fn least(self, other: Self) -> Self;
    /// The greater of two.
    fn most(self, other: Self) -> Self;
    /// It in 64 bits; [`UNKNOWN`] if it does not fit.
    fn pack(self) -> u64;
    /// What [`Self::pack`] packed; `None` if it never packs.
    fn unpack(bits: u64) -> Option<Self>;
    fn write(self, out: &mut Vec<u8>);
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged>;
}

impl<T: Scalar> Extreme<T> {
    fn take(&mut self, value: T, of: &Definition) {
        self.0 = Some(match (self.0, of.aggregate) {
            (None, _) => value,
            (Some(kept), Aggregate::Min(_)) => kept.least(value),
            (Some(kept), _) => kept.most(value),
        });
    }
}

impl<T: Scalar + Default> Cell for Extreme<T> {
    type Fold = Extreme<T>;

    fn add(&mut self, value: &Value, _: EventTime, of: &Definition) -> Result<(), Overflow> {
        let value = T::of(value);
        debug_assert!(value.is_some(), "the checker gave the extreme its type");
        self.take(value.ok_or(Overflow)?, of);
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn start() -> Self {
        Self(None)
    }

    fn fold(cells: &[Self], fold: &mut Self, of: &Definition) {
        cells.iter().filter_map(|cell| cell.0).for_each(|value| fold.take(value, of));
    }

    fn finish(fold: Self, _: &Definition) -> Result<Option<Value>, Overflow> {
        Ok(fold.0.map(T::value))
    }

    fn remember(fold: &Self) -> u64 {
        fold.0.map_or(UNKNOWN, T::pack)
    }

    fn recall(memo: u64) -> Option<Self> {
        if memo == UNKNOWN { None } else { T::unpack(memo).map(|value| Self(Some(value))) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unless(self.0.is_none(), out, |out| self.0.into_iter().for_each(|value| value.write(out)));
    }

    fn read(cursor: &mut Cursor<'_>, _: &Definition) -> Result<Self, Damaged> {
        cursor.option(T::read).map(Self)
    }
}

/// Types with Rust's own order: the way into 64 bits, and back, if there is one.
macro_rules! ordered {
    ($($ty:ident $variant:ident $pack:expr, $unpack:expr, $write:expr, $read:expr;)*) => {$(
        impl Scalar for $ty {
            fn of(value: &Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(*value),
                    _ => None,
                }
            }

            fn value(self) -> Value {
                Value::$variant(self)
            }

            fn least(self, other: Self) -> Self {
                self.min(other)
            }

            fn most(self, other: Self) -> Self {
                self.max(other)
            }

            fn pack(self) -> u64 {
                $pack(self)
            }

            fn unpack(bits: u64) -> Option<Self> {
                $unpack(bits)
            }

            fn write(self, out: &mut Vec<u8>) {
                $write(self, out);
            }

            fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
                $read(cursor)
            }
        }
    )*};
}

ordered! {
    i64 Int signed_bits, |bits| Some(signed_of(bits)), |value: i64, out: &mut Vec<u8>| out.extend(value.to_le_bytes()), Cursor::i64;
    u64 Uint |value| value, Some, |value: u64, out: &mut Vec<u8>| out.extend(value.to_le_bytes()), Cursor::u64;
    Timestamp Timestamp |_| UNKNOWN, |_| None,
        |value: Timestamp, out: &mut Vec<u8>| write_time(value.seconds(), value.nanos(), out),
        |cursor: &mut Cursor<'_>| Timestamp::new(cursor.i64()?, cursor.u32()? as i32).ok_or(Damaged);
    Duration Duration |_| UNKNOWN, |_| None,
        |value: Duration, out: &mut Vec<u8>| write_time(value.seconds(), value.nanos(), out),
        |cursor: &mut Cursor<'_>| Duration::new(cursor.i64()?, cursor.u32()? as i32).ok_or(Damaged);
}

fn write_time(seconds: i64, nanos: i32, out: &mut Vec<u8>) {
    out.extend(seconds.to_le_bytes());
    out.extend(nanos.to_le_bytes());
}

impl Scalar for f64 {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Double(value) => Some(*value),
            _ => None,
        }
    }

    fn value(self) -> Value {
        Value::Double(self)
    }

    fn least(self, other: Self) -> Self {
        if self.is_nan() || other.is_nan() {
            return Self::NAN;
        }
        if other.total_cmp(&self).is_lt() { other } else { self }
    }

    fn most(self, other: Self) -> Self {
        if self.is_nan() || other.is_nan() {
            return Self::NAN;
        }
        if other.total_cmp(&self).is_gt() { other } else { self }
    }

    /// [`UNKNOWN`] is a NaN that the fold gives again.
    fn pack(self) -> u64 {
        self.to_bits()
    }

    fn unpack(bits: u64) -> Option<Self> {
        Some(Self::from_bits(bits))
    }

    fn write(self, out: &mut Vec<u8>) {
        out.extend(self.to_bits().to_le_bytes());
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
        cursor.u64().map(Self::from_bits)
    }
}
