//! The text of one JSON value that `serde_json` has found to be JSON: unescaping a string, and the checks that it
//! leaves out when it skips (how deep a value goes, halves of surrogate pairs).

use std::borrow::Cow;

use super::fault::{Fault, Outcome, check_depth, over};
use crate::codes;

/// A value, or null, which is absence.
pub(super) enum Found<T> {
    Null,
    Value(T),
}

/// The text of the string `raw`, quotes and all.
pub(super) fn token(raw: &str, limit: u64) -> Outcome<Cow<'_, str>> {
    let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
    if !inside.contains('\\') {
        return Ok(Cow::Borrowed(inside));
    }
    // An escape is six bytes for one at most, so this string is over the limit however it is written.
    let least = inside.len() as u64 / 6;
    if least > limit {
        let what = format_args!("string of more than {least} bytes");
        return Err(over(codes::LIMIT_STRING_BYTES, what, "string_bytes", limit));
    }
    serde_json::from_str::<String>(raw).map(Cow::Owned).map_err(|_| lone_surrogate())
}

fn lone_surrogate() -> Box<Fault> {
    Fault::new(codes::INVALID_UTF8, "half of a surrogate pair in a string")
}

/// Checks a value that is skipped inside a message at `depth`. A list in an object nests nothing: it may be a repeated
/// field, which in protobuf is no level of its own.
pub(super) fn check_skipped(raw: &str, depth: u64, limit: u64) -> Outcome<Found<()>> {
    let bytes = raw.as_bytes();
    let mut open: Vec<(u8, u64)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = skip_string(bytes, at + 1)?,
            bracket @ (b'{' | b'[') => {
                let (around, below) = open.last().copied().unwrap_or((b'{', depth));
                let below = if bracket == b'{' || around == b'[' { below + 1 } else { below };
                check_depth(below, limit)?;
                open.push((bracket, below));
                at += 1;
            }
            b'}' | b']' => {
                open.pop();
                at += 1;
            }
            _ => at += 1,
        }
    }
    Ok(if raw == "null" { Found::Null } else { Found::Value(()) })
}

/// One past the closing quote of the string whose text begins at `at`.
fn skip_string(bytes: &[u8], mut at: usize) -> Outcome<usize> {
    let mut high = false;
    while at < bytes.len() {
        let unit = (bytes[at] == b'\\' && bytes.get(at + 1) == Some(&b'u')).then(|| unit(bytes, at + 2));
        let low = matches!(unit, Some(0xdc00..=0xdfff));
        if high != low {
            return Err(lone_surrogate());
        }
        high = matches!(unit, Some(0xd800..=0xdbff));
        at += match (bytes[at], unit) {
            (b'"', _) => return Ok(at + 1),
            (_, Some(_)) => 6,
            (b'\\', None) => 2,
            _ => 1,
        };
    }
    Ok(at)
}

/// The four hexadecimal digits at `at`.
fn unit(bytes: &[u8], at: usize) -> u32 {
    let digits = bytes.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |unit, digit| unit * 16 + char::from(*digit).to_digit(16).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fine(raw: &str, depth: u64, limit: u64) -> bool {
        check_skipped(raw, depth, limit).is_ok()
    }

    #[test]
    fn half_a_surrogate_pair_is_refused_where_it_is_skipped_too() {
        assert!(is_fine(r#"["\ud83d\ude00", "\\ud83d", "\u00e9"]"#, 1, 16));
        for raw in [r#""\ud83d""#, r#""\ude00""#, r#"{"\ud83dx": 1}"#, r#""\ud83d\u0041""#, r#""\ud83d\ud83d\ude00""#] {
            assert!(!is_fine(raw, 1, 16), "{raw}");
        }
    }

    #[test]
    fn a_list_in_an_object_nests_nothing_and_a_list_in_a_list_does() {
        assert!(is_fine(r#"{"a": [{"b": [1]}]}"#, 1, 3));
        assert!(!is_fine(r#"{"a": [{"b": [1]}]}"#, 1, 2));
        assert!(is_fine("[[1]]", 1, 2));
        assert!(!is_fine("[[1]]", 1, 1));
        assert!(is_fine(r#""{[{[""#, 1, 1));
    }

    #[test]
    fn a_long_string_is_refused_before_it_is_unescaped() {
        assert_eq!(token(r#""a\u0041""#, 8).ok().as_deref(), Some("aA"));
        let long = format!("\"{}\"", "\\u0041".repeat(9));
        assert!(token(&long, 8).is_err());
    }
}
