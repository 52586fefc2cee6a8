//! A decision taken apart: what a pickle carries, and what it is put together from without the engine and the rule set
//! that made it. Knows no engines.

use fishplate::{Code, Decision, DecisionError, Subject, Timer, Timestamp, TraceContext, Value, canonical};

/// Everything that a decision says, by itself.
pub(crate) struct Plain {
    pub(crate) id: [u8; 16],
    pub(crate) version: [u8; 32],
    pub(crate) late: bool,
    pub(crate) repeated: bool,
    pub(crate) outputs: Vec<(String, Value)>,
    pub(crate) matched: Vec<String>,
    pub(crate) features: Vec<(String, Value)>,
    pub(crate) errors: Vec<DecisionError>,
    pub(crate) shadow_matched: Vec<String>,
    pub(crate) shadow_errors: Vec<DecisionError>,
    pub(crate) trace: Option<TraceContext>,
    pub(crate) parent: Option<TraceContext>,
    pub(crate) timer: Option<Timer>,
}

impl From<&Decision> for Plain {
    fn from(decision: &Decision) -> Self {
        let named = |(name, value): (&str, &Value)| (name.to_owned(), value.clone());
        Self {
            id: decision.id(),
            version: *decision.version(),
            late: decision.late(),
            repeated: decision.repeated(),
            outputs: decision.outputs().map(named).collect(),
            matched: decision.matched().map(str::to_owned).collect(),
            features: decision.features().map(named).collect(),
            errors: decision.errors().to_vec(),
            shadow_matched: decision.shadow_matched().map(str::to_owned).collect(),
            shadow_errors: decision.shadow_errors().to_vec(),
            trace: decision.trace(),
            parent: decision.parent(),
            timer: decision.timer().cloned(),
        }
    }
}

impl PartialEq for Plain {
    /// Every field, messages included. Values are compared by their canonical form, so that NaN equals NaN.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.version == other.version
            && (self.late, self.repeated) == (other.late, other.repeated)
            && (self.trace, self.parent) == (other.trace, other.parent)
            && comparable(self.timer.as_ref()) == comparable(other.timer.as_ref())
            && same(&self.outputs, &other.outputs)
            && self.matched == other.matched
            && same(&self.features, &other.features)
            && self.errors == other.errors
            && self.shadow_matched == other.shadow_matched
            && self.shadow_errors == other.shadow_errors
    }
}

fn same(left: &[(String, Value)], right: &[(String, Value)]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| left.0 == right.0 && bytes(&left.1) == bytes(&right.1))
}

fn comparable(timer: Option<&Timer>) -> Option<(&str, Vec<Vec<u8>>, Timestamp)> {
    timer.map(|timer| (&*timer.rule, timer.key.iter().map(bytes).collect(), timer.due))
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    canonical::write_value(value, &mut out);
    out
}

/// The kind and the name of what an error stands against.
pub(crate) fn subject(error: &DecisionError) -> (&'static str, &str) {
    match &error.subject {
        Subject::Rule(id) => ("rule", id),
        Subject::Output(name) => ("output", name),
    }
}

/// An error from its parts; `None` for a kind or a code that does not exist.
pub(crate) fn error(
    kind: &str,
    name: &str,
    code: &str,
    line: u32,
    column: u32,
    message: String,
) -> Option<DecisionError> {
    let subject = match kind {
        "rule" => Subject::Rule(name.into()),
        "output" => Subject::Output(name.into()),
        _ => return None,
    };
    let code = Code(code.strip_prefix('F')?.parse().ok()?);
    Some(DecisionError { subject, code, line, column, message })
}
