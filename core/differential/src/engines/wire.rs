//! Values as JSON, with their types: how they go to Python and come back. `google.py` holds the other end.

use fishplate_cel::{Duration, Map, Timestamp, Value};
use serde_json::{Value as Json, json};

/// A value on its way to Python.
pub(super) fn written(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(["b", value]),
        Value::Int(value) => json!(["i", value]),
        Value::Uint(value) => json!(["u", value]),
        Value::Double(value) => json!(["d", format!("{value:?}")]),
        Value::String(value) => json!(["s", &**value]),
        Value::Bytes(value) => json!(["y", value.iter().map(|byte| format!("{byte:02x}")).collect::<String>()]),
        Value::Timestamp(value) => json!(["t", value.seconds(), value.nanos() / 1_000]),
        Value::Duration(value) => json!(["p", value.seconds(), value.nanos() / 1_000]),
        Value::List(items) => json!(["l", items.iter().map(written).collect::<Vec<_>>()]),
        Value::Map(map) => {
            let entries = map.entries().iter().map(|(key, value)| json!([written(key), written(value)]));
            json!(["m", entries.collect::<Vec<_>>()])
        }
        _ => json!(["n"]),
    }
}

/// A value from Python. Its types do not tell an int from a uint as a key: see [`crate::compare`].
pub(super) fn read(json: &Json) -> Option<Value> {
    let of = json.get(1);
    Some(match json.get(0)?.as_str()? {
        "n" => Value::Null,
        "b" => Value::Bool(of?.as_bool()?),
        "i" => Value::Int(of?.as_i64()?),
        "u" => Value::Uint(of?.as_u64()?),
        "d" => Value::Double(of?.as_str()?.parse().ok()?),
        "s" => Value::String(of?.as_str()?.into()),
        "y" => {
            let hex = of?.as_str()?;
            let bytes: Option<Vec<u8>> =
                (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()).collect();
            Value::Bytes(bytes?.into())
        }
        "t" => Value::Timestamp(Timestamp::from_nanos(nanos(json)?)?),
        "p" => Value::Duration(Duration::from_nanos(nanos(json)?)?),
        "l" => Value::list(of?.as_array()?.iter().map(read).collect::<Option<_>>()?),
        "m" => {
            let entry = |json: &Json| Some((read(json.get(0)?)?, read(json.get(1)?)?));
            Value::Map(Map::from_entries(of?.as_array()?.iter().map(entry).collect::<Option<Vec<_>>>()?).into())
        }
        "o" => Value::Optional(None),
        "T" => Value::Type(of?.as_str()?.into()),
        _ => return None,
    })
}

fn nanos(json: &Json) -> Option<i128> {
    let (seconds, micros) = (json.get(1)?.as_i64()?, json.get(2)?.as_i64()?);
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(micros) * 1_000)
}
