//! Values of decisions → Python's own values. Knows nothing of events.

use fishplate::Value;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::times::{PyDuration, PyTimestamp};

/// `value` as Python has it: None, bool, int, `fishplate.Uint`, float, str, bytes, `fishplate.Timestamp`,
/// `fishplate.Duration`, list, dict.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => Ok(py.None().into_bound(py)),
        Value::Bool(value) => value.into_bound_py_any(py),
        Value::Int(value) => value.into_bound_py_any(py),
        Value::Uint(value) => uint_class(py)?.call1((*value,)),
        Value::Double(value) => value.into_bound_py_any(py),
        Value::String(value) => Ok(PyString::new(py, value).into_any()),
        Value::Bytes(value) => Ok(PyBytes::new(py, value).into_any()),
        Value::Timestamp(value) => PyTimestamp(*value).into_bound_py_any(py),
        Value::Duration(value) => PyDuration(*value).into_bound_py_any(py),
        Value::List(values) => {
            let list = PyList::empty(py);
            values.iter().try_for_each(|value| list.append(to_python(py, value)?))?;
            Ok(list.into_any())
        }
        Value::Map(map) => {
            let dict = PyDict::new(py);
            map.entries()
                .iter()
                .try_for_each(|(key, value)| dict.set_item(to_python(py, key)?, to_python(py, value)?))?;
            Ok(dict.into_any())
        }
    }
}

/// Names and values as a new dict, in their order.
pub(crate) fn to_dict<'py, 'v>(
    py: Python<'py>,
    values: impl Iterator<Item = (&'v str, &'v Value)>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in values {
        dict.set_item(PyString::intern(py, name), to_python(py, value)?)?;
    }
    Ok(dict)
}

/// `fishplate.Uint`: Python source, because the stable ABI of 3.11 cannot extend int.
pub(crate) fn uint_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static UINT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    UINT.import(py, "fishplate._uint", "Uint")
}
