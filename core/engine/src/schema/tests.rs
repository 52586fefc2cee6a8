//! What a schema promises: which errors `.proto` files give, and what rules can then say of an event.

use std::collections::BTreeMap;
use std::io;

use fishplate_cel::{Bounds, Env, Type, check, parse};

use super::{InlineField, InlineType, Schema};
use crate::codes;
use crate::error::{Diagnostic, Place};

fn compile(files: &[(&str, &str)], message: &str) -> Result<super::FromProto, Vec<Diagnostic>> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let mut read = |name: &str| {
        let found = files.get(name).map(|text| text.as_bytes().to_vec());
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    Schema::from_proto("a.proto", message, &mut read)
}

fn good(text: &str, message: &str) -> Schema {
    compile(&[("a.proto", text)], message).expect("a good schema").0
}

fn wrong(files: &[(&str, &str)], message: &str) -> Vec<Diagnostic> {
    compile(files, message).expect_err("a bad schema")
}

/// The type of `expression` over `schema`, or the first thing wrong with it.
fn type_of(schema: &Schema, expression: &str) -> Result<Type, String> {
    let mut env = Env::default();
    schema.declare(&mut env);
    let parsed = parse(expression, Bounds { depth: 100, nodes: 1000 }).map_err(|wrong| wrong[0].message.clone())?;
    check(expression, &parsed, &env, None).map(|checked| checked.ty().clone()).map_err(|wrong| wrong[0].message.clone())
}

const PAYMENT: &str = r#"syntax = "proto3";
package risk.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";

enum Status { UNKNOWN = 0; APPROVED = 1; }
message Payment {
  message Card {
    enum Brand { NONE = 0; VISA = 4; }
    Brand brand = 1;
    Payment before = 2;
  }
  double amount = 1;
  Status status = 2;
  google.protobuf.Timestamp at = 3;
  google.protobuf.StringValue note = 4;
  Card card = 5;
  repeated string tags = 6;
  map<string, int64> counts = 7;
  repeated Card cards = 8;
  google.protobuf.Struct free = 9;
  uint32 attempts = 10;
}
"#;

#[test]
fn a_syntax_error_stands_at_its_place_in_the_file() {
    let wrong = wrong(&[("a.proto", "syntax = \"proto3\";\nmessage A {\n  strin g = ;\n}\n")], "A");
    assert_eq!(wrong[0].code, codes::BAD_PROTO);
    let place = Place::Text { file: "a.proto".into(), line: 3, column: 13, width: 1, source: "  strin g = ;".into() };
    assert_eq!(wrong[0].place, place, "{}", wrong[0]);
}

#[test]
fn an_unknown_type_is_underlined() {
    let wrong = wrong(&[("a.proto", "syntax = \"proto3\";\nmessage A {\n  /* é */ Strong g = 1;\n}\n")], "A");
    let Place::Text { line, column, width, .. } = &wrong[0].place else { panic!("no place: {}", wrong[0]) };
    assert_eq!((*line, *column, *width), (3, 11, 6), "{}", wrong[0]);
    assert!(wrong[0].message.contains("Strong"), "{}", wrong[0]);
}

#[test]
fn a_number_taken_twice_is_found_at_the_second() {
    let text = "syntax = \"proto3\";\nmessage A {\n  int32 a = 1;\n  int32 b = 1;\n}\n";
    let wrong = wrong(&[("a.proto", text)], "A");
    let Place::Text { line, .. } = &wrong[0].place else { panic!("no place: {}", wrong[0]) };
    assert_eq!(*line, 4, "{}", wrong[0]);
}

#[test]
fn every_file_with_a_mistake_is_reported() {
    let wrong = wrong(
        &[
            ("a.proto", "syntax = \"proto3\";\nimport \"b.proto\";\nimport \"c.proto\";\nmessage A {}\n"),
            ("b.proto", "syntax = \"proto3\";\nmessage {}\n"),
        ],
        "A",
    );
    let mut codes_of: Vec<_> = wrong.iter().map(|wrong| wrong.code).collect();
    codes_of.sort();
    assert_eq!(codes_of, [codes::BAD_PROTO, codes::UNREADABLE_FILE]);
    let missing = wrong.iter().find(|wrong| wrong.code == codes::UNREADABLE_FILE).expect("c.proto is missing");
    assert_eq!(missing.message, "there is no file \"c.proto\"");
    let source = "import \"c.proto\";".to_owned();
    assert_eq!(missing.place, Place::Text { file: "a.proto".into(), line: 3, column: 8, width: 9, source });
}

#[test]
fn a_schema_file_that_is_not_there_is_named() {
    let wrong = wrong(&[], "A");
    assert_eq!((wrong[0].code, &wrong[0].place), (codes::UNREADABLE_FILE, &Place::Name("a.proto".into())));
}

#[test]
fn files_that_import_each_other_are_refused() {
    let file = |other: &str| format!("syntax = \"proto3\";\nimport \"{other}\";\nmessage M{} {{}}\n", &other[..1]);
    let wrong = wrong(&[("a.proto", &file("b.proto")), ("b.proto", &file("a.proto"))], "Mb");
    assert_eq!(wrong[0].code, codes::BAD_PROTO);
    assert!(wrong[0].message.contains("cycle"), "{}", wrong[0]);
}

