//! A writer of map events (the layout `fields`) into memory of the caller.
//!
//! Every call may be made at any time: the first mistake is remembered, nothing is written after it, and
//! `fishplate_fields_finish` tells it. Counts are filled in when a list or map ends.

use std::ffi::c_char;

use fishplate_boundary::layout::DEPTH_MAX;

use crate::generated::entries::FishplateStatus;
use crate::support::{pure, tell};
use crate::types::{FishplateBytes, FishplateText};

/// How many lists and maps may be open at a time, the event itself included.
pub const FISHPLATE_FIELDS_DEPTH: usize = 65;

const _: () = assert!(FISHPLATE_FIELDS_DEPTH == DEPTH_MAX as usize + 1);

/// A list or map that is open.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateOpen {
    /// Where its count stands.
    pub at: usize,
    /// How many entries it has so far.
    pub count: u32,
    /// 0 the event, 1 a list, 2 a map.
    pub shape: u32,
}

/// A map event on its way. Its members are the writer's own.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateFields {
    /// Memory of the caller.
    pub data: *mut u8,
    /// Its size.
    pub capacity: usize,
    /// Bytes written, or, if more than `capacity`, bytes needed.
    pub size: usize,
    /// How many lists and maps are open.
    pub depth: u32,
    /// Whether a key waits for its value.
    pub has_key: u32,
    /// Whether the calls came in an order that makes no event.
    pub misused: u32,
    /// Zero.
    pub reserved: u32,
    /// The lists and maps that are open.
    pub open: [FishplateOpen; FISHPLATE_FIELDS_DEPTH],
}

const EVENT: u32 = 0;
const LIST: u32 = 1;
const MAP: u32 = 2;

impl FishplateFields {
    fn start(data: *mut u8, capacity: usize) -> Self {
        let mut fields = Self {
            data,
            capacity: if data.is_null() { 0 } else { capacity },
            size: 0,
            depth: 0,
            has_key: 0,
            misused: 0,
            reserved: 0,
            open: [FishplateOpen { at: 0, count: 0, shape: EVENT }; FISHPLATE_FIELDS_DEPTH],
        };
        fields.begin(EVENT);
        fields
    }

    /// The innermost open list or map.
    fn innermost(&mut self) -> Option<&mut FishplateOpen> {
        let at = (self.depth as usize).checked_sub(1)?;
        self.open.get_mut(at)
    }

    /// Opens a list or map behind its tag: its count comes later.
    fn begin(&mut self, shape: u32) {
        let open = FishplateOpen { at: self.size, count: 0, shape };
        match self.open.get_mut(self.depth as usize) {
            Some(free) => {
                *free = open;
                self.depth += 1;
                self.put(&[0; 4]);
            }
            None => self.misused = 1,
        }
    }

    fn end(&mut self) {
        let Some(open) = self.innermost().copied().filter(|_| self.has_key == 0) else {
            self.misused = 1;
            return;
        };
        self.depth -= 1;
        self.put_at(open.at, &open.count.to_le_bytes());
    }

    /// Whether a key may stand here; it is counted as an entry.
    fn key(&mut self) -> Option<u32> {
        let wrong = self.has_key != 0 || self.innermost().is_none_or(|open| open.shape == LIST);
        if wrong {
            self.misused = 1;
            return None;
        }
        self.has_key = 1;
        let open = self.innermost()?;
        open.count += 1;
        Some(open.shape)
    }

    /// Writes a tag where a value may stand.
    fn value(&mut self, tag: u8) -> Option<()> {
        let has_key = self.has_key != 0;
        let open = self.innermost();
        match open {
            Some(open) if open.shape == LIST => open.count += 1,
            Some(_) if has_key => self.has_key = 0,
            _ => {
                self.misused = 1;
                return None;
            }
        }
        self.put(&[tag]);
        Some(())
    }

    fn put(&mut self, bytes: &[u8]) {
        self.put_at(self.size, bytes);
        self.size = self.size.saturating_add(bytes.len());
    }

