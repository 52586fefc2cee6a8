//! Frames ⇄ the core's messages: what each kind's header and payload say. `docs/transports.md` has the table.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use fishplate::session::{Open, SessionId, Signal, ToClient, ToServer, Weight, Window};
use fishplate::{Decision, Error, Place, Status, TraceContext, codes};
use fishplate_ring::{Header, flags, kind};
use prost::Message;

use super::errors::too_large;
use crate::hub::{InBody, Inbound};
use crate::wire::proto::{self, DecideRequest, DecideResponse};
use crate::wire::{decision, error, session};

/// The bytes that say how long an event's features are.
const LENGTH: usize = 4;

/// A frame to be written.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) header: Header,
    pub(super) payload: Bytes,
}

impl Frame {
    fn new(kind: u16, sequence: u64, payload: impl Into<Bytes>) -> Self {
        Self { header: Header { kind, sequence, ..Header::default() }, payload: payload.into() }
    }
}

/// What a client's frame says.
#[derive(Debug)]
pub(super) enum FromClient {
    /// Opens or resumes a session, decided by the rule set of this name.
    Open { open: Open, rule_set: String },
    /// Anything else.
    Message(ToServer<Inbound>),
}

/// What a server's frame says.
#[derive(Debug)]
pub(super) struct FromServer {
    pub(super) message: ToClient<Decision>,
    /// With a welcome: what it says of the server.
    pub(super) welcome: Option<session::Welcomed>,
}

/// Writes what a client says; `rule_set` goes into an opening.
pub(super) fn write_client(message: &ToServer<Inbound>, rule_set: &str) -> Frame {
    match message {
        ToServer::Open(open) => Frame::new(kind::OPEN, 0, session::open_request(open, rule_set).encode_to_vec()),
        ToServer::Event { sequence, event } => write_event(*sequence, event),
        ToServer::Skip { through } => Frame::new(kind::SKIP, *through, Bytes::new()),
        ToServer::Ack { through } => Frame::new(kind::ACK, *through, Bytes::new()),
        ToServer::Signal(Signal::HalfClose) => Frame::new(kind::HALF_CLOSE, 0, Bytes::new()),
        ToServer::Signal(Signal::Cancel) => Frame::new(kind::CANCEL, 0, Bytes::new()),
    }
}

fn write_event(sequence: u64, event: &Inbound) -> Frame {
    let (format, payload) = match &event.body {
        InBody::Protobuf(bytes) => (flags::FORMAT_PROTOBUF, bytes.clone()),
        InBody::Json(bytes) => (flags::FORMAT_JSON, bytes.clone()),
        InBody::Fields(bytes) => (flags::FORMAT_FIELDS, bytes.clone()),
        InBody::Missing => (0, Bytes::new()),
    };
    let preview = if event.preview { flags::PREVIEW } else { 0 };
    let (features, payload) = before(&event.features, payload);
    let header = Header {
        kind: kind::EVENT,
        flags: format | preview | features,
        sequence,
        deadline: event.deadline.unwrap_or(0),
        trace: event.trace.map_or([0; 25], |trace| trace.to_bytes()),
    };
    Frame { header, payload }
}

/// The payload of an event that brings features: their length, they themselves, the body; and the flag that says so.
fn before(features: &Bytes, body: Bytes) -> (u16, Bytes) {
    // What is longer than a frame takes is refused by `check` before it comes here.
    let Some(length) = u32::try_from(features.len()).ok().filter(|length| *length > 0) else { return (0, body) };
    let mut payload = BytesMut::with_capacity(LENGTH + features.len() + body.len());
    payload.put_u32_le(length);
    payload.put_slice(features);
    payload.put_slice(&body);
    (flags::FEATURES, payload.freeze())
}

