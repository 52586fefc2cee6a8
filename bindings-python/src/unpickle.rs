//! A decision put together from the plain parts that a pickle carries. Knows no rule sets and no engines.

use fishplate::{DecisionError, HostFields, HostList, HostValue, Map, Timer, Value};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::decision::PyDecision;
use crate::plain::{self, Plain};
use crate::times::PyTimestamp;
use crate::trace::PyTraceContext;
use crate::values_in::{Entries, Fields, Names, Reading};

type Traces<'py> = (Option<Bound<'py, PyTraceContext>>, Option<Bound<'py, PyTraceContext>>);

/// What `Decision.__reduce__` names. Not for callers.
#[pyfunction(name = "_decision_from_parts")]
#[pyo3(signature = (id, version, flags, outputs, matched, features, errors, shadow_matched, shadow_errors, traces, timer = None))]
#[allow(clippy::too_many_arguments)] // the parts of a decision, in the order in which a pickle carries them
pub(crate) fn decision_from_parts(
    id: &[u8],
    version: &[u8],
    flags: (bool, bool),
    outputs: Bound<'_, PyDict>,
    matched: Vec<String>,
    features: Bound<'_, PyDict>,
    errors: Bound<'_, PyTuple>,
    shadow_matched: Vec<String>,
    shadow_errors: Bound<'_, PyTuple>,
    traces: Traces<'_>,
    timer: Option<Bound<'_, PyAny>>,
) -> PyResult<PyDecision> {
    let plain = Plain {
        id: id.try_into().map_err(|_| broken("an id has 16 bytes"))?,
        version: version.try_into().map_err(|_| broken("a version has 32 bytes"))?,
        late: flags.0,
        repeated: flags.1,
        outputs: named(outputs)?,
        matched,
        features: named(features)?,
        errors: errors_of(&errors)?,
        shadow_matched,
        shadow_errors: errors_of(&shadow_errors)?,
        trace: traces.0.map(|trace| trace.get().0),
        parent: traces.1.map(|trace| trace.get().0),
        timer: timer.map(|timer| timer_of(&timer)).transpose()?,
    };
    Ok(plain.into())
}

fn broken(why: &str) -> PyErr {
    PyValueError::new_err(format!("these are not the parts of a decision: {why}"))
}

fn named(values: Bound<'_, PyDict>) -> PyResult<Vec<(String, Value)>> {
    let py = values.py();
    let names = Names::new(py, std::iter::empty());
    let reading = Reading::new(py, &names);
    let fields = Fields::new(values, &reading);
    let entries = (0..fields.len()).filter_map(|at| fields.entry(at));
    let named = entries.map(|(name, value)| match name {
        HostValue::String(name) => Ok((name.into_owned(), value_of(value)?)),
        _ => Err(broken("a name is a str")),
    });
    named.collect()
}

fn errors_of(errors: &Bound<'_, PyTuple>) -> PyResult<Vec<DecisionError>> {
    let text = |error: &Bound<'_, PyAny>, name: &str| error.getattr(name)?.extract::<String>();
    let number = |error: &Bound<'_, PyAny>, name: &str| error.getattr(name)?.extract::<u32>();
    let read = |error: Bound<'_, PyAny>| {
        let (kind, name, code) = (text(&error, "kind")?, text(&error, "name")?, text(&error, "code")?);
        let (line, column) = (number(&error, "line")?, number(&error, "column")?);
        plain::error(&kind, &name, &code, line, column, text(&error, "message")?).ok_or_else(|| broken("no such error"))
    };
    errors.iter().map(read).collect()
}

fn timer_of(timer: &Bound<'_, PyAny>) -> PyResult<Timer> {
    let py = timer.py();
    let names = Names::new(py, std::iter::empty());
    let reading = Reading::new(py, &names);
    let key: Bound<'_, PyTuple> = timer.getattr("key")?.extract()?;
    let key = Entries::of_tuple(key, &reading);
    let due: Bound<'_, PyTimestamp> = timer.getattr("due")?.extract()?;
    Ok(Timer { rule: timer.getattr("rule")?.extract::<String>()?.into(), key: values_of(&key)?, due: due.get().0 })
}

fn value_of(value: HostValue<'_>) -> PyResult<Value> {
    Ok(match value {
        HostValue::Null => Value::Null,
        HostValue::Bool(value) => Value::Bool(value),
        HostValue::Int(value) => Value::Int(value),
        HostValue::Uint(value) => Value::Uint(value),
        HostValue::Double(value) => Value::Double(value),
        HostValue::String(value) => Value::String(value.as_ref().into()),
        HostValue::Bytes(value) => Value::Bytes(value.as_ref().into()),
        HostValue::Timestamp(value) => Value::Timestamp(value),
        HostValue::Duration(value) => Value::Duration(value),
        HostValue::List(list) => list_of(list.as_ref())?,
        HostValue::Fields(fields) => map_of(fields.as_ref())?,
        HostValue::Other(what) => return Err(broken(&what)),
    })
}

fn list_of(list: &dyn HostList) -> PyResult<Value> {
    values_of(list).map(|values| Value::List(values.into()))
}

fn values_of(list: &dyn HostList) -> PyResult<Vec<Value>> {
    (0..list.len()).map(|at| value_of(list.get(at))).collect()
}

fn map_of(fields: &dyn HostFields) -> PyResult<Value> {
    let entries = (0..fields.len()).filter_map(|at| fields.entry(at));
    let entries = entries.map(|(key, value)| Ok((value_of(key)?, value_of(value)?))).collect::<PyResult<Vec<_>>>()?;
    Ok(Value::Map(Map::from_entries(entries).into()))
}
