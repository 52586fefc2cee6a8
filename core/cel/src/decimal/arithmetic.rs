//! Sums, products and quotients: exact, or an error.

use super::{DIGITS, Decimal, Fault, Rounding};

impl Decimal {
    /// `self + other`, with the digits behind the point of the one that has more.
    ///
    /// # Errors
    /// [`Fault::TooManyDigits`]
    pub fn try_add(self, other: Self) -> Result<Self, Fault> {
        let whole = self.aligned(other).and_then(|(a, b, scale)| Self::new(a.checked_add(b)?, scale));
        whole.ok_or(Fault::TooManyDigits)
    }

    /// `self - other`, with the digits behind the point of the one that has more.
    ///
    /// # Errors
    /// [`Fault::TooManyDigits`]
    pub fn try_sub(self, other: Self) -> Result<Self, Fault> {
        self.try_add(other.negated())
    }

    /// `-self`
    #[must_use]
    pub fn negated(self) -> Self {
        Self { coefficient: -self.coefficient, ..self }
    }

    /// The distance from zero.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { coefficient: self.coefficient.abs(), ..self }
    }

    /// `self * other`, with the digits behind the point of both together.
    ///
    /// # Errors
    /// [`Fault::TooManyDigits`]
    pub fn try_mul(self, other: Self) -> Result<Self, Fault> {
        let product = |a: Self, b: Self| Self::new(a.coefficient.checked_mul(b.coefficient)?, a.scale + b.scale);
        // Zeros at the end go only where there would be no result with them.
        let found = product(self, other).or_else(|| product(self.normalized(), other.normalized()));
        found.ok_or(Fault::TooManyDigits)
    }

    /// `self / other`, exactly, with no more digits behind the point than it needs and no fewer than `self` has over `other`.
    ///
    /// # Errors
    /// [`Fault::DivisionByZero`]; [`Fault::Inexact`] where the quotient has no end or more than 34 digits.
    pub fn try_div(self, other: Self) -> Result<Self, Fault> {
        let mut division = Division::of(self, other)?;
        let wanted = self.scale.saturating_sub(other.scale);
        while division.remainder != 0 || division.scale < i64::from(wanted) {
            division.step().ok_or(Fault::Inexact)?;
        }
        division.give(|_| division.quotient).map_err(|_| Fault::Inexact)
    }

    /// `self / other` with `scale` digits behind the point.
    ///
    /// # Errors
    /// [`Fault::DivisionByZero`], [`Fault::TooManyDigits`]
    pub fn div_round(self, other: Self, scale: u32, rounding: Rounding) -> Result<Self, Fault> {
        let mut division = Division::of(self, other)?;
        if scale > DIGITS {
            return Err(Fault::TooManyDigits);
        }
        while division.scale < i64::from(scale) {
            division.step().ok_or(Fault::TooManyDigits)?;
        }
        if division.scale == i64::from(scale) {
            return division.give(|division| division.rounded(rounding));
        }
        // More digits than wanted: what is left of the division only says whether the rest is nothing.
        let more = u32::try_from(division.scale - i64::from(scale)).unwrap_or(DIGITS);
        division.shorten(more, rounding)
    }

    /// The rest of dividing towards zero: of the sign of `self`.
    ///
    /// # Errors
    /// [`Fault::DivisionByZero`], [`Fault::TooManyDigits`]
    pub fn try_rem(self, other: Self) -> Result<Self, Fault> {
        if other.is_zero() {
            return Err(Fault::DivisionByZero);
        }
        let found = self.aligned(other).and_then(|(a, b, scale)| Self::new(a % b, scale));
        found.ok_or(Fault::TooManyDigits)
    }

    /// Both coefficients over one scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let over = |a: Self, b: Self| {
            let scale = a.scale.max(b.scale);
            let up = |number: Self| number.coefficient.checked_mul(10_i128.pow(scale - number.scale));
            Some((up(a)?, up(b)?, scale))
        };
        over(self, other).or_else(|| over(self.normalized(), other.normalized()))
    }
}

/// A long division, digit by digit: magnitudes, and the sign beside them.
struct Division {
    quotient: i128,
    remainder: i128,
    divisor: i128,
    /// Digits of the quotient behind the point; below zero where its last digits stand before it.
    scale: i64,
    negative: bool,
}

impl Division {
    fn of(dividend: Decimal, divisor: Decimal) -> Result<Self, Fault> {
        if divisor.is_zero() {
            return Err(Fault::DivisionByZero);
        }
        let (a, b) = (dividend.coefficient.abs(), divisor.coefficient.abs());
        let negative = (dividend.coefficient < 0) != (divisor.coefficient < 0) && a != 0;
        let scale = i64::from(dividend.scale) - i64::from(divisor.scale);
        Ok(Self { quotient: a / b, remainder: a % b, divisor: b, scale, negative })
    }

    /// One more digit; `None` where there is no room for it. The remainder is below 10^34, so ten times it fits.
    fn step(&mut self) -> Option<()> {
        let next = self.remainder * 10;
        let quotient = self.quotient.checked_mul(10)?.checked_add(next / self.divisor)?;
        let fits = quotient < super::BOUND && self.scale < i64::from(DIGITS);
        (self.quotient, self.remainder, self.scale) = (quotient, next % self.divisor, self.scale + 1);
        fits.then_some(())
    }

    fn signed(&self, magnitude: i128) -> i128 {
        if self.negative { -magnitude } else { magnitude }
    }

    fn rounded(&self, rounding: Rounding) -> i128 {
        rounding.apply(self.signed(self.quotient), self.remainder, self.divisor, self.negative).abs()
    }

    fn give(&self, magnitude: impl Fn(&Self) -> i128) -> Result<Decimal, Fault> {
        let scale = u32::try_from(self.scale).map_err(|_| Fault::TooManyDigits)?;
        Decimal::exactly(Some(self.signed(magnitude(self))), scale)
    }

    /// The quotient with its last `more` digits rounded away.
    fn shorten(&self, more: u32, rounding: Rounding) -> Result<Decimal, Fault> {
        let divisor = 10_i128.pow(more);
        let (quotient, rest) = (self.quotient / divisor, self.quotient % divisor);
        // Doubled, so that a remainder that is left can stand for "a little more" between two digits.
        let rest = rest * 2 + i128::from(self.remainder != 0);
        let rounded = rounding.apply(self.signed(quotient), rest, divisor * 2, self.negative);
        let scale = u32::try_from(self.scale - i64::from(more)).map_err(|_| Fault::TooManyDigits)?;
        Decimal::exactly(Some(rounded), scale)
    }
}
