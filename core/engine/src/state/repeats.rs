//! The memory of event ids: an event that comes again gets its first decision again.
//!
//! An id is forgotten when `max` newer ones came, or when the high mark has moved on by more than `for`. Both run
//! from the oldest: ids are kept in the order of their arrival, and the mark never goes back.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::decision::Decision;
use crate::feature::ALLOCATION;
use crate::ruleset::Plan;

#[derive(Debug, Default)]
pub(crate) struct Repeats {
    /// By id: the mark after its event, and the first decision.
    decisions: HashMap<Arc<[u8]>, (i128, Decision)>,
    /// Ids, oldest first.
    order: VecDeque<Arc<[u8]>>,
    bytes: u64,
}

impl Repeats {
    /// The first decision on `id`, if it is still remembered at `mark`.
    pub(crate) fn find(&self, id: &[u8], mark: i128, plan: &Plan) -> Option<&Decision> {
        let (at, decision) = self.decisions.get(id)?;
        (!is_over(*at, mark, plan)).then_some(decision)
    }

    /// Remembers `decision` under `id`, and drops what is over.
    pub(crate) fn remember(&mut self, id: &[u8], decision: Decision, mark: i128, plan: &Plan) {
        self.forget(mark, plan);
        if self.order.len() as u64 >= plan.keep.max {
            self.drop_oldest();
        }
        self.put(id.into(), decision, mark);
    }

    /// Puts an id behind all others, as it was kept before.
    pub(crate) fn put(&mut self, id: Arc<[u8]>, decision: Decision, mark: i128) {
        self.bytes += cost(&id, &decision);
        self.order.push_back(id.clone());
        self.decisions.insert(id, (mark, decision));
    }

    /// Drops what is over at `mark`.
    pub(crate) fn forget(&mut self, mark: i128, plan: &Plan) {
        while let Some((at, _)) = self.order.front().and_then(|id| self.decisions.get(id))
            && is_over(*at, mark, plan)
        {
            self.drop_oldest();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// What it holds, oldest first: id, mark after its event, first decision.
    pub(crate) fn in_order(&self) -> impl ExactSizeIterator<Item = (&[u8], i128, &Decision)> {
        self.order.iter().map(|id| {
            let (mark, decision) = &self.decisions[id];
            (&**id, *mark, decision)
        })
    }

    /// Bytes that it holds.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn drop_oldest(&mut self) {
        let oldest = self.order.pop_front();
        if let Some((id, (_, decision))) = oldest.and_then(|id| self.decisions.remove_entry(&id)) {
            self.bytes -= cost(&id, &decision);
        }
    }
}

/// Bytes of one id with its decision: both entries, the id's own allocation, and what the decision owns.
fn cost(id: &[u8], decision: &Decision) -> u64 {
    let entries = size_of::<(Arc<[u8]>, (i128, Decision))>() + size_of::<Arc<[u8]>>();
    (entries + id.len() + ALLOCATION + 16 + decision.owned_bytes()) as u64
}

fn is_over(at: i128, mark: i128, plan: &Plan) -> bool {
    mark.saturating_sub(at) > plan.keep.span
}
