//! The machine: a program over the slots of one event. It knows values; it knows no types, names or events.

pub(crate) mod construct;
pub(crate) mod convert;
pub(crate) mod cost;
#[cfg(test)]
mod cost_tests;
pub(crate) mod equality;
mod explain;
pub(crate) mod functions;
mod lookup;
pub(crate) mod loops;
mod machine;
#[cfg(test)]
mod model_tests;
mod optionals;
pub(crate) mod order;
mod parts;
mod pattern;
pub(crate) mod same;
mod select;
mod slot;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_lookup;
#[cfg(test)]
mod tests_macros;
#[cfg(test)]
mod tests_messages;
pub(crate) mod time_zone;
pub(crate) mod views;
pub(crate) use pattern::regex;

pub use explain::Tell;
pub(crate) use machine::Fault;
#[cfg(test)]
pub(crate) use machine::Machine;
pub use machine::Stack;
pub use slot::{Slot, Text};

use std::sync::Arc;

use crate::{
    diag::{Code, Span},
    plan::Program,
    types::Type,
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
        let plain = |stack: &mut Stack| machine::run(self, stack, slots, cost);
        if !self.by_views {
            return plain(stack);
        }
        match views::run(self, &mut stack.memory, slots, cost) {
            Some(outcome) => {
                debug_assert!(
                    same_outcome(&outcome, &plain(stack)),
                    "views say {outcome:?}, the machine something else"
                );
                outcome
            }
            None => plain(stack),
        }
    }
}

/// Whether two outcomes are the same; a NaN is like itself.
fn same_outcome(a: &Result<Value, EvalError>, b: &Result<Value, EvalError>) -> bool {
    a == b || format!("{a:?}") == format!("{b:?}")
}

/// Whether CEL's `==` holds: numbers compare across types, NaN equals nothing, lists and maps compare entry by entry.
pub fn equal(a: &Value, b: &Value) -> bool {
    equality::equal(a, b)
}

/// The name that a type has at run time.
pub(crate) fn runtime_name(ty: &Type) -> Arc<str> {
    match ty {
        Type::Null => "null_type".into(),
        Type::Bool => "bool".into(),
        Type::Int => "int".into(),
        Type::Uint => "uint".into(),
        Type::Double => "double".into(),
        Type::String => "string".into(),
        Type::Bytes => "bytes".into(),
        Type::Timestamp => "google.protobuf.Timestamp".into(),
        Type::Duration => "google.protobuf.Duration".into(),
        Type::List(_) => "list".into(),
        Type::Map(..) => "map".into(),
        Type::Wrapper(of) => runtime_name(of),
        Type::Message(name) | Type::Abstract(name, _) => name.clone(),
        Type::TypeOf(_) => "type".into(),
        Type::Dyn | Type::Param(_) => "dyn".into(),
    }
}
