//! Python's values as the core reads them: only what it asks for, borrowed where Python owns it.
//!
//! The core asks under an engine's lock, so what runs here should be C, not Python: exact types come first, and only
//! what Python itself cannot do otherwise (a custom `Mapping`, a time zone) runs code of the caller. Such code may
//! raise: the exception is kept in [`Reading`], the core sees a value that no field takes, and whoever called the core
//! raises what was kept. Knows nothing of engines and locks.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use fishplate::{HostFields, HostList, HostValue};
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyList, PyMapping, PyMemoryView,
    PyString, PyTuple,
};

use crate::times::{Instant, NAIVE, PyDuration, PyTimestamp, duration_of, timestamp_of};
use crate::values_out::uint_class;

/// The names by which a rule set reads a dict, as Python strings whose hash is known.
pub(crate) struct Names {
    order: Vec<(Box<str>, Py<PyString>)>,
    index: HashMap<Box<str>, usize>,
}

impl Names {
    /// The names on `paths`, each once.
    pub(crate) fn new<'a>(py: Python<'_>, paths: impl Iterator<Item = &'a [String]>) -> Self {
        let mut names = Self { order: Vec::new(), index: HashMap::new() };
        for name in paths.flatten() {
            if !names.index.contains_key(name.as_str()) {
                names.index.insert(name.as_str().into(), names.order.len());
                names.order.push((name.as_str().into(), PyString::intern(py, name).unbind()));
            }
        }
        names
    }

    /// `name` as a Python string. `hint` is where the next one probably stands: names are mostly asked for in order.
    fn key<'py>(&self, py: Python<'py>, name: &str, hint: &Cell<usize>) -> Bound<'py, PyString> {
        let at = match self.order.get(hint.get()) {
            Some((known, _)) if **known == *name => hint.get(),
            _ => match self.index.get(name) {
                Some(at) => *at,
                None => return PyString::new(py, name),
            },
        };
        hint.set(at + 1);
        self.order[at].1.bind(py).clone()
    }
}

/// The reading of one event, or of one after the other.
pub(crate) struct Reading<'a, 'py> {
    py: Python<'py>,
    names: &'a Names,
    hint: Cell<usize>,
    raised: RefCell<Option<PyErr>>,
}

impl<'a, 'py> Reading<'a, 'py> {
    pub(crate) fn new(py: Python<'py>, names: &'a Names) -> Self {
        Self { py, names, hint: Cell::new(0), raised: RefCell::new(None) }
    }

    /// What Python code raised while it was read, if anything did.
    pub(crate) fn take_raised(&self) -> Option<PyErr> {
        self.raised.borrow_mut().take()
    }

    /// Keeps the first exception, and says what the core then sees.
    fn keep(&self, error: PyErr) -> HostValue<'static> {
        self.raised.borrow_mut().get_or_insert(error);
        HostValue::Other(Cow::Borrowed("a value that raised an exception when it was read"))
    }
}

/// Objects whose memory the core borrows for as long as this lives.
#[derive(Default)]
struct Kept<'py>(RefCell<Vec<Bound<'py, PyAny>>>);

impl<'py> Kept<'py> {
    /// The text of `text`; `None` if it holds a lone surrogate.
    fn text(&self, text: Bound<'py, PyString>) -> Option<&str> {
        let utf8: *const str = text.to_str().ok()?;
        self.0.borrow_mut().push(text.into_any());
        // SAFETY: a str is immutable and owns its UTF-8 form until it dies, and it is kept alive by `self.0`, from
        // which nothing is ever taken while `self` is borrowed.
        Some(unsafe { &*utf8 })
    }

    /// The content of `bytes`.
    fn bytes(&self, bytes: Bound<'py, PyBytes>) -> &[u8] {
        let content: *const [u8] = bytes.as_bytes();
        self.0.borrow_mut().push(bytes.into_any());
        // SAFETY: a bytes object is immutable and owns its content until it dies, and it is kept alive by `self.0`,
        // from which nothing is ever taken while `self` is borrowed.
        unsafe { &*content }
    }
}

