//! The suite's values and types as `fishplate-cel` has them. It knows no cases.

use fishplate_cel::{Duration, Map, Timestamp, Type, Value};
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage, Value as Proto};

use crate::suite::{message, messages, text_of};

type Given = Result<Value, String>;

/// A `cel.expr.Value`.
pub(crate) fn value(pool: &DescriptorPool, of: &DynamicMessage) -> Given {
    let Some((field, given)) = of.fields().next() else { return Err("a value without a kind".to_owned()) };
    match (field.name(), given) {
        ("list_value", Proto::Message(list)) => {
            let items = messages(list, "values").iter().map(|item| value(pool, item)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::List(items.into()))
        }
        ("map_value", Proto::Message(map)) => {
            let part = |entry: &DynamicMessage, name| value(pool, &message(entry, name).ok_or("half an entry")?);
            let entries = messages(map, "entries");
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| Ok((part(entry, "key")?, part(entry, "value")?)))
                .collect::<Result<_, String>>()?;
            Ok(Value::Map(Map::from_entries(entries).into()))
        }
        ("object_value", Proto::Message(any)) => unpacked(pool, any),
        ("null_value", _) => Ok(Value::Null),
        ("type_value", _) => Err("a type".to_owned()),
        ("enum_value", _) => Err("a value of an enum type of its own".to_owned()),
        (_, scalar) => plain(scalar),
    }
}

/// A number, text, bytes or bool.
fn plain(of: &Proto) -> Given {
    Ok(match of {
        Proto::Bool(value) => Value::Bool(*value),
        Proto::I32(value) | Proto::EnumNumber(value) => Value::Int((*value).into()),
        Proto::I64(value) => Value::Int(*value),
        Proto::U32(value) => Value::Uint((*value).into()),
        Proto::U64(value) => Value::Uint(*value),
        Proto::F32(value) => Value::Double((*value).into()),
        Proto::F64(value) => Value::Double(*value),
        Proto::String(value) => Value::from(value.as_str()),
        Proto::Bytes(value) => Value::Bytes(value.to_vec().into()),
        _ => return Err("no plain value".to_owned()),
    })
}

/// The message in a `google.protobuf.Any`.
fn unpacked(pool: &DescriptorPool, any: &DynamicMessage) -> Given {
    let url = text_of(any, "type_url");
    let name = url.rsplit('/').next().unwrap_or_default();
    let of = pool.get_message_by_name(name).ok_or_else(|| format!("no message `{name}`"))?;
    let bytes = any.get_field_by_name("value").and_then(|value| value.as_bytes().cloned()).unwrap_or_default();
    from_message(pool, &DynamicMessage::decode(of, bytes).map_err(|error| error.to_string())?)
}

/// A message as CEL sees it: the well-known ones are other values.
fn from_message(pool: &DescriptorPool, of: &DynamicMessage) -> Given {
    let number =
        |name: &str| of.get_field_by_name(name).and_then(|value| value.as_i64().or(value.as_i32().map(i64::from)));
    let pair = || (number("seconds").unwrap_or_default(), number("nanos").unwrap_or_default() as i32);
    let descriptor = of.descriptor();
    match descriptor.full_name() {
        "google.protobuf.Timestamp" => {
            let (seconds, nanos) = pair();
            Timestamp::new(seconds, nanos).map(Value::Timestamp).ok_or_else(|| "no timestamp".to_owned())
        }
        "google.protobuf.Duration" => {
            let (seconds, nanos) = pair();
            Duration::new(seconds, nanos).map(Value::Duration).ok_or_else(|| "no duration".to_owned())
        }
        "google.protobuf.Any" => unpacked(pool, of),
        name if name.starts_with("google.protobuf.")
            && name.ends_with("Value")
            && of.descriptor().fields().len() == 1 =>
        {
            plain(of.get_field_by_name("value").as_deref().ok_or("a wrapper without a value")?)
        }
        name => Err(format!("a message, {name}")),
    }
}

/// A `cel.expr.Type`.
pub(crate) fn type_of(of: &DynamicMessage) -> Result<Type, String> {
    let Some((field, given)) = of.fields().next() else { return Err("a type without a kind".to_owned()) };
    let primitive = |number: i32| {
        Ok(match number {
            1 => Type::Bool,
            2 => Type::Int,
            3 => Type::Uint,
            4 => Type::Double,
            5 => Type::String,
            6 => Type::Bytes,
            _ => return Err(format!("no primitive type {number}")),
        })
    };
    let inner = |of: &DynamicMessage, name: &str| message(of, name).as_ref().map_or(Ok(Type::Dyn), type_of);
    match (field.name(), given) {
        ("dyn", _) => Ok(Type::Dyn),
        ("null", _) => Ok(Type::Null),
        ("primitive", Proto::EnumNumber(number)) => primitive(*number),
        ("wrapper", Proto::EnumNumber(number)) => Ok(Type::Wrapper(primitive(*number)?.into())),
        ("well_known", Proto::EnumNumber(1)) => Ok(Type::Dyn),
        ("well_known", Proto::EnumNumber(2)) => Ok(Type::Timestamp),
        ("well_known", Proto::EnumNumber(3)) => Ok(Type::Duration),
        ("list_type", Proto::Message(list)) => Ok(Type::list(inner(list, "elem_type")?)),
        ("map_type", Proto::Message(map)) => Ok(Type::map(inner(map, "key_type")?, inner(map, "value_type")?)),
        ("message_type", Proto::String(name)) => Ok(Type::Message(name.as_str().into())),
        (other, _) => Err(format!("a type of kind {other}")),
    }
}
