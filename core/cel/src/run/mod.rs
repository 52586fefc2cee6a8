//! The machine: a program over the slots of one event. It knows values; it knows no types, names or events.

mod convert;
pub(crate) mod cost;
#[cfg(test)]
mod cost_tests;
mod equality;
pub(crate) mod functions;
mod machine;
#[cfg(test)]
mod model_tests;
mod order;
mod slot;
#[cfg(test)]
mod tests;
pub(crate) mod time_zone;

pub use machine::Stack;
pub use slot::{Slot, Text};

use crate::{
    diag::{Code, Span},
    plan::Program,
    value::Value,
};

/// How an expression ended in an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// Its stable code.
    pub code: Code,
    /// The node that gave it: the leftmost in the source where several could.
    pub span: Span,
    /// What went wrong, with values; never part of the canonical form.
    pub message: String,
}

impl Program {
    /// Evaluates over `slots`, spending at most `cost` (units of cel-go's cost model).
    ///
    /// A slot beyond the end of `slots` counts as absent.
    ///
    /// # Errors
    /// [`EvalError`], as CEL defines: `error && false` is `false`, `error || true` is `true`. Spending more than
    /// `cost` is `LIMIT_COST`, which nothing absorbs.
    pub fn run(&self, slots: &[Slot], cost: u64) -> Result<Value, EvalError> {
        self.run_on(&mut Stack::default(), slots, cost)
    }

    /// Like [`Self::run`], on a stack that the caller keeps, which then allocates nothing for itself.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_on(&self, stack: &mut Stack, slots: &[Slot], cost: u64) -> Result<Value, EvalError> {
        machine::run(self, stack, slots, cost)
    }
}

/// Whether CEL's `==` holds: numbers compare across types, NaN equals nothing, lists and maps compare entry by entry.
pub fn equal(a: &Value, b: &Value) -> bool {
    equality::equal(a, b)
}
