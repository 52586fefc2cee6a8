//! Conversions between types, and the text of values.

use std::sync::Arc;

use super::{functions::no_overload, machine::Fault};
use crate::{
    decimal::Decimal,
    diag::Code,
    library::decimals,
    time::{Duration, Timestamp, cel_duration, cel_timestamp},
    value::{Opaque, Value},
};

type Given = Result<Value, Fault>;

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

fn bad(what: impl std::fmt::Display, want: &str) -> Fault {
    (Code::BAD_CONVERSION, format!("{what} is no {want}"))
}

fn text_is_no(text: &str, want: &str) -> Fault {
    bad(super::functions::shown(&text.into()), want)
}

pub(crate) fn to_bool(value: &Value) -> Given {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::String(text) => match &**text {
            "1" | "t" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err(text_is_no(text, "bool")),
        },
        _ => Err(no_overload("bool", std::slice::from_ref(value))),
    }
}

/// Doubles are cut towards zero. The conformance suite has both ends of the range as errors, since a double there
/// may have been rounded from outside.
pub(crate) fn to_int(value: &Value) -> Given {
    Ok(Value::Int(match value {
        Value::Int(value) => *value,
        Value::Uint(value) => i64::try_from(*value).map_err(|_| bad(format_args!("{value}u"), "int"))?,
        Value::Double(value) if -TWO_63 < *value && *value < TWO_63 => *value as i64,
        Value::Double(value) => return Err(bad(double_text(*value), "int")),
        Value::String(text) => text.parse().map_err(|_| text_is_no(text, "int"))?,
        Value::Timestamp(time) => time.seconds(),
        other if decimals::is(other) => {
            let decimal = decimals::of(other).unwrap_or(Decimal::from(0_i64));
            i64::try_from(decimal.trunc()).map_err(|_| bad(decimal, "int"))?
        }
        _ => return Err(no_overload("int", std::slice::from_ref(value))),
    }))
}

pub(crate) fn to_uint(value: &Value) -> Given {
    Ok(Value::Uint(match value {
        Value::Uint(value) => *value,
        Value::Int(value) => u64::try_from(*value).map_err(|_| bad(value, "uint"))?,
        Value::Double(value) if 0.0 <= *value && *value < 2.0 * TWO_63 => *value as u64,
        Value::Double(value) => return Err(bad(double_text(*value), "uint")),
        Value::String(text) if !text.starts_with('+') => text.parse().map_err(|_| text_is_no(text, "uint"))?,
        Value::String(text) => return Err(text_is_no(text, "uint")),
        _ => return Err(no_overload("uint", std::slice::from_ref(value))),
    }))
}

pub(crate) fn to_double(value: &Value) -> Given {
    Ok(Value::Double(match value {
        Value::Double(value) => *value,
        Value::Int(value) => *value as f64,
        Value::Uint(value) => *value as f64,
        Value::String(text) => double(text).ok_or_else(|| text_is_no(text, "double"))?,
        other if decimals::is(other) => decimals::of(other).map_or(f64::NAN, Decimal::to_f64),
        _ => return Err(no_overload("double", std::slice::from_ref(value))),
    }))
}

/// Digits that no finite double is near are an error, not an infinity.
fn double(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    (!value.is_infinite() || !text.contains(|c: char| c.is_ascii_digit())).then_some(value)
}

pub(crate) fn to_string(value: &Value) -> Given {
    Ok(Value::String(match value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string().into(),
        Value::Int(value) => value.to_string().into(),
        Value::Uint(value) => value.to_string().into(),
        Value::Double(value) => double_text(*value).into(),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => return Err((Code::BAD_CONVERSION, "the bytes are no UTF-8".to_owned())),
        },
        Value::Timestamp(time) => cel_timestamp(*time).into(),
        Value::Duration(span) => cel_duration(*span).into(),
        Value::Opaque(of) => match **of {
            Opaque::Ip(address) => address.to_string().into(),
            Opaque::Cidr(address, bits) => format!("{address}/{bits}").into(),
            Opaque::Decimal(decimal) => decimal.to_string().into(),
        },
        _ => return Err(no_overload("string", std::slice::from_ref(value))),
    }))
}

pub(crate) fn to_bytes(value: &Value) -> Given {
    match value {
        Value::Bytes(_) => Ok(value.clone()),
        Value::String(text) => Ok(Value::Bytes(text.as_bytes().into())),
        _ => Err(no_overload("bytes", std::slice::from_ref(value))),
    }
}

pub(crate) fn to_timestamp(value: &Value) -> Given {
    match value {
        Value::Timestamp(_) => Ok(value.clone()),
        Value::String(text) => {
            Timestamp::parse(text).map(Value::Timestamp).ok_or_else(|| text_is_no(text, "timestamp"))
        }
        Value::Int(seconds) => {
            let outside = || (Code::TIME_OUT_OF_RANGE, format!("{seconds} seconds are outside the years 1 to 9999"));
            Timestamp::new(*seconds, 0).map(Value::Timestamp).ok_or_else(outside)
        }
        _ => Err(no_overload("timestamp", std::slice::from_ref(value))),
    }
}

pub(crate) fn to_duration(value: &Value) -> Given {
    match value {
        Value::Duration(_) => Ok(value.clone()),
        Value::String(text) => Duration::parse(text).map(Value::Duration).ok_or_else(|| text_is_no(text, "duration")),
        _ => Err(no_overload("duration", std::slice::from_ref(value))),
    }
}

/// The shortest digits that read back as the same double, as cel-go writes them: plain between 0.0001 and 999999,
/// else with an exponent of at least two digits.
pub(crate) fn double_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value == 0.0 || (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// The type of a value, for messages.
pub(super) fn type_name(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Timestamp(_) => "timestamp".to_owned(),
        Value::Duration(_) => "duration".to_owned(),
        other => runtime_name(other).to_string(),
    }
}

/// The name of the type of a value at run time: what `type(x)` gives.
pub(crate) fn runtime_name(value: &Value) -> Arc<str> {
    let name = match value {
        Value::Null => "null_type",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Uint(_) => "uint",
        Value::Double(_) => "double",
        Value::String(_) => "string",
        Value::Bytes(_) => "bytes",
        Value::Timestamp(_) => "google.protobuf.Timestamp",
        Value::Duration(_) => "google.protobuf.Duration",
        Value::List(_) => "list",
        Value::Map(_) => "map",
        Value::Message(message) => return message.ty().name().clone(),
        Value::Type(_) => "type",
        Value::Optional(_) => crate::types::OPTIONAL,
        Value::Opaque(of) => match **of {
            Opaque::Ip(_) => "net.IP",
            Opaque::Cidr(..) => "net.CIDR",
            Opaque::Decimal(_) => "decimal",
        },
    };
    name.into()
}
