//! A decision as one JSON object, every key always there, so that a reader need not ask.

use fishplate::{Decision, DecisionError, Subject, Timestamp, Value};

use super::{separate, write_list, write_string, write_value};

/// Appends the members of `decision` without the braces around them: the caller puts the event's number in front.
pub(crate) fn write_decision(decision: &Decision, out: &mut Vec<u8>) {
    out.extend(b"\"id\":\"");
    write_hex(&decision.id(), out);
    out.extend(format!("\",\"late\":{},\"repeated\":{},\"outputs\":", decision.late(), decision.repeated()).as_bytes());
    write_named(decision.outputs(), out);
    out.extend(b",\"matched\":");
    write_list(decision.matched(), out, write_string);
    out.extend(b",\"features\":");
    write_named(decision.features(), out);
    out.extend(b",\"errors\":");
    write_list(decision.errors().iter(), out, write_decision_error);
    out.extend(b",\"shadow\":{\"matched\":");
    write_list(decision.shadow_matched(), out, write_string);
    out.extend(b",\"errors\":");
    write_list(decision.shadow_errors().iter(), out, write_decision_error);
    out.extend(b"},\"trace\":");
    match decision.trace() {
        None => out.extend(b"null"),
        Some(trace) => write_string(&trace.traceparent(), out),
    }
}

/// Appends which rule fired by itself, for which key, and when it was due; `null` if an event asked for the decision.
pub(crate) fn write_timer(decision: &Decision, out: &mut Vec<u8>) {
    let Some(timer) = decision.timer() else {
        out.extend(b"null");
        return;
    };
    write_timer_of(&timer.rule, &timer.key, timer.due, out);
}

/// The same of a decision that was made elsewhere, which has its timer beside it.
pub(crate) fn write_timer_of(rule: &str, key: &[Value], due: Timestamp, out: &mut Vec<u8>) {
    out.extend(b"{\"rule\":");
    write_string(rule, out);
    out.extend(b",\"key\":");
    write_list(key.iter(), out, write_value);
    out.extend(format!(",\"due\":\"{due}\"}}").as_bytes());
}

/// Appends `bytes` in lower-case hexadecimal.
pub(crate) fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
}

/// Appends an object of names and values.
pub(crate) fn write_named<'a>(pairs: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, value)) in pairs.enumerate() {
        separate(at, out);
        write_string(name, out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
}

fn write_decision_error(error: &DecisionError, out: &mut Vec<u8>) {
    let (kind, name) = match &error.subject {
        Subject::Rule(id) => ("rule", id),
        Subject::Output(name) => ("output", name),
    };
    out.extend(format!("{{\"{kind}\":").as_bytes());
    write_string(name, out);
    let DecisionError { code, line, column, .. } = error;
    out.extend(format!(",\"code\":\"{code}\",\"line\":{line},\"column\":{column},\"message\":").as_bytes());
    write_string(&error.message, out);
    out.push(b'}');
}
