//! Decimal numbers: money without rounding that nobody asked for.
//!
//! A number is a coefficient of at most 34 digits, the precision of IEEE 754's decimal128, over a power of ten. What is exact is
//! given exactly; what is not is an error, unless the caller names digits and a [`Rounding`]. Digits behind the point are kept as
//! they were written (`12.30` stays `12.30`) and grow as Java's `BigDecimal` has them: a sum has those of its longer operand, a
//! product those of both together. Equality and order go by value: `12.30` equals `12.3`.
//!
//! Source of the operations: the General Decimal Arithmetic Specification, <https://speleotrove.com/decimal/decarith.html>.

mod arithmetic;
mod rounding;
#[cfg(test)]
mod tests;
mod text;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

pub use rounding::Rounding;

/// Digits that a coefficient has at most.
pub const DIGITS: u32 = 34;
/// The least coefficient that is too large.
const BOUND: i128 = 10_i128.pow(DIGITS);

/// A decimal number: `coefficient / 10^scale`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    /// Below 10^34, whatever its sign.
    coefficient: i128,
    /// Digits behind the point, at most 34.
    scale: u32,
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The exact result has more than 34 digits.
    TooManyDigits,
    /// The quotient has no end.
    Inexact,
    /// Division by zero.
    DivisionByZero,
}

impl Decimal {
    /// `coefficient / 10^scale`; `None` where that is more than 34 digits, zeros at the end not counted where they have to go.
    pub fn new(coefficient: i128, scale: u32) -> Option<Self> {
        let (mut coefficient, mut scale) = (coefficient, scale);
        while (scale > DIGITS || coefficient.abs() >= BOUND) && scale > 0 && coefficient % 10 == 0 {
            coefficient /= 10;
            scale -= 1;
        }
        (scale <= DIGITS && coefficient.unsigned_abs() < BOUND.unsigned_abs()).then_some(Self { coefficient, scale })
    }

    /// The coefficient: the number without its point.
    pub fn coefficient(self) -> i128 {
        self.coefficient
    }

    /// Digits behind the point, those that are zero too.
    pub fn scale(self) -> u32 {
        self.scale
    }

    /// Whether it is zero, whatever its digits behind the point.
    pub fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    /// The number of the same value that has no zeros at the end of its digits behind the point.
    #[must_use]
    pub fn normalized(self) -> Self {
        let Self { mut coefficient, mut scale } = self;
        while scale > 0 && coefficient % 10 == 0 {
            coefficient /= 10;
            scale -= 1;
        }
        Self { coefficient, scale }
    }

    /// The whole part, towards zero.
    pub fn trunc(self) -> i128 {
        self.coefficient / 10_i128.pow(self.scale)
    }

    /// The nearest double, ties to even.
    pub fn to_f64(self) -> f64 {
        // Rust reads decimal text with correct rounding, and no arithmetic on doubles does.
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The part behind the point as 34 digits: below 10^34, of the number's sign.
    fn fraction(self) -> i128 {
        self.coefficient % 10_i128.pow(self.scale) * 10_i128.pow(DIGITS - self.scale)
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self { coefficient: value.into(), scale: 0 }
    }
}

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        Self { coefficient: value.into(), scale: 0 }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.trunc().cmp(&other.trunc()).then_with(|| self.fraction().cmp(&other.fraction()))
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { coefficient, scale } = self.normalized();
        (coefficient, scale).hash(state);
    }
}
