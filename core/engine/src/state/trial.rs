//! What an event would take of the memory of its group, if it were accepted: for a preview, which changes nothing and says
//! what would be decided all the same.

use fishplate_cel::Value;

use super::group::{DUE_BYTES, Group, Row, Shape, partition_bytes, row_bytes};
use super::table::Table;
use super::{At, AtBudget};
use crate::feature::{Definition, Moment, Overflow, Window};
use crate::ruleset::Plan;

/// The account of one preview.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trial {
    /// Bytes that may still be taken. Below zero, where windows that are there would have grown too far.
    left: i128,
    /// The event has a partition, or would get one.
    is_placed: bool,
}

impl Group {
    /// Begins an account for an event of the partition under `key`.
    pub(crate) fn trial(&self, key: &[u8], shape: Shape) -> Trial {
        let partition = self.partitions.find(key);
        let taken = match shape.at_budget {
            AtBudget::Refuse => self.size.bytes,
            // Everything that is not of this event can be evicted for it; its rows are taken in as they are met.
            AtBudget::Evict => partition.map_or(0, |at| {
                partition_bytes(key) + self.partitions.row(at).ids.as_ref().map_or(0, |ids| ids.bytes())
            }),
        };
        let mut trial = Trial { left: i128::from(shape.budget) - i128::from(taken), is_placed: true };
        trial.is_placed = partition.is_some() || trial.take(partition_bytes(key));
        trial
    }
}

impl Trial {
    fn take(&mut self, bytes: u64) -> bool {
        let fits = i128::from(bytes) <= self.left;
        if fits {
            self.left -= i128::from(bytes);
        }
        fits
    }

    /// Whether a row for the new `key` of the list `of` would find room, with what is guarded.
    pub(crate) fn takes(&mut self, group: &Group, plan: &Plan, of: usize, key: &[u8]) -> bool {
        let guarded: u64 = group.guarded.iter().map(|(of, at)| weight(&group.rows[*of], *at)).sum();
        let bytes = row_bytes(key, &Row::new(plan, of, 0));
        if !self.is_placed || i128::from(bytes + guarded) > self.left {
            return false;
        }
        self.take(bytes)
    }

    /// Takes in a row that the event would write, where its own are all that is not evicted for it.
    pub(crate) fn meets(&mut self, rows: &Table<Row>, at: At) {
        self.left -= i128::from(weight(rows, at));
    }

    /// What the window would read; it would have grown.
    pub(crate) fn observe(
        &mut self,
        window: &Window,
        of: &Definition,
        at: Moment,
        input: Option<&Value>,
    ) -> Result<Option<Value>, Overflow> {
        let mut tried = window.clone();
        let read = tried.observe(of, at, input);
        self.left -= tried.bytes() as i128 - window.bytes() as i128;
        read
    }
}

/// Everything that goes with a row that is evicted.
fn weight(rows: &Table<Row>, at: At) -> u64 {
    let row = rows.row(at);
    let armed = row.watches.iter().filter(|watch| watch.armed.is_some()).count() as u64;
    row_bytes(rows.key(at), row) + armed * DUE_BYTES
}
