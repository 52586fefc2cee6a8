//! `"%s is %.2f".format([name, number])`: clauses and what they make of values.

use std::fmt::Write;

use super::strings::text;
use crate::{
    diag::Code,
    run::{
        Fault, convert,
        functions::{Given, no_overload},
    },
    value::Value,
};

/// Digits behind the point, where a clause says none.
const DIGITS: usize = 6;
/// More digits than anybody reads; a short clause must not write a long text.
const MOST_DIGITS: usize = 100;
/// Lists and maps nested deeper than this are not written.
const MAX_DEPTH: usize = 100;

pub(super) fn format(args: &[Value]) -> Given {
    let template = text(args, 0, "format")?;
    let Some(Value::List(values)) = args.get(1) else { return Err(no_overload("format", args)) };
    let mut values = values.iter();
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (digits, after) = precision(rest)?;
        let Some(clause) = after.chars().next() else {
            return Err((Code::BAD_ARGUMENT, "the text ends inside a clause".to_owned()));
        };
        rest = &after[clause.len_utf8()..];
        let value = values.next().ok_or_else(|| {
            (Code::BAD_ARGUMENT, format!("the clause `%{clause}` has no value: the list has only {}", args_len(args)))
        })?;
        write_clause(clause, digits, value, &mut out)?;
    }
    out.push_str(rest);
    Ok(Value::text(out))
}

fn args_len(args: &[Value]) -> usize {
    if let Some(Value::List(values)) = args.get(1) { values.len() } else { 0 }
}

/// The digits of `.3f`, and what follows them.
fn precision(rest: &str) -> Result<(Option<usize>, &str), Fault> {
    let Some(digits) = rest.strip_prefix('.') else { return Ok((None, rest)) };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    match digits[..end].parse() {
        Ok(count) if count <= MOST_DIGITS => Ok((Some(count), &digits[end..])),
        _ => Err((Code::BAD_ARGUMENT, format!("`.{}` is no number of digits", &digits[..end]))),
    }
}

fn write_clause(clause: char, digits: Option<usize>, value: &Value, out: &mut String) -> Result<(), Fault> {
    // Writing to a String cannot fail, so its results carry nothing.
    let _ = match (clause, value) {
        ('s', value) => return write_value(value, out, 0),
        ('d' | 'f' | 'e', Value::Double(number)) if !number.is_finite() => write!(out, "{}", not_finite(*number)),
        ('d', Value::Int(number)) => write!(out, "{number}"),
        ('d', Value::Uint(number)) => write!(out, "{number}"),
        ('f' | 'e', Value::Int(number)) => return write_double(clause, digits, *number as f64, out),
        ('f' | 'e', Value::Uint(number)) => return write_double(clause, digits, *number as f64, out),
        ('f' | 'e', Value::Double(number)) => return write_double(clause, digits, *number, out),
        ('b', Value::Bool(value)) => write!(out, "{}", u8::from(*value)),
        ('b' | 'o' | 'x' | 'X', Value::Int(number)) => {
            out.push_str(if *number < 0 { "-" } else { "" });
            in_base(clause, number.unsigned_abs(), out)
        }
        ('b' | 'o' | 'x' | 'X', Value::Uint(number)) => in_base(clause, *number, out),
        ('x' | 'X', Value::String(text)) => hex(clause, text.as_bytes(), out),
        ('x' | 'X', Value::Bytes(bytes)) => hex(clause, bytes, out),
        ('d' | 'f' | 'e' | 'b' | 'o' | 'x' | 'X', other) => {
            let name = convert::runtime_name(other);
            return Err((Code::BAD_ARGUMENT, format!("`%{clause}` does not take {name}")));
        }
        (other, _) => return Err((Code::BAD_ARGUMENT, format!("there is no clause `%{other}`"))),
    };
    Ok(())
}

fn in_base(clause: char, number: u64, out: &mut String) -> std::fmt::Result {
    match clause {
        'b' => write!(out, "{number:b}"),
        'o' => write!(out, "{number:o}"),
        'x' => write!(out, "{number:x}"),
        _ => write!(out, "{number:X}"),
    }
}

fn hex(clause: char, bytes: &[u8], out: &mut String) -> std::fmt::Result {
    bytes.iter().try_for_each(|byte| if clause == 'x' { write!(out, "{byte:02x}") } else { write!(out, "{byte:02X}") })
}

fn not_finite(number: f64) -> &'static str {
    match number {
        number if number.is_nan() => "NaN",
        number if number > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

fn write_double(clause: char, digits: Option<usize>, number: f64, out: &mut String) -> Result<(), Fault> {
    let digits = digits.unwrap_or(DIGITS);
    if clause == 'f' {
        let _ = write!(out, "{number:.digits$}");
        return Ok(());
    }
    // The exponent has a sign and at least two digits.
    let scientific = format!("{number:.digits$e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
    Ok(())
}

/// A value as text; the entries of a map in the order of their keys' texts.
fn write_value(value: &Value, out: &mut String, depth: usize) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err((Code::BAD_ARGUMENT, format!("lists and maps nest deeper than {MAX_DEPTH}")));
    }
    // Writing to a String cannot fail, so its results carry nothing.
    let _ = match value {
        Value::Null => write!(out, "null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Uint(value) => write!(out, "{value}"),
        Value::Double(value) if !value.is_finite() => write!(out, "{}", not_finite(*value)),
        Value::Double(value) => write!(out, "{value}"),
        Value::String(text) => write!(out, "{text}"),
        Value::Bytes(bytes) => write!(out, "{}", String::from_utf8_lossy(bytes)),
        Value::Timestamp(time) => write!(out, "{}", crate::time::cel_timestamp(*time)),
        Value::Duration(span) => write!(out, "{}", crate::time::cel_duration(*span)),
        Value::Type(name) => write!(out, "{name}"),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write_value(item, out, depth + 1)?;
            }
            write!(out, "]")
        }
        Value::Map(map) => {
            let mut entries = Vec::new();
            for (key, value) in map.entries() {
                let (mut name, mut text) = (String::new(), String::new());
                write_value(key, &mut name, depth + 1)?;
                write_value(value, &mut text, depth + 1)?;
                entries.push((name, text));
            }
            entries.sort();
            let entries: Vec<String> = entries.iter().map(|(name, text)| format!("{name}: {text}")).collect();
            write!(out, "{{{}}}", entries.join(", "))
        }
        other => {
            let name = convert::runtime_name(other);
            return Err((Code::BAD_ARGUMENT, format!("`%s` does not take {name}")));
        }
    };
    Ok(())
}