/// The features and the body of an event.
fn divided(header: &Header, mut payload: Bytes) -> Result<(Bytes, Bytes), Error> {
    if header.flags & flags::FEATURES == 0 {
        return Ok((Bytes::new(), payload));
    }
    let cut = || session::mistake("an event's features are longer than its frame");
    let length = payload.try_get_u32_le().map_err(|_| cut())? as usize;
    if length > payload.len() {
        return Err(cut());
    }
    let features = payload.split_to(length);
    Ok((features, payload))
}

/// Refuses an event that is longer than the `max` bytes of a frame's payload.
///
/// # Errors
/// F0865.
pub(super) fn check(event: &Inbound, max: u64) -> Result<(), Error> {
    let length = if event.features.is_empty() { 0 } else { LENGTH as u64 };
    let bytes = event.weight() + length;
    if bytes <= max { Ok(()) } else { Err(too_large(bytes, max)) }
}

/// Reads what a client says. `window` is what a client gets that names none.
///
/// # Errors
/// `INVALID_ARGUMENT`: not what a client may say (F0858, F0809).
pub(super) fn read_client(header: &Header, payload: Vec<u8>, window: Window) -> Result<FromClient, Error> {
    let message = match header.kind {
        kind::OPEN => {
            let request = DecideRequest::decode(&payload[..]).map_err(|_| malformed("an OPEN"))?;
            let (open, rule_set) = session::read_open(&request, window)?;
            return Ok(FromClient::Open { open, rule_set });
        }
        kind::EVENT => ToServer::Event { sequence: header.sequence, event: read_event(header, payload.into())? },
        kind::SKIP => ToServer::Skip { through: header.sequence },
        kind::ACK => ToServer::Ack { through: header.sequence },
        kind::HALF_CLOSE => ToServer::Signal(Signal::HalfClose),
        kind::CANCEL => ToServer::Signal(Signal::Cancel),
        other => return Err(session::mistake(format_args!("no client sends frames of kind {other}"))),
    };
    Ok(FromClient::Message(message))
}

fn read_event(header: &Header, payload: Bytes) -> Result<Inbound, Error> {
    let (features, bytes) = divided(header, payload)?;
    let body = match header.flags & flags::FORMAT_MASK {
        flags::FORMAT_PROTOBUF => InBody::Protobuf(bytes),
        flags::FORMAT_JSON => InBody::Json(bytes),
        flags::FORMAT_FIELDS => InBody::Fields(bytes),
        other => return Err(session::mistake(format_args!("no event has the format {other}"))),
    };
    Ok(Inbound {
        body,
        trace: TraceContext::from_bytes(&header.trace),
        preview: header.flags & flags::PREVIEW != 0,
        deadline: (header.deadline != 0).then_some(header.deadline),
        features,
    })
}

/// Writes what a server says on a connection.
pub(super) fn write_server(
    message: &ToClient<Decision>,
    (session, epoch): (SessionId, u64),
    rule_set: &(String, [u8; 32]),
) -> Frame {
    match message {
        ToClient::Welcome { accepted, credit } => {
            let welcome = session::welcome((session, epoch), rule_set.clone(), *accepted, *credit);
            Frame::new(kind::WELCOME, 0, welcome.encode_to_vec())
        }
        ToClient::Credit { accepted, credit } => {
            let credit = Some(session::credit(*credit));
            let response = DecideResponse { ack: *accepted, credit, ..DecideResponse::default() };
            Frame::new(kind::CREDIT, 0, response.encode_to_vec())
        }
        ToClient::Outcome { sequence, outcome: Ok(decided) } => {
            let decided = decision::to_proto(decided);
            let mut frame = Frame::new(kind::DECISION, *sequence, decided.encode_to_vec());
            frame.header.trace = decided.trace[..].try_into().unwrap_or([0; 25]);
            frame
        }
        ToClient::Outcome { sequence, outcome: Err(refused) } => write_refusal(*sequence, refused),
        ToClient::Done(end) => Frame::new(kind::DONE, 0, session::done(end).encode_to_vec()),
    }
}

