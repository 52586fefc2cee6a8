//! Sessions as a host language holds them: shared, closable from any thread, guarded against forks.
//!
//! A call that may wait holds an `Arc` and never a hazard slot, so that a close may come at any moment: it marks, wakes
//! whoever waits with CANCELLED, and returns; the last user frees. This file knows no handle and no layout.

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fishplate::Error;
use fishplate_transport::ring::Carried;
use fishplate_transport::{Outgoing, Received, Report, Session, SessionOptions};

use crate::counters::Live;
use crate::storage::bad_argument;
use crate::table::Object;

/// An ordered conversation of events and decisions, as a host language holds it. Any thread may use it.
pub struct SessionObject {
    /// Left alone in the child of a fork: letting go of it there would touch locks that nobody will release.
    session: ManuallyDrop<Session>,
    /// The other side of a session whose frames the host carries.
    carried: Option<Carried>,
    /// Outcomes that were taken from the session and did not fit their caller's storage, by sequence. Bounded by the
    /// number of threads that receive at the same time.
    waiting: Mutex<VecDeque<Received>>,
    live: Live,
}

impl SessionObject {
    /// Opens a session with whatever is at `address`; waits for its welcome, at most `connect_ms`.
    ///
    /// # Errors
    /// As [`fishplate_transport::connect`].
    pub fn open(address: &str, options: &SessionOptions) -> Result<Arc<Self>, Error> {
        // Counted from the beginning: the fork guard stands before the transport makes anything.
        let live = Live::new(Object::Session);
        let session = fishplate_transport::connect(address, options)?;
        Ok(Self::new(session, None, live))
    }

    /// A session whose frames the host carries; it is not connected yet.
    ///
    /// # Errors
    /// As [`Carried::open`].
    pub fn carried_by_host(options: &SessionOptions) -> Result<Arc<Self>, Error> {
        let live = Live::new(Object::Session);
        let (session, carried) = Carried::open(options)?;
        Ok(Self::new(session, Some(carried), live))
    }

    fn new(session: Session, carried: Option<Carried>, live: Live) -> Arc<Self> {
        Arc::new(Self { session: ManuallyDrop::new(session), carried, waiting: Mutex::new(VecDeque::new()), live })
    }

    /// The side that the host carries.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, F0809: the session carries itself; `FAILED_PRECONDITION`, F0805: opened before this process forked.
    pub fn carried(&self) -> Result<&Carried, Error> {
        self.live.born().check()?;
        self.carried.as_ref().ok_or_else(|| bad_argument("session", "this session carries its frames itself"))
    }

    /// Sends an event, which is copied; gives its sequence. With the policy `block` it waits at most `wait` for room.
    ///
    /// # Errors
    /// As [`Session::send`]; `FAILED_PRECONDITION`, F0805: opened before this process forked.
    pub fn send(&self, event: &Outgoing<'_>, wait: Option<Duration>) -> Result<u64, Error> {
        self.session()?.send(event, wait)
    }

    /// The outcome of the next event, or the session's last word. Waits at most `wait`.
    ///
    /// # Errors
    /// As [`Session::receive`]; `FAILED_PRECONDITION`, F0805: opened before this process forked.
    pub fn receive(&self, wait: Option<Duration>) -> Result<Received, Error> {
        let session = self.session()?;
        let kept = self.waiting().pop_front();
        kept.map_or_else(|| session.receive(wait), Ok)
    }

    /// Takes back what could not be handed over: the next [`Self::receive`] gives it.
    pub(crate) fn put_back(&self, received: Received) {
        let mut waiting = self.waiting();
        let at = waiting.partition_point(|other| sequence(other) < sequence(&received));
        waiting.insert(at, received);
    }

    /// No more events come.
    ///
    /// # Errors
    /// As [`Session::half_close`]; `FAILED_PRECONDITION`, F0805: opened before this process forked.
    pub fn half_close(&self) -> Result<(), Error> {
        self.session()?.half_close()
    }

    /// No more events are taken; what was accepted is decided and delivered.
    ///
    /// # Errors
    /// As [`Session::cancel`]; `FAILED_PRECONDITION`, F0805: opened before this process forked.
    pub fn cancel(&self) -> Result<(), Error> {
        self.session()?.cancel()
    }

    /// Where it stands; also after closing.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`, F0805: opened before this process forked.
    pub fn report(&self) -> Result<Report, Error> {
        Ok(self.session()?.report())
    }

    /// Lets go of the session and wakes whoever waits with CANCELLED. Returns at once; any number of times.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`, F0805: opened before this process forked.
    pub fn close(&self) -> Result<(), Error> {
        self.session()?.close();
        Ok(())
    }

    /// The fork check stands first: in the child of a fork nothing else may be touched.
    fn session(&self) -> Result<&Session, Error> {
        self.live.born().check()?;
        Ok(&self.session)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Received>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SessionObject {
    fn drop(&mut self) {
        if self.live.born().is_now() {
            // SAFETY: dropped once, here, and the object is gone afterwards.
            unsafe { ManuallyDrop::drop(&mut self.session) };
        }
    }
}

impl std::fmt::Debug for SessionObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionObject").finish_non_exhaustive()
    }
}

/// Its place in the order: the last word stands behind every outcome.
fn sequence(received: &Received) -> u64 {
    match received {
        Received::Outcome { sequence, .. } => *sequence,
        Received::End(_) => u64::MAX,
    }
}

#[cfg(test)]
mod tests;
