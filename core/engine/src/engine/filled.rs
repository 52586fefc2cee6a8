//! The variables of a policy: each is computed once an event, when something that is asked needs it. Knows slots and
//! programs; knows no rule.

use fishplate_cel::{Code, EvalError, Slot, Stack};

use crate::ruleset::Plan;

/// Which variables have their slots filled.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    done: Vec<bool>,
    /// By variable: why it has no value, and which variable's error that is.
    pub(super) errors: Vec<Option<(u32, EvalError)>>,
    /// Those that wait for others.
    waiting: Vec<u32>,
}

impl Filled {
    pub(super) fn clear(&mut self, plan: &Plan) {
        self.done.clear();
        self.done.resize(plan.variables.len(), false);
        self.errors.clear();
        self.errors.resize(plan.variables.len(), None);
    }

    /// Fills the slot of `variable`, and first of those that it reads; all of them stand before it.
    pub(super) fn fill(&mut self, plan: &Plan, variable: u32, slots: &mut [Slot], stack: &mut Stack, cost: u64) {
        if self.done[variable as usize] {
            return;
        }
        self.waiting.push(variable);
        while let Some(at) = self.waiting.last().copied() {
            let program = &plan.variables[at as usize].expression.program;
            let reads = program.slots().iter().filter_map(|slot| plan.variable_of_slot[*slot]);
            let before = self.waiting.len();
            if !self.done[at as usize] {
                let done = &self.done;
                self.waiting.extend(reads.clone().filter(|needed| !done[*needed as usize]));
            }
            if self.waiting.len() > before {
                continue;
            }
            self.waiting.pop();
            if std::mem::replace(&mut self.done[at as usize], true) {
                continue;
            }
            let slot = plan.variables[at as usize].slot;
            slots[slot] = match program.run_on(stack, slots, cost) {
                Ok(value) => Slot::Value(value),
                Err(error) => {
                    let message = error.message.clone();
                    let cause = (error.code == Code::FEATURE_IN_ERROR).then(|| {
                        reads.filter_map(|needed| self.errors[needed as usize].clone()).min_by_key(|(at, _)| *at)
                    });
                    self.errors[at as usize] = Some(cause.flatten().unwrap_or((at, error)));
                    Slot::Error(message)
                }
            };
        }
    }

    /// Fills every slot: for whoever explains what was not asked, too.
    pub(crate) fn all(plan: &Plan, slots: &mut [Slot], stack: &mut Stack, cost: u64) {
        let mut filled = Self::default();
        filled.clear(plan);
        (0..plan.variables.len() as u32).for_each(|at| filled.fill(plan, at, slots, stack, cost));
    }
}
