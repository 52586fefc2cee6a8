//! What was expected beside what came. A key that an expectation leaves out may be anything.

use fishplate::{Decision, DecisionError, Error, Subject};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::Failure;
use super::document::Expect;
use crate::json;

/// What an event came to, or why it was refused.
type Decided = Result<Decision, Error>;

/// The differences between an expectation and what an event came to.
pub(super) fn decided(expect: &Expect, decided: &Decided, line: u64) -> Vec<Failure> {
    let decision = match (&expect.refused, decided) {
        (None, Ok(decision)) => decision,
        (Some(code), Err(error)) if error.code().to_string() == *code => return Vec::new(),
        (Some(code), Err(error)) => return vec![failure(line, "refused", code, error.code())],
        (Some(code), Ok(_)) => return vec![failure(line, "refused", code, "it was decided")],
        (None, Err(_)) if expect.fails => return Vec::new(),
        (None, Err(error)) => return vec![refused(error, line)],
    };
    decision_differs(expect, decision, line)
}

/// An event of which nothing is said is decided.
pub(super) fn accepted(decided: &Decided, line: u64) -> Option<Failure> {
    decided.as_ref().err().map(|error| refused(error, line))
}

/// The differences between what should have fired by itself and what did.
pub(super) fn fired(expected: &[Spanned<Expect>], fired: &[Decision], line: u64) -> Vec<Failure> {
    if expected.len() != fired.len() {
        let rules: Vec<&str> = fired.iter().filter_map(|decision| Some(&*decision.timer()?.rule)).collect();
        let wanted: Vec<&str> = expected.iter().filter_map(|expect| expect.value.rule.as_deref()).collect();
        return vec![failure(
            line,
            "fires",
            format!("{} decisions {}", expected.len(), plain(&wanted)),
            format!("{} decisions {}", fired.len(), plain(&rules)),
        )];
    }
    let each = expected.iter().zip(fired);
    each.flat_map(|(expect, decision)| decision_differs(&expect.value, decision, expect.referenced.line())).collect()
}

fn decision_differs(expect: &Expect, decision: &Decision, line: u64) -> Vec<Failure> {
    let mut failures = Vec::new();
    if let Some(rule) = &expect.rule {
        let found = decision.timer().map_or("nothing", |timer| &timer.rule);
        differ(&mut failures, line, "rule", rule.as_str(), found);
    }
    if expect.fails && decision.errors().is_empty() {
        failures.push(failure(line, "error_set", "an error", "none"));
    }
    if let Some(matched) = &expect.matched {
        differ(&mut failures, line, "matched", plain(matched), plain(&decision.matched().collect::<Vec<_>>()));
    }
    if let Some(shadow) = &expect.shadow {
        differ(&mut failures, line, "shadow", plain(shadow), plain(&decision.shadow_matched().collect::<Vec<_>>()));
    }
    if let Some(errors) = &expect.errors {
        let found: Vec<String> = decision.errors().iter().map(error_text).collect();
        differ(&mut failures, line, "errors", plain(errors), plain(&found));
    }
    for (what, expected, found) in
        [("late", expect.late, decision.late()), ("repeated", expect.repeated, decision.repeated())]
    {
        if let Some(expected) = expected {
            differ(&mut failures, line, what, expected.to_string(), found.to_string());
        }
    }
    for (name, expected) in &expect.outputs {
        let found = decision.output(name).map(as_json);
        named(&mut failures, line, format!("outputs.{name}"), expected, found);
    }
    for (name, expected) in &expect.features {
        let found = decision.features().find(|(known, _)| known == name).map(|(_, value)| as_json(value));
        named(&mut failures, line, format!("features.{name}"), expected, found);
    }
    failures
}

fn named(failures: &mut Vec<Failure>, line: u64, what: String, expected: &Value, found: Option<Value>) {
    let same = match &found {
        Some(found) => same(expected, found),
        None => expected.is_null(),
    };
    if !same {
        let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
        failures.push(Failure { line, what, expected: expected.to_string(), found });
    }
}

/// Numbers are equal by value, whatever they are written as: `40` is `40.0`.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let whole = |number: &serde_json::Number| {
                number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
            };
            match (whole(a), whole(b)) {
                (Some(a), Some(b)) => a == b,
                _ => a.as_f64() == b.as_f64(),
            }
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// The value as `fishplate run` writes it.
pub(super) fn as_json(value: &fishplate::Value) -> Value {
    let mut text = Vec::new();
    json::write_value(value, &mut text);
    serde_json::from_slice(&text).unwrap_or(Value::Null)
}

fn error_text(error: &DecisionError) -> String {
    match &error.subject {
        Subject::Rule(name) | Subject::Output(name) => format!("{name} {}", error.code),
    }
}

fn plain<T: AsRef<str>>(names: &[T]) -> String {
    format!("[{}]", names.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", "))
}

fn differ(failures: &mut Vec<Failure>, line: u64, what: &str, expected: impl AsRef<str>, found: impl AsRef<str>) {
    if expected.as_ref() != found.as_ref() {
        failures.push(failure(line, what, expected.as_ref(), found.as_ref()));
    }
}

fn failure(line: u64, what: &str, expected: impl ToString, found: impl ToString) -> Failure {
    Failure { line, what: what.to_owned(), expected: expected.to_string(), found: found.to_string() }
}

fn refused(error: &Error, line: u64) -> Failure {
    let message = error.diagnostics.first().map(|first| first.message.clone()).unwrap_or_default();
    failure(line, "refused", "a decision", format!("{}: {message}", error.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_by_value() {
        let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        assert!(same(&value("40"), &value("40.0")));
        assert!(same(&value("[1, {\"a\": 2}]"), &value("[1.0, {\"a\": 2.0}]")));
        assert!(same(&value("18446744073709551615"), &value("18446744073709551615")));
        assert!(!same(&value("9007199254740993"), &value("9007199254740992")));
        assert!(!same(&value("1"), &value("\"1\"")));
        assert!(!same(&value("{\"a\": 1}"), &value("{\"a\": 1, \"b\": 2}")));
    }
}
