//! `fishplate.Engine`: the boundary's engine behind Python's lock.
//!
//! Two locks meet here, the engine's and the GIL, and one order holds: **nobody who holds the GIL waits for an engine.**
//! Hence:
//!
//! - One event *tries* the engine, and decides with the GIL held: letting go of it costs more than most decisions. If
//!   another thread has the engine, this one detaches, waits without the GIL, and tries again.
//! - A batch of bytes detaches, takes the engine, decides, lets go of it, and only then waits for the GIL.
//! - Mappings are read with the GIL, while the engine is held. Reading may run Python code (a custom mapping, a time
//!   zone), and Python may hand the GIL to another thread meanwhile, so a thread may wait for the GIL while it holds
//!   the engine. That ends: whoever has the GIL and wants this engine detaches before it waits.
//! - Python code that runs while its own thread holds the engine, and uses that engine again, would wait for itself.
//!   `holder` knows, and such a call is refused (F0813).
//!
//! Without a GIL (a free-threaded build) the same order holds trivially. `close` takes no lock. In the child of a fork
//! the boundary refuses before it touches a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use fishplate::engine::Options;
use fishplate::{Decision, Error, Event, Place, Status, TraceContext, codes};
use fishplate_boundary::objects::{Deciding, EngineObject, closed};
use fishplate_boundary::table::Object;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyList;

use crate::current_trace::current_trace;
use crate::decision::PyDecision;
use crate::entry::enter;
use crate::errors::{to_exception, to_py_err};
use crate::events::{Format, Input, bytes_event, fields_event, traces};
use crate::rule_set::{PyRuleSet, limits_of};
use crate::trace::PyTraceContext;
use crate::values_in::{Fields, Names, Reading};

/// After so many mappings a batch lets other threads have the GIL for a moment, if they want it.
const POLITE_AFTER: usize = 1024;

/// A rule set, its windows and its limits.
#[pyclass(frozen, name = "Engine", module = "fishplate")]
pub(crate) struct PyEngine {
    object: ArcSwapOption<EngineObject>,
    names: Names,
    /// The thread that holds the engine and the GIL, while one does; 0 else.
    holder: AtomicUsize,
}

/// `decide` or `preview`.
type Operation = fn(&mut Deciding<'_>, Event<'_>) -> Result<Decision, Error>;

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (rule_set, *, limits = None, strict = false))]
    fn new(py: Python<'_>, rule_set: &PyRuleSet, limits: Option<&Bound<'_, PyAny>>, strict: bool) -> PyResult<Self> {
        enter(py, "engine_open", || {
            let options = Options { limits: limits_of(limits)?, strict, ..Options::default() };
            let rules = rule_set.object().map_err(|error| to_py_err(py, &error))?;
            let object = EngineObject::open(&rules, options).map_err(|error| to_py_err(py, &error))?;
            let names = Names::new(py, rules.rule_set().map_err(|error| to_py_err(py, &error))?.fields());
            Ok(Self { object: ArcSwapOption::new(Some(object)), names, holder: AtomicUsize::new(0) })
        })
    }

    /// What it has done so far.
    #[getter]
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static COUNTERS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        enter(py, "counters", || {
            let counted = self.holding(py, |deciding| deciding.counters()).map_err(|error| to_py_err(py, &error))?;
            let class = COUNTERS.import(py, "fishplate._records", "Counters")?;
            class.call1((counted.accepted, counted.refused, counted.late, counted.repeated, counted.matched))
        })
    }

    #[pyo3(signature = (event, *, format = None, trace = None))]
    fn decide(
        &self,
        event: &Bound<'_, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
    ) -> PyResult<PyDecision> {
        enter(event.py(), "decide", || self.one(event, format, trace, |deciding, event| deciding.decide(event)))
    }

    #[pyo3(signature = (event, *, format = None, trace = None))]
    fn preview(
        &self,
        event: &Bound<'_, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
    ) -> PyResult<PyDecision> {
        enter(event.py(), "preview", || self.one(event, format, trace, |deciding, event| deciding.preview(event)))
    }

    #[pyo3(signature = (events, *, format = None, traces = None))]
    fn decide_all<'py>(
        &self,
        py: Python<'py>,
        events: &Bound<'py, PyAny>,
        format: Option<&str>,
        traces: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        enter(py, "decide_all", || {
            let format = Format::parse(format)?;
            let inputs = events.try_iter()?.map(|event| take(&event?, format)).collect::<PyResult<Vec<_>>>()?;
            let traces = match traces {
                Some(_) => self::traces(traces, inputs.len())?,
                None => vec![current_trace(py)?; inputs.len()],
            };
            let outcomes = if inputs.iter().any(|input| matches!(input, Input::Fields(_))) {
                self.decide_held(py, &inputs, format, &traces)?
            } else {
                self.decide_detached(py, &inputs, format, &traces).map_err(|error| to_py_err(py, &error))?
            };
            let list = PyList::empty(py);
            for outcome in outcomes {
                list.append(match outcome {
                    Ok(decision) => PyDecision::from(decision).into_bound_py_any(py)?,
                    Err(error) => error.into_exception(py)?,
                })?;
            }
            Ok(list)
        })
    }

    /// Makes it reachable as `inproc:NAME`.
    fn share(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        enter(py, "engine_share", || {
            let object = self.object().map_err(|error| to_py_err(py, &error))?;
            object.share(name).map_err(|error| to_py_err(py, &error))
        })
    }

    /// Frees it when its last user is done.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, "close", || {
            if let Some(object) = self.object.swap(None) {
                object.close();
            }
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

    fn __repr__(&self) -> String {
        let name = self.object().and_then(|object| object.rule_set().rule_set().map(|rules| rules.name().to_owned()));
        name.map_or_else(|_| "<Engine, closed>".to_owned(), |name| format!("<Engine of {name}>"))
    }
}

