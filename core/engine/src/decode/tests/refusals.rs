//! What is refused, by which code, at which path, and what the text shows of it.

use fishplate_cel::{Code, Slot, Type};

use super::host::{Host, HostMap, Row, message, text};
use super::{decode, decoder, decoder_of, schema};
use crate::codes;
use crate::decode::Decoder;
use crate::error::Error;
use crate::event::{Body, HostValue};
use crate::limits::Limits;
use crate::schema::{InlineField, InlineType, Schema};

fn json(path: &str, text: &str, strict: bool) -> Error {
    decode(&decoder(&[path]), 1, Body::Json(text.as_bytes()), strict).expect_err(text)
}

fn host(path: &str, value: Host) -> Error {
    let map = HostMap(vec![(text(path), value)]);
    decode(&decoder(&[path]), 1, Body::Fields(&map), false).expect_err(path)
}

fn is(error: &Error, code: Code, shown: &str) {
    assert_eq!(error.to_string(), format!("error[{code}]: {shown}"));
}

#[test]
fn a_json_value_of_another_type_is_refused() {
    is(
        &json("wide", r#"{"wide": "abc"}"#, false),
        codes::WRONG_FIELD_TYPE,
        "cannot read double from string \"abc\"\n --> event.wide",
    );
    is(
        &json("i64", r#"{"i64": 1.5}"#, false),
        codes::WRONG_FIELD_TYPE,
        "cannot read int from number 1.5\n --> event.i64",
    );
    is(
        &json("text", r#"{"text": 5}"#, false),
        codes::WRONG_FIELD_TYPE,
        "cannot read string from number 5\n --> event.text\n = put it in quotes",
    );
    is(
        &json("device.tags", r#"{"device": {"tags": ["a", null]}}"#, false),
        codes::WRONG_FIELD_TYPE,
        "cannot read string from null\n --> event.device.tags[1]",
    );
    is(
        &json("map_i32", r#"{"mapI32": {"7": []}}"#, false),
        codes::WRONG_FIELD_TYPE,
        "cannot read double from list\n --> event.map_i32[7]",
    );
    is(
        &json("device.id", r#"{"device": 5}"#, false),
        codes::WRONG_FIELD_TYPE,
        "cannot read message from number\n --> event.device",
    );
    is(&json("i32", "[]", false), codes::WRONG_FIELD_TYPE, "cannot read message from list\n --> event");
    is(&json("i32", "null", false), codes::WRONG_FIELD_TYPE, "cannot read message from null\n --> event");
}

#[test]
fn a_number_outside_its_field_is_refused() {
    let out = |path: &str, text: &str, shown: &str| is(&json(path, text, false), codes::NUMBER_OUT_OF_RANGE, shown);
    out("i32", r#"{"i32": 2147483648}"#, "2147483648 is out of range of int32\n --> event.i32");
    out("u32", r#"{"u32": -1}"#, "-1 is out of range of uint32\n --> event.u32");
    out("i64", r#"{"i64": "9223372036854775808"}"#, "9223372036854775808 is out of range of int\n --> event.i64");
    out("wide", r#"{"wide": 1e309}"#, "1e309 is out of range of double\n --> event.wide");
    out("narrow", r#"{"narrow": 1e39}"#, "1e39 is out of range of float\n --> event.narrow");
    is(
        &host("i32", Host::Int(1 << 40)),
        codes::NUMBER_OUT_OF_RANGE,
        "1099511627776 is out of range of int32\n --> event.i32",
    );
    is(
        &host("i64", Host::Other(HostValue::WIDE_INT)),
        codes::NUMBER_OUT_OF_RANGE,
        "an int of more than 64 bits is out of range of int\n --> event.i64",
    );
    is(&host("u64", Host::Int(-1)), codes::NUMBER_OUT_OF_RANGE, "-1 is out of range of uint\n --> event.u64");
}

#[test]
fn a_name_that_the_enum_does_not_have_is_refused_with_the_nearest() {
    is(
        &json("status", r#"{"status": "APROVED"}"#, false),
        codes::UNKNOWN_ENUM_NAME,
        "t.v1.Status has no name \"APROVED\"\n --> event.status\n = did you mean \"APPROVED\"?",
    );
}

#[test]
fn text_that_is_not_json_is_refused_with_its_place() {
    for (text, what) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\n \"i32\": 1,}", "trailing comma at line 2 column 11"),
        ("{\"i32\": NaN}", "expected value at line 1 column 9"),
        ("{} x", "trailing characters at line 1 column 4"),
        ("{\"u32\": tru}", "expected ident at line 1 column 12"),
    ] {
        is(&json("i32", text, false), codes::MALFORMED_JSON, &format!("not JSON: {what}\n --> event"));
    }
    for text in [r#"{"text": "\ud83d"}"#, r#"{"i32": "\ude00"}"#, r#"{"nobody": "\ud83dx"}"#, r#"{"\ud83d": 1}"#] {
        assert_eq!(json("text", text, false).code(), codes::INVALID_UTF8, "{text}");
    }
    let raw = [b"{\"text\": \"".as_slice(), &[0xff], b"\"}"].concat();
    let error = decode(&decoder(&["text"]), 1, Body::Json(&raw), false).expect_err("not UTF-8");
    assert_eq!(error.code(), codes::INVALID_UTF8);
}

#[test]
fn a_field_twice_is_refused_under_either_name() {
    for text in [r#"{"opt_text": "a", "optText": "b"}"#, r#"{"optText": null, "optText": "b"}"#] {
        is(&json("i32", text, false), codes::REPEATED_FIELD, "a field twice in one object\n --> event.opt_text");
    }
    is(
        &json("map_text", r#"{"mapText": {"a": "1", "b": "2", "a": "3"}}"#, false),
        codes::REPEATED_FIELD,
        "a key twice in one map\n --> event.map_text[\"a\"]",
    );
}

#[test]
fn two_members_of_a_oneof_are_refused_in_every_form_that_has_no_order() {
    let shown = "choice_text and choice_number are both set, and the oneof choice takes one\n --> event.choice_number";
    is(&json("i32", r#"{"choiceText": "a", "choiceNumber": 1}"#, false), codes::REPEATED_FIELD, shown);
    let map = HostMap(vec![(text("choice_number"), Host::Int(1)), (text("choice_text"), text("a"))]);
    let error = decode(&decoder(&["i32"]), 1, Body::Fields(&map), false).expect_err("two members");
    is(&error, codes::REPEATED_FIELD, shown);
    let decoder = decoder(&["choice_text"]);
    let columns = decoder.columns(&["choice_text", "choice_number"], false).expect("the columns exist");
    let error = decode(&decoder, 1, Body::Row(&columns, &Row(&["a", "1"])), false).expect_err("two members");
    assert_eq!(error.code(), codes::REPEATED_FIELD);
    assert!(decode(&decoder, 1, Body::Row(&columns, &Row(&["a", ""])), false).is_ok());
    // null is absence, so it sets nothing.
    let one = decode(&decoder, 1, Body::Json(br#"{"choiceText": "a", "choiceNumber": null}"#), false);
    assert_eq!(one.expect("one member"), ["\"a\""]);
}

#[test]
fn a_field_that_the_schema_does_not_have_is_skipped_unless_strict() {
    let text_of = r#"{"devise": {"x": [1, {"y": null}]}, "i32": 1}"#;
    assert!(decode(&decoder(&["i32"]), 1, Body::Json(text_of.as_bytes()), false).is_ok());
    let shown = "the schema has no field \"devise\"\n --> event.devise\n = did you mean \"device\"?";
    is(&json("i32", text_of, true), codes::UNKNOWN_EVENT_FIELD, shown);
    let map = HostMap(vec![(text("devise"), Host::Null)]);
    is(
        &decode(&decoder(&["i32"]), 1, Body::Fields(&map), true).expect_err("strict"),
        codes::UNKNOWN_EVENT_FIELD,
        shown,
    );
    is(&decoder(&["i32"]).columns(&["devise"], true).expect_err("strict"), codes::UNKNOWN_EVENT_FIELD, shown);
    // In messages that no rule reads, too.
    let inside = "the schema has no field \"idd\"\n --> event.device.idd";
    let error = json("i32", r#"{"device": {"idd": "a"}}"#, true).to_string();
    assert!(error.contains(inside), "{error}");
    // A map has declared names only.
    let map = HostMap(vec![(text("optText"), text("a"))]);
    let error = decode(&decoder(&["opt_text"]), 1, Body::Fields(&map), true).expect_err("a JSON name");
    assert_eq!(error.code(), codes::UNKNOWN_EVENT_FIELD);
}

#[test]
fn a_host_value_of_another_type_is_refused_with_a_way_out() {
    let wrong = |path: &str, value: Host, shown: &str| is(&host(path, value), codes::WRONG_FIELD_TYPE, shown);
    wrong("wide", text("1.5"), "cannot read double from string\n --> event.wide\n = pass a number, not text");
    wrong("i64", Host::Double(1.0), "cannot read int from double\n --> event.i64\n = pass a whole number");
    wrong("raw", text("a"), "cannot read bytes from string\n --> event.raw\n = encode the text to bytes");
    wrong("text", Host::Bytes(vec![97]), "cannot read string from bytes\n --> event.text\n = decode the bytes to text");
    wrong("flag", Host::Int(1), "cannot read bool from int\n --> event.flag\n = pass a truth value");
    wrong("i64", Host::Other("a set"), "cannot read int from a set\n --> event.i64");
    wrong("list_i32", Host::Int(1), "cannot read list from int\n --> event.list_i32");
    wrong(
        "list_i32",
        Host::List(vec![Host::Int(1), Host::Null]),
        "cannot read int32 from null\n --> event.list_i32[1]",
    );
    let map = HostMap(vec![(text("device"), text("d"))]);
    let error = decode(&decoder(&["device.id"]), 1, Body::Fields(&map), false).expect_err("no message");
    is(&error, codes::WRONG_FIELD_TYPE, "cannot read message from string\n --> event.device");
}

#[test]
fn a_row_has_as_many_cells_as_its_header_and_no_lists() {
    let decoder = decoder(&["i32", "list_i32"]);
    let columns = decoder.columns(&["i32", "u32"], true).expect("the columns exist");
    let error = decode(&decoder, 2, Body::Row(&columns, &Row(&["1"])), false).expect_err("one cell");
    is(&error, codes::MALFORMED_ROW, "row of 1 cells under a header of 2\n --> event");
    let error = decode(&decoder, 2, Body::Row(&columns, &Row(&["one", ""])), false).expect_err("no number");
    is(&error, codes::WRONG_FIELD_TYPE, "cannot read int32 from string \"one\"\n --> event.i32");
    is(
        &decoder.columns(&["list_i32"], false).expect_err("a list"),
        codes::WRONG_FIELD_TYPE,
        "cannot read list from a cell of a row\n --> event.list_i32\n = send such events as JSON or protobuf",
    );
    is(
        &decoder.columns(&["i32", "i32"], false).expect_err("twice"),
        codes::REPEATED_FIELD,
        "a column twice in one header\n --> event.i32",
    );
    let other = super::decoder(&["i32"]);
    let error = decode(&other, 1, Body::Row(&columns, &Row(&["1", "2"])), false).expect_err("foreign");
    assert_eq!(error.code(), codes::BAD_ARGUMENT);
}

#[test]
fn every_limit_names_itself_the_path_and_the_value() {
    let paths = ["device.tags", "map_text", "text", "inner.inner.i32", "raw"];
    let decoder = decoder(&paths);
    let limits = Limits {
        message_depth: 2,
        message_fields: 4,
        event_bytes: 200,
        list_entries: 2,
        string_bytes: 3,
        ..Limits::default()
    };
    let refused = |body: Body<'_>| {
        let mut slots = vec![Slot::Absent; paths.len()];
        decoder.decode(body, &limits, false, &mut slots).expect_err("over a limit").to_string()
    };
    let list = "error[F0704]: list of 3 entries is over the limit list_entries = 2\n --> event.device.tags";
    assert_eq!(refused(Body::Json(br#"{"device": {"tags": ["a", "b", "c"]}}"#)), list);
    assert_eq!(refused(Body::Protobuf(&[0x92, 3, 6, 0x1a, 0, 0x1a, 0, 0x1a, 0])), list);
    let tags = message(&[("tags", Host::List(vec![text("a"), text("b"), text("c")]))]);
    assert_eq!(refused(Body::Fields(&HostMap(vec![(text("device"), tags)]))), list);

    let map = "error[F0704]: map of 3 entries is over the limit list_entries = 2\n --> event.map_text";
    assert_eq!(refused(Body::Json(br#"{"mapText": {"a": "", "b": "", "c": ""}}"#)), map);
    assert_eq!(refused(Body::Protobuf(&[0x82, 5, 0, 0x82, 5, 0, 0x82, 5, 0])), map);

    let string = "error[F0705]: string of 4 bytes is over the limit string_bytes = 3\n --> event.text";
    assert_eq!(refused(Body::Json(br#"{"text": "aaaa"}"#)), string);
    assert_eq!(refused(Body::Protobuf(&[0x72, 4, b'a', b'a', b'a', b'a'])), string);
    assert_eq!(refused(Body::Fields(&HostMap(vec![(text("text"), text("aaaa"))]))), string);
    let bytes = "error[F0705]: bytes of 4 bytes is over the limit string_bytes = 3\n --> event.raw";
    assert_eq!(refused(Body::Json(br#"{"raw": "AAAAAA=="}"#)), bytes);
    assert_eq!(refused(Body::Protobuf(&[0x7a, 4, 0, 0, 0, 0])), bytes);

    let depth = "error[F0701]: message at depth 3 is over the limit message_depth = 2\n --> event.inner.inner";
    assert_eq!(refused(Body::Json(br#"{"inner": {"inner": {}}}"#)), depth);
    assert_eq!(refused(Body::Protobuf(&[0x9a, 3, 3, 0x9a, 3, 0])), depth);
    // In parts that are skipped, too: objects in JSON, groups in protobuf.
    assert!(refused(Body::Json(br#"{"nobody": {"a": {}}}"#)).starts_with("error[F0701]: message at depth 3"));
    assert!(refused(Body::Protobuf(&[0xfb, 0x0f, 0xfb, 0x0f])).starts_with("error[F0701]: message at depth 3"));

    let fields = "error[F0702]: message of 5 fields is over the limit message_fields = 4\n --> event";
    assert_eq!(refused(Body::Json(br#"{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}"#)), fields);
    assert_eq!(refused(Body::Protobuf(&[0x08, 1, 0x10, 1, 0x18, 1, 0xf8, 0x0f, 1, 0xf8, 0x0f, 1])), fields);

    let event = "error[F0703]: event of 201 bytes is over the limit event_bytes = 200\n --> event";
    assert_eq!(refused(Body::Json(&[b' '; 201])), event);
    assert_eq!(refused(Body::Protobuf(&[0; 201])), event);
}

#[test]
fn no_limit_lets_messages_nest_deeper_than_a_hundred() {
    let limits = Limits { message_depth: u64::MAX, ..Limits::default() };
    let decode = |path: &str, body: Body<'_>, strict| {
        decoder(&[path]).decode(body, &limits, strict, &mut [Slot::Absent]).map_err(|error| error.code())
    };
    let nested = |depth: usize| format!("{}{{}}{}", "{\"inner\": ".repeat(depth - 1), "}".repeat(depth - 1));
    assert_eq!(decode("i32", Body::Json(nested(100).as_bytes()), true), Ok(()));
    assert_eq!(decode("i32", Body::Json(nested(101).as_bytes()), true), Err(codes::LIMIT_MESSAGE_DEPTH));
    assert_eq!(decode("i32", Body::Json(nested(20_000).as_bytes()), false), Err(codes::LIMIT_MESSAGE_DEPTH));
    let groups = vec![0x13; 200_000];
    assert_eq!(decode("i32", Body::Protobuf(&groups), false), Err(codes::LIMIT_MESSAGE_DEPTH));
    let mut host = message(&[]);
    for _ in 0..100 {
        host = message(&[("inner", host)]);
    }
    let Host::Map(entries) = host else { unreachable!("an event is a map") };
    assert_eq!(decode("i32", Body::Fields(&HostMap(entries)), true), Err(codes::LIMIT_MESSAGE_DEPTH));
}

#[test]
fn the_value_of_a_sensitive_field_is_never_shown() {
    let secret = "4111111111111111";
    let paths = ["text", "i32", "wide", "at", "status", "map_text", "map_i32", "device.tags", "raw", "w_i32"];
    let decoder = decoder_of(&schema(), &paths, true).expect("the paths exist");
    let refused = |body: Body<'_>| decode(&decoder, paths.len(), body, true).expect_err("refused").to_string();
    for text in [
        r#"{"i32": 4111111111111111}"#,
        r#"{"i32": "4111111111111111x"}"#,
        r#"{"wide": "x4111111111111111"}"#,
        r#"{"at": "4111111111111111"}"#,
        r#"{"status": "4111111111111111"}"#,
        r#"{"status": 4111111111111111}"#,
        r#"{"text": 4111111111111111}"#,
        r#"{"raw": "*4111111111111111"}"#,
        r#"{"mapText": {"4111111111111111": 1}}"#,
        r#"{"mapI32": {"4111111111111111": 1}}"#,
        r#"{"mapText": {"4111111111111111": "", "4111111111111111": ""}}"#,
        r#"{"device": {"tags": [4111111111111111]}}"#,
        r#"{"wI32": 4111111111111111}"#,
    ] {
        let error = refused(Body::Json(text.as_bytes()));
        assert!(!error.contains(secret), "{error}");
        assert!(error.contains("(masked)"), "{error}");
    }
    let columns = decoder.columns(&["i32"], true).expect("the column exists");
    let error = refused(Body::Row(&columns, &Row(&["4111111111111111"])));
    assert!(!error.contains(secret) && error.contains("(masked)"), "{error}");
    let map = HostMap(vec![(text("i32"), Host::Int(4_111_111_111_111_111))]);
    let error = refused(Body::Fields(&map));
    assert!(!error.contains(secret) && error.contains("(masked)"), "{error}");
}

#[test]
fn a_field_that_rules_cannot_read_is_refused_when_it_is_wanted() {
    for (path, what) in [
        ("named_devices", "rules cannot read a map of messages"),
        ("free", "rules cannot read google.protobuf.Struct"),
        ("any", "rules cannot read google.protobuf.Any"),
    ] {
        let error = decoder_of(&schema(), &[path], false).expect_err(path);
        is(&error, codes::UNSUPPORTED_FIELD, &format!("cannot read event.{path}: {what}\n --> event.{path}"));
    }
    let error = decoder_of(&schema(), &["text.size"], false).expect_err("text has no fields");
    is(&error, codes::UNSUPPORTED_FIELD, "cannot read event.text: it has no fields\n --> event.text");
    // And skipped when it is not.
    let text = br#"{"devices": [{"id": "a"}], "free": {"a": [1]}, "any": {"@type": "x"}, "i32": 1}"#;
    assert_eq!(decode(&decoder(&["i32"]), 1, Body::Json(text), true).expect("skipped"), ["int 1"]);
}

fn inline() -> (Schema, Decoder) {
    let field = |name: &str, ty| InlineField { name: name.into(), ty };
    let schema = Schema::inline(vec![
        field("id", InlineType::Value(Type::Int)),
        field("tags", InlineType::Value(Type::list(Type::String))),
        field("rates", InlineType::Value(Type::map(Type::String, Type::Double))),
        field("device", InlineType::Message(vec![field("id", InlineType::Value(Type::String))])),
    ]);
    let decoder = decoder_of(&schema, &["id", "tags", "rates", "device", "device.id"], false);
    (schema, decoder.expect("the paths exist"))
}

#[test]
fn an_inline_field_tells_its_zero_from_no_value() {
    let (_, decoder) = inline();
    let slots = |text: &str| decode(&decoder, 5, Body::Json(text.as_bytes()), true).expect("a good event");
    assert_eq!(slots("{}"), ["-"; 5]);
    assert_eq!(
        slots(r#"{"id": 0, "tags": [], "rates": {}, "device": {"id": ""}}"#),
        ["int 0", "[]", "{}", "bool true", "\"\""]
    );
    assert_eq!(
        slots(r#"{"id": "12", "tags": ["a"], "rates": {"x": 1}, "device": null}"#),
        ["int 12", "[\"a\"]", "{\"x\": double 1.0}", "-", "-"]
    );
    let map = HostMap(vec![(text("id"), Host::Int(0)), (text("tags"), Host::List(vec![]))]);
    assert_eq!(decode(&decoder, 5, Body::Fields(&map), true).expect("a good event"), ["int 0", "[]", "-", "-", "-"]);
}

#[test]
fn an_inline_schema_has_no_protobuf_form() {
    let (_, decoder) = inline();
    let error = decode(&decoder, 5, Body::Protobuf(&[]), false).expect_err("no wire form");
    assert_eq!(error.code(), codes::NO_PROTO_FOR_INLINE);
}

#[test]
fn a_path_wanted_twice_fills_both_slots() {
    let decoder = decoder(&["i32", "i32"]);
    assert_eq!(decode(&decoder, 2, Body::Protobuf(&[0x10, 1]), false).expect("good"), ["int 1", "int 1"]);
}

#[test]
fn a_mistake_inside_a_list_of_messages_is_told_with_its_whole_place() {
    let refused = |text: &str| decode(&decoder(&["devices"]), 1, Body::Json(text.as_bytes()), true).expect_err(text);
    let error = refused(r#"{"devices": [{"id": "a"}, {"battery": "x"}]}"#).to_string();
    assert!(error.contains("event.devices[1].battery"), "{error}");
    let error = refused(r#"{"devices": [{"place": {"latitude": true}}]}"#).to_string();
    assert!(error.contains("event.devices[0].place.latitude"), "{error}");
    let error = refused(r#"{"devices": [{"ide": "a"}]}"#).to_string();
    assert!(error.contains("event.devices[0]") && error.contains("did you mean \"id\"?"), "{error}");
    assert!(refused(r#"{"devices": [null]}"#).to_string().contains("event.devices[0]"));
    assert!(refused(r#"{"devices": {}}"#).to_string().contains("cannot read list from object"));
    // Field 100 (devices), five bytes: field 4 (place), three bytes, of which only two are there.
    let bytes = [0xa2, 0x06, 0x04, 0x22, 0x03, 0x09, 0x00];
    let error = decode(&decoder(&["devices"]), 1, Body::Protobuf(&bytes), true).expect_err("cut off").to_string();
    assert!(error.contains("event.devices[0].place"), "{error}");
    let map = HostMap(vec![(text("devices"), Host::List(vec![Host::Map(vec![(text("id"), Host::Int(1))])]))]);
    let error = decode(&decoder(&["devices"]), 1, Body::Fields(&map), true).expect_err("no text").to_string();
    assert!(error.contains("event.devices[0].id"), "{error}");
}

#[test]
fn a_sensitive_list_of_messages_shows_no_value_inside_it() {
    let decoder = decoder_of(&schema(), &["devices"], true).expect("a path");
    let error =
        decode(&decoder, 1, Body::Json(br#"{"devices": [{"place": {"latitude": "4111"}, "battery": "4111x"}]}"#), true);
    let error = error.expect_err("no number").to_string();
    assert!(!error.contains("4111") && error.contains("(masked)"), "{error}");
}
