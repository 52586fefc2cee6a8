//! What the ring asks of the operating system: locks of an open file, shared mappings, futexes. Linux has them all;
//! another Unix gets errors that say so.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::*;

/// How a futex wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "without futexes nobody is woken"))]
pub(crate) enum FutexWait {
    /// Woken, or interrupted by a signal: look again.
    Woken,
    /// The word did not have the expected value.
    Changed,
    /// The time was over.
    TimedOut,
}
