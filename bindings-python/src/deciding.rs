//! How events are decided behind Python's lock.
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
//! - What may be long and reads nothing of Python's (a tick, a snapshot, another rule set) detaches, takes the engine,
//!   and lets go of it before it waits for the GIL.
//! - An engine that is kept waits for its disk when it is free again for others, without the GIL.
//! - Python code that runs while its own thread holds the engine, and uses that engine again, would wait for itself.
//!   The boundary knows which thread that is, and such a call is refused (F0813).
//!
//! Without a GIL (a free-threaded build) the same order holds trivially. `close` takes no lock. In the child of a fork
//! the boundary refuses before it touches a lock.

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use fishplate::{Decision, Error, Event};
use fishplate_boundary::objects::{Deciding, EngineObject, RuleSetObject, closed};
use fishplate_boundary::table::Object;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::errors::{to_exception, to_py_err};
use crate::events::{Format, Given, Input, bytes_event, fields_event};
use crate::values_in::{Fields, Names, Reading};

/// After so many mappings a batch lets other threads have the GIL for a moment, if they want it.
const POLITE_AFTER: usize = 1024;

/// `decide`, `preview` or `explain`.
pub(crate) type Operation<R> = fn(&mut Deciding<'_>, Event<'_>) -> Result<R, Error>;

/// Why there is no decision: the core refused, or Python code raised while it was read.
pub(crate) enum Refused {
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
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
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

/// What became of one event.
pub(crate) type Outcome = Result<Decision, Refused>;

/// An engine that threads with and without the GIL share.
pub(crate) struct Shared {
    object: ArcSwapOption<EngineObject>,
    /// Of the rule set that it decides by. One behind, while it is swapped, costs time and changes no answer.
    names: ArcSwap<Names>,
}

impl Shared {
    pub(crate) fn new(py: Python<'_>, object: Arc<EngineObject>) -> Result<Self, Error> {
        let names = names(py, &object.rule_set())?;
        Ok(Self { object: ArcSwapOption::new(Some(object)), names: ArcSwap::from_pointee(names) })
    }

    /// The engine.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`: it is closed.
    pub(crate) fn object(&self) -> Result<Arc<EngineObject>, Error> {
        self.object.load_full().ok_or_else(|| closed(Object::Engine))
    }

    /// Closes the engine and frees it, unless somebody still uses it.
    pub(crate) fn close(&self, py: Python<'_>) {
        if let Some(object) = self.object.swap(None) {
            // A state of a gibibyte takes a while to free.
            py.detach(|| {
                object.close();
                drop(object);
            });
        }
    }

    /// Decides, previews or explains one event.
    pub(crate) fn one<R>(
        &self,
        py: Python<'_>,
        given: &Given<'_>,
        format: Format,
        operation: Operation<R>,
    ) -> Result<R, Refused> {
        let names = self.names.load();
        let reading = Reading::new(py, &names);
        self.holding(py, |deciding| decide_given(deciding, given, format, &reading, operation))?
    }

    /// Decides a batch: each event has its own outcome.
    pub(crate) fn batch(&self, py: Python<'_>, events: &[Given<'_>], format: Format) -> PyResult<Vec<Outcome>> {
        let is_read = |given: &Given<'_>| given.features.is_some() || matches!(given.input, Input::Fields(_));
        if events.iter().any(is_read) {
            self.decide_held(py, events, format)
        } else {
            self.decide_detached(py, events, format).map_err(|error| to_py_err(py, &error))
        }
    }

