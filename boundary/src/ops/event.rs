//! An event as it comes over the border: bytes, the form that they have, and the features that may stand before them.

use fishplate::{Error, Event, TraceContext};
use fishplate_transport::{Body, Features, Outgoing};

use crate::layout::fields::Fields;
use crate::layout::reader::{Malformed, Reader};
use crate::raw::malformed;
use crate::storage::bad_argument;

/// Added to a form: the bytes are the layout `featured`.
pub const WITH_FEATURES: u32 = 16;

/// How the bytes of events are to be read, as the caller said it.
#[derive(Clone, Copy)]
pub(super) struct Form {
    layout: Layout,
    has_features: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Protobuf,
    Json,
    Fields,
}

impl Form {
    /// The form that `format` names.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0809): it names none.
    pub(super) fn of(format: u32) -> Result<Self, Error> {
        let layout = match format & !WITH_FEATURES {
            1 => Layout::Protobuf,
            2 => Layout::Json,
            3 => Layout::Fields,
            _ => {
                let known = "1 protobuf, 2 JSON, 3 fields; 16 more if it brings features";
                return Err(bad_argument("format", format!("{format} is no form of an event: {known}")));
            }
        };
        Ok(Self { layout, has_features: format & WITH_FEATURES != 0 })
    }

    /// The form of bytes that are handed over as they are: an event that is wrong is refused in its own place. None where
    /// a record stands around them, which may be wrong itself.
    pub(super) fn plain(self) -> Option<fn(&[u8]) -> Event<'_>> {
        match (self.layout, self.has_features) {
            (Layout::Protobuf, false) => Some(|bytes| Event::protobuf(bytes)),
            (Layout::Json, false) => Some(|bytes| Event::json(bytes)),
            _ => None,
        }
    }
}

/// An event that came, read as far as the border goes.
pub(super) struct Came<'a> {
    features: Option<Fields<'a>>,
    body: CameBody<'a>,
}

enum CameBody<'a> {
    Protobuf(&'a [u8]),
    Json(&'a [u8]),
    Fields(Fields<'a>),
}

impl<'a> Came<'a> {
    /// Reads `bytes`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` (F0809): they are not the layout that the form says.
    pub(super) fn read(form: Form, bytes: &'a [u8]) -> Result<Self, Error> {
        let (features, bytes) = if form.has_features { divide(bytes)? } else { (None, bytes) };
        let body = match form.layout {
            Layout::Protobuf => CameBody::Protobuf(bytes),
            Layout::Json => CameBody::Json(bytes),
            Layout::Fields => {
                CameBody::Fields(Fields::new(bytes).map_err(|wrong| malformed("event", "fields", wrong))?)
            }
        };
        Ok(Self { features, body })
    }

    /// For an engine of this process.
    pub(super) fn event(&self, trace: Option<TraceContext>) -> Event<'_> {
        let event = match &self.body {
            CameBody::Protobuf(bytes) => Event::protobuf(bytes),
            CameBody::Json(bytes) => Event::json(bytes),
            CameBody::Fields(fields) => Event::fields(fields),
        }
        .with_trace(trace);
        match &self.features {
            None => event,
            Some(features) => event.with_features(features),
        }
    }

    /// For a session.
    pub(super) fn outgoing(&self) -> Outgoing<'_> {
        let body = match &self.body {
            CameBody::Protobuf(bytes) => Body::Protobuf(bytes),
            CameBody::Json(bytes) => Body::Json(bytes),
            CameBody::Fields(fields) => Body::Fields(fields),
        };
        Outgoing { features: self.features.as_ref().map(|features| Features::Map(features)), ..Outgoing::new(body) }
    }
}

/// The features, if there are any, and what stands behind them.
fn divide(bytes: &[u8]) -> Result<(Option<Fields<'_>>, &[u8]), Error> {
    let wrong = |wrong: Malformed| malformed("event", "featured", wrong);
    let mut reader = Reader::at(bytes, 0);
    let features = reader.bytes().map_err(wrong)?;
    let body = &bytes[reader.position()..];
    if features.is_empty() {
        return Ok((None, body));
    }
    // Places are told from the start of all the bytes.
    let shifted = |inner: Malformed| wrong(Malformed { at: inner.at + 4 });
    Ok((Some(Fields::new(features).map_err(shifted)?), body))
}

#[cfg(test)]
mod tests {
    use fishplate::{HostValue, codes};

    use super::*;
    use crate::layout::sink::Sink;

    fn featured(body: &[u8]) -> Vec<u8> {
        let mut memory = vec![0; 256];
        let mut sink = Sink::over(&mut memory);
        sink.u32(4 + 4 + 4 + 1 + 8);
        sink.u32(1);
        sink.text("risk");
        sink.u8(2);
        sink.raw(&7_i64.to_le_bytes());
        sink.raw(body);
        let size = sink.size();
        memory.truncate(size);
        memory
    }

    #[test]
    fn features_stand_before_a_body_of_any_form() {
        let bytes = featured(b"{}");
        let came = Came::read(Form::of(WITH_FEATURES + 2).expect("a form"), &bytes).expect("well formed");
        let event = came.event(None);
        let Some(fishplate::Supplied::Fields(features)) = event.supplied else { panic!("they came") };
        assert_eq!(features.len(), 1);
        assert!(matches!(features.get("risk"), Some(HostValue::Int(7))));
        assert!(matches!(event.body, fishplate::Body::Json(b"{}")));
        assert!(came.outgoing().features.is_some());

        let fields = featured(&[0; 4]);
        let came = Came::read(Form::of(WITH_FEATURES + 3).expect("a form"), &fields).expect("well formed");
        assert!(matches!(came.event(None).body, fishplate::Body::Fields(_)));
    }

    #[test]
    fn no_bytes_of_features_are_no_features() {
        let came = Came::read(Form::of(WITH_FEATURES + 1).expect("a form"), &[0, 0, 0, 0, 8, 1]).expect("well formed");
        assert!(came.event(None).supplied.is_none() && came.outgoing().features.is_none());
        assert!(matches!(came.event(None).body, fishplate::Body::Protobuf([8, 1])));
    }

    #[test]
    fn features_that_are_cut_or_malformed_are_refused() {
        let form = Form::of(WITH_FEATURES + 2).expect("a form");
        let whole = featured(b"");
        for end in 0..whole.len() {
            let refused = Came::read(form, &whole[..end]).err().expect("cut");
            assert_eq!(refused.code(), codes::BAD_ARGUMENT, "cut at {end}");
        }
        let mut wrong = whole;
        wrong[16] = 77;
        assert!(Came::read(form, &wrong).is_err(), "no tag");
    }

    #[test]
    fn there_are_three_forms_with_and_without_features() {
        for format in [1, 2, 3, 17, 18, 19] {
            assert!(Form::of(format).is_ok(), "{format}");
        }
        for format in [0, 4, 15, 16, 20, 33, 34, u32::MAX] {
            assert_eq!(Form::of(format).err().map(|error| error.code()), Some(codes::BAD_ARGUMENT), "{format}");
        }
    }
}
