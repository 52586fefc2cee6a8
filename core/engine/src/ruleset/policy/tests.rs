//! Policies from their text to decisions: what a decision says, and what is told of a policy that is wrong.

use std::io;

use crate::engine::Options;
use crate::error::Place;
use crate::limits::Limits;
use crate::{Decision, Engine, Error, Event, RuleSet};

/// Reads `config.yaml` beside a policy, and nothing else.
fn load(policy: &str, config: &str) -> Result<RuleSet, Error> {
    let mut read = |name: &str| match name {
        "config.yaml" if !config.is_empty() => Ok(config.as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    RuleSet::from_text("policy.yaml", policy, &mut read, &Limits::default())
}

const INTS: &str = "variables: [{name: x, type: int}, {name: y, type_name: int}]\n";

/// What the policy makes of each event: matched, the output, errors.
fn decided(policy: &str, config: &str, events: &[&str]) -> Vec<String> {
    let rules = load(policy, config).unwrap_or_else(|error| panic!("{error}"));
    let mut engine = Engine::new(&rules, Options::default());
    events.iter().map(|event| shown(&engine.decide(Event::json(event.as_bytes())).expect("an event"))).collect()
}

fn shown(decision: &Decision) -> String {
    let matched: Vec<&str> = decision.matched().collect();
    let output = decision.output("output").map_or("nothing".to_owned(), |value| format!("{value:?}"));
    let errors: Vec<String> =
        decision.errors().iter().map(|error| format!(" {} {}:{}", error.code, error.line, error.column)).collect();
    format!("{} {output}{}", matched.join(","), errors.concat())
}

/// Code and place of each mistake.
fn faults(policy: &str, config: &str) -> Vec<String> {
    let error = load(policy, config).expect_err("a policy that is wrong");
    let place = |place: &Place| match place {
        Place::Text { file, line, column, .. } => format!("{file}:{line}:{column}"),
        other => format!("{other:?}"),
    };
    error.diagnostics.iter().map(|fault| format!("{} {}", fault.code, place(&fault.place))).collect()
}

#[test]
fn the_first_match_speaks() {
    let policy = "name: p\nrule:\n  match:\n  - condition: x > 1\n    output: \"'a'\"\n  - output: \"'b'\"\n";
    let found = decided(policy, INTS, &[r#"{"x":2}"#, r#"{"x":1}"#]);
    assert_eq!(found, [r#"p/1 String("a")"#, r#"p/2 String("b")"#]);
}

#[test]
fn without_a_match_there_is_no_output() {
    let policy = "name: p\nrule:\n  match:\n  - condition: x > 1\n    output: \"'a'\"\n";
    assert_eq!(decided(policy, INTS, &[r#"{"x":1}"#]), [" nothing"]);
}

#[test]
fn an_error_in_a_condition_that_is_asked_leaves_nothing() {
    let policy = "name: p\nrule:\n  match:\n  - condition: x == 0\n    output: '1'\n  - condition: 1 / y > 0\n    output: '2'\n  - output: '3'\n";
    let found = decided(policy, INTS, &[r#"{"x":0,"y":0}"#, r#"{"x":1,"y":0}"#, r#"{"x":1,"y":2}"#]);
    assert_eq!(found, ["p/1 Int(1)", " nothing F0301 6:16", "p/3 Int(3)"]);
}

const CHAIN: &str = "name: p
rule:
  match:
  - CONDITION
    rule:
      id: inner
      match:
      - condition: y == 1
        output: \"'a'\"
  - output: \"'b'\"
";

#[test]
fn a_nested_rule_without_a_condition_passes_the_turn_on() {
    let policy = CHAIN.replace("CONDITION", "condition: 'true'");
    let found = decided(&policy, INTS, &[r#"{"x":1,"y":1}"#, r#"{"x":1,"y":2}"#]);
    assert_eq!(found, [r#"p/1/inner/1 String("a")"#, r#"p/2 String("b")"#]);
}

#[test]
fn a_nested_rule_under_a_condition_keeps_the_turn() {
    let policy = CHAIN.replace("CONDITION", "condition: x == 1");
    let found = decided(&policy, INTS, &[r#"{"x":1,"y":1}"#, r#"{"x":1,"y":2}"#, r#"{"x":2,"y":1}"#]);
    assert_eq!(found, [r#"p/1/inner/1 String("a")"#, "p/1/inner nothing", r#"p/2 String("b")"#]);
}

#[test]
fn a_condition_in_error_above_a_nested_rule_leaves_nothing() {
    let policy = CHAIN.replace("CONDITION", "condition: 1 / x == 1");
    assert_eq!(decided(&policy, INTS, &[r#"{"x":0,"y":1}"#]), [" nothing F0301 4:16"]);
}

#[test]
fn a_variable_is_computed_only_where_it_is_needed() {
    let policy = "name: p
rule:
  variables:
  - name: half
    expression: 10 / x
  - both: variables.half + variables.half
  match:
  - condition: y == 1
    output: '0'
  - condition: variables.both == 10
    output: variables.half
  - output: '1'
";
    let events = [r#"{"x":0,"y":1}"#, r#"{"x":2,"y":2}"#, r#"{"x":5,"y":2}"#, r#"{"x":0,"y":2}"#];
    assert_eq!(decided(policy, INTS, &events), ["p/1 Int(0)", "p/2 Int(5)", "p/3 Int(1)", " nothing F0301 5:17"]);
}

#[test]
fn a_nested_rule_may_take_a_variables_name_for_another() {
    let policy = "name: p
rule:
  variables: [{i: '1'}, {j: '2'}]
  match:
  - condition: x == 1
    rule:
      variables: [{i: '5'}]
      match: [{output: variables.i + variables.j}]
  - output: variables.i + variables.j
";
    assert_eq!(decided(policy, INTS, &[r#"{"x":1}"#, r#"{"x":2}"#]), ["p/1/1 Int(7)", "p/2 Int(3)"]);
}

const AGGREGATE: &str = "name: p
rule:
  aggregate:
  - condition: x > 0
    output: \"'positive'\"
  - rule:
      match:
      - condition: x > 100
        output: \"'huge'\"
      - condition: x > 10
        output: \"'large'\"
  - condition: 10 / y > 4
    output: \"'narrow'\"
";

#[test]
fn in_an_aggregate_every_match_speaks_and_a_nested_rule_once() {
    let events = [r#"{"x":200,"y":2}"#, r#"{"x":20,"y":5}"#, r#"{"x":0,"y":5}"#];
    assert_eq!(
        decided(AGGREGATE, INTS, &events),
        [
            r#"p/1,p/2/1,p/3 List([String("positive"), String("huge"), String("narrow")])"#,
            r#"p/1,p/2/2 List([String("positive"), String("large")])"#,
            " List([])"
        ]
    );
}

#[test]
fn an_error_in_an_aggregate_leaves_nothing_of_it() {
    assert_eq!(decided(AGGREGATE, INTS, &[r#"{"x":20,"y":0}"#]), [" nothing F0301 12:16"]);
}

#[test]
fn an_aggregate_may_be_what_one_match_gives() {
    let policy = "name: p
rule:
  match:
  - condition: x == 1
    rule:
      id: tags
      aggregate:
      - condition: y > 0
        output: \"'a'\"
      - rule:
          match:
          - condition: y > 10
            output: \"'b'\"
          - condition: y > 5
            output: \"'c'\"
  - output: \"['none']\"
";
    let events = [r#"{"x":1,"y":20}"#, r#"{"x":1,"y":6}"#, r#"{"x":1,"y":0}"#, r#"{"x":2,"y":20}"#];
    assert_eq!(
        decided(policy, INTS, &events),
        [
            r#"p/1/tags/1,p/1/tags/2/1,p/1/tags List([String("a"), String("b")])"#,
            r#"p/1/tags/1,p/1/tags/2/2,p/1/tags List([String("a"), String("c")])"#,
            "p/1/tags List([])",
            r#"p/2 List([String("none")])"#
        ]
    );
}

#[test]
fn dotted_variables_are_fields_of_the_event() {
    let config = "variables:\n- {name: resource.labels, type_name: map, params: [{type_name: string}, {type_name: string}]}\n- {name: resource.name, type: string}\n";
    let policy = "name: p\nrule:\n  match:\n  - condition: resource.labels.?env.orValue('') == 'prod' && has(resource.name)\n    output: resource.name\n";
    let found = decided(policy, config, &[r#"{"resource":{"name":"n","labels":{"env":"prod"}}}"#]);
    assert_eq!(found, [r#"p/1 String("n")"#]);
}

#[test]
fn an_explanation_is_an_output_of_its_own() {
    let policy = "name: p\nrule:\n  match:\n  - condition: x > 1\n    output: 'false'\n    explanation: \"'x is ' + string(x)\"\n";
    let rules = load(policy, INTS).unwrap_or_else(|error| panic!("{error}"));
    let mut engine = Engine::new(&rules, Options::default());
    let decision = engine.decide(Event::json(br#"{"x":2}"#)).expect("an event");
    assert_eq!(decision.output("explanation"), Some(&fishplate_cel::Value::from("x is 2")));
}

#[test]
fn a_block_keeps_its_line_ends_and_indentation() {
    let policy = "name: p\nrule:\n  match:\n  - condition: x == 1\n    output: >\n      '''one\n      two'''\n  - output: |\n        '''one\n\n          two'''\n";
    let found = decided(policy, INTS, &[r#"{"x":1}"#, r#"{"x":2}"#]);
    assert_eq!(found, [r#"p/1 String("one\n      two")"#, r#"p/2 String("one\n\n          two")"#]);
}

#[test]
fn an_error_in_a_block_stands_where_it_is() {
    let policy = "name: p\nrule:\n  match:\n  - output: >\n        'foo' +\n        ('bar' + 1)\n";
    assert_eq!(faults(policy, ""), ["F0204 policy.yaml:6:18"]);
}

#[test]
fn what_no_event_reaches_is_refused() {
    let policy = "name: p\nrule:\n  match:\n  - rule:\n      match: [{output: \"''\"}]\n  - condition: 'false'\n    output: \"'a'\"\n";
    assert_eq!(faults(policy, ""), ["F0441 policy.yaml:4:5", "F0441 policy.yaml:6:5"]);
}

#[test]
fn types_of_outputs_agree() {
    let policy = "name: p\nrule:\n  match:\n  - condition: 1 < 0\n    output: 'true'\n  - condition: 1 > 0\n    rule:\n      match: [{output: \"'no'\"}]\n";
    assert_eq!(faults(policy, ""), ["F0442 policy.yaml:8:7"]);
    let policy = "name: p\nrule:\n  match: [{output: optional.of(1)}]\n";
    assert_eq!(faults(policy, ""), ["F0442 policy.yaml:3:20"]);
}

#[test]
fn every_mistake_is_told_at_once_and_with_its_file() {
    let policy = "name: p
imports: [{name: bad import}]
rule:
  variables:
  - {name: want, expression: specs.labels}
  - {name: want, expression: '2'}
  match:
  - condition: x + 1
    output: variables.wanted
  - condition: z
    outptu: '1'
";
    let config =
        "variables: [{name: z, type: integer}, {name: spec.labels, type: list<string>}, {name: x, type: int}]\n";
    assert_eq!(
        faults(policy, config),
        [
            "F0414 config.yaml:1:29",
            "F0416 policy.yaml:2:18",
            "F0201 policy.yaml:5:30",
            "F0405 policy.yaml:6:12",
            "F0207 policy.yaml:8:16",
            "F0201 policy.yaml:9:13",
            "F0440 policy.yaml:10:5",
            "F0402 policy.yaml:11:5"
        ]
    );
}
