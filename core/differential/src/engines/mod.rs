//! What engines make of a case.

pub(crate) mod google;
pub(crate) mod here;
pub(crate) mod in_rust;
mod wire;

use fishplate_cel::Value;

/// What came of an expression.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Value(Value),
    /// It was not accepted, and why.
    Refused(String),
    /// It ran, and ended in an error.
    Failed(String),
    /// The engine itself broke.
    Panicked(String),
}

/// What an engine says.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    /// The type that was deduced, where the engine has types.
    pub(crate) ty: Option<String>,
}

impl Answer {
    fn untyped(outcome: Outcome) -> Self {
        Self { outcome, ty: None }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.outcome {
            Outcome::Value(value) => write!(f, "{value:?}")?,
            Outcome::Refused(why) => write!(f, "refused: {why}")?,
            Outcome::Failed(why) => write!(f, "error: {why}")?,
            Outcome::Panicked(why) => write!(f, "panic: {why}")?,
        }
        self.ty.as_ref().map_or(Ok(()), |ty| write!(f, " : {ty}"))
    }
}

/// Runs what may panic, and says how it did.
fn guarded(run: impl FnOnce() -> Answer) -> Answer {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    outcome.unwrap_or_else(|fault| {
        let why = fault.downcast_ref::<String>().cloned();
        let why = why.or_else(|| fault.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Answer::untyped(Outcome::Panicked(why.unwrap_or_default()))
    })
}
