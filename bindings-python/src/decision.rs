//! `fishplate.Decision`: a plain, immutable value. It holds the core's decision and makes Python's values of it when
//! they are asked for; a pickle carries the plain parts. Knows no engines and no locks.

use fishplate::{DecisionError, Timer, Value};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::plain::{self, Plain};
use crate::times::PyTimestamp;
use crate::trace::PyTraceContext;
use crate::values_out::{to_dict, to_python};

/// What was decided of one event, and why.
#[pyclass(frozen, name = "Decision", module = "fishplate")]
pub(crate) struct PyDecision(Held);

enum Held {
    Decided(Box<fishplate::Decision>),
    Unpickled(Box<Plain>),
}

impl From<fishplate::Decision> for PyDecision {
    fn from(decision: fishplate::Decision) -> Self {
        Self(Held::Decided(Box::new(decision)))
    }
}

/// Reads one field of either form.
macro_rules! held {
    ($decision:expr, $decided:ident => $from_decided:expr, $plain:ident => $from_plain:expr) => {
        match &$decision.0 {
            Held::Decided($decided) => $from_decided,
            Held::Unpickled($plain) => $from_plain,
        }
    };
}

#[pymethods]
impl PyDecision {
    /// The decision's id, 16 bytes.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.id_bytes())
    }

    /// The version of the rule set that decided, 32 bytes.
    #[getter]
    fn version<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, held!(self, decided => decided.version(), plain => &plain.version))
    }

    /// The event was late.
    #[getter]
    fn late(&self) -> bool {
        held!(self, decided => decided.late(), plain => plain.late)
    }

    /// The event's id was seen before.
    #[getter]
    fn repeated(&self) -> bool {
        held!(self, decided => decided.repeated(), plain => plain.repeated)
    }

    /// The outputs that have a value; a new dict each time.
    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        held!(self, decided => to_dict(py, decided.outputs()), plain => to_dict(py, named(&plain.outputs)))
    }

    /// Ids of the live rules that fired.
    #[getter]
    fn matched<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        held!(self, decided => names(py, decided.matched()), plain => PyTuple::new(py, &plain.matched))
    }

    /// The features that the matched rules name; a new dict each time.
    #[getter]
    fn features<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        held!(self, decided => to_dict(py, decided.features()), plain => to_dict(py, named(&plain.features)))
    }

    /// What ended in an error.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        errors(py, held!(self, decided => decided.errors(), plain => &plain.errors))
    }

    /// Ids of the shadow rules that fired.
    #[getter]
    fn shadow_matched<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        held!(self, decided => names(py, decided.shadow_matched()), plain => PyTuple::new(py, &plain.shadow_matched))
    }

    /// What ended in an error of the shadow rules.
    #[getter]
    fn shadow_errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        errors(py, held!(self, decided => decided.shadow_errors(), plain => &plain.shadow_errors))
    }

    /// The event's trace with the decision's own span.
    #[getter]
    fn trace(&self) -> Option<PyTraceContext> {
        held!(self, decided => decided.trace(), plain => plain.trace).map(PyTraceContext)
    }

    /// The trace context that came with the event.
    #[getter]
    fn parent(&self) -> Option<PyTraceContext> {
        held!(self, decided => decided.parent(), plain => plain.parent).map(PyTraceContext)
    }

    /// The rule that fired by itself.
    #[getter]
    fn timer<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        held!(self, decided => decided.timer(), plain => plain.timer.as_ref())
            .map(|timer| record(py, timer))
            .transpose()
    }

    /// The decision as JSON can hold it.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static TO_DICT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        TO_DICT.import(slf.py(), "fishplate._records", "decision_to_dict")?.call1((slf,))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast_exact::<Self>()
            .is_ok_and(|other| self.with_plain(|own| other.get().with_plain(|other| own == other)))
    }

    fn __hash__(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.id_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let id: String = self.id_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let (outputs, matched) = (self.outputs(py)?.repr()?, self.matched(py)?.repr()?);
        let late = if self.late() { ", late" } else { "" };
        let repeated = if self.repeated() { ", repeated" } else { "" };
        let timer = match self.timer(py)? {
            Some(timer) => format!(", timer={}", timer.repr()?),
            None => String::new(),
        };
        Ok(format!("<Decision {id}: outputs={outputs}, matched={matched}{late}{repeated}{timer}>"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let own = slf.get();
        let mut parts = vec![
            own.id(py).into_any(),
            own.version(py).into_any(),
            (own.late(), own.repeated()).into_pyobject(py)?.into_any(),
            own.outputs(py)?.into_any(),
            own.matched(py)?.into_any(),
            own.features(py)?.into_any(),
            own.errors(py)?.into_any(),
            own.shadow_matched(py)?.into_any(),
            own.shadow_errors(py)?.into_any(),
            (own.trace(), own.parent()).into_pyobject(py)?.into_any(),
        ];
        // Only where there is one: an earlier version reads the pickles of all other decisions.
        parts.extend(own.timer(py)?);
        let parts = PyTuple::new(py, parts)?;
        Ok((py.import("fishplate._native")?.getattr("_decision_from_parts")?, parts))
    }
}

impl From<Plain> for PyDecision {
    fn from(plain: Plain) -> Self {
        Self(Held::Unpickled(Box::new(plain)))
    }
}

impl PyDecision {
    fn id_bytes(&self) -> [u8; 16] {
        held!(self, decided => decided.id(), plain => plain.id)
    }

    fn with_plain<R>(&self, use_it: impl FnOnce(&Plain) -> R) -> R {
        held!(self, decided => use_it(&Plain::from(&**decided)), plain => use_it(plain))
    }
}

fn named(values: &[(String, Value)]) -> impl Iterator<Item = (&str, &Value)> {
    values.iter().map(|(name, value)| (name.as_str(), value))
}

fn names<'py, 'n>(py: Python<'py>, names: impl Iterator<Item = &'n str>) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, names.collect::<Vec<_>>())
}

/// `fishplate.Timer`
fn record<'py>(py: Python<'py>, timer: &Timer) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let key = timer.key.iter().map(|value| to_python(py, value)).collect::<PyResult<Vec<_>>>()?;
    let class = CLASS.import(py, "fishplate._records", "Timer")?;
    class.call1((&*timer.rule, PyTuple::new(py, key)?, PyTimestamp(timer.due)))
}

fn errors<'py>(py: Python<'py>, errors: &[DecisionError]) -> PyResult<Bound<'py, PyTuple>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if errors.is_empty() {
        return Ok(PyTuple::empty(py));
    }
    let class = CLASS.import(py, "fishplate._records", "DecisionError")?;
    let made = errors.iter().map(|error| {
        let (kind, name) = plain::subject(error);
        class.call1((kind, name, error.code.to_string(), error.line, error.column, &error.message))
    });
    PyTuple::new(py, made.collect::<PyResult<Vec<_>>>()?)
}
