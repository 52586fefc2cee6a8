//! Bytes of the engine's own state: what snapshots and journals hold. Little-endian, lengths before contents, doubles
//! by their bits: what is read back is what was written, to the last bit (the canonical form is not: it knows one NaN and
//! no negative zero). Knows values; knows no windows, engines or files.

use fishplate_cel::{Duration, Map, Timestamp, Value};

/// The bytes are not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged;

/// Reads from the front of a slice; never past its end, and never more memory than the slice could fill.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'b> {
    rest: &'b [u8],
}

impl<'b> Cursor<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'b [u8], Damaged> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(Damaged)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Damaged)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Damaged> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Damaged> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged),
        }
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Damaged> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Damaged> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Damaged> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Damaged> {
        self.array().map(i64::from_le_bytes)
    }

    pub(crate) fn i128(&mut self) -> Result<i128, Damaged> {
        self.array().map(i128::from_le_bytes)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.array()
    }

    /// A count of things that take at least `each` bytes: one that the rest cannot hold is damage, not a reservation.
    pub(crate) fn count(&mut self, each: usize) -> Result<usize, Damaged> {
        let count = self.u32()? as usize;
        if count.saturating_mul(each) > self.rest.len() { Err(Damaged) } else { Ok(count) }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], Damaged> {
        let length = self.count(1)?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, Damaged> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damaged)
    }

    /// `None` behind a 0, what `read` gives behind a 1.
    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Damaged>,
    ) -> Result<Option<T>, Damaged> {
        if self.bool()? { read(self).map(Some) } else { Ok(None) }
    }

    /// A count, then so many things of at least `each` bytes.
    pub(crate) fn list<T>(
        &mut self,
        each: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, Damaged>,
    ) -> Result<Vec<T>, Damaged> {
        (0..self.count(each)?).map(|_| read(self)).collect()
    }

    pub(crate) fn value(&mut self) -> Result<Value, Damaged> {
        self.nested(MAX_NESTING)
    }

    fn nested(&mut self, depth: usize) -> Result<Value, Damaged> {
        let inner = depth.checked_sub(1).ok_or(Damaged)?;
        Ok(match self.u8()? {
            0 => Value::Null,
            1 => Value::Bool(self.bool()?),
            2 => Value::Int(self.i64()?),
            3 => Value::Uint(self.u64()?),
            4 => Value::Double(f64::from_bits(self.u64()?)),
            5 => Value::String(self.text()?.into()),
            6 => Value::Bytes(self.bytes()?.into()),
            7 => Value::Timestamp(Timestamp::new(self.i64()?, self.u32()? as i32).ok_or(Damaged)?),
            8 => Value::Duration(Duration::new(self.i64()?, self.u32()? as i32).ok_or(Damaged)?),
            9 => Value::List(self.list(1, |cursor| cursor.nested(inner))?.into()),
            10 => {
                let entries = self.list(2, |cursor| Ok((cursor.nested(inner)?, cursor.nested(inner)?)))?;
                let keys =
                    |key: &Value| matches!(key, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::String(_));
                if !entries.iter().all(|(key, _)| keys(key)) {
                    return Err(Damaged);
                }
                Value::Map(std::sync::Arc::new(Map::from_entries(entries)))
            }
            _ => return Err(Damaged),
        })
    }
}

/// Deeper than any value that comes in (`Limits::message_depth` acts as 100 at the most).
const MAX_NESTING: usize = 128;

pub(crate) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_count(bytes.len(), out);
    out.extend(bytes);
}

/// Counts are of things in memory whose bytes are limited far below 4 GiB.
pub(crate) fn put_count(count: usize, out: &mut Vec<u8>) {
    debug_assert!(u32::try_from(count).is_ok());
    out.extend((count as u32).to_le_bytes());
}

pub(crate) fn put_option<T>(value: Option<T>, out: &mut Vec<u8>, put: impl FnOnce(T, &mut Vec<u8>)) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(value, out);
    }
}

