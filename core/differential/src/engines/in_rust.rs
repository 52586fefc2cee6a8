//! The `cel` crate, <https://crates.io/crates/cel>. It has no checker: what is wrong with a type is an error when it runs.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use cel::{
    Context, Program, Value as Theirs,
    objects::{Key, Map as TheirMap, OptionalValue},
};
use fishplate_cel::{Duration, Map, Timestamp, Value};

use super::{Answer, Outcome, guarded};

static ENV: LazyLock<Arc<cel::Env>> = LazyLock::new(|| Arc::new(cel::Env::stdlib()));

/// What the crate makes of an expression.
pub(crate) fn answer(source: &str, bindings: &[(&'static str, Value)]) -> Answer {
    guarded(|| {
        let program: Program = match ENV.compile(source) {
            Ok(program) => program,
            Err(faults) => return Answer::untyped(Outcome::Refused(faults.to_string())),
        };
        let mut context = Context::with_env(ENV.clone());
        for (name, value) in bindings {
            context.add_variable_from_value(*name, given(value));
        }
        Answer::untyped(match program.execute(&context) {
            Ok(value) => taken(&value).map_or_else(Outcome::Refused, Outcome::Value),
            Err(error) => Outcome::Failed(error.to_string()),
        })
    })
}

/// A value as the crate has it.
fn given(value: &Value) -> Theirs {
    match value {
        Value::Bool(value) => Theirs::Bool(*value),
        Value::Int(value) => Theirs::Int(*value),
        Value::Uint(value) => Theirs::UInt(*value),
        Value::Double(value) => Theirs::Float(*value),
        Value::String(value) => Theirs::String(Arc::new(value.to_string())),
        Value::Bytes(value) => Theirs::Bytes(Arc::new(value.to_vec())),
        Value::Timestamp(value) => chrono::DateTime::from_timestamp(value.seconds(), value.nanos().unsigned_abs())
            .map_or(Theirs::Null, |time| Theirs::Timestamp(time.fixed_offset())),
        Value::Duration(value) => {
            let nanos = chrono::Duration::nanoseconds(value.nanos().into());
            Theirs::Duration(chrono::Duration::seconds(value.seconds()) + nanos)
        }
        Value::List(items) => Theirs::List(Arc::new(items.iter().map(given).collect())),
        Value::Map(map) => {
            let entries: HashMap<Key, Theirs> =
                map.entries().iter().filter_map(|(k, value)| Some((key(k)?, given(value)))).collect();
            Theirs::Map(TheirMap { map: Arc::new(entries) })
        }
        _ => Theirs::Null,
    }
}

fn key(value: &Value) -> Option<Key> {
    Some(match value {
        Value::Bool(value) => Key::Bool(*value),
        Value::Int(value) => Key::Int(*value),
        Value::Uint(value) => Key::Uint(*value),
        Value::String(value) => Key::String(Arc::new(value.to_string())),
        _ => return None,
    })
}

/// A value of the crate as ours.
fn taken(value: &Theirs) -> Result<Value, String> {
    Ok(match value {
        Theirs::Null => Value::Null,
        Theirs::Bool(value) => Value::Bool(*value),
        Theirs::Int(value) => Value::Int(*value),
        Theirs::UInt(value) => Value::Uint(*value),
        Theirs::Float(value) => Value::Double(*value),
        Theirs::String(value) => Value::String(value.as_str().into()),
        Theirs::Bytes(value) => Value::Bytes(value.as_slice().into()),
        Theirs::Timestamp(time) => {
            let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default();
            let time = Timestamp::new(time.timestamp(), nanos);
            Value::Timestamp(time.ok_or("a timestamp beyond what timestamps may be")?)
        }
        Theirs::Duration(length) => {
            let length = Duration::new(length.num_seconds(), length.subsec_nanos());
            Value::Duration(length.ok_or("a duration beyond what durations may be")?)
        }
        Theirs::List(items) => Value::list(items.iter().map(taken).collect::<Result<_, _>>()?),
        Theirs::Map(map) => {
            let entry = |(key, value): (&Key, &Theirs)| Ok::<_, String>((taken_key(key), taken(value)?));
            Value::Map(Map::from_entries(map.map.iter().map(entry).collect::<Result<Vec<_>, _>>()?).into())
        }
        Theirs::Opaque(_) => match <&OptionalValue>::try_from(value) {
            Ok(optional) => match optional.value() {
                Some(value) => Value::some(taken(value)?),
                None => Value::Optional(None),
            },
            Err(error) => return Err(error.to_string()),
        },
        other => return Err(format!("{other:?}")),
    })
}

fn taken_key(key: &Key) -> Value {
    match key {
        Key::Bool(value) => Value::Bool(*value),
        Key::Int(value) => Value::Int(*value),
        Key::Uint(value) => Value::Uint(*value),
        Key::String(value) => Value::String(value.as_str().into()),
    }
}
