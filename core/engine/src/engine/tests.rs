//! One event after the other through a small rule set; what every language sees is in the scenarios.

use fishplate_cel::Value;

use super::*;
use crate::decision::Identity;
use crate::decision::Subject;
use crate::trace::TraceContext;
use crate::{canonical, codes};

const RULES: &str = r#"fishplate: 1
name: t
schema: {fields: {id: string, at: timestamp, key: string, amount: int}}
event: {id: id, time: at, max_disorder: 60s, keep_ids: {for: 10m, max: 3}}
outputs:
  score: {type: int, merge: sum, default: 0}
features:
  count: {by: event.key, count: true, sliding: 2m, slide: 1m}
  spend: {by: event.key, sum: event.amount, sliding: 2m, slide: 1m, current: excluded}
rules:
  - {id: COUNT, when: features.count >= 1, output: {score: features.count}}
  - {id: SPEND, when: features.spend > 0}
  - {id: RATIO, when: 100 / event.amount > 1, output: {score: 100}}
  - {id: TRIED, mode: shadow, when: event.amount > 5}
  - {id: NEVER, mode: off, when: true}
"#;

pub(super) fn rules(text: &str) -> RuleSet {
    let mut none = |_: &str| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    RuleSet::from_text("t.yaml", text, &mut none, &Limits::default()).expect("a good document")
}

fn engine() -> Engine {
    Engine::new(&rules(RULES), Options::default())
}

fn event(id: &str, second: u32, amount: i64) -> String {
    format!(
        r#"{{"id": "{id}", "at": "2026-01-01T00:{:02}:{:02}Z", "key": "k", "amount": {amount}}}"#,
        second / 60,
        second % 60
    )
}

fn decide(engine: &mut Engine, id: &str, second: u32, amount: i64) -> Decision {
    engine.decide(Event::json(event(id, second, amount).as_bytes())).expect("a good event")
}

pub(super) fn matched(decision: &Decision) -> Vec<&str> {
    decision.matched().collect()
}

#[test]
fn windows_are_updated_once_and_read_as_they_say() {
    let mut engine = engine();
    let first = decide(&mut engine, "a", 0, 4);
    assert_eq!(matched(&first), ["COUNT", "RATIO"], "spend excludes the event itself");
    assert_eq!(first.output("score"), Some(&Value::Int(101)));
    let second = decide(&mut engine, "b", 30, 200);
    assert_eq!(matched(&second), ["COUNT", "SPEND"]);
    let features: Vec<_> = second.features().collect();
    assert_eq!(features, [("count", &Value::Int(2)), ("spend", &Value::Int(4))]);
    let later = decide(&mut engine, "c", 120, 200);
    assert_eq!(later.output("score"), Some(&Value::Int(1)), "minute 2 reads minutes 1 and 2");
}

#[test]
fn a_refused_event_changes_nothing() {
    let mut engine = engine();
    decide(&mut engine, "a", 0, 1);
    for bad in [r#"{"id": "x", "at": "2026-01-01T00:00:10Z", "amount": "much"}"#, r#"{"id": "x"}"#, "{}", "{"] {
        engine.decide(Event::json(bad.as_bytes())).expect_err("a bad event");
    }
    let next = decide(&mut engine, "b", 20, 1);
    assert_eq!(next.features().next(), Some(("count", &Value::Int(2))));
    assert_eq!(engine.counters(), Counters { accepted: 2, refused: 4, matched: 2, ..Counters::default() });
}

