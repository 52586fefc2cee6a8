//! Instants as text: RFC 3339 in UTC, with milliseconds.

use std::fmt;

/// Milliseconds since the Unix epoch, from 1970 on, shown as `2026-03-02T00:00:00.000Z`.
pub(crate) struct Instant(pub(crate) i64);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, milliseconds) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = date(days);
        let (seconds, fraction) = (milliseconds / 1_000, milliseconds % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z")
    }
}

/// Year, month and day of a day since 1 January 1970.
fn date(days: i64) -> (i64, u32, i64) {
    let (mut year, mut left) = (1970, days);
    while left >= 365 + i64::from(is_leap(year)) {
        left -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + i64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_calendars_have_them() {
        // By `date --utc --date=@SECONDS`.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_772_409_600, "2026-03-02T00:00:00.000Z"),
            (1_775_001_599, "2026-03-31T23:59:59.000Z"),
            (1_798_761_599, "2026-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(Instant(seconds * 1_000).to_string(), text);
        }
        assert_eq!(Instant(1_234).to_string(), "1970-01-01T00:00:01.234Z");
    }
}
