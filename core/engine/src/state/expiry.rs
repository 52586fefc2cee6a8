//! What is over is dropped: rows of which nothing can matter any more, and partitions that say no more than the tick.
//!
//! At an event a look at the end of each order is enough: what was not written for the longest is over first. Rows with
//! watches are not like that (one that waits may be older than many that are over), so each of them has a time before
//! which no tick has to look at it: a tick looks at what may be over by then, however many rows there are.

use std::collections::BTreeSet;

use super::group::{Group, Row};
use super::table::At;
use crate::ruleset::Plan;

/// When rows with watches are to be looked at.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// By list, for those that have watches, by row.
    of_row: Vec<Option<Vec<i128>>>,
    /// Time, list, row; without those that wait for an event.
    due: BTreeSet<(i128, u32, At)>,
}

/// At the next tick.
const SOON: i128 = i128::MIN;
/// Not before an event, or a watch that fires, changes the row.
const NEVER: i128 = i128::MAX;

/// What a row with watches costs here: its time, and its share of an index that is half full at least.
pub(super) const CHECK_BYTES: u64 = (size_of::<i128>() + 2 * size_of::<(i128, u32, At)>()) as u64;

impl Checks {
    pub(super) fn new(plan: &Plan) -> Self {
        let of_row = plan.keyed.iter().map(|keyed| (!keyed.rules.is_empty()).then(Vec::new)).collect();
        Self { of_row, due: BTreeSet::new() }
    }

    /// The row is new.
    pub(super) fn look_soon(&mut self, of: usize, at: At) {
        self.set(of, at, SOON);
    }

    /// Something happened to the row. A time that it has is kept: it is looked at then, at the latest, and given another.
    pub(super) fn changed(&mut self, of: usize, at: At) {
        if self.of_row[of].as_ref().is_some_and(|times| times[at as usize] == NEVER) {
            self.set(of, at, SOON);
        }
    }

    /// The row is gone.
    pub(super) fn forget(&mut self, of: usize, at: At) {
        self.set(of, at, NEVER);
    }

    fn set(&mut self, of: usize, at: At, time: i128) {
        let Some(times) = &mut self.of_row[of] else { return };
        if times.len() <= at as usize {
            times.resize(at as usize + 1, NEVER);
        }
        let old = std::mem::replace(&mut times[at as usize], time);
        if old != NEVER {
            self.due.remove(&(old, of as u32, at));
        }
        if time != NEVER {
            self.due.insert((time, of as u32, at));
        }
    }

    /// A row that a tick has to look at.
    fn next(&self, tick: i128) -> Option<(usize, At)> {
        self.due.first().filter(|(time, ..)| *time <= tick).map(|(_, of, at)| (*of as usize, *at))
    }
}

impl Row {
    /// The mark from which on nothing that it holds can matter any more; `None`: not before something happens to it.
    fn over_from(&self, plan: &Plan, of: usize) -> Option<i128> {
        if !self.watches.iter().all(|watch| watch.is_idle()) {
            return None;
        }
        let heard = self.watches.iter().filter_map(|watch| watch.last).max();
        let windows = plan.keyed[of].windows.iter().zip(&self.windows);
        let ended = windows.filter_map(|(of, window)| Some(window.ends(&of.definition)? + of.definition.size)).max();
        Some(heard.max(ended).map_or(i128::MIN, |time| time + plan.max_disorder))
    }
}

impl Group {
    /// At an event: drops what is over from the end of each order, at most `most` of each. `tick` is the engine's.
    pub(crate) fn expire(&mut self, plan: &Plan, tick: Option<i128>, most: usize) {
        for of in 0..self.rows.len() {
            for _ in 0..most {
                let oldest = self.rows[of].oldest();
                let Some(at) = oldest.filter(|at| self.is_row_over(plan, of, *at, tick)) else { break };
                self.drop_expired(of, at);
            }
        }
        for _ in 0..most {
            let Some(at) = self.partitions.oldest() else { break };
            if !self.is_partition_over(at, plan, tick) {
                break;
            }
            self.drop_partition(at);
        }
    }

    /// At a tick: drops everything that is over by then.
    pub(crate) fn expire_by(&mut self, plan: &Plan, tick: i128) {
        while let Some((of, at)) = self.checks.next(tick) {
            match self.rows[of].row(at).over_from(plan, of) {
                Some(from) if from <= tick => self.drop_expired(of, at),
                from => self.checks.set(of, at, from.unwrap_or(NEVER)),
            }
        }
        self.expire(plan, Some(tick), usize::MAX);
    }

    fn is_row_over(&self, plan: &Plan, of: usize, at: At, tick: Option<i128>) -> bool {
        let row = self.rows[of].row(at);
        let mark = self.partitions.row(row.partition).mark.max(tick);
        mark.zip(row.over_from(plan, of)).is_some_and(|(mark, from)| from <= mark)
    }

    fn drop_expired(&mut self, of: usize, at: At) {
        self.size.expired_keys += 1;
        self.drop_row(of, at);
    }

    /// Without rows and ids, a partition is its mark alone, which a later tick replaces.
    fn is_partition_over(&mut self, at: At, plan: &Plan, tick: Option<i128>) -> bool {
        let partition = self.partitions.row(at);
        if partition.rows > 0 || tick.is_none() || partition.mark > tick {
            return false;
        }
        if let (Some(_), Some(mark)) = (&partition.ids, partition.mark.max(tick)) {
            let emptied = self.change_ids(at, |ids| {
                ids.forget(mark, plan);
                ids.is_empty()
            });
            if emptied {
                self.partitions.row_mut(at).ids = None;
            }
        }
        self.partitions.row(at).ids.is_none()
    }
}
