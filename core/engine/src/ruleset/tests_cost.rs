//! What rules are estimated to cost, worked out by hand from the model, and the warning of those that cost too much.

use super::*;

const HEAD: &str = "fishplate: 1
name: t
schema: {fields: {at: timestamp, n: int, s: string, l: list(int)}}
event: {time: at}
outputs: {score: {type: int, merge: sum, default: 0}}
";

/// Texts have at most 40 bytes and lists 3 entries.
const LIMITS: Limits = Limits {
    message_depth: 16,
    message_fields: 1_024,
    event_bytes: 1 << 20,
    list_entries: 3,
    string_bytes: 40,
    document_bytes: 1 << 20,
    rules: 100,
    expression_depth: 250,
    expression_nodes: 10_000,
    cost: 1_000_000,
    table_rows: 100,
};

fn good(parts: &str) -> RuleSet {
    let mut none = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    RuleSet::from_text("rules.yaml", &format!("{HEAD}{parts}"), &mut none, &LIMITS)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn costs(parts: &str) -> Vec<(String, u64, Option<u64>)> {
    let rules = good(parts);
    rules.costs().map(|RuleCost { rule, cost }| (rule.to_owned(), cost.least, cost.most)).collect()
}

fn cost(rule: &str, least: u64, most: Option<u64>) -> (String, u64, Option<u64>) {
    (rule.to_owned(), least, most)
}

#[test]
fn a_rule_costs_its_condition_and_perhaps_its_outputs() {
    let parts = "rules:
  - {id: ALWAYS, when: 'true'}
  - {id: BIG, when: event.n > 5}
  - {id: GIVES, when: event.n > 5, output: {score: event.n + 1}}
  - {id: LIST, when: 'event.l.exists(x, x > event.n)'}
  - {id: OPEN, when: 'lists.range(event.n).size() > 3'}
  - id: T
    table: {when: {n: event.n}, output: [score], rows: [['> 1', event.n], ['-', 2]]}
";
    assert_eq!(
        costs(parts),
        [
            cost("ALWAYS", 0, Some(0)),
            // Reading is 2, comparing 1, which is not done if the field is absent.
            cost("BIG", 2, Some(3)),
            cost("GIVES", 2, Some(3 + 3)),
            // Of 3 entries each: 3 for the turn, 1 for the variable, 2 for the field, 1 for comparing.
            cost("LIST", 2, Some(2 + 3 * 7)),
            cost("OPEN", 2, None),
            cost("T/1", 2, Some(3 + 2)),
            cost("T/2", 0, Some(0)),
        ]
    );
}

#[test]
fn what_costs_too_much_for_every_event_is_warned_of_and_loaded() {
    let parts = "features:
  n: {by: event.s, count: true, where: '[1, 2, 3, 4].map(x, x).size() > 3', sliding: 1h, slide: 1m}
rules:
  - {id: FINE, when: features.n > 1}
  - {id: DEAR, when: '[1, 2, 3, 4].map(x, [1, 2].map(y, y)).size() > 3'}
  - id: T
    table: {when: {n: event.n}, output: [score], rows: [['> 1', 'size([1, 2, 3, 4].map(x, x))']]}
";
    let rules = good(parts);
    assert!(rules.warnings(&LIMITS).is_empty());
    // 4 × (12 for the turn, 1 for the variable) = 52; 4 × (12 + 2 × 13) = 152, and a call and a comparison that could fail.
    let warned = |cost: u64| {
        let warnings = rules.warnings(&Limits { cost, ..LIMITS });
        let place = |fault: &Diagnostic| match &fault.place {
            Place::Text { line, column, .. } => format!("{line}:{column}"),
            Place::Name(name) => name.clone(),
            _ => String::new(),
        };
        assert!(warnings.iter().all(|fault| fault.code == codes::LIMIT_COST_ALWAYS));
        warnings.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(warned(151), ["10:23"]);
    assert_eq!(warned(51), ["7:41", "10:23", "T/1"]);
    assert_eq!(warned(200), [""; 0]);
}
