//! `Session`: what a caller holds, whatever lies behind the address.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fishplate::session::{Counters, Final, SessionId, State};
use fishplate::{Decision, Error, Place, Status, codes};

use crate::address::Address;
use crate::options::SessionOptions;
use crate::outgoing::Outgoing;

/// How long a call may wait: `None` for as long as it takes.
pub type Wait = Option<Duration>;

/// What `receive` gives.
#[derive(Clone, Debug)]
pub enum Received {
    /// The outcome of the next event, in order.
    Outcome {
        /// The event's sequence.
        sequence: u64,
        /// Decided or refused.
        outcome: Result<Decision, Error>,
    },
    /// Nothing more: the session's last word. Given again at every further call.
    End(Final),
}

/// Where a session stands.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub id: SessionId,
    /// The epoch of its connection.
    pub epoch: u64,
    /// Its state.
    pub state: State,
    /// What it did so far.
    pub counters: Counters,
    /// Its last word, if it has been said.
    pub last_word: Option<Final>,
    /// Name and version of the rule set that decides.
    pub rule_set: (String, [u8; 32]),
}

/// An ordered conversation of events and decisions. Any thread may use it: sends take turns; `receive` is for one thread
/// at a time (others wait). Clones are the same session. Dropping the last one closes it.
#[derive(Clone)]
pub struct Session(Arc<Owned>);

/// Closes its session when the last user lets go. What carries the session may hold the driver longer.
struct Owned(Arc<dyn Driver>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What lies behind a session. The conformance suite (`tests/conformance`) holds every driver to the same behaviour.
pub(crate) trait Driver: Send + Sync {
    /// See [`Session::send`].
    fn send(&self, event: &Outgoing<'_>, wait: Wait) -> Result<u64, Error>;
    /// See [`Session::receive`].
    fn receive(&self, wait: Wait) -> Result<Received, Error>;
    /// See [`Session::half_close`].
    fn half_close(&self) -> Result<(), Error>;
    /// See [`Session::cancel`].
    fn cancel(&self) -> Result<(), Error>;
    /// See [`Session::close`].
    fn close(&self);
    /// See [`Session::report`].
    fn report(&self) -> Report;
}

/// Opens a session with whatever is at `address`: `inproc:NAME`, `shm://NAME`, `grpc://HOST:PORT`. Waits for the welcome, at
/// most `connect_ms`.
///
/// # Errors
/// `INVALID_ARGUMENT`: not an address (F0859), a wrong option (F0809), no deadline on a network (F0854);
/// `UNAVAILABLE` (F0860): nobody answers; `NOT_FOUND` (F0861): no such rule set; `DATA_LOSS` (F0856): the session to be resumed is not
/// known there; `ABORTED` (F0857): a later epoch has it.
pub fn connect(address: &str, options: &SessionOptions) -> Result<Session, Error> {
    let driver: Arc<dyn Driver> = match Address::parse(address)? {
        Address::InProcess(name) => crate::inproc::connect(&name, options)?,
        #[cfg(unix)]
        Address::SharedMemory(name) => crate::ring::connect(&name, options)?,
        #[cfg(feature = "grpc")]
        Address::Grpc(server) => crate::grpc::connect(&server, options)?,
        #[allow(unreachable_patterns)] // where everything is built in
        _ => return Err(not_built_in(address)),
    };
    Ok(Session::of(driver))
}

fn not_built_in(address: &str) -> Error {
    let message = format!("this build has no sessions at `{address}`");
    Error::new(Status::Unimplemented, codes::BAD_ADDRESS, message, Place::Name("address".into()))
}

impl Session {
    /// A session with what lies behind it.
    pub(crate) fn of(driver: Arc<dyn Driver>) -> Self {
        Self(Arc::new(Owned(driver)))
    }

    /// Sends an event; gives its sequence, from 1. What happens when the window is full is the session's policy; with
    /// `block` the call waits at most `wait`.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0850) unless the session is streaming; `RESOURCE_EXHAUSTED` (F0851), full and `reject`;
    /// `DEADLINE_EXCEEDED` (F0852), full and waited (the event was not sent); `CANCELLED` (F0863), closed meanwhile;
    /// `INVALID_ARGUMENT` (F0865), too large for a frame of the ring; the last word's error once the session has ended.
    pub fn send(&self, event: &Outgoing<'_>, wait: Wait) -> Result<u64, Error> {
        self.0.0.send(event, wait)
    }

    /// The outcome of the next event, in order, or the session's last word. Waits at most `wait`.
    ///
    /// # Errors
    /// `DEADLINE_EXCEEDED` (F0852): nothing came in time; `CANCELLED` (F0863): closed meanwhile.
    pub fn receive(&self, wait: Wait) -> Result<Received, Error> {
        self.0.0.receive(wait)
    }

    /// No more events: what was sent is decided and delivered, then the last word is OK.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0850) unless the session is streaming.
    pub fn half_close(&self) -> Result<(), Error> {
        self.0.0.half_close()
    }

    /// No more events: what was accepted is decided and delivered within the drain timeout, then the last word is
    /// CANCELLED with the watermark.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0850): cancelled already, or done.
    pub fn cancel(&self) -> Result<(), Error> {
        self.0.0.cancel()
    }

    /// Lets go of the session: a session that is not done is cancelled, calls that wait return `CANCELLED` (F0863), every
    /// further one is `FAILED_PRECONDITION` (F0801). Returns at once; closing again changes nothing.
    pub fn close(&self) {
        self.0.0.close();
    }

    /// Where it stands; also after closing.
    pub fn report(&self) -> Report {
        self.0.0.report()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
