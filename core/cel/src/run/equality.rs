//! CEL's `==`: across the types of numbers, and into lists and maps, with a stack of its own.

use super::{cost, order};
use crate::{
    library::decimals,
    value::{Map, Value},
};

/// Whether the two are equal.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    if !(is_made_of_values(a) && is_made_of_values(b)) {
        // Most are: nothing is allocated for them.
        return scalar(a, b);
    }
    equal_within(a, b, u64::MAX).0
}

/// Whether the two are equal, and what it cost to see. Once that is more than `limit`, which is no answer, it ends.
pub(super) fn equal_within(a: &Value, b: &Value, limit: u64) -> (bool, u64) {
    let mut pairs = vec![(a, b)];
    let mut compared = 0u64;
    while let Some((a, b)) = pairs.pop() {
        compared = compared.saturating_add(cost::scalars(a, b));
        if compared > limit {
            return (false, compared);
        }
        let same = match (a, b) {
            (Value::List(a), Value::List(b)) => {
                pairs.extend(a.iter().zip(b.iter()));
                a.len() == b.len()
            }
            (Value::Map(a), Value::Map(b)) => push_entries(a, b, &mut pairs),
            (Value::Message(a), Value::Message(b)) => {
                let fields = a.entries().iter().zip(b.entries());
                let same = a.ty().name() == b.ty().name() && a.entries().len() == b.entries().len();
                let same = same && fields.clone().all(|((a, _), (b, _))| a == b);
                pairs.extend(fields.map(|((_, a), (_, b))| (a, b)));
                same
            }
            (Value::Optional(a), Value::Optional(b)) => {
                pairs.extend(a.as_deref().zip(b.as_deref()));
                a.is_some() == b.is_some()
            }
            _ => scalar(a, b),
        };
        if !same {
            return (false, compared);
        }
    }
    (true, compared)
}

fn is_made_of_values(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_) | Value::Message(_) | Value::Optional(_))
}

/// Puts the values of equal keys side by side; false if the keys differ.
fn push_entries<'v>(a: &'v Map, b: &'v Map, pairs: &mut Vec<(&'v Value, &'v Value)>) -> bool {
    a.entries().len() == b.entries().len()
        && a.entries().iter().all(|(key, value)| {
            let other = b.get(key);
            pairs.extend(other.map(|other| (value, other)));
            other.is_some()
        })
}

/// Equality of what is no list and no map; different kinds are different.
pub(super) fn scalar(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Opaque(a), Value::Opaque(b)) => a == b,
        (Value::Opaque(_), _) | (_, Value::Opaque(_)) => decimals::pair(a, b).is_some_and(|(a, b)| a == b),
        _ => order::numbers(a, b).is_some_and(std::cmp::Ordering::is_eq),
    }
}
