//! The bytes of a segment: its header and the headers of its records, written and read. `docs/journal.md` draws them.
//! Knows no file.
//!
//! Integers are little-endian. A segment is its header and then records; a record is its header, its payload, and zeros
//! up to the next multiple of eight.
//!
//! ```text
//! segment header, 64 bytes                  record header, 32 bytes
//!  0  8  "FPJOURNL"                          0  4  check: CRC-32C of 4..32, begun with that of the state id
//!  8  4  format version                      4  4  check of the record before, or of the segment's first word on it
//! 12  4  zero                                8  8  LSN
//! 16 16  state id                           16  4  place: LSN less the LSN that was durable when this was written
//! 32  8  LSN of the first record            20  4  bytes of payload
//! 40  4  check of the record before         24  4  CRC-32C of the payload
//! 44 16  zero                               28  1  kind
//! 60  4  CRC-32C of 0..60                   29  3  zero
//! ```

use std::fmt;

use crc32c::{crc32c, crc32c_append};

/// The first eight bytes of a segment.
pub(crate) const MAGIC: [u8; 8] = *b"FPJOURNL";
/// The format that this version writes; it reads this one and earlier ones.
pub(crate) const VERSION: u32 = 1;
/// Bytes of a segment's header.
pub(crate) const SEGMENT_HEADER: usize = 64;
/// Bytes of a record's header.
pub(crate) const RECORD_HEADER: usize = 32;
/// Records begin at multiples of this, so that they can be looked for behind one whose length cannot be believed.
pub(crate) const ALIGNMENT: usize = 8;
/// The most bytes of a payload: twice the largest rule document and its schema, the largest thing that is journalled.
pub(crate) const MAX_PAYLOAD: usize = 64 << 20;

/// The number of a record: from 1, without gaps, for as long as the state lives. 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lsn(pub u64);

impl Lsn {
    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What tells the files of one state from those of another: 16 bytes that nobody else has drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateId(pub [u8; 16]);

impl StateId {
    /// What the checks of this state's records begin with. Bytes that another state wrote, or that somebody made up who
    /// does not know the id, do not pass for records of this one.
    pub(crate) fn seed(self) -> u32 {
        crc32c(&self.0)
    }
}

/// A segment's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) state: StateId,
    pub(crate) first: Lsn,
    /// The check of the record before the first; 0 if there is none.
    pub(crate) previous: u32,
}

/// Why bytes are not a header that this version can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    /// Not the bytes that were written.
    Damaged,
    /// Of this format version, which is later than [`VERSION`].
    Newer(u32),
}

impl SegmentHeader {
    pub(crate) fn write(&self) -> [u8; SEGMENT_HEADER] {
        let mut bytes = [0; SEGMENT_HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.state.0);
        bytes[32..40].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.previous.to_le_bytes());
        let check = crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    pub(crate) fn read(bytes: &[u8; SEGMENT_HEADER]) -> Result<Self, BadHeader> {
        read_frame(bytes, &MAGIC, VERSION)?;
        Ok(Self { state: StateId(part(bytes, 16)), first: Lsn(u64_at(bytes, 32)), previous: u32_at(bytes, 40) })
    }
}

/// What the first 64 bytes of every file of a state have in common, in every version: magic, version, and a checksum at
/// their end. So a version that is not known is told from bytes that rotted.
pub(crate) fn read_frame(bytes: &[u8; 64], magic: &[u8; 8], known: u32) -> Result<(), BadHeader> {
    if bytes[..8] != magic[..] || u32_at(bytes, 60) != crc32c(&bytes[..60]) {
        return Err(BadHeader::Damaged);
    }
    match u32_at(bytes, 8) {
        0 => Err(BadHeader::Damaged),
        version if version > known => Err(BadHeader::Newer(version)),
        _ => Ok(()),
    }
}

/// A record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    /// Of the other fields; made by [`Self::write`].
    pub(crate) check: u32,
    pub(crate) previous: u32,
    pub(crate) lsn: Lsn,
    /// From 1: the record is this many behind the last one that was durable when it was written.
    pub(crate) place: u32,
    pub(crate) length: u32,
    pub(crate) body: u32,
    /// 0 is a mark of the journal's own; the rest is the caller's.
    pub(crate) kind: u8,
}