/// Writes a length before what `put` appends: whoever reads may pass over it.
pub(crate) fn put_sized(out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0; 4]);
    put(out);
    let length = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

pub(crate) fn put_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0),
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => out.push(0),
        Value::Bool(value) => out.extend([1, u8::from(*value)]),
        Value::Int(value) => put_tagged(2, &value.to_le_bytes(), out),
        Value::Uint(value) => put_tagged(3, &value.to_le_bytes(), out),
        Value::Double(value) => put_tagged(4, &value.to_bits().to_le_bytes(), out),
        Value::String(value) => {
            out.push(5);
            put_bytes(value.as_bytes(), out);
        }
        Value::Bytes(value) => {
            out.push(6);
            put_bytes(value, out);
        }
        Value::Timestamp(value) => put_time(7, value.seconds(), value.nanos(), out),
        Value::Duration(value) => put_time(8, value.seconds(), value.nanos(), out),
        Value::List(values) => {
            out.push(9);
            put_count(values.len(), out);
            values.iter().for_each(|value| put_value(value, out));
        }
        Value::Map(map) => {
            out.push(10);
            put_count(map.entries().len(), out);
            for (key, value) in map.entries() {
                put_value(key, out);
                put_value(value, out);
            }
        }
    }
}

fn put_tagged(tag: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend(payload);
}

fn put_time(tag: u8, seconds: i64, nanos: i32, out: &mut Vec<u8>) {
    put_tagged(tag, &seconds.to_le_bytes(), out);
    out.extend(nanos.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let time = (-62_135_596_800..253_402_300_799_i64, 0..1_000_000_000_i32);
        let plain = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<u64>().prop_map(Value::Uint),
            any::<u64>().prop_map(|bits| Value::Double(f64::from_bits(bits))),
            ".{0,8}".prop_map(|text| Value::String(text.into())),
            prop::collection::vec(any::<u8>(), 0..8).prop_map(|bytes| Value::Bytes(bytes.into())),
            time.prop_map(|(seconds, nanos)| Value::Timestamp(Timestamp::new(seconds, nanos).expect("in range"))),
            any::<i32>().prop_map(|nanos| Value::Duration(Duration::from_nanos(i128::from(nanos)).expect("in range"))),
        ];
        plain.prop_recursive(3, 16, 4, |inner| {
            let entry = ("[a-c]{1,2}".prop_map(|key| Value::String(key.into())), inner.clone());
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(|values| Value::List(values.into())),
                prop::collection::vec(entry, 0..4).prop_map(|entries| Value::Map(Arc::new(Map::from_entries(entries)))),
            ]
        })
    }

    fn written(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_value(value, &mut bytes);
        bytes
    }

    proptest! {
        #[test]
        fn a_value_comes_back_to_the_last_bit(value in values()) {
            let bytes = written(&value);
            let mut cursor = Cursor::new(&bytes);
            // NaN equals nothing, so bytes are compared.
            prop_assert_eq!(written(&cursor.value().expect("as it was written")), bytes.clone());
            prop_assert!(cursor.is_empty());
        }

        #[test]
        fn cut_or_changed_bytes_are_an_error_or_another_value(value in values(), at: prop::sample::Index, with: u8) {
            let mut bytes = written(&value);
            let at = at.index(bytes.len());
            prop_assert_eq!(Cursor::new(&bytes[..at]).value().err(), Some(Damaged));
            bytes[at] = with;
            let _ = Cursor::new(&bytes).value();
        }
    }

    #[test]
    fn a_count_that_the_bytes_cannot_hold_takes_no_memory() {
        assert_eq!(Cursor::new(&[9, 255, 255, 255, 255, 0]).value().err(), Some(Damaged));
        let nested: Vec<u8> = [9, 1, 0, 0, 0].repeat(10_000);
        assert_eq!(Cursor::new(&nested).value().err(), Some(Damaged), "too deep for any stack");
    }
}
