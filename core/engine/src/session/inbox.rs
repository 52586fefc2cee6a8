//! What a server has under way: events to decide, outcomes that are kept until the client's application took them, and
//! the credit that follows from it. It knows sequences and bounds; it knows no states, signals or time.
//!
//! One queue holds every event that was accepted and not acknowledged. A sequence between its entries was skipped. Where
//! outcomes are kept, what was skipped has an entry too until it is kept, and counts as accepted only then:
//!
//! ```text
//! acknowledged | sent on this connection | decided | given to be decided | waiting | to come
//!              +--------------------- send_at -- decided_at ------- next_at -- accepted
//! ```

use std::collections::VecDeque;

use super::load::Load;
use super::{Credit, LAST_SEQUENCE, Weight, Window, errors};
use crate::error::Error;
use crate::status::Status;

#[derive(Debug)]
struct Entry<E, O> {
    /// The first sequence that it answers: its own, or the first of what was skipped.
    first: u64,
    sequence: u64,
    weight: u64,
    stage: Stage<E, O>,
}

#[derive(Debug)]
enum Stage<E, O> {
    Waiting(E),
    /// Whoever decides has it.
    Given,
    /// Not an event: everything from `first` to `sequence` was skipped, and that is to be kept.
    Skip,
    /// Whoever keeps has it.
    SkipGiven,
    Decided(Result<O, Error>),
}

#[derive(Debug)]
pub(super) struct Inbox<E, O> {
    window: Load,
    /// What is decided is kept, and counts as accepted then and no sooner.
    keeps: bool,
    /// Entries that are no events.
    skips: usize,
    entries: VecDeque<Entry<E, O>>,
    load: Load,
    send_at: usize,
    decided_at: usize,
    next_at: usize,
    accepted: u64,
    acked: u64,
    decided_through: u64,
    /// What waited was dropped: the last sequence before it.
    cut: Option<u64>,
    pub(super) repeats: u64,

    /// From here: of the present connection. Bytes of events accepted since its welcome.
    accepted_here: u64,
    told: Credit,
    told_accepted: u64,
    /// What the client had received when it resumed the session, if it did.
    resumed_after: Option<u64>,
    /// The end of what was skipped, while it must be said.
    echo: Option<u64>,
}