/// Why there is no decision: the core refused, or Python code raised while it was read.
enum Refused {
    Error(Error),
    Raised(Error, PyErr),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Refused {
    /// What stands in the event's place in a batch.
    fn into_exception(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Self::Error(error) => to_exception(py, &error),
            Self::Raised(error, cause) => {
                let exception = to_exception(py, &error)?;
                exception.setattr("__cause__", cause.into_value(py))?;
                Ok(exception)
            }
        }
    }
}

type Outcome = Result<Decision, Refused>;

impl PyEngine {
    fn object(&self) -> Result<Arc<EngineObject>, Error> {
        self.object.load_full().ok_or_else(|| closed(Object::Engine))
    }

    fn one(
        &self,
        event: &Bound<'_, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
        operation: Operation,
    ) -> PyResult<PyDecision> {
        let py = event.py();
        let format = Format::parse(format)?;
        let trace = trace.map(|trace| trace.0);
        let input = Input::take(event, format)?;
        let reading = Reading::new(py, &self.names);
        let outcome = self.holding(py, |deciding| decide_input(deciding, &input, format, trace, &reading, operation));
        match outcome.unwrap_or_else(|error| Err(error.into())) {
            Ok(decision) => Ok(decision.into()),
            Err(Refused::Error(error)) => Err(to_py_err(py, &error)),
            Err(Refused::Raised(_, raised)) => Err(raised),
        }
    }

