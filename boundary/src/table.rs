//! The table of operations: each is declared here once, and everything that a language needs of it is made from here.
//!
//! The generator (`generate`) renders the C entries, the JNI entries, `Native.java` and the header from these
//! rows; a test holds the rows to the plain functions of [`crate::ops`]. This file knows no language and runs nothing.

mod operations;

pub use operations::OPERATIONS;

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name, in snake case: `rule_set_load`.
    pub name: &'static str,
    /// What it does: sentences that stand in the header and in the Javadoc.
    pub doc: &'static str,
    /// What it takes, in order.
    pub takes: &'static [Param],
    /// What it gives.
    pub gives: Gives,
    /// Whether it may wait for something outside: a file, a socket, the other end of a session. Waiting for another
    /// thread's `decide` on the same engine is not meant.
    pub blocks: bool,
    /// Who may call it when.
    pub threads: Threads,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name, in snake case.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it is, without a full stop.
    pub doc: &'static str,
}

/// The type of a parameter. How each looks is a language's own affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A handle of one kind of object.
    Handle(Object),
    /// A handle of any kind.
    AnyHandle,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Bytes,
    /// Named bytes: files by name, headers by name.
    Named,
    /// Several byte strings.
    Pieces,
    /// Key groups by index: numbers of 16 bits.
    Groups,
    /// Bounds in the order of `fishplate::Limits::TABLE`; 0 or missing means the default.
    Limits,
    /// Numbers in the order of `fishplate_transport::SessionOptions::TABLE`; 0 or missing means the default.
    SessionOptions,
    /// A truth value.
    Flag,
    /// A number of 32 bits.
    Number,
    /// A ticket: 64 bits.
    Ticket,
    /// A size in bytes: 64 bits.
    Size,
    /// Seconds since the Unix epoch: 64 bits with a sign.
    Seconds,
    /// The 25 bytes of a trace context, or none.
    Trace,
}

/// The kinds of object that a handle can name. The number is the handle's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Object {
    /// A compiled rule document.
    RuleSet = 1,
    /// A rule set with its windows.
    Engine = 2,
    /// An ordered conversation of events and decisions.
    Session = 3,
    /// A client's place in a ring, for a host that maps the ring's file itself.
    Ring = 4,
}

impl Object {
    /// Every kind, by number.
    pub const ALL: [Object; 4] = [Object::RuleSet, Object::Engine, Object::Session, Object::Ring];

    /// The name in texts: `rule set`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RuleSet => "rule set",
            Self::Engine => "engine",
            Self::Session => "session",
            Self::Ring => "ring",
        }
    }

    /// The kind with this number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number)
    }
}

/// What an operation gives besides its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Nothing.
    Nothing,
    /// A new handle.
    Handle(Object),
    /// A number of 64 bits.
    Number,
    /// UTF-8 text in the caller's storage.
    Text,
    /// A record of `docs/layout.md`, by name, in the caller's storage. Too small a storage: call again.
    Record(&'static str),
    /// The same, but what did not fit waits under a ticket, and must be fetched instead of decided again.
    Waiting(&'static str),
}

/// Who may call an operation when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// Any thread at any time; calls run beside each other.
    Any,
    /// Any thread at any time; calls on one engine take turns.
    TakesTurns,
    /// Any thread at any time; calls on one session take turns.
    OneAtATime,
    /// Any thread, any number of times, also while other calls use the object.
    AnyTimes,
}

impl Threads {
    /// The rule as a sentence.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Any => "Any thread may call it at any time.",
            Self::TakesTurns => "Any thread may call it at any time; calls on one engine take turns.",
            Self::OneAtATime => "Any thread may call it at any time; such calls on one session take turns.",
            Self::AnyTimes => "Any thread may call it, any number of times, also while other calls use the object.",
        }
    }
}

/// The forms of an event, by number, as the caller says them.
pub const FORMATS: [(u32, &str, &str); 4] = [
    (1, "protobuf", "a serialised protobuf message of the rule set's event type"),
    (2, "json", "UTF-8 JSON by the proto3 JSON mapping"),
    (3, "fields", "a map of the host in the layout `fields`"),
    (16, "with_features", "added to one of the others: features stand before the event, in the layout `featured`"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_stands_in_the_table_once() {
        for (at, row) in OPERATIONS.iter().enumerate() {
            assert!(OPERATIONS[..at].iter().all(|other| other.name != row.name), "{}", row.name);
            assert!(row.doc.ends_with('.'), "{}", row.name);
        }
    }
}
