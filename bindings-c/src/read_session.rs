//! What sessions give, in the caller's storage: outcomes, last words, reports, the list of options.

use fishplate_boundary::layout::reader::Reader;
use fishplate_boundary::layout::records::OPTIONS_MAGIC;
use fishplate_boundary::layout::session::{OUTCOME_MAGIC, REPORT_MAGIC, kind, state};

use crate::generated::entries::FishplateStatus;
use crate::read_value::FishplateCursor;
use crate::support::{pure, sized, tell};
use crate::types::{FishplateBytes, FishplateText};

/// What `fishplate_session_receive` gave.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateOutcome {
    /// Whether it is the session's last word, and not the outcome of an event.
    pub is_end: bool,
    /// OK: the event was decided, or the session ended as it should. Else why the event was refused, or why the session
    /// ended.
    pub status: FishplateStatus,
    /// The event's sequence, from 1; of a last word the watermark: everything up to it was decided, and nothing after it.
    pub sequence: u64,
    /// The decision's record where an event was decided; else the error's; empty at a good end.
    pub record: FishplateBytes,
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FishplateState {
    /// Events are taken.
    Streaming = 1,
    /// No more events are taken; what was accepted is decided and delivered.
    Closing = 2,
    /// Nothing more will come.
    Done = 3,
}

/// Where a session stands, and what it did so far.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateReport {
    /// The session's id.
    pub id: [u8; 16],
    /// The version of the rule set that decides: SHA-256 over its document and schema.
    pub version: [u8; 32],
    /// The epoch of its connection.
    pub epoch: u64,
    /// Where it is in its life.
    pub state: FishplateState,
    /// With FISHPLATE_STATE_DONE: how it ended; else OK.
    pub status: FishplateStatus,
    /// With FISHPLATE_STATE_DONE: everything up to this sequence was decided, and nothing after it; else 0.
    pub watermark: u64,
    /// Events that were sent; the sequence of the last.
    pub sent: u64,
    /// Events that the other end has said it accepted; the sequence of the last.
    pub accepted: u64,
    /// Outcomes that were received; the sequence of the last.
    pub received: u64,
    /// Events that were shed for newer ones.
    pub shed: u64,
    /// Messages that came again after a broken connection, and were dropped.
    pub repeats: u64,
    /// The name of the rule set that decides.
    pub rule_set: FishplateText,
}

/// One option of a session.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateOption {
    /// Its name; the member of `FishplateSessionOptions` is called so.
    pub name: FishplateText,
    /// What it means, and what 0 means.
    pub meaning: FishplateText,
}

/// Reads what `fishplate_session_receive` gave; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_outcome_read(outcome: FishplateBytes, out: *mut FishplateOutcome) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { outcome.get() }, OUTCOME_MAGIC)?;
        let is_end = match reader.u32().ok()? {
            kind::OUTCOME => false,
            kind::END => true,
            _ => return None,
        };
        let status = FishplateStatus::from_number(reader.i32().ok()?);
        let sequence = reader.u64().ok()?;
        let rest = &reader.whole()[reader.position()..];
        let record = if rest.is_empty() { FishplateBytes::EMPTY } else { FishplateBytes::of(rest) };
        // SAFETY: the caller's promise.
        unsafe { tell(out, FishplateOutcome { is_end, status, sequence, record }) };
        Some(true)
    })
}

/// Reads where a session stands; false if the bytes are no such record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_session_report_read(record: FishplateBytes, out: *mut FishplateReport) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = sized(unsafe { record.get() }, REPORT_MAGIC)?;
        let id = *reader.raw(16).ok()?.first_chunk()?;
        let epoch = reader.u64().ok()?;
        let state = match reader.u32().ok()? {
            state::STREAMING => FishplateState::Streaming,
            state::CLOSING => FishplateState::Closing,
            state::DONE => FishplateState::Done,
            _ => return None,
        };
        let status = FishplateStatus::from_number(reader.i32().ok()?);
        let mut next = || reader.u64().ok();
        let (watermark, sent, accepted) = (next()?, next()?, next()?);
        let (received, shed, repeats) = (next()?, next()?, next()?);
        let rule_set = FishplateText::of(reader.bytes().ok()?);
        let version = *reader.raw(32).ok()?.first_chunk()?;
        let report = FishplateReport {
            id,
            version,
            epoch,
            state,
            status,
            watermark,
            sent,
            accepted,
            received,
            shed,
            repeats,
            rule_set,
        };
        // SAFETY: the caller's promise.
        unsafe { tell(out, report) };
        Some(true)
    })
}

/// Gives a cursor (`fishplate_next_option`) over the options of a session, in the order of the members of
/// `FishplateSessionOptions`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_session_options_read(record: FishplateBytes) -> FishplateCursor {
    pure(FishplateCursor::MALFORMED, || {
        // SAFETY: the caller's promise.
        Some(FishplateCursor::over(sized(unsafe { record.get() }, OPTIONS_MAGIC)?))
    })
}

/// Gives the next option; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_option(cursor: *mut FishplateCursor, option: *mut FishplateOption) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| {
            let name = FishplateText::of(reader.bytes()?);
            Ok(FishplateOption { name, meaning: FishplateText::of(reader.bytes()?) })
        };
        // SAFETY: the caller's promises.
        unsafe { tell(option, FishplateCursor::next(cursor, read)?) };
        Some(true)
    })
}
