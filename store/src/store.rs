//! Journal and snapshots together: how a state comes back, and what of it is kept.
//!
//! Kept are the last two snapshots that are known to be good, and the journal from the older one on: a snapshot that rots
//! costs a longer replay, and nothing else.

use std::num::NonZeroU8;
use std::sync::Arc;

use fishplate::{Error, Place, Status, codes};

use crate::disk::Disk;
use crate::errors;
use crate::journal::{Cut, Group, Journal, Lsn, Options, Record, StateId};
use crate::snapshot::{self, Snapshot};

/// Whoever a state comes back to.
pub trait Recover {
    /// Becomes what it was after the record `lsn`. Called once at most, before any record.
    ///
    /// # Errors
    /// The bytes cannot be used; the opening ends with this error.
    fn restore(&mut self, lsn: Lsn, bytes: &[u8]) -> Result<(), Error>;

    /// Does again what the record says.
    ///
    /// # Errors
    /// The record cannot be used; the opening ends with this error.
    fn replay(&mut self, record: Record<'_>) -> Result<(), Error>;
}

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The last record of the snapshot that was restored; `None`: everything was replayed.
    pub snapshot: Option<Lsn>,
    /// Records that were replayed.
    pub replayed: u64,
    /// The last record that came back, out of the snapshot or the journal; 0 if none did.
    pub last: Lsn,
    /// Snapshots that were damaged and passed over for an older one, newest first: why, and which.
    pub damaged: Vec<Error>,
    /// What was cut off the journal's end.
    pub cut: Option<Cut>,
}

/// A state on a disk: append, sync, now and then a snapshot. One thread at a time.
#[derive(Debug)]
pub struct Store<D: Disk> {
    disk: D,
    journal: Journal<D>,
    /// The newest snapshot that is known to be good.
    newest: Option<Lsn>,
    /// A snapshot that is being written has the other one.
    writing: Arc<()>,
}

/// A snapshot on its way to the disk. It shares nothing with the store, so that events are taken while it is written.
#[must_use = "it is not on the disk before it is written"]
#[derive(Debug)]
pub struct Writing<D: Disk> {
    /// While it lives there is no other.
    _only: Arc<()>,
    disk: D,
    snapshot: Snapshot,
    done: Option<Result<(), Error>>,
}

