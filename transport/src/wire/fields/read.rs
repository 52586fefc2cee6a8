//! An encoded `Map` as the fields of an event, read in place: checked once from end to end, then walked for whatever the
//! engine asks. Of two entries of one name the first counts; of two kinds in one value the last, as protobuf has it.

use std::borrow::Cow;
use std::cell::Cell;

use fishplate::{Duration, Error, HostFields, HostList, HostValue, Timestamp, codes};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::DEPTH_MAX;
use crate::wire::tags;

/// Fields by name, in the bytes of a `Map` that was checked.
#[derive(Debug)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    count: usize,
    /// Where the last walk stopped, so that reading entries in order is one walk and not one for each entry.
    stop: Cell<Stop<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Stop<'a> {
    at: usize,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Takes the bytes of a `Map` after one pass that checks all of it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: not the bytes of a `Map` (F0601), or deeper than [`DEPTH_MAX`] (F0701).
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        check_repeated(bytes, Inside::Map, 1).map_err(|fault| match fault {
            Fault::Malformed(what) => {
                Error::field(codes::MALFORMED_PROTOBUF, "", format!("not a message of fields by name: {what}"))
            }
            Fault::Deep => {
                let message = format!("more than {DEPTH_MAX} lists and maps in one another");
                Error::field(codes::LIMIT_MESSAGE_DEPTH, "", message)
            }
        })?;
        Ok(Self::of(bytes))
    }

    fn of(bytes: &'a [u8]) -> Self {
        let count = Records(bytes).filter(|record| record.tag == tags::MAP_ENTRIES).count();
        Self { bytes, count, stop: Cell::new(Stop { at: 0, rest: bytes }) }
    }
}

impl HostFields for Fields<'_> {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        let entries = Records(self.bytes).filter(|record| record.tag == tags::MAP_ENTRIES);
        let mut named = entries.map(|record| entry(record.bytes)).filter(|(key, _)| kind(key) == Kind::String(name));
        named.next().map(|(_, value)| host(kind(value)))
    }

    fn len(&self) -> usize {
        self.count
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        let (key, value) = entry(nth(&self.stop, self.bytes, tags::MAP_ENTRIES, at)?);
        Some((host(kind(key)), host(kind(value))))
    }
}

/// A list in an event.
struct List<'a> {
    bytes: &'a [u8],
    count: usize,
    stop: Cell<Stop<'a>>,
}

impl HostList for List<'_> {
    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, at: usize) -> HostValue<'_> {
        nth(&self.stop, self.bytes, tags::LIST_VALUES, at).map_or(HostValue::Null, |bytes| host(kind(bytes)))
    }
}

/// The payload of the `at`-th record of `tag`.
fn nth<'a>(stop: &Cell<Stop<'a>>, bytes: &'a [u8], tag: u32, at: usize) -> Option<&'a [u8]> {
    let from = stop.get();
    let from = if at >= from.at { from } else { Stop { at: 0, rest: bytes } };
    let mut records = Records(from.rest);
    let mut left = at - from.at;
    loop {
        let before = records.0;
        let record = records.next()?;
        if record.tag != tag {
            continue;
        }
        if left == 0 {
            stop.set(Stop { at, rest: before });
            return Some(record.bytes);
        }
        left -= 1;
    }
}

