//! The core's errors as Python exceptions. The classes are Python source (`fishplate/errors.py`): the stable ABI cannot
//! extend exceptions. Knows nothing of rule sets, engines or events.

use fishplate::{Diagnostic, Error, Place};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The exception of `error`, ready to raise.
pub(crate) fn to_py_err(py: Python<'_>, error: &Error) -> PyErr {
    match to_exception(py, error) {
        Ok(exception) => PyErr::from_value(exception),
        Err(failure) => failure,
    }
}

/// The exception of `error` as an object: what stands in a refused event's place in a batch.
pub(crate) fn to_exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static REFUSAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let diagnostics = error.diagnostics.iter().map(|one| diagnostic(py, one)).collect::<PyResult<Vec<_>>>()?;
    let diagnostics = pyo3::types::PyTuple::new(py, diagnostics)?;
    REFUSAL.import(py, "fishplate.errors", "refusal")?.call1((error.status as i32, error.to_string(), diagnostics))
}

fn diagnostic<'py>(py: Python<'py>, one: &Diagnostic) -> PyResult<Bound<'py, PyAny>> {
    static DIAGNOSTIC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    DIAGNOSTIC.import(py, "fishplate.errors", "Diagnostic")?.call1((
        one.code.to_string(),
        &one.message,
        place(py, &one.place)?,
        &one.expected,
        one.suggestion.as_deref(),
    ))
}

fn place<'py>(py: Python<'py>, place: &Place) -> PyResult<Option<Bound<'py, PyAny>>> {
    static PLACE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = PLACE.import(py, "fishplate.errors", "Place")?;
    match place {
        Place::None => Ok(None),
        Place::Text { file, line, column, width, source } => {
            class.call1(("text", file, line, column, width, source)).map(Some)
        }
        Place::Field(path) => class.call1(("field", path)).map(Some),
        Place::Name(name) => class.call1(("name", name)).map(Some),
    }
}
