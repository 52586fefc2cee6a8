//! What functions take and give: types with parameters, as text and as data.

use crate::types::Type;

/// What a function takes and what it gives. Type parameters are numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it takes; of a function that is called on a value, that value first.
    pub params: Vec<Type>,
    /// What it gives.
    pub result: Type,
}

impl Signature {
    /// How many type parameters it has.
    pub(super) fn parameters(&self) -> usize {
        self.params.iter().chain([&self.result]).map(highest).max().unwrap_or(0)
    }

    /// The signature with `types` for its parameters.
    pub(super) fn with(&self, types: &[Type]) -> Self {
        let params = self.params.iter().map(|param| substituted(param, types)).collect();
        Self { params, result: substituted(&self.result, types) }
    }
}

/// One more than the highest number of a parameter in the type.
fn highest(ty: &Type) -> usize {
    match ty {
        Type::Param(number) => *number as usize + 1,
        Type::List(of) | Type::Wrapper(of) | Type::TypeOf(of) => highest(of),
        Type::Map(key, value) => highest(key).max(highest(value)),
        Type::Abstract(_, of) => of.iter().map(highest).max().unwrap_or(0),
        _ => 0,
    }
}

fn substituted(ty: &Type, types: &[Type]) -> Type {
    match ty {
        Type::Param(number) => types.get(*number as usize).cloned().unwrap_or(Type::Dyn),
        Type::List(of) => Type::list(substituted(of, types)),
        Type::TypeOf(of) => Type::TypeOf(substituted(of, types).into()),
        Type::Map(key, value) => Type::map(substituted(key, types), substituted(value, types)),
        Type::Abstract(name, of) => Type::Abstract(name.clone(), of.iter().map(|of| substituted(of, types)).collect()),
        other => other.clone(),
    }
}

/// Whether the type has no parameter.
pub(super) fn plain(ty: &Type) -> Option<Type> {
    (highest(ty) == 0).then(|| ty.clone())
}

/// What the argument at `at` of `count` may be: `int, uint or string`.
pub(super) fn alternatives(overloads: &[Signature], count: usize, at: usize) -> String {
    let mut texts: Vec<String> = Vec::new();
    for overload in overloads.iter().filter(|overload| overload.params.len() == count) {
        let text = match &overload.params[at] {
            Type::Param(_) => "any value".to_owned(),
            Type::List(of) if highest(of) > 0 => "list".to_owned(),
            Type::Map(..) if highest(&overload.params[at]) > 0 => "map".to_owned(),
            Type::TypeOf(_) => "type".to_owned(),
            Type::Abstract(name, _) => name.to_string(),
            plain => plain.to_string(),
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let last = texts.pop().unwrap_or_default();
    if texts.is_empty() { last } else { format!("{} or {last}", texts.join(", ")) }
}

/// Reads `list(A), int -> A`; the tables are tested to hold nothing else.
pub(super) fn signature(text: &str) -> Signature {
    let (params, result) = text.split_once("->").expect("every signature has an arrow: tested");
    let mut rest = params.trim();
    let mut list = Vec::new();
    while !rest.is_empty() {
        let (ty, after) = parse_type(rest);
        list.push(ty);
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Signature { params: list, result: parse_type(result.trim()).0 }
}

/// The type at the start of `text`, and what follows it.
fn parse_type(text: &str) -> (Type, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || "._".contains(c))).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut of = Vec::new();
    if let Some(inner) = rest.strip_prefix('(') {
        rest = inner;
        loop {
            let (ty, after) = parse_type(rest.trim_start());
            of.push(ty);
            rest = after.trim_start();
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => break,
            }
        }
        rest = rest.strip_prefix(')').expect("every bracket is closed: tested");
    }
    let first = |of: &[Type]| of.first().cloned().unwrap_or(Type::Dyn);
    let ty = match name {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        "dyn" => Type::Dyn,
        "list" => Type::list(first(&of)),
        "map" => Type::map(first(&of), of.get(1).cloned().unwrap_or(Type::Dyn)),
        "type" => Type::TypeOf(first(&of).into()),
        "optional" => Type::optional(first(&of)),
        "A" => Type::Param(0),
        "B" => Type::Param(1),
        _ if name.starts_with("google.type.") => Type::Message(name.into()),
        _ => Type::Abstract(name.into(), of.into()),
    };
    (ty, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_as_it_is_written() {
        let text = signature("map(A, list(B)), optional(int), net.IP -> type(A)");
        let (a, b) = (Type::Param(0), Type::Param(1));
        let ip = Type::Abstract("net.IP".into(), [].into());
        assert_eq!(text.params, [Type::map(a.clone(), Type::list(b)), Type::optional(Type::Int), ip]);
        assert_eq!(text.result, Type::TypeOf(a.into()));
        assert_eq!(signature("-> optional(A)").params, []);
        assert_eq!(text.parameters(), 2);
    }
}
