//! Fault injection: a test can make an entry of the library panic, to prove that the guard holds.
//!
//! Only with the feature `fault-injection`; without it, [`point`] is nothing at all.

#[cfg(feature = "fault-injection")]
mod armed {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// The places that will panic: name, and how many passes to let through first.
    static ARMED: Mutex<Vec<(String, u32)>> = Mutex::new(Vec::new());

    /// How many places are armed. While none is, the lock is not touched: the child of a fork might find it held.
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    /// Makes the `nth` pass (from 1) through `place` panic, once. A place is an operation's name, or `engine`: the
    /// inside of an engine while it decides.
    pub fn arm(place: &str, nth: u32) {
        ARMED.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((place.to_owned(), nth));
        COUNT.fetch_add(1, Ordering::Release);
    }

    /// A place that may panic.
    pub fn point(place: &str) {
        if COUNT.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut armed = ARMED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(at) = armed.iter().position(|(name, _)| name == place) else { return };
        armed[at].1 -= 1;
        if armed[at].1 == 0 {
            armed.remove(at);
            COUNT.fetch_sub(1, Ordering::Release);
            drop(armed);
            panic!("a fault injected into {place}");
        }
    }
}

#[cfg(feature = "fault-injection")]
pub use armed::{arm, point};

/// A place that may panic in tests of the guard.
#[cfg(not(feature = "fault-injection"))]
#[inline(always)]
pub fn point(_place: &str) {}
