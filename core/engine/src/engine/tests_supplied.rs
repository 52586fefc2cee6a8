//! Features whose values come with the event.

use fishplate_cel::Value;

use super::tests::rules;
use super::*;
use crate::codes;
use crate::decode::tests::host::{Host, HostMap, text};

const STORE: &str = r#"fishplate: 1
name: store
schema: {fields: {card: string}}
outputs:
  why: {type: string, merge: list}
features:
  risk: {supplied: double}
  segment: {supplied: string}
  unread: {supplied: int}
rules:
  - {id: RISKY, when: features.risk > 0.8, output: {why: features.segment}}
  - {id: UNKNOWN, when: "!has(features.risk)", output: {why: '"no risk"'}}
"#;

fn with(entries: &[(&str, Host)]) -> HostMap {
    HostMap(entries.iter().map(|(name, value)| (text(name), value.clone())).collect())
}

fn decide(engine: &mut Engine, supplied: &HostMap) -> Result<Decision, Error> {
    engine.decide(Event::json(br#"{"card": "c"}"#).with_features(supplied))
}

fn why(decision: &Decision) -> Vec<Value> {
    let Some(Value::List(said)) = decision.output("why") else { return Vec::new() };
    said.to_vec()
}

#[test]
fn rules_read_what_comes_with_the_event() {
    let mut engine = Engine::new(&rules(STORE), Options::default());
    let supplied = with(&[("risk", Host::Double(0.9)), ("segment", text("new"))]);
    let decision = decide(&mut engine, &supplied).expect("a good event");
    assert_eq!(why(&decision), [Value::from("new")]);
    let named: Vec<_> = decision.features().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    assert_eq!(named, [("risk".to_owned(), Value::Double(0.9)), ("segment".to_owned(), Value::from("new"))]);
    let previewed = engine.preview(Event::json(br#"{"card": "c"}"#).with_features(&supplied)).expect("a good event");
    assert_eq!(why(&previewed), [Value::from("new")]);
}

#[test]
fn a_feature_that_does_not_come_is_absent_and_none_is_kept_from_the_event_before() {
    let mut engine = Engine::new(&rules(STORE), Options::default());
    decide(&mut engine, &with(&[("risk", Host::Double(0.9)), ("segment", text("new"))])).expect("a good event");
    let decision = engine.decide(Event::json(br#"{"card": "c"}"#)).expect("a good event");
    assert_eq!(why(&decision), [Value::from("no risk")]);
    assert_eq!(decision.errors().len(), 1, "RISKY read it without asking");
    let null = decide(&mut engine, &with(&[("risk", Host::Null)])).expect("null is absent");
    assert_eq!(why(&null), [Value::from("no risk")]);
}

#[test]
fn a_name_that_no_feature_has_and_a_value_of_another_type_are_refused() {
    let mut engine = Engine::new(&rules(STORE), Options::default());
    let error = decide(&mut engine, &with(&[("risc", Host::Double(0.9))])).expect_err("a slip");
    assert_eq!(error.code(), codes::UNKNOWN_EVENT_FIELD);
    assert!(error.to_string().contains("features.risc") && error.to_string().contains("risk"), "{error}");
    let error = decide(&mut engine, &with(&[("risk", text("high"))])).expect_err("not a number");
    assert!(error.to_string().contains("features.risk"), "{error}");
    let windowed = STORE.replace("  risk: {supplied: double}\n", "").replace("  segment: {supplied: string}\n", "");
    let windowed = windowed.replace("  unread: {supplied: int}\n", "").replace("features:\n", "");
    let windowed = &windowed[..windowed.find("rules:").expect("in it")];
    let mut engine = Engine::new(&rules(&format!("{windowed}rules: []\n")), Options::default());
    assert!(decide(&mut engine, &with(&[])).is_ok());
    let error = decide(&mut engine, &with(&[("risk", Host::Double(0.9))])).expect_err("none is declared");
    assert_eq!(error.code(), codes::UNKNOWN_EVENT_FIELD);
}

#[test]
fn features_come_as_json_too() {
    let decide = |engine: &mut Engine, json: &str| {
        engine.decide(Event::json(br#"{"card": "c"}"#).with_json_features(json.as_bytes()))
    };
    let mut engine = Engine::new(&rules(STORE), Options::default());
    let decision = decide(&mut engine, r#" {"risk": 0.9, "segment": "new"} "#).expect("good features");
    assert_eq!(why(&decision), [Value::from("new")]);
    for nothing in ["{}", "null", r#"{"risk": null}"#] {
        assert_eq!(why(&decide(&mut engine, nothing).expect(nothing)), [Value::from("no risk")], "{nothing}");
    }
    let refused = |engine: &mut Engine, json: &str| decide(engine, json).expect_err(json);
    let error = refused(&mut engine, r#"{"risc": 0.9}"#);
    assert_eq!(error.code(), codes::UNKNOWN_EVENT_FIELD);
    assert!(error.to_string().contains("features.risc"), "{error}");
    let error = refused(&mut engine, r#"{"risk": "high"}"#);
    assert!(error.to_string().contains("features.risk"), "{error}");
    for no_object in ["", "[]", "1", "{", r#"{}, "risk": 0.9"#, "{}}"] {
        refused(&mut engine, no_object);
    }
    let none = STORE.split("features:").next().expect("before it");
    let mut engine = Engine::new(&rules(&format!("{none}rules: []\n")), Options::default());
    assert!(decide(&mut engine, " {} ").is_ok());
    assert_eq!(refused(&mut engine, r#"{"risk": 0.9}"#).code(), codes::UNKNOWN_EVENT_FIELD);
}

#[test]
fn a_prepared_event_brings_them_along() {
    let rules = rules(STORE);
    let (mut here, mut there) = (Engine::new(&rules, Options::default()), Engine::new(&rules, Options::default()));
    let supplied = with(&[("risk", Host::Double(0.9)), ("segment", text("new"))]);
    let mut bytes = Vec::new();
    here.prepare(Event::json(br#"{"card": "c"}"#).with_features(&supplied)).expect("a good event").write(&mut bytes);
    let prepared = there.read_prepared(&bytes).expect("as it was written");
    assert_eq!(why(&there.apply(prepared)), [Value::from("new")]);
}

const EVERY: &str = r#"fishplate: 1
name: every
schema: {fields: {card: string}}
outputs:
  why: {type: string, merge: list}
features:
  b: {supplied: bool}
  i: {supplied: int}
  u: {supplied: uint}
  d: {supplied: double}
  s: {supplied: string}
  y: {supplied: bytes}
  t: {supplied: timestamp}
  n: {supplied: duration}
rules:
  - id: ALL
    when: >-
      features.b && features.i == -3 && features.u == 3u && features.d == 0.5 && features.s == "é"
      && features.y == b"\x00\xff" && features.t == timestamp("2026-01-01T00:00:00Z") && features.n == duration("90s")
    output: {why: '"all"'}
"#;

#[test]
fn every_plain_type_comes_as_it_was_sent() {
    let mut engine = Engine::new(&rules(EVERY), Options::default());
    let supplied = with(&[
        ("b", Host::Bool(true)),
        ("i", Host::Int(-3)),
        ("u", Host::Uint(3)),
        ("d", Host::Double(0.5)),
        ("s", text("é")),
        ("y", Host::Bytes(vec![0, 0xff])),
        ("t", Host::Timestamp(1_767_225_600, 0)),
        ("n", Host::Duration(90, 0)),
    ]);
    let decision = decide(&mut engine, &supplied).expect("a good event");
    assert_eq!(why(&decision), [Value::from("all")], "{:?}", decision.errors());
    let error = decide(&mut engine, &with(&[("u", Host::Int(-1))])).expect_err("no uint");
    assert_eq!((error.status, error.code()), (crate::Status::InvalidArgument, codes::NUMBER_OUT_OF_RANGE), "{error}");
}

#[test]
fn a_refused_event_changes_nothing() {
    let windowed = STORE.replace("card: string}", "card: string, at: timestamp}").replace(
        "features:\n",
        "event: {time: at}\nfeatures:\n  seen: {by: event.card, count: true, sliding: 2m, slide: 1m}\n",
    );
    let windowed = windowed.replace("'\"no risk\"'", "string(features.seen)");
    let mut engine = Engine::new(&rules(&windowed), Options::default());
    let event = Event::json(br#"{"card": "c", "at": "2026-01-01T00:00:00Z"}"#);
    engine.decide(event.with_features(&with(&[("risk", text("high"))]))).expect_err("not a number");
    let decision = engine.decide(event).expect("a good event");
    assert_eq!(why(&decision), [Value::from("1")], "the refused one was not counted");
}
