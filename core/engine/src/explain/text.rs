//! An explanation as text for people: a paragraph a rule, a line a part, indented as the parts stand in one another.

use std::fmt::Write as _;

use fishplate_cel::Value;

use super::{Explanation, ExpressionExplained, Given, Part};
use crate::json;
use crate::ruleset::Mode;

pub(super) fn of(explanation: &Explanation) -> String {
    let mut text = String::new();
    if explanation.decision.repeated() {
        text.push_str("a repeat: the decision is the first one's\n");
    }
    for rule in &explanation.rules {
        let mode = if rule.mode == Mode::Shadow { " (shadow)" } else { "" };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}: {}{mode}", rule.rule, rule.outcome.word());
        rule.expressions.iter().for_each(|expression| lines(expression, &mut text));
    }
    text
}

fn lines(expression: &ExpressionExplained, text: &mut String) {
    let key = if expression.key == "when" { "" } else { &expression.key };
    for part in &expression.parts {
        let place = format!("{}:{}", part.line, part.column);
        let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
        let one_line = part.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let indent = "  ".repeat(part.depth);
        let _ = writeln!(text, "  {place:>8}  {key}{indent}{one_line}  =  {}", values(part));
    }
}

fn values(part: &Part) -> String {
    let mut shown: Vec<String> = part.values.iter().map(given).collect();
    if part.times > part.values.len() {
        shown.push(format!("… ({} in all)", part.times));
    }
    shown.join(", ")
}

fn given(given: &Given) -> String {
    match given {
        Given::Value(value) => value_text(value),
        Given::Error(code, message) => format!("error {code}: {message}"),
        Given::Hidden => "(sensitive)".to_owned(),
    }
}

pub(super) fn value_text(value: &Value) -> String {
    let mut text = Vec::new();
    json::write_value(value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
