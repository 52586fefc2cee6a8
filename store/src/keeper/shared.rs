//! A keeper that many threads share: they bring inputs in turns, and wait for the disk together. Whoever finds nobody
//! writing writes for all who wait; meanwhile others bring more. It starts no thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use fishplate::Error;

use super::Keeper;
use crate::disk::Disk;
use crate::errors;
use crate::journal::Lsn;

/// A shared keeper. Clones are the same one.
#[derive(Debug)]
pub struct Shared<D: Disk> {
    inner: Arc<Inner<D>>,
}

#[derive(Debug)]
struct Inner<D: Disk> {
    state: Mutex<State<D>>,
    /// Somebody is no longer busy with the disk.
    done: Condvar,
}

#[derive(Debug)]
struct State<D: Disk> {
    keeper: Keeper<D>,
    /// Somebody writes a group.
    is_writing: bool,
    /// Somebody writes a snapshot.
    is_snapshotting: bool,
}

impl<D: Disk> Clone for Shared<D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<D: Disk> Shared<D> {
    /// Shares `keeper`.
    pub fn new(keeper: Keeper<D>) -> Self {
        let state = State { keeper, is_writing: false, is_snapshotting: false };
        Self { inner: Arc::new(Inner { state: Mutex::new(state), done: Condvar::new() }) }
    }

    /// Does something with the keeper, alone. What it gave leaves only after [`Self::commit`]. Syncs and snapshots are this
    /// object's to make.
    pub fn with<R>(&self, ask: impl FnOnce(&mut Keeper<D>) -> R) -> R {
        ask(&mut self.lock().keeper)
    }

    /// Waits until everything is durable that was taken before the call, by any thread. Returns up to where all is.
    ///
    /// # Errors
    /// `UNAVAILABLE` (F0872, F0873, F0902): the keeper has stopped before that. Inputs of the caller that were not durable may
    /// or may not be there when the state is opened again.
    pub fn commit(&self) -> Result<Lsn, Error> {
        let mut state = self.lock();
        let wanted = state.keeper.position().0;
        loop {
            let durable = state.keeper.position().1;
            if durable >= wanted {
                return Ok(durable);
            }
            if let Some(why) = state.keeper.stopped() {
                return Err(errors::unknown(why));
            }
            if state.is_writing {
                state = self.wait(state);
            } else {
                self.write(state)?;
                state = self.lock();
            }
        }
    }

    /// Writes what has gathered, with the keeper free for others.
    fn write(&self, mut state: MutexGuard<'_, State<D>>) -> Result<(), Error> {
        let Some(mut group) = state.keeper.begin_sync()? else { return Ok(()) };
        state.is_writing = true;
        drop(state);
        let busy = Busy { shared: self, clear: |state| state.is_writing = false };
        group.write();
        let ended = self.lock().keeper.end_sync(group);
        drop(busy);
        ended.map(drop)
    }

    /// Writes a snapshot; one at a time. Others wait while the engine is put into bytes, and not while these are written.
    ///
    /// # Errors
    /// As [`Keeper::snapshot`].
    pub fn snapshot(&self) -> Result<Lsn, Error> {
        let mut state = self.lock();
        while state.is_writing || state.is_snapshotting {
            state = self.wait(state);
        }
        let mut writing = state.keeper.begin_snapshot()?;
        state.is_snapshotting = true;
        drop(state);
        let busy = Busy { shared: self, clear: |state| state.is_snapshotting = false };
        // It made everything durable.
        self.inner.done.notify_all();
        writing.write();
        let ended = self.lock().keeper.end_snapshot(writing);
        drop(busy);
        ended
    }

    /// Gives the keeper back, to be closed; `None` while there are clones.
    pub fn into_keeper(self) -> Option<Keeper<D>> {
        let state = Arc::into_inner(self.inner)?.state;
        Some(state.into_inner().unwrap_or_else(PoisonError::into_inner).keeper)
    }

    fn lock(&self) -> MutexGuard<'_, State<D>> {
        // A keeper catches the engine's panics; one of a caller's own leaves the keeper as it was.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State<D>>) -> MutexGuard<'s, State<D>> {
        self.inner.done.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody is busy with the disk; even if that ends in a panic, the others learn that it has ended.
struct Busy<'s, D: Disk> {
    shared: &'s Shared<D>,
    clear: fn(&mut State<D>),
}

impl<D: Disk> Drop for Busy<'_, D> {
    fn drop(&mut self) {
        (self.clear)(&mut self.shared.lock());
        self.shared.inner.done.notify_all();
    }
}