#[test]
fn an_unknown_message_suggests_one_that_there_is() {
    for (name, suggestion) in [
        ("risk.v1.Paymint", "did you mean \"risk.v1.Payment\"?"),
        ("Payment", "did you mean \"risk.v1.Payment\"?"),
        ("Card", "did you mean \"risk.v1.Payment.Card\"?"),
        ("x.Telemetry", "it defines risk.v1.Payment, risk.v1.Payment.Card"),
    ] {
        let wrong = wrong(&[("a.proto", PAYMENT)], name);
        assert_eq!(wrong[0].code, codes::UNKNOWN_MESSAGE);
        assert_eq!(wrong[0].message, format!("a.proto defines no message \"{name}\""));
        assert_eq!(wrong[0].suggestion.as_deref(), Some(suggestion));
    }
}

#[test]
fn the_files_read_are_handed_back_by_name_without_those_of_protobuf() {
    let a = "syntax = \"proto3\";\nimport \"z.proto\";\nimport \"b/c.proto\";\nimport \"google/protobuf/any.proto\";\n\
             message A { C c = 1; Z z = 2; }\n";
    let (c, z) = ("syntax = \"proto3\";\nmessage C {}\n", "syntax = \"proto3\";\nmessage Z {}\n");
    let (_, files) = compile(&[("a.proto", a), ("b/c.proto", c), ("z.proto", z)], "A").expect("a good schema");
    let expected = [("a.proto", a), ("b/c.proto", c), ("z.proto", z)];
    assert_eq!(files, expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())));
}

#[test]
fn fields_have_the_types_that_cel_gives_them() {
    let schema = good(PAYMENT, "risk.v1.Payment");
    for (expression, ty) in [
        ("event.amount", Type::Double),
        ("event.status", Type::Int),
        ("event.at", Type::Timestamp),
        ("event.note", Type::Wrapper(Type::String.into())),
        ("event.card.brand", Type::Int),
        ("event.card.before.card.before.amount", Type::Double),
        ("event.tags", Type::list(Type::String)),
        ("event.cards.map(c, c.brand)", Type::list(Type::Int)),
        ("event.cards[0].before.cards.exists(c, c.before.amount > 1.0)", Type::Bool),
        ("event.counts", Type::map(Type::String, Type::Int)),
        ("event.attempts", Type::Uint),
        ("has(event.card)", Type::Bool),
    ] {
        assert_eq!(type_of(&schema, expression), Ok(ty), "{expression}");
    }
}

#[test]
fn enum_values_are_constants_of_the_message_s_package() {
    let schema = good(PAYMENT, "risk.v1.Payment");
    for expression in [
        "event.status == Status.APPROVED",
        "event.status == risk.v1.Status.APPROVED",
        "event.card.brand == Payment.Card.Brand.VISA",
    ] {
        assert_eq!(type_of(&schema, expression), Ok(Type::Bool), "{expression}");
    }
    assert!(type_of(&schema, "event.status == Status.APROVED").is_err());
}

#[test]
fn a_field_that_rules_cannot_read_is_refused_by_the_checker_in_words() {
    let schema = good(PAYMENT, "risk.v1.Payment");
    for expression in ["event.card", "event.cards == event.tags", "event.free", "event.free.x == 1"] {
        assert!(type_of(&schema, expression).is_err(), "{expression}");
    }
    assert_eq!(schema.type_at(&["free"]), None);
}

#[test]
fn paths_lead_to_types_and_names() {
    let schema = good(PAYMENT, "risk.v1.Payment");
    assert_eq!(schema.type_at(&["card", "brand"]), Some(Type::Int));
    assert_eq!(schema.type_at(&["card"]), Some(Type::Message("risk.v1.Payment.Card".into())));
    assert_eq!(schema.type_at(&["card", "nobody"]), None);
    assert_eq!(schema.type_at(&["amount", "x"]), None);
    assert_eq!(schema.names_at(&["card"]), ["brand", "before"]);
    assert_eq!(schema.names_at(&["amount"]), [""; 0]);
}

#[test]
fn an_inline_schema_declares_its_messages_by_their_path() {
    let field = |name: &str, ty| InlineField { name: name.into(), ty };
    let schema = Schema::inline(vec![
        field("amount", InlineType::Value(Type::Double)),
        field("device", InlineType::Message(vec![field("id", InlineType::Value(Type::String))])),
    ]);
    assert_eq!(type_of(&schema, "event.device.id"), Ok(Type::String));
    assert_eq!(type_of(&schema, "event.amount"), Ok(Type::Double));
    assert_eq!(schema.type_at(&["device"]), Some(Type::Message("event.device".into())));
}

#[test]
fn proto2_defaults_and_its_closed_enums_are_kept() {
    let text = "syntax = \"proto2\";\nenum E { A = 3; B = 5; }\n\
                message M { optional int32 n = 1 [default = 7]; optional E e = 2; required string s = 3; }\n";
    let schema = good(text, "M");
    let model = schema.model();
    let absent: Vec<_> = model.messages[0].fields.iter().map(|field| field.absent.clone()).collect();
    use fishplate_cel::Value;
    assert_eq!(absent, [Some(Value::Int(7)), Some(Value::Int(3)), Some(Value::from(""))]);
    assert!(model.messages[0].fields.iter().all(|field| field.explicit));
    assert!(model.enums[0].closed);
}
