//! Time zones: fixed offsets, and names from the database that is compiled in, never the machine's own.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::time::Timestamp;

/// The offset in seconds east of a zone at `time`; none for what is no zone.
pub(crate) fn offset(text: &str, time: Timestamp) -> Option<i64> {
    fixed(text).or_else(|| {
        // The database's instants end within the years that ours have; beyond them a zone keeps its last rule.
        let second = time.seconds().clamp(jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        let time = jiff::Timestamp::from_second(second).ok()?;
        Some(named(text)?.to_offset(time).seconds().into())
    })
}

/// Whether the text is a zone.
pub(crate) fn is_known(text: &str) -> bool {
    fixed(text).is_some() || named(text).is_some()
}

fn named(text: &str) -> Option<TimeZone> {
    static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    BUNDLED.get(text).ok()
}

/// The offset in seconds east of `UTC`, `±HH:MM` or `HH:MM`; none for anything else.
fn fixed(text: &str) -> Option<i64> {
    if text == "UTC" {
        return Some(0);
    }
    let (sign, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        rest => (1, rest),
    };
    let [h1, h2, b':', m1, m2] = *digits else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let hours = digit(h1)? * 10 + digit(h2)?;
    let minutes = digit(m1)? * 10 + digit(m2)?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}
