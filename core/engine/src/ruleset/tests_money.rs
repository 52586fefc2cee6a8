//! `decimal()` of Google's messages of money and decimals, in an event and in its lists.

use super::*;
use crate::engine::Options;
use crate::{Engine, Event};

const PROTO: &str = r#"
syntax = "proto3";
package shop.v1;
import "google/type/money.proto";
import "google/type/decimal.proto";
message Item { google.type.Money price = 1; google.type.Decimal weight = 2; }
message Order {
  google.type.Money total = 1;
  google.type.Decimal rate = 2;
  repeated Item items = 3;
  Item gift = 4;
  Other other = 5;
}
message Other { int64 units = 1; }
"#;
const MONEY: &str = r#"
syntax = "proto3";
package google.type;
message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }
"#;
const DECIMAL: &str = r#"
syntax = "proto3";
package google.type;
message Decimal { string value = 1; }
"#;

fn load(when: &str) -> Result<RuleSet, Error> {
    let text =
        format!("fishplate: 1\nname: t\nschema: shop.proto#shop.v1.Order\nrules:\n  - {{id: R, when: '{when}'}}\n");
    let mut read = |name: &str| match name {
        "shop.proto" => Ok(PROTO.as_bytes().to_vec()),
        "google/type/money.proto" => Ok(MONEY.as_bytes().to_vec()),
        "google/type/decimal.proto" => Ok(DECIMAL.as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    RuleSet::from_text("rules.yaml", &text, &mut read, &Limits::default())
}

/// Whether the rule matches; the code of its error where it has one.
fn asked(when: &str, json: &str) -> Result<bool, String> {
    let rules = load(when).unwrap_or_else(|error| panic!("{error}"));
    let mut engine = Engine::new(&rules, Options::default());
    let decision = engine.decide(Event::json(json.as_bytes())).expect("a good event");
    match decision.errors() {
        [] => Ok(decision.matched().count() == 1),
        errors => Err(errors[0].code.to_string()),
    }
}

fn text_of(units: i64, nanos: i64, text: &str) {
    let json = format!(r#"{{"total": {{"units": "{units}", "nanos": {nanos}}}}}"#);
    assert_eq!(asked(&format!("string(decimal(event.total)) == \"{text}\""), &json), Ok(true), "{units} {nanos}");
}

#[test]
fn units_and_nanos_are_one_exact_number() {
    for (units, nanos, text) in [
        (12, 300_000_000, "12.3"),
        (12, 0, "12"),
        (-12, -345_678_901, "-12.345678901"),
        (0, -1, "-0.000000001"),
        (0, 10, "0.00000001"),
        (i64::MAX, 999_999_999, "9223372036854775807.999999999"),
        (i64::MIN, -999_999_999, "-9223372036854775808.999999999"),
    ] {
        text_of(units, nanos, text);
    }
    assert_eq!(asked("decimal(event.total) == 0 && !has(event.total)", "{}"), Ok(true), "nothing is 0");
}

#[test]
fn what_is_no_money_is_an_error() {
    for (units, nanos) in [(1, -1), (-1, 1), (0, 1_000_000_000), (0, -1_000_000_000), (0, i64::from(i32::MIN))] {
        let json = format!(r#"{{"total": {{"units": "{units}", "nanos": {nanos}}}}}"#);
        assert_eq!(asked("decimal(event.total) > 0", &json), Err("F0307".to_owned()), "{units} {nanos}");
    }
}

#[test]
fn a_decimal_is_its_text() {
    let of = |text: &str| format!(r#"{{"rate": {{"value": "{text}"}}}}"#);
    for (text, shown) in [("2.50", "2.50"), ("-1e-3", "-0.001"), ("+.5", "0.5"), ("", "0")] {
        assert_eq!(asked(&format!("string(decimal(event.rate)) == \"{shown}\""), &of(text)), Ok(true), "{text}");
    }
    for wrong in ["1,5", " 1", "NaN", "12345678901234567890123456789012345"] {
        assert_eq!(asked("decimal(event.rate) > 0", &of(wrong)), Err("F0307".to_owned()), "{wrong}");
    }
}

#[test]
fn messages_in_lists_and_in_messages_convert_too() {
    let json = r#"{
        "items": [{"price": {"units": "1", "nanos": 500000000}, "weight": {"value": "0.25"}}, {"price": {"units": "2"}}],
        "gift": {"price": {"nanos": 5}}
    }"#;
    for when in [
        "event.items.map(item, decimal(item.price)) == [decimal(\"1.5\"), decimal(2)]",
        "event.items.exists(item, decimal(item.price) * decimal(item.weight) == decimal(\"0.375\"))",
        "decimal(event.gift.price) == decimal(\"0.000000005\") && decimal(event.gift.weight) == 0",
    ] {
        assert_eq!(asked(when, json), Ok(true), "{when}");
    }
    let wrong = r#"{"items": [{"price": {"units": "1", "nanos": -5}}]}"#;
    assert_eq!(asked("event.items.exists(item, decimal(item.price) > 0)", wrong), Err("F0307".to_owned()));
}

#[test]
fn other_messages_are_refused_when_the_document_is_loaded() {
    for (when, code) in [
        ("decimal(event.other) > 0", "F0210"),
        ("event.items.exists(item, decimal(item) > 0)", "F0206"),
        ("money(7) > 0", "F0205"),
        ("double(event.total) > 0.0", "F0210"),
    ] {
        let error = load(when).expect_err(when);
        assert!(error.diagnostics.iter().all(|fault| fault.code.to_string() == code), "{when}: {error}");
        assert!(!error.to_string().contains('@'), "{error}");
    }
}

#[test]
fn the_decimal_is_told_once_when_it_is_explained() {
    let rules = load("decimal(event.total) > 5").unwrap_or_else(|error| panic!("{error}"));
    let mut engine = Engine::new(&rules, Options::default());
    let event = br#"{"total": {"units": "7", "nanos": 250000000}}"#;
    let text = engine.explain(Event::json(event)).expect("a good event").text();
    assert!(text.contains("decimal(event.total)  =  \"7.25\"\n"), "{text}");
}
