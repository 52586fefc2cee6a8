//! Random values of a type, and how they are written: few, and those where engines go wrong.

use fishplate_cel::{Duration, Map, Timestamp, Type, Value};

use crate::random::Random;

const INTS: &[i64] = &[
    0,
    1,
    2,
    3,
    -1,
    -3,
    4,
    6,
    12,
    20,
    0,
    1,
    -1,
    2,
    3,
    5,
    7,
    10,
    -8,
    31,
    63,
    64,
    100,
    1_000_000,
    1_700_000_000,
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    1 << 53,
    (1 << 53) + 1,
    253_402_300_799,
    253_402_300_800,
    -62_135_596_800,
    315_576_000_000,
];
const UINTS: &[u64] = &[0, 1, 2, 3, 7, 10, 64, 1 << 53, (1 << 53) + 1, i64::MAX as u64, 1 << 63, u64::MAX];
const DOUBLES: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    3.0,
    7.0,
    100.25,
    1e6,
    123_456_789.125,
    1e15,
    1e16,
    1e17,
    1e21,
    1e-7,
    1e300,
    -1e300,
    9_007_199_254_740_993.0,
    9_223_372_036_854_775_807.0,
    18_446_744_073_709_551_615.0,
    5e-324,
    f64::MAX,
];
/// What a text says that a binding may not: Python cuts what it is given at a zero.
const CUT: char = '\u{0}';
/// What no literal says.
const STRANGE: &[f64] = &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
const STRINGS: &[&str] = &[
    "",
    "a",
    "b",
    "k",
    "ab",
    "abc",
    "AbC",
    "a b",
    " x ",
    "é",
    "日本",
    "😀k",
    "\"q\"\\",
    "it's",
    "a\nb",
    "\u{0}",
    "true",
    "True",
    "t",
    "FALSE",
    "yes",
    "1",
    "-1",
    "+1",
    "0x1F",
    "1.5",
    "1e3",
    "NaN",
    "inf",
    "-0.0",
    " 1",
    "9223372036854775808",
    "18446744073709551616",
    "1h",
    "-1.5s",
    "1h30m",
    "1d",
    "100ns",
    "2024-02-29T12:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "[",
    "a+",
    "YQ==",
    "YQ",
    "e\u{301}",
    "ß",
    "a,b,,c",
];
const BYTES: &[&[u8]] = &[b"", b"a", b"abc", b"\xff", b"\xc3\xa9", b"\0\x01", b"a\xe2\x82"];
/// Seconds and nanoseconds, as far and as fine as the Python package takes them; literals go further.
const TIMESTAMPS: &[(i64, i32)] = &[
    (0, 0),
    (-1, 0),
    (1_700_000_000, 0),
    (1_709_208_000, 500_000_000),
    (1_710_054_000, 0),
    (-1, 999_999_000),
    (-62_135_596_799, 0),
    (951_782_400, 1_000),
    (1_699_164_000, 0),
];
const DURATIONS: &[(i64, i32)] = &[
    (0, 0),
    (1, 0),
    (-1, 0),
    (1, 500_000_000),
    (-1, -500_000_000),
    (3_600, 0),
    (86_400, 1_000),
    (0, 1_000),
    (9_223_372_036, 0),
    (90_061, 1_000_000),
];

/// Some value of `ty`, for a variable.
pub(crate) fn value(random: &mut Random, ty: &Type) -> Value {
    let count = |random: &mut Random| random.pick(&[0, 1, 1, 2, 3, 4]);
    match ty {
        Type::Null => Value::Null,
        Type::Bool => Value::Bool(random.once_in(2)),
        Type::Int => Value::Int(random.pick(INTS)),
        Type::Uint => Value::Uint(random.pick(UINTS)),
        Type::Double if random.once_in(6) => Value::Double(random.pick(STRANGE)),
        Type::Double => Value::Double(random.pick(DOUBLES)),
        Type::String => Value::String(random.pick(STRINGS).replace(CUT, "0").into()),
        Type::Bytes => Value::Bytes(random.pick(BYTES).iter().map(|byte| *byte.max(&1)).collect()),
        Type::Timestamp => {
            let (seconds, nanos) = random.pick(TIMESTAMPS);
            Timestamp::new(seconds, nanos).map_or(Value::Null, Value::Timestamp)
        }
        Type::Duration => {
            let (seconds, nanos) = random.pick(DURATIONS);
            Duration::new(seconds, nanos).map_or(Value::Null, Value::Duration)
        }
        Type::List(of) => {
            let count = count(random);
            Value::list((0..count).map(|_| value(random, of)).collect())
        }
        Type::Map(key, of) => {
            let entries: Vec<_> = (0..count(random)).map(|_| (self::key(random, key), value(random, of))).collect();
            Value::Map(Map::from_entries(entries).into())
        }
        // A dyn: what Python can tell apart in a binding.
        _ => {
            let of = random.pick(&[
                Type::Null,
                Type::Bool,
                Type::Int,
                Type::Int,
                Type::Double,
                Type::String,
                Type::Bytes,
                Type::list(Type::Int),
                Type::map(Type::String, Type::Int),
            ]);
            value(random, &of)
        }
    }
}

/// A key: few different ones, so that some are found.
fn key(random: &mut Random, ty: &Type) -> Value {
    match ty {
        Type::String => Value::String(random.pick(&["k", "a", "", "é"]).into()),
        Type::Int => Value::Int(random.pick(&[0, 1, 2, -1, i64::MAX])),
        Type::Uint => Value::Uint(random.pick(&[0, 1, 2, u64::MAX])),
        _ => value(random, ty),
    }
}

/// A literal of a plain type, and whether it begins with a minus.
pub(crate) fn literal(random: &mut Random, ty: &Type) -> Option<(String, bool)> {
    let plain = |text: String| Some((text, false));
    match ty {
        Type::Null => plain("null".to_owned()),
        Type::Bool => plain(random.once_in(2).to_string()),
        Type::Int => {
            let value = random.pick(INTS);
            let hex = random.once_in(8);
            let text = if hex {
                format!("{}0x{:x}", if value < 0 { "-" } else { "" }, value.unsigned_abs())
            } else {
                value.to_string()
            };
            Some((text, value < 0))
        }
        Type::Uint => {
            let value = random.pick(UINTS);
            plain(if random.once_in(8) { format!("0x{value:X}u") } else { format!("{value}u") })
        }
        Type::Double => {
            let value = random.pick(DOUBLES);
            Some((format!("{value:?}"), value.is_sign_negative()))
        }
        Type::String => {
            let text = random.pick(STRINGS);
            plain(quoted(random, text))
        }
        Type::Bytes => {
            let bytes = random.pick(BYTES);
            let octal = random.once_in(3);
            let escape = |byte: &u8| if octal { format!("\\{byte:03o}") } else { format!("\\x{byte:02x}") };
            plain(format!("b'{}'", bytes.iter().map(escape).collect::<String>()))
        }
        Type::Timestamp => plain(format!("timestamp('{}')", random.pick(TIMESTAMP_TEXTS))),
        Type::Duration if random.once_in(60) => plain(format!("duration('{}')", random.pick(LONG_DURATIONS))),
        Type::Duration => plain(format!("duration('{}')", random.pick(DURATION_TEXTS))),
        _ => None,
    }
}

const TIMESTAMP_TEXTS: &[&str] = &[
    "1970-01-01T00:00:00Z",
    "2024-02-29T23:59:59.999999999Z",
    "2024-03-10T02:30:00-05:00",
    "2023-11-05T06:30:00Z",
    "0001-01-01T00:00:01Z",
    "9999-12-31T23:59:59.999999999Z",
    "1969-12-31T23:59:59.5Z",
    "2000-12-31T00:00:00.000001+05:30",
];
const DURATION_TEXTS: &[&str] =
    &["0s", "1s", "-1s", "1.5h", "1h1m1s", "1ms", "1us", "1ns", "-1.000000001s", "100000h", "0.1s", "10m"];

/// As long as the language has them, and longer than 64 bits of nanoseconds: see the page.
const LONG_DURATIONS: &[&str] = &["315576000000s", "-315576000000s"];

/// A string literal, in one of the ways to write it.
fn quoted(random: &mut Random, text: &str) -> String {
    let escaped = |quote: char| -> String {
        let letter = |letter: char| match letter {
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\u{0}' => "\\x00".to_owned(),
            other if other == quote => format!("\\{other}"),
            other => other.to_string(),
        };
        text.chars().map(letter).collect()
    };
    match random.below(6) {
        0 => format!("\"{}\"", escaped('"')),
        1 if !text.contains(['\'', '\n', '\u{0}']) && (!text.ends_with('\\') || random.once_in(20)) => {
            format!("r'{text}'")
        }
        2 if !text.contains(['"', '\\', '\u{0}']) => format!("\"\"\"{text}\"\"\""),
        3 => {
            let letter = |letter: char| match u32::from(letter) {
                code @ 0..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            };
            format!("'{}'", text.chars().map(letter).collect::<String>())
        }
        _ => format!("'{}'", escaped('\'')),
    }
}

/// Values that are plainer than this one, of the same type.
pub(crate) fn plainer(value: &Value) -> Vec<Value> {
    let some = |value: Value, than: &Value| if &value == than { Vec::new() } else { vec![value] };
    match value {
        Value::Bool(_) => some(Value::Bool(true), value),
        Value::Int(_) => some(Value::Int(1), value),
        Value::Uint(_) => some(Value::Uint(1), value),
        Value::Double(_) => some(Value::Double(1.0), value),
        Value::String(_) => some("".into(), value),
        Value::List(items) => (0..items.len())
            .map(|gone| {
                Value::list(items.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, v)| v.clone()).collect())
            })
            .collect(),
        Value::Map(map) => (0..map.entries().len())
            .map(|gone| {
                let kept =
                    map.entries().iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, entry)| entry.clone());
                Value::Map(Map::from_entries(kept).into())
            })
            .collect(),
        _ => Vec::new(),
    }
}