    /// A batch with mappings in it: they are read with the GIL held.
    fn decide_held(&self, py: Python<'_>, events: &[Given<'_>], format: Format) -> PyResult<Vec<Outcome>> {
        let names = self.names.load();
        let reading = Reading::new(py, &names);
        let decided = self.holding(py, |deciding| {
            let mut outcomes: Vec<Outcome> = Vec::with_capacity(events.len());
            for given in events {
                if outcomes.len() % POLITE_AFTER == POLITE_AFTER - 1 {
                    py.detach(|| ());
                }
                match decide_given(deciding, given, format, &reading, |deciding, event| deciding.decide(event)) {
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
    fn decide_detached(&self, py: Python<'_>, events: &[Given<'_>], format: Format) -> Result<Vec<Outcome>, Error> {
        let object = self.object()?;
        let bodies: Vec<_> = events.iter().filter_map(|given| Some((given.bytes()?, given.trace))).collect();
        let decided = py.detach(|| {
            let events = bodies.iter().map(|(body, trace)| bytes_event(body, format, *trace));
            object.run(|deciding| deciding.decide_all(events))
        })?;
        let mut decided = decided.into_iter();
        let outcomes = events.iter().map(|given| match &given.input {
            Input::Wrong(error) => Some(Err(error.clone().into())),
            _ => decided.next().map(|outcome| outcome.map_err(Refused::from)),
        });
        Ok(outcomes.flatten().collect())
    }

    /// Holds the engine and the GIL while `work` runs; waits for the engine, if it must, without the GIL.
    pub(crate) fn holding<R>(&self, py: Python<'_>, work: impl FnOnce(&mut Deciding<'_>) -> R) -> Result<R, Error> {
        let object = self.object()?;
        loop {
            if let Some(mut deciding) = object.try_lock()? {
                let done = work(&mut deciding);
                let pending = deciding.release();
                if pending.waits() {
                    py.detach(|| pending.wait())?;
                }
                return Ok(done);
            }
            py.detach(|| object.wait())?;
        }
    }

    /// Holds the engine without the GIL while `work` runs, and keeps others from both no longer than that.
    pub(crate) fn detached<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Deciding<'_>) -> Result<R, Error> + Send,
    ) -> PyResult<R> {
        let done = self.object().and_then(|object| py.detach(|| object.run(work)));
        done.map_err(|error| to_py_err(py, &error))
    }

    /// Takes the names of the rule set that the engine has now. After a swap, by whoever swapped: so that whoever swapped
    /// last comes last.
    pub(crate) fn learn_names(&self, py: Python<'_>) {
        // Closed meanwhile: nothing will be read any more.
        if let Ok(names) = self.object().and_then(|object| names(py, &object.rule_set())) {
            self.names.store(Arc::new(names));
        }
    }
}

/// The names by which a rule set reads a dict.
fn names(py: Python<'_>, rules: &RuleSetObject) -> Result<Names, Error> {
    Ok(Names::new(py, rules.rule_set()?.fields()))
}

fn decide_given<R>(
    deciding: &mut Deciding<'_>,
    given: &Given<'_>,
    format: Format,
    reading: &Reading<'_, '_>,
    operation: Operation<R>,
) -> Result<R, Refused> {
    // Bytes alone, the most frequent, need no look at what Python raised.
    if let Some(bytes) = given.bytes() {
        return Ok(operation(deciding, bytes_event(bytes, format, given.trace))?);
    }
    let features = given.features.clone().map(|features| Fields::new(features, reading));
    let with_features = |event| match &features {
        Some(features) => Event::with_features(event, features),
        None => event,
    };
    let done = match (&given.input, given.input.bytes()) {
        (_, Some(bytes)) => operation(deciding, with_features(bytes_event(bytes, format, given.trace))),
        (Input::Fields(dict), _) => {
            let fields = Fields::new(dict.clone(), reading);
            operation(deciding, with_features(fields_event(&fields, given.trace)))
        }
        (Input::Wrong(error), _) => Err(error.clone()),
        (Input::Bytes(_) | Input::Copied(_) | Input::Text(_), None) => {
            unreachable!("bytes, copies and checked text have bytes")
        }
    };
    done.map_err(|error| match reading.take_raised() {
        Some(raised) => Refused::Raised(error, raised),
        None => Refused::Error(error),
    })
}

/// One event of a batch: what a custom mapping raises while it is copied stands in the event's place.
pub(crate) fn take<'py>(event: &Bound<'py, PyAny>, format: Format) -> PyResult<Input<'py>> {
    match Input::take(event, format) {
        Err(raised) if raised.is_instance_of::<PyException>(event.py()) => Ok(Input::unreadable(&raised, event.py())),
        taken => taken,
    }
}
