//! Message literals: values into fields, with protobuf's ranges, and the well-known messages into what CEL takes them
//! for.

use std::sync::Arc;

use super::{
    functions::{self, Given},
    machine::Fault,
    select,
};
use crate::{
    diag::Code,
    message::{Field, Leaf, Message, Scalar, Shape, Types, well_known},
    plan::Literal,
    value::{Map, Value},
};

/// The message of a literal.
pub(super) fn message(literal: &Literal, values: Vec<Value>, types: &Types) -> Given {
    let mut message = Message::empty(literal.ty.clone());
    for ((place, maybe), value) in literal.fields.iter().zip(values) {
        let value = if *maybe { select::held(value)? } else { Some(value) };
        let (Some(value), Some(field)) = (value, literal.ty.fields().get(*place as usize)) else { continue };
        if let Some(value) = coerced(value, field)? {
            message.set(*place, value);
        }
    }
    well_known::value(message, types)
}

/// The value as its field holds it; none if it leaves the field unset.
fn coerced(value: Value, field: &Field) -> Result<Option<Value>, Fault> {
    match (field.shape, value) {
        (Shape::One(Leaf::Message | Leaf::Timestamp | Leaf::Duration | Leaf::Wrapper(_)), Value::Null) => Ok(None),
        (Shape::One(of), value) => leaf(value, of, field).map(Some),
        (Shape::List(of), Value::List(items)) => {
            let items = items.iter().filter(|item| !left_out(item, of));
            let items = items.map(|item| leaf(item.clone(), of, field)).collect::<Result<Vec<_>, _>>()?;
            Ok(Some(Value::list(items)))
        }
        (Shape::Map(key_of, of), Value::Map(map)) => {
            let entry = |(key, value): &(Value, Value)| {
                Ok((leaf(key.clone(), key_of, field)?, leaf(value.clone(), of, field)?))
            };
            let entries = map.entries().iter().filter(|(_, value)| !left_out(value, of));
            let entries = entries.map(entry).collect::<Result<Vec<_>, Fault>>()?;
            Ok(Some(Value::Map(Arc::new(Map::from_entries(entries)))))
        }
        (_, other) => Err(wrong(&other, field)),
    }
}

/// Whether a null among many is left out: of what one field would be left unset by it.
fn left_out(value: &Value, of: Leaf) -> bool {
    *value == Value::Null && matches!(of, Leaf::Timestamp | Leaf::Duration | Leaf::Wrapper(_))
}

fn wrong(value: &Value, field: &Field) -> Fault {
    let name = super::convert::runtime_name(value);
    (Code::NO_SUCH_OVERLOAD, format!("the field `{}` takes {}, not {name}", field.name, field.ty))
}

fn leaf(value: Value, of: Leaf, field: &Field) -> Given {
    let narrow = |value: Value, scalar| narrowed(value, scalar, field);
    match of {
        Leaf::Plain | Leaf::Any => Ok(value),
        Leaf::Bool => narrow(value, Scalar::Bool),
        Leaf::Enum if field.ty == crate::Type::Null => Ok(Value::Null),
        Leaf::Int32 | Leaf::Sint32 | Leaf::Sfixed32 | Leaf::Enum => narrow(value, Scalar::Int32),
        Leaf::Int64 | Leaf::Sint64 | Leaf::Sfixed64 => narrow(value, Scalar::Int64),
        Leaf::Uint32 | Leaf::Fixed32 => narrow(value, Scalar::Uint32),
        Leaf::Uint64 | Leaf::Fixed64 => narrow(value, Scalar::Uint64),
        Leaf::Float => narrow(value, Scalar::Float),
        Leaf::Double => narrow(value, Scalar::Double),
        Leaf::String => narrow(value, Scalar::String),
        Leaf::Bytes => narrow(value, Scalar::Bytes),
        Leaf::Wrapper(_) if value == Value::Null => Ok(value),
        Leaf::Wrapper(scalar) => narrow(value, scalar),
        Leaf::Message if matches!(value, Value::Message(_)) => Ok(value),
        Leaf::Timestamp if matches!(value, Value::Timestamp(_)) => Ok(value),
        Leaf::Duration if matches!(value, Value::Duration(_)) => Ok(value),
        Leaf::Json => well_known::json(&value),
        Leaf::Struct => match &value {
            Value::Map(map) if map.entries().iter().all(|(key, _)| matches!(key, Value::String(_))) => {
                well_known::json(&value)
            }
            _ => Err(wrong(&value, field)),
        },
        Leaf::ListValue if matches!(value, Value::List(_)) => well_known::json(&value),
        _ => Err(wrong(&value, field)),
    }
}

/// A scalar as its protobuf type holds it.
fn narrowed(value: Value, of: Scalar, field: &Field) -> Given {
    let outside = |value: &Value| {
        let shown = functions::shown(value);
        (Code::BAD_CONVERSION, format!("{shown} is outside the range of the field `{}`", field.name))
    };
    match (of, &value) {
        (Scalar::Int32, Value::Int(number)) if i32::try_from(*number).is_err() => Err(outside(&value)),
        (Scalar::Uint32, Value::Uint(number)) if u32::try_from(*number).is_err() => Err(outside(&value)),
        // A double beyond the floats is an infinity, as a conversion in C has it.
        (Scalar::Float, Value::Double(number)) => Ok(Value::Double((*number as f32).into())),
        (Scalar::Bool, Value::Bool(_))
        | (Scalar::Int32 | Scalar::Int64, Value::Int(_))
        | (Scalar::Uint32 | Scalar::Uint64, Value::Uint(_))
        | (Scalar::Double, Value::Double(_))
        | (Scalar::String, Value::String(_))
        | (Scalar::Bytes, Value::Bytes(_)) => Ok(value),
        _ => Err(wrong(&value, field)),
    }
}
