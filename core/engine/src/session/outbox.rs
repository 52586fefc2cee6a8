//! What a client has under way: events that wait, events that were sent, outcomes that arrived, and the credit that
//! says how much may go. It knows sequences and bounds; it knows no states, signals or time.
//!
//! Sequences live in two queues, one behind the other; a sequence that is in neither was shed. Whether an event is in
//! flight follows from the credit alone, not from how fast a driver polls, so that what is shed does not either:
//!
//! ```text
//! taken by the application | flight: within the credit                          | pending: beyond it
//!               received --+-- arrived_at ---- accepted_at ---- next_at ---------+-- ... sent
//!                outcomes wait     no outcome yet   kept, sent     kept, to be sent
//! ```

use std::collections::VecDeque;

use super::acks::Acks;
use super::allowance::Allowance;
use super::load::Load;
use super::{Counters, Credit, LAST_SEQUENCE, Policy, ToServer, Weight, Window, errors};
use crate::codes;
use crate::error::Error;

/// An outcome and the sequence of its event.
pub(super) type Answer<O> = (u64, Result<O, Error>);

#[derive(Debug)]
struct Pending<E> {
    sequence: u64,
    weight: u64,
    event: E,
}

#[derive(Debug)]
struct Flying<E, O> {
    sequence: u64,
    weight: u64,
    stage: Stage<E, O>,
}

#[derive(Debug)]
enum Stage<E, O> {
    /// To be sent, or kept because it may have to be sent again.
    Held(E),
    /// The server has it.
    Accepted,
    /// The outcome is here.
    Arrived(Result<O, Error>),
}

#[derive(Debug)]
pub(super) struct Outbox<E, O> {
    /// The client's own bounds, whatever the server grants.
    window: Load,
    allowance: Allowance,
    pending: VecDeque<Pending<E>>,
    pending_load: Load,
    flight: VecDeque<Flying<E, O>>,
    /// Without what an earlier process sent.
    flight_load: Load,
    /// Of `flight`: what the server is not known to have.
    held_load: Load,
    /// Of `flight`: what is to be sent on this connection.
    unsent_load: Load,
    arrived_at: usize,
    accepted_at: usize,
    next_at: usize,

    /// What happened, as sequences.
    counters: Counters,
    /// The last sequence that was shed.
    shed_through: u64,
    /// The last sequence whose outcome the server sent.
    last_outcome: u64,
    /// The last sequence that was ever sent, or skipped.
    ever_sent: u64,
    /// Of a session taken over: up to here, an earlier process sent the events.
    prior: u64,
    /// Nothing after this sequence is received: the watermark, once there is a last word.
    end: Option<u64>,

    // From here: of the present connection, or the last one.
    sent_through: u64,
    acks: Acks,
}

impl<E: Weight + Clone, O> Outbox<E, O> {
    /// `received`: what an earlier process of the session received.
    pub(super) fn new(window: Window, received: u64) -> Self {
        let received = received.min(LAST_SEQUENCE);
        Self {
            window: window.into(),
            allowance: Allowance::new(window.into()),
            pending: VecDeque::new(),
            pending_load: Load::default(),
            flight: VecDeque::new(),
            flight_load: Load::default(),
            held_load: Load::default(),
            unsent_load: Load::default(),
            arrived_at: 0,
            accepted_at: 0,
            next_at: 0,
            counters: Counters { sent: received, accepted: received, received, ..Counters::default() },
            shed_through: 0,
            last_outcome: received,
            ever_sent: received,
            prior: 0,
            end: None,
            sent_through: received,
            acks: Acks::new(received),
        }
    }

    pub(super) fn counters(&self) -> Counters {
        self.counters
    }

    pub(super) fn last_outcome(&self) -> u64 {
        self.last_outcome
    }

    /// What the queues hold, counted anew.
    #[cfg(test)]
    pub(super) fn kept(&self) -> (usize, u64) {
        let bytes =
            self.flight.iter().map(|flying| flying.weight).chain(self.pending.iter().map(|pending| pending.weight));
        (self.flight.len() + self.pending.len(), bytes.sum())
    }

