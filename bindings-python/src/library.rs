//! What the library says of itself: live objects, error codes, limits. Knows no objects.

use fishplate::{Code, Error, Limits, Place, Status, codes};
use fishplate_boundary::counters;
use fishplate_boundary::table::Object;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt};

use crate::entry::enter;
use crate::errors::to_py_err;

/// Counts the objects that are not freed yet, by kind.
#[pyfunction]
pub(crate) fn live_objects(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    enter(py, "live_objects", || {
        let live = PyDict::new(py);
        live.set_item("rule_set", counters::live(Object::RuleSet))?;
        live.set_item("engine", counters::live(Object::Engine))?;
        live.set_item("session", counters::live(Object::Session))?;
        Ok(live)
    })
}

/// Gives what an error code means.
#[pyfunction]
pub(crate) fn explain_error(code: &Bound<'_, PyAny>) -> PyResult<String> {
    enter(code.py(), "explain_error", || {
        let is_number = code.is_instance_of::<PyInt>();
        let parsed = if is_number { code.extract().ok().map(Code) } else { codes::parse(code.extract()?) };
        match parsed.and_then(codes::explain) {
            Some(explanation) => Ok(explanation.to_string()),
            None => Err(to_py_err(code.py(), &unknown(&code.str()?.to_string_lossy()))),
        }
    })
}

fn unknown(code: &str) -> Error {
    let message = format!("{code} is no error code");
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("code".into()))
        .suggest("codes are written as F0203")
}

/// Gives name, default and meaning of every limit.
#[pyfunction]
pub(crate) fn limits_table(py: Python<'_>) -> PyResult<Vec<(&'static str, u64, &'static str)>> {
    enter(py, "limits", || Ok(Limits::TABLE.to_vec()))
}
