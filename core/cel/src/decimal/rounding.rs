//! To fewer digits, by a named way.

use super::{DIGITS, Decimal, Fault};

/// Which neighbour a number becomes that has too many digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// The nearest; of two, the one whose last digit is even.
    HalfEven,
    /// The nearest; of two, the one further from zero.
    HalfUp,
    /// The nearest; of two, the one closer to zero.
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards positive infinity.
    Ceiling,
    /// Towards negative infinity.
    Floor,
}

impl Rounding {
    /// Every way, by its name.
    pub const NAMES: [(&'static str, Rounding); 7] = [
        ("half_even", Self::HalfEven),
        ("half_up", Self::HalfUp),
        ("half_down", Self::HalfDown),
        ("up", Self::Up),
        ("down", Self::Down),
        ("ceiling", Self::Ceiling),
        ("floor", Self::Floor),
    ];

    /// The way that has this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, rounding)| *rounding)
    }

    /// `quotient`, whose exact value lies `remainder / divisor` further from zero, as a whole number; `negative` is the sign of the
    /// exact value, which a quotient of zero does not show. `remainder` and `divisor` are magnitudes, the first below the second.
    pub(super) fn apply(self, quotient: i128, remainder: i128, divisor: i128, negative: bool) -> i128 {
        if remainder == 0 {
            return quotient;
        }
        // Twice the remainder would not always fit.
        let half = remainder.cmp(&(divisor - remainder));
        let away = match self {
            Self::HalfEven => half.is_gt() || (half.is_eq() && quotient % 2 != 0),
            Self::HalfUp => half.is_ge(),
            Self::HalfDown => half.is_gt(),
            Self::Up => true,
            Self::Down => false,
            Self::Ceiling => !negative,
            Self::Floor => negative,
        };
        match (away, negative) {
            (false, _) => quotient,
            (true, true) => quotient - 1,
            (true, false) => quotient + 1,
        }
    }
}

impl Decimal {
    /// The number with `scale` digits behind the point.
    ///
    /// # Errors
    /// [`Fault::TooManyDigits`]: so many digits do not fit beside the whole part.
    pub fn round(self, scale: u32, rounding: Rounding) -> Result<Self, Fault> {
        if scale >= self.scale {
            let more = 10_i128.checked_pow(scale - self.scale).filter(|_| scale <= DIGITS);
            let coefficient = more.and_then(|more| self.coefficient.checked_mul(more));
            return Self::exactly(coefficient, scale);
        }
        let divisor = 10_i128.pow(self.scale - scale);
        let (quotient, remainder) = (self.coefficient / divisor, (self.coefficient % divisor).abs());
        let rounded = rounding.apply(quotient, remainder, divisor, self.coefficient < 0);
        Self::exactly(Some(rounded), scale)
    }

    /// This coefficient at this very scale.
    pub(super) fn exactly(coefficient: Option<i128>, scale: u32) -> Result<Self, Fault> {
        let found = coefficient.filter(|coefficient| coefficient.unsigned_abs() < super::BOUND.unsigned_abs());
        found.filter(|_| scale <= DIGITS).map(|coefficient| Self { coefficient, scale }).ok_or(Fault::TooManyDigits)
    }
}
