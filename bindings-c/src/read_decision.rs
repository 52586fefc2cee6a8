//! Decisions in the caller's storage.

use fishplate_boundary::layout::batch;
use fishplate_boundary::layout::decision::{HEADER, MAGIC, at, flag, kind};
use fishplate_boundary::layout::reader::Reader;

use crate::generated::entries::FishplateStatus;
use crate::read_value::{FishplateCursor, FishplateValue};
use crate::support::{pure, tell};
use crate::types::{FishplateBytes, FishplateStorage, FishplateText, FishplateTrace};

/// What stands in the header of a decision.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateDecision {
    /// Version of the rule set that decided: SHA-256 over its document and schema.
    pub version: [u8; 32],
    /// The event came later than the document's `max_disorder` allows.
    pub late: bool,
    /// The event's id was seen before: this is the first decision again.
    pub repeated: bool,
    /// Whether the event came with a trace context.
    pub has_trace: bool,
    /// The trace context that came with the event; zeros if none did.
    pub parent: FishplateTrace,
    /// What the decision is identified by: 1 the event's id, 2 its place in a session, 3 an ordinal, 4 an id that was
    /// made elsewhere (the decision came over a session), 5 a timer (`fishplate_decision_timer`).
    pub identity: u32,
    /// The ordinal of the accepted input (3), or the sequence in the session (2), from 1; else 0.
    pub ordinal: u64,
    /// The event's id (1); else null.
    pub event_id: FishplateValue,
    /// The session's id (2), or the decision's (4); else zeros.
    pub identity_id: [u8; 16],
}

/// What a rule's or an output's error says.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateDecisionError {
    /// Whether `name` is an output (its merge failed) and not a rule (its `when` or `output` ended in an error).
    pub is_output: bool,
    /// Line of the document, from 1.
    pub line: u32,
    /// Column, from 1, in code points.
    pub column: u32,
    /// The code's number: 301 for F0301.
    pub code: u32,
    /// Id of the rule, or name of the output.
    pub name: FishplateText,
    /// What went wrong.
    pub message: FishplateText,
}

/// What became of one event of a batch.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateItem {
    /// OK, or why the event was refused.
    pub status: FishplateStatus,
    /// The decision's record, or the error's.
    pub record: FishplateBytes,
}

/// The bytes of a decision whose header is whole and honest.
pub(crate) struct Record<'a> {
    pub(crate) bytes: &'a [u8],
}

impl<'a> Record<'a> {
    /// # Safety
    /// For `'a`, the bytes are the caller's and nothing writes them.
    pub(crate) unsafe fn new(decision: FishplateBytes) -> Option<Self> {
        // SAFETY: by the contract of this function.
        let bytes: &'a [u8] = unsafe { decision.get() };
        let record = Self { bytes };
        let size = record.number(at::SIZE)? as usize;
        if record.number(0)? != MAGIC || size < HEADER {
            return None;
        }
        Some(Self { bytes: bytes.get(..size)? })
    }

    pub(crate) fn number(&self, at: usize) -> Option<u32> {
        Reader::at(self.bytes, at).u32().ok()
    }

    pub(crate) fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..)?.first_chunk().copied()
    }

    /// The whole record.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn part(&self, at: usize) -> Option<Reader<'a>> {
        Some(Reader::at(self.bytes, self.number(at)? as usize))
    }

    /// The errors of shadow rules, which follow the shadow rules that matched.
    fn shadow_errors(&self) -> Option<Reader<'a>> {
        let mut reader = self.part(at::SHADOW)?;
        let count = reader.count(4).ok()?;
        (0..count).try_for_each(|_| reader.bytes().map(drop)).ok()?;
        Some(reader)
    }
}

/// A cursor over a part of a decision.
///
/// # Safety
/// As [`Record::new`], for this call.
unsafe fn part_of<'a>(
    decision: FishplateBytes,
    part: impl FnOnce(&Record<'a>) -> Option<Reader<'a>>,
) -> FishplateCursor {
    // SAFETY: by the contract of this function.
    pure(FishplateCursor::MALFORMED, || Some(FishplateCursor::over(part(&unsafe { Record::new(decision) }?)?)))
}

/// Gives what stands in a storage after a call: the result's record, or the error's if the call failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_storage_record(storage: *const FishplateStorage) -> FishplateBytes {
    pure(FishplateBytes::EMPTY, || {
        // SAFETY: the caller's promise: null, or a storage.
        let storage = unsafe { storage.as_ref() }?;
        Some(FishplateBytes { data: storage.data, size: storage.size.min(storage.capacity) })
    })
}

