//! What must hold of a session, written down plainly: a list of what happened to each event, and no cleverness.

use std::collections::VecDeque;

use super::{Check, ensure};
use crate::codes;
use crate::error::{Error, Place};
use crate::session::tests::Event;
use crate::session::{Client, Credit, Final, Policy, Received, Server, Signal, State, ToClient, ToServer, Window};
use crate::status::Status;

#[derive(Clone, Copy, Debug)]
struct Fate {
    tag: u64,
    weight: u64,
    shed: bool,
    /// It came within the credit: it will be sent, and is not shed.
    going: bool,
    sent: bool,
    /// Whether it was decided, and how: accepted or refused.
    outcome: Option<bool>,
}

/// What one connection said.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// The events of this connection begin after this one.
    base: u64,
    through: u64,
    acked: u64,
    credit: Credit,
    /// What the server had accepted when it gave the credit.
    credit_at: u64,
    signal: Option<Signal>,
}

pub(super) struct Model {
    fates: Vec<Fate>,
    pub(super) own: Window,
    pub(super) granted: Window,
    policy: Policy,
    said: Said,
    pub(super) received: u64,
    /// The last event whose outcome was received, and that was not shed.
    pub(super) last_taken: u64,
    arrived: u64,
    shed: u64,
    /// Up to here, an earlier process sent the events.
    prior: u64,
    taken_over: bool,
    half_closed: bool,
    cancelled: bool,
    given: VecDeque<u64>,
    last_given: u64,
    client_state: State,
    server_state: State,
    end: Option<Final>,
}

impl Model {
    pub(super) fn new(own: Window, granted: Window, policy: Policy) -> Self {
        Self {
            fates: Vec::new(),
            own,
            granted,
            policy,
            said: Said::default(),
            received: 0,
            last_taken: 0,
            arrived: 0,
            shed: 0,
            prior: 0,
            taken_over: false,
            half_closed: false,
            cancelled: false,
            given: VecDeque::new(),
            last_given: 0,
            client_state: State::Streaming,
            server_state: State::Streaming,
            end: None,
        }
    }

    fn fate(&mut self, sequence: u64) -> Result<&mut Fate, String> {
        let at = sequence.checked_sub(1).ok_or("there is no event 0")?;
        self.fates.get_mut(at as usize).ok_or_else(|| format!("there is no event {sequence}"))
    }

    /// The events after `after` and before `before` that were not shed.
    fn between(&self, after: u64, before: u64) -> impl Iterator<Item = &Fate> {
        let end = (before.max(1) - 1) as usize;
        self.fates[(after as usize).min(end)..end].iter().filter(|fate| !fate.shed)
    }

    fn sent(&self) -> u64 {
        self.fates.len() as u64
    }

    /// Whether [`Client::send`] has to take an event of `weight`.
    pub(super) fn has_room(&self, weight: u64, welcomed: bool) -> bool {
        if self.policy == Policy::ShedOldest {
            return welcomed || !self.taken_over;
        }
        let next = self.sent() + 1;
        welcomed && self.is_within_credit(next, weight, self.received + 1 == next)
    }

    /// The client took an event in, and has now shed `shed` in all.
    pub(super) fn took(&mut self, sequence: u64, event: Event, shed: u64) -> Check {
        ensure!(sequence == self.sent() + 1, "send gave {sequence} after {}", self.sent());
        let Event { tag, weight } = event;
        self.fates.push(Fate { tag, weight, shed: false, going: false, sent: false, outcome: None });
        self.note_what_goes();
        let own = self.own;
        for _ in self.shed..shed {
            let (events, bytes) = self.pending();
            ensure!(
                events > own.events || bytes > own.bytes,
                "{events} events of {bytes} bytes wait, and one was shed"
            );
            let oldest = self.fates.iter_mut().find(|fate| !fate.going && !fate.shed);
            oldest.ok_or("nothing was there to be shed")?.shed = true;
        }
        self.shed = shed;
        if self.policy != Policy::ShedOldest {
            return Ok(());
        }
        let (events, bytes) = self.pending();
        let fits = events <= own.events && bytes <= own.bytes || events == 1;
        ensure!(fits, "{events} events of {bytes} bytes wait");
        Ok(())
    }

