//! An event on its way into a session.

use std::time::Duration;

use bytes::Bytes;
use fishplate::{Error, HostFields, TraceContext};

use crate::hub::{InBody, Inbound};

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
    /// Values of the features that the rule set declares as supplied, by name; `None`: none.
    pub features: Option<Features<'a>>,
}

/// Values by the names of features, in the forms that travel.
#[derive(Clone, Copy)]
pub enum Features<'a> {
    /// With the host's own values.
    Map(&'a dyn HostFields),
    /// The same, encoded already by [`crate::wire::fields::write`]; no bytes: none.
    Encoded(&'a [u8]),
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
    /// An event to be decided, without trace, deadline and features.
    pub fn new(body: Body<'a>) -> Self {
        Self { body, trace: None, preview: false, within: None, features: None }
    }
}

/// A copy of what the caller has, as it travels: encoded, and cheap to keep until it is accepted.
pub(crate) fn encode(event: &Outgoing<'_>) -> Result<Inbound, Error> {
    let body = match event.body {
        Body::Protobuf(bytes) => InBody::Protobuf(Bytes::copy_from_slice(bytes)),
        Body::Json(bytes) => InBody::Json(Bytes::copy_from_slice(bytes)),
        Body::Fields(fields) => InBody::Fields(crate::wire::fields::write(fields)?.into()),
        Body::EncodedFields(bytes) => InBody::Fields(Bytes::copy_from_slice(bytes)),
    };
    let features = match event.features {
        None => Bytes::new(),
        Some(Features::Map(fields)) => crate::wire::fields::write(fields)?.into(),
        Some(Features::Encoded(bytes)) => Bytes::copy_from_slice(bytes),
    };
    let deadline = event.within.map(crate::clock::unix_nanos_after);
    Ok(Inbound { body, trace: event.trace, preview: event.preview, deadline, features })
}
