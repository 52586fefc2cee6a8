//! Explanations: what is told of each rule, and that asking changes nothing.

use super::*;
use crate::engine::Options;
use crate::limits::Limits;

fn engine(rules: &str) -> Engine {
    let head = "fishplate: 1
name: t
schema: {fields: {id: string, at: timestamp, card: string, amount: double, parts: list(int)}}
event: {time: at, id: id}
outputs: {score: {type: int, merge: sum, default: 0}}
features: {seen: {by: event.card, count: true, sliding: 1h, slide: 1m}}
";
    let mut none = |_: &str| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    let rules = RuleSet::from_text("t.yaml", &format!("{head}{rules}"), &mut none, &Limits::default());
    Engine::new(&rules.expect("a good document"), Options::default())
}

const EVENT: &str = r#"{"id": "a", "at": "2026-01-01T00:00:00Z", "card": "c", "amount": 30.0, "parts": [1, 2, 3]}"#;

#[test]
fn every_part_that_was_evaluated_is_told_at_its_place() {
    let mut engine = engine(
        "rules:
  - {id: BIG, when: event.amount > 20.0 && features.seen + 1 > 5, output: {score: 1}}
  - {id: SMALL, when: event.amount < 20.0 && event.card == \"x\"}
",
    );
    let explanation = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    assert_eq!(
        explanation.text(),
        "BIG: not matched
      8:21  event.amount > 20.0 && features.seen + 1 > 5  =  false
      8:21    event.amount > 20.0  =  true
      8:21      event.amount  =  30.0
      8:44    features.seen + 1 > 5  =  false
      8:44      features.seen + 1  =  2
      8:44        features.seen  =  1
SMALL: not matched
      9:23  event.amount < 20.0 && event.card == \"x\"  =  false
      9:23    event.amount < 20.0  =  false
      9:23      event.amount  =  30.0
"
    );
}

#[test]
fn asking_changes_nothing() {
    let mut engine = engine("rules: [{id: TWICE, when: features.seen > 1}]\n");
    let before = engine.snapshot();
    for _ in 0..3 {
        engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    }
    assert_eq!(engine.snapshot(), before);
    let decision = engine.decide(Event::json(EVENT.as_bytes())).expect("a good event");
    assert_eq!(decision.matched().count(), 0, "it is the first of its card");
    let repeat = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    assert!(repeat.decision().repeated() && repeat.rules().is_empty());
}

#[test]
fn errors_shadows_and_rules_that_are_off_say_so() {
    let mut engine = engine(
        "rules:
  - {id: BAD, when: event.amount / 0.0 > 1.0 && 1 / (size(event.parts) - 3) > 0}
  - {id: DARK, mode: shadow, when: event.amount > 1.0}
  - {id: OFF, mode: \"off\", when: event.amount > 1.0}
",
    );
    let explanation = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    let outcomes: Vec<Outcome> = explanation.rules().iter().map(|rule| rule.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed, Outcome::Matched, Outcome::Off]);
    assert!(explanation.rules()[2].expressions.is_empty());
    let text = explanation.text();
    assert!(text.contains("1 / (size(event.parts) - 3)  =  error F0301: "), "{text}");
    assert!(text.contains("DARK: matched (shadow)\n"), "{text}");
}

#[test]
fn a_comprehension_shows_its_entries() {
    let mut engine = engine("rules: [{id: ALL, when: 'event.parts.all(part, part < 3)'}]\n");
    let explanation = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    let text = explanation.text();
    assert!(text.contains("part < 3  =  true, true, false\n"), "{text}");
}

#[test]
fn a_row_of_a_lookup_table_is_shown_and_the_table_is_not() {
    let mut engine = engine(
        "tables: {bands: {key: {count: int}, columns: {fee: decimal, name: string}, rows: [[3, 2.50, three], [4, 3, four]]}}
rules: [{id: FEE, when: 'tables.bands[size(event.parts)].fee > decimal(\"2\")'}]
",
    );
    let explanation = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    let text = explanation.text();
    assert!(text.contains(r#"tables.bands[size(event.parts)]  =  {"fee":"2.50","name":"three"}"#), "{text}");
    assert!(text.contains("tables.bands[size(event.parts)].fee  =  \"2.50\"\n") && !text.contains("four"), "{text}");
}

#[test]
fn the_rows_behind_the_first_are_silenced() {
    let mut engine = engine(
        "rules:
  - id: BAND
    table: {hit: first, when: {amount: event.amount}, output: [score], rows: [['> 100.0', 1], ['> 10.0', 2], ['-', 3]]}
",
    );
    let explanation = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    let outcomes: Vec<Outcome> = explanation.rules().iter().map(|rule| rule.outcome).collect();
    assert_eq!(outcomes, [Outcome::NotMatched, Outcome::Matched, Outcome::Silenced]);
}

#[test]
fn of_sensitive_fields_conditions_are_told_and_values_are_not() {
    let mut engine = engine(
        "rules: [{id: BIG, when: event.amount > 20.0 && event.card.startsWith(\"c\")}]
",
    );
    assert!(engine.explain(Event::json(EVENT.as_bytes())).expect("a good event").text().contains("30.0"));
    let rules = "fishplate: 1
name: t
schema: {fields: {card: string, amount: double}}
event: {sensitive: [card]}
rules: [{id: BIG, when: 'event.amount > 20.0 && event.card.startsWith(\"c\")'}]
";
    let mut none = |_: &str| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    let rules = RuleSet::from_text("t.yaml", rules, &mut none, &Limits::default()).expect("a good document");
    let mut engine = Engine::new(&rules, Options::default());
    let explanation = engine.explain(Event::json(br#"{"card": "c-secret", "amount": 30.0}"#)).expect("a good event");
    assert!(!explanation.text().contains("secret") && !explanation.json().contains("secret"));
    assert!(explanation.text().contains("event.card  =  (sensitive)\n"), "{}", explanation.text());
    assert!(explanation.text().contains("event.card.startsWith(\"c\")  =  true\n"));
}

#[test]
fn the_json_says_what_the_text_says() {
    let mut engine = engine("rules: [{id: BIG, when: event.amount > 20.0, output: {score: 1}}]\n");
    let explanation = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    let json: serde_json::Value = serde_json::from_str(&explanation.json()).expect("JSON");
    let expected = serde_json::json!({"repeated": false, "rules": [{"rule": "BIG", "mode": "live", "outcome": "matched",
    "expressions": [{"key": "when", "parts": [
        {"line": 7, "column": 25, "depth": 0, "text": "event.amount > 20.0", "times": 1, "values": [{"value": true}]},
        {"line": 7, "column": 25, "depth": 1, "text": "event.amount", "times": 1, "values": [{"value": 30.0}]},
    ]}]}]});
    assert_eq!(json, expected);
}

#[test]
fn the_conditions_of_a_rule_are_parts_of_its_explanation() {
    let mut engine = engine(
        "rules:
  - {id: BIG, when: event.amount > 20.0 && (features.seen > 5 || event.card == \"c\")}
  - {id: ALWAYS, when: 'true'}
",
    );
    let conditions = conditions(engine.rule_set());
    let texts: Vec<&str> = conditions[0].iter().map(|condition| condition.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "event.amount > 20.0 && (features.seen > 5 || event.card == \"c\")",
            "event.amount > 20.0",
            "features.seen > 5 || event.card == \"c\"",
            "features.seen > 5",
            "event.card == \"c\"",
        ]
    );
    assert!(conditions[1].is_empty());
    let explanation = engine.explain(Event::json(EVENT.as_bytes())).expect("a good event");
    let parts = &explanation.rules()[0].expressions[0].parts;
    for condition in &conditions[0] {
        let same =
            |part: &&Part| (part.line, part.column, &part.text) == (condition.line, condition.column, &condition.text);
        assert!(parts.iter().any(|part| same(&part)), "{condition:?}");
    }
}
