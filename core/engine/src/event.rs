//! An event as it comes in: bytes, or a map of a host language read by name.

use std::borrow::Cow;

use fishplate_cel::{Duration, Timestamp};

use crate::decode::Columns;
use crate::trace::TraceContext;

/// One event and the trace it belongs to.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// What happened.
    pub body: Body<'a>,
    /// Where it belongs; `None` if the sender gave none.
    pub trace: Option<TraceContext>,
    /// The id of the session that it came in, and its sequence there; `None` outside sessions.
    pub origin: Option<([u8; 16], u64)>,
    /// Values of the features that the rule set declares as `supplied`, by name; `None` if there are none.
    pub supplied: Option<Supplied<'a>>,
}

/// Values of features by name, as whoever sends an event has them.
#[derive(Clone, Copy)]
pub enum Supplied<'a> {
    /// With the host's own values.
    Fields(&'a dyn HostFields),
    /// One JSON object in UTF-8, by the proto3 JSON mapping.
    Json(&'a [u8]),
}

/// The forms of an event. The caller says which it is; nothing is sniffed.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// A serialised protobuf message of the rule set's event type.
    Protobuf(&'a [u8]),
    /// UTF-8 JSON by the proto3 JSON mapping.
    Json(&'a [u8]),
    /// Fields by name, with the host's own values.
    Fields(&'a dyn HostFields),
    /// Cells of text by column: a CSV row. An empty cell is absent.
    Row(&'a Columns, &'a dyn Cells),
}

impl<'a> Event<'a> {
    /// An event from protobuf bytes, without a trace.
    pub fn protobuf(bytes: &'a [u8]) -> Self {
        Self::of(Body::Protobuf(bytes))
    }

    /// An event from JSON bytes, without a trace.
    pub fn json(bytes: &'a [u8]) -> Self {
        Self::of(Body::Json(bytes))
    }

    /// An event from a host's map, without a trace.
    pub fn fields(fields: &'a dyn HostFields) -> Self {
        Self::of(Body::Fields(fields))
    }

    /// An event from a CSV row, without a trace.
    pub fn row(columns: &'a Columns, cells: &'a dyn Cells) -> Self {
        Self::of(Body::Row(columns, cells))
    }

    /// An event of any form, without a trace.
    pub fn of(body: Body<'a>) -> Self {
        Self { body, trace: None, origin: None, supplied: None }
    }

    /// The same event with values of the features that the rule set declares as `supplied`, by name.
    #[must_use]
    pub fn with_features(self, supplied: &'a dyn HostFields) -> Self {
        Self { supplied: Some(Supplied::Fields(supplied)), ..self }
    }

    /// The same, of features in one JSON object.
    #[must_use]
    pub fn with_json_features(self, supplied: &'a [u8]) -> Self {
        Self { supplied: Some(Supplied::Json(supplied)), ..self }
    }

    /// The same event in `trace`.
    #[must_use]
    pub fn with_trace(self, trace: Option<TraceContext>) -> Self {
        Self { trace, ..self }
    }

    /// The same event as the `sequence`-th of a session.
    #[must_use]
    pub fn with_origin(self, session: [u8; 16], sequence: u64) -> Self {
        Self { origin: Some((session, sequence)), ..self }
    }
}

/// A message as a map of a host language (Python's dict, Java's Map, C's array of fields).
pub trait HostFields {
    /// The value under `name`; `None` if there is no such key.
    fn get(&self, name: &str) -> Option<HostValue<'_>>;
    /// How many keys there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The `at`-th entry in the host's order (for CEL maps, and to find unknown names in strict mode); the key of a
    /// message is a string.
    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)>;
}

/// A list of a host language.
pub trait HostList {
    /// How many entries there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The `at`-th.
    fn get(&self, at: usize) -> HostValue<'_>;
}

impl HostValue<'_> {
    /// What a host calls an integer of more than 64 bits: out of every field's range, where other strangers are of the
    /// wrong type.
    pub const WIDE_INT: &'static str = "an int of more than 64 bits";
}

/// A value of a host language, borrowed from it where that is possible.
pub enum HostValue<'a> {
    /// None, null: absent.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// A whole number above `i64::MAX`, or one that the host says is unsigned.
    Uint(u64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    String(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// An instant.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Duration),
    /// A list.
    List(Box<dyn HostList + 'a>),
    /// A map or a nested message.
    Fields(Box<dyn HostFields + 'a>),
    /// Something that no field can take, said in the host's words: [`HostValue::WIDE_INT`], `a set`, `a naive datetime`.
    Other(Cow<'a, str>),
}

/// A row of text cells. Columns are resolved to field paths once, by [`crate::decode::Columns`].
pub trait Cells {
    /// The cell of column `at`; `None` past the last.
    fn get(&self, at: usize) -> Option<&[u8]>;
    /// How many cells there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
