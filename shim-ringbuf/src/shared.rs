//! What every object on one ring holds together: the mapping, the locks, the geometry. It knows words and locks; what
//! the frames between them are, the lanes know.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use crate::RingError;
use crate::file;
use crate::fork::{Epoch, LockFile};
use crate::layout::{self, Geometry, Word};
use crate::mapping::Mapping;
use crate::wait;

/// One ring, opened once by one side. The last object that holds it gives the locks back.
pub(crate) struct Shared {
    pub(crate) mapping: Mapping,
    pub(crate) geometry: Geometry,
    pub(crate) path: PathBuf,
    pub(crate) epoch: Epoch,
    pub(crate) locks: LockFile,
    /// The pair, if this is the client's side.
    pub(crate) claim: Option<u32>,
}

impl Shared {
    /// Where a pair's state stands.
    fn state_at(&self, pair: u32) -> usize {
        self.geometry.control(pair) + layout::CONTROL_STATE as usize
    }

    pub(crate) fn state(&self, pair: u32) -> u32 {
        self.mapping.u32_at(self.state_at(pair)).load(Ordering::Acquire)
    }

    /// Release: whoever sees the state sees what was written before it.
    pub(crate) fn set_state(&self, pair: u32, state: u32) {
        self.mapping.u32_at(self.state_at(pair)).store(state, Ordering::Release);
    }

    /// Wakes the server, if it waits.
    pub(crate) fn ring_doorbell(&self) {
        wait::notify(&self.mapping, Word::Doorbell.offset(&self.geometry, 0));
    }

    /// Whether another open file has the lock: the server's, or a pair's.
    pub(crate) fn is_locked(&self, byte: u64) -> Result<bool, RingError> {
        self.epoch.check()?;
        file::is_locked(&self.locks, byte, &self.path)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some(pair) = self.claim else { return };
        if !self.epoch.is_now() {
            return; // The claim is the parent's.
        }
        // The last words of this client: nothing is written to the lanes after them. Then the lock, then the bell, so
        // that the server, once woken, finds both.
        self.set_state(pair, layout::STATE_CLOSING);
        let _ = self.locks.unlock(layout::LOCK_PAIRS + u64::from(pair));
        self.ring_doorbell();
    }
}

/// Where the parts of one lane stand in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    pub(crate) data: usize,
    pub(crate) bytes: u64,
    pub(crate) published: usize,
    pub(crate) consumed: usize,
    /// The word that its consumer sleeps on.
    pub(crate) data_word: usize,
    /// The word that its producer sleeps on.
    pub(crate) space_word: usize,
}

impl Lane {
    pub(crate) fn events(geometry: &Geometry, pair: u32) -> Self {
        let control = geometry.control(pair);
        Self {
            data: geometry.event_lane(pair),
            bytes: u64::from(geometry.lane_bytes()),
            published: control + layout::CONTROL_EVENT_PUBLISHED as usize,
            consumed: control + layout::CONTROL_EVENT_CONSUMED as usize,
            data_word: Word::Doorbell.offset(geometry, pair),
            space_word: Word::EventSpace.offset(geometry, pair),
        }
    }

    pub(crate) fn decisions(geometry: &Geometry, pair: u32) -> Self {
        let control = geometry.control(pair);
        Self {
            data: geometry.decision_lane(pair),
            bytes: u64::from(geometry.lane_bytes()),
            published: control + layout::CONTROL_DECISION_PUBLISHED as usize,
            consumed: control + layout::CONTROL_DECISION_CONSUMED as usize,
            data_word: Word::DecisionData.offset(geometry, pair),
            space_word: Word::DecisionSpace.offset(geometry, pair),
        }
    }

    /// Where in the lane a position lies.
    #[inline]
    pub(crate) fn offset(&self, position: u64) -> u64 {
        position & (self.bytes - 1)
    }

    /// Where in the file the frame of a position begins.
    #[inline]
    pub(crate) fn at(&self, position: u64) -> usize {
        self.data + self.offset(position) as usize
    }

    /// Makes the lane empty and clean at a position. The caller knows that nobody uses it: its pair's client has gone.
    pub(crate) fn restart(&self, mapping: &Mapping, position: u64) {
        mapping.u64_at(self.at(position)).store(0, Ordering::Relaxed);
        mapping.u64_at(self.published).store(position, Ordering::Relaxed);
        mapping.u64_at(self.consumed).store(position, Ordering::Relaxed);
        mapping.u32_at(self.space_word + 4).store(0, Ordering::Relaxed);
    }
}