fn write_refusal(sequence: u64, refused: &Error) -> Frame {
    Frame::new(kind::REFUSAL, sequence, error::to_proto(refused).encode_to_vec())
}

/// Reads what a server says.
///
/// # Errors
/// `INTERNAL` (F0858): not what a server may say.
pub(super) fn read_server(header: &Header, payload: Vec<u8>) -> Result<FromServer, Error> {
    let sequence = header.sequence;
    let mut welcome = None;
    let message = match header.kind {
        kind::WELCOME | kind::CREDIT => {
            let response = DecideResponse::decode(&payload[..]).map_err(|_| error::broken("a malformed response"))?;
            let accepted = response.ack;
            let credit = response.credit.map(session::read_credit).unwrap_or_default();
            if header.kind == kind::CREDIT {
                ToClient::Credit { accepted, credit }
            } else {
                welcome = Some(session::read_welcome(response.welcome.unwrap_or_default())?);
                ToClient::Welcome { accepted, credit }
            }
        }
        kind::DECISION => {
            let decided = proto::Decision::decode(Bytes::from(payload));
            let decided = decided.map_err(|_| error::broken("a malformed decision"))?;
            ToClient::Outcome { sequence, outcome: Ok(decision::from_proto(decided)?) }
        }
        kind::REFUSAL => {
            let refused = proto::Refusal::decode(&payload[..]).map_err(|_| error::broken("a malformed refusal"))?;
            ToClient::Outcome { sequence, outcome: Err(error::from_proto(refused)) }
        }
        kind::DONE => {
            let done = proto::Done::decode(&payload[..]).map_err(|_| error::broken("a malformed last word"))?;
            ToClient::Done(session::read_done(done))
        }
        other => return Err(error::broken(format_args!("a frame of kind {other}"))),
    };
    Ok(FromServer { message, welcome })
}

/// The event's sequence, if the frame brings one; else 0.
pub(super) fn event_sequence(header: &Header) -> u64 {
    if header.kind == kind::EVENT { header.sequence } else { 0 }
}

/// The event's sequence, if the frame says what became of one; else 0.
pub(super) fn outcome_sequence(header: &Header) -> u64 {
    if matches!(header.kind, kind::DECISION | kind::REFUSAL) { header.sequence } else { 0 }
}

/// What is sent in place of a frame that is longer than the ring takes: the same without its words, or, of a decision,
/// that it cannot be had. Its event was decided all the same, which the status must not deny.
pub(super) fn in_place_of(frame: &Frame, max: usize) -> Frame {
    let length = frame.payload.len();
    let sequence = frame.header.sequence;
    match frame.header.kind {
        kind::DECISION => {
            let message =
                format!("the event was decided, and its decision of {length} bytes is over the {max} of a frame");
            let lost = Error::new(Status::DataLoss, codes::FRAME_TOO_LARGE, message, Place::None)
                .suggest("start the server with larger lanes");
            write_refusal(sequence, &lost)
        }
        kind::REFUSAL => {
            let refused = proto::Refusal::decode(&frame.payload[..]).map(error::from_proto);
            write_refusal(sequence, &without_words(refused.ok()))
        }
        _ => {
            let end = proto::Done::decode(&frame.payload[..]).map(session::read_done).ok();
            let (status, watermark) = end.as_ref().map_or((Status::Internal, 0), |end| (end.status, end.watermark));
            let error = Some(without_words(end.and_then(|end| end.error)));
            let done = session::done(&fishplate::session::Final { status, watermark, error });
            Frame::new(kind::DONE, 0, done.encode_to_vec())
        }
    }
}

fn without_words(error: Option<Error>) -> Error {
    let (status, code) = error.map_or((Status::Internal, codes::INTERNAL), |error| (error.status, error.code()));
    Error::new(status, code, "the reason is longer than a frame of the ring", Place::None)
}

fn malformed(what: &str) -> Error {
    session::mistake(format_args!("{what} frame is malformed"))
}
