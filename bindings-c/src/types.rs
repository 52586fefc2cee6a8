//! The plain structs that cross the border, as C sees them.

use std::ffi::c_char;

/// Names an object. 0 names none. Handles are checked wherever they are used.
pub type FishplateHandle = u64;

/// The caller's storage: a result is written into it, or an error record if the call fails.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateStorage {
    /// In: memory of the caller; may be null if `capacity` is 0.
    pub data: *mut u8,
    /// In: its size in bytes.
    pub capacity: usize,
    /// Out: bytes written, or, if more than `capacity`, bytes needed.
    pub size: usize,
    /// Out: with FISHPLATE_STATUS_OUT_OF_RANGE the ticket under which a decision waits, or 0 if none does.
    pub ticket: u64,
}

/// Bytes of somebody else, borrowed.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateBytes {
    /// The first byte; may be null if `size` is 0.
    pub data: *const u8,
    /// How many there are.
    pub size: usize,
}

/// UTF-8 text of somebody else, borrowed; no zero at its end.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateText {
    /// The first byte; may be null if `size` is 0.
    pub data: *const c_char,
    /// How many bytes there are.
    pub size: usize,
}

/// Named bytes: a file by name, a header by name.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateNamed {
    /// The name.
    pub name: FishplateText,
    /// What stands under it.
    pub content: FishplateBytes,
}

/// A trace context: 25 bytes that travel with an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FishplateTrace {
    /// The trace; all zero means none.
    pub trace_id: [u8; 16],
    /// The span.
    pub span_id: [u8; 8],
    /// W3C trace flags: bit 0 is `sampled`.
    pub flags: u8,
}

const _: () = assert!(size_of::<FishplateTrace>() == 25);

impl FishplateBytes {
    pub(crate) const EMPTY: Self = Self { data: std::ptr::null(), size: 0 };

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), size: bytes.len() }
    }

    /// The bytes, for as long as the caller of the entry owns them; none if they are null.
    ///
    /// # Safety
    /// For `'a`, `data` is null or points to `size` bytes that nothing writes.
    pub(crate) unsafe fn get<'a>(self) -> &'a [u8] {
        if self.data.is_null() || isize::try_from(self.size).is_err() {
            return &[];
        }
        // SAFETY: by the contract of this function, and `size` fits.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

impl FishplateText {
    pub(crate) const EMPTY: Self = Self { data: std::ptr::null(), size: 0 };

    pub(crate) fn of(text: &[u8]) -> Self {
        Self { data: text.as_ptr().cast(), size: text.len() }
    }
}

impl FishplateTrace {
    pub(crate) fn of(bytes: &[u8; 25]) -> Self {
        Self {
            trace_id: std::array::from_fn(|at| bytes[at]),
            span_id: std::array::from_fn(|at| bytes[16 + at]),
            flags: bytes[24],
        }
    }
}
