//! Reads a segment from front to back, and says where it ends and how: in order, torn, or damaged. Memory is bounded by
//! the longest record, and nothing is taken for a record before its header has passed its check. Changes nothing.

use std::io;

use crc32c::crc32c;

use super::Record;
use super::format::{ALIGNMENT, Lsn, RECORD_HEADER, RecordHeader, SEGMENT_HEADER, padded};
use crate::disk::DiskFile;

/// Bytes that are read at a time.
const CHUNK: usize = 256 * 1024;

/// A part of a file in memory.
pub(crate) struct Window<'f, F> {
    file: &'f F,
    size: u64,
    at: u64,
    bytes: Vec<u8>,
}

impl<'f, F: DiskFile> Window<'f, F> {
    pub(crate) fn new(file: &'f F) -> io::Result<Self> {
        Ok(Self { file, size: file.size()?, at: 0, bytes: Vec::new() })
    }

    /// `length` bytes from `at`; `None` if the file ends before.
    pub(crate) fn get(&mut self, at: u64, length: usize) -> io::Result<Option<&[u8]>> {
        let Some(end) = at.checked_add(length as u64).filter(|end| *end <= self.size) else { return Ok(None) };
        if at < self.at || end > self.at + self.bytes.len() as u64 {
            let wanted = length.max(CHUNK).min((self.size - at) as usize);
            self.bytes.resize(wanted, 0);
            self.at = at;
            let read = self.file.read_at(at, &mut self.bytes)?;
            self.bytes.truncate(read);
            if read < length {
                return Ok(None);
            }
        }
        let from = (at - self.at) as usize;
        Ok(Some(&self.bytes[from..from + length]))
    }

    /// What is in memory from `at`, some bytes at least; `None` at the end of the file.
    fn chunk(&mut self, at: u64) -> io::Result<Option<&[u8]>> {
        let rest = self.size.saturating_sub(at);
        let length = rest.min(CHUNK as u64) as usize;
        if length == 0 { Ok(None) } else { self.get(at, length) }
    }
}

/// How far a segment has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    seed: u32,
    /// Where the next record would begin.
    pub(super) position: u64,
    /// The number that it would have.
    pub(super) next: Lsn,
    /// The check of the record before it.
    pub(super) previous: u32,
    /// Where the last group began: the records that were written and synced at once.
    pub(super) group: u64,
    place: u32,
    /// The last record was a mark, and the only one of its group.
    pub(super) marked: bool,
}

impl Walk {
    pub(super) fn new(seed: u32, first: Lsn, previous: u32) -> Self {
        let position = SEGMENT_HEADER as u64;
        Self { seed, position, next: first, previous, group: position, place: 0, marked: false }
    }

    /// The next record, if there is one that is right in every respect: itself, and as the successor of the one before.
    pub(super) fn step<'w, F: DiskFile>(
        &mut self,
        window: &'w mut Window<'_, F>,
    ) -> io::Result<Option<(RecordHeader, Record<'w>)>> {
        let Some(bytes) = window.get(self.position, RECORD_HEADER)? else { return Ok(None) };
        let Some(header) = read_header(bytes, self.seed) else { return Ok(None) };
        let follows = header.lsn == self.next && header.previous == self.previous;
        let begins = header.place == 1;
        if !follows || !(begins || (self.place > 0 && header.place == self.place + 1)) {
            return Ok(None);
        }
        let body = window.get(self.position + RECORD_HEADER as u64, padded(header.length as usize))?;
        let Some(payload) = body.map(|body| &body[..header.length as usize]) else { return Ok(None) };
        if crc32c(payload) != header.body {
            return Ok(None);
        }
        if begins {
            self.group = self.position;
        }
        self.marked = begins && header.kind == 0;
        self.place = header.place;
        self.position += header.size();
        self.next = self.next.next();
        self.previous = header.check;
        Ok(Some((header, Record { lsn: header.lsn, kind: header.kind, payload })))
    }
}

/// What stands behind the last record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rest {
    /// Bytes up to the last one that is not zero: none if the segment ends in order.
    pub(super) bytes: u64,
    /// A record that could be written only after the missing one was durable: what is missing was there, and is damaged.
    pub(super) proof: Option<Lsn>,
}

/// Looks at everything from `walk.position`, where no record follows.
///
/// A group goes to the disk in one write, and the next group only after that write was synced. So a record says with its
/// `place` which record was the last durable one then. If that one is not before the record that is missing here, the
/// missing one had been durable, and perhaps acknowledged. If no record says so, the missing one was of the last group:
/// its write was torn, sectors of it arrived or did not, and nobody was ever told of it.
pub(super) fn rest<F: DiskFile>(walk: &Walk, window: &mut Window<'_, F>) -> io::Result<Rest> {
    let (mut at, mut found) = (walk.position, Rest::default());
    while let Some(chunk) = window.chunk(at)? {
        let length = chunk.len();
        // Most of what is looked at is the room that a segment has from its beginning: this question is answered fastest.
        let is_empty = chunk.iter().fold(0, |all, byte| all | byte) == 0;
        if !is_empty && let Some(last) = chunk.iter().rposition(|byte| *byte != 0) {
            found.bytes = at + last as u64 + 1 - walk.position;
            if found.proof.is_none() {
                found.proof = proof(chunk, walk);
            }
        }
        // Chunks overlap, so that no header is cut in two.
        at += if length < CHUNK { length } else { CHUNK - RECORD_HEADER } as u64;
    }
    Ok(found)
}

fn proof(chunk: &[u8], walk: &Walk) -> Option<Lsn> {
    let starts = (0..chunk.len().saturating_sub(RECORD_HEADER - 1)).step_by(ALIGNMENT);
    let headers = starts.filter_map(|at| read_header(&chunk[at..at + RECORD_HEADER], walk.seed));
    headers.filter(|header| header.durable_before() >= walk.next).map(|header| header.lsn).next()
}

fn read_header(bytes: &[u8], seed: u32) -> Option<RecordHeader> {
    RecordHeader::read(bytes.try_into().ok()?, seed)
}
