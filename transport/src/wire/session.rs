//! What opens, carries and ends a session ⇄ the core's messages. gRPC puts several into one request or response; the ring one
//! into each frame.

use std::time::Duration;

use fishplate::session::{Credit, Final, Open, SessionId, Signal, Terms, Window};
use fishplate::{Decision, Error, Place, Status, TraceContext, codes};

use super::proto::{self, DecideRequest, DecideResponse, event, outcome};
use super::{decision, error};
use crate::hub::{InBody, Inbound};

/// The longest that protobuf's own rules allow a duration to be.
const LONGEST_SECONDS: u64 = 315_576_000_000;

/// The request that opens or resumes a session: the first of a connection.
pub fn open_request(open: &Open, rule_set: &str) -> DecideRequest {
    DecideRequest {
        session_id: open.session.to_vec().into(),
        epoch: open.epoch,
        open: Some(proto::Open {
            rule_set: rule_set.to_owned(),
            resume: open.resume,
            received: open.received,
            window_events: open.window.events,
            window_bytes: open.window.bytes,
            deadline: open.terms.deadline.map(written),
            idle_timeout: open.terms.idle_timeout.map(written),
            max_age: open.terms.max_age.map(written),
            drain_timeout: Some(written(open.terms.drain)),
        }),
        ..DecideRequest::default()
    }
}

/// Reads the first request of a connection: how the session is opened, and the rule set's name. `window` is what a client gets
/// that names none.
///
/// # Errors
/// `INVALID_ARGUMENT`: it opens nothing, or its session id is none (F0858); a time that is negative or too long (F0809).
pub fn read_open(request: &DecideRequest, window: Window) -> Result<(Open, String), Error> {
    let session = session_id(&request.session_id)?;
    let open = request.open.as_ref().ok_or_else(|| mistake("the first request of a connection opens the session"))?;
    let or = |asked: u64, default: u64| if asked == 0 { default } else { asked };
    let window = Window { events: or(open.window_events, window.events), bytes: or(open.window_bytes, window.bytes) };
    let terms = Terms {
        deadline: read_time(open.deadline.as_ref(), "deadline")?,
        idle_timeout: read_time(open.idle_timeout.as_ref(), "idle_timeout")?,
        max_age: read_time(open.max_age.as_ref(), "max_age")?,
        drain: read_time(open.drain_timeout.as_ref(), "drain_timeout")?.unwrap_or(Terms::default().drain),
    };
    let open_as = Open { session, epoch: request.epoch, resume: open.resume, received: open.received, window, terms };
    Ok((open_as, open.rule_set.clone()))
}

/// Reads a session's id.
///
/// # Errors
/// `INVALID_ARGUMENT` (F0858): not 16 bytes, or all zero.
pub fn session_id(bytes: &[u8]) -> Result<SessionId, Error> {
    let id = SessionId::try_from(bytes).ok().filter(|id| *id != [0; 16]);
    id.ok_or_else(|| mistake("a session's id is 16 bytes and not all zero"))
}

fn written(time: Duration) -> prost_types::Duration {
    let seconds = time.as_secs().min(LONGEST_SECONDS);
    prost_types::Duration { seconds: seconds as i64, nanos: time.subsec_nanos() as i32 }
}

fn read_time(time: Option<&prost_types::Duration>, name: &str) -> Result<Option<Duration>, Error> {
    let Some(time) = time else { return Ok(None) };
    let seconds = u64::try_from(time.seconds).ok().filter(|seconds| *seconds <= LONGEST_SECONDS);
    let nanos = u32::try_from(time.nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    let read = seconds.zip(nanos).map(|(seconds, nanos)| Duration::new(seconds, nanos));
    read.map(Some).ok_or_else(|| {
        let message = "a time is not negative, and at most 10,000 years";
        Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name(name.to_owned()))
    })
}

/// What ends the client's side.
pub fn signal(signal: Signal) -> proto::Signal {
    match signal {
        Signal::HalfClose => proto::Signal::HalfClose,
        Signal::Cancel => proto::Signal::Cancel,
    }
}

/// Reads what ends the client's side; `None`: nothing does.
///
/// # Errors
/// `INVALID_ARGUMENT` (F0858): a signal that this server does not know.
pub fn read_signal(number: i32) -> Result<Option<Signal>, Error> {
    match proto::Signal::try_from(number) {
        Ok(proto::Signal::Unspecified) => Ok(None),
        Ok(proto::Signal::HalfClose) => Ok(Some(Signal::HalfClose)),
        Ok(proto::Signal::Cancel) => Ok(Some(Signal::Cancel)),
        Err(_) => Err(mistake(format_args!("signal {number} does not exist"))),
    }
}

