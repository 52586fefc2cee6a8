//! What an engine remembers, as Python has it: the words and numbers of its options, snapshots in and out, and the
//! records that tell of it. Knows no locks; what is long here leaves the GIL to others.

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::{ptr, slice};

use fishplate::engine::{Options, Swapped};
use fishplate::ruleset::Mode;
use fishplate::state::{AtBudget, StateSize};
use fishplate::{Error, Place, Status, codes, did_you_mean};
use fishplate_boundary::objects::EngineState;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyTuple};

use crate::errors::to_py_err;
use crate::rule_set::limits_of;
use crate::values_in::{copy_buffer, describe};

const MODES: [(&str, Mode); 3] = [("live", Mode::Live), ("shadow", Mode::Shadow), ("off", Mode::Off)];
const AT_BUDGET: [(&str, AtBudget); 2] = [("refuse", AtBudget::Refuse), ("evict", AtBudget::Evict)];

/// The options of an engine, as its constructor and `restore` take them.
pub(crate) fn options(
    py: Python<'_>,
    limits: Option<&Bound<'_, PyAny>>,
    strict: bool,
    memory: Option<&Bound<'_, PyAny>>,
    at_budget: &str,
) -> PyResult<Options> {
    let by_default = Options::default();
    let memory = match memory.map(bytes_of_memory).transpose()? {
        None | Some(0) => by_default.memory,
        Some(bytes) => bytes,
    };
    let at_budget = word(py, "at_budget", at_budget, &AT_BUDGET)?;
    Ok(Options { limits: limits_of(limits)?, strict, memory, at_budget })
}

fn bytes_of_memory(memory: &Bound<'_, PyAny>) -> PyResult<u64> {
    if !is_number(memory) {
        return Err(PyTypeError::new_err(format!("memory is a number of bytes, not {}", describe(memory))));
    }
    memory.extract().map_err(|_| PyValueError::new_err(format!("memory is from 0 to {} bytes", u64::MAX)))
}

/// The mode that a caller names; None is the document's own.
pub(crate) fn mode(py: Python<'_>, mode: Option<&str>) -> PyResult<Option<Mode>> {
    mode.map(|mode| word(py, "mode", mode, &MODES)).transpose()
}

/// What `said` means as the argument `name`.
fn word<T: Copy>(py: Python<'_>, name: &str, said: &str, known: &[(&str, T)]) -> PyResult<T> {
    if let Some((_, meant)) = known.iter().find(|(word, _)| *word == said) {
        return Ok(*meant);
    }
    let words = known.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    let message = format!("{name} is one of {words}, and is {said:?}");
    let error = Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name(name.into()));
    let near = did_you_mean(said, known.iter().map(|(word, _)| *word));
    Err(to_py_err(py, &near.into_iter().fold(error, |error, near| error.suggest(near))))
}

/// Indices of key groups; None is all of them.
pub(crate) fn groups(groups: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<u16>>> {
    let Some(groups) = groups else { return Ok(None) };
    let indices = groups.try_iter()?.map(|group| {
        let group = group?;
        if !is_number(&group) {
            return Err(PyTypeError::new_err(format!("a key group is an int, not {}", describe(&group))));
        }
        group.extract().map_err(|_| PyValueError::new_err(format!("a key group is an int from 0 to {}", u16::MAX)))
    });
    indices.collect::<PyResult<Vec<u16>>>().map(Some)
}

/// `bool` is an int to Python, and no number to anybody who passes one here.
fn is_number(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>()
}

/// The content of a snapshot: bytes as they are, any other buffer copied, because it may change while it is read.
pub(crate) fn snapshot_content<'a>(snapshot: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    match snapshot.cast::<PyBytes>() {
        Ok(bytes) => Ok(Cow::Borrowed(bytes.as_bytes())),
        Err(_) => copy_buffer(snapshot)
            .map(Cow::Owned)
            .map_err(|_| PyTypeError::new_err(format!("a snapshot is bytes, not {}", describe(snapshot)))),
    }
}

/// A snapshot as Python's bytes, copied without the GIL: it may be a gibibyte.
pub(crate) fn snapshot_bytes(py: Python<'_>, snapshot: Vec<u8>) -> PyResult<Bound<'_, PyBytes>> {
    // A Vec never holds more bytes than an isize counts.
    let length = snapshot.len() as ffi::Py_ssize_t;
    // SAFETY: the GIL is held; a null pointer asks for bytes without content, and null comes back with an exception set.
    let made = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromStringAndSize(ptr::null(), length)) }?;
    // SAFETY: that function makes bytes objects and no others.
    let bytes = unsafe { made.cast_into_unchecked::<PyBytes>() };
    // SAFETY: the object has `length` bytes and a final NUL, is kept alive by `bytes`, and nobody else knows it yet.
    let room: &mut [MaybeUninit<u8>] =
        unsafe { slice::from_raw_parts_mut(ffi::PyBytes_AsString(bytes.as_ptr()).cast(), snapshot.len()) };
    py.detach(move || {
        // SAFETY: both have the snapshot's length, and do not overlap: the object was made while the snapshot was there.
        unsafe { ptr::copy_nonoverlapping(snapshot.as_ptr(), room.as_mut_ptr().cast(), snapshot.len()) };
        drop(snapshot);
    });
    Ok(bytes)
}

/// `fishplate.Swapped`
pub(crate) fn swapped_record<'py>(py: Python<'py>, swapped: &Swapped) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let names = |names: &[String]| PyTuple::new(py, names);
    let parts = (names(&swapped.kept)?, names(&swapped.warming)?, names(&swapped.dropped)?);
    CLASS.import(py, "fishplate._records", "Swapped")?.call1(parts)
}

/// `fishplate.State`
pub(crate) fn state_record<'py>(py: Python<'py>, state: &EngineState) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let StateSize { bytes, keys, partitions, refused_keys, evicted_keys, expired_keys } = state.size;
    let modes = PyDict::new(py);
    for (rule, mode) in &state.modes {
        let word = MODES.iter().find(|(_, known)| known == mode).map(|(word, _)| *word);
        modes.set_item(rule, word)?;
    }
    let warming = PyTuple::new(py, &state.warming)?;
    let parts = (bytes, keys, partitions, refused_keys, evicted_keys, expired_keys, warming, modes);
    CLASS.import(py, "fishplate._records", "State")?.call1(parts)
}