    /// Events that are kept or awaited.
    pub(super) fn under_way(&self) -> u64 {
        self.flight_load.events + self.pending_load.events
    }

    /// Whether an event of `weight` could go now, behind everything that waits. Asking counts as wanting: what the
    /// application took is acknowledged at once, so that the server can grant more.
    pub(super) fn has_room(&mut self, weight: u64) -> bool {
        let waiting = self.unsent_load.plus(self.pending_load);
        let under_way = self.flight_load.plus(self.pending_load);
        let alone = self.flight.is_empty() && self.pending.is_empty() && self.prior_is_settled();
        let room = self.allowance.fits(weight, waiting, under_way, alone);
        if !room {
            self.acks.want();
        }
        room && !self.is_used_up()
    }

    /// Whether no sequence is left. Nobody sends so much; a server may claim it.
    pub(super) fn is_used_up(&self) -> bool {
        self.counters.sent >= LAST_SEQUENCE
    }

    fn prior_is_settled(&self) -> bool {
        self.last_outcome >= self.prior
    }

    /// Takes an event in; with [`Policy::ShedOldest`], sheds older ones until what waits fits one window beyond the
    /// credit. The newest is always kept.
    pub(super) fn take(&mut self, event: E, policy: Policy) -> u64 {
        self.counters.sent += 1;
        let weight = event.weight();
        self.pending.push_back(Pending { sequence: self.counters.sent, weight, event });
        self.pending_load.add(weight);
        self.let_fly();
        if policy == Policy::ShedOldest {
            while self.pending.len() > 1 && self.overflows() {
                self.shed_one();
            }
        }
        self.counters.sent
    }

    fn overflows(&self) -> bool {
        self.pending_load.events > self.window.events || self.pending_load.bytes > self.window.bytes
    }

    /// What comes within the credit is in flight, and no longer shed.
    fn let_fly(&mut self) {
        while let Some(Pending { weight, .. }) = self.pending.front() {
            let alone = self.flight.is_empty() && self.prior_is_settled();
            if !self.allowance.fits(*weight, self.unsent_load, self.flight_load, alone) {
                return;
            }
            let Some(Pending { sequence, weight, event }) = self.pending.pop_front() else { return };
            self.pending_load.remove(weight);
            self.flight.push_back(Flying { sequence, weight, stage: Stage::Held(event) });
            self.flight_load.add(weight);
            self.held_load.add(weight);
            self.unsent_load.add(weight);
        }
    }

    fn shed_one(&mut self) {
        if let Some(oldest) = self.pending.pop_front() {
            self.pending_load.remove(oldest.weight);
            self.shed_through = oldest.sequence;
            self.counters.shed += 1;
        }
    }

    /// Forgets the events that were never sent, and what was shed after the first of them.
    pub(super) fn drop_unsent(&mut self) {
        let mut first = self.pending.front().map(|pending| pending.sequence);
        self.pending = VecDeque::new();
        self.pending_load = Load::default();
        while self.flight.back().is_some_and(|last| last.sequence > self.ever_sent) {
            let Some(Flying { sequence, weight, .. }) = self.flight.pop_back() else { break };
            self.flight_load.remove(weight);
            self.held_load.remove(weight);
            self.unsent_load.remove(weight);
            first = Some(sequence);
        }
        self.shed_through = first.map_or(self.shed_through, |first| self.shed_through.min(first - 1));
    }

    /// A connection was welcomed: credit starts anew, and what was not accepted is sent again.
    pub(super) fn welcome(&mut self, accepted: u64, credit: Credit, takes_over: bool) -> Result<(), String> {
        if takes_over {
            self.prior = accepted;
            self.counters.sent = self.counters.sent.max(accepted);
            self.ever_sent = self.ever_sent.max(accepted);
        }
        if accepted < self.counters.accepted || accepted > self.ever_sent.min(LAST_SEQUENCE) {
            let (known, sent) = (self.counters.accepted, self.ever_sent);
            return Err(format!("a welcome accepts up to {accepted}, after {known} was accepted and {sent} sent"));
        }
        self.accept(accepted);
        self.next_at = self.accepted_at;
        self.unsent_load = self.held_load;
        self.allowance.begin(accepted, credit);
        self.sent_through = accepted;
        self.acks.begin();
        self.let_fly();
        Ok(())
    }

