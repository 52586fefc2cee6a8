//! The record of an error. It always fits: what is too long for the storage is cut, the status and the code last.

use fishplate::{Diagnostic, Error, Place};

use super::sink::{Sink, length};

/// `FPE1`
pub const MAGIC: u32 = 0x3145_5046;
/// Bytes of a cut record without any text: header 16, length of the text 4, a diagnostic with nothing but its code 38.
pub const CUT: usize = 58;

/// Writes the record of `error` into a sink at its beginning, cut if it must be. Gives the size of the uncut record.
pub fn write_error(error: &Error, out: &mut Sink<'_>) -> usize {
    let text = error.to_string();
    write_record(error, &text, &error.diagnostics, out);
    let size = out.size();
    if !out.fits() {
        out.rewind();
        if let Some(room) = out.capacity().checked_sub(CUT) {
            let first = Diagnostic {
                code: error.code(),
                message: String::new(),
                place: Place::None,
                expected: String::new(),
                suggestion: None,
            };
            write_record(error, prefix(&text, room), &[first], out);
        }
    }
    size
}

/// Writes the whole record wherever the sink stands: in a batch.
pub(crate) fn write_whole(error: &Error, out: &mut Sink<'_>) {
    write_record(error, &error.to_string(), &error.diagnostics, out);
}

fn write_record(error: &Error, text: &str, diagnostics: &[Diagnostic], out: &mut Sink<'_>) {
    let start = out.size();
    out.u32(MAGIC);
    out.u32(0);
    out.i32(error.status as i32);
    out.u32(length(diagnostics.len()));
    out.text(text);
    diagnostics.iter().for_each(|diagnostic| write_diagnostic(diagnostic, out));
    out.patch_size(start + 4, start);
}

fn write_diagnostic(diagnostic: &Diagnostic, out: &mut Sink<'_>) {
    out.u32(u32::from(diagnostic.code.0));
    out.text(&diagnostic.message);
    let (kind, name, numbers, source) = match &diagnostic.place {
        Place::None => (0, "", [0; 3], ""),
        Place::Text { file, line, column, width, source } => (1, &**file, [*line, *column, *width], &**source),
        Place::Field(path) => (2, &**path, [0; 3], ""),
        Place::Name(name) => (3, &**name, [0; 3], ""),
    };
    out.u8(kind);
    out.text(name);
    numbers.into_iter().for_each(|number| out.u32(number));
    out.text(source);
    out.text(&diagnostic.expected);
    out.u8(u8::from(diagnostic.suggestion.is_some()));
    out.text(diagnostic.suggestion.as_deref().unwrap_or_default());
}

/// The longest beginning of `text` in whole code points of at most `room` bytes.
fn prefix(text: &str, room: usize) -> &str {
    let mut end = room.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use fishplate::{Status, codes};

    use super::*;
    use crate::layout::reader::Reader;

    fn error() -> Error {
        let message = "unbekannter Schlüssel `größe`";
        Error::new(Status::InvalidArgument, codes::UNKNOWN_KEY, message, Place::Name("rules.yaml".into()))
            .suggest("remove it")
    }

    #[test]
    fn a_whole_record_holds_every_part_of_the_error() {
        let mut memory = [0; 512];
        let size = write_error(&error(), &mut Sink::over(&mut memory));
        let mut reader = Reader::at(&memory[..size], 0);
        assert_eq!(reader.u32(), Ok(MAGIC));
        assert_eq!(reader.u32(), Ok(size as u32));
        assert_eq!(reader.i32(), Ok(3));
        assert_eq!(reader.u32(), Ok(1));
        assert_eq!(reader.text(), Ok(&*error().to_string()));
        assert_eq!(reader.u32(), Ok(402));
        assert_eq!(reader.text(), Ok("unbekannter Schlüssel `größe`"));
        assert_eq!(reader.u8(), Ok(3));
        assert_eq!(reader.text(), Ok("rules.yaml"));
        assert_eq!([reader.u32(), reader.u32(), reader.u32()], [Ok(0); 3]);
        assert_eq!([reader.text(), reader.text()], [Ok(""); 2]);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.text(), Ok("remove it"));
        assert!(reader.is_at_end());
    }

    #[test]
    fn a_record_that_does_not_fit_is_cut_between_code_points_and_stays_well_formed() {
        let full = write_error(&error(), &mut Sink::over(&mut []));
        let text = error().to_string();
        for capacity in 0..full {
            let mut memory = vec![0xAA; capacity];
            assert_eq!(write_error(&error(), &mut Sink::over(&mut memory)), full);
            if capacity < CUT {
                continue;
            }
            let mut reader = Reader::at(&memory, 4);
            let size = reader.u32().expect("size") as usize;
            assert!(size <= capacity && size + 3 >= capacity.min(CUT + text.len()), "{size} of {capacity}");
            assert_eq!((reader.i32(), reader.u32()), (Ok(3), Ok(1)));
            assert!(text.starts_with(reader.text().expect("UTF-8")));
            assert_eq!(reader.u32(), Ok(402));
            assert_eq!(reader.position() + 34, size);
        }
    }
}
