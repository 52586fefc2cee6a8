//! An accepted event's way through the state: its partition, its time, each window once, then the rules. From here on
//! nothing refuses it.

use fishplate_cel::{EvalError, Slot, Stack, Value};

use super::prepared::Facts;
use super::verdict::{self, Asking};
use super::watching::Watching;
use super::{Engine, Keep, Work};
use crate::canonical;
use crate::decision::{Decision, Identity};
use crate::feature::{EventTime, Moment, Window};
use crate::ruleset::{Expression, Plan, RuleSet, Windowed, worst};
use crate::state::{At, AtBudget, Group, Shape, Trial};

/// Where an event stands in one key list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// In this row.
    At(At),
    /// In none: the key is new, and nothing is to be kept.
    Nowhere,
    /// In none: there is no room for the key.
    NoRoom,
    /// Its keys ended in an error.
    Error(KeyError),
}

/// Why an event has no key in a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeyError {
    /// Which of the list's expressions ended in an error.
    pub(super) part: usize,
    /// The byte of its text at which it did.
    pub(super) offset: usize,
    pub(super) why: String,
}

/// When an event stands against its partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) time: i128,
    /// The mark with this event accepted.
    pub(super) mark: i128,
    pub(super) late: bool,
}

impl Engine {
    /// Decides the event in the slots; with [`Keep::Yes`] it is accepted.
    pub(super) fn accept(&mut self, facts: Facts, keep: Keep) -> Decision {
        let mut decision = Decision::new(&self.rule_set);
        self.accept_into(facts, keep, &mut decision);
        decision
    }

    /// The same, into the memory of an earlier decision.
    pub(super) fn accept_into(&mut self, facts: Facts, keep: Keep, decision: &mut Decision) {
        decision.clear(&self.rule_set);
        let shape = self.shape();
        let plan = self.rule_set.plan();
        let group = &mut self.groups[usize::from(facts.group)];
        let partition = match keep {
            Keep::Yes => group.partition(&facts.partition, shape),
            Keep::No => {
                self.work.trial = group.trial(&facts.partition, shape);
                group.partitions.find(&facts.partition)
            }
        };
        let own = partition.and_then(|at| group.partitions.row(at).mark);
        let before = own.max(self.tick);
        let mark = before.max(facts.time);
        let standing = facts.time.zip(mark).map(|(time, mark)| Standing {
            time,
            mark,
            late: before.is_some_and(|before| time < before - plan.max_disorder),
        });
        if let Some(first) = repeat(group, partition, &facts, mark, &self.rule_set) {
            self.counters.repeated += u64::from(keep == Keep::Yes);
            *decision = first;
            return;
        }
        self.settle(&facts, partition, standing, keep, decision);
        if keep == Keep::Yes {
            self.close(&facts, partition, standing, decision);
        }
    }

    /// Windows, then rules.
    fn settle(
        &mut self,
        facts: &Facts,
        partition: Option<At>,
        standing: Option<Standing>,
        keep: Keep,
        decision: &mut Decision,
    ) {
        let shape = self.shape();
        let plan = self.rule_set.plan();
        self.work.rows.clear();
        if let Some(standing) = standing {
            for list in 0..plan.keyed.len() {
                let found = self.observe(list, facts, partition, standing, keep, shape);
                self.work.rows.push(found);
            }
        }
        let late = standing.is_some_and(|standing| standing.late);
        let work = &mut self.work;
        let mut watching = Watching {
            plan: self.rule_set.plan(),
            group: &mut self.groups[usize::from(facts.group)],
            rows: &work.rows,
            time: standing.map(|standing| standing.time),
            parent: facts.trace,
            changes: keep == Keep::Yes && !late,
            waiting: Vec::new(),
        };
        let cost = self.options.limits.cost;
        let indexed = watching.plan.index.worst().covers(&worst(&self.options.limits));
        let asking = Asking { rule_set: &self.rule_set, modes: &self.modes, cost, indexed };
        verdict::decide(&asking, &mut work.slots, &mut work.stack, &mut work.room, &mut watching, decision);
        decision.identity = match (&facts.id, facts.origin) {
            (Some((_, id)), _) => Identity::EventId(id.clone()),
            (None, Some((session, sequence))) => Identity::Session { session, sequence },
            (None, None) => Identity::Ordinal(facts.ordinal.unwrap_or(self.counters.accepted + 1)),
        };
        decision.parent = facts.trace;
        decision.late = late;
    }

