//! Time that passes without an event: rules fire by themselves, and what is over is dropped.

use std::sync::Arc;

use fishplate_cel::{Timestamp, Value};

use super::{Engine, verdict};
use crate::canonical;
use crate::codec::Cursor;
use crate::decision::{Decision, Identity};
use crate::ruleset::{Mode, RuleSet, WatchPlan};
use crate::state::At;
use crate::timer::{Armed, Timer};

/// One rule that fires for one key. Ordered by when, which rule, which key: the order in which they are told, whatever
/// group or shard they are in.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Firing {
    due: i128,
    rule: usize,
    key: Box<[u8]>,
    group: usize,
    row: At,
}

impl Engine {
    /// Says that it is `now` in event time: no event from before `now` − `max_disorder` is on time any more, in any
    /// partition. Rules whose time came fire, each with a decision of its own, in the order in which they were due; of
    /// the same moment in document order, of the same rule by key. An earlier time than before changes nothing.
    pub fn advance_to(&mut self, now: Timestamp) -> Vec<Decision> {
        self.tick = self.tick.max(Some(now.as_nanos()));
        let Some(tick) = self.tick else { return Vec::new() };
        let through = tick - self.rule_set.plan().max_disorder;
        let mut firings: Vec<Firing> = Vec::new();
        for at in 0..self.groups.len() {
            self.gather(at, through, &mut firings);
        }
        firings.sort_unstable();
        let decisions = firings.into_iter().filter_map(|firing| self.fire(firing)).collect();
        let plan = self.rule_set.plan();
        for group in &mut self.groups {
            group.expire_by(plan, tick);
        }
        decisions
    }

    /// Everything in a group that is due by `through`.
    fn gather(&self, at: usize, through: i128, out: &mut Vec<Firing>) {
        let group = &self.groups[at];
        for (due, rule, row) in group.due(through) {
            if let Some(watched) = &self.rule_set.plan().rules[rule as usize].watch {
                let key = group.rows[watched.list].key(row).into();
                out.push(Firing { due, rule: rule as usize, key, group: at, row });
            }
        }
    }

    /// `None` if the rule is off: it then waits for nothing any more.
    fn fire(&mut self, firing: Firing) -> Option<Decision> {
        let rule = &self.rule_set.plan().rules[firing.rule];
        let watched = rule.watch.as_ref()?;
        let group = &mut self.groups[firing.group];
        let armed = group.arm(watched.list, firing.row, watched.place, None);
        if let WatchPlan::Hold { .. } = watched.kind {
            group.change(watched.list, firing.row, |row| row.watches[watched.place].on = true);
        }
        let Armed { said, parent, due, .. } = *armed?;
        let mode = self.modes[firing.rule];
        if mode == Mode::Off {
            return None;
        }
        let timer = Timer { rule: rule.id.clone(), key: values(&firing.key), due: Timestamp::from_nanos(due)? };
        let mut decision = Decision::new(&self.rule_set);
        verdict::alone(&self.rule_set, firing.rule, mode, said, &mut decision);
        self.counters.matched += u64::from(!decision.matched.is_empty());
        (decision.identity, decision.parent) = (Identity::Timer(Arc::new(timer)), parent);
        Some(decision)
    }
}

/// Puts together what several engines that share the state of one gave for the same tick: the order is that of one.
pub fn in_order(rule_set: &RuleSet, mut told: Vec<Decision>) -> Vec<Decision> {
    let place = |decision: &Decision| {
        let timer = decision.timer()?;
        let mut key = Vec::new();
        timer.key.iter().for_each(|value| canonical::write_value(value, &mut key));
        Some((timer.due, rule_set.rule_index(&timer.rule), key))
    };
    told.sort_by_cached_key(place);
    told
}

/// The values of a key, from the bytes under which it is kept: for the types that keys have, canonical bytes are exact.
fn values(key: &[u8]) -> Vec<Value> {
    let mut cursor = Cursor::new(key);
    std::iter::from_fn(|| cursor.value().ok()).collect()
}
