//! `fishplate.RuleSet` and the limits that a caller passes. The object is the boundary's; this file translates.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use fishplate::{Error, Limits, Place, RuleSet, Status, codes};
use fishplate_boundary::objects::{RuleSetObject, closed};
use fishplate_boundary::table::Object;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyMapping, PyTuple, PyType};

use crate::entry::enter;
use crate::errors::to_py_err;
use crate::values_in::describe;

/// A compiled, immutable rule document.
#[pyclass(frozen, name = "RuleSet", module = "fishplate")]
pub(crate) struct PyRuleSet(ArcSwapOption<RuleSetObject>);

#[pymethods]
impl PyRuleSet {
    #[classmethod]
    #[pyo3(signature = (text, files = None, *, file = "<text>", limits = None))]
    fn from_text(
        class: &Bound<'_, PyType>,
        text: &str,
        files: Option<&Bound<'_, PyMapping>>,
        file: &str,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        enter(class.py(), "rule_set_from_text", || {
            let (files, limits) = (named_bytes(files)?, limits_of(limits)?);
            let mut read = |name: &str| files.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into());
            Self::compiled(class.py(), || RuleSetObject::from_text(file, text, &mut read, &limits))
        })
    }

    #[classmethod]
    #[pyo3(signature = (path, *, limits = None))]
    fn from_file(class: &Bound<'_, PyType>, path: PathBuf, limits: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        enter(class.py(), "rule_set_load", || {
            let limits = limits_of(limits)?;
            Self::compiled(class.py(), || {
                let path = path.to_str().ok_or_else(|| not_utf8(&path))?;
                RuleSetObject::load(path, &limits)
            })
        })
    }

    /// The document's name.
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<String> {
        self.read(py, |rules| Ok(rules.name().to_owned()))
    }

    /// SHA-256 over the document and its schema files.
    #[getter]
    fn version<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.read(py, |rules| Ok(PyBytes::new(py, rules.version())))
    }

    /// Names of the outputs, in document order.
    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.read(py, |rules| PyTuple::new(py, rules.outputs().collect::<Vec<_>>()))
    }

    /// Ids of the rules, in document order.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.read(py, |rules| PyTuple::new(py, rules.rules().collect::<Vec<_>>()))
    }

    /// Names of the features, in document order.
    #[getter]
    fn features<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.read(py, |rules| PyTuple::new(py, rules.features().collect::<Vec<_>>()))
    }

    /// Paths of the event's fields that the document reads.
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.read(py, |rules| PyTuple::new(py, rules.fields().map(|path| path.join(".")).collect::<Vec<_>>()))
    }

    /// Frees it when its last user is done.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, "close", || {
            self.0.store(None);
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

    fn __repr__(&self, py: Python<'_>) -> String {
        match self.name(py) {
            Ok(name) => format!("<RuleSet {name}>"),
            Err(_) => "<RuleSet, closed>".to_owned(),
        }
    }
}

impl PyRuleSet {
    /// Compiles without the GIL: a large document takes milliseconds, and a file may wait for its disk.
    fn compiled(py: Python<'_>, compile: impl FnOnce() -> Result<Arc<RuleSetObject>, Error> + Send) -> PyResult<Self> {
        let compiled = py.detach(compile);
        compiled.map(|object| Self(ArcSwapOption::new(Some(object)))).map_err(|error| to_py_err(py, &error))
    }

    /// The object.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`: it is closed.
    pub(crate) fn object(&self) -> Result<Arc<RuleSetObject>, Error> {
        self.0.load_full().ok_or_else(|| closed(Object::RuleSet))
    }

    fn read<R>(&self, py: Python<'_>, read: impl FnOnce(&RuleSet) -> PyResult<R>) -> PyResult<R> {
        enter(py, "rule_set_describe", || {
            let object = self.object().map_err(|error| to_py_err(py, &error))?;
            read(object.rule_set().map_err(|error| to_py_err(py, &error))?)
        })
    }
}

#[cold]
fn not_utf8(path: &std::path::Path) -> Error {
    let place = Place::Name(path.to_string_lossy().into_owned());
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, "the path is not UTF-8", place)
}

/// The schema files that a caller gives: `str` means UTF-8.
fn named_bytes(files: Option<&Bound<'_, PyMapping>>) -> PyResult<HashMap<String, Vec<u8>>> {
    let mut named = HashMap::new();
    let Some(files) = files else { return Ok(named) };
    for item in files.items()?.iter() {
        let (name, content): (String, Bound<'_, PyAny>) = item.extract()?;
        let content = match content.extract::<&str>() {
            Ok(text) => text.as_bytes().to_vec(),
            Err(_) => content.cast::<PyBytes>().map_err(|_| wrong_content(&name, &content))?.as_bytes().to_vec(),
        };
        named.insert(name, content);
    }
    Ok(named)
}

fn wrong_content(name: &str, content: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("the file {name:?} is str or bytes, not {}", describe(content)))
}

/// The bounds of a `fishplate.Limits`; None means the defaults.
pub(crate) fn limits_of(limits: Option<&Bound<'_, PyAny>>) -> PyResult<Limits> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let mut taken = Limits::default();
    let Some(limits) = limits else { return Ok(taken) };
    if !limits.is_instance(CLASS.import(limits.py(), "fishplate.limits", "Limits")?)? {
        return Err(PyTypeError::new_err(format!("limits is a fishplate.Limits, not {}", describe(limits))));
    }
    for (name, _, _) in Limits::TABLE {
        taken.set(name, limits.getattr(*name)?.extract()?);
    }
    Ok(taken)
}
