//! Values of the core in the layout, both ways.

use fishplate::{Duration, Map, Timestamp, Value};

use super::reader::{Malformed, Raw, Reader};
use super::sink::{Sink, length};

/// Writes `value`: a tag, then its payload.
pub fn write_value(value: &Value, out: &mut Sink<'_>) {
    match value {
        Value::Null => out.u8(0),
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => out.u8(0),
        Value::Bool(value) => out.raw(&[1, u8::from(*value)]),
        Value::Int(value) => {
            out.u8(2);
            out.i64(*value);
        }
        Value::Uint(value) => {
            out.u8(3);
            out.u64(*value);
        }
        Value::Double(value) => {
            out.u8(4);
            out.u64(value.to_bits());
        }
        Value::String(value) => {
            out.u8(5);
            out.text(value);
        }
        Value::Bytes(value) => {
            out.u8(6);
            out.bytes(value);
        }
        Value::Timestamp(value) => write_time(7, value.seconds(), value.nanos(), out),
        Value::Duration(value) => write_time(8, value.seconds(), value.nanos(), out),
        Value::List(values) => {
            out.u8(9);
            out.u32(length(values.len()));
            values.iter().for_each(|value| write_value(value, out));
        }
        Value::Map(map) => {
            out.u8(10);
            out.u32(length(map.entries().len()));
            for (key, value) in map.entries() {
                write_value(key, out);
                write_value(value, out);
            }
        }
    }
}

fn write_time(tag: u8, seconds: i64, nanos: i32, out: &mut Sink<'_>) {
    out.u8(tag);
    out.i64(seconds);
    out.i32(nanos);
}

/// Reads a value that may nest `depth` deep.
///
/// # Errors
/// The bytes are no value: cut off, nested too deep, text that is not UTF-8, a time outside its range.
pub fn read_value(reader: &mut Reader<'_>, depth: u32) -> Result<Value, Malformed> {
    let wrong = Malformed { at: reader.position() };
    let inner = depth.checked_sub(1);
    Ok(match reader.value()? {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Int(value) => Value::Int(value),
        Raw::Uint(value) => Value::Uint(value),
        Raw::Double(value) => Value::Double(value),
        Raw::String(value) => Value::String(std::str::from_utf8(value).map_err(|_| wrong)?.into()),
        Raw::Bytes(value) => Value::Bytes(value.into()),
        Raw::Timestamp(seconds, nanos) => Value::Timestamp(Timestamp::new(seconds, nanos).ok_or(wrong)?),
        Raw::Duration(seconds, nanos) => Value::Duration(Duration::new(seconds, nanos).ok_or(wrong)?),
        Raw::Other(_) => return Err(wrong),
        Raw::List(count) => {
            let depth = inner.ok_or(wrong)?;
            let values: Result<Vec<Value>, Malformed> = (0..count).map(|_| read_value(reader, depth)).collect();
            Value::List(values?.into())
        }
        Raw::Map(count) => {
            let depth = inner.ok_or(wrong)?;
            let mut entry = || Ok((read_value(reader, depth)?, read_value(reader, depth)?));
            let entries: Result<Vec<(Value, Value)>, Malformed> = (0..count).map(|_| entry()).collect();
            Value::Map(Map::from_entries(entries?).into())
        }
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::layout::DEPTH_MAX;

    /// One value of every kind, and lists and maps of them.
    pub(crate) fn samples() -> Vec<Value> {
        let list = Value::List([Value::Int(1), Value::Null, Value::from("zwei")].into());
        let map = Map::from_entries([(Value::from("k"), list.clone()), (Value::Bool(true), Value::Uint(u64::MAX))]);
        vec![
            Value::Null,
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Uint(u64::MAX),
            Value::Double(-0.0),
            Value::from("Grüße, 世界"),
            Value::Bytes([0u8, 255].as_slice().into()),
            Value::Timestamp(Timestamp::new(-1, 999_999_999).expect("in range")),
            Value::Duration(Duration::new(-3, -500).expect("in range")),
            list,
            Value::Map(map.into()),
        ]
    }

    #[test]
    fn every_kind_of_value_comes_back() {
        for value in samples() {
            let mut memory = [0; 256];
            let mut sink = Sink::over(&mut memory);
            write_value(&value, &mut sink);
            let size = sink.size();
            let mut reader = Reader::at(&memory[..size], 0);
            assert_eq!(read_value(&mut reader, DEPTH_MAX), Ok(value));
            assert!(reader.is_at_end());
        }
    }

    #[test]
    fn a_value_that_is_cut_anywhere_is_refused() {
        for value in samples() {
            let mut memory = [0; 256];
            let mut sink = Sink::over(&mut memory);
            write_value(&value, &mut sink);
            for end in 0..sink.size() {
                assert!(read_value(&mut Reader::at(&memory[..end], 0), DEPTH_MAX).is_err(), "{value:?} cut at {end}");
            }
        }
    }
}
