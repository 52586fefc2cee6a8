//! Decisions and errors as the fields of an answer. Everything is read through the public API.

use fishplate::{Decision, DecisionError, Error, Place, Subject, TraceContext, Value, canonical};
use sha2::{Digest, Sha256};

use crate::tagged::{hex, percent, write_pairs, write_value};

/// The fields of `<decision>`, joined by tabs.
pub fn decision_fields(decision: &Decision) -> String {
    let mut bytes = Vec::new();
    canonical::write_decision(decision, &mut bytes);
    let fields = [
        hex(&decision.id()),
        hex(decision.version()),
        flags(decision),
        decision.trace().as_ref().map_or("-".into(), trace),
        named(decision.outputs()),
        names(decision.matched()),
        named(decision.features()),
        names(decision.errors().iter().map(error)),
        names(decision.shadow_matched()),
        names(decision.shadow_errors().iter().map(error)),
        hex(&Sha256::digest(&bytes)),
    ];
    fields.join("\t")
}

fn flags(decision: &Decision) -> String {
    let set = [(decision.late(), "late"), (decision.repeated(), "repeated")];
    let set: Vec<&str> = set.into_iter().filter_map(|(is_set, name)| is_set.then_some(name)).collect();
    if set.is_empty() { "-".into() } else { set.join("+") }
}

fn trace(trace: &TraceContext) -> String {
    format!("{}-{}-{:02x}", hex(&trace.trace_id), hex(&trace.span_id), trace.flags)
}

fn named<'d>(pairs: impl Iterator<Item = (&'d str, &'d Value)>) -> String {
    let mut out = String::new();
    write_pairs(pairs, &mut out, |name, out| {
        out.push('s');
        out.push_str(&percent(name.as_bytes()));
    });
    out
}

/// A list of texts.
pub fn names(names: impl Iterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<Value> = names.map(|name| Value::from(name.as_ref())).collect();
    let mut out = String::new();
    write_value(&Value::List(texts.into()), &mut out);
    out
}

fn error(error: &DecisionError) -> String {
    let (kind, name) = match &error.subject {
        Subject::Rule(id) => ("rule", id),
        Subject::Output(name) => ("output", name),
    };
    format!("{kind}:{name}:{}:{}:{}", error.code, error.line, error.column)
}

/// The fields of `<error>`, joined by tabs.
pub fn error_fields(error: &Error) -> String {
    let mut fields = vec![error.status.name().to_owned(), error.diagnostics.len().to_string()];
    for diagnostic in &error.diagnostics {
        fields.push(diagnostic.code.to_string());
        fields.push(percent(place(&diagnostic.place).as_bytes()));
    }
    fields.push(percent(error.to_string().as_bytes()));
    fields.join("\t")
}

fn place(place: &Place) -> String {
    match place {
        Place::None => "-".into(),
        Place::Text { file, line, column, .. } => format!("{file}:{line}:{column}"),
        Place::Field(path) if path.is_empty() => "event".into(),
        Place::Field(path) => format!("event.{path}"),
        Place::Name(name) => name.clone(),
    }
}
