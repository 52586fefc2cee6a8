//! Sessions as a C program holds them, in Rust's words.

use std::ptr::null;

use fishplate_c::generated::entries::*;
use fishplate_c::read_decision::fishplate_storage_record;
use fishplate_c::read_session::*;
use fishplate_c::types::{FishplateHandle, FishplateTrace};

use super::Memory;

/// Long enough for any machine; no test waits for it to be over.
pub(crate) const LONG: u32 = 30_000;

/// Options that every transport takes.
pub(crate) fn options() -> FishplateSessionOptions {
    FishplateSessionOptions { deadline_ms: 600_000, ..FishplateSessionOptions::default() }
}

/// Opens a session; the handle is 0 if it is refused.
pub(crate) fn open(
    address: &str,
    options: &FishplateSessionOptions,
    id: &[u8],
    rule_set: &str,
    memory: &mut Memory,
) -> (FishplateStatus, FishplateHandle) {
    let mut handle = 7;
    let (name, size) = (rule_set.as_ptr().cast(), rule_set.len());
    let text = address.as_ptr().cast();
    let storage = &mut memory.storage;
    // SAFETY: every pointer is to memory of this test that is as long as is said.
    let status = unsafe {
        fishplate_session_open(text, address.len(), options, id.as_ptr(), id.len(), name, size, &mut handle, storage)
    };
    (status, handle)
}

/// Opens a session that must open.
pub(crate) fn opened(address: &str, options: &FishplateSessionOptions, memory: &mut Memory) -> FishplateHandle {
    let (status, handle) = open(address, options, &[], "", memory);
    assert_eq!(status, FishplateStatus::Ok, "{address}: {}", String::from_utf8_lossy(memory.record()));
    handle
}

/// What a test sends besides the event.
#[derive(Clone, Copy, Default)]
pub(crate) struct Extra {
    pub(crate) trace: Option<FishplateTrace>,
    pub(crate) preview: bool,
    pub(crate) within_ms: u32,
    pub(crate) wait_ms: u32,
}

/// Sends a JSON event with everything that can be said of it; gives its sequence, 0 if it is refused.
pub(crate) fn send_with(
    session: FishplateHandle,
    event: &str,
    extra: Extra,
    memory: &mut Memory,
) -> (FishplateStatus, u64) {
    let mut sequence = 7;
    let trace = extra.trace.as_ref().map_or(null(), std::ptr::from_ref);
    // SAFETY: as above.
    let status = unsafe {
        fishplate_session_send(
            session,
            FishplateFormat::Json as u32,
            event.as_ptr(),
            event.len(),
            trace,
            extra.preview,
            extra.within_ms,
            extra.wait_ms,
            &mut sequence,
            &mut memory.storage,
        )
    };
    (status, sequence)
}

/// Sends a JSON event, waiting for room no longer than so many milliseconds.
pub(crate) fn send(session: FishplateHandle, event: &str, wait_ms: u32, memory: &mut Memory) -> (FishplateStatus, u64) {
    send_with(session, event, Extra { wait_ms, ..Extra::default() }, memory)
}

/// Sends an event that must be taken; gives its sequence.
pub(crate) fn sent(session: FishplateHandle, event: &str, memory: &mut Memory) -> u64 {
    let (status, sequence) = send(session, event, LONG, memory);
    assert_eq!(status, FishplateStatus::Ok, "{}", String::from_utf8_lossy(memory.record()));
    sequence
}

pub(crate) fn receive(session: FishplateHandle, wait_ms: u32, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: as above.
    unsafe { fishplate_session_receive(session, wait_ms, &mut memory.storage) }
}

/// What was received, read: its record points into the memory.
pub(crate) fn received(session: FishplateHandle, memory: &mut Memory) -> FishplateOutcome {
    let status = receive(session, LONG, memory);
    assert_eq!(status, FishplateStatus::Ok, "{}", String::from_utf8_lossy(memory.record()));
    read_outcome(memory)
}

/// The outcome that stands in the memory.
pub(crate) fn read_outcome(memory: &Memory) -> FishplateOutcome {
    let mut outcome = std::mem::MaybeUninit::uninit();
    // SAFETY: read only if it was written.
    unsafe {
        assert!(fishplate_outcome_read(fishplate_storage_record(&memory.storage), outcome.as_mut_ptr()), "an outcome");
        outcome.assume_init()
    }
}

/// Receives an event's outcome and asserts whose it is and that it was decided.
pub(crate) fn decided(session: FishplateHandle, sequence: u64, memory: &mut Memory) {
    let outcome = received(session, memory);
    let got = (outcome.is_end, outcome.status, outcome.sequence);
    assert_eq!(got, (false, FishplateStatus::Ok, sequence), "{}", String::from_utf8_lossy(memory.record()));
}

/// Receives the last word and asserts its status; gives the watermark.
pub(crate) fn ended(session: FishplateHandle, status: FishplateStatus, memory: &mut Memory) -> u64 {
    let outcome = received(session, memory);
    assert_eq!((outcome.is_end, outcome.status), (true, status), "{}", String::from_utf8_lossy(memory.record()));
    outcome.sequence
}

pub(crate) fn half_close(session: FishplateHandle, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: as above.
    unsafe { fishplate_session_half_close(session, &mut memory.storage) }
}

pub(crate) fn cancel(session: FishplateHandle, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: as above.
    unsafe { fishplate_session_cancel(session, &mut memory.storage) }
}

/// Where the session stands. Its texts point into the memory.
pub(crate) fn report(session: FishplateHandle, memory: &mut Memory) -> FishplateReport {
    let mut report = std::mem::MaybeUninit::uninit();
    // SAFETY: as above; read only if it was written.
    unsafe {
        let status = fishplate_session_report(session, &mut memory.storage);
        assert_eq!(status, FishplateStatus::Ok, "{}", String::from_utf8_lossy(memory.record()));
        assert!(fishplate_session_report_read(fishplate_storage_record(&memory.storage), report.as_mut_ptr()));
        report.assume_init()
    }
}

pub(crate) fn share(engine: FishplateHandle, name: &str, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: as above.
    unsafe { fishplate_engine_share(engine, name.as_ptr().cast(), name.len(), &mut memory.storage) }
}
