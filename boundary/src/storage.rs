//! The caller's storage, and what a call says besides its record. Knows no layout and no operation.

use fishplate::{Error, Place, Status, codes};

use crate::layout::sink::Sink;

/// Memory of the caller that a result is written into; valid for one call.
#[derive(Debug)]
pub struct Storage {
    data: *mut u8,
    capacity: usize,
    given: bool,
}

impl Storage {
    /// No storage at all: only the status is told.
    pub fn none() -> Self {
        Self { data: std::ptr::null_mut(), capacity: 0, given: false }
    }

    /// The storage of `capacity` bytes at `data`. A null `data` is a storage of 0 bytes: the size is told.
    ///
    /// # Safety
    /// Until the value is gone, `data` is null or points to `capacity` bytes that may be written and that nothing else
    /// reads or writes.
    pub unsafe fn new(data: *mut u8, capacity: usize) -> Self {
        let capacity = if data.is_null() { 0 } else { capacity };
        Self { data, capacity, given: true }
    }

    /// Something that writes from the start of the storage.
    pub(crate) fn sink(&mut self) -> Sink<'_> {
        // SAFETY: by the contract of `new`, and `self` is borrowed for as long as the sink lives.
        unsafe { Sink::new(self.data, self.capacity) }
    }
}

/// A call on its way: the storage, and what it will say.
#[derive(Debug)]
pub struct Call {
    storage: Storage,
    size: u64,
    value: u64,
}

/// What a call said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status's number; 0 is OK.
    pub status: i32,
    /// Bytes written, or, if more than the capacity, bytes needed.
    pub size: u64,
    /// The new handle, the number, or the ticket; 0 if there is none.
    pub value: u64,
}

impl Call {
    pub(crate) fn new(storage: Storage) -> Self {
        Self { storage, size: 0, value: 0 }
    }

    pub(crate) fn storage(&mut self) -> Sink<'_> {
        self.storage.sink()
    }

    /// Refuses a call that has nowhere to put its result, before it does anything.
    pub(crate) fn needs_storage(&self) -> Result<(), Error> {
        if self.storage.given { Ok(()) } else { Err(null("storage")) }
    }

    /// Sets the handle, the number or the ticket that the call gives.
    pub(crate) fn give(&mut self, value: u64) {
        self.value = value;
    }

    /// Writes the result by `write`. Too small a storage is `OUT_OF_RANGE` with the size needed.
    pub(crate) fn write(&mut self, write: impl Fn(&mut Sink<'_>)) -> Result<(), Error> {
        let mut sink = self.storage.sink();
        write(&mut sink);
        self.size = sink.size() as u64;
        if sink.fits() { Ok(()) } else { Err(too_small(self.size, self.storage.capacity)) }
    }

    /// The size of the result that was written, or that did not fit.
    pub(crate) fn size(&self) -> usize {
        self.size as usize
    }

    /// Sets the size after an error was written; a size that the result needs is told before that of the error.
    pub(crate) fn refused(&mut self, size: usize) {
        if self.size == 0 {
            self.size = size as u64;
        }
    }

    pub(crate) fn outcome(&self, status: Status) -> Outcome {
        Outcome { status: status as i32, size: self.size, value: self.value }
    }
}

/// The error for an argument that may not be null.
#[cold]
pub fn null(name: &str) -> Error {
    let message = format!("`{name}` may not be null here");
    Error::new(Status::InvalidArgument, codes::NULL_ARGUMENT, message, Place::Name(name.to_owned()))
}

/// The error for an argument outside its range.
#[cold]
pub(crate) fn bad_argument(name: &str, message: impl Into<String>) -> Error {
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name(name.to_owned()))
}

/// The error for a result that the caller has no room for.
#[cold]
pub(crate) fn too_small(needed: u64, capacity: usize) -> Error {
    let message = format!("the result has {needed} bytes, the storage {capacity}");
    Error::new(Status::OutOfRange, codes::STORAGE_TOO_SMALL, message, Place::None)
}