    /// The server accepted up to `accepted`, and allows `credit`.
    pub(super) fn credit(&mut self, accepted: u64, credit: Credit) -> Result<(), String> {
        if accepted > self.sent_through {
            return Err(format!("event {accepted} is accepted, and only {} were sent", self.sent_through));
        }
        if accepted < self.counters.accepted {
            return Ok(());
        }
        self.accept(accepted);
        self.allowance.grant(accepted, credit);
        self.let_fly();
        Ok(())
    }

    fn accept(&mut self, through: u64) {
        self.counters.accepted = self.counters.accepted.max(through);
        while let Some(flying) = self.flight.get_mut(self.accepted_at).filter(|flying| flying.sequence <= through) {
            flying.stage = Stage::Accepted;
            self.held_load.remove(flying.weight);
            self.accepted_at += 1;
            self.allowance.accept();
        }
    }

    /// An outcome came. One that came before is dropped and counted.
    pub(super) fn outcome(&mut self, sequence: u64, outcome: Result<O, Error>) -> Result<(), String> {
        if sequence <= self.last_outcome {
            self.counters.repeats += 1;
            return Ok(());
        }
        if sequence <= self.prior {
            return self.prior_outcome(sequence, outcome);
        }
        let expected = self.flight.get(self.arrived_at).filter(|_| self.arrived_at < self.next_at);
        let expected = expected.map(|flying| flying.sequence);
        if expected != Some(sequence) {
            // A server says after a resume that it skipped what was shed; this end knows.
            if sequence <= self.shed_through && expected.is_none_or(|expected| sequence < expected) {
                self.counters.repeats += 1;
                return Ok(());
            }
            return Err(match expected {
                Some(expected) => format!("the outcome of event {sequence} came before that of event {expected}"),
                None => format!("an outcome came for event {sequence}, which was not sent"),
            });
        }
        self.accept(sequence);
        self.flight[self.arrived_at].stage = Stage::Arrived(outcome);
        self.arrived_at += 1;
        self.last_outcome = sequence;
        Ok(())
    }

    /// The outcome of an event that an earlier process sent; a gap before it was shed there.
    fn prior_outcome(&mut self, sequence: u64, outcome: Result<O, Error>) -> Result<(), String> {
        if self.arrived_at as u64 > self.window.events {
            return Err(format!("more outcomes came of before the session was taken over than {}", self.window.events));
        }
        self.flight.insert(self.arrived_at, Flying { sequence, weight: 0, stage: Stage::Arrived(outcome) });
        self.arrived_at += 1;
        self.accepted_at += 1;
        self.next_at += 1;
        self.last_outcome = sequence;
        Ok(())
    }

    /// The next thing to say: an acknowledgement that is due, or an event, with what was skipped before it.
    pub(super) fn poll(&mut self) -> Option<ToServer<E>> {
        let next = self.flight.get(self.next_at).map(|flying| (flying.sequence, flying.weight));
        let next = next.filter(|&(_, weight)| self.may_send(weight));
        let blocked = next.is_none() && !self.all_sent();
        if let Some(through) = self.acks.due(|taken| self.allowance.is_much(taken), blocked) {
            return Some(ToServer::Ack { through });
        }
        let (sequence, weight) = next?;
        if self.sent_through + 1 < sequence {
            return self.skip(sequence - 1);
        }
        self.sent_through = sequence;
        self.ever_sent = self.ever_sent.max(sequence);
        self.allowance.spend(weight);
        Some(ToServer::Event { sequence, event: self.send_one()? })
    }

    /// Everything that waited was sent: says what was shed at the very end.
    pub(super) fn poll_last_skip(&mut self) -> Option<ToServer<E>> {
        if self.sent_through < self.shed_through { self.skip(self.shed_through) } else { None }
    }

