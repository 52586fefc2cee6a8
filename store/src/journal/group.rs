//! One group on its way to the disk: one write and one sync, and before them, if the segment is full, the next segment.
//! It shares nothing with the journal, so that records can be appended while it is under way.

use std::sync::Arc;

use fishplate::Error;

use super::format::{Lsn, SEGMENT_HEADER, SegmentHeader};
use super::{Options, segment};
use crate::disk::{Disk, DiskFile};
use crate::errors;

/// Records that become durable together.
#[must_use = "what is in it is lost if nobody writes it, and the journal then takes no further group"]
pub struct Group<D: Disk> {
    pub(super) disk: D,
    /// The segment; after a turn, the new one.
    pub(super) file: Arc<D::File>,
    /// The first LSN of the segment that the group goes to.
    pub(super) first: Lsn,
    /// The group goes to a segment that is to be made.
    pub(super) turn: Option<Turn>,
    pub(super) bytes: Vec<u8>,
    pub(super) position: u64,
    /// The last record of the group.
    pub(super) last: Lsn,
    pub(super) done: Option<Result<(), Error>>,
}

/// One segment ends and the next one begins.
pub(super) struct Turn {
    pub(super) header: SegmentHeader,
    /// Where the records of the old one end.
    pub(super) end: u64,
    pub(super) options: Options,
}

impl<D: Disk> Group<D> {
    /// Writes and syncs. Blocks for as long as the disk takes. What came of it is told by [`super::Journal::end_sync`]; a
    /// second call does nothing.
    pub fn write(&mut self) {
        if self.done.is_none() {
            self.done = Some(self.try_write());
        }
    }

    fn try_write(&mut self) -> Result<(), Error> {
        if let Some(turn) = self.turn.take() {
            self.file = turn.make(&self.disk, &self.file)?;
        }
        let fail = |error| {
            let called = self.disk.called(&segment::name(self.first));
            errors::disk(&error, "writing the journal", called)
        };
        self.file.write_at(self.position, &self.bytes).and_then(|()| self.file.sync()).map_err(fail)
    }
}

impl Turn {
    /// Makes the next segment. Everything in the old one is durable.
    pub(super) fn make<D: Disk>(&self, disk: &D, old: &D::File) -> Result<Arc<D::File>, Error> {
        // The old one gives back what it did not need. No sync: if this is lost, zeros stay behind its last record, which
        // readers allow.
        let cut =
            if self.options.preallocate && self.end > SEGMENT_HEADER as u64 { old.truncate(self.end) } else { Ok(()) };
        let made = cut.and_then(|()| segment::create(disk, &self.header, self.options));
        made.map(Arc::new).map_err(|error| {
            let called = disk.called(&segment::name(self.header.first));
            errors::disk(&error, "making a segment of the journal", called)
        })
    }
}

impl<D: Disk> std::fmt::Debug for Group<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group").field("last", &self.last).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
