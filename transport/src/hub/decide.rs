//! One event of a session, decided: what a driver brings in, and how an engine is asked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use fishplate::session::{SessionId, Weight};
use fishplate::{Decision, Error, Event, Place, Status, TraceContext, codes};
use fishplate_store::keeper::Delivery;

use crate::decider::{Decider, Keeps};
use crate::kept::noted;
use crate::wire::fields::Fields;

/// An event as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// What happened.
    pub body: InBody,
    /// Where it belongs; `None` if the sender gave none.
    pub trace: Option<TraceContext>,
    /// Say what would be decided, and change nothing.
    pub preview: bool,
    /// The last moment at which it may be decided, in nanoseconds since the Unix epoch.
    pub deadline: Option<i64>,
    /// Values of supplied features, by name: an encoded `fishplate.v1.Map`; empty: none.
    pub features: Bytes,
}

/// The forms of an event that travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InBody {
    /// A serialised protobuf message of the rule set's event type.
    Protobuf(Bytes),
    /// UTF-8 JSON by the proto3 JSON mapping.
    Json(Bytes),
    /// Fields by name: an encoded `fishplate.v1.Map`.
    Fields(Bytes),
    /// The sender left it out, or sent a form that this version does not know: refused in its own place.
    Missing,
}

impl Weight for Inbound {
    /// The bytes of the body and of the features: the same number on both ends.
    fn weight(&self) -> u64 {
        let body = match &self.body {
            InBody::Protobuf(bytes) | InBody::Json(bytes) | InBody::Fields(bytes) => bytes.len(),
            InBody::Missing => 0,
        };
        (body + self.features.len()) as u64
    }
}

/// Asks `decider` at the time of day `now`; `origin` is the session and the event's sequence in it.
pub(crate) fn decide(
    decider: &dyn Decider,
    event: &Inbound,
    origin: Option<(SessionId, u64)>,
    now: i64,
) -> Result<Decision, Error> {
    ask(event, origin, now, |asked| decider.decide(asked, event.preview))?
}

/// The same for an engine that is kept: what became of the event is kept with it.
///
/// # Errors
/// The keeper has stopped.
pub(super) fn keep(
    keeps: &dyn Keeps,
    event: &Inbound,
    delivery: Delivery,
    now: i64,
) -> Result<Result<Decision, Error>, Error> {
    let origin = Some((delivery.session, delivery.sequence));
    match ask(event, origin, now, |asked| keeps.decide(asked, event.preview, delivery)) {
        Ok(asked) => asked,
        Err(refusal) => {
            let refused = Err(refusal);
            keeps.note(delivery, noted(&refused))?;
            Ok(refused)
        }
    }
}

/// Hands the event to `ask`.
///
/// # Errors
/// It cannot be handed over, or `ask` panicked.
fn ask<R>(
    event: &Inbound,
    origin: Option<(SessionId, u64)>,
    now: i64,
    ask: impl FnOnce(Event<'_>) -> R,
) -> Result<R, Error> {
    if let Some(deadline) = event.deadline {
        check_deadline(deadline, now)?;
    }
    let fields;
    let asked = match &event.body {
        InBody::Protobuf(bytes) => Event::protobuf(bytes),
        InBody::Json(bytes) => Event::json(bytes),
        InBody::Fields(bytes) => {
            fields = Fields::read(bytes)?;
            Event::fields(&fields)
        }
        InBody::Missing => return Err(missing()),
    };
    let asked = Event { origin, ..asked.with_trace(event.trace) };
    let features = Fields::read(&event.features).map_err(of_features)?;
    let asked = if event.features.is_empty() { asked } else { asked.with_features(&features) };
    // A mistake of ours in one event must not take a server's other sessions with it. The engine behind the decider knows
    // for itself whether it may go on.
    catch_unwind(AssertUnwindSafe(|| ask(asked))).map_err(|_| panicked())
}

fn check_deadline(deadline: i64, now: i64) -> Result<(), Error> {
    if now <= deadline {
        return Ok(());
    }
    let late = std::time::Duration::from_nanos(now.abs_diff(deadline)).as_millis();
    let message = format!("the event's turn came {late} ms after its deadline");
    Err(Error::new(Status::DeadlineExceeded, codes::EVENT_EXPIRED, message, Place::Field(String::new())))
}

/// What is wrong with the features as such, at their own place.
fn of_features(mut error: Error) -> Error {
    error.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.place = Place::Field("features".into()));
    error
}

fn missing() -> Error {
    let message = "an event without a body: neither protobuf, nor json, nor fields";
    Error::field(codes::MALFORMED_PROTOBUF, "", message)
}

fn panicked() -> Error {
    let message = "an event brought a mistake of Fishplate to light";
    Error::new(Status::Internal, codes::INTERNAL, message, Place::Field(String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_late_only_after_its_deadline() {
        assert_eq!(check_deadline(1_000, 1_000), Ok(()));
        let late = check_deadline(1_000_000, 3_000_001).expect_err("two milliseconds late");
        assert_eq!((late.status, late.code()), (Status::DeadlineExceeded, codes::EVENT_EXPIRED));
        assert!(late.to_string().contains("2 ms after"), "{late}");
    }
}
