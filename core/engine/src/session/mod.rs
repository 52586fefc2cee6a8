//! Sessions: an ordered conversation of events and decisions, as two state machines that do no input or output.
//!
//! [`Client`] is the end that sends events, [`Server`] the end that decides them. Whoever drives them (a transport, a
//! test, a simulator) moves the messages between the two in their order, and owns time. Both are generic over what an event and an outcome are; they know only how heavy an event is.
//!
//! What holds, whatever the driver, the peer and the network do (contract, section 2):
//!
//! - Sequences start at 1 and have no gaps. Every event that `send` took has exactly one outcome, and outcomes are
//!   received in order, also over a broken connection that was resumed.
//! - States go `Streaming → Closing → Done(Status)`, never back. A call that a state does not allow is
//!   `FAILED_PRECONDITION` (F0850) and changes nothing.
//! - What is kept is bounded by the window, in events and in bytes, whatever the other end does.
//! - A [`Final`] carries the watermark: everything up to it was decided, and nothing after it.
//!
//! What may never happen here: a clock (time is handed in as the time since any fixed moment), a thread, a socket.

mod acks;
mod allowance;
mod client;
mod errors;
mod inbox;
mod load;
mod messages;
mod options;
mod outbox;
mod recovered;
mod server;
#[cfg(test)]
mod tests;

pub use client::{Client, Received};
pub use messages::{Credit, Open, Signal, ToClient, ToServer};
pub use options::{Options, Policy, Terms, Window};
pub use recovered::Recovered;
pub use server::Server;

use crate::status::Status;

/// A session's 128-bit id, chosen by its client; never all zero.
pub type SessionId = [u8; 16];

/// The last sequence that a session can have: the greatest that Java's `long` holds, half of what the wire could carry.
pub const LAST_SEQUENCE: u64 = i64::MAX as u64;

/// Where a session is in its life. A call that waits is not a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Events are taken.
    Streaming,
    /// No more events are taken; what was accepted is decided and delivered.
    Closing,
    /// Nothing more will come.
    Done(Status),
}

/// A session's last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Final {
    /// OK after a half-close; else why the session ended.
    pub status: Status,
    /// Everything up to this sequence was decided, and nothing after it.
    pub watermark: u64,
    /// Why, unless the status is OK.
    pub error: Option<crate::Error>,
}

/// What a session did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events that `send` took; the sequence of the last.
    pub sent: u64,
    /// Events that the server has said it accepted; the sequence of the last.
    pub accepted: u64,
    /// Outcomes that the application took; the sequence of the last.
    pub received: u64,
    /// Events shed for newer ones.
    pub shed: u64,
    /// Messages that came again after a broken connection, and were dropped.
    pub repeats: u64,
}

/// How heavy an event is: the bytes that count against the window. Both ends must find the same weight for an event,
/// or the server sees its credit overdrawn.
pub trait Weight {
    /// Bytes.
    fn weight(&self) -> u64;
}