    /// Whether nothing waits to be sent.
    pub(super) fn all_sent(&self) -> bool {
        self.next_at == self.flight.len() && self.pending.is_empty()
    }

    fn may_send(&self, weight: u64) -> bool {
        let under_way = self.flight_load.minus(self.unsent_load);
        let alone = self.next_at == 0 && self.acks.are_settled() && self.prior_is_settled();
        self.allowance.fits(weight, Load::default(), under_way, alone)
    }

    fn skip(&mut self, through: u64) -> Option<ToServer<E>> {
        self.sent_through = through;
        self.ever_sent = self.ever_sent.max(through);
        Some(ToServer::Skip { through })
    }

    /// The next event in its order, kept until it is accepted.
    fn send_one(&mut self) -> Option<E> {
        let flying = self.flight.get(self.next_at)?;
        self.next_at += 1;
        self.unsent_load.remove(flying.weight);
        match &flying.stage {
            Stage::Held(event) => Some(event.clone()),
            Stage::Accepted | Stage::Arrived(_) => None,
        }
    }

    /// The next outcome in order, if it is here. What was shed is answered from here. Whoever asks is done with the one
    /// before.
    pub(super) fn receive(&mut self) -> Option<Answer<O>> {
        self.acks.put_down();
        let next = self.counters.received + 1;
        if self.end.is_some_and(|end| next > end) {
            return None;
        }
        if self.flight.front().is_none_or(|flying| next < flying.sequence) {
            return self.is_shed(next).then(|| {
                self.counters.received = next;
                (next, Err(errors::shed(next)))
            });
        }
        if self.arrived_at == 0 {
            return None;
        }
        let Flying { weight, stage, .. } = self.flight.pop_front()?;
        if next > self.prior {
            self.flight_load.remove(weight);
        }
        // That an earlier process shed an event is no outcome of the server's: whoever takes the session over next may not
        // count it as received.
        if !matches!(&stage, Stage::Arrived(Err(error)) if error.code() == codes::SHED) {
            self.acks.take(next, weight);
        }
        self.arrived_at -= 1;
        self.accepted_at -= 1;
        self.next_at -= 1;
        self.counters.received = next;
        self.let_fly();
        match stage {
            Stage::Arrived(outcome) => Some((next, outcome)),
            Stage::Held(_) | Stage::Accepted => None,
        }
    }

    /// Whether `sequence`, which is not in flight, was shed: here, or by the earlier process of a session taken over.
    fn is_shed(&self, sequence: u64) -> bool {
        if sequence <= self.prior {
            return sequence <= self.last_outcome;
        }
        let before_pending = self.pending.front().is_none_or(|pending| sequence < pending.sequence);
        sequence <= self.shed_through && before_pending
    }

    /// Why a last word with this watermark cannot be: outcomes up to it are missing, or it was never reached.
    pub(super) fn contradicts(&self, watermark: u64) -> Option<String> {
        let awaited = self.flight.get(self.arrived_at).filter(|flying| flying.sequence <= watermark);
        if let Some(flying) = awaited {
            return Some(format!("the last word says {watermark}, and the outcome of {} is missing", flying.sequence));
        }
        let reached = self.last_outcome <= watermark && watermark <= self.ever_sent;
        let settled = self.last_outcome >= watermark.min(self.prior);
        (!reached || !settled).then(|| {
            let (last, sent) = (self.last_outcome, self.ever_sent);
            format!("the last word says {watermark}, after outcome {last} of {sent} events")
        })
    }

    /// There is a last word: nothing after `watermark` is sent or received.
    pub(super) fn end_at(&mut self, watermark: u64) {
        self.drop_unsent();
        self.flight.truncate(self.arrived_at);
        self.accepted_at = self.arrived_at;
        self.next_at = self.arrived_at;
        self.end = Some(watermark);
    }

    /// Whether every outcome up to the end was taken.
    pub(super) fn is_drained(&self) -> bool {
        self.end.is_some_and(|end| self.counters.received >= end)
    }
}
