//! Instants and spans ↔ text: RFC 3339, and CEL's `1h30m`.

use std::fmt;

use super::{
    Duration, NANOS, Timestamp,
    calendar::{self, Date},
};

/// How many digits a fraction gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fraction {
    /// 0, 3, 6 or 9: protobuf's JSON form.
    Groups,
    /// As few as hold it: CEL's `string()`.
    Shortest,
}

/// A function that writes text, as something to print.
pub(super) struct Text<F>(pub(super) F);

impl<F: Fn(&mut fmt::Formatter<'_>) -> fmt::Result> fmt::Display for Text<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

/// Reads text from its front.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    }

    fn skip(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn digits(&mut self) -> &[u8] {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits
    }

    /// `.` and one to nine digits, in nanoseconds; 0 if there is no `.`.
    fn nanos(&mut self) -> Option<i64> {
        if self.skip(b'.').is_none() {
            return Some(0);
        }
        let digits = self.digits();
        let scale = 9u32.checked_sub(u32::try_from(digits.len()).ok()?).filter(|scale| *scale < 9)?;
        let number = digits.iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
        Some(number * 10i64.pow(scale))
    }

    /// `Z` or `±HH:MM`, in seconds east.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.peek()? {
            b'Z' => {
                self.skip(b'Z')?;
                return Some(0);
            }
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        let hours = self.number(2).filter(|hours| *hours <= 23)?;
        self.skip(b':')?;
        let minutes = self.number(2).filter(|minutes| *minutes <= 59)?;
        Some(sign * (hours * 3_600 + minutes * 60))
    }
}

pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let mut reader = Reader(text.as_bytes());
    let year = reader.number(4)?;
    reader.skip(b'-')?;
    let month = reader.number(2).filter(|month| (1..=12).contains(month))?;
    reader.skip(b'-')?;
    let day = reader.number(2).filter(|day| (1..=calendar::days_in_month(year, month)).contains(day))?;
    reader.skip(b'T')?;
    let hour = reader.number(2).filter(|hour| *hour <= 23)?;
    reader.skip(b':')?;
    let minute = reader.number(2).filter(|minute| *minute <= 59)?;
    reader.skip(b':')?;
    let second = reader.number(2).filter(|second| *second <= 59)?;
    let nanos = reader.nanos()?;
    let offset = reader.offset()?;
    if reader.peek().is_some() {
        return None;
    }
    let days = calendar::days(Date { year, month, day });
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Timestamp::new(seconds, i32::try_from(nanos).ok()?)
}

/// Units, the longer of two with one beginning first.
const UNITS: &[(&str, i128)] = &[
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
    ("h", 3_600 * NANOS),
    ("m", 60 * NANOS),
    ("s", NANOS),
];

pub(super) fn duration(text: &str) -> Option<Duration> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Duration::new(0, 0);
    }
    let mut total: i128 = 0;
    loop {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, unit_on) = rest.split_at(number);
        let (name, unit) = UNITS.iter().find(|(name, _)| unit_on.starts_with(name))?;
        total = total.checked_add(part(digits, *unit)?)?;
        rest = &unit_on[name.len()..];
        if rest.is_empty() {
            return Duration::from_nanos(if negative { -total } else { total });
        }
    }
}

/// `digits` (which may hold a point) units, in nanoseconds, cut below one.
fn part(digits: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // An hour has 3.6e12 nanoseconds: what lies beyond 15 digits is less than one of them.
    let fraction = &fraction[..fraction.len().min(15)];
    let scale = 10i128.pow(fraction.len() as u32);
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    whole.checked_mul(unit)?.checked_add(fraction * unit / scale)
}

pub(super) fn write_timestamp(f: &mut fmt::Formatter<'_>, value: Timestamp, digits: Fraction) -> fmt::Result {
    let Date { year, month, day } = calendar::date(value.seconds().div_euclid(86_400));
    let of_day = value.seconds().rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
    write_fraction(f, value.nanos().unsigned_abs(), digits)?;
    f.write_str("Z")
}