/// A dict as a message or a map.
pub(crate) struct Fields<'a, 'py> {
    dict: Bound<'py, PyDict>,
    reading: &'a Reading<'a, 'py>,
    kept: Kept<'py>,
    items: OnceCell<Bound<'py, PyList>>,
}

impl<'a, 'py> Fields<'a, 'py> {
    pub(crate) fn new(dict: Bound<'py, PyDict>, reading: &'a Reading<'a, 'py>) -> Self {
        reading.hint.set(0);
        Self { dict, reading, kept: Kept::default(), items: OnceCell::new() }
    }
}

impl HostFields for Fields<'_, '_> {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        let key = self.reading.names.key(self.reading.py, name, &self.reading.hint);
        match self.dict.get_item(key) {
            Ok(found) => found.map(|object| read(object, &self.kept, self.reading)),
            Err(error) => Some(self.reading.keep(error)),
        }
    }

    fn len(&self) -> usize {
        self.dict.len()
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        // A copy: positions in it stay what they are, whatever happens to the dict meanwhile.
        let item = self.items.get_or_init(|| self.dict.items()).get_item(at).ok()?;
        let pair = item.cast_into::<PyTuple>().ok()?;
        let part = |at| pair.get_item(at).map(|object| read(object, &self.kept, self.reading)).ok();
        Some((part(0)?, part(1)?))
    }
}

/// A list or a tuple.
pub(crate) struct Entries<'a, 'py> {
    entries: Sequence<'py>,
    reading: &'a Reading<'a, 'py>,
    kept: Kept<'py>,
}

enum Sequence<'py> {
    List(Bound<'py, PyList>),
    Tuple(Bound<'py, PyTuple>),
}

impl<'a, 'py> Entries<'a, 'py> {
    pub(crate) fn of_tuple(tuple: Bound<'py, PyTuple>, reading: &'a Reading<'a, 'py>) -> Self {
        Self { entries: Sequence::Tuple(tuple), reading, kept: Kept::default() }
    }
}

impl HostList for Entries<'_, '_> {
    fn len(&self) -> usize {
        match &self.entries {
            Sequence::List(list) => list.len(),
            Sequence::Tuple(tuple) => tuple.len(),
        }
    }

    fn get(&self, at: usize) -> HostValue<'_> {
        let entry = match &self.entries {
            Sequence::List(list) => list.get_item(at),
            Sequence::Tuple(tuple) => tuple.get_item(at),
        };
        match entry {
            Ok(entry) => read(entry, &self.kept, self.reading),
            Err(error) => self.reading.keep(error), // the list shrank while it was read
        }
    }
}

/// `object` as the core reads it. Exact types first: they are nearly all there is, and asking for them is a comparison.
fn read<'s, 'py>(object: Bound<'py, PyAny>, kept: &'s Kept<'py>, reading: &'s Reading<'_, 'py>) -> HostValue<'s> {
    if object.is_none() {
        return HostValue::Null;
    }
    if object.is_exact_instance_of::<PyString>() {
        return read_text(object, kept);
    }
    if let Ok(double) = object.cast_exact::<PyFloat>() {
        return HostValue::Double(double.value());
    }
    if object.is_exact_instance_of::<PyInt>() {
        return read_int(&object);
    }
    if let Ok(truth) = object.cast_exact::<PyBool>() {
        return HostValue::Bool(truth.is_true());
    }
    read_other(object, kept, reading).unwrap_or_else(|error| reading.keep(error))
}

