//! An event that was decoded and found good, and is not accepted yet: what a journal keeps. Holds the fields that the
//! rules read and nothing else, so that it is the same whatever form the event came in.

use fishplate_cel::{Slot, Value};

use super::{Engine, Keep, supplied};
use crate::canonical;
use crate::codec::{self, Cursor, Damaged};
use crate::codes;
use crate::decision::Decision;
use crate::error::{Error, Place};
use crate::event::Event;
use crate::ruleset::RuleSet;
use crate::state::key_group;
use crate::status::Status;
use crate::trace::TraceContext;

/// A decoded event. It belongs to the rule set that decoded it; [`Engine::apply`] accepts it.
#[derive(Clone, Debug)]
pub struct Prepared {
    slots: Vec<Slot>,
    pub(super) facts: Facts,
}

/// What an event says of itself before its rules are asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Its id in canonical bytes, and as it is; `None` where the document declares none.
    pub(super) id: Option<(Box<[u8]>, Value)>,
    /// Its time, in nanoseconds; `None` where the document declares none.
    pub(super) time: Option<i128>,
    /// Its partition value in canonical bytes; empty without `partition_by`.
    pub(super) partition: Box<[u8]>,
    pub(super) group: u16,
    pub(super) trace: Option<TraceContext>,
    pub(super) origin: Option<([u8; 16], u64)>,
    /// Its place among the inputs; `None`: whatever the engine counts.
    pub(super) ordinal: Option<u64>,
}

impl Prepared {
    /// The key group that it belongs to; 0 without `partition_by`. Below [`crate::state::KEY_GROUPS`].
    pub fn key_group(&self) -> u16 {
        self.facts.group
    }

    /// Its time; `None` where the document names none.
    pub fn time(&self) -> Option<fishplate_cel::Timestamp> {
        self.facts.time.and_then(fishplate_cel::Timestamp::from_nanos)
    }

    /// The session and sequence that it came with.
    pub fn origin(&self) -> Option<([u8; 16], u64)> {
        self.facts.origin
    }

    /// The same event as the `ordinal`-th input, from 1: for a driver that divides inputs among several engines.
    #[must_use]
    pub fn with_ordinal(mut self, ordinal: u64) -> Self {
        self.facts.ordinal = Some(ordinal);
        self
    }

    /// Appends it for a journal; [`Engine::read_prepared`] reads it back, of the same rule set.
    pub fn write(&self, out: &mut Vec<u8>) {
        codec::put_option(self.facts.trace, out, |trace, out| out.extend(trace.to_bytes()));
        codec::put_option(self.facts.origin, out, |(session, sequence), out| {
            out.extend(session);
            out.extend(sequence.to_le_bytes());
        });
        codec::put_option(self.facts.ordinal, out, |ordinal, out| out.extend(ordinal.to_le_bytes()));
        let filled = self.slots.iter().enumerate().filter_map(|(at, slot)| Some((at, slot.value()?)));
        codec::put_count(filled.clone().count(), out);
        for (at, value) in filled {
            codec::put_count(at, out);
            codec::put_value(value, out);
        }
    }
}

impl Engine {
    /// Decodes `event` and finds it good or not. Changes nothing.
    ///
    /// # Errors
    /// The event is refused (`INVALID_ARGUMENT`).
    pub fn prepare(&mut self, event: Event<'_>) -> Result<Prepared, Error> {
        let facts = self.read(event).inspect_err(|_| self.counters.refused += 1)?;
        Ok(Prepared { slots: self.work.slots.iter().map(Slot::kept).collect(), facts })
    }

    /// Accepts an event that was prepared by this engine's rule set: decides it and updates the windows.
    ///
    /// # Panics
    /// If another rule set prepared it.
    pub fn apply(&mut self, prepared: Prepared) -> Decision {
        assert_eq!(prepared.slots.len(), self.work.slots.len(), "an event is applied to the rule set that prepared it");
        let own = std::mem::replace(&mut self.work.slots, prepared.slots);
        let decision = self.accept(prepared.facts, Keep::Yes);
        // The memory of texts is worth more than what was prepared, which is done with.
        self.work.slots = own;
        decision
    }

