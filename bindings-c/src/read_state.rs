//! What concerns an engine's state in the caller's storage: timers of decisions, what a swap kept, how much there is.

use fishplate_boundary::layout::decision::{HEADER, at, kind};
use fishplate_boundary::layout::reader::{Malformed, Reader};
use fishplate_boundary::layout::state::{STATE_MAGIC, SWAPPED_MAGIC};

use crate::read_decision::Record;
use crate::read_value::{FishplateCursor, FishplateValue, FishplateValueKind};
use crate::support::{pure, sized, tell};
use crate::types::{FishplateBytes, FishplateText};

/// What an engine does with a new key when its memory is taken, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FishplateAtBudget {
    /// The key is not kept; rules that read its windows end in an error. Keys that are there go on.
    Refuse = 0,
    /// The key that was not written for the longest goes.
    Evict = 1,
}

/// Whether a rule counts, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FishplateMode {
    /// Its outputs are merged.
    Live = 0,
    /// Decided and reported apart, never merged.
    Shadow = 1,
    /// Not decided.
    Off = 2,
    /// As the document says: given to the library, never by it.
    Document = 3,
}

/// Why there is a decision that no event asked for: a rule fired by itself.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateTimer {
    /// Id of the rule.
    pub rule: FishplateText,
    /// The key for which it fired: a list (`fishplate_value_entries`) of the values of the rule's `by`.
    pub key: FishplateValue,
    /// When it was due, in event time: a timestamp.
    pub due: FishplateValue,
}

/// What a swap kept.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateSwapped {
    /// Features and remembering rules whose state went on (`fishplate_next_text`).
    pub kept: FishplateCursor,
    /// Features that begin empty (`fishplate_next_text`): until their windows have filled they tell less than they will.
    pub warming: FishplateCursor,
    /// Features of the earlier rule set that are gone (`fishplate_next_text`).
    pub dropped: FishplateCursor,
}

/// How much an engine remembers, and how its rules stand.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateEngineState {
    /// Bytes that are accounted for.
    pub bytes: u64,
    /// Keys with their windows, each counted once for every list of keys that features share.
    pub keys: u64,
    /// Partition values; 1 without `partition_by`, once an event was accepted.
    pub partitions: u64,
    /// Times that a new key was refused for want of room.
    pub refused_keys: u64,
    /// Keys that went for want of room.
    pub evicted_keys: u64,
    /// Keys that were dropped because their windows were over.
    pub expired_keys: u64,
    /// Features whose windows have not filled since a swap or a restore (`fishplate_next_text`).
    pub warming: FishplateCursor,
    /// The mode of every rule, in document order (`fishplate_next_rule_mode`).
    pub modes: FishplateCursor,
}

/// The mode of one rule.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateRuleMode {
    /// Id of the rule.
    pub rule: FishplateText,
    /// Its mode by number: `FishplateMode`.
    pub mode: u32,
}

/// Reads why there is a decision that no event asked for; false if an event did, or if the bytes are no decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_decision_timer(decision: FishplateBytes, timer: *mut FishplateTimer) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let record = unsafe { Record::new(decision) }?;
        if record.number(at::IDENTITY)? != kind::TIMER {
            return None;
        }
        let mut reader = Reader::at(record.bytes(), HEADER);
        let rule = FishplateText::of(reader.bytes().ok()?);
        let key = FishplateValue::read(&mut reader).ok().filter(|key| key.kind == FishplateValueKind::List)?;
        let (integer, nanos) = (reader.i64().ok()?, reader.i32().ok()?);
        let due = FishplateValue { kind: FishplateValueKind::Timestamp, integer, nanos, ..FishplateValue::NULL };
        // SAFETY: the caller's promise.
        unsafe { tell(timer, FishplateTimer { rule, key, due }) };
        Some(true)
    })
}

/// Reads what a swap kept; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_swapped_read(record: FishplateBytes, out: *mut FishplateSwapped) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { record.get() }, SWAPPED_MAGIC)?;
        let (kept, warming) = (names(&mut reader).ok()?, names(&mut reader).ok()?);
        let dropped = FishplateCursor::over(reader);
        // SAFETY: the caller's promise.
        unsafe { tell(out, FishplateSwapped { kept, warming, dropped }) };
        Some(true)
    })
}

/// Reads how much an engine remembers; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_engine_state_read(record: FishplateBytes, out: *mut FishplateEngineState) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { record.get() }, STATE_MAGIC)?;
        let mut next = || reader.u64().ok();
        let read = FishplateEngineState {
            bytes: next()?,
            keys: next()?,
            partitions: next()?,
            refused_keys: next()?,
            evicted_keys: next()?,
            expired_keys: next()?,
            warming: names(&mut reader).ok()?,
            modes: FishplateCursor::over(reader),
        };
        // SAFETY: the caller's promise.
        unsafe { tell(out, read) };
        Some(true)
    })
}

/// Gives the next rule and its mode; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_rule_mode(cursor: *mut FishplateCursor, mode: *mut FishplateRuleMode) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| {
            Ok(FishplateRuleMode { rule: FishplateText::of(reader.bytes()?), mode: reader.u32()? })
        };
        // SAFETY: the caller's promises.
        unsafe { tell(mode, FishplateCursor::next(cursor, read)?) };
        Some(true)
    })
}

/// A cursor over names, which `reader` passes.
fn names(reader: &mut Reader<'_>) -> Result<FishplateCursor, Malformed> {
    let cursor = FishplateCursor::over(*reader);
    let count = reader.count(4)?;
    (0..count).try_for_each(|_| reader.bytes().map(drop))?;
    Ok(cursor)
}