    /// Events beyond the credit, and their bytes.
    fn pending(&self) -> (u64, u64) {
        let pending = self.fates.iter().rev().take_while(|fate| !fate.going && !fate.shed);
        pending.fold((0, 0), |(count, sum), fate| (count + 1, sum + fate.weight))
    }

    /// In their order, events go as far as the credit does.
    fn note_what_goes(&mut self) {
        let waiting = self.fates.iter().position(|fate| !fate.going && !fate.shed);
        for at in waiting.unwrap_or(self.fates.len())..self.fates.len() {
            let (sequence, weight) = (at as u64 + 1, self.fates[at].weight);
            let alone = self.received >= self.prior && self.between(self.received, sequence).next().is_none();
            if !self.is_within_credit(sequence, weight, alone) {
                return;
            }
            self.fates[at].going = true;
        }
    }

    fn is_within_credit(&self, sequence: u64, weight: u64, alone: bool) -> bool {
        let Said { base, credit, credit_at, .. } = self.said;
        let known = (credit_at as usize).min(sequence as usize - 1);
        let shed = self.fates[known..sequence as usize - 1].iter().filter(|fate| fate.shed).count() as u64;
        let bytes = weight + self.between(base, sequence).map(|fate| fate.weight).sum::<u64>();
        sequence <= credit.sequence + shed && (bytes <= credit.bytes || weight == 0 || alone)
    }

    pub(super) fn half_closed(&mut self) {
        self.half_closed = true;
    }

    pub(super) fn cancelled(&mut self) {
        self.cancelled = true;
    }

    /// Another process takes the session over; `accepted` is what the server has.
    pub(super) fn taken_over(&mut self, accepted: u64) {
        self.fates.truncate(accepted as usize);
        self.received = self.last_taken;
        self.arrived = self.last_taken;
        self.shed = 0;
        self.taken_over = true;
    }

    /// The client says something on its present connection; it may be lost.
    pub(super) fn client_says(&mut self, message: &ToServer<Event>) -> Check {
        match *message {
            ToServer::Open(open) => {
                ensure!(open.received == self.arrived, "{} arrived: {open:?}", self.arrived);
                Ok(())
            }
            ToServer::Event { sequence, event } => self.client_sends(sequence, event),
            ToServer::Skip { through } => {
                ensure!(through > self.said.through, "a skip to {through} after {}", self.said.through);
                ensure!(self.said.signal.is_none(), "a skip after a signal");
                let kept = self.between(self.said.through, through + 1).next().copied();
                ensure!(kept.is_none(), "a skip to {through} skips {kept:?}");
                self.said.through = through;
                Ok(())
            }
            ToServer::Ack { through } => {
                ensure!(through <= self.received, "acknowledged {through} of {}", self.received);
                ensure!(through > self.said.acked, "acknowledged {through} after {}", self.said.acked);
                self.said.acked = through;
                Ok(())
            }
            ToServer::Signal(signal) => self.client_signals(signal),
        }
    }

    fn client_sends(&mut self, sequence: u64, event: Event) -> Check {
        let Said { through, acked, signal, .. } = self.said;
        ensure!(sequence == through + 1, "event {sequence} after {through}");
        ensure!(signal.is_none(), "event {sequence} after a signal");
        let alone = self.between(acked, sequence).next().is_none();
        ensure!(
            self.is_within_credit(sequence, event.weight, alone),
            "event {sequence} is over {:?}",
            self.said.credit
        );
        let fate = self.fate(sequence)?;
        ensure!(fate.tag == event.tag && !fate.shed, "event {sequence} is {event:?}, not {fate:?}");
        fate.sent = true;
        self.said.through = sequence;
        Ok(())
    }

