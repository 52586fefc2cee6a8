//! `fishplate.Timestamp` and `fishplate.Duration`: instants and spans to the nanosecond, which Python's own `datetime`
//! cannot hold. Values only: nothing here reads a clock.

use fishplate::{Duration, Timestamp};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDateTime, PyDelta, PyDeltaAccess, PyType, PyTzInfo};

use crate::values_in::describe;

const DAY: i64 = 86_400;
/// What to do about a `datetime` that names no instant.
pub(crate) const NAIVE: &str = "a naive datetime (give it a time zone, such as datetime.timezone.utc)";

/// An instant from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
#[pyclass(frozen, eq, ord, hash, name = "Timestamp", module = "fishplate")]
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PyTimestamp(pub(crate) Timestamp);

#[pymethods]
impl PyTimestamp {
    #[new]
    #[pyo3(signature = (seconds, nanos = 0))]
    fn new(seconds: i64, nanos: i32) -> PyResult<Self> {
        Timestamp::new(seconds, nanos).map(Self).ok_or_else(|| {
            PyValueError::new_err(format!(
                "{seconds} s and {nanos} ns are outside the range of a timestamp, years 1 to 9999 with 0 to 999999999 ns"
            ))
        })
    }

    /// Whole seconds since the Unix epoch, floored.
    #[getter]
    fn seconds(&self) -> i64 {
        self.0.seconds()
    }

    /// Nanoseconds after `seconds`, 0 to 999,999,999.
    #[getter]
    fn nanos(&self) -> i32 {
        self.0.nanos()
    }

    #[classmethod]
    fn from_datetime(_class: &Bound<'_, PyType>, value: &Bound<'_, PyDateTime>) -> PyResult<Self> {
        aware(value).map(Self)
    }

    #[classmethod]
    fn parse(_class: &Bound<'_, PyType>, text: &str) -> PyResult<Self> {
        Timestamp::parse(text).map(Self).ok_or_else(|| {
            PyValueError::new_err(format!("{text:?} is no RFC 3339 time with an offset, years 1 to 9999"))
        })
    }

    fn to_datetime<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (days, seconds) = (self.0.seconds().div_euclid(DAY), self.0.seconds().rem_euclid(DAY));
        // 3,652,059 days at most, by the range of a timestamp.
        epoch(py)?.add(PyDelta::new(py, days as i32, seconds as i32, self.0.nanos() / 1000, false)?)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Timestamp({}, {})", self.0.seconds(), self.0.nanos())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (i64, i32)) {
        (py.get_type::<Self>(), (self.0.seconds(), self.0.nanos()))
    }
}

/// A span of at most 315,576,000,000 seconds either way.
#[pyclass(frozen, eq, ord, hash, name = "Duration", module = "fishplate")]
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PyDuration(pub(crate) Duration);

#[pymethods]
impl PyDuration {
    #[new]
    #[pyo3(signature = (seconds, nanos = 0))]
    fn new(seconds: i64, nanos: i32) -> PyResult<Self> {
        Duration::new(seconds, nanos).map(Self).ok_or_else(|| {
            PyValueError::new_err(format!(
                "{seconds} s and {nanos} ns are no duration: both of one sign, at most 315576000000 s and 999999999 ns"
            ))
        })
    }

    /// Whole seconds, towards zero.
    #[getter]
    fn seconds(&self) -> i64 {
        self.0.seconds()
    }

    /// The rest, with the sign of the whole.
    #[getter]
    fn nanos(&self) -> i32 {
        self.0.nanos()
    }

    #[classmethod]
    fn from_timedelta(_class: &Bound<'_, PyType>, value: &Bound<'_, PyDelta>) -> PyResult<Self> {
        duration_of(value)
            .map(Self)
            .ok_or_else(|| PyValueError::new_err("outside the range of a duration, 315576000000 s either way"))
    }

    #[classmethod]
    fn parse(_class: &Bound<'_, PyType>, text: &str) -> PyResult<Self> {
        Duration::parse(text)
            .map(Self)
            .ok_or_else(|| PyValueError::new_err(format!("{text:?} is no duration: write 1h30m or -1.5s")))
    }

    fn to_timedelta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDelta>> {
        let (days, seconds) = (self.0.seconds() / DAY, self.0.seconds() % DAY);
        // 3,652,500 days at most, by the range of a duration.
        PyDelta::new(py, days as i32, seconds as i32, self.0.nanos() / 1000, true)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Duration({}, {})", self.0.seconds(), self.0.nanos())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (i64, i32)) {
        (py.get_type::<Self>(), (self.0.seconds(), self.0.nanos()))
    }
}

/// The instant that a caller gives as the argument `name`: a `fishplate.Timestamp`, or an aware `datetime`.
pub(crate) fn instant(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    if let Ok(timestamp) = value.cast::<PyTimestamp>() {
        return Ok(timestamp.get().0);
    }
    match value.cast::<PyDateTime>() {
        Ok(value) => aware(value),
        Err(_) => {
            let message = format!("{name} is a fishplate.Timestamp or an aware datetime, not {}", describe(value));
            Err(PyTypeError::new_err(message))
        }
    }
}

/// The instant of a `datetime`, or the exception that says why it has none.
fn aware(value: &Bound<'_, PyDateTime>) -> PyResult<Timestamp> {
    match timestamp_of(value)? {
        Instant::At(timestamp) => Ok(timestamp),
        Instant::Naive => Err(PyValueError::new_err(NAIVE)),
        Instant::OutOfRange => Err(PyValueError::new_err("outside the range of a timestamp, years 1 to 9999 in UTC")),
    }
}

/// What a `datetime` says.
pub(crate) enum Instant {
    At(Timestamp),
    Naive,
    OutOfRange,
}

/// The instant of an aware `datetime`, exact to its microsecond.
pub(crate) fn timestamp_of(value: &Bound<'_, PyDateTime>) -> PyResult<Instant> {
    let py = value.py();
    if value.call_method0(pyo3::intern!(py, "utcoffset"))?.is_none() {
        return Ok(Instant::Naive);
    }
    // Python's own subtraction applies time zones and folds; a float would lose microseconds.
    let since = value.sub(epoch(py)?)?.cast_into::<PyDelta>()?;
    Ok(Timestamp::from_nanos(nanos_of(&since)).map_or(Instant::OutOfRange, Instant::At))
}

/// The span of a `timedelta`; `None` outside the range.
pub(crate) fn duration_of(value: &Bound<'_, PyDelta>) -> Option<Duration> {
    Duration::from_nanos(nanos_of(value))
}

fn nanos_of(delta: &Bound<'_, PyDelta>) -> i128 {
    let seconds = i128::from(delta.get_days()) * i128::from(DAY) + i128::from(delta.get_seconds());
    seconds * 1_000_000_000 + i128::from(delta.get_microseconds()) * 1000
}

/// 1970-01-01 in UTC.
fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyDateTime>> {
    static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let epoch = EPOCH.get_or_try_init(py, || {
        let utc = PyTzInfo::utc(py)?;
        PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
    })?;
    Ok(epoch.bind(py))
}
