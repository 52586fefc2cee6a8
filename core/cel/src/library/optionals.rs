//! Optionals: a value or none.

use std::sync::Arc;

use super::{Cost, Entry, entry};
use crate::{
    check::overloads::Style,
    diag::Code,
    run::functions::{Given, no_overload},
    value::Value,
};

const NONE: Value = Value::Optional(None);

pub(super) const TABLE: &[Entry] = &[
    entry("optional.of", Style::Global, &["A -> optional(A)"], Cost::One, |args| Ok(Value::some(args[0].clone()))),
    entry("optional.none", Style::Global, &["-> optional(A)"], Cost::One, |_| Ok(NONE)),
    entry("optional.ofNonZeroValue", Style::Global, &["A -> optional(A)"], Cost::One, |args| {
        Ok(if is_zero(&args[0]) { NONE } else { Value::some(args[0].clone()) })
    }),
    entry("hasValue", Style::Member, &["optional(A) -> bool"], Cost::One, |args| {
        held(args).map(|held| Value::Bool(held.is_some()))
    }),
    entry("value", Style::Member, &["optional(A) -> A"], Cost::One, |args| {
        let none = || (Code::BAD_ARGUMENT, "the optional holds no value".to_owned());
        held(args)?.map(|held| (**held).clone()).ok_or_else(none)
    }),
    entry("or", Style::Member, &["optional(A), optional(A) -> optional(A)"], Cost::One, |args| {
        held(&args[1..])?;
        Ok(if held(args)?.is_some() { args[0].clone() } else { args[1].clone() })
    }),
    entry("orValue", Style::Member, &["optional(A), A -> A"], Cost::One, |args| {
        Ok(held(args)?.map_or_else(|| args[1].clone(), |held| (**held).clone()))
    }),
    entry("unwrapOpt", Style::Member, &["list(optional(A)) -> list(A)"], Cost::Entries, unwrapped),
    entry("optional.unwrap", Style::Global, &["list(optional(A)) -> list(A)"], Cost::Entries, unwrapped),
];

fn held(args: &[Value]) -> Result<Option<&Arc<Value>>, crate::run::Fault> {
    match &args[0] {
        Value::Optional(held) => Ok(held.as_ref()),
        _ => Err(no_overload("a function of optionals", args)),
    }
}

/// The values that a list of optionals holds.
fn unwrapped(args: &[Value]) -> Given {
    let Value::List(items) = &args[0] else { return Err(no_overload("unwrap", args)) };
    let mut values = Vec::new();
    for item in items.iter() {
        match item {
            Value::Optional(held) => values.extend(held.as_deref().cloned()),
            _ => return Err(no_overload("unwrap", std::slice::from_ref(item))),
        }
    }
    Ok(Value::list(values))
}

/// Whether a value is the one that its type's fields have when nothing sets them.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Double(value) => *value == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.entries().is_empty(),
        Value::Message(message) => message.entries().is_empty(),
        Value::Timestamp(time) => time.as_nanos() == 0,
        Value::Duration(span) => span.as_nanos() == 0,
        // No field's type: none is a value like any other.
        Value::Optional(_) | Value::Type(_) | Value::Opaque(_) => false,
    }
}
