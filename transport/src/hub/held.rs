//! What of a kept session may not leave yet: outcomes that the disk does not have, and the welcome before them. It counts
//! what was handed to the keeper, and knows neither keeper nor disk.

use std::collections::VecDeque;
use std::sync::Arc;

use fishplate::session::Server;
use fishplate::{Decision, Error, Status};

use super::decide::Inbound;
use super::note::Note;
use crate::decider::Decider;

/// What became of an event; `None`: it was shed, which nobody is told.
pub(super) type Said = Option<Result<Decision, Error>>;

/// The part of a kept session that waits for the disk.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) note: Note,
    /// How much was handed to the keeper.
    taken: u64,
    /// How much of that is durable.
    settled: u64,
    /// Nothing is said on the present connection before so much is: the session itself, or its later epoch.
    opened: u64,
    /// What is not durable: when it was handed over, the event's sequence, its outcome.
    outcomes: VecDeque<(u64, u64, Said)>,
    /// What the keeper knows to be acknowledged.
    acknowledged: u64,
    /// The keeper has stopped: nothing more is said.
    pub(super) failed: Option<Error>,
    /// The hub stops: nothing more is taken; the session goes on in the next process.
    pub(super) stopping: Option<Error>,
}

impl Held {
    pub(super) fn new(note: Note) -> Self {
        let (outcomes, failed, stopping) = (VecDeque::new(), None, None);
        Self { note, taken: 0, settled: 0, opened: 0, outcomes, acknowledged: 0, failed, stopping }
    }

    /// The session's note was handed over: the present connection's welcome waits for it.
    pub(super) fn noted(&mut self) {
        self.taken += 1;
        self.opened = self.taken;
    }

    /// An event of the session was handed over.
    pub(super) fn took(&mut self, sequence: u64, said: Said) {
        self.taken += 1;
        self.outcomes.push_back((self.taken, sequence, said));
    }

    /// What the keeper is to be told that it does not know: up to where the client acknowledged.
    pub(super) fn acknowledge(&mut self, machine: &Server<Inbound, Decision>) -> Option<u64> {
        let through = machine.acknowledged();
        (std::mem::replace(&mut self.acknowledged, through) < through).then_some(through)
    }

    /// Whether anything waits to be told to the keeper, or to become durable.
    pub(super) fn is_behind(&self, machine: &Server<Inbound, Decision>) -> bool {
        self.failed.is_none() && (self.settled < self.taken || self.acknowledged < machine.acknowledged())
    }

    /// How much was handed over, if not all of it is durable.
    pub(super) fn uncommitted(&self) -> Option<u64> {
        (self.settled < self.taken && self.failed.is_none()).then_some(self.taken)
    }

    /// Everything up to `through` is durable: the session hears of it. A fenced connection may say so too.
    pub(super) fn settle(&mut self, through: u64, machine: &mut Server<Inbound, Decision>) {
        self.settled = self.settled.max(through);
        while let Some((at, sequence, said)) = self.outcomes.pop_front() {
            if at > self.settled {
                self.outcomes.push_front((at, sequence, said));
                return;
            }
            match said {
                Some(outcome) => machine.decided(sequence, outcome),
                None => machine.noted(sequence),
            }
        }
    }

    /// Whether the session may speak.
    pub(super) fn may_speak(&self) -> bool {
        self.failed.is_none() && self.settled >= self.opened
    }

    /// Why the session is given up here without a last word, once everything that can be said was.
    pub(super) fn leaves(&self, machine: &Server<Inbound, Decision>) -> Option<Error> {
        let said = machine.last_word().is_none() && self.outcomes.is_empty() && machine.is_idle();
        self.failed.clone().or_else(|| self.stopping.clone().filter(|_| said))
    }
}

/// What a session handed to its keeper and the disk does not have yet.
#[must_use = "nothing is said of it before it is durable"]
pub struct Uncommitted {
    pub(super) decider: Arc<dyn Decider>,
    pub(super) through: u64,
}

/// What became of it.
#[derive(Debug)]
#[must_use = "the session waits for it"]
pub struct Committed {
    pub(super) through: u64,
    pub(super) result: Result<(), Error>,
}

impl Uncommitted {
    /// Waits for the disk, together with whoever else does.
    pub fn wait(self) -> Committed {
        let result = self.decider.keeps().map_or(Ok(()), |keeps| keeps.commit());
        Committed { through: self.through, result }
    }
}

impl std::fmt::Debug for Uncommitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Uncommitted").field("through", &self.through).finish_non_exhaustive()
    }
}

/// A keeper's error as its sessions are told: the next process may know more, so they may come back.
pub(super) fn unavailable(error: Error) -> Error {
    Error { status: Status::Unavailable, ..error }
}
