//! A client's place in a ring, for a host that maps the ring's file itself: the lock that claims it, and the futex.
//!
//! The host reads and writes the lanes with code of its own (`docs/ring-layout.md`). It names words by number and gets
//! no address from here, so that no mistake of its own makes the library touch other memory.

use std::sync::Arc;
use std::time::Duration;

use fishplate::{Error, Place, Status, codes};
use fishplate_ring::{RawAttachment, RawWait, RingError, Word};
use fishplate_transport::ring;

use crate::counters::Live;
use crate::objects::closed;
use crate::storage::bad_argument;
use crate::table::Object;

/// A place in a ring, as a host language holds it. Any thread may use it.
pub struct RingObject {
    attachment: RawAttachment,
    live: Live,
}

impl RingObject {
    /// Claims a place in the ring `name`, and its pair of lanes.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0859): not a name; `UNAVAILABLE` (F0860): nobody serves it; `RESOURCE_EXHAUSTED` (F0864): every
    /// place is taken; another status (F0864) for a ring that cannot be used.
    pub fn attach(name: &str) -> Result<Arc<Self>, Error> {
        // Counted from the beginning: the fork guard stands before anything is opened.
        let live = Live::new(Object::Ring);
        let attachment = RawAttachment::attach(name).map_err(|error| ring::error(&error))?;
        Ok(Arc::new(Self { attachment, live }))
    }

    /// The attachment: the file to map, and where its parts stand.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`, F0805: made before this process forked.
    pub fn attachment(&self) -> Result<&RawAttachment, Error> {
        self.live.born().check()?;
        Ok(&self.attachment)
    }

    /// Sleeps while `word` has the value `expected`, at most so long and never longer than 100 ms.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0809): no such word; `CANCELLED` (F0863): closed meanwhile; `FAILED_PRECONDITION` (F0805).
    pub fn wait(&self, word: u32, expected: u32, time: Duration) -> Result<RawWait, Error> {
        let waited = self.attachment()?.wait(word_of(word)?, expected, time);
        waited.map_err(|error| match error {
            RingError::Closed => closed_meanwhile(),
            other => ring::error(&other),
        })
    }

    /// Wakes whoever sleeps on `word`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0809): no such word; `FAILED_PRECONDITION`: closed (F0801), made before this process forked (F0805).
    pub fn wake(&self, word: u32) -> Result<(), Error> {
        self.attachment()?.wake(word_of(word)?).map_err(refused)
    }

    /// Whether the ring's server lives.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`: closed (F0801), made before this process forked (F0805); `INTERNAL` if the system does not say.
    pub fn is_served(&self) -> Result<bool, Error> {
        self.attachment()?.server_alive().map_err(refused)
    }

    /// Lets go of the place and wakes whoever sleeps. Any number of times.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`, F0805: made before this process forked.
    pub fn close(&self) -> Result<(), Error> {
        self.attachment()?.detach();
        Ok(())
    }
}

impl std::fmt::Debug for RingObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RingObject").finish_non_exhaustive()
    }
}

fn refused(error: RingError) -> Error {
    match error {
        RingError::Closed => closed(Object::Ring),
        other => ring::error(&other),
    }
}

fn word_of(number: u32) -> Result<Word, Error> {
    let wrong = || bad_argument("word", format!("{number} is no word of a ring: 0 to 3"));
    Word::from_number(number).ok_or_else(wrong)
}

#[cold]
fn closed_meanwhile() -> Error {
    let message = "the ring was closed while the call waited";
    Error::new(Status::Cancelled, codes::CLOSED_MEANWHILE, message, Place::None)
}

#[cfg(test)]
mod tests;
