//! Whether two answers agree: stricter than CEL's `==` (the types of numbers, the sign of a zero, the order of lists), but
//! for what a peer cannot tell.

use fishplate_cel::{Duration, Map, Timestamp, Value};

use crate::{
    engines::{Answer, Outcome},
    peer::Peer,
};

/// How two answers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In what comes of the expression.
    Outcome,
    /// Only in the type that was deduced.
    Type,
}

/// How two answers differ, if they do, as far as the peer can tell.
pub(crate) fn difference(ours: &Answer, theirs: &Answer, peer: Peer) -> Option<Kind> {
    if !agree(ours, theirs, peer) {
        return Some(Kind::Outcome);
    }
    matches!((&ours.ty, &theirs.ty), (Some(a), Some(b)) if a != b).then_some(Kind::Type)
}

fn agree(ours: &Answer, theirs: &Answer, peer: Peer) -> bool {
    match (&ours.outcome, &theirs.outcome) {
        (Outcome::Value(a), Outcome::Value(b)) => same(a, b, peer),
        (Outcome::Failed(_), Outcome::Failed(_)) | (Outcome::Refused(_), Outcome::Refused(_)) => true,
        // The crate has no checker: of what is refused here it may make anything.
        (Outcome::Refused(_), _) => peer == Peer::Crate,
        // What is wrong with a literal it finds as it parses or as it runs.
        (Outcome::Failed(_), Outcome::Refused(_)) => peer == Peer::Crate,
        _ => false,
    }
}

fn same(a: &Value, b: &Value, peer: Peer) -> bool {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b, peer)),
        (Value::Map(a), Value::Map(b)) => {
            let found = |(key, value): &(Value, Value)| {
                let mut others = a.entries().iter();
                others.any(|(other, got)| same_key(other, key, peer) && same(got, value, peer))
            };
            lost(a, peer) || a.entries().len() == b.entries().len() && b.entries().iter().all(found)
        }
        (Value::Optional(Some(a)), Value::Optional(Some(b))) if peer == Peer::Crate => same(a, b, peer),
        // Python is given nothing of an optional.
        (Value::Optional(_), Value::Optional(_)) if peer == Peer::Google => true,
        (Value::Timestamp(a), Value::Timestamp(b)) => floor(Timestamp::as_nanos(*a), peer) == floor(b.as_nanos(), peer),
        (Value::Duration(a), Value::Duration(b)) => cut(Duration::as_nanos(*a), peer) == cut(b.as_nanos(), peer),
        // The crate has types as their names.
        (Value::Type(a), Value::String(b)) if peer == Peer::Crate => a == b,
        _ => a == b,
    }
}

/// Python has nothing finer than a microsecond. What is lost on the way is also asked for as text: see the grammar.
fn floor(nanos: i128, peer: Peer) -> i128 {
    match peer {
        Peer::Google => nanos.div_euclid(1_000),
        Peer::Crate => nanos,
    }
}

/// As above, for durations: towards zero.
fn cut(nanos: i128, peer: Peer) -> i128 {
    match peer {
        Peer::Google => nanos / 1_000,
        Peer::Crate => nanos,
    }
}

/// Python takes true for 1: of a map that has keys of both kinds, some may be lost.
fn lost(map: &Map, peer: Peer) -> bool {
    let mut keys = map.entries().iter().map(|(key, _)| matches!(key, Value::Bool(_)));
    let first = keys.next();
    peer == Peer::Google && keys.any(|bool| Some(bool) != first)
}

/// Python does not say whether a key was an int or a uint.
fn same_key(a: &Value, b: &Value, peer: Peer) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Uint(b)) | (Value::Uint(b), Value::Int(a)) if peer == Peer::Google => {
            u64::try_from(*a) == Ok(*b)
        }
        _ => a == b,
    }
}
