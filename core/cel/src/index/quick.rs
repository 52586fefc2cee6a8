//! A condition as a flat chain of checks, each of which says where to go on: no stack, no values, no cost to count. It
//! answers where its checks are sure and says nothing where they are not.

use super::check::Check;
use super::condition::{Condition, Kind};
use crate::{parse::ast::NodeId, run::Slot};

/// The chains of all conditions of an index.
#[derive(Debug, Default)]
pub(super) struct Quick {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    check: Check,
    /// The step to go to, or one of the ends.
    yes: u32,
    no: u32,
}

/// Ends, above every step.
const TRUE: u32 = u32::MAX;
const FALSE: u32 = u32::MAX - 1;
const UNKNOWN: u32 = u32::MAX - 2;

/// Where a node of the logic goes on.
#[derive(Clone, Copy)]
enum Label {
    End(u32),
    /// Where this node's checks begin.
    At(NodeId),
}

impl Quick {
    /// Adds the chain of a condition and gives its beginning; `None` if checks alone never answer.
    pub(super) fn add(&mut self, condition: &Condition) -> Option<u32> {
        let kinds = &condition.kinds;
        let root = kinds.len().checked_sub(1)? as NodeId;
        let labels = labels(kinds);
        let mut steps: Vec<u32> = vec![UNKNOWN; kinds.len()];
        let mut count = self.steps.len() as u32;
        for (kind, step) in kinds.iter().zip(&mut steps) {
            if let Kind::Check(_) = kind {
                *step = count;
                count += 1;
            }
        }
        let first = resolve(Label::At(root), kinds, &labels, &steps);
        if first == UNKNOWN {
            return None;
        }
        for (at, kind) in kinds.iter().enumerate() {
            if let Kind::Check(check) = kind {
                let [yes, no] = labels[at].map(|label| resolve(label, kinds, &labels, &steps));
                self.steps.push(Step { check: condition.checks[*check as usize].clone(), yes, no });
            }
        }
        Some(first)
    }

    #[inline]
    pub(super) fn holds(&self, first: u32, slots: &[Slot]) -> Option<bool> {
        let mut at = first;
        while let Some(step) = self.steps.get(at as usize) {
            at = if step.check.holds(slots)? { step.yes } else { step.no };
        }
        match at {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.steps[..])
    }
}

/// Where each node of the logic goes on if it is true, and if it is false.
fn labels(kinds: &[Kind]) -> Vec<[Label; 2]> {
    let mut labels = vec![[Label::End(TRUE), Label::End(FALSE)]; kinds.len()];
    for (at, kind) in kinds.iter().enumerate().rev() {
        let [yes, no] = labels[at];
        match *kind {
            Kind::Not(a) => labels[a as usize] = [no, yes],
            Kind::And(a, b) => {
                labels[a as usize] = [Label::At(b), no];
                labels[b as usize] = [yes, no];
            }
            Kind::Or(a, b) => {
                labels[a as usize] = [yes, Label::At(b)];
                labels[b as usize] = [yes, no];
            }
            Kind::If(test, a, b) => {
                labels[test as usize] = [Label::At(a), Label::At(b)];
                labels[a as usize] = [yes, no];
                labels[b as usize] = [yes, no];
            }
            Kind::Below | Kind::Constant(_) | Kind::Check(_) | Kind::Unknown => {}
        }
    }
    labels
}

/// The step that a label means.
fn resolve(mut label: Label, kinds: &[Kind], labels: &[[Label; 2]], steps: &[u32]) -> u32 {
    loop {
        let at = match label {
            Label::End(end) => return end,
            Label::At(id) => id as usize,
        };
        label = match kinds[at] {
            Kind::Check(_) => Label::End(steps[at]),
            Kind::Constant(true) => labels[at][0],
            Kind::Constant(false) => labels[at][1],
            Kind::Not(a) | Kind::And(a, _) | Kind::Or(a, _) | Kind::If(a, ..) => Label::At(a),
            Kind::Below | Kind::Unknown => Label::End(UNKNOWN),
        };
    }
}
