//! What the two ends say to each other. How it is written on a wire is the transport's affair.

use super::{Final, SessionId, Terms, Window};
use crate::error::Error;

/// The first message of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// The session.
    pub session: SessionId,
    /// Which connection of it this is, from 1. A later one takes the session over from an earlier one.
    pub epoch: u64,
    /// The client was welcomed before: a server that does not know the session must say so (`DATA_LOSS`).
    pub resume: bool,
    /// When resuming: outcomes up to this sequence have arrived, and need not be sent again.
    pub received: u64,
    /// How much the client wants to have under way.
    pub window: Window,
    /// When the session ends by itself.
    pub terms: Terms,
}

/// What ends the client's side. Comes again on each connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// No more events.
    HalfClose,
    /// No more events; what was accepted is decided until the drain timeout.
    Cancel,
}

/// From the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToServer<E> {
    /// Opens or resumes the session.
    Open(Open),
    /// One event.
    Event {
        /// Its sequence.
        sequence: u64,
        /// The event.
        event: E,
    },
    /// The events up to this sequence that were not sent yet never will be.
    Skip {
        /// The last of them.
        through: u64,
    },
    /// The application has taken the outcomes up to this sequence.
    Ack {
        /// The last of them.
        through: u64,
    },
    /// What ends the client's side; comes after its events.
    Signal(Signal),
}

/// How much a client may have sent in all: totals, so that an old or a repeated one does no harm.
///
/// `sequence` is the last sequence that the application acknowledged and the window's events; a skipped sequence weighs
/// nothing and counts as answered, so that a skip raises it by as many as it skips. `bytes` counts from the connection's
/// welcome, beginning with the first event after its `accepted`: whoever takes a session over does not know what
/// the events before weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// The last sequence that may be sent.
    pub sequence: u64,
    /// Bytes of events that may have been sent on this connection. One event may exceed them if nothing else is under way.
    pub bytes: u64,
}

/// From the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToClient<O> {
    /// The session is open, or resumed: everything up to `accepted` is accepted, and need not be sent again.
    Welcome {
        /// The last sequence accepted.
        accepted: u64,
        /// What may be sent.
        credit: Credit,
    },
    /// What became of one event; says also that everything up to it was accepted.
    Outcome {
        /// The event's sequence.
        sequence: u64,
        /// Decided or refused.
        outcome: Result<O, Error>,
    },
    /// The events up to `accepted` are accepted, and more may be sent.
    Credit {
        /// The last sequence accepted.
        accepted: u64,
        /// What may be sent.
        credit: Credit,
    },
    /// The last word.
    Done(Final),
}
