//! Values in the caller's storage, and the cursors that walk lists, maps and the parts of a record.

use fishplate_boundary::layout::reader::{Malformed, Raw, Reader};

use crate::support::{pure, tell};
use crate::types::{FishplateBytes, FishplateText};

/// The kinds of value. None is ever added between others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FishplateValueKind {
    /// Null, or absent.
    Null = 0,
    /// `boolean`
    Bool = 1,
    /// `integer`
    Int = 2,
    /// `unsigned_integer`
    Uint = 3,
    /// `real`
    Double = 4,
    /// UTF-8: `data`, `size`
    String = 5,
    /// `data`, `size`
    Bytes = 6,
    /// `integer` seconds since the Unix epoch and `nanos` (0 to 999,999,999) after them
    Timestamp = 7,
    /// `integer` seconds and `nanos`, of one sign
    Duration = 8,
    /// `count` values
    List = 9,
    /// `count` keys and values
    Map = 10,
}

/// A value. Members that its kind does not have are zero. Pointers go into the storage that it was read from.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateValue {
    /// What it is.
    pub kind: FishplateValueKind,
    /// Of a list or map: how many entries.
    pub count: u32,
    /// Of a bool.
    pub boolean: bool,
    /// Of a timestamp or duration: nanoseconds.
    pub nanos: i32,
    /// Of an int; of a timestamp or duration: seconds.
    pub integer: i64,
    /// Of a uint.
    pub unsigned_integer: u64,
    /// Of a double.
    pub real: f64,
    /// Of a string or bytes; of a list or map, where its entries begin.
    pub data: *const u8,
    /// How many bytes `data` has.
    pub size: usize,
}

/// A place in a sequence of things in the caller's storage. Taken by one of the functions that give a cursor, moved by
/// the `fishplate_next_...` function of its sequence.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateCursor {
    /// What is left.
    pub data: *const u8,
    /// How many bytes of it.
    pub size: usize,
    /// How many things are left.
    pub left: u32,
    /// 1 if the bytes turned out not to be such a sequence; nothing is left then.
    pub malformed: u32,
}

impl FishplateValue {
    pub(crate) const NULL: Self = Self {
        kind: FishplateValueKind::Null,
        count: 0,
        boolean: false,
        nanos: 0,
        integer: 0,
        unsigned_integer: 0,
        real: 0.0,
        data: std::ptr::null(),
        size: 0,
    };

    /// Reads one whole value.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut whole = *reader;
        whole.skip()?;
        let raw = reader.value()?;
        let entries = &reader.whole()[reader.position()..whole.position()];
        *reader = whole;
        Ok(Self::of(raw, entries))
    }

    fn of(raw: Raw<'_>, entries: &[u8]) -> Self {
        use FishplateValueKind as Kind;
        let of = |kind| Self { kind, ..Self::NULL };
        let bytes = |kind, bytes: &[u8]| Self { data: bytes.as_ptr(), size: bytes.len(), ..of(kind) };
        match raw {
            // `Other` stands only in what comes in, never in a record that is read here.
            Raw::Null | Raw::Other(_) => Self::NULL,
            Raw::Bool(boolean) => Self { boolean, ..of(Kind::Bool) },
            Raw::Int(integer) => Self { integer, ..of(Kind::Int) },
            Raw::Uint(unsigned_integer) => Self { unsigned_integer, ..of(Kind::Uint) },
            Raw::Double(real) => Self { real, ..of(Kind::Double) },
            Raw::String(text) => bytes(Kind::String, text),
            Raw::Bytes(data) => bytes(Kind::Bytes, data),
            Raw::Timestamp(integer, nanos) => Self { integer, nanos, ..of(Kind::Timestamp) },
            Raw::Duration(integer, nanos) => Self { integer, nanos, ..of(Kind::Duration) },
            Raw::List(count) => Self { count, ..bytes(Kind::List, entries) },
            Raw::Map(count) => Self { count, ..bytes(Kind::Map, entries) },
        }
    }
}

