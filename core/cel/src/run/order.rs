//! CEL's `<`: within types, and across the types of numbers.

use std::cmp::Ordering;

use crate::{library::decimals, value::Value};

/// The order of two values that have one. `None` for a NaN; `Err` for a pair of types without an order.
pub(super) fn compare(a: &Value, b: &Value) -> Result<Option<Ordering>, ()> {
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        // The order of UTF-8 bytes is the order of code points.
        (Value::String(a), Value::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        _ if is_number(a) && is_number(b) => numbers(a, b),
        _ => return decimals::pair(a, b).map(|(a, b)| Some(a.cmp(&b))).ok_or(()),
    })
}

/// An order of values that [`compare`] without a type's mistake: a NaN stands before all numbers.
pub(crate) fn total(a: &Value, b: &Value) -> Ordering {
    if let Ok(Some(order)) = compare(a, b) {
        return order;
    }
    let nan = |value: &Value| matches!(value, Value::Double(number) if number.is_nan());
    nan(b).cmp(&nan(a))
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_))
}

/// The order of two numbers of any types; `None` for a NaN, and for what is no number.
///
/// Beside a double an integer is rounded to one, so beyond 2^53 it may equal a double next to it. The specification
/// speaks of one line of numbers; its conformance suite has the rounding, and so do Google's engines. The keys of
/// maps are exact, in them as here ([`crate::value::Key`]).
pub(crate) fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Double(a), b) => a.partial_cmp(&rounded(b)?),
        (a, Value::Double(b)) => rounded(a)?.partial_cmp(b),
        (a, b) => Some(integer(a)?.cmp(&integer(b)?)),
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::Uint(value) => Some(i128::from(*value)),
        _ => None,
    }
}

fn rounded(value: &Value) -> Option<f64> {
    integer(value).map(|value| value as f64)
}