    fn client_signals(&mut self, signal: Signal) -> Check {
        let expected = if self.cancelled { Signal::Cancel } else { Signal::HalfClose };
        ensure!(signal == expected && (self.half_closed || self.cancelled), "nobody asked for {signal:?}");
        ensure!(self.said.signal != Some(signal), "{signal:?} twice on one connection");
        let left = self.between(self.said.through, self.sent() + 1).any(|fate| fate.sent || !self.cancelled);
        ensure!(!left, "{signal:?} before the last event");
        self.said.signal = Some(signal);
        Ok(())
    }

    /// Something is about to reach the client.
    pub(super) fn client_hears(&mut self, message: &ToClient<u64>, takes_over: bool) {
        match *message {
            ToClient::Welcome { accepted, credit } => {
                if takes_over {
                    self.prior = accepted;
                }
                self.said = Said { base: accepted, through: accepted, credit, credit_at: accepted, ..Said::default() };
            }
            ToClient::Credit { accepted, credit } => {
                self.said.credit = credit;
                self.said.credit_at = accepted;
            }
            ToClient::Outcome { sequence, .. } => {
                // A server tells a resumed client what was skipped; only a new process learns from it.
                let known = sequence > self.prior && self.fate(sequence).is_ok_and(|fate| fate.shed);
                self.arrived = self.arrived.max(if known { 0 } else { sequence });
            }
            ToClient::Done(_) => {}
        }
        self.note_what_goes();
    }

    /// The server gives an event to be decided.
    pub(super) fn gave(&mut self, sequence: u64, event: Event) -> Check {
        let left_out = self.between(self.last_given, sequence).next().copied();
        ensure!(sequence > self.last_given, "event {sequence} was given after {}", self.last_given);
        ensure!(left_out.is_none(), "event {sequence} was given before {left_out:?}");
        let fate = self.fate(sequence)?;
        ensure!(fate.tag == event.tag && fate.sent && !fate.shed, "event {sequence} is {event:?}, not {fate:?}");
        self.last_given = sequence;
        self.given.push_back(sequence);
        Ok(())
    }

    pub(super) fn to_decide(&self) -> usize {
        self.given.len()
    }

    /// Decides the first event that was given.
    pub(super) fn decide(&mut self, refused: bool) -> Option<(u64, Result<u64, Error>)> {
        let sequence = self.given.pop_front()?;
        let fate = self.fate(sequence).ok()?;
        fate.outcome = Some(!refused);
        Some((sequence, outcome_of(fate)))
    }

    /// The application receives something.
    pub(super) fn receives(&mut self, received: &Received<u64>, last_word: Option<&Final>) -> Check {
        let next = self.received + 1;
        match received {
            Received::Outcome { sequence, outcome } => {
                ensure!(*sequence == next, "the outcome of {sequence} after that of {}", self.received);
                ensure!(self.end.is_none(), "an outcome after the end");
                let arrived = self.arrived;
                let fate = self.fate(next)?;
                let is_shed = outcome.as_ref().is_err_and(|error| error.code() == codes::SHED);
                ensure!(is_shed == fate.shed, "{outcome:?} of {fate:?}");
                ensure!(fate.shed || *outcome == outcome_of(fate), "{outcome:?} of {fate:?}");
                ensure!(fate.shed || (fate.outcome.is_some() && arrived >= next), "{outcome:?} came before its time");
                if !fate.shed || next <= self.prior {
                    self.last_taken = next;
                }
                self.received = next;
                self.note_what_goes();
            }
            Received::Nothing => {
                ensure!(last_word.is_none(), "nothing, and not the last word");
                ensure!(self.arrived < next, "nothing, and outcome {} is here", self.arrived);
                let shed = self.fates.get(next as usize - 1).is_some_and(|fate| fate.shed);
                ensure!(!shed || next <= self.prior || self.taken_over, "nothing, and {next} was shed");
            }
            Received::End(last) => {
                ensure!(Some(last) == last_word, "{last:?} is not the last word");
                ensure!(self.received >= last.watermark, "the end after {}, before {last:?}", self.received);
                self.end = Some(last.clone());
            }
        }
        Ok(())
    }

