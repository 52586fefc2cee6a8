//! The errors of this room: which status and code a fault of the disk or of a file has, in one place.

use std::io;

use fishplate::{Code, Error, Place, Status, codes};

/// An error about the file or folder `called`.
pub(crate) fn at(status: Status, code: Code, message: impl Into<String>, called: impl Into<String>) -> Error {
    Error::new(status, code, message, Place::Name(called.into()))
}

/// What the system refused to do with `called`. `doing` is a clause: `writing the journal`.
pub(crate) fn disk(error: &io::Error, doing: &str, called: String) -> Error {
    let (status, code) = class(error);
    let error = at(status, code, format!("{doing}: {error}"), called);
    if code == codes::DISK_FULL { error.suggest("make room on the disk, then start again") } else { error }
}

/// `RESOURCE_EXHAUSTED` where there is no room; `UNAVAILABLE` for whatever else a disk says.
fn class(error: &io::Error) -> (Status, Code) {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => (Status::ResourceExhausted, codes::DISK_FULL),
        _ => (Status::Unavailable, codes::DISK_FAILED),
    }
}

/// The error of a group whose fate is not known: some of it may be on the disk, and come back when the state is opened
/// again. So it is `UNAVAILABLE`, whatever the reason: only that status says that the effect is unknown.
pub(crate) fn unknown(error: &Error) -> Error {
    Error { status: Status::Unavailable, ..error.clone() }
}

/// Bytes that are not what was written.
pub(crate) fn damaged(message: impl Into<String>, called: String) -> Error {
    at(Status::DataLoss, codes::STATE_DAMAGED, message, called)
        .suggest("keep the folder as it is, and bring it back from a copy, or begin with an empty one")
}

/// A part of the state that is not there.
pub(crate) fn missing(message: impl Into<String>, called: String) -> Error {
    at(Status::DataLoss, codes::STATE_INCOMPLETE, message, called)
        .suggest("bring the missing files back, or begin with an empty folder")
}

/// A format that a later version writes.
pub(crate) fn newer(what: &str, version: u32, known: u32, called: String) -> Error {
    let message =
        format!("{what} has format version {version}; this version of Fishplate knows {known} and earlier ones");
    at(Status::FailedPrecondition, codes::STATE_NEWER, message, called).suggest("start a later version of Fishplate")
}

/// A file of another state.
pub(crate) fn foreign(called: String) -> Error {
    let message = "this file belongs to another state than its neighbours";
    at(Status::FailedPrecondition, codes::STATE_MIXED, message, called)
        .suggest("keep the files of one state in one folder, and nothing else")
}