/// Subclasses, and the types that are rarer.
fn read_other<'s, 'py>(
    object: Bound<'py, PyAny>,
    kept: &'s Kept<'py>,
    reading: &'s Reading<'_, 'py>,
) -> PyResult<HostValue<'s>> {
    let py = object.py();
    if let Ok(time) = object.cast::<PyTimestamp>() {
        return Ok(HostValue::Timestamp(time.get().0));
    }
    if let Ok(span) = object.cast::<PyDuration>() {
        return Ok(HostValue::Duration(span.get().0));
    }
    if object.is_instance_of::<PyString>() {
        return Ok(read_text(object, kept));
    }
    if object.is_instance_of::<PyInt>() {
        return if object.is_instance(uint_class(py)?)? {
            object.extract().map(HostValue::Uint)
        } else {
            Ok(read_int(&object))
        };
    }
    if let Ok(double) = object.cast::<PyFloat>() {
        return Ok(HostValue::Double(double.value()));
    }
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(HostValue::Bytes(Cow::Borrowed(kept.bytes(bytes.clone()))));
    }
    if is_mutable_buffer(&object) {
        return copy_buffer(&object).map(|bytes| HostValue::Bytes(Cow::Owned(bytes)));
    }
    if let Some(entries) = sequence(&object) {
        return Ok(HostValue::List(Box::new(Entries { entries, reading, kept: Kept::default() })));
    }
    if let Some(dict) = as_dict(&object)? {
        return Ok(HostValue::Fields(Box::new(Fields::new(dict, reading))));
    }
    read_time(&object)
}

fn read_text<'s, 'py>(object: Bound<'py, PyAny>, kept: &'s Kept<'py>) -> HostValue<'s> {
    match object.cast_into::<PyString>().ok().and_then(|text| kept.text(text)) {
        Some(text) => HostValue::String(Cow::Borrowed(text)),
        None => HostValue::Other(Cow::Borrowed("a str with a lone surrogate")),
    }
}

fn read_int(object: &Bound<'_, PyAny>) -> HostValue<'static> {
    if let Ok(number) = object.extract() {
        return HostValue::Int(number);
    }
    match object.extract() {
        Ok(number) => HostValue::Uint(number),
        Err(_) => HostValue::Other(Cow::Borrowed(HostValue::WIDE_INT)),
    }
}

fn read_time(object: &Bound<'_, PyAny>) -> PyResult<HostValue<'static>> {
    if let Ok(time) = object.cast::<PyDateTime>() {
        return Ok(match timestamp_of(time)? {
            Instant::At(time) => HostValue::Timestamp(time),
            Instant::Naive => HostValue::Other(Cow::Borrowed(NAIVE)),
            Instant::OutOfRange => HostValue::Other(Cow::Borrowed("a datetime outside the years 1 to 9999 in UTC")),
        });
    }
    if let Ok(span) = object.cast::<PyDelta>() {
        return Ok(match duration_of(span) {
            Some(span) => HostValue::Duration(span),
            None => HostValue::Other(Cow::Borrowed("a timedelta of more than 10,000 years")),
        });
    }
    Ok(HostValue::Other(Cow::Owned(describe(object))))
}

fn sequence<'py>(object: &Bound<'py, PyAny>) -> Option<Sequence<'py>> {
    if let Ok(list) = object.cast::<PyList>() {
        return Some(Sequence::List(list.clone()));
    }
    object.cast::<PyTuple>().ok().map(|tuple| Sequence::Tuple(tuple.clone()))
}

/// A dict as it is; any other `Mapping` copied into one, which may run its code. `None`: it is neither.
pub(crate) fn as_dict<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(dict) = object.cast::<PyDict>() {
        return Ok(Some(dict.clone()));
    }
    let Ok(mapping) = object.cast::<PyMapping>() else { return Ok(None) };
    let dict = PyDict::new(object.py());
    dict.update(mapping)?;
    Ok(Some(dict))
}

pub(crate) fn is_mutable_buffer(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyByteArray>() || object.is_instance_of::<PyMemoryView>()
}

/// The bytes of a buffer that may change while it is read.
pub(crate) fn copy_buffer(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    PyBuffer::<u8>::get(object)?.to_vec(object.py())
}

/// What `object` is, for an error: `None`, `a set`, `a decimal.Decimal`.
pub(crate) fn describe(object: &Bound<'_, PyAny>) -> String {
    if object.is_none() {
        return "None".to_owned();
    }
    let class = object.get_type();
    let text =
        |part: PyResult<Bound<'_, PyString>>| part.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (module, name) = (text(class.module()), text(class.qualname()));
    let name = if module == "builtins" || module.is_empty() { name } else { format!("{module}.{name}") };
    let article = if name.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {name}")
}
