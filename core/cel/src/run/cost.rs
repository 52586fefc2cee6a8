//! What an evaluation costs: the model of cel-go. A selection or a name is 1, a call 1, a list literal 10, a map
//! literal 30; functions over text cost a tenth of its length, rounded up. `&&`, `||` and `?:` only choose.

use crate::{check::overloads::Function, value::Value};

/// A list literal.
pub(crate) const LIST: u64 = 10;
/// A map literal.
pub(crate) const MAP: u64 = 30;

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
        // Searching is linear in both; cel-go's product would charge for an algorithm that nobody runs.
        (Function::Contains | Function::StartsWith | Function::EndsWith, ..) => tenth(length(a) + length(b)),
        _ => 1,
    }
}

/// Comparing stops with the shorter text, and goes into the entries of lists and maps.
fn compared(a: &Value, b: &Value, left: u64) -> u64 {
    match (a, b) {
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
            super::equality::equal_within(a, b, left).1
        }
        _ => scalars(a, b),
    }
}

/// Comparing two values that are no lists and no maps.
pub(super) fn scalars(a: &Value, b: &Value) -> u64 {
    tenth(length(a).min(length(b)))
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

fn tenth(length: usize) -> u64 {
    (length as u64).div_ceil(10).max(1)
}