impl<D: Disk> Store<D> {
    /// Opens the state in `disk`, which comes back to `into`, or begins one with the id `new` if there is none.
    ///
    /// # Errors
    /// As [`Journal::open`]; `DATA_LOSS` (F0874) also if no snapshot is good, and the journal does not reach back to the
    /// beginning or to an older one.
    pub fn open(disk: D, new: StateId, options: Options, into: &mut impl Recover) -> Result<(Self, Recovery), Error> {
        let mut recovery = Recovery::default();
        let found = newest(&disk, &mut recovery.damaged)?;
        recovery.snapshot = found.as_ref().map(|snapshot| snapshot.lsn);
        let after = recovery.snapshot.unwrap_or_default();
        recovery.last = after;
        if let Some(snapshot) = &found {
            if Journal::state_in(&disk)?.is_some_and(|state| state != snapshot.state) {
                return Err(errors::foreign(disk.called(&snapshot::name(snapshot.lsn))));
            }
            into.restore(snapshot.lsn, &snapshot.bytes)?;
        }
        let mut replay = |record: Record<'_>| {
            recovery.replayed += 1;
            recovery.last = record.lsn;
            into.replay(record)
        };
        let opened = Journal::open(disk.clone(), new, after, options, &mut replay);
        // What is missing then is what the damaged snapshot had: that is the first thing to be told.
        let (journal, cut) = opened.map_err(|error| match recovery.damaged.first() {
            Some(damaged) if error.code() == codes::STATE_INCOMPLETE => also(damaged, &error),
            _ => error,
        })?;
        recovery.cut = cut;
        Ok((Self { disk, journal, newest: recovery.snapshot, writing: Arc::default() }, recovery))
    }

    /// See [`Journal::append_with`].
    ///
    /// # Errors
    /// As there.
    pub fn append_with(&mut self, kind: NonZeroU8, write: impl FnOnce(&mut Vec<u8>)) -> Result<Lsn, Error> {
        self.journal.append_with(kind, write)
    }

    /// See [`Journal::sync`].
    ///
    /// # Errors
    /// As there.
    pub fn sync(&mut self) -> Result<Lsn, Error> {
        self.journal.sync()
    }

    /// See [`Journal::begin_sync`].
    ///
    /// # Errors
    /// As there.
    pub fn begin_sync(&mut self) -> Result<Option<Group<D>>, Error> {
        self.journal.begin_sync()
    }

    /// See [`Journal::end_sync`].
    ///
    /// # Errors
    /// As there.
    pub fn end_sync(&mut self, group: Group<D>) -> Result<Lsn, Error> {
        self.journal.end_sync(group)
    }

    /// See [`Journal::abandon`].
    pub fn abandon(&mut self, why: &Error) {
        self.journal.abandon(why);
    }

    /// The journal.
    pub fn journal(&self) -> &Journal<D> {
        &self.journal
    }

    /// Takes `bytes`, what the engine is after everything that was appended, as a snapshot: see [`Self::begin_snapshot`].
    ///
    /// # Errors
    /// As there, and as [`Self::end_snapshot`].
    pub fn snapshot(&mut self, bytes: Vec<u8>) -> Result<Lsn, Error> {
        let writing = self.begin_snapshot(bytes)?;
        self.end_snapshot(writing)
    }

    /// Syncs, and takes `bytes`, what the engine is after everything that was appended, as a snapshot to be written: call
    /// [`Writing::write`], and then [`Self::end_snapshot`]. One is written at a time.
    ///
    /// # Errors
    /// As [`Journal::sync`]: then there is no snapshot either. `INTERNAL` (F0901) while one is being written.
    pub fn begin_snapshot(&mut self, bytes: Vec<u8>) -> Result<Writing<D>, Error> {
        if Arc::strong_count(&self.writing) > 1 {
            let message = "a snapshot is being written; there is one at a time";
            return Err(Error::new(Status::Internal, codes::INTERNAL, message, Place::None));
        }
        // A snapshot of what the journal could still lose would be of a state that never was. And the journal turns over,
        // so that everything that is in the snapshot can go when it is no longer needed.
        self.journal.turn_over()?;
        let snapshot = Snapshot { lsn: self.journal.last(), state: self.journal.state(), bytes };
        // Nothing has happened since the last one: it is there.
        let done = (self.newest == Some(snapshot.lsn)).then_some(Ok(()));
        Ok(Writing { _only: self.writing.clone(), disk: self.disk.clone(), snapshot, done })
    }

    /// Takes in what became of a snapshot; writes it, if that was not done. Then removes what the last two make needless.
    ///
    /// # Errors
    /// `UNAVAILABLE` (F0872, F0873): the snapshot was not written, or an old file not removed. The journal goes on, and so
    /// may the engine.
    pub fn end_snapshot(&mut self, mut writing: Writing<D>) -> Result<Lsn, Error> {
        writing.write();
        if let Some(Err(error)) = writing.done {
            return Err(error);
        }
        let newest = writing.snapshot.lsn;
        let older = self.newest.replace(newest);
        if older == Some(newest) {
            return Ok(newest);
        }
        // The journal before the older one may go; before there are two snapshots, all of it is the second way back.
        self.remove_snapshots(&[Some(newest), older])?;
        if let Some(older) = older {
            self.journal.forget(older)?;
        }
        Ok(newest)
    }

    /// Removes all snapshots but `kept`, damaged ones too.
    fn remove_snapshots(&self, kept: &[Option<Lsn>]) -> Result<(), Error> {
        for lsn in snapshot::list(&self.disk)?.into_iter().filter(|lsn| !kept.contains(&Some(*lsn))) {
            let name = snapshot::name(lsn);
            let fail = |error| errors::disk(&error, "removing a snapshot", self.disk.called(&name));
            self.disk.remove(&name).map_err(fail)?;
        }
        Ok(())
    }

    /// See [`Journal::close`].
    ///
    /// # Errors
    /// As there.
    pub fn close(self) -> Result<(), Error> {
        self.journal.close()
    }
}

impl<D: Disk> Writing<D> {
    /// Writes it. Blocks for as long as the disk takes. What came of it is told by [`Store::end_snapshot`]; a second call
    /// does nothing.
    pub fn write(&mut self) {
        if self.done.is_none() {
            let Snapshot { lsn, state, bytes } = &self.snapshot;
            self.done = Some(snapshot::write(&self.disk, *lsn, *state, bytes));
        }
    }

    /// The last record that is in it.
    pub fn lsn(&self) -> Lsn {
        self.snapshot.lsn
    }
}

/// The newest snapshot that is good; those that are not are put into `damaged`.
fn newest<D: Disk>(disk: &D, damaged: &mut Vec<Error>) -> Result<Option<Snapshot>, Error> {
    for lsn in snapshot::list(disk)? {
        match snapshot::read(disk, lsn) {
            Ok(snapshot) => return Ok(Some(snapshot)),
            Err(error) if error.status == Status::DataLoss => damaged.push(error),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// `error`, and what came of it.
fn also(error: &Error, then: &Error) -> Error {
    let mut both = error.clone();
    both.diagnostics.extend(then.diagnostics.iter().cloned());
    both
}
