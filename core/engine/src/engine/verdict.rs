//! What the rules say of one event whose slots are filled: which match, what their outputs come to, what failed.

use std::sync::Arc;

use fishplate_cel::{Code, EvalError, Slot, Stack, Value};

use crate::codes;
use crate::decision::{DecisionError, Subject};
use crate::ruleset::{Expression, Mode, Output, Position, Rule, RuleSet, Values};

/// The rules' part of a decision.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) outputs: Vec<Option<Value>>,
    pub(crate) matched: Vec<u32>,
    pub(crate) features: Vec<(u32, Value)>,
    pub(crate) errors: Vec<DecisionError>,
    pub(crate) shadow_matched: Vec<u32>,
    pub(crate) shadow_errors: Vec<DecisionError>,
}

/// Where the merging of one output stands.
enum Merged {
    Nothing,
    Value(Value),
    Failed(Code),
}

/// Decides every rule that is not off.
pub(crate) fn decide(rule_set: &RuleSet, slots: &[Slot], stack: &mut Stack, cost: u64) -> Verdict {
    let plan = rule_set.plan();
    let mut verdict = Verdict::default();
    let mut merged: Vec<Merged> = plan.outputs.iter().map(|_| Merged::Nothing).collect();
    let mut named = vec![false; plan.features.len()];
    for (at, rule) in plan.rules.iter().enumerate() {
        let (matched, errors) = match rule.mode {
            Mode::Live => (&mut verdict.matched, &mut verdict.errors),
            Mode::Shadow => (&mut verdict.shadow_matched, &mut verdict.shadow_errors),
            Mode::Off => continue,
        };
        match values(rule_set, rule, slots, stack, cost) {
            Ok(None) => continue,
            Ok(Some(values)) => {
                matched.push(at as u32);
                if rule.mode == Mode::Live {
                    merge(&plan.outputs, values, &mut merged);
                    rule.features.iter().for_each(|feature| named[*feature as usize] = true);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    verdict.features = features(rule_set, &named, slots);
    (verdict.outputs, verdict.errors) = finish(&plan.outputs, merged, verdict.errors);
    verdict
}

/// The values that a rule gives its outputs; `None` if it does not match.
fn values(
    rule_set: &RuleSet,
    rule: &Rule,
    slots: &[Slot],
    stack: &mut Stack,
    cost: u64,
) -> Result<Option<Vec<(usize, Value)>>, DecisionError> {
    let fail = |expression: &Expression, error: EvalError| failed(rule_set, rule, expression, error);
    match rule.when.program.run_on(stack, slots, cost).map_err(|error| fail(&rule.when, error))? {
        Value::Bool(true) => {}
        _ => return Ok(None),
    }
    let mut values = Vec::with_capacity(rule.outputs.len());
    for (at, expression) in &rule.outputs {
        let value = expression.program.run_on(stack, slots, cost).map_err(|error| fail(expression, error))?;
        if let (Values::Enum(names), Value::String(name)) = (&rule_set.plan().outputs[*at].values, &value)
            && !names.contains(name)
        {
            let place = expression.start(rule_set.source());
            let message = "the output's enumeration does not name this value".to_owned();
            return Err(error(Subject::Rule(rule.id.clone()), codes::BAD_ENUM_VALUE, place, message));
        }
        values.push((*at, value));
    }
    Ok(Some(values))
}

fn failed(rule_set: &RuleSet, rule: &Rule, expression: &Expression, cause: EvalError) -> DecisionError {
    let place = expression.place(rule_set.source(), &cause);
    // Whatever a message says of a value might be said of a sensitive field's.
    let message = match codes::explain(cause.code) {
        Some(explained) if rule_set.plan().sensitive => explained.title.to_owned(),
        _ => cause.message,
    };
    error(Subject::Rule(rule.id.clone()), cause.code, place, message)
}

fn error(subject: Subject, code: Code, place: Position, message: String) -> DecisionError {
    DecisionError { subject, code, line: place.line, column: place.column, message }
}

fn merge(outputs: &[Output], values: Vec<(usize, Value)>, merged: &mut [Merged]) {
    for (at, value) in values {
        let so_far = match std::mem::replace(&mut merged[at], Merged::Nothing) {
            Merged::Nothing => None,
            Merged::Value(value) => Some(value),
            Merged::Failed(code) => {
                merged[at] = Merged::Failed(code);
                continue;
            }
        };
        merged[at] = match outputs[at].merge.add(so_far, value, &outputs[at].values) {
            Ok(value) => Merged::Value(value),
            Err(code) => Merged::Failed(code),
        };
    }
}

/// The values of the features that matched rules name; one in error has none and is left out.
fn features(rule_set: &RuleSet, named: &[bool], slots: &[Slot]) -> Vec<(u32, Value)> {
    let named = named.iter().enumerate().filter(|(_, named)| **named);
    let value = |at: usize| match slots.get(rule_set.plan().features[at].slot?)? {
        Slot::Value(value) => Some((at as u32, value.clone())),
        Slot::Absent | Slot::Error(_) => None,
    };
    named.filter_map(|(at, _)| value(at)).collect()
}

/// Outputs in document order, and the errors with those of the merges behind them.
fn finish(
    outputs: &[Output],
    merged: Vec<Merged>,
    mut errors: Vec<DecisionError>,
) -> (Vec<Option<Value>>, Vec<DecisionError>) {
    let mut values = Vec::with_capacity(outputs.len());
    for (output, merged) in outputs.iter().zip(merged) {
        values.push(match merged {
            Merged::Value(value) => Some(value),
            Merged::Nothing => output.default.clone(),
            Merged::Failed(code) => {
                let name: Arc<str> = output.name.clone();
                let message = codes::explain(code).map(|explained| explained.title.to_owned()).unwrap_or_default();
                errors.push(error(Subject::Output(name), code, output.at, message));
                output.default.clone()
            }
        });
    }
    (values, errors)
}