impl<E: Weight, O: Clone> Inbox<E, O> {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window: window.into(),
            keeps: false,
            skips: 0,
            entries: VecDeque::new(),
            load: Load::default(),
            send_at: 0,
            decided_at: 0,
            next_at: 0,
            accepted: 0,
            acked: 0,
            decided_through: 0,
            cut: None,
            repeats: 0,
            accepted_here: 0,
            told: Credit::default(),
            told_accepted: 0,
            resumed_after: None,
            echo: None,
        }
    }

    /// From now on, before anything came in, accepted is what was decided and kept.
    pub(super) fn keep(&mut self) {
        self.keeps = true;
    }

    pub(super) fn keeps(&self) -> bool {
        self.keeps
    }

    /// As another process left it: everything up to `accepted` was decided and kept, and everything up to `acked`
    /// acknowledged. What outcomes weighed is not known: they count as events alone.
    pub(super) fn recovered(
        window: Window,
        accepted: u64,
        acked: u64,
        outcomes: impl IntoIterator<Item = (u64, Result<O, Error>)>,
    ) -> Self {
        let decided =
            |(sequence, outcome)| Entry { first: sequence, sequence, weight: 0, stage: Stage::Decided(outcome) };
        let entries: VecDeque<_> = outcomes.into_iter().map(decided).collect();
        let (events, end) = (entries.len() as u64, entries.len());
        let load = Load { events, bytes: 0 };
        let new = Self::new(window);
        Self {
            keeps: true,
            entries,
            load,
            decided_at: end,
            next_at: end,
            accepted,
            acked,
            decided_through: accepted,
            ..new
        }
    }

    pub(super) fn window(&self) -> Window {
        Window { events: self.window.events, bytes: self.window.bytes }
    }

    /// What the queue holds, counted anew.
    #[cfg(test)]
    pub(super) fn kept(&self) -> (usize, u64) {
        (self.entries.len(), self.entries.iter().map(|entry| entry.weight).sum())
    }

    pub(super) fn accepted(&self) -> u64 {
        self.accepted
    }

    pub(super) fn acked(&self) -> u64 {
        self.acked
    }

    pub(super) fn decided_through(&self) -> u64 {
        self.decided_through
    }

    /// Sends everything after `received` again.
    pub(super) fn resume(&mut self, received: u64) {
        self.send_at = self.entries.partition_point(|entry| entry.sequence <= received);
        self.resumed_after = Some(received);
        self.note_skipped_end();
    }

    /// A client that took the session over learns from an outcome what was skipped before it; the end needs a word.
    fn note_skipped_end(&mut self) {
        let last_outcome = self.entries.back().map_or(0, |entry| entry.sequence);
        let skipped = |received: &u64| self.end() > last_outcome.max(*received);
        self.echo = self.resumed_after.filter(skipped).map(|_| self.end());
    }

    /// Accepts an event.
    pub(super) fn event(&mut self, sequence: u64, event: E) -> Result<(), Error> {
        if sequence <= self.accepted {
            self.repeats += 1;
            return Ok(());
        }
        if sequence - self.accepted > 1 {
            let message = format!("event {sequence} came after event {}", self.accepted);
            return Err(errors::mistake(Status::Internal, message));
        }
        let weight = event.weight();
        let alone = self.load.events == 0;
        if !alone && !self.load.has_room_for(weight, self.window) {
            let Load { events, bytes } = self.load;
            let message = format!(
                "event {sequence} of {weight} bytes is over the credit: {events} events of {bytes} bytes are under way"
            );
            return Err(errors::mistake(Status::ResourceExhausted, message));
        }
        // An event that is kept says that everything before it is over: what was skipped needs no word of its own.
        let first = match self.entries.back() {
            Some(Entry { first, stage: Stage::Skip, .. }) => {
                let first = *first;
                self.entries.pop_back();
                self.skips -= 1;
                first
            }
            _ => sequence,
        };
        self.entries.push_back(Entry { first, sequence, weight, stage: Stage::Waiting(event) });
        self.load.add(weight);
        self.accepted = sequence;
        self.accepted_here = self.accepted_here.saturating_add(weight);
        self.settle();
        Ok(())
    }

    /// The client sheds everything up to `through` that was not accepted.
    pub(super) fn skip(&mut self, through: u64) -> Result<(), Error> {
        if through > LAST_SEQUENCE {
            return Err(errors::mistake(Status::Internal, format!("no session reaches event {through}")));
        }
        if through <= self.accepted {
            self.repeats += 1;
            return Ok(());
        }
        let first = self.accepted + 1;
        self.accepted = through;
        if self.keeps {
            self.skip_later(first, through);
        }
        self.settle();
        Ok(())
    }

    fn skip_later(&mut self, first: u64, through: u64) {
        match self.entries.back_mut() {
            Some(Entry { sequence, stage: Stage::Skip, .. }) => *sequence = through,
            _ => {
                self.entries.push_back(Entry { first, sequence: through, weight: 0, stage: Stage::Skip });
                self.skips += 1;
            }
        }
    }

    /// The application took everything up to `through`.
    pub(super) fn ack(&mut self, through: u64) -> Result<(), Error> {
        if through > self.decided_through {
            let message = format!("outcome {through} is acknowledged, and only {} exist", self.decided_through);
            return Err(errors::mistake(Status::Internal, message));
        }
        self.acked = self.acked.max(through);
        while let Some(weight) = self.entries.front().filter(|e| e.sequence <= through).map(|e| e.weight) {
            self.entries.pop_front();
            self.load.remove(weight);
            self.send_at = self.send_at.saturating_sub(1);
            self.decided_at -= 1;
            self.next_at -= 1;
        }
        Ok(())
    }

    /// Gives the next event to be decided, or the end of what was skipped to be kept.
    pub(super) fn next(&mut self) -> Option<(u64, Option<E>)> {
        let entry = self.entries.get_mut(self.next_at)?;
        let event = match std::mem::replace(&mut entry.stage, Stage::Given) {
            Stage::Waiting(event) => Some(event),
            Stage::Skip => {
                entry.stage = Stage::SkipGiven;
                None
            }
            // Nothing behind `next_at` was given.
            Stage::Given | Stage::SkipGiven | Stage::Decided(_) => return None,
        };
        self.next_at += 1;
        Some((entry.sequence, event))
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.next_at < self.entries.len()
    }

    /// That everything up to `through` was skipped is kept, if that was given first of what is not decided.
    pub(super) fn noted(&mut self, through: u64) {
        let given = |entry: &&Entry<E, O>| entry.sequence == through && matches!(entry.stage, Stage::SkipGiven);
        if self.entries.get(self.decided_at).filter(given).is_some() {
            self.entries.remove(self.decided_at);
            self.next_at -= 1;
            self.skips -= 1;
            self.settle();
        }
    }

    /// Notes the outcome of the first event that was given and not decided; any other is of nobody's interest.
    pub(super) fn decided(&mut self, sequence: u64, outcome: Result<O, Error>) {
        let Some(entry) = self.entries.get_mut(self.decided_at) else { return };
        if entry.sequence != sequence || !matches!(entry.stage, Stage::Given) {
            return;
        }
        entry.stage = Stage::Decided(outcome);
        self.decided_at += 1;
        self.settle();
    }

    /// Everything before the first undecided event counts as decided.
    fn settle(&mut self) {
        let end = self.end();
        self.decided_through = self.entries.get(self.decided_at).map_or(end, |entry| entry.first - 1);
    }

    /// What is said to be accepted.
    fn said(&self) -> u64 {
        if self.keeps { self.decided_through } else { self.accepted }
    }

    /// The last sequence that can be decided.
    fn end(&self) -> u64 {
        self.cut.unwrap_or(self.accepted)
    }

    /// Drops what waits to be decided. Its credit is not given back: the session is ending.
    pub(super) fn drop_waiting(&mut self) {
        if let Some(first) = self.entries.get(self.next_at) {
            self.cut = Some(first.first - 1);
            self.entries.truncate(self.next_at);
            self.skips = self.entries.iter().filter(|entry| matches!(entry.stage, Stage::SkipGiven)).count();
            self.note_skipped_end();
        }
        self.settle();
    }

    pub(super) fn all_decided(&self) -> bool {
        self.decided_at == self.entries.len()
    }

    /// The next outcome for this connection.
    pub(super) fn poll(&mut self) -> Option<(u64, Result<O, Error>)> {
        let next = self.entries.get(self.send_at);
        if let Some(echo) = self.echo.filter(|&echo| next.is_none_or(|entry| entry.sequence > echo)) {
            self.echo = None;
            return Some((echo, Err(errors::shed(echo))));
        }
        let Entry { sequence, stage: Stage::Decided(outcome), .. } = next? else { return None };
        self.send_at += 1;
        self.told_accepted = self.told_accepted.max(*sequence);
        Some((*sequence, outcome.clone()))
    }

    /// Whether every outcome was sent on this connection.
    pub(super) fn all_sent(&self) -> bool {
        self.send_at == self.entries.len() && self.echo.is_none()
    }

    /// What the client may have sent: a skipped sequence weighs nothing, and counts as answered. Where outcomes are kept,
    /// it counts from what is said to be accepted: behind it are the events that are not, and nothing else.
    fn credit(&self) -> Credit {
        let free = self.window.events.saturating_sub(self.load.events);
        let to_come = if self.keeps { (self.entries.len() - self.decided_at - self.skips) as u64 } else { 0 };
        // An event heavier than the window, which came alone, is paid back before more is granted.
        let bytes = self.accepted_here.saturating_add(self.window.bytes).saturating_sub(self.load.bytes);
        Credit { sequence: self.said().saturating_add(to_come).saturating_add(free), bytes }
    }

    /// What a welcome says; bytes count from here.
    pub(super) fn welcome(&mut self) -> (u64, Credit) {
        self.accepted_here = 0;
        if self.keeps {
            // What was skipped may have been kept since the session was resumed.
            self.note_skipped_end();
        }
        self.tell_credit()
    }

    /// The credit as it is now; it counts as told.
    fn tell_credit(&mut self) -> (u64, Credit) {
        self.told = self.credit();
        self.told_accepted = self.said();
        (self.told_accepted, self.told)
    }

    /// The credit, if the client must be told: it grew, or much was accepted that no outcome has told of.
    pub(super) fn due_credit(&mut self) -> Option<(u64, Credit)> {
        let credit = self.credit();
        let grew = credit.sequence > self.told.sequence || credit.bytes > self.told.bytes;
        let quarter = (self.window.events / 4).max(1);
        let much = self.said().saturating_sub(self.told_accepted) >= quarter;
        (grew || much).then(|| self.tell_credit())
    }
}
