//! Numbers: extremes, rounding, signs, bits.

use std::cmp::Ordering;

use super::{Cost, Entry, entry};
use crate::{
    check::overloads::Style,
    diag::Code,
    run::{
        Fault,
        functions::{Given, no_overload},
        order,
    },
    value::Value,
};

/// Several arguments arrive as one list: the parser writes them so.
const EXTREME: &[&str] = &[
    "int -> int",
    "uint -> uint",
    "double -> double",
    "list(int) -> int",
    "list(uint) -> uint",
    "list(double) -> double",
];
const ROUND: &[&str] = &["double -> double"];
const TEST: &[&str] = &["double -> bool"];
const BITS: &[&str] = &["int, int -> int", "uint, uint -> uint"];
const SHIFT: &[&str] = &["int, int -> int", "uint, int -> uint"];
const SAME: &[&str] = &["int -> int", "uint -> uint", "double -> double"];

pub(super) const TABLE: &[Entry] = &[
    entry("math.greatest", Style::Global, EXTREME, Cost::Entries, |args| extreme(args, Ordering::Greater)),
    entry("math.least", Style::Global, EXTREME, Cost::Entries, |args| extreme(args, Ordering::Less)),
    entry("math.ceil", Style::Global, ROUND, Cost::One, |args| rounded(args, "math.ceil", f64::ceil)),
    entry("math.floor", Style::Global, ROUND, Cost::One, |args| rounded(args, "math.floor", f64::floor)),
    entry("math.round", Style::Global, ROUND, Cost::One, |args| rounded(args, "math.round", f64::round)),
    entry("math.trunc", Style::Global, ROUND, Cost::One, |args| rounded(args, "math.trunc", f64::trunc)),
    entry("math.sqrt", Style::Global, &["double -> double", "int -> double", "uint -> double"], Cost::One, |args| {
        match args {
            [Value::Int(number)] => Ok(Value::Double((*number as f64).sqrt())),
            [Value::Uint(number)] => Ok(Value::Double((*number as f64).sqrt())),
            _ => rounded(args, "math.sqrt", f64::sqrt),
        }
    }),
    entry("math.abs", Style::Global, SAME, Cost::One, |args| match args {
        [Value::Int(number)] => number.checked_abs().map(Value::Int).ok_or_else(overflow),
        [Value::Uint(_)] => Ok(args[0].clone()),
        [Value::Double(number)] => Ok(Value::Double(number.abs())),
        _ => Err(no_overload("math.abs", args)),
    }),
    entry("math.sign", Style::Global, SAME, Cost::One, |args| match args {
        [Value::Int(number)] => Ok(Value::Int(number.signum())),
        [Value::Uint(number)] => Ok(Value::Uint((*number).min(1))),
        [Value::Double(number)] if number.is_nan() => Ok(args[0].clone()),
        [Value::Double(0.0)] => Ok(Value::Double(0.0)),
        [Value::Double(number)] => Ok(Value::Double(number.signum())),
        _ => Err(no_overload("math.sign", args)),
    }),
    entry("math.isNaN", Style::Global, TEST, Cost::One, |args| tested(args, "math.isNaN", f64::is_nan)),
    entry("math.isInf", Style::Global, TEST, Cost::One, |args| tested(args, "math.isInf", f64::is_infinite)),
    entry("math.isFinite", Style::Global, TEST, Cost::One, |args| tested(args, "math.isFinite", f64::is_finite)),
    entry("math.bitAnd", Style::Global, BITS, Cost::One, |args| bits(args, "math.bitAnd", |a, b| a & b)),
    entry("math.bitOr", Style::Global, BITS, Cost::One, |args| bits(args, "math.bitOr", |a, b| a | b)),
    entry("math.bitXor", Style::Global, BITS, Cost::One, |args| bits(args, "math.bitXor", |a, b| a ^ b)),
    entry("math.bitNot", Style::Global, &["int -> int", "uint -> uint"], Cost::One, |args| match args {
        [Value::Int(number)] => Ok(Value::Int(!number)),
        [Value::Uint(number)] => Ok(Value::Uint(!number)),
        _ => Err(no_overload("math.bitNot", args)),
    }),
    entry("math.bitShiftLeft", Style::Global, SHIFT, Cost::One, |args| {
        shifted(args, "math.bitShiftLeft", |bits, by| bits.checked_shl(by))
    }),
    entry("math.bitShiftRight", Style::Global, SHIFT, Cost::One, |args| {
        shifted(args, "math.bitShiftRight", |bits, by| bits.checked_shr(by))
    }),
];

fn overflow() -> Fault {
    (Code::INTEGER_OVERFLOW, "the magnitude of the least int is outside 64 bits".to_owned())
}

/// The first of the numbers than which none is greater, or less.
fn extreme(args: &[Value], wanted: Ordering) -> Given {
    let of = if wanted == Ordering::Greater { "math.greatest" } else { "math.least" };
    let numbers = match args {
        [Value::List(items)] => items,
        numbers => numbers,
    };
    let Some((first, rest)) = numbers.split_first() else {
        return Err((Code::BAD_ARGUMENT, format!("`{of}` of no numbers")));
    };
    let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_));
    if !numbers.iter().all(is_number) {
        return Err(no_overload(of, numbers));
    }
    let mut best = first;
    for number in rest {
        if order::numbers(number, best) == Some(wanted) {
            best = number;
        }
    }
    Ok(best.clone())
}

fn rounded(args: &[Value], of: &str, round: fn(f64) -> f64) -> Given {
    match args {
        [Value::Double(number)] => Ok(Value::Double(round(*number))),
        _ => Err(no_overload(of, args)),
    }
}

fn tested(args: &[Value], of: &str, test: fn(f64) -> bool) -> Given {
    match args {
        [Value::Double(number)] => Ok(Value::Bool(test(*number))),
        _ => Err(no_overload(of, args)),
    }
}

fn bits(args: &[Value], of: &str, combine: fn(u64, u64) -> u64) -> Given {
    match args {
        [Value::Int(a), Value::Int(b)] => Ok(Value::Int(combine(*a as u64, *b as u64) as i64)),
        [Value::Uint(a), Value::Uint(b)] => Ok(Value::Uint(combine(*a, *b))),
        _ => Err(no_overload(of, args)),
    }
}

/// Bits that are shifted out are gone, zeros come in, whatever the sign.
fn shifted(args: &[Value], of: &str, shift: fn(u64, u32) -> Option<u64>) -> Given {
    let [number, Value::Int(by)] = args else { return Err(no_overload(of, args)) };
    let Ok(by) = u64::try_from(*by) else {
        return Err((Code::BAD_ARGUMENT, format!("`{of}` by {by}, which is less than zero")));
    };
    let shift = |bits: u64| shift(bits, u32::try_from(by).unwrap_or(u32::MAX)).unwrap_or(0);
    match number {
        Value::Int(number) => Ok(Value::Int(shift(*number as u64) as i64)),
        Value::Uint(number) => Ok(Value::Uint(shift(*number))),
        _ => Err(no_overload(of, args)),
    }
}
