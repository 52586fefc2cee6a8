//! What goes wrong with a ring, as every language sees it.

use fishplate::{Code, Error, Place, Status, codes};
use fishplate_ring::RingError;

/// A ring's error with its status and code. The text is the ring's own.
pub fn error(error: &RingError) -> Error {
    let (status, code) = classify(error);
    Error::new(status, code, error.to_string(), Place::None)
}

/// F0865: an event that no frame takes.
pub(super) fn too_large(bytes: u64, max: u64) -> Error {
    let message = format!("an event of {bytes} bytes is over the {max} of a frame");
    Error::new(Status::InvalidArgument, codes::FRAME_TOO_LARGE, message, Place::Field(String::new()))
        .suggest("start the server with larger lanes")
}

fn classify(error: &RingError) -> (Status, Code) {
    match error {
        RingError::InvalidName { .. } => (Status::InvalidArgument, codes::BAD_ADDRESS),
        RingError::InvalidOptions { .. } => (Status::InvalidArgument, codes::BAD_ARGUMENT),
        RingError::NotFound { .. } => (Status::Unavailable, codes::UNREACHABLE),
        RingError::AlreadyServed { .. } => (Status::AlreadyExists, codes::NAME_TAKEN),
        RingError::AllPairsTaken { .. } | RingError::NoSpace { .. } | RingError::TooMany { .. } => {
            (Status::ResourceExhausted, codes::RING_UNUSABLE)
        }
        RingError::Version { .. } => (Status::FailedPrecondition, codes::RING_UNUSABLE),
        RingError::PermissionDenied { .. } => (Status::PermissionDenied, codes::RING_UNUSABLE),
        RingError::Corrupt { .. } => (Status::DataLoss, codes::RING_UNUSABLE),
        RingError::TooLarge { .. } => (Status::InvalidArgument, codes::FRAME_TOO_LARGE),
        RingError::Forked => (Status::FailedPrecondition, codes::FORKED),
        RingError::Closed => (Status::FailedPrecondition, codes::CLOSED),
        RingError::Unsupported => (Status::Unimplemented, codes::RING_UNUSABLE),
        RingError::Io { .. } => (Status::Unavailable, codes::RING_UNUSABLE),
        // `Misuse` is a mistake of this crate, and so is whatever it does not know.
        _ => (Status::Internal, codes::INTERNAL),
    }
}
