//! The wire format of protobuf: varints, tags, lengths, and what a record without meaning is made of.
//! <https://protobuf.dev/programming-guides/encoding/>. Knows no schema.

use super::fault::{Fault, Outcome, check_depth};
use crate::codes;

/// A part of an event's bytes that is read from front to back. Positions count from the event's first byte.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

/// How a record's payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireType {
    Varint,
    Fixed64,
    Length,
    StartGroup,
    EndGroup,
    Fixed32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, end: bytes.len() }
    }

    /// Its bytes from the event's first on, and where it stands in them.
    pub(super) fn place(&self) -> (&'a [u8], usize) {
        (&self.bytes[..self.end], self.at)
    }

    /// Goes on to `at`, which lies before its end.
    pub(super) fn go_to(&mut self, at: usize) {
        debug_assert!(self.at <= at && at <= self.end);
        self.at = at;
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.end
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Outcome<u64> {
        match self.bytes[self.at..self.end].first() {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Outcome<u64> {
        let mut value = 0u64;
        for (at, byte) in self.bytes[self.at..self.end].iter().take(10).enumerate() {
            // The tenth byte holds the 64th bit and nothing else.
            if at == 9 && *byte > 1 {
                return Err(self.malformed("a varint of more than 64 bits"));
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if *byte < 0x80 {
                self.at += at + 1;
                return Ok(value);
            }
        }
        Err(self.malformed("the bytes end inside a varint"))
    }

    /// The field number and wire type that a record begins with.
    #[inline]
    pub(super) fn tag(&mut self) -> Outcome<(u32, WireType)> {
        let before = *self;
        let tag = self.varint()?;
        let Ok(tag) = u32::try_from(tag) else {
            return Err(before.malformed("a field number outside 1 to 536870911"));
        };
        let wire = match tag & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Length,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::Fixed32,
            other => return Err(before.malformed(&format!("wire type {other}, which does not exist"))),
        };
        if tag >> 3 == 0 {
            return Err(before.malformed("field number 0"));
        }
        Ok((tag >> 3, wire))
    }

    #[inline]
    fn take(&mut self, count: usize) -> Outcome<&'a [u8]> {
        if count > self.end - self.at {
            let left = self.end - self.at;
            return Err(self.malformed(&format!("{count} bytes are announced and {left} are left")));
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    pub(super) fn fixed32(&mut self) -> Outcome<u32> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub(super) fn fixed64(&mut self) -> Outcome<u64> {
        let bytes = self.take(8)?;
        Ok(u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]))
    }

    /// The payload of a length-delimited record.
    pub(super) fn bytes(&mut self) -> Outcome<&'a [u8]> {
        let length = self.varint()?;
        // What does not fit usize fits no event either.
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The same, as a reader of its own.
    pub(super) fn inner(&mut self) -> Outcome<Reader<'a>> {
        let length = self.bytes()?.len();
        Ok(Reader { bytes: self.bytes, at: self.at - length, end: self.at })
    }

    /// Skips the payload of a record, checking its framing; `depth` is that of the message around it.
    pub(super) fn skip(&mut self, number: u32, wire: WireType, depth: u64, depth_limit: u64) -> Outcome<()> {
        match wire {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.take(8).map(drop),
            WireType::Fixed32 => self.take(4).map(drop),
            WireType::Length => self.bytes().map(drop),
            WireType::StartGroup => self.skip_group(number, depth, depth_limit),
            WireType::EndGroup => Err(self.malformed(&format!("the end of group {number}, which did not begin"))),
        }
    }

    /// Groups are entered, since only their end says how long they are; without recursion, whatever the limit is.
    fn skip_group(&mut self, number: u32, depth: u64, depth_limit: u64) -> Outcome<()> {
        check_depth(depth + 1, depth_limit)?;
        let mut open = vec![number];
        while let Some(innermost) = open.last().copied() {
            if self.is_done() {
                return Err(self.malformed(&format!("the bytes end inside group {innermost}")));
            }
            match self.tag()? {
                (number, WireType::StartGroup) => {
                    check_depth(depth + 1 + open.len() as u64, depth_limit)?;
                    open.push(number);
                }
                (number, WireType::EndGroup) if number == innermost => drop(open.pop()),
                (number, wire) => self.skip(number, wire, depth, depth_limit)?,
            }
        }
        Ok(())
    }

    pub(super) fn malformed(&self, what: &str) -> Box<Fault> {
        Fault::new(codes::MALFORMED_PROTOBUF, format!("not a protobuf message: {what} (at byte {})", self.at))
    }
}