#[test]
fn an_event_without_its_id_or_time_is_refused_by_name() {
    let mut engine = engine();
    let error = engine.decide(Event::json(br#"{"id": "x", "amount": 1}"#)).expect_err("no time");
    assert_eq!(error.code(), codes::MISSING_TIME);
    let error = engine.decide(Event::json(br#"{"at": "2026-01-01T00:00:00Z"}"#)).expect_err("no id");
    assert_eq!(error.to_string(), "error[F0609]: the event has no id, and its rule set needs one\n --> event.id");
}

#[test]
fn a_late_event_is_decided_and_stands_in_no_window() {
    let mut engine = engine();
    decide(&mut engine, "a", 300, 1);
    assert!(!decide(&mut engine, "b", 240, 1).late(), "exactly max_disorder behind is in time");
    let late = decide(&mut engine, "c", 239, 1);
    assert!(late.late());
    assert_eq!(late.output("score"), Some(&Value::Int(100)), "its own minute holds nothing, not even itself");
    assert_eq!(decide(&mut engine, "d", 240, 1).features().next(), Some(("count", &Value::Int(2))));
}

#[test]
fn a_repeat_gives_the_first_decision_again() {
    let mut engine = engine();
    let first = decide(&mut engine, "a", 0, 1);
    let again = decide(&mut engine, "a", 0, 7);
    assert!(again.repeated() && !first.repeated());
    assert_eq!((again.id(), matched(&again)), (first.id(), matched(&first)));
    assert_eq!(decide(&mut engine, "b", 0, 1).features().next(), Some(("count", &Value::Int(2))));
}

#[test]
fn an_id_is_forgotten_by_number_and_by_time() {
    let mut engine = engine();
    for id in ["a", "b", "c", "d"] {
        decide(&mut engine, id, 0, 1);
    }
    assert!(!decide(&mut engine, "a", 0, 1).repeated(), "three newer ids came");
    decide(&mut engine, "e", 600, 1);
    assert!(decide(&mut engine, "a", 600, 1).repeated(), "ten minutes are not over");
    decide(&mut engine, "f", 601, 1);
    assert!(!decide(&mut engine, "a", 601, 1).repeated(), "ten minutes are over");
}

#[test]
fn an_id_that_comes_again_long_after_is_another_event_even_if_nothing_came_between() {
    let mut engine = engine();
    decide(&mut engine, "a", 0, 1);
    assert!(decide(&mut engine, "a", 600, 1).repeated(), "ten minutes are not over");
    assert!(!decide(&mut engine, "a", 601, 1).repeated(), "ten minutes are over by the event's own time");
}

#[test]
fn a_preview_changes_nothing() {
    let mut engine = engine();
    decide(&mut engine, "a", 0, 1);
    let bytes = event("b", 30, 2);
    let preview = engine.preview(Event::json(bytes.as_bytes())).expect("a good event");
    let decided = engine.decide(Event::json(bytes.as_bytes())).expect("a good event");
    let canonical = |decision: &Decision| {
        let mut bytes = Vec::new();
        canonical::write_decision(decision, &mut bytes);
        bytes
    };
    assert_eq!(canonical(&preview), canonical(&decided));
    assert_eq!(engine.counters().accepted, 2);
}

#[test]
fn a_rule_in_error_does_not_match_and_says_where() {
    let mut engine = engine();
    let decision = decide(&mut engine, "a", 0, 0);
    assert_eq!(matched(&decision), ["COUNT"]);
    let [error] = decision.errors() else { panic!("one error, not {:?}", decision.errors()) };
    assert_eq!(error.subject, Subject::Rule("RATIO".into()));
    assert_eq!((error.code, error.line), (fishplate_cel::Code::DIVISION_BY_ZERO, 13));
}

#[test]
fn a_shadow_rule_is_reported_apart() {
    let mut engine = engine();
    let decision = decide(&mut engine, "a", 0, 200);
    assert_eq!(decision.shadow_matched().collect::<Vec<_>>(), ["TRIED"]);
    assert_eq!(matched(&decision), ["COUNT"]);
}

#[test]
fn a_decision_has_the_trace_of_its_event_and_a_span_of_its_own() {
    let mut engine = engine();
    let trace = TraceContext { trace_id: [7; 16], span_id: [8; 8], flags: 1 };
    let bytes = event("a", 0, 1);
    let decision = engine.decide(Event::json(bytes.as_bytes()).with_trace(Some(trace))).expect("a good event");
    let own = decision.trace().expect("the event had a trace");
    assert_eq!((own.trace_id, own.flags), (trace.trace_id, 1));
    assert_ne!(own.span_id, trace.span_id);
    assert_eq!(decision.parent(), Some(trace));
}

#[test]
fn without_an_id_the_ordinal_tells_decisions_apart() {
    let text = "fishplate: 1\nname: t\nschema: {fields: {a: int}}\nrules: []\n";
    let mut engine = Engine::new(&rules(text), Options::default());
    let ids: Vec<_> = (0..2).map(|_| engine.decide(Event::json(b"{}")).expect("a good event")).collect();
    assert_eq!(ids.iter().map(Decision::identity).collect::<Vec<_>>(), [&Identity::Ordinal(1), &Identity::Ordinal(2)]);
    assert_ne!(ids[0].id(), ids[1].id());
}

#[test]
fn sensitive_values_are_not_shown() {
    let text = "fishplate: 1\nname: t\nschema: {fields: {pan: string}}\nevent: {sensitive: [pan]}\nrules:\n  - {id: R, when: int(event.pan) > 0}\n";
    let mut engine = Engine::new(&rules(text), Options::default());
    let decision = engine.decide(Event::json(br#"{"pan": "4111 1111"}"#)).expect("a good event");
    assert!(!decision.errors()[0].message.contains("4111"), "{}", decision.errors()[0].message);
}
