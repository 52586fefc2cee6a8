//! The small records in the caller's storage: rule sets, counters, limits, traces.

use fishplate_boundary::layout::reader::Reader;
use fishplate_boundary::layout::records::{COUNTERS_MAGIC, LIMITS_MAGIC, RULE_SET_MAGIC};

use crate::read_value::FishplateCursor;
use crate::support::{pure, sized, tell};
use crate::types::{FishplateBytes, FishplateText, FishplateTrace};

/// What a rule set is.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateRuleSet {
    /// SHA-256 over its document and schema.
    pub version: [u8; 32],
    /// The document's name.
    pub name: FishplateText,
    /// Names of the outputs (`fishplate_next_text`), in document order.
    pub outputs: FishplateCursor,
    /// Ids of the rules (`fishplate_next_text`), in document order.
    pub rules: FishplateCursor,
    /// Names of the features (`fishplate_next_text`), in document order.
    pub features: FishplateCursor,
    /// The event's fields that are read (`fishplate_next_path`).
    pub fields: FishplateCursor,
}

/// What an engine has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FishplateCounters {
    /// Events accepted.
    pub accepted: u64,
    /// Events refused.
    pub refused: u64,
    /// Accepted events that were late.
    pub late: u64,
    /// Events whose id was seen before.
    pub repeated: u64,
    /// Accepted events that at least one live rule matched.
    pub matched: u64,
}

/// One limit.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateLimit {
    /// Its name; the member of `FishplateLimits` is called so.
    pub name: FishplateText,
    /// What 0 means.
    pub by_default: u64,
    /// What it bounds.
    pub meaning: FishplateText,
}

/// Reads what a rule set is; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_rule_set_read(record: FishplateBytes, out: *mut FishplateRuleSet) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { record.get() }, RULE_SET_MAGIC)?;
        let version = *reader.raw(32).ok()?.first_chunk()?;
        let name = FishplateText::of(reader.bytes().ok()?);
        let mut names = || {
            let cursor = FishplateCursor::over(reader);
            let count = reader.count(4).ok()?;
            (0..count).try_for_each(|_| reader.bytes().map(drop)).ok()?;
            Some(cursor)
        };
        let (outputs, rules, features) = (names()?, names()?, names()?);
        let fields = FishplateCursor::over(reader);
        // SAFETY: the caller's promise.
        unsafe { tell(out, FishplateRuleSet { version, name, outputs, rules, features, fields }) };
        Some(true)
    })
}

/// Gives the next field that a rule set reads, as a cursor (`fishplate_next_text`) over the names from the event
/// downwards; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_path(cursor: *mut FishplateCursor, names: *mut FishplateCursor) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| {
            let names = FishplateCursor::over(*reader);
            let count = reader.count(4)?;
            (0..count).try_for_each(|_| reader.bytes().map(drop))?;
            Ok(names)
        };
        // SAFETY: the caller's promises.
        unsafe { tell(names, FishplateCursor::next(cursor, read)?) };
        Some(true)
    })
}

/// Reads what an engine has done; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_counters_read(record: FishplateBytes, out: *mut FishplateCounters) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { record.get() }, COUNTERS_MAGIC)?;
        let mut next = || reader.u64().ok();
        let (accepted, refused, late, repeated, matched) = (next()?, next()?, next()?, next()?, next()?);
        // SAFETY: the caller's promise.
        unsafe { tell(out, FishplateCounters { accepted, refused, late, repeated, matched }) };
        Some(true)
    })
}

/// Gives a cursor (`fishplate_next_limit`) over the limits, in the order of the members of `FishplateLimits`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_limits_read(record: FishplateBytes) -> FishplateCursor {
    pure(FishplateCursor::MALFORMED, || {
        // SAFETY: the caller's promise.
        Some(FishplateCursor::over(sized(unsafe { record.get() }, LIMITS_MAGIC)?))
    })
}

/// Gives the next limit; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_limit(cursor: *mut FishplateCursor, limit: *mut FishplateLimit) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| {
            let name = FishplateText::of(reader.bytes()?);
            let by_default = reader.u64()?;
            Ok(FishplateLimit { name, by_default, meaning: FishplateText::of(reader.bytes()?) })
        };
        // SAFETY: the caller's promises.
        unsafe { tell(limit, FishplateCursor::next(cursor, read)?) };
        Some(true)
    })
}

/// Reads what `fishplate_trace_from_headers` found: whether there was a context, which, and how many malformed headers
/// were ignored (`ignored` may be null).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_trace_read(
    record: FishplateBytes,
    trace: *mut FishplateTrace,
    ignored: *mut u32,
) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = Reader::at(unsafe { record.get() }, 0);
        let context = *reader.raw(25).ok()?.first_chunk()?;
        let found = reader.u8().ok()? == 1;
        reader.raw(2).ok()?;
        let count = reader.u32().ok()?;
        // SAFETY: the caller's promises.
        unsafe {
            tell(ignored, count);
            tell(trace, FishplateTrace::of(&context));
        }
        Some(found)
    })
}
