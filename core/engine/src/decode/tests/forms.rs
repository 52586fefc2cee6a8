//! The same event fills the same slots in every form.

use super::host::{Host, HostMap, Row, message, text};
use super::{decode, decoder};
use crate::event::Body;

/// One event in all forms, and what one field of it must be. Bytes are written by hand from the encoding's definition.
struct Case {
    path: &'static str,
    wire: &'static [u8],
    json: &'static str,
    map: Host,
    /// `None`: such a field cannot stand in a cell.
    cell: Option<&'static str>,
    slot: &'static str,
}

fn case(path: &'static str, wire: &'static [u8], json: &'static str, value: Host, slot: &'static str) -> Case {
    let map = match path.split_once('.') {
        Some((outer, inner)) => message(&[(outer, message(&[(inner, value)]))]),
        None => message(&[(path, value)]),
    };
    Case { path, wire, json, map, cell: None, slot }
}

impl Case {
    fn cell(self, cell: &'static str) -> Self {
        Self { cell: Some(cell), ..self }
    }
}

fn check(cases: Vec<Case>) {
    for Case { path, wire, json, map, cell, slot } in cases {
        let decoder = decoder(&[path]);
        let one = |body: Body<'_>| decode(&decoder, 1, body, true).map_err(|error| error.to_string());
        let expected = Ok(vec![slot.to_owned()]);
        assert_eq!(one(Body::Protobuf(wire)), expected, "{path} from protobuf {wire:02x?}");
        assert_eq!(one(Body::Json(json.as_bytes())), expected, "{path} from {json}");
        let Host::Map(entries) = map else { unreachable!("an event is a map") };
        assert_eq!(one(Body::Fields(&HostMap(entries.clone()))), expected, "{path} from {entries:?}");
        if let Some(cell) = cell {
            let columns = decoder.columns(&["text", path], true).expect("the columns exist");
            assert_eq!(one(Body::Row(&columns, &Row(&["", cell]))), expected, "{path} from cell {cell}");
        }
    }
}

