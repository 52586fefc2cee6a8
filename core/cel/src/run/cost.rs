//! What an evaluation costs: the model of cel-go. A selection or a name is 1, a call 1, a list literal 10, a map
//! literal 30; functions over text cost a tenth of its length, rounded up. `&&`, `||` and `?:` only choose.

use crate::{check::overloads::Function, parse::ast::Fold, value::Value};

/// A list literal.
pub(crate) const LIST: u64 = 10;
/// A map literal.
pub(crate) const MAP: u64 = 30;
/// A message literal.
pub(crate) const STRUCT: u64 = 40;

/// What going on to the next entry of a comprehension costs, beside its body: cel-go writes each as a loop over an
/// accumulator and counts the loop's own reading, testing and adding.
pub(crate) fn turn(fold: Fold) -> u64 {
    match fold {
        Fold::All | Fold::Exists => 3,
        Fold::ExistsOne => 2,
        Fold::Filter | Fold::List | Fold::Sort => LIST + 2,
        Fold::Map | Fold::Entries => MAP + 2,
    }
}

/// Compiling a pattern that only the run knows; cel-go does not count it, and a few letters can make it milliseconds.
pub(crate) const COMPILED: u64 = 1_000;

/// Matching text against a regular expression: a quarter of the pattern for each tenth of the text.
pub(crate) fn regex(text: usize, pattern: usize) -> u64 {
    (1 + text as u64).div_ceil(10).saturating_mul((pattern as u64).div_ceil(4).max(1))
}

/// What a call with one argument costs. Where cel-go counts 1 for reading a number or a time from text of any length,
/// the length counts here.
pub(crate) fn call1(function: Function, a: &Value) -> u64 {
    if function == Function::ToDyn { 1 } else { tenth(length(a)) }
}

/// What a call with two arguments costs; once that is more than `left`, no more is counted, since counting is work too.
pub(crate) fn call2(function: Function, a: &Value, b: &Value, left: u64) -> u64 {
    match (function, a, b) {
        (Function::Equal | Function::NotEqual, ..) => compared(a, b, left),
        (Function::Less | Function::LessOrEqual | Function::Greater | Function::GreaterOrEqual, ..) => {
            tenth(length(a).min(length(b)))
        }
        (Function::Add, Value::List(a), Value::List(b)) => 1 + (a.len() + b.len()) as u64,
        (Function::Add, ..) => tenth(length(a) + length(b)),
        (Function::In, _, Value::List(items)) => {
            let mut sum = 1u64;
            for item in items.iter() {
                let Some(left) = left.checked_sub(sum) else { break };
                sum = sum.saturating_add(compared(a, item, left));
            }
            sum
        }
        (Function::Matches, Value::String(a), Value::String(b)) => COMPILED.saturating_add(regex(a.len(), b.len())),
        // Searching is linear in both; cel-go's product would charge for an algorithm that nobody runs.
        (Function::Contains | Function::StartsWith | Function::EndsWith, ..) => tenth(length(a) + length(b)),
        _ => 1,
    }
}

/// Comparing stops with the shorter text, and goes into the entries of lists and maps.
pub(crate) fn compared(a: &Value, b: &Value, left: u64) -> u64 {
    match (a, b) {
        (Value::List(_), Value::List(_))
        | (Value::Map(_), Value::Map(_))
        | (Value::Message(_), Value::Message(_))
        | (Value::Optional(_), Value::Optional(_)) => super::equality::equal_within(a, b, left).1,
        _ => scalars(a, b),
    }
}

/// Comparing two values that are no lists and no maps.
pub(super) fn scalars(a: &Value, b: &Value) -> u64 {
    tenth(length(a).min(length(b)))
}

pub(crate) fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

pub(crate) fn tenth(length: usize) -> u64 {
    (length as u64).div_ceil(10).max(1)
}
