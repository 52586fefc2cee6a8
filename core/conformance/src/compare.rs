//! Whether a value is the expected one. Stricter than CEL's `==`: the types of numbers must agree, and NaN is NaN.

use fishplate_cel::Value;

/// Whether `got` is `want`; the entries of maps have no order.
pub(crate) fn same(got: &Value, want: &Value) -> bool {
    match (got, want) {
        (Value::Double(a), Value::Double(b)) => a == b || a.is_nan() && b.is_nan(),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            let found = |(key, value): &(Value, Value)| {
                a.entries().iter().any(|(other, got)| same(other, key) && same(got, value))
            };
            a.entries().len() == b.entries().len() && b.entries().iter().all(found)
        }
        (Value::Message(a), Value::Message(b)) => {
            let mut pairs = a.entries().iter().zip(b.entries());
            a.ty().name() == b.ty().name()
                && a.entries().len() == b.entries().len()
                && pairs.all(|((place, a), (other, b))| place == other && same(a, b))
        }
        _ => got == want,
    }
}
