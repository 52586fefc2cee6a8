//! The canonical form of a decision, byte by byte as `docs/canonical.md` gives it: for hashing and comparing.

use fishplate_cel::Value;

use crate::decision::{Decision, DecisionError, Subject};
use crate::error::Error;

/// Appends the canonical form of `decision`.
pub fn write_decision(decision: &Decision, out: &mut Vec<u8>) {
    out.extend(b"FPD1");
    out.extend(decision.version());
    out.extend(decision.id());
    out.push(u8::from(decision.late()) | u8::from(decision.repeated()) << 1);
    match decision.trace() {
        None => out.push(0),
        Some(trace) => {
            out.push(1);
            out.extend(trace.trace_id);
            out.extend(trace.span_id);
            out.push(trace.flags);
        }
    }
    write_named(decision.outputs(), out);
    write_names(decision.matched(), out);
    write_named(decision.features(), out);
    write_errors(decision.errors(), out);
    write_names(decision.shadow_matched(), out);
    write_errors(decision.shadow_errors(), out);
}

/// Appends the canonical form of a refused event.
pub fn write_refusal(error: &Error, out: &mut Vec<u8>) {
    out.extend(b"FPR1");
    out.extend((error.status as u32).to_le_bytes());
    out.extend(u32::from(error.code().0).to_le_bytes());
}

/// Appends one value: a tag, then the payload.
pub fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0),
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => out.push(0),
        Value::Bool(value) => out.extend([1, u8::from(*value)]),
        Value::Int(value) => tagged(2, &value.to_le_bytes(), out),
        Value::Uint(value) => tagged(3, &value.to_le_bytes(), out),
        Value::Double(value) => tagged(4, &double_bits(*value).to_le_bytes(), out),
        Value::String(value) => {
            out.push(5);
            write_bytes(value.as_bytes(), out);
        }
        Value::Bytes(value) => {
            out.push(6);
            write_bytes(value, out);
        }
        Value::Timestamp(value) => write_time(7, value.seconds(), value.nanos(), out),
        Value::Duration(value) => write_time(8, value.seconds(), value.nanos(), out),
        Value::List(values) => {
            tagged(9, &(values.len() as u32).to_le_bytes(), out);
            values.iter().for_each(|value| write_value(value, out));
        }
        Value::Map(map) => {
            let mut entries: Vec<(String, &(Value, Value))> =
                map.entries().iter().map(|entry| (key_text(&entry.0), entry)).collect();
            entries.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            tagged(10, &(entries.len() as u32).to_le_bytes(), out);
            for (_, (key, value)) in entries {
                write_value(key, out);
                write_value(value, out);
            }
        }
    }
}

/// One NaN, no negative zero.
fn double_bits(value: f64) -> u64 {
    if value.is_nan() {
        0x7ff8_0000_0000_0000
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

/// The text by which a map is sorted: strings as they are, numbers in decimal, `false` and `true`.
fn key_text(key: &Value) -> String {
    match key {
        Value::String(key) => key.to_string(),
        Value::Int(key) => key.to_string(),
        Value::Uint(key) => key.to_string(),
        Value::Bool(key) => key.to_string(),
        _ => unreachable!("CEL map keys are bool, int, uint or string"),
    }
}

fn tagged(tag: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend(payload);
}

fn write_time(tag: u8, seconds: i64, nanos: i32, out: &mut Vec<u8>) {
    tagged(tag, &seconds.to_le_bytes(), out);
    out.extend(nanos.to_le_bytes());
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

fn write_named<'a>(pairs: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut Vec<u8>) {
    counted(out, |out| {
        pairs.fold(0, |count, (name, value)| {
            write_bytes(name.as_bytes(), out);
            write_value(value, out);
            count + 1
        })
    });
}

fn write_names<'a>(names: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    counted(out, |out| {
        names.fold(0, |count, name| {
            write_bytes(name.as_bytes(), out);
            count + 1
        })
    });
}

fn write_errors(errors: &[DecisionError], out: &mut Vec<u8>) {
    out.extend((errors.len() as u32).to_le_bytes());
    for error in errors {
        let (kind, name) = match &error.subject {
            Subject::Rule(id) => (1, id),
            Subject::Output(name) => (2, name),
        };
        out.push(kind);
        write_bytes(name.as_bytes(), out);
        out.extend(u32::from(error.code.0).to_le_bytes());
        out.extend(error.line.to_le_bytes());
        out.extend(error.column.to_le_bytes());
    }
}

/// Writes a u32 count before what `write` appends; `write` returns the count.
fn counted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> u32) {
    let at = out.len();
    out.extend([0; 4]);
    let count = write(out);
    out[at..at + 4].copy_from_slice(&count.to_le_bytes());
}
