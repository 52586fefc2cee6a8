//! Time of day, for the deadlines of events. Sessions count by a monotonic clock of their driver instead.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now, in nanoseconds since the Unix epoch (an `i64` holds them until the year 2262).
pub(crate) fn unix_nanos() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// The moment `after` now. Never 0, which means "none" on the ring.
pub(crate) fn unix_nanos_after(after: Duration) -> i64 {
    let after = i64::try_from(after.as_nanos()).unwrap_or(i64::MAX);
    unix_nanos().saturating_add(after).max(1)
}