    /// Whether the application has received the last word.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// What must hold after every step. `local`: the client ended by itself.
    pub(super) fn holds(
        &mut self,
        client: &Client<Event, u64>,
        server: Option<&Server<Event, u64>>,
        local: bool,
    ) -> Check {
        let counters = client.counters();
        let sent = if client.was_welcomed() || !self.taken_over { self.sent() } else { self.received };
        ensure!((counters.sent, counters.received) == (sent, self.received), "{counters:?} after {sent} events");
        ensure!(counters.shed == self.shed, "{counters:?}: {} were shed", self.shed);
        forward(&mut self.client_state, client.state()).map_err(|moved| format!("client: {moved}"))?;
        let (events, bytes) = client.kept();
        let windows = if self.policy == Policy::ShedOldest { 2 } else { 1 };
        // An outcome that tells a new process what was shed, and an event heavier than the window.
        let more = u64::from(self.taken_over);
        ensure!(events as u64 <= windows * self.own.events + more, "the client keeps {events} events");
        let most = windows * self.own.bytes.max(HEAVIEST);
        ensure!(bytes <= most, "the client keeps {bytes} bytes");
        let Some(server) = server else { return Ok(()) };
        ensure!(counters.accepted <= server.accepted(), "{counters:?}, and {} are accepted", server.accepted());
        forward(&mut self.server_state, server.state()).map_err(|moved| format!("server: {moved}"))?;
        let (events, bytes) = server.kept();
        ensure!(events as u64 <= self.granted.events, "the server keeps {events} events");
        ensure!(bytes <= self.granted.bytes.max(HEAVIEST), "the server keeps {bytes} bytes in {events} events");
        self.watermarks_are_true(client, server, local)
    }

    fn watermarks_are_true(&self, client: &Client<Event, u64>, server: &Server<Event, u64>, local: bool) -> Check {
        let through = server.decided_through();
        let undecided = self.between(0, through + 1).find(|fate| fate.outcome.is_none());
        ensure!(undecided.is_none(), "everything up to {through} is decided, but {undecided:?}");
        let after = self.between(through, self.sent() + 1).find(|fate| fate.outcome.is_some());
        ensure!(after.is_none(), "everything up to {through} is decided, and {after:?}");
        if let Some(last) = server.last_word() {
            ensure!(last.watermark == through && self.given.is_empty(), "{last:?} after {through}");
            ensure!(last.status != Status::Ok || last.watermark == self.sent(), "{last:?} of {} events", self.sent());
            ensure!(last.error.is_some() == (last.status != Status::Ok), "{last:?}");
        }
        match client.last_word() {
            Some(last) if local => ensure!(last.watermark == self.arrived, "{last:?}: {} arrived", self.arrived),
            Some(last) => ensure!(Some(last) == server.last_word(), "{last:?} is not {:?}", server.last_word()),
            None => {}
        }
        Ok(())
    }
}

/// The heaviest event of a walk.
pub(super) const HEAVIEST: u64 = 40;

fn outcome_of(fate: &Fate) -> Result<u64, Error> {
    let refused = || Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, fate.tag.to_string(), Place::None);
    if fate.outcome == Some(false) { Err(refused()) } else { Ok(fate.tag) }
}

/// States go forward only, and a session that is done stays as it is.
fn forward(known: &mut State, now: State) -> Check {
    let legal = match (*known, now) {
        (State::Streaming, _) | (State::Closing, State::Closing | State::Done(_)) => true,
        (State::Done(then), State::Done(now)) => then == now,
        _ => false,
    };
    ensure!(legal, "{known:?} became {now:?}");
    *known = now;
    Ok(())
}