/// Reads an event; one without a trace of its own takes `trace`. An event without a body is an event nevertheless: it has a
/// sequence, and its outcome is a refusal.
pub fn inbound(event: proto::Event, trace: Option<TraceContext>) -> Inbound {
    let body = match event.body {
        Some(event::Body::Protobuf(bytes)) => InBody::Protobuf(bytes),
        Some(event::Body::Json(bytes)) => InBody::Json(bytes),
        Some(event::Body::Fields(bytes)) => InBody::Fields(bytes),
        None => InBody::Missing,
    };
    // Malformed contexts are ignored, as in headers.
    let own = <&[u8; 25]>::try_from(&event.trace[..]).ok().and_then(TraceContext::from_bytes);
    let deadline = event.deadline.map(|at| at.seconds.saturating_mul(1_000_000_000).saturating_add(at.nanos.into()));
    Inbound { body, trace: own.or(trace), preview: event.preview, deadline, features: event.features }
}

/// Writes when an event expires.
pub fn event_deadline(unix_nanos: i64) -> prost_types::Timestamp {
    const NANOS: i64 = 1_000_000_000;
    prost_types::Timestamp { seconds: unix_nanos.div_euclid(NANOS), nanos: unix_nanos.rem_euclid(NANOS) as i32 }
}

/// The first response of a connection.
pub fn welcome(
    (session, epoch): (SessionId, u64),
    (name, version): (String, [u8; 32]),
    accepted: u64,
    granted: Credit,
) -> DecideResponse {
    DecideResponse {
        session_id: session.to_vec().into(),
        epoch,
        welcome: Some(proto::Welcome { rule_set: name, rule_set_version: version.to_vec().into(), features: true }),
        ack: accepted,
        credit: Some(credit(granted)),
        ..DecideResponse::default()
    }
}

/// What a welcome says of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcomed {
    /// The rule set's name and version.
    pub rule_set: (String, [u8; 32]),
    /// It reads the features that events bring.
    pub features: bool,
}

/// Reads what a welcome says of the server.
///
/// # Errors
/// `INTERNAL` (F0858): a version of another length.
pub fn read_welcome(welcome: proto::Welcome) -> Result<Welcomed, Error> {
    let version = welcome.rule_set_version[..].try_into();
    let version = version.map_err(|_| error::broken("a rule-set version that is not 32 bytes"))?;
    Ok(Welcomed { rule_set: (welcome.rule_set, version), features: welcome.features })
}

/// Writes what may be sent.
pub fn credit(credit: Credit) -> proto::Credit {
    proto::Credit { sequence: credit.sequence, bytes: credit.bytes }
}

/// Reads what may be sent.
pub fn read_credit(credit: proto::Credit) -> Credit {
    Credit { sequence: credit.sequence, bytes: credit.bytes }
}

/// Writes what became of an event.
pub fn outcome(sequence: u64, outcome: &Result<Decision, Error>) -> proto::Outcome {
    let result = match outcome {
        Ok(decided) => outcome::Result::Decision(decision::to_proto(decided)),
        Err(refused) => outcome::Result::Refusal(error::to_proto(refused)),
    };
    proto::Outcome { sequence, result: Some(result) }
}

/// Reads what became of an event.
///
/// # Errors
/// `INTERNAL` (F0858): neither decided nor refused, or a decision that is none.
pub fn read_outcome(outcome: proto::Outcome) -> Result<(u64, Result<Decision, Error>), Error> {
    let result = match outcome.result {
        Some(outcome::Result::Decision(decided)) => Ok(decision::from_proto(decided)?),
        Some(outcome::Result::Refusal(refused)) => Err(error::from_proto(refused)),
        None => return Err(error::broken("an outcome that is neither a decision nor a refusal")),
    };
    Ok((outcome.sequence, result))
}

/// Writes a session's last word.
pub fn done(end: &Final) -> proto::Done {
    proto::Done {
        status: end.status as i32,
        watermark: end.watermark,
        refusal: end.error.as_ref().map(error::to_proto),
    }
}

/// Reads a session's last word.
pub fn read_done(done: proto::Done) -> Final {
    Final {
        status: Status::from_number(done.status).unwrap_or(Status::Unknown),
        watermark: done.watermark,
        error: done.refusal.map(error::from_proto),
    }
}

/// The client said something that it may not say.
pub fn mistake(what: impl std::fmt::Display) -> Error {
    Error::new(Status::InvalidArgument, codes::PEER_MISTAKE, what.to_string(), Place::None)
}
