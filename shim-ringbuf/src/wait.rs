//! Waiting: spin, then sleep on a futex word behind its waiter flag. It knows words; what is waited for, its caller says.
//!
//! The two sides in short. The waiter reads the word, raises the flag, and looks once more; the other side changes what
//! is looked at, then looks at the flag. Between the two steps each side has a full fence, so at least one of them sees
//! the other: either the waiter finds what it waits for, or the flag is seen and the word is changed, and then the
//! kernel does not let the waiter sleep on the old value, or wakes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering, fence};
use std::time::{Duration, Instant};

use crate::mapping::Mapping;
use crate::shared::Shared;
use crate::sys;

/// The longest that one call sleeps. The other side may be killed between its last store and its wake, and the dead
/// wake nobody: so whoever waits longer calls again, and asks in between whether the other side lives.
pub const WAIT_SLICE: Duration = Duration::from_millis(100);

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// What was waited for may be there: look.
    Ready,
    /// A [`Waker`] of this process ended the wait.
    Woken,
    /// The time, or [`WAIT_SLICE`], is over. Ask whether the other side lives, then wait again.
    TimedOut,
}

/// Wakes one endpoint of this process from another thread, for closing. A wake is never lost: without a waiter, the next
/// wait ends at once.
#[derive(Clone)]
pub struct Waker {
    shared: Arc<Shared>,
    word: usize,
    count: Arc<AtomicU32>,
}

impl Waker {
    /// Ends the wait that is under way, or the next one. In a child of a fork it does nothing.
    pub fn wake(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        if self.shared.epoch.is_now() {
            let word = self.shared.mapping.u32_at(self.word);
            word.fetch_add(1, Ordering::SeqCst);
            sys::futex_wake(word);
        }
    }
}

impl std::fmt::Debug for Waker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waker").finish_non_exhaustive()
    }
}

/// The waiting side of one word.
pub(crate) struct Waiter {
    word: usize,
    count: Arc<AtomicU32>,
    seen: u32,
}

impl Waiter {
    pub(crate) fn new(word: usize) -> Self {
        Self { word, count: Arc::new(AtomicU32::new(0)), seen: 0 }
    }

    pub(crate) fn waker(&self, shared: &Arc<Shared>) -> Waker {
        Waker { shared: shared.clone(), word: self.word, count: self.count.clone() }
    }

    /// Whether somebody called [`Waker::wake`] since this was last asked.
    fn was_woken(&mut self) -> bool {
        let count = self.count.load(Ordering::SeqCst);
        std::mem::replace(&mut self.seen, count) != count
    }

    /// Spins `spins` times, then sleeps for at most `timeout` and [`WAIT_SLICE`]. `ready` is asked again and again.
    pub(crate) fn wait(
        &mut self,
        mapping: &Mapping,
        timeout: Duration,
        spins: u32,
        mut ready: impl FnMut() -> bool,
    ) -> Waited {
        for _ in 0..=spins {
            if ready() {
                return Waited::Ready;
            }
            if self.was_woken() {
                return Waited::Woken;
            }
            std::hint::spin_loop();
        }
        if timeout.is_zero() {
            return Waited::TimedOut;
        }
        self.sleep(mapping, Instant::now() + timeout.min(WAIT_SLICE), ready)
    }

    fn sleep(&mut self, mapping: &Mapping, until: Instant, mut ready: impl FnMut() -> bool) -> Waited {
        let word = mapping.u32_at(self.word);
        let flag = mapping.u32_at(self.word + 4);
        let ended = loop {
            let expected = word.load(Ordering::Acquire);
            flag.store(1, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            if ready() {
                break Waited::Ready;
            }
            if self.was_woken() {
                break Waited::Woken;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break Waited::TimedOut;
            }
            sys::futex_wait(word, expected, left);
        };
        flag.store(0, Ordering::Relaxed);
        ended
    }
}

/// Wakes whoever sleeps on the word at this offset, if its flag is up. What was waited for was stored before.
#[inline]
pub(crate) fn notify(mapping: &Mapping, word: usize) {
    fence(Ordering::SeqCst);
    if mapping.u32_at(word + 4).load(Ordering::Relaxed) != 0 {
        wake(mapping, word);
    }
}

#[cold]
fn wake(mapping: &Mapping, word: usize) {
    // Whoever takes the flag down makes the call, so that a burst makes one.
    if mapping.u32_at(word + 4).swap(0, Ordering::SeqCst) != 0 {
        let word = mapping.u32_at(word);
        word.fetch_add(1, Ordering::SeqCst);
        sys::futex_wake(word);
    }
}
