//! `fishplate.Session`: the boundary's session behind Python's lock.
//!
//! Every call that could wait lets go of the GIL first, also where it hardly ever does: in process a session decides on
//! the thread that receives, and a thread that waits for an engine may never hold the GIL (see `deciding.rs`). A long
//! wait comes back every [`SLICE`] to let Python deliver signals, so that Ctrl-C works. An event is read, and a map
//! encoded, with the GIL, before anything waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use fishplate::session::{Final, State};
use fishplate::{Error, Status, codes};
use fishplate_boundary::objects::closed;
use fishplate_boundary::sessions::SessionObject;
use fishplate_boundary::table::Object;
use fishplate_transport::{Body, Features, Outgoing, Received, Report, SessionOptions, wire};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};

use crate::current_trace::current_trace;
use crate::decision::PyDecision;
use crate::entry::enter;
use crate::errors::{to_exception, to_py_err};
use crate::events::{Format, Given, Input};
use crate::trace::PyTraceContext;
use crate::values_in::{Fields, Names, Reading, describe};

/// How long a wait keeps signals waiting, at most.
const SLICE: Duration = Duration::from_millis(100);

/// An ordered conversation of events and decisions.
#[pyclass(frozen, name = "Session", module = "fishplate")]
pub(crate) struct PySession {
    object: ArcSwapOption<SessionObject>,
    /// What it said when it was closed.
    last: ArcSwapOption<Report>,
    /// A client knows no rule set, hence no names.
    names: Names,
    pick_up_trace: bool,
}

#[pymethods]
impl PySession {
    /// Opens a session; `fishplate.connect` is the way for callers.
    #[staticmethod]
    #[pyo3(signature = (address, numbers, session_id, rule_set, pick_up_trace))]
    fn _open(
        py: Python<'_>,
        address: &str,
        numbers: &Bound<'_, PyDict>,
        session_id: Option<&[u8]>,
        rule_set: &str,
        pick_up_trace: bool,
    ) -> PyResult<Self> {
        enter(py, "session_open", || {
            let mut options = SessionOptions { rule_set: rule_set.to_owned(), ..SessionOptions::default() };
            for (name, value) in numbers.iter() {
                let name: String = name.extract()?;
                if !options.set(&name, value.extract()?) {
                    return Err(PyValueError::new_err(format!("a session has no option {name}")));
                }
            }
            if let Some(id) = session_id {
                let id = id.try_into().map_err(|_| {
                    PyValueError::new_err(format!("a session id has 16 bytes, and this one has {}", id.len()))
                })?;
                options.id = Some(id);
            }
            let object = py.detach(|| SessionObject::open(address, &options)).map_err(|error| to_py_err(py, &error))?;
            Ok(Self {
                object: ArcSwapOption::new(Some(object)),
                last: ArcSwapOption::empty(),
                names: Names::new(py, std::iter::empty()),
                pick_up_trace,
            })
        })
    }

    #[pyo3(signature = (event, *, format = None, trace = None, preview = false, within = None, timeout = None,
        features = None))]
    #[allow(clippy::too_many_arguments)] // keywords, each with a default
    fn send<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
        preview: bool,
        within: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        features: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<u64> {
        let py = event.py();
        enter(py, "session_send", || {
            let object = self.object().map_err(|error| to_py_err(py, &error))?;
            let (format, within, timeout) = (Format::parse(format)?, seconds(within)?, seconds(timeout)?);
            let trace = match trace {
                Some(trace) => Some(trace.0),
                None if self.pick_up_trace => current_trace(py)?,
                None => None,
            };
            let given = Given::take(event, format, trace, features)?;
            let body = self.body(py, &given.input, format)?;
            let brought = given.features.map(|features| self.encoded(py, features)).transpose()?;
            let called = Instant::now();
            waiting(py, timeout, |wait| {
                let within = within.map(|within| within.saturating_sub(called.elapsed()));
                let features = brought.as_deref().map(Features::Encoded);
                let event = Outgoing { trace, preview, within, features, ..Outgoing::new(body.as_body()) };
                object.send(&event, Some(wait))
            })
        })
    }

    #[pyo3(signature = (timeout = None))]
    fn receive<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        enter(py, "session_receive", || {
            let object = self.object().map_err(|error| to_py_err(py, &error))?;
            let timeout = seconds(timeout)?;
            match waiting(py, timeout, |wait| object.receive(Some(wait)))? {
                Received::Outcome { sequence, outcome: Ok(decision) } => {
                    let decision = Bound::new(py, PyDecision::from(decision))?.into_any();
                    outcome(py, sequence, decision, py.None().into_bound(py)).map(Some)
                }
                Received::Outcome { sequence, outcome: Err(error) } => {
                    outcome(py, sequence, py.None().into_bound(py), to_exception(py, &error)?).map(Some)
                }
                Received::End(last) => ended(py, last).map(|()| None),
            }
        })
    }

    fn half_close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, "session_half_close", || self.detached(py, |object| object.half_close()))
    }

    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, "session_cancel", || self.detached(py, |object| object.cancel()))
    }

    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enter(py, "session_report", || match (self.object.load_full(), self.last.load_full()) {
            (Some(object), _) => {
                let report = py.detach(|| object.report()).map_err(|error| to_py_err(py, &error))?;
                record(py, &report)
            }
            (None, Some(last)) => record(py, &last),
            (None, None) => Err(to_py_err(py, &closed(Object::Session))),
        })
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, "close", || {
            let Some(object) = self.object.swap(None) else { return Ok(()) };
            let report = py.detach(|| {
                object.close()?;
                object.report()
            });
            self.last.store(report.ok().map(Arc::new));
            // The last user frees, and that may join what carries the session: never with the GIL.
            py.detach(|| drop(object));
            Ok(())
        })
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (_kind = None, _error = None, _traceback = None, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _kind: Option<&Bound<'_, PyAny>>,
        _error: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.close(py)
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.receive(py, None)
    }

    fn __repr__(&self) -> &'static str {
        if self.object.load().is_some() { "<Session>" } else { "<Session, closed>" }
    }
}

