//! The current OpenTelemetry span as a trace context, where the program uses OpenTelemetry. It is never imported from
//! here: a program that has not imported it has no current span.

use fishplate::TraceContext;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// The trace context of the current span; `None` if OpenTelemetry is not in use, or no span is current.
pub(crate) fn current_trace(py: Python<'_>) -> PyResult<Option<TraceContext>> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let modules = MODULES
        .get_or_try_init(py, || Ok::<_, PyErr>(py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?.unbind()))?
        .bind(py);
    let Some(api) = modules.get_item(pyo3::intern!(py, "opentelemetry.trace"))? else { return Ok(None) };
    let span = api.call_method0(pyo3::intern!(py, "get_current_span"))?;
    let context = span.call_method0(pyo3::intern!(py, "get_span_context"))?;
    if !context.getattr(pyo3::intern!(py, "is_valid"))?.is_truthy()? {
        return Ok(None);
    }
    let trace_id: u128 = context.getattr(pyo3::intern!(py, "trace_id"))?.extract()?;
    let span_id: u64 = context.getattr(pyo3::intern!(py, "span_id"))?.extract()?;
    let flags: u8 = context.getattr(pyo3::intern!(py, "trace_flags"))?.extract()?;
    Ok(Some(TraceContext { trace_id: trace_id.to_be_bytes(), span_id: span_id.to_be_bytes(), flags }))
}