    fn put_at(&mut self, at: usize, bytes: &[u8]) {
        if bytes.len() > self.capacity || at > self.capacity - bytes.len() {
            return;
        }
        // SAFETY: within the capacity, which the caller gave with the memory; `bytes` may lie in that memory too,
        // therefore `copy` and not `copy_nonoverlapping`.
        unsafe { std::ptr::copy(bytes.as_ptr(), self.data.add(at), bytes.len()) };
    }

    fn put_sized(&mut self, bytes: &[u8]) {
        match u32::try_from(bytes.len()) {
            Ok(size) => {
                self.put(&size.to_le_bytes());
                self.put(bytes);
            }
            Err(_) => self.misused = 1,
        }
    }
}

/// Runs `body` on a writer that has made no mistake yet.
///
/// # Safety
/// `fields` is null, or points to a writer that was begun and that nothing else uses during the call.
unsafe fn with(fields: *mut FishplateFields, body: impl FnOnce(&mut FishplateFields)) {
    pure((), || {
        // SAFETY: by the contract of this function.
        let fields = unsafe { fields.as_mut() }.filter(|fields| fields.misused == 0)?;
        body(fields);
        Some(())
    });
}

/// # Safety
/// As [`with`].
unsafe fn put(fields: *mut FishplateFields, tag: u8, payload: impl FnOnce(&mut FishplateFields)) {
    // SAFETY: by the contract of this function.
    unsafe {
        with(fields, |fields| {
            if fields.value(tag).is_some() {
                payload(fields);
            }
        });
    }
}

/// Begins an event in `capacity` bytes at `data`. `fields` need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_begin(fields: *mut FishplateFields, data: *mut u8, capacity: usize) {
    // SAFETY: the caller's promise.
    unsafe { tell(fields, FishplateFields::start(data, capacity)) };
}

/// Ends the event. OK: `event` is what `fishplate_decide` takes with FISHPLATE_FORMAT_FIELDS. OUT_OF_RANGE: the memory
/// is too small, `fields->size` bytes are needed. FAILED_PRECONDITION: the calls made no event (a value without a key,
/// a key in a list, more ends than beginnings or fewer, nesting deeper than 64).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_finish(
    fields: *mut FishplateFields,
    event: *mut FishplateBytes,
) -> FishplateStatus {
    pure(FishplateStatus::FailedPrecondition, || {
        // SAFETY: the caller's promise.
        let fields = unsafe { fields.as_mut() }.filter(|fields| fields.misused == 0 && fields.depth == 1)?;
        fields.end();
        if fields.misused != 0 {
            return None;
        }
        if fields.size > fields.capacity {
            return Some(FishplateStatus::OutOfRange);
        }
        // SAFETY: the caller's promise.
        unsafe { tell(event, FishplateBytes { data: fields.data, size: fields.size }) };
        Some(FishplateStatus::Ok)
    })
}

/// The name of the next value: a field of the event or of a message, or a string key of a map.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_key(fields: *mut FishplateFields, name: *const c_char, size: usize) {
    // SAFETY: the caller's promises.
    unsafe {
        let name = FishplateBytes { data: name.cast(), size }.get();
        with(fields, |fields| match fields.key() {
            Some(EVENT) => fields.put_sized(name),
            Some(_) => {
                fields.put(&[5]);
                fields.put_sized(name);
            }
            None => {}
        });
    }
}

/// # Safety
/// As [`with`].
unsafe fn key_of_map(fields: *mut FishplateFields, tag: u8, payload: &[u8]) {
    // SAFETY: by the contract of this function.
    unsafe {
        with(fields, |fields| {
            if fields.key() == Some(MAP) {
                fields.put(&[tag]);
                fields.put(payload);
            } else {
                fields.misused = 1;
            }
        });
    }
}

/// The int key of the next value of a map.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_key_int(fields: *mut FishplateFields, key: i64) {
    // SAFETY: the caller's promise.
    unsafe { key_of_map(fields, 2, &key.to_le_bytes()) };
}

