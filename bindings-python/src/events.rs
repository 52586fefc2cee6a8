//! What a caller gives as an event: bytes in the format that is said, or a mapping. Nothing is sniffed. Knows no
//! engines and no locks.

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

/// One event, held for as long as it is decided.
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
    let Some(traces) = traces else { return Ok(vec![None; events]) };
    let mut taken = Vec::with_capacity(events);
    for trace in traces.try_iter()? {
        let trace = trace?;
        taken.push(if trace.is_none() { None } else { Some(trace_of(&trace)?) });
    }
    if taken.len() == events {
        return Ok(taken);
    }
    Err(PyValueError::new_err(format!(
        "{} traces for {events} events; one an event, None where it has none",
        taken.len()
    )))
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
