//! The memory of event ids: an event that comes again gets its first decision again.
//!
//! An id is forgotten when `max` newer ones came, or when the high mark has moved on by more than `for`. Both run
//! from the oldest: ids are kept in the order of their arrival, and the mark never goes back.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::decision::Decision;
use crate::ruleset::Plan;

#[derive(Debug, Default)]
pub(crate) struct Repeats {
    /// By id: the mark after its event, and the first decision.
    decisions: HashMap<Box<[u8]>, (i128, Decision)>,
    /// Ids, oldest first, with the mark after their event.
    order: VecDeque<(i128, Box<[u8]>)>,
}

impl Repeats {
    /// The first decision on `id`, if it is still remembered at `mark`.
    pub(crate) fn find(&self, id: &[u8], mark: i128, plan: &Plan) -> Option<&Decision> {
        let (at, decision) = self.decisions.get(id)?;
        (!is_over(*at, mark, plan)).then_some(decision)
    }

    /// Remembers `decision` under `id`, and drops what is over.
    pub(crate) fn remember(&mut self, id: Box<[u8]>, decision: Decision, mark: i128, plan: &Plan) {
        while self.order.front().is_some_and(|(at, _)| is_over(*at, mark, plan)) {
            self.drop_oldest();
        }
        if self.order.len() as u64 >= plan.keep.max {
            self.drop_oldest();
        }
        self.order.push_back((mark, id.clone()));
        self.decisions.insert(id, (mark, decision));
    }

    fn drop_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.decisions.remove(&id);
        }
    }
}

fn is_over(at: i128, mark: i128, plan: &Plan) -> bool {
    mark.saturating_sub(at) > plan.keep.span
}
