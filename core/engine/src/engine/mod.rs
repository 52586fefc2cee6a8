//! RuleSet + state → Decision: one event goes through decoding, time, windows and rules, in this order. Refused
//! events leave before anything has changed.

mod repeats;
#[cfg(test)]
mod tests;
mod verdict;

use fishplate_cel::{Slot, Stack, Value};

use crate::canonical;
use crate::codes;
use crate::decision::{Decision, Identity, Source};
use crate::decode::Columns;
use crate::error::Error;
use crate::event::Event;
use crate::feature::window::Amount;
use crate::feature::{EventTime, Input, Keyed, Moment};
use crate::limits::Limits;
use crate::ruleset::{Feature, RuleSet};

use repeats::Repeats;

/// A rule set, its state and its limits. One caller at a time (`&mut`); whoever shares it owns the lock.
#[derive(Debug)]
pub struct Engine {
    rule_set: RuleSet,
    options: Options,
    /// The current event's fields and features; kept so that its memory is used again.
    slots: Vec<Slot>,
    /// The machine's, kept for the same reason.
    stack: Stack,
    /// By feature, in document order.
    windows: Vec<Keyed>,
    /// The greatest event time accepted, in nanoseconds.
    mark: Option<i128>,
    repeats: Repeats,
    counters: Counters,
}

/// How an engine takes events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The bounds on each event.
    pub limits: Limits,
    /// Refuse fields that the schema does not have, in JSON, maps and rows.
    pub strict: bool,
}

/// What an engine has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events accepted, repeats not counted.
    pub accepted: u64,
    /// Events refused.
    pub refused: u64,
    /// Accepted events that were late.
    pub late: u64,
    /// Events whose id was seen before.
    pub repeated: u64,
    /// Accepted events that at least one live rule matched.
    pub matched: u64,
}

/// What an event says of itself before its rules are asked.
struct Facts {
    /// Its id in canonical bytes, and as it is; `None` where the document declares none.
    id: Option<(Box<[u8]>, Value)>,
    /// Its time, in nanoseconds; `None` where the document declares none.
    time: Option<i128>,
    late: bool,
    /// The mark with this event accepted.
    mark: Option<i128>,
}

/// Whether the windows keep what they see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

impl Engine {
    /// An engine with empty windows.
    pub fn new(rule_set: &RuleSet, options: Options) -> Engine {
        let plan = rule_set.plan();
        Engine {
            rule_set: rule_set.clone(),
            options,
            slots: vec![Slot::Absent; plan.slots],
            stack: Stack::default(),
            windows: plan.features.iter().map(|_| Keyed::default()).collect(),
            mark: None,
            repeats: Repeats::default(),
            counters: Counters::default(),
        }
    }

