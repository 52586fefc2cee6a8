//! `fishplate::Value` ⇄ `fishplate.v1.Value`. Every kind comes back as it went; times to the nanosecond, doubles by their
//! bits.

use fishplate::{Duration, Error, Map, Timestamp, Value};

use super::error::broken;
use super::proto::value::Kind;
use super::proto::{Entry, List, Map as ProtoMap, Value as ProtoValue};

/// Writes a value. Values of decisions are as deep as a document's types, two lists or maps in one another at most.
pub fn to_proto(value: &Value) -> ProtoValue {
    let kind = match value {
        Value::Null => Kind::Null(0),
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => Kind::Null(0),
        Value::Bool(value) => Kind::Bool(*value),
        Value::Int(value) => Kind::Int(*value),
        Value::Uint(value) => Kind::Uint(*value),
        Value::Double(value) => Kind::Double(*value),
        Value::String(text) => Kind::String(text.to_string()),
        Value::Bytes(bytes) => Kind::Bytes(bytes.to_vec().into()),
        Value::Timestamp(at) => Kind::Timestamp(prost_types::Timestamp { seconds: at.seconds(), nanos: at.nanos() }),
        Value::Duration(span) => Kind::Duration(prost_types::Duration { seconds: span.seconds(), nanos: span.nanos() }),
        Value::List(values) => Kind::List(List { values: values.iter().map(to_proto).collect() }),
        Value::Map(map) => Kind::Map(ProtoMap { entries: map.entries().iter().map(entry).collect() }),
    };
    ProtoValue { kind: Some(kind) }
}

fn entry((key, value): &(Value, Value)) -> Entry {
    Entry { key: Some(to_proto(key)), value: Some(to_proto(value)) }
}

/// Reads a value; an unset kind is null. The depth is bounded by prost, which reads messages 100 deep.
///
/// # Errors
/// `INTERNAL` (F0858): a time out of range, or an `unsupported`, which only events have.
pub fn from_proto(value: ProtoValue) -> Result<Value, Error> {
    let Some(kind) = value.kind else { return Ok(Value::Null) };
    Ok(match kind {
        Kind::Null(_) => Value::Null,
        Kind::Bool(value) => Value::Bool(value),
        Kind::Int(value) => Value::Int(value),
        Kind::Uint(value) => Value::Uint(value),
        Kind::Double(value) => Value::Double(value),
        Kind::String(text) => Value::String(text.into()),
        Kind::Bytes(bytes) => Value::Bytes(bytes[..].into()),
        Kind::Timestamp(at) => {
            let at = Timestamp::new(at.seconds, at.nanos).ok_or_else(|| broken("a timestamp out of range"))?;
            Value::Timestamp(at)
        }
        Kind::Duration(span) => {
            let span = Duration::new(span.seconds, span.nanos).ok_or_else(|| broken("a duration out of range"))?;
            Value::Duration(span)
        }
        Kind::List(list) => Value::List(list.values.into_iter().map(from_proto).collect::<Result<_, _>>()?),
        Kind::Map(map) => {
            let read = |entry: Entry| {
                let part = |value: Option<ProtoValue>| value.map_or(Ok(Value::Null), from_proto);
                Ok((part(entry.key)?, part(entry.value)?))
            };
            let entries: Vec<_> = map.entries.into_iter().map(read).collect::<Result<_, Error>>()?;
            Value::Map(Map::from_entries(entries).into())
        }
        Kind::Unsupported(_) => return Err(broken("a value that has no meaning outside an event")),
    })
}
