//! `fishplate::Decision` ⇄ `fishplate.v1.Decision`. On the wire a decision carries its id and its span, which are computed at home;
//! one that has come from elsewhere has them given.

use fishplate::decision::Parts;
use fishplate::{Code, Decision, DecisionError, Error, Subject, TraceContext, Value};

use super::error::broken;
use super::proto::decision_error::Subject as ProtoSubject;
use super::proto::{Decision as ProtoDecision, DecisionError as ProtoError, NamedValue};
use super::value;

/// Writes a decision.
pub fn to_proto(decision: &Decision) -> ProtoDecision {
    ProtoDecision {
        id: decision.id().to_vec().into(),
        rule_set_version: decision.version().to_vec().into(),
        late: decision.late(),
        repeated: decision.repeated(),
        trace: decision.trace().map_or_else(Default::default, |trace| trace.to_bytes().to_vec().into()),
        parent_span_id: decision.parent().map_or_else(Default::default, |parent| parent.span_id.to_vec().into()),
        outputs: decision.outputs().map(named).collect(),
        matched: decision.matched().map(str::to_owned).collect(),
        features: decision.features().map(named).collect(),
        errors: decision.errors().iter().map(error).collect(),
        shadow_matched: decision.shadow_matched().map(str::to_owned).collect(),
        shadow_errors: decision.shadow_errors().iter().map(error).collect(),
    }
}

fn named((name, value): (&str, &Value)) -> NamedValue {
    NamedValue { name: name.to_owned(), value: Some(value::to_proto(value)) }
}

fn error(from: &DecisionError) -> ProtoError {
    let (subject, name) = match &from.subject {
        Subject::Rule(id) => (ProtoSubject::Rule, id),
        Subject::Output(name) => (ProtoSubject::Output, name),
    };
    ProtoError {
        subject: subject.into(),
        name: name.to_string(),
        code: from.code.0.into(),
        line: from.line,
        column: from.column,
        message: from.message.clone(),
    }
}

/// Reads a decision.
///
/// # Errors
/// `INTERNAL` (F0858): an id, a version or a trace of another length, an error against nothing, a value that is none.
pub fn from_proto(from: ProtoDecision) -> Result<Decision, Error> {
    let parts = Parts {
        id: exactly(&from.id, "a decision's id")?,
        version: exactly(&from.rule_set_version, "a rule-set version")?,
        late: from.late,
        repeated: from.repeated,
        parent: parent(&from.trace, &from.parent_span_id)?,
        outputs: values(from.outputs)?,
        matched: from.matched,
        features: values(from.features)?,
        errors: errors(from.errors)?,
        shadow_matched: from.shadow_matched,
        shadow_errors: errors(from.shadow_errors)?,
    };
    Ok(Decision::elsewhere(parts))
}

/// The trace that came with the event: the decision's with the span that the event came from.
fn parent(trace: &[u8], span: &[u8]) -> Result<Option<TraceContext>, Error> {
    if trace.is_empty() {
        return Ok(None);
    }
    let trace =
        TraceContext::from_bytes(&exactly(trace, "a trace context")?).ok_or_else(|| broken("a trace id of zero"))?;
    // proto3 leaves nothing out of bytes that are all zero, but a sender of another kind may leave out the whole.
    let span_id = if span.is_empty() { [0; 8] } else { exactly(span, "a span id")? };
    Ok(Some(TraceContext { span_id, ..trace }))
}

fn values(from: Vec<NamedValue>) -> Result<Vec<(String, Value)>, Error> {
    let read = |named: NamedValue| Ok((named.name, named.value.map_or(Ok(Value::Null), value::from_proto)?));
    from.into_iter().map(read).collect()
}

fn errors(from: Vec<ProtoError>) -> Result<Vec<DecisionError>, Error> {
    let read = |error: ProtoError| {
        let subject = match error.subject() {
            ProtoSubject::Rule => Subject::Rule(error.name.into()),
            ProtoSubject::Output => Subject::Output(error.name.into()),
            ProtoSubject::Unspecified => return Err(broken("an error that stands against nothing")),
        };
        let code = u16::try_from(error.code).map(Code).map_err(|_| broken("an error code that does not exist"))?;
        Ok(DecisionError { subject, code, line: error.line, column: error.column, message: error.message })
    };
    from.into_iter().map(read).collect()
}

fn exactly<const N: usize>(bytes: &[u8], what: &str) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| broken(format_args!("{what} of {} bytes instead of {N}", bytes.len())))
}
