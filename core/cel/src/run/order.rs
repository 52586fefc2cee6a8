//! CEL's `<`: within types, and across the types of numbers without losing a bit.

use std::cmp::Ordering;

use crate::value::Value;

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
        _ => return Err(()),
    })
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_))
}

/// The order of two numbers of any types; `None` for a NaN, and for what is no number.
pub(super) fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Double(a), b) => with_double(integer(b)?, *a).map(Ordering::reverse),
        (a, Value::Double(b)) => with_double(integer(a)?, *b),
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

/// 128 bits hold every int and uint, and the whole part of every double that could lie between two of them.
fn with_double(integer: i128, double: f64) -> Option<Ordering> {
    const BEYOND: f64 = 1e30;
    if double.is_nan() {
        return None;
    }
    if double.abs() > BEYOND {
        return Some(if double > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = integer.cmp(&(double.trunc() as i128));
    // Equal so far: the fraction, which has the double's sign, decides.
    let by_fraction = || 0.0f64.partial_cmp(&double.fract()).unwrap_or(Ordering::Equal);
    Some(whole.then_with(by_fraction))
}