#[test]
fn a_number_is_the_same_in_every_form() {
    use Host::{Double, Int, Uint};
    check(vec![
        case("i32", &[0x10, 0x96, 1], r#"{"i32": 150}"#, Int(150), "int 150").cell("150"),
        case("i32", &[0x10, 0x96, 1], r#"{"i32": "1.5e2"}"#, Uint(150), "int 150").cell("150.0"),
        case(
            "i32",
            &[0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            r#"{"i32": -1}"#,
            Int(-1),
            "int -1",
        )
        .cell("-1"),
        case(
            "i64",
            &[0x18, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
            r#"{"i64": 9007199254740993}"#,
            Int(9_007_199_254_740_993),
            "int 9007199254740993",
        )
        .cell("9007199254740993"),
        case("s32", &[0x20, 1], r#"{"s32": "-1"}"#, Int(-1), "int -1").cell("-1"),
        case("s64", &[0x28, 4], r#"{"s64": 2.0}"#, Int(2), "int 2").cell("2"),
        case("sf32", &[0x35, 0xfe, 0xff, 0xff, 0xff], r#"{"sf32": -2}"#, Int(-2), "int -2").cell("-2"),
        case("sf64", &[0x39, 3, 0, 0, 0, 0, 0, 0, 0], r#"{"sf64": "3"}"#, Int(3), "int 3").cell("3"),
        case("u32", &[0x40, 7], r#"{"u32": 7}"#, Int(7), "uint 7").cell("7"),
        case(
            "u64",
            &[0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            r#"{"u64": "18446744073709551615"}"#,
            Uint(u64::MAX),
            "uint 18446744073709551615",
        )
        .cell("18446744073709551615"),
        case("f32", &[0x55, 1, 0, 0, 0], r#"{"f32": 1}"#, Int(1), "uint 1").cell("1"),
        case("f64", &[0x59, 1, 0, 0, 0, 0, 0, 0, 0], r#"{"f64": 1}"#, Uint(1), "uint 1").cell("1"),
        case(
            "narrow",
            &[0x65, 0xcd, 0xcc, 0xcc, 0x3d],
            r#"{"narrow": 0.1}"#,
            Double(0.1),
            "double 0.10000000149011612",
        )
        .cell("0.1"),
        case("wide", &[0x69, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], r#"{"wide": 1.5}"#, Double(1.5), "double 1.5").cell("1.5"),
        case("wide", &[0x69, 0, 0, 0, 0, 0, 0, 0, 0x40], r#"{"wide": "2"}"#, Int(2), "double 2.0").cell("2"),
        case("wide", &[0x69, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], r#"{"wide": "NaN"}"#, Double(f64::NAN), "double NaN")
            .cell("NaN"),
        case(
            "wide",
            &[0x69, 0, 0, 0, 0, 0, 0, 0xf0, 0xff],
            r#"{"wide": "-Infinity"}"#,
            Double(f64::NEG_INFINITY),
            "double -inf",
        )
        .cell("-Infinity"),
        case("far", &[0x80, 0x97, 0x22, 5], r#"{"far": 5}"#, Int(5), "int 5").cell("5"),
    ]);
}

#[test]
fn text_bytes_and_names_are_the_same_in_every_form() {
    use Host::{Bool, Bytes, Int};
    check(vec![
        case("flag", &[0x08, 1], r#"{"flag": true}"#, Bool(true), "bool true").cell("true"),
        case("text", &[0x72, 2, 0xc3, 0xa9], r#"{"text": "\u00e9"}"#, text("é"), "\"é\""),
        case("opt_text", &[0xba, 1, 1, b'a'], r#"{"optText": "a"}"#, text("a"), "\"a\"").cell("a"),
        case("raw", &[0x7a, 2, 0xfb, 0xff], r#"{"raw": "-_8"}"#, Bytes(vec![0xfb, 0xff]), "bytes [251, 255]")
            .cell("+/8="),
        case("status", &[0x80, 1, 1], r#"{"status": "APPROVED"}"#, text("APPROVED"), "int 1").cell("APPROVED"),
        case("status", &[0x80, 1, 2], r#"{"status": 2}"#, Int(2), "int 2").cell("2"),
        case("status", &[0x80, 1, 9], r#"{"status": 9}"#, Int(9), "int 9").cell("9"),
        case("device.kind", &[0x92, 3, 2, 0x28, 1], r#"{"device": {"kind": "PHONE"}}"#, text("PHONE"), "int 1")
            .cell("PHONE"),
        case("choice_text", &[0xd2, 5, 1, b'a'], r#"{"choiceText": "a"}"#, text("a"), "\"a\"").cell("a"),
    ]);
}

#[test]
fn times_and_wrappers_are_the_same_in_every_form() {
    check(vec![
        case(
            "at",
            &[0xf2, 1, 4, 0x08, 0x3c, 0x10, 5],
            r#"{"at": "1970-01-01T00:01:00.000000005Z"}"#,
            Host::Timestamp(60, 5),
            "timestamp 60;5",
        )
        .cell("1970-01-01T01:01:00.000000005+01:00"),
        case("at", &[0xf2, 1, 0], r#"{"at": "1970-01-01T00:00:00Z"}"#, Host::Timestamp(0, 0), "timestamp 0;0")
            .cell("1970-01-01T00:00:00Z"),
        case("took", &[0xfa, 1, 2, 0x08, 0x5a], r#"{"took": "90s"}"#, Host::Duration(90, 0), "duration 90;0")
            .cell("1m30s"),
        case("w_i64", &[0x92, 2, 2, 0x08, 7], r#"{"wI64": "7"}"#, Host::Int(7), "int 7").cell("7"),
        case("w_i64", &[0x92, 2, 0], r#"{"w_i64": 0}"#, Host::Int(0), "int 0").cell("0"),
        case("w_text", &[0xba, 2, 3, 0x0a, 1, b'a'], r#"{"wText": "a"}"#, text("a"), "\"a\"").cell("a"),
        case("w_flag", &[0x82, 2, 0], r#"{"wFlag": false}"#, Host::Bool(false), "bool false").cell("false"),
    ]);
}

#[test]
fn absence_follows_the_schema_never_the_form() {
    let null = || Host::Null;
    check(vec![
        // Implicit presence: the default is no value, however it is sent.
        case("i32", &[], "{}", null(), "-").cell(""),
        case("i32", &[0x10, 0], r#"{"i32": 0}"#, Host::Int(0), "-").cell("0"),
        case("i32", &[], r#"{"i32": null}"#, null(), "-").cell(""),
        case("flag", &[0x08, 0], r#"{"flag": false}"#, Host::Bool(false), "-").cell("false"),
        case("text", &[0x72, 0], r#"{"text": ""}"#, text(""), "-"),
        case("status", &[0x80, 1, 0], r#"{"status": "UNKNOWN"}"#, text("UNKNOWN"), "-").cell("UNKNOWN"),
        case("wide", &[0x69, 0, 0, 0, 0, 0, 0, 0, 0], r#"{"wide": 0}"#, Host::Double(0.0), "-").cell("0"),
        // A negative zero is not the default.
        case("wide", &[0x69, 0, 0, 0, 0, 0, 0, 0, 0x80], r#"{"wide": -0.0}"#, Host::Double(-0.0), "double -0.0")
            .cell("-0.0"),
        // Explicit presence: the default is a value.
        case("opt_i32", &[0xa8, 1, 0], r#"{"optI32": 0}"#, Host::Int(0), "int 0").cell("0"),
        case("opt_flag", &[0xa0, 1, 0], r#"{"optFlag": false}"#, Host::Bool(false), "bool false").cell("false"),
        case("opt_i32", &[], r#"{"optI32": null}"#, null(), "-").cell(""),
        case("choice_number", &[0xd8, 5, 0], r#"{"choiceNumber": 0}"#, Host::Int(0), "int 0").cell("0"),
        case("w_i32", &[], r#"{"wI32": null}"#, null(), "-").cell(""),
        case("list_i32", &[0xe2, 3, 0], r#"{"listI32": []}"#, Host::List(vec![]), "-"),
        case("map_text", &[], r#"{"mapText": {}}"#, Host::Map(vec![]), "-"),
        // A message is there even if nothing is in it.
        case("device", &[0x92, 3, 0], r#"{"device": {}}"#, message(&[]), "bool true"),
        case("device", &[], r#"{"device": null}"#, null(), "-"),
        case("device.id", &[0x92, 3, 0], r#"{"device": {}}"#, null(), "-").cell(""),
    ]);
}

#[test]
fn a_cell_in_a_message_says_that_the_message_is_there() {
    let decoder = decoder(&["device", "device.place", "device.id"]);
    let columns = decoder.columns(&["device.id", "device.battery"], true).expect("the columns exist");
    let row = |cells: &[&str]| decode(&decoder, 3, Body::Row(&columns, &Row(cells)), false).expect("a good row");
    assert_eq!(row(&["", "5"]), ["bool true", "-", "-"]);
    assert_eq!(row(&["", ""]), ["-", "-", "-"]);
}

#[test]
fn lists_and_maps_are_the_same_in_every_form() {
    let ints = |values: &[i64]| Host::List(values.iter().map(|value| Host::Int(*value)).collect());
    check(vec![
        case("list_i32", &[0xe2, 3, 3, 1, 0x96, 1], r#"{"listI32": [1, "150"]}"#, ints(&[1, 150]), "[int 1, int 150]"),
        case("list_i32", &[0xe0, 3, 1, 0xe0, 3, 2], r#"{"list_i32": [1, 2]}"#, ints(&[1, 2]), "[int 1, int 2]"),
        case("list_s64", &[0xe8, 3, 1, 0xea, 3, 1, 2], r#"{"listS64": [-1, 1]}"#, ints(&[-1, 1]), "[int -1, int 1]"),
        case(
            "device.tags",
            &[0x92, 3, 3, 0x1a, 1, b'a', 0x10, 1, 0x92, 3, 2, 0x1a, 0],
            r#"{"device": {"tags": ["a", ""]}}"#,
            Host::List(vec![text("a"), text("")]),
            "[\"a\", \"\"]",
        ),
        case(
            "map_text",
            &[0x82, 5, 6, 0x0a, 1, b'k', 0x12, 1, b'v', 0x82, 5, 0],
            r#"{"mapText": {"k": "v", "": ""}}"#,
            Host::Map(vec![(text("k"), text("v")), (text(""), text(""))]),
            "{\"\": \"\", \"k\": \"v\"}",
        ),
        case(
            "map_i32",
            &[0x8a, 5, 2, 0x08, 3],
            r#"{"mapI32": {"3": 0}}"#,
            Host::Map(vec![(Host::Int(3), Host::Int(0))]),
            "{int 3: double 0.0}",
        ),
        case(
            "map_flag",
            &[0x92, 5, 6, 0x08, 1, 0x12, 2, 0x08, 1],
            r#"{"mapFlag": {"true": "1970-01-01T00:00:01Z"}}"#,
            Host::Map(vec![(Host::Bool(true), Host::Timestamp(1, 0))]),
            "{bool true: timestamp 1;0}",
        ),
        case(
            "map_u64",
            &[0x9a, 5, 4, 0x08, 1, 0x10, 1],
            r#"{"mapU64": {"1": "APPROVED"}}"#,
            Host::Map(vec![(Host::Uint(1), Host::Int(1))]),
            "{uint 1: int 1}",
        ),
    ]);
}