pub(super) fn write_duration(f: &mut fmt::Formatter<'_>, value: Duration, digits: Fraction) -> fmt::Result {
    let negative = value.seconds() < 0 || value.nanos() < 0;
    write!(f, "{}{}", if negative { "-" } else { "" }, value.seconds().unsigned_abs())?;
    write_fraction(f, value.nanos().unsigned_abs(), digits)?;
    f.write_str("s")
}

fn write_fraction(f: &mut fmt::Formatter<'_>, nanos: u32, digits: Fraction) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let all = format!("{nanos:09}");
    let shortest = all.trim_end_matches('0').len();
    let length = if digits == Fraction::Groups { shortest.next_multiple_of(3) } else { shortest };
    write!(f, ".{}", &all[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        Timestamp::parse(text).map(Timestamp::seconds)
    }

    #[test]
    fn rfc_3339_text_is_an_instant() {
        assert_eq!(seconds("2009-02-13T23:31:30Z"), Some(1_234_567_890));
        assert_eq!(seconds("2009-02-14T01:31:30+02:00"), Some(1_234_567_890));
        assert_eq!(seconds("1970-01-01T00:00:00-00:00"), Some(0));
        assert_eq!(Timestamp::parse("1970-01-01T00:00:00.000000001Z"), Timestamp::new(0, 1));
    }

    #[test]
    fn what_rfc_3339_does_not_have_is_refused() {
        for text in [
            "",
            "2009-02-13",
            "2009-02-13T23:31:30",
            "2009-02-13 23:31:30Z",
            "2009-02-13t23:31:30Z",
            "2009-02-13T23:31:30z",
            "2009-02-30T00:00:00Z",
            "2009-13-01T00:00:00Z",
            "2009-02-13T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "2009-02-13T23:31:30.Z",
            "2009-02-13T23:31:30.0000000001Z",
            "2009-02-13T23:31:30+24:00",
            "2009-02-13T23:31:30Z ",
            "+009-02-13T23:31:30Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn instants_end_with_the_year_9999_in_utc() {
        assert!(seconds("0001-01-01T00:00:00Z").is_some());
        assert_eq!(seconds("0001-01-01T00:00:00+00:01"), None);
        assert_eq!(seconds("0000-12-31T23:59:59Z"), None);
        assert_eq!(seconds("9999-12-31T23:59:59-00:01"), None);
    }

    #[test]
    fn instants_print_in_groups_of_three_digits() {
        let print = |seconds, nanos| Timestamp::new(seconds, nanos).expect("in range").to_string();
        assert_eq!(print(1_234_567_890, 0), "2009-02-13T23:31:30Z");
        assert_eq!(print(-1, 500_000_000), "1969-12-31T23:59:59.500Z");
        assert_eq!(print(0, 1), "1970-01-01T00:00:00.000000001Z");
    }

    #[test]
    fn a_duration_is_a_sum_of_units() {
        let nanos = |text| Duration::parse(text).map(Duration::as_nanos);
        assert_eq!(nanos("1h30m"), Some(5_400_000_000_000));
        assert_eq!(nanos("-1.5s"), Some(-1_500_000_000));
        assert_eq!(nanos("250ms"), Some(250_000_000));
        assert_eq!(nanos("1us2ns"), Some(1_002));
        assert_eq!(nanos(".5h"), Some(1_800_000_000_000));
        assert_eq!(nanos("0"), Some(0));
        for text in ["", "-", "1", "1d", "1.2.3s", ".s", "s", "1s ", "1 s", "--1s", "320000000000s"] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }

    #[test]
    fn durations_print_as_seconds() {
        let print = |nanos| Duration::from_nanos(nanos).expect("in range").to_string();
        assert_eq!(print(90_000_000_000), "90s");
        assert_eq!(print(-1_500_000_000), "-1.500s");
        assert_eq!(print(-1), "-0.000000001s");
        assert_eq!(crate::time::cel_duration(Duration::from_nanos(1_500_000_000).expect("in range")), "1.5s");
    }
}
