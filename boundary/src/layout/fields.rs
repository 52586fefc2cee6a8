//! A map event in the layout `fields`, read in place: the core asks for the fields that its rules read, and nothing is
//! copied or unpacked for the others.

use std::borrow::Cow;
use std::cell::Cell;

use fishplate::{Duration, HostFields, HostList, HostValue, Timestamp};

use super::DEPTH_MAX;
use super::reader::{Malformed, Raw, Reader};

/// A checked map event in the layout `fields`, or a map in it. Of two entries of one name the first counts.
#[derive(Debug)]
pub struct Fields<'a> {
    entries: Entries<'a>,
    stop: Cell<Stop>,
}

/// Where a walk stopped, so that reading entries in order is one walk and not one for each entry.
#[derive(Clone, Copy, Debug)]
struct Stop {
    at: usize,
    start: usize,
}

impl<'a> Fields<'a> {
    /// Takes `bytes` after one pass that checks every length, tag and depth.
    ///
    /// # Errors
    /// The bytes are no `fields`, or more than that.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::at(bytes, 0);
        let count = reader.count(5)?;
        let first = reader.position();
        for _ in 0..count {
            reader.text()?;
            reader.skip_value(DEPTH_MAX)?;
        }
        if !reader.is_at_end() {
            return Err(Malformed { at: reader.position() });
        }
        Ok(Self::of(Entries { bytes, first, count, keys: Keys::Texts }))
    }

    fn of(entries: Entries<'a>) -> Self {
        let stop = Cell::new(Stop { at: 0, start: entries.first });
        Self { entries, stop }
    }
}

impl HostFields for Fields<'_> {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        self.entries.get(name)
    }

    fn len(&self) -> usize {
        self.entries.count as usize
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        let stop = self.stop.get();
        let from = if at >= stop.at { stop } else { Stop { at: 0, start: self.entries.first } };
        let mut reader = self.entries.seek(at, from)?;
        self.stop.set(Stop { at, start: reader.position() });
        Some((self.entries.key(&mut reader)?, host_value(&mut reader)?))
    }
}

/// How the keys of entries are written.
#[derive(Clone, Copy, Debug)]
enum Keys {
    /// As `text`: the event itself.
    Texts,
    /// As `value`: a map or a message in it.
    Values,
}

/// Entries that were checked before: reading them cannot fail, and does nothing worse than end if it did.
#[derive(Clone, Copy, Debug)]
struct Entries<'a> {
    bytes: &'a [u8],
    first: usize,
    count: u32,
    keys: Keys,
}

impl<'a> Entries<'a> {
    fn get(&self, name: &str) -> Option<HostValue<'a>> {
        let mut reader = Reader::at(self.bytes, self.first);
        for _ in 0..self.count {
            let found = match self.keys {
                Keys::Texts => reader.bytes().ok()? == name.as_bytes(),
                Keys::Values => self.has_name(&mut reader, name)?,
            };
            if found {
                return host_value(&mut reader);
            }
            reader.skip().ok()?;
        }
        None
    }

    fn has_name(&self, reader: &mut Reader<'a>, name: &str) -> Option<bool> {
        let mut key = *reader;
        reader.skip().ok()?;
        Some(key.value().ok()? == Raw::String(name.as_bytes()))
    }

    /// A reader at entry `at`, walking from an earlier one.
    fn seek(&self, at: usize, from: Stop) -> Option<Reader<'a>> {
        if at >= self.count as usize {
            return None;
        }
        let mut reader = Reader::at(self.bytes, from.start);
        for _ in from.at..at {
            match self.keys {
                Keys::Texts => reader.bytes().map(drop).ok()?,
                Keys::Values => reader.skip().ok()?,
            }
            reader.skip().ok()?;
        }
        Some(reader)
    }

    fn key(&self, reader: &mut Reader<'a>) -> Option<HostValue<'a>> {
        match self.keys {
            Keys::Texts => Some(text(reader.bytes().ok()?)),
            Keys::Values => host_value(reader),
        }
    }
}

/// A list in an event.
struct List<'a> {
    bytes: &'a [u8],
    first: usize,
    count: u32,
    stop: Cell<Stop>,
}

impl HostList for List<'_> {
    fn len(&self) -> usize {
        self.count as usize
    }

    fn get(&self, at: usize) -> HostValue<'_> {
        let stop = self.stop.get();
        let from = if at >= stop.at { stop } else { Stop { at: 0, start: self.first } };
        let mut reader = Reader::at(self.bytes, from.start);
        if (from.at..at).try_for_each(|_| reader.skip()).is_err() {
            return HostValue::Null;
        }
        self.stop.set(Stop { at, start: reader.position() });
        host_value(&mut reader).unwrap_or(HostValue::Null)
    }
}

