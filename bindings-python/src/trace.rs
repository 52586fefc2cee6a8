//! `fishplate.TraceContext`: the core's trace context as a Python value. Knows nothing of events or decisions.

use fishplate::TraceContext;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString, PyType};

use crate::entry::enter;

/// Trace id, span id and flags: where an event belongs.
#[pyclass(frozen, eq, hash, name = "TraceContext", module = "fishplate")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PyTraceContext(pub(crate) TraceContext);

#[pymethods]
impl PyTraceContext {
    #[new]
    #[pyo3(signature = (trace_id, span_id, flags = 0))]
    fn new(trace_id: &[u8], span_id: &[u8], flags: u8) -> PyResult<Self> {
        let wrong = |what: &str, bytes: usize| PyValueError::new_err(format!("{what}, and this one has {bytes}"));
        let trace: [u8; 16] = trace_id.try_into().map_err(|_| wrong("a trace id has 16 bytes", trace_id.len()))?;
        let span: [u8; 8] = span_id.try_into().map_err(|_| wrong("a span id has 8 bytes", span_id.len()))?;
        if trace == [0; 16] {
            return Err(PyValueError::new_err(
                "a trace id is never all zero; an event without a trace has none (None)",
            ));
        }
        Ok(Self(TraceContext { trace_id: trace, span_id: span, flags }))
    }

    /// The trace, 16 bytes.
    #[getter]
    fn trace_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.trace_id)
    }

    /// The span, 8 bytes.
    #[getter]
    fn span_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.span_id)
    }

    /// W3C trace flags: bit 0 is `sampled`.
    #[getter]
    fn flags(&self) -> u8 {
        self.0.flags
    }

    /// The W3C form.
    #[getter]
    fn traceparent(&self) -> String {
        self.0.traceparent()
    }

    #[classmethod]
    fn from_headers(class: &Bound<'_, PyType>, headers: &Bound<'_, PyMapping>) -> PyResult<Option<Self>> {
        Self::parse_headers(class, headers).map(|(context, _)| context)
    }

    #[classmethod]
    fn parse_headers(class: &Bound<'_, PyType>, headers: &Bound<'_, PyMapping>) -> PyResult<(Option<Self>, u32)> {
        enter(class.py(), "trace_from_headers", || {
            let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
            for item in headers.items()?.iter() {
                let (name, value): (String, Bound<'_, PyAny>) = item.extract()?;
                pairs.push((name, header_value(&value)?));
            }
            let parsed =
                TraceContext::from_headers(pairs.iter().map(|(name, value)| (name.as_str(), value.as_slice())));
            Ok((parsed.context.map(Self), parsed.ignored))
        })
    }

    fn __str__(&self) -> String {
        self.0.traceparent()
    }

    fn __repr__(&self) -> String {
        format!("TraceContext.from_headers({{'traceparent': '{}'}})", self.0.traceparent())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (Bound<'py, PyBytes>, Bound<'py, PyBytes>, u8)) {
        (py.get_type::<Self>(), (self.trace_id(py), self.span_id(py), self.0.flags))
    }
}

/// A header's value: `str`, or `bytes` (`grpc-trace-bin` has no other form).
fn header_value(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.as_bytes().to_vec());
    }
    match value.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().to_vec()),
        Err(_) => {
            Err(PyTypeError::new_err(format!("a header's value is str or bytes, not {}", value.get_type().name()?)))
        }
    }
}
