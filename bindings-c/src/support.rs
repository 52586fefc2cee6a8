//! What every entry does: into the guard, with C's structs as Rust values, and out with the storage filled in.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fishplate::{Error, Limits, TraceContext};
use fishplate_boundary::guard::{self, Done};
use fishplate_boundary::layout::reader::Reader;
use fishplate_boundary::raw::{self, SessionOptions};
use fishplate_boundary::storage::{Call, Storage};

use crate::generated::entries::{FishplateLimits, FishplateSessionOptions, FishplateStatus};
use crate::types::{FishplateBytes, FishplateNamed, FishplateStorage, FishplateTrace};

/// Runs an operation in the guard and fills in the storage.
///
/// # Safety
/// `storage` is null, or points to a storage whose `data` is null or points to `capacity` bytes; nothing else uses
/// either during the call.
pub(crate) unsafe fn enter(
    name: &str,
    storage: *mut FishplateStorage,
    body: impl FnOnce(&mut Call) -> Done,
) -> FishplateStatus {
    // SAFETY: by the contract of this function.
    unsafe { run(name, storage, body) }.0
}

/// The same for an operation that gives a number: it stands at `out`, 0 if the operation fails.
///
/// # Safety
/// As [`enter`]; `out` is null or points to a number that nothing else uses during the call.
pub(crate) unsafe fn enter_giving(
    name: &str,
    storage: *mut FishplateStorage,
    out_name: &str,
    out: *mut u64,
    body: impl FnOnce(&mut Call) -> Done,
) -> FishplateStatus {
    let checked = |call: &mut Call| if out.is_null() { Err(raw::null(out_name)) } else { body(call) };
    // SAFETY: by the contract of this function.
    let (status, value) = unsafe { run(name, storage, checked) };
    if !out.is_null() {
        // SAFETY: not null, and by the contract of this function.
        unsafe { out.write(if status == FishplateStatus::Ok { value } else { 0 }) };
    }
    status
}

/// # Safety
/// As [`enter`].
unsafe fn run(
    name: &str,
    storage: *mut FishplateStorage,
    body: impl FnOnce(&mut Call) -> Done,
) -> (FishplateStatus, u64) {
    let memory = if storage.is_null() {
        Storage::none()
    } else {
        // SAFETY: not null, and by the contract of this function.
        unsafe { Storage::new((*storage).data, (*storage).capacity) }
    };
    let outcome = guard::enter(name, memory, body);
    let status = FishplateStatus::from_number(outcome.status);
    if !storage.is_null() {
        let ticket = if status == FishplateStatus::OutOfRange { outcome.value } else { 0 };
        // SAFETY: not null, and by the contract of this function.
        unsafe {
            (*storage).size = outcome.size as usize;
            (*storage).ticket = ticket;
        }
    }
    (status, outcome.value)
}

/// Runs an accessor: a panic in it, which would be a mistake of ours, gives `otherwise`.
pub(crate) fn pure<R>(otherwise: R, body: impl FnOnce() -> Option<R>) -> R {
    guard::quiet_panics();
    catch_unwind(AssertUnwindSafe(body)).ok().flatten().unwrap_or(otherwise)
}

/// Writes `value` for the caller, and says that there is one.
///
/// # Safety
/// `out` is null or may be written.
pub(crate) unsafe fn tell<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: not null, and by the contract of this function.
        unsafe { out.write(value) };
    }
}

/// # Safety
/// `limits` is null or points to limits that nothing writes during the call.
pub(crate) unsafe fn limits_of(limits: *const FishplateLimits) -> Result<Limits, Error> {
    let count = if limits.is_null() { 0 } else { size_of::<FishplateLimits>() / 8 };
    // SAFETY: the struct is that many numbers and nothing else.
    unsafe { raw::limits("limits", limits.cast(), count as u64) }
}

/// # Safety
/// `options` is null or points to options that nothing writes during the call.
pub(crate) unsafe fn options_of(options: *const FishplateSessionOptions) -> Result<SessionOptions, Error> {
    let count = if options.is_null() { 0 } else { size_of::<FishplateSessionOptions>() / 8 };
    // SAFETY: the struct is that many numbers and nothing else.
    unsafe { raw::session_options("options", options.cast(), count as u64) }
}

/// # Safety
/// `named` is null or points to `count` structs; their pointers are null or point to what their sizes say; nothing
/// writes any of it for `'a`.
pub(crate) unsafe fn named_of<'a>(
    name: &str,
    named: *const FishplateNamed,
    count: usize,
) -> Result<Vec<(&'a str, &'a [u8])>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if named.is_null() {
        return Err(raw::null(name));
    }
    // SAFETY: not null, and by the contract of this function.
    let entries = unsafe { std::slice::from_raw_parts(named, count) };
    let entry = |entry: &FishplateNamed| {
        let (text, content) = (entry.name, entry.content);
        // SAFETY: by the contract of this function.
        Ok(unsafe {
            (raw::text(name, text.data.cast(), text.size as u64)?, raw::bytes(name, content.data, content.size as u64)?)
        })
    };
    entries.iter().map(entry).collect()
}

/// # Safety
/// `pieces` is null or points to `count` structs; their pointers are null or point to what their sizes say; nothing
/// writes any of it for `'a`.
pub(crate) unsafe fn pieces_of<'a>(
    name: &str,
    pieces: *const FishplateBytes,
    count: usize,
) -> Result<Vec<&'a [u8]>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if pieces.is_null() {
        return Err(raw::null(name));
    }
    // SAFETY: not null, and by the contract of this function.
    let pieces = unsafe { std::slice::from_raw_parts(pieces, count) };
    // SAFETY: by the contract of this function.
    pieces.iter().map(|piece| unsafe { raw::bytes(name, piece.data, piece.size as u64) }).collect()
}

/// # Safety
/// `trace` is null or points to a trace that nothing writes during the call.
pub(crate) unsafe fn trace_of(trace: *const FishplateTrace) -> Option<TraceContext> {
    // SAFETY: the struct is 25 bytes and nothing else.
    unsafe { raw::trace(trace.cast()) }
}

/// A reader behind the magic and the size of a record.
pub(crate) fn sized(bytes: &[u8], magic: u32) -> Option<Reader<'_>> {
    let mut head = Reader::at(bytes, 0);
    let (found, size) = (head.u32().ok()?, head.u32().ok()? as usize);
    (found == magic).then_some(())?;
    Some(Reader::at(bytes.get(..size)?, head.position()))
}
