//! The suite's values and types as `fishplate-cel` has them. It knows no cases.

use std::{collections::HashMap, sync::Arc};

use fishplate_cel::{Duration, Leaf, Map, Message, Shape, Timestamp, Type, Types, Value};
use prost_reflect::{DescriptorPool, DynamicMessage, MapKey, ReflectMessage, Value as Proto};

use crate::suite::{Suite, message, messages, text_of};

type Given = Result<Value, String>;

/// A `cel.expr.Value`.
pub(crate) fn value(suite: &Suite, of: &DynamicMessage) -> Given {
    let Some((field, given)) = of.fields().next() else { return Err("a value without a kind".to_owned()) };
    match (field.name(), given) {
        ("list_value", Proto::Message(list)) => {
            let items =
                messages(list, "values").iter().map(|item| value(suite, item)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::List(items.into()))
        }
        ("map_value", Proto::Message(map)) => {
            let part = |entry: &DynamicMessage, name| value(suite, &message(entry, name).ok_or("half an entry")?);
            let entries = messages(map, "entries");
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| Ok((part(entry, "key")?, part(entry, "value")?)))
                .collect::<Result<_, String>>()?;
            Ok(Value::Map(Map::from_entries(entries).into()))
        }
        ("object_value", Proto::Message(any)) => unpacked(&suite.pool, &suite.world.types, any),
        ("null_value", _) => Ok(Value::Null),
        ("type_value", Proto::String(name)) => Ok(Value::Type(name.as_str().into())),
        ("enum_value", _) => Err("a value of an enum type of its own".to_owned()),
        (_, scalar) => plain(scalar),
    }
}

/// A number, text, bytes or bool.
pub(crate) fn plain(of: &Proto) -> Given {
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
fn unpacked(pool: &DescriptorPool, types: &Types, any: &DynamicMessage) -> Given {
    let url = text_of(any, "type_url");
    if url.is_empty() {
        return Ok(Value::Null);
    }
    let name = url.rsplit('/').next().unwrap_or_default();
    let of = pool.get_message_by_name(name).ok_or_else(|| format!("no message `{name}`"))?;
    let bytes = any.get_field_by_name("value").and_then(|value| value.as_bytes().cloned()).unwrap_or_default();
    from_message(pool, types, &DynamicMessage::decode(of, bytes).map_err(|error| error.to_string())?)
}

/// A message as CEL sees it: the well-known ones are other values.
fn from_message(pool: &DescriptorPool, types: &Types, of: &DynamicMessage) -> Given {
    let number = |name: &str| {
        of.get_field_by_name(name)
            .and_then(|value| value.as_i64().or(value.as_i32().map(i64::from)))
            .unwrap_or_default()
    };
    let descriptor = of.descriptor();
    let field = |name: &str| of.get_field_by_name(name).map(|value| value.into_owned());
    match descriptor.full_name() {
        "google.protobuf.Timestamp" => {
            let time = Timestamp::new(number("seconds"), number("nanos") as i32);
            time.map(Value::Timestamp).ok_or_else(|| "no timestamp".to_owned())
        }
        "google.protobuf.Duration" => {
            let span = Duration::new(number("seconds"), number("nanos") as i32);
            span.map(Value::Duration).ok_or_else(|| "no duration".to_owned())
        }
        "google.protobuf.Any" => unpacked(pool, types, of),
        "google.protobuf.Value" => match of.fields().next() {
            Some((_, Proto::EnumNumber(_))) | None => Ok(Value::Null),
            Some((_, value)) => single(pool, types, value),
        },
        "google.protobuf.Struct" => of
            .fields()
            .next()
            .map_or_else(|| Ok(Value::Map(Map::default().into())), |(_, value)| many(pool, types, value)),
        "google.protobuf.ListValue" => {
            of.fields().next().map_or_else(|| Ok(Value::list(Vec::new())), |(_, value)| many(pool, types, value))
        }
        name if fishplate_cel::message::well_known::type_of(name).is_some() => {
            plain(&field("value").ok_or("a wrapper without a value")?)
        }
        name => {
            let ty = types.get(name).ok_or_else(|| format!("no message type {name}"))?;
            let mut message = Message::empty(ty.clone());
            let fields = of.fields().map(|(field, value)| (field.name().to_owned(), value));
            let extensions = of.extensions().map(|(extension, value)| (extension.full_name().to_owned(), value));
            for (name, value) in fields.chain(extensions) {
                let (place, field) = ty.field(&name).ok_or_else(|| format!("no field {name}"))?;
                let value = match field.shape {
                    Shape::One(Leaf::Enum) if field.ty == Type::Null => Value::Null,
                    _ => many(pool, types, value)?,
                };
                message.set(place, value);
            }
            Ok(Value::Message(Arc::new(message)))
        }
    }
}

/// The value of a field: one value, a list or a map.
fn many(pool: &DescriptorPool, types: &Types, of: &Proto) -> Given {
    match of {
        Proto::List(items) => {
            let items = items.iter().map(|item| single(pool, types, item)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::list(items))
        }
        Proto::Map(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            let key = |key: &MapKey| plain(&Proto::from(key.clone()));
            let entries = sorted.into_iter().map(|(of, value)| Ok((key(of)?, single(pool, types, value)?)));
            Ok(Value::Map(Map::from_entries(entries.collect::<Result<Vec<_>, String>>()?).into()))
        }
        single_one => single(pool, types, single_one),
    }
}

fn single(pool: &DescriptorPool, types: &Types, of: &Proto) -> Given {
    match of {
        Proto::Message(message) => from_message(pool, types, message),
        other => plain(other),
    }
}

/// A `cel.expr.Type`.
pub(crate) fn type_of(of: &DynamicMessage) -> Result<Type, String> {
    type_with(of, &mut HashMap::new())
}

/// A `cel.expr.Type` with parameters, which are numbered as they are met.
pub(crate) fn type_with(of: &DynamicMessage, parameters: &mut HashMap<String, u32>) -> Result<Type, String> {
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
    let mut inner = |of: &DynamicMessage, name: &str| {
        message(of, name).as_ref().map_or(Ok(Type::Dyn), |of| type_with(of, parameters))
    };
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
        ("message_type", Proto::String(name)) => {
            let known = fishplate_cel::message::well_known::type_of(name);
            Ok(known.unwrap_or_else(|| Type::Message(name.as_str().into())))
        }
        ("type", Proto::Message(of)) => Ok(Type::TypeOf(type_with(of, parameters)?.into())),
        ("type_param", Proto::String(name)) => {
            let next = parameters.len() as u32;
            Ok(Type::Param(*parameters.entry(name.clone()).or_insert(next)))
        }
        ("abstract_type", Proto::Message(of)) => {
            let params = messages(of, "parameter_types");
            let params = params.iter().map(|of| type_with(of, parameters)).collect::<Result<_, _>>()?;
            Ok(Type::Abstract(text_of(of, "name").into(), params))
        }
        (other, _) => Err(format!("a type of kind {other}")),
    }
}
