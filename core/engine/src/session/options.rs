//! What a session is opened with, and how those bounds default.

use std::time::Duration;

use crate::codes;
use crate::error::{Error, Place};
use crate::status::Status;

/// How much may be under way, from the sending of an event to the taking of its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Events.
    pub events: u64,
    /// Bytes of events.
    pub bytes: u64,
}

impl Default for Window {
    /// 1,024 events and 1 MiB: a few milliseconds of work for one core, and nothing that hurts if a thousand sessions
    /// stall.
    fn default() -> Self {
        Self { events: 1_024, bytes: 1 << 20 }
    }
}

impl Window {
    /// The smaller of two, bound by bound.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { events: self.events.min(other.events), bytes: self.bytes.min(other.bytes) }
    }

    /// The same, where a bound of 0 is that of `default`.
    #[must_use]
    pub fn or(self, default: Self) -> Self {
        let or = |bound, default| if bound == 0 { default } else { bound };
        Self { events: or(self.events, default.events), bytes: or(self.bytes, default.bytes) }
    }
}

/// What `send` does when the window is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Refuse the event: `RESOURCE_EXHAUSTED` (F0851).
    Reject,
    /// Wait until there is room, as long as the call allows.
    Block,
    /// Keep one more window of events that wait, and shed the oldest of those for a newer one. The outcome of a shed
    /// event is `RESOURCE_EXHAUSTED` (F0853); it is never decided.
    ShedOldest,
}

/// When a session ends by itself. Counted from its opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The session ends so long after its opening.
    pub deadline: Option<Duration>,
    /// The session ends when nothing has come from the client for so long.
    pub idle_timeout: Option<Duration>,
    /// The session ends at this age.
    pub max_age: Option<Duration>,
    /// How long what was accepted may take to be decided and delivered after a cancel, a deadline or an age.
    pub drain: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self { deadline: None, idle_timeout: None, max_age: None, drain: Duration::from_secs(1) }
    }
}

impl Terms {
    /// Refuses terms that a session on a network may not have: it names a deadline, or an idle timeout and a maximum age.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0854).
    pub fn check_for_network(&self) -> Result<(), Error> {
        if self.deadline.is_some() || (self.idle_timeout.is_some() && self.max_age.is_some()) {
            return Ok(());
        }
        let message = "a session on a network names a deadline, or an idle timeout and a maximum age";
        Err(Error::new(Status::InvalidArgument, codes::NO_DEADLINE, message, Place::Name("deadline".into()))
            .suggest("set `deadline_ms`, or `idle_timeout_ms` and `max_age_ms`"))
    }
}

/// What a client's end is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How much may be under way; the server may grant less.
    pub window: Window,
    /// What happens when it is full.
    pub policy: Policy,
    /// When the session ends by itself.
    pub terms: Terms,
}

impl Options {
    /// In process: a full window refuses, and nothing ends the session by itself.
    pub fn in_process() -> Self {
        Self { window: Window::default(), policy: Policy::Reject, terms: Terms::default() }
    }

    /// On a transport: a full window blocks. The terms must still be named on a network.
    pub fn on_transport() -> Self {
        Self { policy: Policy::Block, ..Self::in_process() }
    }
}
