//! Where inputs came from, and what was said to them: for each session up to where its events were accepted, and the
//! outcomes that its client has not acknowledged. With that a server that was started anew goes on where it was.

use std::collections::{BTreeMap, VecDeque};

use fishplate::{Decision, Error, Place, Status, codes};

use super::bytes::{Damaged, Reader, put_bytes, put_count, put_sized};
use super::damaged;

/// An input's place in the conversation that it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The session's id.
    pub session: [u8; 16],
    /// Its sequence there: from 1, growing; numbers may be left out.
    pub sequence: u64,
    /// The client needs no outcome up to this sequence again.
    pub acknowledged: u64,
}

/// What was said to an input of a session.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An event was decided.
    Decided(Decision),
    /// Time passed, and rules fired.
    Fired(Vec<Decision>),
    /// Whatever the driver noted: a refusal, a preview, in its own words. Empty if nobody waits for it: then only that it
    /// was accepted is kept.
    Noted(Vec<u8>),
}

/// What is known of a session.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// What the driver noted of it last: who may resume it, and how. Empty if nothing.
    pub note: Vec<u8>,
    /// The last sequence that was accepted; 0 if none was.
    pub accepted: u64,
    /// The client needs nothing up to this sequence again.
    pub acknowledged: u64,
    /// Outcomes after it, in order.
    pub outcomes: VecDeque<(u64, Outcome)>,
}

/// All sessions, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions(BTreeMap<[u8; 16], Session>);

impl Sessions {
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8; 16], &Session)> {
        self.0.iter()
    }

    pub(super) fn get(&self, id: &[u8; 16]) -> Option<&Session> {
        self.0.get(id)
    }

    /// That the input was not accepted before.
    pub(super) fn check(&self, delivery: Option<Delivery>) -> Result<(), Error> {
        let Some(Delivery { session, sequence, .. }) = delivery else { return Ok(()) };
        let accepted = self.0.get(&session).map_or(0, |known| known.accepted);
        if sequence > accepted {
            return Ok(());
        }
        let message = format!("input {sequence} of the session came again; everything up to {accepted} was accepted");
        Err(Error::new(Status::AlreadyExists, codes::ACCEPTED_BEFORE, message, Place::None))
    }

    /// Takes an input's outcome in.
    pub(super) fn accept(&mut self, delivery: Option<Delivery>, outcome: impl FnOnce() -> Outcome) {
        let Some(Delivery { session, sequence, acknowledged }) = delivery else { return };
        let known = self.0.entry(session).or_default();
        known.accepted = sequence;
        match outcome() {
            Outcome::Noted(nothing) if nothing.is_empty() => {}
            outcome => known.outcomes.push_back((sequence, outcome)),
        }
        known.acknowledge(acknowledged);
    }

    pub(super) fn acknowledge(&mut self, session: &[u8; 16], through: u64) {
        if let Some(known) = self.0.get_mut(session) {
            known.acknowledge(through);
        }
    }

    pub(super) fn note(&mut self, session: [u8; 16], note: &[u8]) {
        self.0.entry(session).or_default().note = note.to_vec();
    }

    pub(super) fn remove(&mut self, session: &[u8; 16]) {
        self.0.remove(session);
    }

    /// Count, then each: id, note, accepted, acknowledged, count of outcomes, then each: sequence, tag, byte string.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_count(self.0.len(), out);
        for (id, session) in &self.0 {
            out.extend(id);
            put_bytes(&session.note, out);
            out.extend(session.accepted.to_le_bytes());
            out.extend(session.acknowledged.to_le_bytes());
            put_count(session.outcomes.len(), out);
            for (sequence, outcome) in &session.outcomes {
                out.extend(sequence.to_le_bytes());
                outcome.write(out);
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let fail = |Damaged| damaged("a session in it");
        let mut sessions = BTreeMap::new();
        for _ in 0..reader.u32().map_err(fail)? {
            let id = reader.fixed().map_err(fail)?;
            let mut session = Session::read(reader).map_err(fail)?;
            for _ in 0..reader.u32().map_err(fail)? {
                let sequence = reader.u64().map_err(fail)?;
                session.outcomes.push_back((sequence, Outcome::read(reader)?));
            }
            sessions.insert(id, session);
        }
        Ok(Self(sessions))
    }
}

impl Session {
    fn acknowledge(&mut self, through: u64) {
        // Nobody acknowledges what was not said.
        self.acknowledged = self.acknowledged.max(through.min(self.accepted));
        while self.outcomes.front().is_some_and(|(sequence, _)| *sequence <= self.acknowledged) {
            self.outcomes.pop_front();
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Damaged> {
        let note = reader.bytes()?.to_vec();
        Ok(Self { note, accepted: reader.u64()?, acknowledged: reader.u64()?, outcomes: VecDeque::new() })
    }
}

impl Outcome {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Decided(decision) => {
                out.push(1);
                put_sized(out, |out| decision.write(out));
            }
            Self::Fired(decisions) => {
                out.push(2);
                put_sized(out, |out| {
                    put_count(decisions.len(), out);
                    decisions.iter().for_each(|decision| put_sized(out, |out| decision.write(out)));
                });
            }
            Self::Noted(bytes) => {
                out.push(3);
                put_bytes(bytes, out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let fail = |Damaged| damaged("an outcome in it");
        let (tag, bytes) = (reader.u8().map_err(fail)?, reader.bytes().map_err(fail)?);
        match tag {
            1 => Decision::from_bytes(bytes).map(Self::Decided),
            2 => {
                let (mut inner, mut decisions) = (Reader::new(bytes), Vec::new());
                for _ in 0..inner.u32().map_err(fail)? {
                    decisions.push(Decision::from_bytes(inner.bytes().map_err(fail)?)?);
                }
                Ok(Self::Fired(decisions))
            }
            3 => Ok(Self::Noted(bytes.to_vec())),
            _ => Err(fail(Damaged)),
        }
    }
}
