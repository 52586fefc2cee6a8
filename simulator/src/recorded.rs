//! The kept engine, and beside it a list of every input that it took, with the number under which the journal has it: what
//! the model is held against. Mistakes that are planted in a keeper stand here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fishplate::ruleset::Mode;
use fishplate::session::SessionId;
use fishplate::{Body, Decision, Error, Event, Timestamp, canonical};
use fishplate_store::keeper::{Delivery, Session};
use fishplate_store::{Keeper, Lsn};
use fishplate_transport::{Decider, Keeps, Kept};

use crate::disk::Folder;
use crate::plant::Plant;
use crate::rules::Version;

/// An input that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) lsn: Lsn,
    pub(crate) input: Input,
    /// What was decided, in canonical bytes: one for an event, for a tick one for each rule that fired.
    pub(crate) decided: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Input {
    Event {
        session: SessionId,
        sequence: u64,
        json: Vec<u8>,
    },
    Tick(Timestamp),
    /// To the version of this number.
    Swap(usize),
    Mode(String, Option<Mode>),
}

/// All inputs in order. It outlives processes: whoever starts the next one cuts it to what came back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<Taken>>>);

impl Ledger {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Vec<Taken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, lsn: Lsn, input: Input, decided: &[Decision]) {
        let decided = decided.iter().map(bytes).collect();
        self.lock().push(Taken { lsn, input, decided });
    }
}

/// A decision as it is compared.
pub(crate) fn bytes(decision: &Decision) -> Vec<u8> {
    let mut out = Vec::new();
    canonical::write_decision(decision, &mut out);
    out
}

pub(crate) struct Recorded {
    pub(crate) kept: Kept<Folder>,
    ledger: Ledger,
    plant: Option<Plant>,
    /// Processes before this one.
    age: u32,
}

impl Recorded {
    pub(crate) fn new(keeper: Keeper<Folder>, ledger: Ledger, plant: Option<Plant>, age: u32) -> Self {
        Self { kept: Kept::new(keeper), ledger, plant, age }
    }

    fn has(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    /// The last input that was taken, and the last that is durable.
    pub(crate) fn position(&self) -> (Lsn, Lsn) {
        self.kept.shared().with(|keeper| keeper.position())
    }

    /// Notes an input if the keeper took one since `before`, whether or not the disk has it by now.
    fn took(&self, before: Lsn, input: Input, decided: &[Decision]) {
        let lsn = self.position().0;
        if lsn > before {
            self.ledger.add(lsn, input, decided);
        }
    }

    pub(crate) fn tick(&self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        if self.has(Plant::SwallowsTicks) {
            self.ledger.add(self.position().0, Input::Tick(now), &[]);
            return Ok(Vec::new());
        }
        let early = Timestamp::from_nanos(now.as_nanos() - 1).filter(|_| self.has(Plant::TicksEarly));
        let before = self.position().0;
        let fired = self.kept.shared().with(|keeper| keeper.advance_to(early.unwrap_or(now), None));
        self.took(before, Input::Tick(now), fired.as_deref().unwrap_or_default());
        let fired = fired?;
        self.kept.shared().commit().map(|_| fired)
    }

    pub(crate) fn swap(&self, to: usize, version: &Version) -> Result<(), Error> {
        let before = self.position().0;
        if self.has(Plant::SwallowsSwaps) {
            self.ledger.add(before, Input::Swap(to), &[]);
            return Ok(());
        }
        let swapped = self.kept.swap(&version.rules);
        self.took(before, Input::Swap(to), &[]);
        swapped.map(drop)
    }

    pub(crate) fn switch(&self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        let before = self.position().0;
        let switched = self.kept.set_mode(rule, mode);
        self.took(before, Input::Mode(rule.to_owned(), mode), &[]);
        switched
    }

    /// Where an event is said to come from.
    fn mistaken(&self, delivery: Delivery) -> Delivery {
        let Delivery { session, sequence, acknowledged } = delivery;
        if self.has(Plant::MixesSessions) {
            return Delivery { session: [99; 16], sequence: u64::from(session[0]) << 32 | sequence, acknowledged };
        }
        Delivery { acknowledged: acknowledged + u64::from(self.has(Plant::AcknowledgesTooMuch)), ..delivery }
    }

    /// What the planted mistakes do as soon as a process begins.
    pub(crate) fn begin(&self) {
        if self.has(Plant::ForgetsModes) && self.age > 0 {
            let switched: Vec<String> = self.kept.rules();
            for rule in switched {
                // The keeper takes it, the ledger does not hear of it: as if it had not been kept.
                let _ = self.kept.set_mode(&rule, None);
            }
        }
    }
}

impl Decider for Recorded {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        Decider::decide(&self.kept, event, preview)
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        self.kept.rule_set()
    }

    fn rules(&self) -> Vec<String> {
        self.kept.rules()
    }

    fn keeps(&self) -> Option<&dyn Keeps> {
        Some(self)
    }
}

impl Keeps for Recorded {
    fn decide(&self, event: Event<'_>, preview: bool, delivery: Delivery) -> Result<Result<Decision, Error>, Error> {
        let told = delivery;
        let delivery = self.mistaken(delivery);
        let loses = self.has(Plant::LosesFeatures) && told.sequence.is_multiple_of(5);
        let event = if loses { Event { supplied: None, ..event } } else { event };
        let outcome = Keeps::decide(&self.kept, event, preview, delivery)?;
        if let (Ok(decision), Body::Json(json), false) = (&outcome, event.body, preview) {
            let Delivery { session, sequence, .. } = told;
            let input = Input::Event { session, sequence, json: json.to_vec() };
            self.ledger.add(self.position().0, input, std::slice::from_ref(decision));
            if self.has(Plant::DecidesTwice) && sequence % 5 == 0 {
                let _ = self.kept.shared().with(|keeper| keeper.decide(event, None));
            }
        }
        Ok(outcome)
    }

    fn note(&self, delivery: Delivery, outcome: Vec<u8>) -> Result<(), Error> {
        if self.has(Plant::ForgetsRefusals) {
            return Ok(());
        }
        self.kept.note(delivery, outcome)
    }

    fn note_session(&self, session: SessionId, note: &[u8]) -> Result<(), Error> {
        let known = self.kept.shared().with(|keeper| keeper.session(&session).is_some());
        if self.has(Plant::ForgetsEpochs) && known {
            return Ok(());
        }
        self.kept.note_session(session, note)
    }

    fn forget_session(&self, session: &SessionId) -> Result<(), Error> {
        self.kept.forget_session(session)
    }

    fn acknowledge(&self, session: &SessionId, through: u64) {
        self.kept.acknowledge(session, through + u64::from(self.has(Plant::AcknowledgesTooMuch)));
    }

    fn sessions(&self) -> Vec<(SessionId, Session)> {
        let mut sessions = self.kept.sessions();
        if self.has(Plant::LosesLastOutcome) {
            for (_, session) in &mut sessions {
                let mut outcomes: VecDeque<_> = std::mem::take(&mut session.outcomes);
                outcomes.pop_back();
                session.outcomes = outcomes;
            }
        }
        sessions
    }

    fn commit(&self) -> Result<(), Error> {
        if self.has(Plant::AnswersBeforeSync) {
            return Ok(());
        }
        self.kept.commit()
    }
}
