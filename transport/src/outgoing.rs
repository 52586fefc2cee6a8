//! An event on its way into a session.

use std::time::Duration;

use fishplate::{HostFields, TraceContext};

/// An event as the caller has it. It is copied before the call returns.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// What happened.
    pub body: Body<'a>,
    /// Where it belongs; `None` if nowhere.
    pub trace: Option<TraceContext>,
    /// Say what would be decided, and change nothing.
    pub preview: bool,
    /// Refuse the event (`DEADLINE_EXCEEDED`, F0862) if its turn comes later than this from now.
    pub within: Option<Duration>,
}

/// The forms of an event that travel.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// A serialised protobuf message of the rule set's event type.
    Protobuf(&'a [u8]),
    /// UTF-8 JSON by the proto3 JSON mapping.
    Json(&'a [u8]),
    /// Fields by name, with the host's own values.
    Fields(&'a dyn HostFields),
    /// The same, encoded already by [`crate::wire::fields::write`]: for a host that may not read its values while it waits.
    EncodedFields(&'a [u8]),
}

impl<'a> Outgoing<'a> {
    /// An event to be decided, without trace and deadline.
    pub fn new(body: Body<'a>) -> Self {
        Self { body, trace: None, preview: false, within: None }
    }
}
