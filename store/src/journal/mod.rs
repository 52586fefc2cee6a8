//! The journal: records in the order in which they were appended, kept in segments of a folder. What [`Journal::durable`]
//! says survives a power cut at any moment; what is behind it may survive in part, as a beginning, and never as
//! something else. `docs/journal.md` gives every byte and the reasons.
//!
//! The rules that everything rests on:
//!
//! 1. Records gather in memory. A *group*, all that have gathered, goes to the file in one write and is then synced.
//!    There is one group under way at a time: so a byte of a group on the disk proves that the group before was durable.
//! 2. A segment gets its name after its header is durable, and after every record of the segment before is.
//! 3. After any write or sync that failed the journal takes nothing more. A sync is never asked again: a system that has
//!    dropped the pages would say that all is well.
//! 4. Opening takes nothing on trust that the page cache shows: the last group, which nothing proves to have been synced,
//!    is written once more.

pub(crate) mod format;
mod group;
mod open;
pub(crate) mod scan;
pub(crate) mod segment;

use std::collections::VecDeque;
use std::num::NonZeroU8;
use std::sync::Arc;

use crc32c::crc32c;
use fishplate::{Error, Place, Status, codes};

pub use format::{Lsn, StateId};
pub use group::Group;

use crate::disk::Disk;
use crate::errors;
use format::{MAX_PAYLOAD, RECORD_HEADER, RecordHeader, SEGMENT_HEADER, padded};

/// A buffer that grew larger than this for one group is given back after it.
const KEPT_BUFFER: usize = 1 << 20;

/// How a journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A segment is left for a new one when the next group would make it larger than this. A group larger than this has
    /// a segment to itself.
    pub segment_bytes: u64,
    /// Give a segment its whole size on the disk when it is made. Then a sync has no sizes to write besides the records,
    /// which makes it shorter (measured: 10 to 15 % on ext4), and a full disk shows between groups rather than in one.
    pub preallocate: bool,
}

impl Default for Options {
    /// 64 MiB hold some 200,000 events, minutes of a busy engine; what is read when a state is opened is at most what came
    /// since the snapshot before the last, and one segment more.
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, preallocate: true }
    }
}

/// A record as it was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number.
    pub lsn: Lsn,
    /// What the caller said it is; never 0.
    pub kind: u8,
    /// What the caller gave.
    pub payload: &'a [u8],
}

/// What opening cut off the end: records that were under way when the power failed, and never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment, as people call it.
    pub file: String,
    /// Where the first record that is not whole began.
    pub offset: u64,
    /// Bytes from there to the last one that was not zero.
    pub bytes: u64,
}

/// An open journal, at its end. One thread at a time.
pub struct Journal<D: Disk> {
    disk: D,
    state: StateId,
    seed: u32,
    options: Options,
    /// First LSNs of the segments, oldest first; the last one is being written.
    segments: VecDeque<Lsn>,
    file: Arc<D::File>,
    /// Where the next group goes in it.
    position: u64,
    /// Records that are not on their way yet: whole ones only, up to `whole`.
    buffer: Vec<u8>,
    whole: usize,
    /// The last record appended, and its check.
    last: Lsn,
    check: u32,
    /// The last record handed to a group, and its check.
    sent: Lsn,
    sent_check: u32,
    durable: Lsn,
    under_way: bool,
    /// The last record is a mark: there is nothing behind it to be proved.
    marked: bool,
    /// Why it takes nothing more.
    stopped: Option<Error>,
}

impl<D: Disk> Journal<D> {
    /// Opens the journal in `disk`, or begins one with the id `new` if there is none. Every record after `after`, what the
    /// caller has from a snapshot, is given to `each`, in order; an error that it returns ends the opening. An end that a
    /// power cut tore off is cut and told.
    ///
    /// # Errors
    /// `DATA_LOSS`: something durable is damaged (F0874) or missing (F0875). `FAILED_PRECONDITION`: a segment is of a later
    /// format (F0876) or of another state (F0877). `RESOURCE_EXHAUSTED` (F0872) and `UNAVAILABLE` (F0873): the disk.
    pub fn open(
        disk: D,
        new: StateId,
        after: Lsn,
        options: Options,
        each: &mut dyn FnMut(Record<'_>) -> Result<(), Error>,
    ) -> Result<(Self, Option<Cut>), Error> {
        open::open(disk, new, after, options, each)
    }

    /// The id of the state whose journal is in `disk`; `None` if there is none. Reads no records.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn state_in(disk: &D) -> Result<Option<StateId>, Error> {
        open::state_in(disk)
    }