/// The value at the reader, passing over its entries if it has any.
fn host_value<'a>(reader: &mut Reader<'a>) -> Option<HostValue<'a>> {
    let whole = *reader;
    let raw = reader.value().ok()?;
    let first = reader.position();
    Some(match raw {
        Raw::Null => HostValue::Null,
        Raw::Bool(value) => HostValue::Bool(value),
        Raw::Int(value) => HostValue::Int(value),
        Raw::Uint(value) => HostValue::Uint(value),
        Raw::Double(value) => HostValue::Double(value),
        Raw::String(value) => text(value),
        Raw::Bytes(value) => HostValue::Bytes(Cow::Borrowed(value)),
        Raw::Timestamp(seconds, nanos) => Timestamp::new(seconds, nanos)
            .map_or(HostValue::Other(Cow::Borrowed("a timestamp out of range")), HostValue::Timestamp),
        Raw::Duration(seconds, nanos) => Duration::new(seconds, nanos)
            .map_or(HostValue::Other(Cow::Borrowed("a duration out of range")), HostValue::Duration),
        Raw::Other(what) => HostValue::Other(String::from_utf8_lossy(what)),
        Raw::List(count) => {
            let stop = Cell::new(Stop { at: 0, start: first });
            let list = List { bytes: whole.whole(), first, count, stop };
            *reader = whole;
            reader.skip().ok()?;
            HostValue::List(Box::new(list))
        }
        Raw::Map(count) => {
            let entries = Entries { bytes: whole.whole(), first, count, keys: Keys::Values };
            *reader = whole;
            reader.skip().ok()?;
            HostValue::Fields(Box::new(Fields::of(entries)))
        }
    })
}

fn text(bytes: &[u8]) -> HostValue<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => HostValue::String(Cow::Borrowed(text)),
        Err(_) => HostValue::Other(Cow::Borrowed("text that is not UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::sink::Sink;
    use crate::layout::value::tests::samples;
    use crate::layout::value::write_value;

    fn written() -> Vec<u8> {
        let mut memory = vec![0; 1024];
        let mut sink = Sink::over(&mut memory);
        sink.counted(samples().iter().enumerate(), |sink, (at, value)| {
            sink.text(&format!("f{at}"));
            write_value(value, sink);
        });
        let size = sink.size();
        memory.truncate(size);
        memory
    }

    #[test]
    fn fields_are_found_by_name_in_place() {
        let bytes = written();
        let fields = Fields::new(&bytes).expect("well formed");
        assert_eq!(fields.len(), samples().len());
        assert!(matches!(fields.get("f2"), Some(HostValue::Int(i64::MIN))));
        assert!(matches!(fields.get("f5"), Some(HostValue::String(Cow::Borrowed("Grüße, 世界")))));
        assert!(fields.get("f99").is_none());
        assert!(matches!(fields.entry(1), Some((HostValue::String(Cow::Borrowed("f1")), HostValue::Bool(true)))));
        assert!(fields.entry(samples().len()).is_none());
    }

    #[test]
    fn lists_and_maps_are_walked_in_any_order() {
        let bytes = written();
        let fields = Fields::new(&bytes).expect("well formed");
        let Some(HostValue::List(list)) = fields.get("f9") else { panic!("a list") };
        for at in [2, 0, 1, 2] {
            match (at, list.get(at)) {
                (0, HostValue::Int(1)) | (1, HostValue::Null) => {}
                (2, HostValue::String(text)) => assert_eq!(text, "zwei"),
                _ => panic!("entry {at}"),
            }
        }
        let Some(HostValue::Fields(map)) = fields.get("f10") else { panic!("a map") };
        assert!(matches!(map.entry(1), Some((HostValue::Bool(true), HostValue::Uint(u64::MAX)))));
        assert!(matches!(map.entry(0), Some((HostValue::String(_), HostValue::List(_)))));
        assert!(matches!(map.get("k"), Some(HostValue::List(_))));
    }

    #[test]
    fn what_no_field_can_take_comes_in_the_words_of_the_host() {
        let mut memory = [0; 64];
        let mut sink = Sink::over(&mut memory);
        sink.u32(1);
        sink.text("at");
        sink.u8(255);
        sink.text("a java.util.BitSet");
        let size = sink.size();
        let fields = Fields::new(&memory[..size]).expect("well formed");
        assert!(matches!(fields.get("at"), Some(HostValue::Other(what)) if what == "a java.util.BitSet"));
    }

    #[test]
    fn fields_that_are_cut_or_too_long_are_refused() {
        let mut bytes = written();
        for end in 0..bytes.len() {
            assert!(Fields::new(&bytes[..end]).is_err(), "cut at {end}");
        }
        bytes.push(0);
        assert_eq!(Fields::new(&bytes).err(), Some(Malformed { at: bytes.len() - 1 }));
    }
}