/// What a `Value` is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(&'a str),
    Bytes(&'a [u8]),
    Timestamp(&'a [u8]),
    Duration(&'a [u8]),
    List(&'a [u8]),
    Map(&'a [u8]),
    Unsupported(&'a str),
}

fn host(kind: Kind<'_>) -> HostValue<'_> {
    match kind {
        Kind::Null => HostValue::Null,
        Kind::Bool(value) => HostValue::Bool(value),
        Kind::Int(value) => HostValue::Int(value),
        Kind::Uint(value) => HostValue::Uint(value),
        Kind::Double(value) => HostValue::Double(value),
        Kind::String(text) => HostValue::String(Cow::Borrowed(text)),
        Kind::Bytes(bytes) => HostValue::Bytes(Cow::Borrowed(bytes)),
        Kind::Timestamp(bytes) => {
            let (seconds, nanos) = time(bytes);
            let out_of_range = HostValue::Other(Cow::Borrowed("a timestamp out of range"));
            Timestamp::new(seconds, nanos).map_or(out_of_range, HostValue::Timestamp)
        }
        Kind::Duration(bytes) => {
            let (seconds, nanos) = time(bytes);
            let out_of_range = HostValue::Other(Cow::Borrowed("a duration out of range"));
            Duration::new(seconds, nanos).map_or(out_of_range, HostValue::Duration)
        }
        Kind::List(bytes) => {
            let count = Records(bytes).filter(|record| record.tag == tags::LIST_VALUES).count();
            HostValue::List(Box::new(List { bytes, count, stop: Cell::new(Stop { at: 0, rest: bytes }) }))
        }
        Kind::Map(bytes) => HostValue::Fields(Box::new(Fields::of(bytes))),
        Kind::Unsupported(what) => HostValue::Other(Cow::Borrowed(what)),
    }
}

/// The bytes of key and value of an entry; an absent one is empty, which is null.
fn entry(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut found: (&[u8], &[u8]) = (&[], &[]);
    for record in Records(bytes) {
        match record.tag {
            tags::ENTRY_KEY => found.0 = record.bytes,
            tags::ENTRY_VALUE => found.1 = record.bytes,
            _ => {}
        }
    }
    found
}

/// What the `Value` in `bytes` is.
fn kind(bytes: &[u8]) -> Kind<'_> {
    let mut found = Kind::Null;
    for record in Records(bytes) {
        // The bytes were checked: text is text, numbers are numbers.
        let text = || std::str::from_utf8(record.bytes).unwrap_or_default();
        found = match record.tag {
            tags::NULL => Kind::Null,
            tags::BOOL => Kind::Bool(record.number != 0),
            tags::INT => Kind::Int((record.number >> 1) as i64 ^ -((record.number & 1) as i64)),
            tags::UINT => Kind::Uint(record.number),
            tags::DOUBLE => Kind::Double(f64::from_bits(record.number)),
            tags::STRING => Kind::String(text()),
            tags::BYTES => Kind::Bytes(record.bytes),
            tags::TIMESTAMP => Kind::Timestamp(record.bytes),
            tags::DURATION => Kind::Duration(record.bytes),
            tags::LIST => Kind::List(record.bytes),
            tags::MAP => Kind::Map(record.bytes),
            tags::UNSUPPORTED => Kind::Unsupported(text()),
            _ => found,
        };
    }
    found
}

/// Seconds and nanoseconds; a number of nanoseconds that is none is out of range, like any other.
fn time(bytes: &[u8]) -> (i64, i32) {
    let (mut seconds, mut nanos) = (0, 0);
    for record in Records(bytes) {
        match record.tag {
            tags::SECONDS => seconds = record.number as i64,
            tags::NANOS => nanos = record.number as i32,
            _ => {}
        }
    }
    (seconds, nanos)
}

/// One field of a message: a number or bytes.
#[derive(Clone, Copy)]
struct Record<'a> {
    tag: u32,
    wire: WireType,
    number: u64,
    bytes: &'a [u8],
}

/// The fields of a message, until its end or its first mistake.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.0.is_empty() { None } else { record(&mut self.0).ok() }
    }
}

fn record<'a>(rest: &mut &'a [u8]) -> Result<Record<'a>, Fault> {
    let (tag, wire) = decode_key(rest).map_err(malformed)?;
    let mut record = Record { tag, wire, number: 0, bytes: &[] };
    match wire {
        WireType::Varint => record.number = decode_varint(rest).map_err(malformed)?,
        WireType::SixtyFourBit => {
            let bytes =
                rest.split_first_chunk::<8>().ok_or_else(|| Fault::Malformed("the bytes end too soon".into()))?;
            (record.number, *rest) = (u64::from_le_bytes(*bytes.0), bytes.1);
        }
        WireType::LengthDelimited => {
            let length = decode_varint(rest).map_err(malformed)?;
            let taken = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
            let (bytes, after) = taken.ok_or_else(|| Fault::Malformed("the bytes end too soon".into()))?;
            (record.bytes, *rest) = (bytes, after);
        }
        WireType::ThirtyTwoBit | WireType::StartGroup | WireType::EndGroup => {
            skip_field(wire, tag, rest, DecodeContext::default()).map_err(malformed)?;
        }
    }
    Ok(record)
}

/// Why bytes are no `Map`.
enum Fault {
    Malformed(String),
    Deep,
}

fn malformed(error: prost::DecodeError) -> Fault {
    Fault::Malformed(error.to_string())
}

/// What is repeated in a container.
#[derive(Clone, Copy)]
enum Inside {
    List,
    Map,
}

/// Goes through a list or a map, `depth` deep.
fn check_repeated(mut bytes: &[u8], inside: Inside, depth: u32) -> Result<(), Fault> {
    if depth > DEPTH_MAX {
        return Err(Fault::Deep);
    }
    while !bytes.is_empty() {
        let record = record(&mut bytes)?;
        match (inside, record.tag) {
            (Inside::List, tags::LIST_VALUES) => check_value(message(&record)?, depth)?,
            (Inside::Map, tags::MAP_ENTRIES) => check_entry(message(&record)?, depth)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_entry(mut bytes: &[u8], depth: u32) -> Result<(), Fault> {
    while !bytes.is_empty() {
        let record = record(&mut bytes)?;
        if matches!(record.tag, tags::ENTRY_KEY | tags::ENTRY_VALUE) {
            check_value(message(&record)?, depth)?;
        }
    }
    Ok(())
}

fn check_value(mut bytes: &[u8], depth: u32) -> Result<(), Fault> {
    while !bytes.is_empty() {
        let record = record(&mut bytes)?;
        match record.tag {
            tags::NULL | tags::BOOL | tags::INT | tags::UINT => expect(&record, WireType::Varint)?,
            tags::DOUBLE => expect(&record, WireType::SixtyFourBit)?,
            tags::BYTES => expect(&record, WireType::LengthDelimited)?,
            tags::STRING | tags::UNSUPPORTED => {
                std::str::from_utf8(message(&record)?).map_err(|error| Fault::Malformed(error.to_string()))?;
            }
            tags::TIMESTAMP | tags::DURATION => check_time(message(&record)?)?,
            tags::LIST => check_repeated(message(&record)?, Inside::List, depth + 1)?,
            tags::MAP => check_repeated(message(&record)?, Inside::Map, depth + 1)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_time(mut bytes: &[u8]) -> Result<(), Fault> {
    while !bytes.is_empty() {
        let record = record(&mut bytes)?;
        if matches!(record.tag, tags::SECONDS | tags::NANOS) {
            expect(&record, WireType::Varint)?;
        }
    }
    Ok(())
}

fn message<'a>(record: &Record<'a>) -> Result<&'a [u8], Fault> {
    expect(record, WireType::LengthDelimited)?;
    Ok(record.bytes)
}

fn expect(record: &Record<'_>, wire: WireType) -> Result<(), Fault> {
    if record.wire == wire {
        return Ok(());
    }
    Err(Fault::Malformed(format!("field {} of wire type {:?} instead of {wire:?}", record.tag, record.wire)))
}
