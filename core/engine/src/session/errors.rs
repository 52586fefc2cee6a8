//! What sessions answer when something cannot be: one function an error, so that both ends use the same words.

use super::SessionId;
use crate::codes;
use crate::error::{Error, Place};
use crate::status::Status;

/// F0850: `call` came in a state that does not allow it; `state` says which.
pub(super) fn not_now(call: &str, state: &str) -> Error {
    let message = format!("{call} is not allowed in the session's present state");
    Error::new(Status::FailedPrecondition, codes::SESSION_STATE, message, Place::None).suggest(state)
}

/// F0851: no credit, and the policy is to refuse.
pub(super) fn full(under_way: u64) -> Error {
    let message = format!("the window is full: {under_way} events are under way or wait");
    Error::new(Status::ResourceExhausted, codes::WINDOW_FULL, message, Place::None)
        .suggest("receive outcomes before sending more, ask for a larger window, or choose another policy")
}

/// F0853: the outcome of an event that was shed.
pub(super) fn shed(sequence: u64) -> Error {
    let message = format!("event {sequence} was shed for newer ones; it was not decided");
    Error::new(Status::ResourceExhausted, codes::SHED, message, Place::None)
        .suggest("receive outcomes faster, ask for a larger window, or choose another policy")
}

/// F0855: the error of a last word that has no more precise one.
pub(super) fn ended(status: Status, watermark: u64) -> Error {
    let message = format!("the session ended: {}; everything up to {watermark} was decided", status.name());
    Error::new(status, codes::SESSION_ENDED, message, Place::None)
}

/// F0856: a session to be resumed is not known, or not all of it.
pub(super) fn lost(what: impl Into<String>) -> Error {
    Error::new(Status::DataLoss, codes::UNKNOWN_SESSION, what, Place::None)
        .suggest("open a new session; a server keeps sessions over its own end only with a state directory")
}

/// F0857: an earlier connection than the known one.
pub(super) fn fenced(epoch: u64, known: u64) -> Error {
    let message = format!("a connection of epoch {epoch} comes after one of epoch {known}");
    Error::new(Status::Aborted, codes::FENCED, message, Place::None)
        .suggest("one client a session; to take a session over, open it with a later epoch")
}

/// F0858 with a status of its own.
pub(super) fn mistake(status: Status, message: impl Into<String>) -> Error {
    Error::new(status, codes::PEER_MISTAKE, message, Place::None)
}

/// F0867: the id belongs to a session that is under way.
pub(super) fn taken(id: &SessionId) -> Error {
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let message = format!("a session with the id {hex} has events already");
    Error::new(Status::AlreadyExists, codes::NAME_TAKEN, message, Place::None)
        .suggest("choose another id at random, or say that the session is resumed")
}
