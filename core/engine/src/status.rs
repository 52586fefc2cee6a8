//! The one status table. Every other appearance of it (C enum, Python and Java exceptions, gRPC mapping, docs page)
//! is generated from this file or checked against it.

/// The outcome of an operation: gRPC's codes, with gRPC's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[allow(missing_docs)] // the names are gRPC's own: https://grpc.io/docs/guides/status-codes/
pub enum Status {
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// What an event-driven system records of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DomainState {
    /// `EVENT_SUCCESS`
    Success,
    /// `EVENT_MISSING`
    Missing,
    /// `EVENT_CONFLICT`
    Conflict,
    /// `EVENT_TIMEOUT`
    Timeout,
    /// `EVENT_REJECTED`
    Rejected,
    /// `EVENT_FAILURE`
    Failure,
}

impl DomainState {
    /// The name as it is recorded.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "EVENT_SUCCESS",
            Self::Missing => "EVENT_MISSING",
            Self::Conflict => "EVENT_CONFLICT",
            Self::Timeout => "EVENT_TIMEOUT",
            Self::Rejected => "EVENT_REJECTED",
            Self::Failure => "EVENT_FAILURE",
        }
    }
}

/// Whether the operation may have taken effect although it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Known: it did (OK) or did not.
    Known,
    /// Unknown.
    Unknown,
    /// Unknown until the final watermark arrives.
    UntilWatermark,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The status.
    pub status: Status,
    /// gRPC's name for it.
    pub name: &'static str,
    /// What is recorded.
    pub state: DomainState,
    /// Whether trying again can help.
    pub retryable: bool,
    /// Whether the effect is known.
    pub effect: Effect,
}

const fn row(status: Status, name: &'static str, state: DomainState, retryable: bool, effect: Effect) -> Row {
    Row { status, name, state, retryable, effect }
}

/// The table, by number: `TABLE[status as usize]` is the row of `status`.
pub const TABLE: [Row; 17] = {
    use DomainState::{Conflict, Failure, Missing, Rejected, Success, Timeout};
    use Effect::{Known, UntilWatermark};
    [
        row(Status::Ok, "OK", Success, false, Known),
        row(Status::Cancelled, "CANCELLED", Failure, false, UntilWatermark),
        row(Status::Unknown, "UNKNOWN", Failure, false, Effect::Unknown),
        row(Status::InvalidArgument, "INVALID_ARGUMENT", Rejected, false, Known),
        row(Status::DeadlineExceeded, "DEADLINE_EXCEEDED", Timeout, true, Effect::Unknown),
        row(Status::NotFound, "NOT_FOUND", Missing, true, Known),
        row(Status::AlreadyExists, "ALREADY_EXISTS", Conflict, false, Known),
        row(Status::PermissionDenied, "PERMISSION_DENIED", Rejected, false, Known),
        row(Status::ResourceExhausted, "RESOURCE_EXHAUSTED", Timeout, true, Known),
        row(Status::FailedPrecondition, "FAILED_PRECONDITION", Rejected, false, Known),
        row(Status::Aborted, "ABORTED", Conflict, true, Known),
        row(Status::OutOfRange, "OUT_OF_RANGE", Rejected, false, Known),
        row(Status::Unimplemented, "UNIMPLEMENTED", Rejected, false, Known),
        row(Status::Internal, "INTERNAL", Failure, false, Effect::Unknown),
        row(Status::Unavailable, "UNAVAILABLE", Timeout, true, Effect::Unknown),
        row(Status::DataLoss, "DATA_LOSS", Failure, false, Effect::Unknown),
        row(Status::Unauthenticated, "UNAUTHENTICATED", Rejected, false, Known),
    ]
};

impl Status {
    /// Its row of the table.
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// gRPC's name: `INVALID_ARGUMENT`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The status with gRPC's number `number`.
    pub fn from_number(number: i32) -> Option<Self> {
        usize::try_from(number).ok().and_then(|at| TABLE.get(at)).map(|row| row.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_at_its_own_number() {
        for (number, row) in TABLE.iter().enumerate() {
            assert_eq!(row.status as usize, number, "{}", row.name);
            assert_eq!(Status::from_number(number as i32), Some(row.status));
        }
        assert_eq!(Status::from_number(17), None);
        assert_eq!(Status::from_number(-1), None);
    }

    #[test]
    fn what_may_have_happened_is_never_called_rejected() {
        for row in TABLE.iter().filter(|row| row.effect != Effect::Known) {
            assert_ne!(row.state, DomainState::Rejected, "{}", row.name);
            assert_ne!(row.state, DomainState::Success, "{}", row.name);
        }
    }
}
