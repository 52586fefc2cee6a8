//! Selections: a field of a message, a map's entry under a name, and both as optionals.

use super::{functions, machine::Fault};
use crate::{
    diag::Code,
    message::{Message, Types},
    value::Value,
};

type Given = Result<Value, Fault>;

/// Finds the value under a name, which is a string.
pub(super) type Find = fn(&Value, &Value, &Types) -> Given;

/// `of.name`
pub(super) fn field(of: &Value, name: &Value, types: &Types) -> Given {
    match of {
        Value::Message(message) => read(message, name, types),
        Value::Optional(_) => optional(of, name, types),
        of => functions::index(of, name),
    }
}

/// `has(of.name)`
pub(super) fn has(of: &Value, name: &Value, _: &Types) -> Given {
    holds(of, name).map(Value::Bool)
}

fn holds(of: &Value, name: &Value) -> Result<bool, Fault> {
    match of {
        Value::Map(map) => Ok(map.get(name).is_some()),
        Value::Message(message) => place(message, name).map(|place| message.get(place).is_some()),
        Value::Optional(None) => Ok(false),
        Value::Optional(Some(of)) if !matches!(**of, Value::Optional(_)) => holds(of, name),
        other => Err(functions::no_overload("has", std::slice::from_ref(other))),
    }
}

/// `of.?name`
pub(super) fn optional(of: &Value, name: &Value, types: &Types) -> Given {
    let of = match of {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(of)) => of,
        of => of,
    };
    if holds(of, name)? { field(of, name, types).map(Value::some) } else { Ok(Value::Optional(None)) }
}

fn place(message: &Message, name: &Value) -> Result<u32, Fault> {
    let Value::String(text) = name else {
        return Err(functions::no_overload("a field's name", std::slice::from_ref(name)));
    };
    let missing = || (Code::UNKNOWN_FIELD, format!("{} has no field `{text}`", message.ty().name()));
    message.ty().field(text).map(|(place, _)| place).ok_or_else(missing)
}

fn read(message: &Message, name: &Value, types: &Types) -> Given {
    let place = place(message, name)?;
    let absent = || {
        let field = &message.ty().fields()[place as usize].name;
        (Code::ABSENT_FIELD, format!("{}.{field} is absent", message.ty().name()))
    };
    message.read(place, types).ok_or_else(absent)
}

/// The entries of a list literal, of which some are optionals.
pub(super) fn present_items(items: Vec<Value>, maybe: &[bool]) -> Result<Vec<Value>, Fault> {
    let mut present = Vec::with_capacity(items.len());
    for (item, maybe) in items.into_iter().zip(maybe) {
        present.extend(if *maybe { held(item)? } else { Some(item) });
    }
    Ok(present)
}

/// Keys and values in turn, of which some values are optionals.
pub(super) fn present_entries(items: Vec<Value>, maybe: &[bool]) -> Result<Vec<Value>, Fault> {
    let mut present = Vec::with_capacity(items.len());
    let mut items = items.into_iter().zip(maybe);
    while let (Some((key, _)), Some((value, maybe))) = (items.next(), items.next()) {
        let value = if *maybe { held(value)? } else { Some(value) };
        present.extend(value.map(|value| [key, value]).into_iter().flatten());
    }
    Ok(present)
}

/// What an optional holds.
pub(super) fn held(of: Value) -> Result<Option<Value>, Fault> {
    match of {
        Value::Optional(of) => Ok(of.map(|of| (*of).clone())),
        other => Err(functions::no_overload("?", &[other])),
    }
}