/// The uint key of the next value of a map.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_key_uint(fields: *mut FishplateFields, key: u64) {
    // SAFETY: the caller's promise.
    unsafe { key_of_map(fields, 3, &key.to_le_bytes()) };
}

/// The bool key of the next value of a map.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_key_bool(fields: *mut FishplateFields, key: bool) {
    // SAFETY: the caller's promise.
    unsafe { key_of_map(fields, 1, &[u8::from(key)]) };
}

/// Null: absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_null(fields: *mut FishplateFields) {
    // SAFETY: the caller's promise.
    unsafe { put(fields, 0, |_| {}) };
}

/// A bool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_bool(fields: *mut FishplateFields, value: bool) {
    // SAFETY: the caller's promise.
    unsafe { put(fields, 1, |fields| fields.put(&[u8::from(value)])) };
}

/// An int.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_int(fields: *mut FishplateFields, value: i64) {
    // SAFETY: the caller's promise.
    unsafe { put(fields, 2, |fields| fields.put(&value.to_le_bytes())) };
}

/// A uint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_uint(fields: *mut FishplateFields, value: u64) {
    // SAFETY: the caller's promise.
    unsafe { put(fields, 3, |fields| fields.put(&value.to_le_bytes())) };
}

/// A double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_double(fields: *mut FishplateFields, value: f64) {
    // SAFETY: the caller's promise.
    unsafe { put(fields, 4, |fields| fields.put(&value.to_bits().to_le_bytes())) };
}

/// A string: UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_string(fields: *mut FishplateFields, text: *const c_char, size: usize) {
    // SAFETY: the caller's promises.
    unsafe {
        let text = FishplateBytes { data: text.cast(), size }.get();
        put(fields, 5, |fields| fields.put_sized(text));
    }
}

/// Bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_bytes(fields: *mut FishplateFields, bytes: *const u8, size: usize) {
    // SAFETY: the caller's promises.
    unsafe {
        let bytes = FishplateBytes { data: bytes, size }.get();
        put(fields, 6, |fields| fields.put_sized(bytes));
    }
}

/// A timestamp: seconds since the Unix epoch, and nanoseconds (0 to 999,999,999) after them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_timestamp(fields: *mut FishplateFields, seconds: i64, nanos: i32) {
    // SAFETY: the caller's promise.
    unsafe { put_time(fields, 7, seconds, nanos) };
}

/// A duration: seconds and nanoseconds of one sign.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_put_duration(fields: *mut FishplateFields, seconds: i64, nanos: i32) {
    // SAFETY: the caller's promise.
    unsafe { put_time(fields, 8, seconds, nanos) };
}

/// # Safety
/// As [`with`].
unsafe fn put_time(fields: *mut FishplateFields, tag: u8, seconds: i64, nanos: i32) {
    // SAFETY: by the contract of this function.
    unsafe {
        put(fields, tag, |fields| {
            fields.put(&seconds.to_le_bytes());
            fields.put(&nanos.to_le_bytes());
        });
    }
}

/// Begins a list: values follow, then `fishplate_fields_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_begin_list(fields: *mut FishplateFields) {
    // SAFETY: the caller's promise.
    unsafe { put(fields, 9, |fields| fields.begin(LIST)) };
}

/// Begins a map or a nested message: keys and values follow, then `fishplate_fields_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_begin_map(fields: *mut FishplateFields) {
    // SAFETY: the caller's promise.
    unsafe { put(fields, 10, |fields| fields.begin(MAP)) };
}

/// Ends the list or map that was begun last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_fields_end(fields: *mut FishplateFields) {
    // SAFETY: the caller's promise.
    unsafe {
        with(fields, |fields| if fields.depth > 1 { fields.end() } else { fields.misused = 1 });
    }
}

/// Gives `text` as a text with its length, for the functions that take one: `fishplate_text("score")`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_text(text: *const c_char) -> FishplateText {
    if text.is_null() {
        return FishplateText::EMPTY;
    }
    // SAFETY: the caller's promise: a text that a zero ends.
    FishplateText { data: text, size: unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes().len() }
}