    /// Reads what [`Prepared::write`] wrote.
    ///
    /// # Errors
    /// `DATA_LOSS` (F0891): the bytes are not an event of this rule set.
    pub fn read_prepared(&mut self, bytes: &[u8]) -> Result<Prepared, Error> {
        let mut cursor = Cursor::new(bytes);
        self.parse_prepared(&mut cursor).ok().filter(|_| cursor.is_empty()).ok_or_else(not_of_this_rule_set)
    }

    fn parse_prepared(&mut self, cursor: &mut Cursor<'_>) -> Result<Prepared, Damaged> {
        let trace = cursor.option(|cursor| TraceContext::from_bytes(&cursor.fixed()?).ok_or(Damaged))?;
        let origin = cursor.option(|cursor| Ok((cursor.fixed()?, cursor.u64()?)))?;
        let ordinal = cursor.option(Cursor::u64)?;
        self.work.slots.iter_mut().for_each(Slot::clear);
        for _ in 0..cursor.count(5)? {
            let at = cursor.u32()? as usize;
            *self.work.slots.get_mut(at).ok_or(Damaged)? = Slot::Value(cursor.value()?);
        }
        let facts = Facts { trace, origin, ordinal, ..self.facts().map_err(|_| Damaged)? };
        Ok(Prepared { slots: self.work.slots.iter().map(Slot::kept).collect(), facts })
    }

    /// Decodes the event into the slots and looks at what every event needs. Changes nothing but the slots.
    pub(super) fn read(&mut self, event: Event<'_>) -> Result<Facts, Error> {
        self.work.slots.iter_mut().for_each(Slot::clear);
        let (decoder, slots) = (self.rule_set.decoder(), &mut self.work.slots);
        decoder.decode(event.body, &self.options.limits, self.options.strict, slots)?;
        if let Some(features) = event.supplied {
            supplied::read(&self.rule_set, features, &self.options.limits, slots)?;
        }
        Ok(Facts { trace: event.trace, origin: event.origin, ..self.facts()? })
    }

    /// What the slots say.
    fn facts(&mut self) -> Result<Facts, Error> {
        let plan = self.rule_set.plan();
        let id = match plan.id {
            None => None,
            Some(slot) => {
                let Some(id) = self.work.slots[slot].value() else {
                    return Err(missing(&self.rule_set, slot, codes::MISSING_ID, "id"));
                };
                let mut bytes = Vec::new();
                canonical::write_value(id, &mut bytes);
                Some((bytes.into_boxed_slice(), id.clone()))
            }
        };
        let time = match plan.time {
            None => None,
            Some(slot) => match self.work.slots[slot].value() {
                Some(Value::Timestamp(time)) => Some(time.as_nanos()),
                _ => return Err(missing(&self.rule_set, slot, codes::MISSING_TIME, "time")),
            },
        };
        let mut partition = Vec::new();
        let mut group = 0;
        if let Some(expression) = &plan.partition {
            let work = &mut self.work;
            let value = expression.program.run_on(&mut work.stack, &work.slots, self.options.limits.cost);
            let value = value.map_err(|cause| {
                let message = format!("`partition_by` ended in {}: {}", cause.code, cause.message);
                Error::field(codes::PARTITION_ERROR, "", message)
            })?;
            canonical::write_value(&value, &mut partition);
            group = key_group(&partition);
        }
        Ok(Facts { id, time, partition: partition.into(), group, ..Facts::default() })
    }
}

fn missing(rule_set: &RuleSet, slot: usize, code: fishplate_cel::Code, what: &str) -> Error {
    let wanted = rule_set.plan().wanted.iter().find(|wanted| wanted.slot == slot);
    let path = wanted.map(|wanted| wanted.path.join(".")).unwrap_or_default();
    Error::field(code, path, format!("the event has no {what}, and its rule set needs one"))
}

fn not_of_this_rule_set() -> Error {
    let message = "the bytes are not an event that this rule set prepared";
    Error::new(Status::DataLoss, codes::SNAPSHOT_DAMAGED, message, Place::None)
}
