//! The C functions as a C program calls them, in Rust's words: what the tests of this crate share.
#![allow(dead_code)] // each test program uses a part

pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod state;

use fishplate_c::generated::entries::*;
use fishplate_c::read_decision::{FishplateItem, fishplate_batch_items, fishplate_next_item, fishplate_storage_record};
use fishplate_c::read_error::{FishplateError, fishplate_error_read};
use fishplate_c::types::{FishplateHandle, FishplateStorage};

/// A rule set of one rule over inline fields.
pub(crate) const RULES: &str = "fishplate: 1
name: small
schema: {fields: {amount: double, note: string}}
outputs:
  score: {type: int, merge: sum, default: 0}
  note: {type: string, merge: first}
rules:
  - {id: R1, when: event.amount > 1.0, output: {score: 40}}
  - {id: R2, when: 'event.note != \"\"', output: {note: event.note}}
";

/// An event that both rules match.
pub(crate) const EVENT: &str = r#"{"amount": 2.5, "note": "large"}"#;

/// A storage of the test, with memory behind it.
pub(crate) struct Memory {
    bytes: Vec<u8>,
    pub(crate) storage: FishplateStorage,
}

impl Memory {
    pub(crate) fn of(capacity: usize) -> Self {
        let mut bytes = vec![0xAA; capacity];
        let storage = FishplateStorage { data: bytes.as_mut_ptr(), capacity, size: 0, ticket: 0 };
        Self { bytes, storage }
    }

    pub(crate) fn record(&self) -> &[u8] {
        &self.bytes[..self.storage.size.min(self.bytes.len())]
    }

    /// The decisions of the batch that stands in the storage.
    pub(crate) fn items(&self) -> Vec<Vec<u8>> {
        let mut items = Vec::new();
        let mut item = std::mem::MaybeUninit::<FishplateItem>::uninit();
        // SAFETY: the storage is this test's own, and `item` is read only if it was written.
        unsafe {
            let mut cursor = fishplate_batch_items(fishplate_storage_record(&self.storage));
            while fishplate_next_item(&mut cursor, item.as_mut_ptr()) {
                let item = item.assume_init();
                assert_eq!(item.status, FishplateStatus::Ok);
                items.push(std::slice::from_raw_parts(item.record.data, item.record.size).to_vec());
            }
            assert_eq!(cursor.malformed, 0);
        }
        items
    }

    /// Status and code of the error that stands in the storage.
    pub(crate) fn error(&self) -> (FishplateStatus, u32) {
        let mut error = std::mem::MaybeUninit::<FishplateError>::uninit();
        // SAFETY: the storage is this test's own, and `error` is read only if it was written.
        unsafe {
            assert!(fishplate_error_read(fishplate_storage_record(&self.storage), error.as_mut_ptr()), "an error");
            let error = error.assume_init();
            (error.status, error.code)
        }
    }

    /// Asserts that the last call ended so.
    pub(crate) fn refused(&self, got: FishplateStatus, status: FishplateStatus, code: u32) {
        assert_eq!((got, self.error()), (status, (status, code)));
    }
}

pub(crate) fn rules(memory: &mut Memory) -> FishplateHandle {
    compiled(RULES, memory)
}

pub(crate) fn compiled(text: &str, memory: &mut Memory) -> FishplateHandle {
    let mut handle = 0;
    let (file, limits, files) = ("rules.yaml", std::ptr::null(), std::ptr::null());
    // SAFETY: every pointer is to memory of this test that is as long as is said.
    let status = unsafe {
        fishplate_rule_set_from_text(
            file.as_ptr().cast(),
            file.len(),
            text.as_ptr().cast(),
            text.len(),
            files,
            0,
            limits,
            &mut handle,
            &mut memory.storage,
        )
    };
    assert_eq!(status, FishplateStatus::Ok, "{}", String::from_utf8_lossy(memory.record()));
    handle
}

pub(crate) fn engine(rules: FishplateHandle, memory: &mut Memory) -> FishplateHandle {
    let mut handle = 0;
    // SAFETY: as above.
    let status = unsafe { fishplate_engine_open(rules, std::ptr::null(), false, &mut handle, &mut memory.storage) };
    assert_eq!(status, FishplateStatus::Ok, "{}", String::from_utf8_lossy(memory.record()));
    handle
}

pub(crate) fn decide(engine: FishplateHandle, event: &str, memory: &mut Memory) -> FishplateStatus {
    let json = FishplateFormat::Json as u32;
    // SAFETY: as above.
    unsafe { fishplate_decide(engine, json, event.as_ptr(), event.len(), std::ptr::null(), &mut memory.storage) }
}

pub(crate) fn close(handle: FishplateHandle, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: as above.
    unsafe { fishplate_close(handle, &mut memory.storage) }
}

/// Closes what must close, in this order.
pub(crate) fn close_all(handles: &[FishplateHandle], memory: &mut Memory) {
    for handle in handles {
        assert_eq!(close(*handle, memory), FishplateStatus::Ok);
    }
}

pub(crate) fn live(kind: FishplateKind) -> u64 {
    let mut number = u64::MAX;
    // SAFETY: as above; a null storage is allowed.
    let status = unsafe { fishplate_live_objects(kind as u32, &mut number, std::ptr::null_mut()) };
    assert_eq!(status, FishplateStatus::Ok);
    number
}

/// Asserts that nothing is left over.
pub(crate) fn nothing_lives() {
    let kinds = [FishplateKind::RuleSet, FishplateKind::Engine, FishplateKind::Session, FishplateKind::Ring];
    assert_eq!(kinds.map(live), [0; 4], "rule sets, engines, sessions, rings");
}

/// One test of a program at a time; at its end nothing may be left over.
pub(crate) struct Turn(#[allow(dead_code)] std::sync::MutexGuard<'static, ()>); // held, never read

pub(crate) fn turn() -> Turn {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    Turn(TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            nothing_lives();
        }
    }
}