    /// Brings the event into the windows of one key list, and fills the slots from which rules read them.
    fn observe(
        &mut self,
        list: usize,
        facts: &Facts,
        partition: Option<At>,
        standing: Standing,
        keep: Keep,
        shape: Shape,
    ) -> Found {
        let plan = self.rule_set.plan();
        let keyed = &plan.keyed[list];
        let (work, cost) = (&mut self.work, self.options.limits.cost);
        let group = &mut self.groups[usize::from(facts.group)];
        let keyed_by = key(&keyed.by, &work.slots, &mut work.stack, cost, &mut work.key);
        let mut brought = std::mem::take(&mut work.brought);
        brought.clear();
        brought.extend(keyed.windows.iter().map(|window| match &keyed_by {
            Ok(()) => brings(window, &work.slots, &mut work.stack, cost),
            Err(error) => Err(error.why.clone()),
        }));
        let enters =
            !standing.late && (!keyed.rules.is_empty() || brought.iter().any(|input| matches!(input, Ok(Some(_)))));
        let found = match keyed_by {
            Err(error) => Found::Error(error),
            Ok(()) => {
                let there = group.rows[list].find(&work.key);
                if enters && there.is_none() && shape.at_budget == AtBudget::Evict {
                    guard(group, plan, list + 1, work, cost);
                }
                let entering = Entering { plan, list, key: &work.key, partition, shape };
                match (keep, enters) {
                    (_, false) => there.map_or(Found::Nowhere, Found::At),
                    (Keep::Yes, true) => entering.enter(group, there),
                    (Keep::No, true) => entering.try_to(group, there, &mut work.trial),
                }
            }
        };
        for (place, (feature, input)) in keyed.windows.iter().zip(brought.drain(..)).enumerate() {
            let trial = (keep == Keep::No).then_some(&mut work.trial);
            let read = input
                .and_then(|input| read(group, list, &found, place, plan.max_disorder, feature, standing, input, trial));
            if let Some(slot) = feature.slot {
                work.slots[slot] = match read {
                    Ok(Some(value)) => Slot::Value(value),
                    Ok(None) => Slot::Absent,
                    Err(why) => Slot::Error(why),
                };
            }
        }
        self.work.brought = brought;
        found
    }

    /// The event was decided: what comes of that for whatever comes later.
    fn close(&mut self, facts: &Facts, partition: Option<At>, standing: Option<Standing>, decision: &Decision) {
        let shape = self.shape();
        let plan = self.rule_set.plan();
        let group = &mut self.groups[usize::from(facts.group)];
        self.high = self.high.max(facts.time);
        self.counters.accepted += 1;
        self.counters.late += u64::from(standing.is_some_and(|standing| standing.late));
        self.counters.matched += u64::from(!decision.matched.is_empty());
        if let Some(at) = partition {
            let row = group.partitions.row_mut(at);
            row.mark = row.mark.max(facts.time);
            let mark = row.mark.max(self.tick).unwrap_or_default();
            if let Some((id, _)) = &facts.id {
                group.change_ids(at, |ids| ids.remember(id, decision.clone(), mark, plan));
            }
        }
        group.keep_within(shape);
        // Two of each list an event: what one event brings in, a later one drops.
        group.expire(plan, self.tick, 2);
    }
}

/// An event that comes into the windows, or watches, of one key.
struct Entering<'a> {
    plan: &'a Plan,
    list: usize,
    key: &'a [u8],
    partition: Option<At>,
    shape: Shape,
}

impl Entering<'_> {
    fn enter(&self, group: &mut Group, there: Option<At>) -> Found {
        if let Some(at) = there {
            group.touch(self.list, at);
            return Found::At(at);
        }
        let new = |partition| group.new_row(self.plan, self.list, self.key, partition, self.shape);
        self.partition.and_then(new).map_or(Found::NoRoom, Found::At)
    }

    /// What [`Self::enter`] would find; changes nothing but the account.
    fn try_to(&self, group: &Group, there: Option<At>, trial: &mut Trial) -> Found {
        match there {
            Some(at) => {
                if self.shape.at_budget == AtBudget::Evict {
                    trial.meets(&group.rows[self.list], at);
                }
                Found::At(at)
            }
            None if trial.takes(group, self.plan, self.list, self.key) => Found::Nowhere,
            None => Found::NoRoom,
        }
    }
}