impl FishplateCursor {
    pub(crate) const MALFORMED: Self = Self { data: std::ptr::null(), size: 0, left: 0, malformed: 1 };

    /// A cursor over the count and the things that follow it at `reader`.
    pub(crate) fn over(mut reader: Reader<'_>) -> Self {
        match reader.count(1) {
            Ok(left) => {
                let rest = &reader.whole()[reader.position()..];
                Self { data: rest.as_ptr(), size: rest.len(), left, malformed: 0 }
            }
            Err(_) => Self::MALFORMED,
        }
    }

    /// Reads the next thing by `read`, and moves behind it.
    ///
    /// # Safety
    /// `cursor` is null or points to a cursor whose bytes nothing writes during the call.
    pub(crate) unsafe fn next<T>(
        cursor: *mut Self,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, Malformed>,
    ) -> Option<T> {
        // SAFETY: by the contract of this function.
        let cursor = unsafe { cursor.as_mut() }?;
        if cursor.left == 0 {
            return None;
        }
        // SAFETY: by the contract of this function.
        let bytes = unsafe { FishplateBytes { data: cursor.data, size: cursor.size }.get() };
        let mut reader = Reader::at(bytes, 0);
        match read(&mut reader) {
            Ok(thing) => {
                let rest = &bytes[reader.position()..];
                *cursor = Self { data: rest.as_ptr(), size: rest.len(), left: cursor.left - 1, malformed: 0 };
                Some(thing)
            }
            Err(_) => {
                *cursor = Self::MALFORMED;
                None
            }
        }
    }
}

/// Gives a cursor over the entries of a list (`fishplate_next_value`) or map (`fishplate_next_entry`); an empty one for
/// any other value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_value_entries(value: *const FishplateValue) -> FishplateCursor {
    pure(FishplateCursor::MALFORMED, || {
        // SAFETY: the caller's promise: null, or a value.
        let value = unsafe { value.as_ref() }?;
        Some(FishplateCursor { data: value.data, size: value.size, left: value.count, malformed: 0 })
    })
}

/// Gives the next value of a list; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_value(cursor: *mut FishplateCursor, value: *mut FishplateValue) -> bool {
    pure(false, || {
        // SAFETY: the caller's promises.
        unsafe { tell(value, FishplateCursor::next(cursor, FishplateValue::read)?) };
        Some(true)
    })
}

/// Gives the next key and value of a map; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_entry(
    cursor: *mut FishplateCursor,
    key: *mut FishplateValue,
    value: *mut FishplateValue,
) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| Ok((FishplateValue::read(reader)?, FishplateValue::read(reader)?));
        // SAFETY: the caller's promises.
        unsafe {
            let (found_key, found) = FishplateCursor::next(cursor, read)?;
            tell(key, found_key);
            tell(value, found);
        }
        Some(true)
    })
}

/// Gives the next name and value: of outputs, of features; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_named(
    cursor: *mut FishplateCursor,
    name: *mut FishplateText,
    value: *mut FishplateValue,
) -> bool {
    pure(false, || {
        let read = |reader: &mut Reader<'_>| Ok((FishplateText::of(reader.bytes()?), FishplateValue::read(reader)?));
        // SAFETY: the caller's promises.
        unsafe {
            let (found_name, found) = FishplateCursor::next(cursor, read)?;
            tell(name, found_name);
            tell(value, found);
        }
        Some(true)
    })
}

/// Gives the next text: of matched rules, of names; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_text(cursor: *mut FishplateCursor, text: *mut FishplateText) -> bool {
    pure(false, || {
        // SAFETY: the caller's promises.
        unsafe { tell(text, FishplateCursor::next(cursor, |reader| Ok(FishplateText::of(reader.bytes()?)))?) };
        Some(true)
    })
}
