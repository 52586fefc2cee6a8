//! Time zones as fixed offsets. Named zones need a database that changes, and a decision that changes with it.

/// The offset in seconds east of `UTC`, `±HH:MM` or `HH:MM`; none for anything else.
pub(crate) fn offset(text: &str) -> Option<i64> {
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
