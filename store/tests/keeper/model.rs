//! The plain model: every input that was ever taken, in a list, and an engine that gets them from the first one on.

use std::collections::BTreeMap;

use fishplate::ruleset::Mode;
use fishplate::state::AtBudget;
use fishplate::{Decision, Engine, Event, RuleSet, TraceContext, canonical, engine};
use fishplate_store::keeper::{Delivery, Outcome, Session};

use crate::rules::at;

/// An input, in the words of its driver.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Event(String, Option<Delivery>),
    Tick(i64, Option<Delivery>),
    Setup(RuleSet, u64),
    Mode(&'static str, Option<Mode>),
    Noted(Delivery, Vec<u8>),
    Session([u8; 16], Vec<u8>),
    Ended([u8; 16]),
}

/// What makes an outcome the same as another one.
pub(crate) fn told(decisions: &[Decision]) -> Vec<Vec<u8>> {
    let one = |decision: &Decision| {
        let mut out = Vec::new();
        canonical::write_decision(decision, &mut out);
        out.extend(format!("{:?} {:?}", decision.timer(), decision.trace()).bytes());
        out
    };
    decisions.iter().map(one).collect()
}

fn said(outcome: &Outcome) -> Vec<Vec<u8>> {
    match outcome {
        Outcome::Decided(decision) => told(std::slice::from_ref(decision)),
        Outcome::Fired(decisions) => told(decisions),
        Outcome::Noted(bytes) => vec![bytes.clone()],
    }
}

/// A session as far as two of them can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) note: Vec<u8>,
    pub(crate) accepted: u64,
    pub(crate) outcomes: BTreeMap<u64, Vec<Vec<u8>>>,
}

impl Known {
    pub(crate) fn of(session: &Session) -> Self {
        let outcomes = session.outcomes.iter().map(|(sequence, outcome)| (*sequence, said(outcome))).collect();
        Self { note: session.note.clone(), accepted: session.accepted, outcomes }
    }
}

/// So many bytes; at an odd number of them the least recent key makes room.
pub(crate) fn options(memory: u64) -> engine::Options {
    let at_budget = if memory.is_multiple_of(2) { AtBudget::Refuse } else { AtBudget::Evict };
    engine::Options { memory, at_budget, ..engine::Options::default() }
}

/// An event as both the model and the keeper get it.
pub(crate) fn event_of(json: &str, delivery: Option<Delivery>) -> Event<'_> {
    let trace = TraceContext { trace_id: [json.len() as u8; 16], span_id: [7; 8], flags: 1 };
    let origin = delivery.map(|delivery| (delivery.session, delivery.sequence));
    Event { origin, ..Event::json(json.as_bytes()).with_trace(json.len().is_multiple_of(2).then_some(trace)) }
}

/// What the engine that never stops says to some inputs.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// By record.
    pub(crate) told: BTreeMap<u64, Vec<Vec<u8>>>,
    pub(crate) sessions: BTreeMap<[u8; 16], Known>,
    pub(crate) engine: Option<Engine>,
    memory: u64,
}

impl Whole {
    pub(crate) fn of<'i>(inputs: impl IntoIterator<Item = (&'i u64, &'i Input)>) -> Self {
        let mut whole = Self::default();
        for (lsn, input) in inputs {
            whole.take(*lsn, input);
        }
        whole
    }

    fn take(&mut self, lsn: u64, input: &Input) {
        let (decisions, delivery) = match input {
            Input::Event(json, delivery) => {
                let decided = self.engine().decide(event_of(json, *delivery)).expect("it was accepted once");
                (vec![decided], *delivery)
            }
            Input::Tick(second, delivery) => (self.engine().advance_to(at(*second)), *delivery),
            Input::Setup(rule_set, memory) => return self.setup(rule_set, *memory),
            Input::Mode(rule, mode) => return self.engine().set_mode(rule, *mode).expect("it was accepted once"),
            Input::Noted(delivery, bytes) => return self.accept(*delivery, vec![bytes.clone()]),
            Input::Session(id, note) => {
                self.sessions.entry(*id).or_default().note.clone_from(note);
                return;
            }
            Input::Ended(id) => {
                self.sessions.remove(id);
                return;
            }
        };
        self.told.insert(lsn, told(&decisions));
        if let Some(delivery) = delivery {
            self.accept(delivery, told(&decisions));
        }
    }

    fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().expect("the first input is the setup")
    }

    fn setup(&mut self, rule_set: &RuleSet, memory: u64) {
        let before = std::mem::replace(&mut self.memory, memory);
        let Some(engine) = &mut self.engine else {
            self.engine = Some(Engine::new(rule_set, options(memory)));
            return;
        };
        if memory == before {
            engine.swap(rule_set).expect("it was accepted once");
        } else {
            let state = engine.snapshot();
            *engine = Engine::restore(rule_set, options(memory), &[&state]).expect("its own snapshot").0;
        }
    }

    fn accept(&mut self, delivery: Delivery, outcome: Vec<Vec<u8>>) {
        let known = self.sessions.entry(delivery.session).or_default();
        known.accepted = delivery.sequence;
        known.outcomes.insert(delivery.sequence, outcome);
        known.outcomes.retain(|sequence, _| *sequence > delivery.acknowledged);
    }
}