    /// Appends a record; it is durable after the next [`Self::sync`].
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0878): too large. `RESOURCE_EXHAUSTED` (F0872) or `UNAVAILABLE` (F0873): the journal has stopped.
    /// Nothing was appended.
    pub fn append(&mut self, kind: NonZeroU8, payload: &[u8]) -> Result<Lsn, Error> {
        self.append_with(kind, |buffer| buffer.extend_from_slice(payload))
    }

    /// The same with a payload that `write` puts behind what the buffer holds; it may only extend it.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_with(&mut self, kind: NonZeroU8, write: impl FnOnce(&mut Vec<u8>)) -> Result<Lsn, Error> {
        self.check_running()?;
        self.put(kind.get(), write)
    }

    fn put(&mut self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) -> Result<Lsn, Error> {
        // What a writer that panicked left behind is none of the journal's.
        self.buffer.truncate(self.whole);
        let body = self.whole + RECORD_HEADER;
        self.buffer.resize(body, 0);
        write(&mut self.buffer);
        let length = self.buffer.len().saturating_sub(body);
        if length > MAX_PAYLOAD {
            self.buffer.truncate(self.whole);
            return Err(too_large(length));
        }
        let lsn = self.last.next();
        let mut header = RecordHeader {
            check: 0,
            previous: self.check,
            lsn,
            // The group before this one is durable when this one is written.
            place: u32::try_from(lsn.0 - self.sent.0).map_err(|_| too_large(self.buffer.len()))?,
            length: length as u32,
            body: crc32c(&self.buffer[body..]),
            kind,
        };
        let bytes = header.write(self.seed);
        self.buffer[self.whole..body].copy_from_slice(&bytes);
        self.buffer.resize(body + padded(length), 0);
        self.whole = self.buffer.len();
        (self.last, self.check, self.marked) = (lsn, header.check, kind == 0);
        Ok(lsn)
    }

    /// Makes durable all that was appended: one write, one sync. Says up to where.
    ///
    /// # Errors
    /// `UNAVAILABLE` (F0872, F0873): the disk failed, and what was appended since the last sync may or may not be there when
    /// the state is opened again; the journal has stopped. As [`Self::append`], if it had stopped before.
    pub fn sync(&mut self) -> Result<Lsn, Error> {
        match self.begin_sync()? {
            Some(group) => self.end_sync(group),
            None => Ok(self.durable),
        }
    }

    /// Takes what was appended as a group, so that it can be written while more is appended: call [`Group::write`], and then
    /// [`Self::end_sync`] before the next group. `None`: there is nothing to write.
    ///
    /// # Errors
    /// As [`Self::append`]; `INTERNAL` (F0901) while a group is under way.
    pub fn begin_sync(&mut self) -> Result<Option<Group<D>>, Error> {
        self.check_running()?;
        if self.under_way {
            let message = "a group of the journal is under way; there is one at a time";
            return Err(Error::new(Status::Internal, codes::INTERNAL, message, Place::None));
        }
        self.buffer.truncate(self.whole);
        if self.buffer.is_empty() {
            return Ok(None);
        }
        self.under_way = true;
        Ok(Some(self.take()))
    }

    fn take(&mut self) -> Group<D> {
        let end = self.position + self.buffer.len() as u64;
        let is_empty = self.position == SEGMENT_HEADER as u64;
        let turns = end > self.options.segment_bytes && !is_empty;
        let turn = turns.then(|| self.turn());
        if turns {
            self.position = SEGMENT_HEADER as u64;
            self.segments.push_back(self.sent.next());
        }
        let group = Group {
            disk: self.disk.clone(),
            file: self.file.clone(),
            first: self.current(),
            turn,
            bytes: std::mem::take(&mut self.buffer),
            position: self.position,
            last: self.last,
            done: None,
        };
        self.position += group.bytes.len() as u64;
        (self.sent, self.sent_check, self.whole) = (self.last, self.check, 0);
        group
    }

    /// The first LSN of the segment that is being written.
    fn current(&self) -> Lsn {
        // There is always one.
        self.segments.back().copied().unwrap_or(self.sent.next())
    }

    /// The segment after the one that is being written, from the record after the last one sent.
    fn turn(&self) -> group::Turn {
        let header = format::SegmentHeader { state: self.state, first: self.sent.next(), previous: self.sent_check };
        group::Turn { header, end: self.position, options: self.options }
    }

    /// Takes in what became of a group; writes it, if that was not done.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub fn end_sync(&mut self, mut group: Group<D>) -> Result<Lsn, Error> {
        group.write();
        if let Some(Err(error)) = group.done {
            return Err(self.stop(&error));
        }
        self.under_way = false;
        (self.file, self.durable) = (group.file, group.last);
        if self.buffer.is_empty() && group.bytes.capacity() <= KEPT_BUFFER {
            group.bytes.clear();
            self.buffer = group.bytes;
        }
        Ok(self.durable)
    }

    /// From now on nothing is taken.
    fn stop(&mut self, error: &Error) -> Error {
        self.stopped.get_or_insert_with(|| refusal(error));
        errors::unknown(error)
    }

    /// Stops for a reason that lies with the caller. What was not handed to a group is dropped, and will not be there when
    /// the state is opened again.
    pub fn abandon(&mut self, why: &Error) {
        self.stopped.get_or_insert_with(|| why.clone());
        (self.last, self.check, self.whole) = (self.sent, self.sent_check, 0);
        self.buffer.clear();
    }

    fn check_running(&self) -> Result<(), Error> {
        self.stopped.clone().map_or(Ok(()), Err)
    }

    /// Why the journal takes nothing more; `None` while it does.
    pub fn stopped(&self) -> Option<&Error> {
        self.stopped.as_ref()
    }

    /// The last record that survives whatever happens.
    pub fn durable(&self) -> Lsn {
        self.durable
    }

    /// The last record that was appended.
    pub fn last(&self) -> Lsn {
        self.last
    }

    /// The first record that the journal still has, or will have.
    pub fn first(&self) -> Lsn {
        self.segments.front().copied().unwrap_or(Lsn(1))
    }

    /// The id of the state, as it was given when it began.
    pub fn state(&self) -> StateId {
        self.state
    }

    /// Syncs, and begins a new segment if the current one has records, so that [`Self::forget`] can remove what is before.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub fn turn_over(&mut self) -> Result<(), Error> {
        self.sync()?;
        if self.position == SEGMENT_HEADER as u64 {
            return Ok(());
        }
        match self.turn().make(&self.disk, &self.file) {
            Ok(file) => self.file = file,
            Err(error) => return Err(self.stop(&error)),
        }
        self.segments.push_back(self.sent.next());
        self.position = SEGMENT_HEADER as u64;
        Ok(())
    }

    /// Removes the segments that have no record after `through`: what a durable snapshot has taken over. Says how many. A
    /// power cut may bring any of them back; nobody reads them again.
    ///
    /// # Errors
    /// `UNAVAILABLE` (F0873): the disk. The journal goes on, with the segments that are left.
    pub fn forget(&mut self, through: Lsn) -> Result<usize, Error> {
        let mut removed = 0;
        while self.segments.get(1).is_some_and(|next| *next <= through.next()) {
            let name = segment::name(self.segments[0]);
            let fail = |error| errors::disk(&error, "removing a segment of the journal", self.disk.called(&name));
            self.disk.remove(&name).map_err(fail)?;
            self.segments.pop_front();
            removed += 1;
        }
        if removed > 0 {
            let fail = |error| errors::disk(&error, "syncing the state folder", self.disk.called(""));
            self.disk.sync_folder().map_err(fail)?;
        }
        Ok(removed)
    }

    /// Syncs, and proves by a mark that all of it was durable: damage to the last records is then told from a torn end.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub fn close(mut self) -> Result<(), Error> {
        self.mark()
    }

    fn mark(&mut self) -> Result<(), Error> {
        self.sync()?;
        if self.marked || self.last == Lsn(0) {
            return Ok(());
        }
        self.put(0, |_| {})?;
        self.sync().map(drop)
    }
}

impl<D: Disk> std::fmt::Debug for Journal<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (first, last, durable) = (self.first(), self.last, self.durable);
        f.debug_struct("Journal").field("first", &first).field("last", &last).field("durable", &durable).finish()
    }
}

/// What every call gets after `error`: whatever it brings was not written.
fn refusal(error: &Error) -> Error {
    let mut refusal = error.clone();
    if let Some(first) = refusal.diagnostics.first_mut() {
        first.message = format!("the journal has stopped: {}", first.message);
    }
    refusal
}

pub(crate) fn too_large(length: usize) -> Error {
    let message = format!("a record of {length} bytes is over the journal's limit of {MAX_PAYLOAD}");
    Error::new(Status::InvalidArgument, codes::RECORD_TOO_LARGE, message, Place::None)
}