/// The first decision on the event's id, if it is remembered.
fn repeat(
    group: &Group,
    partition: Option<At>,
    facts: &Facts,
    mark: Option<i128>,
    rule_set: &RuleSet,
) -> Option<Decision> {
    let (id, _) = facts.id.as_ref()?;
    let ids = group.partitions.row(partition?).ids.as_ref()?;
    // The event's own time counts: an id that comes again long after is another event, however quiet the stream.
    let first = ids.find(id, mark.unwrap_or_default(), rule_set.plan())?;
    Some(Decision { repeated: true, ..first.clone() })
}

/// Keeps the rows that the event has in the lists from `first` on from being evicted for those that it makes: what it
/// reads does not depend on where a list stands.
fn guard(group: &mut Group, plan: &Plan, first: usize, work: &mut Work, cost: u64) {
    group.guarded.clear();
    let mut bytes = Vec::new();
    for (list, keyed) in plan.keyed.iter().enumerate().skip(first) {
        if key(&keyed.by, &work.slots, &mut work.stack, cost, &mut bytes).is_ok() {
            group.guarded.extend(group.rows[list].find(&bytes).map(|at| (list, at)));
        }
    }
}

/// Writes the values of a key list, in canonical bytes, into `out`; or says why there are none.
fn key(by: &[Expression], slots: &[Slot], stack: &mut Stack, cost: u64, out: &mut Vec<u8>) -> Result<(), KeyError> {
    out.clear();
    for (part, expression) in by.iter().enumerate() {
        let value = expression.program.run_on(stack, slots, cost).map_err(|error| KeyError {
            part,
            offset: error.span.start as usize,
            why: ended("by", &error),
        })?;
        canonical::write_value(&value, out);
    }
    Ok(())
}

/// What the event brings to a feature (`None` if `where` leaves it out); or why that is not known.
fn brings(feature: &Windowed, slots: &[Slot], stack: &mut Stack, cost: u64) -> Result<Option<Value>, String> {
    if let Some(filter) = &feature.filter
        && run(filter, "where", slots, stack, cost)? != Value::Bool(true)
    {
        return Ok(None);
    }
    match &feature.value {
        None => Ok(Some(Value::Int(1))),
        Some(value) => run(value, feature.definition.aggregate.key(), slots, stack, cost).map(Some),
    }
}

fn run(expression: &Expression, what: &str, slots: &[Slot], stack: &mut Stack, cost: u64) -> Result<Value, String> {
    expression.program.run_on(stack, slots, cost).map_err(|error| ended(what, &error))
}

fn ended(what: &str, error: &EvalError) -> String {
    format!("its `{what}` ended in {}: {}", error.code, error.message)
}

/// What a feature reads, its window updated on the way; `Ok(None)`: an empty window that has no value.
#[allow(clippy::too_many_arguments)] // the whole of one step, asked in one place
fn read(
    group: &mut Group,
    list: usize,
    found: &Found,
    place: usize,
    max_disorder: i128,
    feature: &Windowed,
    standing: Standing,
    input: Option<Value>,
    trial: Option<&mut Trial>,
) -> Result<Option<Value>, String> {
    let of = &feature.definition;
    let horizon = EventTime(standing.mark - max_disorder - of.size);
    let moment = Moment { time: EventTime(standing.time), horizon };
    let input = input.filter(|_| !standing.late);
    let read = match (found, trial) {
        (Found::At(at), None) => {
            group.change_window(list, *at, place, |window| window.observe(of, moment, input.as_ref()))
        }
        (Found::At(at), Some(trial)) => {
            trial.observe(&group.rows[list].row(*at).windows[place], of, moment, input.as_ref())
        }
        (Found::Nowhere, Some(trial)) => trial.observe(&Window::new(of), of, moment, input.as_ref()),
        (Found::Nowhere, None) => Window::new(of).observe(of, moment, input.as_ref()),
        (Found::NoRoom, _) => return Err("the state has no room for another key".to_owned()),
        (Found::Error(error), _) => return Err(error.why.clone()),
    };
    read.map_err(|_| "its value leaves the range of its type".to_owned())
}
