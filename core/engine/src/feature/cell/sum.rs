//! Cells of `sum`. Whole numbers are summed exactly, and it is the whole window's sum that must fit its type (a bucket's
//! own does, too: it is kept in 64 bits). Doubles add in arrival order within a bucket, and buckets oldest first, never
//! by subtraction: the one order in which they give the same bits everywhere.

use fishplate_cel::Value;

use super::{Cell, UNKNOWN, signed_bits, signed_of, write_unless};
use crate::codec::{Cursor, Damaged};
use crate::feature::{Definition, EventTime, Overflow};

#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feature) struct Sum<T>(T);

/// 64 bits that are added up.
pub(in crate::feature) trait Summand: Copy + Default + PartialEq {
    /// Holds the sum of any number of them.
    type Wide: Copy + Default;

    fn of(value: &Value) -> Option<Self>;
    fn value(self) -> Value;
    fn plus(self, other: Self) -> Option<Self>;
    fn widen(self, sum: Self::Wide) -> Self::Wide;
    fn narrow(sum: Self::Wide) -> Option<Self>;
    fn bits(self) -> u64;
    fn from_bits(bits: u64) -> Self;
}

impl<T: Summand> Cell for Sum<T> {
    type Fold = T::Wide;

    const SMALL: bool = true;

    fn add(&mut self, value: &Value, _: EventTime, _: &Definition) -> Result<(), Overflow> {
        let value = T::of(value);
        debug_assert!(value.is_some(), "the checker gave the sum its type");
        self.0 = value.and_then(|value| self.0.plus(value)).ok_or(Overflow)?;
        Ok(())
    }

    /// A sum of zero adds nothing, whatever it is made of.
    fn is_empty(&self) -> bool {
        self.0 == T::default()
    }

    fn start() -> T::Wide {
        T::Wide::default()
    }

    fn fold(cells: &[Self], fold: &mut T::Wide, _: &Definition) {
        *fold = cells.iter().fold(*fold, |sum, cell| cell.0.widen(sum));
    }

    fn finish(fold: T::Wide, _: &Definition) -> Result<Option<Value>, Overflow> {
        T::narrow(fold).map(|sum| Some(sum.value())).ok_or(Overflow)
    }

    fn remember(fold: &T::Wide) -> u64 {
        T::narrow(*fold).map_or(UNKNOWN, T::bits)
    }

    fn recall(memo: u64) -> Option<T::Wide> {
        (memo != UNKNOWN).then(|| T::from_bits(memo).widen(T::Wide::default()))
    }

    fn pack(&self) -> u64 {
        self.0.bits()
    }

    fn unpack(bits: u64) -> Self {
        Self(T::from_bits(bits))
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_unless(self.is_empty(), out, |out| out.extend(self.0.bits().to_le_bytes()));
    }

    fn read(cursor: &mut Cursor<'_>, _: &Definition) -> Result<Self, Damaged> {
        Ok(Self(cursor.option(Cursor::u64)?.map_or_else(T::default, T::from_bits)))
    }
}

impl Summand for i64 {
    type Wide = i128;

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    fn value(self) -> Value {
        Value::Int(self)
    }

    fn plus(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }

    fn widen(self, sum: i128) -> i128 {
        sum + i128::from(self)
    }

    fn narrow(sum: i128) -> Option<Self> {
        Self::try_from(sum).ok()
    }

    fn bits(self) -> u64 {
        signed_bits(self)
    }

    fn from_bits(bits: u64) -> Self {
        signed_of(bits)
    }
}

impl Summand for u64 {
    type Wide = u128;

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Uint(value) => Some(*value),
            _ => None,
        }
    }

    fn value(self) -> Value {
        Value::Uint(self)
    }

    fn plus(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }

    fn widen(self, sum: u128) -> u128 {
        sum + u128::from(self)
    }

    fn narrow(sum: u128) -> Option<Self> {
        Self::try_from(sum).ok()
    }

    fn bits(self) -> u64 {
        self
    }

    fn from_bits(bits: u64) -> Self {
        bits
    }
}

impl Summand for f64 {
    type Wide = f64;

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Double(value) => Some(*value),
            _ => None,
        }
    }

    fn value(self) -> Value {
        Value::Double(self)
    }

    fn plus(self, other: Self) -> Option<Self> {
        Some(self + other)
    }

    fn widen(self, sum: f64) -> f64 {
        sum + self
    }

    fn narrow(sum: f64) -> Option<Self> {
        Some(sum)
    }

    /// [`UNKNOWN`] is a NaN: then the sum is folded again, and is a NaN again.
    fn bits(self) -> u64 {
        self.to_bits()
    }

    fn from_bits(bits: u64) -> Self {
        Self::from_bits(bits)
    }
}
