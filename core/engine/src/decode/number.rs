//! Numbers, spans of time and base64 as text: exact, and never by way of a double where a whole number is meant.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use fishplate_cel::Duration;

/// Why text is no whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotWhole {
    /// Not a number at all.
    Text,
    /// A number with a fraction.
    Fraction,
    /// Too great for any field.
    Range,
}

/// The parts of `-12.5e3`: sign, digits, fraction digits, exponent.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

/// `-?` digits, optionally `.` digits, optionally `e`, sign, digits. Neither `+1` nor `.5` nor `5.` nor white space.
fn parts(text: &str) -> Option<Parts<'_>> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if digits(fraction) => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    let exponent = match exponent {
        None => 0,
        Some(exponent) => {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if !digits(unsigned) {
                return None;
            }
            // An exponent that fits no i64 fits no field: any great one says so.
            let size = unsigned.parse::<i64>().unwrap_or(i64::MAX / 2);
            if exponent.starts_with('-') { -size } else { size }
        }
    };
    digits(whole).then_some(Parts { negative, whole, fraction, exponent })
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A whole number; an exponent or a fraction of zeros is fine (`1.5e1`, `2.0`).
pub(super) fn whole(text: &str) -> Result<i128, NotWhole> {
    let parts = parts(text).ok_or(NotWhole::Text)?;
    let all = || parts.whole.bytes().chain(parts.fraction.bytes());
    let Some(last) = all().enumerate().filter(|(_, digit)| *digit != b'0').map(|(at, _)| at).last() else {
        return Ok(0);
    };
    // Zeros behind the last digit that counts belong to the exponent.
    let behind = (parts.whole.len() + parts.fraction.len() - last - 1) as i64;
    let exponent = parts.exponent.saturating_add(behind).saturating_sub(parts.fraction.len() as i64);
    if exponent < 0 {
        return Err(NotWhole::Fraction);
    }
    let mut value: i128 = 0;
    let zeros = std::iter::repeat_n(b'0', usize::try_from(exponent.min(64)).unwrap_or(64));
    for digit in all().take(last + 1).chain(zeros) {
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(i128::from(digit - b'0')))
            .ok_or(NotWhole::Range)?;
    }
    Ok(if parts.negative { -value } else { value })
}

/// A double by the grammar of JSON numbers, or `NaN`, `Infinity`, `-Infinity`. `Some(None)`: out of range.
pub(super) fn double(text: &str) -> Option<Option<f64>> {
    real(text, |text| text.parse::<f64>().ok(), f64::is_finite, f64::NAN, f64::INFINITY, f64::NEG_INFINITY)
}

/// The same, rounded once, to the nearest float.
pub(super) fn float(text: &str) -> Option<Option<f32>> {
    real(text, |text| text.parse::<f32>().ok(), f32::is_finite, f32::NAN, f32::INFINITY, f32::NEG_INFINITY)
}

fn real<T: Copy>(
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    is_finite: impl Fn(T) -> bool,
    nan: T,
    infinity: T,
    negative_infinity: T,
) -> Option<Option<T>> {
    match text {
        "NaN" => Some(Some(nan)),
        "Infinity" => Some(Some(infinity)),
        "-Infinity" => Some(Some(negative_infinity)),
        _ => {
            parts(text)?;
            Some(parse(text).filter(|value| is_finite(*value)))
        }
    }
}

/// A span by the JSON mapping: seconds with up to nine fractional digits and an `s`.
pub(super) fn json_duration(text: &str) -> Option<Duration> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let number = text.strip_suffix('s')?;
    let (seconds, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if !digits(seconds) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let seconds: i64 = seconds.parse().ok()?;
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    if negative { Duration::new(-seconds, -nanos) } else { Duration::new(seconds, nanos) }
}

/// Base64 of either alphabet, with or without padding.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    let engine = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    engine.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_however_they_are_written() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0.000e99", 0),
            ("007", 7),
            ("1e3", 1000),
            ("1.5e1", 15),
            ("100.000", 100),
            ("1200e-2", 12),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("-9223372036854775808", i128::from(i64::MIN)),
            ("18446744073709551615", i128::from(u64::MAX)),
        ] {
            assert_eq!(whole(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_number_says_why() {
        for text in ["", "-", "+1", ".5", "5.", "1e", "1e+", " 1", "1 ", "0x10", "NaN", "1_000", "1e1.5"] {
            assert_eq!(whole(text), Err(NotWhole::Text), "{text}");
        }
        for text in ["1.5", "1e-1", "1e-99999999999999999999"] {
            assert_eq!(whole(text), Err(NotWhole::Fraction), "{text}");
        }
        for text in ["1e99", "1e99999999999999999999"] {
            assert_eq!(whole(text), Err(NotWhole::Range), "{text}");
        }
    }

    #[test]
    fn a_float_is_rounded_once() {
        // Halfway between two floats but for the last digit: rounding to a double first would lose that digit.
        let text = "1.00000005960464477540";
        assert_eq!(float(text), Some(Some(f32::from_bits(0x3f80_0001))));
        assert_eq!(double(text).flatten().map(|double| double as f32), Some(1.0));
        assert_eq!(float("1e39"), Some(None));
        assert_eq!(double("1e309"), Some(None));
        assert_eq!(double("inf"), None);
    }

    #[test]
    fn a_duration_has_one_sign_and_nine_digits() {
        assert_eq!(json_duration("1.5s"), Duration::new(1, 500_000_000));
        assert_eq!(json_duration("-0.000000001s"), Duration::new(0, -1));
        assert_eq!(json_duration("90s"), Duration::new(90, 0));
        for text in ["1.5", "s", "1.s", ".5s", "1.0000000001s", "1m", "+1s", "315576000001s"] {
            assert_eq!(json_duration(text), None, "{text}");
        }
    }

    #[test]
    fn base64_of_either_alphabet_with_or_without_padding() {
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(base64(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        assert_eq!(base64("a"), None);
        assert_eq!(base64("*"), None);
    }
}
