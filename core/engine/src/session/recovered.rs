//! What outlives the process that decides a session. How it is kept is the driver's affair.

use super::{SessionId, Terms, Window};

/// What a process kept of a session for the next one.
#[derive(Clone, Debug)]
pub struct Recovered<I> {
    /// Its id.
    pub session: SessionId,
    /// The epoch of the latest connection.
    pub epoch: u64,
    /// What was granted.
    pub window: Window,
    /// When it ends by itself; counted from now on.
    pub terms: Terms,
    /// Everything up to this sequence was decided and kept, or skipped.
    pub accepted: u64,
    /// Everything up to this sequence was acknowledged.
    pub acknowledged: u64,
    /// The outcomes after it, in order.
    pub outcomes: I,
}
