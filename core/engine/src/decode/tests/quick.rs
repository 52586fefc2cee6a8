//! The quick way through simple JSON beside the general one: random events, whole and damaged, give the same slots and
//! the same errors.

use fishplate_cel::Slot;
use proptest::prelude::*;

use super::{Decoder, decoder_of, schema_of, show_slot};
use crate::decode::{json, json_quick};
use crate::event::Body;
use crate::limits::Limits;

const FLAT: &str = r#"
syntax = "proto3";
package t.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Event {
  bool flag = 1;
  int32 i32 = 2;
  int64 i64 = 3;
  uint64 u64 = 4;
  float narrow = 5;
  double wide = 6;
  string text = 7;
  bytes raw = 8;
  optional string opt_text = 9;
  optional int32 opt_i32 = 10;
  google.protobuf.Timestamp at = 11;
  google.protobuf.StringValue w_text = 12;
  string skipped = 13;
}
"#;

const NAMES: [&str; 16] = [
    "flag", "i32", "i64", "u64", "narrow", "wide", "text", "raw", "opt_text", "optText", "opt_i32", "at", "w_text",
    "skipped", "unknown", "",
];

const TOKENS: [&str; 46] = [
    "true",
    "false",
    "null",
    "nul",
    "0",
    "-0",
    "1",
    "-1",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1.5",
    "-0.0",
    "1e3",
    "1E+2",
    "2e-1",
    "1e",
    "1e400",
    "2147483648",
    "-2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "\"\"",
    "\"a\"",
    "\"1\"",
    "\"NaN\"",
    "\"Infinity\"",
    "\"é€😀\"",
    "\"eight8by\"",
    "\"more than eight bytes, and a \\\" quote\"",
    "\"\\n\\\\\\/\"",
    "\"\\u00e9\"",
    "\"\\ud83d\"",
    "\"\\x\"",
    "\"a\tb\"",
    "\"AQI=\"",
    "\"2026-01-31T08:30:00Z\"",
    "\"a text of more than the limit of bytes\"",
    "[]",
    "[1,[2]]",
    "{}",
    "{\"a\":\"}\"}",
    "NaN",
];

/// The slots, or the error.
type Outcome = Result<Vec<String>, String>;

/// What a decoder gives, and what the general way does of what is UTF-8.
fn both(decoder: &Decoder, bytes: &[u8], limits: &Limits, strict: bool) -> (Outcome, Option<Outcome>) {
    let shown = |slots: &[Slot]| slots.iter().map(show_slot).collect();
    let mut slots = vec![Slot::Absent; NAMES.len()];
    let came = decoder.decode(Body::Json(bytes), limits, strict, &mut slots);
    let came = came.map(|()| shown(&slots)).map_err(|error| error.to_string());
    let general = std::str::from_utf8(bytes).ok().map(|text| {
        let mut slots = vec![Slot::Absent; NAMES.len()];
        let read = json::general(&decoder.plan, text, limits, strict, &mut slots);
        read.map(|()| shown(&slots)).map_err(|fault| fault.into_error().to_string())
    });
    (came, general)
}

fn flat() -> Decoder {
    let wanted = ["flag", "i32", "i64", "u64", "narrow", "wide", "text", "raw", "opt_text", "opt_i32", "at", "w_text"];
    decoder_of(&schema_of(FLAT), &wanted, false).expect("the test's own paths exist")
}

#[test]
fn a_simple_event_goes_the_quick_way_and_one_with_a_message_does_not() {
    let (decoder, limits) = (flat(), Limits::default());
    let is_quick = |text: &str, strict| {
        json_quick::read(&decoder.plan, text, &limits, strict, &mut vec![Slot::Absent; NAMES.len()]).is_some()
    };
    let simple = r#" {"text": "é \" and more", "i64":-12 , "wide":1.5e3,"other":null, "at":"2026-01-31T08:30:00Z"} "#;
    assert!(is_quick(simple, false) && is_quick("{}", true));
    assert!(!is_quick(simple, true), "an unknown name is refused by the general way");
    assert!(!is_quick(r#"{"text": "a", "other": {}}"#, false));
    assert!(!is_quick(r#"{"text": "a", "text": "a"}"#, false));
    assert!(decoder.plan.is_simple && !super::decoder(&["flag"]).plan.is_simple);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn both_ways_through_json_give_the_same(
        fields in prop::collection::vec((0..NAMES.len(), 0..TOKENS.len(), 0..6usize), 0..9),
        damage in prop::option::of((
            any::<prop::sample::Index>(),
            prop::sample::select(&b"{}[]\",:\\u0e.- \n\x00\x1f\xc3a"[..]),
            0..3u8,
        )),
        strict in any::<bool>(),
        narrow in any::<bool>(),
    ) {
        let spaces = ["", "", "", " ", "\n\t", "\r "];
        let fields: Vec<String> = fields.iter()
            .map(|(name, token, space)| {
                let space = spaces[*space];
                format!("{space}\"{}\"{space}:{space}{}{space}", NAMES[*name], TOKENS[*token])
            })
            .collect();
        let mut bytes = format!("{{{}}}", fields.join(",")).into_bytes();
        if let Some((at, byte, how)) = damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        let limits = if narrow {
            Limits { string_bytes: 16, message_fields: 3, ..Limits::default() }
        } else {
            Limits::default()
        };
        let (came, general) = both(&flat(), &bytes, &limits, strict);
        if let Some(general) = general {
            prop_assert_eq!(came, general, "{}", String::from_utf8_lossy(&bytes));
        }
    }

    /// Simple values one after the other, so that the quick way is the one that is taken.
    #[test]
    fn both_ways_through_whole_json_give_the_same(
        numbers in (any::<i32>(), any::<i64>(), any::<u64>(), any::<f64>(), any::<f32>()),
        text in ".{0,24}",
        from in 0..8usize,
    ) {
        let (i32, i64, u64, wide, narrow) = numbers;
        prop_assume!(wide.is_finite() && narrow.is_finite());
        let text = serde_json::to_string(&text).expect("text is JSON");
        let mut fields = [
            format!("\"i32\":{i32}"),
            format!("\"i64\":{i64}"),
            format!("\"u64\":\"{u64}\""),
            format!("\"wide\":{wide:e}"),
            format!("\"narrow\":{narrow}"),
            format!("\"text\":{text}"),
            format!("\"skipped\":{text}"),
            "\"flag\":true".into(),
        ];
        fields.rotate_left(from);
        let bytes = format!("{{{}}}", fields.join(", ")).into_bytes();
        let (came, general) = both(&flat(), &bytes, &Limits::default(), true);
        prop_assert!(came.is_ok(), "{came:?}");
        prop_assert_eq!(Some(came), general);
    }
}
