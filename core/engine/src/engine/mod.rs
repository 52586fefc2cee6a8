//! RuleSet + state → Decision: one event goes through decoding, time, windows and rules, in this order. Refused
//! events leave before anything has changed.
//!
//! `prepared` → an event decoded and not yet accepted; `settle` → windows; `watching` → rules that remember their keys;
//! `verdict` → the rules; `tick`, `swap`, `snapshot` → what else changes an engine.

mod filled;
mod merging;
mod prepared;
mod settle;
mod snapshot;
mod supplied;
mod swap;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_budget;
#[cfg(test)]
mod tests_state;
#[cfg(test)]
mod tests_supplied;
mod tick;
mod verdict;
mod watching;

use fishplate_cel::{Slot, Stack, Value};

pub use prepared::Prepared;
pub use snapshot::Restored;
pub use swap::Swapped;
pub use tick::in_order;

use crate::decision::Decision;
use crate::decode::Columns;
use crate::error::Error;
use crate::event::Event;
use crate::limits::Limits;
use crate::ruleset::{Mode, RuleSet};
use crate::state::{AtBudget, Group, KEY_GROUPS, Shape, StateSize, Trial};

/// A rule set, its state and its limits. One caller at a time (`&mut`); whoever shares it owns the lock.
#[derive(Debug)]
pub struct Engine {
    rule_set: RuleSet,
    options: Options,
    /// By rule: as the document says, or as it was switched since.
    modes: Vec<Mode>,
    /// Rules that were switched, by id: what a swap keeps.
    switched: Vec<(String, Mode)>,
    /// One without `partition_by`, else [`KEY_GROUPS`].
    groups: Vec<Group>,
    /// The greatest time that it was advanced to.
    tick: Option<i128>,
    /// The greatest time of any event accepted, whatever its partition.
    high: Option<i128>,
    /// Features that began empty when the rule set was swapped, by name, and when their windows will have filled.
    warming: Vec<(String, i128)>,
    counters: Counters,
    work: Work,
}

/// Memory that is used again for each event.
#[derive(Debug, Default)]
struct Work {
    slots: Vec<Slot>,
    stack: Stack,
    room: verdict::Room,
    key: Vec<u8>,
    /// By key list: the event's row.
    rows: Vec<settle::Found>,
    /// By feature of one key list: what the event brings to it.
    brought: Vec<Result<Option<Value>, String>>,
    /// What a preview would have taken.
    trial: Trial,
}

/// How an engine takes events, and how much it may remember.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The bounds on each event.
    pub limits: Limits,
    /// Refuse fields that the schema does not have, in JSON, maps and rows.
    pub strict: bool,
    /// The most bytes of state, as `docs/windows.md` counts them.
    pub memory: u64,
    /// What happens to a new key when they are taken.
    pub at_budget: AtBudget,
}

impl Default for Options {
    /// 1 GiB holds a million keys with three counts of an hour by minutes.
    fn default() -> Self {
        Self { limits: Limits::default(), strict: false, memory: 1 << 30, at_budget: AtBudget::default() }
    }
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

/// Whether the state keeps what it sees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

impl Engine {
    /// An engine with empty windows.
    pub fn new(rule_set: &RuleSet, options: Options) -> Engine {
        let plan = rule_set.plan();
        let groups = if plan.partition.is_some() { KEY_GROUPS } else { 1 };
        Engine {
            rule_set: rule_set.clone(),
            options,
            modes: plan.rules.iter().map(|rule| rule.mode).collect(),
            switched: Vec::new(),
            groups: (0..groups).map(|_| Group::new(plan)).collect(),
            tick: None,
            high: None,
            warming: Vec::new(),
            counters: Counters::default(),
            work: Work { slots: vec![Slot::Absent; plan.slots], ..Work::default() },
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
        Ok(self.accept(facts, Keep::Yes))
    }

    /// As [`Self::decide`], into the memory of an earlier decision ([`Decision::new`] makes the first), so that where
    /// events are alike nothing is allocated.
    ///
    /// # Errors
    /// As [`Self::decide`]; the decision then says what it said before.
    pub fn decide_into(&mut self, event: Event<'_>, decision: &mut Decision) -> Result<(), Error> {
        let facts = self.read(event).inspect_err(|_| self.counters.refused += 1)?;
        self.accept_into(facts, Keep::Yes, decision);
        Ok(())
    }

    /// What [`Self::decide`] would give now; changes nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn preview(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        let facts = self.read(event)?;
        Ok(self.accept(facts, Keep::No))
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

    /// How much it remembers.
    pub fn state_size(&self) -> StateSize {
        self.groups.iter().fold(StateSize::default(), |sum, group| sum.plus(group.size))
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// What the last event left in its slots, features and a policy's variables too.
    pub(crate) fn slots_and_stack(&mut self) -> (&[Slot], &mut Stack) {
        let work = &mut self.work;
        filled::Filled::all(self.rule_set.plan(), &mut work.slots, &mut work.stack, self.options.limits.cost);
        (&self.work.slots, &mut self.work.stack)
    }

    /// What each key group may hold.
    fn shape(&self) -> Shape {
        Shape { budget: self.options.memory / self.groups.len() as u64, at_budget: self.options.at_budget }
    }
}
