//! `fishplate.Engine`: the boundary's engine as a Python class. How its lock and the GIL stand to each other is
//! written down in `deciding.rs`.

use std::path::PathBuf;
use std::sync::Arc;

use fishplate::{Decision, Error};
use fishplate_boundary::objects::EngineObject;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyTuple, PyType};

use crate::current_trace::current_trace;
use crate::deciding::{Operation, Refused, Shared, take};
use crate::decision::PyDecision;
use crate::entry::enter;
use crate::errors::to_py_err;
use crate::events::{self, Format, Given};
use crate::rule_set::PyRuleSet;
use crate::state;
use crate::times::instant;
use crate::trace::PyTraceContext;

/// A rule set, its windows and its limits.
#[pyclass(frozen, name = "Engine", module = "fishplate")]
pub(crate) struct PyEngine(Shared);

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (rule_set, *, limits = None, strict = false, memory = None, at_budget = "refuse", state = None))]
    #[allow(clippy::too_many_arguments)] // keywords of one constructor
    fn new(
        py: Python<'_>,
        rule_set: &PyRuleSet,
        limits: Option<&Bound<'_, PyAny>>,
        strict: bool,
        memory: Option<&Bound<'_, PyAny>>,
        at_budget: &str,
        state: Option<PathBuf>,
    ) -> PyResult<Self> {
        enter(py, "engine_open", || {
            let options = state::options(py, limits, strict, memory, at_budget)?;
            let object = rule_set.object().and_then(|rules| match state {
                None => EngineObject::open(&rules, options),
                Some(folder) => py.detach(|| EngineObject::open_kept(&rules, options, &folder)),
            });
            Self::over(py, object)
        })
    }

    /// An engine with the state of snapshots.
    #[classmethod]
    #[pyo3(signature = (rule_set, *snapshots, limits = None, strict = false, memory = None, at_budget = "refuse"))]
    fn restore(
        class: &Bound<'_, PyType>,
        rule_set: &PyRuleSet,
        snapshots: &Bound<'_, PyTuple>,
        limits: Option<&Bound<'_, PyAny>>,
        strict: bool,
        memory: Option<&Bound<'_, PyAny>>,
        at_budget: &str,
    ) -> PyResult<Self> {
        let py = class.py();
        enter(py, "engine_restore", || {
            let options = state::options(py, limits, strict, memory, at_budget)?;
            let held: Vec<_> = snapshots.iter().collect();
            let contents = held.iter().map(state::snapshot_content).collect::<PyResult<Vec<_>>>()?;
            let contents: Vec<&[u8]> = contents.iter().map(|content| &**content).collect();
            let object = rule_set.object().and_then(|rules| {
                py.detach(|| EngineObject::restore(&rules, options, &contents)).map(|(object, _)| object)
            });
            Self::over(py, object)
        })
    }

    /// What it has done so far.
    #[getter]
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static COUNTERS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        enter(py, "counters", || {
            let counted = self.0.holding(py, |deciding| deciding.counters()).map_err(|error| to_py_err(py, &error))?;
            let class = COUNTERS.import(py, "fishplate._records", "Counters")?;
            class.call1((counted.accepted, counted.refused, counted.late, counted.repeated, counted.matched))
        })
    }

    #[pyo3(signature = (event, *, format = None, trace = None, features = None))]
    fn decide<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
        features: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<PyDecision> {
        enter(event.py(), "decide", || {
            self.one(event, format, trace, features, |deciding, event| deciding.decide(event))
        })
    }

    #[pyo3(signature = (event, *, format = None, trace = None, features = None))]
    fn preview<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
        features: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<PyDecision> {
        enter(event.py(), "preview", || {
            self.one(event, format, trace, features, |deciding, event| deciding.preview(event))
        })
    }

    #[pyo3(signature = (event, *, format = None, features = None))]
    fn explain<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        format: Option<&str>,
        features: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static EXPLANATION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = event.py();
        enter(py, "engine_explain", || {
            let explanation = self.asked(event, format, None, features, |deciding, event| deciding.explain(event))?;
            let class = EXPLANATION.import(py, "fishplate._records", "Explanation")?;
            class.call1((explanation.text(), explanation.json()))
        })
    }

    #[pyo3(signature = (events, *, format = None, traces = None, features = None))]
    fn decide_all<'py>(
        &self,
        py: Python<'py>,
        events: &Bound<'py, PyAny>,
        format: Option<&str>,
        traces: Option<&Bound<'py, PyAny>>,
        features: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        enter(py, "decide_all", || {
            let format = Format::parse(format)?;
            let inputs = events.try_iter()?.map(|event| take(&event?, format)).collect::<PyResult<Vec<_>>>()?;
            let traces = match traces {
                Some(_) => events::traces(traces, inputs.len())?,
                None => vec![current_trace(py)?; inputs.len()],
            };
            let features = events::all_features(features, inputs.len())?;
            let beside = traces.into_iter().zip(features);
            let given =
                inputs.into_iter().zip(beside).map(|(input, (trace, features))| Given { input, trace, features });
            let given: Vec<_> = given.collect();
            let list = PyList::empty(py);
            for outcome in self.0.batch(py, &given, format)? {
                list.append(match outcome {
                    Ok(decision) => PyDecision::from(decision).into_bound_py_any(py)?,
                    Err(error) => error.into_exception(py)?,
                })?;
            }
            Ok(list)
        })
    }

    /// What it remembers.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enter(py, "engine_state", || {
            let state = self.0.holding(py, |deciding| deciding.state()).map_err(|error| to_py_err(py, &error))?;
            state::state_record(py, &state)
        })
    }

    /// Says what time it is.
    fn advance_to<'py>(&self, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = now.py();
        enter(py, "advance_to", || {
            let now = instant("now", now)?;
            let decisions = self.0.detached(py, |deciding| deciding.advance_to(now))?;
            let list = PyList::empty(py);
            decisions
                .into_iter()
                .try_for_each(|decision| list.append(PyDecision::from(decision).into_bound_py_any(py)?))?;
            Ok(list)
        })
    }

    /// The state as bytes.
    #[pyo3(signature = (groups = None))]
    fn snapshot<'py>(&self, py: Python<'py>, groups: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyBytes>> {
        enter(py, "engine_snapshot", || {
            let groups = state::groups(groups)?;
            let snapshot = self.0.detached(py, |deciding| deciding.snapshot(groups.as_deref()))?;
            state::snapshot_bytes(py, snapshot)
        })
    }

    /// Decides by another rule set from now on.
    fn swap<'py>(&self, py: Python<'py>, rule_set: &PyRuleSet) -> PyResult<Bound<'py, PyAny>> {
        enter(py, "engine_swap", || {
            let rules = rule_set.object().map_err(|error| to_py_err(py, &error))?;
            let swapped = self.0.detached(py, |deciding| deciding.swap(&rules))?;
            self.0.learn_names(py);
            state::swapped_record(py, &swapped)
        })
    }

    /// Switches a rule.
    fn set_mode(&self, py: Python<'_>, rule: &str, mode: Option<&str>) -> PyResult<()> {
        enter(py, "engine_set_mode", || {
            let mode = state::mode(py, mode)?;
            self.0.detached(py, |deciding| deciding.set_mode(rule, mode))
        })
    }

    /// Makes it reachable as `inproc:NAME`.
    fn share(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        enter(py, "engine_share", || {
            self.0.object().and_then(|object| object.share(name)).map_err(|error| to_py_err(py, &error))
        })
    }

    /// Frees it when its last user is done.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, "close", || {
            self.0.close(py);
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
        let name = self.0.object().and_then(|object| object.rule_set().rule_set().map(|rules| rules.name().to_owned()));
        name.map_or_else(|_| "<Engine, closed>".to_owned(), |name| format!("<Engine of {name}>"))
    }
}

impl PyEngine {
    fn over(py: Python<'_>, object: Result<Arc<EngineObject>, Error>) -> PyResult<Self> {
        let shared = object.and_then(|object| Shared::new(py, object));
        shared.map(Self).map_err(|error| to_py_err(py, &error))
    }

    fn one<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
        features: Option<&Bound<'py, PyAny>>,
        operation: Operation<Decision>,
    ) -> PyResult<PyDecision> {
        self.asked(event, format, trace, features, operation).map(PyDecision::from)
    }

    fn asked<'py, R>(
        &self,
        event: &Bound<'py, PyAny>,
        format: Option<&str>,
        trace: Option<&PyTraceContext>,
        features: Option<&Bound<'py, PyAny>>,
        operation: Operation<R>,
    ) -> PyResult<R> {
        let py = event.py();
        let format = Format::parse(format)?;
        let given = Given::take(event, format, trace.map(|trace| trace.0), features)?;
        match self.0.one(py, &given, format, operation) {
            Ok(given) => Ok(given),
            Err(Refused::Error(error)) => Err(to_py_err(py, &error)),
            Err(Refused::Raised(_, raised)) => Err(raised),
        }
    }
}