/// An event's body, ready to be sent without the GIL.
enum Ready<'a> {
    Protobuf(&'a [u8]),
    Json(&'a [u8]),
    Fields(Vec<u8>),
}

impl Ready<'_> {
    fn as_body(&self) -> Body<'_> {
        match self {
            Self::Protobuf(bytes) => Body::Protobuf(bytes),
            Self::Json(bytes) => Body::Json(bytes),
            Self::Fields(bytes) => Body::EncodedFields(bytes),
        }
    }
}

impl PySession {
    fn object(&self) -> Result<Arc<SessionObject>, Error> {
        self.object.load_full().ok_or_else(|| closed(Object::Session))
    }

    fn detached(&self, py: Python<'_>, call: impl FnOnce(&SessionObject) -> Result<(), Error> + Send) -> PyResult<()> {
        let object = self.object().map_err(|error| to_py_err(py, &error))?;
        py.detach(|| call(&object)).map_err(|error| to_py_err(py, &error))
    }

    /// Reads the event while the GIL is held; a map is encoded as it travels.
    fn body<'a>(&self, py: Python<'_>, input: &'a Input<'_>, format: Format) -> PyResult<Ready<'a>> {
        match (input, input.bytes()) {
            (_, Some(bytes)) if format == Format::Json => Ok(Ready::Json(bytes)),
            (_, Some(bytes)) => Ok(Ready::Protobuf(bytes)),
            (Input::Fields(dict), _) => self.encoded(py, dict.clone()).map(Ready::Fields),
            (Input::Wrong(error), _) => Err(to_py_err(py, error)),
            (Input::Bytes(_) | Input::Copied(_) | Input::Text(_), None) => {
                unreachable!("bytes, copies and checked text have bytes")
            }
        }
    }

    /// A mapping as it travels.
    fn encoded<'py>(&self, py: Python<'py>, dict: Bound<'py, PyDict>) -> PyResult<Vec<u8>> {
        let reading = Reading::new(py, &self.names);
        let encoded = wire::fields::write(&Fields::new(dict, &reading));
        match reading.take_raised() {
            Some(raised) => Err(raised),
            None => encoded.map_err(|error| to_py_err(py, &error)),
        }
    }
}

/// Calls without the GIL until it does not end in "nothing within this slice", or the time is over.
fn waiting<R: Send>(
    py: Python<'_>,
    timeout: Option<Duration>,
    call: impl Fn(Duration) -> Result<R, Error> + Sync,
) -> PyResult<R> {
    let started = Instant::now();
    loop {
        let left = timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        let slice = left.map_or(SLICE, |left| left.min(SLICE));
        match py.detach(|| call(slice)) {
            Err(error) if error.code() == codes::WAIT_EXPIRED && left.is_none_or(|left| left > slice) => {
                py.check_signals()?;
            }
            result => return result.map_err(|error| to_py_err(py, &error)),
        }
    }
}

/// Seconds as a number or a `timedelta`; None is no bound.
fn seconds(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    let Some(value) = value else { return Ok(None) };
    let seconds = match value.extract::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => match value.call_method0("total_seconds") {
            Ok(seconds) => seconds.extract()?,
            Err(_) => {
                let message = format!("a time is a number of seconds or a timedelta, not {}", describe(value));
                return Err(PyTypeError::new_err(message));
            }
        },
    };
    Duration::try_from_secs_f64(seconds)
        .map(Some)
        .map_err(|_| PyValueError::new_err(format!("{seconds} s is no time to wait")))
}

/// `fishplate.Outcome`
fn outcome<'py>(
    py: Python<'py>,
    sequence: u64,
    decision: Bound<'py, PyAny>,
    error: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    CLASS.import(py, "fishplate._records", "Outcome")?.call1((sequence, decision, error))
}

/// A session that ended otherwise than OK raises its last word.
fn ended(py: Python<'_>, last: Final) -> PyResult<()> {
    match last.error {
        Some(error) if last.status != Status::Ok => Err(to_py_err(py, &error)),
        _ => Ok(()),
    }
}

/// `fishplate.SessionReport`
fn record<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let (state, status) = match report.state {
        State::Streaming => ("streaming", None),
        State::Closing => ("closing", None),
        State::Done(status) => ("done", Some(status as i32)),
    };
    let counted = report.counters;
    let numbers = (counted.sent, counted.accepted, counted.received, counted.shed, counted.repeats);
    let watermark = report.last_word.as_ref().map(|last| last.watermark);
    let (name, version) = (&report.rule_set.0, PyBytes::new(py, &report.rule_set.1));
    let id = PyBytes::new(py, &report.id);
    let class = CLASS.import(py, "fishplate._records", "session_report")?;
    class.call1((id, report.epoch, state, status, watermark, numbers, name, version))
}

/// The name and the meaning of every option of a session that is a number.
#[pyfunction]
pub(crate) fn session_options_table(py: Python<'_>) -> PyResult<Vec<(&'static str, &'static str)>> {
    enter(py, "session_options", || Ok(SessionOptions::TABLE.to_vec()))
}
