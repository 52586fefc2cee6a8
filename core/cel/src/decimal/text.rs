//! Decimal numbers as text: `-12.30`, `1e3`, and back without an exponent.

use std::fmt;
use std::str::FromStr;

use super::{DIGITS, Decimal};

/// Text that is no decimal number, or one of more than 34 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotDecimal;

impl FromStr for Decimal {
    type Err = NotDecimal;

    /// A sign, digits, a point and digits, an exponent: `12`, `-12.30`, `+.5`, `1.5e-3`. No blanks, no infinity, no NaN.
    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        let (text, exponent) = match text.split_once(['e', 'E']) {
            Some((text, exponent)) => (text, exponent.parse::<i32>().map_err(|_| NotDecimal)?),
            None => (text, 0),
        };
        let (negative, text) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if digits().count() == 0 || !digits().all(|digit| digit.is_ascii_digit()) {
            return Err(NotDecimal);
        }
        let significant = digits().skip_while(|digit| *digit == b'0');
        let mut coefficient = 0_i128;
        for digit in significant {
            let next = coefficient.checked_mul(10).and_then(|tens| tens.checked_add(i128::from(digit - b'0')));
            coefficient = next.ok_or(NotDecimal)?;
        }
        let scale = i64::try_from(fraction.len()).map_err(|_| NotDecimal)? - i64::from(exponent);
        let signed = if negative { -coefficient } else { coefficient };
        of_parts(signed, scale).ok_or(NotDecimal)
    }
}

/// `coefficient / 10^scale`, whose scale may be of any size.
fn of_parts(coefficient: i128, scale: i64) -> Option<Decimal> {
    if coefficient == 0 {
        return Decimal::new(0, u32::try_from(scale.clamp(0, i64::from(DIGITS))).ok()?);
    }
    if scale < 0 {
        let more = u32::try_from(-scale).ok().filter(|more| *more <= DIGITS)?;
        return Decimal::new(coefficient.checked_mul(10_i128.pow(more))?, 0);
    }
    Decimal::new(coefficient, u32::try_from(scale).ok()?)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, scale) = (self.coefficient.unsigned_abs().to_string(), self.scale as usize);
        // At least one digit stands before the point.
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale > 0 { "." } else { "" };
        f.pad_integral(self.coefficient >= 0, "", &format!("{whole}{point}{fraction}"))
    }
}