impl RecordHeader {
    /// The bytes; `check` is computed, and put into the header too.
    pub(crate) fn write(&mut self, seed: u32) -> [u8; RECORD_HEADER] {
        let mut bytes = [0; RECORD_HEADER];
        bytes[4..8].copy_from_slice(&self.previous.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.lsn.0.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.place.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.length.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.body.to_le_bytes());
        bytes[28] = self.kind;
        self.check = crc32c_append(seed, &bytes[4..]);
        bytes[..4].copy_from_slice(&self.check.to_le_bytes());
        bytes
    }

    /// The header in `bytes`, if there is one that this state's journal wrote: its own check is right, and so is every
    /// field for itself. Nothing is said of the payload.
    pub(crate) fn read(bytes: &[u8; RECORD_HEADER], seed: u32) -> Option<Self> {
        let header = Self {
            check: u32_at(bytes, 0),
            previous: u32_at(bytes, 4),
            lsn: Lsn(u64_at(bytes, 8)),
            place: u32_at(bytes, 16),
            length: u32_at(bytes, 20),
            body: u32_at(bytes, 24),
            kind: bytes[28],
        };
        // The cheap questions first: this is asked of every eighth byte behind a torn record.
        let plausible = header.place >= 1
            && u64::from(header.place) <= header.lsn.0
            && header.length as usize <= MAX_PAYLOAD
            && bytes[29..] == [0; 3];
        (plausible && header.check == crc32c_append(seed, &bytes[4..])).then_some(header)
    }

    /// The last record that was durable when this one was written.
    pub(crate) fn durable_before(&self) -> Lsn {
        Lsn(self.lsn.0 - u64::from(self.place))
    }

    /// Bytes of the whole record.
    pub(crate) fn size(&self) -> u64 {
        (RECORD_HEADER + padded(self.length as usize)) as u64
    }
}

/// `length` and the zeros behind it.
pub(crate) fn padded(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT)
}

/// `N` bytes of a header from `at`, which is a constant within it.
pub(crate) fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|offset| bytes[at + offset])
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(part(bytes, at))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(part(bytes, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: StateId = StateId([7; 16]);

    fn record() -> RecordHeader {
        RecordHeader { check: 0, previous: 1, lsn: Lsn(9), place: 2, length: 5, body: 3, kind: 4 }
    }

    #[test]
    fn headers_read_back_what_was_written() {
        let segment = SegmentHeader { state: STATE, first: Lsn(77), previous: 5 };
        assert_eq!(SegmentHeader::read(&segment.write()), Ok(segment));
        let mut header = record();
        let bytes = header.write(STATE.seed());
        assert_eq!(RecordHeader::read(&bytes, STATE.seed()), Some(header));
        assert_eq!((header.durable_before(), header.size()), (Lsn(7), 40));
    }

    #[test]
    fn no_changed_bit_passes() {
        let segment = SegmentHeader { state: STATE, first: Lsn(77), previous: 5 }.write();
        let header = record().write(STATE.seed());
        for bit in 0..SEGMENT_HEADER * 8 {
            let mut changed = segment;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::read(&changed), Err(BadHeader::Damaged), "bit {bit}");
        }
        for bit in 0..RECORD_HEADER * 8 {
            let mut changed = header;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(RecordHeader::read(&changed, STATE.seed()), None, "bit {bit}");
        }
    }

    #[test]
    fn a_record_of_another_state_is_none_of_this_one() {
        assert_eq!(RecordHeader::read(&record().write(StateId([8; 16]).seed()), STATE.seed()), None);
        assert_eq!(RecordHeader::read(&[0; RECORD_HEADER], STATE.seed()), None, "nor are zeros");
    }

    #[test]
    fn a_later_version_is_told_from_damage() {
        let mut later = SegmentHeader { state: STATE, first: Lsn(1), previous: 0 }.write();
        later[8] = 9;
        let check = crc32c(&later[..60]);
        later[60..].copy_from_slice(&check.to_le_bytes());
        assert_eq!(SegmentHeader::read(&later), Err(BadHeader::Newer(9)));
    }

    #[test]
    fn the_checksum_is_the_published_one() {
        // RFC 3720, B.4: 32 bytes of zeros, and of ones.
        assert_eq!((crc32c(&[0; 32]), crc32c(&[0xff; 32])), (0x8a91_36aa, 0x62a8_ab43));
    }
}
