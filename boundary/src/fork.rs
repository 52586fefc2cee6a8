//! The fork guard: what was made before `fork` is refused in the child, never waited for.
//!
//! The child of a fork has one thread, and locks that other threads held stay held for ever. So every object remembers
//! the epoch in which it was made, the child's epoch is another one, and the two are compared before any lock is
//! touched. This file knows no object.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use fishplate::{Error, Place, Status, codes};

static EPOCH: AtomicU32 = AtomicU32::new(0);
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// The epoch in which an object was made: how often this process's line was forked since the library was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(u32);

impl Epoch {
    /// The epoch of this process. The first call puts the guard up.
    pub fn now() -> Self {
        // A swap and not a `Once`: a fork in the middle of a `Once` would leave the child waiting for it.
        if !REGISTERED.load(Ordering::Relaxed) && !REGISTERED.swap(true, Ordering::Relaxed) {
            register();
        }
        Self::current()
    }

    /// Whether this process is the one, or an ancestor's child, in which the epoch was taken.
    pub fn is_now(self) -> bool {
        self == Self::current()
    }

    /// Refuses what was made in an earlier epoch.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`, F0805.
    pub fn check(self) -> Result<(), Error> {
        if self.is_now() { Ok(()) } else { Err(refused()) }
    }

    fn current() -> Self {
        Self(EPOCH.load(Ordering::Relaxed))
    }
}

#[cold]
fn refused() -> Error {
    let message = "the object was made before this process forked";
    Error::new(Status::FailedPrecondition, codes::FORKED, message, Place::None).suggest("make a new one after the fork")
}

#[cfg(unix)]
fn register() {
    /// Runs in the child, which has only this thread: atomics are all that it may touch.
    extern "C" fn in_child() {
        EPOCH.fetch_add(1, Ordering::Relaxed);
        crate::counters::forget();
    }
    // SAFETY: the handler touches nothing but atomics, which are safe in the child of a fork, and it lives as long as
    // this library: the C library takes it down with the library that registered it.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
}

#[cfg(not(unix))]
fn register() {}
