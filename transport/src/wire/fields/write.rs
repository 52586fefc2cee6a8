//! A map of a host language → an encoded `Map`, in one pass and without a tree of messages.

use fishplate::{Code, Error, HostFields, HostList, HostValue, codes};
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

use super::{BYTES_MAX, DEPTH_MAX};
use crate::wire::tags;

/// Writes `fields` as the bytes of a `Map`.
///
/// # Errors
/// `INVALID_ARGUMENT`: deeper than [`DEPTH_MAX`] (F0701) or more than [`BYTES_MAX`] bytes (F0703), with the path.
pub fn write(fields: &dyn HostFields) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    map(fields, 1, &mut out).map_err(|fault| Error::field(fault.code, fault.path, fault.message))?;
    Ok(out)
}

/// What is wrong, and where, seen from the container that is being written.
struct Fault {
    code: Code,
    message: String,
    path: String,
}

type Outcome = Result<(), Box<Fault>>;

/// The most letters of a name that a path shows.
const SHOWN: usize = 80;

fn in_step(mut fault: Box<Fault>, step: &str) -> Box<Fault> {
    let dot = if fault.path.is_empty() || fault.path.starts_with('[') { "" } else { "." };
    fault.path = format!("{step}{dot}{}", fault.path);
    fault
}

/// A key as a path shows it. Whether it is a field's name or a map's key is for the schema to say; where it can be a name it is
/// shown as one.
fn step(key: &HostValue<'_>) -> String {
    match key {
        HostValue::String(name) if is_name(name) => name.clone().into_owned(),
        HostValue::String(name) => {
            let shown: String = name.chars().take(SHOWN).flat_map(char::escape_debug).collect();
            format!("[\"{shown}\"]")
        }
        HostValue::Int(key) => format!("[{key}]"),
        HostValue::Uint(key) => format!("[{key}]"),
        HostValue::Bool(key) => format!("[{key}]"),
        _ => "[?]".to_owned(),
    }
}

fn is_name(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (1..=SHOWN).contains(&text.len()) && letters
}

fn check(depth: u32, out: &[u8]) -> Outcome {
    let fault = |code, message| Err(Box::new(Fault { code, message, path: String::new() }));
    if depth > DEPTH_MAX {
        let message = format!("{depth} lists and maps in one another; a session carries {DEPTH_MAX}");
        return fault(codes::LIMIT_MESSAGE_DEPTH, message);
    }
    if out.len() > BYTES_MAX {
        return fault(
            codes::LIMIT_EVENT_BYTES,
            format!("the event is larger than the {BYTES_MAX} bytes that a session carries"),
        );
    }
    Ok(())
}

fn map(fields: &dyn HostFields, depth: u32, out: &mut Vec<u8>) -> Outcome {
    check(depth, out)?;
    for (key, entry) in (0..fields.len()).map_while(|at| fields.entry(at)) {
        nested(tags::MAP_ENTRIES, out, |out| {
            nested(tags::ENTRY_KEY, out, |out| value(&key, depth, out))?;
            nested(tags::ENTRY_VALUE, out, |out| value(&entry, depth, out))
        })
        .map_err(|fault| in_step(fault, &step(&key)))?;
    }
    Ok(())
}

fn list(entries: &dyn HostList, depth: u32, out: &mut Vec<u8>) -> Outcome {
    check(depth, out)?;
    for at in 0..entries.len() {
        nested(tags::LIST_VALUES, out, |out| value(&entries.get(at), depth, out))
            .map_err(|fault| in_step(fault, &format!("[{at}]")))?;
    }
    Ok(())
}

/// The fields of a `Value`. Null is written out: an empty `Value` means the same, but says less.
fn value(from: &HostValue<'_>, depth: u32, out: &mut Vec<u8>) -> Outcome {
    match from {
        HostValue::Null => varint(tags::NULL, 0, out),
        HostValue::Bool(value) => varint(tags::BOOL, u64::from(*value), out),
        HostValue::Int(value) => varint(tags::INT, ((value << 1) ^ (value >> 63)) as u64, out),
        HostValue::Uint(value) => varint(tags::UINT, *value, out),
        HostValue::Double(value) => {
            encode_key(tags::DOUBLE, WireType::SixtyFourBit, out);
            out.extend(value.to_bits().to_le_bytes());
        }
        HostValue::String(text) => bytes(tags::STRING, text.as_bytes(), out),
        HostValue::Bytes(value) => bytes(tags::BYTES, value, out),
        HostValue::Timestamp(at) => time(tags::TIMESTAMP, at.seconds(), at.nanos(), out),
        HostValue::Duration(span) => time(tags::DURATION, span.seconds(), span.nanos(), out),
        HostValue::List(entries) => return nested(tags::LIST, out, |out| list(&**entries, depth + 1, out)),
        HostValue::Fields(fields) => return nested(tags::MAP, out, |out| map(&**fields, depth + 1, out)),
        HostValue::Other(what) => bytes(tags::UNSUPPORTED, shortened(what).as_bytes(), out),
    }
    Ok(())
}

/// A host's words for something; an error shows no more of them.
fn shortened(what: &str) -> &str {
    what.char_indices().nth(2 * SHOWN).map_or(what, |(end, _)| &what[..end])
}

fn varint(tag: u32, value: u64, out: &mut Vec<u8>) {
    encode_key(tag, WireType::Varint, out);
    encode_varint(value, out);
}

fn bytes(tag: u32, value: &[u8], out: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(value.len() as u64, out);
    out.extend(value);
}

/// `Timestamp` and `Duration` have the same two fields; negative numbers take ten bytes, as protobuf has it.
fn time(tag: u32, seconds: i64, nanos: i32, out: &mut Vec<u8>) {
    let part = |number: i64| if number == 0 { 0 } else { 1 + encoded_len_varint(number as u64) };
    let length = part(seconds) + part(nanos.into());
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(length as u64, out);
    for (tag, number) in [(tags::SECONDS, seconds), (tags::NANOS, nanos.into())] {
        if number != 0 {
            varint(tag, number as u64, out);
        }
    }
}

/// A message in a message. Its length is known when it is written; most are short, so one byte is kept for it, and what came
/// after moves along where it takes more.
fn nested(tag: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Outcome) -> Outcome {
    encode_key(tag, WireType::LengthDelimited, out);
    let start = out.len();
    out.push(0);
    write(out)?;
    let length = (out.len() - start - 1) as u64;
    let more = encoded_len_varint(length) - 1;
    if more > 0 {
        let end = out.len();
        out.resize(end + more, 0);
        out.copy_within(start + 1..end, start + 1 + more);
    }
    encode_varint(length, &mut &mut out[start..start + 1 + more]);
    Ok(())
}
