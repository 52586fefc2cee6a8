//! What a call's metadata says: the trace that its events belong to, and its deadline.

use std::borrow::Cow;
use std::time::Duration;

use fishplate::TraceContext;
use fishplate::trace::Parsed;
use tonic::metadata::{KeyAndValueRef, MetadataMap};

/// The context of a call, in any of the forms that the core reads.
pub(super) fn trace(metadata: &MetadataMap) -> Parsed {
    let headers: Vec<(&str, Cow<'_, [u8]>)> = metadata.iter().map(header).collect();
    TraceContext::from_headers(headers.iter().map(|(name, value)| (*name, &**value)))
}

fn header(entry: KeyAndValueRef<'_>) -> (&str, Cow<'_, [u8]>) {
    match entry {
        KeyAndValueRef::Ascii(name, value) => (name.as_str(), Cow::Borrowed(value.as_encoded_bytes())),
        // What is no base64 is as malformed as the empty value.
        KeyAndValueRef::Binary(name, value) => {
            (name.as_str(), Cow::Owned(value.to_bytes().unwrap_or_default().to_vec()))
        }
    }
}

/// How long the caller waits for the whole call: `grpc-timeout`, at most eight digits and a unit.
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>
pub(super) fn timeout(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calls_timeout_is_read_as_its_specification_says() {
        let read = |text: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().expect("ASCII"));
            timeout(&metadata)
        };
        assert_eq!(read("30S"), Some(Duration::from_secs(30)));
        assert_eq!(read("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        assert_eq!(read("5m"), Some(Duration::from_millis(5)));
        assert_eq!(read("7n"), Some(Duration::from_nanos(7)));
        for malformed in ["", "S", "5", "123456789S", "-1S", "1.5S", "5x"] {
            assert_eq!(read(malformed), None, "{malformed}");
        }
        assert_eq!(timeout(&MetadataMap::new()), None);
    }
}