/// Reads the header of a decision; false if the bytes are no decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_read(decision: FishplateBytes, out: *mut FishplateDecision) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let record = unsafe { Record::new(decision) }?;
        let flags = record.number(at::FLAGS)?;
        let identity = record.number(at::IDENTITY)?;
        let event_id = match identity {
            kind::EVENT_ID => FishplateValue::read(&mut Reader::at(record.bytes(), HEADER)).ok()?,
            _ => FishplateValue::NULL,
        };
        let read = FishplateDecision {
            version: record.array(at::VERSION)?,
            late: flags & flag::LATE != 0,
            repeated: flags & flag::REPEATED != 0,
            has_trace: flags & flag::TRACE != 0,
            parent: FishplateTrace::of(&record.array(at::PARENT)?),
            ordinal: u64::from_le_bytes(record.array(at::ORDINAL)?),
            event_id,
            identity,
            identity_id: match identity {
                kind::SESSION | kind::GIVEN => record.array(HEADER)?,
                _ => [0; 16],
            },
        };
        // SAFETY: the caller's promise.
        unsafe { tell(out, read) };
        Some(true)
    })
}

/// Gives a cursor (`fishplate_next_named`) over the outputs that have a value, in document order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_outputs(decision: FishplateBytes) -> FishplateCursor {
    // SAFETY: the caller's promise.
    unsafe { part_of(decision, |record| record.part(at::OUTPUTS)) }
}

/// Gives the output `name`; false if it has no value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_output(
    decision: FishplateBytes,
    name: FishplateText,
    value: *mut FishplateValue,
) -> bool {
    pure(false, || {
        // SAFETY: the caller's promises.
        let name = unsafe { FishplateBytes { data: name.data.cast(), size: name.size }.get() };
        // SAFETY: the caller's promise.
        let mut reader = unsafe { Record::new(decision) }?.part(at::OUTPUTS)?;
        for _ in 0..reader.count(5).ok()? {
            let found = reader.bytes().ok()? == name;
            let read = FishplateValue::read(&mut reader).ok()?;
            if found {
                // SAFETY: the caller's promise.
                unsafe { tell(value, read) };
                return Some(true);
            }
        }
        None
    })
}

/// Gives a cursor (`fishplate_next_text`) over the ids of the live rules that fired, in document order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_matched(decision: FishplateBytes) -> FishplateCursor {
    // SAFETY: the caller's promise.
    unsafe { part_of(decision, |record| record.part(at::MATCHED)) }
}

/// Gives a cursor (`fishplate_next_named`) over the features that the matched rules name, in document order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_features(decision: FishplateBytes) -> FishplateCursor {
    // SAFETY: the caller's promise.
    unsafe { part_of(decision, |record| record.part(at::FEATURES)) }
}

/// Gives a cursor (`fishplate_next_error`) over what ended in an error, in document order: rules, then outputs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_errors(decision: FishplateBytes) -> FishplateCursor {
    // SAFETY: the caller's promise.
    unsafe { part_of(decision, |record| record.part(at::ERRORS)) }
}

/// Gives a cursor (`fishplate_next_text`) over the ids of the shadow rules that fired.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_shadow_matched(decision: FishplateBytes) -> FishplateCursor {
    // SAFETY: the caller's promise.
    unsafe { part_of(decision, |record| record.part(at::SHADOW)) }
}

/// Gives a cursor (`fishplate_next_error`) over the errors of shadow rules.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_shadow_errors(decision: FishplateBytes) -> FishplateCursor {
    // SAFETY: the caller's promise.
    unsafe { part_of(decision, Record::shadow_errors) }
}

/// Gives the next error of a decision; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_error(
    cursor: *mut FishplateCursor,
    error: *mut FishplateDecisionError,
) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| {
            let is_output = reader.u8()? == 2;
            let name = FishplateText::of(reader.bytes()?);
            let (code, line, column) = (reader.u32()?, reader.u32()?, reader.u32()?);
            let message = FishplateText::of(reader.bytes()?);
            Ok(FishplateDecisionError { is_output, line, column, code, name, message })
        };
        // SAFETY: the caller's promises.
        unsafe { tell(error, FishplateCursor::next(cursor, read)?) };
        Some(true)
    })
}

/// Gives a cursor (`fishplate_next_item`) over what became of the events of a batch, in their order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_batch_items(batch: FishplateBytes) -> FishplateCursor {
    pure(FishplateCursor::MALFORMED, || {
        // SAFETY: the caller's promise.
        let mut reader = Reader::at(unsafe { batch.get() }, 0);
        let (magic, _size) = (reader.u32().ok()?, reader.u32().ok()?);
        (magic == batch::MAGIC).then(|| FishplateCursor::over(reader))
    })
}

/// Gives what became of the next event; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_item(cursor: *mut FishplateCursor, item: *mut FishplateItem) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| {
            let status = FishplateStatus::from_number(reader.i32()?);
            Ok(FishplateItem { status, record: FishplateBytes::of(reader.bytes()?) })
        };
        // SAFETY: the caller's promises.
        unsafe { tell(item, FishplateCursor::next(cursor, read)?) };
        Some(true)
    })
}
