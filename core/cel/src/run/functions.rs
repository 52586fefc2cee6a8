//! Strict functions: values in, a value or a fault out. What a fault's place is, the machine knows.

use std::{cmp::Ordering, sync::Arc};

use super::{convert, equality, machine::Fault, order, time_zone};
use crate::{
    check::overloads::Function,
    diag::Code,
    library::decimals,
    time::{
        Duration, Timestamp,
        calendar::{self, Date},
    },
    value::{Map, Value},
};

pub(crate) type Given = Result<Value, Fault>;

/// Calls `function` with one argument. Values that no overload takes are a fault: a checked program meets them only
/// through `dyn` and null.
pub(crate) fn call1(function: Function, a: &Value) -> Given {
    match (function, a) {
        (Function::Not, Value::Bool(a)) => Ok(Value::Bool(!a)),
        (Function::Negate, Value::Int(a)) => a.checked_neg().map(Value::Int).ok_or_else(|| overflow("-", a, None)),
        (Function::Negate, Value::Double(a)) => Ok(Value::Double(-a)),
        (Function::Negate, Value::Opaque(_)) if decimals::is(a) => decimals::of(a)
            .map(|a| decimals::value(a.negated()))
            .ok_or_else(|| no_overload("-", std::slice::from_ref(a))),
        (Function::Size, _) => size(a),
        (Function::ToDyn, _) => Ok(a.clone()),
        (Function::ToBool, _) => convert::to_bool(a),
        (Function::ToInt, _) => convert::to_int(a),
        (Function::ToUint, _) => convert::to_uint(a),
        (Function::ToDouble, _) => convert::to_double(a),
        (Function::ToString, _) => convert::to_string(a),
        (Function::ToBytes, _) => convert::to_bytes(a),
        (Function::ToTimestamp, _) => convert::to_timestamp(a),
        (Function::ToDuration, _) => convert::to_duration(a),
        (_, Value::Timestamp(a)) => of_timestamp(function, *a, 0),
        (_, Value::Duration(a)) => of_duration(function, *a),
        _ => Err(no_overload(name(function), std::slice::from_ref(a))),
    }
}

/// Calls `function` with two arguments.
pub(crate) fn call2(function: Function, a: &Value, b: &Value) -> Given {
    match (function, a, b) {
        (Function::Equal, ..) => Ok(Value::Bool(equality::equal(a, b))),
        (Function::NotEqual, ..) => Ok(Value::Bool(!equality::equal(a, b))),
        (Function::Less, ..) => ordered(function, a, b, Ordering::is_lt),
        (Function::LessOrEqual, ..) => ordered(function, a, b, Ordering::is_le),
        (Function::Greater, ..) => ordered(function, a, b, Ordering::is_gt),
        (Function::GreaterOrEqual, ..) => ordered(function, a, b, Ordering::is_ge),
        (Function::In, _, Value::List(items)) => Ok(Value::Bool(items.iter().any(|item| equality::equal(a, item)))),
        (Function::In, _, Value::Map(map)) => Ok(Value::Bool(map.get(a).is_some())),
        (Function::Index, Value::Optional(_), _) | (Function::OptIndex, ..) => optional_index(a, b),
        (Function::Index, ..) => index(a, b),
        (Function::Matches, Value::String(text), Value::String(pattern)) => {
            Ok(Value::Bool(super::regex(pattern)?.is_match(text)))
        }
        (Function::Contains, Value::String(a), Value::String(b)) => Ok(Value::Bool(a.contains(&**b))),
        (Function::StartsWith, Value::String(a), Value::String(b)) => Ok(Value::Bool(a.starts_with(&**b))),
        (Function::EndsWith, Value::String(a), Value::String(b)) => Ok(Value::Bool(a.ends_with(&**b))),
        (Function::Add, Value::Timestamp(_) | Value::Duration(_), _) => add_times(a, b),
        (Function::Subtract, Value::Timestamp(_) | Value::Duration(_), _) => subtract_times(a, b),
        (Function::Add, Value::String(a), Value::String(b)) => Ok(Value::String(format!("{a}{b}").into())),
        (Function::Add, Value::Bytes(a), Value::Bytes(b)) => Ok(Value::Bytes([&**a, &**b].concat().into())),
        (Function::Add, Value::List(a), Value::List(b)) => Ok(Value::List([&**a, &**b].concat().into())),
        (_, Value::Int(a), Value::Int(b)) => ints(function, *a, *b),
        (_, Value::Uint(a), Value::Uint(b)) => uints(function, *a, *b),
        (_, Value::Double(a), Value::Double(b)) => doubles(function, *a, *b),
        (_, Value::Timestamp(time), Value::String(zone)) => match time_zone::offset(zone, *time) {
            Some(offset) => of_timestamp(function, *time, offset),
            None => Err((Code::BAD_CONVERSION, format!("no time zone {zone:?}"))),
        },
        _ => match decimals::pair(a, b) {
            Some((a, b)) => decimals::arithmetic(function, a, b),
            None => Err(no_overload(name(function), &[a.clone(), b.clone()])),
        },
    }
}