    /// A batch with mappings in it: they are read with the GIL held.
    fn decide_held(
        &self,
        py: Python<'_>,
        inputs: &[Input<'_>],
        format: Format,
        traces: &[Option<TraceContext>],
    ) -> PyResult<Vec<Outcome>> {
        let reading = Reading::new(py, &self.names);
        let decided = self.holding(py, |deciding| {
            let mut outcomes: Vec<Outcome> = Vec::with_capacity(inputs.len());
            for (input, trace) in inputs.iter().zip(traces) {
                if outcomes.len() % POLITE_AFTER == POLITE_AFTER - 1 {
                    py.detach(|| ());
                }
                let outcome =
                    decide_input(deciding, input, format, *trace, &reading, |deciding, event| deciding.decide(event));
                match outcome {
                    // KeyboardInterrupt and its like end the batch; whatever else an event raises stands in its place.
                    Err(Refused::Raised(_, raised)) if !raised.is_instance_of::<PyException>(py) => return Err(raised),
                    outcome => outcomes.push(outcome),
                }
            }
            Ok(outcomes)
        });
        decided.map_err(|error| to_py_err(py, &error))?
    }

    /// A batch of bytes: without the GIL from the first to the last.
    fn decide_detached(
        &self,
        py: Python<'_>,
        inputs: &[Input<'_>],
        format: Format,
        traces: &[Option<TraceContext>],
    ) -> Result<Vec<Outcome>, Error> {
        let object = self.object()?;
        let bodies: Vec<&[u8]> = inputs.iter().filter_map(Input::bytes).collect();
        let sent: Vec<Option<TraceContext>> =
            inputs.iter().zip(traces).filter(|(input, _)| input.bytes().is_some()).map(|(_, trace)| *trace).collect();
        let decided = py.detach(|| {
            let events = bodies.iter().zip(&sent).map(|(body, trace)| bytes_event(body, format, *trace));
            object.lock()?.decide_all(events)
        })?;
        let mut decided = decided.into_iter();
        let outcomes = inputs.iter().map(|input| match input {
            Input::Wrong(error) => Some(Err(error.clone().into())),
            _ => decided.next().map(|outcome| outcome.map_err(Refused::from)),
        });
        Ok(outcomes.flatten().collect())
    }

    /// Holds the engine and the GIL while `work` runs; waits for the engine, if it must, without the GIL.
    fn holding<R>(&self, py: Python<'_>, work: impl FnOnce(&mut Deciding<'_>) -> R) -> Result<R, Error> {
        let object = self.object()?;
        let me = this_thread();
        loop {
            if let Some(mut deciding) = object.try_lock()? {
                let _held = Held::new(&self.holder, me);
                return Ok(work(&mut deciding));
            }
            if self.holder.load(Ordering::Relaxed) == me {
                return Err(re_entered());
            }
            py.detach(|| object.wait())?;
        }
    }
}

/// Says who holds the engine for as long as it lives; also when `work` panics.
struct Held<'a>(&'a AtomicUsize);

impl<'a> Held<'a> {
    fn new(holder: &'a AtomicUsize, me: usize) -> Self {
        holder.store(me, Ordering::Relaxed);
        Self(holder)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A number that no other living thread has: where its own thread-local byte stands. Never 0.
fn this_thread() -> usize {
    thread_local!(static OWN: u8 = const { 0 });
    OWN.with(|own| std::ptr::from_ref(own).addr())
}

#[cold]
fn re_entered() -> Error {
    let message = "the engine is deciding an event on this thread, and that event's own code used it again";
    Error::new(Status::FailedPrecondition, codes::RE_ENTERED, message, Place::None)
        .suggest("use another engine, or decide one event after the other")
}

fn decide_input(
    deciding: &mut Deciding<'_>,
    input: &Input<'_>,
    format: Format,
    trace: Option<TraceContext>,
    reading: &Reading<'_, '_>,
    operation: Operation,
) -> Outcome {
    match (input, input.bytes()) {
        (_, Some(bytes)) => Ok(operation(deciding, bytes_event(bytes, format, trace))?),
        (Input::Fields(dict), _) => {
            let fields = Fields::new(dict.clone(), reading);
            operation(deciding, fields_event(&fields, trace)).map_err(|error| match reading.take_raised() {
                Some(raised) => Refused::Raised(error, raised),
                None => Refused::Error(error),
            })
        }
        (Input::Wrong(error), _) => Err(error.clone().into()),
        (Input::Bytes(_) | Input::Copied(_) | Input::Text(_), None) => {
            unreachable!("bytes, copies and checked text have bytes")
        }
    }
}

/// One event of a batch: what a custom mapping raises while it is copied stands in the event's place.
fn take<'py>(event: &Bound<'py, PyAny>, format: Format) -> PyResult<Input<'py>> {
    match Input::take(event, format) {
        Err(raised) if raised.is_instance_of::<PyException>(event.py()) => Ok(Input::unreadable(&raised, event.py())),
        taken => taken,
    }
}
