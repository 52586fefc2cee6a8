//! What a caller gives as an event: bytes in the format that is said, or a mapping, and the features that it brings.
//! Nothing is sniffed. Knows no engines and no locks.

use fishplate::{Body, Error, Event, HostFields, TraceContext, codes};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::trace::PyTraceContext;
use crate::values_in::{as_dict, copy_buffer, describe, is_mutable_buffer};

/// How bytes are to be read, as the caller said it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Nothing: bytes are protobuf, and mappings are welcome.
    Unsaid,
    /// `format="protobuf"`
    Protobuf,
    /// `format="json"`
    Json,
}

impl Format {
    pub(crate) fn parse(format: Option<&str>) -> PyResult<Self> {
        match format {
            None => Ok(Self::Unsaid),
            Some("protobuf") => Ok(Self::Protobuf),
            Some("json") => Ok(Self::Json),
            Some(other) => {
                Err(PyValueError::new_err(format!("format is 'protobuf', 'json' or None, and is {other:?}")))
            }
        }
    }
}

/// One event with all that belongs to it, held for as long as it is decided.
pub(crate) struct Given<'py> {
    pub(crate) input: Input<'py>,
    pub(crate) trace: Option<TraceContext>,
    /// Values by the names of features; `None`: none.
    pub(crate) features: Option<Bound<'py, PyDict>>,
}

/// What happened, as the caller has it.
pub(crate) enum Input<'py> {
    /// Immutable, so it is read where it is, also without the GIL.
    Bytes(Bound<'py, PyBytes>),
    /// Text whose UTF-8 form Python keeps.
    Text(Bound<'py, PyString>),
    /// Bytes that could change while they are read, hence a copy.
    Copied(Vec<u8>),
    /// Fields by name.
    Fields(Bound<'py, PyDict>),
    /// No event at all: a refusal in its own place.
    Wrong(Error),
}

impl<'py> Input<'py> {
    /// Takes `event`. An exception that a custom mapping raises while it is copied goes on to the caller.
    pub(crate) fn take(event: &Bound<'py, PyAny>, format: Format) -> PyResult<Self> {
        if let Ok(bytes) = event.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone()));
        }
        if let Ok(dict) = event.cast_exact::<PyDict>() {
            return Ok(Self::fields(dict.clone(), format));
        }
        if is_mutable_buffer(event) {
            return copy_buffer(event).map(Self::Copied);
        }
        if let Ok(text) = event.cast::<PyString>() {
            return Ok(Self::text(text, format));
        }
        Ok(match as_dict(event)? {
            Some(dict) => Self::fields(dict, format),
            None => wrong(format!("an event is bytes or a mapping, not {}", describe(event))),
        })
    }

    fn fields(dict: Bound<'py, PyDict>, format: Format) -> Self {
        match format {
            Format::Unsaid => Self::Fields(dict),
            Format::Protobuf => wrong("an event with format=\"protobuf\" is bytes, not a mapping".into()),
            Format::Json => wrong("an event with format=\"json\" is bytes or str, not a mapping".into()),
        }
    }

    fn text(text: &Bound<'py, PyString>, format: Format) -> Self {
        match (format, text.to_str()) {
            (Format::Json, Ok(_)) => Self::Text(text.clone()),
            (Format::Json, Err(_)) => {
                Self::Wrong(Error::field(codes::INVALID_UTF8, "", "the text holds a lone surrogate"))
            }
            _ => wrong("an event is bytes or a mapping, not a str; for JSON say format=\"json\"".into()),
        }
    }

    /// What stands for an event that raised when it was copied.
    pub(crate) fn unreadable(raised: &PyErr, py: Python<'_>) -> Self {
        wrong(format!("the event raised an exception when it was read: {}", raised.value(py)))
    }

    /// The bytes, if it is bytes.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes.as_bytes()),
            Self::Copied(bytes) => Some(bytes),
            Self::Text(text) => text.to_str().ok().map(str::as_bytes),
            Self::Fields(_) | Self::Wrong(_) => None,
        }
    }
}

impl<'py> Given<'py> {
    /// One event, and the keywords that belong to it.
    pub(crate) fn take(
        event: &Bound<'py, PyAny>,
        format: Format,
        trace: Option<TraceContext>,
        features: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let features = features.map(features_of).transpose()?.flatten();
        Ok(Self { input: Input::take(event, format)?, trace, features })
    }

    /// Its bytes, if they are all of it: it can be decided without the GIL.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        if self.features.is_none() { self.input.bytes() } else { None }
    }
}

/// The features of an event: a mapping, or None.
pub(crate) fn features_of<'py>(features: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if features.is_none() {
        return Ok(None);
    }
    let known = as_dict(features)?;
    let wrong = || PyTypeError::new_err(format!("features are a mapping by name or None, not {}", describe(features)));
    known.map(Some).ok_or_else(wrong)
}

/// Bytes in the format that was said.
pub(crate) fn bytes_event(bytes: &[u8], format: Format, trace: Option<TraceContext>) -> Event<'_> {
    let body = if format == Format::Json { Body::Json(bytes) } else { Body::Protobuf(bytes) };
    Event::of(body).with_trace(trace)
}

/// Fields by name.
pub(crate) fn fields_event(fields: &dyn HostFields, trace: Option<TraceContext>) -> Event<'_> {
    Event::fields(fields).with_trace(trace)
}

/// The traces of a batch: one an event, or none at all.
pub(crate) fn traces(traces: Option<&Bound<'_, PyAny>>, events: usize) -> PyResult<Vec<Option<TraceContext>>> {
    let of = |trace: &Bound<'_, PyAny>| if trace.is_none() { Ok(None) } else { trace_of(trace).map(Some) };
    one_an_event("traces", traces, events, of)
}

/// The features of a batch: one mapping an event, or none at all.
pub(crate) fn all_features<'py>(
    features: Option<&Bound<'py, PyAny>>,
    events: usize,
) -> PyResult<Vec<Option<Bound<'py, PyDict>>>> {
    one_an_event("features", features, events, features_of)
}

fn one_an_event<'py, T: Clone>(
    what: &str,
    given: Option<&Bound<'py, PyAny>>,
    events: usize,
    of: impl Fn(&Bound<'py, PyAny>) -> PyResult<Option<T>>,
) -> PyResult<Vec<Option<T>>> {
    let Some(given) = given else { return Ok(vec![None; events]) };
    let taken = given.try_iter()?.map(|one| of(&one?)).collect::<PyResult<Vec<_>>>()?;
    if taken.len() == events {
        return Ok(taken);
    }
    let taken = taken.len();
    Err(PyValueError::new_err(format!("{taken} {what} for {events} events; one an event, None where it has none")))
}

fn trace_of(trace: &Bound<'_, PyAny>) -> PyResult<TraceContext> {
    match trace.cast::<PyTraceContext>() {
        Ok(trace) => Ok(trace.get().0),
        Err(_) => {
            Err(PyTypeError::new_err(format!("a trace is a fishplate.TraceContext or None, not {}", describe(trace))))
        }
    }
}

fn wrong(message: String) -> Input<'static> {
    Input::Wrong(Error::field(codes::WRONG_FIELD_TYPE, "", message))
}