fn ordered(function: Function, a: &Value, b: &Value, holds: fn(Ordering) -> bool) -> Given {
    match order::compare(a, b) {
        Ok(order) => Ok(Value::Bool(order.is_some_and(holds))),
        Err(()) => Err(no_overload(name(function), &[a.clone(), b.clone()])),
    }
}

fn ints(function: Function, a: i64, b: i64) -> Given {
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Divide if b == 0 => return Err((Code::DIVISION_BY_ZERO, format!("{a} / 0"))),
        Function::Divide => a.checked_div(b),
        Function::Modulo if b == 0 => return Err((Code::MODULUS_BY_ZERO, format!("{a} % 0"))),
        Function::Modulo => a.checked_rem(b),
        _ => return Err(no_overload(name(function), &[Value::Int(a), Value::Int(b)])),
    };
    result.map(Value::Int).ok_or_else(|| overflow(name(function), a, Some(&b)))
}

fn uints(function: Function, a: u64, b: u64) -> Given {
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Divide if b == 0 => return Err((Code::DIVISION_BY_ZERO, format!("{a}u / 0u"))),
        Function::Divide => a.checked_div(b),
        Function::Modulo if b == 0 => return Err((Code::MODULUS_BY_ZERO, format!("{a}u % 0u"))),
        Function::Modulo => a.checked_rem(b),
        _ => return Err(no_overload(name(function), &[Value::Uint(a), Value::Uint(b)])),
    };
    result.map(Value::Uint).ok_or_else(|| overflow(name(function), format!("{a}u"), Some(&format!("{b}u"))))
}

/// IEEE 754: a division by zero is an infinity or a NaN, never an error.
fn doubles(function: Function, a: f64, b: f64) -> Given {
    Ok(Value::Double(match function {
        Function::Add => a + b,
        Function::Subtract => a - b,
        Function::Multiply => a * b,
        Function::Divide => a / b,
        _ => return Err(no_overload(name(function), &[Value::Double(a), Value::Double(b)])),
    }))
}

fn overflow(symbol: &str, a: impl std::fmt::Display, b: Option<&dyn std::fmt::Display>) -> Fault {
    let text = b.map_or_else(|| format!("{symbol}({a})"), |b| format!("{a} {symbol} {b}"));
    (Code::INTEGER_OVERFLOW, format!("{text} is outside 64 bits"))
}

fn add_times(a: &Value, b: &Value) -> Given {
    match (a, b) {
        (Value::Timestamp(time), Value::Duration(by)) | (Value::Duration(by), Value::Timestamp(time)) => {
            timestamp(time.as_nanos() + by.as_nanos())
        }
        (Value::Duration(a), Value::Duration(b)) => duration(a.as_nanos() + b.as_nanos()),
        _ => Err(no_overload("+", &[a.clone(), b.clone()])),
    }
}

fn subtract_times(a: &Value, b: &Value) -> Given {
    match (a, b) {
        (Value::Timestamp(time), Value::Duration(by)) => timestamp(time.as_nanos() - by.as_nanos()),
        (Value::Duration(a), Value::Duration(b)) => duration(a.as_nanos() - b.as_nanos()),
        // The conformance suite has the whole span of instants as a range error: the difference of two instants
        // is an int64 of nanoseconds.
        (Value::Timestamp(a), Value::Timestamp(b)) => match i64::try_from(a.as_nanos() - b.as_nanos()) {
            Ok(nanos) => duration(i128::from(nanos)),
            Err(_) => Err((Code::TIME_OUT_OF_RANGE, format!("{a} - {b} is outside the range of durations"))),
        },
        _ => Err(no_overload("-", &[a.clone(), b.clone()])),
    }
}

fn timestamp(nanos: i128) -> Given {
    let outside = || (Code::TIME_OUT_OF_RANGE, "the timestamp is outside the years 1 to 9999".to_owned());
    Timestamp::from_nanos(nanos).map(Value::Timestamp).ok_or_else(outside)
}

fn duration(nanos: i128) -> Given {
    let outside = || (Code::TIME_OUT_OF_RANGE, "the duration is outside ±315576000000s".to_owned());
    Duration::from_nanos(nanos).map(Value::Duration).ok_or_else(outside)
}

