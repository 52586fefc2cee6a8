//! What a client's machine says, gathered into requests. Within a request the server reads an acknowledgement first, then what
//! was shed, then events, then a signal; what comes in another order begins a new one.

use fishplate::session::ToServer;

use super::{BATCH, BATCH_BYTES};
use crate::hub::{InBody, Inbound};
use crate::shared::{Machine, Message};
use crate::wire::proto::{DecideRequest, Event, event};
use crate::wire::session as wire;

/// Gathers requests from a machine.
#[derive(Default)]
pub(super) struct Requests {
    /// Taken from the machine, and not in a request yet: it did not fit the last one.
    next: Option<Message>,
}

impl Requests {
    /// The next request, if the machine has anything to say.
    pub(super) fn next(&mut self, machine: &mut Machine) -> Option<DecideRequest> {
        let mut request = DecideRequest::default();
        let mut bytes = 0;
        let mut any = false;
        while let Some(message) = self.next.take().or_else(|| machine.poll()) {
            if any && !fits(&request, bytes, &message) {
                self.next = Some(message);
                break;
            }
            any = true;
            bytes += add(&mut request, message);
        }
        if !any {
            return None;
        }
        request.session_id = machine.id().to_vec().into();
        request.epoch = machine.epoch();
        Some(request)
    }
}

fn fits(request: &DecideRequest, bytes: usize, message: &Message) -> bool {
    if request.signal != 0 {
        return false;
    }
    match message {
        ToServer::Event { sequence, .. } => {
            let follows = request.events.is_empty() || request.sequence + request.events.len() as u64 == *sequence;
            follows && request.events.len() < BATCH && bytes < BATCH_BYTES
        }
        ToServer::Skip { .. } => request.events.is_empty(),
        ToServer::Ack { .. } | ToServer::Signal(_) => true,
        ToServer::Open(_) => false,
    }
}

/// Puts a message in; gives the bytes of the event that it is.
fn add(request: &mut DecideRequest, message: Message) -> usize {
    match message {
        ToServer::Event { sequence, event } => {
            if request.events.is_empty() {
                request.sequence = sequence;
            }
            let event = written(event);
            let bytes = prost::Message::encoded_len(&event);
            request.events.push(event);
            return bytes;
        }
        ToServer::Skip { through } => request.shed_through = through,
        ToServer::Ack { through } => request.ack = through,
        ToServer::Signal(signal) => request.signal = wire::signal(signal).into(),
        // Whoever connects sends it before all else.
        ToServer::Open(_) => {}
    }
    0
}

fn written(event: Inbound) -> Event {
    let body = match event.body {
        InBody::Protobuf(bytes) => Some(event::Body::Protobuf(bytes)),
        InBody::Json(bytes) => Some(event::Body::Json(bytes)),
        InBody::Fields(bytes) => Some(event::Body::Fields(bytes)),
        InBody::Missing => None,
    };
    Event {
        body,
        trace: event.trace.map_or_else(Default::default, |trace| trace.to_bytes().to_vec().into()),
        preview: event.preview,
        deadline: event.deadline.map(wire::event_deadline),
        features: event.features,
    }
}
