//! Instants and spans to the nanosecond, as protobuf bounds them. Values only: nothing here reads a clock.

pub(crate) mod calendar;
mod text;

use std::fmt;

/// An instant from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanos: i32,
}

/// A span of at most 315,576,000,000 seconds either way; `nanos` carries the sign of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    seconds: i64,
    nanos: i32,
}

const NANOS: i128 = 1_000_000_000;
const MIN_SECONDS: i64 = -62_135_596_800;
const MAX_SECONDS: i64 = 253_402_300_799;
const MAX_DURATION_SECONDS: i64 = 315_576_000_000;

impl Timestamp {
    /// `seconds` since the Unix epoch and `nanos` (0 to 999,999,999) after them; `None` outside the range.
    pub fn new(seconds: i64, nanos: i32) -> Option<Self> {
        ((MIN_SECONDS..=MAX_SECONDS).contains(&seconds) && (0..1_000_000_000).contains(&nanos))
            .then_some(Self { seconds, nanos })
    }

    /// From nanoseconds since the Unix epoch; `None` outside the range.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        let seconds = i64::try_from(nanos.div_euclid(NANOS)).ok()?;
        Self::new(seconds, nanos.rem_euclid(NANOS) as i32)
    }

    /// Whole seconds since the Unix epoch, floored.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after [`Self::seconds`], 0 to 999,999,999.
    pub fn nanos(self) -> i32 {
        self.nanos
    }

    /// Nanoseconds since the Unix epoch.
    pub fn as_nanos(self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanos)
    }

    /// From RFC 3339 text with an offset; `None` if it is none, or outside the range.
    ///
    /// Strict: capital `T` and `Z`, at most nine fractional digits, no leap second.
    pub fn parse(text: &str) -> Option<Self> {
        text::timestamp(text)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with as many groups of three fractional digits as needed (protobuf's JSON form).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_timestamp(f, *self, text::Fraction::Groups)
    }
}

impl Duration {
    /// `seconds` and `nanos` of one sign; `None` outside the range.
    pub fn new(seconds: i64, nanos: i32) -> Option<Self> {
        let one_sign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
        let in_range = seconds.unsigned_abs() <= MAX_DURATION_SECONDS as u64 && nanos.unsigned_abs() < 1_000_000_000;
        (one_sign && in_range).then_some(Self { seconds, nanos })
    }

    /// From nanoseconds; `None` outside the range.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        Self::new(i64::try_from(nanos / NANOS).ok()?, (nanos % NANOS) as i32)
    }

    /// Whole seconds, towards zero.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// The rest, −999,999,999 to 999,999,999, with the sign of the whole.
    pub fn nanos(self) -> i32 {
        self.nanos
    }

    /// All of it in nanoseconds.
    pub fn as_nanos(self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanos)
    }

    /// From CEL's text form: `1h30m`, `-1.5s`, `250ms`; units h, m, s, ms, us, ns.
    ///
    /// A fraction may follow any unit's digits, and is cut below a nanosecond; `0` needs no unit.
    pub fn parse(text: &str) -> Option<Self> {
        text::duration(text)
    }
}

impl fmt::Display for Duration {
    /// Seconds with as many groups of three fractional digits as needed and an `s`: `90s`, `-1.500s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_duration(f, *self, text::Fraction::Groups)
    }
}

/// The text that CEL's `string()` makes: like [`fmt::Display`], with no zero at the end of a fraction.
pub(crate) fn cel_timestamp(value: Timestamp) -> String {
    text::Text(|f: &mut fmt::Formatter<'_>| text::write_timestamp(f, value, text::Fraction::Shortest)).to_string()
}

/// The text that CEL's `string()` makes: like [`fmt::Display`], with no zero at the end of a fraction.
pub(crate) fn cel_duration(value: Duration) -> String {
    text::Text(|f: &mut fmt::Formatter<'_>| text::write_duration(f, value, text::Fraction::Shortest)).to_string()
}