/// A field of the civil time at `offset` seconds east of UTC.
fn of_timestamp(function: Function, time: Timestamp, offset: i64) -> Given {
    let seconds = time.seconds() + offset;
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let Date { year, month, day } = calendar::date(days);
    Ok(Value::Int(match function {
        Function::GetFullYear => year,
        Function::GetMonth => month - 1,
        Function::GetDate => day,
        Function::GetDayOfMonth => day - 1,
        Function::GetDayOfYear => days - calendar::days(Date { year, month: 1, day: 1 }),
        // 1970-01-01 was a Thursday; Sunday is 0.
        Function::GetDayOfWeek => (days + 4).rem_euclid(7),
        Function::GetHours => of_day / 3_600,
        Function::GetMinutes => of_day / 60 % 60,
        Function::GetSeconds => of_day % 60,
        Function::GetMilliseconds => i64::from(time.nanos() / 1_000_000),
        _ => return Err(no_overload(name(function), &[Value::Timestamp(time)])),
    }))
}

/// The whole duration in a unit, but for milliseconds, which the conformance suite has as its fraction's.
fn of_duration(function: Function, span: Duration) -> Given {
    Ok(Value::Int(match function {
        Function::GetHours => span.seconds() / 3_600,
        Function::GetMinutes => span.seconds() / 60,
        Function::GetSeconds => span.seconds(),
        Function::GetMilliseconds => i64::from(span.nanos() / 1_000_000),
        _ => return Err(no_overload(name(function), &[Value::Duration(span)])),
    }))
}

/// In code points, octets or entries.
fn size(value: &Value) -> Given {
    let size = match value {
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.entries().len(),
        other => return Err(no_overload("size", std::slice::from_ref(other))),
    };
    Ok(Value::Int(size as i64))
}

/// The entry of a list or map.
pub(crate) fn index(of: &Value, at: &Value) -> Given {
    match (of, at) {
        (Value::Map(map), _) => map.get(at).or(map.fallback()).cloned().ok_or_else(|| no_key(at)),
        (Value::List(items), Value::Int(_) | Value::Uint(_) | Value::Double(_)) => {
            let found = items.get(position(at).unwrap_or(usize::MAX));
            let outside = || (Code::INDEX_OUT_OF_RANGE, format!("no entry {} in a list of {}", shown(at), items.len()));
            found.cloned().ok_or_else(outside)
        }
        _ => Err(no_overload("[]", &[of.clone(), at.clone()])),
    }
}

fn no_key(at: &Value) -> Fault {
    (Code::NO_SUCH_KEY, format!("no key {}", shown(at)))
}

/// Any number that is a whole one may be an index when it comes as `dyn`.
fn position(at: &Value) -> Option<usize> {
    match crate::value::Key::of(at)? {
        crate::value::Key::Int(at) => usize::try_from(at).ok(),
        _ => None,
    }
}

/// The entry of a list or map as an optional; of an optional, of what it holds.
fn optional_index(of: &Value, at: &Value) -> Given {
    let of = match of {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(of)) => of,
        of => of,
    };
    if let Value::Map(map) = of {
        // Whether the key is there is what is asked: a map's default is no answer.
        return Ok(map.get(at).map_or(Value::Optional(None), |value| Value::some(value.clone())));
    }
    match index(of, at) {
        Ok(value) => Ok(Value::some(value)),
        Err((Code::INDEX_OUT_OF_RANGE, _)) => Ok(Value::Optional(None)),
        Err(fault) => Err(fault),
    }
}

/// A map of keys and values in turn.
pub(crate) fn map(items: Vec<Value>) -> Given {
    let mut map = Map::default();
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        add_entry(&mut map, key, value)?;
    }
    Ok(Value::Map(Arc::new(map)))
}

/// Adds an entry to a map that must not have its key.
pub(crate) fn add_entry(map: &mut Map, key: Value, value: Value) -> Result<(), Fault> {
    if !matches!(key, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::String(_)) {
        return Err(no_overload("a map's key", &[key]));
    }
    if map.get(&key).is_some() {
        return Err((Code::REPEATED_KEY, format!("the key {} stands twice", shown(&key))));
    }
    map.push(key, value);
    Ok(())
}

/// The fault of values that no overload takes.
pub(crate) fn no_overload(of: &str, args: &[Value]) -> Fault {
    let types: Vec<String> = args.iter().map(convert::type_name).collect();
    (Code::NO_SUCH_OVERLOAD, format!("no overload of {of} for {}", types.join(" and ")))
}

/// A value in a message: short, since messages go into logs.
pub(crate) fn shown(value: &Value) -> String {
    const LONGEST: usize = 40;
    match value {
        Value::String(text) => format!("{:?}", text.chars().take(LONGEST).collect::<String>()),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => format!("{value}u"),
        Value::Double(value) => convert::double_text(*value),
        other => format!("of type {}", convert::type_name(other)),
    }
}

/// As a message calls it.
pub(crate) fn name(function: Function) -> &'static str {
    crate::check::overloads::name_of(function)
}
