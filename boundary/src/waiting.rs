//! Results that did not fit their caller's storage: kept until they are fetched, a bounded number of them.
//!
//! An event is decided once, so a decision that could not be handed over must not be lost. This file knows bytes only.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use fishplate::{Error, Place, Status, codes};

/// How many results of one engine may wait: enough for every thread of a large pool to be surprised once by a large
/// decision. Threads that decide at the very moment when it fills up may each add one.
pub const WAITING_MAX: usize = 64;

/// The results of one engine that wait.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// How many wait: read before each decision, without the lock.
    count: AtomicUsize,
    last_ticket: AtomicU64,
    results: Mutex<VecDeque<(u64, Box<[u8]>)>>,
}

impl Waiting {
    /// Refuses further decisions while too many wait. Called before anything is decided.
    pub(crate) fn check_room(&self) -> Result<(), Error> {
        if self.count.load(Ordering::Relaxed) < WAITING_MAX {
            return Ok(());
        }
        let message = format!("{WAITING_MAX} results of this engine wait to be fetched");
        Err(Error::new(Status::ResourceExhausted, codes::TOO_MANY_WAITING, message, Place::None)
            .suggest("fetch them by their tickets"))
    }

    /// Keeps `result`; gives its ticket, which is never 0.
    pub(crate) fn keep(&self, result: Box<[u8]>) -> u64 {
        let ticket = self.last_ticket.fetch_add(1, Ordering::Relaxed) + 1;
        let mut results = self.results();
        results.push_back((ticket, result));
        self.count.store(results.len(), Ordering::Relaxed);
        ticket
    }

    /// Shows the result under `ticket` to `take`, and drops it if `take` says that it was handed over.
    pub(crate) fn fetch(&self, ticket: u64, take: impl FnOnce(&[u8]) -> bool) -> Result<(), Error> {
        let mut results = self.results();
        let found = results.iter().position(|(waiting, _)| *waiting == ticket);
        let at = found.ok_or_else(|| not_waiting(ticket))?;
        if take(&results[at].1) {
            results.remove(at);
            self.count.store(results.len(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Hands the result under `ticket` over as it is; it waits no more.
    pub(crate) fn take(&self, ticket: u64) -> Result<Box<[u8]>, Error> {
        let mut results = self.results();
        let found = results.iter().position(|(waiting, _)| *waiting == ticket);
        let taken = found.and_then(|at| results.remove(at));
        self.count.store(results.len(), Ordering::Relaxed);
        taken.map(|(_, result)| result).ok_or_else(|| not_waiting(ticket))
    }

    fn results(&self) -> MutexGuard<'_, VecDeque<(u64, Box<[u8]>)>> {
        self.results.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cold]
fn not_waiting(ticket: u64) -> Error {
    let message = format!("no result waits under the ticket {ticket}");
    Error::new(Status::NotFound, codes::NOT_WAITING, message, Place::Name("ticket".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_waits_no_more() {
        let waiting = Waiting::default();
        let (first, second) = (waiting.keep([1].into()), waiting.keep([2, 2].into()));
        assert_eq!(waiting.take(second).as_deref(), Ok([2, 2].as_slice()));
        assert_eq!(waiting.count.load(Ordering::Relaxed), 1);
        for gone in [second, 77] {
            assert_eq!(waiting.take(gone).map_err(|error| error.code()), Err(codes::NOT_WAITING));
        }
        assert_eq!(waiting.take(first).as_deref(), Ok([1].as_slice()));
        assert_eq!(waiting.count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn room_that_was_taken_is_room_again() {
        let waiting = Waiting::default();
        let tickets: Vec<u64> = (0..WAITING_MAX).map(|_| waiting.keep([].into())).collect();
        assert_eq!(waiting.check_room().map_err(|error| error.code()), Err(codes::TOO_MANY_WAITING));
        assert!(waiting.take(tickets[7]).is_ok());
        assert_eq!(waiting.check_room(), Ok(()));
    }
}
