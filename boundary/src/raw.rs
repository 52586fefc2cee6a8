//! From a caller's pointers and lengths to slices and texts that are checked. What generated entries call.
//!
//! Every pointer may be null where its length is 0. This file knows no operation.

use fishplate::{Error, Limits, TraceContext};
pub use fishplate_transport::SessionOptions;

use crate::layout::reader::Malformed;
use crate::layout::records::{read_named, read_pieces};
use crate::storage::bad_argument;
pub use crate::storage::null;

/// The bytes at `data`.
///
/// # Errors
/// `INVALID_ARGUMENT`: null with a size above 0 (F0807), a size above the address space (F0809).
///
/// # Safety
/// For `'a`, `data` is null or points to `size` bytes that nothing writes.
pub unsafe fn bytes<'a>(name: &str, data: *const u8, size: u64) -> Result<&'a [u8], Error> {
    if size == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null(name));
    }
    // A slice may not be larger than `isize::MAX`: a negative length of Java's or C's ends here.
    let Some(size) = usize::try_from(size).ok().filter(|size| isize::try_from(*size).is_ok()) else {
        return Err(bad_argument(name, format!("a size of {size} bytes")));
    };
    // SAFETY: not null, and by the contract of this function.
    Ok(unsafe { std::slice::from_raw_parts(data, size) })
}

/// The text at `data`.
///
/// # Errors
/// As [`bytes`], and text that is not UTF-8 (F0809).
///
/// # Safety
/// As [`bytes`].
pub unsafe fn text<'a>(name: &str, data: *const u8, size: u64) -> Result<&'a str, Error> {
    // SAFETY: by the contract of this function.
    let bytes = unsafe { bytes(name, data, size) }?;
    std::str::from_utf8(bytes)
        .map_err(|error| bad_argument(name, format!("text that is not UTF-8 at its byte {}", error.valid_up_to())))
}

/// The named bytes of the layout `named` at `data`.
///
/// # Errors
/// As [`bytes`], and bytes that are no `named` (F0809).
///
/// # Safety
/// As [`bytes`].
pub unsafe fn named<'a>(name: &str, data: *const u8, size: u64) -> Result<Vec<(&'a str, &'a [u8])>, Error> {
    // SAFETY: by the contract of this function.
    read_named(unsafe { bytes(name, data, size) }?).map_err(|wrong| malformed(name, "named", wrong))
}

/// The byte strings of the layout `pieces` at `data`.
///
/// # Errors
/// As [`bytes`], and bytes that are no `pieces` (F0809).
///
/// # Safety
/// As [`bytes`].
pub unsafe fn pieces<'a>(name: &str, data: *const u8, size: u64) -> Result<Vec<&'a [u8]>, Error> {
    // SAFETY: by the contract of this function.
    read_pieces(unsafe { bytes(name, data, size) }?).map_err(|wrong| malformed(name, "pieces", wrong))
}

/// The key groups of which `count` stand at `data`, in the machine's order.
///
/// # Errors
/// `INVALID_ARGUMENT`: null with a count above 0 (F0807), more than fit into memory (F0809).
///
/// # Safety
/// For this call, `data` is null or points to `count` numbers that nothing writes.
pub unsafe fn groups(name: &str, data: *const u16, count: u64) -> Result<Vec<u16>, Error> {
    let size = count.checked_mul(2).ok_or_else(|| bad_argument(name, format!("{count} key groups")))?;
    // SAFETY: by the contract of this function; read as bytes, so that alignment does not matter.
    let bytes = unsafe { bytes(name, data.cast(), size) }?;
    Ok(bytes.chunks_exact(2).map(|chunk| u16::from_ne_bytes(std::array::from_fn(|at| chunk[at]))).collect())
}

/// The limits of which `count` stand at `data`.
///
/// # Errors
/// `INVALID_ARGUMENT`: null with a count above 0 (F0807), more numbers than there are limits, unless 0 (F0809).
///
/// # Safety
/// For this call, `data` is null or points to `count` numbers that nothing writes.
pub unsafe fn limits(name: &str, data: *const u64, count: u64) -> Result<Limits, Error> {
    // SAFETY: by the contract of this function.
    Ok(Limits::from_values(&unsafe { numbers(name, "limits", Limits::TABLE.len(), data, count) }?))
}

/// The options of a session of which `count` stand at `data`; its id and its rule set come apart from them.
///
/// # Errors
/// `INVALID_ARGUMENT`: null with a count above 0 (F0807), more numbers than there are options, unless 0 (F0809).
///
/// # Safety
/// As [`limits`].
pub unsafe fn session_options(name: &str, data: *const u64, count: u64) -> Result<SessionOptions, Error> {
    // SAFETY: by the contract of this function.
    let values = unsafe { numbers(name, "options", SessionOptions::TABLE.len(), data, count) }?;
    Ok(SessionOptions::from_values(&values))
}

/// Numbers of a table of `known` rows; what a later version may know is refused unless it is 0.
///
/// # Safety
/// As [`limits`].
unsafe fn numbers(name: &str, what: &str, known: usize, data: *const u64, count: u64) -> Result<Vec<u64>, Error> {
    let size = count.checked_mul(8).ok_or_else(|| bad_argument(name, format!("{count} {what}")))?;
    // SAFETY: by the contract of this function; read as bytes, so that alignment does not matter.
    let bytes = unsafe { bytes(name, data.cast(), size) }?;
    let values: Vec<u64> =
        bytes.chunks_exact(8).map(|chunk| u64::from_ne_bytes(std::array::from_fn(|at| chunk[at]))).collect();
    if let Some(at) = values.iter().skip(known).position(|value| *value != 0) {
        return Err(bad_argument(name, format!("there are {known} {what}, and number {} is set", known + at + 1)));
    }
    Ok(values)
}

/// The trace context whose 25 bytes stand at `data`; none if it is null or its trace id is zero.
///
/// # Safety
/// For this call, `data` is null or points to 25 bytes that nothing writes.
pub unsafe fn trace(data: *const u8) -> Option<TraceContext> {
    if data.is_null() {
        return None;
    }
    // SAFETY: not null, and by the contract of this function; an array of bytes has no alignment.
    TraceContext::from_bytes(&unsafe { data.cast::<[u8; 25]>().read() })
}

/// The error for bytes that are not the layout that they should be.
#[cold]
pub(crate) fn malformed(name: &str, layout: &str, wrong: Malformed) -> Error {
    bad_argument(name, format!("not the layout `{layout}`: wrong at byte {}", wrong.at))
}
