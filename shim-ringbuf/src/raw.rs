//! A claim for a language that maps the file itself and reads and writes the lanes with code of its own.
//!
//! It takes the pair's lock, keeps it, and lends the futex. Words are named by [`Word`], never by an address, so that no
//! caller can make it touch other memory. `docs/ring-layout.md` says what such a caller does with the lanes.

use std::os::fd::RawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::attachment;
use crate::fork::Epoch;
use crate::layout::{self, Geometry, Word};
use crate::shared::{Lane, Shared};
use crate::wait::WAIT_SLICE;
use crate::{RingError, sys};

/// Where everything of one pair stands: offsets from the start of the file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawGeometry {
    /// Bytes of the file: what is mapped.
    pub file_bytes: u64,
    /// The number of the pair.
    pub pair: u32,
    /// Bytes of a lane.
    pub lane_bytes: u32,
    /// The longest payload.
    pub max_payload: u32,
    /// The event lane's bytes.
    pub event_lane: u64,
    /// The event lane's published position.
    pub event_published: u64,
    /// The event lane's consumed position.
    pub event_consumed: u64,
    /// [`Word::EventSpace`]; its waiter flag is the u32 after it, as for the others.
    pub event_space_word: u64,
    /// [`Word::Doorbell`].
    pub doorbell_word: u64,
    /// The decision lane's bytes.
    pub decision_lane: u64,
    /// The decision lane's published position.
    pub decision_published: u64,
    /// The decision lane's consumed position.
    pub decision_consumed: u64,
    /// [`Word::DecisionData`].
    pub decision_data_word: u64,
    /// [`Word::DecisionSpace`].
    pub decision_space_word: u64,
    /// Where the event lane's producer begins.
    pub event_start: u64,
    /// Where the decision lane's consumer begins.
    pub decision_start: u64,
}

/// How [`RawAttachment::wait`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum RawWait {
    /// Woken, or interrupted: look again.
    Woken = 0,
    /// The word did not have the expected value: look again.
    Changed = 1,
    /// The time, or [`WAIT_SLICE`], is over.
    TimedOut = 2,
}

/// A claim of one pair, for a caller that maps the ring itself. Any thread may use it.
pub struct RawAttachment {
    /// `None` once detached. The lock is held for the time of a copy; waits hold a copy, never the lock.
    shared: Mutex<Option<Arc<Shared>>>,
    detached: AtomicBool,
    epoch: Epoch,
    path: PathBuf,
    geometry: RawGeometry,
}

impl RawAttachment {
    /// Attaches and claims a pair, as [`Attachment::attach`](crate::Attachment::attach).
    ///
    /// # Errors
    /// As [`Attachment::attach`](crate::Attachment::attach).
    pub fn attach(name: &str) -> Result<Self, RingError> {
        let (shared, pair) = attachment::claim(name)?;
        let (event_start, decision_start) = attachment::start(&shared.mapping, &shared.geometry, pair)?;
        let geometry = describe(&shared.geometry, pair, event_start, decision_start);
        let (epoch, path) = (shared.epoch, shared.path.clone());
        Ok(Self { shared: Mutex::new(Some(shared)), detached: AtomicBool::new(false), epoch, path, geometry })
    }

    /// The descriptor of the ring's file. `/proc/self/fd/N` opens the same file once more, whatever has become of its
    /// name since; a mapping is made through that, never through this descriptor, whose locks it would keep alive.
    ///
    /// # Errors
    /// [`RingError::Closed`] once detached, [`RingError::Forked`].
    pub fn descriptor(&self) -> Result<RawFd, RingError> {
        Ok(self.shared()?.locks.descriptor())
    }

    /// The file to map, where there is no `/proc`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where everything stands.
    pub fn geometry(&self) -> RawGeometry {
        self.geometry
    }

    /// Sleeps while the word has the expected value, for at most `timeout` and [`WAIT_SLICE`]. The caller has raised
    /// the word's waiter flag and looked once more.
    ///
    /// # Errors
    /// [`RingError::Closed`] once detached, [`RingError::Forked`].
    pub fn wait(&self, word: Word, expected: u32, timeout: Duration) -> Result<RawWait, RingError> {
        let shared = self.shared()?;
        let word = shared.mapping.u32_at(word.offset(&shared.geometry, self.geometry.pair));
        let ended = sys::futex_wait(word, expected, timeout.min(WAIT_SLICE));
        if self.detached.load(Ordering::SeqCst) {
            return Err(RingError::Closed);
        }
        Ok(match ended {
            sys::FutexWait::Woken => RawWait::Woken,
            sys::FutexWait::Changed => RawWait::Changed,
            sys::FutexWait::TimedOut => RawWait::TimedOut,
        })
    }

    /// Wakes whoever sleeps on the word. The caller has changed the word.
    ///
    /// # Errors
    /// [`RingError::Closed`] once detached, [`RingError::Forked`].
    pub fn wake(&self, word: Word) -> Result<(), RingError> {
        let shared = self.shared()?;
        sys::futex_wake(shared.mapping.u32_at(word.offset(&shared.geometry, self.geometry.pair)));
        Ok(())
    }

    /// Whether the server lives. One system call.
    ///
    /// # Errors
    /// [`RingError::Closed`] once detached, [`RingError::Forked`], [`RingError::Io`].
    pub fn server_alive(&self) -> Result<bool, RingError> {
        self.shared()?.is_locked(layout::LOCK_SERVER)
    }

    /// Gives the pair back, and ends the waits of other threads. The caller touches the lanes no more: that is its
    /// duty, the next client has them. Calling it again, or in the child of a fork, does nothing.
    pub fn detach(&self) {
        if self.epoch.check().is_err() {
            return;
        }
        self.detached.store(true, Ordering::SeqCst);
        let Some(shared) = self.lock().take() else { return };
        for word in [Word::EventSpace, Word::DecisionData] {
            let word = shared.mapping.u32_at(word.offset(&shared.geometry, self.geometry.pair));
            word.fetch_add(1, Ordering::SeqCst);
            sys::futex_wake(word);
        }
    }

    fn shared(&self) -> Result<Arc<Shared>, RingError> {
        // Before the lock: in the child of a fork it may be held by nobody.
        self.epoch.check()?;
        self.lock().clone().ok_or(RingError::Closed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Shared>>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn describe(geometry: &Geometry, pair: u32, event_start: u64, decision_start: u64) -> RawGeometry {
    let (events, decisions) = (Lane::events(geometry, pair), Lane::decisions(geometry, pair));
    RawGeometry {
        file_bytes: geometry.file_bytes(),
        pair,
        lane_bytes: geometry.lane_bytes(),
        // At most half of a lane, whose bytes are a u32.
        max_payload: geometry.max_payload() as u32,
        event_lane: events.data as u64,
        event_published: events.published as u64,
        event_consumed: events.consumed as u64,
        event_space_word: events.space_word as u64,
        doorbell_word: events.data_word as u64,
        decision_lane: decisions.data as u64,
        decision_published: decisions.published as u64,
        decision_consumed: decisions.consumed as u64,
        decision_data_word: decisions.data_word as u64,
        decision_space_word: decisions.space_word as u64,
        event_start,
        decision_start,
    }
}

impl std::fmt::Debug for RawAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawAttachment").field("path", &self.path).field("pair", &self.geometry.pair).finish()
    }
}
