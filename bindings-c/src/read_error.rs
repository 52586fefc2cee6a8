//! Errors in the caller's storage.

use fishplate_boundary::layout::error::MAGIC;
use fishplate_boundary::layout::reader::{Malformed, Reader};

use crate::generated::entries::FishplateStatus;
use crate::read_value::FishplateCursor;
use crate::support::{pure, sized, tell};
use crate::types::{FishplateBytes, FishplateText};

/// Why a call was refused.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateError {
    /// The status.
    pub status: FishplateStatus,
    /// The first diagnostic's code, which names the error: 203 for F0203.
    pub code: u32,
    /// The whole text, ready to show.
    pub text: FishplateText,
}

/// Where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FishplatePlace {
    /// Nowhere in what came in.
    None = 0,
    /// In a text: `name`, `line`, `column`, `width`, `source`.
    Text = 1,
    /// In a field of the event: `name` is its path; empty for the event itself.
    Field = 2,
    /// In a file or an argument: `name`.
    Name = 3,
}

/// One thing that is wrong.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateDiagnostic {
    /// The code's number: 203 for F0203.
    pub code: u32,
    /// What kind of place it is.
    pub place: FishplatePlace,
    /// From 1; 0 if the place is not in a text.
    pub line: u32,
    /// From 1, in code points.
    pub column: u32,
    /// Code points to underline.
    pub width: u32,
    /// What is wrong.
    pub message: FishplateText,
    /// The file, the path of the field, or the name.
    pub name: FishplateText,
    /// The line itself.
    pub source: FishplateText,
    /// What was expected there; may be empty.
    pub expected: FishplateText,
    /// What to do about it; may be empty.
    pub suggestion: FishplateText,
}

/// Reads an error; false if the bytes are no error record (a storage of less than 58 bytes holds none).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_error_read(error: FishplateBytes, out: *mut FishplateError) -> bool {
    pure(false, || {
        // SAFETY: the caller's promise.
        let mut reader = record(unsafe { error.get() })?;
        let status = FishplateStatus::from_number(reader.i32().ok()?);
        let mut diagnostics = reader;
        let count = diagnostics.u32().ok()?;
        let text = FishplateText::of(diagnostics.bytes().ok()?);
        let code = if count == 0 { 0 } else { diagnostics.u32().ok()? };
        // SAFETY: the caller's promise.
        unsafe { tell(out, FishplateError { status, code, text }) };
        Some(true)
    })
}

/// Gives a cursor (`fishplate_next_diagnostic`) over everything that is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_error_diagnostics(error: FishplateBytes) -> FishplateCursor {
    pure(FishplateCursor::MALFORMED, || {
        // SAFETY: the caller's promise.
        let mut reader = record(unsafe { error.get() })?;
        let (_status, left) = (reader.i32().ok()?, reader.u32().ok()?);
        reader.bytes().ok()?;
        let rest = &reader.whole()[reader.position()..];
        Some(FishplateCursor { data: rest.as_ptr(), size: rest.len(), left, malformed: 0 })
    })
}

/// Gives the next thing that is wrong; false when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_next_diagnostic(
    cursor: *mut FishplateCursor,
    diagnostic: *mut FishplateDiagnostic,
) -> bool {
    pure(false, || {
        // SAFETY: the caller's promises.
        unsafe { tell(diagnostic, FishplateCursor::next(cursor, read_diagnostic)?) };
        Some(true)
    })
}

fn read_diagnostic(reader: &mut Reader<'_>) -> Result<FishplateDiagnostic, Malformed> {
    let code = reader.u32()?;
    let message = FishplateText::of(reader.bytes()?);
    let place = match reader.u8()? {
        1 => FishplatePlace::Text,
        2 => FishplatePlace::Field,
        3 => FishplatePlace::Name,
        _ => FishplatePlace::None,
    };
    let name = FishplateText::of(reader.bytes()?);
    let (line, column, width) = (reader.u32()?, reader.u32()?, reader.u32()?);
    let source = FishplateText::of(reader.bytes()?);
    let expected = FishplateText::of(reader.bytes()?);
    let has_suggestion = reader.u8()? != 0;
    let suggestion = FishplateText::of(reader.bytes()?);
    let suggestion = if has_suggestion { suggestion } else { FishplateText::EMPTY };
    Ok(FishplateDiagnostic { code, place, line, column, width, message, name, source, expected, suggestion })
}

/// A reader behind the magic and the size of an error record.
fn record(bytes: &[u8]) -> Option<Reader<'_>> {
    sized(bytes, MAGIC)
}