    /// The rule set that it decides by.
    pub fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }

    /// Decides `event` and updates the windows.
    ///
    /// # Errors
    /// The event is refused (`INVALID_ARGUMENT`): nothing has changed.
    pub fn decide(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        let facts = self.read(event).inspect_err(|_| self.counters.refused += 1)?;
        if let Some(first) = self.repeat(&facts) {
            self.counters.repeated += 1;
            return Ok(first);
        }
        let decision = self.settle(event, &facts, Keep::Yes);
        self.mark = facts.mark;
        self.counters.accepted += 1;
        self.counters.late += u64::from(facts.late);
        self.counters.matched += u64::from(!decision.matched.is_empty());
        if let Some((bytes, _)) = facts.id {
            let mark = self.mark.unwrap_or_default();
            self.repeats.remember(bytes, decision.clone(), mark, self.rule_set.plan());
        }
        Ok(decision)
    }

    /// What [`Self::decide`] would give now; changes nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn preview(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        let facts = self.read(event)?;
        Ok(self.repeat(&facts).unwrap_or_else(|| self.settle(event, &facts, Keep::No)))
    }

    /// Decides each event in order; a refused one is an error in its own place.
    pub fn decide_all<'e>(&mut self, events: impl IntoIterator<Item = Event<'e>>) -> Vec<Result<Decision, Error>> {
        events.into_iter().map(|event| self.decide(event)).collect()
    }

    /// Resolves the header of a table of rows for [`Event::row`].
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: a column named twice, or (strict) one that the schema does not have.
    pub fn columns(&self, header: &[&str]) -> Result<Columns, Error> {
        self.rule_set.decoder().columns(header, self.options.strict)
    }

    /// What it has done so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Decodes the event into the slots and looks at what every event needs. Changes nothing but the slots.
    fn read(&mut self, event: Event<'_>) -> Result<Facts, Error> {
        self.slots.fill(Slot::Absent);
        let decoder = self.rule_set.decoder();
        decoder.decode(event.body, &self.options.limits, self.options.strict, &mut self.slots)?;
        let plan = self.rule_set.plan();
        let id = match plan.id {
            None => None,
            Some(slot) => {
                let Slot::Value(id) = &self.slots[slot] else {
                    return Err(self.missing(slot, codes::MISSING_ID, "id"));
                };
                let mut bytes = Vec::new();
                canonical::write_value(id, &mut bytes);
                Some((bytes.into_boxed_slice(), id.clone()))
            }
        };
        let time = match plan.time {
            None => None,
            Some(slot) => match &self.slots[slot] {
                Slot::Value(Value::Timestamp(time)) => Some(time.as_nanos()),
                _ => return Err(self.missing(slot, codes::MISSING_TIME, "time")),
            },
        };
        let late = matches!((time, self.mark), (Some(time), Some(mark)) if time < mark - plan.max_disorder);
        let mark = self.mark.max(time);
        Ok(Facts { id, time, late, mark })
    }

    fn missing(&self, slot: usize, code: fishplate_cel::Code, what: &str) -> Error {
        let wanted = self.rule_set.plan().wanted.iter().find(|wanted| wanted.slot == slot);
        let path = wanted.map(|wanted| wanted.path.join(".")).unwrap_or_default();
        Error::field(code, path, format!("the event has no {what}, and its rule set needs one"))
    }

    fn repeat(&self, facts: &Facts) -> Option<Decision> {
        let (bytes, _) = facts.id.as_ref()?;
        // The event's own time counts: an id that comes again long after is another event, however quiet the stream.
        let first = self.repeats.find(bytes, facts.mark.unwrap_or_default(), self.rule_set.plan())?;
        Some(Decision { repeated: true, ..first.clone() })
    }

    /// Windows, then rules. The event is accepted: from here on nothing refuses it.
    fn settle(&mut self, event: Event<'_>, facts: &Facts, keep: Keep) -> Decision {
        if let (Some(time), Some(mark)) = (facts.time, facts.mark) {
            for at in 0..self.windows.len() {
                self.observe(at, time, mark, facts.late, keep);
            }
        }
        let verdict = verdict::decide(&self.rule_set, &self.slots, &mut self.stack, self.options.limits.cost);
        let identity = match &facts.id {
            Some((_, id)) => Identity::EventId(id.clone()),
            None => match event.origin {
                Some((session, sequence)) => Identity::Session { session, sequence },
                None => Identity::Ordinal(self.counters.accepted + 1),
            },
        };
        Decision {
            source: Source::RuleSet(self.rule_set.clone()),
            identity,
            parent: event.trace,
            late: facts.late,
            repeated: false,
            outputs: verdict.outputs,
            matched: verdict.matched,
            features: verdict.features,
            errors: verdict.errors,
            shadow_matched: verdict.shadow_matched,
            shadow_errors: verdict.shadow_errors,
        }
    }

    /// Brings the event into one feature's window and fills the slot from which rules read it.
    fn observe(&mut self, at: usize, time: i128, mark: i128, late: bool, keep: Keep) {
        let plan = self.rule_set.plan();
        let feature = &plan.features[at];
        let horizon = EventTime(mark - plan.max_disorder - feature.size);
        let moment = Moment { time: EventTime(time), horizon };
        let read = brings(feature, &self.slots, &mut self.stack, self.options.limits.cost).and_then(|(key, amount)| {
            let input = Input { key: &key, amount: amount.filter(|_| !late) };
            let read = match keep {
                Keep::Yes => self.windows[at].observe(&input, moment, &feature.definition),
                Keep::No => self.windows[at].preview(&input, moment, &feature.definition),
            };
            read.map_err(|_| "its sum leaves the range of its type".to_owned())
        });
        if let Some(slot) = feature.slot {
            self.slots[slot] = match read {
                Ok(amount) => Slot::Value(amount.value()),
                Err(why) => Slot::Error(why),
            };
        }
    }
}

/// The key under which a feature sees the event, in canonical bytes, and what it adds (`None` if `where` leaves the
/// event out); or why it has neither.
fn brings(
    feature: &Feature,
    slots: &[Slot],
    stack: &mut Stack,
    cost: u64,
) -> Result<(Vec<u8>, Option<Amount>), String> {
    let mut run = |expression: &crate::ruleset::Expression, what: &str| {
        let fail = |error: fishplate_cel::EvalError| format!("its {what} ended in {}: {}", error.code, error.message);
        expression.program.run_on(stack, slots, cost).map_err(fail)
    };
    let mut key = Vec::new();
    for part in &feature.by {
        canonical::write_value(&run(part, "`by`")?, &mut key);
    }
    if let Some(filter) = &feature.filter
        && run(filter, "`where`")? != Value::Bool(true)
    {
        return Ok((key, None));
    }
    let amount = match &feature.sum {
        None => Amount::Int(1),
        Some(sum) => Amount::of(&run(sum, "`sum`")?).ok_or("its `sum` is no number")?,
    };
    Ok((key, Some(amount)))
}
