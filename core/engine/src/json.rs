//! Values as JSON that loses nothing; `docs/cli.md` describes the form. Knows no decision and no file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fishplate_cel::{Opaque, Value};

/// Appends one value. Its declared type says how to read it back: a string may be text, bytes, a time, or a double that
/// JSON has no number for.
pub fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend(b"null"),
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Type(_) | Value::Optional(_) => out.extend(b"null"),
        Value::Opaque(value) => match &**value {
            Opaque::Decimal(value) => write_string(&value.to_string(), out),
            _ => out.extend(b"null"),
        },
        Value::Message(message) => {
            out.push(b'{');
            for (at, (place, value)) in message.entries().iter().enumerate() {
                separate(at, out);
                write_string(&message.ty().fields()[*place as usize].name, out);
                out.push(b':');
                write_value(value, out);
            }
            out.push(b'}');
        }
        Value::Bool(value) => out.extend(if *value { &b"true"[..] } else { b"false" }),
        Value::Int(value) => out.extend(value.to_string().as_bytes()),
        Value::Uint(value) => out.extend(value.to_string().as_bytes()),
        Value::Double(value) => write_double(*value, out),
        Value::String(value) => write_string(value, out),
        Value::Bytes(value) => write_string(&STANDARD.encode(value), out),
        Value::Timestamp(value) => write_string(&value.to_string(), out),
        Value::Duration(value) => write_string(&value.to_string(), out),
        Value::List(values) => write_list(values.iter(), out, write_value),
        Value::Map(map) => {
            out.push(b'{');
            for (at, (key, value)) in map.entries().iter().enumerate() {
                separate(at, out);
                write_key(key, out);
                out.push(b':');
                write_value(value, out);
            }
            out.push(b'}');
        }
    }
}

/// A double always has a point or an exponent, so that it is told apart from an int.
fn write_double(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        serde_json::to_writer(out, &value).expect("a Vec takes every byte");
    } else if value.is_nan() {
        out.extend(b"\"NaN\"");
    } else {
        out.extend(if value > 0.0 { &b"\"Infinity\""[..] } else { b"\"-Infinity\"" });
    }
}

/// Keys of one map have one type, so their texts are as different as they are.
fn write_key(key: &Value, out: &mut Vec<u8>) {
    if let Value::String(key) = key {
        write_string(key, out);
    } else {
        out.push(b'"');
        write_value(key, out);
        out.push(b'"');
    }
}

/// Appends `text` with quotes and escapes.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a Vec takes every byte");
}

/// Appends a list of what `write` writes.
pub fn write_list<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, write: impl Fn(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (at, item) in items.enumerate() {
        separate(at, out);
        write(item, out);
    }
    out.push(b']');
}

/// A comma before every item but the first.
pub fn separate(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fishplate_cel::{Duration, Map, Timestamp};

    fn text_of(value: &Value) -> String {
        let mut out = Vec::new();
        write_value(value, &mut out);
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    #[test]
    fn whole_numbers_keep_all_their_digits() {
        assert_eq!(text_of(&Value::Int(i64::MIN)), "-9223372036854775808");
        assert_eq!(text_of(&Value::Uint(u64::MAX)), "18446744073709551615");
    }

    #[test]
    fn doubles_look_like_doubles_and_come_back_as_they_were() {
        assert_eq!(text_of(&Value::Double(1.0)), "1.0");
        assert_eq!(text_of(&Value::Double(-0.0)), "-0.0");
        assert_eq!(text_of(&Value::Double(f64::NAN)), "\"NaN\"");
        assert_eq!(text_of(&Value::Double(f64::INFINITY)), "\"Infinity\"");
        assert_eq!(text_of(&Value::Double(f64::NEG_INFINITY)), "\"-Infinity\"");
        for value in [0.1, 1e300, f64::MIN_POSITIVE, 5e-324, f64::MAX, 1e16] {
            let text = text_of(&Value::Double(value));
            assert_eq!(text.parse(), Ok(value), "{text}");
            assert!(text.contains(['.', 'e']), "{text}");
        }
    }

    #[test]
    fn text_bytes_and_times_are_strings() {
        assert_eq!(text_of(&"a\"\n\u{1F689}".into()), "\"a\\\"\\n\u{1F689}\"");
        assert_eq!(text_of(&Value::Bytes([0u8, 255, 62].as_slice().into())), "\"AP8+\"");
        let instant = Timestamp::new(1_767_225_600, 1).expect("in range");
        assert_eq!(text_of(&Value::Timestamp(instant)), "\"2026-01-01T00:00:00.000000001Z\"");
        let span = Duration::new(-1, -500_000_000).expect("in range");
        assert_eq!(text_of(&Value::Duration(span)), "\"-1.500s\"");
    }

    #[test]
    fn keys_of_a_map_are_written_as_text() {
        let map = |key: Value| Value::Map(std::sync::Arc::new(Map::from_entries([(key, Value::Null)])));
        assert_eq!(text_of(&map("a\"".into())), "{\"a\\\"\":null}");
        assert_eq!(text_of(&map(Value::Int(-1))), "{\"-1\":null}");
        assert_eq!(text_of(&map(Value::Uint(1))), "{\"1\":null}");
        assert_eq!(text_of(&map(Value::Bool(true))), "{\"true\":null}");
        assert_eq!(text_of(&Value::List([Value::Null, Value::Bool(false)].as_slice().into())), "[null,false]");
    }
}
