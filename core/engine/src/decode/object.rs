//! What JSON objects and maps of a host have in common: names that may be unknown, come twice, or belong to one oneof.

use fishplate_cel::Value;
use fishplate_cel::check::did_you_mean;

use super::fault::{Fault, Outcome, bare, quoted, shown};
use crate::codes;
use crate::schema::model::Message;

/// The fields of one object that have come.
#[derive(Default)]
pub(super) struct Seen {
    /// Fields 0 to 63, which is all that most messages have.
    first: u64,
    rest: Vec<u64>,
}

impl Seen {
    /// Notes field `at`; an error if it was noted before.
    pub(super) fn insert(&mut self, at: usize) -> Outcome<()> {
        let word = match at / 64 {
            0 => &mut self.first,
            word => {
                self.rest.resize(self.rest.len().max(word), 0);
                &mut self.rest[word - 1]
            }
        };
        let bit = 1 << (at % 64);
        if *word & bit != 0 {
            return Err(Fault::new(codes::REPEATED_FIELD, "a field twice in one object"));
        }
        *word |= bit;
        Ok(())
    }
}

/// The members of oneofs that are set in one object.
#[derive(Default)]
pub(super) struct Members {
    set: Vec<(usize, usize)>,
}

impl Members {
    /// Notes that field `at` is set; an error if another member of its oneof is.
    pub(super) fn insert(&mut self, message: &Message, at: usize) -> Outcome<()> {
        let Some(oneof) = message.fields[at].oneof else { return Ok(()) };
        if let Some((_, other)) = self.set.iter().find(|set| set.0 == oneof) {
            return Err(two_members(message, oneof, *other, at));
        }
        self.set.push((oneof, at));
        Ok(())
    }
}

/// `a` and `b` of one oneof are both set.
pub(super) fn two_members(message: &Message, oneof: usize, a: usize, b: usize) -> Box<Fault> {
    let (a, b) = (&message.fields[a].name, &message.fields[b].name);
    let message = format!("{a} and {b} are both set, and the oneof {} takes one", message.oneofs[oneof]);
    Fault::new(codes::REPEATED_FIELD, message).in_field(b)
}

/// A name that `message` does not have, where that is refused.
pub(super) fn unknown(message: &Message, name: &str) -> Box<Fault> {
    let near = did_you_mean(name, message.names());
    Fault::new(codes::UNKNOWN_EVENT_FIELD, format!("the schema has no field \"{}\"", shown(name)))
        .maybe_suggest(near)
        .in_field(name)
}

/// The key of a map's entry as a path shows it.
pub(super) fn key_text(key: &Value, sensitive: bool) -> String {
    match key {
        Value::String(key) => quoted(key, sensitive),
        Value::Int(key) => bare(key, sensitive),
        Value::Uint(key) => bare(key, sensitive),
        Value::Bool(key) => bare(key, sensitive),
        _ => String::new(),
    }
}
